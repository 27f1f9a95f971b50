//! The state reserve: totals and accounts above, each with who says so and up to which block; below when coins mature,
//! what came in, and what it is worth. What is checked and what is claimed stands side by side and is never added up.

mod accounts;
mod inflow;
mod rates;
mod timeline;

use ratatui::layout::Rect;
use rust_decimal::Decimal;

use super::{inset, split, words};
use crate::app::State;
use crate::app::chain;
use crate::app::holdings::{self, Heard, Pane, Room, room};
use crate::domain::reserve::{BalanceSource, btc_text};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::look::Glyphs;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::Cell;

/// Rates that have a line of their own where all panes are shown.
const RATES: u16 = 3;

/// Draws what there is room for.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let all = match (room(state.size), area.height) {
        (_, ..12) | (Room::None, _) => Room::None,
        (Room::All, 20..) => Room::All,
        _ => Room::One,
    };
    let (top, rest) = split(area, u16::from(all > Room::None));
    head(pen, top, state);
    if state.reserve.is_empty() {
        pen.text(
            rest.x + 1,
            rest.y,
            rest.width.saturating_sub(1),
            Role::TextDim,
            say!("reserve-none"),
        );
        return;
    }
    match all {
        Room::None => accounts::draw(pen, rest, state),
        Room::One => {
            let lower = (area.height / 2).clamp(6, 16);
            let (upper, lower) = split(rest, rest.height.saturating_sub(lower));
            accounts::draw(pen, upper, state);
            match state.holdings.pane {
                Pane::TimeLine => timeline::draw(pen, lower, state),
                Pane::Inflow => inflow::draw(pen, lower, state),
                Pane::Rates => rates::draw(pen, lower, state, true),
            }
        }
        Room::All => {
            let stated = u16::try_from(holdings::rates(state).len()).unwrap_or(RATES);
            let worth = 1 + stated.clamp(1, RATES);
            let panes = (rest.height.saturating_sub(worth + 1) / 2).clamp(8, 20);
            let (upper, lower) = split(rest, rest.height.saturating_sub(worth + panes));
            let (panes, worth) = split(lower, panes);
            accounts::draw(pen, upper, state);
            let left = Rect {
                width: panes.width / 2,
                ..panes
            };
            let right = Rect {
                x: panes.x + left.width,
                width: panes.width - left.width,
                ..panes
            };
            timeline::draw(pen, left, state);
            inflow::draw(pen, right, state);
            rates::draw(pen, worth, state, false);
        }
    }
}

/// The network that the coins come from, and how many accounts there was no room for.
fn head(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if area.height == 0 {
        return;
    }
    let right = match holdings::left_out(state) {
        0 => vec![],
        n => vec![Fact::words(
            0,
            Role::ValueBad,
            say!("reserve-left-out", n = n),
        )],
    };
    strip(pen, inset(area), 3, &network(state), &right);
}

/// What is known of the network, with its age where that is not live.
fn network(state: &State) -> Vec<Fact> {
    let Some(known) = chain::of_accounts(state) else {
        return vec![];
    };
    let network = &known.network;
    let reward = format::btc(network.reward);
    let (role, old) = if known.is_live() {
        (Role::Text, "")
    } else {
        (Role::ValueStale, "? ")
    };
    let figure = |weight, name: &str, figure: &str, unit: &str| {
        Fact::figure(weight, name, role, &format!("{old}{figure}"), unit)
    };
    let height = format::count(u64::from(network.height));
    let difficulty = format::decimal(network.difficulty, 0);
    let mut facts = vec![
        figure(0, say!("reserve-block"), &height, ""),
        figure(2, say!("reserve-difficulty"), &difficulty, ""),
        figure(1, say!("reserve-reward"), &reward, "BTC"),
    ];
    if !known.is_live() {
        let age = format::age(network.measured_at, state.now);
        let words = say!("value-stale", age = age);
        facts.insert(1, Fact::words(0, role, words));
    }
    facts
}

/// The first line of a pane: what it shows, and at the right what is wrong with it.
fn title(pen: &mut Pen<'_>, area: Rect, words: String, right: &[Fact]) {
    let left = [Fact::words(0, Role::Header, words)];
    strip(pen, inset(area), 2, &left, right);
}

/// One line of an area.
fn line(area: Rect, at: u16) -> Rect {
    Rect {
        y: area.y.saturating_add(at),
        height: u16::from(at < area.height),
        ..area
    }
}

/// A sentence on a line of its own.
fn sentence(pen: &mut Pen<'_>, area: Rect, role: Role, words: &str) {
    if area.height > 0 {
        let (x, y, width) = inset(area);
        pen.text(x, y, width, role, words);
    }
}

/// The letter of a source.
const fn letter(source: BalanceSource) -> &'static str {
    match source {
        BalanceSource::Node => "n",
        BalanceSource::Claimed => "c",
    }
}

/// The sign of a source: checked, or `~`.
const fn sign(source: BalanceSource, glyphs: Glyphs) -> char {
    match source {
        BalanceSource::Node => glyphs.checked(),
        BalanceSource::Claimed => '~',
    }
}

/// The role of a figure by who says so.
const fn role(source: BalanceSource, heard: Heard) -> Role {
    match (source, heard) {
        (_, Heard::Stale | Heard::Unheard) => Role::ValueStale,
        (BalanceSource::Node, Heard::Now) => Role::Value,
        (BalanceSource::Claimed, Heard::Now) => Role::ValueUncertain,
    }
}

/// Sign and letter as a cell.
fn mark(source: BalanceSource, heard: Heard, glyphs: Glyphs) -> Cell {
    let letter = format!(" {}", letter(source));
    Cell::Sign(role(source, heard), sign(source, glyphs), letter)
}

/// The same, drawn.
fn put_mark(pen: &mut Pen<'_>, x: u16, y: u16, source: BalanceSource, heard: Heard) {
    let role = role(source, heard);
    let sign = sign(source, pen.look().glyphs);
    pen.sign(x, y, role, sign);
    pen.text(x.saturating_add(2), y, 1, role, letter(source));
}

/// What stands before a figure that is not what it seems: `?` old, `~` claimed.
fn marked(figure: &str, source: BalanceSource, heard: Heard) -> String {
    let old = if heard == Heard::Now { "" } else { "?" };
    let claimed = if source == BalanceSource::Claimed {
        "~"
    } else {
        ""
    };
    match (old, claimed) {
        ("", "") => figure.to_owned(),
        (old, claimed) => format!("{old}{claimed} {figure}"),
    }
}

/// Bitcoin with its eight decimals; other currencies as they came.
fn money(amount: Decimal, bitcoin: bool) -> String {
    if bitcoin {
        format::amount(&btc_text(amount))
    } else {
        format::amount(&amount.to_string())
    }
}
