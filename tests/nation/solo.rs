//! Sample data: a solo miner's machine, told to the console as the miner does. No figure in it was ever measured.

use std::sync::Arc;
use std::time::Duration;

use baseload::app::{Desk, Msg, Size, State};
use baseload::domain::hashing::{EngineStatus, RateWindows, Scheduling, ThreadStatus, WorkKind};
use baseload::domain::mining::{
    BlockFate, Chain, FoundBlock, Health, Lifetime, MiningEvent, MiningStatus, Payment, Proof,
    ShareCounts, ShareVerdict, SourceKind, SourceView, WorkView,
};
use baseload::domain::units::{Hashrate, Power, Sats};

use super::{at, dice_free, press, update};

/// Seconds told.
const TOLD: i64 = 900;

const OURS: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
const ROYALTY: &str = "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3";
const OTHERS: &str = "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy";
const PREVIOUS: &str = "00000000000000000001d3f0c1a2b7e4985d6f7a80b1c2d3e4f5061728394a5b";
const FOUND: &str = "5f1c0b7e4a39d2866e57b3c8f0a1d4e92b6c7f8035e4a1b2c3d4e5f60718293a";

fn engine(second: i64, hashing: bool, chain: bool) -> EngineStatus {
    // Half a minute with a compiler beside it.
    let busy = if (-520..-490).contains(&second) { 3 } else { 4 };
    let wobble = dice_free(second) * 2_000;
    let rate = |threads: i64| {
        let each = if hashing { 25_600_000 + wobble } else { 0 };
        Hashrate::from_hs((each * threads * busy / 4) as f64)
    };
    let hashes = 6_180_000_000 + u64::try_from(TOLD + second).unwrap_or(0) * 25_600_000;
    let thread = |n: u64| ThreadStatus {
        rate: rate(1),
        hashes: hashes + n * 1_234_567,
        scheduling: Scheduling::Idle,
    };
    EngineStatus {
        kernel: Arc::from("avx512x16"),
        threads: (0..8).map(thread).collect(),
        paused: false,
        idle: !hashing,
        work: if chain {
            WorkKind::Chain
        } else {
            WorkKind::Nothing
        },
        rates: RateWindows {
            second: rate(8),
            minute: rate(8),
            quarter_hour: Hashrate::from_hs(if hashing { 203.2e6 } else { 176.1e6 }),
        },
        cycles_per_hash: Some(139.2),
        best_difficulty: Some(812.31),
        hashes: hashes * 8,
        finds: 2,
        finds_lost: 0,
        processor: baseload::domain::hashing::ProcessorReadings {
            temperature_c: Some(61.0),
            throttled: false,
            power: Some(Power::from_watts(88)),
        },
    }
}

fn source(label: &str, kind: SourceKind, health: Health, detail: &str) -> SourceView {
    let answers = !matches!(health, Health::Down | Health::Connecting);
    SourceView {
        label: Arc::from(label),
        kind,
        health,
        detail: Arc::from(detail),
        since: at(-840),
        latency: answers.then_some(Duration::from_millis(3)),
        active: health == Health::Live,
    }
}

fn payment(to: &str, sat: i64, ours: bool) -> Payment {
    Payment {
        to: Arc::from(to),
        value: Sats::from_sat(sat),
        ours,
    }
}

fn template() -> WorkView {
    WorkView {
        source: 0,
        name: Arc::from("4 117"),
        height: Some(975_105),
        previous: Arc::from(PREVIOUS),
        transactions: Some(3_112),
        fees: Some(Sats::from_sat(4_120_511)),
        reward: Sats::from_sat(316_620_511),
        weight: Some(3_992_811),
        network_difficulty: 126.41e12,
        share_difficulty: 126.41e12,
        version_mask: 0x1fff_e000,
        received: at(-14),
        payments: vec![
            payment(OURS, 307_121_896, true),
            payment(ROYALTY, 9_498_615, true),
            payment("OP_RETURN witness commitment", 0, false),
        ],
        coinbase_text: Arc::from("...baseload/sample..."),
        proof: Proof::PaysUs,
    }
}

