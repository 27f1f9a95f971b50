//! The checker against plans that were changed after they were made.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::amount::Amount;
use super::check::{Closeness, Flaw, check};
use super::interlock::{Candidate, Standing};
use super::plan::{Ask, NoPlan, Plan, Prices, Terms, Worth, plan};
use crate::domain::fleet::{Block, BlockState, Site};
use crate::domain::ids::{FeedId, GatewayId};
use crate::domain::order::{OrderKind, PlanHash};
use crate::domain::quality::Quality;
use crate::domain::sample::{self, NOW};
use crate::domain::units::Power;

const FRESH: Standing = Standing {
    age: Duration::ZERO,
    quality: Quality::Good,
    link_up: true,
    concern: crate::domain::quality::Concern::None,
    skew_known: true,
    order_pending: false,
    begun: false,
    seen_twice: false,
};

/// Sites of one node each two, blocks of every kind.
fn nation(seeds: &[(i64, f64, u8)], down: bool) -> (Vec<Site>, Vec<Block>) {
    let mut sites: Vec<Site> = ["a", "b", "c"].map(sample::site).to_vec();
    for (site, node) in sites.iter_mut().zip(["n1", "n1", "n2"]) {
        site.grid_node = Arc::from(node);
        site.node_limit = Some(Power::from_megawatts(60));
    }
    let blocks = seeds.iter().enumerate().map(|(i, (mw, joules, what))| {
        let mut block = sample::block(["a", "b", "c"][i % 3], &format!("{i:02}"), *mw, *joules);
        block.steps = vec![Power::from_megawatts(mw / 2), Power::from_megawatts(mw / 3)];
        match what {
            0 => block.limits.must_run = Power::from_megawatts(mw / 4),
            1 => block.limits.ramp_down_w_s = Power::from_watts(20_000),
            2 => block.limits.shed_hours_30d = 100.0,
            3 => block.limits.notice = Duration::from_mins(2),
            _ => {}
        }
        if !down {
            block.state = BlockState::Curtailed;
            block.power = Some(Power::ZERO);
            block.target = Power::ZERO;
        }
        block
    });
    let blocks = blocks.collect();
    (sites, blocks)
}

fn terms(money: bool) -> Terms {
    let mut terms = Terms::by_efficiency(BTreeMap::from([(
        Arc::from("n1"),
        Power::from_megawatts(10),
    )]));
    if money {
        terms.worth = Worth::Money(Prices {
            hash: 52_000_000,
            tariff: 61_500_000,
            tariffs: BTreeMap::new(),
            stop: 12_000_000,
        });
    }
    terms
}

