//! What is printed from tables: keys, completions, the man page.

use std::io::{self, Write as _};

use clap::CommandFactory;

use super::Failure;
use crate::app::keymap::Keymap;
use crate::cli::Cli;

/// Prints a text. A reader that has had enough (`| head`) is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The table of keys as it is built in, as Markdown.
pub fn keys() -> String {
    super::keys::table(&Keymap::default())
}

/// Completions for a shell.
pub fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "baseload", &mut text);
    print(&String::from_utf8_lossy(&text))
}

/// The man page.
pub fn man() -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    print(&String::from_utf8_lossy(&text))
}
