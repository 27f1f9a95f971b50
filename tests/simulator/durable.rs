//! Orders that survive their gateway, and a gateway that can't keep them.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use baseload::domain::deed::{Act, Deed};
use baseload::domain::fleet::{Block, BlockState};
use baseload::domain::ids::{OrderId, SiteId};
use baseload::domain::journal::{Entry, Fact};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::order::{Order, OrderKind, OrderStatus, Phase, Reason};
use baseload::domain::time::Timestamp;
use baseload::domain::units::Power;
use baseload::gateway::Gateway;
use baseload::gateway::durable::{Heard, Keep, Past};
use baseload::gateway::simulator::{GATEWAY, SimulatorOptions};

use crate::desk::{Desk, LINK, START, free};
use crate::paced::{phases, spread};
use crate::prompt::{open, opened};

fn durable(folder: &Path) -> (Desk, Past) {
    begun(folder, || START)
}

/// One that is started at that time.
fn begun(folder: &Path, clock: fn() -> Timestamp) -> (Desk, Past) {
    kept(folder, clock, SimulatorOptions::at(clock()))
}

/// The same with options of its own.
pub(crate) fn kept(
    folder: &Path,
    clock: fn() -> Timestamp,
    options: SimulatorOptions,
) -> (Desk, Past) {
    let mut desk = Desk::open(options);
    let (keep, past) = opened(folder, GATEWAY, clock);
    desk.gateway.durable(Box::new(keep), past.clone());
    (desk, past)
}

#[test]
fn answers_dead_ids_and_sequences_survive_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let (mut desk, past) = durable(&folder);
    assert_eq!(past, Past::default());
    assert!(desk.gateway.identity().durable_orders);
    let blocks = free(&desk, 3);
    let order = desk.order(9, OrderKind::Curtail, &[(&blocks[0], blocks[0].floor)]);
    desk.send(order.clone());
    desk.until_over(9, 120.0);
    let stored = desk.status(9);
    assert_eq!(stored.phase, Phase::Delivered);
    assert_eq!(desk.status(10).phase, Phase::NotSeen);
    desk.curtail(11, &blocks[1..2]);
    let sequence = desk.site("lukoml").site_seq;
    drop(desk);

    let (mut desk, _) = durable(&folder);
    assert_eq!(desk.site("lukoml").site_seq, sequence);
    assert_eq!(desk.send(order.clone()), stored, "the stored answer");
    let other = desk.curtail(9, &blocks[..1]);
    assert_eq!(
        other.targets[0].reasons[0].code(),
        "id_used",
        "known by its content still"
    );
    desk.wait(5.0);
    let block = desk.block("lukoml", blocks[0].id.as_str());
    assert_eq!(block.state, BlockState::Curtailed, "it holds");
    desk.wait(60.0);
    desk.restore(12, &blocks[..1]);
    desk.until_over(12, 300.0);
    assert_eq!(desk.send(order), stored, "the stored answer");
    desk.wait(5.0);
    let block = desk.block("lukoml", blocks[0].id.as_str());
    assert_eq!(block.state, BlockState::Hashing, "it is not run again");
    assert_eq!(desk.curtail(10, &blocks[..1]).phase, Phase::Rejected);
    let cut_off = desk.status(11);
    assert_eq!(cut_off.phase, Phase::Failed);
    assert!(cut_off.detail.contains("restarted"), "{}", cut_off.detail);
    drop(desk);

    let (mut desk, past) = durable(&folder);
    assert_eq!(
        past.answers.len(),
        4,
        "9, 11, 12 and the dead 10, which came"
    );
    // The journal keeps the English alone, so codes of sentences are not compared.
    let plain = |status: &OrderStatus| {
        let targets = status.targets.iter().map(|target| {
            let why: Vec<_> = target.reasons.iter().map(Reason::sentence).collect();
            (target.block.clone(), target.phase, why)
        });
        let targets: Vec<_> = targets.collect();
        (status.phase, status.at, status.detail.to_string(), targets)
    };
    let kept = desk.status(11);
    assert_eq!(plain(&kept), plain(&cut_off), "the end is stored too");
}

/// How a disk is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum State {
    #[default]
    Well,
    Full,
    Hangs,
}

/// A disk that can be filled, and one that hangs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<Drive>>);

