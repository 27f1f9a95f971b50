//! This machine behind the gateway trait. Most tests use a counter on a switch, whose clock they turn: they test the
//! gateway's word. The last one stops and starts the real engine.
#![allow(missing_docs, reason = "tests speak by their names")]

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use baseload::domain::filter::MachineFilter;
use baseload::domain::fleet::{Block, BlockState, MachineState};
use baseload::domain::ids::{BlockId, GatewayId, HallId, OrderId, SiteId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::order::{
    Order, OrderKind, OrderStatus, OrderTarget, Phase, PlanHash, Reason,
};
use baseload::domain::time::Timestamp;
use baseload::domain::units::{Hashrate, Power};
use baseload::engine::job::Job;
use baseload::engine::{Engine as RealEngine, Options};
use baseload::gateway::local::{BLOCK, EngineReading, GATEWAY, HALL, Hashing, Local, SITE};
use baseload::gateway::{Gateway, LinkId};

const START: Timestamp = Timestamp::from_millis(1_795_334_400_000);
const RATE: u64 = 70_000_000;

#[derive(Debug, Default)]
struct Switch {
    hashes: u64,
    read_at: Option<Timestamp>,
    paused: bool,
    /// Hashes on though paused.
    deaf: bool,
}

#[derive(Debug, Clone, Default)]
struct Engine(Arc<Mutex<Switch>>);

impl Engine {
    fn switch(&self) -> MutexGuard<'_, Switch> {
        self.0.lock().expect("nobody panicked")
    }
}

impl Hashing for Engine {
    fn pause(&mut self) {
        self.switch().paused = true;
    }

    fn resume(&mut self) {
        self.switch().paused = false;
    }

    fn read(&mut self, now: Timestamp) -> EngineReading {
        let mut switch = self.switch();
        let span = switch
            .read_at
            .map_or(0, |at| at.age(now).as_millis() as u64);
        let works = !switch.paused || switch.deaf;
        if works {
            switch.hashes += RATE * span / 1_000;
        }
        switch.read_at = Some(now);
        EngineReading {
            hashes: switch.hashes,
            // The window of a second lags behind a stop.
            rate: Hashrate::from_hs(RATE as f64),
            threads: 2,
            paused: switch.paused,
            idle: !works,
        }
    }
}

struct Desk {
    gateway: Local<Engine>,
    engine: Engine,
    now: Timestamp,
    said: Vec<OrderStatus>,
}

impl Desk {
    fn open() -> Self {
        let engine = Engine::default();
        let mut desk = Self {
            gateway: Local::new(engine.clone(), "Belarus", START),
            engine,
            now: START,
            said: Vec::new(),
        };
        desk.wait(1_000);
        desk
    }

    fn wait(&mut self, ms: u64) {
        for _ in 0..ms / 50 {
            self.now = self.now + Duration::from_millis(50);
            self.gateway.advance(self.now);
        }
        for item in self.gateway.changes(Topic::Order) {
            if let Item::Order(status) = item {
                self.said.push(*status);
            }
        }
    }

    fn block(&self) -> Block {
        let items = self.gateway.snapshot(Topic::Fleet);
        let found = items.into_iter().find_map(|item| match item {
            Item::Block(block) => Some(*block),
            _ => None,
        });
        found.expect("a block")
    }

    fn send(&mut self, id: u128, kind: OrderKind, seq: u64) -> OrderStatus {
        let order = order(id, kind, seq, self.now);
        self.ask(Request::Order(Box::new(order)))
    }

    fn ask(&mut self, request: Request) -> OrderStatus {
        let items = self
            .gateway
            .request(request, LinkId(1), self.now)
            .expect("an answer");
        match items.into_iter().next() {
            Some(Item::Order(status)) => *status,
            other => panic!("no answer but {other:?}"),
        }
    }
}

