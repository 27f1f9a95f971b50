//! All configured pools together: one is mined on, the others wait behind it.

mod backoff;
mod choice;
mod end;
mod run;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot};

use self::run::Run;
use super::address::PoolAddress;
use super::coinbase::Payout;
use super::link::tls;
use super::protocol::{MAX_DIFFICULTY, MIN_DIFFICULTY};
use super::session::Timing;
use crate::domain::mining::{Chain, ShareVerdict};
use crate::domain::time::Timestamp;
use crate::engine::worker::Find;
use crate::work::ease::Seen;
use crate::work::{JobIds, Source, Teller, Told};

/// Most pools.
pub const MAX_POOLS: usize = 16;
/// Finds that wait for the pools' thread, at most.
const FINDS: usize = 4096;

/// What time it is; one that never goes back is best.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// One pool with what it alone is told.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Where it is.
    pub address: PoolAddress,
    /// User, often with a worker's name after a dot.
    pub user: String,
    /// Password; many pools take any.
    pub password: SecretString,
    /// Certificates (PEM) to trust in place of the system's.
    pub ca: Option<PathBuf>,
}

/// How pools are mined on.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The pools, the most preferred first; 1 to [`MAX_POOLS`].
    pub pools: Vec<Pool>,
    /// Addresses of which a job's coinbase must pay at least one; empty: not asked.
    pub payouts: Vec<Payout>,
    /// The network that is mined on, as pools do not name it; none: main.
    pub chain: Option<Chain>,
    /// What is known of that network's difficulty from elsewhere.
    pub known: Option<Seen>,
    /// A difficulty of shares to suggest.
    pub suggest_difficulty: Option<f64>,
    /// Follow `client.reconnect` to other hosts, which then get the user and password too.
    pub follow_elsewhere: bool,
    /// How long things may take.
    pub timing: Timing,
    /// By how many ms the machine's clock has been set since the start, where the clock that is gone by does not show it: a
    /// job's time is judged by the clock as it is set.
    pub set_by: Option<fn() -> i64>,
}

/// Why pools cannot be started: one sentence with the mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

/// The pools at work. Dropping it waits a little for answers to shares, then ends its thread; shares that are not
/// judged by then are told as lost.
#[derive(Debug)]
pub struct Pools {
    finds: mpsc::Sender<Find>,
    teller: Teller,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Pools {
    /// Starts mining on the first pool that gives work.
    ///
    /// # Errors
    /// No pool or too many, an absurd suggestion, a CA file that cannot be used, no thread.
    pub fn start(
        options: Options,
        ids: Arc<JobIds>,
        teller: Teller,
        clock: Clock,
    ) -> Result<Self, StartError> {
        if options.pools.is_empty() || options.pools.len() > MAX_POOLS {
            return Err(StartError(format!(
                "{} pools are given; give 1 to {MAX_POOLS}",
                options.pools.len()
            )));
        }
        if let Some(difficulty) = options.suggest_difficulty
            && !(MIN_DIFFICULTY..=MAX_DIFFICULTY).contains(&difficulty)
        {
            return Err(StartError(format!(
                "a suggested difficulty of {difficulty:e} is absurd; give one from {MIN_DIFFICULTY:e} to {MAX_DIFFICULTY:e}"
            )));
        }
        let secured = options
            .pools
            .iter()
            .map(|pool| {
                let wanted = pool.address.tls;
                wanted.then(|| tls::client(pool.ca.as_deref())).transpose()
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(StartError)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|e| StartError(format!("the pools cannot be started: {e}")))?;
        let (finds, inbox) = mpsc::channel(FINDS);
        let (stop, stopped) = oneshot::channel();
        let told = teller.clone();
        let thread = std::thread::Builder::new()
            .name("baseload-pools".to_owned())
            .spawn(move || {
                let run = Run::new(&options, secured, &ids, told, clock);
                runtime.block_on(run.until(stopped, inbox));
                // A name that is still being resolved is not waited for.
                runtime.shutdown_background();
            })
            .map_err(|e| StartError(format!("the pools cannot be started: {e}")))?;
        Ok(Self {
            finds,
            teller,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Source for Pools {
    fn found(&mut self, find: &Find) {
        if self.finds.try_send(*find).is_err() {
            // Fails only where the miner itself is gone.
            let _ = self.teller.send(Told::Share {
                difficulty: find.difficulty,
                verdict: ShareVerdict::Lost("more shares were found than can be sent".into()),
                took: None,
            });
        }
    }
}

impl Drop for Pools {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Fails only where the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so on its own.
            let _ = thread.join();
        }
    }
}
