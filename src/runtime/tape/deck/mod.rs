//! What plays a recording: the same `update`, the same `view`, and nothing that leaves.

mod draw;
mod keys;

pub use keys::Asked;

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::time::Duration;

use super::lines::{Lines, Next};
use super::read::{Recorded, why};
use super::{Event, Line};
use crate::app::key::Key;
use crate::app::notice::{Notice, What};
use crate::app::tape::{End, Tape, Viewer};
use crate::app::{Msg, Size, State, update};
use crate::domain::link::FeedEvent;
use crate::ui::look::Look;
use crate::ui::theme;

/// States that are kept to go back to.
const KEPT: usize = 12;
/// Bytes of lines that are played in one go before keys are looked at again.
const AT_ONCE: usize = 512 * 1024;
/// Lines, likewise.
const LINES_AT_ONCE: usize = 1_000;
/// Messages that `,` remembers.
const TRAIL: usize = 4_096;
/// For so long something is said to the viewer.
const SAID_FOR: Duration = Duration::from_secs(6);
/// A state that can be gone back to.
struct Checkpoint {
    /// The frame that is read next.
    frame: usize,
    place: u64,
    t: u64,
    state: State,
    theme: theme::Theme,
}

/// Where it is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// All lines up to this time.
    Time(u64),
    /// So many lines.
    Place(u64),
    /// The next line that is more than time passing.
    Step,
}

/// A recording that is being played.
pub struct Deck {
    recorded: Recorded,
    lines: Lines<File>,
    /// Frames that were begun.
    frame: usize,
    next: Option<Line<'static>>,
    /// Lines played.
    place: u64,
    /// When the last line was, and where the playing is, milliseconds.
    t: u64,
    at: f64,
    state: State,
    look: Look,
    /// The viewer's theme wins over recorded ones.
    own_theme: bool,
    checkpoints: Vec<Checkpoint>,
    /// Frames between two checkpoints.
    apart: usize,
    trail: VecDeque<u64>,
    goal: Option<(Goal, u64)>,
    playing: bool,
    speed: f64,
    key: Option<(u64, Key)>,
    viewer: Option<Viewer>,
    /// With how long it is still shown.
    said: Option<(Duration, Notice)>,
    /// The viewer's terminal.
    size: Size,
    end: End,
}

impl Deck {
    /// Puts a recording on. `look` is worn; where `own_theme`, whatever theme was recorded.
    pub fn new(recorded: Recorded, look: Look, own_theme: bool, speed: f64) -> io::Result<Self> {
        let state = recorded.head.state();
        let mut deck = Self {
            lines: Lines::new(File::open(&recorded.file)?),
            frame: 0,
            next: None,
            place: 0,
            t: 0,
            at: 0.0,
            size: state.size,
            checkpoints: Vec::new(),
            apart: 1,
            trail: VecDeque::new(),
            goal: None,
            playing: true,
            speed,
            key: None,
            viewer: None,
            said: None,
            end: recorded.end.clone(),
            state,
            look,
            own_theme,
            recorded,
        };
        // The head comes first, and was read already.
        deck.read_head()?;
        deck.checkpoints.push(deck.checkpoint());
        deck.fetch();
        Ok(deck)
    }

    /// What is shown before anything else.
    pub fn opening(&self) -> State {
        let mut state = self.state.clone();
        state.tape = Tape::Replay(Box::new(self.facts()));
        state
    }

    /// As it is drawn.
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// What the operator saw, as far as it was played.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Lines played so far.
    pub fn place(&self) -> u64 {
        self.place
    }

