//! The last look at a plan: what speaks against arming or sending exactly this one now.

use std::collections::BTreeMap;

use super::State;
use super::curtail::terms;
use super::emergency::is_short;
use crate::control::check::{Closeness, check};
use crate::control::interlock::reasons;
use crate::control::plan::{Move, Plan, moves};
use crate::domain::ids::BlockKey;
use crate::domain::units::Power;

/// What the megawatts of a plan may differ by between its making and its sending: a tenth, meters being what they are.
const DRIFT: i64 = 10;
/// Less than this is no difference.
const NO_DRIFT: Power = Power::from_watts(100_000);

/// What speaks against sending exactly this plan now: an interlock of one of its blocks, another way to it, or other
/// megawatts than were read and typed.
pub(super) fn obstacle(state: &State, plan: &Plan) -> Option<String> {
    if let Some(why) = state.journal.refuses() {
        return Some(format!("no order leaves unrecorded: {why}"));
    }
    let parts: BTreeMap<&BlockKey, &Move> = plan.moves.iter().map(|m| (&m.key, m)).collect();
    let candidates = state
        .fleet
        .candidates(&state.feeds, state.now, &|_, block| {
            parts.contains_key(&block.key())
        });
    let mut would = Power::ZERO;
    for candidate in &candidates {
        let Some(part) = parts.get(&candidate.block.key()) else {
            continue;
        };
        let operator = &state.desk.operator;
        if let Some(reason) = reasons(candidate, plan.ask.kind, operator, state.now).first() {
            return Some(format!(
                "{} {}: {}",
                candidate.site.name,
                candidate.block.name,
                reason.sentence()
            ));
        }
        if part.epoch != candidate.site.authority.epoch {
            return Some(format!(
                "{}: authority has changed hands",
                candidate.site.name
            ));
        }
        if part.feed != candidate.feed || part.gateway != *candidate.gateway {
            return Some(format!(
                "{} answers over another feed now",
                candidate.site.name
            ));
        }
        would += moves(candidate.block, plan.ask.kind, part.target);
    }
    if candidates.len() < parts.len() {
        return Some("a block is gone".to_owned());
    }
    let waits = |m: &Move| !m.after.is_zero() && is_short(state, m.feed, &m.key.site);
    if plan.moves.iter().any(waits) {
        return Some("the frequency is low by now: the shed must go at once".to_owned());
    }
    let terms = terms(state);
    if let Err(flaw) = check(plan, &candidates, state.now, &terms, Closeness::Since) {
        return Some(flaw.to_string());
    }
    let difference = (would - plan.moved).watts().abs();
    (difference > (plan.moved.watts() / DRIFT).max(NO_DRIFT.watts())).then(|| {
        format!(
            "it would move {:.1} MW now, not {:.1}",
            would.megawatts(),
            plan.moved.megawatts()
        )
    })
}
