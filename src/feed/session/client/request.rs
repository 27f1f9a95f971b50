//! What the console asks for.

use std::sync::Arc;

use super::{Client, Output, Stage};
use crate::domain::filter::MachineFilter;
use crate::domain::ids::{HallId, SiteId};
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
            Request::Watch { site, hall, .. } => {
                self.forget_watch(site, hall);
                self.watches.push(request.clone());
                if self.watches.len() > MAX_WATCHES {
                    self.watches.remove(0);
                }
            }
            Request::Unwatch { site, hall } => self.forget_watch(site, hall),
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
            _ => self.understood(request),
        };
        match write_client(&ClientMessage::Act(sent)) {
            Ok(text) => vec![Output::Send(text)],
            Err(bad) => vec![Output::Event(not_sent(request, &bad.0))],
        }
    }

    fn forget_watch(&mut self, site: &SiteId, hall: &HallId) {
        let is_of = |watch: &Request| matches!(watch, Request::Watch { site: s, hall: h, .. } if (s, h) == (site, hall));
        self.watches.retain(|watch| !is_of(watch));
    }

    /// As this server takes it: one that can't filter would refuse the whole watch for its filter.
    pub(super) fn understood(&self, request: &Request) -> Request {
        let mut request = request.clone();
        if let Request::Watch { filter, .. } = &mut request
            && self
                .watch_filter
                .is_none_or(|most| filter.text().len() > most as usize)
        {
            *filter = MachineFilter::default();
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::super::Wants;
    use super::*;
    use crate::domain::time::Timestamp;
    use std::time::Duration;

    const HELLO: &str = include_str!("../../../../tests/fixtures/feed/hello.json");
    const NOW: Timestamp = Timestamp::from_millis(1_768_484_701_007);

    fn watch(filter: &str) -> Request {
        Request::Watch {
            site: SiteId::new("s"),
            hall: HallId::new("h"),
            page: 0,
            machine: None,
            filter: MachineFilter::read(filter).expect("a filter"),
        }
    }

    /// What is sent of watches once the server has said `hello`.
    fn sent(client: &mut Client, hello: &str) -> String {
        client.opened(NOW);
        client.text(hello, NOW);
        let out = client.tick(NOW + Duration::from_secs(4));
        let texts = out.into_iter().filter_map(|output| match output {
            Output::Send(text) => Some(text),
            _ => None,
        });
        texts.filter(|text| text.contains("watch")).collect()
    }

    #[test]
    fn a_filter_goes_only_to_who_says_that_it_filters() {
        let older = HELLO.replace("\"watch_filter\": 512", "\"of_a_later_version\": 512");
        let brief = HELLO.replace("\"watch_filter\": 512", "\"watch_filter\": 5");
        assert!(older != HELLO && brief != HELLO);
        let mut client = Client::new(Wants::default());
        assert!(client.request(&watch("state:faulted")).is_empty());
        for (hello, filters) in [
            (HELLO, true),
            (&older, false),
            (&brief, false),
            (HELLO, true),
        ] {
            let text = sent(&mut client, hello);
            assert_eq!(text.contains("state:faulted"), filters, "{text}");
            assert!(
                text.contains("\"hall\":\"h\""),
                "it is watched all the same"
            );
            let [Output::Send(text)] = &client.request(&watch("state:offline"))[..] else {
                panic!("it is sent");
            };
            assert_eq!(text.contains("filter"), filters, "{text}");
            client.request(&watch("state:faulted"));
            client.lost();
        }
    }
}
