//! Text from a feed, made harmless. This is the one place where that is done.
//!
//! A name on the wire may hold escapes, control characters, bidi overrides, invisible characters, towers of combining
//! marks, and characters on whose width terminals disagree. Only what is known to be plain passes: letters of scripts
//! that run left to right one after the other, digits, punctuation, arrows and full-width CJK. Everything else
//! becomes one sign for each run of it, so that a tampered name is seen to be one. Own signs (bars, braille, rules) do
//! not come through here; a feed can't imitate them.

use std::cell::Cell;

use unicode_width::UnicodeWidthChar;

use super::look::Glyphs;

/// Combining marks that a letter may carry; real names need one or two.
const MARKS: u8 = 2;

enum Kind {
    /// A space of any sort, or a line's end.
    Space,
    /// A character of this many columns.
    Plain(usize),
    /// A mark over or under the letter before.
    Mark,
    /// Not to be shown.
    Other,
}

fn kind(c: char) -> Kind {
    match u32::from(c) {
        0x20 | 0x09 | 0x0a | 0x0d | 0xa0 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000 => Kind::Space,
        0x300..=0x36f if c != '\u{34f}' => Kind::Mark,
        0x21..=0x7e
        // Latin, IPA, spacing letters.
        | 0xa1..=0xac | 0xae..=0x2ff
        // Greek, Cyrillic without its enclosing marks, Armenian, Georgian.
        | 0x370..=0x482 | 0x48a..=0x52f | 0x531..=0x58a | 0x10a0..=0x10ff | 0x1c90..=0x1cbf
        | 0x1d00..=0x1dbf | 0x1e00..=0x1fff
        // Dashes, quotes, bullets; not the bidi controls and joiners between them.
        | 0x2010..=0x2027 | 0x2030..=0x205e
        | 0x2070..=0x209c | 0x20a0..=0x20c0 | 0x2100..=0x218b
        // Arrows (the two triangles are our own for up and down) and mathematics.
        | 0x2190..=0x22ff | 0x25b2 | 0x25bc
        // CJK.
        | 0x3001..=0x3029 | 0x3031..=0x303a | 0x3041..=0x3096 | 0x309b..=0x30ff | 0x3105..=0x312f
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xff01..=0xff60 => match columns(c) {
            Some(width @ 1..=2) => Kind::Plain(width),
            _ => Kind::Other,
        },
        _ => Kind::Other,
    }
}

thread_local! {
    /// What is being drawn is for a terminal that gives two columns to characters of ambiguous width. A fact of the one
    /// terminal that a frame is for: handed to each of the places that measure words, it would be in every signature.
    static WIDE: Cell<bool> = const { Cell::new(false) };
    /// The terminal shows ASCII alone: words are measured as they are spelt in it.
    static ASCII: Cell<bool> = const { Cell::new(false) };
}

/// Measures words while `draw` runs for such a terminal (`wide`), or for any other; and as these glyphs spell them.
pub fn measured<T>(wide: bool, glyphs: Glyphs, draw: impl FnOnce() -> T) -> T {
    let before = (WIDE.replace(wide), ASCII.replace(glyphs == Glyphs::Ascii));
    let done = draw();
    WIDE.set(before.0);
    ASCII.set(before.1);
    done
}

/// A text in ASCII: letters of other scripts are spelt in it, and what has no spelling is `?`. On a terminal of one byte
/// a character, bytes of UTF-8 would be other letters, and some of them controls.
pub fn spelt(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        out.push_str(spelling(c).unwrap_or("?"));
        if c.is_ascii() {
            out.push(c);
        }
    }
    out
}

/// How a character is spelt in ASCII: nothing for what is ASCII, none for what can't be.
fn spelling(c: char) -> Option<&'static str> {
    if c.is_ascii() {
        return Some("");
    }
    Some(any_ascii::any_ascii_char(c)).filter(|spelt| !spelt.is_empty())
}

fn columns(c: char) -> Option<usize> {
    if WIDE.get() { c.width_cjk() } else { c.width() }
}

