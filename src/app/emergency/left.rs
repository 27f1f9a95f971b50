//! Steps that left this desk before this console began, as after a crash: their gateways may hold them still.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::brake::Reach;
use super::{Ended, Run};
use crate::app::{State, delivery, orders};
use crate::control::order::Record;
use crate::domain::ids::FeedId;
use crate::domain::order::{Order, PlanHash};
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// No gateway holds a step for longer.
const HELD: Duration = Duration::from_mins(10);

/// When a step left, what it is, and what it should move.
pub type Left = (Timestamp, Order, Power);

impl Run {
    fn before(plan: PlanHash, now: Timestamp) -> Self {
        Self {
            scope: String::new(),
            steps: VecDeque::new(),
            ids: VecDeque::new(),
            reach: Reach::default(),
            hash: plan,
            interval: Duration::ZERO,
            wide: false,
            left: 0,
            all: 0,
            sent: Power::ZERO,
            whole: Power::ZERO,
            due: now,
            gap: Duration::ZERO,
            unreached: BTreeSet::new(),
            barred: 0,
            ended: Some(Ended {
                at: now,
                how: told!("own-began-anew", "this console began anew"),
                high: None,
            }),
        }
    }
}

/// The journal has told what left.
pub(in crate::app) fn told(state: &mut State, left: Vec<Left>) {
    let now = state.now;
    let new = |(at, order, _): &Left| {
        let known = |r: &Record| r.order.id == order.id;
        at.age(now) < HELD && !state.orders.iter().any(known)
    };
    state.emergency.before = left.into_iter().filter(new).collect();
}

fn gateway_of(state: &State, order: &Order) -> Option<FeedId> {
    let is = |feed: &&crate::app::feeds::Feed| {
        let gateway = feed.info.as_ref().map(|info| &info.gateway);
        feed.is_live() && gateway == Some(&order.gateway)
    };
    state.feeds.iter().find(is).map(|feed| feed.id)
}

/// Those whose gateway is heard are this console's own from now on: asked about, shown, and called back like any.
pub(super) fn take_up(state: &mut State) {
    let now = state.now;
    for (at, order, wanted) in std::mem::take(&mut state.emergency.before) {
        let Some(feed) = gateway_of(state, &order) else {
            state.emergency.before.push((at, order, wanted));
            continue;
        };
        let info = state.feed(feed).and_then(|feed| feed.info.as_ref());
        let acts = info.map_or(0, |info| info.acts);
        let run = state
            .emergency
            .run
            .get_or_insert_with(|| Run::before(order.plan, now));
        let sites: BTreeSet<_> = order.targets.iter().map(|target| &target.site).collect();
        run.reach.left(order.id, &[], acts, sites.len() > 1);
        let record = Record::sent(order, feed, wanted, at);
        state.orders.push(delivery::with_before(state, record));
        orders::pending(state);
    }
}
