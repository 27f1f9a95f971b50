//! Every fault that a script can bring.

use std::time::Duration;

use baseload::domain::alarm::AlarmState;
use baseload::domain::fleet::{Block, BlockState, PowerSource};
use baseload::domain::grid::GridState;
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::order::{OrderKind, Phase, Reason};
use baseload::domain::units::Power;
use baseload::gateway::Gateway;
use baseload::gateway::simulator::{Simulator, SimulatorOptions, script};

use crate::desk::*;

#[test]
fn a_tripped_unit_dips_the_frequency_and_the_dispatcher_wants_load_off() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 5\ndo = \"unit_trip\"\nunit = \"Astravets 1\"\nfor = 600\n",
    );
    desk.wait(9.0);
    assert!(desk.millihertz() < 49_850, "{}", desk.millihertz());
    let grid = desk.grid();
    assert_eq!(grid.state, Some(GridState::Emergency));
    assert!(
        grid.instructions
            .iter()
            .any(|i| i.reason.contains("tripped"))
    );
    assert!(grid.surplus.expect("surplus").megawatts() < 800.0);
    assert!(desk.alarmed("Astravets 1 tripped"));
    assert!(desk.alarmed("below 49.9"));
}

#[test]
fn a_lost_link_ages_the_values_and_refuses_orders_but_changes_no_load() {
    let mut desk =
        Desk::scripted("[[event]]\nat = 5\ndo = \"link_loss\"\nsite = \"lukoml\"\nfor = 30\n");
    let blocks = free(&desk, 1);
    desk.wait(15.0);
    let aged = desk.site("lukoml").measured_at.age(desk.now);
    assert!(aged >= Duration::from_secs(9), "{aged:?}");
    assert!(desk.site("mazyr").measured_at.age(desk.now) <= Duration::from_secs(1));
    let refused = desk.curtail(1, &blocks);
    assert_eq!(refused.targets[0].reasons, [Reason::NotAnswering]);
    assert!(desk.alarmed("does not report"));
    desk.wait(25.0);
    assert!(desk.site("lukoml").measured_at.age(desk.now) <= Duration::from_secs(1));
    assert!(draw(&free_again(&desk, &blocks)) > 10.0);
}

/// A curtailment of a block that sticks, with two blocks to take its place and so many MW to spare.
fn stuck_with_substitutes(extra: Power) -> (Desk, [Block; 3]) {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 1\ndo = \"stuck_block\"\nsite = \"lukoml\"\nblock = \"b03\"\nfor = 200\n",
    );
    desk.wait(2.0);
    let block = desk.block("lukoml", "b03");
    let others: Vec<Block> = desk
        .blocks()
        .into_iter()
        .filter(|b| b.site.as_str() == "lukoml" && b.id.as_str() != "b03" && b.tags.is_empty())
        .filter(|b| b.state == BlockState::Hashing && b.limits.notice == Duration::ZERO)
        .take(2)
        .collect();
    let mut order = desk.order(1, OrderKind::Curtail, &[(&block, block.floor)]);
    order.substitutes = others.iter().map(Block::key).collect();
    order.extra_max = extra;
    desk.send(order);
    desk.wait(60.0);
    let [first, second] = [0, 1].map(|at| desk.block("lukoml", others[at].id.as_str()));
    (desk, [block, first, second])
}

#[test]
fn a_block_that_does_not_follow_is_replaced_by_the_next_on_the_confirmed_list() {
    let (mut desk, [stuck, first, second]) = stuck_with_substitutes(Power::from_megawatts(100));
    assert_eq!(
        first.target, first.floor,
        "the first of the list takes its place"
    );
    let moved = first.nameplate - first.floor;
    let needs_both = stuck.power.expect("metered") - stuck.floor > moved + Power::from_megawatts(1);
    assert_eq!(
        second.target == second.floor,
        needs_both,
        "no more than is needed"
    );
    let status = desk.status(1);
    assert!(status.targets.len() >= 2, "{status:?}");
    assert_eq!(status.targets[1].block, first.id);
    assert_eq!(status.targets[1].phase, Phase::Delivered);
    desk.wait(60.0);
    assert_eq!(
        desk.status(1).targets[0].phase,
        Phase::Failed,
        "and is told as failed"
    );
}

#[test]
fn substitutes_move_no_more_than_was_confirmed() {
    let (mut desk, [_, first, second]) = stuck_with_substitutes(Power::from_watts(1_000));
    assert_eq!(
        (first.state, second.state),
        (BlockState::Hashing, BlockState::Hashing)
    );
    assert_eq!(desk.status(1).targets.len(), 1);
}

#[test]
fn a_stuck_block_fails_its_order_and_raises_an_alarm_that_can_be_seen_and_shelved() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 1\ndo = \"stuck_block\"\nsite = \"lukoml\"\nblock = \"b03\"\nfor = 200\n",
    );
    desk.wait(2.0);
    let block = desk.block("lukoml", "b03");
    desk.curtail(1, std::slice::from_ref(&block));
    desk.wait(100.0);
    assert_eq!(desk.status(1).phase, Phase::Failed);
    assert_eq!(desk.block("lukoml", "b03").state, BlockState::Faulted);
    assert!(
        desk.alarmed("MW against a target of 0 for"),
        "{:?}",
        desk.alarms()
    );
    let find = |desk: &Desk| {
        let items = desk.gateway.snapshot(Topic::Alarm);
        items.into_iter().find_map(|item| match item {
            Item::Alarm(alarm) if alarm.text.contains("against") => Some(*alarm),
            _ => None,
        })
    };
    let id = find(&desk).expect("an alarm").id;
    let now = desk.now;
    let ack = Request::AlarmAck(id.clone());
    desk.gateway.request(ack, LINK, now).expect("acknowledged");
    assert_eq!(
        find(&desk).expect("an alarm").state,
        AlarmState::Acknowledged
    );
    let shelve = Request::AlarmShelve {
        id,
        until: now + Duration::from_secs(20),
        reason: "known".into(),
    };
    desk.gateway.request(shelve, LINK, now).expect("shelved");
    assert_eq!(find(&desk).expect("an alarm").state, AlarmState::Shelved);
    desk.wait(25.0);
    assert_eq!(
        find(&desk).expect("an alarm").state,
        AlarmState::Acknowledged
    );
    desk.wait(120.0);
    assert_eq!(
        find(&desk),
        None,
        "the block came loose, fell, and the alarm is over"
    );
    assert_eq!(desk.block("lukoml", "b03").state, BlockState::Curtailed);
}

