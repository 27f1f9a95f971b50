//! What a preview says of the time to come is what then comes.

#[path = "../common/paced.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with a bench")]
mod desks;

use std::time::Duration;

use baseload::control::plan::last_arrival;
use baseload::domain::fleet::BlockState;
use baseload::domain::order::{Order, OrderKind, OrderStatus, OrderTarget, Phase};
use baseload::domain::sentence::Sentence;
use baseload::domain::units::Power;

use crate::desk::{Desk, free};
use desks::Desks;

#[test]
fn a_restore_is_back_when_the_preview_said() {
    for (seed, shed, restore) in [(1, "off", "all"), (7, "300", "all"), (3, "off", "40%")] {
        let mut desks = Desks::of(seed);
        desks.shed(shed);
        assert!(desks.off() > 0);
        let kept = desks.restore(restore).expect("something is off");
        assert!(kept.error() <= 0.15, "nation {seed}: {kept:?}");
        let apart = (kept.all - kept.queued).abs() / kept.queued;
        assert!(apart <= 0.15, "the plan and the queue: {kept:?}");
    }
}

#[test]
fn a_shed_within_five_minutes_comes_evenly_and_has_come_by_four() {
    let mut desks = Desks::of(1);
    let plan = desks.preview('C', "400").expect("a shed").clone();
    let last = last_arrival(Duration::from_mins(5));
    let all = plan.moved.megawatts();
    assert!(plan.takes().expect("known") <= last);
    let before = desks.drawn();
    desks.send();
    let mut gone = Vec::new();
    for _ in 0..26 {
        desks.wait(10.0);
        gone.push(before - desks.drawn());
    }
    assert!(gone[0] < 0.15 * all, "not all at once: {gone:?}");
    let even = |at: usize| all * ((at + 1) as f64 * 10.0 / last.as_secs_f64()).min(1.0);
    for (at, gone) in gone.iter().enumerate() {
        assert!(
            (gone - even(at)).abs() < 0.12 * all,
            "{} s: {gone} of {all} MW",
            (at + 1) * 10
        );
    }
    assert!(gone[25] > 0.97 * all, "{gone:?}");
}

pub(crate) fn phases(desk: &mut Desk, id: u128) -> Vec<Phase> {
    desk.status(id).targets.iter().map(|t| t.phase).collect()
}

/// By what a console words it in its own language.
pub(crate) fn code(sentence: &Sentence) -> Option<&str> {
    sentence.code().map(|told| &*told.code)
}

/// Three blocks that go off 20 s apart.
pub(crate) fn spread(desk: &Desk, id: u128) -> Order {
    let blocks = free(desk, 3);
    let off: Vec<_> = blocks.iter().map(|b| (b, b.floor)).collect();
    let mut order = desk.order(id, OrderKind::Curtail, &off);
    for (turn, target) in order.targets.iter_mut().enumerate() {
        target.after = Duration::from_secs(20) * turn as u32;
    }
    order
}

#[test]
fn a_block_that_is_put_off_begins_in_its_turn_and_not_before() {
    let mut desk = Desk::default();
    let mut order = spread(&desk, 1);
    // Each has as long as the first from its own turn on.
    order.expires_at = desk.now + Duration::from_secs(10);
    let status = desk.send(order);
    assert_eq!(&*status.detail, "2 more blocks wait their turn");
    assert_eq!(code(&status.detail), Some("blocks-wait"));
    desk.wait(15.0);
    assert_eq!(
        phases(&mut desk, 1),
        [Phase::Delivered, Phase::Accepted, Phase::Accepted]
    );
    desk.wait(20.0);
    assert_eq!(
        phases(&mut desk, 1),
        [Phase::Delivered, Phase::Delivered, Phase::Accepted]
    );
    desk.wait(20.0);
    assert_eq!(phases(&mut desk, 1), [Phase::Delivered; 3]);
    let status = desk.status(1);
    assert!(!status.detail.contains("late"), "{}", status.detail);
}

/// The same at two sites, in a nation whose frequency does so.
fn spread_wide(frequency: &str) -> (Desk, Order) {
    let desk = Desk::scripted(frequency);
    let mut order = spread(&desk, 1);
    let elsewhere = desk.blocks().into_iter().find(|b| {
        b.site.as_str() == "astravets"
            && b.state == BlockState::Hashing
            && b.tags.is_empty()
            && b.limits.must_run == Power::ZERO
            && b.limits.notice.is_zero()
    });
    let block = elsewhere.expect("a block of another site");
    let mut other = desk.order(2, OrderKind::Curtail, &[(&block, block.floor)]);
    order.targets[2] = OrderTarget {
        after: Duration::from_secs(40),
        ..other.targets.remove(0)
    };
    order.expires_at = desk.now + Duration::from_secs(10);
    (desk, order)
}

fn reasons(desk: &mut Desk, row: usize) -> Vec<String> {
    let reasons = desk.status(1).targets.swap_remove(row).reasons;
    reasons.iter().map(|r| r.code().to_owned()).collect()
}

