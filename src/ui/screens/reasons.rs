//! Why a block is left out or refuses, and what an order is about, in the language that is drawn. In the journal and on
//! the wire they stay the domain's own; what a gateway states in its own words stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::cells::{person, site_name};
use super::told;
use crate::app::State;
use crate::app::curtail::Scope;
use crate::control::plan::Excluded;
use crate::domain::ids::SiteId;
use crate::domain::order::Reason;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::Fact;

/// A reason. The end of a must-run is a time of day where a zone is given.
pub(super) fn reason(reason: &Reason, zone: Option<&TimeZone>) -> String {
    match (reason, zone) {
        (Reason::MustRun { until: Some(until) }, Some(zone)) => {
            let clock = format::clock(*until, zone);
            say!(
                "reason-must-run-until",
                time = clock.get(..5).unwrap_or(&clock)
            )
        }
        _ => told::sentence(&reason.told()),
    }
}

/// All reasons in one line, the people in them as they may stand on the screen.
pub(super) fn all(state: &State, reasons: &[Reason], zone: Option<&TimeZone>) -> String {
    let shown = |one: &Reason| match one {
        Reason::Authority { holder } => Reason::Authority {
            holder: person(state, holder).into(),
        },
        Reason::Tagged { owner } => Reason::Tagged {
            owner: person(state, owner).into(),
        },
        other => other.clone(),
    };
    let all: Vec<String> = reasons
        .iter()
        .map(|one| reason(&shown(one), zone))
        .collect();
    all.join("; ")
}

/// What an order is about.
pub(super) fn scope(state: &State, scope: &Scope) -> String {
    match scope {
        Scope::Nation => say!("scope-nation").to_owned(),
        Scope::Sites(sites) if sites.len() == 1 => sites
            .first()
            .and_then(|id| state.fleet.sites.get(id))
            .map_or_else(
                || say!("scope-one-site").to_owned(),
                |view| view.site.name.to_string(),
            ),
        Scope::Sites(sites) => say!("scope-sites-marked", n = sites.len()),
        Scope::Blocks(blocks) => say!("dialog-blocks", n = blocks.len()),
    }
}

/// Blocks left out, those of one site with the same reasons in one line; those that are there already, wherever they
/// are, in one.
pub(super) fn left_out(state: &State, excluded: &[Excluded], pen: &Pen<'_>) -> Vec<Vec<Fact>> {
    let (there, others): (Vec<_>, Vec<_>) = excluded
        .iter()
        .partition(|left| left.reasons == [Reason::AlreadyThere]);
    let sites: BTreeSet<&SiteId> = there.iter().map(|left| &left.key.site).collect();
    let many = sites.len() > 1;
    let mut groups: BTreeMap<(&SiteId, String), Vec<String>> = BTreeMap::new();
    for left in others
        .into_iter()
        .chain(there.iter().copied().filter(|_| !many))
    {
        let why = all(state, &left.reasons, Some(&pen.look().zone));
        let name = state.fleet.block(&left.key).map_or_else(
            || left.key.block.as_str().to_owned(),
            |b| told::name(&b.block.name),
        );
        let group = groups.entry((&left.key.site, why)).or_default();
        group.push(name);
    }
    let of_group = |((site, why), names): ((&SiteId, String), Vec<String>)| {
        let blocks = state.fleet.sites.get(site).map_or(0, |v| v.blocks.len());
        let which = which(&names, blocks);
        (format!("{} {which}", site_name(state, site)), why)
    };
    let mut rows: Vec<(String, String)> = groups.into_iter().map(of_group).collect();
    if many {
        let blocks = say!("dialog-blocks", n = there.len());
        let at = say!("abnormal-sites", n = sites.len());
        let why = told::sentence(&Reason::AlreadyThere.told());
        rows.push((format!("{blocks}, {at}"), why));
    }
    let lead = say!("dialog-left-out");
    let blank = " ".repeat(lead.chars().count());
    rows.into_iter()
        .enumerate()
        .map(|(at, (what, why))| {
            let lead = if at == 0 { lead } else { blank.as_str() };
            vec![
                Fact::words(1, Role::TextDim, lead),
                Fact::words(0, Role::Text, what),
                Fact::words(0, Role::TextStrong, why),
            ]
        })
        .collect()
}

/// Which blocks of a site: the one by its name, all of them, or how many.
pub(super) fn which(names: &[String], of: usize) -> String {
    match names {
        [one] => told::name(one),
        many if many.len() == of => say!("dialog-all-blocks").to_owned(),
        many => say!("dialog-blocks", n = many.len()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::time::Timestamp;
    use crate::ui::locales::{Language, speak};

    #[test]
    fn english_is_the_domain_s_own_and_others_are_not() {
        let span = Duration::from_secs(90);
        let all = [
            Reason::StaleTelemetry { age: span },
            Reason::BadTelemetry,
            Reason::LinkDown,
            Reason::LocalMode,
            Reason::Tagged {
                owner: "Anna".into(),
            },
            Reason::OrderPending,
            Reason::MinimumOff { left: span },
            Reason::MinimumOn { left: span },
            Reason::StartsPerHour { limit: 4 },
            Reason::MustRun { until: None },
            Reason::MustRun {
                until: Some(Timestamp::from_millis(0)),
            },
            Reason::Authority {
                holder: "Anna".into(),
            },
            Reason::OldEpoch,
            Reason::OldSequence,
            Reason::CallsExhausted,
            Reason::ShedHours { cap: 40 },
            Reason::Notice { notice: span },
            Reason::NotAnswering,
            Reason::AlreadyThere,
            Reason::Expired,
            Reason::Unknown,
            Reason::BadTarget,
            Reason::SeenTwice,
        ];
        for one in all {
            assert_eq!(reason(&one, None), one.sentence());
            for language in [Language::Russian, Language::Belarusian] {
                let _speaking = speak(language);
                assert_ne!(reason(&one, None), one.sentence());
            }
        }
        let stated = Reason::Stated {
            code: "x".into(),
            text: "its own words".into(),
        };
        let _speaking = speak(Language::Russian);
        assert_eq!(reason(&stated, None), "its own words");
    }
}
