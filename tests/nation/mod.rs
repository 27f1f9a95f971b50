//! A made-up afternoon of a nation, told to the console message by message, the same each time: for snapshots,
//! property tests and screenshots. Integers only, so that every machine comes to the same figures.

#![allow(
    dead_code,
    reason = "each test that shares this file uses a part of it"
)]

mod desk;
mod past;
mod racks;
mod reserve;
mod solo;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use baseload::app::curtail::Dialog;
use baseload::app::feeds::Feed;
use baseload::app::journal::Opened;
use baseload::app::key::{Code, Key};
use baseload::app::notice::What;
use baseload::app::tape::{End, Mode, Pace, Replay, Tape};
use baseload::app::{Desk, Effect, Msg, Size, State};
use baseload::domain::alarm::{Alarm, AlarmState, Priority};
use baseload::domain::fleet::{
    Authority, Block, BlockLimits, BlockState, Hall, Machine, MachineCounts, MachinePage,
    MachineState, PowerSource, Search, Site, Tag,
};
use baseload::domain::grid::{GenerationUnit, GridReading, GridState, Instruction};
use baseload::domain::hashing::{EngineStatus, RateWindows, Scheduling, ThreadStatus};
use baseload::domain::ids::{
    AccountId, AlarmId, BlockId, BootId, FeedId, GatewayId, HallId, MachineId, OrderId, SiteId,
};
use baseload::domain::journal::{Head, Line, SeenSite};
use baseload::domain::link::{DownCause, FeedEvent, FeedInfo, Item, LinkState, Request, Topic};
use baseload::domain::operator::TwoPersons;
use baseload::domain::order::{Agreement, Countersign, Order, OrderStatus, Phase, TargetStatus};
use baseload::domain::pacing::{Limits, Pacing, Restores};
use baseload::domain::quality::Quality;
use baseload::domain::reserve::{Account, AsOf, BalanceSource, Currency, Money, Network};
use baseload::domain::time::Timestamp;
use baseload::domain::units::{Celsius, Hashrate, Hertz, Power, Sats};
use rust_decimal::Decimal;

thread_local! {
    static HEARD: RefCell<Vec<Msg>> = const { RefCell::new(Vec::new()) };
}

/// The console's `update`, overheard.
pub(crate) fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    HEARD.with_borrow_mut(|heard| heard.push(msg.clone()));
    baseload::app::update(state, msg)
}

/// All messages that this thread's states have heard since it was last asked, in order.
pub(crate) fn heard() -> Vec<Msg> {
    HEARD.take()
}

/// 13:45:01 UTC on a November afternoon.
pub(crate) const NOW: i64 = 1_795_355_101_000;
/// Seconds told before that.
const TOLD: i64 = 900;

const FLEET: FeedId = FeedId(0);
const GRID: FeedId = FeedId(1);
const RESERVE: FeedId = FeedId(2);
const LOCAL: FeedId = FeedId(3);

