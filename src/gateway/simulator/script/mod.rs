//! Faults on demand: a file for tests and for training.
//!
//! The file is TOML, one `[[event]]` a fault:
//!
//! ```toml
//! [[event]]
//! at = 30                   # seconds of the simulator's own time since its start
//! do = "unit_trip"
//! unit = "Astravets 1"
//! for = 1800                # seconds; each kind has its own default
//! ```
//!
//! | `do` | fields | what happens |
//! |---|---|---|
//! | `unit_trip` | `unit`, `for` (default 1800) | a generating unit goes to 0 MW; the dispatcher wants load off |
//! | `link_loss` | `site`, `for` (60) | the site stops reporting and takes no orders; its values age, its load stays |
//! | `stuck_block` | `site`, `block`, `for` (600) | the block obeys no order |
//! | `lying_firmware` | `site`, `block`, `for` (600), `part` (0.3) | firmware claims the target, but this part of the machines hashes on |
//! | `late_machine` | `site`, `block`, `for` (60), `machines` (1) | machines that knew of no curtailment join and hash until they are told |
//! | `deaf_machine` | the same | the same, and they obey nothing |
//! | `local_mode` | `site`, `block`, `for` (600) | somebody in the hall switches the block to local |
//! | `block_fault` | `site`, `block`, `for` (600) | the block is faulted |
//! | `frequency` | `mhz` (-500 to 500), `for` (60) | the neighbours pull the frequency by about so many mHz |
//! | `frequency_lost` | `for` (60) | nobody reads the frequency |
//! | `authority_taken` | `site`, `holder` | another desk takes command of the site; its epoch rises |
//! | `authority_released` | `site` | nobody holds it any more; its epoch rises |
//! | `instruction` | `mw`, `for` (900), `reason` (none) | the dispatcher wants mining at so many MW |
//!
//! Events may stand in any order. A mistake is one sentence with its line; nothing of a wrong file is played.

mod reader;

use crate::domain::ids::{BlockId, SiteId};

pub use reader::parse;

/// A checked script, sorted by time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    pub(in crate::gateway::simulator) events: Vec<Event>,
}

impl Script {
    /// How many events it has.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Has it none?
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// What is wrong with a script, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("script line {line}: {message}")]
pub struct ScriptError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and the mend.
    pub message: String,
}

/// A fault and its time.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gateway::simulator) struct Event {
    pub(in crate::gateway::simulator) at_ms: i64,
    pub(in crate::gateway::simulator) line: usize,
    pub(in crate::gateway::simulator) fault: Fault,
}

/// A fault. Times are spans in milliseconds of the world.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gateway::simulator) enum Fault {
    UnitTrip {
        unit: String,
        for_ms: i64,
    },
    LinkLoss {
        site: SiteId,
        for_ms: i64,
    },
    Block {
        site: SiteId,
        block: BlockId,
        for_ms: i64,
        what: BlockFault,
    },
    Frequency {
        millihertz: f64,
        for_ms: i64,
    },
    Blind {
        for_ms: i64,
    },
    Authority {
        site: SiteId,
        holder: Option<String>,
    },
    Instruction {
        megawatts: i64,
        for_ms: i64,
        reason: String,
    },
}

/// What befalls a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gateway::simulator) enum BlockFault {
    Stuck,
    Lying { part: f64 },
    Late { machines: u32, hears: bool },
    Local,
    Faulted,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text).expect_err("a mistake").to_string()
    }

    #[test]
    fn events_are_sorted_and_get_defaults() {
        let script = parse(
            "[[event]]\nat = 90\ndo = \"frequency\"\nmhz = -150\n\
             [[event]]\nat = 5.5\ndo = \"link_loss\"\nsite = \"mazyr\"\n",
        )
        .expect("a good script");
        assert_eq!(script.events[0].at_ms, 5_500);
        assert_eq!(
            script.events[0].fault,
            Fault::LinkLoss {
                site: SiteId::new("mazyr"),
                for_ms: 60_000
            }
        );
        assert_eq!(script.len(), 2);
    }

    #[test]
    fn a_mistake_is_one_sentence_with_its_line() {
        let unknown = error("[[event]]\nat = 1\ndo = \"meteor\"\n");
        assert!(unknown.starts_with("script line 3: no fault is called `meteor`"));
        assert_eq!(
            error("[[event]]\nat = 1\ndo = \"unit_trip\"\n"),
            "script line 3: `unit_trip` lacks `unit`; add it to this event"
        );
        assert_eq!(
            error("[[event]]\nat = 1\ndo = \"link_loss\"\nsite = \"a\"\nmhz = 4\n"),
            "script line 5: `link_loss` has no `mhz`; take it out"
        );
        assert_eq!(
            error("\n[[event]]\nat = 1\ndo = \"frequency\"\nmhz = 9000\n"),
            "script line 5: `mhz` must lie between -500 and 500"
        );
        for text in [
            "[[event]]\nat = -1\ndo = \"frequency\"\nmhz = 9\n",
            "[[event]]\nat = nan\ndo = \"frequency\"\nmhz = 9\n",
            "[[event]]\nat = 1\ndo = \"frequency\"\nmhz = nan\n",
            "[[event]]\nat = 1\ndo = 3\n",
            "[[event]]\nat = 1\nwhen = 3\ndo = \"frequency\"\n",
            "not toml at all",
        ] {
            assert!(!error(text).contains('\n'), "{text}");
        }
        assert!(error(&"#".repeat((1 << 20) + 1)).contains("1 MiB"));
    }
}