    fn read_head(&mut self) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            match self.lines.next(&mut line) {
                Ok(Next::Frame(_)) => self.frame += 1,
                Ok(Next::Line) => return Ok(()),
                _ => {
                    return Err(io::Error::other(
                        "the recording has changed since it was read",
                    ));
                }
            }
        }
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            frame: self.frame,
            place: self.place,
            t: self.t,
            state: self.state.clone(),
            theme: self.look.theme.clone(),
        }
    }

    /// Reads the next line; at a new frame a state to go back to is kept.
    fn fetch(&mut self) {
        let mut bytes = Vec::new();
        self.next = None;
        while self.next.is_none() && self.place < self.recorded.lines {
            match self.lines.next(&mut bytes) {
                Ok(Next::Frame(_)) => {
                    self.keep();
                    self.frame += 1;
                }
                Ok(Next::Line) => match serde_json::from_slice::<Line<'static>>(&bytes) {
                    Ok(line) => self.next = Some(line),
                    Err(error) => return self.unreadable(&why(&error)),
                },
                // It was read to its end before.
                Ok(Next::End | Next::Cut) | Err(_) => {
                    return self.unreadable("it is gone from the file");
                }
            }
        }
    }

    /// The line after those played can't be: the recording ends before it.
    fn unreadable(&mut self, why: &str) {
        self.recorded.lines = self.place;
        self.recorded.length_ms = self.t;
        self.end = End::Unread(self.place + 2, why.to_owned());
    }

    fn keep(&mut self) {
        let newest = self.checkpoints.last().map_or(0, |c| c.frame);
        if self.frame < newest + self.apart {
            return;
        }
        self.checkpoints.push(self.checkpoint());
        if self.checkpoints.len() > KEPT {
            // Twice as far apart from now on; the first one stays.
            let mut odd = false;
            self.checkpoints.retain(|_| {
                odd = !odd;
                odd
            });
            self.apart *= 2;
        }
    }

    /// Back to the last kept state that is not after what is wanted.
    fn rewind(&mut self, is_before: impl Fn(&Checkpoint) -> bool) {
        let at = self.checkpoints.iter().rposition(is_before);
        let Some(kept) = self.checkpoints.get(at.unwrap_or(0)) else {
            return;
        };
        let frame = if kept.place == 0 { 0 } else { kept.frame };
        let lines = self.recorded.frames.get(frame).and_then(|offset| {
            let file = File::open(&self.recorded.file).ok()?;
            Lines::from(file, *offset).ok()
        });
        let Some(lines) = lines else {
            return self.unreadable("the file is gone");
        };
        self.lines = lines;
        (self.frame, self.place, self.t) = (kept.frame, kept.place, kept.t);
        self.state = kept.state.clone();
        self.look.theme = kept.theme.clone();
        self.trail.clear();
        self.key = None;
        if kept.place == 0 {
            self.frame = 0;
            if self.read_head().is_err() {
                return self.unreadable("the file is gone");
            }
        }
        self.fetch();
    }

    /// Plays the next line, where there is one.
    fn play(&mut self) {
        let Some(line) = self.next.take() else {
            return;
        };
        let is_tick = line.event.is_tick();
        self.t = line.t;
        self.place += 1;
        if !is_tick {
            if self.trail.len() == TRAIL {
                self.trail.pop_front();
            }
            self.trail.push_back(self.place);
        }
        match line.event {
            Event::Msg(msg) => {
                let msg = msg.into_owned();
                if let Msg::Key(key) = &msg {
                    self.key = Some((line.t, *key));
                }
                // What it would have made happen outside has happened then, or not: its answers are lines too.
                drop(update(&mut self.state, msg));
            }
            Event::Say(words) => self.state.say(&*words),
            Event::Theme(name) if !self.own_theme => {
                if let Ok(theme) = theme::built_in(&name) {
                    self.look.theme = theme;
                }
            }
            Event::Theme(_) | Event::End(_) => {}
        }
        self.fetch();
    }

    fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// How long until there is something to do; none where nothing is.
    pub fn wait(&self) -> Option<Duration> {
        if self.goal.is_some() {
            return Some(Duration::ZERO);
        }
        if self.said.is_some() && !self.playing {
            return Some(Duration::from_millis(500));
        }
        if !self.playing {
            return None;
        }
        let next = self.next.as_ref()?;
        let millis = (next.t as f64 - self.at).max(0.0) / self.speed;
        // The clock of the deck goes on in silence, too.
        Some(Duration::from_millis(millis.clamp(10.0, 250.0) as u64))
    }

    /// So much time has passed here. Plays what is due, and no more than can be played at once.
    pub fn pass(&mut self, passed: Duration) {
        self.said = self.said.take().and_then(|(left, said)| {
            let left = left.checked_sub(passed)?;
            Some((left, said))
        });
        if self.goal.is_some() {
            self.go();
        } else if self.playing {
            let end = self.recorded.length_ms as f64;
            let due = (self.at + passed.as_secs_f64() * 1_000.0 * self.speed).min(end);
            self.at = if self.run(|deck, next| next.t as f64 <= due && deck.goal.is_none()) {
                due
            } else {
                // Too much for one go: time waits for it.
                self.t as f64
            };
            self.playing &= !self.is_over();
        }
    }

    /// Plays while it may, and no more than fits into one go; true where it stopped by itself.
    fn run(&mut self, may: impl Fn(&Self, &Line<'static>) -> bool) -> bool {
        for _ in 0..LINES_AT_ONCE {
            match &self.next {
                Some(next) if may(self, next) => {}
                _ => return true,
            }
            let heavy = self
                .next
                .as_ref()
                .is_some_and(|next| weight(&next.event) > AT_ONCE);
            self.play();
            if heavy {
                return false;
            }
        }
        false
    }

    /// A part of the way to the goal.
    fn go(&mut self) {
        let Some((goal, from)) = self.goal else {
            return;
        };
        let there = match goal {
            Goal::Time(to) => self.run(|_, next| next.t <= to),
            Goal::Place(to) => self.run(|deck, _| deck.place < to),
            Goal::Step => self.run(|deck, _| deck.trail.back().is_none_or(|at| *at <= from)),
        };
        if there {
            self.goal = None;
            self.at = match goal {
                Goal::Time(to) => to.min(self.recorded.length_ms) as f64,
                Goal::Place(_) | Goal::Step => self.t as f64,
            };
            self.playing &= !self.is_over();
        }
    }

    /// To a time from the beginning; the way there is gone in [`Deck::pass`].
    pub fn seek(&mut self, to: Duration) {
        let to = u64::try_from(to.as_millis()).unwrap_or(u64::MAX);
        let to = to.min(self.recorded.length_ms);
        if to < self.t {
            self.rewind(|c| c.t < to || c.place == 0);
        }
        self.goal = Some((Goal::Time(to), self.place));
        self.go();
    }

    fn seek_by(&mut self, millis: i64) {
        let at = match self.goal {
            Some((Goal::Time(to), _)) => to,
            _ => self.at.max(0.0) as u64,
        };
        self.seek(Duration::from_millis(at.saturating_add_signed(millis)));
    }

    /// One message forward; time that only passes is none.
    pub fn step(&mut self) {
        self.playing = false;
        self.goal = Some((Goal::Step, self.place));
        self.go();
    }

    /// One message back.
    pub fn back(&mut self) {
        self.playing = false;
        self.trail.pop_back();
        // Where nothing is remembered: to the last state that was kept before here.
        let place = self.place;
        let mut kept = self.checkpoints.iter().rev();
        let before = || kept.find(|c| c.place < place).map_or(0, |c| c.place);
        let to = self.trail.back().copied().unwrap_or_else(before);
        self.rewind(|c| c.place <= to);
        self.goal = Some((Goal::Place(to), self.place));
        self.go();
    }

    /// Is it on its way to another place?
    pub fn is_seeking(&self) -> bool {
        self.goal.is_some()
    }

    fn say(&mut self, what: What) {
        self.said = Some((SAID_FOR, what.into()));
    }

    /// The viewer's terminal has this size.
    pub fn resized(&mut self, size: Size) {
        self.size = size;
    }
}

/// About how much work a line is, bytes.
fn weight(event: &Event<'_>) -> usize {
    match event {
        Event::Msg(msg) => match msg.as_ref() {
            Msg::Feed(_, FeedEvent::Snapshot { items, .. } | FeedEvent::Update { items, .. }) => {
                items.len() * 400
            }
            _ => 200,
        },
        _ => 0,
    }
}
