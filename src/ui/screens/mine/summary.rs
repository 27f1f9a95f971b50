//! One line a matter, for terminals where not everything fits.

use ratatui::layout::Rect;

use super::{inset, split, status, words};
use crate::app::State;
use crate::domain::hashing::EngineStatus;
use crate::domain::mining::{MiningStatus, Proof, ShareCounts, SourceKind, SourceView, WorkView};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::screens::engine;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Columns of the names at the left.
const NAMES: u16 = 8;

/// A line: how soon it goes where there is no room, its name, what stands there.
type Line = (u8, &'static str, Vec<Fact>);

/// Draws those lines that matter most, at most half of the area. Gives the area below.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) -> Rect {
    let mut lines = lines(state, pen.look().glyphs.ellipsis());
    let room = usize::from(area.height / 2);
    while lines.len() > room {
        let Some((at, _)) = lines.iter().enumerate().max_by_key(|(_, line)| line.0) else {
            break;
        };
        lines.remove(at);
    }
    let (x, y, width) = inset(area);
    let names = if width >= 36 { NAMES } else { 0 };
    for (at, (_, name, facts)) in (0..).zip(&lines) {
        if names > 0 {
            pen.text(x, y + at, names - 1, Role::TextDim, name);
        }
        strip(pen, (x + names, y + at, width - names), 3, facts, &[]);
    }
    split(area, lines.len() as u16).1
}

fn lines(state: &State, ellipsis: char) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(engine) = &state.engine {
        lines.push((5, say!("mine-engine"), hashing(engine)));
    }
    let Some(status) = status(state) else {
        let facts = vec![Fact::words(0, Role::TextDim, say!("mine-nothing-heard"))];
        lines.push((0, say!("mine-work"), facts));
        return lines;
    };
    if let Some(work) = &status.work {
        lines.push((0, say!("mine-work"), work_line(work, state)));
        lines.push((1, say!("mine-payout"), payout(work, ellipsis)));
        lines.push((6, say!("mine-block"), of_block(work, ellipsis)));
    } else {
        let none = Fact::words(0, Role::TextDim, say!("mine-none-at-hand"));
        lines.push((0, say!("mine-work"), vec![none]));
    }
    lines.push((2, say!("mine-shares"), shares(status)));
    lines.push((4, say!("mine-best"), best(status)));
    lines.push((3, source_name(status), source(status)));
    lines
}

/// Threads, kernel, what the machine tells.
pub(super) fn hashing(engine: &EngineStatus) -> Vec<Fact> {
    let threads = engine.threads.len();
    let word = say!("engine-threads", n = threads);
    let mut facts = vec![
        Fact::figure(0, "", Role::Text, &threads.to_string(), &word),
        Fact::figure(1, say!("engine-kernel"), Role::Text, &engine.kernel, ""),
    ];
    facts.extend(engine::processor(engine));
    facts
}

fn work_line(work: &WorkView, state: &State) -> Vec<Fact> {
    let age = format::age(work.received, state.now);
    let name = match work.height {
        Some(height) => Fact::figure(
            0,
            say!("mine-block"),
            Role::Value,
            &words::height(Some(height)),
            "",
        ),
        None => Fact::figure(0, say!("mine-job"), Role::Value, &work.name, ""),
    };
    let reward = format::btc(work.reward);
    let mut facts = vec![
        name,
        Fact::figure(3, "", Role::Text, &age, say!("mine-old")),
        Fact::figure(1, "", Role::Text, &reward, "BTC"),
    ];
    if let Some(transactions) = work.transactions {
        let figure = format::count(transactions as u64);
        let unit = say!("mine-tx", n = transactions);
        facts.push(Fact::figure(2, "", Role::Text, &figure, &unit));
    }
    if let Some(fees) = work.fees {
        let figure = format::btc(fees);
        facts.push(Fact::figure(4, say!("mine-fees"), Role::Text, &figure, ""));
    }
    facts
}

fn payout(work: &WorkView, ellipsis: char) -> Vec<Fact> {
    let (role, sentence) = words::paid(work);
    let mut facts = vec![Fact::words(0, role, sentence)];
    let ours: Vec<_> = work.payments.iter().filter(|p| p.ours).collect();
    if work.proof != Proof::PaysOthers && !ours.is_empty() {
        let to: Vec<String> = ours
            .iter()
            .map(|p| words::ends(&p.to, 25, ellipsis))
            .collect();
        let all = Fact::words(1, Role::Text, to.join(", "));
        facts.push(match (to.first(), to.len()) {
            (Some(first), 2..) => {
                let brief = say!("mine-and-more", first = first, n = to.len() - 1);
                all.or(Fact::words(1, Role::Text, brief))
            }
            _ => all,
        });
    }
    facts
}

