//! The loop and a recording: what is heard goes into one, or comes out of one.

use tokio::time::Instant;

use super::{Loop, Next};
use crate::app::Msg;
use crate::app::notice::What;
use crate::app::tape::Tape;
use crate::runtime::tape::{self, Asked, Event, Head, Recording};

impl Loop {
    pub(super) fn record(&mut self, event: Event<'_>) {
        if let Some(recording) = self.wiring.as_mut().and_then(|w| w.recording.as_mut()) {
            recording.take(event);
        }
    }

    pub(super) fn record_theme(&mut self) {
        if self.wiring.as_ref().is_some_and(|w| w.recording.is_some())
            && let Some(name) = tape::theme_name(&self.look.theme)
        {
            self.record(Event::Theme(name.into()));
        }
    }

    pub(super) fn begin_recording(&mut self) {
        if let Some(recording) = self.wiring.as_mut().and_then(|w| w.recording.as_mut()) {
            recording.begin(&Head::of(&self.state, &self.look));
            self.state.tape = Tape::Recording;
            self.dirty = true;
        }
    }

    /// A recording that has ended by itself is said, and the console goes on.
    pub(super) fn look_after_recording(&mut self) {
        if !matches!(self.state.tape, Tape::Recording) {
            return;
        }
        let recording = self.wiring.as_ref().and_then(|w| w.recording.as_ref());
        if let Some(end) = recording.and_then(Recording::ended) {
            // It is let go of with the console: its thread may hang on the disk, and the screen must not wait for it.
            self.state.tape = Tape::None;
            self.state.say(What::RecordingEnded(end));
            self.at_once = true;
        }
    }

    /// The deck goes on.
    pub(super) fn play(&mut self) -> Next {
        let now = Instant::now();
        let passed = now.duration_since(self.played);
        self.played = now;
        if let Some(deck) = self.wiring.as_mut().and_then(|w| w.deck.as_mut()) {
            deck.pass(passed);
            self.dirty = true;
        }
        Next::On
    }

    /// What a viewer of a recording does.
    pub(super) fn played_by(&mut self, msg: &Msg) -> Next {
        // Until now it was as it was.
        self.play();
        let Some(deck) = self.wiring.as_mut().and_then(|w| w.deck.as_mut()) else {
            return Next::On;
        };
        match msg {
            Msg::Key(key) => match deck.key(*key) {
                Asked::Nothing => {}
                Asked::Quit => return Next::Quit,
                Asked::Redraw => self.redraw(),
                Asked::Suspend => self.suspend(),
            },
            Msg::Resize(size) => {
                deck.resized(*size);
                self.state.size = *size;
            }
            _ => {}
        }
        Next::On
    }
}
