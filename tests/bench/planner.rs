//! How long the best plan of 5,000 blocks takes, and how often it is proven: `cargo bench --bench planner [-- RUNS]`.

#[path = "../instances/mod.rs"]
mod instances;

use std::time::Instant;

use baseload::control::plan::solve::{Answer, STEPS, solve};
use instances::{Family, instance};

fn main() {
    let runs = std::env::args()
        .skip(1)
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(200_u64);
    println!(
        "{:14} {:>9} {:>9} {:>9}   {:>11}  {:>10}",
        "5,000 blocks", "p50 ms", "p99 ms", "max ms", "proven", "worst gap"
    );
    let mut all = Vec::new();
    for family in Family::ALL {
        let mut times = Vec::new();
        let (mut proven, mut worst) = (0, 0.0_f64);
        for seed in 0..runs {
            let question = instance(family, 5_000, seed);
            let begun = Instant::now();
            let answer = solve(&question, STEPS);
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            if let Answer::Best(best) = answer {
                assert!(best.gain >= question.need, "{family:?} {seed} falls short");
                proven += u64::from(best.proven);
                worst = worst.max((best.cost - best.bound) as f64 / best.cost.max(1) as f64);
            }
        }
        all.extend_from_slice(&times);
        let proven = format!("{proven} of {runs}");
        row(
            &format!("{family:?}"),
            &mut times,
            &format!("{proven:>11}  {worst:>10.1e}"),
        );
    }
    row("all", &mut all, "");
}

fn row(name: &str, times: &mut [f64], rest: &str) {
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() as f64 * part) as usize).min(times.len() - 1)];
    println!(
        "{name:14} {:>9.2} {:>9.2} {:>9.2}   {rest}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