/// Name, region, node, MW by data sheet, blocks, J/TH in tenths.
type Plant = (&'static str, &'static str, &'static str, i64, i64, i64);

const PLANTS: [Plant; 12] = [
    ("Astravets", "Hrodna", "AEC-330", 420, 14, 167),
    ("Lukoml", "Vitebsk", "LUK-330", 205, 8, 185),
    ("Biaroza", "Brest", "BIA-330", 112, 6, 184),
    ("Mazyr", "Homel", "MAZ-110", 96, 4, 172),
    ("Polatsk", "Vitebsk", "POL-110", 90, 4, 186),
    ("Hrodna", "Hrodna", "HRO-110", 82, 4, 185),
    ("Salihorsk", "Minsk", "SAL-110", 72, 6, 179),
    ("Navapolatsk", "Vitebsk", "NAV-110", 108, 5, 181),
    ("Babrujsk", "Mahilioŭ", "BAB-110", 64, 3, 190),
    ("Minsk CHP-5", "Minsk", "TEC-5", 120, 5, 175),
    ("Zhodzina", "Minsk", "ZHO-110", 48, 2, 188),
    ("Svietlahorsk", "Homel", "SVE-110", 33, 2, 201),
];

/// A small generator with the same numbers everywhere.
struct Dice(u64);

impl Dice {
    /// -reach to reach.
    fn throw(&mut self, reach: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % u64::try_from(2 * reach + 1).unwrap_or(1)).unwrap_or(0)
            - reach
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(NOW + second * 1_000)
}

fn site_id(name: &str) -> SiteId {
    SiteId::new(&name.to_lowercase().replace(' ', "-"))
}

fn send(state: &mut State, feed: FeedId, event: FeedEvent) {
    update(state, Msg::Feed(feed, event));
}

fn hello(feed: &str, gateway: &str, serves: &[Topic], simulated: bool) -> FeedEvent {
    FeedEvent::Hello(Box::new(FeedInfo {
        feed: Arc::from(feed),
        gateway: GatewayId::new(gateway),
        nation: Arc::from("Belarus"),
        serves: serves.to_vec(),
        boot: BootId::new("b00t"),
        heartbeat: Duration::from_secs(1),
        report_period: Duration::from_secs(1),
        simulated,
        durable_orders: false,
        two_persons: baseload::domain::operator::TwoPersons::default(),
        emergency_step: None,
        emergency_interval: None,
        emergency_bar: None,
        limit_window: None,
        watch_filter: Some(512),
        acts: baseload::domain::link::ACTS,
        operators: false,
        pacing: Pacing {
            spreads: true,
            restores: Some(Restores {
                limits: Limits::default(),
                wakes_ms: 10_000,
            }),
        },
    }))
}

/// A console that has heard nothing yet.
pub(crate) fn silent(size: Size) -> State {
    let desk = Desk {
        name: Arc::from("desk A"),
        operator: Arc::from("operator 7"),
        role: Arc::from("dispatcher"),
        read_only: false,
    };
    let feeds = [
        (FLEET, "ws://127.0.0.1:7411/fleet"),
        (GRID, "ws://127.0.0.1:7412/grid"),
        (RESERVE, "ws://127.0.0.1:7413/reserve"),
        (LOCAL, "ws://127.0.0.1:7414/fleet"),
    ];
    let feeds = feeds
        .iter()
        .map(|(id, label)| Feed::new(*id, label))
        .collect();
    State::new(desk, feeds, size, at(-TOLD))
}

/// How a block does at a second of the story.
fn load(
    plant: usize,
    block: i64,
    second: i64,
    nameplate: i64,
    dice: &mut Dice,
) -> (i64, i64, BlockState) {
    let steady = nameplate * 98 / 100 + dice.throw(nameplate / 200);
    let down = |since: i64, seconds: i64| {
        steady * (seconds - (second - since)).clamp(0, seconds) / seconds
    };
    match PLANTS[plant].0 {
        // Off by order since ten minutes ago.
        "Mazyr" if second > -600 => (
            down(-600, 120).max(nameplate / 80),
            0,
            BlockState::Curtailed,
        ),
        // One block failed and draws on.
        "Salihorsk" if block == 3 && second > -400 => (steady * 9 / 10, 0, BlockState::Faulted),
        // The order that is under way.
        "Biaroza" if block <= 2 && second > -21 => (down(-21, 38), 0, BlockState::Ramping),
        "Babrujsk" if block == 1 && second > -300 => (
            steady * (second + 300).clamp(60, 280) / 280,
            nameplate,
            BlockState::Restoring,
        ),
        "Minsk CHP-5" if block == 5 => (steady, nameplate, BlockState::Local),
        _ => (steady, nameplate, BlockState::Hashing),
    }
}

fn block(plant: usize, number: i64, second: i64, dice: &mut Dice) -> Item {
    let (name, _, _, megawatts, blocks, joules) = PLANTS[plant];
    let nameplate = megawatts * 1_000_000 / blocks;
    let (power, target, state) = load(plant, number, second, nameplate, dice);
    let works = !matches!(state, BlockState::Faulted);
    let hashing = if works { power } else { power * 6 / 10 };
    let total = u32::try_from(nameplate / 3_570).unwrap_or(0);
    let awake = u32::try_from(hashing / 3_600).unwrap_or(0).min(total);
    let measured = if name == "Polatsk" {
        second.min(-40)
    } else {
        second
    };
    let asleep = matches!(state, BlockState::Curtailed | BlockState::Ramping);
    Item::Block(Box::new(Block {
        site: site_id(name),
        id: BlockId::new(&format!("b{number}")),
        hall: HallId::new(&format!("h{}", 1 + (number - 1) / 3)),
        name: Arc::from(format!("block {number}")),
        hashrate: Hashrate::from_hs(if asleep && power < nameplate / 20 {
            0.0
        } else {
            (hashing * 10 / joules) as f64 * 1e12
        }),
        power: Some(Power::from_watts(power)),
        power_source: if name == "Zhodzina" {
            PowerSource::Firmware
        } else {
            PowerSource::Meter
        },
        target: Power::from_watts(target),
        floor: Power::from_watts(nameplate / 100),
        steps: vec![],
        nameplate: Power::from_watts(nameplate),
        state,
        state_since: at(if works { -2_400 } else { -400 }),
        machines: MachineCounts {
            total,
            hashing: if asleep && power < nameplate / 20 {
                0
            } else {
                awake
            },
            curtailed: if asleep { total - awake } else { 0 },
            faulted: if works {
                u32::try_from(number).unwrap_or(0) * 3
            } else {
                total / 5
            },
            offline: 0,
        },
        inlet: Some(Celsius::from_degrees(18.5 + (number % 4) as f64)),
        accepted: 10_000,
        rejected: 12,
        stale: 3,
        quality: match name {
            "Zhodzina" => Quality::Uncertain,
            "Salihorsk" if !works => Quality::Uncertain,
            _ => Quality::Good,
        },
        tags: if name == "Navapolatsk" && number == 2 {
            vec![Tag {
                id: None,
                kind: Arc::from("maintenance"),
                owner: Arc::from("A. Kavaliova"),
                reason: Arc::from("busbar"),
            }]
        } else {
            vec![]
        },
        limits: BlockLimits {
            ramp_down_w_s: Power::from_watts(nameplate / 25),
            ramp_up_w_s: Power::from_watts(nameplate / 180),
            min_off: Duration::from_mins(15),
            min_on: Duration::from_mins(5),
            starts_per_hour: Some(4),
            must_run: if name == "Salihorsk" && number == 2 {
                Power::from_watts(nameplate * 7 / 10)
            } else {
                Power::ZERO
            },
            must_run_until: Some(at(55_800)),
            notice: Duration::from_secs(if name == "Astravets" { 20 } else { 0 }),
            ..BlockLimits::default()
        },
        held: racks::held(name, number),
        measured_at: at(measured),
    }))
}

fn sites(second: i64) -> Vec<Item> {
    let mut items = Vec::new();
    for (name, region, node, megawatts, blocks, _) in PLANTS {
        let measured = if name == "Polatsk" {
            second.min(-40)
        } else {
            second
        };
        items.push(Item::Site(Box::new(Site {
            id: site_id(name),
            name: Arc::from(name),
            region: Arc::from(region),
            grid_node: Arc::from(node),
            node_limit: Some(Power::from_megawatts(megawatts * 12 / 10)),
            tariff: None,
            contract: Some(Arc::from("B")),
            meter: None,
            authority: Authority {
                holder: Some(Arc::from(if name == "Svietlahorsk" {
                    "operator 3"
                } else {
                    "operator 7"
                })),
                epoch: 4,
            },
            site_seq: 11,
            quality: Quality::Good,
            measured_at: at(measured),
        })));
        for hall in 1..=1 + (blocks - 1) / 3 {
            items.push(Item::Hall(Box::new(Hall {
                site: site_id(name),
                id: HallId::new(&format!("h{hall}")),
                name: Arc::from(format!("Hall {hall}")),
            })));
        }
    }
    items
}

fn blocks(second: i64, dice: &mut Dice) -> Vec<Item> {
    let mut items = Vec::new();
    for (plant, spec) in PLANTS.iter().enumerate() {
        for number in 1..=spec.4 {
            items.push(block(plant, number, second, dice));
        }
    }
    items
}

fn unit(unit: &str, kind: &str, power: i64, capacity: i64, state: &str) -> GenerationUnit {
    GenerationUnit {
        unit: Arc::from(unit),
        kind: Arc::from(kind),
        power: Power::from_megawatts(power),
        capacity: Power::from_megawatts(capacity),
        state: Arc::from(state),
    }
}

fn grid(second: i64, frequency: i64, dice: &mut Dice) -> Item {
    let mw = |mw: i64| {
        Some(Power::from_watts(
            mw * 1_000_000 + dice_free(second) * 10_000,
        ))
    };
    let demand = 4_210 + second / 60;
    let unit_power = 1_108 + dice.throw(1);
    Item::Grid(Box::new(GridReading {
        grid_node: None,
        frequency: Some(Hertz::from_millihertz(frequency)),
        tie_line_deviation: mw(-14),
        demand: mw(demand),
        mining: mw(1_391),
        export: mw(212),
        generation: vec![
            unit("Astravets 1", "nuclear", unit_power, 1_110, "running"),
            unit("Astravets 2", "nuclear", 1_109, 1_110, "running"),
            unit("Lukoml", "gas", 1_820, 2_889, "running"),
            unit("Biaroza", "gas", 642, 1_095, "running"),
            unit("Minsk CHP-4", "gas", 704, 1_035, "running"),
            unit("Minsk CHP-5", "gas", 0, 720, "tripped"),
            unit("wind", "wind", 66, 120, "running"),
            unit("hydro", "hydro", 41, 95, "running"),
            unit("storage", "storage", -20, 40, "running"),
        ],
        surplus: mw(1_482 - second / 60),
        price: Some(Money {
            amount: Decimal::new(4_620, 2),
            currency: Currency(Arc::from("BYN")),
        }),
        state: Some(GridState::Normal),
        instructions: vec![Instruction {
            id: Arc::from("i-17"),
            target: Power::from_megawatts(1_200),
            from: at(900),
            to: Some(at(4_500)),
            ramp_w_s: Power::from_watts(500_000),
            reason: Arc::from("evening peak"),
        }],
        quality: Quality::Good,
        measured_at: at(second),
    }))
}

/// A reading of the grid at a second after the story.
pub(crate) fn tell_grid(state: &mut State, second: i64) {
    let items = vec![grid(second, 49_997, &mut Dice(3))];
    let topic = Topic::Grid;
    send(state, GRID, FeedEvent::Update { topic, items });
}

/// A wobble that needs no dice.
fn dice_free(second: i64) -> i64 {
    (second * 7_919).rem_euclid(37)
}

fn account(
    id: &str,
    label: &str,
    site: Option<&str>,
    currency: &str,
    mature: Decimal,
    source: BalanceSource,
) -> Item {
    let bitcoin = currency == "BTC";
    Item::Account(Box::new(Account {
        id: AccountId::new(id),
        label: Arc::from(label),
        site: site.map(site_id),
        currency: Currency(Arc::from(currency)),
        mature,
        immature: if bitcoin {
            Decimal::new(937_500_000, 8)
        } else {
            Decimal::ZERO
        },
        pending: if bitcoin {
            Decimal::new(41_230_511, 8)
        } else {
            Decimal::ZERO
        },
        maturing: bitcoin.then(|| reserve::coinbases(id)),
        as_of: bitcoin.then(|| AsOf {
            height: 975_104,
            hash: Arc::from("00000000000000000001d3f0c1a2"),
            time: at(-312),
        }),
        source,
        measured_at: at(-12),
    }))
}

fn accounts() -> Vec<Item> {
    use BalanceSource::{Claimed, Node};
    vec![
        account(
            "a1",
            "Cold vault",
            None,
            "BTC",
            Decimal::new(1_100_000_000_000, 8),
            Node,
        ),
        account(
            "a2",
            "Operations",
            None,
            "BTC",
            Decimal::new(86_313_552_511, 8),
            Node,
        ),
        account(
            "a3",
            "Astravets payouts",
            Some("Astravets"),
            "BTC",
            Decimal::new(31_870_000_000, 8),
            Node,
        ),
        account(
            "a4",
            "Lukoml pool",
            Some("Lukoml"),
            "BTC",
            Decimal::new(19_744_500_000, 8),
            Claimed,
        ),
        account(
            "a5",
            "Treasury",
            None,
            "BYN",
            Decimal::new(1_884_200_050, 2),
            Claimed,
        ),
        account(
            "a6",
            "Digital rouble",
            None,
            "BYN-D",
            Decimal::new(250_000_000, 2),
            Claimed,
        ),
        Item::Network(Box::new(Network {
            difficulty: 146_472_570_619_930.8,
            reward: Sats::from_sat(314_210_000),
            height: 975_104,
            measured_at: at(-40),
        })),
    ]
}

fn alarms() -> Vec<Item> {
    use AlarmState::{Acknowledged, ReturnedUnacknowledged, Unacknowledged};

    let alarm = |id: &str, kind: &str, priority, state, site: &str, text: &str, second| {
        Item::Alarm(Box::new(Alarm {
            id: AlarmId::new(id),
            priority,
            state,
            kind: Arc::from(kind),
            site: Some(site_id(site)),
            block: (id == "n1").then(|| BlockId::new("b3")),
            text: text.into(),
            raised: at(second),
            occurrence: None,
            cleared: None,
            shelf: None,
            changes: 1,
        }))
    };
    vec![
        alarm(
            "n1",
            "overdraw",
            Priority::P2,
            Unacknowledged,
            "Salihorsk",
            "block 3: draws 10.6 MW against a target of 0 for 62 s",
            -49,
        ),
        alarm(
            "n2",
            "silent",
            Priority::P3,
            Unacknowledged,
            "Polatsk",
            "telemetry lost",
            -28,
        ),
        alarm(
            "n3",
            "local",
            Priority::P3,
            Acknowledged,
            "Minsk CHP-5",
            "block 5 switched to local",
            -5_400,
        ),
        alarm(
            "n4",
            "claims",
            Priority::P4,
            Unacknowledged,
            "Zhodzina",
            "firmware claims are 9 % below the last audit",
            -18_000,
        ),
        alarm(
            "n5",
            "inlet",
            Priority::P3,
            ReturnedUnacknowledged,
            "Hrodna",
            "inlet above 30 °C",
            -9_000,
        ),
    ]
}

fn engine(second: i64) -> EngineStatus {
    let rate = |base: f64| Hashrate::from_hs(base + (dice_free(second) * 10_000) as f64);
    let thread = |hashes| ThreadStatus {
        rate: rate(9.1e6),
        hashes,
        scheduling: Scheduling::Idle,
    };
    EngineStatus {
        kernel: Arc::from("sha2"),
        threads: (0..8)
            .map(|n| thread(7_710_000_000 + n * 1_234_567))
            .collect(),
        paused: false,
        idle: false,
        work: baseload::domain::hashing::WorkKind::Synthetic,
        rates: RateWindows {
            second: rate(72.9e6),
            minute: rate(72.8e6),
            quarter_hour: rate(71.9e6),
        },
        cycles_per_hash: Some(396.4),
        best_difficulty: Some(14.218_3),
        hashes: 61_714_567_890,
        finds: 2,
        finds_lost: 0,
        processor: baseload::domain::hashing::ProcessorReadings::default(),
    }
}

fn own_site(second: i64) -> Vec<Item> {
    let status = engine(second);
    vec![
        Item::Site(Box::new(Site {
            id: SiteId::new("local"),
            name: Arc::from("local"),
            region: Arc::from(""),
            grid_node: Arc::from(""),
            node_limit: None,
            tariff: None,
            contract: None,
            meter: None,
            authority: Authority::default(),
            site_seq: 0,
            quality: Quality::Good,
            measured_at: at(second),
        })),
        Item::Hall(Box::new(Hall {
            site: SiteId::new("local"),
            id: HallId::new("cpu"),
            name: Arc::from("CPU"),
        })),
        Item::Block(Box::new(Block {
            site: SiteId::new("local"),
            id: BlockId::new("engine"),
            hall: HallId::new("cpu"),
            name: Arc::from("engine"),
            hashrate: status.rates.second,
            power: None,
            power_source: PowerSource::Nameplate,
            target: Power::ZERO,
            floor: Power::ZERO,
            steps: vec![],
            nameplate: Power::ZERO,
            state: BlockState::Hashing,
            state_since: at(-900),
            machines: MachineCounts {
                total: 1,
                hashing: 1,
                ..MachineCounts::default()
            },
            inlet: None,
            accepted: 0,
            rejected: 0,
            stale: 0,
            quality: Quality::Good,
            tags: vec![],
            limits: BlockLimits::default(),
            held: None,
            measured_at: at(second),
        })),
    ]
}

fn live(state: &mut State) {
    let fleet = [Topic::Fleet, Topic::Alarm, Topic::Order];
    let hellos = [
        (FLEET, hello("demo", "sim-by", &fleet, true)),
        (GRID, hello("demo", "sim-by", &[Topic::Grid], true)),
        (RESERVE, hello("demo", "sim-by", &[Topic::Reserve], true)),
        (LOCAL, hello("this machine", "local", &fleet, false)),
    ];
    for (offset_ms, (feed, hello)) in (1i64..).zip(hellos) {
        send(state, feed, hello);
        send(state, feed, FeedEvent::Link(LinkState::Live));
        let uncertainty_ms = 1;
        send(
            state,
            feed,
            FeedEvent::Skew {
                offset_ms,
                uncertainty_ms,
            },
        );
    }
}

/// Presses keys, written as characters; `\n` is Enter, `\u{1b}` Esc, `\u{f700}` Up, `\u{f701}` Down.
pub(crate) fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for c in keys.chars() {
        let key = match c {
            '\n' => Key::plain(Code::Enter),
            '\t' => Key::plain(Code::Tab),
            '\u{1b}' => Key::plain(Code::Esc),
            '\u{f700}' => Key::plain(Code::Up),
            '\u{f701}' => Key::plain(Code::Down),
            c => Key::char(c),
        };
        effects.extend(update(state, Msg::Key(key)));
    }
    effects
}

