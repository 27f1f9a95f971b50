//! The screens. The same place for the same thing on each: who and when on top, "is all well" below, then the screen,
//! then what is abnormal and under way, then what was said, then the keys that work.

mod abnormal;
mod alarms;
mod cancel;
mod cells;
mod dialog;
mod direction;
mod disputes;
mod emergency;
mod engine;
mod filter;
mod foot;
mod grid;
mod handover;
mod help;
mod holding;
mod journal;
mod machine;
mod mine;
mod nation;
mod notice;
mod orders;
mod palette;
mod prompt;
mod racks;
mod reasons;
mod reserve;
mod rules;
mod second;
mod site;
mod tape;
#[cfg(test)]
mod tests;
mod told;
mod top;
mod tour;
mod words;

use std::collections::HashMap;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::locales::speak;
use super::look::Look;
use super::pen::Pen;
use super::text;
use super::theme::Role;
use super::widgets::strip::strip;
use crate::app::actions::{ACTIONS, Spec};
use crate::app::nav::Screen;
use crate::app::{Overlay, State};
use crate::domain::language::Language;

/// The lines of a terminal, given out from the outside in.
struct Parts {
    top: Rect,
    body: Rect,
    abnormal: Rect,
    said: Rect,
    foot: Rect,
}

/// Gives the lines out: a small terminal keeps the screen itself, the figure that matters most, and the keys.
fn parts(area: Rect, whole_body: bool, state: &State) -> Parts {
    let (top, abnormal, said, foot) = match area.height {
        0..=2 => (0, 0, 0, 0),
        3..=5 => (1, 0, 0, 0),
        6..=9 => (2, 0, 0, 1),
        // What is being ordered needs the lines more than what stands on every other screen.
        10..=15 if whole_body => (2, 0, 1, 1),
        10..=15 => (4, 0, 1, 1),
        16..=19 => (4, 2, 1, 1),
        20..=29 => (4, 4, 1, 1),
        _ => (4, 8, 1, 1),
    };
    let abnormal = if whole_body || state.solo || abnormal == 0 {
        0
    } else {
        abnormal::height(state, abnormal)
    };
    let line = |y: u16, height: u16| Rect {
        y: area.y + y,
        height,
        ..area
    };
    let bottom = area.height - foot - said - abnormal;
    Parts {
        top: line(0, top),
        body: line(top, bottom - top),
        abnormal: line(bottom, abnormal),
        said: line(bottom + abnormal, said),
        foot: line(area.height - foot, foot),
    }
}

/// The words of each action in a language, by the action's name: what the palette searches.
pub fn action_words(language: Language) -> HashMap<&'static str, String> {
    let _speaking = speak(language);
    let words = |spec: &Spec| format!("{} {}", words::label(spec), words::help(spec));
    ACTIONS
        .iter()
        .map(|spec| (spec.name, words(spec)))
        .collect()
}

/// Draws everything.
pub fn view(state: &State, look: &Look, frame: &mut Frame<'_>) {
    paint(state, look, frame.buffer_mut());
}

/// Draws everything on this buffer, which begins at 0, 0.
pub fn paint(state: &State, look: &Look, buffer: &mut Buffer) {
    let _speaking = speak(look.spoken());
    text::measured(look.wide, look.glyphs, || draw(state, look, buffer));
}

fn draw(state: &State, look: &Look, buffer: &mut Buffer) {
    let area = *buffer.area();
    let mut pen = Pen::new(buffer, look);
    pen.paint(area, Role::Ground);
    if area.is_empty() {
        return;
    }
    let parts = parts(
        area,
        state.dialog.is_some()
            || state.cancelling.prompt.is_some()
            || state.second.view.is_some()
            || state.handover.view.is_some()
            || state.emergency.prompt.is_some()
            || matches!(state.overlay, Overlay::Help { .. } | Overlay::Palette),
        state,
    );
    top::draw(&mut pen, parts.top, state);
    if let Some(open) = &state.emergency.prompt {
        emergency::draw(&mut pen, parts.body, state, open);
    } else if state.overlay == Overlay::Palette {
        palette::draw(&mut pen, parts.body, state);
    } else if let Overlay::Help { from } = state.overlay {
        help::draw(&mut pen, parts.body, state, from);
    } else if let Some(view) = &state.second.view {
        second::draw(&mut pen, parts.body, state, view);
    } else if let Some(view) = &state.handover.view {
        handover::draw(&mut pen, parts.body, state, view);
    } else if let Some(open) = &state.cancelling.prompt {
        cancel::draw(&mut pen, parts.body, state, open);
    } else if let Some(open) = &state.dialog {
        dialog::draw(&mut pen, parts.body, state, open);
    } else {
        match state.nav.screen {
            Screen::Nation => nation::draw(&mut pen, parts.body, state),
            Screen::Site => site::draw(&mut pen, parts.body, state),
            Screen::Grid => grid::draw(&mut pen, parts.body, state),
            Screen::Curtail => orders::draw(&mut pen, parts.body, state),
            Screen::Reserve => reserve::draw(&mut pen, parts.body, state),
            Screen::Engine => engine::draw(&mut pen, parts.body, state),
            Screen::Alarms => alarms::draw(&mut pen, parts.body, state),
            Screen::Journal => journal::draw(&mut pen, parts.body, state),
        }
    }
    if state.overlay == Overlay::Tour {
        tour::draw(&mut pen, parts.body, state);
    }
    abnormal::draw(&mut pen, parts.abnormal, state);
    prompt::draw(&mut pen, area, (parts.abnormal.y, parts.said.y), state);
    foot::said(&mut pen, parts.said, state);
    match &state.handover.view {
        _ if state.tape.replay().is_some() => tape::keys(&mut pen, parts.foot, state),
        Some(view)
            if state.overlay == Overlay::None
                && state.emergency.prompt.is_none()
                && parts.foot.height > 0 =>
        {
            strip(&mut pen, inset(parts.foot), 2, &handover::keys(view), &[]);
        }
        _ => foot::keys(&mut pen, parts.foot, state),
    }
}

/// The first lines of an area, and the rest of it.
fn split(area: Rect, lines: u16) -> (Rect, Rect) {
    let lines = lines.min(area.height);
    let first = Rect {
        height: lines,
        ..area
    };
    let rest = Rect {
        y: area.y + lines,
        height: area.height - lines,
        ..area
    };
    (first, rest)
}

/// An area without its first and last column.
fn inset(area: Rect) -> (u16, u16, u16) {
    (
        area.x.saturating_add(1),
        area.y,
        area.width.saturating_sub(2),
    )
}
