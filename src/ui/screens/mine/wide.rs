//! Everything at once, in two columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use ratatui::layout::Rect;

use super::{inset, panes, split, status, summary, words};
use crate::app::State;
use crate::app::nav::Pane;
use crate::domain::mining::{MiningStatus, WorkView};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::screens::engine;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Columns of the names at the left.
const NAMES: u16 = 12;

/// Draws figures, the last 15 minutes, work, payout, shares and sources. Gives the area below.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) -> Rect {
    let more = area.height - super::WIDE.1;
    let rest = if let Some(engine) = &state.engine {
        let (figures, rest) = split(area, 1);
        strip(pen, inset(figures), 3, &summary::hashing(engine), &[]);
        // Eight threads and the heads, where that leaves enough for the log.
        let lines = if more >= 2 { 9 + more / 5 } else { 7 };
        let (rates, rest) = split(rest, lines.min(16));
        let (left, right) = halves(rates);
        engine::trend(pen, left, state);
        engine::threads(pen, right, state, 0);
        rest
    } else {
        area
    };
    let Some(status) = status(state) else {
        let (line, rest) = split(rest, 1);
        let (x, y, width) = inset(line);
        let words = say!("mine-nothing-heard");
        pen.text(x, y, width, Role::TextDim, words);
        return rest;
    };
    let (work, rest) = split(ruled(pen, rest), 6);
    let (left, right) = halves(work);
    at_hand(pen, left, state, status);
    panes::payout(pen, right, state, 0);
    let (came, rest) = split(ruled(pen, rest), if more >= 8 { 5 } else { 4 });
    let (left, right) = halves(came);
    came_of_it(pen, left, state, status);
    panes::sources(pen, right, state, 0);
    if status.blocks.is_empty() || state.nav.pane == Pane::Blocks {
        return rest;
    }
    // Heads and the youngest two, more where there is room; the log keeps some lines.
    let lines = (1 + status.blocks.len() as u16).min(3 + more / 6);
    if rest.height < lines + 4 {
        return rest;
    }
    let (blocks, rest) = split(ruled(pen, rest), lines);
    panes::blocks(pen, blocks, state, None);
    rest
}

/// What outlives the program.
fn in_all(status: &MiningStatus) -> Vec<Fact> {
    let life = &status.lifetime;
    let fact = |weight, count: u64, word: String| {
        Fact::figure(weight, "", Role::Text, &words::many(count), &word)
    };
    vec![
        fact(1, life.hashes, say!("mine-headers", n = life.hashes)),
        fact(2, life.shares, say!("mine-shares-counted", n = life.shares)),
        fact(0, life.blocks, say!("mine-blocks", n = life.blocks)),
    ]
}

/// A rule, and the area below it.
fn ruled(pen: &mut Pen<'_>, area: Rect) -> Rect {
    let (line, rest) = split(area, 1);
    if line.height > 0 {
        pen.rule(line.x, line.y, line.width);
    }
    rest
}

/// Left and right. Tables have a gutter before them: the right half begins in it.
fn halves(area: Rect) -> (Rect, Rect) {
    let left = area.width / 2;
    (
        Rect {
            width: left - 1,
            ..area
        },
        Rect {
            x: area.x + left,
            width: area.width - left,
            ..area
        },
    )
}

/// Names at the left with their facts; what does not fit below is left out.
fn named(pen: &mut Pen<'_>, area: Rect, lines: &[(&str, Vec<Fact>)]) {
    let (x, y, width) = inset(area);
    for (at, (name, facts)) in (0..area.height).zip(lines) {
        pen.text(x, y + at, NAMES - 1, Role::TextDim, name);
        strip(
            pen,
            (x + NAMES, y + at, width.saturating_sub(NAMES)),
            3,
            facts,
            &[],
        );
    }
}

/// The work at hand.
fn at_hand(pen: &mut Pen<'_>, area: Rect, state: &State, status: &MiningStatus) {
    let Some(work) = &status.work else {
        let none = Fact::words(0, Role::TextDim, say!("mine-none-at-hand"));
        return named(pen, area, &[(say!("mine-work"), vec![none])]);
    };
    let (role, sentence) = words::paid(work);
    let ellipsis = pen.look().glyphs.ellipsis();
    let room = area.width.saturating_sub(2 + NAMES);
    let previous = words::ends(&work.previous, room, ellipsis);
    let lines = [
        (say!("mine-work"), of_work(work, state)),
        (
            say!("mine-on-top-of"),
            vec![Fact::words(0, Role::Text, previous)],
        ),
        (say!("mine-holds"), holds(work)),
        (say!("mine-reward"), reward(work)),
        (
            say!("mine-payout"),
            vec![
                Fact::words(0, role, sentence),
                Fact::figure(1, say!("mine-text"), Role::TextDim, &work.coinbase_text, "").or(
                    Fact::figure(
                        1,
                        say!("mine-text"),
                        Role::TextDim,
                        &words::ends(&work.coinbase_text, 16, ellipsis),
                        "",
                    ),
                ),
            ],
        ),
        (say!("mine-difficulty"), difficulty(status, work)),
    ];
    named(pen, area, &lines);
}

