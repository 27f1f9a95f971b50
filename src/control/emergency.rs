//! The emergency shed: everything of a scope that may be dropped, cut into steps that leave one after the other.
//!
//! It asks for no plan, no amount and no proof: it drops all that a gateway would let go, in steps small enough for the
//! grid to follow. What a gateway refuses whatever the hurry (a lockout, local control, a heat floor, another's
//! authority) is left out and named; what only a careful order waits for (fresh telemetry, a measured clock, the minimum
//! time on, the caps on how often a block is shed) is not asked.

use std::cmp::Reverse;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::interlock::{CLOCK, Candidate, lowest, reasons};
use super::plan::{Excluded, moves};
use super::sheddable::arriving;
use crate::domain::bounds::Bounds;
use crate::domain::fleet::{Block, BlockState};
use crate::domain::ids::{BlockKey, FeedId, GatewayId};
use crate::domain::order::{OrderKind, PlanHash, Reason};
use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

/// Most that one step may move where neither config nor gateway says otherwise.
pub const STEP: Power = Bounds::DEFAULT.step;
/// Between two steps, where neither says otherwise.
pub const INTERVAL: Duration = Bounds::DEFAULT.interval;
/// Above this the grid has more than it needs, and dropping load pushes it further: nominal and 50 mHz, the band that
/// the screens call high beyond. It is warned of.
pub const HIGH: Hertz = Hertz::from_millihertz(Hertz::NOMINAL.millihertz() + 50);
/// Below this the grid is short: dropping load is what it wants.
pub const LOW: Hertz = Hertz::from_millihertz(Hertz::NOMINAL.millihertz() - 50);
/// Blocks of one step: an order of them and its answers stay far below the 1 MiB of a message.
pub const MOST_BLOCKS: usize = 2_000;
/// What "fast" is judged by.
const SOON: Duration = Duration::from_secs(10);

/// What a frequency says about dropping load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Below the band: the grid is short.
    Low,
    /// Within the band.
    InBand,
    /// Above the band: shedding is warned of.
    High,
    /// So far above that more than one site is not shed.
    TooHigh,
    /// No fresh frequency is known. That does not bar an emergency.
    Unknown,
}

/// Judges a fresh frequency; none where there is none. Above `bar` it is too high.
pub fn direction(frequency: Option<Hertz>, bar: Hertz) -> Direction {
    match frequency {
        None => Direction::Unknown,
        Some(hertz) if hertz > bar => Direction::TooHigh,
        Some(hertz) if hertz > HIGH => Direction::High,
        Some(hertz) if hertz < LOW => Direction::Low,
        Some(_) => Direction::InBand,
    }
}

/// One block's part in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The block.
    pub key: BlockKey,
    /// The feed that the order leaves by.
    pub feed: FeedId,
    /// The gateway that the order is addressed to.
    pub gateway: GatewayId,
    /// What it shall draw.
    pub target: Power,
    /// What that drops, by the last known figure.
    pub moved: Power,
    /// What of it arrives in 10 s.
    pub in_10_s: Power,
    /// The most that it can drop, whatever its last figure was: by this it counts against the step's limit.
    pub most: Power,
    /// Its contract's notice.
    pub notice: Duration,
    /// Its figures are old, or bad.
    pub remembered: bool,
}

/// What leaves together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// The blocks, the greatest drop in 10 s first.
    pub parts: Vec<Part>,
}

impl Step {
    /// What it drops, by the last known figures.
    pub fn moved(&self) -> Power {
        self.parts.iter().map(|part| part.moved).sum()
    }

    /// What it drops at most.
    pub fn most(&self) -> Power {
        self.parts.iter().map(|part| part.most).sum()
    }
}

/// An emergency shed, ready to leave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shed {
    /// In the order in which they leave. Blocks whose contract wants notice come after those without, and no step mixes
    /// notices: so the drops arrive as far apart as the steps leave.
    pub steps: Vec<Step>,
    /// What is left out, and why.
    pub excluded: Vec<Excluded>,
    /// Blocks that are down, or on their way, already.
    pub down: usize,
}

impl Shed {
    /// What all steps drop.
    pub fn moved(&self) -> Power {
        self.steps.iter().map(Step::moved).sum()
    }

    /// SHA-256 over what would be ordered, step by step: what was shown is what leaves.
    pub fn hash(&self) -> PlanHash {
        let mut hash = Sha256::new();
        hash.update(b"emergency\n");
        for step in &self.steps {
            hash.update(b"step\n");
            for part in &step.parts {
                for text in [part.key.site.as_str(), part.key.block.as_str()] {
                    hash.update((text.len() as u64).to_be_bytes());
                    hash.update(text);
                }
                hash.update(part.target.watts().to_be_bytes());
            }
        }
        PlanHash(hash.finalize().into())
    }

