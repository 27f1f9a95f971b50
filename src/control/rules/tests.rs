//! Rules against random grids.

use proptest::prelude::*;

use super::*;
use crate::domain::ids::{BlockId, BlockKey};

fn rule() -> Under {
    Under {
        name: "uf".into(),
        below: Hertz::from_millihertz(49_800),
        for_ms: 500,
        shed: Power::from_megawatts(120),
        step: Power::from_megawatts(50),
        every_ms: 2_000,
        most: Power::from_megawatts(120),
        rearm_above: Hertz::from_millihertz(49_950),
        rearm_ms: 60_000,
        sites: None,
        give_back: None,
    }
}

fn seen(at_ms: i64, millihertz: i64) -> Seen<'static> {
    Seen {
        at_ms,
        now: Timestamp::from_millis(at_ms),
        frequency: Some(Hertz::from_millihertz(millihertz)),
        mining_w: 1e9,
        falling_w: 0.0,
        instructions: &[],
    }
}

fn watch(under: Under) -> Watch {
    Watch::new(Rules {
        under: vec![under],
        follow: None,
    })
}

/// All that is shed over a course of the frequency, (ms, mHz): when, and how many MW.
fn sheds(watch: &mut Watch, course: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut shed = Vec::new();
    let mut standing = 0.0;
    for &(at, millihertz) in course {
        for decision in watch.look(&seen(at, millihertz), |_| standing) {
            match decision {
                Decision::Shed { want_w, .. } => {
                    standing += want_w;
                    shed.push((at, (want_w / 1e6) as i64));
                }
                Decision::GiveBack { .. } => {
                    standing = 0.0;
                    shed.push((at, 0));
                }
            }
        }
    }
    shed
}

fn level(from: i64, to: i64, millihertz: i64) -> Vec<(i64, i64)> {
    (from..to).step_by(250).map(|at| (at, millihertz)).collect()
}

#[test]
fn it_sheds_in_steps_while_the_frequency_stays_low_and_then_no_more() {
    let got = sheds(&mut watch(rule()), &level(0, 60_000, 49_700));
    assert_eq!(got, [(500, 50), (2_500, 50), (4_500, 20)]);
}

#[test]
fn a_short_dip_sheds_nothing_and_a_recovery_stops_the_steps() {
    let mut dip = level(0, 500, 49_700);
    dip.extend(level(500, 5_000, 49_800));
    assert_eq!(sheds(&mut watch(rule()), &dip), []);
    let mut back = level(0, 1_000, 49_700);
    back.extend(level(1_000, 20_000, 49_850));
    assert_eq!(sheds(&mut watch(rule()), &back), [(500, 50)]);
}

#[test]
fn it_fires_again_only_after_the_hysteresis_and_within_its_limit() {
    let mut course = level(0, 10_000, 49_700);
    course.extend(level(10_000, 60_000, 49_940));
    course.extend(level(60_000, 70_000, 49_700));
    let thrice = Under {
        most: Power::from_megawatts(130),
        ..rule()
    };
    let mut watched = watch(thrice);
    let got = sheds(&mut watched, &course);
    assert_eq!(got.len(), 3, "49.94 does not arm it: {got:?}");
    let mut course = level(70_000, 131_000, 49_960);
    course.extend(level(131_000, 140_000, 49_700));
    let mut again = Vec::new();
    for (at, millihertz) in course {
        again.extend(watched.look(&seen(at, millihertz), |_| 120e6));
    }
    assert!(
        matches!(again[..], [Decision::Shed { want_w, .. }] if (want_w - 10e6).abs() < 1.0),
        "only what is left of its limit: {again:?}"
    );
}

#[test]
fn a_frequency_that_is_not_known_sheds_nothing() {
    let mut watched = watch(rule());
    for at in (0..10_000).step_by(250) {
        let blind = Seen {
            frequency: None,
            ..seen(at, 0)
        };
        assert_eq!(watched.look(&blind, |_| 0.0), []);
    }
}

#[test]
fn it_gives_back_only_where_it_says_so_and_once() {
    let mut course = level(0, 6_000, 49_700);
    course.extend(level(6_000, 100_000, 50_000));
    assert_eq!(sheds(&mut watch(rule()), &course).len(), 3);
    let gives = Under {
        give_back: Some(GiveBack {
            above: Hertz::from_millihertz(49_980),
            for_ms: 20_000,
        }),
        ..rule()
    };
    let got = sheds(&mut watch(gives), &course);
    assert_eq!(got[3..], [(26_000, 0)]);
}

