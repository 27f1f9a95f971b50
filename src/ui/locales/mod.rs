//! What the screen says, in English, Russian and Belarusian, as messages of Project Fluent.
//!
//! # How a new text is added
//! 1. Give it an id, `SCREEN-WHAT` in lower case (`grid-no-feed`), and write the message into the file of its screen in
//!    each of `en/`, `ru/` and `be/`. The words of the trade are in `glossary.md` beside them.
//! 2. Say it where it is drawn: `say!("grid-no-feed")` gives a `&'static str` that was formatted once;
//!    `say!("top-sites-stale", n = 3, age = format::span(age))` gives a `String`. A number that is handed over as a number
//!    picks the plural form (`one`, `few`, `many` in Russian and Belarusian; a test asks for all of them).
//! 3. Heads of tables are ids (`Column::words("nation-col-site", ...)`): the head must fit into the least width of its
//!    column in every language, so give a shorter word where it does not.
//!    (A sentence at the bottom of the screen is a variant of `app::notice::What`, said by `screens/notice`.)
//! 4. A new file of messages goes into `FILES`. A new action needs `act-NAME` with the attribute `.help`.
//! 5. Figures go through [`format`](super::format), which knows the decimal sign of the language that is drawn. What is
//!    typed (`SHED NATION 1184`), sent, journalled or copied is never translated.
//!
//! `tests` below read the sources and the messages: an id without a message, a message that nobody says, one that lacks
//! in a language or takes other arguments there, and a plural without all its forms fail. At run time a message that
//! lacks is English.
//!
//! # Which language
//! [`Look`](super::Look) holds it; `view` makes it the language of this thread for as long as a frame is drawn
//! ([`speak`]), so that nobody has to hand it down. Outside of a frame all is English: what another room formats can
//! not come out translated by accident.

mod book;
#[cfg(test)]
mod tests;

use std::cell::Cell;

pub use book::{FILES, constant, constant_at, filled, filled_at};

pub use crate::domain::language::Language;

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// A language is spoken on this thread until this is dropped.
#[derive(Debug)]
#[must_use = "the language is spoken only as long as this lives"]
pub struct Speaking {
    before: Language,
}

impl Drop for Speaking {
    fn drop(&mut self) {
        SPOKEN.set(self.before);
    }
}

/// Makes a language the one of this thread, until what it gives is dropped.
pub fn speak(language: Language) -> Speaking {
    Speaking {
        before: SPOKEN.replace(language),
    }
}

/// The language that is spoken on this thread.
pub fn spoken() -> Language {
    SPOKEN.get()
}

/// A message in the language that is drawn: `say!("id")`, or `say!("id", name = value, ...)`.
macro_rules! say {
    ($id:literal) => {
        $crate::ui::locales::constant($id)
    };
    ($id:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::ui::locales::filled($id, &[$((stringify!($name), ::std::convert::Into::into($value))),+])
    };
}
pub(crate) use say;
