//! The real binary on terminals of all sorts: their colours and characters, themes that change, keys of one's own.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{Terminal, binary, environment};

/// The demo on a terminal with that environment.
fn demo_on(env: &[(&str, &str)], args: &[&str]) -> (tempfile::TempDir, Terminal) {
    let home = tempfile::tempdir().expect("a scratch folder");
    let args: Vec<&str> = ["demo"].iter().chain(args).copied().collect();
    let terminal = Terminal::start_in(home.path(), &args, 120, 36, env);
    terminal.wait_for("Astravets");
    terminal.wait_for("SIMULATED");
    (home, terminal)
}

fn quit(terminal: &mut Terminal) {
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
}

/// The parameters of all SGR sequences (ECMA-48) that were sent.
fn parameters(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    text.split("\x1b[")
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            rest[end..].starts_with('m').then(|| rest[..end].to_owned())
        })
        .collect()
}

/// Single SGR codes, those of 38 and 48 left out with what belongs to them; and whether 256 or 24 bits were used.
fn codes(raw: &[u8]) -> (Vec<u16>, bool, bool) {
    let (mut plain, mut indexed, mut full) = (Vec::new(), false, false);
    for set in parameters(raw) {
        let numbers: Vec<u16> = set.split(';').filter_map(|n| n.parse().ok()).collect();
        let mut at = 0;
        while at < numbers.len() {
            match (numbers[at], numbers.get(at + 1)) {
                (38 | 48, Some(5)) => {
                    indexed = true;
                    at += 3;
                }
                (38 | 48, Some(2)) => {
                    full = true;
                    at += 5;
                }
                (code, _) => {
                    plain.push(code);
                    at += 1;
                }
            }
        }
    }
    (plain, indexed, full)
}

#[test]
fn terminals_get_the_colours_that_they_have() {
    // Environment; plain colours, bright ones, 256, 24 bits.
    type Case<'a> = (&'a [(&'a str, &'a str)], [bool; 4]);
    let cases: [Case<'_>; 10] = [
        (&[("TERM", "linux")], [true, false, false, false]),
        (&[("TERM", "vt220")], [false; 4]),
        (&[("TERM", "vt100"), ("COLORTERM", "truecolor")], [false; 4]),
        (&[("TERM", "dumb")], [false; 4]),
        (&[("TERM", "screen")], [true, true, false, false]),
        (&[("TERM", "tmux-256color")], [false, false, true, false]),
        (
            &[("TERM", "screen-256color"), ("COLORTERM", "truecolor")],
            [false, false, true, false],
        ),
        (
            &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")],
            [false, false, false, true],
        ),
        (
            &[
                ("TERM", "xterm-256color"),
                ("COLORTERM", "truecolor"),
                ("NO_COLOR", "1"),
            ],
            [false; 4],
        ),
        (&[("TERM", "xterm-direct")], [false, false, false, true]),
    ];
    for (env, want) in cases {
        let (_home, mut terminal) = demo_on(env, &[]);
        quit(&mut terminal);
        let (plain, indexed, full) = codes(&terminal.raw());
        let any = |codes: &[std::ops::RangeInclusive<u16>]| {
            plain
                .iter()
                .any(|n| codes.iter().any(|range| range.contains(n)))
        };
        let found = [
            any(&[30..=37, 40..=47]),
            any(&[90..=97, 100..=107]),
            indexed,
            full,
        ];
        assert_eq!(found, want, "{env:?}: {plain:?}");
    }
}

#[test]
fn terminals_get_the_characters_that_they_have() {
    // Environment; rules and blocks, braille.
    type Case<'a> = (&'a [(&'a str, &'a str)], bool, bool);
    let cases: [Case<'_>; 5] = [
        (&[("TERM", "linux")], true, false),
        (&[("TERM", "vt220")], false, false),
        (&[("TERM", "dumb")], false, false),
        (&[("LANG", "C")], false, false),
        (&[("TERM", "tmux-256color")], true, true),
    ];
    for (env, blocks, braille) in cases {
        let (_home, mut terminal) = demo_on(env, &[]);
        terminal.keys("3");
        terminal.wait("the grid's chart", |s| {
            s.contains("50.0") && !s.contains("HASHRATE")
        });
        // The chart has its first samples by now or gets them with the next tick.
        if braille {
            let dots = |c: char| ('\u{2801}'..='\u{28ff}').contains(&c);
            terminal.wait("braille", |s| s.contains(dots));
        }
        quit_from_grid(&mut terminal);
        let raw = terminal.raw();
        let text = String::from_utf8_lossy(&raw).into_owned();
        assert_eq!(text.contains('─'), blocks, "{env:?}");
        assert_eq!(
            text.chars().any(|c| ('\u{2800}'..='\u{28ff}').contains(&c)),
            braille,
            "{env:?}"
        );
        if !blocks {
            // Names of sites are the feed's; signs are ours.
            let ours = text.chars().find(|c| !c.is_ascii() && !c.is_alphabetic());
            assert_eq!(ours, None, "{env:?}");
        }
    }
}

