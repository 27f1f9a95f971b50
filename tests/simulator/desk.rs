//! A nation with a clock that the test turns.

use std::time::{Duration, Instant};

use baseload::domain::fleet::{Block, BlockState, PowerSource, Site};
use baseload::domain::grid::GridReading;
use baseload::domain::ids::{GatewayId, OrderId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::order::{Order, OrderKind, OrderStatus, OrderTarget, PlanHash};
use baseload::domain::time::Timestamp;
use baseload::domain::units::Power;
use baseload::gateway::rule_book::RuleBook;
use baseload::gateway::simulator::{GATEWAY, NATION, Simulator, SimulatorOptions, script};
use baseload::gateway::{Gateway, LinkId, Refusal};

/// 2026-11-22T08:00:00Z: 11:00 in Minsk, no evening peak near.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_334_400_000);

/// The link of the one console of these tests.
pub(crate) const LINK: LinkId = LinkId(1);

/// A nation with the time at which it stands.
pub(crate) struct Desk {
    pub gateway: Simulator,
    pub now: Timestamp,
    pub orders: Vec<OrderStatus>,
}

impl Desk {
    pub(crate) fn open(options: SimulatorOptions) -> Self {
        let now = options.start;
        let mut desk = Self {
            gateway: Simulator::new(options),
            now,
            orders: Vec::new(),
        };
        desk.wait(1.0);
        desk
    }

    pub(crate) fn default() -> Self {
        Self::open(SimulatorOptions::at(START))
    }

    pub(crate) fn scripted(text: &str) -> Self {
        let mut options = SimulatorOptions::at(START);
        options.script = Some(script::parse(text).expect("a good script"));
        let desk = Self::open(options);
        assert_eq!(desk.gateway.script_errors(), Vec::new());
        desk
    }

    /// A nation with rules of its own, and faults.
    pub(crate) fn ruled(rules: &str, text: &str) -> Self {
        let mut options = SimulatorOptions::at(START);
        options.script = Some(script::parse(text).expect("a good script"));
        options.rules = Some(RuleBook::parse(rules).expect("good rules"));
        let desk = Self::open(options);
        assert_eq!(desk.gateway.script_errors(), Vec::new());
        desk
    }

    /// Lets so many seconds pass, a quarter at a time.
    pub(crate) fn wait(&mut self, seconds: f64) {
        for _ in 0..(seconds * 4.0) as u32 {
            self.now = self.now + Duration::from_millis(250);
            self.gateway.advance(self.now);
            for item in self.gateway.changes(Topic::Order) {
                if let Item::Order(status) = item {
                    self.orders.push(*status);
                }
            }
        }
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        let block = |item| match item {
            Item::Block(block) => Some(*block),
            _ => None,
        };
        let items = self.gateway.snapshot(Topic::Fleet);
        items.into_iter().filter_map(block).collect()
    }

    pub(crate) fn block(&self, site: &str, block: &str) -> Block {
        let named = |b: &Block| b.site.as_str() == site && b.id.as_str() == block;
        self.blocks().into_iter().find(named).expect("such a block")
    }

    pub(crate) fn site(&self, id: &str) -> Site {
        let items = self.gateway.snapshot(Topic::Fleet);
        let found = items.into_iter().find_map(|item| match item {
            Item::Site(site) if site.id.as_str() == id => Some(*site),
            _ => None,
        });
        found.expect("such a site")
    }

    pub(crate) fn grid(&self) -> GridReading {
        match self.gateway.snapshot(Topic::Grid).pop() {
            Some(Item::Grid(reading)) => *reading,
            other => panic!("no grid reading but {other:?}"),
        }
    }

    pub(crate) fn millihertz(&self) -> i64 {
        self.grid().frequency.expect("a frequency").millihertz()
    }

    pub(crate) fn alarms(&self) -> Vec<String> {
        let text = |item| match item {
            Item::Alarm(alarm) => Some(alarm.text.to_string()),
            _ => None,
        };
        let items = self.gateway.snapshot(Topic::Alarm);
        items.into_iter().filter_map(text).collect()
    }

    /// Is there such an alarm whose cause still stands?
    pub(crate) fn stands(&self, part: &str) -> bool {
        let items = self.gateway.snapshot(Topic::Alarm);
        items.into_iter().any(|item| {
            matches!(item, Item::Alarm(alarm) if alarm.text.contains(part) && alarm.cleared.is_none())
        })
    }

    pub(crate) fn alarmed(&self, part: &str) -> bool {
        self.alarms().iter().any(|text| text.contains(part))
    }

    /// An order for these blocks, not sent yet.
    pub(crate) fn order(&self, id: u128, kind: OrderKind, targets: &[(&Block, Power)]) -> Order {
        Order {
            id: OrderId(id),
            plan: PlanHash([7; 32]),
            nation: NATION.into(),
            gateway: GatewayId::new(GATEWAY),
            kind,
            targets: targets
                .iter()
                .map(|(block, target)| {
                    let site = self.site(block.site.as_str());
                    OrderTarget {
                        site: block.site.clone(),
                        block: block.id.clone(),
                        target: *target,
                        epoch: site.authority.epoch,
                        site_seq: site.site_seq + 1,
                        after: Duration::ZERO,
                    }
                })
                .collect(),
            substitutes: Vec::new(),
            extra_max: Power::ZERO,
            reason: "test".into(),
            issued_by: "operator 7".into(),
            countersigned_by: None,
            issued_at: self.now,
            expires_at: self.now + Duration::from_mins(10),
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

    pub(crate) fn send(&mut self, order: Order) -> OrderStatus {
        self.ask(Request::Order(Box::new(order)))
    }

    pub(crate) fn ask(&mut self, request: Request) -> OrderStatus {
        let mut items = self.tell(request).expect("an answer");
        match (items.pop(), items.len()) {
            (Some(Item::Order(status)), 0) => *status,
            other => panic!("not one answer but {other:?}"),
        }
    }

    /// Asks and waits for the answer, as long as its record takes on a real disk.
    pub(crate) fn tell(&mut self, request: Request) -> Result<Vec<Item>, Refusal> {
        let items = self.gateway.request(request, LINK, self.now)?;
        if !items.is_empty() {
            return Ok(items);
        }
        let until = Instant::now() + Duration::from_mins(1);
        loop {
            self.gateway.advance(self.now);
            if let Some(late) = self.gateway.late().pop() {
                return late.answer;
            }
            assert!(Instant::now() < until, "no answer");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn curtail(&mut self, id: u128, blocks: &[Block]) -> OrderStatus {
        let off: Vec<_> = blocks.iter().map(|b| (b, b.floor)).collect();
        let order = self.order(id, OrderKind::Curtail, &off);
        self.send(order)
    }

    pub(crate) fn restore(&mut self, id: u128, blocks: &[Block]) -> OrderStatus {
        let on: Vec<_> = blocks.iter().map(|b| (b, b.nameplate)).collect();
        let order = self.order(id, OrderKind::Restore, &on);
        self.send(order)
    }

    pub(crate) fn status(&mut self, id: u128) -> OrderStatus {
        self.ask(Request::OrderQuery(OrderId(id)))
    }

    /// Waits until the order is over; gives the seconds that it took.
    pub(crate) fn until_over(&mut self, id: u128, most: f64) -> f64 {
        let mut waited = 0.0;
        while !self.status(id).phase.is_final() {
            assert!(waited < most, "still {:?}", self.status(id).phase);
            self.wait(0.5);
            waited += 0.5;
        }
        waited
    }
}

/// Metered blocks of Lukoml that anything may be done with.
pub(crate) fn free(desk: &Desk, count: usize) -> Vec<Block> {
    let free: Vec<Block> = desk
        .blocks()
        .into_iter()
        .filter(|b| {
            b.site.as_str() == "lukoml"
                && b.state == BlockState::Hashing
                && b.limits.must_run == Power::ZERO
                && b.limits.min_on.is_zero()
                && b.power_source == PowerSource::Meter
                && b.tags.is_empty()
        })
        .take(count)
        .collect();
    assert_eq!(free.len(), count);
    free
}

pub(crate) fn draw(blocks: &[Block]) -> f64 {
    let watts = |b: &Block| b.power.expect("a reading").megawatts();
    blocks.iter().map(watts).sum()
}

pub(crate) fn free_again(desk: &Desk, blocks: &[Block]) -> Vec<Block> {
    let again = |b: &Block| desk.block(b.site.as_str(), b.id.as_str());
    blocks.iter().map(again).collect()
}