fn order(id: u128, kind: OrderKind, seq: u64, now: Timestamp) -> Order {
    Order {
        id: OrderId(id),
        plan: PlanHash([1; 32]),
        nation: "Belarus".into(),
        gateway: GatewayId::new(GATEWAY),
        kind,
        targets: vec![OrderTarget {
            site: SiteId::new(SITE),
            block: BlockId::new(BLOCK),
            target: Power::ZERO,
            epoch: 0,
            site_seq: seq,
            after: Duration::ZERO,
        }],
        substitutes: Vec::new(),
        extra_max: Power::ZERO,
        reason: "test".into(),
        issued_by: "operator 7".into(),
        countersigned_by: None,
        issued_at: now,
        expires_at: now + Duration::from_mins(1),
        lease: Duration::ZERO,
        signature: None,
        emergency: false,
        countersignature: None,
        desk: None,
        countersigned_desk: None,
        freq_seen: None,
        not_before: None,
    }
}

#[test]
fn it_is_a_real_site_of_one_machine_without_a_power_figure() {
    let desk = Desk::open();
    assert!(!desk.gateway.identity().simulated);
    let block = desk.block();
    assert_eq!((block.power, block.machines.total), (None, 1));
    assert_eq!(block.state, BlockState::Hashing);
    assert!(block.hashrate.hs() > 0.0);
    let all = MachineFilter::default();
    let page = desk
        .gateway
        .machines(&SiteId::new(SITE), &HallId::new(HALL), 0, &all);
    let page = page.expect("a page");
    assert_eq!(page.rows[0].state, MachineState::Hashing);
    assert!(
        desk.gateway
            .machines(&SiteId::new("mazyr"), &HallId::new(HALL), 0, &all)
            .is_err()
    );
}

#[test]
fn a_restore_is_no_emergency_here_either() {
    let mut desk = Desk::open();
    desk.send(1, OrderKind::Curtail, 1);
    desk.wait(200);
    let hurried = |desk: &Desk, id, kind, seq| Order {
        emergency: true,
        ..order(id, kind, seq, desk.now)
    };
    let wrong = hurried(&desk, 2, OrderKind::Restore, 2);
    let answer = desk.ask(Request::Order(Box::new(wrong)));
    assert_eq!(answer.phase, Phase::Rejected);
    assert_eq!(answer.targets[0].reasons[0].code(), "emergency_restore");
    assert!(desk.engine.switch().paused);
    assert_eq!(desk.send(3, OrderKind::Restore, 2).phase, Phase::Executing);
    let right = hurried(&desk, 4, OrderKind::Curtail, 3);
    let answer = desk.ask(Request::Order(Box::new(right)));
    assert_eq!(answer.phase, Phase::Executing);
}

#[test]
fn curtailing_stops_the_engine_inside_the_call_and_is_delivered_by_its_counter() {
    let mut desk = Desk::open();
    let answer = desk.send(1, OrderKind::Curtail, 1);
    assert!(desk.engine.switch().paused, "before any tick");
    assert_eq!(answer.phase, Phase::Executing);
    assert_eq!(desk.block().state, BlockState::Ramping);
    desk.wait(200);
    let phases: Vec<Phase> = desk.said.iter().map(|s| s.phase).collect();
    assert_eq!(
        phases,
        [
            Phase::Received,
            Phase::Accepted,
            Phase::Executing,
            Phase::Delivered
        ]
    );
    let measured = desk.said[3].targets[0].measured_at.expect("a reading");
    assert!(measured > answer.at);
    let block = desk.block();
    assert_eq!(block.state, BlockState::Curtailed);
    assert!(block.hashrate.hs() <= 0.0);

    assert_eq!(desk.send(2, OrderKind::Restore, 2).phase, Phase::Executing);
    assert!(!desk.engine.switch().paused);
    desk.wait(200);
    assert_eq!(desk.said.last().map(|s| s.phase), Some(Phase::Delivered));
    assert_eq!(desk.block().state, BlockState::Hashing);
}

#[test]
fn an_engine_that_does_not_stop_fails_the_order() {
    let mut desk = Desk::open();
    desk.engine.switch().deaf = true;
    desk.send(1, OrderKind::Curtail, 1);
    desk.wait(11_000);
    assert_eq!(desk.said.last().map(|s| s.phase), Some(Phase::Failed));
    assert_eq!(desk.block().state, BlockState::Ramping);
}