fn quit_from_grid(terminal: &mut Terminal) {
    terminal.keys("\x03");
    assert_eq!(terminal.ended(), 0);
}

/// The ground of the cell in the lower left corner.
fn ground(terminal: &Terminal) -> vt100::Color {
    terminal.look(|screen| {
        screen
            .cell(34, 0)
            .map_or(vt100::Color::Default, vt100::Cell::bgcolor)
    })
}

const LIGHT: vt100::Color = vt100::Color::Rgb(0xf1, 0xf2, 0xf2);
const GREY: vt100::Color = vt100::Color::Rgb(0x1b, 0x1d, 0x1f);

fn until_ground(terminal: &Terminal, wanted: vt100::Color) {
    terminal.wait(&format!("the ground {wanted:?}"), |_| {
        ground(terminal) == wanted
    });
}

const FULL: (&str, &str) = ("COLORTERM", "truecolor");

#[test]
fn a_light_terminal_gets_the_light_theme_and_its_answer_types_nothing() {
    let (_home, mut terminal) = demo_on(&[FULL], &[]);
    until_ground(&terminal, GREY);
    terminal.wait("the question", |_| {
        String::from_utf8_lossy(&terminal.raw()).contains("\x1b]11;?")
    });
    // Keys before, behind, and an answer full of `c`, which would open the curtail dialog.
    terminal.keys("2\x1b]11;rgb:cccc/cccc/cccc\x077");
    until_ground(&terminal, LIGHT);
    let text = terminal.wait("the seventh screen", |s| {
        s.contains("PRIORITY") || s.contains("alarm")
    });
    assert!(!text.contains("Curtail    1"), "{text}");
    terminal.keys("1q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn the_ground_is_settable_and_a_named_theme_stays() {
    for (args, env) in [
        (vec![], ("COLORFGBG", "0;15")),
        (vec!["--theme", "light"], ("COLORFGBG", "15;0")),
    ] {
        let (_home, mut terminal) = demo_on(&[FULL, env], &args);
        until_ground(&terminal, LIGHT);
        quit(&mut terminal);
        let raw = terminal.raw();
        assert!(
            !String::from_utf8_lossy(&raw).contains("\x1b]11;?"),
            "nothing to ask"
        );
    }
}

/// The folder of a home where the config is.
fn config_folder(home: &Path) -> std::path::PathBuf {
    let folder = home.join("config/baseload");
    fs::create_dir_all(folder.join("themes")).expect("a config folder");
    folder
}

#[test]
fn a_key_wears_the_next_theme_and_an_edited_file_is_worn_at_once() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let own = config_folder(home.path()).join("themes/dusk.toml");
    fs::write(
        &own,
        "inherits = \"grey\"\n[palette]\nground = \"#102030\"\n",
    )
    .expect("writes");
    let args = ["demo", "--theme", "dusk"];
    let mut terminal = Terminal::start_in(home.path(), &args, 120, 36, &[FULL]);
    until_ground(&terminal, vt100::Color::Rgb(0x10, 0x20, 0x30));
    fs::write(
        &own,
        "inherits = \"grey\"\n[palette]\nground = \"#3020100\"\n",
    )
    .expect("writes");
    terminal.wait_for("dusk.toml:3:");
    until_ground(&terminal, vt100::Color::Rgb(0x10, 0x20, 0x30));
    fs::write(
        &own,
        "inherits = \"grey\"\n[palette]\nground = \"#302010\"\n",
    )
    .expect("writes");
    until_ground(&terminal, vt100::Color::Rgb(0x30, 0x20, 0x10));
    terminal.keys("w");
    until_ground(&terminal, GREY);
    terminal.wait_for("theme grey");
    terminal.keys("w");
    until_ground(&terminal, LIGHT);
    quit(&mut terminal);
}