/// The columns that a text takes once it is clean, counted up to `most`.
pub fn width(text: &str, most: u16) -> u16 {
    let glyphs = if ASCII.get() {
        Glyphs::Ascii
    } else {
        Glyphs::Unicode
    };
    let mut out = Out::new(usize::from(most), glyphs);
    out.take(text);
    u16::try_from(out.columns).unwrap_or(most)
}

/// The text without anything that acts on a terminal, cut to `most` columns; a cut is shown by `…` (`~` in ASCII).
/// The work is bounded by `most`, however long the text is.
pub fn clean(text: &str, most: u16, glyphs: Glyphs) -> String {
    let mut out = Out::new(usize::from(most), glyphs);
    out.take(text);
    out.text
}

/// A sentence in at most so many lines of a width, broken between words, and within one that is wider than a line; the
/// last line holds all that is left.
pub fn wrapped(sentence: &str, columns: u16, most: u16) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in sentence.split_whitespace() {
        let last = lines.len() - 1;
        let used = width(&lines[last], u16::MAX / 2);
        let fits = used + 1 + width(word, u16::MAX / 2) <= columns;
        if lines[last].is_empty() {
            lines[last].push_str(word);
        } else if fits || lines.len() >= usize::from(most.max(1)) {
            lines[last].push(' ');
            lines[last].push_str(word);
        } else {
            lines.push(word.to_owned());
        }
        break_up(&mut lines, columns, most);
    }
    lines
}

/// Breaks the last line where its one word is wider than a line.
fn break_up(lines: &mut Vec<String>, columns: u16, most: u16) {
    while lines.len() < usize::from(most) {
        let Some(last) = lines.last_mut().filter(|line| !line.contains(' ')) else {
            return;
        };
        let mut used = 0;
        let cut = last.char_indices().find_map(|(at, c)| {
            used += self::columns(c).unwrap_or(1);
            (used > usize::from(columns.max(2))).then_some(at)
        });
        let Some(at) = cut else {
            return;
        };
        let rest = last.split_off(at);
        lines.push(rest);
    }
}

/// Longest line that [`harmless`] gives, characters.
const LONGEST_LINE: usize = 2_000;
/// Most lines that [`harmless`] gives.
const MOST_LINES: usize = 500;

/// A text for a terminal that is not drawn on: line breaks, tabs and every script stay as they are; each run of what
/// acts on a terminal, turns its text around or can't be seen becomes one `?`; and what is absurdly long is cut.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST_LINE));
    for (number, line) in text.split('\n').take(MOST_LINES + 1).enumerate() {
        if number > 0 {
            out.push('\n');
        }
        if number == MOST_LINES {
            out.push_str("...");
            break;
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut replaced = false;
        for (count, c) in line.chars().enumerate() {
            if count == LONGEST_LINE {
                out.push_str("...");
                break;
            }
            if acts(c) {
                if !replaced {
                    out.push('?');
                }
                replaced = true;
            } else {
                out.push(c);
                replaced = false;
            }
        }
    }
    out
}

/// Is this more, or less, than a sign on the screen?
fn acts(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(u32::from(c),
            // Soft hyphen, marks and overrides of direction, joiners, separators, and signs that nobody sees.
            0xad | 0x34f | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f
            | 0xfeff | 0xfff0..=0xfffb | 0xe0000..=0xe0fff)
}

struct Out {
    text: String,
    columns: usize,
    most: usize,
    glyphs: Glyphs,
    /// Where to cut so that the sign of the cut fits behind.
    cut: (usize, usize),
    /// Marks on the last letter; none where nothing may be marked.
    marks: Option<u8>,
    replaced: bool,
}

impl Out {
    fn new(most: usize, glyphs: Glyphs) -> Self {
        Self {
            text: String::new(),
            columns: 0,
            most,
            glyphs,
            cut: (0, 0),
            marks: None,
            replaced: false,
        }
    }

