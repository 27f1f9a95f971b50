//! The messages held against each other and against the sources that say them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::ast::{Variant, VariantKey};
use fluent_syntax::parser::parse;

use super::{FILES, Language, constant, constant_at, filled, speak};
use crate::app::actions::ACTIONS;

/// What a message takes, and the forms of each plural in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Shape {
    args: BTreeSet<String>,
    forms: Vec<BTreeSet<String>>,
}

fn inline(of: &InlineExpression<&str>, shape: &mut Shape) {
    match of {
        InlineExpression::VariableReference { id } => {
            shape.args.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => expression_of(expression, shape),
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        other => panic!("{other:?}: neither text nor an argument"),
    }
}

fn expression_of(of: &Expression<&str>, shape: &mut Shape) {
    match of {
        Expression::Inline(of) => inline(of, shape),
        Expression::Select { selector, variants } => {
            inline(selector, shape);
            let key = |variant: &Variant<&str>| match variant.key {
                VariantKey::Identifier { name } => name.to_owned(),
                VariantKey::NumberLiteral { value } => value.to_owned(),
            };
            shape.forms.push(variants.iter().map(key).collect());
            for variant in variants {
                pattern(&variant.value, shape);
            }
        }
    }
}

fn pattern(of: &Pattern<&str>, shape: &mut Shape) {
    for element in &of.elements {
        if let PatternElement::Placeable { expression } = element {
            expression_of(expression, shape);
        }
    }
}

/// All messages of a language, by `id` and `id.attribute`, with their text as it is written.
fn messages(language: usize) -> BTreeMap<String, Shape> {
    let mut found = BTreeMap::new();
    for (file, texts) in FILES {
        let resource = match parse(texts[language]) {
            Ok(resource) => resource,
            Err((_, errors)) => panic!("{} {file}: {errors:?}", Language::CODES[language]),
        };
        for entry in resource.body {
            let Entry::Message(message) = entry else {
                continue;
            };
            let values = message.value.iter().map(|v| (String::new(), v));
            let attributes = message
                .attributes
                .iter()
                .map(|a| (format!(".{}", a.id.name), &a.value));
            for (suffix, value) in values.chain(attributes) {
                let mut shape = Shape::default();
                pattern(value, &mut shape);
                let id = format!("{}{suffix}", message.id.name);
                let before = found.insert(id.clone(), shape);
                assert!(before.is_none(), "{file}: {id} stands twice");
            }
        }
    }
    found
}

#[test]
fn every_message_stands_in_every_language_with_its_arguments() {
    let english = messages(0);
    for language in [1, 2] {
        let code = Language::CODES[language];
        let other = messages(language);
        for (id, shape) in &english {
            let Some(there) = other.get(id) else {
                panic!("{code} lacks {id}");
            };
            // A language may tell the number by the form alone.
            assert_eq!(shape.args, there.args, "{code} {id}");
        }
        let spare: Vec<_> = other
            .keys()
            .filter(|id| !english.contains_key(*id))
            .collect();
        assert!(
            spare.is_empty(),
            "{code} has what English has not: {spare:?}"
        );
    }
}

#[test]
fn every_plural_has_all_forms_of_its_language() {
    let wanted: [&[&str]; 3] = [
        &["one", "other"],
        &["few", "many", "one"],
        &["few", "many", "one"],
    ];
    for (language, wanted) in wanted.into_iter().enumerate() {
        for (id, shape) in messages(language) {
            for forms in shape.forms {
                let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
                assert_eq!(forms, wanted, "{} {id}", Language::CODES[language]);
            }
        }
    }
}

#[test]
fn counts_take_the_form_of_their_language() {
    let sites = |n: u64| filled("abnormal-sites", &[("n", n.into())]);
    let told = |language, counts: &[(u64, &str)]| {
        let _speaking = speak(language);
        for (n, words) in counts {
            assert_eq!(sites(*n), *words);
        }
    };
    told(Language::English, &[(1, "1 site"), (2, "2 sites")]);
    told(
        Language::Russian,
        &[
            (1, "1 площадка"),
            (2, "2 площадки"),
            (5, "5 площадок"),
            (11, "11 площадок"),
            (21, "21 площадка"),
            (112, "112 площадок"),
            (1_004, "1\u{a0}004 площадки"),
        ],
    );
    told(
        Language::Belarusian,
        &[
            (1, "1 пляцоўка"),
            (3, "3 пляцоўкі"),
            (5, "5 пляцовак"),
            (12, "12 пляцовак"),
            (31, "31 пляцоўка"),
        ],
    );
}

#[test]
fn no_word_mixes_two_alphabets() {
    let is_cyrillic = |c: &char| ('\u{400}'..='\u{52f}').contains(c);
    for (file, texts) in FILES {
        for text in texts {
            let words = text.split(|c: char| !c.is_alphabetic());
            for word in words {
                let mixed = word.chars().any(|c| c.is_ascii_alphabetic())
                    && word.chars().any(|c| is_cyrillic(&c));
                assert!(!mixed, "{file}: {word} looks right and is not");
            }
        }
    }
}

#[test]
fn no_message_moves_what_stands_beside_it() {
    for language in Language::ALL {
        let _speaking = speak(language);
        let told = filled("abnormal-journal", &[("why", "disk full".into())]);
        assert!(
            told.contains("disk full") && !told.contains('\u{2068}'),
            "{told:?}: bidi marks"
        );
    }
}

#[test]
fn what_lacks_is_shown_as_it_is() {
    assert_eq!(constant("ORDER"), "ORDER");
    assert_eq!(constant_at("no-such-message"), None);
}

#[test]
fn english_of_the_actions_is_that_of_their_table() {
    for spec in ACTIONS {
        let id = format!("act-{}", spec.name);
        assert_eq!(constant_at(&id), Some(spec.label), "{id}");
        let help = constant_at(&format!("{id}.help"));
        assert_eq!(help, Some(spec.help), "{id}.help");
    }
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("src is readable") {
        let path = entry.expect("an entry is readable").path();
        if path.is_dir() {
            if path.file_name().is_none_or(|n| n != "locales") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The literal that comes next, and what stands behind it.
fn literal(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    text.split_once('"')
}

/// Up to the bracket that closes, strings taken for what they are.
fn inside(text: &str) -> &str {
    let mut depth = 0;
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => {
                if depth == 0 {
                    return &text[..at];
                }
                depth -= 1;
            }
            _ => {}
        }
    }
    text
}

/// Names of the arguments of `, name = value, name = value`.
fn names(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut depth = 0;
    let mut at_start = false;
    let mut name = String::new();
    for c in text.chars() {
        match c {
            ',' if depth == 0 => {
                at_start = true;
                name.clear();
            }
            '=' if depth == 0 && at_start => {
                names.insert(name.trim().to_owned());
                at_start = false;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            c if at_start => name.push(c),
            _ => {}
        }
    }
    names
}

/// A string's text as it is written in a source: lines that go on are joined.
fn unwrapped(literal: &str) -> String {
    let lines = literal.split("\\\n").enumerate();
    let plain = lines.map(|(at, line)| if at == 0 { line } else { line.trim_start() });
    plain.collect()
}

#[test]
fn a_sentence_that_travels_is_worded_in_every_language_and_each_such_message_travels() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let english = messages(0);
    let mut told: BTreeSet<String> = ["told-quoted".to_owned()].into();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source is text");
        let text = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default();
        for (at, _) in text.match_indices("told!(") {
            let all = inside(&text[at + "told!(".len()..]);
            let Some((code, rest)) = literal(all) else {
                continue;
            };
            let rest = rest.trim_start().trim_start_matches(',');
            let Some((sentence, _)) = literal(rest) else {
                continue;
            };
            let (id, sentence) = (format!("told-{code}"), unwrapped(sentence));
            let shape = english.get(&id);
            let shape = shape.unwrap_or_else(|| panic!("{}: no message {id}", file.display()));
            let args: Vec<(&str, fluent_bundle::FluentValue<'_>)> = shape
                .args
                .iter()
                .map(|name| (name.as_str(), format!("{{{name}}}").into()))
                .collect();
            assert_eq!(super::filled_at(&id, &args), Some(sentence), "{id}");
            told.insert(id);
        }
    }
    let idle: Vec<&String> = english
        .keys()
        .filter(|id| id.starts_with("told-") && !told.contains(*id))
        .collect();
    assert!(idle.is_empty(), "nobody tells {idle:?}");
}

#[test]
fn what_is_said_has_a_message_and_every_message_is_said() {
    let english = messages(0);
    let mut said = BTreeSet::new();
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui");
    sources(&root, &mut files);
    for file in files {
        let text = fs::read_to_string(&file).expect("a source is text");
        for (at, _) in text.match_indices("say!(") {
            let all = inside(&text[at + "say!(".len()..]);
            let Some((id, rest)) = literal(all) else {
                continue;
            };
            let shape = english
                .get(id)
                .unwrap_or_else(|| panic!("{}: no message {id}", file.display()));
            assert_eq!(names(rest), shape.args, "{}: {id}", file.display());
            // What is said without arguments comes out of the texts that are made once.
            if shape.args.is_empty() {
                assert!(constant_at(id).is_some(), "{id} is no plain text");
            }
            said.insert(id.to_owned());
        }
        for head in ["Column::words(", "Column::figures("] {
            for (at, _) in text.match_indices(head) {
                let Some((id, _)) = literal(&text[at + head.len()..]) else {
                    continue;
                };
                // Heads that are not moved yet are English in capitals.
                if id.contains(|c: char| c.is_lowercase()) && id.contains('-') {
                    assert!(english.contains_key(id), "{}: no head {id}", file.display());
                    said.insert(id.to_owned());
                }
            }
        }
    }
    let made = ["act-", "alarm-", "grid-kind-", "grid-state-", "told-"];
    let idle: Vec<&String> = english
        .keys()
        .filter(|id| !said.contains(*id) && !made.iter().any(|m| id.starts_with(m)))
        .filter(|id| !id.ends_with("-ascii"))
        .collect();
    assert!(idle.is_empty(), "nobody says {idle:?}");
}
