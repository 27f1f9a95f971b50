//! What comes from the terminal: keys, a new size, the answer about its ground; and themes, which that answer may ask for.

use std::time::Duration;

use tokio::time::Instant;

use super::{Loop, Next, size_of};
use crate::app::Msg;
use crate::runtime::clock;
use crate::runtime::keys::{Heard, ground};
use crate::runtime::themes::{Ask, Dressed};

/// An answer that takes longer finds a theme that a person has looked at already: it changes nothing any more.
const WITHIN: Duration = Duration::from_secs(5);

impl Loop {
    /// What the terminal sends: keys, or its answer among them.
    pub(super) fn typed(&mut self, heard: Heard) -> Next {
        match heard {
            Heard::Key(key) => self.by_hand(Msg::Key(key)),
            Heard::Paste(text) => self.by_hand(Msg::Paste(text)),
            Heard::Ground(ground) => {
                let asked = self.asked.take_if(|at| at.elapsed() < WITHIN).is_some();
                if asked && ground::is_light(ground) {
                    self.ask_themes(Ask::LightGround);
                }
                Next::On
            }
        }
    }

    pub(super) fn new_size(&mut self) -> Next {
        let size = size_of(self.pace);
        self.resized(size);
        // Even where the size is the old one again: on its way there the terminal may have lost cells.
        self.redraw();
        self.by_hand(Msg::Resize(size))
    }

    /// What a person does is shown at once.
    pub(super) fn by_hand(&mut self, msg: Msg) -> Next {
        self.at_once = true;
        self.touched_at = Instant::now();
        if self.wiring.as_ref().is_some_and(|w| w.deck.is_some()) {
            return self.played_by(&msg);
        }
        // A key is judged by the time at which it was pressed, not by the last tick.
        let ticked = self.apply(Msg::Tick(clock::console()));
        if ticked == Next::On {
            self.apply(msg)
        } else {
            ticked
        }
    }

    /// Asks the terminal for the colour of its ground. The answer comes among the keys, or never; nothing waits for it.
    pub(super) fn ask_ground(&mut self) {
        let themes = self.wiring.as_ref().and_then(|w| w.themes.as_ref());
        if themes.is_some_and(|themes| themes.asks_ground) {
            self.aside.extend_from_slice(ground::QUESTION);
            self.asked = Some(Instant::now());
            self.dirty = true;
            self.at_once = true;
        }
    }

    pub(super) fn ask_themes(&mut self, ask: Ask) {
        let themes = self.wiring.as_ref().and_then(|w| w.themes.as_ref());
        if themes.is_none_or(|themes| themes.ask.send(ask).is_err()) {
            self.say("no other theme is here");
        }
    }

    /// Another theme, or why not.
    pub(super) fn dressed(&mut self, dressed: Option<Dressed>) -> Next {
        match dressed {
            Some(Dressed::Theme(theme, said)) => {
                self.look.theme = *theme;
                self.record_theme();
                if let Some(said) = said {
                    self.say(&said);
                }
            }
            Some(Dressed::Wrong(said)) => self.say(&said),
            None => {
                if let Some(wiring) = self.wiring.as_mut() {
                    wiring.themes = None;
                }
            }
        }
        self.dirty = true;
        self.at_once = true;
        Next::On
    }
}
