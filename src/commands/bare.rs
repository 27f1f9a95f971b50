//! `baseload` alone.

use std::path::Path;

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
    let usual = places::config_file();
    if usual.as_deref().is_some_and(Path::is_file) {
        return console::run(&ConsoleArgs {
            look,
            ..ConsoleArgs::default()
        });
    }
    if let Some(gone) = places::once_configured().filter(|gone| !gone.is_file()) {
        return Err(Failure::Usage(format!(
            "{}: the config of this desk is gone, and the demo never opens in its place; put it back, or say `baseload demo`",
            gone.display()
        )));
    }
    if let Some(there) = places::once_configured() {
        return console::run(&ConsoleArgs {
            config: Some(there),
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
