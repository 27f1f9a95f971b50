//! Bytes, cut into keys (ECMA-48, 5.3 and 5.4).
//!
//! Invariant: a byte of a sequence is never a key of its own, wherever the sequence is cut, as long as the pauses in it are
//! shorter than these waits. What is no known key (a terminal's answer, a string, a mouse) is taken to its end and means
//! nothing. A hand that types on does not prolong it: nobody is unheard for longer than the waits.

use std::time::{Duration, Instant};

use super::{Heard, ground, table};
use crate::app::key::{Code, Key};

/// Most bytes kept of a sequence or a string; those beyond are taken and not kept.
const KEPT: usize = 64;
/// The same of a paste.
const PASTE: usize = 64 * 1_024;
/// A sequence or string that the terminal added nothing to for so long has ended. Esc and Ctrl-C end it at once.
const BEGUN: Duration = Duration::from_secs(2);
/// The same of a paste: what would come after it would be taken as typed.
const PASTING: Duration = Duration::from_secs(10);
/// What comes sooner after the byte before, or so many bytes in one go, comes from no hand, but may come from a slow line.
const NO_HAND: Duration = Duration::from_millis(40);
const IN_ONE_GO: usize = 8;
const PASTE_END: &[u8] = b"\x1b[201~";
const ESC: u8 = 0x1b;
const BELL: u8 = 0x07;
const CTRL_C: u8 = 0x03;
/// Cancel and substitute: they end any sequence, and are no keys then.
const CUT_OFF: [u8; 2] = [0x18, 0x1a];

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum In {
    /// Nothing: it is a key, or begins one.
    Nothing,
    /// A character of several bytes (UTF-8).
    Letter,
    /// What may follow Esc, or two of them.
    Escape { twice: bool },
    /// `ESC O`.
    Single,
    /// `ESC [`.
    Sequence,
    /// `ESC [ [`: a function key of the Linux console.
    Console,
    /// An old mouse report: so many bytes more.
    Mouse(u8),
    /// A string (OSC, DCS, APC, PM, SOS), up to BEL or `ESC \`.
    Text,
    /// The Esc that may end a string.
    TextEnd,
    /// A bracketed paste.
    Paste,
}

/// Cuts bytes into keys.
#[derive(Debug)]
pub(in crate::runtime) struct Cutter {
    /// How long Esc waits for what may follow.
    wait: Duration,
    at: In,
    /// Alt is held: a second Esc stood before.
    alt: bool,
    kept: Vec<u8>,
    last: Instant,
    /// When what is under way was begun, or the terminal last added to it.
    since: Instant,
    /// What is under way now is to mean nothing.
    muted: bool,
}

impl Cutter {
    /// `wait` is how long a lone Esc waits for what may follow it.
    pub(in crate::runtime) fn new(wait: Duration, now: Instant) -> Self {
        Self {
            wait,
            at: In::Nothing,
            alt: false,
            kept: Vec::new(),
            last: now,
            since: now,
            muted: false,
        }
    }

    /// Takes bytes as they come.
    pub(in crate::runtime) fn take(&mut self, bytes: &[u8], now: Instant) -> Vec<Heard> {
        let no_hand = bytes.len() >= IN_ONE_GO || now.duration_since(self.last) < NO_HAND;
        if no_hand || matches!(self.at, In::Nothing | In::Escape { .. }) {
            self.since = now;
        }
        self.last = now;
        let mut heard = Vec::new();
        for byte in bytes {
            let more = self.byte(*byte);
            if !self.muted {
                heard.extend(more);
            }
            self.muted &= self.at != In::Nothing;
        }
        heard
    }

    /// Until when what is begun waits for more; none where nothing is begun.
    pub(in crate::runtime) fn until(&self) -> Option<Instant> {
        Some(match self.at {
            In::Nothing => return None,
            In::Escape { .. } | In::TextEnd => self.last + self.wait,
            In::Paste => self.since + PASTING,
            _ => self.since + BEGUN,
        })
    }

