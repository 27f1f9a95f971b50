//! How much of a plan's megawatts is there after which time.

use std::time::Duration;

use crate::app::State;
use crate::control::plan::Plan;
use crate::control::sheddable::arriving;
use crate::domain::order::OrderKind;
use crate::domain::units::Power;
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

/// The line, and none of a restore: its blocks come one after the other, as the gateway's queue lets them.
pub(super) fn facts(state: &State, plan: &Plan) -> Option<Vec<Fact>> {
    if plan.ask.kind == OrderKind::Restore {
        return None;
    }
    let mut facts = vec![Fact::words(0, Role::TextDim, say!("dialog-arrives"))];
    for (at, after) in AFTER.into_iter().enumerate() {
        let there: Power = plan
            .moves
            .iter()
            .filter_map(|part| {
                let view = state.fleet.block(&part.key)?;
                Some(arriving(&view.block, part.moved, after))
            })
            .sum();
        let name = format::span(after);
        // The first and the last say the most.
        let weight = [1, 2, 4, 3, 1][at];
        let figure = format::megawatts(there);
        facts.push(Fact::figure(weight, &name, Role::Value, &figure, ""));
    }
    Some(facts)
}
