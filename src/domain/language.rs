//! The languages that a screen speaks. What goes over the wire, into the journal or into a file knows none of them.

/// A language of the screen.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Russian.
    Russian,
    /// Belarusian.
    Belarusian,
}

impl Language {
    /// All of them, English first.
    pub const ALL: [Self; 3] = [Self::English, Self::Russian, Self::Belarusian];

    /// Their codes (ISO 639-1), in the same order.
    pub const CODES: [&str; 3] = ["en", "ru", "be"];

    /// Its code (ISO 639-1), `be` say.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
            Self::Belarusian => "be",
        }
    }

    /// The language of a code; none for any other.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.code() == code)
    }

    /// The language of a POSIX locale, `ru_RU.UTF-8` say; `C` and what is not spoken here give none.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let code = locale.split(['_', '-', '.', '@']).next()?;
        Self::of_code(&code.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_are_read_by_their_first_part() {
        for (locale, language) in [
            ("ru_RU.UTF-8", Some(Language::Russian)),
            ("be_BY@latin", Some(Language::Belarusian)),
            ("be", Some(Language::Belarusian)),
            ("EN-GB", Some(Language::English)),
            ("C.UTF-8", None),
            ("POSIX", None),
            ("pl_PL.UTF-8", None),
            ("russian", None),
            ("", None),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn codes_go_there_and_back() {
        let codes = Language::ALL.map(Language::code);
        assert_eq!(codes, Language::CODES);
        assert!(codes.iter().all(|c| Language::of_code(c).is_some()));
    }
}
