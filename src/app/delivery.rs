//! What gateways say that orders have moved, held against the meters of their blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::orders::each;
use super::{Effect, State, waiting};
use crate::control::delivery::{Before, Meter, claim, late_enough, metered};
use crate::control::order::{Event, Life, Record};
use crate::domain::ids::{BlockKey, FeedId, OrderId};
use crate::domain::order::{Order, OrderTarget, Phase, TargetStatus};
use crate::domain::units::Power;

/// A meter is waited for so long after an order was called delivered.
const WATCHED: Duration = Duration::from_hours(1);
/// A gateway that reports rarely, as it says, does not put its meters off for longer.
pub(super) const LONGEST_PERIOD: Duration = Duration::from_secs(10);

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

/// Looks at the meters of what is said to have moved, as long as they have not borne it out.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let is_open = |r: &&Record| {
        let lately = r.ended_at.is_none_or(|at| at.age(state.now) < WATCHED);
        lately && !r.readings.is_empty()
    };
    let told: Vec<(OrderId, Event)> = state
        .orders
        .iter()
        .chain(&state.curtailing.own)
        .filter(is_open)
        .filter_map(|record| Some((record.order.id, look(state, record)?)))
        .collect();
    told.into_iter()
        .flat_map(|(id, event)| {
            let is = |r: &Record| r.order.id == id;
            // None is in both.
            let mut effects = waiting::each(state, &event, is);
            effects.extend(each(state, &event, is));
            effects
        })
        .collect()
}

/// What the meters of an order's blocks say that they have not said before.
fn look(state: &State, record: &Record) -> Option<Event> {
    let ordered: BTreeMap<BlockKey, Power> = record
        .order
        .targets
        .iter()
        .map(|t| (BlockKey::new(&t.site, &t.block), t.target))
        .collect();
    let mut against: BTreeMap<BlockKey, (Power, Power)> = BTreeMap::new();
    let (mut agree, mut disputed) = (BTreeSet::new(), BTreeSet::new());
    for said in &record.readings {
        let key = BlockKey::new(&said.site, &said.block);
        if record.borne_out.contains(&key) {
            continue;
        }
        match meter(state, record, said, ordered.get(&key).copied(), &key) {
            Meter::Agrees if said.phase == Phase::Delivered || !record.stands(&key) => {
                agree.insert(key);
            }
            Meter::Disputed if !record.disputed.contains(&key) => {
                disputed.insert(key);
            }
            Meter::Against(reads, of) if record.against.get(&key) != Some(&(reads, of)) => {
                against.insert(key, (reads, of));
            }
            _ => {}
        }
    }
    let news = !against.is_empty() || !agree.is_empty() || !disputed.is_empty();
    news.then_some(Event::Metered {
        against,
        disputed,
        agree,
    })
}

fn meter(
    state: &State,
    record: &Record,
    said: &TargetStatus,
    ordered: Option<Power>,
    key: &BlockKey,
) -> Meter {
    let view = state.fleet.sites.get(&key.site);
    let found = view.and_then(|view| Some((view, view.blocks.get(&key.block)?)));
    let feed = found.and_then(|(view, _)| state.feed(view.feed));
    let (Some((_, block)), Some(feed)) = (found, feed.filter(|feed| feed.skew.is_some())) else {
        return Meter::Silent;
    };
    if block.is_disputed() {
        return Meter::Disputed;
    }
    let period = feed.period().min(LONGEST_PERIOD);
    let says = metered(record, said, ordered, (&block.block, block.quality), period);
    let since = claim(record, said).map(|(_, at)| late_enough(at, period));
    match says {
        Meter::Against(..) if turned(state, record, key) => Meter::Silent,
        // Another feed of the meter may be slower, and say otherwise.
        Meter::Agrees if !since.is_some_and(|since| block.agree_since(since)) => Meter::Silent,
        says => says,
    }
}

/// Has this desk itself ordered the block the other way since? What a gateway says of other orders is no word about this
/// one: it could say that of any.
fn turned(state: &State, record: &Record, key: &BlockKey) -> bool {
    let moves = |life: Life| {
        let Life::Said(phase) = life else {
            return !matches!(life, Life::Recording | Life::NotSent);
        };
        !phase.is_denial()
    };
    let names = |order: &Order| {
        let is = |t: &OrderTarget| t.site == key.site && t.block == key.block;
        order.targets.iter().any(is) || order.substitutes.contains(key)
    };
    state.orders.iter().any(|later| {
        later.order.kind != record.order.kind
            && later.sent_at >= record.left()
            && moves(later.life)
            && names(&later.order)
    })
}
