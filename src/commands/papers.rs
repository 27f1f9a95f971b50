//! What is printed from tables: keys, completions, the man page.

use std::io::{self, Write as _};
use std::path::Path;

use clap::CommandFactory;

use super::Failure;
use crate::app::keymap::Keymap;
use crate::cli::Cli;

/// Prints a text. A reader that has had enough (`| head`) is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    is_printed(text).map(|_| ())
}

/// Prints a text; false where its reader has had enough.
pub fn is_printed(text: &str) -> Result<bool, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
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

/// The man page; all of them, one a command, where a folder is named.
pub fn man(out: Option<&Path>) -> Result<(), Failure> {
    if let Some(folder) = out {
        return clap_mangen::generate_to(Cli::command(), folder).map_err(|error| {
            Failure::Run(format!(
                "{}: the man pages can't be written: {error}; name a folder that is there",
                folder.display()
            ))
        });
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    print(&String::from_utf8_lossy(&text))
}
