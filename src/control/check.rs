//! The second opinion on a plan: everything is derived anew from the blocks, with nothing of the planner's own
//! arithmetic, so that one mistake in it can't reach an order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::amount::Amount;
use super::interlock::{Candidate, SHED_HOURS_CAP};
use super::plan::{Move, Plan, Terms, Unit, Worth};
use crate::domain::fleet::{Block, BlockState};
use crate::domain::ids::BlockKey;
use crate::domain::order::OrderKind;
use crate::domain::quality::Concern;
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// What is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.told())]
pub enum Flaw {
    /// Its blocks are not in the order of their keys, or one stands twice.
    Order,
    /// A block that is not there.
    Unknown(BlockKey),
    /// A block that is left out and ordered at once.
    Excluded(BlockKey),
    /// A block that can't take another's place, or not so much of it.
    Spare(BlockKey),
    /// A target that the block can't hold, or in the wrong direction.
    Target(BlockKey),
    /// A block that heat customers or its floor need.
    MustRun(BlockKey),
    /// A block that may not be called.
    Contract(BlockKey),
    /// Figures of a block that are not so.
    Figures(BlockKey),
    /// A block of a shed that is put off so that it arrives too late.
    Late(BlockKey),
    /// Sums that are not so.
    Sums,
    /// Less arrives in time than is wanted.
    Short {
        /// What arrives.
        arrives: Power,
        /// What is wanted.
        wanted: Power,
    },
    /// More is given back than is wanted.
    TooMuch,
    /// A node would move or carry more than it may.
    Node(String),
    /// The worth is not the sum, or better than the best.
    Worth,
    /// The hash is another plan's.
    Hash,
}

impl Flaw {
    /// In one sentence.
    pub fn told(&self) -> Sentence {
        let of = |key: &BlockKey| format!("{} {}", key.site.as_str(), key.block.as_str());
        match self {
            Self::Order => told!(
                "own-flaw-order",
                "the plan names a block twice or out of order"
            ),
            Self::Unknown(key) => told!(
                "own-flaw-unknown",
                "the plan orders {block}, which is not there",
                block = &*of(key)
            ),
            Self::Excluded(key) => told!(
                "own-flaw-excluded",
                "the plan orders {block} and leaves it out at once",
                block = &*of(key)
            ),
            Self::Spare(key) => told!(
                "own-flaw-spare",
                "{block} can't take the place of a late block as the plan says",
                block = &*of(key)
            ),
            Self::Target(key) => told!(
                "own-flaw-target",
                "{block} can't hold the target, or it lies in the wrong direction",
                block = &*of(key)
            ),
            Self::MustRun(key) => told!(
                "own-flaw-must-run",
                "{block} would fall below its must-run",
                block = &*of(key)
            ),
            Self::Contract(key) => told!(
                "own-flaw-contract",
                "{block} has no call or no shed hours left",
                block = &*of(key)
            ),
            Self::Figures(key) => told!(
                "own-flaw-figures",
                "the figures of {block} are not what its block says",
                block = &*of(key)
            ),
            Self::Late(key) => told!(
                "own-flaw-late",
                "{block} would begin too late to arrive in the time asked for",
                block = &*of(key)
            ),
            Self::Sums => told!(
                "own-flaw-sums",
                "the plan's sums are not those of its blocks"
            ),
            Self::Short { arrives, wanted } => told!(
                "own-flaw-short",
                "only {arrives_kw} MW arrive in time of {wanted_kw} wanted",
                arrives_kw = *arrives,
                wanted_kw = *wanted
            ),
            Self::TooMuch => told!(
                "own-flaw-too-much",
                "the plan gives back more than was asked"
            ),
            Self::Node(node) => told!(
                "own-flaw-node",
                "node {node} would exceed its limit",
                node = &**node
            ),
            Self::Worth => told!(
                "own-flaw-worth",
                "the plan's cost or bound is not what its blocks say"
            ),
            Self::Hash => told!("own-flaw-hash", "the plan's hash is not its own"),
        }
    }
}

