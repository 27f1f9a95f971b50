//! What leaves this console as its gateway's rules want it: at one of these rules every act bears its id, its gateway, who
//! acts, at which desk and when; at an older one the old form.

use std::sync::Arc;

use super::State;
use crate::domain::act::Stamp;
use crate::domain::ids::{FeedId, GatewayId, OrderId};
use crate::domain::link::{ACTS, Request};
use crate::domain::time::Timestamp;

/// The gateway of a feed, where it keeps the rules of this version.
pub fn gateway(state: &State, feed: FeedId) -> Option<GatewayId> {
    let info = state.feed(feed)?.info.as_ref()?;
    (info.acts >= ACTS).then(|| info.gateway.clone())
}

/// This desk, as it stands in acts to that feed; none at a gateway of older rules.
pub fn desk(state: &State, feed: FeedId) -> Option<Arc<str>> {
    gateway(state, feed).map(|_| Arc::clone(&state.desk.name))
}

/// This moment by the clock of a feed's gateway, as far as it is measured.
pub fn there(state: &State, feed: FeedId, at: Timestamp) -> Timestamp {
    let skew = state.feed(feed).and_then(|feed| feed.skew);
    at.shifted(skew.map_or(0, |skew| skew.offset_ms))
}

/// The request as it leaves over this feed, `act` being its id.
pub fn stamped(state: &State, feed: FeedId, request: Request, act: OrderId) -> Request {
    let Some(gateway) = gateway(state, feed) else {
        return request;
    };
    let raised = match &request {
        Request::AlarmAck(id) | Request::AlarmShelve { id, .. } => {
            let alarm = state.alarms.get(&(feed, id.clone()));
            alarm.and_then(|alarm| alarm.occurrence)
        }
        Request::OrderQuery(_)
        | Request::OrderCancel(_)
        | Request::LeaseRenew(_)
        | Request::CountersignRequest(..)
        | Request::CountersignAnswer { .. } => None,
        // These bear it themselves, or do not act.
        Request::Order(_)
        | Request::Deed(_)
        | Request::Watch { .. }
        | Request::Unwatch { .. }
        | Request::OrderLook(_)
        | Request::Stamped(..) => return request,
    };
    let request = match request {
        Request::AlarmShelve { id, until, reason } => Request::AlarmShelve {
            id,
            until: there(state, feed, until),
            reason,
        },
        other => other,
    };
    let stamp = Stamp {
        act,
        gateway,
        by: Arc::clone(&state.desk.operator),
        desk: Arc::clone(&state.desk.name),
        at: there(state, feed, state.now),
        raised,
        signature: None,
    };
    Request::Stamped(Box::new(request), Box::new(stamp))
}
