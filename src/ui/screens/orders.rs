//! The desk: orders over time, sent, accepted and delivered each by itself; what waits to be given back; and who holds
//! which site. One part has the keys, the others stand beside it in brief.

mod authority;
mod chosen;
mod course;
mod list;
mod queue;

pub(super) use queue::why;

use ratatui::layout::Rect;

use super::rules::rules;
use super::{inset, split, words};
use crate::app::State;
use crate::app::actions::Action;
use crate::app::nav::Screen;
use crate::app::rows;
use crate::app::waiting::{self, View};
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, Part, strip};
use crate::ui::widgets::table::Column;

/// The columns with room for the longest word of the language for how far an order has come.
fn wide_enough(columns: &[Column]) -> Vec<Column> {
    let room = words::longest_life();
    let fit = |column: &Column| match column.head {
        "site-col-state" => Column {
            least: room,
            good: room,
            best: room,
            ..*column
        },
        _ => *column,
    };
    columns.iter().map(fit).collect()
}

/// From so many lines on, the other parts stand in brief below the orders.
const ROOMY: u16 = 18;
/// Lines of that brief: a rule, the hands, the queue with its first blocks.
const BRIEF: u16 = 5;

/// Draws the heads, how to plan from here, and the part that has the keys.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let (head, rest) = split(area, 1);
    heads(pen, head, state);
    let (plan, rest) = split(rest, if area.height >= 12 { 2 } else { 0 });
    planning(pen, plan, state);
    match state.curtailing.view {
        View::Orders => {
            let below = if area.height >= ROOMY { BRIEF } else { 0 };
            let (top, low) = split(rest, rest.height - below);
            orders(pen, top, state);
            brief(pen, low, state);
        }
        View::Queue => queue::draw(pen, rest, state),
        View::Authority => authority::draw(pen, rest, state),
    }
}

/// The three parts with their figures, the one that has the keys in brackets.
fn heads(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if area.height == 0 {
        return;
    }
    let n = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let desks = || state.orders.iter().chain(&state.curtailing.told);
    let under_way = desks().filter(|r| !r.life.is_final()).count();
    let own = state.curtailing.own.iter();
    let own = own.filter(|r| !r.life.is_final()).count();
    let waiting = waiting::waiting(state);
    let shares = waiting::shares(&waiting::authority(state));
    let mut facts = Vec::new();
    for view in View::ALL {
        let (name, forms): (&str, Vec<String>) = match view {
            View::Orders => {
                let brief = say!("desk-head-under-way", n = n(under_way));
                let all = say!(
                    "orders-count",
                    under = n(under_way),
                    all = n(desks().count())
                );
                let full = if own > 0 {
                    format!("{all}, {}", say!("desk-head-own", n = n(own)))
                } else {
                    all
                };
                (say!("desk-head-orders"), vec![full, brief])
            }
            View::Queue => {
                let figures = if waiting.is_told {
                    let blocks = n(waiting.blocks).to_string();
                    let power = crate::ui::format::megawatts(waiting.adds);
                    let full = say!("desk-head-queued", blocks = blocks.as_str(), mw = power);
                    // What is not told any more is not what waits now.
                    let old = if waiting.stale.is_some() { "? " } else { "" };
                    vec![format!("{old}{full}"), format!("{old}{blocks}")]
                } else {
                    vec![crate::ui::format::NONE.to_owned()]
                };
                (say!("desk-head-queue"), figures)
            }
            View::Authority => {
                let full = say!(
                    "desk-head-held",
                    here = n(shares.here),
                    sites = n(shares.sites)
                );
                let brief = format!("{}/{}", shares.here, shares.sites);
                (say!("desk-head-authority"), vec![full, brief])
            }
        };
        let is_chosen = view == state.curtailing.view;
        let form = |figures: &String| {
            let words = format!("{name} {figures}");
            vec![if is_chosen {
                Part::Words(Role::Chosen, format!("[{words}]"))
            } else {
                Part::Words(Role::TextDim, format!(" {words} "))
            }]
        };
        let mut all: Vec<Vec<Part>> = forms.iter().map(form).collect();
        if !is_chosen {
            all.push(vec![Part::Words(Role::TextDim, format!(" {name} "))]);
        }
        facts.push(Fact {
            weight: u8::from(!is_chosen),
            forms: all,
            keeps: None,
        });
    }
    let view = Fact {
        weight: 2,
        forms: vec![vec![
            Part::Words(Role::Key, state.keys.hint(Action::CurtailView)),
            Part::Words(Role::KeyLabel, format!(" {}", say!("act-curtail-view"))),
        ]],
        keeps: None,
    };
    strip(pen, inset(area), 2, &facts, &[view]);
}

