//! `baseload` and `baseload console`: the console on live feeds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::mpsc;

use super::keys::keymap;
use super::look::{Environment, look, wiring};
use super::operator::Key;
use super::places::first_time;
use super::recorder::{self, Start};
use super::{
    Failure, block_on_beside, handover, historian, own_engine, places, replay, signing, status,
};
use crate::app::alarms::Settings;
use crate::app::feeds::Feed;
use crate::app::history::History;
use crate::app::journal::Journal;
use crate::app::notice::What;
use crate::app::{Desk, Size, State};
use crate::cli::{ConsoleArgs, LookArgs, StatusArgs};
use crate::config::{self, Config, FeedConfig};
use crate::domain::ids::{FeedId, SiteId};
use crate::domain::lookalike::are_alike;
use crate::domain::units::Power;
use crate::feed::socket::{FeedHandle, FeedTarget, TlsIdentity, open};
use crate::runtime::clock;
use crate::runtime::run::{Pace, Wiring, run as show};

/// Events that wait for the screen; feeds wait in turn when it is full.
const EVENTS: usize = 1_024;

/// The config that the arguments name, with the feeds that they add.
pub fn configured(
    file: Option<&Path>,
    feeds: &[String],
) -> Result<(Config, Option<PathBuf>), Failure> {
    let file = match file {
        Some(file) => Some(file.to_owned()),
        None if feeds.is_empty() => places::of_desk()?,
        None => places::config_file().filter(|file| file.is_file()),
    };
    let mut config = match &file {
        Some(file) => config::load(file, &url_rule)?,
        None => Config::default(),
    };
    if !feeds.is_empty() {
        let mut seen = BTreeSet::new();
        config.feeds = feeds
            .iter()
            .map(|url| {
                let bare = config::bare(url);
                if !seen.insert(config::label_of(&bare)) {
                    let why = format!("--feed: {url} is given twice; give each feed once");
                    return Err(Failure::Usage(why));
                }
                url_rule(url, false).map_err(|error| Failure::Usage(format!("--feed: {error}")))?;
                Ok(FeedConfig {
                    name: config::label_of(url),
                    url: url.clone(),
                    token_file: None,
                    ca: None,
                    client_cert: None,
                    client_key: None,
                    insecure: false,
                    preference: None,
                    sites: Vec::new(),
                })
            })
            .collect::<Result<_, Failure>>()?;
    }
    Ok((config, file))
}

/// How the desk of this machine has its screen and keys, for what runs without its feeds; and a sentence where its config
/// can't be used, which is no reason to open nothing.
pub fn screen_of_the_desk() -> (Config, Option<String>) {
    let found = configured(None, &[]).and_then(|(config, _)| {
        keymap(&config)?;
        look(&LookArgs::default(), &config, &Environment::present())?;
        Ok(config)
    });
    match found {
        Ok(config) => {
            let screen = Config {
                theme: config.theme,
                theme_at: config.theme_at,
                ascii: config.ascii,
                color: config.color,
                glyphs: config.glyphs,
                background: config.background,
                ambiguous: config.ambiguous,
                keys: config.keys,
                file: config.file,
                ..Config::default()
            };
            (screen, None)
        }
        Err(error) => (Config::default(), Some(format!("config not used: {error}"))),
    }
}

/// The feed room's rule for URLs, as the config wants it.
pub fn url_rule(url: &str, insecure: bool) -> Result<(), String> {
    let target = FeedTarget {
        url: url.to_owned(),
        insecure,
        ..FeedTarget::default()
    };
    target.check().map_err(|error| error.to_string())
}