fn notified() -> WorkView {
    WorkView {
        name: Arc::from("6651c0de"),
        height: Some(975_105),
        transactions: None,
        fees: None,
        weight: None,
        reward: Sats::from_sat(316_620_511),
        share_difficulty: 0.031_25,
        payments: vec![
            payment(OURS, 313_454_306, true),
            payment(OTHERS, 3_166_205, false),
            payment("OP_RETURN witness commitment", 0, false),
        ],
        proof: Proof::PaysUsInPart,
        ..template()
    }
}

fn found(hash: &str, height: u32, second: i64, fate: BlockFate) -> FoundBlock {
    FoundBlock {
        hash: Arc::from(hash),
        height: Some(height),
        at: at(second),
        reward: Sats::from_sat(5_000_004_120),
        fate,
    }
}

fn standing(sources: Vec<SourceView>, work: Option<WorkView>) -> MiningStatus {
    MiningStatus {
        chain: Some(Chain::Main),
        sources,
        work,
        idle_because: Arc::from(""),
        shares: ShareCounts::default(),
        best: 812.31,
        lifetime: Lifetime {
            best: 41.2e6,
            best_at: Some(at(-1_050_000)),
            hashes: 7_200_000_000_000_000,
            shares: 12_408,
            blocks: 0,
            found: 0,
        },
        blocks: vec![],
    }
}

/// A solo miner's console that has heard nothing yet.
pub(crate) fn silent(size: Size) -> State {
    let desk = Desk {
        name: Arc::from("sample"),
        operator: Arc::from(""),
        role: Arc::from(""),
        read_only: false,
    };
    State::solo(desk, size, at(-TOLD))
}

/// Tells a quarter of an hour, then what was heard in it and how it stands.
fn told(size: Size, status: &MiningStatus, events: &[(i64, MiningEvent)]) -> State {
    let mut state = silent(size);
    let hashing = status.idle_because.is_empty();
    for second in 1 - TOLD..=0 {
        // Where it stands still, it does so since two minutes ago.
        let still = !hashing && second > -120;
        let chain = status.work.is_some();
        update(
            &mut state,
            Msg::Engine(Box::new(engine(second, !still, hashing || chain))),
        );
        update(&mut state, Msg::Tick(at(second)));
        for (_, event) in events.iter().filter(|(at, _)| *at == second) {
            update(&mut state, Msg::MiningEvent(event.clone()));
        }
    }
    update(&mut state, Msg::Mining(Box::new(status.clone())));
    update(&mut state, Msg::Tick(at(0)));
    state
}

fn share(difficulty: f64, verdict: ShareVerdict) -> MiningEvent {
    let took = Some(Duration::from_millis(41));
    MiningEvent::Share {
        difficulty,
        verdict,
        took,
    }
}

fn best(difficulty: f64, all_time: bool) -> MiningEvent {
    MiningEvent::Best {
        difficulty,
        all_time,
    }
}

/// On a node of the main chain, another one spare.
fn node(size: Size) -> State {
    let live = source("127.0.0.1:8332", SourceKind::Node, Health::Live, "");
    let spare = source("10.0.0.7:8332", SourceKind::Node, Health::Spare, "");
    let mut earlier = template();
    earlier.height = Some(975_104);
    earlier.transactions = Some(2_846);
    let status = standing(vec![live.clone(), spare], Some(template()));
    let events = [
        (-840, MiningEvent::State(live)),
        (-839, MiningEvent::Job(Box::new(earlier))),
        (-790, best(104.7, false)),
        (-401, best(812.31, false)),
        (-14, MiningEvent::Job(Box::new(template()))),
    ];
    told(size, &status, &events)
}

