//! The plan: which blocks go to which target, and what that gives up. Of all plans that keep the interlocks, the
//! blocks' limits and the nodes' limits and bring the amount in time, the one that gives up least, with the proof.
//!
//! Shedding never falls short and holds no block that it could do without; restoring never gives back more than asked
//! and brings the most hashrate for it.

mod model;
mod share;
pub mod solve;
mod spare;
mod spread;
mod worth;

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::amount::Amount;
use super::interlock::{Candidate, reasons};
use crate::domain::ids::{BlockKey, FeedId, GatewayId};
use crate::domain::order::{OrderKind, PlanHash, Reason};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hashrate, Power};
use model::Offer;
pub use model::moves;
pub use share::SiteShare;
pub use spare::{MOST_SPARES, Spare};
pub use spread::{Course, last_arrival};
pub(in crate::control) use worth::given_up;
pub use worth::{Prices, Terms, Worth, node_loads};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Down or up.
    pub kind: OrderKind,
    /// How much.
    pub amount: Amount,
    /// In which time all of it has to be there.
    pub within: Duration,
}

/// One block's part.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// The block.
    pub key: BlockKey,
    /// The feed that the order leaves by.
    pub feed: FeedId,
    /// The gateway that the order is addressed to.
    pub gateway: GatewayId,
    /// The site's epoch at planning.
    pub epoch: u64,
    /// The site's last sequence at planning.
    pub site_seq: u64,
    /// What it draws now; none where nothing measures it.
    pub now: Option<Power>,
    /// What it shall draw.
    pub target: Power,
    /// How much that moves, in the ordered direction, never negative.
    pub moved: Power,
    /// How much of it arrives in the time asked.
    pub counts: Power,
    /// What it gives up (curtail) or brings (restore) in an hour, in the plan's unit.
    pub worth: i64,
    /// Hashrate given up (curtail) or expected back (restore; zero where unknown).
    pub hashrate: Hashrate,
    /// It is told to begin so much later than the order comes; zero: at once.
    pub after: Duration,
    /// When it moves; none of a restore whose gateway does not say how it goes, or that is held up there.
    pub course: Option<Course>,
}

/// A block that was asked for but can't be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// The block.
    pub key: BlockKey,
    /// Why, all of it.
    pub reasons: Vec<Reason>,
}

/// What a plan's worth is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Millionths of the prices' currency, an hour.
    Money,
    /// GH/s, for want of prices.
    Hashrate,
}

/// How good a plan is, and how good any could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// What figures are counted in.
    pub unit: Unit,
    /// What the plan gives up (curtail) or brings (restore).
    pub value: i64,
    /// No plan gives up less, none brings more. Where shedding would earn money, so that ever more of it would, this
    /// speaks of plans that move no more than this one.
    pub bound: i64,
}

impl Proof {
    /// The part of the value that better plans could save at most: 0 is optimal, 0.01 a percent.
    pub fn gap(&self) -> f64 {
        let apart = (self.value - self.bound).unsigned_abs();
        if apart == 0 {
            0.0
        } else {
            apart as f64 / self.value.unsigned_abs().max(1) as f64
        }
    }
}

/// A proposal. What is armed is named by `hash`; what is sent must have the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What was asked.
    pub ask: Ask,
    /// What was wanted in watts.
    pub wanted: Power,
    /// What a share is of: of a shed what all these blocks draw, of a restore all that may be given back.
    pub whole: Power,
    /// What is moved.
    pub moved: Power,
    /// The blocks, in the order of their keys.
    pub moves: Vec<Move>,
    /// The blocks left out.
    pub excluded: Vec<Excluded>,
    /// Blocks that the gateways may use in place of late ones, in this order.
    pub spares: Vec<Spare>,
    /// What it is worth.
    pub proof: Proof,
    /// Over the canonical form of what would be ordered.
    pub hash: PlanHash,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.told())]
pub enum NoPlan {
    /// Nothing can be ordered at all.
    Nothing(Vec<Excluded>),
    /// An amount in watts or a share is wanted of blocks that nothing measures.
    Unmeasured(Vec<Excluded>),
    /// Every step is larger than what may be given back.
    TooLittle {
        /// The smallest step.
        least: Power,
        /// The blocks left out.
        excluded: Vec<Excluded>,
    },
    /// Not so much.
    TooMuch {
        /// What could be.
        most: Power,
        /// The blocks left out.
        excluded: Vec<Excluded>,
    },
}

impl NoPlan {
    /// In one sentence.
    pub fn told(&self) -> Sentence {
        match self {
            Self::Nothing(_) => told!("own-plan-nothing", "nothing here can be ordered now"),
            Self::Unmeasured(_) => told!(
                "own-plan-unmeasured",
                "nothing measures these blocks, so no share of them can be moved: type off or all"
            ),
            Self::TooLittle { least, .. } => told!(
                "own-plan-too-little",
                "the smallest step here is {least_kw} MW, and no more than asked is given back",
                least_kw = *least
            ),
            Self::TooMuch { most, .. } => told!(
                "own-plan-too-much",
                "at most {most_kw} MW can be moved in that time",
                most_kw = *most
            ),
        }
    }
}

