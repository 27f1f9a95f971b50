//! The queue against random grids.

use proptest::prelude::*;

use super::*;
use crate::domain::waiting::WaitsFor;

fn block(place: usize, watts: f64, seconds_up: f64, joules: f64) -> Waiting {
    Waiting {
        place,
        watts,
        up_w_s: watts / seconds_up,
        down_w_s: watts / 4.0,
        joules_per_terahash: joules,
    }
}

fn seen(at_ms: i64, millihertz: i64) -> Seen<'static> {
    Seen {
        at_ms,
        now: Timestamp::from_millis(at_ms),
        frequency: Some(Hertz::from_millihertz(millihertz)),
        mining_w: 0.0,
        instructions: &[],
        rising_w_s: 0.0,
        coming_w: 0.0,
    }
}

#[test]
fn efficient_blocks_come_first_and_apart() {
    let blocks = vec![
        block(0, 1e6, 60.0, 21.0),
        block(1, 1e6, 60.0, 13.5),
        block(2, 1e6, 60.0, 18.0),
    ];
    let mut queue = Queue::new(blocks, &[]);
    let limits = Limits::default();
    let mut order = Vec::new();
    for at in (0..10_000).step_by(250) {
        if let Some(Step::Release(place, _)) = queue.next(&seen(at, 50_000), &limits, false) {
            order.push((place, at));
        }
    }
    assert_eq!(order, [(1, 0), (2, 1_500), (0, 3_000)]);
}

#[test]
fn it_stops_out_of_band_goes_on_when_calm_and_is_given_up_in_the_end() {
    let blocks = vec![block(0, 1e6, 60.0, 20.0), block(1, 1e6, 60.0, 20.0)];
    let limits = Limits::default();
    let mut queue = Queue::new(blocks, &[]);
    let at = |queue: &mut Queue, ms, mhz| queue.next(&seen(ms, mhz), &limits, true);
    let low = Why::Frequency(Hertz::from_millihertz(49_890));
    assert_eq!(at(&mut queue, 0, 49_890), Some(Step::Stopped(low.clone())));
    assert_eq!(at(&mut queue, 250, 49_890), None, "said once");
    assert_eq!(at(&mut queue, 500, 49_910), None, "not far enough inside");
    assert_eq!(
        at(&mut queue, 1_000, 49_930),
        None,
        "not calm for long enough"
    );
    assert_eq!(at(&mut queue, 10_999, 49_930), None);
    assert_eq!(at(&mut queue, 11_000, 49_930), Some(Step::GoesOn));
    assert_eq!(
        at(&mut queue, 11_250, 49_930),
        Some(Step::Release(0, 1e6 / 60.0))
    );
    assert_eq!(
        at(&mut queue, 20_000, 49_890),
        Some(Step::Stopped(low.clone()))
    );
    assert_eq!(at(&mut queue, 919_999, 49_890), None);
    assert_eq!(at(&mut queue, 920_000, 49_890), Some(Step::GivenUp(low)));
    assert!(queue.is_empty());
}

#[test]
fn an_unknown_frequency_stops_it() {
    let mut queue = Queue::new(vec![block(0, 1e6, 60.0, 20.0)], &[]);
    let blind = Seen {
        frequency: None,
        ..seen(0, 0)
    };
    let step = queue.next(&blind, &Limits::default(), false);
    assert_eq!(step, Some(Step::Stopped(Why::NoFrequency)));
}

#[test]
fn a_new_instruction_stops_it_where_it_leaves_no_room_and_a_known_one_does_not() {
    let instruction = Instruction {
        id: "i1".into(),
        target: Power::from_megawatts(100),
        from: Timestamp::from_millis(0),
        to: Some(Timestamp::from_millis(60_000)),
        ramp_w_s: Power::ZERO,
        reason: "line out".into(),
    };
    let standing = [instruction];
    let mined = |at_ms, mining_w| Seen {
        instructions: &standing,
        mining_w,
        ..seen(at_ms, 50_000)
    };
    let limits = Limits::default();
    let blocks = || vec![block(0, 5e6, 60.0, 20.0)];
    let step = |queue: &mut Queue, seen| queue.next(&seen, &limits, false);
    let mut known = Queue::new(blocks(), &standing);
    assert!(matches!(
        step(&mut known, mined(0, 99e6)),
        Some(Step::Release(..))
    ));
    let mut room = Queue::new(blocks(), &[]);
    assert!(matches!(
        step(&mut room, mined(0, 94e6)),
        Some(Step::Release(..))
    ));
    let mut none = Queue::new(blocks(), &[]);
    assert!(matches!(
        step(&mut none, mined(0, 96e6)),
        Some(Step::Stopped(Why::Instruction(..)))
    ));
    // It ends: the restore goes on.
    assert_eq!(step(&mut none, mined(60_000, 96e6)), None);
    assert_eq!(step(&mut none, mined(70_000, 96e6)), Some(Step::GoesOn));
    assert!(matches!(
        step(&mut none, mined(70_250, 96e6)),
        Some(Step::Release(..))
    ));
}

