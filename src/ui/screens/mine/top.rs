//! The top lines of standalone mining: which chain and when it is; then whether all is well; then the chance.

use ratatui::layout::Rect;

use super::{inset, status, summary, words};
use crate::app::State;
use crate::domain::hashing::WorkKind;
use crate::domain::mining::{BlockFate, Chance};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Draws as many of the lines as there is room for, the last one a rule.
pub(in super::super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let line = |at: u16| {
        inset(Rect {
            y: area.y + at,
            ..area
        })
    };
    match area.height {
        0 => return,
        1 => return strip(pen, line(0), 3, &well(state), &[]),
        _ => who(pen, line(0), state),
    }
    strip(pen, line(1), 3, &well(state), &found(state));
    if area.height >= 3 {
        strip(pen, line(2), 3, &[chance(state)], &source(state));
    }
    if area.height >= 4 {
        pen.rule(area.x, area.y + 3, area.width);
    }
}

fn who(pen: &mut Pen<'_>, line: (u16, u16, u16), state: &State) {
    let look = pen.look();
    let chain = status(state).and_then(|s| s.chain);
    let left = [
        Fact::words(5, Role::Title, "baseload"),
        Fact::words(3, Role::Text, say!("mine-solo")),
        match chain {
            Some(chain) => Fact::words(1, Role::TextStrong, chain.word()),
            None => Fact::words(4, Role::TextDim, say!("mine-chain-unknown")),
        },
    ];
    let utc = format::clock(state.now, &jiff::tz::TimeZone::UTC);
    let mut right = Vec::new();
    if look.zone_name == "UTC" {
        right.push(Fact::figure(2, "", Role::Text, &utc, "UTC"));
    } else {
        let here = format::clock(state.now, &look.zone);
        right.push(Fact::figure(8, "", Role::Text, &utc, "UTC"));
        right.push(Fact::figure(2, "", Role::Text, &here, &look.zone_name));
    }
    strip(pen, line, 2, &left, &right);
}

/// Does the miner say that it can't hash?
fn is_idle(state: &State) -> bool {
    status(state).is_some_and(|s| !s.idle_because.is_empty())
}

/// Is it hashing, and if not, why in one or two words.
fn doing(state: &State) -> (Role, &'static str) {
    let Some(engine) = &state.engine else {
        return (Role::TextStrong, say!("mine-starting"));
    };
    match (engine.paused, engine.idle) {
        (true, true) => (Role::StateCurtailed, say!("engine-paused")),
        (true, false) => (Role::StateRamping, say!("engine-pausing")),
        _ if is_idle(state) => (Role::Alarm3, say!("mine-not-hashing")),
        _ if status(state).is_none() || engine.work == WorkKind::Nothing => {
            (Role::TextStrong, say!("mine-waiting"))
        }
        (false, true) => (Role::TextStrong, say!("engine-idle")),
        (false, false) => (Role::StateHashing, say!("engine-hashing")),
    }
}

fn well(state: &State) -> Vec<Fact> {
    let (role, word) = doing(state);
    let mut facts = vec![Fact::words(0, role, word)];
    if let Some(engine) = &state.engine {
        let rates = [
            (0, say!("engine-second"), engine.rates.second),
            (2, say!("engine-minute"), engine.rates.minute),
            (3, say!("engine-quarter"), engine.rates.quarter_hour),
        ];
        for (weight, name, rate) in rates {
            let figure = format::hashrate(rate);
            facts.push(Fact::figure(weight, name, Role::Value, &figure, ""));
        }
    }
    facts
}

/// Blocks found, those in the chain apart.
fn found(state: &State) -> Vec<Fact> {
    let Some(status) = status(state) else {
        return Vec::new();
    };
    // The list holds only the youngest; all are counted for good. A record of an older version counts fewer.
    let in_chain = |fate: &BlockFate| matches!(fate, BlockFate::InChain(_));
    let deep = status.blocks.iter().filter(|b| in_chain(&b.fate)).count();
    let deep = status.lifetime.blocks.max(deep as u64);
    let all = status
        .lifetime
        .found
        .max(status.blocks.len() as u64)
        .max(deep);
    if all == 0 {
        return vec![Fact::words(5, Role::TextDim, say!("mine-no-block"))];
    }
    let words = say!("mine-blocks", n = all);
    let long = say!("mine-found", n = all, deep = deep);
    let figure = format::count(all);
    vec![
        Fact::figure(1, "", Role::Value, &figure, &long).or(Fact::figure(
            1,
            "",
            Role::Value,
            &figure,
            &words,
        )),
    ]
}

fn chance(state: &State) -> Fact {
    if is_idle(state) {
        return Fact::words(0, Role::TextDim, say!("mine-no-chance-long")).or(Fact::words(
            0,
            Role::TextDim,
            say!("mine-no-chance"),
        ));
    }
    let rate = state.engine.as_ref().map_or(0.0, |engine| {
        let rates = &engine.rates;
        // The longest window that has something, so that the figure stands still.
        [rates.quarter_hour, rates.minute, rates.second]
            .into_iter()
            .map(crate::domain::units::Hashrate::hs)
            .find(|rate| *rate > 0.0)
            .unwrap_or(0.0)
    });
    let work = status(state).and_then(|s| s.work.as_ref());
    match work.and_then(|work| Chance::of(rate, work.network_difficulty)) {
        Some(chance) => {
            let forms = words::chance(chance).map(|words| Fact::words(0, Role::Text, words));
            let [long, brief, briefest] = forms;
            long.or(brief).or(briefest)
        }
        None => Fact::words(0, Role::TextDim, say!("mine-no-reckoning-long")).or(Fact::words(
            0,
            Role::TextDim,
            say!("mine-no-reckoning"),
        )),
    }
}

/// The source that gives the work, or the one that is waited for.
fn source(state: &State) -> Vec<Fact> {
    let Some(source) = status(state).and_then(summary::shown) else {
        return Vec::new();
    };
    let (role, health) = words::health(source);
    let health = if source.active {
        words::standing(source.health)
    } else {
        &health
    };
    let fact = |name: &str| Fact::figure(1, name, role, health, "");
    let kind = words::kind(source.kind);
    let mut facts = vec![fact(&format!("{kind} {}", source.label)).or(fact(kind))];
    if let Some(took) = words::took(source) {
        facts.push(Fact::words(2, Role::Text, took));
    }
    facts
}
