//! Filters of machines: the one kind that a gateway is asked to apply.

use std::fmt;
use std::sync::Arc;

use super::{Facts, Fields, Term, Test, Word, Wrong, hashrates, parse, powers};
use crate::domain::fleet::Machine;
use crate::domain::units::{Celsius, Efficiency};

/// Most bytes of a filter that travels.
pub const LONGEST: usize = 512;
/// Most terms of one that travels: each is held against every machine of a hall.
pub const MOST_TERMS: usize = 32;

/// What a filter may ask of machines.
pub const MACHINES: Fields = Fields {
    words: &["machine", "block", "model", "state", "fault"],
    figures: &["kw", "w", "th", "jth", "temp"],
};

/// A machine.
pub fn machine(machine: &Machine) -> Facts {
    let id = machine.id.as_str();
    let state = machine.state.word();
    let mut figures = Vec::with_capacity(8);
    powers(&mut figures, Some(machine.power));
    hashrates(&mut figures, Some(machine.hashrate));
    let efficiency = Efficiency::of(machine.power, machine.hashrate);
    figures.push(("jth", efficiency.map(Efficiency::joules_per_terahash)));
    figures.push(("temp", machine.board.map(Celsius::degrees)));
    Facts {
        any: format!("{id} {} {state} {}", machine.model, machine.fault),
        words: vec![
            ("machine", id.to_owned()),
            ("block", machine.block.as_str().to_owned()),
            ("model", machine.model.to_string()),
            ("state", state.to_owned()),
            ("fault", machine.fault.to_string()),
        ],
        figures,
    }
}

/// The term that lets only rows through whose field is exactly this; none of a text that no term can hold.
pub fn exactly(field: Word, text: &str) -> Option<String> {
    if text.is_empty() || text.contains('"') {
        return None;
    }
    let quoted = text.contains(char::is_whitespace);
    let quote = if quoted { "\"" } else { "" };
    Some(format!("{field}={quote}{text}{quote}"))
}

/// Why a text is no filter of machines that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoFilter {
    /// More than [`LONGEST`] bytes.
    TooLong,
    /// More than [`MOST_TERMS`] terms.
    TooMany,
    /// This part is not understood.
    Wrong(Wrong),
}

impl fmt::Display for NoFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "a filter is at most {LONGEST} bytes"),
            Self::TooMany => write!(f, "a filter is at most {MOST_TERMS} terms"),
            Self::Wrong(wrong) => write!(f, "no filter of machines: `{}`", wrong.part),
        }
    }
}

/// A filter of machines, small enough to be asked for; the empty one lets all through.
#[derive(Debug, Clone, Default)]
pub struct MachineFilter {
    text: Arc<str>,
    terms: Arc<[Term]>,
}

impl PartialEq for MachineFilter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for MachineFilter {}

impl MachineFilter {
    /// Reads a filter as it travels.
    ///
    /// # Errors
    /// [`NoFilter`]: it is too long, has too many terms, or is not understood to its end.
    pub fn read(text: &str) -> Result<Self, NoFilter> {
        if text.len() > LONGEST {
            return Err(NoFilter::TooLong);
        }
        let filter = parse(text, MACHINES);
        match filter.wrong {
            Some(wrong) => Err(NoFilter::Wrong(wrong)),
            None if filter.terms.len() > MOST_TERMS => Err(NoFilter::TooMany),
            None => Ok(Self {
                text: text.into(),
                terms: filter.terms.into(),
            }),
        }
    }

    /// What is understood of what was typed.
    ///
    /// # Errors
    /// [`NoFilter`]: it is too much to be asked for.
    pub fn typed(text: &str) -> Result<Self, NoFilter> {
        Self::read(&parse(text, MACHINES).text)
    }

    /// As it travels.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Does it let all through?
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Does it let this machine through?
    pub fn shows(&self, row: &Machine) -> bool {
        // Of a hall of thousands most go by this alone.
        let elsewhere = |id: &str| row.block.as_str().to_lowercase() != id;
        if self.block().is_some_and(elsewhere) {
            return false;
        }
        let row = (!self.terms.is_empty()).then(|| machine(row));
        row.is_none_or(|row| self.terms.iter().all(|term| term.holds(&row)))
    }

    /// The one block, in lower case, that it is about; none where it is about several or none.
    pub fn block(&self) -> Option<&str> {
        let mut named = self.terms.iter().filter_map(|term| match &term.test {
            Test::Is("block", id) if !term.not => Some(id.as_str()),
            _ => None,
        });
        named.next().filter(|_| named.next().is_none())
    }

    /// How many terms it has.
    pub fn terms(&self) -> usize {
        self.terms.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_is_understood_and_bounded_travels() {
        let read = MachineFilter::read;
        assert!(read("state:faulted -fault:fan temp>80").is_ok());
        assert!(matches!(read("foo:bar"), Err(NoFilter::Wrong(_))));
        assert!(matches!(read("state:\"fa"), Err(NoFilter::Wrong(_))));
        assert_eq!(read(&"a ".repeat(MOST_TERMS + 1)), Err(NoFilter::TooMany));
        assert_eq!(read(&"a".repeat(LONGEST + 1)), Err(NoFilter::TooLong));
        assert!(read(&"a ".repeat(MOST_TERMS)).is_ok());
        let typed = MachineFilter::typed("  state:faulted   foo:bar temp>").expect("short");
        assert_eq!(&**typed.text(), "state:faulted");
    }

    #[test]
    fn a_block_is_meant_exactly() {
        let of = |text: &str| {
            let filter = MachineFilter::read(text).expect("a filter");
            filter.block().map(str::to_owned)
        };
        let term = exactly("block", "H1-B2").expect("a term");
        assert_eq!(of(&term), Some("h1-b2".to_owned()));
        assert_eq!(
            of(&format!("{term} state:faulted")),
            Some("h1-b2".to_owned())
        );
        assert_eq!(of("block:h1-b2"), None, "a part of a name");
        assert_eq!(of("-block=h1-b2"), None, "all but that");
        assert_eq!(of("block=a block=b"), None);
        assert_eq!(
            exactly("block", "north hall").as_deref(),
            Some("block=\"north hall\"")
        );
        assert_eq!(exactly("block", "a\"b"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_what_is_typed_travels(text in ".{0,600}") {
            let _ = MachineFilter::read(&text);
            if let Ok(filter) = MachineFilter::typed(&text) {
                let again = MachineFilter::read(filter.text()).expect("it was made to travel");
                prop_assert_eq!(again.terms, filter.terms);
            }
        }
    }
}
