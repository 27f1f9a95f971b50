//! Blocks that a gateway may use in place of ones that come late: named in the plan, seen in its preview, part of its hash.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Ask, Move, model};
use crate::control::amount::Amount;
use crate::control::interlock::Candidate;
use crate::domain::ids::{BlockKey, GatewayId};
use crate::domain::order::OrderKind;
use crate::domain::quality::Concern;
use crate::domain::time::Timestamp;
use crate::domain::units::{Efficiency, Power};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spare {
    /// The block.
    pub key: BlockKey,
    /// The gateway that may use it.
    pub gateway: GatewayId,
    /// What it moves at most.
    pub moves: Power,
}

/// Most spares of one gateway.
pub const MOST_SPARES: usize = 16;

fn of(parts: &[Move], candidate: &Candidate<'_>) -> bool {
    let key = candidate.block.key();
    parts.binary_search_by(|part| part.key.cmp(&key)).is_ok()
}

/// Spares for each gateway of a curtailment: enough to make up for its largest block and for a tenth of what it moves,
/// least efficient first, none that needs notice. None where everything is shed anyhow.
pub(super) fn spares(
    ask: Ask,
    usable: &[&Candidate<'_>],
    parts: &[Move],
    now: Timestamp,
) -> Vec<Spare> {
    if ask.kind != OrderKind::Curtail || ask.amount == Amount::All {
        return Vec::new();
    }
    // A closed loop acts on figures: none on doubtful ones, neither of what is ordered nor of what would stand in.
    let sure = |c: &&&Candidate<'_>| c.standing.concern == Concern::None;
    let doubtful: BTreeSet<&GatewayId> = usable
        .iter()
        .filter(|c| !sure(c) && of(parts, c))
        .map(|c| c.gateway)
        .collect();
    let mut free: Vec<(&Candidate<'_>, Power)> = usable
        .iter()
        .filter(|c| c.block.limits.notice.is_zero() && !of(parts, c))
        .filter(|c| sure(c) && !doubtful.contains(c.gateway))
        .map(|c| (*c, model::full(c.block, ask.kind, now)))
        .filter(|(_, moves)| *moves > Power::ZERO)
        .collect();
    // In mJ/TH, so that the order is total; a block of unknown efficiency counts as average.
    let rank = |c: &Candidate<'_>| {
        let efficiency = c
            .block
            .power
            .and_then(|p| Efficiency::of(p, c.block.hashrate));
        let joules = efficiency.map_or(20.0, Efficiency::joules_per_terahash);
        (joules * 1e3).clamp(0.0, 1e12) as i64
    };
    free.sort_by_cached_key(|(c, _)| (Reverse(rank(c)), c.block.key()));
    let mut gateways: Vec<&GatewayId> = parts.iter().map(|part| &part.gateway).collect();
    gateways.sort_unstable();
    gateways.dedup();
    let mut spares = Vec::new();
    for gateway in gateways {
        let here = || parts.iter().filter(|part| part.gateway == *gateway);
        let moved: Power = here().map(|part| part.moved).sum();
        let largest = here().map(|part| part.moved).max().unwrap_or(Power::ZERO);
        let enough = largest.max(moved.portion(1, 10));
        let mut sum = Power::ZERO;
        let own = free.iter().filter(|(c, _)| c.gateway == gateway);
        for (candidate, moves) in own.take(MOST_SPARES) {
            if sum >= enough {
                break;
            }
            sum += *moves;
            spares.push(Spare {
                key: candidate.block.key(),
                gateway: gateway.clone(),
                moves: *moves,
            });
        }
    }
    spares
}