fn of_block(work: &WorkView, ellipsis: char) -> Vec<Fact> {
    let network = words::difficulty(work.network_difficulty);
    let mut facts = vec![Fact::figure(
        0,
        say!("mine-difficulty"),
        Role::Text,
        &network,
        "",
    )];
    if let Some(weight) = work.weight {
        let figure = format::count(weight);
        facts.push(Fact::figure(
            2,
            say!("mine-weight"),
            Role::Text,
            &figure,
            "",
        ));
    }
    let previous = words::ends(&work.previous, 25, ellipsis);
    facts.push(Fact::figure(1, say!("mine-on"), Role::Text, &previous, ""));
    facts
}

/// Does nobody ask for shares? A node wants blocks alone.
pub(super) fn without_shares(status: &MiningStatus) -> bool {
    status.shares == ShareCounts::default()
        && status.sources.iter().all(|s| s.kind == SourceKind::Node)
}

fn shares(status: &MiningStatus) -> Vec<Fact> {
    let shares = &status.shares;
    if without_shares(status) {
        return vec![Fact::words(0, Role::TextDim, say!("mine-node-asks-none"))];
    }
    let role = |bad: bool| if bad { Role::TextStrong } else { Role::TextDim };
    let mut facts = Vec::new();
    let mut fact = |weight, count: u64, role, word: &str, always: bool| {
        if count > 0 || always {
            facts.push(Fact::figure(weight, "", role, &format::count(count), word));
        }
    };
    let rejected = shares.rejected_total();
    let lost = shares.lost_total();
    fact(0, shares.accepted, Role::Value, say!("mine-accepted"), true);
    fact(1, rejected, role(rejected > 0), say!("mine-rejected"), true);
    fact(2, shares.stale, Role::Text, say!("mine-stale"), false);
    fact(2, lost, role(lost > 0), say!("mine-lost"), false);
    fact(3, shares.pending, Role::Text, say!("mine-pending"), false);
    facts
}

/// Is the work a pool's? Then its share difficulty is what a share is held against.
pub(super) fn of_pool(status: &MiningStatus, work: &WorkView) -> bool {
    status
        .sources
        .get(work.source)
        .is_some_and(|s| s.kind == SourceKind::Pool)
}

fn best(status: &MiningStatus) -> Vec<Fact> {
    let figure = |weight, name: &str, value| {
        let value = words::difficulty(value);
        Fact::figure(weight, name, Role::Value, &value, "")
    };
    let ever = status.lifetime.best.max(status.best);
    let mut facts = vec![
        figure(0, say!("mine-this-run"), status.best),
        figure(1, say!("mine-ever"), ever),
    ];
    if let Some(work) = status.work.as_ref().filter(|w| of_pool(status, w)) {
        facts.push(figure(2, say!("mine-share-needs"), work.share_difficulty));
    }
    facts
}

fn source_name(status: &MiningStatus) -> &'static str {
    shown(status).map_or(say!("mine-source"), |source| words::kind(source.kind))
}

/// The source in use; where none is, the first one.
pub(super) fn shown(status: &MiningStatus) -> Option<&SourceView> {
    let active = status.sources.iter().find(|s| s.active);
    active.or(status.sources.first())
}

fn source(status: &MiningStatus) -> Vec<Fact> {
    let Some(source) = shown(status) else {
        return vec![Fact::words(0, Role::TextDim, say!("mine-none"))];
    };
    let (role, health) = words::health(source);
    let mut facts = vec![
        Fact::words(2, Role::Text, source.label.as_ref()),
        Fact::words(0, role, health),
    ];
    if let Some(figure) = words::took(source) {
        facts.push(Fact::figure(3, "", Role::Text, &figure, ""));
    }
    let spares = status.sources.len() - 1;
    if spares > 0 {
        let word = say!("mine-others", n = spares);
        facts.push(Fact::figure(
            4,
            "",
            Role::TextDim,
            &spares.to_string(),
            &word,
        ));
    }
    facts
}
