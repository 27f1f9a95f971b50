//! Examples of every command: shown under its `--help` and on its man page. A test parses each of them.

use std::fmt::Write as _;

use clap::{Command, CommandFactory};

use super::Cli;

/// What an example does, and the line that does it.
pub type Example = (&'static str, &'static str);

/// By the command's path without `baseload`; the empty one is `baseload` itself.
const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "",
        &[
            (
                "The desk of the config; without one the demo nation",
                "baseload",
            ),
            ("The same in Belarusian", "baseload --lang be"),
            (
                "All that the console hears goes into a file, too",
                "baseload --record night.rec",
            ),
            (
                "What the console would show, as one plain table",
                "baseload status",
            ),
        ],
    ),
    (
        "console",
        &[
            (
                "A desk on a gateway of this machine",
                "baseload console --feed ws://127.0.0.1:7411/",
            ),
            (
                "Only looking, on a slow serial line",
                "baseload console --read-only --ascii --color never --fps 1 --feed ws://127.0.0.1:7411/",
            ),
            (
                "A desk with a config of its own",
                "baseload console --config desk-b.toml",
            ),
        ],
    ),
    (
        "demo",
        &[
            (
                "Twelve sites, this machine's processor among them",
                "baseload demo",
            ),
            (
                "A large nation, its time sixty times as fast",
                "baseload demo --sites 50 --speed 60",
            ),
            (
                "On one thread, in warm and dim colours",
                "baseload demo --threads 1 --theme night",
            ),
        ],
    ),
    (
        "mine",
        &[
            (
                "On Bitcoin Core",
                "baseload mine --node http://127.0.0.1:8332 --cookie-file ~/.bitcoin/.cookie --payout ADDRESS",
            ),
            (
                "On a pool that has to pay the address given",
                "baseload mine --pool stratum+ssl://HOST:443 --user USER.WORKER --password-file FILE --payout ADDRESS",
            ),
            (
                "As a service, one JSON object a line, figures for Prometheus",
                "baseload mine --headless --json --metrics 127.0.0.1:9101 --node http://127.0.0.1:8332 --cookie-file FILE --payout ADDRESS",
            ),
        ],
    ),
    (
        "gateway",
        &[(
            "A simulated nation for several consoles",
            "baseload gateway simulator --listen 127.0.0.1:7411",
        )],
    ),
    (
        "gateway simulator",
        &[
            (
                "A nation of fifty sites",
                "baseload gateway simulator --listen 127.0.0.1:7411 --sites 50",
            ),
            (
                "Training: faults on demand, signed orders, a journal",
                "baseload gateway simulator --listen 127.0.0.1:7411 --script training.toml --operators operators.toml --journal DIR",
            ),
            (
                "For other machines, with TLS and tokens",
                "baseload gateway simulator --listen 0.0.0.0:7443 --tls-cert cert.pem --tls-key key.pem --tokens tokens",
            ),
        ],
    ),
    (
        "gateway replay",
        &[(
            "Measured frequency and load, sixty times as fast",
            "baseload gateway replay --listen 127.0.0.1:7412 --frequency FREQUENCY.csv --load LOAD.csv --speed 60",
        )],
    ),
    (
        "plan",
        &[
            (
                "180 MW within 30 s",
                "baseload plan --fleet F.json --shed 180MW --within 30s",
            ),
            (
                "A quarter for an hour, as a schedule",
                "baseload plan --fleet F.json --shed 25% --for 1h",
            ),
            (
                "What a grid instruction asks for, as JSON",
                "baseload plan --fleet F.json --profile P.json --restore-cap 20MW --json",
            ),
        ],
    ),
    (
        "status",
        &[
            (
                "One figure for a script",
                "baseload status --json | jq .fleet.power_w",
            ),
            (
                "One site, every ten seconds",
                "baseload status --site astravets --watch --interval 10",
            ),
            (
                "A word where something is critical",
                "baseload status >/dev/null 2>&1 || [ $? -ne 3 ] || echo 'the nation needs a look'",
            ),
        ],
    ),
    (
        "replay",
        &[
            ("A recording as it was seen", "baseload replay night.rec"),
            ("Eight times as fast", "baseload replay night.rec --speed 8"),
        ],
    ),
    (
        "verify-headers",
        &[(
            "Every header of a file",
            "baseload verify-headers headers.bin",
        )],
    ),
    (
        "operator",
        &[(
            "A key for a new operator",
            "baseload operator new anna --out anna.key",
        )],
    ),
    (
        "operator new",
        &[(
            "A dispatcher's key, encrypted; the lines printed go to the gateway's file",
            "baseload operator new anna --out anna.key --rank dispatcher --passphrase-file FILE",
        )],
    ),
    (
        "operator show",
        &[(
            "The public key of a key file",
            "baseload operator show anna.key",
        )],
    ),
    (
        "bench",
        &[
            (
                "Every kernel, then the fastest on all threads",
                "baseload bench",
            ),
            (
                "One kernel on half of the cores, as JSON",
                "baseload bench --kernel avx2x8 --threads 50% --json",
            ),
            ("Their names", "baseload bench --list"),
        ],
    ),
    (
        "doctor",
        &[
            (
                "This terminal, this config, this machine",
                "baseload doctor",
            ),
            (
                "And a feed",
                "baseload doctor --feed wss://feeds.example.by/fleet",
            ),
        ],
    ),
    (
        "journal",
        &[(
            "The last rows, and those to come",
            "baseload journal tail --follow",
        )],
    ),
    (
        "journal verify",
        &[
            ("The whole chain of this desk", "baseload journal verify"),
            (
                "And that a head which was noted elsewhere is in it",
                "baseload journal verify --head 4711:SHA256",
            ),
        ],
    ),
    (
        "journal export",
        &[(
            "For a spreadsheet",
            "baseload journal export --format csv > journal.csv",
        )],
    ),
    (
        "journal tail",
        &[(
            "A gateway's own journal",
            "baseload journal tail -n 50 --file DIR",
        )],
    ),
    (
        "journal head",
        &[("To be noted elsewhere", "baseload journal head")],
    ),
    (
        "journal handover",
        &[(
            "The shift before the last one",
            "baseload journal handover --last 2",
        )],
    ),
    (
        "schema",
        &[
            (
                "The feed, for who implements one",
                "baseload schema > baseload.asyncapi.json",
            ),
            ("The lines of headless mining", "baseload schema --of mine"),
        ],
    ),
    (
        "keys",
        &[("The keys as this desk's config has them", "baseload keys")],
    ),
    (
        "themes",
        &[
            (
                "All of them in the colours of this terminal",
                "baseload themes",
            ),
            (
                "Two side by side, as sixteen colours show them",
                "baseload themes grey night --color 16",
            ),
        ],
    ),
    (
        "completions",
        &[(
            "For bash",
            "baseload completions bash > ~/.local/share/bash-completion/completions/baseload",
        )],
    ),
    (
        "man",
        &[
            ("This program's page", "baseload man | man -l -"),
            ("All pages", "baseload man --out ~/.local/share/man/man1"),
        ],
    ),
];