#[test]
fn ids_run_once_and_late_or_foreign_orders_not_at_all() {
    let mut desk = Desk::open();
    desk.send(1, OrderKind::Curtail, 5);
    desk.wait(200);
    desk.send(2, OrderKind::Restore, 6);
    desk.wait(200);
    // Another one under the first one's id, and that as a late twin.
    let other = desk.send(1, OrderKind::Curtail, 7);
    assert_eq!(other.targets[0].reasons[0].code(), "id_used");
    assert_eq!(
        desk.ask(Request::OrderQuery(OrderId(1))).phase,
        Phase::Delivered
    );
    let late = desk.send(3, OrderKind::Curtail, 5);
    assert_eq!(late.targets[0].reasons, [Reason::OldSequence]);
    let query = Request::OrderQuery(OrderId(4));
    assert_eq!(desk.ask(query).phase, Phase::NotSeen);
    assert_eq!(desk.send(4, OrderKind::Curtail, 8).phase, Phase::Rejected);
    let mut foreign = order(5, OrderKind::Curtail, 8, desk.now);
    foreign.targets[0].site = SiteId::new("mazyr");
    let foreign = desk.ask(Request::Order(Box::new(foreign)));
    assert_eq!(foreign.targets[0].reasons, [Reason::Unknown]);
    let mut old = order(6, OrderKind::Curtail, 8, desk.now);
    old.expires_at = desk.now;
    assert_eq!(
        desk.ask(Request::Order(Box::new(old))).phase,
        Phase::Expired
    );
    assert!(!desk.engine.switch().paused);
    let again = desk.send(7, OrderKind::Restore, 8);
    assert_eq!(again.targets[0].reasons, [Reason::AlreadyThere]);
}

#[test]
fn a_later_order_overtakes_the_one_under_way() {
    let mut desk = Desk::open();
    desk.send(1, OrderKind::Curtail, 1);
    desk.wait(200);
    desk.send(2, OrderKind::Restore, 2);
    desk.send(3, OrderKind::Curtail, 3);
    assert!(desk.engine.switch().paused);
    desk.wait(200);
    let of = |id| {
        let mut said = desk.said.iter().rev();
        said.find(|s| s.id == OrderId(id)).map(|s| s.phase)
    };
    assert_eq!(of(2), Some(Phase::Failed));
    assert_eq!(of(3), Some(Phase::Delivered));
}

fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since = since.expect("a clock after 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("a clock of this age"))
}

/// Advances until the order is over; the deadline is for a machine under heavy load.
fn until_over(gateway: &mut Local<Arc<Mutex<RealEngine>>>, id: u128) -> Phase {
    let began = Instant::now();
    loop {
        gateway.advance(wall());
        let items = gateway.snapshot(Topic::Order);
        let status = items.into_iter().find_map(|item| match item {
            Item::Order(status) if status.id == OrderId(id) => Some(*status),
            _ => None,
        });
        match status.map(|status| status.phase) {
            Some(phase) if phase.is_final() => return phase,
            _ => std::thread::yield_now(),
        }
        assert!(began.elapsed() < Duration::from_mins(1), "still under way");
    }
}

#[test]
fn the_real_engine_stops_and_goes_on_by_order() {
    let options = Options {
        threads: 2,
        ..Options::default()
    };
    let (mut engine, _finds) = RealEngine::start(options).expect("two threads");
    engine.set_job(Job::synthetic(1, 7, 1_795_334_400, 1.0));
    let engine = Arc::new(Mutex::new(engine));
    let mut gateway = Local::new(engine.clone(), "Belarus", wall());
    let curtail = order(1, OrderKind::Curtail, 1, wall());
    let curtail = Request::Order(Box::new(curtail));
    gateway
        .request(curtail, LinkId(1), wall())
        .expect("an answer");
    assert_eq!(until_over(&mut gateway, 1), Phase::Delivered);
    let hashes = || {
        let mut engine = engine.lock().expect("nobody panicked");
        engine.status(wall()).hashes
    };
    let stopped_at = hashes();
    gateway.advance(wall());
    assert_eq!(hashes(), stopped_at, "delivered, so it stands still");
    let restore = order(2, OrderKind::Restore, 2, wall());
    let restore = Request::Order(Box::new(restore));
    gateway
        .request(restore, LinkId(1), wall())
        .expect("an answer");
    assert_eq!(until_over(&mut gateway, 2), Phase::Delivered);
    assert!(hashes() > stopped_at);
}
