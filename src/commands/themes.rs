//! `baseload themes`: every theme as this terminal shows it.

use std::fmt::Write as _;
use std::io::IsTerminal;

use super::look::{Environment, folder, glyphs, theme_in, tier, tier_word, worn};
use super::{Failure, console, papers};
use crate::cli::{LookArgs, ThemesArgs};
use crate::config::Ambiguous;
use crate::runtime::{print, terminal, themes};
use crate::ui::look::Look;
use crate::ui::swatch::swatch;
use crate::ui::theme;

/// Columns of a swatch.
const WIDTH: u16 = 78;

/// Shows the themes, or names them. One that can't be used is told with its line, and the others are shown all the same.
pub fn run(args: &ThemesArgs) -> Result<(), Failure> {
    let (config, _) = console::configured(args.config.as_deref(), &[])?;
    let environment = Environment::present();
    let folder = folder(&config);
    let own = folder.as_deref().map(themes::own).unwrap_or_default();
    let known = theme::names().map(str::to_owned).chain(own);
    let names: Vec<String> = if args.names.is_empty() {
        known.collect()
    } else {
        args.names.clone()
    };
    let worn = worn(&LookArgs::default(), &config, &environment).map(|worn| worn.name);
    let note = |name: &str| {
        let default = if name == theme::DEFAULT {
            " (default)"
        } else {
            ""
        };
        let here = worn.as_ref().is_ok_and(|worn| worn == name);
        format!("{default}{}", if here { ", worn here" } else { "" })
    };
    let styled = std::io::stdout().is_terminal() || args.color.is_some();
    let (tier, why) = tier(args.color, &config, &environment);
    let (glyphs, _) = glyphs(args.ascii, &config, &environment);
    let columns = match terminal::size() {
        (0, _) => WIDTH,
        (columns, _) => columns.min(WIDTH),
    };
    let mut text = String::new();
    let mut wrong = Vec::new();
    for name in &names {
        let theme = match theme_in(name, folder.as_deref()) {
            Ok((theme, _)) => theme,
            Err(error) => {
                wrong.push(error.to_string());
                continue;
            }
        };
        // Writing to a String can't fail.
        if args.list {
            let _ = writeln!(text, "{name}{}", note(name));
            continue;
        }
        let mut look = Look::new(theme, tier, glyphs);
        look.wide = config.ambiguous == Ambiguous::Wide;
        let title = format!("{name}{}", note(name));
        let _ = writeln!(
            text,
            "{}",
            print::lines(&swatch(&title, &look, columns), styled)
        );
    }
    if !args.list {
        let place = folder.map_or_else(|| "no home folder".to_owned(), |f| f.display().to_string());
        let _ = writeln!(
            text,
            "Colours here: {} ({why}). Your own: {place}/NAME.toml",
            tier_word(tier)
        );
    }
    papers::print(&text)?;
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::Usage(wrong.join("\n")))
    }
}
