//! Keys as values, whatever terminal library read them.

/// Which key, without modifiers other than what a character already carries (`R` is `Char('R')`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Code {
    /// A character.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Backspace.
    Backspace,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// Insert.
    Insert,
    /// Delete.
    Delete,
    /// A function key, 1 to 12.
    F(u8),
}

/// A key with Ctrl and Alt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Key {
    /// Which.
    pub code: Code,
    /// Ctrl is held.
    pub ctrl: bool,
    /// Alt is held.
    pub alt: bool,
}

impl Key {
    /// The key alone.
    pub const fn plain(code: Code) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
        }
    }

    /// A character key.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// A character with Ctrl.
    pub const fn ctrl(c: char) -> Self {
        Self {
            code: Code::Char(c),
            ctrl: true,
            alt: false,
        }
    }
}

/// Keys with a name of more than one letter, as the screen shows them; the first of those with one code is that one.
const NAMES: [(&str, Code); 24] = [
    ("Up", Code::Up),
    ("Down", Code::Down),
    ("Left", Code::Left),
    ("Right", Code::Right),
    ("Enter", Code::Enter),
    ("Return", Code::Enter),
    ("Esc", Code::Esc),
    ("Escape", Code::Esc),
    ("space", Code::Char(' ')),
    ("Tab", Code::Tab),
    ("S-Tab", Code::BackTab),
    ("BackTab", Code::BackTab),
    ("Backspace", Code::Backspace),
    ("PgUp", Code::PageUp),
    ("PageUp", Code::PageUp),
    ("PgDn", Code::PageDown),
    ("PageDown", Code::PageDown),
    ("Home", Code::Home),
    ("End", Code::End),
    ("Ins", Code::Insert),
    ("Insert", Code::Insert),
    ("Del", Code::Delete),
    ("Delete", Code::Delete),
    ("plus", Code::Char('+')),
];

/// Letters that a terminal sends with Ctrl as other keys: nobody could tell them apart.
const SAME: [(char, &str); 5] = [
    ('i', "Tab"),
    ('m', "Enter"),
    ('j', "Enter"),
    ('h', "Backspace"),
    ('[', "Esc"),
];

impl std::fmt::Display for Key {
    /// As people read it, and as [`Key::parse`] takes it: `c`, `C`, `space`, `PgUp`, `C-l`, `A-x`, `F5`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.ctrl {
            f.write_str("C-")?;
        }
        if self.alt {
            f.write_str("A-")?;
        }
        let named = NAMES.iter().find(|(_, code)| *code == self.code);
        match (self.code, named) {
            (Code::Char(c), _) if c != ' ' => write!(f, "{c}"),
            (Code::F(number), _) => write!(f, "F{number}"),
            (_, Some((name, _))) => f.write_str(name),
            (_, None) => f.write_str("?"),
        }
    }
}

impl Key {
    /// Reads a key as people write it: a character as it is (`R` is Shift-r), or a name, with `C-` (`Ctrl-`) and `A-`
    /// (`Alt-`) before it. The error says the mend.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut rest, mut ctrl, mut alt) = (text, false, false);
        loop {
            let front = |prefix: &str| {
                let (head, tail) = rest.split_at_checked(prefix.len())?;
                (head.eq_ignore_ascii_case(prefix) && !tail.is_empty()).then_some(tail)
            };
            if let Some(tail) = front("C-").or_else(|| front("Ctrl-")) {
                (rest, ctrl) = (tail, true);
            } else if let Some(tail) = front("A-").or_else(|| front("Alt-")) {
                (rest, alt) = (tail, true);
            } else {
                break;
            }
        }
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(c), None) if !c.is_control() => Code::Char(c),
            _ => named(rest).ok_or_else(|| {
                "a key is one character, F1 to F12, or one of Up, Down, Left, Right, Enter, Esc, space, Tab, S-Tab, \
                 Backspace, PgUp, PgDn, Home, End, Ins, Del; C- and A- before it are Ctrl and Alt"
                    .to_owned()
            })?,
        };
        // With Ctrl, terminals send no difference between the cases.
        let code = match code {
            Code::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
            Code::Char('\t') => Code::Tab,
            other => other,
        };
        if let Code::Char(c) = code
            && ctrl
            && let Some((_, twin)) = SAME.iter().find(|(letter, _)| *letter == c)
        {
            return Err(format!("a terminal sends it as {twin}: write {twin}"));
        }
        Ok(Self { code, ctrl, alt })
    }
}

fn named(word: &str) -> Option<Code> {
    let number = word.strip_prefix(['F', 'f']).and_then(|n| n.parse().ok());
    if let Some(number @ 1..=12) = number {
        return Some(Code::F(number));
    }
    NAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_read_as_people_write_them() {
        for (text, key) in [
            ("c", Key::char('c')),
            ("C", Key::char('C')),
            ("space", Key::char(' ')),
            ("Ctrl-L", Key::ctrl('l')),
            ("C-l", Key::ctrl('l')),
            ("F12", Key::plain(Code::F(12))),
            ("pgup", Key::plain(Code::PageUp)),
            ("-", Key::char('-')),
            ("ы", Key::char('ы')),
        ] {
            assert_eq!(Key::parse(text), Ok(key), "{text}");
        }
        for wrong in [
            "", "cc", "F13", "F0", "C-", "Hyper-x", "\u{1b}", "C-i", "ctrl-m",
        ] {
            assert!(Key::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn every_key_of_the_table_is_read_as_it_is_shown() {
        for key in crate::app::actions::ACTIONS.iter().flat_map(|s| s.keys) {
            assert_eq!(Key::parse(&key.to_string()), Ok(*key), "{key}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_shown_so_that_it_is_read_again(text in "\\PC{0,12}") {
            if let Ok(key) = Key::parse(&text) {
                prop_assert_eq!(Key::parse(&key.to_string()), Ok(key));
            }
        }
    }
}