/// How closely the blocks must still be what the plan was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closeness {
    /// To the watt: the plan has just been made from these very values.
    Exact,
    /// Measurements have moved on since; what is ordered is checked, and what was said of it is left alone.
    Since,
}

/// Checks a plan against the blocks that it was made from.
pub fn check(
    plan: &Plan,
    candidates: &[Candidate<'_>],
    now: Timestamp,
    terms: &Terms,
    closeness: Closeness,
) -> Result<(), Flaw> {
    if !plan.moves.is_sorted_by(|a, b| a.key < b.key) {
        return Err(Flaw::Order);
    }
    let known: BTreeMap<BlockKey, &Candidate<'_>> =
        candidates.iter().map(|c| (c.block.key(), c)).collect();
    let mut parts = Vec::with_capacity(plan.moves.len());
    for part in &plan.moves {
        let Some(candidate) = known.get(&part.key) else {
            return Err(Flaw::Unknown(part.key.clone()));
        };
        if plan.excluded.iter().any(|e| e.key == part.key) {
            return Err(Flaw::Excluded(part.key.clone()));
        }
        target(part, candidate.block, plan.ask.kind, now)?;
        turn(plan, part, candidate.block)?;
        parts.push((part, *candidate));
    }
    nodes(plan, &parts, terms)?;
    spares(plan, closeness, &known, now)?;
    if closeness == Closeness::Exact {
        for (part, candidate) in &parts {
            figures(plan, part, candidate, terms)?;
        }
        sums(plan)?;
    }
    if own_hash(plan) == plan.hash.0 {
        Ok(())
    } else {
        Err(Flaw::Hash)
    }
}

/// Blocks that may take another's place are none that are ordered or left out anyhow, and none that need notice.
fn spares(
    plan: &Plan,
    closeness: Closeness,
    known: &BTreeMap<BlockKey, &Candidate<'_>>,
    now: Timestamp,
) -> Result<(), Flaw> {
    let mut seen = BTreeSet::new();
    for spare in &plan.spares {
        let flaw = || Flaw::Spare(spare.key.clone());
        let taken = plan.moves.iter().any(|m| m.key == spare.key)
            || plan.excluded.iter().any(|e| e.key == spare.key);
        if taken || plan.ask.kind != OrderKind::Curtail || !seen.insert(&spare.key) {
            return Err(flaw());
        }
        if closeness == Closeness::Since {
            continue;
        }
        let candidate = known.get(&spare.key).ok_or_else(flaw)?;
        let block = candidate.block;
        let heat = match block.limits.must_run_until {
            Some(until) if until <= now => Power::ZERO,
            _ => block.limits.must_run,
        };
        let depth = change(block, OrderKind::Curtail, block.floor.max(heat));
        let right = spare.gateway == *candidate.gateway
            && spare.moves.watts() == depth
            && block.limits.notice.is_zero()
            && candidate.standing.concern == Concern::None;
        if !right {
            return Err(flaw());
        }
    }
    Ok(())
}

/// The target is one that the block can hold, in the ordered direction, above what must run.
fn target(part: &Move, block: &Block, kind: OrderKind, now: Timestamp) -> Result<(), Flaw> {
    let heat = match block.limits.must_run_until {
        Some(until) if until <= now => Power::ZERO,
        _ => block.limits.must_run,
    };
    let bottom = if heat > block.floor {
        heat
    } else {
        block.floor
    };
    if part.target < bottom && part.target < block.nameplate {
        return Err(Flaw::MustRun(part.key.clone()));
    }
    let holds = block.steps.contains(&part.target);
    let good = match kind {
        OrderKind::Curtail => part.target == bottom || (holds && part.target < block.target),
        OrderKind::Restore => {
            part.target == block.nameplate
                || (holds && part.target > block.target && part.target < block.nameplate)
        }
    };
    if !good {
        return Err(Flaw::Target(part.key.clone()));
    }
    let spent = block.limits.calls_left == Some(0) || block.limits.shed_hours_30d >= SHED_HOURS_CAP;
    if kind == OrderKind::Curtail && spent {
        return Err(Flaw::Contract(part.key.clone()));
    }
    Ok(())
}

/// A block is put off only in a shed, not before its notice is over, and so that its ramp as it was planned ends in the
/// time that the plan is for.
fn turn(plan: &Plan, part: &Move, block: &Block) -> Result<(), Flaw> {
    let after = i128::from(u64::try_from(part.after.as_millis()).unwrap_or(u64::MAX));
    if after == 0 {
        return Ok(());
    }
    let ramp = i128::from(block.limits.ramp_down_w_s.watts());
    let ramping = match ramp {
        1.. => i128::from(part.moved.watts()) * 1_000 / ramp,
        _ => 0,
    };
    let most = i128::from(u64::try_from(plan.ask.within.as_millis()).unwrap_or(u64::MAX));
    let good = plan.ask.kind == OrderKind::Curtail
        && part.after > block.limits.notice
        && after + ramping <= most;
    if good {
        Ok(())
    } else {
        Err(Flaw::Late(part.key.clone()))
    }
}

/// What an order to `target` changes, an order that is being followed already taken as done.
fn change(block: &Block, kind: OrderKind, target: Power) -> i64 {
    let Some(power) = block.power else { return 0 };
    let (draws, ordered) = (power.watts(), block.target.watts());
    let end = match block.state {
        BlockState::Ramping if ordered < draws => ordered,
        BlockState::Restoring if ordered > draws => ordered,
        _ => draws,
    };
    let change = match kind {
        OrderKind::Curtail => end - target.watts(),
        OrderKind::Restore => target.watts() - end,
    };
    change.max(0)
}

/// What of a change has arrived when the notice is over and the ramp has run.
fn arrived(block: &Block, change: i64, within: Duration) -> i64 {
    let Some(left) = within.checked_sub(block.limits.notice) else {
        return 0;
    };
    let left = i128::from(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
    let ramp = i128::from(block.limits.ramp_down_w_s.watts());
    if ramp <= 0 {
        return change;
    }
    i128::from(change).min(left * ramp / 1_000) as i64
}

fn figures(plan: &Plan, part: &Move, candidate: &Candidate<'_>, terms: &Terms) -> Result<(), Flaw> {
    let block = candidate.block;
    let moved = change(block, plan.ask.kind, part.target);
    let counts = match plan.ask.kind {
        OrderKind::Curtail => arrived(block, moved, plan.ask.within),
        OrderKind::Restore => moved,
    };
    let right = part.moved.watts() == moved
        && part.counts.watts() == counts
        && part.now == block.power
        && part.epoch == candidate.site.authority.epoch
        && part.feed == candidate.feed
        && part.gateway == *candidate.gateway;
    if !right {
        return Err(Flaw::Figures(part.key.clone()));
    }
    if plan.ask.kind == OrderKind::Curtail && part.worth != cost(terms, candidate, moved) {
        return Err(Flaw::Worth);
    }
    Ok(())
}

/// What a change gives up in an hour, from the definition: hashrate by its price, with the share of the shed hours as
/// debt on top, less the energy, and the wear of the part that stops. Each rounded down.
fn cost(terms: &Terms, candidate: &Candidate<'_>, moved: i64) -> i64 {
    let block = candidate.block;
    let power = i128::from(block.power.map_or(0, Power::watts)).max(1);
    let part = i128::from(moved).min(power);
    let rate = (block.hashrate.hs() / 1e9).round() as i128;
    let hours = block.limits.shed_hours_30d.clamp(0.0, SHED_HOURS_CAP);
    let debt = |value: i128| {
        let thousandths = (hours * 1e3).round() as i128;
        value.saturating_mul(thousandths) / (SHED_HOURS_CAP * 1e3) as i128
    };
    let sum = match &terms.worth {
        Worth::Money(prices) => {
            let tariff = match prices.tariffs.get(&candidate.site.id) {
                Some(own) => *own,
                None => prices.tariff,
            };
            let product = rate.saturating_mul(part).saturating_mul(prices.hash.into());
            let value = product.div_euclid(power * 24 * 1_000_000);
            let energy = (part * i128::from(tariff)).div_euclid(1_000_000);
            let wear = (part * i128::from(prices.stop)).div_euclid(power);
            value.saturating_add(debt(value)) - energy + wear
        }
        Worth::Hashrate => {
            // Nothing known of its hashing: 20 J/TH, which is 50 GH/s a watt.
            let value = if rate == 0 {
                part * 50
            } else {
                rate.saturating_mul(part) / power
            };
            value.saturating_add(debt(value))
        }
    };
    let most = 1_i128 << 44;
    sum.clamp(-most, most) as i64
}

/// No node moves more than its limit in one plan, and none carries more than its limit after it.
fn nodes(plan: &Plan, parts: &[(&Move, &Candidate<'_>)], terms: &Terms) -> Result<(), Flaw> {
    let mut moved: BTreeMap<&str, i128> = BTreeMap::new();
    let mut limits: BTreeMap<&str, i128> = BTreeMap::new();
    for (part, candidate) in parts {
        let site = candidate.site;
        // What the plan says is what was weighed; blocks that have moved on since are the drift check's to judge.
        *moved.entry(&site.grid_node).or_default() += i128::from(part.moved.watts());
        if let Some(limit) = site.node_limit {
            let limit = i128::from(limit.watts());
            let least = limits.entry(&site.grid_node).or_insert(limit);
            *least = (*least).min(limit);
        }
    }
    for (node, limit) in limits {
        let carried = match plan.ask.kind {
            OrderKind::Curtail => 0,
            OrderKind::Restore => terms
                .node_loads
                .get(node)
                .map_or(0, |load| i128::from(load.watts())),
        };
        let moved = moved.get(node).copied().unwrap_or(0);
        if moved > 0 && moved + carried > limit {
            return Err(Flaw::Node(node.to_owned()));
        }
    }
    Ok(())
}

fn sums(plan: &Plan) -> Result<(), Flaw> {
    let sum = |of: fn(&Move) -> i64| plan.moves.iter().map(|m| i128::from(of(m))).sum::<i128>();
    if sum(|m| m.moved.watts()) != i128::from(plan.moved.watts()) {
        return Err(Flaw::Sums);
    }
    let arrives = sum(|m| m.counts.watts());
    let wanted = i128::from(plan.wanted.watts());
    match plan.ask.kind {
        _ if plan.ask.amount == Amount::All => {}
        OrderKind::Curtail if arrives < wanted => {
            return Err(Flaw::Short {
                arrives: Power::from_watts(arrives as i64),
                wanted: plan.wanted,
            });
        }
        OrderKind::Restore if arrives > wanted => return Err(Flaw::TooMuch),
        _ => {}
    }
    let proof = &plan.proof;
    let side = match plan.ask.kind {
        OrderKind::Curtail => proof.bound <= proof.value,
        OrderKind::Restore => proof.bound >= proof.value && proof.unit == Unit::Hashrate,
    };
    if sum(|m| m.worth) == i128::from(proof.value) && side {
        Ok(())
    } else {
        Err(Flaw::Worth)
    }
}

/// SHA-256 of what would be ordered: the direction, then of each block gateway, site and block by length and text, the
/// target, the epoch, and where it is put off by how many milliseconds, numbers big-endian in 8 bytes.
fn own_hash(plan: &Plan) -> [u8; 32] {
    let mut text: Vec<u8> = plan.ask.kind.word().as_bytes().to_vec();
    for part in &plan.moves {
        let names = [
            part.gateway.as_str(),
            part.key.site.as_str(),
            part.key.block.as_str(),
        ];
        for name in names {
            text.extend((name.len() as u64).to_be_bytes());
            text.extend(name.as_bytes());
        }
        text.extend(part.target.watts().to_be_bytes());
        text.extend(part.epoch.to_be_bytes());
        if !part.after.is_zero() {
            text.extend((part.after.as_millis() as u64).to_be_bytes());
        }
    }
    for spare in &plan.spares {
        let names = [
            "spare",
            spare.gateway.as_str(),
            spare.key.site.as_str(),
            spare.key.block.as_str(),
        ];
        for name in names {
            text.extend((name.len() as u64).to_be_bytes());
            text.extend(name.as_bytes());
        }
    }
    Sha256::digest(&text).into()
}
