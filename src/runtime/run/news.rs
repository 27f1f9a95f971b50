//! What comes from elsewhere: feeds, mining, the journal, and time.

use std::time::Instant;

use super::{BATCH, BATCH_FOR, Loop, Next, size_of};
use crate::app::Msg;
use crate::control::order::Life;
use crate::domain::ids::FeedId;
use crate::domain::link::FeedEvent;
use crate::runtime::{clock, terminal};

/// This machine's clock was set where it is further off than this from what was last told, ms.
const OWN_STEP_MS: i64 = 500;

impl Loop {
    pub(super) fn heard(&mut self, first: Option<(FeedId, FeedEvent)>) -> Next {
        let Some((feed, event)) = first else {
            // All feeds have ended; the figures age and say so.
            if let Some(wiring) = self.wiring.as_mut() {
                wiring.events.close();
            }
            return Next::On;
        };
        let mut next = self.apply(Msg::Feed(feed, event));
        let until = Instant::now() + BATCH_FOR;
        for _ in 1..BATCH {
            if Instant::now() >= until {
                break;
            }
            let more = self.wiring.as_mut().and_then(|w| w.events.try_recv().ok());
            let Some((feed, event)) = more else { break };
            if next == Next::On {
                next = self.apply(Msg::Feed(feed, event));
            }
        }
        next
    }

    /// News of mining, and how it stands after them.
    pub(super) fn mined(&mut self, first: Option<Msg>) -> Next {
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

    pub(super) fn mining_status(&mut self) {
        let mining = self.wiring.as_mut().and_then(|w| w.mining.as_mut());
        if let Some(status) = mining.map(|mining| (mining.status)()) {
            self.apply(Msg::Mining(Box::new(status)));
        }
    }

    pub(super) fn tick(&mut self) -> Next {
        #[cfg(debug_assertions)]
        fault_on_demand(&self.state);
        if terminal::is_gone() {
            return Next::Gone;
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
        let set = clock::set_since();
        if (set - self.state.own_clock_ms).abs() > OWN_STEP_MS {
            self.apply(Msg::OwnClock(set));
        }
        let now = clock::console();
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
    pub(super) fn recorded(&mut self, msg: Option<Msg>) -> Next {
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
}

/// For the test of what a person sees when the console itself is at fault; not in release builds.
#[cfg(debug_assertions)]
fn fault_on_demand(state: &crate::app::State) {
    let after = std::env::var("BASELOAD_TEST_PANIC_AFTER_MS")
        .ok()
        .and_then(|v| v.parse::<u64>().ok());
    let up = u64::try_from(clock::console().millis() - state.started.millis()).unwrap_or(0);
    assert!(after.is_none_or(|after| up < after), "a fault on demand");
}
