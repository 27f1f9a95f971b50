//! What the environment says of the terminal, and why the console takes it for that.

use std::env;

use crate::domain::language::Language;
use crate::ui::look::Glyphs;
use crate::ui::theme::Tier;

/// The variables that tell of a terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `TERM`.
    pub term: String,
    /// `COLORTERM`.
    pub color_term: String,
    /// `NO_COLOR` is there and not empty.
    pub no_color: bool,
    /// `LC_ALL`, else `LC_CTYPE`, else `LANG`.
    pub locale: String,
    /// `LC_ALL`, else `LC_MESSAGES`, else `LANG`.
    pub messages: String,
    /// `COLORFGBG`: the colours of words and ground, as rxvt and others set it.
    pub color_fg_bg: String,
    /// `TMUX` is set: `TERM=screen` is tmux then.
    pub tmux: bool,
}

impl Environment {
    /// As it is.
    pub fn present() -> Self {
        let var = |name: &str| env::var(name).unwrap_or_default();
        let first = |names: [&str; 3]| {
            let mut values = names.iter().map(|name| var(name));
            values.find(|v| !v.is_empty()).unwrap_or_default()
        };
        Self {
            term: var("TERM"),
            color_term: var("COLORTERM"),
            no_color: !var("NO_COLOR").is_empty(),
            locale: first(["LC_ALL", "LC_CTYPE", "LANG"]),
            messages: first(["LC_ALL", "LC_MESSAGES", "LANG"]),
            color_fg_bg: var("COLORFGBG"),
            tmux: !var("TMUX").is_empty(),
        }
    }

    /// The language of such a user; English where theirs is not spoken here.
    pub fn language(&self) -> Language {
        Language::of_locale(&self.messages).unwrap_or_default()
    }

    /// The colours that such a terminal has.
    pub fn tier(&self) -> Tier {
        self.colours().0
    }

    /// The same, and why.
    pub fn colours(&self) -> (Tier, String) {
        let term = self.term.as_str();
        let by_term = |what: &str| format!("TERM={term} {what}");
        let full = matches!(self.color_term.as_str(), "truecolor" | "24bit");
        let many = [
            "256color",
            "kitty",
            "alacritty",
            "ghostty",
            "foot",
            "wezterm",
        ];
        match term {
            "" => (Tier::Mono, "TERM is not set".to_owned()),
            "dumb" => (Tier::Mono, by_term("has no colours")),
            // Video terminals had none; what calls itself one may be one.
            _ if term.starts_with("vt") => (Tier::Mono, by_term("has no colours")),
            _ if term == "linux" || term.starts_with("linux-") => {
                (Tier::Ansi8, by_term("has 8 colours, bold is bright"))
            }
            _ if term.ends_with("-direct") => (Tier::True, by_term("has 24 bits")),
            // GNU screen hands COLORTERM on and takes 24 bits for something else; tmux sees to them.
            _ if full && term.starts_with("screen") && !self.tmux => {
                let tier = if term.contains("256color") {
                    Tier::Indexed
                } else {
                    Tier::Ansi16
                };
                (tier, by_term("is GNU screen: COLORTERM is not its own"))
            }
            _ if full => (Tier::True, format!("COLORTERM={}", self.color_term)),
            _ if many.iter().any(|name| term.contains(name)) => {
                (Tier::Indexed, by_term("has 256 colours"))
            }
            _ if term.ends_with("-8color")
                || ["ansi", "pcansi", "cygwin", "xterm-color"].contains(&term) =>
            {
                (Tier::Ansi8, by_term("has 8 colours"))
            }
            _ if term.ends_with("-mono") || term.ends_with("-m") => {
                (Tier::Mono, by_term("has no colours"))
            }
            _ => (Tier::Ansi16, by_term("is taken to have 16 colours")),
        }
    }

    /// The characters that such a terminal has.
    pub fn glyphs(&self) -> Glyphs {
        self.characters().0
    }

