//! Theme, colours and characters, from flags, config and environment in that order.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Failure, places};
use crate::cli::{Color, LookArgs};
use crate::config::{ColorChoice, Config};
use crate::domain::language::Language;
use crate::ui::look::{Glyphs, Look};
use crate::ui::theme::{self, Theme, Tier};

/// What the environment says of the terminal.
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
        }
    }

    /// The language of such a user; English where theirs is not spoken here.
    pub fn language(&self) -> Language {
        Language::of_locale(&self.messages).unwrap_or_default()
    }

    /// The colours that such a terminal has.
    pub fn tier(&self) -> Tier {
        let term = self.term.as_str();
        let true_colour =
            matches!(self.color_term.as_str(), "truecolor" | "24bit") || term.ends_with("-direct");
        match term {
            "" | "dumb" => Tier::Mono,
            _ if term.starts_with("vt") => Tier::Mono,
            _ if true_colour => Tier::True,
            _ if term.contains("256color")
                || term.contains("kitty")
                || term.contains("alacritty") =>
            {
                Tier::Indexed
            }
            _ => Tier::Ansi16,
        }
    }

    /// The characters that such a terminal has.
    pub fn glyphs(&self) -> Glyphs {
        let locale = self.locale.to_ascii_lowercase();
        let unicode = locale.contains("utf-8") || locale.contains("utf8");
        match self.term.as_str() {
            // The kernel's console font has rules and blocks but no braille.
            "linux" if unicode => Glyphs::NoBraille,
            term if term.starts_with("vt") || term == "dumb" || !unicode => Glyphs::Ascii,
            _ => Glyphs::Unicode,
        }
    }
}

/// The look of this run.
pub fn look(args: &LookArgs, config: &Config, environment: &Environment) -> Result<Look, Failure> {
    let choice = match args.color {
        Some(Color::Auto) => ColorChoice::Auto,
        Some(Color::Always) => ColorChoice::Always,
        Some(Color::Never) => ColorChoice::Never,
        Some(Color::Ansi16) => ColorChoice::Ansi16,
        Some(Color::Ansi256) => ColorChoice::Ansi256,
        Some(Color::True) => ColorChoice::True,
        None => config.color,
    };
    let tier = match choice {
        ColorChoice::Auto if environment.no_color => Tier::Mono,
        ColorChoice::Auto => environment.tier(),
        ColorChoice::Always => environment.tier().max(Tier::Ansi16),
        ColorChoice::Never => Tier::Mono,
        ColorChoice::Ansi16 => Tier::Ansi16,
        ColorChoice::Ansi256 => Tier::Indexed,
        ColorChoice::True => Tier::True,
    };
    let glyphs = if args.ascii || config.ascii {
        Glyphs::Ascii
    } else {
        environment.glyphs()
    };
    let named = args.theme.as_deref().or(config.theme.as_deref());
    let theme = theme(named.unwrap_or(theme::DEFAULT)).map_err(|error| {
        match (&args.theme, &config.theme_at) {
            (None, Some(place)) => Failure::Usage(format!("{place}: {error}")),
            _ => error,
        }
    })?;
    let language = args.lang.or(config.lang);
    Ok(Look::new(theme, tier, glyphs)
        .in_zone(jiff::tz::TimeZone::system())
        .in_language(language.unwrap_or_else(|| environment.language())))
}

/// A built-in theme, one of the user's own, or a file.
pub fn theme(name: &str) -> Result<Theme, Failure> {
    if theme::names().any(|n| n == name) {
        return theme::built_in(name).map_err(|error| Failure::Usage(error.to_string()));
    }
    let own = places::themes().map(|t| t.join(format!("{name}.toml")));
    let plain = !name.contains(['/', '.']);
    let file = own
        .filter(|f| plain && f.is_file())
        .unwrap_or_else(|| PathBuf::from(name));
    read(&file, name)
}

fn read(file: &Path, name: &str) -> Result<Theme, Failure> {
    let known: Vec<&str> = theme::names().collect();
    let text = fs::read_to_string(file).map_err(|error| {
        let names = known.join(", ");
        Failure::Usage(format!(
            "theme {name}: {error}; give one of {names}, or the path of a theme file"
        ))
    })?;
    theme::parse(&file.display().to_string(), &text)
        .map_err(|error| Failure::Usage(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(term: &str, color_term: &str, locale: &str) -> Environment {
        Environment {
            term: term.into(),
            color_term: color_term.into(),
            no_color: false,
            locale: locale.into(),
            messages: locale.into(),
        }
    }

    #[test]
    fn terminals_are_taken_for_what_they_are() {
        let utf8 = "en_US.UTF-8";
        assert_eq!(terminal("xterm-256color", "", utf8).tier(), Tier::Indexed);
        assert_eq!(
            terminal("xterm-256color", "truecolor", utf8).tier(),
            Tier::True
        );
        assert_eq!(terminal("screen", "", utf8).tier(), Tier::Ansi16);
        assert_eq!(terminal("linux", "", utf8).glyphs(), Glyphs::NoBraille);
        assert_eq!(terminal("vt220", "truecolor", utf8).tier(), Tier::Mono);
        assert_eq!(terminal("xterm", "", "C").glyphs(), Glyphs::Ascii);
    }

    #[test]
    fn flags_win_over_config_and_config_over_environment() {
        let quiet = Environment {
            no_color: true,
            ..terminal("xterm-256color", "", "C.UTF-8")
        };
        let args = |color| LookArgs {
            color,
            ..LookArgs::default()
        };
        let tier =
            |color, config: &Config| look(&args(color), config, &quiet).expect("is good").tier;
        assert_eq!(tier(None, &Config::default()), Tier::Mono, "NO_COLOR");
        assert_eq!(tier(Some(Color::Always), &Config::default()), Tier::Indexed);
        let sixteen = Config {
            color: ColorChoice::Ansi16,
            ..Config::default()
        };
        assert_eq!(tier(None, &sixteen), Tier::Ansi16);
        assert_eq!(tier(Some(Color::True), &sixteen), Tier::True);
    }

    #[test]
    fn the_language_is_the_flag_s_then_the_config_s_then_the_environment_s() {
        let told = |flag, config, locale: &str| {
            let args = LookArgs {
                lang: flag,
                ..LookArgs::default()
            };
            let config = Config {
                lang: config,
                ..Config::default()
            };
            look(&args, &config, &terminal("xterm", "", locale))
                .expect("is good")
                .spoken()
        };
        let (ru, be) = (Language::Russian, Language::Belarusian);
        assert_eq!(told(Some(be), Some(ru), "en_US.UTF-8"), be);
        assert_eq!(told(None, Some(ru), "be_BY.UTF-8"), ru);
        assert_eq!(told(None, None, "be_BY.UTF-8"), be);
        assert_eq!(told(None, None, "pl_PL.UTF-8"), Language::English);
        // A terminal without UTF-8 can't show it.
        assert_eq!(told(Some(be), None, "be_BY.CP1251"), Language::English);
    }

    #[test]
    fn an_unknown_theme_names_those_there_are() {
        let refused = theme("nosuch").expect_err("is refused").to_string();
        assert!(
            refused.contains("grey") && refused.contains("nosuch"),
            "{refused}"
        );
    }
}
