//! The terminal's answer to the question for the colour of its ground (OSC 11), found among the keys.
//!
//! The library that reads keys does not know this answer: it takes it for Alt-] and the letters that follow, and a
//! letter may open a dialog. So what looks like the answer is held back until it is one, or is not; nothing that a
//! person typed is lost, and nobody waits for a terminal that does not answer.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::ui::theme::Rgb;

/// The question. Terminals end their answer as the question ended.
pub(super) const QUESTION: &[u8] = b"\x1b]11;?\x07";
/// An answer that takes longer is no answer any more.
const WITHIN: Duration = Duration::from_secs(5);
/// What was begun and is not gone on with is a person's.
const GAP: Duration = Duration::from_millis(400);
/// Longest answer: `11;rgba:` and four times four digits with what parts them.
const LONGEST: usize = 30;

/// What an event turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// These, in their order; none where more has to come first.
    Events(Vec<Event>),
    /// The terminal's ground.
    Ground(Rgb),
}

/// What has been heard of the answer.
#[derive(Debug, Default)]
pub(super) struct Replies {
    asked: Option<Instant>,
    held: Vec<Event>,
    text: String,
    since: Option<Instant>,
    /// The last event was Esc: an answer cut in two begins so.
    after_esc: bool,
}

impl Replies {
    /// The question goes out now.
    pub(super) fn asked(&mut self, now: Instant) {
        self.asked = Some(now);
    }

    /// Takes an event as it comes.
    pub(super) fn take(&mut self, event: Event, now: Instant) -> Heard {
        let waits = self.asked.is_some_and(|at| now.duration_since(at) < WITHIN);
        let Event::Key(key) = event else {
            return Heard::Events(self.release(Some(event)));
        };
        if !waits || key.kind == KeyEventKind::Release {
            return Heard::Events(self.release(Some(event)));
        }
        if self.held.is_empty() {
            let begins = key.code == KeyCode::Char(']')
                && (key.modifiers.contains(KeyModifiers::ALT) || self.after_esc);
            self.after_esc = key.code == KeyCode::Esc;
            if !begins {
                return Heard::Events(vec![event]);
            }
            self.since = Some(now);
            self.held.push(event);
            return Heard::Events(Vec::new());
        }
        self.go_on(key, event)
    }

    fn go_on(&mut self, key: KeyEvent, event: Event) -> Heard {
        let chord = key.modifiers - KeyModifiers::SHIFT;
        match key.code {
            KeyCode::Char('g') if chord == KeyModifiers::CONTROL => self.end(event),
            KeyCode::Char('\\') if chord == KeyModifiers::ALT || self.after_esc => self.end(event),
            KeyCode::Esc => {
                self.after_esc = true;
                self.held.push(event);
                Heard::Events(Vec::new())
            }
            KeyCode::Char(c) if chord.is_empty() && self.fits(c) => {
                self.text.push(c);
                self.held.push(event);
                Heard::Events(Vec::new())
            }
            _ => Heard::Events(self.release(Some(event))),
        }
    }

    /// May the answer go on with this character?
    fn fits(&self, c: char) -> bool {
        const FRONT: &str = "11;rgb";
        match FRONT.chars().nth(self.text.len()) {
            Some(wanted) => c == wanted,
            None => self.text.len() < LONGEST && (c.is_ascii_hexdigit() || ":/".contains(c)),
        }
    }

    fn end(&mut self, event: Event) -> Heard {
        match colour(&self.text) {
            Some(rgb) => {
                self.release(None);
                self.asked = None;
                Heard::Ground(rgb)
            }
            None => Heard::Events(self.release(Some(event))),
        }
    }

    /// What is held, then the event. What had begun to be an answer and is not one is dropped from the third letter on:
    /// no hand types that.
    fn release(&mut self, event: Option<Event>) -> Vec<Event> {
        let mut events = std::mem::take(&mut self.held);
        if self.text.len() > 2 {
            events.clear();
        }
        self.text.clear();
        self.since = None;
        self.after_esc = false;
        events.extend(event);
        events
    }

    /// What was held too long.
    pub(super) fn overdue(&mut self, now: Instant) -> Vec<Event> {
        match self.since {
            Some(at) if now.duration_since(at) > GAP => self.release(None),
            _ => Vec::new(),
        }
    }
}

