//! The loop.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use ratatui::Terminal;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::drain::Drain;
use super::keyboard::Keyboard;
use super::paint::Painter;
use super::reply::{self, Heard, Replies};
use super::signals::{Signals, Told};
use super::tape::{Asked, Deck, Event, Head, Recording};
use super::terminal::{self, Writer};
use super::themes::{Ask, Dressed, ThemesWiring};
use super::{aside, clock, input, tape};
use crate::app::journal::Unrecorded;
use crate::app::notice::What;
use crate::app::palette::Palette;
use crate::app::tape::Tape;
use crate::app::{Effect, EngineRequest, Msg, Size, State, update};
use crate::control::order::Life;
use crate::domain::hashing::EngineStatus;
use crate::domain::ids::{FeedId, OrderId};
use crate::domain::journal::Entry;
use crate::domain::link::{FeedEvent, Request};
use crate::domain::mining::MiningStatus;
use crate::domain::time::Timestamp;
use crate::engine::priority::short_turns_for_this_thread;
use crate::ui::{self, look::Look};

/// What the loop is joined to.
pub struct Wiring {
    /// Hands a request to a feed's link at once; false where the link can't take it.
    pub send: Box<dyn FnMut(FeedId, Request) -> bool>,
    /// What the feeds say.
    pub events: mpsc::Receiver<(FeedId, FeedEvent)>,
    /// This machine's engine.
    pub engine: Option<EngineWiring>,
    /// The journal.
    pub journal: Option<JournalWiring>,
    /// Standalone mining.
    pub mining: Option<MiningWiring>,
    /// Other themes.
    pub themes: Option<ThemesWiring>,
    /// The history of figures.
    pub history: Option<super::history::HistoryWiring>,
    /// Who signs and writes handovers.
    pub handover: Option<super::handover::HandoverWiring>,
    /// All that the console hears goes into this, too.
    pub recording: Option<Recording>,
    /// What is shown is a recording: keys are its, and nothing leaves.
    pub deck: Option<Deck>,
}

/// The journal, as the loop needs it.
pub struct JournalWiring {
    /// Sends entries on their way at once; the number comes back with the answer.
    pub append: Box<dyn FnMut(u64, Vec<Entry>)>,
    /// What it says: [`Msg::JournalOpened`], and one [`Msg::Journalled`] for each append, in order.
    pub news: mpsc::UnboundedReceiver<Msg>,
}

/// Standalone mining, as the loop needs it.
pub struct MiningWiring {
    /// How it stands.
    pub status: Box<dyn FnMut() -> MiningStatus>,
    /// What happens in it ([`Msg::MiningEvent`]), and its end ([`Msg::Terminate`]).
    pub news: mpsc::Receiver<Msg>,
}

