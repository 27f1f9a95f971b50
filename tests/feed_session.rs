//! Sessions without a socket: a scripted clock, and a link that loses, repeats and reorders.

#![allow(missing_docs, reason = "a test")]

mod feed_support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use baseload::domain::ids::{BootId, GatewayId, OrderId};
use baseload::domain::link::{FeedEvent, FeedInfo, Item, LinkState, Request, Topic};
use baseload::domain::order::{OrderStatus, Phase};
use baseload::domain::time::Timestamp;
use baseload::feed::protocol::{close, write_order_status};
use baseload::feed::session::Client;
use baseload::feed::session::client::{Output, Wants};
use baseload::feed::session::server::{Book, Peer, PeerConfig, PeerOut, Role};
use baseload::gateway::Gateway;
use feed_support::{TestGateway, block, order, status};
use proptest::prelude::*;

const TOPICS: [Topic; 3] = [Topic::Fleet, Topic::Alarm, Topic::Order];

/// What the link does with a message.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Deliver,
    Lose,
    Twice,
    /// After the next one.
    Late,
}

/// One console, one server, and the wire between them.
struct Rig {
    now: Timestamp,
    /// The server's clock less the console's, ms.
    skew_ms: i64,
    gateway: TestGateway,
    book: Book,
    peer: Option<Peer>,
    client: Client,
    to_client: Vec<String>,
    to_server: Vec<String>,
    console: Console,
    closed: Option<u16>,
}

/// What a console believes.
#[derive(Default)]
struct Console {
    watts: BTreeMap<String, i64>,
    orders: BTreeMap<OrderId, Vec<Phase>>,
    targets: usize,
    stale: BTreeSet<Topic>,
    measured: BTreeMap<String, Timestamp>,
    live: bool,
    gaps: usize,
    updates: usize,
    bad_blocks: usize,
    counted: (u64, u64),
    not_sent: usize,
    continuous: BTreeMap<Topic, bool>,
}

impl Console {
    fn put(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Block(block) => {
                    let id = block.id.as_str().to_owned();
                    self.measured.insert(id.clone(), block.measured_at);
                    self.watts
                        .insert(id, block.power.expect("these have power").watts());
                }
                Item::Order(status) => self.put_order(status),
                Item::BadBlock(_) => self.bad_blocks += 1,
                _ => {}
            }
        }
    }

    fn put_order(&mut self, status: &OrderStatus) {
        self.targets = status.targets.len();
        let phases = self.orders.entry(status.id).or_default();
        if phases.last() != Some(&status.phase) {
            phases.push(status.phase);
        }
    }

    fn hear(&mut self, event: &FeedEvent) {
        match event {
            FeedEvent::Link(state) => self.live = *state == LinkState::Live,
            FeedEvent::Snapshot {
                topic,
                items,
                continuous,
            } => {
                self.continuous.insert(*topic, *continuous);
                self.stale.remove(topic);
                if *topic == Topic::Fleet {
                    self.watts.clear();
                }
                self.put(items);
            }
            FeedEvent::Update { items, .. } => {
                self.updates += 1;
                self.put(items);
            }
            FeedEvent::Gap(topic) => {
                self.gaps += 1;
                self.stale.insert(*topic);
            }
            FeedEvent::Error { code, .. } if &**code == "not_sent" => self.not_sent += 1,
            FeedEvent::Counted {
                bad_items,
                bad_messages,
            } => self.counted = (*bad_items, *bad_messages),
            _ => {}
        }
    }
}

impl Rig {
    fn new(blocks: usize, skew_ms: i64) -> Self {
        Self {
            now: Timestamp::from_millis(1_800_000_000_000),
            skew_ms,
            gateway: TestGateway::new(blocks),
            book: Book::new(BootId::new("boot-1")),
            peer: None,
            client: Client::new(Wants::default()),
            to_client: Vec::new(),
            to_server: Vec::new(),
            console: Console::default(),
            closed: None,
        }
    }

    fn there(&self) -> Timestamp {
        self.now.shifted(self.skew_ms)
    }

