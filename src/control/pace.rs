//! How emergency sheds go at a gateway: what may be called one, how far apart they begin, and which frequency bars them.
//!
//! Invariant: two steps never begin closer together than the interval, less a little for jitter, however they came,
//! and whatever was called back or expired between them.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::emergency::HIGH;
use crate::domain::ids::SiteId;
use crate::domain::order::{FREQUENCY_HIGH, Order, OrderKind, PlanHash, Reason};
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

/// A step may come so much sooner: links and clocks are not exact.
pub const JITTER: Duration = Duration::from_millis(500);
/// Steps that wait for their turn at most.
pub const MOST_HELD: usize = 10;
/// Plans whose sites are remembered.
const MOST_PLANS: usize = 64;

/// What has begun at a gateway.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    last: Option<Timestamp>,
    plans: VecDeque<(PlanHash, BTreeSet<SiteId>)>,
}

impl Pace {
    /// A step has begun.
    pub fn began(&mut self, now: Timestamp) {
        self.last = self.last.max(Some(now));
    }

    /// May a step begin now?
    pub fn may_begin(&self, now: Timestamp, interval: Duration) -> bool {
        self.last.is_none_or(|last| apart(last, now, interval))
    }

    /// The first time from `from` on that is an interval away from the last step and from all that are `taken`.
    pub fn slot(&self, from: Timestamp, taken: &[Timestamp], interval: Duration) -> Timestamp {
        let others = || self.last.iter().chain(taken).copied();
        let after = others().map(|at| at + interval).filter(|at| *at > from);
        let free = |at: &Timestamp| others().all(|other| apart(other, *at, interval));
        let last = others().max().map_or(from, |last| last + interval);
        std::iter::once(from)
            .chain(after)
            .filter(free)
            .min()
            .unwrap_or(last)
    }

    /// Does this order, with all that was accepted of its plan before, reach beyond one site?
    pub fn is_wide(&self, order: &Order) -> bool {
        let of = |(plan, _): &&(PlanHash, _)| *plan == order.plan;
        let known = self.plans.iter().find(of).map(|(_, sites)| sites);
        let all: BTreeSet<&SiteId> = known.into_iter().flatten().chain(sites(order)).collect();
        all.len() > 1
    }

    /// An emergency shed was accepted: its sites are its plan's.
    pub fn accepted(&mut self, order: &Order) {
        let at = self.plans.iter().position(|(plan, _)| *plan == order.plan);
        let mut known = at.and_then(|at| self.plans.remove(at));
        let (_, all) = known.get_or_insert_with(|| (order.plan, BTreeSet::new()));
        all.extend(sites(order).cloned());
        self.plans.extend(known);
        if self.plans.len() > MOST_PLANS {
            self.plans.pop_front();
        }
    }
}

/// Where an order may move something.
pub fn sites(order: &Order) -> impl Iterator<Item = &SiteId> {
    let own = order.targets.iter().map(|target| &target.site);
    own.chain(order.substitutes.iter().map(|key| &key.site))
}

fn apart(one: Timestamp, other: Timestamp, interval: Duration) -> bool {
    one.age(other).max(other.age(one)) >= interval.saturating_sub(JITTER)
}

/// What stands against an emergency by itself: it must shed, in a step that is small enough. A single block can't be
/// cut: it may be larger.
pub fn misused(order: &Order, moved: Power, most: Power) -> Option<Reason> {
    let stated = |code: &str, text| Reason::Stated {
        code: code.into(),
        text,
    };
    if !order.emergency {
        return None;
    }
    if order.kind == OrderKind::Restore {
        let text = told!(
            "emergency-restore",
            "an emergency is for shedding: give load back with an order that is none"
        );
        return Some(stated("emergency_restore", text));
    }
    let one = order.targets.len() == 1 && order.substitutes.is_empty();
    (moved > most && !one).then(|| {
        let most_kw = most.watts() / 1_000;
        let text = told!(
            "emergency-step",
            "an emergency goes in steps of at most {most_kw} MW",
            most_kw = most_kw
        );
        stated("emergency_step", text)
    })
}

