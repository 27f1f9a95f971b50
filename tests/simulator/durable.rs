//! Orders that survive their gateway, and a gateway that can't keep them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use baseload::domain::deed::{Act, Deed};
use baseload::domain::fleet::BlockState;
use baseload::domain::ids::{OrderId, SiteId};
use baseload::domain::journal::Entry;
use baseload::domain::link::{Item, Request};
use baseload::domain::order::{OrderKind, Phase};
use baseload::gateway::Gateway;
use baseload::gateway::durable::{Heard, Keep, Past};
use baseload::gateway::simulator::GATEWAY;

use crate::desk::{Desk, LINK, START, free};
use crate::prompt::open;

fn durable(folder: &std::path::Path) -> (Desk, Past) {
    let mut desk = Desk::default();
    let (keep, past) = open(folder, GATEWAY, || START);
    let past = past.expect("a journal");
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
    assert_eq!(desk.status(11), cut_off, "the end is stored too");
}

/// How a disk is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    Well,
    Full,
    Hangs,
}

/// A disk that can be filled, and one that hangs.
#[derive(Debug, Clone, Default)]
struct Disk(Arc<Mutex<Drive>>);

#[derive(Debug, Default)]
struct Drive {
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

    fn is(&self, state: State) {
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
    let ask = |desk: &mut Desk, order: &baseload::domain::order::Order| {
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
    for one in &late {
        let refusal = one.answer.as_ref().expect_err("is refused");
        assert_eq!(refusal.code, "journal");
    }
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
    let answer = before.restore(2, &blocks[..1]);
    assert!(!answer.phase.is_final(), "{answer:?}");
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
}

/// What blocks are off by, MW.
fn off(desk: &Desk, blocks: &[baseload::domain::fleet::Block]) -> usize {
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