/// This machine's engine, as the loop needs it.
pub struct EngineWiring {
    /// How it does.
    pub status: Box<dyn FnMut(Timestamp) -> EngineStatus>,
    /// What a person wants of it.
    pub request: Box<dyn FnMut(EngineRequest)>,
}

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
    replies: Replies,
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
        replies: Replies::default(),
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
            event = self.keyboard.next() => event.map_or(Next::Gone, |event| self.keyed(event)),
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
        if std::mem::take(&mut self.deaf) {
            self.keyboard.drop_waiting();
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
        let since = clock::now().millis().unsigned_abs() % TICK_AT_REST_MS;
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

    /// What the terminal sends: keys, or its answer among them.
    fn keyed(&mut self, event: crossterm::event::Event) -> Next {
        match self.replies.take(event, std::time::Instant::now()) {
            Heard::Events(events) => self.events(events),
            Heard::Ground(ground) => {
                if reply::is_light(ground) {
                    self.ask_themes(Ask::LightGround);
                }
                Next::On
            }
        }
    }

    fn events(&mut self, events: Vec<crossterm::event::Event>) -> Next {
        let mut next = Next::On;
        for event in events {
            if next == Next::On {
                next = self.event(event);
            }
        }
        next
    }

    /// Asks the terminal for the colour of its ground. The answer comes among the keys, or never; nothing waits for it.
    fn ask_ground(&mut self) {
        let themes = self.wiring.as_ref().and_then(|w| w.themes.as_ref());
        if themes.is_some_and(|themes| themes.asks_ground) {
            self.aside.extend_from_slice(reply::QUESTION);
            self.replies.asked(std::time::Instant::now());
            self.dirty = true;
            self.at_once = true;
        }
    }

    fn ask_themes(&mut self, ask: Ask) {
        let themes = self.wiring.as_ref().and_then(|w| w.themes.as_ref());
        if themes.is_none_or(|themes| themes.ask.send(ask).is_err()) {
            self.say("no other theme is here");
        }
    }

    /// Another theme, or why not.
    fn dressed(&mut self, dressed: Option<Dressed>) -> Next {
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

    fn event(&mut self, event: crossterm::event::Event) -> Next {
        match input::message(event) {
            Some(msg) => self.by_hand(msg),
            None => Next::On,
        }
    }

    fn new_size(&mut self) -> Next {
        let size = size_of(self.pace);
        self.resized(size);
        // Even where the size is the old one again: on its way there the terminal may have lost cells.
        self.redraw();
        self.by_hand(Msg::Resize(size))
    }

    /// What a person does is shown at once.
    fn by_hand(&mut self, msg: Msg) -> Next {
        self.at_once = true;
        self.touched_at = Instant::now();
        if self.wiring.as_ref().is_some_and(|w| w.deck.is_some()) {
            return self.played_by(&msg);
        }
        // A key is judged by the time at which it was pressed, not by the last tick.
        let ticked = self.apply(Msg::Tick(clock::now()));
        if ticked == Next::On {
            self.apply(msg)
        } else {
            ticked
        }
    }

    fn heard(&mut self, first: Option<(FeedId, FeedEvent)>) -> Next {
        let Some((feed, event)) = first else {
            // All feeds have ended; the figures age and say so.
            if let Some(wiring) = self.wiring.as_mut() {
                wiring.events.close();
            }
            return Next::On;
        };
        let mut next = self.apply(Msg::Feed(feed, event));
        for _ in 1..BATCH {
            let more = self.wiring.as_mut().and_then(|w| w.events.try_recv().ok());
            let Some((feed, event)) = more else { break };
            if next == Next::On {
                next = self.apply(Msg::Feed(feed, event));
            }
        }
        next
    }

    /// News of mining, and how it stands after them.
    fn mined(&mut self, first: Option<Msg>) -> Next {
        let mut next = Next::On;
        let mut news = first;
        for _ in 0..BATCH {
            let Some(msg) = news else { break };
            next = self.apply(msg);
            if next != Next::On {
                return next;
            }
            let mining = self.wiring.as_mut().and_then(|w| w.mining.as_mut());
            news = mining.and_then(|mining| mining.news.try_recv().ok());
        }
        self.mining_status();
        next
    }

    fn mining_status(&mut self) {
        let mining = self.wiring.as_mut().and_then(|w| w.mining.as_mut());
        if let Some(status) = mining.map(|mining| (mining.status)()) {
            self.apply(Msg::Mining(Box::new(status)));
        }
    }

    fn tick(&mut self) -> Next {
        #[cfg(debug_assertions)]
        fault_on_demand(&self.state);
        if terminal::is_gone() {
            return Next::Gone;
        }
        let overdue = self.replies.overdue(std::time::Instant::now());
        let next = self.events(overdue);
        if next != Next::On {
            return next;
        }
        // Some links never pass on SIGWINCH.
        let size = size_of(self.pace);
        if size != self.state.size {
            self.resized(size);
            self.redraw();
            self.apply(Msg::Resize(size));
        }
        if let Some(deck) = self.wiring.as_mut().and_then(|w| w.deck.as_mut()) {
            // Its time is the recorded one.
            deck.resized(size);
            return Next::On;
        }
        self.look_after_recording();
        let now = clock::now();
        let status = self
            .wiring
            .as_mut()
            .and_then(|w| w.engine.as_mut())
            .map(|engine| (engine.status)(now));
        let waits = self.dirty;
        if let Some(status) = status {
            self.apply(Msg::Engine(Box::new(status)));
        }
        self.mining_status();
        let (second, judged) = (self.state.now.whole_seconds(), self.state.judged_at);
        let effects = self.hear(Msg::Tick(now));
        let passes = second != now.whole_seconds() || judged != self.state.judged_at;
        self.dirty = waits || passes || !effects.is_empty() || !self.state.is_at_rest();
        self.carry_out(effects)
    }

    /// The journal has answered. An order that leaves by it is shown at once.
    fn recorded(&mut self, msg: Option<Msg>) -> Next {
        let Some(msg) = msg else {
            // Its thread has ended: what is appended from now on is answered here.
            if let Some(wiring) = self.wiring.as_mut() {
                wiring.journal = None;
            }
            return Next::On;
        };
        let under_way = self.state.orders.iter().any(|r| r.life == Life::Recording);
        let next = self.apply(msg);
        self.at_once |= under_way;
        next
    }

    fn resized(&mut self, size: Size) {
        self.terminal.backend_mut().resized(size.columns, size.rows);
    }

    /// One message and what comes of it.
    fn apply(&mut self, msg: Msg) -> Next {
        self.dirty = true;
        let effects = self.hear(msg);
        self.carry_out(effects)
    }

    /// Effects, and those that come of them.
    fn carry_out(&mut self, mut effects: Vec<Effect>) -> Next {
        let mut next = Next::On;
        while !effects.is_empty() {
            let mut more = Vec::new();
            for effect in effects {
                match self.execute(effect) {
                    Done::Msg(msg) => more.extend(self.hear(msg)),
                    Done::Quit => next = Next::Quit,
                    Done::Nothing => {}
                }
            }
            effects = more;
        }
        next
    }

    /// A message comes into the state, and into the recording.
    fn hear(&mut self, msg: Msg) -> Vec<Effect> {
        self.record(Event::Msg(Cow::Borrowed(&msg)));
        update(&mut self.state, msg)
    }

    /// Says what no message says.
    fn say(&mut self, sentence: &str) {
        self.record(Event::Say(sentence.into()));
        self.state.say(sentence);
    }

    fn record(&mut self, event: Event<'_>) {
        if let Some(recording) = self.wiring.as_mut().and_then(|w| w.recording.as_mut()) {
            recording.take(event);
        }
    }

    fn record_theme(&mut self) {
        if self.wiring.as_ref().is_some_and(|w| w.recording.is_some())
            && let Some(name) = tape::theme_name(&self.look.theme)
        {
            self.record(Event::Theme(name.into()));
        }
    }

    fn begin_recording(&mut self) {
        if let Some(recording) = self.wiring.as_mut().and_then(|w| w.recording.as_mut()) {
            recording.begin(&Head::of(&self.state, &self.look));
            self.state.tape = Tape::Recording;
            self.dirty = true;
        }
    }

    /// A recording that has ended by itself is said, and the console goes on.
    fn look_after_recording(&mut self) {
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
    fn play(&mut self) -> Next {
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
    fn played_by(&mut self, msg: &Msg) -> Next {
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

    fn execute(&mut self, effect: Effect) -> Done {
        match effect {
            Effect::Send(feed, request) => return self.send(feed, request),
            Effect::Mint { count } => {
                let ids = (0..count).map(|_| OrderId(ulid())).collect();
                return Done::Msg(Msg::Minted(ids));
            }
            Effect::MintShed { count } => {
                let ids = (0..count).map(|_| OrderId(ulid())).collect();
                return Done::Msg(Msg::MintedShed(ids));
            }
            Effect::MintDeed => return Done::Msg(Msg::MintedDeed(OrderId(ulid()))),
            Effect::Journal { ticket, entries } => return self.journal(ticket, entries),
            Effect::HandoverSign(..) | Effect::HandoverWrite(..) => {
                if let Some(handover) = self.wiring.as_mut().and_then(|w| w.handover.as_mut()) {
                    (handover.execute)(effect);
                }
            }
            Effect::HistoryOpen(..)
            | Effect::HistoryTake(..)
            | Effect::HistoryAsk { .. }
            | Effect::HistorySum { .. } => {
                if let Some(history) = self.wiring.as_mut().and_then(|w| w.history.as_mut()) {
                    (history.execute)(effect);
                }
            }
            Effect::DropInput => self.deaf = true,
            Effect::Copy(text) => self
                .aside
                .extend_from_slice(&aside::clipboard(&text, aside::in_tmux())),
            Effect::Engine(request) => {
                if let Some(engine) = self.wiring.as_mut().and_then(|w| w.engine.as_mut()) {
                    (engine.request)(request);
                }
            }
            Effect::Alert(sentence) => self
                .aside
                .extend_from_slice(&aside::alert(&sentence, aside::in_tmux())),
            Effect::NextTheme => self.ask_themes(Ask::Next),
            Effect::Redraw => self.redraw(),
            Effect::Suspend => self.suspend(),
            Effect::Quit => return Done::Quit,
        }
        Done::Nothing
    }

    fn send(&mut self, feed: FeedId, request: Request) -> Done {
        let order = match &request {
            Request::Order(order) | Request::CountersignRequest(order, _) => Some(order.id),
            Request::Deed(deed) => Some(deed.id),
            Request::CountersignAnswer { id, .. } => Some(*id),
            _ => None,
        };
        let sent = self
            .wiring
            .as_mut()
            .is_some_and(|w| (w.send)(feed, request));
        match order {
            Some(id) if !sent => Done::Msg(Msg::NotSent(id)),
            _ => Done::Nothing,
        }
    }

    fn journal(&mut self, ticket: u64, entries: Vec<Entry>) -> Done {
        if let Some(journal) = self.wiring.as_mut().and_then(|w| w.journal.as_mut()) {
            (journal.append)(ticket, entries);
            return Done::Nothing;
        }
        let why = "this console has no journal; start it anew".into();
        Done::Msg(Msg::Journalled {
            ticket,
            outcome: Err(Box::new(Unrecorded { why, entries })),
        })
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

/// For the test of what a person sees when the console itself is at fault; not in release builds.
#[cfg(debug_assertions)]
fn fault_on_demand(state: &State) {
    let after = std::env::var("BASELOAD_TEST_PANIC_AFTER_MS")
        .ok()
        .and_then(|v| v.parse::<u64>().ok());
    let up = u64::try_from(clock::now().millis() - state.started.millis()).unwrap_or(0);
    assert!(after.is_none_or(|after| up < after), "a fault on demand");
}

/// What an effect led to.
enum Done {
    Nothing,
    Msg(Msg),
    Quit,
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

/// A ULID: 48 bits of time in ms, 80 random bits.
fn ulid() -> u128 {
    let millis = u128::try_from(clock::now().millis()).unwrap_or(0) & 0xffff_ffff_ffff;
    (millis << 80) | (rand::random::<u128>() >> 48)
}
