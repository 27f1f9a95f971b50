//! Select, check, arm, execute: one question a line, what it gives up and what it leaves out beside the number.

mod aged;
mod over_time;
mod preview;

use ratatui::layout::Rect;

use super::direction::{self, What};
use super::{inset, reasons, split, told};
use crate::app::State;
use crate::app::actions::Action;
use crate::app::cancel;
use crate::app::curtail::{ARMED_FOR, Dialog, Step, offered};
use crate::app::emergency::ways_of;
use crate::app::marks::marks;
use crate::app::nav::Screen;
use crate::app::notes::short;
use crate::app::scope::Scope;
use crate::app::second::bound;
use crate::app::wanted::Offer;
use crate::control::amount::Amount;
use crate::control::plan::{Excluded, Plan};
use crate::control::sheddable::WITHIN;
use crate::domain::order::OrderKind;
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Orders under way that are named; more are dots.
const NAMED: usize = 3;

/// Draws the dialog over the body.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State, dialog: &Dialog) {
    if area.height == 0 {
        return;
    }
    // The question stands at the bottom, where a small terminal keeps it too.
    let ask = if area.height >= 4 { 2 } else { 1 };
    let (above, below) = split(area, area.height - ask);
    question(pen, below, state, dialog);
    let roomy = above.height >= 12;
    let (steps_line, rest) = split(above, if roomy { 2 } else { 1 });
    steps(pen, steps_line, dialog);
    let (wants, rest) = split(rest, if roomy { 2 } else { 1 });
    if wants.height > 0 {
        what(pen, wants, state, dialog);
    }
    match &dialog.plan {
        Some(plan) => {
            let rest = frequency(pen, rest, state, plan);
            preview::preview(pen, rest, state, dialog, plan);
        }
        None => preview::selection(pen, rest, state, dialog),
    }
}

/// What the plan does to the frequency, place by place. Gives what is left of the area.
fn frequency(pen: &mut Pen<'_>, area: Rect, state: &State, plan: &Plan) -> Rect {
    let parts = plan.moves.iter();
    let ways = ways_of(state, parts.map(|m| (m.feed, &m.key.site, m.moved)));
    let lines = direction::lines(state, &ways, &What::Plan(plan.ask.kind));
    // The plan itself keeps half of the room.
    let most = usize::from(area.height / 2).max(1);
    let (above, rest) = split(area, u16::try_from(lines.len().min(most)).unwrap_or(0));
    for (at, facts) in lines.iter().take(usize::from(above.height)).enumerate() {
        let line = Rect {
            y: above.y + at as u16,
            height: 1,
            ..above
        };
        strip(pen, inset(line), 2, facts, &[]);
    }
    rest
}

fn steps(pen: &mut Pen<'_>, area: Rect, dialog: &Dialog) {
    if area.height == 0 {
        return;
    }
    let at = match dialog.step {
        Step::Select => 0,
        Step::Check => 1,
        Step::Armed { .. } => 2,
    };
    let title = match dialog.kind {
        OrderKind::Curtail => say!("dialog-curtail"),
        OrderKind::Restore => say!("dialog-restore"),
    };
    let mut facts = vec![Fact::words(1, Role::Title, title)];
    let names = [
        say!("dialog-step-select"),
        say!("dialog-step-check"),
        say!("dialog-step-arm"),
        say!("dialog-step-execute"),
    ];
    for (step, name) in names.into_iter().enumerate() {
        // Brackets beside the colour: the step is seen without any.
        facts.push(if step == at {
            Fact::words(0, Role::Chosen, format!("[{name}]"))
        } else {
            Fact::words(2, Role::TextDim, format!(" {name} "))
        });
    }
    strip(pen, inset(area), 2, &facts, &[]);
}