#[test]
fn lying_firmware_is_not_believed() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 1\ndo = \"lying_firmware\"\nsite = \"biaroza\"\nblock = \"b02\"\npart = 0.4\nfor = 900\n",
    );
    desk.wait(2.0);
    let block = desk.block("biaroza", "b02");
    assert_eq!(block.power_source, PowerSource::Firmware);
    desk.curtail(1, std::slice::from_ref(&block));
    desk.wait(100.0);
    let claimed = desk.block("biaroza", "b02").power.expect("a claim");
    assert!(
        claimed.watts() <= block.floor.watts() * 12 / 10,
        "it claims to be off"
    );
    assert_eq!(desk.status(1).phase, Phase::Failed);
    assert!(
        desk.alarmed("more than the blocks account for"),
        "{:?}",
        desk.alarms()
    );
}

#[test]
fn a_late_machine_that_obeys_nothing_is_seen() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 40\ndo = \"deaf_machine\"\nsite = \"lukoml\"\nblock = \"b01\"\nmachines = 5\nfor = 100\n",
    );
    let block = desk.block("lukoml", "b01");
    assert_eq!(
        block.power_source,
        PowerSource::Meter,
        "the test wants a meter there"
    );
    desk.curtail(1, std::slice::from_ref(&block));
    desk.wait(30.0);
    assert_eq!(desk.block("lukoml", "b01").machines.hashing, 0);
    desk.wait(75.0);
    let hashing = desk.block("lukoml", "b01").machines.hashing;
    assert!((4..=6).contains(&hashing), "{hashing}");
    desk.wait(20.0);
    assert!(desk.alarmed("block 1: draws"), "{:?}", desk.alarms());
}

#[test]
fn local_fault_authority_and_instruction_come_by_script_and_go() {
    let mut desk = Desk::scripted(
        "[[event]]\nat = 2\ndo = \"local_mode\"\nsite = \"lukoml\"\nblock = \"b02\"\nfor = 20\n\
         [[event]]\nat = 2\ndo = \"block_fault\"\nsite = \"lukoml\"\nblock = \"b04\"\nfor = 20\n\
         [[event]]\nat = 2\ndo = \"authority_taken\"\nsite = \"mazyr\"\nholder = \"desk B\"\n\
         [[event]]\nat = 30\ndo = \"authority_released\"\nsite = \"mazyr\"\n\
         [[event]]\nat = 2\ndo = \"instruction\"\nmw = 900\nfor = 20\nreason = \"line out\"\n",
    );
    let mazyr = [desk.block("mazyr", "b01")];
    let old = desk.order(1, OrderKind::Curtail, &[(&mazyr[0], mazyr[0].floor)]);
    desk.wait(5.0);
    assert_eq!(desk.block("lukoml", "b02").state, BlockState::Local);
    assert_eq!(desk.block("lukoml", "b04").state, BlockState::Faulted);
    assert_eq!(
        desk.grid().instructions[0].target,
        Power::from_megawatts(900)
    );
    let codes: Vec<_> = desk.send(old).targets[0].reasons.clone();
    assert!(codes.contains(&Reason::Authority {
        holder: "desk B".into()
    }));
    assert!(codes.contains(&Reason::OldEpoch));
    desk.wait(30.0);
    assert_eq!(desk.block("lukoml", "b02").state, BlockState::Hashing);
    assert_eq!(desk.block("lukoml", "b04").state, BlockState::Hashing);
    assert!(desk.grid().instructions.is_empty());
    assert_eq!(desk.site("mazyr").authority.epoch, 2);
    assert_eq!(desk.site("mazyr").authority.holder, None);
}

#[test]
fn a_frequency_dip_comes_by_script() {
    let mut desk = Desk::scripted("[[event]]\nat = 5\ndo = \"frequency\"\nmhz = -150\nfor = 30\n");
    let mut lowest = 50_000;
    for _ in 0..60 {
        desk.wait(0.5);
        lowest = lowest.min(desk.millihertz());
    }
    assert!((49_700..49_900).contains(&lowest), "{lowest} mHz");
}

#[test]
fn the_shipped_script_plays_on_the_default_nation() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/scripts/training.toml"
    );
    let text = std::fs::read_to_string(path).expect("the fixture");
    let desk = Desk::scripted(&text);
    assert_eq!(desk.gateway.script_errors(), Vec::new());
    let mut options = SimulatorOptions::at(START);
    options.sites = 1;
    options.script = Some(script::parse(&text).expect("a good script"));
    let errors = Simulator::new(options).script_errors();
    assert!(
        errors[0].to_string().starts_with("script line 6: no site"),
        "{errors:?}"
    );
}
