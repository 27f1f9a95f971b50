//! Schedules against all there are, and the checker against schedules that were changed after they were made.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::check::{Flaw, check};
use super::model::{Column, Model, Shape, Span, model};
use super::{NoSchedule, Profile, STEP, Schedule, schedule, sift};
use crate::control::interlock::{Candidate, Standing};
use crate::control::plan::{Prices, Terms, Worth};
use crate::domain::fleet::{Block, Site};
use crate::domain::ids::{FeedId, GatewayId};
use crate::domain::quality::Quality;
use crate::domain::sample::{self, NOW};
use crate::domain::units::Power;

fn terms(tariff: i64) -> Terms {
    Terms {
        worth: Worth::Money(Prices {
            hash: 52_000_000,
            tariff,
            tariffs: BTreeMap::new(),
            stop: 9_000_000,
        }),
        ..Terms::by_efficiency(BTreeMap::new())
    }
}

/// Blocks of every kind at two nodes, one of which has a limit.
fn nation(seeds: &[(i64, i64, u8)]) -> (Vec<Site>, Vec<Block>) {
    let mut sites = ["a", "b"].map(sample::site).to_vec();
    sites[0].grid_node = Arc::from("n1");
    sites[1].grid_node = Arc::from("n2");
    sites[1].node_limit = Some(Power::from_megawatts(18));
    let block = |(at, (mw, joules, what)): (usize, &(i64, i64, u8))| {
        let site = ["a", "b"][at % 2];
        let mut block = sample::block(site, &format!("{at:02}"), *mw, *joules as f64);
        block.limits.min_off = Duration::from_mins(5 * i64::from(what % 3).unsigned_abs());
        match what {
            0 => block.limits.must_run = Power::from_watts(mw * 250_000),
            1 => block.limits.ramp_down_w_s = Power::from_watts(mw * 1_000_000 / 400),
            2 => block.limits.ramp_up_w_s = Power::from_watts(mw * 1_000_000 / 400),
            3 => block.limits.notice = Duration::from_mins(2),
            4 => block.limits.calls_left = Some(1),
            5 => block.limits.starts_per_hour = Some(1),
            6 => block.steps = vec![Power::from_watts(mw * 400_000)],
            7 => {
                block.limits.min_on = Duration::from_mins(10);
                block.state_since = NOW.shifted(-60_000);
            }
            _ => {}
        }
        block
    };
    (sites, seeds.iter().enumerate().map(block).collect())
}

fn candidates<'a>(
    sites: &'a [Site],
    blocks: &'a [Block],
    gateway: &'a GatewayId,
) -> Vec<Candidate<'a>> {
    let of = |block: &'a Block| Candidate {
        site: sites
            .iter()
            .find(|site| site.id == block.site)
            .expect("every block has a site"),
        block,
        feed: FeedId(0),
        gateway,
        standing: Standing {
            age: Duration::ZERO,
            quality: Quality::Good,
            link_up: true,
            concern: crate::domain::quality::Concern::None,
            skew_known: true,
            order_pending: false,
            begun: false,
            seen_twice: false,
        },
    };
    blocks.iter().map(of).collect()
}

fn profile(tenths: &[i64], give_back: i64) -> Profile {
    Profile {
        step: STEP,
        wanted: tenths
            .iter()
            .map(|t| Power::from_watts(t * 100_000))
            .collect(),
        give_back: Power::from_watts(give_back * 100_000),
    }
}

/// Everything that a shape may do.
fn every(shape: &Shape, steps: usize) -> Vec<Column> {
    let mut all = vec![Column::default()];
    let mut at = 0;
    while at < all.len() {
        let known: Vec<Span> = all[at].calls().to_vec();
        let from = known.last().map_or(0, |span| usize::from(span.until));
        for way in 0..shape.ways.len() {
            for from in from..steps {
                for until in from + 1..=steps {
                    let span = Span {
                        from: from as u8,
                        until: until as u8,
                        way: way as u8,
                    };
                    let column = Column::of(&[&known[..], &[span]].concat());
                    if usize::from(column.len) > known.len() && shape.allows(&column, steps) {
                        all.push(column);
                    }
                }
            }
        }
        at += 1;
    }
    all
}

