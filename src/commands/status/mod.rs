//! `baseload status`: one plain table of the nation, for scripts, dumb terminals and screen readers. It only looks:
//! no order leaves, no journal is kept.

mod report;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Failure, block_on, console, papers};
use crate::app::{Msg, Size, State, update};
use crate::cli::StatusArgs;
use crate::domain::ids::FeedId;
use crate::domain::link::{DownCause, FeedEvent, LinkState, Topic};
use crate::feed::socket::{FeedHandle, open};
use crate::runtime::clock;
use report::Report;

/// Events that wait; feeds wait in turn when it is full.
const EVENTS: usize = 1_024;
/// After the last feed is live: what its snapshot left out may still come.
const SETTLE: Duration = Duration::from_millis(300);

/// Runs it.
///
/// # Errors
/// [`Failure::Critical`] where something is critical in the (last) report.
pub fn run(args: &StatusArgs) -> Result<(), Failure> {
    let (config, _) = console::configured(args.config.as_deref(), &args.feed)?;
    if config.feeds.is_empty() {
        return Err(Failure::Usage(
            "no feed is configured; give --feed URL, or a config file with [[feed]]".to_owned(),
        ));
    }
    let targets = config
        .feeds
        .iter()
        .map(console::target)
        .collect::<Result<Vec<_>, _>>()?;
    let size = Size::of(0, 0);
    let feeds = console::feeds(&config);
    let mut state = State::new(console::desk(&config, true), feeds, size, clock::now());
    state.fleet.pins = console::pins(&config);
    block_on(async {
        let (sender, mut events) = mpsc::channel(EVENTS);
        // Held to the end: a dropped handle closes its link.
        let _handles: Vec<FeedHandle> = targets
            .into_iter()
            .enumerate()
            .map(|(i, target)| {
                let id = FeedId(u16::try_from(i).unwrap_or(u16::MAX));
                open(id, target, sender.clone(), Arc::new(clock::now))
            })
            .collect();
        drop(sender);
        gather(&mut state, &mut events, Duration::from_secs_f64(args.wait)).await;
        let mut is_read = told(args, &state)?;
        let mut next = Instant::now();
        while args.watch && is_read {
            next += Duration::from_secs_f64(args.interval);
            listen(&mut state, &mut events, next).await;
            is_read = told(args, &state)?;
        }
        verdict(&report(args, &state)?)
    })?
}

fn report(args: &StatusArgs, state: &State) -> Result<Report, Failure> {
    report::of(state, args.site.as_deref()).map_err(Failure::Run)
}

/// Prints a report. False where nobody reads any more.
fn told(args: &StatusArgs, state: &State) -> Result<bool, Failure> {
    let report = report(args, state)?;
    let mut text = if args.json {
        let mut text = serde_json::to_string(&report)
            .map_err(|error| Failure::Run(format!("the report can't be written: {error}")))?;
        text.push('\n');
        text
    } else {
        table::table(&report)
    };
    if args.watch && !args.json {
        text.push('\n');
    }
    papers::is_printed(&text)
}

fn verdict(report: &Report) -> Result<(), Failure> {
    match report.critical.as_slice() {
        [] => Ok(()),
        [one] => Err(Failure::Critical(one.clone())),
        [first, rest @ ..] => Err(Failure::Critical(format!(
            "{first}; and {} more",
            rest.len()
        ))),
    }
}

/// Listens until every feed is live with all it serves, or each that is not has said why, or the time is over.
async fn gather(
    state: &mut State,
    events: &mut mpsc::Receiver<(FeedId, FeedEvent)>,
    wait: Duration,
) {
    let end = Instant::now() + wait;
    while !settled(state) {
        match timeout_at(end, events.recv()).await {
            Ok(Some((feed, event))) => take(state, feed, event),
            Ok(None) | Err(_) => break,
        }
    }
    let end = end.min(Instant::now() + SETTLE);
    listen(state, events, end).await;
}

/// Is there nothing more to wait for? What only a person can mend is waited for no longer; a link that may come yet is.
fn settled(state: &State) -> bool {
    state.feeds.iter().all(|feed| match &feed.link {
        LinkState::Live => !feed.serves(Topic::Grid) || state.grid.reading.is_some(),
        LinkState::Down { cause, .. } => is_final(*cause),
        LinkState::Connecting | LinkState::Syncing => false,
    })
}

const fn is_final(cause: DownCause) -> bool {
    matches!(
        cause,
        DownCause::Unauthorized | DownCause::Tls | DownCause::Version | DownCause::Upgrade
    )
}

/// Takes what the feeds say until `end`.
async fn listen(state: &mut State, events: &mut mpsc::Receiver<(FeedId, FeedEvent)>, end: Instant) {
    loop {
        match timeout_at(end, events.recv()).await {
            Ok(Some((feed, event))) => take(state, feed, event),
            // All feeds have ended; the figures age and say so.
            Ok(None) => {
                sleep_until(end).await;
                break;
            }
            Err(_) => break,
        }
    }
    update(state, Msg::Tick(clock::now()));
}

/// What the event would have the console do is not done: this command only looks.
fn take(state: &mut State, feed: FeedId, event: FeedEvent) {
    update(state, Msg::Tick(clock::now()));
    update(state, Msg::Feed(feed, event));
}
