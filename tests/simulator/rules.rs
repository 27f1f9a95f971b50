//! What the gateway sheds by itself.

use baseload::domain::alarm::Priority;
use baseload::domain::deed::{Act, Deed};
use baseload::domain::ids::{OrderId, SiteId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::order::Phase;
use baseload::gateway::Gateway;

use crate::desk::*;

const DIP: &str = "[[event]]\nat = 10\ndo = \"frequency\"\nmhz = -350\nfor = 60\n";

fn rules(more: &str) -> String {
    format!(
        "[[under_frequency]]\nname = \"uf-49.80\"\nbelow_mhz = 49800\nfor_ms = 500\nshed_mw = 60\nstep_mw = 30\nrearm_mhz = 49950\n{more}"
    )
}

/// What the rule's orders have targeted, MW below nameplate.
fn off(desk: &Desk) -> f64 {
    let blocks = desk.blocks();
    let off = blocks.iter().filter(|b| b.target == b.floor);
    off.map(|b| (b.nameplate - b.floor).megawatts()).sum()
}

#[test]
fn low_frequency_sheds_in_steps_up_to_the_rules_limit_and_is_told_to_consoles() {
    let mut desk = Desk::ruled(&rules(""), DIP);
    assert!(off(&desk) < 1.0);
    desk.wait(9.0);
    assert!(off(&desk) < 1.0 && desk.orders.is_empty());
    desk.wait(30.0);
    let shed = off(&desk);
    assert!((40.0..=61.0).contains(&shed), "{shed} MW");
    let ids: std::collections::BTreeSet<OrderId> = desk.orders.iter().map(|s| s.id).collect();
    assert!(ids.len() >= 2, "in steps: {ids:?}");
    for id in ids {
        assert_eq!(desk.status(id.0).phase, Phase::Delivered);
    }
    let alarms = desk.gateway.snapshot(Topic::Alarm);
    let told = alarms.into_iter().find_map(|item| match item {
        Item::Alarm(alarm) if alarm.text.starts_with("rule uf-49.80: shed") => Some(*alarm),
        _ => None,
    });
    let told = told.expect("it is announced");
    assert_eq!(told.priority, Priority::P1);
    desk.wait(600.0);
    assert!(
        (off(&desk) - shed).abs() < 0.1,
        "nothing comes back by itself, nothing more goes"
    );
}

#[test]
fn what_a_rule_shed_comes_back_by_itself_only_where_it_says_so() {
    let mut desk = Desk::ruled(
        &rules("restore_above_mhz = 49960\nrestore_for_ms = 5000\n"),
        DIP,
    );
    desk.wait(40.0);
    assert!(off(&desk) > 40.0);
    desk.wait(500.0);
    assert!(off(&desk) < 1.0, "{} MW", off(&desk));
    assert!(!desk.stands("rule uf-49.80: shed"), "{:?}", desk.alarms());
}

#[test]
fn a_rule_leaves_a_site_alone_whose_authority_somebody_holds_and_says_so() {
    let one = rules("sites = [\"lukoml\"]\n");
    let mut desk = Desk::ruled(&one, DIP);
    let deed = Deed {
        id: OrderId(5),
        site: SiteId::new("lukoml"),
        act: Act::Request,
        epoch: 0,
        by: "op7".into(),
        reason: "mine".into(),
        at: desk.now,
        gateway: None,
        desk: None,
        signature: None,
    };
    let now = desk.now;
    desk.gateway
        .request(Request::Deed(Box::new(deed)), LINK, now)
        .expect("it is free");
    desk.wait(40.0);
    assert!(off(&desk) < 1.0, "{} MW", off(&desk));
    assert!(desk.alarmed("nothing could be shed"), "{:?}", desk.alarms());
    assert!(desk.alarmed("authority over their sites is held"));
}

#[test]
fn nothing_is_shed_on_a_frequency_that_nobody_reads() {
    let blind = format!("{DIP}[[event]]\nat = 5\ndo = \"frequency_lost\"\nfor = 90\n");
    let mut desk = Desk::ruled(&rules(""), &blind);
    desk.wait(60.0);
    assert!(off(&desk) < 1.0 && desk.orders.is_empty());
}

#[test]
fn an_instruction_is_followed_within_the_rules_own_limits() {
    let mut desk = Desk::ruled(
        "[grid_instructions]\nmost_mw = 100\nmost_sites = 2\nrestore = true\n",
        "[[event]]\nat = 5\ndo = \"instruction\"\nmw = 900\nfor = 120\nreason = \"line out\"\n",
    );
    desk.wait(60.0);
    let shed = off(&desk);
    assert!((60.0..=103.0).contains(&shed), "{shed} MW");
    let blocks = desk.blocks();
    let mut sites: Vec<&str> = blocks
        .iter()
        .filter(|b| b.target == b.floor)
        .map(|b| b.site.as_str())
        .collect();
    sites.dedup();
    assert!(sites.len() <= 2, "{sites:?}");
    assert!(desk.alarmed("rule grid: shed"), "{:?}", desk.alarms());
    desk.wait(500.0);
    assert!(off(&desk) < 1.0, "given back at its end: {} MW", off(&desk));
}