proptest! {
    /// Whatever the frequency does: nothing is released out of band, nothing twice, and all that rises together stays
    /// below the cap, each block below its share of its shedding ramp.
    #[test]
    fn the_cap_the_share_and_the_band_hold(
        sizes in proptest::collection::vec((1e5_f64..20e6, 1.0_f64..120.0, 13.0_f64..40.0), 1..60),
        walk in proptest::collection::vec(-60_i64..=60, 1..400),
        cap in 1e5_f64..5e6,
    ) {
        let limits = Limits { cap_w_s: cap, settle_ms: 2_000, patience_ms: 60_000, ..Limits::default() };
        let blocks: Vec<Waiting> =
            sizes.iter().enumerate().map(|(i, &(w, s, j))| block(i, w, s, j)).collect();
        let mut queue = Queue::new(blocks.clone(), &[]);
        let mut left: Vec<(f64, f64)> = vec![(0.0, 0.0); blocks.len()];
        let mut released = BTreeSet::new();
        let mut stopped = false;
        let mut given_up = false;
        let mut millihertz = 50_000;
        for (at_ms, change) in (0..).step_by(500).zip(walk) {
            millihertz = (millihertz + change).clamp(49_500, 50_500);
            let rising = |left: &[(f64, f64)]| -> f64 {
                left.iter().filter(|l| l.0 > 0.0).map(|l| l.1).sum()
            };
            let now = Seen { rising_w_s: rising(&left), ..seen(at_ms, millihertz) };
            match queue.next(&now, &limits, rising(&left) > 0.0) {
                Some(Step::Release(place, rate)) => {
                    prop_assert!(!stopped && !given_up);
                    prop_assert!(millihertz >= 49_900);
                    prop_assert!(released.insert(place), "{} twice", place);
                    prop_assert!(rate <= 0.25 * blocks[place].down_w_s * (1.0 + 1e-9));
                    left[place] = (blocks[place].watts, rate);
                }
                Some(Step::Stopped(_)) => stopped = true,
                Some(Step::GoesOn) => {
                    prop_assert!(millihertz >= 49_920);
                    stopped = false;
                }
                Some(Step::GivenUp(_)) => given_up = true,
                None => {}
            }
            prop_assert!(rising(&left) <= cap * (1.0 + 1e-6));
            if !stopped {
                for block in &mut left {
                    block.0 = (block.0 - block.1 * 0.5).max(0.0);
                }
            }
        }
        prop_assert!(given_up || released.len() + queue.len() == blocks.len());
    }
}

#[test]
fn a_forecast_says_what_the_queue_then_does() {
    // Each alone takes the whole cap for 20 s: the next one waits for it, not for the stagger.
    let blocks: Vec<Waiting> = (0..4).map(|place| block(place, 4e7, 20.0, 20.0)).collect();
    let limits = Limits {
        share: 1.0,
        ..Limits::default()
    };
    let mut queue = Queue::new(blocks, &[]);
    let forecast = queue.forecast(&seen(0, 50_000), &limits, &[], 10_000);
    let told: Vec<_> = forecast
        .iter()
        .map(|row| (row.place, row.not_before_ms, row.reason.clone()))
        .collect();
    assert_eq!(told[0], (0, Some(0), WaitsFor::Turn));
    assert_eq!(told[1], (1, Some(29_600), WaitsFor::RampCap));
    assert_eq!(forecast[3].expected_ms, Some(3 * 29_600 + 30_000));
    let mut rising: Vec<Rising> = Vec::new();
    let mut done = Vec::new();
    for at in (0..200_000).step_by(100) {
        rising.retain(|block| block.until_ms > at);
        let now = Seen {
            rising_w_s: rising.iter().map(|block| block.rate_w_s).sum(),
            ..seen(at, 50_000)
        };
        if let Some(Step::Release(place, rate_w_s)) = queue.next(&now, &limits, true) {
            done.push((place, at));
            rising.push(Rising {
                until_ms: at + 29_600,
                rate_w_s,
            });
        }
    }
    for ((place, at), row) in done.iter().zip(&forecast) {
        assert_eq!(*place, row.place, "in the same order");
        assert_eq!(Some(*at), row.not_before_ms, "block {place}");
    }
    assert_eq!(done.len(), 4);
}

#[test]
fn a_forecast_of_what_is_stopped_promises_nothing() {
    let blocks = vec![block(0, 1e6, 60.0, 20.0), block(1, 1e6, 60.0, 20.0)];
    let limits = Limits::default();
    let mut queue = Queue::new(blocks, &[]);
    let told = |queue: &Queue, ms, mhz| queue.forecast(&seen(ms, mhz), &limits, &[], 10_000);
    queue.next(&seen(0, 49_890), &limits, true);
    let rows = told(&queue, 0, 49_890);
    assert!(rows.iter().all(|row| row.not_before_ms.is_none()));
    assert!(rows.iter().all(|row| row.reason == WaitsFor::Frequency));
    queue.next(&seen(1_000, 50_000), &limits, true);
    let rows = told(&queue, 2_000, 50_000);
    assert_eq!(
        rows[0].not_before_ms,
        Some(11_000),
        "the calm has begun at 1 s"
    );
    assert_eq!(rows[0].reason, WaitsFor::Calm);
    let dark = Seen {
        frequency: None,
        ..seen(2_000, 0)
    };
    let rows = queue.forecast(&dark, &limits, &[], 10_000);
    assert_eq!(rows[0].reason, WaitsFor::FrequencyUnknown);
}

proptest! {
    #[test]
    fn a_forecast_never_panics_and_keeps_the_order(
        sizes in proptest::collection::vec((0.0..1e9f64, 0.0..1e4f64), 0..40),
        at in any::<i64>(),
        cap in 0.0..1e8f64,
    ) {
        let blocks = sizes.iter().enumerate()
            .map(|(place, (watts, seconds))| block(place, *watts, *seconds, 20.0)).collect();
        let queue = Queue::new(blocks, &[]);
        let limits = Limits { cap_w_s: cap, ..Limits::default() };
        let rows = queue.forecast(&seen(at, 50_000), &limits, &[], 10_000);
        prop_assert_eq!(rows.len(), sizes.len());
        let times: Vec<i64> = rows.iter().filter_map(|row| row.not_before_ms).collect();
        prop_assert!(times.is_sorted());
    }
}
