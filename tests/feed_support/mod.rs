//! A small gateway for tests: real protocol, made-up loads. Steered from the test through a shared handle.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "each test uses its part of it"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use baseload::domain::alarm::{Alarm, AlarmState, Priority};
use baseload::domain::filter::MachineFilter;
use baseload::domain::fleet::{
    Authority, Block, BlockLimits, BlockState, Hall, Machine, MachineCounts, MachinePage,
    MachineState, PowerSource, Search, Site,
};
use baseload::domain::grid::GridReading;
use baseload::domain::ids::{AlarmId, BlockId, GatewayId, HallId, MachineId, OrderId, SiteId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::order::{
    Order, OrderKind, OrderStatus, OrderTarget, Phase, PlanHash, TargetStatus,
};
use baseload::domain::quality::Quality;
use baseload::domain::time::Timestamp;
use baseload::domain::units::{Hashrate, Hertz, Power};
use baseload::gateway::{Gateway, Identity, LinkId, Refusal};

pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    Timestamp::from_millis(
        i64::try_from(since.as_millis()).expect("this side of the year 292 million"),
    )
}

pub fn site(name: &str, at: Timestamp) -> Site {
    Site {
        id: SiteId::new(name),
        name: name.into(),
        region: "Brest".into(),
        grid_node: "node 7".into(),
        node_limit: Some(Power::from_megawatts(200)),
        tariff: None,
        contract: Some("interruptible".into()),
        meter: Some(Power::from_megawatts(112)),
        authority: Authority::default(),
        site_seq: 3,
        quality: Quality::Good,
        measured_at: at,
    }
}

pub fn block(site: &str, name: &str, watts: i64, at: Timestamp) -> Block {
    Block {
        site: SiteId::new(site),
        id: BlockId::new(name),
        hall: HallId::new("h1"),
        name: name.into(),
        hashrate: Hashrate::from_hs(watts as f64 * 6e10),
        power: Some(Power::from_watts(watts)),
        power_source: PowerSource::Meter,
        target: Power::from_watts(watts),
        floor: Power::from_watts(25_000),
        steps: vec![],
        nameplate: Power::from_megawatts(12),
        state: BlockState::Hashing,
        state_since: at,
        machines: MachineCounts {
            total: 3_400,
            hashing: 3_400,
            ..MachineCounts::default()
        },
        inlet: None,
        accepted: 1,
        rejected: 0,
        stale: 0,
        quality: Quality::Good,
        tags: vec![],
        limits: BlockLimits::default(),
        held: None,
        measured_at: at,
    }
}

