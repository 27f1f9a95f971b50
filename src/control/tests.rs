//! Plans and orders under all that can happen.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::amount::Amount;
use super::interlock::{Candidate, Standing, lowest, reasons};
use super::order::{self, Event, Life, Record};
use super::plan::{Ask, NoPlan, Plan, Terms, plan};
use super::sheddable::sheddable;
use crate::domain::fleet::{Block, BlockState, Site, Tag};
use crate::domain::ids::{BlockId, FeedId, GatewayId, OrderId, SiteId};
use crate::domain::order::{
    Order, OrderKind, OrderStatus, OrderTarget, Phase, PlanHash, Reason, TargetStatus,
};
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

fn gateway() -> GatewayId {
    GatewayId::new("g")
}

fn planned(site: &Site, blocks: &[Block], amount: Amount, kind: OrderKind) -> Result<Plan, NoPlan> {
    let gateway = gateway();
    let candidates: Vec<Candidate<'_>> = blocks
        .iter()
        .map(|b| candidate(site, b, &gateway, FRESH))
        .collect();
    let ask = Ask {
        kind,
        amount,
        within: Duration::from_mins(5),
    };
    let terms = Terms::by_efficiency(std::collections::BTreeMap::new());
    plan(ask, &candidates, "op", NOW, &terms)
}

fn candidate<'a>(
    site: &'a Site,
    block: &'a Block,
    gateway: &'a GatewayId,
    standing: Standing,
) -> Candidate<'a> {
    Candidate {
        site,
        block,
        feed: FeedId(0),
        gateway,
        standing,
    }
}

#[test]
#[allow(
    clippy::too_many_lines,
    reason = "one line or two for each interlock, all in one place"
)]
fn every_interlock_speaks_for_itself() {
    let gateway = gateway();
    let mut site = sample::site("s");
    let block = sample::block("s", "1", 10, 18.0);
    let said = |site: &Site, block: &Block, standing: Standing, kind| {
        reasons(&candidate(site, block, &gateway, standing), kind, "op", NOW)
    };
    let down = OrderKind::Curtail;
    assert!(said(&site, &block, FRESH, down).is_empty());
    let old = Standing {
        quality: Quality::Stale,
        age: Duration::from_secs(40),
        ..FRESH
    };
    assert_eq!(
        said(&site, &block, old, down)[0].sentence(),
        "telemetry stale 40 s"
    );
    assert!(
        said(
            &site,
            &block,
            Standing {
                link_up: false,
                ..FRESH
            },
            down
        )
        .contains(&Reason::LinkDown)
    );
    let skewless = said(
        &site,
        &block,
        Standing {
            skew_known: false,
            ..FRESH
        },
        down,
    );
    assert_eq!(skewless[0].code(), "unknown_skew");
    assert_eq!(
        said(
            &site,
            &block,
            Standing {
                order_pending: true,
                ..FRESH
            },
            down
        ),
        [Reason::OrderPending]
    );
    assert_eq!(
        said(
            &site,
            &block,
            Standing {
                seen_twice: true,
                ..FRESH
            },
            down
        ),
        [Reason::SeenTwice]
    );
    let local = Block {
        state: BlockState::Local,
        ..block.clone()
    };
    assert_eq!(said(&site, &local, FRESH, down), [Reason::LocalMode]);
    let tag = Tag {
        id: None,
        kind: Arc::from("maintenance"),
        owner: Arc::from("Ada"),
        reason: Arc::from("fans"),
    };
    let tagged = Block {
        tags: vec![tag],
        ..block.clone()
    };
    assert_eq!(
        said(&site, &tagged, FRESH, down),
        [Reason::Tagged {
            owner: Arc::from("Ada")
        }]
    );
    let mut spent = block.clone();
    spent.limits.calls_left = Some(0);
    assert_eq!(said(&site, &spent, FRESH, down), [Reason::CallsExhausted]);
    spent.limits.calls_left = None;
    spent.limits.shed_hours_30d = 240.0;
    assert_eq!(
        said(&site, &spent, FRESH, down),
        [Reason::ShedHours { cap: 240 }]
    );
    let mut young = Block {
        state_since: NOW - Duration::from_mins(1),
        ..block.clone()
    };
    young.limits.min_on = Duration::from_mins(10);
    assert_eq!(
        said(&site, &young, FRESH, down),
        [Reason::MinimumOn {
            left: Duration::from_mins(9)
        }]
    );
    let mut off = Block {
        state: BlockState::Curtailed,
        power: Some(Power::ZERO),
        target: Power::ZERO,
        state_since: NOW - Duration::from_mins(1),
        ..block.clone()
    };
    assert_eq!(said(&site, &off, FRESH, down), [Reason::AlreadyThere]);
    off.limits.min_off = Duration::from_mins(12);
    assert_eq!(
        said(&site, &off, FRESH, OrderKind::Restore)[0].sentence(),
        "minimum off time, 11 min to go"
    );
    off.limits.min_off = Duration::ZERO;
    off.limits.starts_per_hour = Some(2);
    off.limits.starts_last_hour = 2;
    assert_eq!(
        said(&site, &off, FRESH, OrderKind::Restore),
        [Reason::StartsPerHour { limit: 2 }]
    );
    site.authority.holder = Some(Arc::from("other"));
    assert_eq!(
        said(&site, &block, FRESH, down),
        [Reason::Authority {
            holder: Arc::from("other")
        }]
    );
}

