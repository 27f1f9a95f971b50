//! `baseload keys`, and a desk's own keys put over the table.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::Path;

use serde::Serialize;

use super::{Failure, console, papers};
use crate::app::actions::{ACTIONS, Danger, Spec, Where};
use crate::app::key::Key;
use crate::app::keymap::{Keymap, Wish, configured};
use crate::cli::KeysArgs;
use crate::config::Config;

/// The keys that a config file asks for; an error names the file and the line.
pub fn keymap(config: &Config) -> Result<Keymap, Failure> {
    let wishes: Vec<Wish> = config
        .keys
        .iter()
        .map(|line| Wish {
            name: line.action.clone(),
            keys: line.keys.clone(),
            line: line.line,
        })
        .collect();
    configured(&wishes).map_err(|refused| {
        let file = config
            .file
            .as_deref()
            .unwrap_or(Path::new("config"))
            .display();
        let (line, what, mend) = (refused.line, refused.what, refused.mend);
        let name: String = refused.name.chars().take(64).collect();
        let name = name.escape_default();
        Failure::Usage(format!("{file}:{line}: `keys.{name}` {what}; {mend}"))
    })
}

/// Prints the table as it is configured here.
pub fn run(args: &KeysArgs) -> Result<(), Failure> {
    let (config, _) = console::configured(args.config.as_deref(), &[])?;
    let keymap = keymap(&config)?;
    let text = if args.json {
        json(&keymap)?
    } else if std::io::stdout().is_terminal() {
        columns(&keymap)
    } else {
        table(&keymap)
    };
    papers::print(&text)
}

/// The table of keys for people: keys, name and what it does under each other, the changed ones marked.
fn columns(keymap: &Keymap) -> String {
    let widest = |of: &dyn Fn(&Spec) -> usize| ACTIONS.iter().map(of).max().unwrap_or(0);
    let keys = widest(&|spec| keymap.shown(spec).chars().count());
    let names = widest(&|spec| spec.name.len());
    let mut text = String::new();
    for spec in ACTIONS {
        let (shown, name, help) = (keymap.shown(spec), spec.name, spec.help);
        let note = note(spec);
        let _ = writeln!(text, "{shown:<keys$}  {name:<names$}  {help}{note}");
        let _ = writeln!(text, "{:<keys$}  {:<names$}    {}", "", "", places(spec));
    }
    text
}

fn places(spec: &Spec) -> String {
    match (spec.screens, spec.solo) {
        (Where::Everywhere, _) => "everywhere".to_owned(),
        (Where::On(screens), _) => {
            let names: Vec<&str> = screens.iter().map(|s| s.name()).collect();
            names.join(", ")
        }
        (Where::Nowhere, _) => "Engine of `baseload mine`".to_owned(),
    }
}

/// What it does to the world.
const fn note(spec: &Spec) -> &'static str {
    match spec.danger {
        Danger::None => "",
        Danger::Machine => " (changes something)",
        Danger::Authority => " (after a confirmation)",
        Danger::Orders => " (ends in an order, after arming and a typed word)",
    }
}

/// The table of keys, as Markdown.
pub fn table(keymap: &Keymap) -> String {
    let mut text = String::from("| key | name | does | where |\n|---|---|---|---|\n");
    for spec in ACTIONS {
        let note = note(spec);
        let _ = writeln!(
            text,
            "| `{}` | {} | {}{note} | {} |",
            keymap.shown(spec),
            spec.name,
            spec.help,
            places(spec)
        );
    }
    text
}

/// One action as `keys --json` prints it.
#[derive(Serialize)]
struct Line {
    name: &'static str,
    keys: Vec<String>,
    /// Not those of the table.
    configured: bool,
    does: &'static str,
    danger: &'static str,
    screens: Vec<&'static str>,
    mine: bool,
}

fn json(keymap: &Keymap) -> Result<String, Failure> {
    let lines: Vec<Line> = ACTIONS
        .iter()
        .map(|spec| {
            let screens = crate::app::nav::Screen::ALL;
            let double = (spec.name == "top" && keymap.has_double_g()).then(|| "gg".to_owned());
            let keys = keymap.keys(spec).iter().map(Key::to_string);
            Line {
                name: spec.name,
                keys: double.into_iter().chain(keys).collect(),
                configured: keymap.is_own(spec.action),
                does: spec.help,
                danger: match spec.danger {
                    Danger::None => "none",
                    Danger::Machine => "machine",
                    Danger::Authority => "authority",
                    Danger::Orders => "orders",
                },
                screens: screens
                    .into_iter()
                    .filter(|s| spec.screens.holds(*s))
                    .map(crate::app::nav::Screen::name)
                    .collect(),
                mine: spec.solo != Where::Nowhere,
            }
        })
        .collect();
    let text = serde_json::to_string_pretty(&lines)
        .map_err(|error| Failure::Run(format!("the table can't be written: {error}")))?;
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KeyLine;

    #[test]
    fn a_conflict_names_file_line_and_both_actions() {
        let config = Config {
            keys: vec![KeyLine {
                action: "sort".to_owned(),
                keys: vec!["c".to_owned()],
                line: 9,
            }],
            file: Some("desk.toml".into()),
            ..Config::default()
        };
        let said = keymap(&config).expect_err("is refused").to_string();
        assert!(said.starts_with("desk.toml:9: `keys.sort`"), "{said}");
        assert!(said.contains("`curtail`"), "{said}");
    }

    #[test]
    fn people_read_columns_without_bars() {
        let text = columns(&Keymap::default());
        assert!(!text.contains('|'), "{text}");
        let at = |line: &str| line.find("load").and_then(|at| line[..at].rfind("  "));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2 * ACTIONS.len());
        assert_eq!(at(lines[0]), at(lines[2]), "{text}");
        assert!(at(lines[0]).is_some(), "{text}");
    }

    #[test]
    fn the_table_is_json_too() {
        let text = json(&Keymap::default()).expect("is written");
        let lines: Vec<serde_json::Value> = serde_json::from_str(&text).expect("is JSON");
        assert_eq!(lines.len(), ACTIONS.len());
        let top = lines.iter().find(|l| l["name"] == "top").expect("is there");
        assert_eq!(top["keys"][0], "gg");
    }
}