/// How to begin a plan from here, and about what it would be.
fn planning(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if area.height == 0 {
        return;
    }
    let key = |action| state.keys.hint(action);
    let forgetful = state
        .feeds
        .iter()
        .filter_map(|f| f.info.as_ref())
        .any(|info| !info.durable_orders);
    let dim = |words| Fact::words(3, Role::TextDim, words);
    let memory = dim(say!("orders-forgetful")).or(dim(say!("orders-forgetful-brief")));
    let right: Vec<Fact> = rules(state)
        .into_iter()
        .chain(forgetful.then_some(memory))
        .collect();
    if state.desk.read_only {
        let left = [Fact::words(0, Role::TextDim, say!("desk-plan-read-only"))];
        strip(pen, inset(area), 3, &left, &right);
        return;
    }
    let n = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let nav = &state.nav;
    let scope = match (nav.marked_sites.len(), nav.marked_blocks.len()) {
        (0, 0) => say!("desk-plan-nation").to_owned(),
        (0, blocks) => say!("desk-plan-blocks", n = n(blocks)),
        (sites, _) => say!("desk-plan-sites", n = n(sites)),
    };
    let is_nation = nav.marked_sites.is_empty() && nav.marked_blocks.is_empty();
    let keyed = |weight, action, words: &str| Fact {
        weight,
        forms: vec![vec![
            Part::Words(Role::Key, key(action)),
            Part::Words(Role::KeyLabel, format!(" {words}")),
        ]],
        keeps: None,
    };
    let mut left = vec![
        Fact::words(1, Role::TextStrong, scope),
        keyed(0, Action::Curtail, say!("act-curtail")),
        keyed(0, Action::Restore, say!("act-restore")),
    ];
    if is_nation {
        let nation = key(Action::Show(Screen::Nation));
        let mark = key(Action::Mark);
        let words = say!("desk-plan-mark", nation = nation, mark = mark);
        left.push(Fact::words(2, Role::TextDim, words));
    } else {
        left.push(keyed(2, Action::CurtailNation, say!("desk-plan-whole")));
    }
    strip(pen, inset(area), 2, &left, &right);
}

fn orders(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let all = waiting::orders(state);
    if all.is_empty() {
        let key = |action| state.keys.hint(action);
        let how = say!(
            "orders-none-how",
            curtail = key(Action::Curtail),
            nation = key(Action::Show(Screen::Nation)),
            mark = key(Action::Mark)
        );
        let how = if state.desk.read_only { "" } else { &how };
        let words = [say!("orders-none"), how];
        for (line, words) in (0..).zip(words) {
            if line < area.height {
                let width = area.width.saturating_sub(4);
                pen.text(area.x + 3, area.y + line, width, Role::TextDim, words);
            }
        }
        return;
    }
    let cursor = rows::cursor_index(&state.nav.orders, &rows::orders(state));
    let below = area.height >= 9;
    let wanted = u16::try_from(all.len())
        .unwrap_or(u16::MAX)
        .saturating_add(1);
    let (top, low) = split(
        area,
        if below {
            wanted.min(area.height / 2)
        } else {
            area.height
        },
    );
    list::draw(pen, top, state, &all, cursor);
    if below {
        let (legend, low) = split(low, 2);
        list::legend(pen, legend);
        if let Some(listed) = all.get(cursor) {
            chosen::draw(pen, low, *listed, state);
        }
    }
}

/// What the other two parts would say, where there is room for it.
fn brief(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if area.height < BRIEF {
        return;
    }
    pen.rule(area.x, area.y, area.width);
    let (_, area) = split(area, 1);
    let named = |name: &str, mut facts: Vec<Fact>| {
        facts.insert(0, Fact::words(0, Role::TextDim, name));
        facts
    };
    let (line, rest) = split(area, 1);
    let shares = waiting::shares(&waiting::authority(state));
    let facts = named(say!("desk-head-authority"), authority::brief(&shares));
    strip(pen, inset(line), 2, &facts, &[]);
    let (line, rest) = split(rest, 1);
    let waiting = waiting::waiting(state);
    let facts = named(say!("desk-head-queue"), queue::brief(&waiting, state));
    strip(pen, inset(line), 2, &facts, &[]);
    queue::next(pen, rest, state);
}
