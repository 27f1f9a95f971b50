//! The flag that names a language.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::domain::language::Language;

/// Takes the codes of the languages there are; clap names them where another one is given.
pub(super) fn parser() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::CODES)
        .map(|code| Language::of_code(&code).unwrap_or_default())
}
