//! Which key a whole sequence is: what xterm, rxvt, the Linux console and kitty send (xterm's ctlseqs; kitty's keyboard
//! protocol for `u`). None: it is no key that is known here, and means nothing.

use crate::app::key::{Code, Key};

/// One byte that is no letter.
pub(super) fn control(byte: u8) -> Option<Key> {
    let ctrl = |letter: u8| Key::ctrl(char::from(letter));
    Some(match byte {
        0x00 => ctrl(b' '),
        b'\t' => Key::plain(Code::Tab),
        b'\r' => Key::plain(Code::Enter),
        0x08 | 0x7f => Key::plain(Code::Backspace),
        0x01..=0x1a => ctrl(byte - 1 + b'a'),
        0x1c..=0x1f => ctrl(byte - 0x1c + b'4'),
        _ => return None,
    })
}

/// `ESC O` and this byte; keys of a number pad in application mode too.
pub(super) fn single(last: u8) -> Option<Code> {
    Some(match last {
        b'M' => Code::Enter,
        b'j'..=b'y' => Code::Char(char::from(last - b'j' + b'*')),
        b'X' => Code::Char('='),
        _ => return letter(last),
    })
}

/// Keys that end with a letter of their own.
fn letter(last: u8) -> Option<Code> {
    Some(match last {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'F' => Code::End,
        b'H' => Code::Home,
        b'P'..=b'S' => Code::F(last - b'P' + 1),
        _ => return None,
    })
}

/// The Linux console's first five function keys: `ESC [ [` and this byte.
pub(super) fn console(last: u8) -> Option<Code> {
    matches!(last, b'A'..=b'E').then(|| Code::F(last - b'A' + 1))
}

/// `ESC [`, what stands between, and the last byte.
pub(super) fn sequence(between: &[u8], last: u8) -> Option<Key> {
    let text = std::str::from_utf8(between).ok()?;
    let mut fields = text.split(';');
    let first = fields.next()?;
    let (modifiers, event) = match fields.next() {
        Some(field) => field.split_once(':').unwrap_or((field, "1")),
        None => ("1", "1"),
    };
    // What lets a key go is no key; what has yet more fields is an answer.
    if event == "3" || fields.next().is_some() && last != b'u' {
        return None;
    }
    let code = match (last, first) {
        (b'~', number) => numbered(number.parse().ok()?)?,
        (b'u', number) => scalar(number.split(':').next()?.parse().ok()?)?,
        (b'Z', "" | "1") => Code::BackTab,
        // With fields, R is a place on the screen.
        (b'R', _) => return None,
        (last, "" | "1") => letter(last)?,
        _ => return None,
    };
    with(code, modifiers.parse().ok()?)
}

/// The modifiers as they are sent: 1, and 1 for Shift, 2 for Alt, 4 for Ctrl. Others make another key of it, but for the
/// locks (64 and 128), which are a state.
fn with(code: Code, modifiers: u16) -> Option<Key> {
    let bits = modifiers.checked_sub(1)? & !0xc0;
    (bits < 8).then(|| Key {
        code: match code {
            Code::Tab if bits & 1 != 0 => Code::BackTab,
            Code::Char(c) if bits & 1 != 0 => Code::Char(c.to_ascii_uppercase()),
            code => code,
        },
        ctrl: bits & 4 != 0,
        alt: bits & 2 != 0,
    })
}

fn numbered(number: u8) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        2 => Code::Insert,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        11..=15 => Code::F(number - 10),
        17..=21 => Code::F(number - 11),
        23 | 24 => Code::F(number - 12),
        _ => return None,
    })
}

fn scalar(number: u32) -> Option<Code> {
    Some(match number {
        9 => Code::Tab,
        13 => Code::Enter,
        27 => Code::Esc,
        127 => Code::Backspace,
        // From here on kitty's own keys, which have no character.
        57_344..=63_743 => return None,
        _ => Code::Char(char::from_u32(number).filter(|c| !c.is_control())?),
    })
}