    /// Every part, step by step.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.steps.iter().flat_map(|step| &step.parts)
    }
}

/// What bars a block even in an emergency. Empty: it may be ordered.
pub fn bars(candidate: &Candidate<'_>, operator: &str, now: Timestamp) -> Vec<Reason> {
    // A block on its way up is turned round, whoever woke it: the gateway lets shedding win over a restore.
    let rising = candidate.block.state == BlockState::Restoring;
    reasons(candidate, OrderKind::Curtail, operator, now)
        .into_iter()
        .filter(|reason| match reason {
            Reason::StaleTelemetry { .. }
            | Reason::BadTelemetry
            | Reason::SeenTwice
            | Reason::MinimumOn { .. }
            | Reason::ShedHours { .. } => false,
            Reason::OrderPending => !rising,
            Reason::Stated { code, .. } => !matches!(&**code, "unknown_skew" | CLOCK),
            _ => true,
        })
        .collect()
}

/// The lowest load that the block can hold and heat customers allow; none where it can't go below what it draws.
fn bottom(block: &Block, now: Timestamp) -> Option<Power> {
    let lowest = lowest(block, now);
    if lowest <= block.floor {
        return Some(block.floor);
    }
    block.steps.iter().copied().filter(|s| *s >= lowest).min()
}

/// Is it there, or on its way there, already? Judged by what it was told: a reading may be old.
fn is_down(block: &Block, target: Power) -> bool {
    block.target <= target && (block.state == BlockState::Curtailed || block.power.is_some())
}

/// Cuts everything that may be dropped now into steps of at most `limit`; a larger block gets a step of its own.
pub fn shed(candidates: &[Candidate<'_>], operator: &str, now: Timestamp, limit: Power) -> Shed {
    let mut shed = Shed::default();
    let mut parts = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let block = candidate.block;
        let mut against = bars(candidate, operator, now);
        // Judged here by what the block was told: its reading may be an old one.
        against.retain(|reason| *reason != Reason::AlreadyThere);
        let target = bottom(block, now);
        let heat = target.is_none_or(|t| t > block.floor && block.target <= t);
        if heat && !against.iter().any(|r| matches!(r, Reason::MustRun { .. })) {
            against.push(Reason::MustRun {
                until: block.limits.must_run_until,
            });
        }
        match target {
            Some(target) if against.is_empty() && is_down(block, target) => shed.down += 1,
            Some(target) if against.is_empty() => parts.push(part(candidate, target)),
            _ => shed.excluded.push(Excluded {
                key: block.key(),
                reasons: against,
            }),
        }
    }
    parts.sort_by_cached_key(|part| {
        (
            part.notice,
            Reverse(part.in_10_s),
            Reverse(part.most),
            part.key.clone(),
        )
    });
    shed.steps = steps(parts, limit);
    shed
}

fn part(candidate: &Candidate<'_>, target: Power) -> Part {
    let block = candidate.block;
    let moved = moves(block, OrderKind::Curtail, target);
    Part {
        key: block.key(),
        feed: candidate.feed,
        gateway: candidate.gateway.clone(),
        target,
        moved,
        in_10_s: arriving(block, moved, SOON),
        most: (top(block) - target).or_zero(),
        notice: block.limits.notice,
        remembered: candidate.standing.quality >= Quality::Stale,
    }
}

/// The most that the block can draw, whatever its last reading was.
fn top(block: &Block) -> Power {
    let power = block.power.unwrap_or_default();
    power.max(block.nameplate).max(block.target)
}

/// First fit within each notice, in the order given.
fn steps(parts: Vec<Part>, limit: Power) -> Vec<Step> {
    let mut steps: Vec<(Duration, Power, Step)> = Vec::new();
    // Steps before this one are closed: of another notice, or full.
    let mut open = 0;
    for part in parts {
        while let Some((notice, used, step)) = steps.get(open)
            && (*notice != part.notice || *used >= limit || step.parts.len() >= MOST_BLOCKS)
        {
            open += 1;
        }
        let fits = |(_, used, step): &(Duration, Power, Step)| {
            *used + part.most <= limit && step.parts.len() < MOST_BLOCKS
        };
        match steps[open..].iter().position(fits) {
            Some(at) => {
                let (_, used, step) = &mut steps[open + at];
                *used += part.most;
                step.parts.push(part);
            }
            None => steps.push((part.notice, part.most, Step { parts: vec![part] })),
        }
    }
    steps.into_iter().map(|(_, _, step)| step).collect()
}
