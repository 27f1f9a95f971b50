//! What a message changes, and the effects that come of it, carried out.

use std::borrow::Cow;

use super::{Loop, Next};
use crate::app::journal::Unrecorded;
use crate::app::{Effect, Msg, stamp, update};
use crate::domain::ids::{FeedId, OrderId};
use crate::domain::journal::Entry;
use crate::domain::link::Request;
use crate::runtime::tape::Event;
use crate::runtime::themes::Ask;
use crate::runtime::{aside, clock};
use crate::ui::look::Glyphs;
use crate::ui::text;

impl Loop {
    /// One message and what comes of it.
    pub(super) fn apply(&mut self, msg: Msg) -> Next {
        self.dirty = true;
        let effects = self.hear(msg);
        self.carry_out(effects)
    }

    /// Effects, and those that come of them.
    pub(super) fn carry_out(&mut self, mut effects: Vec<Effect>) -> Next {
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
    pub(super) fn hear(&mut self, msg: Msg) -> Vec<Effect> {
        self.record(Event::Msg(Cow::Borrowed(&msg)));
        update(&mut self.state, msg)
    }

    /// Says what no message says.
    pub(super) fn say(&mut self, sentence: &str) {
        self.record(Event::Say(sentence.into()));
        self.state.say(sentence);
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
            Effect::Alert(sentence) => {
                let said = match self.look.glyphs {
                    Glyphs::Ascii => text::spelt(&sentence),
                    _ => sentence,
                };
                let bytes = aside::alert(&said, aside::in_tmux());
                self.aside.extend_from_slice(&bytes);
            }
            Effect::NextTheme => self.ask_themes(Ask::Next),
            Effect::Redraw => self.redraw(),
            Effect::Suspend => self.suspend(),
            Effect::Quit => return Done::Quit,
        }
        Done::Nothing
    }

    fn send(&mut self, feed: FeedId, request: Request) -> Done {
        let request = stamp::stamped(&self.state, feed, request, OrderId(ulid()));
        let what = match &request {
            Request::Stamped(request, _) => request,
            request => request,
        };
        let order = match what {
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
}

/// What an effect led to.
enum Done {
    Nothing,
    Msg(Msg),
    Quit,
}

/// A ULID: 48 bits of time in ms, 80 random bits.
fn ulid() -> u128 {
    let millis = u128::try_from(clock::now().millis()).unwrap_or(0) & 0xffff_ffff_ffff;
    (millis << 80) | (rand::random::<u128>() >> 48)
}
