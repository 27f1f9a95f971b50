//! `baseload doctor`: terminal, config, CPU, clocks and feeds, one line each, with the mend.

use std::fmt::Write;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::console::{configured, target};
use super::keys::keymap;
use super::look::{self, Environment, look};
use super::{Failure, block_on, papers, places};
use crate::cli::LookArgs;
use crate::config::Config;
use crate::domain::ids::FeedId;
use crate::domain::link::{FeedEvent, LinkState};
use crate::engine::kernel::{fastest, kernels};
use crate::feed::socket::{FeedTarget, open};
use crate::runtime::{clock, terminal};
use crate::ui::look::Glyphs;

/// A feed is given so long to be live and to have its clock compared.
const FEED_WITHIN: Duration = Duration::from_secs(5);
/// More skew than this makes ages and expiries doubtful to a person.
const SKEW_MS: i64 = 2_000;

/// How a check came out.
enum Verdict {
    Good(String),
    /// Works, but should be mended.
    Poor(String, String),
    Bad(String, String),
}

struct Report {
    text: String,
    bad: usize,
}

impl Report {
    fn line(&mut self, what: &str, verdict: Verdict) {
        let (mark, found) = match verdict {
            Verdict::Good(found) => ("ok  ", found),
            Verdict::Poor(found, mend) => ("poor", format!("{found}; {mend}")),
            Verdict::Bad(found, mend) => {
                self.bad += 1;
                ("BAD ", format!("{found}; {mend}"))
            }
        };
        let found: String = found
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        // Writing to a String can't fail.
        let _ = writeln!(self.text, "{mark}  {what:<10} {found}");
    }
}

/// Runs all checks. Fails where any came out bad.
pub fn run(file: Option<&Path>, feeds: &[String]) -> Result<(), Failure> {
    let mut report = Report {
        text: String::new(),
        bad: 0,
    };
    let environment = Environment::present();
    report.line("terminal", screen(&environment));
    let wait = terminal::escape_wait().as_millis();
    let escape = format!("waits {wait} ms for the rest of a key");
    report.line("Esc", Verdict::Good(escape));
    let found = configured(file, feeds);
    let read = found.as_ref().map(|(config, _)| config.clone());
    for (what, verdict) in shown(&read.unwrap_or_default(), &environment) {
        report.line(what, verdict);
    }
    let config = match found {
        Ok((config, file)) => {
            report.line("config", config_verdict(&config, file.as_deref()));
            report.line("theme", look_verdict(&config, &environment));
            report.line("keys", keys_verdict(&config));
            config
        }
        Err(error) => {
            report.line(
                "config",
                Verdict::Bad(error.to_string(), "then run doctor again".to_owned()),
            );
            Config::default()
        }
    };
    report.line("cpu", cpu());
    report.line("clock", own_clock());
    if config.feeds.is_empty() {
        report.line(
            "feeds",
            Verdict::Poor(
                "none configured".to_owned(),
                "add [[feed]] to the config, or give --feed URL".to_owned(),
            ),
        );
    } else {
        block_on(async {
            for feed in &config.feeds {
                let verdict = match target(feed) {
                    Ok(target) => feed_verdict(target).await,
                    Err(error) => {
                        Verdict::Bad(error.to_string(), "then run doctor again".to_owned())
                    }
                };
                report.line("feed", prefixed(&feed.name, verdict));
            }
        })?;
    }
    papers::print(&report.text)?;
    match report.bad {
        0 => Ok(()),
        bad => Err(Failure::Run(format!(
            "{bad} of the checks came out bad; each line says its mend"
        ))),
    }
}

fn prefixed(name: &str, verdict: Verdict) -> Verdict {
    let with = |found| format!("{name}: {found}");
    match verdict {
        Verdict::Good(found) => Verdict::Good(with(found)),
        Verdict::Poor(found, mend) => Verdict::Poor(with(found), mend),
        Verdict::Bad(found, mend) => Verdict::Bad(with(found), mend),
    }
}

fn screen(environment: &Environment) -> Verdict {
    let term = if environment.term.is_empty() {
        "unset"
    } else {
        &environment.term
    };
    if !std::io::stdout().is_terminal() {
        return Verdict::Poor(
            "stdout is no terminal".to_owned(),
            "the console needs one (over ssh: ssh -t)".to_owned(),
        );
    }
    let (columns, rows) = terminal::size();
    let found = format!("TERM {term}, {columns}x{rows}");
    if columns == 0 {
        Verdict::Poor(
            found,
            "it does not know its size: 80x24 is taken, or give --size".to_owned(),
        )
    } else if columns < 80 || rows < 24 {
        Verdict::Poor(found, "80x24 shows more".to_owned())
    } else {
        Verdict::Good(found)
    }
}

