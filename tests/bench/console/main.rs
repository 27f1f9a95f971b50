//! What the console takes and how fast it is, measured on the real binary in a real pseudo-terminal.
//!
//! `cargo bench --bench console -- PART`: `bytes`, `keys`, `load`, `startup`, `curtail`, `emergency`,
//! `engine`, `rest` or `shift`; without one, all of them.
//! Beside every figure stand the bar and how busy the machine was: only an idle machine's times count.

#![allow(missing_docs, reason = "a bench has no readers of its documentation")]

mod bytes;
mod curtail;
mod emergency;
mod engine;
mod keys;
mod load;
mod process;
mod rest;
mod shift;
mod startup;

#[path = "../churn.rs"]
mod churn;
#[path = "../../common/mod.rs"]
mod common;
#[path = "../../feed_support/mod.rs"]
mod feed_support;
#[path = "../../nation/mod.rs"]
mod nation;

use std::time::Duration;

const PARTS: [(&str, fn()); 9] = [
    ("bytes", bytes::run),
    ("startup", startup::run),
    ("curtail", curtail::run),
    ("emergency", emergency::run),
    ("keys", keys::run),
    ("load", load::run),
    ("engine", engine::run),
    ("rest", rest::run),
    ("shift", shift::run),
];

fn main() {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    for (name, part) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            println!("\n== {name} (machine: {})", process::busy());
            part();
        }
    }
}

/// The value below which `share` of all lie.
fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let at = (sorted.len() as f64 * share).ceil() as usize;
    sorted
        .get(at.saturating_sub(1).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

fn millis(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1e3)
}
