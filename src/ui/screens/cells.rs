//! Domain values as cells of tables and facts of lines: the figure, its letter where it is not what it seems, its role.

use super::words;
use crate::app::State;
use crate::app::fleet::SiteView;
use crate::app::summary::{Condition, Summary};
use crate::app::trend::Trend;
use crate::domain::alarm::Priority;
use crate::domain::fleet::{BlockState, MachineCounts, MachineState, PowerSource};
use crate::domain::ids::SiteId;
use crate::domain::quality::{Concern, Quality, Rate, TELL_AGE, rate};
use crate::domain::units::{Hashrate, Power};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::look::Glyphs;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::spark::History;
use crate::ui::widgets::table::Cell;

use std::time::Duration;

/// The role of a figure of this quality.
pub(super) const fn value_role(quality: Quality) -> Role {
    match quality {
        Quality::Good => Role::Value,
        Quality::Uncertain => Role::ValueUncertain,
        Quality::Stale => Role::ValueStale,
        Quality::Bad => Role::ValueBad,
    }
}

/// The role of an alarm.
pub(super) const fn alarm_role(priority: Priority) -> Role {
    match priority {
        Priority::P1 => Role::Alarm1,
        Priority::P2 => Role::Alarm2,
        Priority::P3 => Role::Alarm3,
        Priority::P4 => Role::Alarm4,
    }
}

/// The sign of an alarm, `!2`.
pub(super) fn alarm_sign(priority: Priority) -> String {
    format!("!{}", priority.number())
}

/// Megawatts with the letter that says what they are worth: `?` old or unusable, `n` data sheet, `f` firmware's claim.
pub(super) fn power(power: Option<Power>, source: Option<PowerSource>, quality: Quality) -> Cell {
    let Some(power) = power else {
        return Cell::new(Role::TextDim, format::NONE);
    };
    let figure = format::megawatts(power);
    match (quality, source) {
        (Quality::Stale | Quality::Bad, _) => Cell::new(value_role(quality), format!("? {figure}")),
        (_, Some(PowerSource::Nameplate)) => Cell::new(Role::ValueNameplate, format!("n {figure}")),
        (_, Some(PowerSource::Firmware)) => Cell::new(Role::ValueUncertain, format!("f {figure}")),
        _ => Cell::new(Role::Value, figure),
    }
}

/// What a site draws beside its blocks; empty where that can't be told apart.
pub(super) fn auxiliary(power: Option<Power>) -> Cell {
    power.map_or(Cell::Empty, |power| {
        Cell::new(Role::TextDim, format::megawatts(power))
    })
}

/// A hashrate.
pub(super) fn hashrate(rate: Hashrate, quality: Quality) -> Cell {
    let role = match quality {
        Quality::Good | Quality::Uncertain => Role::Text,
        worse => value_role(worse),
    };
    Cell::new(role, format::hashrate(rate))
}

/// J/TH; empty where nothing is hashed.
pub(super) fn efficiency(sum: &Summary) -> Cell {
    match sum.efficiency {
        None => Cell::Empty,
        some => Cell::new(Role::Text, format::efficiency(some)),
    }
}

/// Hashing of all machines.
pub(super) fn machines(counts: MachineCounts) -> Cell {
    let text = format!(
        "{} / {}",
        format::count(u64::from(counts.hashing)),
        format::count(u64::from(counts.total))
    );
    Cell::new(Role::Text, text)
}

/// The word for a quality; grey where it is good.
pub(super) fn quality(quality: Quality) -> Cell {
    let role = match quality {
        Quality::Good => Role::TextDim,
        Quality::Uncertain => Role::Text,
        Quality::Stale | Quality::Bad => Role::TextStrong,
    };
    Cell::new(role, words::quality(quality))
}

/// What a group of blocks is doing, its most urgent alarm first; what is too old to know says so instead.
pub(super) fn condition(sum: &Summary, alarm: Option<Priority>, glyphs: Glyphs) -> Cell {
    let mut parts = Vec::new();
    if let Some(priority) = alarm {
        parts.push((alarm_role(priority), alarm_sign(priority)));
        parts.push((Role::Text, " ".to_owned()));
    }
    let doubt = concern(sum.concern, sum.age);
    if let Some(words) = doubt.as_ref().filter(|_| sum.quality < Quality::Stale) {
        parts.push((Role::ValueUncertain, format!("{words}, ")));
    }
    parts.push(match sum.quality {
        Quality::Stale => (
            Role::ValueStale,
            say!("value-stale", age = format::span(sum.age)),
        ),
        Quality::Bad => (
            Role::ValueBad,
            match doubt {
                Some(words) if matches!(sum.concern, Concern::ClockWrong(_)) => {
                    format!("? {words}")
                }
                _ => say!("value-bad").to_owned(),
            },
        ),
        _ => condition_words(&sum.condition, glyphs),
    });
    Cell::Mixed(parts)
}

/// What makes figures doubtful, or that they are old though they are not stale yet; none where they are fresh.
pub(super) fn concern(concern: Concern, age: Duration) -> Option<String> {
    let old = format::span(age);
    Some(match concern {
        Concern::None if age < TELL_AGE => return None,
        Concern::None => say!("concern-old", age = old),
        Concern::Slow => say!("concern-slow", age = old),
        Concern::ClockSet => say!("concern-clock-set").to_owned(),
        Concern::ClockWrong(permille) => match rate(permille) {
            Rate::Still => say!("concern-clock-still").to_owned(),
            Rate::Slow(percent) => say!("concern-clock-slow", percent = percent),
            Rate::Fast(percent) => say!("concern-clock-fast", percent = percent),
        },
    })
}