/// Makes the best plan of `ask` over the candidates.
pub fn plan(
    ask: Ask,
    candidates: &[Candidate<'_>],
    operator: &str,
    now: Timestamp,
    terms: &Terms,
) -> Result<Plan, NoPlan> {
    let mut excluded = Vec::new();
    let mut usable: Vec<&Candidate<'_>> = Vec::new();
    for candidate in candidates {
        let found = reasons(candidate, ask.kind, operator, now);
        if found.is_empty() {
            usable.push(candidate);
        } else {
            excluded.push(Excluded {
                key: candidate.block.key(),
                reasons: found,
            });
        }
    }
    if usable.is_empty() {
        return Err(NoPlan::Nothing(excluded));
    }
    // Of plans that are alike, the one with the lower keys is made.
    usable.sort_by_cached_key(|c| c.block.key());
    let whole = usable
        .iter()
        .map(|c| model::full(c.block, ask.kind, now))
        .sum();
    let drawn: Power = match ask.kind {
        OrderKind::Curtail => candidates.iter().filter_map(|c| c.block.power).sum(),
        OrderKind::Restore => whole,
    };
    let wanted = match ask.amount {
        Amount::All => whole,
        amount => amount.of(drawn),
    };
    if wanted <= Power::ZERO && ask.amount != Amount::All {
        return Err(NoPlan::Unmeasured(excluded));
    }
    let made = match model::choose(&usable, ask, wanted, now, terms) {
        Ok(made) => made,
        Err(model::Refused::TooMuch(most)) => return Err(NoPlan::TooMuch { most, excluded }),
        Err(model::Refused::TooLittle(least)) => {
            return Err(NoPlan::TooLittle { least, excluded });
        }
    };
    let parts: Vec<Move> = made.offers.iter().map(|o| part(o, ask.kind)).collect();
    let spares = spare::spares(ask, &usable, &parts, now);
    let hash = hash(ask, &parts, &spares);
    Ok(Plan {
        ask,
        wanted,
        whole: drawn,
        moved: parts.iter().map(|m| m.moved).sum(),
        moves: parts,
        excluded,
        spares,
        proof: made.proof,
        hash,
    })
}

/// What to ask for so that the candidates together draw `target`; none where they do already, as far as is known.
pub fn hold(target: Power, candidates: &[Candidate<'_>], within: Duration) -> Option<Ask> {
    let drawn: Power = candidates
        .iter()
        .filter_map(|c| c.block.power.map(|power| model::settled(c.block, power)))
        .sum();
    let (kind, amount) = match (drawn - target).watts() {
        0 => return None,
        1.. => (OrderKind::Curtail, drawn - target),
        _ => (OrderKind::Restore, target - drawn),
    };
    Some(Ask {
        kind,
        amount: Amount::Power(amount),
        within,
    })
}

fn part(offer: &Offer<'_>, kind: OrderKind) -> Move {
    let block = offer.candidate.block;
    let ramping = block.limits.falls_by(offer.moved);
    // How a restore goes is its gateway's to say.
    let course = (kind == OrderKind::Curtail).then(|| Course {
        from: block.limits.notice,
        to: block.limits.notice + ramping,
    });
    let share = match block.power {
        Some(power) if power > Power::ZERO => offer.moved.watts() as f64 / power.watts() as f64,
        _ => 1.0,
    };
    Move {
        key: block.key(),
        feed: offer.candidate.feed,
        gateway: offer.candidate.gateway.clone(),
        epoch: offer.candidate.site.authority.epoch,
        site_seq: offer.candidate.site.site_seq,
        now: block.power,
        target: offer.target,
        moved: offer.moved,
        counts: offer.counts,
        worth: offer.worth,
        after: Duration::ZERO,
        course,
        hashrate: match kind {
            OrderKind::Curtail => Hashrate::from_hs(block.hashrate.hs() * share.min(1.0)),
            OrderKind::Restore => Hashrate::ZERO,
        },
    }
}

/// SHA-256 over what would be ordered. Measurements are left out: they change each second, the orders do not.
fn hash(ask: Ask, moves: &[Move], spares: &[Spare]) -> PlanHash {
    let mut sha = Sha256::new();
    sha.update(ask.kind.word());
    for part in moves {
        for text in [
            part.gateway.as_str(),
            part.key.site.as_str(),
            part.key.block.as_str(),
        ] {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text);
        }
        sha.update(part.target.watts().to_be_bytes());
        sha.update(part.epoch.to_be_bytes());
        if !part.after.is_zero() {
            sha.update((part.after.as_millis() as u64).to_be_bytes());
        }
    }
    // What may take the place of late blocks was confirmed too; how much it moves changes with the measurements.
    for spare in spares {
        for text in [
            "spare",
            spare.gateway.as_str(),
            spare.key.site.as_str(),
            spare.key.block.as_str(),
        ] {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text);
        }
    }
    PlanHash(sha.finalize().into())
}