/// The colour of an answer: `11;rgb:RR/GG/BB`, one to four digits each (XParseColor).
fn colour(text: &str) -> Option<Rgb> {
    let parts = text
        .strip_prefix("11;rgb:")
        .or_else(|| text.strip_prefix("11;rgba:"))?;
    let mut parts = parts.split('/').map(|part| {
        let most = match part.len() {
            1..=4 => (1u32 << (4 * part.len())) - 1,
            _ => return None,
        };
        let value = u32::from_str_radix(part, 16).ok()?;
        u8::try_from(value * 255 / most).ok()
    });
    Some(Rgb(parts.next()??, parts.next()??, parts.next()??))
}

/// Is it a ground for dark words?
pub(super) fn is_light(ground: Rgb) -> bool {
    // Where black and white stand out alike.
    ground.luminance() > 0.18
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    fn typed(c: char) -> Event {
        key(KeyCode::Char(c), KeyModifiers::NONE)
    }

    /// As the library reads the bytes of an answer.
    fn answer(text: &str) -> Vec<Event> {
        let first = key(KeyCode::Char(']'), KeyModifiers::ALT);
        let last = key(KeyCode::Char('g'), KeyModifiers::CONTROL);
        let middle = text.chars().map(typed);
        std::iter::once(first).chain(middle).chain([last]).collect()
    }

    fn hear(events: &[Event]) -> (Vec<Event>, Option<Rgb>) {
        let mut replies = Replies::default();
        let now = Instant::now();
        replies.asked(now);
        let (mut passed, mut ground) = (Vec::new(), None);
        for event in events {
            match replies.take(event.clone(), now) {
                Heard::Events(more) => passed.extend(more),
                Heard::Ground(rgb) => ground = Some(rgb),
            }
        }
        passed.extend(replies.overdue(now + Duration::from_secs(1)));
        (passed, ground)
    }

    #[test]
    fn an_answer_is_heard_and_the_keys_around_it_pass() {
        let mut events = vec![typed('j')];
        events.extend(answer("11;rgb:fdfd/f6f6/e3e3"));
        events.push(typed('c'));
        let (passed, ground) = hear(&events);
        assert_eq!(ground, Some(Rgb(0xfd, 0xf6, 0xe3)));
        assert_eq!(passed, [typed('j'), typed('c')]);
        assert!(is_light(Rgb(0xfd, 0xf6, 0xe3)) && !is_light(Rgb(0x28, 0x2c, 0x34)));
    }

    #[test]
    fn an_answer_cut_in_two_types_nothing() {
        let mut events = vec![key(KeyCode::Esc, KeyModifiers::NONE), typed(']')];
        events.extend("11;rgb:cccc/cccc/cccc".chars().map(typed));
        events.push(key(KeyCode::Esc, KeyModifiers::NONE));
        events.push(typed('\\'));
        let (passed, ground) = hear(&events);
        assert_eq!(ground, Some(Rgb(0xcc, 0xcc, 0xcc)));
        assert_eq!(passed, [key(KeyCode::Esc, KeyModifiers::NONE)]);
    }

    #[test]
    fn half_an_answer_types_nothing() {
        for text in ["11;rgb:cccc/c", "11;r", "11;rgb:cccc/cccc/cccc"] {
            let mut events = answer(text);
            events.pop();
            let (passed, ground) = hear(&events);
            let letters = passed.iter().filter(|e| **e == typed('c')).count();
            assert!(ground.is_none() && letters == 0, "{text}: {passed:?}");
        }
    }

    #[test]
    fn what_is_no_answer_is_a_persons() {
        let alt = key(KeyCode::Char(']'), KeyModifiers::ALT);
        let events = [alt, typed('c'), typed('j')];
        assert_eq!(hear(&events), (events.to_vec(), None));
        let mut silent = Replies::default();
        for event in answer("11;rgb:ffff/ffff/ffff") {
            let heard = silent.take(event.clone(), Instant::now());
            assert_eq!(heard, Heard::Events(vec![event]), "nobody asked");
        }
    }

    proptest! {
        #[test]
        fn no_key_is_lost_that_is_no_answer(keys in "[a-zA-Z0-9 \\]\\\\;:]{0,24}") {
            let events: Vec<Event> = keys.chars().map(typed).collect();
            prop_assert_eq!(hear(&events), (events, None));
        }

        #[test]
        fn colours_are_read_or_not(text in "11;rgba?:[0-9a-f/]{0,20}") {
            let _ = colour(&text);
        }
    }
}