/// Runs the console.
pub fn run(args: &ConsoleArgs) -> Result<(), Failure> {
    let (config, file) = configured(args.config.as_deref(), &args.feed)?;
    if config.feeds.is_empty() {
        return Err(Failure::Usage(
            "no feed is configured; give --feed URL, or a config file with [[feed]], or say `baseload demo`".to_owned(),
        ));
    }
    let keys = keymap(&config)?;
    let look = look(&args.look, &config, &Environment::present())?;
    let targets = config
        .feeds
        .iter()
        .map(target)
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(file) = &file {
        let full = fs::canonicalize(file).unwrap_or_else(|_| file.clone());
        places::note_configured(&full);
    }
    let key = match &config.key_file {
        Some(file) => Some(Arc::new(Key::read(
            file,
            config.key_passphrase_file.as_deref(),
        )?)),
        None => None,
    };
    if !can_draw() {
        return table_instead(args);
    }
    let recording = args.look.record.as_ref().map(replay::begun).transpose()?;
    let _log = places::log();
    let desk = desk(&config, args.read_only);
    let pace = Pace {
        fps: args.look.fps.or(config.fps).unwrap_or(4),
        size: args.look.size,
    };
    let start = Start {
        desk: desk.name.to_string(),
        operator: desk.operator.clone(),
        config: file.as_deref().and_then(recorder::hash_of),
        feeds: config.feeds.iter().map(|f| Arc::from(&*f.name)).collect(),
    };
    let size = Size::of(0, 0);
    let mut state = State::new(desk, feeds(&config), size, clock::console());
    state.fleet.pins = pins(&config);
    state.journal = Journal::opening();
    if let Some(mw) = config.emergency_step_mw {
        state.emergency.step = Power::from_megawatts(i64::from(mw));
    }
    if let Some(seconds) = config.emergency_interval_s {
        state.emergency.interval = Duration::from_secs(u64::from(seconds));
    }
    state.response = config
        .response_mw_hz
        .map(|mw| Power::from_megawatts(i64::from(mw)));
    if let Some(seconds) = config.slow_after_s {
        let after = Duration::from_secs(u64::from(seconds));
        for feed in &mut state.feeds {
            feed.slow_after = after;
        }
    }
    state.keys = keys;
    first_time(&mut state);
    if let Some(file) = file.as_ref().filter(|_| args.config.is_none()) {
        let file = file.display().to_string().into();
        state.say(What::Opened(file));
    }
    let themes = wiring(&args.look, &config, &Environment::present())?;
    let history = historian::Kept::of(&config.history);
    if history.is_some() {
        state.history = History::opening();
    }
    state.alarming.settings = Settings {
        call: config.alarms.bell,
        longest_shelf: config.alarms.longest_shelf,
    };
    state.handover.settings = handover::settings(&config, key.is_some());
    let handovers = handover::start(key.clone(), config.handover.takers.clone());
    let own = config.engine.as_ref().map(own_engine::plan).transpose()?;
    block_on_beside(1, async |sockets| {
        Box::pin(show(state, &look, pace, move || {
            let _sockets = sockets.enter();
            let mut wiring = join(targets, key.clone());
            wiring.journal = Some(signing::journal(recorder::start(start)?, key));
            wiring.themes = Some(themes);
            wiring.history = history.map(historian::start);
            wiring.handover = Some(handovers);
            wiring.recording = recording;
            if let Some(plan) = own {
                wiring.engine = Some(own_engine::wiring(&own_engine::start(plan)?));
            }
            Ok(wiring)
        }))
        .await
    })??;
    Ok(())
}

/// Where no screen can be drawn: the same figures as a table.
fn table_instead(args: &ConsoleArgs) -> Result<(), Failure> {
    if args.look.record.is_some() {
        return Err(Failure::Usage(
            "--record: nothing is recorded without a screen; start it in a terminal".to_owned(),
        ));
    }
    // A note beside the table, so that nobody takes it for the console.
    let _ = writeln!(
        io::stderr(),
        "baseload: no screen can be drawn here: this is `baseload status` (--watch goes on, --json is for scripts)"
    );
    status::run(&StatusArgs::of_console(args))
}

/// Is there a terminal that can place a cursor? A pipe can't, and `TERM=dumb` says that it can't.
pub(super) fn can_draw() -> bool {
    io::stdout().is_terminal() && std::env::var("TERM").is_ok_and(|term| term != "dumb")
}