/// Too many steps wait already.
pub fn too_many() -> Reason {
    Reason::Stated {
        code: "emergency_queue".into(),
        text: told!(
            "emergency-queue",
            "{n} emergency steps wait for their turn here already",
            n = MOST_HELD
        ),
    }
}

/// What a frequency says to an emergency shed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Fine,
    /// It is high, and will rise further.
    Warns(Hertz),
    /// It is so high that more than one site is not shed.
    Bars(Hertz),
}

/// Judges a fresh, good and undisputed frequency; none where there is none. One site is never barred.
pub fn verdict(frequency: Option<Hertz>, bar: Hertz, wide: bool) -> Verdict {
    match frequency {
        Some(hertz) if hertz > bar && wide => Verdict::Bars(hertz),
        Some(hertz) if hertz > HIGH.min(bar) => Verdict::Warns(hertz),
        _ => Verdict::Fine,
    }
}

impl Verdict {
    /// What bars it.
    pub fn bar(self) -> Option<Reason> {
        let Self::Bars(hertz) = self else { return None };
        Some(Reason::Stated {
            code: FREQUENCY_HIGH.into(),
            text: told!(
                "frequency-bars",
                "the frequency is too high ({at_mhz} Hz) to shed more than one site",
                at_mhz = hertz.millihertz()
            ),
        })
    }

    /// What is said beside.
    pub fn warning(self) -> Option<String> {
        let Self::Warns(hertz) = self else {
            return None;
        };
        let hz = hz(hertz);
        Some(format!(
            "the frequency is high ({hz:.3} Hz): shedding raises it further"
        ))
    }
}

fn hz(hertz: Hertz) -> f64 {
    hertz.millihertz() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::bounds::Bounds;

    const FIVE: Duration = Duration::from_secs(5);

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_step_waits_for_the_interval_and_no_longer() {
        let mut pace = Pace::default();
        assert_eq!(pace.slot(at(7), &[], FIVE), at(7));
        pace.began(at(1_000));
        assert_eq!(pace.slot(at(1_010), &[], FIVE), at(6_000));
        assert_eq!(pace.slot(at(5_600), &[], FIVE), at(5_600), "jitter");
        assert_eq!(pace.slot(at(1_010), &[at(6_000)], FIVE), at(11_000));
        // What was called back leaves its place.
        assert_eq!(pace.slot(at(1_010), &[at(11_000)], FIVE), at(6_000));
        // Just before one that is held there is no room.
        assert_eq!(pace.slot(at(5_900), &[at(6_000)], FIVE), at(11_000));
        assert!(!pace.may_begin(at(5_000), FIVE) && pace.may_begin(at(5_500), FIVE));
    }

    #[test]
    fn only_more_than_one_site_is_barred() {
        let bar = Bounds::DEFAULT.bar;
        let say = |mhz, wide| verdict(Some(Hertz::from_millihertz(mhz)), bar, wide);
        let warns = |mhz| Verdict::Warns(Hertz::from_millihertz(mhz));
        assert_eq!(say(50_050, true), Verdict::Fine);
        assert_eq!(say(50_051, true), warns(50_051));
        assert_eq!(say(50_200, true), warns(50_200));
        assert!(say(50_201, true).bar().is_some());
        assert_eq!(say(50_690, false), warns(50_690));
        assert_eq!(verdict(None, bar, true), Verdict::Fine);
    }

    proptest! {
        /// However steps come, are called back and begin, no two begin too close together.
        #[test]
        fn no_two_begin_too_close(
            steps in proptest::collection::vec((0_i64..4_000, any::<bool>()), 1..60),
        ) {
            let mut pace = Pace::default();
            let (mut now, mut held, mut begun) = (0, Vec::new(), Vec::<i64>::new());
            for (later, back) in steps {
                now += later;
                if back && !held.is_empty() {
                    held.remove(0);
                }
                held.push(pace.slot(at(now), &held, FIVE));
                held.retain(|slot: &Timestamp| {
                    let begins = *slot <= at(now) && pace.may_begin(at(now), FIVE);
                    if begins {
                        pace.began(at(now));
                        begun.push(now);
                    }
                    !begins
                });
            }
            prop_assert!(begun.windows(2).all(|two| two[1] - two[0] >= 4_500), "{begun:?}");
        }
    }
}
