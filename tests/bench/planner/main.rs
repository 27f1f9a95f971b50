//! How long the best plan of 5,000 blocks takes, and how often it is proven: `cargo bench --bench planner [-- RUNS]`;
//! how long a schedule of 500 sites takes, and how near it is to the best: `cargo bench --bench planner -- schedule [RUNS]`.
//!
//! Two times stand in each row: that of the clock on the wall, which a busy machine blurs, and the processor time of
//! the one thread that solves, which it blurs less.

#[path = "../../instances/mod.rs"]
mod instances;
mod schedule;

use std::time::Instant;

use baseload::control::plan::solve::{Answer, STEPS, solve};
use baseload::engine::clock::thread_time;
use instances::{Family, instance};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runs: Option<u64> = args.iter().find_map(|arg| arg.parse().ok());
    let only: Vec<&String> = args
        .iter()
        .filter(|arg| !arg.starts_with('-') && arg.parse::<u64>().is_err())
        .collect();
    if only.first().is_some_and(|first| *first == "schedule") {
        schedule::bench(runs.unwrap_or(20), &only[1..]);
    } else {
        one_step(runs.unwrap_or(200), &only);
    }
}

/// A step of 5,000 blocks; of the families named, where some are.
fn one_step(runs: u64, only: &[&String]) {
    println!(
        "{:14} {:>9} {:>9} {:>9} {:>10} {:>10}   {:>11}  {:>10}",
        "5,000 blocks", "p50 ms", "p99 ms", "max ms", "p99 cpu", "max cpu", "proven", "worst gap"
    );
    let mut all = (Vec::new(), Vec::new());
    let named =
        |family: &Family| only.is_empty() || only.iter().any(|o| **o == format!("{family:?}"));
    for family in Family::ALL.into_iter().filter(named) {
        let mut times = (Vec::new(), Vec::new());
        let (mut proven, mut worst) = (0, 0.0_f64);
        for seed in 0..runs {
            let question = instance(family, 5_000, seed);
            let (begun, cpu) = (Instant::now(), thread_time());
            let answer = solve(&question, STEPS);
            times
                .1
                .push(thread_time().saturating_sub(cpu).as_secs_f64() * 1e3);
            times.0.push(begun.elapsed().as_secs_f64() * 1e3);
            if let Answer::Best(best) = answer {
                assert!(best.gain >= question.need, "{family:?} {seed} falls short");
                proven += u64::from(best.proven);
                worst = worst.max((best.cost - best.bound) as f64 / best.cost.max(1) as f64);
            }
        }
        all.0.extend_from_slice(&times.0);
        all.1.extend_from_slice(&times.1);
        let proven = format!("{proven} of {runs}");
        row(
            &format!("{family:?}"),
            &mut times,
            &format!("{proven:>11}  {worst:>10.1e}"),
        );
    }
    row("all", &mut all, "");
}

fn row(name: &str, (wall, cpu): &mut (Vec<f64>, Vec<f64>), rest: &str) {
    if wall.is_empty() {
        return;
    }
    println!(
        "{name:14} {:>9.2} {:>9.2} {:>9.2} {:>10.2} {:>10.2}   {rest}",
        at(wall, 0.5),
        at(wall, 0.99),
        at(wall, 1.0),
        at(cpu, 0.99),
        at(cpu, 1.0),
    );
}

/// The figure below which that part of them lies.
fn at(figures: &mut [f64], part: f64) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[((figures.len() as f64 * part) as usize).min(figures.len() - 1)]
}