fn run(home: &Path, args: &[&str]) -> Output {
    Command::new(binary())
        .args(args)
        .env_remove("NO_COLOR")
        .env_remove("COLORTERM")
        .env_remove("COLORFGBG")
        .envs(environment(home))
        .output()
        .expect("it runs")
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn themes_shows_all_and_tells_of_a_bad_one_by_its_line() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let themes = config_folder(home.path()).join("themes");
    fs::write(themes.join("dusk.toml"), "inherits = \"night\"\n").expect("writes");
    let listed = run(home.path(), &["themes", "--list"]);
    let (names, _) = said(&listed);
    for name in [
        "grey",
        "light",
        "high-contrast",
        "night",
        "cornflower",
        "mono",
        "dusk",
    ] {
        assert!(names.lines().any(|l| l.starts_with(name)), "{names}");
    }
    fs::write(themes.join("wrong.toml"), "[roles]\ntext = \"ink\"\n").expect("writes");
    let shown = run(home.path(), &["themes"]);
    let (text, errors) = said(&shown);
    assert_eq!(shown.status.code(), Some(2));
    assert!(errors.contains("wrong.toml:2:"), "{errors}");
    assert!(!text.contains('\x1b'), "no escapes into a pipe");
    assert_eq!(text.matches("Astravets").count(), 7, "{text}");
    let (coloured, _) = said(&run(home.path(), &["themes", "--color", "256", "dusk"]));
    assert!(coloured.contains("48;5;"), "{coloured:?}");
}

#[test]
fn own_keys_work_and_are_shown_wherever_a_key_is() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let file = config_folder(home.path()).join("baseload.toml");
    let keys = "[keys]\nfilter = \"F3\"\nhelp = [\"F1\", \"?\"]\nsite = \"b\"\ncurtail = \"K\"\n";
    fs::write(&file, keys).expect("writes");
    let mut terminal = Terminal::start_in(home.path(), &["demo"], 120, 36, &[]);
    terminal.wait_for("Astravets");
    let text = terminal.wait("the footer", |s| s.contains("K curtail"));
    // The screens are told by name where there is room, else by their keys in a row.
    let site = text.contains("b Site") || text.contains("1 b 3 4");
    assert!(text.contains("F1 help") && site, "{text}");
    terminal.keys("c");
    terminal.keys("\x1bOP");
    let text = terminal.wait_for("Keys on Nation");
    assert!(text.contains("F1 ?") && text.contains("F3"), "{text}");
    terminal.keys("\x1b");
    terminal.wait("the nation", |s| !s.contains("Keys on Nation"));
    terminal.keys("b");
    terminal.wait("the site", |s| s.contains("HALL"));
    terminal.keys("1q");
    assert_eq!(terminal.ended(), 0);
    let (table, _) = said(&run(home.path(), &["keys"]));
    assert!(table.contains("| `K` | curtail |"), "{table}");
    let (json, _) = said(&run(home.path(), &["keys", "--json"]));
    let lines: serde_json::Value = serde_json::from_str(&json).expect("is JSON");
    let curtail = lines
        .as_array()
        .into_iter()
        .flatten()
        .find(|l| l["name"] == "curtail");
    assert_eq!(curtail.expect("is there")["keys"][0], "K");
}

#[test]
fn a_conflict_of_keys_names_file_line_and_both_actions() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let file = config_folder(home.path()).join("baseload.toml");
    let text = "[[feed]]\nurl = \"ws://127.0.0.1:9/fleet\"\n[keys]\nsort = \"c\"\n";
    fs::write(&file, text).expect("writes");
    for args in [&["console"][..], &["keys"], &[]] {
        let refused = run(home.path(), args);
        let (_, error) = said(&refused);
        assert_eq!(refused.status.code(), Some(2), "{error}");
        assert!(error.contains("baseload.toml:4: `keys.sort`"), "{error}");
        assert!(error.contains("`curtail`"), "{error}");
    }
    let (report, _) = said(&run(home.path(), &["doctor"]));
    assert!(report.contains("BAD   keys"), "{report}");
}

#[test]
fn newcomers_see_five_lines_once_and_no_key_is_lost() {
    let home = tempfile::tempdir().expect("a scratch folder");
    fs::write(home.path().join("newcomer"), "").expect("writes");
    let start = || Terminal::start_in(home.path(), &["demo"], 120, 36, &[]);
    let lines = "Grey is well.";
    let mut terminal = start();
    terminal.wait_for(lines);
    terminal.wait_for("Astravets");
    terminal.keys("3");
    terminal.wait("the grid", |s| !s.contains(lines) && s.contains("50.0"));
    terminal.keys("1?");
    terminal.wait_for("Keys on Nation");
    terminal.keys("\t");
    terminal.wait_for(lines);
    terminal.keys(" ");
    terminal.wait("the nation", |s| !s.contains(lines));
    quit(&mut terminal);
    let mut terminal = start();
    let text = terminal.wait_for("Astravets");
    assert!(!text.contains(lines), "{text}");
    quit(&mut terminal);
}

#[test]
fn doctor_says_what_was_found_and_why() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let (report, _) = said(&run(home.path(), &["doctor"]));
    assert!(report.contains("256: TERM=xterm-256color"), "{report}");
    assert!(report.contains("C.UTF-8 is UTF-8"), "{report}");
    assert!(report.contains("OSC 11"), "{report}");
}