#[derive(Debug, Default)]
pub(crate) struct Drive {
    state: State,
    kept: Vec<Entry>,
    /// What it was given while it hung.
    waits: Vec<Entry>,
    heard: Vec<Heard>,
}

impl Disk {
    fn drive<T>(&self, with: impl FnOnce(&mut Drive) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.drive(|disk| disk.kept.iter().map(|entry| entry.fact.kind()).collect())
    }

    pub(crate) fn is(&self, state: State) {
        self.drive(|disk| {
            disk.state = state;
            if state != State::Hangs && !disk.waits.is_empty() {
                let waits = std::mem::take(&mut disk.waits);
                disk.kept.extend(waits);
                disk.heard.push(Heard::Kept(Ok(())));
            }
        });
    }
}

impl Keep for Disk {
    fn submit(&mut self, entries: Vec<Entry>) {
        self.drive(|disk| match disk.state {
            State::Well => {
                disk.kept.extend(entries);
                disk.heard.push(Heard::Kept(Ok(())));
            }
            State::Full => disk
                .heard
                .push(Heard::Kept(Err("the disk is full".to_owned()))),
            State::Hangs => disk.waits = entries,
        });
    }

    fn heard(&mut self) -> Vec<Heard> {
        self.drive(|disk| std::mem::take(&mut disk.heard))
    }
}

#[test]
fn what_can_not_be_kept_is_not_done_and_what_was_done_is_told() {
    let mut desk = Desk::default();
    let storage = Disk::default();
    desk.gateway
        .durable(Box::new(storage.clone()), Past::default());
    let blocks = free(&desk, 2);
    desk.curtail(9, &blocks[..1]);
    assert_eq!(storage.kinds()[..2], ["order", "answer"]);
    storage.is(State::Full);
    let off = [(&blocks[1], blocks[1].floor)];
    let order = desk.order(10, OrderKind::Curtail, &off);
    let request = Request::Order(Box::new(order));
    let refused = desk.gateway.request(request, LINK, desk.now);
    let refused = refused.expect_err("is refused");
    assert!(
        refused.code == "journal" && refused.message.contains("full"),
        "{refused}"
    );
    // An id is not called dead where a restart would forget it.
    let query = Request::OrderQuery(OrderId(11));
    desk.gateway
        .request(query, LINK, desk.now)
        .expect_err("is refused");
    desk.until_over(9, 120.0);
    assert_eq!(
        desk.status(9).phase,
        Phase::Delivered,
        "it is told all the same"
    );
    let block = desk.block("lukoml", blocks[1].id.as_str());
    assert_eq!(block.state, BlockState::Hashing);
    storage.is(State::Well);
    desk.curtail(12, &blocks[1..]);
    let kinds = storage.kinds();
    let answers = kinds.iter().filter(|kind| **kind == "answer").count();
    assert!(answers >= 4, "what was owed came after: {kinds:?}");
}

#[test]
fn a_disk_that_hangs_holds_nothing_up_but_what_must_be_recorded_first() {
    let mut desk = Desk::default();
    let storage = Disk::default();
    desk.gateway
        .durable(Box::new(storage.clone()), Past::default());
    let blocks = free(&desk, 3);
    storage.is(State::Hangs);
    let off = |n: usize| [(&blocks[n], blocks[n].floor)];
    let waits = desk.order(1, OrderKind::Curtail, &off(0));
    let mut urgent = desk.order(2, OrderKind::Curtail, &off(1));
    urgent.emergency = true;
    let ask = |desk: &mut Desk, order: &Order| {
        let request = Request::Order(Box::new(order.clone()));
        desk.gateway.request(request, LINK, desk.now)
    };
    // The call comes back at once, and nothing is done or said.
    assert_eq!(ask(&mut desk, &waits), Ok(Vec::new()));
    assert_eq!(ask(&mut desk, &waits), Ok(Vec::new()), "the same again");
    assert_eq!(ask(&mut desk, &urgent), Ok(Vec::new()));
    assert_eq!(desk.gateway.late(), []);
    desk.wait(0.25);
    let late = desk.gateway.late();
    assert_eq!(late.len(), 1, "{late:?}");
    let Ok([Item::Order(status)]) = late[0].answer.as_deref() else {
        panic!("{late:?}");
    };
    assert_eq!(status.id, urgent.id);
    assert_eq!(status.phase, Phase::Executing);
    assert!(status.detail.contains("unjournaled"), "{}", status.detail);
    assert!(!desk.stands("journal"), "a moment is no alarm");
    // The world goes on, and what waits for too long is refused.
    desk.wait(2.0);
    let late = desk.gateway.late();
    assert_eq!(late.len(), 2, "each of those that asked: {late:?}");
    let refusal = late[0].answer.as_ref().expect_err("is refused");
    assert_eq!(refusal.code, "journal");
    let Ok([Item::Order(same)]) = late[1].answer.as_deref() else {
        panic!("{late:?}");
    };
    assert_eq!(same.targets[0].reasons[0].code(), "journal", "for good");
    assert!(desk.stands("the gateway's journal can't be written"));
    let block = desk.block("lukoml", blocks[0].id.as_str());
    assert_eq!(block.state, BlockState::Hashing);
    let restore = desk.order(3, OrderKind::Restore, &off(2));
    assert!(ask(&mut desk, &restore).is_err(), "at once by now");
    storage.is(State::Well);
    desk.wait(0.25);
    assert!(!desk.stands("the gateway's journal can't be written"));
    // Its record came too late: it never runs, and the journal says so.
    assert_eq!(desk.status(1).phase, Phase::Rejected);
    desk.until_over(2, 120.0);
    let orders = storage.kinds().iter().filter(|k| **k == "order").count();
    assert_eq!(orders, 2, "{:?}", storage.kinds());
}