/// What is asked, in one line.
fn what(pen: &mut Pen<'_>, area: Rect, state: &State, dialog: &Dialog) {
    let scope = reasons::scope(state, &dialog.scope);
    let facts = match &dialog.plan {
        Some(plan) => {
            let amount = match plan.ask.amount {
                Amount::All => say!("dialog-all").to_owned(),
                Amount::Portion(thousandths) => portion(plan, thousandths),
                Amount::Power(_) => say!("dialog-mw", power = format::megawatts(plan.wanted)),
            };
            let hash = Fact::figure(
                3,
                say!("dialog-plan"),
                Role::TextDim,
                &plan.short_hash(),
                "",
            );
            // Giving back goes at the machines' own pace, whatever was wished for.
            let words = match dialog.kind {
                OrderKind::Curtail => match dialog.within() {
                    None => say!("dialog-shed-fast", amount = amount),
                    Some(within) => {
                        let within = format::span(within);
                        say!("dialog-shed", amount = amount, within = within)
                    }
                },
                OrderKind::Restore => say!("dialog-give", amount = amount),
            };
            (
                vec![
                    Fact::words(0, Role::TextStrong, words),
                    Fact::words(1, Role::Text, scope),
                ],
                vec![hash],
            )
        }
        None => (
            vec![
                Fact::words(
                    0,
                    Role::TextStrong,
                    match dialog.kind {
                        OrderKind::Curtail => say!("dialog-shed-how-much"),
                        OrderKind::Restore => say!("dialog-give-how-much"),
                    },
                ),
                Fact::words(1, Role::Text, scope),
            ],
            vec![],
        ),
    };
    let (mut left, right) = facts;
    // What the filter hides is moved all the same: whoever arms this has to read it.
    let hidden = match dialog.scope {
        Scope::Nation => None,
        Scope::Sites(_) | Scope::Blocks(_) => marks(state).filter(|m| m.hidden > 0),
    };
    if let Some(marks) = hidden {
        let words = say!("filter-hidden", n = marks.hidden);
        left.push(Fact::words(0, Role::TextStrong, words));
    }
    strip(pen, inset(area), 3, &left, &right);
}

/// That orders are under way on blocks that are left out, and how they are called back; none: there are none.
fn under_way(state: &State, excluded: &[Excluded]) -> Option<String> {
    let found = cancel::under_way(state, excluded)?;
    let mut orders: Vec<String> = found.orders.iter().map(|id| short(id.0)).collect();
    if orders.len() > NAMED {
        orders.truncate(NAMED);
        orders.push("..".to_owned());
    }
    Some(say!(
        "dialog-under-way",
        n = found.blocks,
        orders = orders.join(" "),
        screen = state.keys.hint(Action::Show(Screen::Curtail)),
        key = state.keys.hint(Action::CancelOrder)
    ))
}

/// A share says of what it is one.
fn portion(plan: &Plan, thousandths: u16) -> String {
    let (part, whole) = (
        format::megawatts(plan.wanted),
        format::megawatts(plan.whole),
    );
    let places = usize::from(!thousandths.is_multiple_of(10));
    let share = format::decimal(f64::from(thousandths) / 10.0, places);
    match plan.ask.kind {
        OrderKind::Curtail => {
            say!(
                "dialog-part-drawn",
                share = share,
                part = part,
                whole = whole
            )
        }
        OrderKind::Restore => say!("dialog-part-off", share = share, part = part, whole = whole),
    }
}