/// Colours, characters and ground: what is taken, and why.
fn shown(config: &Config, environment: &Environment) -> [(&'static str, Verdict); 3] {
    let (tier, why) = look::tier(None, config, environment);
    let colours = Verdict::Good(format!("{}: {why}", look::tier_word(tier)));
    let (glyphs, why) = look::glyphs(false, config, environment);
    let characters = match glyphs {
        Glyphs::Unicode => "rules, blocks and braille",
        Glyphs::Braille => "ASCII and braille",
        Glyphs::NoBraille => "rules and blocks, no braille",
        Glyphs::Ascii => "ASCII",
    };
    let characters = format!("{characters}: {why}");
    let utf8 = environment.glyphs() != Glyphs::Ascii || environment.term.starts_with("vt");
    let characters = if utf8 || config.ascii || config.glyphs.is_some() {
        Verdict::Good(characters)
    } else {
        Verdict::Poor(characters, "with LANG=C.UTF-8 charts are finer".to_owned())
    };
    let (light, why) = look::ground(config, environment);
    let ground = match light {
        Some(true) => "light",
        Some(false) => "dark",
        None => "unknown here",
    };
    let ground = Verdict::Good(format!("{ground}: {why}"));
    [
        ("colours", colours),
        ("characters", characters),
        ("background", ground),
    ]
}

fn keys_verdict(config: &Config) -> Verdict {
    match keymap(config) {
        Ok(_) if config.keys.is_empty() => Verdict::Good("as built in".to_owned()),
        Ok(_) => Verdict::Good(format!("{} of [keys] in the config", config.keys.len())),
        Err(error) => Verdict::Bad(error.to_string(), "`baseload keys` lists all".to_owned()),
    }
}

fn config_verdict(config: &Config, file: Option<&Path>) -> Verdict {
    if let Some(file) = file {
        let mut found = file.display().to_string();
        for feed in config.feeds.iter().filter(|feed| !feed.sites.is_empty()) {
            let _ = write!(
                found,
                ", {} sites pinned to {}",
                feed.sites.len(),
                feed.name
            );
        }
        Verdict::Good(found)
    } else {
        let usual = places::config_file()
            .map_or_else(|| "no home folder".to_owned(), |f| f.display().to_string());
        Verdict::Poor(
            "no config file".to_owned(),
            format!("the usual place is {usual}"),
        )
    }
}

fn look_verdict(config: &Config, environment: &Environment) -> Verdict {
    match look(&LookArgs::default(), config, environment) {
        Ok(_) => Verdict::Good(
            config
                .theme
                .clone()
                .unwrap_or_else(|| "grey (default)".to_owned()),
        ),
        Err(error) => Verdict::Bad(error.to_string(), "name another theme".to_owned()),
    }
}

fn cpu() -> Verdict {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let names: Vec<&str> = kernels().iter().map(|k| k.name()).collect();
    let (fastest, names) = (fastest().name(), names.join(", "));
    Verdict::Good(format!("{cores} cores, kernel {fastest} (of {names})"))
}

fn own_clock() -> Verdict {
    let now = clock::now();
    // The day on which this check was written: no clock that is right can lie before it.
    let least = jiff::civil::date(2026, 11, 1).to_zoned(jiff::tz::TimeZone::UTC);
    let shown = jiff::Timestamp::from_millisecond(now.millis())
        .map_or_else(|_| "?".to_owned(), |t| t.to_string());
    match least {
        Ok(least) if now.millis() < least.timestamp().as_millisecond() => {
            Verdict::Bad(shown, "set this machine's clock (timedatectl)".to_owned())
        }
        _ => Verdict::Good(shown),
    }
}

async fn feed_verdict(target: FeedTarget) -> Verdict {
    let (sender, mut events) = mpsc::channel(256);
    let _feed = open(FeedId(0), target, sender, Arc::new(clock::now));
    let until = Instant::now() + FEED_WITHIN;
    let mut seen = String::from("not live");
    let mut skew = None;
    let mut live = false;
    let mut last = String::from("nobody answered in time");
    while let Ok(Some((_, event))) = timeout_at(until, events.recv()).await {
        match event {
            FeedEvent::Hello(info) => {
                let kind = if info.simulated { "SIMULATED" } else { "real" };
                let orders = if info.durable_orders {
                    "durable"
                } else {
                    "not durable"
                };
                let topics: Vec<&str> = info.serves.iter().map(|t| t.word()).collect();
                let (nation, topics) = (&info.nation, topics.join(" "));
                seen = format!("{nation}, {kind}, serves {topics}, orders {orders}");
            }
            FeedEvent::Skew {
                offset_ms,
                uncertainty_ms,
            } => skew = Some((offset_ms, uncertainty_ms)),
            FeedEvent::Link(LinkState::Live) => live = true,
            FeedEvent::Link(LinkState::Down { detail, .. }) => {
                last = detail.to_string();
                break;
            }
            _ => {}
        }
        if live && skew.is_some() {
            break;
        }
    }
    match (live, skew) {
        (true, Some((offset, within))) if offset.abs() > SKEW_MS => Verdict::Poor(
            format!("{seen}, clock {offset:+} ms (within {within})"),
            "compare both clocks with a time server".to_owned(),
        ),
        (true, Some((offset, within))) => {
            Verdict::Good(format!("{seen}, clock {offset:+} ms (within {within})"))
        }
        (true, None) => Verdict::Poor(
            format!("{seen}, clock not compared"),
            "orders wait for that".to_owned(),
        ),
        (false, _) => Verdict::Bad(
            last,
            "check the address, the token and that the server runs".to_owned(),
        ),
    }
}