/// Who sits here: config, else the user's name.
pub fn desk(config: &Config, read_only: bool) -> Desk {
    let user = || std::env::var("USER").ok().filter(|u| !u.is_empty());
    let role = config.role.as_deref().unwrap_or("operator");
    Desk {
        name: Arc::from(config.desk.as_deref().unwrap_or("")),
        operator: Arc::from(
            config
                .operator
                .clone()
                .or_else(user)
                .unwrap_or_else(|| "this desk".to_owned()),
        ),
        role: Arc::from(role),
        read_only: read_only || config.read_only || role == "viewer",
    }
}

fn feed_id(at: usize) -> FeedId {
    FeedId(u16::try_from(at).unwrap_or(u16::MAX))
}

/// The configured feeds as the desk knows them. One whose name may be taken for another's is numbered.
pub fn feeds(config: &Config) -> Vec<Feed> {
    let feed = |(at, feed): (usize, &FeedConfig)| {
        let name = &feed.name;
        let taken = |other: &FeedConfig| other.name == *name || are_alike(&other.name, name);
        let label = if config.feeds[..at].iter().any(taken) {
            format!("{name} #{}", at + 1)
        } else {
            name.clone()
        };
        Feed {
            preference: feed.preference,
            ..Feed::new(feed_id(at), &label)
        }
    };
    config.feeds.iter().enumerate().map(feed).collect()
}

/// Whose each pinned site is.
pub fn pins(config: &Config) -> BTreeMap<SiteId, FeedId> {
    let feeds = config.feeds.iter().enumerate();
    let pins = feeds.flat_map(|(at, feed)| feed.sites.iter().map(move |id| (id, feed_id(at))));
    pins.map(|(id, feed)| (SiteId::new(id), feed)).collect()
}

/// A configured feed as the feed room wants it; reads its token.
pub fn target(feed: &FeedConfig) -> Result<FeedTarget, Failure> {
    let token = match &feed.token_file {
        Some(file) => Some(secret(file)?),
        None => None,
    };
    let identity = match (&feed.client_cert, &feed.client_key) {
        (Some(cert), Some(key)) => Some(TlsIdentity {
            cert: cert.clone(),
            key: key.clone(),
        }),
        _ => None,
    };
    Ok(FeedTarget {
        url: feed.url.clone(),
        token,
        ca: feed.ca.clone(),
        identity,
        insecure: feed.insecure,
        ..FeedTarget::default()
    })
}

fn secret(file: &Path) -> Result<SecretString, Failure> {
    let text = config::read_secret(file).map_err(|problem| {
        Failure::Usage(format!("the token file {}; {}", problem.what, problem.mend))
    })?;
    let token = text.trim();
    let plain = !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic());
    if plain {
        Ok(SecretString::from(token.to_owned()))
    } else {
        Err(Failure::Usage(format!(
            "{}: holds no token; it should be one line of printable characters",
            file.display()
        )))
    }
}

/// Opens the feeds and joins them to the loop; what is ordered over them is signed with the key.
pub fn join(targets: Vec<FeedTarget>, key: Option<Arc<Key>>) -> Wiring {
    let (sender, events) = mpsc::channel(EVENTS);
    let handles: Vec<FeedHandle> = targets
        .into_iter()
        .enumerate()
        .map(|(i, target)| {
            let id = FeedId(u16::try_from(i).unwrap_or(u16::MAX));
            open(id, target, sender.clone(), Arc::new(clock::console))
        })
        .collect();
    Wiring {
        send: Box::new(move |feed, request| {
            let request = match &key {
                Some(key) => signing::signed(request, key),
                None => request,
            };
            handles
                .get(usize::from(feed.0))
                .is_some_and(|handle| handle.send(request).is_ok())
        }),
        events,
        engine: None,
        journal: None,
        mining: None,
        themes: None,
        history: None,
        handover: None,
        recording: None,
        deck: None,
    }
}
