//! Properties of the emergency shed's steps.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::domain::bounds::Bounds;

use super::emergency::{
    Cut, Direction, HIGH, INTERVAL, MOST_BLOCKS, Shed, Step, bars, direction, shed,
};
use super::interlock::{Candidate, Standing};
use crate::domain::fleet::{Block, BlockState, Site, Tag};
use crate::domain::ids::{BlockKey, FeedId, GatewayId};
use crate::domain::order::Reason;
use crate::domain::quality::Quality;
use crate::domain::sample::{self, NOW};
use crate::domain::units::{Hertz, Power};

const GOOD: Standing = Standing {
    age: Duration::ZERO,
    quality: Quality::Good,
    link_up: true,
    concern: crate::domain::quality::Concern::None,
    skew_known: true,
    order_pending: false,
    begun: false,
    seen_twice: false,
};

/// How one made-up block stands.
#[derive(Debug, Clone)]
struct Made {
    kw: i64,
    drawn: i64,
    ramp: i64,
    notice: u64,
    state: u8,
    odd: u8,
    standing: u8,
}

fn made() -> impl Strategy<Value = Made> {
    (
        1..400_000_i64,
        0..=110_i64,
        0..50_000_i64,
        prop_oneof![4 => Just(0_u64), 1 => 1..3_u64],
        0..7_u8,
        0..9_u8,
        0..8_u8,
    )
        .prop_map(|(kw, drawn, ramp, notice, state, odd, standing)| Made {
            kw,
            drawn,
            ramp,
            notice,
            state,
            odd,
            standing,
        })
}

fn block(at: usize, made: &Made) -> Block {
    let nameplate = Power::from_watts(made.kw * 1_000);
    let mut block = sample::block("s", &format!("b{at}"), 1, 18.0);
    block.nameplate = nameplate;
    block.target = nameplate;
    block.power = Some(nameplate.portion(made.drawn, 100));
    block.limits.ramp_down_w_s = Power::from_watts(made.ramp * 1_000);
    block.limits.notice = Duration::from_mins(made.notice);
    block.state = [
        BlockState::Hashing,
        BlockState::Hashing,
        BlockState::Hashing,
        BlockState::Restoring,
        BlockState::Local,
        BlockState::Faulted,
        BlockState::Offline,
    ][usize::from(made.state)];
    match made.odd {
        0 => block.tags.push(Tag {
            id: None,
            kind: "maintenance".into(),
            owner: "anna".into(),
            reason: "fan".into(),
        }),
        1 => {
            // A heat floor that it can hold.
            block.limits.must_run = nameplate.portion(1, 3);
            block.steps.push(nameplate.portion(1, 2));
        }
        // One that it can't: nothing lies between.
        2 => block.limits.must_run = nameplate.portion(1, 3),
        3 => block.target = Power::ZERO,
        4 => block.state_since = NOW,
        5 => block.limits.calls_left = Some(0),
        6 => block.limits.min_on = Duration::from_hours(48),
        _ => {}
    }
    block
}

fn standing(made: &Made) -> Standing {
    match made.standing {
        0 => Standing {
            link_up: false,
            ..GOOD
        },
        1 => Standing {
            quality: Quality::Stale,
            skew_known: false,
            seen_twice: true,
            ..GOOD
        },
        2 => Standing {
            order_pending: true,
            begun: true,
            ..GOOD
        },
        3 => Standing {
            order_pending: true,
            ..GOOD
        },
        _ => GOOD,
    }
}

