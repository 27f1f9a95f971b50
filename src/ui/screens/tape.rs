//! The marks of a recording and of a replay, and a replay's own last lines.

use std::time::Duration;

use ratatui::layout::Rect;

use super::{inset, notice};
use crate::app::State;
use crate::app::notice::What;
use crate::app::tape::{End, Mode, Pace, Replay, Tape};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, Part, strip};

/// Stands beside SIMULATED.
pub(super) fn mark(state: &State) -> Option<Fact> {
    match state.tape {
        Tape::None => None,
        Tape::Recording => Some(Fact::words(6, Role::TextDim, say!("tape-recording"))),
        Tape::Replay(_) => Some(Fact::words(0, Role::Simulated, say!("tape-replay"))),
    }
}

/// Stands before the clocks where they are recorded ones.
pub(super) fn clock(state: &State) -> Option<Fact> {
    // It goes before the clocks do.
    let words = || Fact::words(3, Role::TextStrong, say!("tape-clock"));
    state.tape.replay().map(|_| words())
}

/// What is said to the viewer, or how the recording ends.
pub(super) fn said(state: &State) -> Option<(Role, String)> {
    let replay = state.tape.replay()?;
    if let Some(said) = &replay.said {
        return Some((Role::TextStrong, notice::sentence(said)));
    }
    let line = |n: u64| format::count(n);
    let words = match replay.end.as_ref()? {
        End::Closed => say!("tape-end-closed").to_owned(),
        End::Full(limit) => say!("tape-end-full", n = limit >> 20),
        End::Behind => say!("tape-end-behind").to_owned(),
        End::Failed(why) => say!("tape-end-failed", why = why),
        End::Cut => say!("tape-end-cut").to_owned(),
        End::Unread(at, why) => say!("tape-end-unread", line = line(*at), why = why),
    };
    Some((Role::TextStrong, words))
}

/// The sentences of recordings and replays.
pub(super) fn sentence(what: &What) -> String {
    match what {
        What::RecordingEnded(End::Full(limit)) => say!("tape-full", n = limit >> 20),
        What::RecordingEnded(End::Failed(why)) => say!("tape-failed", why = why),
        What::RecordingEnded(_) => say!("tape-behind").to_owned(),
        What::ReplayInert => say!("tape-inert").to_owned(),
        What::ReplayLook => say!("tape-look-hint").to_owned(),
        _ => say!("tape-keys").to_owned(),
    }
}

/// `1:02:03`, `02:03`.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

/// `x4`, `x0.25`.
fn speed(speed: f64) -> String {
    let mut text = format!("{speed:.4}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    format!("x{}", format::pointed(&text))
}

fn key(weight: u8, key: &str, label: &str) -> Fact {
    Fact {
        weight,
        forms: vec![vec![
            Part::Words(Role::Key, key.to_owned()),
            Part::Words(Role::KeyLabel, format!(" {label}")),
        ]],
        keeps: None,
    }
}

fn pace(replay: &Replay) -> String {
    match replay.pace {
        Pace::Playing => speed(replay.speed),
        Pace::Paused => say!("tape-paused").to_owned(),
        Pace::Seeking(done) => say!("tape-seeking", percent = u64::from(done)),
        Pace::Over => say!("tape-over").to_owned(),
    }
}

/// The last line: how far it is, whose eyes, and the viewer's keys.
pub(super) fn keys(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let Some(replay) = state.tape.replay().filter(|_| area.height > 0) else {
        return;
    };
    let far = format!("{} / {}", span(replay.at), span(replay.length));
    let brief = span(replay.at);
    let whole = Fact {
        keeps: Some(4),
        ..Fact::words(0, Role::Chosen, far)
    };
    let mut left = vec![
        whole.or(Fact::words(0, Role::Chosen, brief)),
        Fact::words(1, Role::TextStrong, pace(replay)),
    ];
    // While it plays its speed is said already.
    let usual = (replay.speed - 1.0).abs() < 1e-9;
    if replay.pace != Pace::Playing && !usual {
        left.push(Fact::words(8, Role::TextDim, speed(replay.speed)));
    }
    match replay.mode {
        Mode::Follow => {
            left.push(key(4, "Tab", say!("tape-look")));
            if let Some(pressed) = replay.key {
                let pressed = pressed.to_string();
                let words = say!("tape-pressed", key = pressed);
                left.push(Fact::words(3, Role::TextStrong, words));
            }
            left.push(key(3, "space", space(replay)));
            left.push(key(5, "Left Right", say!("tape-ten-seconds")));
            left.push(key(6, "PgUp PgDn", say!("tape-one-minute")));
        }
        Mode::Look => {
            left.push(Fact::words(1, Role::TextStrong, say!("tape-own-view")));
            left.push(key(4, "Tab", say!("tape-follow")));
            left.push(key(3, "space", space(replay)));
            left.push(key(5, "< >", say!("tape-ten-seconds")));
            left.push(key(6, "[ ]", say!("tape-one-minute")));
        }
    }
    left.push(key(6, ". ,", say!("tape-step")));
    left.push(key(7, "+ -", say!("tape-speed")));
    left.push(key(2, "q", say!("tape-quit")));
    if let Some(size) = replay.size {
        let words = format!("{}x{}", size.columns, size.rows);
        left.push(Fact::words(
            9,
            Role::TextDim,
            say!("tape-size", size = words),
        ));
    }
    let day = format::day(replay.began, &pen.look().zone);
    let right = [Fact::words(10, Role::TextDim, day)];
    strip(pen, inset(area), 2, &left, &right);
}

fn space(replay: &Replay) -> &'static str {
    if replay.pace == Pace::Playing {
        say!("tape-pause")
    } else {
        say!("tape-play")
    }
}