#[test]
fn an_instruction_is_followed_along_its_ramp_and_within_the_rules_limit() {
    let instructions = [Instruction {
        id: "i".into(),
        target: Power::from_megawatts(800),
        from: Timestamp::from_millis(1_000),
        to: Some(Timestamp::from_millis(60_000)),
        ramp_w_s: Power::from_megawatts(10),
        reason: "peak".into(),
    }];
    let mut watch = Watch::new(Rules {
        under: Vec::new(),
        follow: Some(Follow {
            name: "grid".into(),
            most: Power::from_megawatts(150),
            most_sites: 3,
            sites: None,
            slack: Power::from_megawatts(1),
            give_back: true,
        }),
    });
    let mut off_w = 0.0;
    let mut given = Vec::new();
    for at in (0..120_000).step_by(250) {
        let seen = Seen {
            mining_w: 1e9 - off_w,
            instructions: &instructions,
            ..seen(at, 50_000)
        };
        for decision in watch.look(&seen, |_| off_w) {
            match decision {
                Decision::Shed { want_w, most_w, .. } => {
                    assert!((1_000..60_000).contains(&at) && want_w <= most_w);
                    off_w += want_w;
                    let line = 10e6 * (at - 1_000) as f64 / 1e3;
                    assert!(off_w <= line + 1.0, "{off_w} at {at}");
                }
                Decision::GiveBack { .. } => given.push(at),
            }
        }
    }
    assert!((149e6..=150e6 + 1.0).contains(&off_w), "{off_w}");
    assert_eq!(given, [60_000]);
}

proptest! {
    /// Never above its limits, never on a frequency that is not low, never again before the hysteresis.
    #[test]
    fn a_rule_keeps_its_limits(
        walk in proptest::collection::vec(-80_i64..=80, 1..600),
        shed in 1_i64..300, step in 1_i64..300, most in 1_i64..300,
        restored in proptest::collection::vec(any::<bool>(), 600),
    ) {
        let rule = Under {
            shed: Power::from_megawatts(shed),
            step: Power::from_megawatts(step),
            most: Power::from_megawatts(most),
            rearm_ms: 3_000,
            ..rule()
        };
        let mut watched = watch(rule);
        let mut millihertz = 50_000;
        let (mut standing, mut fired, mut above) = (0.0_f64, 0.0_f64, 0);
        let mut low = 0;
        for (tick, change) in walk.into_iter().enumerate() {
            millihertz = (millihertz + change).clamp(49_500, 50_300);
            low = if millihertz < 49_800 { low + 1 } else { 0 };
            above = if millihertz > 49_950 { above + 1 } else { 0 };
            // A person restores now and then: that does not let the rule fire again.
            if restored[tick] && tick % 50 == 0 { standing = 0.0; }
            // 13 readings make 3 s.
            if above >= 13 { fired = 0.0; }
            for decision in watched.look(&seen(i64::try_from(tick).unwrap_or(0) * 250, millihertz), |_| standing) {
                let Decision::Shed { want_w, most_w, .. } = decision else {
                    prop_assert!(false, "it never gives back");
                    continue;
                };
                prop_assert!(millihertz < 49_800);
                prop_assert!(fired > 0.0 || low >= 3, "not for its whole time");
                prop_assert!(want_w <= step as f64 * 1e6 && want_w <= most_w);
                standing += want_w;
                fired += want_w;
                prop_assert!(standing <= most as f64 * 1e6 + 1.0);
                prop_assert!(fired <= shed as f64 * 1e6 + 1.0, "twice");
            }
        }
    }

    /// Whatever is there to pick from, the caps hold and no block is taken that is not needed.
    #[test]
    fn picking_keeps_the_caps(
        sizes in proptest::collection::vec((0_u8..6, 1e5_f64..20e6, 13.0_f64..40.0), 0..60),
        want in 0.0_f64..200e6, spare in 0.0_f64..50e6, sites in 0_usize..6,
    ) {
        let candidates: Vec<Candidate> = sizes.iter().enumerate().map(|(i, &(site, watts, joules))| {
            let key = BlockKey::new(&SiteId::new(&format!("s{site}")), &BlockId::new(&format!("b{i}")));
            Candidate { key, watts, joules_per_terahash: joules }
        }).collect();
        let picked = pick(candidates.clone(), want, want + spare, sites);
        let watts: Vec<f64> = picked.iter().map(|key| {
            candidates.iter().find(|c| c.key == *key).map_or(0.0, |c| c.watts)
        }).collect();
        let sum: f64 = watts.iter().sum();
        prop_assert!(sum <= want + spare);
        prop_assert!(watts.last().is_none_or(|last| sum - last < want));
        let at: std::collections::BTreeSet<_> = picked.iter().map(|key| key.site.clone()).collect();
        prop_assert!(at.len() <= sites);
    }
}
