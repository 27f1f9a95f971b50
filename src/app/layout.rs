//! Keys of a Cyrillic keyboard layout. Commands are Latin letters; who has the Russian or the Belarusian layout on finds
//! them under the same fingers, and what is typed to confirm an order comes out in Latin as well.

use super::key::{Code, Key};

/// Letters of both layouts (they differ in `и`/`і`, `щ`/`ў` and the apostrophe), and what the same keys give in Latin.
/// Signs that both have (`.` and `,` above all) are left alone: they are what they are.
const PAIRS: [(&str, &str); 3] = [
    ("йцукенгшщўзхъ", "qwertyuioop[]"),
    ("фывапролджэ", "asdfghjkl;'"),
    ("ячсмиітьбюё", "zxcvbbnm,.`"),
];

/// What a key with Shift gives in Latin where that is no capital letter.
const SHIFTED: [(char, char); 7] = [
    ('[', '{'),
    (']', '}'),
    (';', ':'),
    ('\'', '"'),
    (',', '<'),
    ('.', '>'),
    ('`', '~'),
];

/// The character that the same key gives in a Latin layout; any other character as it is.
pub(super) fn latin(c: char) -> char {
    let lower = c.to_lowercase().next().unwrap_or(c);
    let found = PAIRS.iter().find_map(|(cyrillic, latin)| {
        cyrillic
            .chars()
            .zip(latin.chars())
            .find(|(from, _)| *from == lower)
    });
    match found {
        None => c,
        Some((_, to)) if lower == c => to,
        Some((_, to)) => SHIFTED
            .iter()
            .find(|(plain, _)| *plain == to)
            .map_or(to.to_ascii_uppercase(), |(_, shifted)| *shifted),
    }
}

impl Key {
    /// The key as a Latin layout would have given it.
    #[must_use]
    pub(super) fn in_latin(self) -> Self {
        match self.code {
            Code::Char(c) => Self {
                code: Code::Char(latin(c)),
                ..self
            },
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_fingers_give_the_same_command() {
        let typed = |text: &str| text.chars().map(latin).collect::<String>();
        assert_eq!(typed("ЫРУВ ТФЕШЩТ 1184"), "SHED NATION 1184");
        assert_eq!(typed("ЫРУВ ТФЕШЎТ 1184"), "SHED NATION 1184");
        assert_eq!(typed("сКпПЖхХ"), "cRgG:[{");
        assert_eq!(typed("и і И І"), "b b B B");
        assert_eq!(typed("shed 1.5, ?/*"), "shed 1.5, ?/*");
    }

    #[test]
    fn commands_work_from_a_cyrillic_layout_and_filters_stay_text() {
        use crate::app::{Desk, Effect, Msg, Overlay, Size, State, update};
        use crate::domain::time::Timestamp;

        let desk = Desk {
            name: "desk".into(),
            operator: "operator".into(),
            role: "operator".into(),
            read_only: false,
        };
        let size = Size::of(80, 24);
        let mut state = State::new(desk, Vec::new(), size, Timestamp::from_millis(0));
        for c in ['/', 'й', 'Ў'] {
            update(&mut state, Msg::Key(Key::char(c)));
        }
        assert_eq!(state.nav.nation.filter, "йЎ");
        update(&mut state, Msg::Key(Key::plain(Code::Enter)));
        assert_eq!(state.overlay, Overlay::None);
        update(&mut state, Msg::Key(Key::char('й')));
        assert_eq!(state.nav.nation.filter, "", "q clears the filter first");
        let effects = update(&mut state, Msg::Key(Key::char('й')));
        assert_eq!(effects, [Effect::Quit], "q on the first screen");
    }

    #[test]
    fn pairs_are_as_long_as_each_other() {
        for (cyrillic, latin) in PAIRS {
            assert_eq!(cyrillic.chars().count(), latin.chars().count());
        }
    }
}
