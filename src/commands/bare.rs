//! `baseload` alone.

use super::{Failure, console, demo, places};
use crate::cli::{ConsoleArgs, DemoArgs, EngineArgs, LookArgs, RecordArgs};
use crate::domain::language::Language;

/// No arguments: the desk of the config file; where there has never been one, the demo.
pub fn run(lang: Option<Language>, record: Option<RecordArgs>) -> Result<(), Failure> {
    let look = LookArgs {
        lang,
        record,
        ..LookArgs::default()
    };
    if places::of_desk()?.is_some() {
        return console::run(&ConsoleArgs {
            look,
            ..ConsoleArgs::default()
        });
    }
    demo::run(&DemoArgs {
        sites: 12,
        seed: 1,
        speed: 1.0,
        engine: EngineArgs::default(),
        look,
    })
}