    fn take(&mut self, text: &str) {
        // A run of nothing but bad characters must not be walked to its end.
        let limit = 8 * self.most + 64;
        for (count, c) in text.chars().enumerate() {
            let fits = count < limit
                && match kind(c) {
                    Kind::Space => self.push(' ', 1, None),
                    // The letter below it is spelt alone.
                    Kind::Mark if self.glyphs == Glyphs::Ascii => true,
                    Kind::Plain(_) if self.glyphs == Glyphs::Ascii && !c.is_ascii() => {
                        self.spell(c)
                    }
                    Kind::Plain(width) => self.push(c, width, Some(0)),
                    Kind::Mark => match self.marks {
                        Some(marks) if marks < MARKS => {
                            self.text.push(c);
                            self.marks = Some(marks + 1);
                            if self.columns < self.most {
                                self.cut = (self.text.len(), self.columns);
                            }
                            true
                        }
                        _ => self.replace(),
                    },
                    Kind::Other => self.replace(),
                };
            if !fits {
                self.shorten();
                return;
            }
        }
    }

    fn spell(&mut self, c: char) -> bool {
        match spelling(c) {
            Some(spelt) => spelt.chars().all(|c| self.push(c, 1, None)),
            None => self.replace(),
        }
    }

    fn replace(&mut self) -> bool {
        if self.replaced {
            return true;
        }
        let pushed = self.push(self.glyphs.replacement(), 1, None);
        self.replaced = true;
        pushed
    }

    fn push(&mut self, c: char, width: usize, marks: Option<u8>) -> bool {
        self.replaced = false;
        if self.columns + width > self.most {
            return false;
        }
        self.text.push(c);
        self.columns += width;
        self.marks = marks;
        if self.columns < self.most {
            self.cut = (self.text.len(), self.columns);
        }
        true
    }

