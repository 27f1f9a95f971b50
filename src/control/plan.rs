//! The plan: which blocks go to which target, and what that gives up. Greedy for now, behind the interface that the
//! exact planner will stand behind: a request and candidates in, a plan with its exclusions out.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::amount::Amount;
use super::interlock::{Candidate, lowest, reasons};
use super::sheddable::arriving;
use crate::domain::fleet::{Block, BlockState};
use crate::domain::ids::{BlockKey, FeedId, GatewayId, SiteId};
use crate::domain::order::{OrderKind, PlanHash, Reason};
use crate::domain::time::Timestamp;
use crate::domain::units::{Efficiency, Hashrate, Power};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Down or up.
    pub kind: OrderKind,
    /// How much.
    pub amount: Amount,
    /// In which time.
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
    /// How much of it arrives in 30 s.
    pub in_30_s: Power,
    /// How long until all of it has arrived.
    pub takes: Duration,
    /// Hashrate given up (curtail) or expected back (restore; zero where unknown).
    pub hashrate: Hashrate,
}

/// A block that was asked for but can't be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// The block.
    pub key: BlockKey,
    /// Why, all of it.
    pub reasons: Vec<Reason>,
}

/// A proposal. What is armed is named by `hash`; what is sent must have the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What was asked.
    pub ask: Ask,
    /// What was wanted in watts.
    pub wanted: Power,
    /// What is moved.
    pub moved: Power,
    /// The blocks, in the order of their keys.
    pub moves: Vec<Move>,
    /// The blocks left out.
    pub excluded: Vec<Excluded>,
    /// Over the canonical form of what would be ordered.
    pub hash: PlanHash,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPlan {
    /// Nothing can be ordered at all.
    #[error("nothing here can be ordered now")]
    Nothing(Vec<Excluded>),
    /// An amount in watts or a share is wanted of blocks that nothing measures.
    #[error("nothing measures these blocks, so no share of them can be moved: type off or all")]
    Unmeasured(Vec<Excluded>),
    /// Not so much.
    #[error("at most {:.1} MW can be moved in that time", most.megawatts())]
    TooMuch {
        /// What could be.
        most: Power,
        /// The blocks left out.
        excluded: Vec<Excluded>,
    },
}

/// One way of moving one block.
#[derive(Clone, Copy)]
struct Choice<'a> {
    candidate: &'a Candidate<'a>,
    target: Power,
    /// What the target moves in the end.
    moved: Power,
    /// What of it counts within the time asked.
    counts: Power,
}

