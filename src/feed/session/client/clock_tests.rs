//! A server whose clock jumps or stands still, and one that repeats itself.

use super::{Client, Output, Wants};
use crate::domain::link::{FeedEvent, Going, Item};
use crate::domain::quality::{Rate, rate};
use crate::domain::time::Timestamp;

const HELLO: &str = include_str!("../../../../tests/fixtures/feed/hello.json");
/// What the hello says that it is.
const NOW: Timestamp = Timestamp::from_millis(1_768_484_701_007);
const BOOT: &str = "7c0d1e5b9a6f43e2b1d0c9f8e7a6b5c4";

fn text(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.millis()).expect("a time");
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A client before a server whose clock shows `theirs`, of ours.
struct Desk {
    client: Client,
    theirs: Box<dyn Fn(Timestamp) -> Timestamp>,
    seq: u64,
    events: Vec<FeedEvent>,
    /// Pings that nobody has answered yet.
    asked: Vec<u64>,
}

impl Desk {
    fn new(theirs: impl Fn(Timestamp) -> Timestamp + 'static) -> Self {
        let mut desk = Self {
            client: Client::new(Wants::default()),
            theirs: Box::new(theirs),
            seq: 1,
            events: Vec::new(),
            asked: Vec::new(),
        };
        desk.client.opened(NOW);
        let out = desk.client.text(&HELLO.replace("alarm", "grid"), NOW);
        desk.take(out);
        desk.pong(NOW);
        for topic in ["fleet", "grid", "reserve", "alarm", "order"] {
            let time = text((desk.theirs)(NOW));
            let told = format!(
                r#"{{"type":"snapshot","topic":"{topic}","boot":"{BOOT}","seq":1,"time":"{time}","body":{{}}}}"#
            );
            let out = desk.client.text(&told, NOW);
            desk.take(out);
        }
        desk
    }

    fn take(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Send(text) => {
                    let sent: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                    if sent["type"] == "ping" {
                        self.asked.extend(sent["id"].as_u64());
                    }
                }
                Output::Close(code, why) => panic!("closed: {code} {why}"),
            }
        }
    }

    fn pong(&mut self, now: Timestamp) {
        let time = text((self.theirs)(now));
        for id in std::mem::take(&mut self.asked) {
            let told = format!(
                r#"{{"type":"pong","id":{id},"ping_sent":"{time}","ping_received":"{time}","sent":"{time}"}}"#
            );
            let out = self.client.text(&told, now);
            self.take(out);
        }
    }

    /// The grid is told at `now`, measured at that time of theirs.
    fn grid(&mut self, now: Timestamp, measured: Timestamp) {
        let (sent, at) = (text((self.theirs)(now)), text(measured));
        let (prev, seq) = (self.seq, self.seq + 1);
        self.seq = seq;
        let told = format!(
            r#"{{"type":"update","topic":"grid","seq":{seq},"prev":{prev},"time_sent":"{sent}","items":[{{"kind":"grid","freq_mhz":50000,"generation":[],"instructions":[],"quality":"good","measured_at":"{at}"}}]}}"#
        );
        let out = self.client.text(&told, now);
        self.take(out);
    }

    fn tick(&mut self, now: Timestamp) {
        let out = self.client.tick(now);
        self.take(out);
    }

    /// When the last reading was measured, by our clock.
    fn measured(&self) -> Option<Timestamp> {
        self.events.iter().rev().find_map(|event| match event {
            FeedEvent::Update { items, .. } => items.iter().find_map(|item| match item {
                Item::Grid(grid) => Some(grid.measured_at),
                _ => None,
            }),
            _ => None,
        })
    }

    fn going(&self) -> Vec<Going> {
        let of = |event: &FeedEvent| match event {
            FeedEvent::Clock(going) => Some(*going),
            _ => None,
        };
        self.events.iter().filter_map(of).collect()
    }
}

fn at(ms: i64) -> Timestamp {
    NOW.shifted(ms)
}

#[test]
fn a_stopped_clock_that_answers_pings_is_told_within_eleven_seconds_and_its_values_age() {
    let mut desk = Desk::new(|_| NOW.shifted(-3_600_000));
    for ms in (500..=11_000).step_by(500) {
        desk.tick(at(ms));
        desk.pong(at(ms));
        desk.grid(at(ms), NOW.shifted(-3_600_000));
    }
    let Some(Going::Wrong { permille }) = desk.going().last().copied() else {
        panic!("{:?}", desk.going());
    };
    assert_eq!(rate(permille), Rate::Still);
    assert_eq!(desk.measured(), Some(at(500)), "heard once, repeated since");
}

#[test]
fn a_clock_that_jumps_makes_no_value_old_or_new() {
    for jump in [3_600_000, -3_600_000, 20_000] {
        let theirs = move |now: Timestamp| {
            if now >= at(7_000) {
                now.shifted(jump)
            } else {
                now
            }
        };
        let mut desk = Desk::new(theirs);
        for ms in (500..=25_000).step_by(500) {
            let now = at(ms);
            desk.tick(now);
            desk.grid(now, theirs(now));
            desk.pong(now);
            assert_eq!(desk.measured(), Some(now), "{jump} at {ms}");
        }
        assert_eq!(desk.going(), [Going::Set { by_ms: jump }, Going::True]);
    }
}

#[test]
fn what_seems_of_another_time_waits_no_longer_than_two_seconds_for_a_pong() {
    let mut desk = Desk::new(|now| now);
    desk.theirs = Box::new(|now| now.shifted(60_000));
    desk.grid(at(1_000), at(61_000));
    assert_eq!(desk.measured(), None, "it waits");
    desk.tick(at(3_000));
    assert!(desk.measured().is_some());
}

#[test]
fn a_value_of_the_future_stays_there() {
    let mut desk = Desk::new(|now| now);
    for ms in (500..=2_000).step_by(500) {
        desk.grid(at(ms), at(3_600_000));
    }
    assert_eq!(desk.measured(), Some(at(3_600_000)));
}
