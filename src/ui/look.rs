//! How it is drawn, apart from what: theme, colours of the terminal, its characters, the desk's time zone.

use jiff::tz::TimeZone;
use ratatui::style::Style;

use super::theme::{Role, Theme, Tier};
use crate::domain::language::Language;

/// Which characters a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Glyphs {
    /// Rules, block elements and braille.
    #[default]
    Unicode,
    /// Braille, and ASCII for the rest: rules and blocks are two columns wide on some East-Asian terminals.
    Braille,
    /// Rules and block elements; fonts without braille show boxes in its place.
    NoBraille,
    /// Printable ASCII only.
    Ascii,
}

impl Glyphs {
    /// Only printable ASCII of our own, braille left aside?
    pub const fn is_ascii(self) -> bool {
        matches!(self, Self::Ascii | Self::Braille)
    }

    /// Can braille be drawn?
    pub const fn has_braille(self) -> bool {
        matches!(self, Self::Unicode | Self::Braille)
    }

    const fn pick(self, rich: char, plain: char) -> char {
        if self.is_ascii() { plain } else { rich }
    }

    /// Stands where a text was cut.
    pub const fn ellipsis(self) -> char {
        self.pick('…', '~')
    }

    /// Stands for what can't be shown.
    pub const fn replacement(self) -> char {
        self.pick('¿', '?')
    }

    /// A line across.
    pub const fn rule(self) -> char {
        self.pick('─', '-')
    }

    /// A line down.
    pub const fn upright(self) -> char {
        self.pick('│', '|')
    }

    /// On its way down.
    pub const fn down(self) -> char {
        self.pick('▼', 'v')
    }

    /// On its way up.
    pub const fn up(self) -> char {
        self.pick('▲', '^')
    }

    /// The row that the cursor is on.
    pub const fn cursor(self) -> char {
        '>'
    }

    /// A marked row.
    pub const fn mark(self) -> char {
        self.pick('●', '*')
    }

    /// Checked by a node of our own.
    pub const fn checked(self) -> char {
        match self {
            Self::Unicode => '✓',
            // Fonts that lack braille lack this one too; a root they have.
            Self::NoBraille => '√',
            Self::Braille | Self::Ascii => '+',
        }
    }

    /// Stands before what is estimated.
    pub const fn about(self) -> &'static str {
        if self.is_ascii() { "ca" } else { "≈" }
    }

    /// A line of single signs, told from one that is drawn through.
    pub const fn dot(self) -> char {
        self.pick('•', 'o')
    }

    /// The part that is done.
    pub const fn full(self) -> char {
        self.pick('█', '#')
    }

    /// The part that is to do.
    pub const fn rest(self) -> char {
        self.pick('░', '.')
    }

    /// Eight heights, lowest first.
    pub const fn levels(self) -> [char; 8] {
        if matches!(self, Self::Braille) {
            ['⡀', '⣀', '⣄', '⣤', '⣦', '⣶', '⣷', '⣿']
        } else if self.is_ascii() {
            ['_', '_', '.', '-', '=', '+', '*', '#']
        } else {
            ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
        }
    }

    /// Three heights of a line within a cell, lowest first.
    pub const fn strokes(self) -> [char; 3] {
        if self.is_ascii() {
            ['.', '-', '\'']
        } else {
            ['▁', '─', '▔']
        }
    }
}

/// Everything about drawing that is not state.
#[derive(Debug, Clone)]
pub struct Look {
    /// Styles.
    pub theme: Theme,
    /// Colours of the terminal.
    pub tier: Tier,
    /// Characters of the terminal.
    pub glyphs: Glyphs,
    /// The language of what is said.
    pub language: Language,
    /// The terminal gives two columns to characters of ambiguous width (UAX #11), Cyrillic letters among them.
    pub wide: bool,
    /// The zone of the desk's clock.
    pub zone: TimeZone,
    /// Its name for people, `Minsk` say.
    pub zone_name: String,
}

impl Look {
    /// A look with a theme; clock in UTC until a zone is given.
    pub fn new(theme: Theme, tier: Tier, glyphs: Glyphs) -> Self {
        Self {
            theme,
            tier,
            glyphs,
            language: Language::English,
            wide: false,
            zone: TimeZone::UTC,
            zone_name: "UTC".to_owned(),
        }
    }

    /// The same with a desk clock. The name is the last part of the zone's, `Minsk` of `Europe/Minsk`.
    pub fn in_zone(mut self, zone: TimeZone) -> Self {
        self.zone_name = zone
            .iana_name()
            .and_then(|name| name.rsplit('/').next())
            .unwrap_or("local")
            .replace('_', " ");
        self.zone = zone;
        self
    }

    /// The same in a language.
    pub fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// The language that can be drawn: a terminal that shows only ASCII can't show Cyrillic, and is spoken to in English.
    pub const fn spoken(&self) -> Language {
        if self.glyphs.is_ascii() {
            Language::English
        } else {
            self.language
        }
    }

    /// What a role looks like here.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(self.tier, role)
    }
}