/// Makes a plan of `ask` over the candidates. Least efficient blocks go first (highest J/TH), then larger ones; the
/// last one is the smallest that completes the amount, and blocks that turn out unneeded are taken back.
pub fn plan(
    ask: Ask,
    candidates: &[Candidate<'_>],
    operator: &str,
    now: Timestamp,
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
    usable.sort_by(|a, b| {
        rank(b.block)
            .total_cmp(&rank(a.block))
            .then_with(|| a.block.key().cmp(&b.block.key()))
    });
    let whole = usable.iter().map(|c| full(c.block, ask.kind, now)).sum();
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
    let chosen = if ask.amount == Amount::All {
        usable.iter().map(|c| fullest(c, ask, now)).collect()
    } else {
        match choose(&usable, ask, wanted, now) {
            Ok(chosen) => chosen,
            Err(most) => return Err(NoPlan::TooMuch { most, excluded }),
        }
    };
    let mut parts: Vec<Move> = chosen.iter().map(|o| made(o, ask.kind, now)).collect();
    parts.sort_by(|a, b| a.key.cmp(&b.key));
    let moved = parts.iter().map(|m| m.moved).sum();
    let hash = hash(ask, &parts);
    Ok(Plan {
        ask,
        wanted,
        moved,
        moves: parts,
        excluded,
        hash,
    })
}

/// J/TH as a sort key; a block of unknown efficiency counts as average.
fn rank(block: &Block) -> f64 {
    block
        .power
        .and_then(|power| Efficiency::of(power, block.hashrate))
        .map_or(20.0, Efficiency::joules_per_terahash)
}

/// All that the block could move.
fn full(block: &Block, kind: OrderKind, now: Timestamp) -> Power {
    match kind {
        OrderKind::Curtail => moves(block, kind, lowest(block, now)),
        OrderKind::Restore => moves(block, kind, block.nameplate),
    }
}

/// What a target would move beyond what the block is on its way to already: another desk's order is not counted twice.
pub fn moves(block: &Block, kind: OrderKind, target: Power) -> Power {
    let Some(power) = block.power else {
        return Power::ZERO;
    };
    match kind {
        OrderKind::Curtail => (settled(block, power) - target).or_zero(),
        OrderKind::Restore => (target - settled(block, power)).or_zero(),
    }
}

/// What the block draws once the order that it is following is done.
fn settled(block: &Block, power: Power) -> Power {
    match block.state {
        BlockState::Ramping => power.min(block.target),
        BlockState::Restoring => power.max(block.target),
        _ => power,
    }
}

fn fullest<'a>(candidate: &'a Candidate<'a>, ask: Ask, now: Timestamp) -> Choice<'a> {
    let block = candidate.block;
    let target = match ask.kind {
        OrderKind::Curtail => lowest(block, now),
        OrderKind::Restore => block.nameplate,
    };
    option(candidate, target, ask)
}

fn option<'a>(candidate: &'a Candidate<'a>, target: Power, ask: Ask) -> Choice<'a> {
    let block = candidate.block;
    let moved = moves(block, ask.kind, target);
    let counts = match ask.kind {
        OrderKind::Curtail => arriving(block, moved, ask.within),
        OrderKind::Restore => moved,
    };
    Choice {
        candidate,
        target,
        moved,
        counts,
    }
}

/// All targets that the block can hold in the ordered direction, the smallest move first.
fn options<'a>(candidate: &'a Candidate<'a>, ask: Ask, now: Timestamp) -> Vec<Choice<'a>> {
    let block = candidate.block;
    let mut found: Vec<Choice<'a>> = block
        .steps
        .iter()
        .filter(|step| **step >= lowest(block, now) && **step <= block.nameplate)
        // A curtailment never raises a target, a restore never lowers one.
        .filter(|step| match ask.kind {
            OrderKind::Curtail => **step < block.target,
            OrderKind::Restore => **step > block.target,
        })
        .map(|step| option(candidate, *step, ask))
        .chain([fullest(candidate, ask, now)])
        .filter(|o| o.counts > Power::ZERO)
        .collect();
    found.sort_by_key(|o| o.counts);
    found
}

fn choose<'a>(
    usable: &[&'a Candidate<'a>],
    ask: Ask,
    wanted: Power,
    now: Timestamp,
) -> Result<Vec<Choice<'a>>, Power> {
    let mut chosen: Vec<Choice<'a>> = Vec::new();
    let mut sum = Power::ZERO;
    let mut rest = usable;
    while sum < wanted {
        let Some((next, after)) = rest.split_first() else {
            return Err(sum);
        };
        let fully = fullest(next, ask, now);
        if sum + fully.counts >= wanted {
            // The last one: whatever completes with the least too much, from all that is left.
            let need = wanted - sum;
            let completing = rest
                .iter()
                .flat_map(|c| options(c, ask, now))
                .filter(|o| o.counts >= need)
                .min_by_key(|o| (o.counts, o.moved));
            if let Some(last) = completing {
                sum += last.counts;
                chosen.push(last);
            }
            break;
        }
        if fully.counts > Power::ZERO {
            sum += fully.counts;
            chosen.push(fully);
        }
        rest = after;
    }
    // Least inefficient first: what the last, larger block has made unneeded is taken back.
    let mut index = chosen.len();
    while index > 0 {
        index -= 1;
        if sum - chosen[index].counts >= wanted {
            sum -= chosen[index].counts;
            chosen.remove(index);
        }
    }
    Ok(chosen)
}

