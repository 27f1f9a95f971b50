//! Theme, colours and characters, from flags, config and environment in that order.

use std::path::{Path, PathBuf};

pub use super::environment::Environment;
use super::{Failure, places};
use crate::cli::{Color, LookArgs};
use crate::config::{Ambiguous, Background, ColorChoice, Config, GlyphChoice};
use crate::runtime::themes::{self, ThemesWiring, Wardrobe};
use crate::ui::look::{Glyphs, Look};
use crate::ui::theme::{self, Theme, Tier};

/// The look of this run.
pub fn look(args: &LookArgs, config: &Config, environment: &Environment) -> Result<Look, Failure> {
    let (tier, _) = tier(args.color, config, environment);
    let (glyphs, _) = glyphs(args.ascii, config, environment);
    let theme = worn(args, config, environment)?.theme;
    let language = args.lang.or(config.lang);
    let mut look = Look::new(theme, tier, glyphs)
        .in_zone(jiff::tz::TimeZone::system())
        .in_language(language.unwrap_or_else(|| environment.language()));
    look.wide = config.ambiguous == Ambiguous::Wide;
    Ok(look)
}

/// The colours to draw with, and why.
pub fn tier(flag: Option<Color>, config: &Config, environment: &Environment) -> (Tier, String) {
    let by_flag = flag.map(|flag| match flag {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
        Color::Ansi8 => ColorChoice::Ansi8,
        Color::Ansi16 => ColorChoice::Ansi16,
        Color::Ansi256 => ColorChoice::Ansi256,
        Color::True => ColorChoice::True,
    });
    let chosen = || {
        if flag.is_some() {
            "--color"
        } else {
            "color in the config"
        }
        .to_owned()
    };
    match by_flag.unwrap_or(config.color) {
        ColorChoice::Auto if environment.no_color => (Tier::Mono, "NO_COLOR is set".to_owned()),
        ColorChoice::Auto => environment.colours(),
        ColorChoice::Always => (environment.tier().max(Tier::Ansi16), chosen()),
        ColorChoice::Never => (Tier::Mono, chosen()),
        ColorChoice::Ansi8 => (Tier::Ansi8, chosen()),
        ColorChoice::Ansi16 => (Tier::Ansi16, chosen()),
        ColorChoice::Ansi256 => (Tier::Indexed, chosen()),
        ColorChoice::True => (Tier::True, chosen()),
    }
}

/// How many colours that is, for people.
pub const fn tier_word(tier: Tier) -> &'static str {
    match tier {
        Tier::Mono => "none",
        Tier::Ansi8 => "8",
        Tier::Ansi16 => "16",
        Tier::Indexed => "256",
        Tier::True => "24 bits",
    }
}

/// The characters to draw with, and why.
pub fn glyphs(ascii: bool, config: &Config, environment: &Environment) -> (Glyphs, String) {
    let (glyphs, why) = match config.glyphs {
        _ if ascii => (Glyphs::Ascii, "--ascii".to_owned()),
        _ if config.ascii => (Glyphs::Ascii, "ascii in the config".to_owned()),
        Some(choice) => {
            let glyphs = match choice {
                GlyphChoice::Full => Glyphs::Unicode,
                GlyphChoice::NoBraille => Glyphs::NoBraille,
                GlyphChoice::Ascii => Glyphs::Ascii,
            };
            (glyphs, "glyphs in the config".to_owned())
        }
        None => environment.characters(),
    };
    // Rules and blocks are of ambiguous width, braille is not.
    match (config.ambiguous, glyphs) {
        (Ambiguous::Narrow, glyphs) => (glyphs, why),
        (Ambiguous::Wide, Glyphs::Unicode) => {
            (Glyphs::Braille, format!("{why}, ambiguous = \"wide\""))
        }
        (Ambiguous::Wide, _) => (Glyphs::Ascii, format!("{why}, ambiguous = \"wide\"")),
    }
}

/// Whether the terminal's ground is light, and why; none where only the terminal itself knows.
pub fn ground(config: &Config, environment: &Environment) -> (Option<bool>, String) {
    let by_config = || "background in the config".to_owned();
    match config.background {
        Background::Light => (Some(true), by_config()),
        Background::Dark => (Some(false), by_config()),
        Background::Auto => match environment.is_light() {
            Some(light) => (
                Some(light),
                format!("COLORFGBG={}", environment.color_fg_bg),
            ),
            None if environment.answers() => {
                (None, "the console asks the terminal (OSC 11)".to_owned())
            }
            None => (
                Some(false),
                "not said anywhere: background in the config says it".to_owned(),
            ),
        },
    }
}

/// Where this desk's own themes are: `themes/` beside its config file.
pub fn folder(config: &Config) -> Option<PathBuf> {
    let beside = config.file.as_deref().and_then(Path::parent);
    beside.map(|p| p.join("themes")).or_else(places::themes)
}

/// A theme that is worn.
pub struct Worn {
    /// Its name.
    pub name: String,
    /// Itself.
    pub theme: Theme,
    /// Its file, where it is no built-in.
    pub file: Option<PathBuf>,
    /// Nobody named it: it may follow the terminal's ground.
    pub free: bool,
}

