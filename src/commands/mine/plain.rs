//! The same lines for a person to read.

use super::line::{Block, Job, Line, Rate, Share, Start, State, Summary, What};
use crate::domain::order::span;
use crate::domain::units::{Hashrate, Sats};
use crate::ui::format;
use crate::ui::look::Glyphs;
use crate::ui::text;

/// Columns of a line; more is cut.
const WIDEST: u16 = 400;

/// A line, its end included. What nodes and pools say is made harmless.
pub(super) fn line(line: &Line) -> String {
    let said = match &line.what {
        What::Start(start) => started(start),
        What::State(state) => stands(state),
        What::Job(job) => work(job),
        What::Hashrate(rate) => speed(rate),
        What::Share(share) => judged(share),
        What::Best(best) => format!(
            "best share {}: difficulty {}",
            if best.all_time {
                "of all time"
            } else {
                "of this run"
            },
            difficulty(best.difficulty)
        ),
        What::Block(block) => found(block),
        What::Message(text) => format!("the pool says: {}", text.text),
        What::Error(text) => format!("error: {}", text.text),
        What::Summary(summary) => ended(summary),
    };
    let mut out = text::clean(&format!("{}  {said}", line.at), WIDEST, Glyphs::Unicode);
    out.push('\n');
    out
}

/// A difficulty with as many figures as mean something.
fn difficulty(value: f64) -> String {
    if value >= 100.0 {
        format::decimal(value, 0)
    } else if value >= 0.01 {
        format::decimal(value, 2)
    } else {
        format!("{value:.2e}")
    }
}

fn started(start: &Start) -> String {
    let payouts = if start.payouts.is_empty() {
        String::new()
    } else {
        format!(", paying {}", start.payouts.join(", "))
    };
    format!(
        "baseload {} mines on {} {} with {} threads{payouts}",
        start.version,
        start.kind,
        start.sources.join(", "),
        start.threads
    )
}

fn stands(state: &State) -> String {
    match (&state.source, &state.health) {
        (Some(source), Some(health)) => {
            let more = if state.detail.is_empty() {
                String::new()
            } else {
                format!(": {}", state.detail)
            };
            let active = if state.active { ", in use" } else { "" };
            format!("{source} is {health}{active}{more}")
        }
        _ if state.hashing => "hashing".to_owned(),
        _ => format!("not hashing: {}", state.idle_because),
    }
}

fn work(job: &Job) -> String {
    let height = job
        .height
        .map_or_else(String::new, |height| format!(" for block {height}"));
    let transactions = job
        .transactions
        .map_or_else(String::new, |count| format!(", {count} transactions"));
    format!(
        "work {}{height}{transactions}, reward {} BTC, network difficulty {}",
        job.job,
        format::btc(Sats::from_sat(job.reward_sat)),
        difficulty(job.network_difficulty)
    )
}

fn speed(rate: &Rate) -> String {
    let expected = rate.expected_s.map_or_else(String::new, |seconds| {
        let seconds = std::time::Duration::from_secs_f64(seconds.clamp(0.0, 1e18));
        format!(", a block in {} on average", span(seconds))
    });
    let rate_of = |hs| format::hashrate(Hashrate::from_hs(hs));
    format!(
        "{} now, {} over a minute, {} over 15 minutes{expected}",
        rate_of(rate.hs_1s),
        rate_of(rate.hs_1m),
        rate_of(rate.hs_15m)
    )
}

fn judged(share: &Share) -> String {
    let reason = share
        .reason
        .as_ref()
        .map_or_else(String::new, |reason| format!(": {reason}"));
    format!(
        "share of difficulty {} {}{reason}",
        difficulty(share.difficulty),
        share.verdict
    )
}

fn found(block: &Block) -> String {
    let height = block
        .height
        .map_or_else(String::new, |height| format!(" {height}"));
    let fate = match block.fate.as_str() {
        "stored" => "found, on disk".to_owned(),
        "waiting" => "found, waits for the pool".to_owned(),
        "with_pool" => "found, given to the pool".to_owned(),
        "doubted" => format!(
            "may be in the chain, though the pool refused the share ({})",
            block.reason.as_deref().unwrap_or("no reason")
        ),
        "in_chain" => format!(
            "is in the chain, {} deep",
            block.confirmations.unwrap_or_default()
        ),
        "side_branch" => "is known to the node, another branch is ahead".to_owned(),
        _ => format!(
            "was refused: {}",
            block.reason.as_deref().unwrap_or("no reason")
        ),
    };
    format!("BLOCK{height} {} {fate}", block.hash)
}

fn ended(summary: &Summary) -> String {
    format!(
        "ended by {}: {} hashes in {:.0} s, best {} (all time {}), shares {} accepted, {} rejected, {} stale, {} lost; blocks {} (in the chain, of all runs: {})",
        summary.because,
        format::count(summary.hashes),
        summary.seconds,
        difficulty(summary.best),
        difficulty(summary.best_all_time),
        summary.accepted,
        summary.rejected,
        summary.stale,
        summary.lost,
        summary.blocks,
        summary.blocks_all_time
    )
}
