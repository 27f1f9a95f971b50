//! The messages of each language, parsed once; those without arguments are formatted once.

use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::{Entry, Pattern, PatternElement};
use unic_langid::LanguageIdentifier;

use super::{Language, spoken};
use crate::ui::format;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        /// Each file of messages by its name: English, Russian, Belarusian.
        pub const FILES: &[(&str, [&str; 3])] = &[$(($name, [
            include_str!(concat!("en/", $name, ".ftl")),
            include_str!(concat!("ru/", $name, ".ftl")),
            include_str!(concat!("be/", $name, ".ftl")),
        ])),+];
    };
}

files!(
    "words",
    "frame",
    "actions",
    "nation",
    "site",
    "grid",
    "axis",
    "reserve",
    "holdings",
    "engine",
    "journal",
    "abnormal",
    "mine",
    "notices",
    "handover",
    "dialog",
    "reasons",
    "orders",
    "second",
    "emergency",
    "prompt",
    "alarms",
    "find",
    "desk",
    "racks",
    "tape",
    "told",
);

struct Book {
    bundle: FluentBundle<FluentResource>,
    /// What takes no arguments, by `id` and `id.attribute`.
    constant: HashMap<String, String>,
}

/// In the order of [`Language::ALL`].
static BOOKS: [LazyLock<Book>; 3] = [
    LazyLock::new(|| read(Language::English)),
    LazyLock::new(|| read(Language::Russian)),
    LazyLock::new(|| read(Language::Belarusian)),
];

fn book(language: Language) -> &'static Book {
    &BOOKS[place(language)]
}

const fn place(language: Language) -> usize {
    match language {
        Language::English => 0,
        Language::Russian => 1,
        Language::Belarusian => 2,
    }
}

/// What can't be parsed is left out here; a test finds it.
fn read(language: Language) -> Book {
    // Two letters are a language to everyone; the undetermined one would only lose the plural forms.
    let locale: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // Isolating marks would be seen as tampered text, and take columns on some terminals.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match language {
        Language::English => |value, _| number(value, Language::English),
        Language::Russian => |value, _| number(value, Language::Russian),
        Language::Belarusian => |value, _| number(value, Language::Belarusian),
    }));
    let mut ids = Vec::new();
    for (_, texts) in FILES {
        let resource = match FluentResource::try_new(texts[place(language)].to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        for entry in resource.entries() {
            let Entry::Message(message) = entry else {
                continue;
            };
            if message.value.as_ref().is_some_and(is_constant) {
                ids.push((message.id.name.to_owned(), None));
            }
            for attribute in &message.attributes {
                if is_constant(&attribute.value) {
                    let name = attribute.id.name.to_owned();
                    ids.push((message.id.name.to_owned(), Some(name)));
                }
            }
        }
        let _ = bundle.add_resource(resource);
    }
    let constant = ids
        .into_iter()
        .filter_map(|(id, attribute)| {
            let message = bundle.get_message(&id)?;
            let (key, pattern) = match attribute {
                Some(name) => (
                    format!("{id}.{name}"),
                    message.get_attribute(&name)?.value(),
                ),
                None => (id.clone(), message.value()?),
            };
            let text = bundle.format_pattern(pattern, None, &mut Vec::new());
            Some((key, text.into_owned()))
        })
        .collect();
    Book { bundle, constant }
}

/// Nothing but text?
fn is_constant(pattern: &Pattern<&str>) -> bool {
    let is_text = |e: &PatternElement<&str>| matches!(e, PatternElement::TextElement { .. });
    pattern.elements.iter().all(is_text)
}

/// Whole numbers as the language groups them; all else as Fluent has it.
fn number(value: &FluentValue<'_>, language: Language) -> Option<String> {
    match value {
        FluentValue::Number(n) if n.value >= 0.0 && n.value.fract() == 0.0 => {
            Some(format::count_in(n.value as u64, language))
        }
        _ => None,
    }
}

/// A message without arguments. What has no message stands for itself, so that a head that is no id yet is shown as it is.
pub fn constant(id: &'static str) -> &'static str {
    constant_at(id).unwrap_or(id)
}

/// The same for an id that is put together at run time, `act-curtail.help` say.
pub fn constant_at(id: &str) -> Option<&'static str> {
    let of = |language| book(language).constant.get(id).map(String::as_str);
    of(spoken()).or_else(|| of(Language::English))
}

/// A message with its arguments. A number picks the plural form.
pub fn filled(id: &'static str, args: &[(&str, FluentValue<'_>)]) -> String {
    filled_at(id, args).unwrap_or_else(|| id.to_owned())
}

/// The same for an id that is put together at run time, with or without an attribute: `alarm-fault.response` say. What
/// the message does not ask for is not taken; where it asks for more there is none.
pub fn filled_at(id: &str, args: &[(&str, FluentValue<'_>)]) -> Option<String> {
    let mut given = FluentArgs::with_capacity(args.len());
    for (name, value) in args {
        given.set((*name).to_owned(), value.clone());
    }
    [spoken(), Language::English]
        .into_iter()
        .find_map(|language| {
            let bundle = &book(language).bundle;
            let pattern = match id.split_once('.') {
                Some((id, attribute)) => bundle.get_message(id)?.get_attribute(attribute)?.value(),
                None => bundle.get_message(id)?.value()?,
            };
            let mut wrong = Vec::new();
            let text = bundle.format_pattern(pattern, Some(&given), &mut wrong);
            wrong.is_empty().then(|| text.into_owned())
        })
}