/// Puts the nation's cursor on a site.
pub(crate) fn choose(state: &mut State, name: &str) {
    press(state, "1gg");
    let id = site_id(name);
    for _ in 0..PLANTS.len() {
        if baseload::app::rows::site_at_cursor(state).as_ref() == Some(&id) {
            return;
        }
        press(state, "j");
    }
}

/// Gives the order for Biaroza through the dialog, as a person would.
fn order(state: &mut State, second: i64) -> Option<Order> {
    choose(state, "Biaroza");
    press(state, "c36\na");
    update(state, Msg::Tick(at(second + 1)));
    let word = state.dialog.as_ref().and_then(Dialog::word)?;
    press(state, &word);
    press(state, "\n");
    let id = OrderId(0x019c_0b5e_11d4_8a31_77c0_2f6d_93e4_b5a7);
    let effects = update(state, Msg::Minted(vec![id]));
    effects.into_iter().find_map(|effect| match effect {
        Effect::Send(_, Request::Order(order)) => Some(*order),
        _ => None,
    })
}

fn answer(state: &mut State, order: &Order, phase: Phase, second: i64, delivered: i64) {
    let share = delivered / i64::try_from(order.targets.len().max(1)).unwrap_or(1);
    let status = OrderStatus {
        id: order.id,
        phase,
        at: at(second),
        detail: "".into(),
        targets: order
            .targets
            .iter()
            .map(|t| TargetStatus {
                site: t.site.clone(),
                block: t.block.clone(),
                phase,
                reasons: vec![],
                delivered: Some(Power::from_watts(share)),
                measured_at: Some(at(second)),
            })
            .collect(),
        issued: None,
    };
    let items = vec![Item::Order(Box::new(status))];
    send(
        state,
        FLEET,
        FeedEvent::Update {
            topic: Topic::Order,
            items,
        },
    );
}

