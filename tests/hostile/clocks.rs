//! A gateway's clock that stands still, runs wrong or jumps, and figures that only look new.

use crate::common::Terminal;
use crate::desk::console;
use crate::liar::{Clock, Liar, Says, honest};

fn before(liars: &[&Liar]) -> Terminal {
    let feeds: Vec<String> = liars.iter().map(|liar| liar.feed()).collect();
    let terminal = console(&feeds, &[], 160, 40);
    terminal.wait("the sites", |s| {
        liars.iter().all(|liar| s.contains(liar.says().site)) && !s.contains("snapshot")
    });
    terminal
}

/// A plan that is asked for is not made, for this reason.
fn no_plan(terminal: &mut Terminal, key: &str, why: &str) {
    terminal.keys(key);
    terminal.wait_for("MW, % of ");
    terminal.keys("all\r");
    let said = terminal.wait("why not", |s| {
        s.contains("left out") || s.contains("a arms this plan")
    });
    assert!(said.contains(why) && !said.contains("a arms"), "{said}");
    terminal.keys("\x1b");
    terminal.wait("no dialog", |s| !s.contains("leaves nothing behind"));
}

/// The emergency shed's word is asked for: nothing about clocks bars it.
fn emergency_is_open(terminal: &mut Terminal) {
    terminal.keys("!");
    terminal.wait_for("and Enter to shed");
    terminal.keys("\x1b");
    terminal.wait("no prompt", |s| !s.contains("and Enter to shed"));
}

#[test]
fn a_clock_that_stands_still_makes_no_old_value_live() {
    let mut says = honest("lukoml");
    says.clock = Clock::off(-3_600, 0.0);
    says.measured_ms = Some(says.clock.ms());
    let liar = Liar::start(says);
    let mut terminal = before(&[&liar]);
    terminal.wait_for("clock stands still");
    no_plan(&mut terminal, "c", "clock stands still");
    no_plan(&mut terminal, "r", "clock stands still");
    terminal.keys("7");
    terminal.wait_for("its clock stands still");
    emergency_is_open(&mut terminal);
}

#[test]
fn a_value_that_is_repeated_ages_though_pings_are_answered_well() {
    let mut says = honest("lukoml");
    says.measured_ms = Some(says.clock.ms());
    let liar = Liar::start(says);
    let terminal = before(&[&liar]);
    terminal.wait("a stale site", |s| s.contains("stale"));
}

#[test]
fn a_clock_at_half_or_double_speed_is_found() {
    for (rate, word) in [
        (0.5, "clock runs 50 % slow"),
        (2.0, "clock runs 100 % fast"),
    ] {
        let liar = Liar::start(Says {
            clock: Clock::off(0, rate),
            ..honest("lukoml")
        });
        let mut terminal = before(&[&liar]);
        terminal.wait_for(word);
        no_plan(&mut terminal, "c", word);
        emergency_is_open(&mut terminal);
    }
}

#[test]
fn a_clock_that_stands_still_and_answers_no_ping_is_found() {
    let mut says = honest("lukoml");
    says.clock = Clock::off(0, 0.0);
    says.pongs = false;
    let liar = Liar::start(says);
    let terminal = before(&[&liar]);
    terminal.wait_for("clock stands still");
}

#[test]
fn a_clock_that_jumps_is_doubted_until_pings_agree() {
    let liar = Liar::start(honest("lukoml"));
    let mut terminal = before(&[&liar]);
    terminal.wait_for("nothing abnormal");
    liar.says().clock = Clock::off(3_600, 1.0);
    let shown = terminal.wait_for("clock was set");
    assert!(shown.contains("uncertain"), "{shown}");
    terminal.keys("7");
    terminal.wait("the alarm", |s| {
        s.contains("!3") && s.contains("its clock was set by +3600")
    });
    terminal.keys("1");
    terminal.wait("confirmed", |s| {
        s.contains("good") && !s.contains("clock was set just now")
    });
}

#[test]
fn clocks_that_all_jump_alike_make_nothing_uncertain() {
    let (one, two) = (Liar::start(honest("lukoml")), Liar::start(honest("mazyr")));
    let mut terminal = before(&[&one, &two]);
    terminal.wait_for("nothing abnormal");
    for liar in [&one, &two] {
        liar.says().clock = Clock::off(3_600, 1.0);
    }
    let quiet = |s: &str| !s.contains("uncertain") && !s.contains("stale");
    let shown = terminal.wait("one alarm, or doubt", |s| {
        s.contains("this desk's clock") || !quiet(s)
    });
    assert!(quiet(&shown), "{shown}");
    terminal.keys("7");
    let alarms = terminal.wait_for("this desk's clock is +3600");
    assert!(!alarms.contains("its clock"), "one alarm:\n{alarms}");
}

#[test]
fn values_of_the_far_future_are_bad_whatever_the_period() {
    let liar = Liar::start(Says {
        measured_ms_ago: -3_600_000,
        period_ms: 86_400_000,
        ..honest("lukoml")
    });
    let terminal = before(&[&liar]);
    terminal.wait("a bad site", |s| s.contains("bad"));
}
