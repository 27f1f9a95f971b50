//! The loop.

mod effects;
mod hands;
mod news;
mod recorded;
mod wiring;

use std::io;
use std::time::Duration;

use ratatui::Terminal;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::clock;
use super::drain::Drain;
use super::keyboard::Keyboard;
use super::paint::Painter;
use super::signals::{Signals, Told};
use super::tape::Deck;
use super::terminal::{self, Writer};
use crate::app::notice::What;
use crate::app::palette::Palette;
use crate::app::{Size, State};
use crate::engine::priority::short_turns_for_this_thread;
use crate::ui::{self, look::Look};

pub use wiring::{EngineWiring, JournalWiring, MiningWiring, Wiring};

/// How the loop draws.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Frames a second for data, 1..=30.
    pub fps: u8,
    /// A size given by hand, in place of the terminal's.
    pub size: Option<(u16, u16)>,
}

/// Messages taken in one go before keys are looked at again.
const BATCH: usize = 64;
/// And for so long at most: one message may hold thousands of alarms.
const BATCH_FOR: Duration = Duration::from_millis(5);
/// How often time passes.
const TICK: Duration = Duration::from_millis(250);
/// How often while nobody is at the keys and nothing is asked or under way: then what has come is shown by the half
/// second, and nothing else wakes this thread.
const TICK_AT_REST_MS: u64 = 500;
/// Nobody is at the keys when none was pressed for so long.
const AWAY: Duration = Duration::from_secs(5);
/// A frame that is due so soon after a tick is drawn with it, and not with the next one.
const SLACK: Duration = Duration::from_millis(50);
/// How long a frame under way may still take at the end.
const SETTLE: Duration = Duration::from_millis(300);

/// How the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    On,
    Quit,
    /// The other end of the terminal is gone: nothing is written to it any more.
    Gone,
}

struct Loop {
    state: State,
    look: Look,
    /// When the terminal was asked for its ground.
    asked: Option<Instant>,
    pace: Pace,
    terminal: Terminal<Painter>,
    writer: Writer,
    keyboard: Keyboard,
    wiring: Option<Wiring>,
    dirty: bool,
    /// A key changed something: the next frame does not wait for its turn.
    at_once: bool,
    drawn_at: Instant,
    /// When a person did something last.
    touched_at: Instant,
    /// When time passes next.
    tick_at: Instant,
    /// What the other end takes.
    drain: Drain,
    began: Instant,
    /// Goes out with the next frame (clipboard).
    aside: Vec<u8>,
    /// Keys that are waiting now are to be thrown away.
    deaf: bool,
    /// Until when a deck has played.
    played: Instant,
}

/// Shows the console until a person or a signal ends it. `start` joins it to feeds and engine; it runs after the first
/// frame, so that nothing delays that. The terminal is given back in every case.
pub async fn run(
    state: State,
    look: &Look,
    pace: Pace,
    start: impl FnOnce() -> io::Result<Wiring>,
) -> io::Result<()> {
    let mut signals = Signals::new()?;
    // The screen's thread does little each time it wakes, and should do it at once, whatever else is hashing.
    short_turns_for_this_thread();
    terminal::take()?;
    let ended = looped(state, look, pace, &mut signals, start).await;
    terminal::give_back();
    ended
}

async fn looped(
    mut state: State,
    look: &Look,
    pace: Pace,
    signals: &mut Signals,
    start: impl FnOnce() -> io::Result<Wiring>,
) -> io::Result<()> {
    let size = size_of(pace);
    state.size = size;
    state.palette = Palette::in_words(ui::action_words(look.spoken()));
    let Ok(terminal) = Terminal::new(Painter::new(size.columns, size.rows));
    let mut this = Loop {
        state,
        look: look.clone(),
        asked: None,
        pace,
        terminal,
        writer: Writer::start()?,
        keyboard: Keyboard::start()?,
        wiring: None,
        dirty: true,
        at_once: true,
        drawn_at: Instant::now(),
        touched_at: Instant::now(),
        tick_at: Instant::now(),
        drain: Drain::new(terminal::speed()),
        began: Instant::now(),
        aside: Vec::new(),
        deaf: false,
        played: Instant::now(),
    };
    this.draw();
    this.wiring = Some(start()?);
    this.begin_recording();
    this.ask_ground();
    let mut next = Next::On;
    while next == Next::On {
        next = this.turn(signals).await;
    }
    if next == Next::Quit {
        this.writer.settle(SETTLE);
    }
    Ok(())
}