/// The afternoon, told up to [`NOW`]; the nation's screen with the cursor on Biaroza.
pub(crate) fn told(size: Size) -> State {
    let mut state = silent(size);
    let mut dice = Dice(7);
    live(&mut state);
    let snapshot = |state: &mut State, feed, topic, items| {
        send(
            state,
            feed,
            FeedEvent::Snapshot {
                topic,
                items,
                continuous: false,
            },
        );
    };
    let mut fleet = sites(-TOLD);
    fleet.extend(blocks(-TOLD, &mut dice));
    snapshot(&mut state, FLEET, Topic::Fleet, fleet);
    snapshot(&mut state, LOCAL, Topic::Fleet, own_site(-TOLD));
    let mut held = accounts();
    held.extend(reserve::rates());
    held.extend(reserve::inflow());
    snapshot(&mut state, RESERVE, Topic::Reserve, held);
    let mut frequency = 50_000;
    let mut given = None;
    for second in 1 - TOLD..=0 {
        // The grid feed was away for half a minute.
        let away = (-480..-450).contains(&second);
        frequency += dice.throw(4) - (frequency - 50_004) / 20;
        if second % 5 == 0 || second > -30 {
            let mut items = sites(second);
            items.extend(blocks(second, &mut dice));
            send(
                &mut state,
                FLEET,
                FeedEvent::Update {
                    topic: Topic::Fleet,
                    items,
                },
            );
        }
        if !away {
            let items = vec![grid(second, frequency, &mut dice)];
            send(
                &mut state,
                GRID,
                FeedEvent::Update {
                    topic: Topic::Grid,
                    items,
                },
            );
        }
        let items = own_site(second);
        send(
            &mut state,
            LOCAL,
            FeedEvent::Update {
                topic: Topic::Fleet,
                items,
            },
        );
        update(&mut state, Msg::Engine(Box::new(engine(second))));
        update(&mut state, Msg::Tick(at(second)));
        if second == -22 {
            given = order(&mut state, second);
        }
        if let Some(order) = &given {
            match second {
                -20 => answer(&mut state, order, Phase::Accepted, second, 0),
                -19..=0 => answer(
                    &mut state,
                    order,
                    Phase::Executing,
                    second,
                    (second + 21) * 36_600_000 / 38,
                ),
                _ => {}
            }
        }
    }
    send(
        &mut state,
        FLEET,
        FeedEvent::Update {
            topic: Topic::Alarm,
            items: alarms(),
        },
    );
    update(&mut state, Msg::Tick(at(0)));
    choose(&mut state, "Biaroza");
    state
}