#[test]
fn while_the_disk_hangs_no_link_piles_up_acts() {
    let mut desk = Desk::default();
    let storage = Disk::default();
    desk.gateway
        .durable(Box::new(storage.clone()), Past::default());
    let blocks = free(&desk, 1);
    storage.is(State::Hangs);
    let mut refused = 0;
    for id in 0..2_000 {
        let mut order = desk.order(id, OrderKind::Curtail, &[(&blocks[0], blocks[0].floor)]);
        order.emergency = id % 2 == 0;
        let request = Request::Order(Box::new(order));
        let answer = desk.gateway.request(request, LINK, desk.now);
        refused += usize::from(answer.is_err_and(|refusal| refusal.code == "busy"));
    }
    assert!(refused >= 2_000 - 256 - 32, "{refused}");
    // Another link has its own room.
    let order = desk.order(9_999, OrderKind::Curtail, &[(&blocks[0], blocks[0].floor)]);
    let request = Request::Order(Box::new(order));
    let other = baseload::gateway::LinkId(2);
    assert_eq!(
        desk.gateway.request(request, other, desk.now),
        Ok(Vec::new())
    );
}

#[test]
fn two_who_want_a_site_at_once_are_heard_one_after_the_other() {
    let mut desk = Desk::default();
    let storage = Disk::default();
    desk.gateway
        .durable(Box::new(storage.clone()), Past::default());
    storage.is(State::Hangs);
    for (id, by) in [(1, "anna"), (2, "boris")] {
        let deed = Deed {
            id: OrderId(id),
            site: SiteId::new("lukoml"),
            act: Act::Request,
            epoch: 0,
            by: by.into(),
            reason: "shift".into(),
            at: desk.now,
            gateway: None,
            desk: None,
            signature: None,
        };
        let asked = desk
            .gateway
            .request(Request::Deed(Box::new(deed)), LINK, desk.now);
        assert_eq!(asked, Ok(Vec::new()));
    }
    assert_eq!(desk.site("lukoml").authority.holder, None, "not recorded");
    storage.is(State::Well);
    desk.wait(0.25);
    let authority = desk.site("lukoml").authority;
    assert_eq!(authority.holder.as_deref(), Some("anna"));
    assert_eq!(authority.epoch, 1);
    let late = desk.gateway.late();
    assert!(
        late[0].answer.is_ok() && late[1].answer.is_err(),
        "{late:?}"
    );
    assert_eq!(storage.kinds(), ["deed", "deed"], "the refused one too");
}

