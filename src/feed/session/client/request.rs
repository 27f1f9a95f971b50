//! What the console asks for.

use std::sync::Arc;

use super::{Client, Output, Stage};
use crate::domain::link::{FeedEvent, Request};
use crate::feed::protocol::{ClientMessage, write_client};

/// Halls watched at a time.
const MAX_WATCHES: usize = 8;

/// The id of a request, as an `error` names it.
pub fn about(request: &Request) -> Arc<str> {
    match request {
        Request::Order(order) | Request::CountersignRequest(order, _) => order_text(order.id.0),
        Request::Stamped(request, _) => about(request),
        Request::OrderQuery(id)
        | Request::OrderLook(id)
        | Request::OrderCancel(id)
        | Request::LeaseRenew(id)
        | Request::CountersignAnswer { id, .. } => order_text(id.0),
        Request::Deed(deed) => order_text(deed.id.0),
        Request::Watch { hall, .. } | Request::Unwatch { hall, .. } => hall.as_str().into(),
        Request::AlarmAck(id) | Request::AlarmShelve { id, .. } => id.as_str().into(),
    }
}

fn order_text(id: u128) -> Arc<str> {
    ulid::Ulid(id).to_string().into()
}

/// The event that says of a request that it was not sent.
pub fn not_sent(request: &Request, why: &str) -> FeedEvent {
    FeedEvent::Error {
        code: "not_sent".into(),
        message: why.into(),
        about: Some(about(request)),
    }
}

impl Client {
    /// The console asks for something. What cannot be sent now is said at once, never kept for later; a watch alone
    /// is remembered, since it changes nothing there.
    pub fn request(&mut self, request: &Request) -> Vec<Output> {
        match request {
            Request::Watch {
                site,
                hall,
                page,
                machine,
            } => {
                self.watches.retain(|(s, h, ..)| (s, h) != (site, hall));
                self.watches
                    .push((site.clone(), hall.clone(), *page, machine.clone()));
                if self.watches.len() > MAX_WATCHES {
                    self.watches.remove(0);
                }
            }
            Request::Unwatch { site, hall } => {
                self.watches.retain(|(s, h, ..)| (s, h) != (site, hall));
            }
            _ => {}
        }
        let remembered = matches!(request, Request::Watch { .. } | Request::Unwatch { .. });
        if self.stage != Stage::Subscribed {
            return if remembered {
                Vec::new()
            } else {
                vec![Output::Event(not_sent(request, "the link is down"))]
            };
        }
        let sent = match request {
            // The gateway judges by its own clock.
            Request::AlarmShelve { id, until, reason } => Request::AlarmShelve {
                id: id.clone(),
                until: until.shifted(self.offset_ms()),
                reason: Arc::clone(reason),
            },
            _ => request.clone(),
        };
        match write_client(&ClientMessage::Act(sent)) {
            Ok(text) => vec![Output::Send(text)],
            Err(bad) => vec![Output::Event(not_sent(request, &bad.0))],
        }
    }
}
