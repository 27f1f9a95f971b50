//! When a plan's megawatts are there: how long it takes, and how much is there after which time.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::orders::why;
use crate::app::State;
use crate::app::ahead::{AtOnce, Unsaid, at_once, unsaid};
use crate::app::curtail::Dialog;
use crate::control::plan::Plan;
use crate::domain::order::OrderKind;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::Fact;

const AFTER: [Duration; 5] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
];

/// How much is there after which time; none where nobody can say.
pub(super) fn facts(plan: &Plan) -> Option<Vec<Fact>> {
    let mut facts = vec![Fact::words(0, Role::TextDim, say!("dialog-arrives"))];
    for (at, after) in AFTER.into_iter().enumerate() {
        let there = plan.arrived(after)?;
        let name = format::span(after);
        // The first and the last say the most.
        let weight = [1, 2, 4, 3, 1][at];
        let figure = format::megawatts(there);
        facts.push(Fact::figure(weight, &name, Role::Value, &figure, ""));
    }
    Some(facts)
}

/// A promise to the second, rounded up: `4 min`, `5 min 12 s`.
fn promise(span: Duration) -> String {
    let seconds = span.as_millis().div_ceil(1_000) as u64;
    let rest = seconds % 60;
    let whole = format::span(Duration::from_secs(seconds - rest));
    match (seconds, rest) {
        (0..120 | 7_200.., _) => format::span(Duration::from_secs(seconds)),
        (_, 0) => whole,
        _ => format!("{whole} {}", format::span(Duration::from_secs(rest))),
    }
}

/// How long it takes, or why nobody can say; of a restore also until most of it is back.
pub(super) fn takes(state: &State, plan: &Plan) -> Vec<Fact> {
    let Some(all) = plan.takes() else {
        return vec![unknown(state, plan)];
    };
    let figure = |name, span| Fact::figure(1, name, Role::Value, &promise(span), "");
    let most = plan
        .reaches(90)
        .filter(|_| plan.ask.kind == OrderKind::Restore);
    let most = most.map(|span| figure(say!("dialog-takes-most"), span));
    let name = match most {
        Some(_) => say!("dialog-takes-all"),
        None => say!("dialog-takes"),
    };
    most.into_iter().chain([figure(name, all)]).collect()
}

fn unknown(state: &State, plan: &Plan) -> Fact {
    let words = match unsaid(state, plan) {
        Some(Unsaid::Held(reason)) => say!("dialog-give-held", why = why(&reason)),
        _ => say!("dialog-give-untold").to_owned(),
    };
    Fact::words(0, Role::Alarm2, words)
}

/// How a shed is spread, and why blocks of it go at once.
pub(super) fn spread(state: &State, dialog: &Dialog, plan: &Plan) -> Vec<Fact> {
    if plan.ask.kind == OrderKind::Restore || plan.moves.len() < 2 {
        return Vec::new();
    }
    let reasons = plan.moves.iter();
    // One that is put off was so when the plan was made, whatever holds by now.
    let reasons = reasons.map(|part| {
        let first = part.after.is_zero();
        first
            .then(|| at_once(state, part, dialog.is_fast()))
            .flatten()
    });
    let reasons: BTreeSet<Option<AtOnce>> = reasons.collect();
    let words = reasons.into_iter().map(|reason| match reason {
        Some(AtOnce::Asked) => say!("dialog-once-asked").to_owned(),
        Some(AtOnce::Short) => say!("dialog-once-low").to_owned(),
        Some(AtOnce::Untold) => say!("dialog-once-untold").to_owned(),
        None => {
            let time = promise(plan.takes().unwrap_or(plan.ask.within));
            say!("dialog-spread", time = time)
        }
    });
    words
        .map(|words| Fact::words(1, Role::Text, words))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_to_the_second_and_never_short() {
        let of = |ms| promise(Duration::from_millis(ms));
        assert_eq!(of(239_900), "4 min");
        assert_eq!(of(311_001), "5 min 12 s");
        assert_eq!(of(118_200), "119 s");
        assert_eq!(of(0), "0 s");
        assert_eq!(of(7_200_000), "2 h");
    }
}