fn size_of(pace: Pace) -> Size {
    let (columns, rows) = pace.size.unwrap_or_else(terminal::size);
    Size::of(columns, rows)
}
impl Loop {
    /// One turn: whatever comes first, signals and keys before anything else; then a frame where one is due.
    async fn turn(&mut self, signals: &mut Signals) -> Next {
        let frame = Duration::from_millis(1_000 / u64::from(self.pace.fps.max(1)));
        let due = self.due(frame);
        let rests = self.rests();
        let waits = self.dirty && !rests && !self.writer.is_busy();
        let busy = self.writer.is_busy();
        let deck = self.wiring.as_ref().and_then(|w| w.deck.as_ref());
        let play = deck.and_then(Deck::wait).map(|wait| self.played + wait);
        let (events, news, journal, dressed, history, handover) = match self.wiring.as_mut() {
            Some(wiring) => (
                Some(&mut wiring.events),
                wiring.mining.as_mut().map(|mining| &mut mining.news),
                wiring.journal.as_mut().map(|journal| &mut journal.news),
                wiring.themes.as_mut().map(|themes| &mut themes.news),
                wiring.history.as_mut().map(|history| &mut history.news),
                wiring.handover.as_mut().map(|handover| &mut handover.news),
            ),
            None => (None, None, None, None, None, None),
        };
        let next = tokio::select! {
            biased;
            told = signals.next() => self.told(told),
            // A terminal that can't be read any more has lost its other end.
            heard = self.keyboard.next() => heard.map_or(Next::Gone, |heard| self.typed(heard)),
            () = self.writer.done(), if busy => Next::On,
            () = sleep_until(due), if waits => { self.at_once = true; Next::On }
            // Before the feeds: under a flood of events time would stand still, and old values would look live.
            () = sleep_until(self.tick_at) => {
                let next = self.tick();
                self.tick_at = self.next_tick();
                self.at_once |= self.dirty && rests && due <= Instant::now() + SLACK;
                next
            }
            // Before the feeds: an order waits for it.
            msg = next_told(journal) => self.recorded(msg),
            dressed = next_told(dressed) => self.dressed(dressed),
            news = next_of(news) => self.mined(news),
            msg = next_told(handover) => msg.map_or(Next::On, |msg| self.apply(msg)),
            msg = next_told(history) => msg.map_or(Next::On, |msg| self.apply(msg)),
            () = sleep_until(play.unwrap_or(due)), if play.is_some() => self.play(),
            event = next_of(events) => self.heard(event),
        };
        if std::mem::take(&mut self.deaf) && self.keyboard.drop_waiting() {
            self.state.say(What::TooSoon);
        }
        if self.writer.has_failed() {
            return Next::Gone;
        }
        if self.dirty && self.at_once && !self.writer.is_busy() {
            self.draw();
        }
        next
    }

    /// Nobody is at the keys, and nothing is asked or under way.
    fn rests(&self) -> bool {
        let plays = self.wiring.as_ref().is_some_and(|w| w.deck.is_some());
        !plays && self.touched_at.elapsed() > AWAY && self.state.is_at_rest()
    }

    /// When time passes next; at rest with the clock, so that its seconds are shown as they begin.
    fn next_tick(&self) -> Instant {
        if !self.rests() {
            return Instant::now() + TICK;
        }
        let since = clock::console().millis().unsigned_abs() % TICK_AT_REST_MS;
        Instant::now() + Duration::from_millis(TICK_AT_REST_MS - since)
    }

    /// When the next frame of data is drawn: a slow line gets fewer.
    fn due(&mut self, frame: Duration) -> Instant {
        let now = self.began.elapsed();
        if let Some((bytes, took)) = self.writer.wrote() {
            self.drain.wrote(bytes, took, now);
        }
        let drawn = self.drawn_at.duration_since(self.began);
        Instant::now() + self.drain.wait(drawn, frame, now)
    }

    fn draw(&mut self) {
        let (state, look) = (&self.state, &self.look);
        let deck = self.wiring.as_mut().and_then(|w| w.deck.as_mut());
        // A painter can't fail.
        let _ = self.terminal.draw(|frame| match deck {
            Some(deck) => deck.draw(frame),
            None => ui::view(state, look, frame),
        });
        let frame = self.terminal.backend_mut().take();
        let mut bytes = std::mem::take(&mut self.aside);
        bytes.extend(frame.unwrap_or_default());
        if !bytes.is_empty() {
            self.writer.send(bytes);
        }
        self.dirty = false;
        self.at_once = false;
        self.drawn_at = Instant::now();
    }

    fn told(&mut self, told: Told) -> Next {
        match told {
            Told::End => Next::Quit,
            Told::Gone => Next::Gone,
            Told::Suspend => {
                self.suspend();
                Next::On
            }
            // Someone continued us: what is on the terminal now is not ours.
            Told::GoOn => {
                self.take_again();
                Next::On
            }
            Told::Resized => self.new_size(),
        }
    }

    fn resized(&mut self, size: Size) {
        self.terminal.backend_mut().resized(size.columns, size.rows);
    }

    fn redraw(&mut self) {
        // What was drawn before counts for nothing: the next frame is whole.
        let _ = self.terminal.clear();
        self.dirty = true;
        self.at_once = true;
    }

    fn take_again(&mut self) {
        if let Ok(bytes) = terminal::take_again() {
            self.aside.splice(..0, bytes.iter().copied());
            self.redraw();
        }
    }

    fn suspend(&mut self) {
        self.writer.settle(SETTLE);
        terminal::give_back();
        let stopped = terminal::stop_until_continued();
        self.take_again();
        if !stopped {
            self.say("no shell to go to from here");
        }
    }
}

async fn next_of<T>(events: Option<&mut mpsc::Receiver<T>>) -> Option<T> {
    match events {
        Some(events) if !events.is_closed() || !events.is_empty() => events.recv().await,
        _ => std::future::pending().await,
    }
}

async fn next_told<T>(news: Option<&mut mpsc::UnboundedReceiver<T>>) -> Option<T> {
    match news {
        Some(news) => news.recv().await,
        None => std::future::pending().await,
    }
}