/// On a node of a test chain, where blocks are found.
fn block(size: Size) -> State {
    let live = source("127.0.0.1:18443", SourceKind::Node, Health::Live, "");
    let mut work = template();
    work.height = Some(147);
    work.network_difficulty = 0.9;
    work.transactions = Some(4);
    work.weight = Some(3_312);
    work.fees = Some(Sats::from_sat(4_120));
    work.reward = Sats::from_sat(5_000_004_120);
    work.payments = vec![
        payment(
            "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
            5_000_004_120,
            true,
        ),
        payment("OP_RETURN witness commitment", 0, false),
    ];
    let mut status = standing(vec![live.clone()], Some(work.clone()));
    status.chain = Some(Chain::Regtest);
    status.best = 9_120.0;
    status.blocks = vec![
        found(
            FOUND,
            144,
            -640,
            BlockFate::Refused(Arc::from("its height was taken: another block came first")),
        ),
        found(&FOUND.replace('5', "6"), 145, -305, BlockFate::InChain(2)),
        found(&FOUND.replace('5', "7"), 146, -2, BlockFate::InChain(1)),
    ];
    let blocks = &status.blocks;
    let stored = |at: usize| {
        let mut block = blocks[at].clone();
        block.fate = BlockFate::Stored;
        MiningEvent::Block(block)
    };
    let events = [
        (-840, MiningEvent::State(live)),
        (-640, stored(0)),
        (-640, MiningEvent::Block(blocks[0].clone())),
        (-305, stored(1)),
        (-305, best(9_120.0, false)),
        (-2, stored(2)),
        (-2, MiningEvent::Block(blocks[2].clone())),
        (-2, MiningEvent::Job(Box::new(work.clone()))),
    ];
    told(size, &status, &events)
}

/// On a pool that rejects some.
fn pool(size: Size) -> State {
    let mut live = source("pool.example:3333", SourceKind::Pool, Health::Live, "");
    live.latency = Some(Duration::from_millis(41));
    let detail = "no answer within 10 s; next try in 24 s";
    let down = source(
        "backup.example:3333",
        SourceKind::Pool,
        Health::Down,
        detail,
    );
    let mut status = standing(vec![live.clone(), down.clone()], Some(notified()));
    let reasons = |pairs: &[(&str, u64)]| pairs.iter().map(|(w, n)| (Arc::from(*w), *n)).collect();
    status.shares = ShareCounts {
        accepted: 1_204,
        pending: 1,
        stale: 3,
        rejected: reasons(&[("difficulty too low", 2), ("job not known", 1)]),
        lost: reasons(&[("link lost, the pool began anew", 4)]),
    };
    let low = ShareVerdict::Rejected(Arc::from("difficulty too low (23)"));
    let events = [
        (-840, MiningEvent::State(live)),
        (-840, MiningEvent::State(down)),
        (
            -838,
            MiningEvent::Message(Arc::from("Welcome. Fee 1 %, paid from 0.001 BTC.")),
        ),
        (-401, best(812.31, false)),
        (-120, share(0.041_7, ShareVerdict::Stale)),
        (-61, share(0.033_1, ShareVerdict::Accepted)),
        (-33, share(0.031_0, low)),
        (-14, MiningEvent::Job(Box::new(notified()))),
        (-5, share(0.122_7, ShareVerdict::Accepted)),
    ];
    told(size, &status, &events)
}

/// The only node is down.
fn down(size: Size) -> State {
    let detail = "connection refused; next try in 8 s. Is bitcoind running, with server=1?";
    let mut gone = source("127.0.0.1:8332", SourceKind::Node, Health::Down, detail);
    gone.since = at(-121);
    let mut status = standing(vec![gone.clone()], None);
    status.idle_because = Arc::from(
        "the node at 127.0.0.1:8332 has been down for 2 min; its last template is too old",
    );
    let events = [
        (-121, MiningEvent::State(gone)),
        (
            -120,
            MiningEvent::Error(Arc::from(
                "the last template is older than 120 s: hashing stops until there is a fresh one",
            )),
        ),
    ];
    told(size, &status, &events)
}

/// The node still fetches the chain.
fn syncing(size: Size) -> State {
    let detail = "block 812 004 of about 975 105";
    let behind = source("127.0.0.1:8332", SourceKind::Node, Health::Syncing, detail);
    let mut status = standing(vec![behind.clone()], None);
    status.idle_because = Arc::from(
        "the node at 127.0.0.1:8332 is still fetching the chain, block 812 004 of about 975 105",
    );
    told(size, &status, &[(-840, MiningEvent::State(behind))])
}

