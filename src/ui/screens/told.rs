//! Sentences and names that travel, in the language that is drawn: our own by their code, another's in its own words.

use std::time::Duration;

use fluent_bundle::FluentValue;

use super::words;
use crate::domain::sentence::{Field, Sentence, Told, megawatts};
use crate::domain::units::Hertz;
use crate::ui::format;
use crate::ui::locales::{Language, constant_at, filled_at, say, speak};

/// A sentence. One that came over a link, and says nothing that is known here, stands in quotation marks.
pub(super) fn sentence(of: &Sentence) -> String {
    // Who wears a code of ours and says another thing is not spoken for.
    let meant = |told: &&Told| !of.is_heard() || english(told).as_deref() == Some(&**of);
    match of.code().filter(meant).and_then(worded) {
        Some(words) => words,
        None if of.is_heard() && !of.is_empty() => say!("told-quoted", text = &**of),
        None => of.to_string(),
    }
}

/// Before the kind of an alarm, whose name is meant.
const ALARM: &str = "alarm/";

/// What one of ours says in English, as its gateway puts it together.
fn english(told: &Told) -> Option<String> {
    let _speaking = speak(Language::English);
    let fields = told.fields.iter();
    let args: Vec<(&str, FluentValue<'_>)> = fields
        .map(|(name, field)| (&**name, field.english(name).into()))
        .collect();
    filled_at(&format!("told-{}", told.code), &args)
}

fn worded(told: &Told) -> Option<String> {
    if let Some(kind) = told.code.strip_prefix(ALARM) {
        return constant_at(&format!("alarm-{kind}")).map(str::to_lowercase);
    }
    let args: Vec<(&str, FluentValue<'_>)> = told
        .fields
        .iter()
        .map(|(name, field)| (&**name, value(name, field)))
        .collect();
    filled_at(&format!("told-{}", told.code), &args)
}

fn value<'a>(name: &str, field: &'a Field) -> FluentValue<'a> {
    match field {
        Field::Words(word) if name == "rank" => words::role(word).into(),
        Field::Words(word) if matches!(name, "how" | "phase") => {
            let life = constant_at(&format!("life-{}", word.replace(['_', ' '], "-")));
            life.unwrap_or(word).into()
        }
        Field::Words(words) => self::name(words).into(),
        Field::Sentence(inner) => sentence(inner).into(),
        Field::Number(kw) if name.ends_with("_kw") => {
            let (mw, places) = megawatts(name, *kw);
            format::decimal(mw, places).into()
        }
        Field::Number(mhz) if name.ends_with("_mhz") => {
            format::hertz(Hertz::from_millihertz(*mhz)).into()
        }
        Field::Number(ms) if name.ends_with("_ms") => {
            format::span(Duration::from_millis(ms.unsigned_abs())).into()
        }
        Field::Number(number) => (*number).into(),
    }
}

/// Digits of a number that a block or a hall is named by.
const DIGITS: usize = 6;

/// The name of a block, a hall or a desk. One that has no name of its own (`block 2`, `hall 1`, `this desk`) is named in
/// the language.
pub(super) fn name(name: &str) -> String {
    let number = |what: &str| {
        let digits = name.strip_prefix(what)?.strip_prefix(' ')?;
        let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
        (plain && (1..=DIGITS).contains(&digits.len())).then_some(digits)
    };
    if name == "this desk" {
        say!("name-this-desk").to_owned()
    } else if let Some(number) = number("block") {
        say!("name-block", number = number)
    } else if let Some(number) = number("hall") {
        say!("name-hall", number = number)
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::plan::NoPlan;
    use crate::domain::sentence::told;
    use crate::domain::units::Power;

    #[test]
    fn a_sentence_of_ours_is_worded_and_anothers_is_quoted() {
        let said = told!(
            "overdraw",
            "{block}: draws {draws_kw} MW against a target of {target_kw} for {over_ms}",
            block = "block 2",
            draws_kw = 4_130,
            target_kw = 0,
            over_ms = 62_000,
        );
        assert_eq!(sentence(&said), &*said);
        let heard = Sentence::heard(said.english().clone(), said.code().cloned());
        let foreign = Sentence::heard("Lüfter steht".into(), None);
        let unknown = Told {
            code: "of-a-later-version".into(),
            fields: [].into(),
        };
        let unknown = Sentence::heard("fan 3 stands".into(), Some(unknown));
        // Who sends less than the sentence takes does not get to leave holes in it.
        let holes = Sentence::heard(
            "draws".into(),
            Some(Told {
                code: "overdraw".into(),
                fields: [].into(),
            }),
        );
        assert_eq!(sentence(&foreign), "\"Lüfter steht\"");
        let _speaking = speak(Language::Russian);
        let words = sentence(&heard);
        assert!(
            words.starts_with("блок 2:") && words.contains("4,1"),
            "{words}"
        );
        assert_eq!(sentence(&foreign), "«Lüfter steht»");
        assert_eq!(sentence(&unknown), "«fan 3 stands»");
        assert_eq!(sentence(&holes), "«draws»");
        assert_eq!(sentence(&"of this desk".into()), "of this desk");
    }

    #[test]
    fn a_refusal_keeps_its_figures_in_every_language() {
        let no = |most| NoPlan::TooMuch {
            most: Power::from_watts(most),
            excluded: Vec::new(),
        };
        for (most, figures) in [(39_960_000, ["39.9", "39,9"]), (40_000, ["0.040", "0,040"])] {
            let said = no(most).told();
            let heard = Sentence::heard(said.english().clone(), said.code().cloned());
            for language in Language::ALL {
                let _speaking = speak(language);
                let words = sentence(&heard);
                let quoted = say!("told-quoted", text = &*said);
                assert!(figures.iter().any(|f| words.contains(f)), "{words}");
                assert_ne!(words, quoted, "{language:?}");
            }
        }
    }

    /// Who says one thing and means another in a code of ours is not spoken for by this console.
    #[test]
    fn words_that_are_not_those_of_their_code_stand_as_they_were_said() {
        let inner = told!("called-back", "called back before it began");
        let said = told!("nothing-done", "nothing is done: {why}", why = inner);
        let heard =
            |english: &str, of: &Sentence| Sentence::heard(english.into(), of.code().cloned());
        let within = |why: Sentence| Told {
            code: "nothing-done".into(),
            fields: [("why".into(), Field::from(why))].into(),
        };
        let other = "all blocks are off";
        for language in Language::ALL {
            let _speaking = speak(language);
            let (quoted, worded) = (say!("told-quoted", text = other), sentence(&said));
            assert_eq!(sentence(&heard(&said, &said)), worded, "{language:?}");
            assert_eq!(sentence(&heard(other, &said)), quoted, "{language:?}");
            // One within another is its sender's word as well.
            let why = heard(other, &told!("called-back", "called back before it began"));
            let outer = format!("nothing is done: {other}");
            let outer = sentence(&Sentence::heard(outer.into(), Some(within(why))));
            assert!(outer.ends_with(&*quoted), "{language:?}: {outer}");
        }
    }

    #[test]
    fn a_number_for_a_name_is_worded_and_a_name_is_not() {
        let _speaking = speak(Language::Belarusian);
        assert_eq!(name("block 12"), "блок 12");
        assert_eq!(name("hall 1"), "зала 1");
        for own in [
            "block A",
            "block",
            "hall -1",
            "Hall 1",
            "block 1 ",
            "block 1234567",
            "",
        ] {
            assert_eq!(name(own), own);
        }
    }
}
