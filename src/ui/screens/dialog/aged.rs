//! What the figures of a plan are worth: ages, and clocks that are not to be trusted.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::cells::{self, site_name};
use crate::app::State;
use crate::control::plan::Plan;
use crate::domain::ids::SiteId;
use crate::domain::quality::{Concern, TELL_AGE};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::Fact;

/// A line of the sites whose figures are old, or doubtful; none where all are fresh.
pub(super) fn facts(state: &State, plan: &Plan) -> Option<Vec<Fact>> {
    let mut sites: BTreeMap<&SiteId, (Concern, Duration)> = BTreeMap::new();
    for part in &plan.moves {
        let Some(view) = state.fleet.block(&part.key) else {
            continue;
        };
        let measured_at = view.block.measured_at;
        let age = measured_at.age(state.now);
        let feed = state.feed(part.feed);
        let concern = feed.map_or(Concern::None, |f| f.concern(measured_at, state.now));
        if age >= TELL_AGE || concern != Concern::None {
            let worst = sites.entry(&part.key.site).or_default();
            *worst = (worst.0.max(concern), worst.1.max(age));
        }
    }
    let doubted = sites.values().any(|(concern, _)| *concern != Concern::None);
    let role = if doubted { Role::Alarm3 } else { Role::Text };
    let names = sites.iter().map(|(site, (concern, age))| {
        let why = match concern {
            Concern::None | Concern::Slow => format::span(*age),
            concern => cells::concern(*concern, *age).unwrap_or_default(),
        };
        format!("{} {why}", site_name(state, site))
    });
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        return None;
    }
    let mut facts = vec![
        Fact::words(0, Role::TextDim, say!("dialog-old-figures")),
        Fact::words(0, role, names.join(", ")),
    ];
    if doubted {
        facts.push(Fact::words(1, Role::TextStrong, say!("dialog-old-warning")));
    }
    Some(facts)
}
