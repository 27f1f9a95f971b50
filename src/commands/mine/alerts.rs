//! Commands that a person wants run when something is found. What happened goes into their environment, never into
//! their text: words from a node or a pool are no shell's business.

use std::collections::VecDeque;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::LeftOut;
use super::line::fate_word;
use crate::domain::mining::{BlockFate, MiningEvent};

/// Alerts that may wait; more than that in a minute is a test chain.
const WAITING: usize = 64;
/// Commands that are run in a [`WINDOW`], at most: blocks come faster on test chains alone.
const MOST_RUNS: usize = 60;
/// The span that they are counted in.
const WINDOW: Duration = Duration::from_mins(1);
/// Commands for one height, at most: a block is found, reaches the chain, and may lose its place.
const MOST_OF_HEIGHT: usize = 4;
/// Runs that are remembered.
const REMEMBERED: usize = 256;
/// A command that runs longer is ended.
const LONGEST: Duration = Duration::from_mins(1);
/// How often the thread looks whether it is to end.
const LOOK: Duration = Duration::from_millis(200);
/// How long the end waits for commands.
const SETTLE: Duration = Duration::from_secs(5);

/// What is run when.
#[derive(Debug, Clone, Default)]
pub(super) struct Commands {
    /// On a block.
    pub(super) on_block: Option<String>,
    /// On a best share of all time.
    pub(super) on_best: Option<String>,
}