    /// Nothing came until then: what was begun has ended. Only Esc, alone or twice, was a key.
    pub(in crate::runtime) fn overdue(&mut self, now: Instant) -> Vec<Heard> {
        if self.until().is_none_or(|until| now < until) {
            return Vec::new();
        }
        let muted = std::mem::take(&mut self.muted);
        let count = match std::mem::replace(&mut self.at, In::Nothing) {
            In::Escape { twice } if !muted => 1 + usize::from(twice),
            _ => 0,
        };
        vec![Heard::Key(Key::plain(Code::Esc)); count]
    }

    /// What is begun now is not to be heard when it ends.
    pub(in crate::runtime) fn mute(&mut self) {
        self.muted = self.at != In::Nothing;
    }

    fn byte(&mut self, byte: u8) -> Option<Heard> {
        if self.at != In::Nothing && self.at != In::Paste && CUT_OFF.contains(&byte) {
            self.at = In::Nothing;
            return None;
        }
        // What was begun is cut off, and this begins something of its own.
        if matches!(
            self.at,
            In::Single | In::Sequence | In::Console | In::Mouse(_)
        ) {
            match byte {
                ESC => return self.begin(In::Escape { twice: false }),
                CTRL_C => {
                    self.at = In::Nothing;
                    return self.first(byte);
                }
                _ => {}
            }
        }
        match self.at {
            In::Nothing => self.first(byte),
            In::Letter => self.letter(byte),
            In::Escape { twice } => self.after_escape(byte, twice),
            In::Single => match byte {
                b'0'..=b'9' | b';' => self.keep(byte, KEPT),
                _ => self.end(table::single(byte).filter(|_| self.kept.is_empty())),
            },
            In::Sequence => self.sequence(byte),
            In::Console => self.end(table::console(byte)),
            In::Mouse(left) => self.begin(if left > 1 {
                In::Mouse(left - 1)
            } else {
                In::Nothing
            }),
            In::Text => self.text(byte),
            In::TextEnd if byte == b'\\' => self.answer(),
            // The string was cut off, and something else begins.
            In::TextEnd => self.after_escape(byte, false),
            In::Paste => self.paste(byte),
        }
    }

    fn begin(&mut self, at: In) -> Option<Heard> {
        self.at = at;
        self.kept.clear();
        None
    }

    fn keep(&mut self, byte: u8, most: usize) -> Option<Heard> {
        if self.kept.len() < most {
            self.kept.push(byte);
        }
        None
    }

    /// The end of a sequence that was this key, or none.
    fn end(&mut self, code: Option<Code>) -> Option<Heard> {
        self.at = In::Nothing;
        code.map(|code| self.key(Key::plain(code)))
    }

    fn key(&self, key: Key) -> Heard {
        let alt = key.alt || self.alt;
        Heard::Key(Key { alt, ..key })
    }

    fn first(&mut self, byte: u8) -> Option<Heard> {
        self.alt = false;
        match byte {
            ESC => self.begin(In::Escape { twice: false }),
            b' '..=b'~' => Some(self.key(Key::char(char::from(byte)))),
            0xc2..=0xf4 => {
                self.begin(In::Letter);
                self.keep(byte, KEPT)
            }
            0x80..=0x9f => self.opens(byte - 0x40),
            0xa0.. => None,
            _ => table::control(byte).map(|key| self.key(key)),
        }
    }

    /// `ESC` and this byte, or the one byte that stands for both (C1).
    fn opens(&mut self, byte: u8) -> Option<Heard> {
        self.begin(match byte {
            b'[' => In::Sequence,
            b'O' => In::Single,
            b']' | b'P' | b'X' | b'^' | b'_' => In::Text,
            _ => In::Nothing,
        });
        if self.at == In::Text {
            return self.keep(byte, KEPT);
        }
        None
    }