#[test]
fn what_is_put_off_waits_while_the_frequency_is_too_high_and_then_goes_on_in_its_turns() {
    // It comes down slowly, by the grid's own means, and never below what the grid wants.
    let high = "[[event]]\nat = 6\ndo = \"frequency\"\nmhz = 400\nfor = 600\n";
    let (mut desk, order) = spread_wide(high);
    desk.send(order);
    let until = |desk: &mut Desk, wanted: &[&str]| {
        let mut waited = 0.0;
        while reasons(desk, 1) != wanted {
            assert!(waited < 300.0, "{:?}", desk.status(1));
            desk.wait(0.25);
            waited += 0.25;
        }
        waited
    };
    let left = 20.0 - until(&mut desk, &["frequency_high"]);
    assert!(left > 5.0, "it rose too late: {left} s");
    desk.wait(left + 2.0);
    assert_eq!(
        phases(&mut desk, 1),
        [Phase::Delivered, Phase::Accepted, Phase::Accepted]
    );
    let held = desk.status(1);
    assert!(held.detail.contains("too high"), "{}", held.detail);
    until(&mut desk, &[]);
    desk.wait(left - 2.0);
    assert_eq!(phases(&mut desk, 1)[1], Phase::Accepted, "not all at once");
    desk.wait(4.0);
    let now = phases(&mut desk, 1);
    assert_ne!(now[1], Phase::Accepted, "{now:?}");
    assert_eq!(now[2], Phase::Accepted, "{now:?}");
    desk.until_over(1, 60.0);
    assert_eq!(phases(&mut desk, 1), [Phase::Delivered; 3]);
}

#[test]
fn what_is_put_off_at_one_site_waits_for_no_frequency() {
    let high = "[[event]]\nat = 6\ndo = \"frequency\"\nmhz = 400\nfor = 600\n";
    let mut desk = Desk::scripted(high);
    let order = spread(&desk, 1);
    desk.send(order);
    desk.until_over(1, 90.0);
    assert_eq!(phases(&mut desk, 1), [Phase::Delivered; 3]);
}

#[test]
fn what_is_put_off_begins_at_once_where_the_grid_is_short() {
    let low = "[[event]]\nat = 6\ndo = \"frequency\"\nmhz = -300\nfor = 60\n";
    let (mut desk, order) = spread_wide(low);
    desk.send(order);
    desk.wait(3.0);
    assert_eq!(phases(&mut desk, 1)[1..], [Phase::Accepted; 2]);
    desk.wait(8.0);
    assert!(!phases(&mut desk, 1).contains(&Phase::Accepted));
}

#[test]
fn a_shed_that_is_to_begin_later_does_not_hurry_before() {
    let low = "[[event]]\nat = 6\ndo = \"frequency\"\nmhz = -300\nfor = 10\n";
    let (mut desk, mut order) = spread_wide(low);
    let begins = desk.now + Duration::from_mins(1);
    (order.not_before, order.expires_at) = (Some(begins), begins + Duration::from_secs(10));
    desk.send(order);
    desk.wait(30.0);
    assert_eq!(phases(&mut desk, 1), [Phase::Accepted; 3]);
    desk.wait(35.0);
    assert_eq!(phases(&mut desk, 1)[1..], [Phase::Accepted; 2]);
}

#[test]
fn an_emergency_takes_over_what_is_put_off() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 3);
    let order = spread(&desk, 1);
    desk.send(order);
    desk.wait(5.0);
    let off: Vec<_> = blocks.iter().map(|b| (b, b.floor)).collect();
    let mut emergency = desk.order(2, OrderKind::Curtail, &off);
    emergency.emergency = true;
    desk.send(emergency);
    desk.wait(30.0);
    assert!(phases(&mut desk, 2).contains(&Phase::Delivered));
    assert!(
        !phases(&mut desk, 1).contains(&Phase::Accepted),
        "{:?}",
        desk.status(1)
    );
}

#[test]
fn only_a_shed_that_is_no_emergency_is_put_off() {
    let mut desk = Desk::default();
    let refused = |status: OrderStatus| {
        let codes = status.targets.iter().flat_map(|t| &t.reasons);
        codes.filter(|reason| reason.code() == "after").count()
    };
    let mut emergency = spread(&desk, 1);
    emergency.emergency = true;
    assert_eq!(refused(desk.send(emergency)), 2);
    let mut restore = spread(&desk, 2);
    restore.kind = OrderKind::Restore;
    assert_eq!(refused(desk.send(restore)), 2);
    let mut far = spread(&desk, 3);
    far.targets[2].after = Duration::from_secs(3_601);
    assert_eq!(refused(desk.send(far)), 1);
}

fn lines(screen: &[String], part: &str) -> usize {
    screen.iter().filter(|line| line.contains(part)).count()
}

#[test]
fn what_is_there_already_is_one_line_however_many_sites_it_is_at() {
    let mut desks = Desks::of(1);
    desks.shed("150");
    desks.preview('R', "all").expect("something is off");
    let screen = desks.screen();
    let there = screen.iter().filter(|line| line.contains("already there"));
    let alone: Vec<&String> = there.filter(|line| !line.contains(';')).collect();
    assert!(
        matches!(alone.as_slice(), [one] if one.contains(" sites ")),
        "{screen:#?}"
    );
}

#[test]
fn a_preview_says_what_a_share_is_of_and_what_comes_of_the_frequency() {
    let mut desks = Desks::of(1);
    let plan = desks.preview('C', "25%").expect("a shed").clone();
    let part = plan.wanted.megawatts() / plan.whole.megawatts();
    assert!((part - 0.25).abs() < 1e-6, "{part}");
    let screen = desks.screen();
    assert_eq!(lines(&screen, "Shed 25 % of "), 1, "{screen:#?}");
    assert_eq!(lines(&screen, "frequency "), 1, "{screen:#?}");
    assert_eq!(lines(&screen, "one after the other"), 1, "{screen:#?}");
    let row = |name: &str| screen.iter().position(|line| line.trim().starts_with(name));
    let (total, nation) = (
        row("total").expect("a total"),
        row("nation").expect("a nation"),
    );
    assert_eq!(
        nation,
        total + 1,
        "the nation stands below the total: {screen:#?}"
    );
}