/// The grid's server was killed 20 s ago.
pub(crate) fn grid_lost(state: &mut State) {
    let down = LinkState::Down {
        cause: DownCause::Unreachable,
        detail: "connection refused".into(),
        retry_at: at(24),
    };
    send(state, GRID, FeedEvent::Link(down));
    let mut dice = Dice(11);
    for second in 1..=20 {
        let mut items = sites(second);
        items.extend(blocks(second, &mut dice));
        send(
            state,
            FLEET,
            FeedEvent::Update {
                topic: Topic::Fleet,
                items,
            },
        );
        let items = own_site(second);
        send(
            state,
            LOCAL,
            FeedEvent::Update {
                topic: Topic::Fleet,
                items,
            },
        );
        update(state, Msg::Tick(at(second)));
    }
}

/// An account's blocks do not add up, another's are not said, and then the reserve's server goes.
fn reserve_lost(state: &mut State) {
    let mut items = accounts();
    for item in &mut items {
        if let Item::Account(account) = item {
            match account.id.as_str() {
                "a3" => account.immature += Decimal::new(50_000_000, 8),
                "a4" => account.maturing = None,
                _ => {}
            }
        }
    }
    let topic = Topic::Reserve;
    send(state, RESERVE, FeedEvent::Update { topic, items });
    let down = LinkState::Down {
        cause: DownCause::Unreachable,
        detail: "connection refused".into(),
        retry_at: at(24),
    };
    send(state, RESERVE, FeedEvent::Link(down));
}

/// A page of machines of the hall that is watched.
pub(crate) fn machines(state: &mut State) {
    let Some(watch) = state.watch.clone() else {
        return;
    };
    let mut dice = Dice(3);
    let rows = (1_i64..=500)
        .map(|number| {
            let state = match number % 41 {
                7 => MachineState::Faulted,
                19 => MachineState::Offline,
                30 => MachineState::Waking,
                _ => MachineState::Hashing,
            };
            let works = state == MachineState::Hashing;
            let id = MachineId::new(&format!("h1-{number:05}"));
            let asked = watch.machine.as_ref() == Some(&id);
            let mut row = Machine {
                id,
                block: match watch.filter.block() {
                    Some(block) => BlockId::new(block),
                    None => BlockId::new(&format!("b{}", 1 + number % 3)),
                },
                model: Arc::from(if number % 3 == 0 { "M66S" } else { "S21" }),
                state,
                hashrate: Hashrate::from_hs(if works {
                    1e9 * (200_000 + dice.throw(3_000)) as f64
                } else {
                    0.0
                }),
                power: Power::from_watts(if works { 3_500 + dice.throw(60) } else { 25 }),
                board: works.then(|| Celsius::from_degrees((640 + dice.throw(60)) as f64 / 10.0)),
                fault: Arc::from(if state == MachineState::Faulted {
                    "chain 2: 0 of 108 chips"
                } else {
                    ""
                }),
                place: None,
                nameplate: None,
                detail: None,
                bad: false,
            };
            racks::dress(&mut row, number, asked);
            row
        })
        .collect();
    let page = MachinePage {
        site: watch.site,
        hall: watch.hall,
        page: watch.page,
        pages: if watch.filter.is_empty() { 46 } else { 16 },
        total: 22_870,
        rows,
        measured_at: at(0),
        search: (!watch.filter.is_empty()).then(|| Search {
            filter: watch.filter.text().clone(),
            found: 7_620,
            of: 22_870,
        }),
    };
    send(state, watch.feed, FeedEvent::Machines(Box::new(page)));
}