#[test]
fn a_full_disk_bars_no_rule_from_shedding_and_any_from_giving_back() {
    let rules = "[[under_frequency]]\nname = \"low\"\nbelow_mhz = 49800\nfor_ms = 500\nshed_mw = 60\nstep_mw = 30\n\
         rearm_mhz = 49950\nrestore_above_mhz = 49960\nrestore_for_ms = 5000\n";
    let dip = "[[event]]\nat = 10\ndo = \"frequency\"\nmhz = -350\nfor = 60\n";
    let mut desk = Desk::ruled(rules, dip);
    let storage = Disk::default();
    desk.gateway
        .durable(Box::new(storage.clone()), Past::default());
    storage.is(State::Full);
    let off = |desk: &Desk| desk.blocks().iter().filter(|b| b.target == b.floor).count();
    let before = off(&desk);
    desk.wait(40.0);
    assert!(desk.stands("rule low: shed"), "{:?}", desk.alarms());
    assert!(desk.stands("journal can't be written"));
    let shed = off(&desk);
    assert!(shed > before);
    desk.wait(200.0);
    assert_eq!(off(&desk), shed, "nothing comes back unrecorded");
    storage.is(State::Well);
    desk.wait(2.0);
    assert_eq!(storage.kinds()[0], "order", "{:?}", storage.kinds());
    desk.wait(300.0);
    assert_eq!(off(&desk), before, "it comes back once it can be recorded");
}

#[test]
fn the_past_that_comes_late_is_taken_up() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let (mut before, _) = durable(&folder);
    let blocks = free(&before, 4);
    before.curtail(1, &blocks[..1]);
    before.until_over(1, 120.0);
    before.wait(60.0);
    before.restore(2, &blocks[..1]);
    before.wait(2.0);
    assert_eq!(before.status(2).phase, Phase::Executing);
    before.curtail(3, &blocks[1..2]);
    before.until_over(3, 120.0);

    // The one before lives, so its journal is locked.
    let mut desk = Desk::default();
    let (keep, past) = open(&folder, GATEWAY, || START);
    let why = past.expect_err("it is locked");
    desk.gateway.unread(Box::new(keep), &why);
    assert!(desk.stands("journal can't be read"), "{:?}", desk.alarms());
    let query = desk.tell(Request::OrderQuery(OrderId(1)));
    assert_eq!(query.expect_err("is not known").code, "journal");
    let mut urgent = desk.order(4, OrderKind::Curtail, &[(&blocks[2], blocks[2].floor)]);
    // Epochs are not known either, and bar no emergency.
    urgent.targets[0].epoch = 5;
    urgent.emergency = true;
    assert_eq!(desk.send(urgent).phase, Phase::Executing);
    drop(before);
    let until = Instant::now() + Duration::from_mins(1);
    while desk.stands("journal can't be read") {
        assert!(Instant::now() < until, "it never came");
        desk.wait(0.25);
    }
    assert_eq!(desk.status(1).phase, Phase::Delivered);
    assert_eq!(desk.status(2).phase, Phase::Failed, "no restore goes on");
    desk.wait(60.0);
    let held = desk.block("lukoml", blocks[1].id.as_str());
    assert_eq!(held.state, BlockState::Curtailed, "it is held as before");
    desk.restore(5, &blocks[2..3]);
    desk.until_over(5, 300.0);
    let held = |desk: &Desk| desk.block("lukoml", blocks[0].id.as_str());
    assert_eq!(held(&desk).target, blocks[0].floor);
    drop(desk);
    let (desk, _) = durable(&folder);
    assert_eq!(held(&desk).target, blocks[0].floor, "and so ever after");
}

/// What blocks are off by, MW.
fn off(desk: &Desk, blocks: &[Block]) -> usize {
    let again = crate::desk::free_again(desk, blocks);
    again.iter().filter(|b| b.target == b.floor).count()
}

#[test]
fn a_restore_goes_on_after_a_restart_and_each_block_comes_back_once() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let (mut desk, _) = durable(&folder);
    let blocks = free(&desk, 8);
    desk.curtail(1, &blocks);
    desk.until_over(1, 60.0);
    desk.wait(60.0);
    let answer = desk.restore(2, &blocks);
    assert!(!answer.phase.is_final(), "{answer:?}");
    desk.wait(4.0);
    let waiting = off(&desk, &blocks);
    assert!((1..8).contains(&waiting), "{waiting} wait half-way");
    drop(desk);

    let (mut desk, past) = durable(&folder);
    assert_eq!(past.restores.len(), 1);
    let status = desk.status(2);
    assert_eq!(status.phase, Phase::Executing);
    assert!(status.detail.contains("restart"), "{}", status.detail);
    let drawn = crate::desk::draw(&crate::desk::free_again(&desk, &blocks));
    assert!(drawn < 2.0, "the plants held meanwhile: {drawn} MW");
    desk.until_over(2, 600.0);
    let status = desk.status(2);
    assert_eq!(status.phase, Phase::Delivered, "{status:?}");
    assert_eq!(off(&desk, &blocks), 0);
    drop(desk);

    let (desk, past) = durable(&folder);
    assert_eq!(past.restores, []);
    assert_eq!(off(&desk, &blocks), 0, "and nothing is curtailed again");
}