/// Adds to what a site does that another operator holds the authority over it, where there is room: the name, or a word.
pub(super) fn held(state: &State, view: &SiteView, cell: &mut Cell, room: u16) {
    let holder = view.site.authority.holder.as_deref();
    let (Some(holder), Cell::Mixed(parts)) = (holder, cell) else {
        return;
    };
    if *holder == *state.desk.operator {
        return;
    }
    let taken: u16 = parts
        .iter()
        .map(|(_, words)| text::width(words, room))
        .sum();
    let left = room.saturating_sub(taken);
    let named = say!("value-held-by", holder = person(state, holder));
    for words in [named.as_str(), say!("value-held")] {
        let words = format!(", {words}");
        if text::width(&words, 100) <= left {
            parts.push((Role::TextDim, words));
            return;
        }
    }
}

fn condition_words(condition: &Condition, glyphs: Glyphs) -> (Role, String) {
    match condition {
        Condition::Unknown => (Role::TextDim, say!("state-unknown").to_owned()),
        Condition::Offline => (Role::StateOffline, say!("state-offline").to_owned()),
        Condition::Faulted { blocks: 1, first } => (
            Role::StateFaulted,
            say!("state-one-faulted", block = super::told::name(first)),
        ),
        Condition::Faulted { blocks, .. } => (
            Role::StateFaulted,
            say!("state-blocks-faulted", n = *blocks),
        ),
        Condition::Ramping => (
            Role::StateRamping,
            format!("{} {}", say!("state-ramping"), glyphs.down()),
        ),
        Condition::Restoring => (
            Role::StateRestoring,
            format!("{} {}", say!("state-restoring"), glyphs.up()),
        ),
        Condition::Curtailed => (Role::StateCurtailed, say!("state-curtailed").to_owned()),
        Condition::Partly {
            off,
            lowered,
            blocks,
        } => {
            let words = match (off, lowered) {
                (off, 0) => say!("state-partly", n = *off, blocks = *blocks),
                (0, lowered) => say!("state-lowered", n = *lowered, blocks = *blocks),
                (off, lowered) => say!("state-off-and-lowered", off = *off, lowered = *lowered),
            };
            (Role::StateCurtailed, words)
        }
        Condition::Local { blocks } => (Role::StateLocal, say!("state-blocks-local", n = *blocks)),
        Condition::Hashing => (Role::StateHashing, say!("state-hashing").to_owned()),
    }
}

/// What a block is doing.
pub(super) fn block_state(
    state: BlockState,
    at: Quality,
    doubt: (Concern, Duration),
    glyphs: Glyphs,
) -> Cell {
    let age = doubt.1;
    if at == Quality::Stale {
        return Cell::new(
            Role::ValueStale,
            say!("value-stale", age = format::span(age)),
        );
    }
    let (role, sign) = match state {
        BlockState::Hashing => (Role::StateHashing, None),
        BlockState::Ramping => (Role::StateRamping, Some(glyphs.down())),
        BlockState::Curtailed => (Role::StateCurtailed, None),
        BlockState::Restoring => (Role::StateRestoring, Some(glyphs.up())),
        BlockState::Faulted => (Role::StateFaulted, None),
        BlockState::Offline => (Role::StateOffline, None),
        BlockState::Local => (Role::StateLocal, None),
    };
    let mut text = words::block_state(state).to_owned();
    if let Some(words) = concern(doubt.0, age) {
        text = format!("{words}, {text}");
    }
    if let Some(sign) = sign {
        text.push(' ');
        text.push(sign);
    }
    Cell::new(role, text)
}

/// What a machine is doing.
pub(super) fn machine_state(state: MachineState) -> Cell {
    let role = match state {
        MachineState::Hashing => Role::StateHashing,
        MachineState::Curtailed => Role::StateCurtailed,
        MachineState::Waking => Role::StateRestoring,
        MachineState::Faulted => Role::StateFaulted,
        MachineState::Offline => Role::StateOffline,
    };
    Cell::new(role, words::machine_state(state))
}

/// The most urgent alarm of a site that somebody should still look at.
pub(super) fn worst_alarm(state: &State, site: &SiteId) -> Option<Priority> {
    state
        .alarms
        .iter()
        .filter(|((feed, _), alarm)| {
            alarm.site.as_ref() == Some(site) && state.alarming.standing(*feed, alarm).is_open()
        })
        .map(|(_, alarm)| alarm.priority)
        .min()
}

/// A trend as a widget draws it.
pub(super) fn history(trend: &Trend) -> History {
    History {
        samples: trend.samples().collect(),
        capacity: trend.capacity(),
    }
}

/// The name of a person or a desk; with its letters escaped where it may be taken for this desk's own.
pub(super) fn person(state: &State, name: &str) -> String {
    crate::app::naming::person(state, name).into_owned()
}

/// The name of a site, its id where it has none.
pub(super) fn site_name(state: &State, id: &SiteId) -> String {
    match state.fleet.sites.get(id) {
        Some(view) if !view.site.name.is_empty() => view.site.name.to_string(),
        _ => id.as_str().to_owned(),
    }
}
