//! Man pages: options and commands out of clap, and the prose that clap does not have.

use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::{Failure, papers};
use crate::cli::examples;

/// A head and its paragraphs.
type Section = (&'static str, &'static [&'static str]);

/// Sections of a command's page, by its path; `""` is the program's own.
const PROSE: &[(&str, &[Section])] = &[
    (
        "",
        &[
            (
                "SCREENS",
                &[
                    "Eight screens by their numbers: 1 Nation, 2 Site, 3 Grid, 4 Curtail, 5 Reserve, 6 Engine, 7 Alarms, 8 Journal. \
                     Arrows or hjkl move, Enter opens, Esc goes back, / filters, : lists everything that can be done here, \
                     ? shows the keys of the screen, q leaves.",
                    "Every figure has a quality: good, uncertain, stale or bad. A stale one bears a question mark, and nothing stale looks live.",
                ],
            ),
            (
                "CURTAILING",
                &[
                    "c takes load off and r gives it back, in steps that Enter alone never commits: an amount, the plan with what it \
                     gives up and leaves out, a to arm for ten seconds, then the word that the screen shows. An order is sent, accepted \
                     and delivered; delivered is what a meter says. Esc at any step leaves nothing behind. ! is the emergency shed.",
                ],
            ),
            (
                "FILES",
                &[
                    "~/.config/baseload/baseload.toml: the desk. themes/ beside it holds themes of your own.",
                    "~/.local/state/baseload/journal/DESK/: the audit journal, hash-chained, never changed.",
                    "~/.local/state/baseload/history/: what the screens have shown, for trends and charts.",
                    "~/.local/state/baseload/handovers/: handovers of shifts as Markdown.",
                ],
            ),
            (
                "ENVIRONMENT",
                &[
                    "TERM, COLORTERM, NO_COLOR, COLORFGBG: which colours and glyphs the terminal can show.",
                    "LC_ALL, LC_MESSAGES, LANG: the language of the screen; a locale without UTF-8 means ASCII.",
                    "XDG_CONFIG_HOME, XDG_STATE_HOME: other places for the files above.",
                ],
            ),
            (
                "EXIT STATUS",
                &[
                    "0 done, 1 failed at run time, 2 usage or config, 3 something is critical (baseload status).",
                ],
            ),
        ],
    ),
    (
        "console",
        &[(
            "NOTES",
            &[
                "A desk with a config needs no flags. Where output is no terminal, or TERM is dumb, the table of baseload status is printed \
                 in place of the screen.",
                "Plain ws is taken to loopback only, unless the config says insecure = true for that feed.",
            ],
        )],
    ),
    (
        "demo",
        &[(
            "NOTES",
            &[
                "Plants, grid and reserve are simulated and marked SIMULATED on every screen. The websockets between them and the console \
                 are real, and the site `this machine' is this computer's own processor, which really hashes (on a made-up job).",
            ],
        )],
    ),
    (
        "mine",
        &[(
            "NOTES",
            &[
                "What is found is on disk before it is handed in, and is handed in again until the node has answered. Passwords come from \
                 files that only their owner may read.",
                "The chance of a block on a processor is small, and the screen says how small.",
            ],
        )],
    ),
    (
        "gateway",
        &[(
            "NOTES",
            &[
                "A gateway is the serving side of a feed: it owns plants, obeys orders and keeps a journal of its own. Other machines are \
                 served only with TLS, or where --insecure says so.",
            ],
        )],
    ),
    (
        "plan",
        &[(
            "NOTES",
            &[
                "Of each block at most one target, so that the amount arrives in time and the least value is lost. The gap is how far from \
                 the best any plan could be; an independent check derives every figure anew. Nothing is sent. Exit status 1 says that the \
                 amount can't be had; the most that can is told.",
            ],
        )],
    ),
    (
        "replay",
        &[(
            "NOTES",
            &[
                "space pauses, Left and Right go 10 s, PgUp and PgDn a minute, . and , one message, + and - change the speed, Tab leaves \
                 the operator's eyes and lets you look around. Nothing can be ordered from a replay.",
                "A recording holds what the desk saw, orders and journal rows among it, unencrypted: keep it as you keep those.",
            ],
        )],
    ),
    (
        "status",
        &[(
            "EXIT STATUS",
            &[
                "3 where something is critical: a feed that is not live, a frequency more than 200 mHz off, an alarm of the first \
                 priority that nobody has acknowledged, telemetry that is stale throughout. The sentences say which.",
            ],
        )],
    ),
    (
        "journal",
        &[(
            "NOTES",
            &[
                "Each row holds the SHA-256 of the one before it. Whoever can write the file could write a whole new chain: note heads \
                 elsewhere (baseload journal head) and have them checked (baseload journal verify --head).",
            ],
        )],
    ),
];

/// The program's page; all of them, one a command, where a folder is named.
pub fn run(out: Option<&Path>) -> Result<(), Failure> {
    let mut command = examples::command().disable_help_subcommand(true);
    command.build();
    match out {
        None => {
            let mut text = Vec::new();
            page(&command, "", &mut text)?;
            papers::print(&String::from_utf8_lossy(&text))
        }
        Some(folder) => all(&command, "", folder).map_err(|error| {
            Failure::Run(format!(
                "{}: the man pages can't be written: {error}; name a folder that is there",
                folder.display()
            ))
        }),
    }
}

fn all(command: &Command, path: &str, folder: &Path) -> io::Result<()> {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let below = format!("{path} {}", sub.get_name());
        all(sub, below.trim_start(), folder)?;
    }
    let mut text = Vec::new();
    page(command, path, &mut text)?;
    let name = Man::new(command.clone()).get_filename();
    std::fs::write(folder.join(name), text)
}

fn page(command: &Command, path: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command.clone()).manual("baseload");
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if command.get_subcommands().any(|sub| !sub.is_hide_set()) {
        man.render_subcommands_section(out)?;
    }
    let prose = PROSE.iter().find(|(name, _)| *name == path);
    for (head, paragraphs) in prose.map_or(&[][..], |(_, sections)| sections) {
        section(head, paragraphs, out)?;
    }
    let mut shown = Roff::new();
    shown.control("SH", ["EXAMPLES"]);
    for (what, line) in examples::of(path) {
        shown.control("TP", []);
        shown.text([roman(format!("{what}:"))]);
        shown.text([bold(*line)]);
    }
    shown.to_writer(out)?;
    let mut also = Roff::new();
    also.control("SH", ["SEE ALSO"]);
    let above = path.rsplit_once(' ').map_or("", |(above, _)| above);
    if path.is_empty() {
        also.text([
            roman("Each command has a page of its own, as in "),
            bold("man baseload-console"),
            roman("."),
        ]);
    } else {
        let name = format!("baseload {above}").trim_end().replace(' ', "-");
        also.text([bold(name), roman("(1)")]);
    }
    also.to_writer(out)
}

fn section(head: &str, paragraphs: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [head]);
    for paragraph in paragraphs {
        roff.control("PP", []);
        roff.text([roman(*paragraph)]);
    }
    roff.to_writer(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_sections_and_every_prose_its_page() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        run(Some(folder.path())).expect("written");
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect(name);
        let own = read("baseload.1");
        for head in [
            "NAME",
            "SYNOPSIS",
            "OPTIONS",
            "SCREENS",
            "CURTAILING",
            "FILES",
            "EXAMPLES",
            "SEE ALSO",
        ] {
            let line = format!(".SH {head}");
            let quoted = format!(".SH \"{head}\"");
            assert!(own.contains(&line) || own.contains(&quoted), "{head}");
        }
        assert!(read("baseload-gateway-simulator.1").contains("training.toml"));
        for (path, _) in PROSE {
            let name = format!("baseload {path}").trim_end().replace(' ', "-");
            assert!(folder.path().join(format!("{name}.1")).exists(), "{name}");
        }
    }
}