/// The least that any schedule of these blocks can cost, by trying every one of them.
fn least(model: &Model) -> Option<i64> {
    let mut blocks = Vec::new();
    for (shape, members) in model.shapes.iter().zip(&model.members) {
        let effects: Vec<_> = every(shape, model.steps)
            .iter()
            .map(|column| shape.effect(column, model.steps))
            .collect();
        blocks.extend(members.iter().map(|_| (shape.node, effects.clone())));
    }
    let mut best = None;
    let mut turn = vec![0; blocks.len()];
    loop {
        let sum = |of: &dyn Fn(usize) -> i64| (0..blocks.len()).map(of).sum::<i64>();
        let effect = |b: usize| &blocks[b].1[turn[b]];
        let fits = (0..model.steps).all(|at| {
            sum(&|b| effect(b).shed[at]) >= model.wanted[at]
                && sum(&|b| effect(b).back[at]) <= model.give_back
                && model.nodes.iter().enumerate().all(|(node, (_, limit))| {
                    let own = |b: usize| blocks[b].0 == Some(node as u32);
                    sum(&|b| if own(b) { effect(b).shed[at] } else { 0 }) <= *limit
                })
        });
        let cost = sum(&|b| effect(b).cost);
        if fits && best.is_none_or(|least| cost < least) {
            best = Some(cost);
        }
        let mut next = 0;
        while next < turn.len() {
            turn[next] += 1;
            if turn[next] < blocks[next].1.len() {
                break;
            }
            turn[next] = 0;
            next += 1;
        }
        if next == turn.len() {
            return best;
        }
    }
}