/// A restore of blocks that are off, to begin no sooner than so many minutes after [`START`].
fn later(desk: &Desk, id: u128, blocks: &[Block], minutes: u64) -> Order {
    let on: Vec<_> = blocks.iter().map(|b| (b, b.nameplate)).collect();
    let not_before = START + Duration::from_mins(minutes);
    Order {
        not_before: Some(not_before),
        expires_at: not_before + Duration::from_mins(5),
        ..desk.order(id, OrderKind::Restore, &on)
    }
}

/// A journal with blocks that are off, and a restore of them that waits until 40 min after [`START`].
fn waiting(folder: &Path) -> Vec<Block> {
    let (mut desk, _) = durable(folder);
    let blocks = free(&desk, 3);
    desk.curtail(1, &blocks);
    desk.until_over(1, 60.0);
    desk.wait(60.0);
    let order = later(&desk, 2, &blocks, 40);
    assert_eq!(desk.send(order).phase, Phase::Accepted);
    blocks
}

#[test]
fn a_restore_that_had_not_begun_waits_on_after_a_restart_and_is_called_back() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let blocks = waiting(&folder);
    // Longer than a stopped one may wait, and it waits all the same.
    let (mut desk, _) = begun(&folder, || START + Duration::from_mins(20));
    let waits = |desk: &mut Desk| {
        let status = desk.status(2);
        assert_eq!(status.phase, Phase::Accepted, "{status:?}");
    };
    waits(&mut desk);
    drop(desk);
    let (mut desk, _) = begun(&folder, || START + Duration::from_mins(30));
    waits(&mut desk);
    desk.wait(5.0);
    waits(&mut desk);
    assert_eq!(off(&desk, &blocks), 3);
    let back = Request::OrderCancel(OrderId(2));
    assert_eq!(desk.ask(back).phase, Phase::Cancelled);
}

#[test]
fn a_restore_that_had_not_begun_begins_at_its_time_after_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let blocks = waiting(&folder);
    let (mut desk, _) = begun(&folder, || START + Duration::from_mins(39));
    desk.wait(50.0);
    assert_eq!(desk.status(2).phase, Phase::Accepted);
    desk.wait(30.0);
    assert_eq!(desk.status(2).phase, Phase::Executing);
    desk.until_over(2, 600.0);
    assert_eq!(off(&desk, &blocks), 0);
}

#[test]
fn a_restore_that_had_not_begun_expires_over_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let blocks = waiting(&folder);
    let (mut desk, _) = begun(&folder, || START + Duration::from_mins(61));
    desk.wait(5.0);
    let status = desk.status(2);
    assert_eq!(status.phase, Phase::Expired, "{status:?}");
    assert_eq!(off(&desk, &blocks), 3);
}

#[test]
fn how_long_a_restore_was_left_alone_counts_from_when_the_gateway_was_last_alive() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let (mut desk, _) = durable(&folder);
    let blocks = free(&desk, 8);
    desk.curtail(1, &blocks);
    desk.until_over(1, 60.0);
    desk.wait(60.0);
    desk.restore(2, &blocks);
    desk.wait(4.0);
    assert_eq!(desk.status(2).phase, Phase::Executing);
    drop(desk);
    // It lived so long, as its last row says.
    let (keep, past) = open(&folder, GATEWAY, || START + Duration::from_mins(12));
    assert_eq!(past.expect("a journal").restores.len(), 1);
    drop(keep);
    let (mut desk, _) = begun(&folder, || START + Duration::from_mins(20));
    assert_eq!(desk.status(2).phase, Phase::Executing);
    drop(desk);
    let (mut desk, _) = begun(&folder, || START + Duration::from_hours(1));
    let status = desk.status(2);
    assert_eq!(status.phase, Phase::Failed, "{status:?}");
    assert!(status.detail.contains("given up"), "{}", status.detail);
}

