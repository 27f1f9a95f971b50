//! Flags of the commands that tell of the screen.

use std::path::PathBuf;

use clap::Args;

use super::Color;

/// `keys`.
#[derive(Debug, Clone, Default, Args)]
pub struct KeysArgs {
    /// Config file; the usual place where none is given.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// `themes`.
#[derive(Debug, Clone, Default, Args)]
pub struct ThemesArgs {
    /// Only these; all of them where none is named.
    pub names: Vec<String>,
    /// Names only.
    #[arg(long)]
    pub list: bool,
    /// Config file, beside which your own themes are; the usual place where none is given.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// How many colours.
    #[arg(long, value_enum)]
    pub color: Option<Color>,
    /// ASCII only.
    #[arg(long)]
    pub ascii: bool,
}
