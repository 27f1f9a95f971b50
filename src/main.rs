//! Parses the command line and runs one command.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use baseload::cli::{Cli, examples};
use baseload::commands::{self, papers};
use baseload::ui::text::harmless;
use clap::FromArgMatches;

fn main() -> ExitCode {
    // Two crypto providers in one build would make rustls panic: this one is named before anything else runs.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let matches = examples::command().get_matches();
    let parsed = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match commands::run(parsed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Failures repeat what stood in files and on wires. A closed stderr is no reason to panic.
            let said = harmless(&failure.to_string());
            let mut err = std::io::stderr();
            let said = papers::shown(&said, err.is_terminal());
            let _ = writeln!(err, "baseload: {said}");
            ExitCode::from(failure.code())
        }
    }
}