#[test]
fn what_a_restore_has_given_back_stays_given_back_over_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let (mut desk, _) = durable(&folder);
    let blocks = free(&desk, 8);
    desk.curtail(1, &blocks);
    desk.until_over(1, 60.0);
    desk.wait(60.0);
    desk.restore(2, &blocks);
    let delivered = |desk: &mut Desk| {
        let rows = desk.status(2).targets;
        let done = rows.iter().filter(|row| row.phase == Phase::Delivered);
        done.map(|row| row.block.clone()).collect::<Vec<_>>()
    };
    let mut waited = 0;
    while delivered(&mut desk).is_empty() {
        assert!(waited < 600, "none is back");
        desk.wait(0.5);
        waited += 1;
    }
    let back = delivered(&mut desk);
    assert_eq!(desk.status(2).phase, Phase::Executing);
    drop(desk);
    let (mut desk, _) = durable(&folder);
    for block in back {
        let block = desk.block("lukoml", block.as_str());
        assert_eq!(block.target, block.nameplate, "{block:?}");
    }
    desk.until_over(2, 600.0);
    assert_eq!(off(&desk, &blocks), 0);
}

#[test]
fn a_block_holds_after_a_restart_what_it_was_told_last_whichever_order_ended_last() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let (mut desk, _) = durable(&folder);
    let own = free(&desk, 1);
    let noticed = |b: &Block| {
        b.state == BlockState::Hashing
            && b.limits.must_run == Power::ZERO
            && b.limits.notice >= Duration::from_mins(4)
            && b.tags.is_empty()
    };
    let late = desk.blocks().into_iter().find(noticed);
    let late = late.expect("a block with a long notice");
    let off = [(&own[0], own[0].floor), (&late, late.floor)];
    let mut order = desk.order(1, OrderKind::Curtail, &off);
    order.expires_at = desk.now + Duration::from_hours(2);
    desk.send(order);
    desk.wait(85.0);
    assert_eq!(desk.status(1).targets[0].phase, Phase::Delivered);
    assert_ne!(desk.restore(2, &own).phase, Phase::Rejected);
    desk.until_over(2, 150.0);
    assert!(!desk.status(1).phase.is_final(), "the other one waits");
    drop(desk);
    let (desk, _) = durable(&folder);
    let block = desk.block("lukoml", own[0].id.as_str());
    assert_eq!(block.target, block.nameplate, "{block:?}");
}

#[test]
fn a_slow_disk_delays_an_answer_by_its_own_record_and_not_by_those_that_follow() {
    let mut desk = Desk::default();
    let storage = Disk::default();
    desk.gateway
        .durable(Box::new(storage.clone()), Past::default());
    let blocks = free(&desk, 8);
    desk.curtail(1, &blocks);
    storage.is(State::Hangs);
    desk.wait(0.5);
    let asked = Request::OrderQuery(OrderId(1));
    assert_eq!(desk.gateway.request(asked, LINK, desk.now), Ok(Vec::new()));
    let mut late = Vec::new();
    while late.is_empty() {
        desk.wait(1.0);
        assert!(!desk.stands("journal"), "a slow disk is no broken one");
        storage.is(State::Well);
        storage.is(State::Hangs);
        desk.gateway.advance(desk.now);
        late = desk.gateway.late();
    }
    let Ok([Item::Order(status)]) = late[0].answer.as_deref() else {
        panic!("{late:?}");
    };
    assert!(
        !status.phase.is_final(),
        "only once all was over: {status:?}"
    );
}