/// The examples of a command by its path, as in `gateway simulator`; none of one that is not known.
pub fn of(path: &str) -> &'static [Example] {
    EXAMPLES
        .iter()
        .find(|(name, _)| *name == path)
        .map_or(&[], |(_, examples)| examples)
}

/// The whole command line with examples under each command's help.
pub fn command() -> Command {
    dress(without_recording(Cli::command()), "")
}

/// Commands whose console is recorded.
const RECORDED: [&str; 2] = ["console", "demo"];

/// What is recorded is said where something is: elsewhere the flags are known, so that a sentence can refuse them, but
/// the help does not offer them.
fn without_recording(mut command: Command) -> Command {
    let flags = command.get_arguments();
    let flags = flags.filter(|flag| flag.get_id().as_str().starts_with("record"));
    let hidden: Vec<_> = flags.map(|flag| flag.clone().hide(true)).collect();
    let all = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned());
    let others: Vec<String> = all.filter(|name| !RECORDED.contains(&&**name)).collect();
    for name in others {
        command = command.mut_subcommand(name, |sub| sub.args(hidden.clone()));
    }
    command
}

fn dress(command: Command, path: &str) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let mut command = command;
    for name in names {
        let below = format!("{path} {name}").trim_start().to_owned();
        command = command.mut_subcommand(name, |sub| dress(sub, &below));
    }
    let examples = of(path);
    if examples.is_empty() {
        return command;
    }
    let mut text = String::from("Examples:");
    for (what, line) in examples {
        // Writing to a string can't fail.
        let _ = write!(text, "\n  # {what}\n  {line}");
    }
    if let Some(after) = command.get_after_help() {
        // Writing to a string can't fail.
        let _ = write!(text, "\n\n{after}");
    }
    command.after_help(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recording_is_offered_only_where_something_is_recorded() {
        let mut command = command();
        command.build();
        let subs = command.get_subcommands_mut();
        for sub in subs.filter(|sub| sub.get_name() != "help") {
            let name = sub.get_name().to_owned();
            let help = sub.render_long_help().to_string();
            let offered = RECORDED.contains(&&*name);
            assert_eq!(
                help.contains("--record"),
                offered || name == "replay",
                "{name}"
            );
        }
        let asked = ["baseload", "bench", "--record", "x.rec"];
        let matches = self::command()
            .try_get_matches_from(asked)
            .expect("is read");
        let cli = <Cli as clap::FromArgMatches>::from_arg_matches(&matches).expect("is read");
        assert!(
            cli.record.asked().is_some(),
            "so that it is refused in a sentence"
        );
    }

    fn each(command: &Command, path: &str, look: &mut impl FnMut(&str)) {
        look(path);
        for sub in command.get_subcommands() {
            if sub.is_hide_set() || sub.get_name() == "help" {
                continue;
            }
            let below = format!("{path} {}", sub.get_name());
            each(sub, below.trim_start(), look);
        }
    }

    #[test]
    fn every_command_has_examples_and_no_other_has() {
        let mut paths = Vec::new();
        each(&Cli::command(), "", &mut |path| paths.push(path.to_owned()));
        for path in &paths {
            assert!(!of(path).is_empty(), "baseload {path}: no example");
        }
        for (path, _) in EXAMPLES {
            assert!(paths.iter().any(|p| p == path), "no command {path}");
        }
    }

    #[test]
    fn every_example_is_a_sound_command_line_of_its_command() {
        for (path, examples) in EXAMPLES {
            for (what, line) in *examples {
                assert!(!what.ends_with('.') && !what.is_empty(), "{line}");
                let mine = line
                    .split([' ', '\n'])
                    .take_while(|word| !word.starts_with(['|', '>', '&']));
                let words: Vec<&str> = mine.collect();
                let asked = words.join(" ");
                let start = format!("baseload {path}");
                let general = path.is_empty() || !path.contains(' ');
                assert!(
                    general || asked.starts_with(&start),
                    "{line}: not of {path}"
                );
                let parsed = Cli::command().try_get_matches_from(&words);
                if let Err(error) = parsed {
                    panic!("{line}: {error}");
                }
            }
        }
    }

    #[test]
    fn help_shows_them() {
        let help = command()
            .find_subcommand_mut("status")
            .map(|sub| sub.render_help().to_string());
        assert!(help.is_some_and(|text| text.contains("baseload status --json | jq")));
    }
}