#[test]
fn heat_customers_keep_their_floor() {
    let site = sample::site("s");
    let mut block = sample::block("s", "1", 10, 18.0);
    block.limits.must_run = Power::from_megawatts(4);
    let all =
        planned(&site, &[block.clone()], Amount::All, OrderKind::Curtail).expect("6 MW can go");
    assert_eq!(all.moves[0].target, Power::from_megawatts(4));
    block.limits.must_run_until = Some(NOW - Duration::from_secs(1));
    let all = planned(&site, &[block], Amount::All, OrderKind::Curtail).expect("10 MW can go");
    assert_eq!(
        all.moves[0].target,
        Power::ZERO,
        "a must-run that is over binds no more"
    );
}

#[test]
fn the_least_efficient_goes_first_and_the_last_one_fits() {
    let site = sample::site("s");
    let blocks = [
        sample::block("s", "1", 30, 15.0),
        sample::block("s", "2", 20, 29.5),
        sample::block("s", "3", 12, 17.5),
        sample::block("s", "4", 9, 16.0),
    ];
    let made = planned(
        &site,
        &blocks,
        Amount::Power(Power::from_megawatts(28)),
        OrderKind::Curtail,
    )
    .expect("fits");
    let names: Vec<&str> = made.moves.iter().map(|m| m.key.block.as_str()).collect();
    assert_eq!(
        names,
        ["2", "4"],
        "20 MW of the worst, then the smallest that completes 28"
    );
    assert_eq!(made.moved, Power::from_megawatts(29));
}

#[test]
fn a_restore_gives_the_efficient_back_first_and_never_more_than_asked() {
    let site = sample::site("s");
    let mut blocks = [
        sample::block("s", "1", 10, 30.0),
        sample::block("s", "2", 10, 15.0),
        sample::block("s", "3", 10, 20.0),
    ];
    for block in &mut blocks {
        // Half way, so that its efficiency is known.
        block.power = Some(Power::from_megawatts(5));
        block.target = Power::from_megawatts(5);
        block.hashrate = crate::domain::units::Hashrate::from_hs(block.hashrate.hs() / 2.0);
    }
    let amount = Amount::Power(Power::from_megawatts(12));
    let made = planned(&site, &blocks, amount, OrderKind::Restore).expect("two fit");
    let names: Vec<&str> = made.moves.iter().map(|m| m.key.block.as_str()).collect();
    assert_eq!(
        (names, made.moved),
        (vec!["2", "3"], Power::from_megawatts(10))
    );
    let little = Amount::Power(Power::from_megawatts(4));
    let none = planned(&site, &blocks, little, OrderKind::Restore);
    assert!(
        matches!(none, Err(NoPlan::TooLittle { least, .. }) if least == Power::from_megawatts(5))
    );
}

