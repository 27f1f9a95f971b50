//! What a name looks like to a person, by Unicode Technical Standard 39: two names of one look may be taken for each
//! other, whatever their letters are.

use std::fmt::Write;
use std::sync::LazyLock;

use unicode_security::{GeneralSecurityProfile, MixedScript, skeleton};

/// Letters below this have their looks in a table: Latin, Greek, Cyrillic.
const TABLE: u32 = 0x530;

/// What a name looks like; names that share either are alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    /// By letters of either case.
    pub folded: String,
    /// By letters as they stand; none where it is the same.
    pub plain: Option<String>,
}

impl Look {
    /// Of a name: blanks at its ends, their sort and number, and signs that nobody sees do not count.
    pub fn of(name: &str) -> Self {
        let seen = seen(name);
        let folded = folded(&seen);
        let plain: String = skeleton(&seen).collect();
        let plain = plain.to_lowercase();
        Self {
            plain: (plain != folded && !seen.is_ascii()).then_some(plain),
            folded,
        }
    }

    /// Both, to be counted.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let plain = self.plain.as_deref();
        std::iter::once(self.folded.as_str()).chain(plain)
    }
}

/// May the two be taken for each other, and are not the same?
pub fn are_alike(one: &str, other: &str) -> bool {
    let (a, b) = (Look::of(one), Look::of(other));
    one != other && a.all().any(|look| b.all().any(|other| other == look))
}

/// A sign that nobody sees: default-ignorable by Unicode, a control, or a mark of direction.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
            | 0x2028..=0x202e | 0x2060..=0x206f | 0x2800 | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
            | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

/// Does a name hold what only a name that means harm holds: unseen signs, or letters of scripts that are never mixed?
pub fn is_doubtful(name: &str) -> bool {
    name.chars().any(is_unseen) || (!name.is_ascii() && !name.is_single_script())
}

/// An id as it may stand on a screen: what can't be seen, blanks and brackets escaped; with `plainly` all but ASCII too.
pub fn escaped(id: &str, plainly: bool) -> String {
    let mut out = String::with_capacity(id.len());
    for c in id.chars() {
        let harmless = if c.is_ascii() {
            c.is_ascii_graphic() && !"[]#\\".contains(c)
        } else {
            !plainly && c.is_alphanumeric() && c.identifier_allowed()
        };
        if harmless {
            out.push(c);
        } else {
            // Writing to a String can't fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
    out
}

fn seen(name: &str) -> String {
    let kept: String = name
        .chars()
        .filter(|c| !is_unseen(*c) || c.is_whitespace())
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Upper and lower case look alike in one script where they do not in another, and `I` is an `l`: each step makes one of
/// what the last has brought together.
fn fold(text: &str) -> String {
    let look = |text: &str| skeleton(text).collect::<String>();
    let upper = look(&text.to_uppercase());
    let lower = look(&upper.to_lowercase());
    look(&lower.to_uppercase()).to_lowercase()
}

fn folded(seen: &str) -> String {
    static LETTERS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let letters = (0..TABLE).map(|c| char::from_u32(c).map_or_else(String::new, String::from));
        letters.map(|letter| fold(&letter)).collect()
    });
    // Marks change places among themselves: a text with any is folded as a whole.
    let is_mark = |c: u32| (0x300..0x370).contains(&c) || (0x483..0x48a).contains(&c);
    let in_table = |c: char| u32::from(c) < TABLE && !is_mark(u32::from(c));
    if seen.chars().all(in_table) {
        let letter = |c: char| {
            LETTERS
                .get(u32::from(c) as usize)
                .map_or("", String::as_str)
        };
        return seen.chars().map(letter).collect();
    }
    fold(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_person_takes_for_each_other_are_alike() {
        for other in [
            "М\u{456}nsk",
            "Мinsk",
            "M\u{200b}insk",
            "Min\u{ad}sk",
            "Minsk ",
            "\u{a0}Minsk",
            "MINSK",
            "minsk",
            "Mіnsk",
            "Ｍinsk",
            "Minѕk",
            "M1nsk",
            "Minsk\u{2060}\u{fe0f}",
            "МІNSK",
        ] {
            assert!(are_alike("Minsk", other), "{}", other.escape_unicode());
        }
        assert!(are_alike("block 1", "block l"));
        assert!(are_alike("block 1", "block\u{3000}\u{2009}1"));
        assert!(are_alike("Lukoml", "LukomI"));
        assert!(are_alike("Бяроза", "Бяроза\u{200d}"));
        assert!(are_alike("Harem", "Harern"));
    }

    #[test]
    fn other_names_are_not() {
        for (one, other) in [
            ("Minsk", "Minsk-2"),
            ("block 1", "block 2"),
            ("block 1", "block 11"),
            ("Астравец", "Astravets"),
            ("Бяроза", "Берёза"),
            ("Mazyr", "Mazyr 2"),
            ("Minsk", "Minsk"),
        ] {
            assert!(!are_alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn the_table_gives_what_the_whole_text_gives() {
        for text in [
            "Minsk 1",
            "Бяроза — й",
            "Świsłocz",
            "LUKOML",
            "Ўзда",
            "Gießen №2",
        ] {
            assert_eq!(folded(&seen(text)), fold(&seen(text)), "{text}");
        }
    }

    #[test]
    fn ids_are_escaped_so_that_all_of_them_is_seen() {
        assert_eq!(escaped("minsk-2", false), "minsk-2");
        assert_eq!(escaped("min\u{200b}sk", false), "min\\u{200b}sk");
        assert_eq!(escaped("мінск", false), "мінск");
        assert_eq!(escaped("minѕk", true), "min\\u{455}k");
        assert_eq!(escaped("a b]", false), "a\\u{20}b\\u{5d}");
        assert!(is_doubtful("аnna") && !is_doubtful("Ганна") && !is_doubtful("anna 7"));
    }
}
