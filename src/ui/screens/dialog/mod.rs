//! Select, check, arm, execute: one question a line, what it gives up and what it leaves out beside the number.

mod over_time;
mod preview;

use ratatui::layout::Rect;

use super::{inset, split};
use crate::app::State;
use crate::app::curtail::{Dialog, Step, scope_words};
use crate::app::second::bound;
use crate::control::amount::Amount;
use crate::control::sheddable::WITHIN;
use crate::domain::order::{OrderKind, span};
use crate::ui::format;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

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
        Some(plan) => preview::preview(pen, rest, state, dialog, plan),
        None => preview::selection(pen, rest, state, dialog),
    }
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
        OrderKind::Curtail => "Curtail",
        OrderKind::Restore => "Restore",
    };
    let mut facts = vec![Fact::words(1, Role::Title, title)];
    for (step, name) in ["1 select", "2 check", "3 arm", "4 execute"]
        .into_iter()
        .enumerate()
    {
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
    let verb = match dialog.kind {
        OrderKind::Curtail => "Shed",
        OrderKind::Restore => "Give back",
    };
    let scope = scope_words(state, &dialog.scope);
    let within = span(dialog.within());
    let facts = match &dialog.plan {
        Some(plan) => {
            let amount = match plan.ask.amount {
                Amount::All => "all that can be moved".to_owned(),
                _ => format!("{} MW", format::megawatts(plan.wanted)),
            };
            let hash = Fact::figure(3, "plan", Role::TextDim, &plan.short_hash(), "");
            // Giving back goes at the machines' own pace, whatever was wished for.
            let words = match dialog.kind {
                OrderKind::Curtail => format!("{verb} {amount} within {within}"),
                OrderKind::Restore => format!("{verb} {amount}"),
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
                Fact::words(0, Role::TextStrong, format!("{verb} how much?")),
                Fact::words(1, Role::Text, scope),
            ],
            vec![],
        ),
    };
    strip(pen, inset(area), 3, &facts.0, &facts.1);
}

/// The question of the step; above it what is wrong, or what to type where that needs a line of its own.
fn question(pen: &mut Pen<'_>, area: Rect, state: &State, dialog: &Dialog) {
    let (above, line) = split(area, area.height - 1);
    let narrow = area.width < 60 && above.height > 0;
    let strong = |words: &str| Fact::words(0, Role::TextStrong, words);
    let mut upper: Vec<Fact> = match &dialog.error {
        Some(error) => vec![Fact::words(0, Role::Alarm2, "!"), strong(error)],
        None => vec![],
    };
    let two = dialog.plan.as_ref().and_then(|plan| bound(state, plan));
    if let Some(bound) = two.as_ref().filter(|_| upper.is_empty()) {
        let words = format!(
            "two operators needed above {} MW",
            format::whole_megawatts(bound.above)
        );
        if dialog.step == Step::Check || !narrow {
            upper = vec![Fact::words(0, Role::Danger, " 2 "), strong(&words)];
        }
    }
    let facts = match &dialog.step {
        Step::Select => amount(dialog),
        Step::Check => vec![
            strong("Nothing is sent yet."),
            Fact::words(0, Role::Text, "a arms this plan for 10 s."),
        ],
        Step::Armed { typed, .. } => {
            let word = dialog.word().unwrap_or_default();
            let left = dialog.seconds_left(state.now).unwrap_or(0);
            let deaf = dialog.is_deaf(state.now);
            let armed = Fact::words(3, Role::Danger, if deaf { " Arming. " } else { " Armed. " });
            let then = match two {
                Some(_) => "and Enter to ask a second person",
                None => "and Enter to send",
            };
            let what = Fact::figure(0, "type", Role::TextStrong, &word, then).or(Fact::figure(
                0,
                "type",
                Role::TextStrong,
                &word,
                "",
            ));
            let time = strong(&format!("{left} s"));
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

fn amount(dialog: &Dialog) -> Vec<Fact> {
    let mut facts = vec![Fact::figure(
        0,
        match dialog.kind {
            OrderKind::Curtail => "MW, % or off >",
            OrderKind::Restore => "MW, % or all >",
        },
        Role::Input,
        &format!("{}_", dialog.amount),
        "",
    )];
    if dialog.kind == OrderKind::Restore {
        return facts;
    }
    facts.push(Fact::words(3, Role::TextDim, "within"));
    for (at, within) in WITHIN.iter().enumerate() {
        facts.push(if at == dialog.within {
            Fact::words(1, Role::Chosen, format!("[{}]", span(*within)))
        } else {
            Fact::words(2, Role::TextDim, format!(" {} ", span(*within)))
        });
    }
    facts
}