/// The question of the step; above it what is wrong, or what to type where that needs a line of its own.
fn question(pen: &mut Pen<'_>, area: Rect, state: &State, dialog: &Dialog) {
    let (above, line) = split(area, area.height - 1);
    let narrow = area.width < 60 && above.height > 0;
    let strong = |words: &str| Fact::words(0, Role::TextStrong, words);
    let mut upper: Vec<Fact> = match &dialog.error {
        Some(error) => vec![
            Fact::words(0, Role::Alarm2, "!"),
            strong(&told::sentence(error)),
        ],
        None => vec![],
    };
    let two = dialog.plan.as_ref().and_then(|plan| bound(state, plan));
    if let Some(bound) = two.as_ref().filter(|_| upper.is_empty()) {
        let words = say!("dialog-two", power = format::whole_megawatts(bound.above));
        if dialog.step == Step::Check || !narrow {
            upper = vec![Fact::words(0, Role::Danger, " 2 "), strong(&words)];
        }
    }
    if let Some(offer) = offered(state, dialog).filter(|_| upper.is_empty()) {
        upper = vec![offer_of(offer)];
    }
    let excluded = match &dialog.plan {
        Some(plan) => &plan.excluded,
        None => &dialog.excluded,
    };
    if upper.is_empty()
        && let Some(words) = under_way(state, excluded)
    {
        upper = vec![strong(&words)];
    }
    let facts = match &dialog.step {
        Step::Select => amount(dialog),
        Step::Check => vec![
            strong(say!("dialog-nothing-sent")),
            Fact::words(
                0,
                Role::Text,
                say!("dialog-arms", key = "a", time = format::span(ARMED_FOR)),
            ),
        ],
        Step::Armed { typed, .. } => {
            let word = dialog.word().unwrap_or_default();
            let left = dialog.seconds_left(state.now).unwrap_or(0);
            let deaf = dialog.is_deaf(state.now);
            let armed = if deaf {
                say!("dialog-arming")
            } else {
                say!("dialog-armed")
            };
            let armed = Fact::words(3, Role::Danger, format!(" {armed} "));
            let then = match two {
                Some(_) => say!("dialog-to-ask"),
                None => say!("dialog-to-send"),
            };
            let typing = say!("dialog-type");
            let what = Fact::figure(0, typing, Role::TextStrong, &word, then).or(Fact::figure(
                0,
                typing,
                Role::TextStrong,
                &word,
                "",
            ));
            let time = strong(&format!("{left} {}", say!("unit-second")));
            // What was typed is seen to its end, however little room there is.
            let input = Fact::figure(0, ">", Role::Input, &format!("{typed}_"), "");
            if narrow {
                if upper.is_empty() {
                    upper = vec![what, armed];
                }
                vec![input, time]
            } else {
                vec![armed, what, time, input]
            }
        }
    };
    if above.height > 0 {
        let gap = if narrow { 2 } else { 1 };
        strip(pen, inset(above), gap, &upper, &[]);
    }
    strip(pen, inset(line), 2, &facts, &[]);
}

/// What Enter takes while nothing is typed, for what the grid operator wants.
fn offer_of(offer: Offer) -> Fact {
    // Never short of what is missing, as the amount is.
    let up = offer.missing + Power::from_watts(499_999);
    let missing = format::whole_megawatts(up);
    let strong = |words: String| Fact::words(0, Role::TextStrong, words);
    match offer.typed() {
        None => strong(say!("dialog-offer-none", missing = missing)),
        Some(amount) => {
            let brief = say!("dialog-offer-brief", amount = amount.as_str());
            strong(say!("dialog-offer", amount = amount, missing = missing)).or(strong(brief))
        }
    }
}

fn amount(dialog: &Dialog) -> Vec<Fact> {
    let mut facts = vec![Fact::figure(
        0,
        match dialog.kind {
            OrderKind::Curtail => say!("dialog-amount-off"),
            OrderKind::Restore => say!("dialog-amount-all"),
        },
        Role::Input,
        &format!("{}_", dialog.amount),
        "",
    )];
    if dialog.kind == OrderKind::Restore {
        return facts;
    }
    facts.push(Fact::words(3, Role::TextDim, say!("dialog-within")));
    let times = WITHIN.iter().map(|within| format::span(*within));
    let fast = say!("dialog-fast").to_owned();
    for (at, name) in times.chain([fast]).enumerate() {
        facts.push(if at == dialog.within {
            Fact::words(1, Role::Chosen, format!("[{name}]"))
        } else {
            Fact::words(2, Role::TextDim, format!(" {name} "))
        });
    }
    facts
}
