//! Schedules of an hour in twelve steps for 500 sites of ten blocks.

use std::time::Instant;

use baseload::control::schedule::{check, schedule};
use baseload::engine::clock::thread_time;

use crate::at;
use crate::instances::schedules::{Kind, NOW, question};

/// So many of each kind, of the kinds named, where some are.
pub(crate) fn bench(runs: u64, only: &[&String]) {
    println!(
        "{:14} {:>8} {:>8} {:>8} {:>8} {:>8}   {:>9} {:>9} {:>9}  {:>9}",
        "500 sites",
        "p50 s",
        "p99 s",
        "p50 cpu",
        "p99 cpu",
        "max cpu",
        "gap p50",
        "gap p99",
        "gap max",
        "<= 0.1 %"
    );
    let named = |kind: &Kind| only.is_empty() || only.iter().any(|o| **o == format!("{kind:?}"));
    for kind in Kind::ALL.into_iter().filter(named) {
        let (mut wall, mut cpu, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 0..runs {
            let asked = question(kind, 500, 10, seed);
            let candidates = asked.candidates();
            let (begun, before) = (Instant::now(), thread_time());
            let made = schedule(&asked.profile, &candidates, "", NOW, &asked.terms);
            cpu.push(thread_time().saturating_sub(before).as_secs_f64());
            wall.push(begun.elapsed().as_secs_f64());
            match made {
                Ok(made) => {
                    let checked = check::check(&made, &candidates, "", NOW, &asked.terms);
                    assert_eq!(checked, Ok(()), "{kind:?} {seed}");
                    gaps.push(made.gap() * 100.0);
                }
                Err(why) => println!("{kind:?} {seed}: {why}"),
            }
        }
        let good = gaps.iter().filter(|gap| **gap <= 0.1).count();
        if gaps.is_empty() {
            continue;
        }
        println!(
            "{:14} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2}   {:>7.4} % {:>7.4} % {:>7.4} %  {:>9}",
            format!("{kind:?}"),
            at(&mut wall, 0.5),
            at(&mut wall, 0.99),
            at(&mut cpu, 0.5),
            at(&mut cpu, 0.99),
            at(&mut cpu, 1.0),
            at(&mut gaps, 0.5),
            at(&mut gaps, 0.99),
            at(&mut gaps, 1.0),
            format!("{good} of {runs}"),
        );
    }
}
