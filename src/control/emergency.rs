//! The emergency shed: everything of a scope that may be dropped, cut into steps that leave one after the other.
//!
//! It asks for no plan, no amount and no proof: it drops all that a gateway would let go, in steps small enough for the
//! grid to follow. What a gateway refuses whatever the hurry (a lockout, local control, a heat floor, another's
//! authority) is left out and named; what only a careful order waits for (fresh telemetry, a measured clock, the minimum
//! time on, the caps on how often a block is shed, an order that has not begun) is not asked.

use std::cmp::Reverse;
use std::collections::BTreeMap;
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
/// Steps that are looked at again for room: however many blocks a gateway states, no key waits for them.
const LOOKS_BACK: u32 = 64;
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

impl Direction {
    /// Does an order of this kind push the frequency further off?
    pub const fn is_wrong(self, kind: OrderKind) -> bool {
        match kind {
            OrderKind::Curtail => matches!(self, Self::High | Self::TooHigh),
            OrderKind::Restore => matches!(self, Self::Low),
        }
    }
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

/// How a shed is cut into steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Most that one step moves.
    pub step: Power,
    /// Between two steps.
    pub interval: Duration,
    /// What gateways want of their own parts: most in one step, and how many intervals from one of theirs to the next.
    pub own: BTreeMap<FeedId, (Power, u32)>,
}

/// What leaves together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// So many intervals after the first.
    pub turn: u32,
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
    /// In the order in which they leave. No step mixes notices, and what arrives together is no more than one step: so the
    /// drops are as far apart as the steps.
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
            Reason::OrderPending => candidate.standing.begun && !rising,
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

/// Cuts everything that may be dropped now into steps; a block larger than one gets a step of its own.
pub fn shed(candidates: &[Candidate<'_>], operator: &str, now: Timestamp, cut: &Cut) -> Shed {
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
    shed.steps = steps(parts, cut);
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

/// A step while it is filled.
struct Filling {
    notice: Duration,
    of: BTreeMap<FeedId, Power>,
    parts: Vec<Part>,
}

/// The steps so far, by their turns.
#[derive(Default)]
struct Turns {
    steps: BTreeMap<u32, Filling>,
    /// What arrives in each turn, whenever it was called for.
    arrives: BTreeMap<u32, Power>,
    /// The last turn of each gateway.
    last: BTreeMap<FeedId, u32>,
}

impl Turns {
    fn arrival(turn: u32, notice: Duration, cut: &Cut) -> u32 {
        let turns = notice.as_millis().div_ceil(cut.interval.as_millis().max(1));
        turn.saturating_add(u32::try_from(turns).unwrap_or(u32::MAX))
    }

    fn arrives(&self, turn: u32, notice: Duration, cut: &Cut) -> Power {
        let at = Self::arrival(turn, notice, cut);
        self.arrives.get(&at).copied().unwrap_or_default()
    }

    /// Can nothing more of that notice leave in this turn?
    fn is_full(&self, turn: u32, notice: Duration, cut: &Cut) -> bool {
        self.steps.get(&turn).is_some_and(|step| {
            step.notice != notice
                || step.parts.len() >= MOST_BLOCKS
                || self.arrives(turn, notice, cut) >= cut.step
        })
    }

    fn fits(&self, part: &Part, turn: u32, most: Power, cut: &Cut) -> bool {
        let within = |used: Power, most| used == Power::ZERO || used + part.most <= most;
        let step = self.steps.get(&turn);
        let used = step.and_then(|step| step.of.get(&part.feed)).copied();
        !self.is_full(turn, part.notice, cut)
            && within(used.unwrap_or_default(), most)
            && within(self.arrives(turn, part.notice, cut), cut.step)
    }

    fn put(&mut self, part: Part, turn: u32, cut: &Cut) {
        let step = self.steps.entry(turn).or_insert_with(|| Filling {
            notice: part.notice,
            of: BTreeMap::new(),
            parts: Vec::new(),
        });
        *step.of.entry(part.feed).or_default() += part.most;
        let at = Self::arrival(turn, part.notice, cut);
        *self.arrives.entry(at).or_default() += part.most;
        self.last.insert(part.feed, turn);
        step.parts.push(part);
    }
}

/// First fit within each notice, in the order given. A gateway that wants its steps further apart than the interval has
/// its parts in every so many turns, and holds up no other.
fn steps(parts: Vec<Part>, cut: &Cut) -> Vec<Step> {
    let mut turns = Turns::default();
    // Turns before this one are closed: of another notice, or full.
    let mut open = 0;
    for part in parts {
        while turns.is_full(open, part.notice, cut) {
            open += 1;
        }
        let (most, apart) = cut.own.get(&part.feed).copied().unwrap_or((cut.step, 1));
        let first = match turns.last.get(&part.feed) {
            None => open,
            // No step before its last one is looked at again: they are as full as it wants them.
            Some(last) if apart > 1 || most < cut.step => {
                let again = turns.fits(&part, *last, most, cut);
                if again {
                    *last
                } else {
                    last.saturating_add(apart)
                }
            }
            Some(last) => open.max(last.saturating_sub(LOOKS_BACK)),
        };
        // A turn that nobody has taken yet always comes.
        let turn = (first..=u32::MAX).find(|turn| turns.fits(&part, *turn, most, cut));
        turns.put(part, turn.unwrap_or(first), cut);
    }
    let step = |(turn, filling): (u32, Filling)| Step {
        turn,
        parts: filling.parts,
    };
    turns.steps.into_iter().map(step).collect()
}
