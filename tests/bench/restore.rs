//! What a restore's preview promises, held against the meters of a simulated nation that runs it: `cargo bench --bench
//! restore [-- PLANS]`. On made-up time; it ends with an error where a promise is further off than it may be.

#[path = "../common/paced.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with a test that uses all of it"
)]
mod paced;

use paced::Desks;

/// The time to nine tenths may be off by so much of it.
const MOST: f64 = 0.15;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let plans: u64 = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(50);
    println!("nation  shed   restore     MW   promised   metered   error");
    let mut worst = 0.0_f64;
    let mut errors = Vec::new();
    for plan in 0..plans {
        let (shed, restore) = [
            ("off", "all"),
            ("40%", "all"),
            ("150", "all"),
            ("off", "50%"),
            ("500", "200"),
        ][plan as usize % 5];
        let mut desks = Desks::of(plan + 1);
        desks.shed(shed);
        let Some(kept) = desks.restore(restore) else {
            continue;
        };
        println!(
            "{:6}  {shed:>4}   {restore:>7}  {:5.0}   {:6.0} s   {:5.0} s   {:4.1} %",
            plan + 1,
            kept.ordered,
            kept.promised,
            kept.metered.unwrap_or(f64::NAN),
            kept.error() * 100.0,
        );
        worst = worst.max(kept.error());
        errors.push(kept.error());
    }
    errors.sort_by(f64::total_cmp);
    let median = errors.get(errors.len() / 2).copied().unwrap_or(f64::NAN);
    println!(
        "time to 90 %, {} plans: error median {:.1} %, worst {:.1} %, at most {:.0} % allowed",
        errors.len(),
        median * 100.0,
        worst * 100.0,
        MOST * 100.0
    );
    assert!(worst <= MOST, "a promise is too far off");
}
