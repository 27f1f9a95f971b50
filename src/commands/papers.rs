//! What is printed from tables: keys, completions.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};

use super::Failure;
use super::environment::Environment;
use crate::app::keymap::Keymap;
use crate::cli::examples;
use crate::ui::look::Glyphs;
use crate::ui::text;

/// Prints a text. A reader that has had enough (`| head`) is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    is_printed(text).map(|_| ())
}

/// Prints a text; false where its reader has had enough.
pub fn is_printed(text: &str) -> Result<bool, Failure> {
    let mut out = io::stdout().lock();
    let text = shown(text, out.is_terminal());
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A text as its reader can take it: a terminal that shows ASCII alone gets no other bytes. Files and pipes get all.
pub fn shown(text: &str, is_terminal: bool) -> Cow<'_, str> {
    if is_terminal && !text.is_ascii() && Environment::present().glyphs() == Glyphs::Ascii {
        return text::spelt(text).into();
    }
    text.into()
}

/// The table of keys as it is built in, as Markdown.
pub fn keys() -> String {
    super::keys::table(&Keymap::default())
}

/// Completions for a shell.
pub fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut examples::command(), "baseload", &mut text);
    print(&String::from_utf8_lossy(&text))
}