/// Changes every figure of the fleet, the grid and the reserve, a second later.
pub(crate) fn churned(state: &mut State) {
    let more = |value: i64| value * 10_837 / 10_000 + 111_111;
    let later = at(1);
    for view in state.fleet.sites.values_mut() {
        view.site.measured_at = later;
        for block in view.blocks.values_mut() {
            let block = &mut block.block;
            block.measured_at = later;
            block.hashrate = Hashrate::from_hs(block.hashrate.hs() * 1.083_7 + 1.1e6);
            block.power = block.power.map(|p| Power::from_watts(more(p.watts())));
            block.target = Power::from_watts(more(block.target.watts()));
            block.machines.hashing = block.machines.hashing * 97 / 100 + 1;
            block.machines.total += 311;
        }
    }
    if let Some((_, reading)) = &mut state.grid.reading {
        reading.measured_at = later;
        reading.frequency = Some(Hertz::from_millihertz(50_038));
        reading.surplus = reading.surplus.map(|p| Power::from_watts(more(p.watts())));
        reading.demand = reading.demand.map(|p| Power::from_watts(more(p.watts())));
        for unit in &mut reading.generation {
            unit.power = Power::from_watts(more(unit.power.watts()));
        }
    }
    for account in state.reserve.values_mut() {
        account.mature += Decimal::new(123_456_789, 8);
    }
    solo::churned(state);
    update(state, Msg::Tick(later));
}

/// Puts a text into every place that a feed can write to.
pub(crate) fn tampered(state: &mut State, text: &str) {
    let text: Arc<str> = Arc::from(text);
    state.nation = Some(text.clone());
    for view in state.fleet.sites.values_mut() {
        view.site.name = text.clone();
        view.site.region = text.clone();
        view.site.grid_node = text.clone();
        view.site.authority.holder = Some(text.clone());
        for hall in view.halls.values_mut() {
            hall.name = text.clone();
        }
        for block in view.blocks.values_mut() {
            block.block.held = Some(baseload::domain::fleet::Held {
                by: text.clone(),
                order: None,
                since: None,
                until: None,
                reason: text.clone(),
            });
            block.block.name = text.clone();
            block.block.tags = vec![Tag {
                id: None,
                kind: text.clone(),
                owner: text.clone(),
                reason: text.clone(),
            }];
        }
    }
    for alarm in state.alarms.values_mut() {
        alarm.text = text.clone().into();
        alarm.site = Some(SiteId::new(&text));
    }
    if let Some((_, reading)) = &mut state.grid.reading {
        for unit in &mut reading.generation {
            unit.unit = text.clone();
            unit.kind = text.clone();
            unit.state = text.clone();
        }
        for instruction in &mut reading.instructions {
            instruction.reason = text.clone();
        }
        if let Some(price) = &mut reading.price {
            price.currency = Currency(text.clone());
        }
    }
    for account in state.reserve.values_mut() {
        account.label = text.clone();
        account.currency = Currency(text.clone());
    }
    for feed in &mut state.feeds {
        feed.label = text.clone();
        feed.link = LinkState::Down {
            cause: DownCause::Closed,
            detail: text.clone().into(),
            retry_at: at(100),
        };
    }
    for record in &mut state.orders {
        record.detail = text.clone().into();
        record.order.gateway = GatewayId::new(&text);
    }
    for theirs in state.second.theirs.values_mut() {
        theirs.order.issued_by = text.clone();
        theirs.order.reason = text.clone();
        theirs.order.gateway = GatewayId::new(&text);
    }
    for note in &mut state.notes {
        note.text = text.clone().into();
    }
    if let Some(page) = &mut state.machines {
        for machine in &mut page.rows {
            machine.fault = text.clone();
            machine.model = text.clone();
        }
    }
    if let Some(engine) = &mut state.engine {
        engine.kernel = text.clone();
    }
    solo::tampered(state, &text);
    if let Some(dialog) = &mut state.dialog {
        dialog.error = Some(text.clone().into());
    }
    state.say(&text);
}

/// Half of the nation's sites have fallen silent together, and a unit has tripped.
fn alarms_flood(state: &mut State) {
    let alarm = |id: String, kind: &str, priority, site: Option<SiteId>, text: &str| {
        Item::Alarm(Box::new(Alarm {
            id: AlarmId::new(&id),
            priority,
            state: AlarmState::Unacknowledged,
            kind: Arc::from(kind),
            site,
            block: None,
            text: text.into(),
            raised: at(0),
            occurrence: None,
            cleared: None,
            shelf: None,
            changes: 1,
        }))
    };
    let silent = |(at, plant): (usize, &Plant)| {
        let site = Some(site_id(plant.0));
        let text = "does not report to its gateway";
        alarm(format!("f{at}"), "silent", Priority::P2, site, text)
    };
    let mut items: Vec<Item> = PLANTS.iter().enumerate().take(7).map(silent).collect();
    let text = "Astravets 1 tripped, 1170 MW lost";
    items.push(alarm("t".to_owned(), "unit_trip", Priority::P1, None, text));
    let topic = Topic::Alarm;
    send(state, FLEET, FeedEvent::Update { topic, items });
    press(state, "7j\n");
    update(state, Msg::Tick(at(1)));
}

