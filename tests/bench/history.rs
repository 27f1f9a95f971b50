//! What a history of 500 sites with three series each costs: bytes a sample, time a second of the feed, time an answer.
//!
//! `cargo bench --bench history [-- HOURS]`: so many hours of one sample a second (6 unless said), then what 30 days of
//! them take, by the bytes of each further hour and nothing assumed. Before each answer the
//! database's own page cache is thrown away: the pages come from the system's cache, or from the disk.

#![allow(missing_docs, reason = "a bench")]

use std::time::{Duration, Instant};

use baseload::domain::history::{Ask, Sample, Series, SiteFigure};
use baseload::domain::ids::{GatewayId, SiteId};
use baseload::domain::time::Timestamp;
use baseload::journal::history::{Place, Store};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SITES: usize = 500;
/// Begins ten minutes, six hours and two days.
const T0: i64 = 1_700_006_400;
const DAYS: f64 = 30.0;

/// One site: a load that wanders, a meter's and a pool's noise on it, and a target that is stepped now and then.
struct Site {
    names: [Series; 3],
    size_w: f64,
    target: f64,
    drawn: f64,
    wander: f64,
    /// kH/s a watt.
    yield_khs: f64,
}

fn sites(chance: &mut ChaCha8Rng) -> Vec<Site> {
    (0..SITES)
        .map(|n| {
            let id = SiteId::new(&format!("site-{n:03}"));
            let size_w = chance.random_range(2e6..90e6);
            let figure = |figure| Series::Site(id.clone(), figure);
            Site {
                names: [
                    figure(SiteFigure::Power),
                    figure(SiteFigure::Hashrate),
                    figure(SiteFigure::Target),
                ],
                size_w,
                target: size_w,
                drawn: size_w,
                wander: 0.0,
                yield_khs: 1e9 / chance.random_range(15.0..30.0),
            }
        })
        .collect()
}

/// About normal, of variance 1.
fn noise(chance: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| chance.random::<f64>()).sum::<f64>() - 6.0
}

fn second(site: &mut Site, chance: &mut ChaCha8Rng, samples: &mut Vec<Sample>) {
    // Stepped every two hours or so, down to a half or back; reached at 1 % a second.
    if chance.random_range(0..7_200) == 0 {
        site.target = site.size_w * [0.5, 0.75, 1.0][chance.random_range(0..3)];
    }
    let ramp = site.size_w / 100.0;
    site.drawn += (site.target - site.drawn).clamp(-ramp, ramp);
    // Machines that come and go: a random walk of 0.01 % a second that is drawn back; the meter reads to 0.02 %, the
    // hashrate, counted from shares of thousands of machines, to 0.1 %.
    site.wander = site.wander * 0.999 + 1e-4 * noise(chance);
    let power = site.drawn * (1.0 + site.wander + 2e-4 * noise(chance));
    let hashrate = site.drawn * (1.0 + site.wander) * site.yield_khs;
    let hashrate = hashrate * (1.0 + 1e-3 * noise(chance));
    let values = [power, hashrate, site.target];
    for (series, value) in site.names.iter().zip(values) {
        samples.push(Sample {
            gateway: Some(GatewayId::new("gateway")),
            series: series.clone(),
            value: value.round() as i64,
            unsure: false,
        });
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis((T0 + second) * 1_000)
}

fn quantile(times: &mut [Duration], portion: f64) -> Duration {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    times[(last as f64 * portion) as usize]
}

fn main() {
    let hours: i64 = std::env::args()
        .skip(1)
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(6);
    let mut chance = ChaCha8Rng::seed_from_u64(7);
    let mut sites = sites(&mut chance);
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("history/history.db");
    let place = Place::File(file.clone());
    let mut store = Store::open(&place).expect("opens").expect("is ours");
    let (mut takes, mut packs) = (Vec::new(), Vec::new());
    let mut used = Vec::new();
    for s in 0..hours * 3_600 {
        let mut samples = Vec::with_capacity(SITES * 3);
        for site in &mut sites {
            second(site, &mut chance, &mut samples);
        }
        let begin = Instant::now();
        store.take(at(s), &samples).expect("is taken");
        takes.push(begin.elapsed());
        loop {
            let begin = Instant::now();
            let packed = store.pack(at(s), 40).expect("is packed");
            if packed == 0 {
                break;
            }
            packs.push(begin.elapsed());
        }
        // Just packed: the head holds one second.
        if s > 0 && s % 3_600 == 0 {
            used.push((s, store.used().expect("is known")));
        }
    }
    let spent: Duration = takes.iter().chain(&packs).sum();
    let seconds = takes.len() as f64;
    println!("{SITES} sites x 3 series, 1 Hz, {hours} h");
    println!(
        "write: {:.2} ms a second of the feed in all; take p99 {:.2} ms; pack of 40 p99 {:.2} ms",
        spent.as_secs_f64() * 1e3 / seconds,
        quantile(&mut takes, 0.99).as_secs_f64() * 1e3,
        quantile(&mut packs, 0.99).as_secs_f64() * 1e3,
    );
    if let [(from, before), .., (to, after)] = used.as_slice() {
        let samples = (to - from) as f64 * SITES as f64 * 3.0;
        let each = (after - before) as f64 / samples;
        let month = each * 86_400.0 * DAYS * SITES as f64 * 3.0;
        println!(
            "size: {each:.3} bytes a sample with its roll-ups; 30 days: {:.2} GB",
            month / 1e9
        );
    }
    let total = hours * 3_600;
    for (name, span) in [
        ("15 min", 900),
        ("1 h", 3_600),
        ("6 h", 21_600),
        ("1 day", 86_400),
        ("30 days", 2_592_000),
    ] {
        let mut times = Vec::new();
        for _ in 0..300 {
            let to = total - chance.random_range(0..(total - span).max(1)).max(0);
            let site = chance.random_range(0..SITES);
            let series = sites[site].names[chance.random_range(0..3)].clone();
            let question = [Ask {
                gateway: Some(GatewayId::new("gateway")),
                series,
                from: at(to - span),
                to: at(to),
                points: 180,
            }];
            store.forget_pages();
            let begin = Instant::now();
            let answer = store.answer(&question).expect("is answered");
            times.push(begin.elapsed());
            assert!(answer[0].buckets.iter().any(Option::is_some));
        }
        println!(
            "sparkline of {name}: p50 {:.2} ms, p99 {:.2} ms",
            quantile(&mut times, 0.5).as_secs_f64() * 1e3,
            quantile(&mut times, 0.99).as_secs_f64() * 1e3,
        );
    }
}