    fn connect(&mut self, role: Role) {
        self.to_client.clear();
        self.to_server.clear();
        self.closed = None;
        self.client.opened(self.now);
        let info = FeedInfo {
            feed: "test".into(),
            gateway: GatewayId::new("gw-test"),
            nation: "Testland".into(),
            serves: TOPICS.to_vec(),
            boot: self.book.boot().clone(),
            heartbeat: Duration::from_secs(1),
            report_period: Duration::from_secs(1),
            simulated: true,
            durable_orders: false,
            two_persons: baseload::domain::operator::TwoPersons::default(),
            emergency_step: None,
            emergency_interval: None,
            emergency_bar: None,
            limit_window: None,
            watch_filter: None,
            acts: baseload::domain::link::ACTS,
            operators: false,
            pacing: baseload::domain::pacing::Pacing::default(),
        };
        self.peer = Some(Peer::new(PeerConfig { info, role }, self.there()));
    }

    fn lose_link(&mut self) {
        self.client.lost();
        self.peer = None;
    }

    fn absorb(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(text) => self.to_server.push(text),
                Output::Event(event) => self.console.hear(&event),
                Output::Close(code, _) => self.closed = Some(code),
            }
        }
    }

    fn publish(&mut self, topic: Topic) {
        let items = self.gateway.changes(topic);
        let there = self.there();
        if let Some(batch) = self.book.publish(topic, &items, there)
            && let Some(peer) = &mut self.peer
        {
            peer.offer(&batch, there);
        }
    }

    fn serve(&mut self, outs: Vec<PeerOut>) {
        let there = self.there();
        for out in outs {
            match out {
                PeerOut::Subscribe { topics, resume } => {
                    for topic in topics {
                        self.publish(topic);
                        let missed = resume
                            .as_ref()
                            .filter(|r| &r.boot == self.book.boot() && !topic.is_telemetry())
                            .and_then(|r| self.book.since(topic, *r.seq.get(&topic)?))
                            .unwrap_or_default();
                        let items = self.gateway.snapshot(topic);
                        let snapshot = self.book.snapshot(topic, &items, there);
                        let peer = self.peer.as_mut().expect("it has just spoken");
                        peer.begin(&missed, &snapshot);
                    }
                }
                PeerOut::Ask(request) => {
                    let answer = self
                        .gateway
                        .request(request, baseload::gateway::LinkId(1), there);
                    self.publish(Topic::Order);
                    self.publish(Topic::Alarm);
                    let peer = self.peer.as_mut().expect("it has just spoken");
                    for item in answer.unwrap_or_default() {
                        if let Item::Order(status) = item {
                            for text in write_order_status(&status) {
                                peer.answer(Topic::Order, text);
                            }
                        }
                    }
                }
                PeerOut::Machines {
                    site,
                    hall,
                    page,
                    filter,
                    ..
                } => {
                    let peer = self.peer.as_mut().expect("it has just spoken");
                    if let Ok(page) = self.gateway.machines(&site, &hall, page, &filter) {
                        peer.machines(page, there);
                    }
                }
                PeerOut::Complaint(_) => {}
                PeerOut::Close(code, _) => self.closed = Some(code),
            }
        }
    }

    /// A tenth of a second: both ends tick, and what they said travels, each message by its fate.
    fn step(&mut self, fate: &mut dyn FnMut() -> Fate) {
        self.now = self.now + Duration::from_millis(100);
        let there = self.there();
        for topic in TOPICS {
            self.publish(topic);
        }
        if let Some(peer) = &mut self.peer {
            let outs = peer.tick(there);
            self.serve(outs);
        }
        let outputs = self.client.tick(self.now);
        self.absorb(outputs);
        for text in through(std::mem::take(&mut self.to_server), fate) {
            let Some(peer) = &mut self.peer else { break };
            let outs = peer.text(&text, there);
            self.serve(outs);
        }
        if let Some(peer) = &mut self.peer {
            while let Some(text) = peer.pop(there) {
                self.to_client.push(text.as_str().to_owned());
            }
        }
        for text in through(std::mem::take(&mut self.to_client), fate) {
            let outputs = self.client.text(&text, self.now);
            self.absorb(outputs);
        }
    }

    fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.step(&mut || Fate::Deliver);
        }
    }

    fn set(&mut self, id: &str, watts: i64) {
        let at = self.there();
        self.gateway
            .lock()
            .set_block(block("biaroza", id, watts, at));
    }

    fn truth(&self) -> BTreeMap<String, i64> {
        self.gateway
            .lock()
            .blocks
            .iter()
            .map(|(id, block)| (id.clone(), block.power.expect("set").watts()))
            .collect()
    }

    fn request(&mut self, request: &Request) {
        let outputs = self.client.request(request);
        self.absorb(outputs);
    }
}

