//! Orders that their gateways call delivered, held against the meters of their blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::orders::each;
use super::{Effect, State};
use crate::control::delivery::{Before, Doubt, Meter, metered};
use crate::control::order::{Event, Life, Record};
use crate::domain::ids::{BlockKey, FeedId, OrderId};
use crate::domain::order::{OrderTarget, Phase, TargetStatus};
use crate::domain::units::Power;

/// A meter is waited for so long after an order was called delivered.
const WATCHED: Duration = Duration::from_hours(1);
/// A gateway that reports rarely, as it says, does not put its meters off for longer.
const LONGEST_PERIOD: Duration = Duration::from_secs(10);

/// A record with its blocks as they stand now.
pub(super) fn with_before(state: &State, mut record: Record) -> Record {
    let ordered = record.order.targets.iter();
    let keys = ordered.map(|t| BlockKey::new(&t.site, &t.block));
    let keys = keys.chain(record.order.substitutes.iter().cloned());
    record.before = keys
        .filter_map(|key| {
            let before = Before::of(&state.fleet.block(&key)?.block);
            Some((key, before))
        })
        .collect();
    record
}

/// How far a gateway's times may be off once they are corrected; none while its clock has not been compared.
pub(super) fn clock(state: &State, feed: FeedId) -> Option<Duration> {
    let skew = state.feed(feed)?.skew?;
    let off_by = u64::try_from(skew.uncertainty_ms).unwrap_or(0);
    Some(Duration::from_millis(off_by))
}

/// Looks at the meters of what was called delivered, as long as they have not borne it out.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let is_open = |r: &&Record| {
        let said = matches!(
            r.life,
            Life::Said(Phase::Delivered) | Life::Claimed(Doubt::Meter)
        );
        said && r.ended_at.is_some_and(|at| at.age(state.now) < WATCHED)
    };
    let told: Vec<(OrderId, Event)> = state
        .orders
        .iter()
        .filter(is_open)
        .filter_map(|record| Some((record.order.id, look(state, record)?)))
        .collect();
    told.into_iter()
        .flat_map(|(id, event)| each(state, &event, |r| r.order.id == id))
        .collect()
}

/// What the meters of an order's blocks say that they have not said before.
fn look(state: &State, record: &Record) -> Option<Event> {
    let ordered: BTreeMap<BlockKey, &OrderTarget> = record
        .order
        .targets
        .iter()
        .map(|t| (BlockKey::new(&t.site, &t.block), t))
        .collect();
    let mut against: BTreeMap<BlockKey, (Power, Power)> = BTreeMap::new();
    let mut agree = BTreeSet::new();
    for said in &record.readings {
        let key = BlockKey::new(&said.site, &said.block);
        if record.borne_out.contains(&key) || said.phase != Phase::Delivered {
            continue;
        }
        let Some(target) = ordered.get(&key) else {
            continue;
        };
        match meter(state, record, said, target, &key) {
            Meter::Agrees => drop(agree.insert(key)),
            Meter::Against(reads, of) if record.against.get(&key) != Some(&(reads, of)) => {
                against.insert(key, (reads, of));
            }
            Meter::Against(..) | Meter::Silent => {}
        }
    }
    (!against.is_empty() || !agree.is_empty()).then_some(Event::Metered { against, agree })
}

fn meter(
    state: &State,
    record: &Record,
    said: &TargetStatus,
    target: &OrderTarget,
    key: &BlockKey,
) -> Meter {
    let Some(view) = state.fleet.sites.get(&key.site) else {
        return Meter::Silent;
    };
    let Some(block) = view.blocks.get(&key.block) else {
        return Meter::Silent;
    };
    let held = block.block.held.as_ref().and_then(|held| held.order);
    // What another order did since is no word about this one.
    // Our own later orders are known: only those that name the block count.
    let ours = state.orders.iter().any(|later| {
        let names = |t: &OrderTarget| {
            t.site == key.site && t.block == key.block && t.site_seq > target.site_seq
        };
        later.order.targets.iter().any(names)
            || (later.sent_at > record.sent_at && later.order.substitutes.contains(key))
    });
    let superseded = ours
        || view.site.site_seq > view.used_seq.max(target.site_seq)
        || held.is_some_and(|other| other != record.order.id);
    let feed = state.feed(view.feed).filter(|feed| feed.skew.is_some());
    let Some(feed) = feed.filter(|_| !superseded) else {
        return Meter::Silent;
    };
    let period = feed.period().min(LONGEST_PERIOD);
    metered(
        record,
        said,
        target.target,
        (&block.block, block.quality),
        period,
    )
}