    /// A character that was cut off is dropped, and the byte begins something of its own.
    fn letter(&mut self, byte: u8) -> Option<Heard> {
        if !matches!(byte, 0x80..=0xbf) {
            self.at = In::Nothing;
            return self.first(byte);
        }
        self.keep(byte, KEPT);
        let wanted = match self.kept.first() {
            Some(0xf0..) => 4,
            Some(0xe0..) => 3,
            _ => 2,
        };
        if self.kept.len() < wanted {
            return None;
        }
        self.at = In::Nothing;
        let c = std::str::from_utf8(&self.kept).ok()?.chars().next()?;
        match u8::try_from(c) {
            Ok(byte @ 0x80..=0x9f) => self.opens(byte - 0x40),
            _ => Some(self.key(Key::char(c))),
        }
    }

    fn after_escape(&mut self, byte: u8, twice: bool) -> Option<Heard> {
        self.alt = twice;
        match byte {
            // It is never part of another key here.
            CTRL_C => {
                self.at = In::Nothing;
                self.first(byte)
            }
            // The first of three belongs to nothing that could still come.
            ESC if twice => Some(Heard::Key(Key::plain(Code::Esc))),
            ESC => self.begin(In::Escape { twice: true }),
            b'[' | b'O' | b']' | b'P' | b'X' | b'^' | b'_' => self.opens(byte),
            _ => {
                self.at = In::Nothing;
                // Its letter goes through the same cut as any other, with Alt.
                let heard = self.first(byte);
                self.alt = true;
                match heard {
                    Some(Heard::Key(key)) => Some(self.key(key)),
                    heard => heard,
                }
            }
        }
    }

    fn sequence(&mut self, byte: u8) -> Option<Heard> {
        match byte {
            b'[' if self.kept.is_empty() => self.begin(In::Console),
            b'M' if self.kept.is_empty() => self.begin(In::Mouse(3)),
            // rxvt ends a key with Shift so; elsewhere more follows.
            b'$' if !self.kept.is_empty() && self.kept.iter().all(u8::is_ascii_digit) => {
                self.begin(In::Nothing)
            }
            b'~' if self.kept == b"200" => self.begin(In::Paste),
            b'@'..=b'~' => {
                self.at = In::Nothing;
                let whole = self.kept.len() < KEPT;
                let key = table::sequence(&self.kept, byte).filter(|_| whole);
                key.map(|key| self.key(key))
            }
            b' '..=b'?' => self.keep(byte, KEPT),
            // No sequence has it: it was cut off, and this begins something of its own.
            _ => {
                self.at = In::Nothing;
                self.first(byte)
            }
        }
    }

    fn text(&mut self, byte: u8) -> Option<Heard> {
        match byte {
            BELL => self.answer(),
            ESC => {
                self.at = In::TextEnd;
                None
            }
            // No string has it; a person who wants to get out does.
            CTRL_C => {
                self.at = In::Nothing;
                self.first(byte)
            }
            _ => self.keep(byte, KEPT),
        }
    }

    /// A string has ended. Only the terminal's ground is an answer to something that was asked.
    fn answer(&mut self) -> Option<Heard> {
        self.at = In::Nothing;
        let text = std::str::from_utf8(self.kept.strip_prefix(b"]")?).ok()?;
        ground::colour(text).map(Heard::Ground)
    }

    fn paste(&mut self, byte: u8) -> Option<Heard> {
        // Its end is found however long it is.
        if self.kept.len() == PASTE + PASTE_END.len() {
            self.kept.remove(PASTE);
        }
        self.kept.push(byte);
        if byte == b'~' && self.kept.ends_with(PASTE_END) {
            self.at = In::Nothing;
            let text = &self.kept[..self.kept.len() - PASTE_END.len()];
            return Some(Heard::Paste(String::from_utf8_lossy(text).into_owned()));
        }
        None
    }
}
