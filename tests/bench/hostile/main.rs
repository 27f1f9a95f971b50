//! What well-formed messages that mean harm may cost: an emergency order among fifty hostile links, and keys under a
//! flood of alarms.
//!
//! `cargo bench --bench hostile -- PART`: `links` or `alarms`; without one, both. All traffic stays on loopback; each
//! part ends by itself.

#![allow(missing_docs, reason = "a bench has no readers of its documentation")]

mod alarms;
mod links;

#[path = "../../hostile/attacker.rs"]
mod attacker;
#[path = "../../common/mod.rs"]
mod common;
#[path = "../../feed_support/mod.rs"]
mod feed_support;

use std::time::Duration;

fn main() {
    // Cargo adds `--bench`.
    let args: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|a| !a.starts_with('-'))
        .collect();
    match wanted[..] {
        ["attack", kind, at, seconds] => links::attack(kind, at, seconds),
        ["links"] => links::run(),
        ["alarms"] => alarms::run(),
        _ => {
            links::run();
            alarms::run();
        }
    }
}

fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let at = (sorted.len() as f64 * share).ceil() as usize;
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(at.saturating_sub(1).min(last))
        .copied()
        .unwrap_or_default()
}

fn told(what: &str, spans: &mut [Duration]) {
    spans.sort_unstable();
    let ms = |share| quantile(spans, share).as_secs_f64() * 1e3;
    println!(
        "{what}: {} times, p50 {:.1} ms, p99 {:.1} ms, worst {:.1} ms",
        spans.len(),
        ms(0.5),
        ms(0.99),
        ms(1.0)
    );
}