fn made(option: &Choice<'_>, kind: OrderKind, _now: Timestamp) -> Move {
    let block = option.candidate.block;
    let ramp = match kind {
        OrderKind::Curtail => block.limits.ramp_down_w_s,
        OrderKind::Restore => block.limits.ramp_up_w_s,
    };
    let ramping = if ramp > Power::ZERO {
        Duration::from_millis(
            u64::try_from(option.moved.portion(1_000, ramp.watts()).watts()).unwrap_or(0),
        )
    } else {
        Duration::ZERO
    };
    let notice = if kind == OrderKind::Curtail {
        block.limits.notice
    } else {
        Duration::ZERO
    };
    let part = match block.power {
        Some(power) if power > Power::ZERO => option.moved.watts() as f64 / power.watts() as f64,
        _ => 1.0,
    };
    Move {
        key: block.key(),
        feed: option.candidate.feed,
        gateway: option.candidate.gateway.clone(),
        epoch: option.candidate.site.authority.epoch,
        site_seq: option.candidate.site.site_seq,
        now: block.power,
        target: option.target,
        moved: option.moved,
        in_30_s: match kind {
            OrderKind::Curtail => arriving(block, option.moved, Duration::from_secs(30)),
            OrderKind::Restore if ramp > Power::ZERO => option.moved.min(ramp.portion(30, 1)),
            OrderKind::Restore => option.moved,
        },
        takes: notice + ramping,
        hashrate: match kind {
            OrderKind::Curtail => Hashrate::from_hs(block.hashrate.hs() * part.min(1.0)),
            OrderKind::Restore => Hashrate::ZERO,
        },
    }
}

/// SHA-256 over what would be ordered. Measurements are left out: they change each second, the orders do not.
fn hash(ask: Ask, moves: &[Move]) -> PlanHash {
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
    }
    PlanHash(sha.finalize().into())
}

/// A plan's figures for one site, as the preview's table has them.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteShare {
    /// The site.
    pub site: SiteId,
    /// What its planned blocks draw now.
    pub now: Power,
    /// What they shall draw.
    pub after: Power,
    /// What is moved.
    pub moved: Power,
    /// What of it arrives in 30 s.
    pub in_30_s: Power,
    /// Blocks that are ordered.
    pub blocks: usize,
    /// Hashrate given up.
    pub hashrate: Hashrate,
}

impl Plan {
    /// The figures by site, in the order of site ids.
    pub fn by_site(&self) -> Vec<SiteShare> {
        let mut shares: Vec<SiteShare> = Vec::new();
        for part in &self.moves {
            if shares.last().is_none_or(|s| s.site != part.key.site) {
                shares.push(SiteShare {
                    site: part.key.site.clone(),
                    now: Power::ZERO,
                    after: Power::ZERO,
                    moved: Power::ZERO,
                    in_30_s: Power::ZERO,
                    blocks: 0,
                    hashrate: Hashrate::ZERO,
                });
            }
            if let Some(share) = shares.last_mut() {
                let now = part.now.unwrap_or(Power::ZERO);
                share.now += now;
                share.after += match (part.now, self.ask.kind) {
                    (None, _) => Power::ZERO,
                    (Some(now), OrderKind::Curtail) => now.min(part.target),
                    (Some(now), OrderKind::Restore) => now.max(part.target),
                };
                share.moved += part.moved;
                share.in_30_s += part.in_30_s;
                share.blocks += 1;
                share.hashrate += part.hashrate;
            }
        }
        shares
    }

    /// Hashrate given up.
    pub fn hashrate(&self) -> Hashrate {
        self.moves.iter().map(|m| m.hashrate).sum()
    }

    /// Until the last block has arrived.
    pub fn takes(&self) -> Duration {
        self.moves.iter().map(|m| m.takes).max().unwrap_or_default()
    }

    /// The first and last two bytes of the hash, for the eye: `a41f..9c02`.
    pub fn short_hash(&self) -> Arc<str> {
        let h = self.hash.0;
        Arc::from(format!(
            "{:02x}{:02x}..{:02x}{:02x}",
            h[0], h[1], h[30], h[31]
        ))
    }
}
