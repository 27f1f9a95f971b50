//! `baseload gateway simulator|replay`: serves feeds until a signal ends it.

mod log;
mod reload;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal as Hangup, SignalKind, signal};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::{Failure, block_on, papers};
use crate::cli::{GatewayKind, ListenArgs};
use crate::domain::link::Topic;
use crate::feed::socket::Admission;
use crate::files;
use crate::gateway::Gateway;
use crate::gateway::durable;
use crate::gateway::replay::{Replay, ReplayError, RowReport, Series, load_frequency, load_load};
use crate::gateway::rule_book::RuleBook;
use crate::gateway::serve::{Hub, HubOptions, ServeOptions, serve_changing};
use crate::gateway::simulator::script::{self, Script};
use crate::gateway::simulator::{GATEWAY, Simulator, SimulatorOptions};
use crate::runtime::clock;
use reload::{Change, For, Watched};

/// Longest file of rules or of a script.
const MAX_RULES: u64 = 4 << 20;

/// Runs a gateway.
pub fn run(kind: GatewayKind) -> Result<(), Failure> {
    block_on(async {
        // It has the files read anew, and does not end one that is starting.
        let hang_up = signal(SignalKind::hangup())?;
        start(kind, hang_up).await
    })?
}

async fn start(kind: GatewayKind, hang_up: Hangup) -> Result<(), Failure> {
    match kind {
        GatewayKind::Simulator {
            listen,
            sites,
            blocks,
            seed,
            speed,
            script,
            journal,
            operators,
            rules,
        } => {
            let mut files = Vec::new();
            let mut roll = None;
            if let Some(file) = operators {
                // Public keys are no secret, but who may write the file may order.
                let read = watched(For::Operators, "--operators", vec![file], &mut files)?;
                if let Change::Roll(found) = read {
                    roll = Some(found);
                }
            }
            // It is named once, as long as the process lives.
            let id = listen.id.clone().map_or(GATEWAY, |id| id.leak());
            let mut simulator = Simulator::new(SimulatorOptions {
                sites: usize::from(sites),
                seed,
                speed,
                start: clock::now().shifted(listen.clock_ahead * 1_000),
                script: script.as_deref().map(read_script).transpose()?,
                roll,
                blocks_per_site: blocks.map(usize::from),
                rules: rules.as_deref().map(rule_book).transpose()?,
                id,
            });
            if let (Some(error), Some(file)) = (simulator.script_errors().first(), &script) {
                return Err(Failure::Usage(format!("{}: {error}", file.display())));
            }
            if let Some(folder) = journal {
                let shown = folder.display();
                let (keep, past) = durable::start(&folder, id, clock::now)?;
                match past {
                    Ok(past) => {
                        let count = past.answers.len();
                        papers::print(&format!("{shown}: {count} orders remembered\n"))?;
                        simulator.durable(Box::new(keep), past);
                    }
                    Err(why) => {
                        papers::print(&format!("{shown}: only emergency sheds are done: {why}\n"))?;
                        simulator.unread(Box::new(keep), &why);
                    }
                }
            }
            let topics = Topic::ALL.to_vec();
            let gateway = Box::new(simulator);
            serve_one(&listen, ("simulator", topics), gateway, files, hang_up).await
        }
        GatewayKind::Replay {
            listen,
            frequency,
            load,
            speed,
        } => {
            let frequency = frequency
                .as_deref()
                .map(|f| series(f, load_frequency))
                .transpose()?;
            let load = load.as_deref().map(|f| series(f, load_load)).transpose()?;
            let replay = Replay::new(frequency, load, speed, clock::now())
                .map_err(|error| Failure::Usage(error.to_string()))?;
            let replay = match &listen.id {
                Some(id) => replay.named(id),
                None => replay,
            };
            let topics = vec![Topic::Grid];
            let (gateway, files) = (Box::new(replay), Vec::new());
            serve_one(&listen, ("replay", topics), gateway, files, hang_up).await
        }
    }
}

/// Reads a file that is watched from then on; `flag` names it where it can't be used.
fn watched(
    of: For,
    flag: &str,
    paths: Vec<PathBuf>,
    watched: &mut Vec<Watched>,
) -> Result<Change, Failure> {
    let shown = paths.last().map(|p| p.display().to_string());
    let (file, change) = Watched::open(of, paths).map_err(|why| {
        let shown = shown.unwrap_or_default();
        Failure::Usage(format!("{flag} {shown}: {why}"))
    })?;
    watched.push(file);
    Ok(change)
}