    /// The same, and why.
    pub fn characters(&self) -> (Glyphs, String) {
        let locale = self.locale.to_ascii_lowercase();
        let unicode = locale.contains("utf-8") || locale.contains("utf8");
        let by_term = |what: &str| format!("TERM={} {what}", self.term);
        match self.term.as_str() {
            _ if !unicode && self.locale.is_empty() => {
                (Glyphs::Ascii, "LANG is not set".to_owned())
            }
            _ if !unicode => (Glyphs::Ascii, format!("{} is not UTF-8", self.locale)),
            // The kernel's console font has rules and blocks but no braille.
            "linux" => (Glyphs::NoBraille, by_term("has no braille")),
            term if term.starts_with("vt") || term == "dumb" => {
                (Glyphs::Ascii, by_term("has ASCII alone"))
            }
            _ => (Glyphs::Unicode, format!("{} is UTF-8", self.locale)),
        }
    }

    /// Whether the terminal's own ground is light, where the environment says so.
    pub fn is_light(&self) -> Option<bool> {
        // "words;ground" or "words;other;ground"; "default" says nothing.
        let ground = self.color_fg_bg.rsplit(';').next()?;
        match ground.parse::<u8>().ok()? {
            0..=6 | 8 => Some(false),
            7 | 9..=15 => Some(true),
            _ => None,
        }
    }

    /// Does such a terminal answer when it is asked for the colour of its ground (OSC 11)? Those that might print the
    /// question are not asked.
    pub fn answers(&self) -> bool {
        let known = [
            "xterm",
            "tmux",
            "rxvt",
            "kitty",
            "alacritty",
            "foot",
            "ghostty",
            "wezterm",
            "konsole",
            "contour",
            "st-",
            "vte",
            "gnome",
            "mlterm",
            "iterm",
        ];
        let term = self.term.as_str();
        (self.tmux && term.starts_with("screen")) || known.iter().any(|name| term.starts_with(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(term: &str, color_term: &str, locale: &str) -> Environment {
        Environment {
            term: term.into(),
            color_term: color_term.into(),
            locale: locale.into(),
            ..Environment::default()
        }
    }

    #[test]
    fn terminals_are_taken_for_what_they_are() {
        let utf8 = "en_US.UTF-8";
        for (term, color_term, tier) in [
            ("xterm-256color", "", Tier::Indexed),
            ("xterm-256color", "truecolor", Tier::True),
            ("tmux-256color", "", Tier::Indexed),
            ("screen", "", Tier::Ansi16),
            ("screen-256color", "truecolor", Tier::Indexed),
            ("xterm-direct", "", Tier::True),
            ("linux", "", Tier::Ansi8),
            ("linux", "truecolor", Tier::Ansi8),
            ("vt220", "truecolor", Tier::Mono),
            ("dumb", "truecolor", Tier::Mono),
            ("", "", Tier::Mono),
            ("xterm-mono", "", Tier::Mono),
        ] {
            assert_eq!(terminal(term, color_term, utf8).tier(), tier, "{term}");
        }
        let tmux = Environment {
            tmux: true,
            ..terminal("screen-256color", "truecolor", utf8)
        };
        assert_eq!(tmux.tier(), Tier::True);
        assert!(tmux.answers());
        assert_eq!(terminal("linux", "", utf8).glyphs(), Glyphs::NoBraille);
        assert_eq!(terminal("linux", "", "C").glyphs(), Glyphs::Ascii);
        assert_eq!(terminal("vt220", "", utf8).glyphs(), Glyphs::Ascii);
        assert_eq!(terminal("xterm", "", "C").glyphs(), Glyphs::Ascii);
        assert_eq!(terminal("tmux", "", "be_BY.utf8").glyphs(), Glyphs::Unicode);
    }

    #[test]
    fn the_ground_is_what_the_environment_says() {
        let light = |text: &str| {
            let said = Environment {
                color_fg_bg: text.to_owned(),
                ..Environment::default()
            };
            said.is_light()
        };
        assert_eq!(light("0;15"), Some(true));
        assert_eq!(light("15;default;0"), Some(false));
        assert_eq!(light("0;7"), Some(true));
        for nothing in ["", "default;default", "0;99", "0;x", ";"] {
            assert_eq!(light(nothing), None, "{nothing}");
        }
        for silent in ["linux", "vt220", "dumb", "", "screen"] {
            assert!(!terminal(silent, "", "").answers(), "{silent}");
        }
    }
}
