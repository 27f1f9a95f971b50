//! What each person has moved lately, so that a limit holds for the person and not for each order.
//!
//! Invariant: it follows from orders and their answers alone, in the order in which they were given: what is counted
//! live is counted again from a journal. What was refused, called back, given up or never begun does not count.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::{BlockKey, OrderId};
use crate::domain::order::{Order, OrderKind, OrderStatus, OrderTarget, Phase, Reason};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Codes of a failed block's reasons that say that it was not moved in the end.
const NOT_MOVED: [&str; 3] = ["given_up", "tagged", "restarted"];

/// One block of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    key: BlockKey,
    /// What it was told to draw; none for one that took another's place.
    target: Option<Power>,
    /// What that moves; none where only a journal is known, and it does not say.
    moves: Option<Power>,
    began: Option<Timestamp>,
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    by: Arc<str>,
    kind: OrderKind,
    rows: Vec<Row>,
    /// What others may still move in place of its blocks.
    extra: Power,
    over: bool,
}

/// All orders that may still count. Emergencies are never among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<u128, Entry>);

impl Tally {
    /// An order was accepted, or is about to be: its targets move so much each, and up to `extra` more may be moved in
    /// their place.
    pub fn take(
        &mut self,
        order: &Order,
        moves: impl Fn(&OrderTarget) -> Option<Power>,
        extra: Power,
    ) {
        if order.emergency {
            return;
        }
        let row = |target: &OrderTarget| Row {
            key: BlockKey::new(&target.site, &target.block),
            target: Some(target.target),
            moves: moves(target),
            began: None,
        };
        let entry = Entry {
            by: Arc::clone(&order.issued_by),
            kind: order.kind,
            rows: order.targets.iter().map(row).collect(),
            extra,
            over: false,
        };
        self.0.insert(order.id.0, entry);
    }

    /// A gateway's own order serves another's: it counts for that person.
    pub fn serves(&mut self, id: OrderId, person: &Arc<str>) {
        if let Some(entry) = self.0.get_mut(&id.0) {
            entry.by = Arc::clone(person);
        }
    }

    /// Blocks that take the place of late ones move so much.
    pub fn instead(&mut self, id: OrderId, found: impl Iterator<Item = (BlockKey, Power)>) {
        let Some(entry) = self.0.get_mut(&id.0) else {
            return;
        };
        for (key, moves) in found {
            entry.extra = (entry.extra - moves).or_zero();
            entry.rows.push(Row {
                key,
                target: None,
                moves: Some(moves),
                began: None,
            });
        }
    }

    /// What became of it.
    pub fn hear(&mut self, status: &OrderStatus) {
        let Some(entry) = self.0.get_mut(&status.id.0) else {
            return;
        };
        for (at, told) in status.targets.iter().enumerate() {
            if at >= entry.rows.len() {
                entry.rows.push(Row {
                    key: BlockKey::new(&told.site, &told.block),
                    target: None,
                    moves: None,
                    began: None,
                });
            }
            entry.rows[at].hear(told.phase, &told.reasons, told.delivered, status.at);
        }
        entry.over |= status.phase.is_final();
        if entry.over {
            entry.extra = Power::ZERO;
        }
    }

    /// The gateway has restarted: only `goes_on` is still under way, and of the rest what had not begun never will.
    pub fn restarted(&mut self, goes_on: impl Fn(OrderId) -> bool) {
        for (id, entry) in &mut self.0 {
            if entry.over || goes_on(OrderId(*id)) {
                continue;
            }
            entry.over = true;
            entry.extra = Power::ZERO;
            entry.rows.retain(|row| row.began.is_some());
        }
    }

    /// Takes up what another has counted; what is known here stands.
    pub fn join(&mut self, other: Self) {
        for (id, entry) in other.0 {
            self.0.entry(id).or_insert(entry);
        }
    }

    /// What a journal does not say of a block's move, its plant does: the most that it can be.
    pub fn weigh(&mut self, most: impl Fn(&BlockKey, OrderKind, Option<Power>) -> Power) {
        for entry in self.0.values_mut() {
            for row in &mut entry.rows {
                let kind = entry.kind;
                row.moves
                    .get_or_insert_with(|| most(&row.key, kind, row.target));
            }
        }
    }

