//! `baseload gateway simulator|replay`: serves feeds until a signal ends it.

use std::path::Path;
use std::sync::Arc;

use rustix::process::Signal;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, block_on, papers};
use crate::cli::{GatewayKind, ListenArgs};
use crate::config;
use crate::domain::link::Topic;
use crate::feed::session::server::Role;
use crate::feed::socket::{Admission, TlsIdentity, Token, acceptor};
use crate::files;
use crate::gateway::Gateway;
use crate::gateway::durable;
use crate::gateway::replay::{Replay, ReplayError, RowReport, Series, load_frequency, load_load};
use crate::gateway::roll::Roll;
use crate::gateway::rule_book::RuleBook;
use crate::gateway::serve::{Hub, HubOptions, ServeOptions, serve};
use crate::gateway::simulator::script::{self, Script};
use crate::gateway::simulator::{GATEWAY, Simulator, SimulatorOptions};
use crate::runtime::clock;

/// Longest file of rules or of a script.
const MAX_RULES: u64 = 4 << 20;

/// Runs a gateway.
pub fn run(kind: GatewayKind) -> Result<(), Failure> {
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
            let mut simulator = Simulator::new(SimulatorOptions {
                sites: usize::from(sites),
                seed,
                speed,
                start: clock::now().shifted(listen.clock_ahead * 1_000),
                script: script.as_deref().map(read_script).transpose()?,
                roll: operators.as_deref().map(roll).transpose()?,
                blocks_per_site: blocks.map(usize::from),
                rules: rules.as_deref().map(rule_book).transpose()?,
            });
            if let (Some(error), Some(file)) = (simulator.script_errors().first(), &script) {
                return Err(Failure::Usage(format!("{}: {error}", file.display())));
            }
            if let Some(folder) = journal {
                let shown = folder.display();
                let (keep, past) = durable::start(&folder, GATEWAY, clock::now)?;
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
            serve_one(
                &listen,
                "simulator",
                Topic::ALL.to_vec(),
                Box::new(simulator),
            )
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
            serve_one(&listen, "replay", vec![Topic::Grid], Box::new(replay))
        }
    }
}

/// The operators whose signatures count here. Public keys are no secret, but who may write the file may order.
fn roll(file: &Path) -> Result<Arc<Roll>, Failure> {
    let shown = file.display();
    config::check_unwritable(file)
        .map_err(|p| Failure::Usage(format!("--operators {}; {}", p.what, p.mend)))?;
    let text = text_of("--operators ", file, config::MAX_ROLL)?;
    let roll = Roll::parse(&text).map_err(|error| Failure::Usage(format!("{shown}: {error}")))?;
    Ok(Arc::new(roll))
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

fn serve_one(
    listen: &ListenArgs,
    feed: &str,
    topics: Vec<Topic>,
    gateway: Box<dyn Gateway>,
) -> Result<(), Failure> {
    let options = options(listen, feed, topics)?;
    block_on(async {
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
        // A limit on the size of files is a full disk to the journal, and no reason to end.
        let _grown = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        serve(listener, hub, options, async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = hang_up.recv() => {}
            }
        })
        .await;
        Ok(())
    })?
}

fn options(listen: &ListenArgs, feed: &str, topics: Vec<Topic>) -> Result<ServeOptions, Failure> {
    let tls = match (&listen.tls_cert, &listen.tls_key) {
        (Some(cert), Some(key)) => {
            config::check_secret(key)
                .map_err(|p| Failure::Usage(format!("--tls-key {}; {}", p.what, p.mend)))?;
            let identity = TlsIdentity {
                cert: cert.clone(),
                key: key.clone(),
            };
            Some(acceptor(&identity, None).map_err(|error| Failure::Usage(error.to_string()))?)
        }
        _ => None,
    };
    if tls.is_none() && !listen.insecure && !listen.listen.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "--listen {} is open to other machines without TLS; give --tls-cert and --tls-key, or --insecure where the line is protected otherwise",
            listen.listen
        )));
    }
    let tokens = match &listen.tokens {
        Some(file) => tokens(file)?,
        None => Vec::new(),
    };
    if tokens.is_empty() && !listen.listen.ip().is_loopback() {
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

/// `viewer TOKEN` or `operator TOKEN` a line; blank lines and lines that begin with # are left out.
fn tokens(file: &Path) -> Result<Vec<Token>, Failure> {
    let text = config::read_secret(file)
        .map_err(|p| Failure::Usage(format!("--tokens {}; {}", p.what, p.mend)))?;
    let shown = file.display();
    let mut tokens = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let role = match line.split_once(char::is_whitespace) {
            Some(("viewer", rest)) => Some((Role::Viewer, rest.trim())),
            Some(("operator", rest)) => Some((Role::Operator, rest.trim())),
            _ => None,
        };
        let Some((role, secret)) =
            role.filter(|(_, s)| s.len() >= 16 && s.chars().all(|c| c.is_ascii_graphic()))
        else {
            return Err(Failure::Usage(format!(
                "{shown}:{}: is no token line; write `viewer TOKEN` or `operator TOKEN`, the token at least 16 printable characters",
                index + 1
            )));
        };
        tokens.push(Token {
            secret: SecretString::from(secret.to_owned()),
            role,
        });
    }
    if tokens.is_empty() {
        return Err(Failure::Usage(format!(
            "{shown}: holds no token; add a line `operator TOKEN`"
        )));
    }
    Ok(tokens)
}
