//! What a viewer sees.

use std::time::Duration;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Deck, Goal};
use crate::app::Size;
use crate::app::tape::{Mode, Pace, Replay, Tape};
use crate::ui;
use crate::ui::theme::Role;

/// For so long the operator's last key is shown.
const KEY_SHOWN: u64 = 2_000;
impl Deck {
    pub(super) fn facts(&self) -> Replay {
        let seeking = self.goal.map(|(goal, from)| {
            let (done, way) = match goal {
                Goal::Time(to) => (self.t, to),
                Goal::Place(to) => (self.place - from.min(self.place), to.saturating_sub(from)),
                Goal::Step => (0, 1),
            };
            Pace::Seeking((100 * done / way.max(1)).min(99) as u8)
        });
        let pace = match seeking {
            Some(seeking) => seeking,
            None if self.is_over() => Pace::Over,
            None if self.playing => Pace::Playing,
            None => Pace::Paused,
        };
        let then = self.state.size;
        let key = self.key.filter(|(t, _)| {
            self.viewer.is_none() && self.at.max(0.0) as u64 <= t.saturating_add(KEY_SHOWN)
        });
        Replay {
            at: Duration::from_millis(self.at.max(0.0) as u64),
            length: Duration::from_millis(self.recorded.length_ms),
            began: self.recorded.head.began,
            speed: self.speed,
            pace,
            mode: if self.viewer.is_some() {
                Mode::Look
            } else {
                Mode::Follow
            },
            key: key.map(|(_, key)| key),
            size: (self.viewer.is_none() && then != self.size).then_some(then),
            end: self.is_over().then(|| self.end.clone()),
            said: self.said.as_ref().map(|(_, said)| said.clone()),
        }
    }

    /// Draws what the operator saw, or what the viewer looks at; both marked.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let facts = Tape::Replay(Box::new(self.facts()));
        let here = Size::of(area.width.max(1), area.height.max(1));
        if let Some(viewer) = &self.viewer {
            let mut own = viewer.state(&self.state, here);
            own.tape = facts;
            return ui::view(&own, &self.look, frame);
        }
        self.state.tape = facts;
        let then = self.state.size;
        if then.columns > area.width || then.rows > area.height || then == here {
            // There is no room for it as it was: it is drawn for the room there is.
            self.state.size = here;
            ui::view(&self.state, &self.look, frame);
            self.state.size = then;
        } else {
            // Around it is nothing.
            let ground = self.look.style(Role::Ground);
            frame.buffer_mut().set_style(area, ground);
            let seen = Rect::new(0, 0, then.columns, then.rows);
            let mut buffer = Buffer::empty(seen);
            ui::paint(&self.state, &self.look, &mut buffer);
            for position in seen.positions() {
                let to = Position::new(area.x + position.x, area.y + position.y);
                if let Some(cell) = frame.buffer_mut().cell_mut(to) {
                    cell.clone_from(&buffer[position]);
                }
            }
        }
        self.state.tape = Tape::None;
    }
}