#[test]
fn a_spread_shed_goes_on_after_a_restart_by_its_times() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let (mut desk, _) = durable(&folder);
    let blocks = free(&desk, 3);
    let mut order = spread(&desk, 1);
    order.lease = Duration::from_mins(2);
    desk.send(order);
    desk.wait(5.0);
    assert_eq!(phases(&mut desk, 1)[1..], [Phase::Accepted; 2]);
    drop(desk);
    // It was accepted a second after START: the turns are at 21 and 41 s.
    let (mut desk, _) = begun(&folder, || START + Duration::from_secs(10));
    let status = desk.status(1);
    assert_eq!(status.phase, Phase::Executing, "{status:?}");
    assert!(status.detail.contains("restart"), "{}", status.detail);
    let accepted = |desk: &mut Desk| {
        let phases = phases(desk, 1).into_iter();
        phases
            .map(|phase| phase == Phase::Accepted)
            .collect::<Vec<_>>()
    };
    desk.wait(9.0);
    assert_eq!(accepted(&mut desk), [false, true, true]);
    desk.wait(3.0);
    assert_eq!(accepted(&mut desk), [false, false, true]);
    desk.wait(16.0);
    assert_eq!(accepted(&mut desk), [false, false, true]);
    desk.wait(3.0);
    assert_eq!(accepted(&mut desk), [false; 3]);
    desk.until_over(1, 60.0);
    assert_eq!(phases(&mut desk, 1), [Phase::Delivered; 3]);
    assert_eq!(off(&desk, &blocks), 3);
    // Nobody scores more than what was wanted.
    let detail = desk.status(1).detail.to_string();
    assert!(!detail.contains('%'), "{detail}");
    desk.wait(130.0);
    assert!(desk.stands("lease of an order has lapsed"), "for all of it");
}

#[test]
fn what_of_a_spread_shed_missed_its_time_or_was_called_back_does_not_begin_after_a_restart() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let (mut desk, _) = durable(&folder);
    let mut order = spread(&desk, 1);
    order.expires_at = desk.now + Duration::from_secs(10);
    desk.send(order);
    desk.wait(10.0);
    drop(desk);
    // The second one might have begun until 31 s after START, the third one until 51 s.
    let (mut desk, _) = begun(&folder, || START + Duration::from_secs(35));
    desk.wait(2.0);
    let now = phases(&mut desk, 1);
    assert_eq!(now[1..], [Phase::Expired, Phase::Accepted], "{now:?}");
    desk.ask(Request::OrderCancel(OrderId(1)));
    drop(desk);
    let (mut desk, _) = begun(&folder, || START + Duration::from_secs(45));
    desk.wait(10.0);
    assert_eq!(
        phases(&mut desk, 1)[1..],
        [Phase::Expired, Phase::Cancelled]
    );
}

/// What everybody is shown of an order.
fn shown(desk: &Desk, id: u128) -> Option<OrderStatus> {
    let items = desk.gateway.snapshot(Topic::Order).into_iter();
    items.into_iter().find_map(|item| match item {
        Item::Order(status) if status.id == OrderId(id) => Some(*status),
        _ => None,
    })
}

#[test]
fn nothing_of_an_order_is_shown_before_it_is_recorded() {
    let mut desk = Desk::default();
    let storage = Disk::default();
    desk.gateway
        .durable(Box::new(storage.clone()), Past::default());
    let blocks = free(&desk, 8);
    desk.curtail(1, &blocks);
    let kept = |storage: &Disk| {
        storage.drive(|disk| {
            let rows = disk.kept.iter().rev();
            rows.into_iter().find_map(|entry| match &entry.fact {
                Fact::Answer(status) => Some(status.targets.clone()),
                _ => None,
            })
        })
    };
    for _ in 0..60 {
        storage.is(State::Hangs);
        desk.wait(0.25);
        let told = shown(&desk, 1).map(|status| status.targets);
        assert_eq!(told, kept(&storage));
        // Who may only look is told no more.
        let look = Request::OrderLook(OrderId(1));
        let looked = desk.gateway.request(look, LINK, desk.now);
        let Ok([Item::Order(status)]) = looked.as_deref() else {
            panic!("{looked:?}");
        };
        assert_eq!(Some(status.targets.clone()), kept(&storage));
        storage.is(State::Well);
        desk.gateway.advance(desk.now);
    }
    assert_eq!(desk.status(1).phase, Phase::Delivered);
}

#[test]
fn however_many_orders_were_refused_each_one_is_answered() {
    let mut desk = Desk::default();
    let blocks = free(&desk, 1);
    for id in 1..=1_001 {
        // Nothing is off: it is refused.
        let on = [(&blocks[0], blocks[0].nameplate)];
        let order = desk.order(id, OrderKind::Restore, &on);
        let request = Request::Order(Box::new(order));
        let answer = desk.gateway.request(request, LINK, desk.now);
        match answer {
            Ok(items) => assert_eq!(items.len(), 1, "order {id}"),
            Err(refusal) => assert_eq!(refusal.code, "busy"),
        }
    }
}
