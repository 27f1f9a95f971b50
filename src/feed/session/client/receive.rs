//! What a server says, message by message.

use std::collections::BTreeMap;

use super::shift::shift_item;
use super::topic::Step;
use super::{Client, Output, Stage};
use crate::domain::ids::BootId;
use crate::domain::link::{FeedEvent, Item, LinkState, Topic};
use crate::domain::order::OrderStatus;
use crate::domain::time::Timestamp;
use crate::feed::protocol::{Hello, Part, ServerMessage, VERSION, close, read_server};

/// Blocks that one order is answered for, at most.
const MAX_TARGETS: usize = 100_000;

impl Client {
    /// A text message came.
    pub fn text(&mut self, text: &str, now: Timestamp) -> Vec<Output> {
        if matches!(self.stage, Stage::Down | Stage::Closed) {
            return Vec::new();
        }
        self.heard_at = now;
        match read_server(text) {
            Ok(message) => self.listen(message, now),
            Err(bad) => self.refuse(&bad.0),
        }
    }

    /// Something came that is no text message.
    pub fn refuse(&mut self, why: &str) -> Vec<Output> {
        self.bad_messages += 1;
        self.stage = Stage::Closed;
        vec![
            self.counted(),
            Output::Close(close::BAD_MESSAGE, why.to_owned()),
        ]
    }

    fn counted(&self) -> Output {
        Output::Event(FeedEvent::Counted {
            bad_items: self.bad_items,
            bad_messages: self.bad_messages,
        })
    }

    pub(super) fn message(&mut self, message: ServerMessage, now: Timestamp) -> Vec<Output> {
        match (self.stage, message) {
            (Stage::Opened, ServerMessage::Hello(hello)) => self.hello(&hello, now),
            (Stage::Opened, ServerMessage::Unknown) => Vec::new(),
            (Stage::Opened, _) => self.refuse("the first message is not hello"),
            (_, ServerMessage::Hello(_)) => self.refuse("a second hello"),
            (
                _,
                ServerMessage::Pong {
                    id,
                    ping_received,
                    sent,
                    ..
                },
            ) => self.pong(id, ping_received, sent, now),
            (_, ServerMessage::Snapshot { boot, part }) => self.snapshot(&boot, part, now),
            (_, ServerMessage::Update { prev, part }) => self.update(prev, part, now),
            (_, ServerMessage::Heartbeat { seq, .. }) => self.heartbeat(&seq, now),
            (_, ServerMessage::Machines(mut page)) => {
                let offset = self.offset_ms();
                self.heard.page(&mut page, offset, now);
                vec![Output::Event(FeedEvent::Machines(page))]
            }
            (_, ServerMessage::OrderStatus { status, continues }) => {
                self.answer(*status, continues)
            }
            (
                _,
                ServerMessage::Error {
                    code,
                    message,
                    about,
                },
            ) => vec![Output::Event(FeedEvent::Error {
                // `not_sent` is our own end's word for what never left; no server may say that of an order it has.
                code: if &*code == "not_sent" {
                    "refused".into()
                } else {
                    code
                },
                message,
                about,
            })],
            (_, ServerMessage::Unknown) => Vec::new(),
        }
    }

    /// An answer for us alone. One of very many blocks comes in several messages, and grows with each.
    fn answer(&mut self, status: OrderStatus, continues: bool) -> Vec<Output> {
        let whole = match self.answered.take() {
            Some(mut before) if continues && before.id == status.id => {
                before.targets.extend(status.targets);
                if before.targets.len() > MAX_TARGETS {
                    return self.refuse("more targets than an order can have");
                }
                before
            }
            _ if continues => return self.refuse("a status that continues none"),
            _ => status,
        };
        self.answered = Some(whole.clone());
        let mut item = Item::Order(Box::new(whole));
        shift_item(&mut item, -self.offset_ms());
        vec![Output::Event(FeedEvent::Update {
            topic: Topic::Order,
            items: vec![item],
        })]
    }

    fn hello(&mut self, hello: &Hello, now: Timestamp) -> Vec<Output> {
        if hello.version != VERSION {
            self.stage = Stage::Closed;
            let why = format!("the server speaks version {}, not {VERSION}", hello.version);
            return vec![Output::Close(close::VERSION, why)];
        }
        let info = hello.info.clone();
        self.heartbeat = info.heartbeat;
        self.watch_filter = info.watch_filter;
        self.rough_offset_ms = hello.time.millis().saturating_sub(now.millis());
        self.pace.told(now, hello.time);
        if self.boot.as_ref() != Some(&info.boot) {
            for track in self.tracks.values_mut() {
                track.server_restarted();
            }
            self.boot = Some(info.boot.clone());
        }
        let wanted: Vec<Topic> = info
            .serves
            .iter()
            .copied()
            .filter(|topic| self.wants.topics.is_empty() || self.wants.topics.contains(topic))
            .collect();
        self.tracks.retain(|topic, _| wanted.contains(topic));
        for topic in wanted {
            self.tracks.entry(topic).or_default();
        }
        self.stage = Stage::Greeted { at: now };
        let mut out = vec![
            Output::Event(FeedEvent::Hello(Box::new(info))),
            Output::Event(FeedEvent::Link(LinkState::Syncing)),
        ];
        out.extend(self.ping(now));
        out
    }