/// The command, the height where it is for a block, and what happened.
type Order = (String, Option<u32>, Vec<(&'static str, String)>);

/// What was run of late.
#[derive(Debug, Default)]
struct Recent(VecDeque<(Instant, Option<u32>)>);

impl Recent {
    /// Whether one more may be run; it counts as run then.
    fn may_run(&mut self, height: Option<u32>, now: Instant) -> bool {
        let fresh = |run: &&(Instant, _)| now.saturating_duration_since(run.0) < WINDOW;
        let same = |run: &&(_, Option<u32>)| height.is_some() && run.1 == height;
        let may = self.0.iter().filter(fresh).count() < MOST_RUNS
            && self.0.iter().filter(same).count() < MOST_OF_HEIGHT;
        if may {
            self.0.truncate(REMEMBERED - 1);
            self.0.push_front((now, height));
        }
        may
    }
}

/// Where events go.
#[derive(Debug, Clone)]
pub(super) struct Orders {
    commands: Commands,
    sender: Option<SyncSender<Order>>,
    left_out: Arc<LeftOut>,
}

/// Runs them, one after the other, on a thread of its own.
pub(super) struct Alerts {
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Alerts {
    /// Starts the thread, where there is anything to run.
    pub(super) fn start(commands: Commands) -> std::io::Result<(Self, Orders)> {
        let ending = Arc::new(AtomicBool::new(false));
        let left_out = Arc::new(LeftOut::default());
        let (mut thread, mut sender) = (None, None);
        if commands.on_block.is_some() || commands.on_best.is_some() {
            let (orders, received) = sync_channel(WAITING);
            let (ends, lost) = (ending.clone(), left_out.clone());
            let started = thread::Builder::new()
                .name("baseload-alerts".into())
                .spawn(move || run_all(&received, &ends, &lost))?;
            thread = Some(started);
            sender = Some(orders);
        }
        let orders = Orders {
            commands,
            sender,
            left_out,
        };
        Ok((Self { ending, thread }, orders))
    }

    /// Lets what was ordered run to its end, within bounds.
    pub(super) fn end(&self) {
        self.ending.store(true, SeqCst);
        let until = Instant::now() + SETTLE;
        while let Some(thread) = &self.thread
            && !thread.is_finished()
            && Instant::now() < until
        {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Orders {
    /// Orders what this event asks for; never waits.
    pub(super) fn event(&self, event: &MiningEvent) {
        let (command, height, values) = match event {
            MiningEvent::Block(block) => {
                let deep = matches!(block.fate, BlockFate::InChain(depth) if depth > 1);
                if deep {
                    return;
                }
                let shown = block.height.map_or_else(String::new, |h| h.to_string());
                let values = vec![
                    ("BASELOAD_EVENT", "block".to_owned()),
                    ("BASELOAD_FATE", fate_word(&block.fate).to_owned()),
                    ("BASELOAD_HASH", block.hash.to_string()),
                    ("BASELOAD_HEIGHT", shown),
                    ("BASELOAD_REWARD_SAT", block.reward.sat().to_string()),
                ];
                (&self.commands.on_block, block.height, values)
            }
            MiningEvent::Best {
                difficulty,
                all_time: true,
            } => {
                let values = vec![
                    ("BASELOAD_EVENT", "best".to_owned()),
                    ("BASELOAD_DIFFICULTY", difficulty.to_string()),
                ];
                (&self.commands.on_best, None, values)
            }
            _ => return,
        };
        if let (Some(command), Some(sender)) = (command, &self.sender)
            && sender.try_send((command.clone(), height, values)).is_err()
        {
            self.left_out
                .one("too many alerts: the command is not run for some");
        }
    }
}

fn run_all(orders: &Receiver<Order>, ending: &AtomicBool, left_out: &LeftOut) {
    let mut recent = Recent::default();
    loop {
        // Asked before the channel is: what was ordered before the end still runs.
        let ends = ending.load(SeqCst);
        let (command, height, values) = match orders.recv_timeout(LOOK) {
            Ok(order) => order,
            Err(RecvTimeoutError::Timeout) if !ends => continue,
            Err(_) => return,
        };
        if !recent.may_run(height, Instant::now()) {
            left_out.one("too many alerts: the command is not run for some");
            continue;
        }
        let started = Command::new("/bin/sh")
            .arg("-c")
            .arg(&command)
            .envs(values)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match started {
            Ok(child) => wait(child),
            Err(error) => tracing::warn!(%error, "the command of an alert could not be started"),
        }
    }
}

/// Waits for its end; one that takes too long is killed with all that it started.
fn wait(mut child: Child) {
    let until = Instant::now() + LONGEST;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                if !status.success() {
                    tracing::warn!(%status, "the command of an alert failed");
                }
                return;
            }
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(20)),
            _ => break,
        }
    }
    tracing::warn!("the command of an alert took too long and was ended");
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mining::FoundBlock;
    use crate::domain::time::Timestamp;
    use crate::domain::units::Sats;

    #[test]
    fn what_happened_is_in_the_environment_and_no_shell_reads_it() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let file = scratch.path().join("told");
        let (alerts, orders) = Alerts::start(Commands {
            on_block: Some(format!(
                "printf '%s %s %s\\n' \"$BASELOAD_FATE\" \"$BASELOAD_HASH\" \"$BASELOAD_HEIGHT\" >> {}",
                file.display()
            )),
            on_best: Some(format!("echo \"$BASELOAD_DIFFICULTY\" >> {}", file.display())),
        })
        .expect("a thread");
        let block = |fate| {
            MiningEvent::Block(FoundBlock {
                hash: "$(touch pwned)`id`".into(),
                height: Some(7),
                at: Timestamp::default(),
                reward: Sats::ZERO,
                fate,
            })
        };
        orders.event(&block(BlockFate::Stored));
        orders.event(&block(BlockFate::InChain(1)));
        orders.event(&block(BlockFate::InChain(6)));
        let best = |all_time| MiningEvent::Best {
            difficulty: 2.5,
            all_time,
        };
        orders.event(&best(false));
        orders.event(&best(true));
        alerts.end();
        let told = std::fs::read_to_string(&file).expect("the commands ran");
        assert_eq!(
            told,
            "stored $(touch pwned)`id` 7\nin_chain $(touch pwned)`id` 7\n2.5\n"
        );
    }

    #[test]
    fn a_flood_of_blocks_is_no_flood_of_commands() {
        let (mut recent, now) = (Recent::default(), Instant::now());
        let run = |recent: &mut Recent, heights: std::ops::Range<u32>, at| {
            heights.filter(|h| recent.may_run(Some(*h), at)).count()
        };
        assert_eq!(
            (0..100).filter(|_| recent.may_run(Some(7), now)).count(),
            MOST_OF_HEIGHT
        );
        assert_eq!(run(&mut recent, 100..400, now), MOST_RUNS - MOST_OF_HEIGHT);
        assert_eq!(run(&mut recent, 400..401, now + WINDOW), 1);
        assert!(!recent.may_run(Some(7), now + WINDOW));
        assert!(recent.may_run(None, now + WINDOW));
    }

    #[test]
    fn without_commands_nothing_is_started() {
        let (alerts, orders) = Alerts::start(Commands::default()).expect("nothing to start");
        assert!(alerts.thread.is_none());
        orders.event(&MiningEvent::Best {
            difficulty: 1.0,
            all_time: true,
        });
    }
}