/// The theme that flag, config or ground ask for.
pub fn worn(args: &LookArgs, config: &Config, environment: &Environment) -> Result<Worn, Failure> {
    let named = args.theme.as_deref().or(config.theme.as_deref());
    let by_ground = match ground(config, environment).0 {
        Some(true) => themes::LIGHT,
        _ => theme::DEFAULT,
    };
    let name = named.unwrap_or(by_ground);
    let (theme, file) = theme_in(name, folder(config).as_deref()).map_err(|error| {
        match (&args.theme, &config.theme_at) {
            (None, Some(place)) => Failure::Usage(format!("{place}: {error}")),
            _ => error,
        }
    })?;
    Ok(Worn {
        name: name.to_owned(),
        theme,
        file,
        free: named.is_none(),
    })
}

/// What changes the theme while the console runs: a key, an edited file, the terminal's ground.
pub fn wiring(
    args: &LookArgs,
    config: &Config,
    environment: &Environment,
) -> Result<ThemesWiring, Failure> {
    let worn = worn(args, config, environment)?;
    let (tier, _) = tier(args.color, config, environment);
    let asks = worn.free && ground(config, environment).0.is_none() && tier > Tier::Mono;
    let wardrobe = Wardrobe {
        folder: folder(config),
        name: worn.name,
        file: worn.file,
        free: worn.free,
    };
    Ok(themes::start(wardrobe, asks)?)
}

/// A built-in theme, one of the user's own in `folder`, or a file; with the file.
pub fn theme_in(name: &str, folder: Option<&Path>) -> Result<(Theme, Option<PathBuf>), Failure> {
    if theme::names().any(|n| n == name) {
        let theme = theme::built_in(name).map_err(|error| Failure::Usage(error.to_string()))?;
        return Ok((theme, None));
    }
    let own = folder.map(|t| t.join(format!("{name}.toml")));
    let plain = !name.contains(['/', '.']);
    let file = own
        .filter(|f| plain && f.is_file())
        .unwrap_or_else(|| PathBuf::from(name));
    match themes::read(&file) {
        Ok(theme) => Ok((theme, Some(file))),
        Err(themes::Unread::Wrong(error)) => Err(Failure::Usage(error.to_string())),
        Err(themes::Unread::File(unread)) => {
            let own = folder.map(themes::own).unwrap_or_default();
            let known = theme::names().map(str::to_owned).chain(own);
            let names: Vec<String> = known.collect();
            let names = names.join(", ");
            Err(Failure::Usage(format!(
                "theme {name} {}; give one of {names}, or the path of a theme file",
                unread.what
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;

    fn terminal(term: &str) -> Environment {
        Environment {
            term: term.into(),
            locale: "C.UTF-8".into(),
            ..Environment::default()
        }
    }

    #[test]
    fn flags_win_over_config_and_config_over_environment() {
        let quiet = Environment {
            no_color: true,
            ..terminal("xterm-256color")
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
        assert_eq!(tier(Some(Color::Ansi8), &sixteen), Tier::Ansi8);
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
            let environment = Environment {
                locale: locale.to_owned(),
                messages: locale.to_owned(),
                ..terminal("xterm")
            };
            look(&args, &config, &environment)
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
    fn characters_of_doubtful_width_are_not_drawn_where_they_are_wide() {
        let config = |ambiguous, glyphs| Config {
            glyphs,
            ambiguous,
            ..Config::default()
        };
        let taken = |config: &Config, term| glyphs(false, config, &terminal(term)).0;
        let wide = config(Ambiguous::Wide, None);
        assert_eq!(taken(&wide, "xterm"), Glyphs::Braille);
        assert_eq!(taken(&wide, "linux"), Glyphs::Ascii);
        let plain = config(Ambiguous::Narrow, Some(GlyphChoice::NoBraille));
        assert_eq!(taken(&plain, "xterm"), Glyphs::NoBraille);
        assert_eq!(glyphs(true, &plain, &terminal("xterm")).0, Glyphs::Ascii);
    }

    #[test]
    fn a_light_ground_gets_the_light_theme_where_none_is_named() {
        let light = Config {
            background: Background::Light,
            ..Config::default()
        };
        let name = |args: &LookArgs, config: &Config, environment: &Environment| {
            worn(args, config, environment).expect("is good").name
        };
        let plain = LookArgs::default();
        assert_eq!(name(&plain, &light, &terminal("xterm")), "light");
        assert_eq!(name(&plain, &Config::default(), &terminal("xterm")), "grey");
        let rxvt = Environment {
            color_fg_bg: "0;15".to_owned(),
            ..terminal("rxvt")
        };
        assert_eq!(name(&plain, &Config::default(), &rxvt), "light");
        let night = LookArgs {
            theme: Some("night".to_owned()),
            ..LookArgs::default()
        };
        assert_eq!(name(&night, &light, &rxvt), "night");
    }

    #[test]
    fn an_unknown_theme_names_those_there_are() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        std::fs::write(scratch.path().join("mine.toml"), "inherits = \"grey\"\n").expect("writes");
        let refused = theme_in("nosuch", Some(scratch.path()))
            .expect_err("is refused")
            .to_string();
        for part in ["grey", "nosuch", "mine"] {
            assert!(refused.contains(part), "{refused}");
        }
        assert!(theme_in("mine", Some(scratch.path())).is_ok());
    }
}