    /// What a person moves, or has begun to move within the window.
    pub fn of(&self, by: &str, kind: OrderKind, now: Timestamp, window: Duration) -> Power {
        let theirs = |entry: &&Entry| *entry.by == *by && entry.kind == kind;
        let moves = |entry: &Entry| {
            let counts = |row: &&Row| row.counts(entry.over, now, window);
            let rows = entry.rows.iter().filter(counts);
            rows.filter_map(|row| row.moves).sum::<Power>() + entry.extra
        };
        self.0.values().filter(theirs).map(moves).sum()
    }

    /// Lets go of what counts no more.
    pub fn forget(&mut self, now: Timestamp, window: Duration) {
        self.0.retain(|_, entry| {
            let counts = |row: &Row| row.counts(entry.over, now, window);
            !entry.over || entry.rows.iter().any(counts)
        });
    }
}

impl Row {
    fn hear(&mut self, phase: Phase, reasons: &[Reason], delivered: Option<Power>, at: Timestamp) {
        let not_moved = || {
            reasons
                .iter()
                .any(|reason| NOT_MOVED.contains(&reason.code()))
        };
        match phase {
            Phase::Executing | Phase::Delivered => {
                self.began.get_or_insert(at);
            }
            Phase::Failed if !not_moved() => {
                self.began.get_or_insert(at);
            }
            Phase::Failed | Phase::Rejected | Phase::Expired | Phase::Cancelled => {
                self.moves = Some(Power::ZERO);
            }
            Phase::Received | Phase::Accepted | Phase::NotSeen | Phase::Unseen => {}
        }
        if phase == Phase::Delivered && self.moves.is_none() {
            self.moves = delivered;
        }
    }

