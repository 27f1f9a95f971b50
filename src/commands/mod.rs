//! One file a command; each only wires rooms together.
//!
//! Invariant: an error that reaches the person is one sentence: what, where, the mend. Exit codes: 0 done, 1 failed at
//! run time, 2 usage or config.

pub mod bare;
pub mod bench;
pub mod console;
pub mod demo;
mod desk_folder;
pub mod doctor;
pub mod environment;
pub mod gateway;
mod handover;
pub mod historian;
pub mod journal;
pub mod keys;
pub mod look;
pub mod man;
pub mod mine;
pub mod operator;
pub mod own_engine;
pub mod papers;
pub mod places;
pub mod plan;
pub mod recorder;
pub mod replay;
mod schedule;
pub mod signing;
pub mod status;
pub mod themes;
pub mod verify_headers;

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Cli, Command, SchemaOf};

/// How a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Usage or config: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// At run time: exit code 1.
    #[error("{0}")]
    Run(String),
    /// Something is critical where only the state was asked for: exit code 3.
    #[error("critical: {0}")]
    Critical(String),
}

impl Failure {
    /// The exit code.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Run(_) => 1,
            Self::Critical(_) => 3,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Run(error.to_string())
    }
}

impl From<crate::config::ConfigError> for Failure {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Runs what the command line says.
pub fn run(cli: Cli) -> Result<(), Failure> {
    let record = cli.record.asked();
    match cli.command {
        None => bare::run(cli.lang, record),
        Some(Command::Console(mut args)) => {
            args.look.record = record;
            args.look.lang = cli.lang;
            console::run(&args)
        }
        Some(Command::Demo(mut args)) => {
            args.look.record = record;
            args.look.lang = cli.lang;
            demo::run(&args)
        }
        Some(_) if record.is_some() => Err(Failure::Usage(
            "--record: only the console and the demo are recorded; leave it out here".to_owned(),
        )),
        Some(Command::Replay(mut args)) => {
            args.look.lang = cli.lang;
            replay::run(&args)
        }
        Some(Command::Mine(mut args)) => {
            args.look.lang = cli.lang;
            mine::run(&args)
        }
        Some(Command::Gateway(args)) => gateway::run(args.kind),
        Some(Command::Plan(args)) => plan::run(&args),
        Some(Command::Status(args)) => status::run(&args),
        Some(Command::VerifyHeaders { file }) => {
            verify_headers::run(&file).map_err(|error| Failure::Run(error.to_string()))
        }
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Doctor { config, feed }) => doctor::run(config.as_deref(), &feed),
        Some(Command::Journal(args)) => journal::run(&args),
        Some(Command::Operator(args)) => operator::run(&args.action),
        Some(Command::Schema { of: SchemaOf::Feed }) => {
            papers::print(&crate::feed::protocol::asyncapi())
        }
        Some(Command::Schema { of: SchemaOf::Mine }) => papers::print(&mine::line::schema()),
        Some(Command::Keys(args)) => keys::run(&args),
        Some(Command::Themes(args)) => themes::run(&args),
        Some(Command::Completions { shell }) => papers::completions(shell),
        Some(Command::Man { out }) => man::run(out.as_deref()),
    }
}

/// Runs to the end on a runtime of its own. Whatever still waits then (a name that is being resolved, say, which nobody
/// can interrupt) does not keep the process.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    // Two threads are enough for feeds.
    let runtime = tokio_runtime(2)?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    Ok(done)
}

/// Runs the screen on this thread, with timers of its own so that no other thread has to wake it, and sockets on
/// `threads` others: what opens them enters the runtime that is handed over.
pub(crate) fn block_on_beside<T, W: Future<Output = T>>(
    threads: usize,
    screen: impl FnOnce(tokio::runtime::Handle) -> W,
) -> Result<T, Failure> {
    let sockets = tokio_runtime(threads)?;
    let own = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Run(format!("the system gives no timers: {error}")))?;
    let done = own.block_on(screen(sockets.handle().clone()));
    own.shutdown_background();
    sockets.shutdown_timeout(std::time::Duration::from_millis(200));
    Ok(done)
}

/// A runtime of sockets and timers.
fn tokio_runtime(threads: usize) -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("baseload-feed")
        .enable_all()
        .build()
        .map_err(|error| Failure::Run(format!("the system gives no threads: {error}")))?;
    // A limit on the size of files is a full disk to whoever writes one, and ends nothing. Heard once, it is for good.
    let entered = runtime.enter();
    drop(signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?);
    drop(entered);
    Ok(runtime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_hangs_does_not_keep_the_process() {
        let (ends, hangs) = std::sync::mpsc::channel::<()>();
        let done = block_on(async {
            tokio::task::spawn_blocking(move || hangs.recv());
            7
        });
        assert_eq!(done.ok(), Some(7));
        drop(ends);
    }
}