fn with<T>(made: &[Made], judge: impl FnOnce(&[Candidate<'_>]) -> T) -> T {
    let site: Site = sample::site("s");
    let gateway = GatewayId::new("g");
    let blocks: Vec<Block> = made.iter().enumerate().map(|(n, m)| block(n, m)).collect();
    let candidates: Vec<Candidate<'_>> = blocks
        .iter()
        .zip(made)
        .map(|(block, made)| Candidate {
            site: &site,
            block,
            feed: FeedId(0),
            gateway: &gateway,
            standing: standing(made),
        })
        .collect();
    judge(&candidates)
}

/// Of gateways that want nothing of their own.
fn even(step: Power) -> Cut {
    Cut {
        step,
        interval: INTERVAL,
        own: BTreeMap::new(),
    }
}

/// Is every block named once: in a step, left out, or down already?
fn accounts_for_all(shed: &Shed, all: usize) -> bool {
    let steps = shed.parts().map(|p| &p.key);
    let named: Vec<&BlockKey> = steps.chain(shed.excluded.iter().map(|e| &e.key)).collect();
    let once: BTreeSet<&BlockKey> = named.iter().copied().collect();
    once.len() == named.len() && named.len() + shed.down == all
}

proptest! {
    #[test]
    fn steps_hold_every_block_that_may_go_once_and_keep_the_limit(
        made in vec(made(), 0..120),
        limit in 1_000..400_000_i64,
    ) {
        let limit = Power::from_watts(limit * 1_000);
        with(&made, |candidates| {
            let shed = shed(candidates, "op", NOW, &even(limit));
            prop_assert!(accounts_for_all(&shed, candidates.len()));
            let mut notice = Duration::ZERO;
            for step in &shed.steps {
                prop_assert!(!step.parts.is_empty() && step.parts.len() <= MOST_BLOCKS);
                prop_assert!(step.most() <= limit || step.parts.len() == 1);
                prop_assert!(step.moved() <= step.most());
                // What is called for later never arrives before what was called for first.
                prop_assert!(step.parts.iter().all(|p| p.notice == step.parts[0].notice));
                prop_assert!(step.parts[0].notice >= notice);
                notice = step.parts[0].notice;
            }
            for part in shed.parts() {
                let c = candidates.iter().find(|c| c.block.key() == part.key).expect("a candidate");
                let b = c.block;
                prop_assert!(c.standing.link_up && b.lockout().is_none() && b.limits.calls_left != Some(0));
                prop_assert!(!matches!(b.state, BlockState::Local | BlockState::Faulted | BlockState::Offline));
                prop_assert!(part.target >= b.must_run_at(NOW), "heat");
                prop_assert!(part.target == b.floor || b.steps.contains(&part.target));
                prop_assert!(part.target < b.target, "never up");
                prop_assert!(!c.standing.begun || b.state == BlockState::Restoring);
                // The plant's ramp: no more is counted on in 10 s than it brings.
                let ramp = b.limits.ramp_down_w_s;
                prop_assert!(ramp == Power::ZERO || part.in_10_s.watts() <= ramp.watts() * 10);
            }
            for left in &shed.excluded {
                prop_assert!(!left.reasons.is_empty());
            }
            Ok(())
        })?;
    }

    /// Its steps are as small and as far apart as it wants; the other's go as if it were not there.
    #[test]
    fn a_gateway_that_wants_small_steps_far_apart_holds_up_no_other(
        made in vec(made(), 0..60),
        slow in 1..150_000_i64,
        apart in 2..12_u32,
    ) {
        let (limit, slow) = (Power::from_megawatts(300), Power::from_watts(slow * 1_000));
        with(&made, |candidates| {
            let mut all = candidates.to_vec();
            for (n, one) in all.iter_mut().enumerate() {
                one.feed = FeedId(u16::from(n % 2 == 1));
            }
            let quick: Vec<_> = all.iter().filter(|c| c.feed == FeedId(0)).copied().collect();
            let alone = shed(&quick, "op", NOW, &even(limit));
            let cut = Cut { own: BTreeMap::from([(FeedId(1), (slow, apart))]), ..even(limit) };
            let shed = shed(&all, "op", NOW, &cut);
            prop_assert!(accounts_for_all(&shed, all.len()));
            let of = |feed: u16| {
                let turn = move |s: &Step| {
                    let parts = s.parts.iter().filter(|p| p.feed == FeedId(feed));
                    let most: Power = parts.clone().map(|p| p.most).sum();
                    (s.turn, parts.count(), most)
                };
                let all: Vec<_> = shed.steps.iter().map(turn).filter(|(_, n, _)| *n > 0).collect();
                all
            };
            let slows = of(1);
            prop_assert!(slows.windows(2).all(|two| two[1].0 - two[0].0 >= apart));
            prop_assert!(slows.iter().all(|(_, n, most)| *n == 1 || *most <= slow));
            let mut arrivals: BTreeMap<u64, Vec<Power>> = BTreeMap::new();
            for step in &shed.steps {
                let notice = step.parts[0].notice;
                prop_assert!(step.parts.iter().all(|p| p.notice == notice));
                let arrives = u64::from(step.turn) + notice.as_secs() / INTERVAL.as_secs();
                arrivals.entry(arrives).or_default().extend(step.parts.iter().map(|p| p.most));
            }
            let one = |most: &Vec<Power>| most.iter().copied().sum::<Power>() <= limit || most.len() == 1;
            prop_assert!(arrivals.values().all(one));
            // A turn of the slow one's takes room where it leaves and where it arrives, and no more.
            let last = alone.steps.last().map_or(0, |s| s.turn);
            let quick = of(0).last().map_or(0, |(turn, ..)| *turn);
            prop_assert!(quick as usize <= last as usize + 2 * slows.len(), "{quick} {last}");
            Ok(())
        })?;
    }

    #[test]
    fn nothing_that_is_only_careful_bars_an_emergency(kw in 1..400_000_i64) {
        let waits = [Made { kw, drawn: 90, ramp: 10, notice: 0, state: 0, odd: 6, standing: 3 }];
        with(&waits, |candidates| {
            prop_assert_eq!(bars(&candidates[0], "op", NOW), Vec::<Reason>::new());
            Ok(())
        })?;
        let made = [Made { kw, drawn: 90, ramp: 10, notice: 0, state: 0, odd: 6, standing: 1 }];
        with(&made, |candidates| {
            prop_assert_eq!(bars(&candidates[0], "op", NOW), Vec::<Reason>::new());
            prop_assert!(shed(candidates, "op", NOW, &even(Power::from_megawatts(300))).steps[0].parts[0].remembered);
            Ok(())
        })?;
    }
}

#[test]
fn the_biggest_and_fastest_goes_first() {
    let of = |kw, ramp| Made {
        kw,
        drawn: 100,
        ramp,
        notice: 0,
        state: 0,
        odd: 8,
        standing: 7,
    };
    // The second is bigger, but brings less in 10 s.
    let made = [of(50_000, 5_000), of(90_000, 1_000), of(80_000, 8_000)];
    with(&made, |candidates| {
        let shed = shed(candidates, "op", NOW, &even(Power::from_megawatts(100)));
        let order: Vec<&str> = shed.parts().map(|p| p.key.block.as_str()).collect();
        assert_eq!(order, ["b2", "b0", "b1"]);
        assert_eq!(shed.steps.len(), 3);
    });
}

#[test]
fn equal_blocks_fill_the_steps() {
    let made: Vec<Made> = (0..1_200)
        .map(|_| Made {
            kw: 2_000,
            drawn: 100,
            ramp: 200,
            notice: 0,
            state: 0,
            odd: 8,
            standing: 7,
        })
        .collect();
    with(&made, |candidates| {
        let shed = shed(candidates, "op", NOW, &even(Power::from_megawatts(300)));
        assert_eq!(shed.steps.len(), 8);
        assert_eq!(shed.moved(), Power::from_megawatts(2_400));
    });
}

/// With a cut that looks back over all steps this takes minutes.
#[test]
fn no_number_of_blocks_that_share_no_step_keeps_a_key_waiting() {
    let one = Made {
        kw: 200_000,
        drawn: 100,
        ramp: 200,
        notice: 0,
        state: 0,
        odd: 8,
        standing: 7,
    };
    let made = vec![one; 20_000];
    for (limit, own) in [(300, None), (300, Some(250))] {
        with(&made, |candidates| {
            let own = own.map(|mw| (FeedId(0), (Power::from_megawatts(mw), 1)));
            let cut = Cut {
                own: own.into_iter().collect(),
                ..even(Power::from_megawatts(limit))
            };
            assert_eq!(shed(candidates, "op", NOW, &cut).steps.len(), 20_000);
        });
    }
}

#[test]
fn the_direction_is_judged_by_the_band() {
    let bar = Bounds::DEFAULT.bar;
    assert_eq!(direction(None, bar), Direction::Unknown);
    assert_eq!(direction(Some(HIGH), bar), Direction::InBand);
    let at = |mhz| direction(Some(Hertz::from_millihertz(mhz)), bar);
    assert_eq!(at(50_201), Direction::TooHigh);
    assert_eq!(at(50_200), Direction::High);
    assert_eq!(at(50_051), Direction::High);
    assert_eq!(at(50_000), Direction::InBand);
    assert_eq!(at(49_949), Direction::Low);
}
