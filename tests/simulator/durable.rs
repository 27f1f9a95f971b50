//! Orders that survive their gateway, and a gateway that can't keep them.

use std::sync::{Arc, Mutex, PoisonError};

use baseload::domain::fleet::BlockState;
use baseload::domain::ids::OrderId;
use baseload::domain::journal::Entry;
use baseload::domain::link::Request;
use baseload::domain::order::{OrderKind, Phase};
use baseload::gateway::Gateway;
use baseload::gateway::durable::{Keep, Past, open};
use baseload::gateway::simulator::GATEWAY;

use crate::desk::{Desk, LINK, START, free};

fn durable(folder: &std::path::Path) -> (Desk, Past) {
    let mut desk = Desk::default();
    let (keep, past) = open(folder, GATEWAY, || START).expect("a journal");
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

/// A disk that can be filled.
#[derive(Debug, Clone, Default)]
struct Disk(Arc<Mutex<(bool, Vec<Entry>)>>);

impl Disk {
    fn kinds(&self) -> Vec<&'static str> {
        let disk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        disk.1.iter().map(|entry| entry.fact.kind()).collect()
    }

    fn fill(&self, full: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = full;
    }
}

impl Keep for Disk {
    fn keep(&mut self, entries: Vec<Entry>) -> Result<(), String> {
        let mut disk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if disk.0 {
            return Err("the disk is full".to_owned());
        }
        disk.1.extend(entries);
        Ok(())
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
    storage.fill(true);
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
    storage.fill(false);
    desk.curtail(12, &blocks[1..]);
    let kinds = storage.kinds();
    let answers = kinds.iter().filter(|kind| **kind == "answer").count();
    assert!(answers >= 4, "what was owed came after: {kinds:?}");
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