pub fn order(id: u128, target: &Block, watts: i64, at: Timestamp) -> Order {
    Order {
        id: OrderId(id),
        plan: PlanHash([7; 32]),
        nation: "Testland".into(),
        gateway: GatewayId::new("gw-test"),
        kind: OrderKind::Curtail,
        targets: vec![OrderTarget {
            site: target.site.clone(),
            block: target.id.clone(),
            target: Power::from_watts(watts),
            epoch: 0,
            site_seq: 4,
            after: Duration::ZERO,
        }],
        substitutes: vec![],
        extra_max: Power::ZERO,
        reason: "test".into(),
        issued_by: "operator 7".into(),
        countersigned_by: None,
        issued_at: at,
        expires_at: at + Duration::from_mins(1),
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

pub fn status(id: OrderId, phase: Phase, targets: &[OrderTarget], at: Timestamp) -> OrderStatus {
    OrderStatus {
        id,
        phase,
        at,
        detail: "".into(),
        targets: targets
            .iter()
            .map(|target| TargetStatus {
                site: target.site.clone(),
                block: target.block.clone(),
                phase,
                reasons: vec![],
                delivered: None,
                measured_at: None,
            })
            .collect(),
        issued: None,
    }
}

pub fn alarm(id: &str, at: Timestamp) -> Alarm {
    Alarm {
        id: AlarmId::new(id),
        priority: Priority::P2,
        state: AlarmState::Unacknowledged,
        kind: "".into(),
        site: None,
        block: None,
        text: "block 3 draws 4.1 MW against a target of 0".into(),
        raised: at,
        occurrence: Some(at),
        cleared: None,
        shelf: None,
        changes: 1,
    }
}

/// What stands in the world, and what has changed since it was last asked for.
#[derive(Default)]
pub struct World {
    pub blocks: BTreeMap<String, Block>,
    pub millihertz: i64,
    pub orders: BTreeMap<OrderId, OrderStatus>,
    pub alarms: BTreeMap<String, Alarm>,
    pub changed: BTreeMap<Topic, Vec<Item>>,
    pub asked: Vec<Request>,
    pub pages: u32,
}

impl World {
    pub fn change(&mut self, topic: Topic, item: Item) {
        self.changed.entry(topic).or_default().push(item);
    }

    pub fn set_block(&mut self, block: Block) {
        self.change(Topic::Fleet, Item::Block(Box::new(block.clone())));
        self.blocks.insert(block.id.as_str().to_owned(), block);
    }

    pub fn set_order(&mut self, status: OrderStatus) {
        self.change(Topic::Order, Item::Order(Box::new(status.clone())));
        self.orders.insert(status.id, status);
    }

    pub fn set_alarm(&mut self, alarm: Alarm) {
        self.change(Topic::Alarm, Item::Alarm(Box::new(alarm.clone())));
        self.alarms.insert(alarm.id.as_str().to_owned(), alarm);
    }

    pub fn grid(&self) -> GridReading {
        GridReading {
            frequency: Some(Hertz::from_millihertz(self.millihertz)),
            measured_at: now(),
            ..GridReading::default()
        }
    }
}

#[derive(Clone, Default)]
pub struct TestGateway {
    pub world: Arc<Mutex<World>>,
    /// Send the grid anew with every tick.
    pub chatty: bool,
}

impl TestGateway {
    pub fn new(blocks: usize) -> Self {
        let gateway = Self::default();
        {
            let mut world = gateway.lock();
            world.millihertz = 50_012;
            for n in 0..blocks {
                let name = format!("b{n}");
                world
                    .blocks
                    .insert(name.clone(), block("biaroza", &name, 9_000_000, now()));
            }
        }
        gateway
    }

    pub fn lock(&self) -> std::sync::MutexGuard<'_, World> {
        self.world
            .lock()
            .expect("no test panics while it holds the world")
    }
}

impl Gateway for TestGateway {
    fn identity(&self) -> Identity {
        Identity {
            gateway: GatewayId::new("gw-test"),
            nation: "Testland".into(),
            report_period: Duration::from_secs(1),
            simulated: true,
            durable_orders: false,
            two_persons: baseload::domain::operator::TwoPersons::default(),
            operators: false,
        }
    }

    fn advance(&mut self, _: Timestamp) {
        if self.chatty {
            let mut world = self.lock();
            let grid = world.grid();
            world.change(Topic::Grid, Item::Grid(Box::new(grid)));
        }
    }

    fn snapshot(&self, topic: Topic) -> Vec<Item> {
        let world = self.lock();
        match topic {
            Topic::Fleet => {
                let mut items = vec![
                    Item::Site(Box::new(site("biaroza", now()))),
                    Item::Hall(Box::new(Hall {
                        site: SiteId::new("biaroza"),
                        id: HallId::new("h1"),
                        name: "Hall 1".into(),
                    })),
                ];
                items.extend(
                    world
                        .blocks
                        .values()
                        .cloned()
                        .map(|b| Item::Block(Box::new(b))),
                );
                items
            }
            Topic::Grid => vec![Item::Grid(Box::new(world.grid()))],
            Topic::Reserve => vec![],
            Topic::Alarm => world
                .alarms
                .values()
                .cloned()
                .map(|a| Item::Alarm(Box::new(a)))
                .collect(),
            Topic::Order => world
                .orders
                .values()
                .cloned()
                .map(|o| Item::Order(Box::new(o)))
                .collect(),
        }
    }

    fn changes(&mut self, topic: Topic) -> Vec<Item> {
        self.lock().changed.remove(&topic).unwrap_or_default()
    }

    fn machines(
        &self,
        site: &SiteId,
        hall: &HallId,
        page: u32,
        filter: &MachineFilter,
    ) -> Result<MachinePage, Refusal> {
        if hall.as_str() != "h1" {
            return Err(Refusal {
                code: "unknown_hall",
                message: "no such hall".into(),
            });
        }
        let mut world = self.lock();
        world.pages += 1;
        let row = Machine {
            id: MachineId::new("m1"),
            block: BlockId::new("b0"),
            model: "S21".into(),
            state: MachineState::Hashing,
            hashrate: Hashrate::from_hs(2e14),
            power: Power::from_watts(3_500),
            board: None,
            fault: "".into(),
            place: None,
            nameplate: None,
            detail: None,
            bad: false,
        };
        let rows: Vec<Machine> = Some(row)
            .into_iter()
            .filter(|row| filter.shows(row))
            .collect();
        Ok(MachinePage {
            site: site.clone(),
            hall: hall.clone(),
            page,
            pages: 1,
            total: 1,
            search: (!filter.is_empty()).then(|| Search {
                filter: filter.text().clone(),
                found: rows.len() as u32,
                of: 1,
            }),
            rows,
            measured_at: now(),
        })
    }

    fn request(
        &mut self,
        request: Request,
        _link: LinkId,
        now: Timestamp,
    ) -> Result<Vec<Item>, Refusal> {
        let mut world = self.lock();
        world.asked.push(request.clone());
        let request = match request {
            Request::Stamped(request, _) => *request,
            request => request,
        };
        match request {
            Request::Order(order) => {
                if !world.orders.contains_key(&order.id) {
                    for phase in [Phase::Received, Phase::Accepted] {
                        let status = status(order.id, phase, &order.targets, now);
                        world.set_order(status);
                    }
                }
                let stored = world.orders.get(&order.id).cloned().expect("just stored");
                Ok(vec![Item::Order(Box::new(stored))])
            }
            Request::OrderQuery(id)
            | Request::OrderLook(id)
            | Request::OrderCancel(id)
            | Request::LeaseRenew(id) => {
                let stored = world
                    .orders
                    .entry(id)
                    .or_insert_with(|| status(id, Phase::NotSeen, &[], now))
                    .clone();
                Ok(vec![Item::Order(Box::new(stored))])
            }
            Request::AlarmAck(id) | Request::AlarmShelve { id, .. } => {
                let Some(mut alarm) = world.alarms.get(id.as_str()).cloned() else {
                    return Err(Refusal {
                        code: "unknown_alarm",
                        message: "no such alarm".into(),
                    });
                };
                alarm.state = AlarmState::Acknowledged;
                world.set_alarm(alarm);
                Ok(vec![])
            }
            Request::Watch { .. }
            | Request::Stamped(..)
            | Request::Unwatch { .. }
            | Request::Deed(_)
            | Request::CountersignRequest(..)
            | Request::CountersignAnswer { .. } => Ok(vec![]),
        }
    }
}