/// A file that a flag names.
fn text_of(flag: &str, file: &Path, most: u64) -> Result<String, Failure> {
    files::text(file, most).map_err(|unread| Failure::Usage(format!("{flag}{unread}")))
}

/// What the gateway does by itself.
fn rule_book(file: &Path) -> Result<RuleBook, Failure> {
    let shown = file.display();
    let text = text_of("--rules ", file, MAX_RULES)?;
    RuleBook::parse(&text).map_err(|error| Failure::Usage(format!("{shown}:{error}")))
}

fn read_script(file: &Path) -> Result<Script, Failure> {
    let text = text_of("--script ", file, MAX_RULES)?;
    script::parse(&text).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

/// Reads a series and says what was left out of it.
fn series(
    file: &Path,
    load: impl Fn(files::Opened) -> Result<(Series, RowReport), ReplayError>,
) -> Result<Series, Failure> {
    let shown = file.display();
    let open = files::open(file).map_err(|unread| Failure::Usage(unread.to_string()))?;
    let (series, report) =
        load(open).map_err(|error| Failure::Usage(format!("{shown}: {error}")))?;
    papers::print(&format!("{shown}: {report}\n"))?;
    Ok(series)
}

async fn serve_one(
    listen: &ListenArgs,
    (feed, topics): (&str, Vec<Topic>),
    gateway: Box<dyn Gateway>,
    mut files: Vec<Watched>,
    hang_up: Hangup,
) -> Result<(), Failure> {
    let _log = log::start(listen.log.as_deref())?;
    let options = options(listen, feed, topics, &mut files)?;
    let listener = TcpListener::bind(listen.listen).await.map_err(|error| {
        Failure::Run(format!(
            "{}: {error}; choose another --listen",
            listen.listen
        ))
    })?;
    let at = listener.local_addr()?;
    let scheme = if options.tls.is_some() { "wss" } else { "ws" };
    let simulated = if gateway.identity().simulated {
        ", SIMULATED"
    } else {
        ""
    };
    let paths: Vec<&str> = [Topic::Fleet, Topic::Grid, Topic::Reserve]
        .iter()
        .filter(|t| options.admission.topics.contains(t))
        .map(|t| t.word())
        .collect();
    let paths = paths.join("|");
    papers::print(&format!(
        "{feed}{simulated}: serving {scheme}://{at}/{paths}\n"
    ))?;
    let (steady, ahead) = (clock::steady(), listen.clock_ahead * 1_000);
    let hub = Hub::start(
        gateway,
        HubOptions::new(Arc::new(move || steady().shifted(ahead))),
    );
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (changing, options) = watch::channel(Arc::new(options));
    tokio::spawn(reload::watch(files, hub.clone(), changing, hang_up));
    serve_changing(listener, hub, options, async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
    .await;
    Ok(())
}

fn options(
    listen: &ListenArgs,
    feed: &str,
    topics: Vec<Topic>,
    files: &mut Vec<Watched>,
) -> Result<ServeOptions, Failure> {
    let tls = tls(listen, files)?;
    if tls.is_none() && !listen.insecure && !listen.listen.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "--listen {} is open to other machines without TLS; give --tls-cert and --tls-key, or --insecure where the line is protected otherwise",
            listen.listen
        )));
    }
    let mut tokens = None;
    if let Some(file) = &listen.tokens {
        let read = watched(For::Tokens, "--tokens", vec![file.clone()], files)?;
        if let Change::Tokens(found) = read {
            tokens = Some(found);
        }
    }
    if tokens.is_none() && !listen.listen.ip().is_loopback() {
        return Err(Failure::Usage(
            "other machines may connect only with a token; give --tokens FILE".to_owned(),
        ));
    }
    Ok(ServeOptions {
        admission: Admission {
            tokens,
            topics,
            ..Admission::default()
        },
        tls,
        ..ServeOptions::open(feed)
    })
}

fn tls(listen: &ListenArgs, files: &mut Vec<Watched>) -> Result<Option<TlsAcceptor>, Failure> {
    let (Some(cert), Some(key)) = (&listen.tls_cert, &listen.tls_key) else {
        return Ok(None);
    };
    let paths = vec![cert.clone(), key.clone()];
    match watched(For::Tls, "--tls-key", paths, files)? {
        Change::Tls(acceptor) => Ok(Some(acceptor)),
        Change::Roll(_) | Change::Tokens(_) => Ok(None),
    }
}
