//! The last look at a plan: what speaks against arming or sending exactly this one now.

use std::collections::BTreeMap;

use super::State;
use super::bar::unrecorded;
use super::curtail::terms;
use super::emergency::is_short;
use crate::control::check::{Closeness, check};
use crate::control::interlock::reasons;
use crate::control::plan::{Move, Plan, moves};
use crate::domain::ids::BlockKey;
use crate::domain::order::Reason;
use crate::domain::sentence::{Sentence, told};
use crate::domain::units::Power;

/// What the megawatts of a plan may differ by between its making and its sending: a tenth, meters being what they are.
const DRIFT: i64 = 10;
/// Less than this is no difference.
const NO_DRIFT: Power = Power::from_watts(100_000);

/// What speaks against sending exactly this plan now: an interlock of one of its blocks, another way to it, or other
/// megawatts than were read and typed.
pub(super) fn obstacle(state: &State, plan: &Plan) -> Option<Sentence> {
    if let Some(why) = unrecorded(state) {
        return Some(why);
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
            return Some(told!(
                "own-block-bars",
                "{site} {block}: {why}",
                site = &candidate.site.name,
                block = &candidate.block.name,
                why = reason.told()
            ));
        }
        if part.epoch != candidate.site.authority.epoch {
            return Some(told!(
                "own-site-bars",
                "{site}: {why}",
                site = &candidate.site.name,
                why = Reason::OldEpoch.told()
            ));
        }
        if part.feed != candidate.feed || part.gateway != *candidate.gateway {
            return Some(told!(
                "own-other-feed",
                "{site} answers over another feed now",
                site = &candidate.site.name
            ));
        }
        would += moves(candidate.block, plan.ask.kind, part.target);
    }
    if candidates.len() < parts.len() {
        return Some(told!("own-block-gone", "a block is gone"));
    }
    let waits = |m: &Move| !m.after.is_zero() && is_short(state, m.feed, &m.key.site);
    if plan.moves.iter().any(waits) {
        return Some(told!(
            "own-low-by-now",
            "the frequency is low by now: the shed must go at once"
        ));
    }
    let terms = terms(state);
    if let Err(flaw) = check(plan, &candidates, state.now, &terms, Closeness::Since) {
        return Some(flaw.told());
    }
    drifted(would, plan.moved)
}

/// That other megawatts would move now than were shown.
pub(super) fn drifted(now: Power, shown: Power) -> Option<Sentence> {
    let apart = (now - shown).watts().abs();
    (apart > (shown.watts() / DRIFT).max(NO_DRIFT.watts())).then(|| {
        told!(
            "own-drifted",
            "it would move {now_kw} MW now, not {shown_kw}",
            now_kw = now,
            shown_kw = shown
        )
    })
}

/// That nothing was sent, and why.
pub(super) fn not_sent(why: Sentence) -> Sentence {
    told!("own-not-sent", "not sent: {why}", why = why)
}

/// What must be typed.
pub(super) fn type_exactly(word: &str) -> Sentence {
    told!(
        "own-type-word",
        "type {word} exactly, in capitals; nothing was sent",
        word = word
    )
}