/// The pool's coinbase pays someone else.
fn wrong_payout(size: Size) -> State {
    let detail = "its coinbase does not pay the address given with --payout";
    let mut wrong = source("pool.example:3333", SourceKind::Pool, Health::Wrong, detail);
    wrong.active = true;
    let mut work = notified();
    work.payments.remove(0);
    work.proof = Proof::PaysOthers;
    let mut status = standing(vec![wrong.clone()], Some(work.clone()));
    status.idle_because =
        Arc::from("the pool's coinbase pays others and not you: its work is not hashed");
    let events = [
        (-121, MiningEvent::State(wrong)),
        (-120, MiningEvent::Job(Box::new(work))),
    ];
    told(size, &status, &events)
}

/// Every state worth a picture.
pub(super) fn all(size: Size) -> Vec<(&'static str, State)> {
    let with = |mut state: State, keys: &str| {
        press(&mut state, keys);
        state
    };
    vec![
        ("solo-node", node(size)),
        ("solo-block", block(size)),
        ("solo-blocks", with(block(size), "\tj")),
        ("solo-payout", with(node(size), "\t\t")),
        ("solo-pool", pool(size)),
        ("solo-sources", with(pool(size), "\t\t\t")),
        ("solo-threads", with(node(size), "\t\t\t\tjjj")),
        ("solo-down", down(size)),
        ("solo-syncing", syncing(size)),
        ("solo-wrong-payout", wrong_payout(size)),
        ("solo-log", with(pool(size), "8Gk")),
        ("solo-help", with(node(size), "?")),
        ("solo-silent", silent(size)),
    ]
}

/// Every figure another one.
pub(super) fn churned(state: &mut State) {
    if let Some(engine) = &mut state.engine {
        engine.hashes = engine.hashes * 10_837 / 10_000;
        for thread in &mut engine.threads {
            thread.hashes = thread.hashes * 10_837 / 10_000;
            thread.rate = Hashrate::from_hs(thread.rate.hs() * 1.083_7);
        }
    }
    let Some(status) = state.mining.as_mut().and_then(|m| m.status.as_mut()) else {
        return;
    };
    status.best *= 1.083_7;
    status.lifetime.best *= 1.083_7;
    status.shares.accepted += 111;
    if let Some(work) = &mut status.work {
        work.height = work.height.map(|height| height + 1);
        work.reward = Sats::from_sat(work.reward.sat() + 1_234_567);
        work.previous = Arc::from(FOUND);
        for payment in &mut work.payments {
            payment.value = Sats::from_sat(payment.value.sat() + 1_234_567);
        }
    }
}

/// Puts a text into every place that a node or a pool can write to.
pub(super) fn tampered(state: &mut State, text: &Arc<str>) {
    let Some(mining) = &mut state.mining else {
        return;
    };
    for entry in &mut mining.log {
        match &mut entry.event {
            MiningEvent::State(source) => source.detail = text.clone(),
            MiningEvent::Job(work) => work.name = text.clone(),
            MiningEvent::Share { verdict, .. } => *verdict = ShareVerdict::Rejected(text.clone()),
            MiningEvent::Best { .. } => {}
            MiningEvent::Block(block) => block.fate = BlockFate::Refused(text.clone()),
            MiningEvent::Message(words) | MiningEvent::Error(words) => *words = text.clone(),
        }
    }
    let Some(status) = &mut mining.status else {
        return;
    };
    status.idle_because = text.clone();
    status.shares.rejected.insert(text.clone(), 3);
    status.shares.lost.insert(text.clone(), 4);
    for source in &mut status.sources {
        source.label = text.clone();
        source.detail = text.clone();
    }
    for block in &mut status.blocks {
        block.hash = text.clone();
        block.fate = BlockFate::Refused(text.clone());
    }
    if let Some(work) = &mut status.work {
        work.name = text.clone();
        work.previous = text.clone();
        work.coinbase_text = text.clone();
        for payment in &mut work.payments {
            payment.to = text.clone();
        }
    }
}