    fn counts(&self, over: bool, now: Timestamp, window: Duration) -> bool {
        match self.began {
            Some(began) => began.age(now) < window,
            None => !over,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{BlockId, GatewayId, SiteId};
    use crate::domain::order::{PlanHash, TargetStatus};

    const WINDOW: Duration = Duration::from_mins(15);

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    fn mw(mw: i64) -> Power {
        Power::from_megawatts(mw)
    }

    fn order(id: u128, by: &str, blocks: usize) -> Order {
        let target = |n: usize| OrderTarget {
            site: SiteId::new("astravets"),
            block: BlockId::new(&n.to_string()),
            target: Power::ZERO,
            epoch: 0,
            site_seq: 1,
            after: Duration::ZERO,
        };
        Order {
            id: OrderId(id),
            plan: PlanHash([u8::try_from(id).unwrap_or(0); 32]),
            nation: "Belarus".into(),
            gateway: GatewayId::new("g"),
            kind: OrderKind::Curtail,
            targets: (0..blocks).map(target).collect(),
            substitutes: Vec::new(),
            extra_max: Power::ZERO,
            reason: "".into(),
            issued_by: by.into(),
            countersigned_by: None,
            issued_at: at(0),
            expires_at: at(1),
            lease: Duration::ZERO,
            emergency: false,
            signature: None,
            countersignature: None,
            desk: None,
            countersigned_desk: None,
            freq_seen: None,
            not_before: None,
        }
    }

    fn status(
        id: u128,
        phase: Phase,
        rows: &[(Phase, Option<&str>)],
        now: Timestamp,
    ) -> OrderStatus {
        let reason = |code: &str| Reason::Stated {
            code: code.into(),
            text: "".into(),
        };
        let row = |(n, (phase, code)): (usize, &(Phase, Option<&str>))| TargetStatus {
            site: SiteId::new("astravets"),
            block: BlockId::new(&n.to_string()),
            phase: *phase,
            reasons: code.map(reason).into_iter().collect(),
            delivered: (*phase == Phase::Delivered).then_some(mw(9)),
            measured_at: None,
        };
        OrderStatus {
            id: OrderId(id),
            phase,
            at: now,
            detail: "".into(),
            targets: rows.iter().enumerate().map(row).collect(),
            issued: None,
        }
    }

    fn shed(tally: &Tally, by: &str, now: Timestamp) -> i64 {
        tally.of(by, OrderKind::Curtail, now, WINDOW).watts() / 1_000_000
    }

    #[test]
    fn what_is_moved_counts_from_when_it_began_and_what_waits_counts_as_long_as_it_waits() {
        let mut tally = Tally::default();
        tally.take(&order(1, "anna", 2), |_| Some(mw(10)), mw(5));
        assert_eq!(shed(&tally, "anna", at(0)), 25, "with what may stand in");
        assert_eq!(shed(&tally, "boris", at(0)), 0);
        assert_eq!(
            tally.of("anna", OrderKind::Restore, at(0), WINDOW),
            Power::ZERO
        );
        let begun = [(Phase::Executing, None), (Phase::Accepted, None)];
        tally.hear(&status(1, Phase::Executing, &begun, at(1)));
        assert_eq!(shed(&tally, "anna", at(20)), 15, "one waits still");
        let over = [(Phase::Delivered, None), (Phase::Expired, None)];
        tally.hear(&status(1, Phase::Delivered, &over, at(2)));
        assert_eq!(shed(&tally, "anna", at(3)), 10);
        assert_eq!(shed(&tally, "anna", at(15)), 10);
        assert_eq!(shed(&tally, "anna", at(16)), 0);
        tally.forget(at(16), WINDOW);
        assert_eq!(tally, Tally::default());
    }

    #[test]
    fn what_was_not_moved_does_not_count() {
        for (phase, code) in [
            (Phase::Rejected, None),
            (Phase::Cancelled, None),
            (Phase::Expired, None),
            (Phase::Failed, Some("given_up")),
            (Phase::Failed, Some("restarted")),
        ] {
            let mut tally = Tally::default();
            tally.take(&order(1, "anna", 1), |_| Some(mw(10)), mw(5));
            tally.hear(&status(1, phase, &[(phase, code)], at(1)));
            assert_eq!(shed(&tally, "anna", at(1)), 0, "{phase:?} {code:?}");
        }
        let mut tally = Tally::default();
        tally.take(&order(1, "anna", 1), |_| Some(mw(10)), mw(5));
        let failed = [(Phase::Failed, Some("not_delivered"))];
        tally.hear(&status(1, Phase::Failed, &failed, at(1)));
        assert_eq!(shed(&tally, "anna", at(1)), 10, "it was told to");
        let hurried = Order {
            emergency: true,
            ..order(2, "boris", 3)
        };
        tally.take(&hurried, |_| Some(mw(10)), mw(5));
        assert_eq!(shed(&tally, "boris", at(1)), 0);
    }

    #[test]
    fn what_stands_in_takes_the_place_of_what_may_and_serves_the_same_person() {
        let mut tally = Tally::default();
        tally.take(&order(1, "anna", 1), |_| Some(mw(10)), mw(8));
        let other = BlockKey::new(&SiteId::new("lukoml"), &BlockId::new("9"));
        tally.instead(OrderId(1), std::iter::once((other, mw(6))));
        assert_eq!(shed(&tally, "anna", at(0)), 18, "6 of the 8 MW are used");
        let rows = [(Phase::Delivered, None), (Phase::Delivered, None)];
        tally.hear(&status(1, Phase::Delivered, &rows, at(1)));
        assert_eq!(shed(&tally, "anna", at(1)), 16);
        let trim = Order {
            kind: OrderKind::Restore,
            ..order(7, "closed loop", 1)
        };
        tally.take(&trim, |_| Some(mw(6)), Power::ZERO);
        tally.serves(OrderId(7), &"anna".into());
        assert_eq!(tally.of("anna", OrderKind::Restore, at(1), WINDOW), mw(6));
    }

    #[test]
    fn a_journal_gives_the_same_and_where_it_is_silent_the_most() {
        let mut tally = Tally::default();
        tally.take(&order(1, "anna", 2), |_| None, Power::ZERO);
        let rows = [(Phase::Delivered, None), (Phase::Executing, None)];
        tally.hear(&status(1, Phase::Executing, &rows, at(1)));
        tally.take(&order(2, "anna", 3), |_| None, Power::ZERO);
        tally.restarted(|_| false);
        tally.weigh(|_, _, target| target.map_or(Power::ZERO, |_| mw(20)));
        assert_eq!(
            shed(&tally, "anna", at(2)),
            29,
            "9 read, 20 at most; the second never began"
        );
    }
}