#[test]
fn what_ramps_too_slowly_does_not_count() {
    let site = sample::site("s");
    let mut slow = sample::block("s", "1", 10, 18.0);
    slow.limits.ramp_down_w_s = Power::from_watts(10_000);
    let refused = planned(
        &site,
        &[slow],
        Amount::Power(Power::from_megawatts(5)),
        OrderKind::Curtail,
    );
    assert!(
        matches!(refused, Err(NoPlan::TooMuch { most, .. }) if most == Power::from_megawatts(3))
    );
}

#[test]
fn the_hash_names_what_is_ordered_and_not_what_is_measured() {
    let site = sample::site("s");
    let mut blocks = [sample::block("s", "1", 10, 18.0)];
    let first = planned(&site, &blocks, Amount::All, OrderKind::Curtail).expect("fits");
    blocks[0].power = Some(Power::from_watts(9_990_000));
    let later = planned(&site, &blocks, Amount::All, OrderKind::Curtail).expect("fits");
    assert_eq!(first.hash, later.hash);
    blocks[0].floor = Power::from_watts(1_000);
    let other = planned(&site, &blocks, Amount::All, OrderKind::Curtail).expect("fits");
    assert_ne!(first.hash, other.hash);
}

fn fleets() -> impl Strategy<Value = Vec<Block>> {
    let one = (
        1..80i64,
        14.0..35.0f64,
        0..4u8,
        0..30i64,
        prop::collection::vec(0..80i64, 0..3),
    );
    prop::collection::vec(one, 1..25).prop_map(|parts| {
        parts
            .into_iter()
            .enumerate()
            .map(|(i, (mw, joules, what, must_run, steps))| {
                let mut block = sample::block("s", &i.to_string(), mw, joules);
                block.steps = steps.into_iter().map(Power::from_megawatts).collect();
                match what {
                    0 => block.state = BlockState::Local,
                    1 => block.limits.must_run = Power::from_megawatts(must_run),
                    2 => block.limits.ramp_down_w_s = Power::from_watts(50_000),
                    _ => {}
                }
                block
            })
            .collect()
    })
}

proptest! {
    /// A plan is never short, orders nothing that an interlock bars, asks no block for less than its lowest or for
    /// something that it can't hold, and holds no block that it could do without.
    #[test]
    fn plans_keep_their_word(blocks in fleets(), mw in 1..400i64) {
        let site = sample::site("s");
        let wanted = Power::from_megawatts(mw);
        let within = Duration::from_mins(5);
        let by_id = |id: &str| blocks.iter().find(|b| b.id.as_str() == id).expect("planned blocks exist");
        match planned(&site, &blocks, Amount::Power(wanted), OrderKind::Curtail) {
            Ok(made) => {
                let counts: Vec<Power> = made.moves.iter()
                    .map(|m| super::sheddable::arriving(by_id(m.key.block.as_str()), m.moved, within)).collect();
                let sum: Power = counts.iter().copied().sum();
                prop_assert!(sum >= wanted);
                for (part, count) in made.moves.iter().zip(&counts) {
                    let block = by_id(part.key.block.as_str());
                    prop_assert!(block.state != BlockState::Local);
                    prop_assert!(part.target >= lowest(block, NOW));
                    prop_assert!(part.target == lowest(block, NOW) || block.steps.contains(&part.target));
                    prop_assert!(sum - *count < wanted, "block {} is not needed", part.key.block.as_str());
                }
                let keys: BTreeSet<_> = made.moves.iter().map(|m| &m.key).collect();
                prop_assert_eq!(keys.len(), made.moves.len());
                prop_assert!(made.excluded.iter().all(|e| !keys.contains(&e.key) && !e.reasons.is_empty()));
            }
            Err(NoPlan::TooMuch { most, .. }) => {
                let gateway = gateway();
                let possible: Power = blocks.iter()
                    .map(|b| sheddable(&candidate(&site, b, &gateway, FRESH), "op", NOW)[2]).sum();
                prop_assert_eq!(most, possible);
                prop_assert!(possible < wanted);
            }
            Err(NoPlan::Unmeasured(_) | NoPlan::TooLittle { .. }) => {
                prop_assert!(false, "every block here is measured, and this is no restore");
            }
            Err(NoPlan::Nothing(excluded)) => prop_assert_eq!(excluded.len(), blocks.len()),
        }
    }
}