/// The fleet's gateway wants two persons above 100 MW.
fn bounded(state: &mut State) {
    let fleet = [Topic::Fleet, Topic::Alarm, Topic::Order];
    let FeedEvent::Hello(info) = hello("demo", "sim-by", &fleet, true) else {
        return;
    };
    let info = FeedInfo {
        two_persons: TwoPersons {
            shed_above: Some(Power::from_megawatts(100)),
            restore_above: None,
        },
        ..*info
    };
    send(state, FLEET, FeedEvent::Hello(Box::new(info)));
}

/// 180 MW are confirmed, and wait for the second person.
fn waits(state: &mut State, marked: &dyn Fn(&mut State, &str)) {
    bounded(state);
    marked(state, "180\na");
    update(state, Msg::Tick(at(2)));
    let word = state.dialog.as_ref().and_then(Dialog::word);
    press(state, &word.unwrap_or_default());
    press(state, "\n");
    let id = OrderId(0x019c_0b5e_11d4_8a31_77c0_2f6d_93e4_b5a8);
    update(state, Msg::Minted(vec![id]));
    let order = state.second.ours[0].parts[0].order.clone();
    countersign(state, order, Vec::new());
    state.said = None;
}

fn countersign(state: &mut State, order: Order, seen: Vec<SeenSite>) {
    let asked = Countersign {
        order,
        seen,
        agreement: Agreement::Asked,
    };
    let items = vec![Item::Countersign(Box::new(asked))];
    let topic = Topic::Order;
    send(state, FLEET, FeedEvent::Update { topic, items });
}

/// Operator 3 asks for it on another console.
fn asks(state: &mut State, marked: &dyn Fn(&mut State, &str)) {
    let mut other = state.clone();
    waits(&mut other, marked);
    let part = other.second.ours[0].parts[0].clone();
    let order = Order {
        issued_by: Arc::from("operator 3"),
        reason: Arc::from("tie line overload"),
        ..part.order
    };
    bounded(state);
    update(state, Msg::Tick(at(1)));
    countersign(state, order, part.seen);
    state.said = None;
}

/// The Journal screen over a journal that stands open, or can't be written.
fn journal(state: &mut State, broken: bool) {
    let line = |seq, second, actor: &str, kind: &str, what: &str| Line {
        seq,
        at: at(second),
        actor: Arc::from(actor),
        kind: Arc::from(kind),
        what: Arc::from(what),
    };
    let fleet = "ws://127.0.0.1:7411/fleet";
    let lines = vec![
        line(1_203, -900, "7", "start", "A starts, version 0.1.0"),
        line(1_204, -899, fleet, "link", &format!("{fleet}: live")),
        line(
            1_205,
            -48,
            fleet,
            "alarm",
            "P2 unacknowledged: block 3: draws 10.6 MW",
        ),
        line(
            1_206,
            -21,
            "7",
            "plan",
            "plan 6f1d02aa confirmed: 36.2 MW at 1 site, 0 blocks left out",
        ),
        line(
            1_207,
            -21,
            "7",
            "intent",
            "9Y9DD7 curtail 36.2 MW, 2 blocks of 1 site, for sim-by: operator",
        ),
        line(1_208, -20, "sim-by", "answer", "9Y9DD7 accepted"),
        line(
            1_209,
            -19,
            "sim-by",
            "answer",
            "9Y9DD7 executing, 1.9 MW as it reports",
        ),
    ];
    let opened = Opened {
        file: Arc::from("/home/op7/.local/state/baseload/journal/A/audit.db"),
        head: Head {
            seq: 1_209,
            hash: [0xa7; 32],
        },
        left: Vec::new(),
        lines,
    };
    let why = "the journal's disk is full; free some space, and it goes on by itself (/home/op7/.local/state/baseload/journal/A/audit.db)";
    let outcome = if broken {
        Err(Arc::from(why))
    } else {
        Ok(Box::new(opened))
    };
    update(state, Msg::JournalOpened(outcome));
    press(state, "8");
}

/// The emergency shed of the nation, asked for, or with its first step on its way.
fn emergency(state: &mut State, runs: bool) {
    press(state, "!");
    update(state, Msg::Tick(at(2)));
    let Some(word) = state.emergency.prompt.as_ref().map(|p| p.word.clone()) else {
        return;
    };
    if !runs {
        press(state, &word[..8]);
        return;
    }
    press(state, &word);
    if let [Effect::MintShed { count }] = *press(state, "\n") {
        let head = 0x019c_0b5e_11d4_8a31_77c0_2f6d_93e4_0000;
        let ids = (0..count).map(|n| OrderId(head + n as u128)).collect();
        update(state, Msg::MintedShed(ids));
    }
}

/// Sites are marked, and so much of them is to be shed.
fn marked(state: &mut State, amount: &str) {
    press(state, "1");
    for name in ["Lukoml", "Hrodna", "Salihorsk", "Polatsk"] {
        choose(state, name);
        press(state, " ");
    }
    press(state, "c");
    press(state, amount);
}

