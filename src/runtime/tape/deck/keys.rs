//! The viewer's keys: the deck's own, and those that look around. None of them reaches anything outside.

use std::time::Duration;

use super::{Deck, SAID_FOR};
use crate::app::key::{Code, Key};
use crate::app::notice::What;
use crate::app::tape::{Use, Viewer, use_of};

/// Speeds that `+` and `-` reach.
const SPEEDS: (f64, f64) = (1.0 / 16.0, 1_024.0);

/// What a viewer's key asks of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nothing; the deck has done it.
    Nothing,
    /// To end.
    Quit,
    /// To draw everything anew.
    Redraw,
    /// To the shell.
    Suspend,
}

impl Deck {
    /// A key of the viewer.
    pub fn key(&mut self, key: Key) -> Asked {
        let plain = !key.ctrl && !key.alt;
        if key == Key::ctrl('c') {
            return Asked::Quit;
        }
        if self.viewer.as_ref().is_some_and(Viewer::types) {
            self.look_around(key);
            return Asked::Nothing;
        }
        self.said = None;
        match key.code {
            Code::Char('l') if key.ctrl => return Asked::Redraw,
            Code::Char('z') if key.ctrl => return Asked::Suspend,
            Code::Char('q') if plain => return Asked::Quit,
            Code::Char(' ') if plain => {
                self.goal = None;
                self.at = self.at.max(self.t as f64);
                self.playing = !self.playing && !self.is_over();
            }
            Code::Char('.') if plain => self.step(),
            Code::Char(',') if plain => self.back(),
            Code::Char('+' | '=') if plain => self.speed = (self.speed * 2.0).min(SPEEDS.1),
            Code::Char('-') if plain => self.speed = (self.speed / 2.0).max(SPEEDS.0),
            Code::Char('<') if plain => self.seek_by(-10_000),
            Code::Char('>') if plain => self.seek_by(10_000),
            Code::Char('[') if plain => self.seek_by(-60_000),
            Code::Char(']') if plain => self.seek_by(60_000),
            Code::Tab => self.turn(),
            Code::Left if self.viewer.is_none() => self.seek_by(-10_000),
            Code::Right if self.viewer.is_none() => self.seek_by(10_000),
            Code::PageUp if self.viewer.is_none() => self.seek_by(-60_000),
            Code::PageDown if self.viewer.is_none() => self.seek_by(60_000),
            Code::Home if self.viewer.is_none() => self.seek(Duration::ZERO),
            Code::End if self.viewer.is_none() => {
                self.seek(Duration::from_millis(self.recorded.length_ms));
            }
            Code::Char('?') if plain && self.viewer.is_none() => self.say(What::ReplayKeys),
            _ => self.other(key),
        }
        Asked::Nothing
    }

    /// The operator's eyes, or one's own.
    fn turn(&mut self) {
        self.viewer = match self.viewer {
            Some(_) => None,
            None => Some(Viewer::beside(&self.state)),
        };
    }

    fn other(&mut self, key: Key) {
        let nav = self.viewer.as_ref().map_or(&self.state.nav, Viewer::nav);
        match use_of(&self.state, nav, key) {
            Use::Inert => self.say(What::ReplayInert),
            Use::Look if self.viewer.is_none() => self.say(What::ReplayLook),
            Use::Look => self.look_around(key),
            Use::Nothing => {}
        }
    }

    fn look_around(&mut self, key: Key) {
        if let Some(viewer) = &mut self.viewer {
            let said = viewer.key(&self.state, self.size, key);
            self.said = said.map(|said| (SAID_FOR, said));
        }
    }
}