fn blocks(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<(i64, i64, u8)>> {
    prop::collection::vec((2..12_i64, 14..34_i64, 0..9_u8), count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn no_schedule_is_cheaper_than_the_bound_of_it(
        seeds in blocks(1..4),
        wanted in prop::collection::vec(0..150_i64, 4),
        back in 0..90_i64,
    ) {
        let (sites, own) = nation(&seeds);
        let gateway = GatewayId::new("g");
        let all = candidates(&sites, &own, &gateway);
        let asked = profile(&wanted, back);
        let terms = terms(31_000_000);
        let (usable, _) = sift(&all, &asked, "", NOW);
        let question = model(&usable, &asked, NOW, &terms);
        let best = least(&question);
        match schedule(&asked, &all, "", NOW, &terms) {
            Ok(made) => {
                prop_assert_eq!(check(&made, &all, "", NOW, &terms), Ok(()));
                let best = best.expect("what was scheduled can be scheduled");
                let off: i64 = made.shed.iter().map(|p| p.watts()).sum();
                let charged = made.value + off * made.charge;
                prop_assert!(charged >= best, "{} undercuts {}", charged, best);
                prop_assert!(charged - (made.value - made.bound) <= best, "the bound is above the best");
            }
            Err(NoSchedule::TooMuch { .. }) => prop_assert_eq!(best, None),
            Err(NoSchedule::NothingWanted) => prop_assert!(wanted.iter().all(|w| *w == 0)),
            Err(NoSchedule::NotFound { .. }) => {}
        }
    }

    #[test]
    fn every_schedule_passes_the_check_and_no_changed_one_does(
        seeds in blocks(4..14),
        part in 10..80_i64,
        shape in prop::collection::vec(0..10_i64, 12),
        earns in any::<bool>(),
    ) {
        let (sites, own) = nation(&seeds);
        let gateway = GatewayId::new("g");
        let all = candidates(&sites, &own, &gateway);
        let whole: i64 = seeds.iter().map(|(mw, ..)| mw * 10).sum();
        let wanted: Vec<i64> = shape.iter().map(|s| whole * part * s / 1_000).collect();
        let asked = profile(&wanted, whole * part / 400);
        let terms = terms(if earns { 120_000_000 } else { 31_000_000 });
        let Ok(made) = schedule(&asked, &all, "", NOW, &terms) else { return Ok(()) };
        prop_assert_eq!(check(&made, &all, "", NOW, &terms), Ok(()));
        for changed in changes(&made) {
            prop_assert!(check(&changed, &all, "", NOW, &terms).is_err(), "{:?}", changed);
        }
    }
}

/// Ways to make a schedule wrong.
fn changes(made: &Schedule) -> Vec<Schedule> {
    let watt = Power::from_watts(1);
    let change = |how: &dyn Fn(&mut Schedule)| {
        let mut changed = made.clone();
        how(&mut changed);
        changed
    };
    let mut list = vec![
        change(&|s| s.value += 1),
        change(&|s| s.bound = s.value + 1),
        change(&|s| s.shed[0] += watt),
        change(&|s| s.parts[0].worth -= 1),
        change(&|s| s.parts[0].shed[3] += watt),
        change(&|s| s.parts[0].calls[0].target += watt),
        change(&|s| s.parts[0].calls[0].from += 12),
        change(&|s| s.parts[0].calls.clear()),
        change(&|s| s.charge += 1),
        change(&|s| s.dual.cover[2] = -1),
        change(&|s| s.profile.wanted[s.parts[0].calls[0].from] = Power::from_megawatts(9_999)),
        change(&|s| {
            s.parts.remove(0);
        }),
        change(&|s| s.parts.push(s.parts[0].clone())),
        change(&|s| s.shed.truncate(5)),
    ];
    // A charge means another bound, and may by luck be no worse than the one that was proven.
    list.retain(|changed| changed.charge == made.charge);
    list
}

#[test]
fn what_needs_too_much_is_told_step_by_step() {
    let (sites, own) = nation(&[(10, 20, 8), (6, 25, 7)]);
    let gateway = GatewayId::new("g");
    let all = candidates(&sites, &own, &gateway);
    let asked = profile(&[90, 120, 170, 0], 100);
    let Err(NoSchedule::TooMuch { most, .. }) = schedule(&asked, &all, "", NOW, &terms(0)) else {
        panic!("16 MW are less than 17");
    };
    // The second has been on for a minute of ten: it can be called from the third step on.
    let mw: Vec<i64> = most.iter().map(|p| p.watts() / 1_000_000).collect();
    assert_eq!(mw, [10, 10, 16, 16]);
    let nothing = schedule(&profile(&[0; 4], 1), &all, "", NOW, &terms(0));
    assert_eq!(nothing, Err(NoSchedule::NothingWanted));
}

#[test]
fn a_restore_that_is_capped_takes_longer_and_costs_more() {
    let (sites, own) = nation(&[(4, 20, 8); 8]);
    let gateway = GatewayId::new("g");
    let all = candidates(&sites, &own, &gateway);
    let wanted = [200, 200, 0, 0, 0, 0, 0, 0];
    let cost = |back: i64| {
        let made = schedule(&profile(&wanted, back), &all, "", NOW, &terms(31_000_000));
        let made = made.expect("20 of 32 MW can be off");
        assert_eq!(check(&made, &all, "", NOW, &terms(31_000_000)), Ok(()));
        made.value
    };
    let (free, slow) = (cost(200), cost(40));
    assert!(free < slow, "{free} {slow}");
    // Two more blocks' worth coming back in a step than may is refused.
    let fast = schedule(&profile(&wanted, 200), &all, "", NOW, &terms(31_000_000));
    let mut fast = fast.expect("20 of 32 MW can be off");
    fast.profile.give_back = Power::from_megawatts(4);
    let said = check(&fast, &all, "", NOW, &terms(31_000_000));
    assert!(matches!(said, Err(Flaw::GiveBack(..))), "{said:?}");
}