fn record() -> Record {
    let order = Order {
        id: OrderId(1),
        plan: PlanHash([0; 32]),
        nation: Arc::from("n"),
        gateway: gateway(),
        kind: OrderKind::Curtail,
        targets: vec![OrderTarget {
            site: SiteId::new("s"),
            block: BlockId::new("b"),
            target: Power::ZERO,
            epoch: 0,
            site_seq: 1,
            after: Duration::ZERO,
        }],
        substitutes: Vec::new(),
        extra_max: Power::ZERO,
        reason: Arc::from(""),
        issued_by: Arc::from("op"),
        countersigned_by: None,
        issued_at: NOW,
        expires_at: NOW,
        lease: Duration::ZERO,
        signature: None,
        emergency: false,
        countersignature: None,
        desk: None,
        countersigned_desk: None,
        freq_seen: None,
        not_before: None,
    };
    Record::sent(order, FeedId(0), Power::from_megawatts(1), NOW)
}

fn said(phase: Phase) -> Event {
    Event::Status(OrderStatus {
        id: OrderId(1),
        phase,
        at: NOW,
        detail: "".into(),
        targets: vec![TargetStatus {
            site: SiteId::new("s"),
            block: BlockId::new("b"),
            phase,
            reasons: Vec::new(),
            delivered: Some(Power::from_megawatts(1)),
            measured_at: Some(NOW + Duration::from_millis(1)),
        }],
        issued: None,
    })
}

const PHASES: [Phase; 9] = [
    Phase::Received,
    Phase::Accepted,
    Phase::Rejected,
    Phase::Executing,
    Phase::Delivered,
    Phase::Failed,
    Phase::Expired,
    Phase::Cancelled,
    Phase::NotSeen,
];

fn events() -> impl Strategy<Value = Vec<Event>> {
    let one = prop_oneof![
        4 => (0..PHASES.len()).prop_map(|i| said(PHASES[i])),
        1 => Just(Event::LinkLost),
        1 => Just(Event::LinkBack),
        1 => Just(Event::LinkStands),
        1 => Just(Event::NotSent),
    ];
    prop::collection::vec(one, 0..20)
}

proptest! {
    /// Lost, doubled, late and reordered: an outcome stands only if the gateway said it, and once final it stays.
    #[test]
    fn an_order_never_invents_an_outcome(events in events()) {
        let mut record = record();
        let mut heard = BTreeSet::new();
        for event in events {
            if let Event::Status(status) = &event {
                heard.insert(status.phase);
            }
            let before = record.life;
            order::apply(&mut record, event, NOW);
            if let Life::Said(phase) = record.life {
                prop_assert!(heard.contains(&phase));
            }
            let denied = matches!(before, Life::Said(phase) if phase.is_denial());
            if denied && record.life != before {
                prop_assert!(record.denied.is_some() && record.went_wrong());
            } else if before.is_final() && !matches!(before, Life::NotSent | Life::Forgotten) {
                prop_assert_eq!(record.life, before);
            }
        }
    }
}