fn of_work(work: &WorkView, state: &State) -> Vec<Fact> {
    let age = format::age(work.received, state.now);
    let mut facts = Vec::new();
    if let Some(height) = work.height {
        let figure = words::height(Some(height));
        facts.push(Fact::figure(
            0,
            say!("mine-block"),
            Role::Value,
            &figure,
            "",
        ));
    }
    facts.push(Fact::figure(
        1,
        say!("mine-job"),
        Role::Text,
        &work.name,
        "",
    ));
    facts.push(Fact::figure(0, "", Role::Text, &age, say!("mine-old")));
    facts
}

fn holds(work: &WorkView) -> Vec<Fact> {
    let Some(transactions) = work.transactions else {
        return vec![Fact::words(0, Role::TextDim, say!("mine-pool-mute"))];
    };
    let unit = say!("mine-transactions", n = transactions);
    let figure = format::count(transactions as u64);
    let mut facts = vec![Fact::figure(0, "", Role::Text, &figure, &unit)];
    if let Some(weight) = work.weight {
        let figure = format::count(weight);
        let of = say!("mine-of-weight", most = format::count(4_000_000));
        let fact = Fact::figure(1, "", Role::Text, &figure, &of);
        facts.push(fact.or(Fact::figure(
            1,
            "",
            Role::Text,
            &figure,
            say!("mine-weight"),
        )));
    }
    facts
}

fn reward(work: &WorkView) -> Vec<Fact> {
    let reward = format::btc(work.reward);
    let mut facts = vec![Fact::figure(0, "", Role::Value, &reward, "BTC")];
    if let Some(fees) = work.fees {
        let fees = format::btc(fees);
        facts.push(Fact::figure(
            1,
            "",
            Role::Text,
            &fees,
            say!("mine-of-it-fees"),
        ));
    }
    facts
}

fn difficulty(status: &MiningStatus, work: &WorkView) -> Vec<Fact> {
    let block = words::difficulty(work.network_difficulty);
    let mut facts = vec![Fact::figure(
        0,
        say!("mine-a-block"),
        Role::Text,
        &block,
        "",
    )];
    if summary::of_pool(status, work) {
        let share = words::difficulty(work.share_difficulty);
        facts.push(Fact::figure(
            0,
            say!("mine-a-share"),
            Role::Text,
            &share,
            "",
        ));
    }
    let mask = format!("{:08x}", work.version_mask);
    facts.push(Fact::figure(
        1,
        say!("mine-version"),
        Role::TextDim,
        &mask,
        "",
    ));
    facts
}

/// What came of it: shares, why some were not taken, the best.
fn came_of_it(pen: &mut Pen<'_>, area: Rect, state: &State, status: &MiningStatus) {
    let why = |reasons: &BTreeMap<Arc<str>, u64>, total: u64| {
        if total == 0 {
            return vec![Fact::words(0, Role::TextDim, say!("mine-none"))];
        }
        let reasons: Vec<String> = reasons
            .iter()
            .map(|(why, count)| format!("{} {why}", format::count(*count)))
            .collect();
        vec![Fact::words(0, Role::TextStrong, reasons.join(", "))]
    };
    let shares = &status.shares;
    let count = |name: &str, count: u64| {
        let role = if count > 0 {
            Role::Value
        } else {
            Role::TextDim
        };
        Fact::figure(0, "", role, &format::count(count), name)
    };
    let life = &status.lifetime;
    let best = words::difficulty(life.best.max(status.best));
    let ever = life.best_at.map_or_else(
        || best.clone(),
        |at| {
            say!(
                "mine-ago",
                best = &best,
                age = words::age(at.age(state.now))
            )
        },
    );
    let this_run = words::difficulty(status.best);
    let best = vec![
        Fact::figure(0, say!("mine-this-run"), Role::Value, &this_run, ""),
        Fact::figure(0, say!("mine-ever"), Role::Value, &ever, ""),
    ];
    let lines = if summary::without_shares(status) {
        let none = Fact::words(0, Role::TextDim, say!("mine-node-asks-none"));
        vec![
            (say!("mine-shares"), vec![none]),
            (say!("mine-best"), best),
            (say!("mine-in-all"), in_all(status)),
        ]
    } else {
        let counts = vec![
            count(say!("mine-accepted"), shares.accepted),
            count(say!("mine-pending"), shares.pending),
            count(say!("mine-stale"), shares.stale),
        ];
        vec![
            (say!("mine-shares"), counts),
            (
                say!("mine-rejected"),
                why(&shares.rejected, shares.rejected_total()),
            ),
            (say!("mine-lost"), why(&shares.lost, shares.lost_total())),
            (say!("mine-best"), best),
            (say!("mine-in-all"), in_all(status)),
        ]
    };
    named(pen, area, &lines);
}