fn through(texts: Vec<String>, fate: &mut dyn FnMut() -> Fate) -> Vec<String> {
    let mut out = Vec::new();
    let mut late = Vec::new();
    for text in texts {
        match fate() {
            Fate::Deliver => out.push(text),
            Fate::Lose => continue,
            Fate::Twice => out.extend([text.clone(), text]),
            Fate::Late => {
                late.push(text);
                continue;
            }
        }
        out.append(&mut late);
    }
    out.append(&mut late);
    out
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Deliver),
        1 => Just(Fate::Lose),
        1 => Just(Fate::Twice),
        1 => Just(Fate::Late),
    ]
}

#[derive(Debug, Clone)]
enum Act {
    Set(u8, i64),
    Order(u8),
    Steps(u8),
    Cut,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => (0_u8..4, 0_i64..9_000_000).prop_map(|(id, watts)| Act::Set(id, watts)),
        2 => (0_u8..6).prop_map(Act::Order),
        5 => (1_u8..15).prop_map(Act::Steps),
        1 => Just(Act::Cut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Whatever the link does: a value that is not the server's is marked; once the link is sound, all of them are
    /// the server's; and the orders that the console knows are the ones that the gateway has, no more.
    #[test]
    fn a_bad_link_costs_time_but_no_truth(
        acts in prop::collection::vec(act(), 1..40),
        fates in prop::collection::vec(fate(), 1..200),
        skew_ms in -5_000_i64..5_000,
    ) {
        let mut rig = Rig::new(4, skew_ms);
        rig.connect(Role::Operator);
        let mut fates = fates.into_iter().cycle();
        let mut fate = || fates.next().expect("a cycle has no end");
        let mut sent = BTreeSet::new();
        for act in acts {
            match act {
                Act::Set(id, watts) => rig.set(&format!("b{id}"), watts),
                Act::Order(n) => {
                    let target = rig.gateway.lock().blocks["b0"].clone();
                    let wanted = order(u128::from(n), &target, 0, rig.now);
                    sent.insert(wanted.id);
                    rig.request(&Request::Order(Box::new(wanted)));
                }
                Act::Steps(count) => {
                    for _ in 0..count {
                        rig.step(&mut fate);
                    }
                    // A lost hello or silence ends a link; the task around the session dials again.
                    if rig.closed.is_some() {
                        rig.lose_link();
                        rig.connect(Role::Operator);
                    }
                }
                Act::Cut => {
                    rig.lose_link();
                    rig.connect(Role::Operator);
                }
            }
        }
        // A first message that is late, twice or lost may have ended the link; from here on it is sound.
        for _ in 0..400 {
            rig.steps(1);
            if rig.closed.is_some() {
                rig.lose_link();
                rig.connect(Role::Operator);
            }
        }
        prop_assert!(rig.console.live);
        prop_assert!(rig.console.stale.is_empty(), "{:?}", rig.console.stale);
        prop_assert_eq!(&rig.console.watts, &rig.truth());
        let known: BTreeSet<OrderId> = rig.console.orders.keys().copied().collect();
        let stored: BTreeSet<OrderId> = rig.gateway.lock().orders.keys().copied().collect();
        prop_assert_eq!(&known, &stored, "nothing lost, nothing invented");
        prop_assert!(stored.is_subset(&sent));
        for (id, phases) in &rig.console.orders {
            prop_assert_eq!(phases.last(), Some(&rig.gateway.lock().orders[id].phase));
        }
    }

    /// A sound link with cuts: no phase of an order is missed, and none is seen out of order.
    #[test]
    fn cuts_lose_no_phase_of_an_order(cuts in prop::collection::vec(any::<bool>(), 8)) {
        let phases = [
            Phase::Received, Phase::Accepted, Phase::Executing, Phase::Delivered,
        ];
        let mut rig = Rig::new(1, 0);
        rig.connect(Role::Operator);
        rig.steps(20);
        for (step, cut) in cuts.iter().enumerate() {
            if *cut {
                rig.lose_link();
            }
            if let Some(phase) = phases.get(step / 2).filter(|_| step % 2 == 0) {
                let at = rig.there();
                rig.gateway.lock().set_order(status(OrderId(1), *phase, &[], at));
            }
            rig.steps(3);
            if *cut {
                rig.connect(Role::Operator);
                rig.steps(10);
            }
        }
        rig.steps(20);
        prop_assert_eq!(&rig.console.orders[&OrderId(1)], &phases.to_vec());
        prop_assert!(rig.console.continuous[&Topic::Order]);
    }

    /// Anything at all may come from the other end.
    #[test]
    fn hostile_text_panics_nobody(texts in prop::collection::vec(hostile(), 1..30)) {
        let mut rig = Rig::new(2, 0);
        rig.connect(Role::Operator);
        rig.steps(10);
        for text in texts {
            let outputs = rig.client.text(&text, rig.now);
            rig.absorb(outputs);
            let there = rig.there();
            let outs = rig.peer.as_mut().expect("connected").text(&text, there);
            rig.serve(outs);
            rig.to_server.clear();
            if rig.closed.is_some() {
                rig.lose_link();
                rig.connect(Role::Operator);
            }
        }
        let told: usize = std::iter::from_fn(|| rig.peer.as_mut().expect("connected").pop(rig.now))
            .map(|text| text.len())
            .sum();
        prop_assert!(told < 8 << 20, "what waits is bounded");
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("1e999".to_owned()),
        Just("NaN".to_owned()),
        Just("-1".to_owned()),
        Just("18446744073709551616".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| n.to_string()),
        Just("null".to_owned()),
        Just("\"x\"".to_owned()),
    ];
    let word = prop_oneof![
        Just("fleet".to_owned()),
        Just("order".to_owned()),
        Just("hello".to_owned()),
        "[a-z]{0,6}",
    ];
    let tag = prop_oneof![
        Just("snapshot"),
        Just("update"),
        Just("hello"),
        Just("heartbeat"),
        Just("pong"),
        Just("machines"),
        Just("order"),
        Just("subscribe"),
        Just("watch"),
        Just("error"),
        Just("ping"),
    ];
    prop_oneof![
        any::<String>(),
        ".{0,40}".prop_map(|s| format!("{{\"type\":{s}")),
        (1_usize..200).prop_map(|n| "[".repeat(n)),
        (tag, word, prop::collection::vec(number, 4)).prop_map(|(tag, word, n)| format!(
            "{{\"type\":\"{tag}\",\"topic\":\"{word}\",\"id\":\"{word}\",\"boot\":\"boot-1\",\"seq\":{},\"prev\":{},\"part\":{},\"parts\":{},\"time\":\"2026-01-01T00:00:00Z\",\"topics\":[\"{word}\"],\"site\":\"s\",\"hall\":\"h\",\"items\":[{{\"kind\":\"block\",\"site\":\"s\",\"id\":\"b\",\"power_w\":{}}},7],\"body\":{{\"blocks\":[{{}}],\"sites\":[{{\"id\":\"s\"}}]}}}}",
            n[0], n[1], n[2], n[3], n[0]
        )),
    ]
}

#[test]
fn times_come_by_the_consoles_own_clock() {
    let mut rig = Rig::new(1, 90_000);
    rig.connect(Role::Operator);
    rig.steps(10);
    assert!(rig.console.live);
    rig.set("b0", 1);
    let set_at = rig.now;
    rig.steps(3);
    let measured = rig.console.measured["b0"];
    assert!(
        (measured.millis() - set_at.millis()).abs() <= 100,
        "{measured:?} {set_at:?}"
    );
}

#[test]
fn a_lost_tail_is_found_by_the_heartbeat() {
    let mut rig = Rig::new(1, 0);
    rig.connect(Role::Operator);
    rig.steps(10);
    rig.set("b0", 5);
    rig.step(&mut || Fate::Lose);
    assert_ne!(rig.console.watts, rig.truth());
    rig.steps(15);
    assert_eq!(rig.console.gaps, 1);
    assert_eq!(rig.console.watts, rig.truth());
    assert!(rig.console.stale.is_empty());
    assert!(!rig.console.continuous[&Topic::Fleet]);
}

#[test]
fn silence_ends_the_link_after_three_heartbeats() {
    let mut rig = Rig::new(1, 0);
    rig.connect(Role::Operator);
    rig.steps(10);
    rig.set("b0", 1);
    rig.steps(1);
    for _ in 0..28 {
        rig.step(&mut || Fate::Lose);
    }
    assert_eq!(rig.closed, None);
    for _ in 0..4 {
        rig.step(&mut || Fate::Lose);
    }
    assert_eq!(rig.closed, Some(close::SILENCE));
}

#[test]
fn another_life_of_the_server_is_no_continuation() {
    let mut rig = Rig::new(2, 0);
    rig.connect(Role::Operator);
    rig.steps(10);
    assert!(rig.console.continuous[&Topic::Order]);
    rig.lose_link();
    rig.book = Book::new(BootId::new("boot-2"));
    rig.connect(Role::Operator);
    rig.steps(10);
    assert!(rig.console.live);
    assert!(rig.console.continuous.values().all(|whole| !whole));
}

#[test]
fn one_bad_item_is_marked_and_the_rest_stands() {
    let mut rig = Rig::new(2, 0);
    rig.connect(Role::Operator);
    rig.steps(10);
    let seq = rig.book.seq(Topic::Fleet);
    let good = {
        let block = block("biaroza", "b1", 77, rig.now);
        let item = baseload::feed::protocol::encode_item(&Item::Block(Box::new(block)));
        item.expect("blocks are encoded").json[0].clone()
    };
    let text = |bad: &str, now: Timestamp| {
        let now = jiff::Timestamp::from_millisecond(now.millis()).expect("a time");
        let now = now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
        format!(
            "{{\"type\":\"update\",\"topic\":\"fleet\",\"seq\":{},\"prev\":{seq},\"time_sent\":\"{now}\",\"items\":[{bad},{good},{{\"kind\":\"balloon\"}}]}}",
            seq + 1
        )
    };
    let spoilt = good.replace("\"power_w\":77", "\"power_w\":-77");
    for bad in [
        spoilt.replace("\"b1\"", "\"b0\""),
        good.replace("\"hashrate_hs\":", "\"hashrate_hs\":NaN,\"x\":"),
        good.replace("\"power_w\":77", "\"power_w\":77000000000000000"),
        good.replace(
            "\"name\":\"b1\"",
            &format!("\"name\":\"{}\"", "n".repeat(10_000)),
        ),
        good.replace(
            "\"hashrate_hs\":",
            &format!("\"steps_w\":[{}0],\"hashrate_hs\":", "0,".repeat(256)),
        ),
    ] {
        let outputs = rig.client.text(&text(&bad, rig.now), rig.now);
        rig.absorb(outputs);
        // Go back by a fresh snapshot, so that the same number can be used again.
        assert_eq!(rig.console.watts["b1"], 77);
        rig.lose_link();
        rig.client = Client::new(Wants::default());
        rig.connect(Role::Operator);
        rig.steps(10);
        assert!(rig.console.live);
    }
    assert_eq!(rig.console.bad_blocks, 5);
    assert_eq!(rig.closed, None);
}

#[test]
fn a_slow_reader_gets_the_latest_of_each_item_and_every_order() {
    let mut rig = Rig::new(3, 0);
    rig.connect(Role::Operator);
    rig.steps(10);
    // The socket takes nothing: nobody pops.
    let at = rig.there();
    for n in 0..500_i64 {
        rig.set("b0", n);
        rig.set("b1", n * 2);
        rig.publish(Topic::Fleet);
    }
    for phase in [Phase::Received, Phase::Accepted, Phase::Executing] {
        rig.gateway
            .lock()
            .set_order(status(OrderId(9), phase, &[], at));
        rig.publish(Topic::Order);
    }
    let mut texts = Vec::new();
    while let Some(text) = rig.peer.as_mut().expect("connected").pop(at) {
        texts.push(text.as_str().to_owned());
    }
    assert!(texts.len() <= 5, "{} messages", texts.len());
    for text in texts {
        let outputs = rig.client.text(&text, rig.now);
        rig.absorb(outputs);
    }
    assert_eq!(rig.console.gaps, 0);
    assert_eq!(rig.console.watts["b0"], 499);
    assert_eq!(rig.console.watts["b1"], 998);
    assert_eq!(
        rig.console.orders[&OrderId(9)],
        [Phase::Received, Phase::Accepted, Phase::Executing]
    );
}

#[test]
fn orders_that_nobody_reads_end_the_link_and_are_not_dropped() {
    let mut rig = Rig::new(1, 0);
    rig.connect(Role::Operator);
    rig.steps(10);
    let at = rig.there();
    for n in 0..5_000 {
        rig.gateway
            .lock()
            .set_order(status(OrderId(n), Phase::Received, &[], at));
        rig.publish(Topic::Order);
    }
    let outs = rig.peer.as_mut().expect("connected").tick(at);
    assert!(
        matches!(outs[..], [PeerOut::Close(close::TOO_SLOW, _)]),
        "{outs:?}"
    );
    // Back again: too much was missed to wait in one queue, but the snapshot holds them all.
    rig.lose_link();
    rig.connect(Role::Operator);
    rig.steps(30);
    assert_eq!(rig.console.orders.len(), 5_000);
}

#[test]
fn a_viewer_only_looks() {
    let mut rig = Rig::new(1, 0);
    rig.connect(Role::Viewer);
    rig.steps(10);
    assert!(rig.console.live);
    let target = rig.gateway.lock().blocks["b0"].clone();
    let at = rig.now;
    rig.request(&Request::Order(Box::new(order(1, &target, 0, at))));
    rig.request(&Request::OrderQuery(OrderId(2)));
    rig.steps(5);
    // A question is no act of theirs: no id is dead by it.
    assert_eq!(rig.gateway.lock().asked, [Request::OrderLook(OrderId(2))]);
    assert!(!rig.console.orders.contains_key(&OrderId(1)));
}

#[test]
fn an_order_without_a_link_is_declined_at_once() {
    let mut rig = Rig::new(1, 0);
    let target = rig.gateway.lock().blocks["b0"].clone();
    let at = rig.now;
    rig.request(&Request::Order(Box::new(order(1, &target, 0, at))));
    assert_eq!(rig.console.not_sent, 1);
    rig.connect(Role::Operator);
    rig.steps(20);
    assert!(rig.gateway.lock().asked.is_empty());
}

#[test]
fn large_fleets_travel_in_parts_below_the_limit() {
    let mut rig = Rig::new(0, 0);
    {
        let mut world = rig.gateway.lock();
        for n in 0..10_000 {
            let name = format!("block-{n}");
            world.blocks.insert(
                name.clone(),
                block("biaroza", &name, n, Timestamp::from_millis(0)),
            );
        }
    }
    rig.connect(Role::Operator);
    rig.steps(20);
    assert!(rig.console.live);
    assert_eq!(rig.console.watts, rig.truth());
}

#[test]
fn telemetry_comes_no_faster_than_asked_for() {
    let mut rig = Rig::new(1, 0);
    rig.client = Client::new(Wants {
        max_hz: Some(2.0),
        ..Wants::default()
    });
    rig.connect(Role::Operator);
    rig.steps(10);
    let before = rig.console.updates;
    for n in 0..100 {
        rig.set("b0", n);
        rig.steps(1);
    }
    let came = rig.console.updates - before;
    assert!((18..=21).contains(&came), "{came} updates in 10 s at 2 Hz");
    rig.steps(6);
    assert_eq!(rig.console.watts, rig.truth());
    assert_eq!(rig.console.gaps, 0);
}

#[test]
fn a_clock_that_is_set_back_hides_no_silence() {
    let mut rig = Rig::new(1, 0);
    rig.connect(Role::Operator);
    rig.steps(20);
    rig.now = rig.now.shifted(-3_600_000);
    rig.steps(20);
    assert_eq!(rig.closed, None);
    assert!(rig.console.live);
    for _ in 0..35 {
        rig.step(&mut || Fate::Lose);
    }
    assert_eq!(rig.closed, Some(close::SILENCE));
}

#[test]
fn an_order_to_a_whole_nation_is_answered_whole() {
    let mut rig = Rig::new(1, 0);
    rig.connect(Role::Operator);
    rig.steps(10);
    let target = rig.gateway.lock().blocks["b0"].clone();
    let mut wanted = order(1, &target, 0, rig.now);
    let one = wanted.targets[0].clone();
    wanted.targets = (0..10_000)
        .map(|n| {
            let mut target = one.clone();
            target.block = baseload::domain::ids::BlockId::new(&format!("b{n}"));
            target
        })
        .collect();
    rig.request(&Request::Order(Box::new(wanted.clone())));
    rig.steps(5);
    assert_eq!(rig.closed, None);
    assert_eq!(rig.console.targets, 10_000);
    assert_eq!(
        rig.console.orders[&OrderId(1)],
        [Phase::Received, Phase::Accepted]
    );
    // Many in one snapshot: each keeps its own targets.
    rig.lose_link();
    rig.console.targets = 0;
    rig.connect(Role::Operator);
    rig.steps(10);
    assert_eq!(rig.console.targets, 10_000);
    // What does not fit into one message is declined, and nothing of it is done.
    wanted.id = OrderId(2);
    let long = "x".repeat(60);
    for target in &mut wanted.targets {
        target.site = baseload::domain::ids::SiteId::new(&long);
    }
    rig.request(&Request::Order(Box::new(wanted)));
    assert_eq!(rig.console.not_sent, 1);
}