    fn shorten(&mut self) {
        if self.most == 0 {
            return;
        }
        self.text.truncate(self.cut.0);
        self.text.push(self.glyphs.ellipsis());
        self.columns = self.cut.1 + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;
    use unicode_width::UnicodeWidthStr;

    fn shown(text: &str, most: u16) -> String {
        clean(text, most, Glyphs::Unicode)
    }

    #[test]
    fn names_of_the_country_stay_as_they_are() {
        for name in [
            "Astravets",
            "Бяроза",
            "Мазыр — блок 3",
            "Świsłocz",
            "Gießen №2",
            "北京",
            "5 °C, ±2 %",
            "a→b",
        ] {
            assert_eq!(shown(name, 40), name);
        }
    }

    #[test]
    fn where_there_is_ascii_alone_names_are_spelt_in_it() {
        for (name, spelt) in [
            ("Mahilioŭ", "Mahiliou"),
            ("Бяроза", "Byaroza"),
            ("Świsłocz e\u{301}", "Swislocz e"),
            ("5 °C", "5 degC"),
            ("a\u{9b}2Jb", "a?2Jb"),
        ] {
            let shown = clean(name, 40, Glyphs::Ascii);
            assert!(shown.is_ascii(), "{shown}");
            if name != "5 °C" {
                assert_eq!(shown, spelt);
            }
            let columns = measured(false, Glyphs::Ascii, || width(name, 40));
            assert_eq!(usize::from(columns), shown.len());
        }
        assert_eq!(clean("Щучын", 4, Glyphs::Ascii), "Shc~");
        assert_eq!(super::spelt("Mahilioŭ: 5 MW\n"), "Mahiliou: 5 MW\n");
    }

    #[test]
    fn a_failure_keeps_its_lines_and_loses_what_acts() {
        assert_eq!(
            harmless("desk.toml:3: \u{1b}]52;c;aGk=\u{7}x\r\n\t\u{202e}gpj ў مرحبا\n"),
            "desk.toml:3: ?]52;c;aGk=?x\n\t?gpj ў مرحبا\n"
        );
        let long = harmless(&"й".repeat(1 << 20));
        assert_eq!(long.chars().count(), LONGEST_LINE + 3);
        let many = harmless(&"a\n".repeat(1 << 20));
        assert_eq!(many.lines().count(), MOST_LINES + 1);
    }

    #[test]
    fn what_acts_on_a_terminal_is_replaced_once_a_run() {
        let cases = [
            ("a\x1b[31mb", "a¿[31mb"),
            ("a\x1b]0;x\x07b", "a¿]0;x¿b"),
            ("a\u{9b}2Jb", "a¿2Jb"),
            ("a\0\x08\x7fb", "a¿b"),
            ("a\u{202e}gpj\u{2066}b", "a¿gpj¿b"),
            ("a\u{200b}\u{200d}\u{feff}\u{ad}b", "a¿b"),
            ("ok\u{fe0f}", "ok¿"),
            ("a\u{1f469}\u{200d}\u{1f4bb}b", "a¿b"),
            ("a\u{5d0}\u{5d1}b", "a¿b"),
            ("a\u{2588}b", "a¿b"),
            ("a\u{e0041}b", "a¿b"),
            ("a\tb\r\nc\u{2028}d\u{a0}e", "a b  c d e"),
        ];
        for (text, want) in cases {
            assert_eq!(shown(text, 40), want, "{text:?}");
        }
    }

    #[test]
    fn a_sentence_is_broken_between_words_and_within_one_too_wide() {
        let told = |text, width, most| wrapped(text, width, most);
        assert_eq!(
            told("chain 2: 0 of 108 chips", 10, 9),
            ["chain 2: 0", "of 108", "chips"]
        );
        assert_eq!(told("chain 2: 0 of 108", 10, 1), ["chain 2: 0 of 108"]);
        assert_eq!(
            told("a 0123456789abc", 5, 9),
            ["a", "01234", "56789", "abc"]
        );
        assert_eq!(told("0123456789abc", 5, 2), ["01234", "56789abc"]);
    }

    #[test]
    fn towers_of_marks_are_cut_down() {
        let tower = format!("a{}b", "\u{301}".repeat(50));
        assert_eq!(shown(&tower, 10), "a\u{301}\u{301}¿b");
        assert_eq!(shown("\u{301}a", 10), "¿a");
    }

    #[test]
    fn a_cut_is_shown_and_never_halves_a_character() {
        assert_eq!(shown("Salihorsk", 9), "Salihorsk");
        assert_eq!(shown("Salihorsk", 6), "Salih…");
        assert_eq!(shown("Salihorsk", 1), "…");
        assert_eq!(shown("Salihorsk", 0), "");
        assert_eq!(shown("北京北京", 4), "北…");
        assert_eq!(shown("北京", 4), "北京");
        assert_eq!(clean("Salihorsk", 6, Glyphs::Ascii), "Salih~");
        assert_eq!(clean("a\x1bb", 6, Glyphs::Ascii), "a?b");
    }

    #[test]
    fn a_long_name_costs_no_more_than_its_width() {
        // 10 kB and 100 MB of the same give the same; were the work not bounded, the second would take seconds.
        let long = "\u{200b}".repeat(3_400);
        assert_eq!(shown(&long, 20), "¿…");
        assert_eq!(
            shown(&"x".repeat(10_000), 20),
            format!("{}…", "x".repeat(19))
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_is_plain_and_fits(text in any::<String>(), most in 0u16..60) {
            for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
                let out = clean(&text, most, glyphs);
                prop_assert!(out.width() <= usize::from(most));
                prop_assert_eq!(out.graphemes(true).map(UnicodeWidthStr::width).sum::<usize>(), out.width());
                prop_assert!(out.graphemes(true).all(|g| (1..=2).contains(&g.width())));
                for c in out.chars() {
                    prop_assert!(!c.is_control());
                    let hidden = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{206f}'];
                    let is_hidden = hidden.iter().any(|range| range.contains(&c));
                    prop_assert!(!is_hidden);
                }
                let columns = measured(false, glyphs, || width(&text, most));
                prop_assert_eq!(usize::from(columns), out.width());
                prop_assert!(glyphs != Glyphs::Ascii || out.is_ascii());
            }
        }

        #[test]
        fn cleaning_twice_changes_nothing(text in any::<String>(), most in 1u16..60) {
            let once = clean(&text, most, Glyphs::Unicode);
            prop_assert_eq!(clean(&once, most, Glyphs::Unicode), once);
        }
    }
}