/// What is asked of a person: plans, prompts, the second person.
fn asked(told: &State) -> Vec<(&'static str, State)> {
    let with = |tell: &dyn Fn(&mut State)| {
        let mut state = told.clone();
        tell(&mut state);
        state
    };
    vec![
        ("curtail-select", with(&|s| marked(s, "180"))),
        ("curtail-check", with(&|s| marked(s, "180\n"))),
        (
            "curtail-armed",
            with(&|s| {
                marked(s, "180\na");
                update(s, Msg::Tick(at(2)));
                press(s, "SHED 1");
            }),
        ),
        ("curtail-refused", with(&|s| marked(s, "900\n"))),
        (
            "second-check",
            with(&|s| {
                bounded(s);
                marked(s, "180\n");
            }),
        ),
        ("second-waits", with(&|s| waits(s, &marked))),
        (
            "second-ours",
            with(&|s| {
                waits(s, &marked);
                press(s, "o");
                update(s, Msg::Tick(at(2).shifted(400)));
                press(s, "CAN");
            }),
        ),
        (
            "second-asks",
            with(&|s| {
                asks(s, &marked);
                choose(s, "Biaroza");
            }),
        ),
        (
            "second-view",
            with(&|s| {
                asks(s, &marked);
                press(s, "o");
                update(s, Msg::Tick(at(2)));
                press(s, "AGR");
            }),
        ),
        (
            "second-wrong",
            with(&|s| {
                asks(s, &marked);
                press(s, "o");
                update(s, Msg::Tick(at(2)));
                press(s, "REFUSE\n");
            }),
        ),
        ("emergency", with(&|s| emergency(s, false))),
        ("emergency-runs", with(&|s| emergency(s, true))),
        (
            "take",
            with(&|s| {
                choose(s, "Svietlahorsk");
                press(s, "T");
                update(s, Msg::Tick(at(2)));
                press(s, "no answer since 13:20\nTAKE S");
            }),
        ),
        (
            "lockout",
            with(&|s| {
                choose(s, "Astravets");
                press(s, "\n\njm");
                update(s, Msg::Tick(at(2)));
            }),
        ),
        (
            "note",
            with(&|s| {
                s.journal = baseload::app::journal::Journal::opening();
                press(s, "nfan 3 of hall 2 rattles");
            }),
        ),
        ("handover", with(&|s| handover(s, 0))),
        ("handover-taking", with(&|s| handover(s, 1))),
        ("handover-done", with(&|s| handover(s, 2))),
    ]
}

/// Every screen and dialog worth a picture: a name and the state.
pub(crate) fn all(size: Size) -> Vec<(&'static str, State)> {
    let told = told(size);
    let with = |tell: &dyn Fn(&mut State)| {
        let mut state = told.clone();
        tell(&mut state);
        state
    };
    let mut all = vec![
        ("nation", told.clone()),
        (
            "site",
            with(&|s| {
                choose(s, "Salihorsk");
                press(s, "\n");
            }),
        ),
        (
            "blocks",
            with(&|s| {
                choose(s, "Astravets");
                press(s, "\n\n  j");
            }),
        ),
        (
            "machines",
            with(&|s| {
                choose(s, "Lukoml");
                press(s, "\n\n\n");
                machines(s);
                press(s, "jjjj");
            }),
        ),
        ("grid", with(&|s| drop(press(s, "3")))),
        ("orders", with(&|s| drop(press(s, "4")))),
    ];
    all.extend(desk::all(&told));
    all.extend(racks::all(&told, size));
    all.extend(asked(&told));
    all.extend(vec![
        ("reserve", with(&|s| drop(press(s, "5")))),
        (
            "reserve-inflow",
            with(&|s| {
                press(s, "5vjj");
                reserve::kept(s);
            }),
        ),
        ("reserve-rates", with(&|s| drop(press(s, "5vvG")))),
        (
            "reserve-lost",
            with(&|s| {
                press(s, "5");
                reserve_lost(s);
            }),
        ),
        ("engine", with(&|s| drop(press(s, "6")))),
        ("alarms", with(&|s| drop(press(s, "7j")))),
        ("alarms-flood", with(&alarms_flood)),
        (
            "alarms-shelve",
            with(&|s| drop(press(s, "7z2fan is being"))),
        ),
        ("alarms-silenced", with(&|s| drop(press(s, "7vv")))),
        ("journal", with(&|s| journal(s, false))),
        ("journal-broken", with(&|s| journal(s, true))),
        ("help", with(&|s| drop(press(s, "?")))),
        ("tour", with(&|s| drop(press(s, "?\t")))),
        ("grid-lost", with(&grid_lost)),
        ("frozen", with(&|s| drop(press(s, "/lu\nf")))),
        ("filter", with(&|s| drop(press(s, "sss/o")))),
        ("filter-wrong", with(&|s| drop(press(s, "/mw>50 watts>")))),
        (
            "filter-marks",
            with(&|s| drop(press(s, "/state:hashing mw>80\n*\u{1b}/minsk\n"))),
        ),
        ("palette", with(&|s| drop(press(s, "s:")))),
        ("palette-typed", with(&|s| drop(press(s, ":mark")))),
        ("quit", with(&|s| drop(press(s, "q")))),
        ("silent", silent(size)),
        ("replay", with(&|s| replayed(s, Mode::Follow))),
        ("replay-look", with(&|s| replayed(s, Mode::Look))),
    ]);
    all.extend(past::all(&told));
    all.extend(solo::all(size));
    all
}

/// A recording that is played; at its end where the viewer looks around.
fn replayed(s: &mut State, mode: Mode) {
    let looks = mode == Mode::Look;
    s.tape = Tape::Replay(Box::new(Replay {
        at: Duration::from_secs(754),
        length: Duration::from_secs(if looks { 754 } else { 29_102 }),
        began: at(-754),
        speed: 4.0,
        pace: if looks { Pace::Over } else { Pace::Playing },
        mode,
        key: (!looks).then(|| Key::char('c')),
        size: None,
        end: looks.then_some(End::Cut),
        said: (!looks).then(|| What::ReplayInert.into()),
    }));
}

/// The shift's handover: read, taken over, done.
fn handover(s: &mut State, far: u8) {
    use baseload::app::handover::Step;
    use baseload::domain::journal::Head;
    s.journal = baseload::app::journal::Journal::opening();
    s.handover.settings.takers = vec!["Boris".into(), "Vera".into()];
    press(s, "H");
    if far > 0 {
        press(s, "\n");
        update(s, Msg::Tick(at(2)));
        let word = baseload::app::handover::leaving_word(s);
        press(s, &format!("{word}\n"));
        update(s, Msg::Tick(at(4)));
        press(s, "TAKEOV");
    }
    if let Some(view) = s.handover.view.as_mut().filter(|_| far > 1) {
        view.step = Step::Done {
            head: Head {
                seq: 1_284,
                hash: [0x5e; 32],
            },
            file: Some(Ok(
                "/home/op/.local/state/baseload/handovers/2026-11-23-0800-A.md".into(),
            )),
            taking: "Boris".into(),
        };
    }
}