#[test]
fn a_lost_link_makes_the_fate_unknown_until_the_gateway_is_asked() {
    let mut record = record();
    order::apply(&mut record, said(Phase::Accepted), NOW);
    order::apply(&mut record, Event::LinkLost, NOW);
    assert_eq!(record.life, Life::Unknown);
    assert_eq!(
        order::apply(&mut record, Event::LinkBack, NOW),
        Some(order::Ask::Query(OrderId(1)))
    );
    assert_eq!(
        order::apply(&mut record, Event::LinkBack, NOW),
        None,
        "asked once"
    );
    order::apply(&mut record, said(Phase::Accepted), NOW);
    assert_eq!(
        record.life,
        Life::Said(Phase::Accepted),
        "the same answer ends the doubt"
    );
    order::apply(&mut record, said(Phase::Delivered), NOW);
    order::apply(&mut record, said(Phase::Executing), NOW);
    assert_eq!(
        record.life,
        Life::Said(Phase::Delivered),
        "a late answer takes nothing back"
    );
}

#[test]
fn another_desks_order_is_neither_undone_nor_counted_twice() {
    let site = sample::site("s");
    let mut block = sample::block("s", "1", 80, 18.0);
    // On its way from 80 to 50 MW by someone's order.
    block.state = BlockState::Ramping;
    block.target = Power::from_megawatts(50);
    block.steps = vec![Power::from_megawatts(60), Power::from_megawatts(20)];
    let blocks = [block];
    let made = planned(
        &site,
        &blocks,
        Amount::Power(Power::from_megawatts(10)),
        OrderKind::Curtail,
    )
    .expect("fits");
    assert_eq!(made.moves[0].target, Power::from_megawatts(20));
    assert_eq!(made.moved, Power::from_megawatts(30), "50 to 20");
    assert_eq!(made.by_site()[0].after, Power::from_megawatts(20));
    let gateway = gateway();
    let open = sheddable(&candidate(&site, &blocks[0], &gateway, FRESH), "op", NOW);
    assert_eq!(
        open[3],
        Power::from_megawatts(50),
        "the rest is ordered already"
    );
}

#[test]
fn a_share_of_what_nothing_measures_is_no_plan() {
    let site = sample::site("s");
    let mut block = sample::block("s", "1", 1, 18.0);
    block.power = None;
    let none = planned(&site, &[block], Amount::Portion(500), OrderKind::Curtail);
    assert!(matches!(none, Err(NoPlan::Unmeasured(_))), "{none:?}");
}

#[test]
fn a_gateway_that_lost_its_memory_ends_the_doubt_without_an_outcome() {
    let mut record = record();
    order::apply(&mut record, said(Phase::Executing), NOW);
    order::apply(&mut record, Event::LinkLost, NOW);
    order::apply(&mut record, Event::LinkBack, NOW);
    order::apply(&mut record, said(Phase::NotSeen), NOW);
    assert_eq!(record.life, Life::Forgotten);
    assert!(record.life.is_final(), "it bars its blocks no longer");
    assert!(record.detail.contains("meters"));
}

#[test]
fn a_question_that_was_not_sent_says_nothing_of_the_order() {
    let mut asked = record();
    let late = NOW + order::ANSWER_WITHIN;
    let ask = order::apply(&mut asked, Event::LinkStands, late);
    assert_eq!(ask, Some(order::Ask::Query(OrderId(1))));
    order::apply(&mut asked, Event::NotSent, late);
    assert_eq!(asked.life, Life::Sent);
    let mut lost = record();
    for event in [Event::LinkLost, Event::LinkBack, Event::LinkLost] {
        order::apply(&mut lost, event, NOW);
    }
    order::apply(&mut lost, Event::NotSent, NOW);
    assert_eq!(lost.life, Life::Unknown, "it may have been executed");
}

#[test]
fn a_refusal_is_no_acceptance() {
    let mut record = record();
    order::apply(&mut record, said(Phase::Received), NOW);
    assert_eq!(record.accepted_at(), None);
    let mut refused = record.clone();
    order::apply(&mut refused, said(Phase::Rejected), NOW);
    assert_eq!((refused.accepted_at(), refused.ended_at), (None, Some(NOW)));
    order::apply(&mut record, said(Phase::Accepted), NOW);
    assert_eq!(record.accepted_at(), Some(NOW));
}