    fn snapshot(&mut self, boot: &BootId, part: Part, now: Timestamp) -> Vec<Output> {
        if self.boot.as_ref() != Some(boot) {
            return self.refuse("a snapshot of another life of the server");
        }
        let (topic, bad) = (part.topic, part.bad);
        let Some(track) = self.tracks.get_mut(&topic) else {
            return Vec::new();
        };
        let step = track.snapshot(part, now);
        let mut out = self.step(topic, step, now);
        out.extend(self.count(bad));
        out.extend(self.judge_live());
        out
    }

    fn update(&mut self, prev: u64, part: Part, now: Timestamp) -> Vec<Output> {
        let (topic, bad) = (part.topic, part.bad);
        let Some(track) = self.tracks.get_mut(&topic) else {
            return Vec::new();
        };
        let step = track.update(prev, part, now);
        let mut out = self.step(topic, step, now);
        out.extend(self.count(bad));
        out
    }

    fn heartbeat(&mut self, seq: &BTreeMap<Topic, u64>, now: Timestamp) -> Vec<Output> {
        let mut out = Vec::new();
        for (topic, seq) in seq {
            if let Some(track) = self.tracks.get_mut(topic)
                && track.lost_tail(*seq)
            {
                out.extend(self.step(*topic, Step::Gap, now));
            }
        }
        out
    }

    fn step(&mut self, topic: Topic, step: Step, now: Timestamp) -> Vec<Output> {
        let offset = self.offset_ms();
        match step {
            Step::Nothing => Vec::new(),
            Step::Apply(mut items) => {
                self.heard.items(&mut items, offset, now);
                vec![Output::Event(FeedEvent::Update { topic, items })]
            }
            Step::Replace {
                mut items,
                continuous,
            } => {
                self.heard.items(&mut items, offset, now);
                vec![Output::Event(FeedEvent::Snapshot {
                    topic,
                    items,
                    continuous,
                })]
            }
            Step::Gap => {
                let mut out = vec![Output::Event(FeedEvent::Gap(topic))];
                out.extend(self.mend(now));
                out
            }
            Step::Hostile(why) => self.refuse(why),
        }
    }

    fn count(&mut self, bad: u64) -> Option<Output> {
        (bad > 0).then(|| {
            self.bad_items = self.bad_items.saturating_add(bad);
            self.counted()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Wants;
    use super::*;

    const HELLO: &str = include_str!("../../../../tests/fixtures/feed/hello.json");
    const NOW: Timestamp = Timestamp::from_millis(1_768_484_701_007);

    fn greeted() -> Client {
        let mut client = Client::new(Wants::default());
        client.opened(NOW);
        client.text(HELLO, NOW);
        client
    }

    #[test]
    fn no_server_says_that_our_end_did_not_send() {
        let spoof = r#"{"type":"error","code":"not_sent","message":"m","about":"01KF0Q7HZK3M5N7P9R1S3T5V7W"}"#;
        let out = greeted().text(spoof, NOW);
        let [Output::Event(FeedEvent::Error { code, .. })] = out.as_slice() else {
            panic!("one event: {out:?}");
        };
        assert_eq!(&**code, "refused");
    }

    #[test]
    fn an_answer_that_never_ends_ends_the_link() {
        let part = |continues: bool| {
            let target = r#"{"site":"s","block":"b","phase":"executing"}"#;
            let targets = vec![target; 9_000].join(",");
            format!(
                r#"{{"type":"order_status","id":"01KF0Q7HZK3M5N7P9R1S3T5V7W","phase":"executing","at":"2026-01-15T13:45:01.007Z","detail":"","targets":[{targets}],"continues":{continues}}}"#
            )
        };
        let mut client = greeted();
        let out = client.text(&part(false), NOW);
        assert!(matches!(out.as_slice(), [Output::Event(_)]), "it is read");
        let last = (0..20)
            .map(|_| client.text(&part(true), NOW))
            .find(|out| out.iter().any(|o| matches!(o, Output::Close(..))));
        assert!(last.is_some(), "180,000 blocks are no order");
    }
}