fn with<T>(
    seeds: &[(i64, f64, u8)],
    kind: OrderKind,
    mw: i64,
    money: bool,
    then: impl FnOnce(&Result<Plan, NoPlan>, &[Candidate<'_>], &Terms) -> T,
) -> T {
    let (sites, blocks) = nation(seeds, kind == OrderKind::Curtail);
    let gateway = GatewayId::new("g");
    let candidates: Vec<Candidate<'_>> = blocks
        .iter()
        .map(|block| Candidate {
            site: sites
                .iter()
                .find(|s| s.id == block.site)
                .expect("the site is there"),
            block,
            feed: FeedId(0),
            gateway: &gateway,
            standing: FRESH,
        })
        .collect();
    let ask = Ask {
        kind,
        amount: Amount::Power(Power::from_megawatts(mw)),
        within: Duration::from_mins(5),
    };
    let terms = terms(money);
    let made = plan(ask, &candidates, "op", NOW, &terms);
    then(&made, &candidates, &terms)
}

/// Changes a plan in one of many ways; each of them must be seen.
fn spoil(plan: &mut Plan, how: u8, which: usize) {
    let at = which % plan.moves.len();
    let watt = Power::from_watts(1);
    match how {
        0 => plan.moves[at].target += watt,
        1 => plan.moves[at].target -= watt,
        2 => plan.moves[at].moved += watt,
        3 => plan.moves[at].counts += watt,
        4 => plan.moves[at].worth -= 1,
        5 => plan.moves[at].epoch += 1,
        6 => plan.moved += watt,
        7 => plan.wanted += Power::from_megawatts(1_000),
        8 => plan.proof.value -= 1,
        9 => plan.hash = PlanHash([7; 32]),
        10 => {
            let twice = plan.moves[at].clone();
            plan.moves.push(twice);
        }
        11 => {
            plan.moves.remove(at);
        }
        12 => plan.moves[at].gateway = GatewayId::new("other"),
        _ => plan.moves[at].key.block = crate::domain::ids::BlockId::new("none"),
    }
}

proptest! {
    /// Every plan passes; none does once a single figure of it was changed.
    #[test]
    fn a_changed_plan_is_refused(
        seeds in prop::collection::vec((3..30i64, 14.0..35.0f64, 0..6u8), 1..14),
        mw in 1..150i64,
        down in any::<bool>(),
        money in any::<bool>(),
        how in 0..14u8,
        which in any::<usize>(),
    ) {
        let kind = if down { OrderKind::Curtail } else { OrderKind::Restore };
        with(&seeds, kind, mw, money, |made, candidates, terms| {
            let Ok(made) = made else { return Ok(()) };
            prop_assert_eq!(check(made, candidates, NOW, terms, Closeness::Exact), Ok(()));
            prop_assert_eq!(check(made, candidates, NOW, terms, Closeness::Since), Ok(()));
            let mut spoilt = made.clone();
            spoil(&mut spoilt, how, which);
            // A restore that wants more than it is given is no fault of the plan.
            if how != 7 || down {
                prop_assert!(check(&spoilt, candidates, NOW, terms, Closeness::Exact).is_err(), "{}", how);
            }
            Ok(())
        })?;
    }
}

#[test]
fn a_node_that_could_not_carry_it_is_named() {
    let seeds = [(30, 18.0, 9), (30, 18.0, 9), (30, 18.0, 9)];
    with(
        &seeds,
        OrderKind::Restore,
        50,
        false,
        |made, candidates, terms| {
            let made = made
                .as_ref()
                .expect("30 MW at one node and 15 at the other");
            let mut full = terms.clone();
            full.node_loads
                .insert(Arc::from("n1"), Power::from_megawatts(59));
            let flaw = check(made, candidates, NOW, &full, Closeness::Since);
            assert_eq!(flaw, Err(Flaw::Node("n1".to_owned())));
        },
    );
}

#[test]
fn a_bound_above_the_cost_is_no_bound() {
    with(
        &[(9, 18.0, 9)],
        OrderKind::Curtail,
        3,
        true,
        |made, candidates, terms| {
            let mut made = made.clone().expect("3 of 9 MW can go");
            made.proof.bound = made.proof.value + 1;
            let flaw = check(&made, candidates, NOW, terms, Closeness::Exact);
            assert_eq!(flaw, Err(Flaw::Worth));
        },
    );
}

#[test]
fn what_earns_money_by_stopping_is_still_not_shed_beyond_need() {
    let (sites, blocks) = nation(&[(9, 18.0, 9), (9, 30.0, 9), (9, 25.0, 9)], true);
    let gateway = GatewayId::new("g");
    let candidates: Vec<Candidate<'_>> = blocks
        .iter()
        .zip(&sites)
        .map(|(block, site)| Candidate {
            site,
            block,
            feed: FeedId(0),
            gateway: &gateway,
            standing: FRESH,
        })
        .collect();
    let mut terms = terms(true);
    if let Worth::Money(prices) = &mut terms.worth {
        prices.tariff = 900_000_000;
    }
    let ask = Ask {
        kind: OrderKind::Curtail,
        amount: Amount::Power(Power::from_megawatts(9)),
        within: Duration::from_mins(5),
    };
    let made = plan(ask, &candidates, "op", NOW, &terms).expect("9 of 27 MW can go");
    assert!(made.proof.value < 0, "stopping saves money");
    assert_eq!(made.moved, Power::from_megawatts(9));
    assert_eq!(
        made.moves[0].key.block.as_str(),
        "01",
        "what loses most goes"
    );
    assert_eq!(
        check(&made, &candidates, NOW, &terms, Closeness::Exact),
        Ok(())
    );
}

#[test]
fn blocks_in_place_of_late_ones_are_named_bounded_and_checked() {
    let seeds = [(9, 30.0, 9), (9, 25.0, 9), (9, 18.0, 9), (9, 17.0, 9)];
    with(
        &seeds,
        OrderKind::Curtail,
        5,
        false,
        |made, candidates, terms| {
            let made = made.as_ref().expect("5 of 36 MW can go");
            let moved = made.moves[0].moved;
            let most: Power = made.spares.iter().map(|spare| spare.moves).sum();
            assert!(!made.spares.is_empty() && most >= moved && most < moved + moved);
            let exact = |plan: &Plan| check(plan, candidates, NOW, terms, Closeness::Exact);
            assert_eq!(exact(made), Ok(()));
            let key = made.spares[0].key.clone();
            let spare = || Err(Flaw::Spare(key.clone()));
            let mut more = made.clone();
            more.spares[0].moves += Power::from_watts(1);
            assert_eq!(exact(&more), spare());
            let mut twice = made.clone();
            twice.spares.push(twice.spares[0].clone());
            assert_eq!(exact(&twice), spare());
            let mut elsewhere = made.clone();
            elsewhere.spares[0].gateway = GatewayId::new("other");
            assert_eq!(exact(&elsewhere), spare());
            let mut fewer = made.clone();
            fewer.spares.clear();
            assert_eq!(
                exact(&fewer),
                Err(Flaw::Hash),
                "what was confirmed is in the hash"
            );
        },
    );
}
