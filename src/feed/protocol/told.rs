//! What a sentence says, beside its English: a code and fields, for a console that words it in another language.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::field::{IdText, LongText};
use crate::domain::sentence::{Field, MOST_FIELDS, Sentence, Told};

/// A sentence's code, and what stands in it. Who does not know the code shows the sentence's own words.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "told")]
pub(super) struct ToldWire {
    code: IdText,
    /// At most 8. A number's unit ends its name: `_kw`, `_mhz`, `_ms`; all else is a count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, FieldWire>,
}

/// A number, a name, or another sentence.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "told_field")]
#[serde(untagged)]
enum FieldWire {
    Number(i64),
    Words(LongText),
    Sentence {
        text: LongText,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<Box<ToldWire>>,
    },
}

/// Sentences within sentences: a refusal, why, and why that.
const DEEPEST: usize = 3;
/// How codes begin that consoles alone use: nobody else speaks in their name.
const OF_CONSOLES: [&str; 5] = ["own-", "deed-", "alarm/", "feed-says", "flood"];
/// Bytes of a field's name.
const LONGEST_NAME: usize = 32;

impl ToldWire {
    /// What is sent beside the words; nothing where they are plain.
    pub(super) fn of(sentence: &Sentence) -> Option<Self> {
        let told = sentence.code()?;
        let wire = |field: &Field| match field {
            Field::Number(number) => FieldWire::Number(*number),
            Field::Words(words) => FieldWire::Words(LongText::share(words)),
            Field::Sentence(inner) => FieldWire::Sentence {
                text: LongText::share(inner.english()),
                told: Self::of(inner).map(Box::new),
            },
        };
        let fields = told.fields.iter();
        Some(Self {
            code: IdText::of(&told.code),
            fields: fields
                .map(|(name, field)| (name.to_string(), wire(field)))
                .collect(),
        })
    }

    /// None where it holds more than a gateway's sentence can: then the words alone count.
    fn told(self, deep: usize) -> Option<Told> {
        let code = &*self.code.0;
        if OF_CONSOLES.iter().any(|own| code.starts_with(own)) {
            return None;
        }
        let fits = |name: &String| name.len() <= LONGEST_NAME;
        if deep > DEEPEST || self.fields.len() > MOST_FIELDS || !self.fields.keys().all(fits) {
            return None;
        }
        let field = |wire: FieldWire| match wire {
            FieldWire::Number(number) => Field::Number(number),
            FieldWire::Words(words) => Field::Words(words.0),
            FieldWire::Sentence { text, told } => {
                let told = told.and_then(|told| told.told(deep + 1));
                Field::Sentence(Box::new(Sentence::heard(text.0, told)))
            }
        };
        Some(Told {
            code: self.code.0,
            fields: self
                .fields
                .into_iter()
                .map(|(name, wire)| (name.into(), field(wire)))
                .collect(),
        })
    }
}

/// What can't be one of our sentences is left out, of a later version too: the words alone count.
pub(super) fn lenient<'de, D: Deserializer<'de>>(told: D) -> Result<Option<ToldWire>, D::Error> {
    let told = serde_json::Value::deserialize(told)?;
    Ok(serde_json::from_value(told).ok())
}

/// The words with what was said of them.
pub(super) fn sentence(text: LongText, told: Option<ToldWire>) -> Sentence {
    Sentence::heard(text.0, told.and_then(|told| told.told(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sentence::told;

    #[test]
    fn a_sentence_comes_as_it_was_sent_and_bounded() {
        let inner = told!("limit", "at most {most_kw} MW", most_kw = 63_800);
        let said = told!("nothing-done", "nothing is done: {why}", why = inner);
        let wire = serde_json::to_string(&ToldWire::of(&said)).expect("is written");
        let read: Option<ToldWire> = serde_json::from_str(&wire).expect("is read");
        let heard = sentence(LongText::share(said.english()), read);
        let told = heard.code().expect("has its code");
        assert_eq!((&*told.code, told.fields.len()), ("nothing-done", 1));
        let Some(Field::Sentence(why)) = told.fields.get("why") else {
            panic!("{told:?}");
        };
        assert_eq!(&**why.english(), "at most 63.8 MW");
        assert_eq!(
            why.code().map(|told| told.fields.clone()),
            Some([("most_kw".into(), Field::Number(63_800))].into())
        );
    }

    #[test]
    fn what_is_too_much_for_a_sentence_leaves_the_words() {
        let many: Vec<String> = (0..9).map(|n| format!("\"f{n}\":1")).collect();
        let mut deep = r#"{"code":"c"}"#.to_owned();
        for _ in 0..4 {
            deep = format!(r#"{{"code":"c","fields":{{"why":{{"text":"t","told":{deep}}}}}}}"#);
        }
        let long = format!(r#"{{"code":"c","fields":{{"{}":1}}}}"#, "x".repeat(40));
        let many = format!(r#"{{"code":"c","fields":{{{}}}}}"#, many.join(","));
        let consoles = OF_CONSOLES.map(|own| format!(r#"{{"code":"{own}x"}}"#));
        for text in consoles.into_iter().chain([many, long]) {
            let wire: ToldWire = serde_json::from_str(&text).expect("is read");
            assert!(sentence(LongText::of("words"), Some(wire)).code().is_none());
        }
        let wire: ToldWire = serde_json::from_str(&deep).expect("is read");
        assert!(sentence(LongText::of("words"), Some(wire)).code().is_some());
    }
}
