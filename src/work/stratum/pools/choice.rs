//! Which pool is mined on, and which are dialled.

use std::time::Duration;

use crate::domain::time::Timestamp;
use crate::work::stratum::session::Timing;

/// How a pool stands, for the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Standing {
    /// Since when it gives work without a break.
    pub(super) giving_since: Option<Timestamp>,
    /// Its last work is still worth hashing.
    pub(super) has_work: bool,
    /// Since when it is dialled without giving work.
    pub(super) trying_since: Option<Timestamp>,
    /// It could not be reached, or what it gave was refused, since it last gave work.
    pub(super) failed: bool,
}

impl Standing {
    fn is_failing(&self, now: Timestamp, spare_after: Duration) -> bool {
        self.giving_since.is_none()
            && self
                .trying_since
                .is_some_and(|since| self.failed || since.age(now) >= spare_after)
    }
}

/// The pool to mine on: the first that gives work, save that a pool is not left for a better one before that has given
/// work for a while. A pool whose link is lost for the moment is stayed with as long as its work is worth hashing and
/// no other gives any.
pub(super) fn choose(
    current: Option<usize>,
    pools: &[Standing],
    now: Timestamp,
    timing: &Timing,
) -> Option<usize> {
    let is_giving = |at: usize| pools[at].giving_since.is_some();
    let first_giving = (0..pools.len()).find(|at| is_giving(*at));
    let Some(current) = current.filter(|at| *at < pools.len()) else {
        return first_giving;
    };
    if is_giving(current) {
        let proven = (0..current).find(|at| {
            pools[*at]
                .giving_since
                .is_some_and(|since| since.age(now) >= timing.return_after)
        });
        return proven.or(Some(current));
    }
    first_giving.or_else(|| pools[current].has_work.then_some(current))
}

/// Is this pool to be dialled? The one in use and all before it always are; one behind only when all before it fail.
pub(super) fn is_wanted(
    at: usize,
    active: Option<usize>,
    pools: &[Standing],
    now: Timestamp,
    timing: &Timing,
) -> bool {
    active.is_some_and(|active| at <= active)
        || pools[..at]
            .iter()
            .all(|before| before.is_failing(now, timing.spare_after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn giving(since: i64) -> Standing {
        Standing {
            giving_since: Some(at(since)),
            has_work: true,
            ..Standing::default()
        }
    }

    fn down(since: i64, failed: bool, has_work: bool) -> Standing {
        Standing {
            giving_since: None,
            has_work,
            trying_since: Some(at(since)),
            failed,
        }
    }

    const IDLE: Standing = Standing {
        giving_since: None,
        has_work: false,
        trying_since: None,
        failed: false,
    };

    #[test]
    fn the_first_that_gives_work_is_mined_on_and_returned_to() {
        let timing = Timing::default();
        let pick = |current, pools: &[Standing]| choose(current, pools, at(100_000), &timing);
        assert_eq!(pick(None, &[IDLE, IDLE]), None);
        assert_eq!(pick(None, &[IDLE, giving(0)]), Some(1));
        assert_eq!(pick(Some(1), &[giving(99_000), giving(0)]), Some(1));
        assert_eq!(pick(Some(1), &[giving(60_000), giving(0)]), Some(0));
        assert_eq!(pick(Some(0), &[down(0, false, true), IDLE]), Some(0));
        assert_eq!(
            pick(Some(0), &[down(0, false, true), giving(99_999)]),
            Some(1)
        );
        assert_eq!(pick(Some(0), &[down(0, true, false), IDLE]), None);
        assert_eq!(
            pick(Some(1), &[giving(99_999), down(0, true, true)]),
            Some(0)
        );
    }

    #[test]
    fn spares_are_dialled_only_when_all_before_them_fail() {
        let timing = Timing::default();
        let wanted = |active, pools: &[Standing]| -> Vec<bool> {
            (0..pools.len())
                .map(|i| is_wanted(i, active, pools, at(10_000), &timing))
                .collect()
        };
        assert_eq!(wanted(None, &[IDLE, IDLE]), [true, false]);
        assert_eq!(wanted(Some(0), &[giving(0), IDLE]), [true, false]);
        assert_eq!(
            wanted(None, &[down(9_999, true, false), IDLE, IDLE]),
            [true, true, false]
        );
        assert_eq!(
            wanted(Some(0), &[down(9_999, false, true), IDLE]),
            [true, false]
        );
        assert_eq!(
            wanted(Some(0), &[down(5_000, false, true), IDLE]),
            [true, true]
        );
        assert_eq!(
            wanted(Some(1), &[down(0, true, false), giving(0), IDLE]),
            [true, true, false]
        );
        assert_eq!(wanted(Some(1), &[giving(9_000), giving(0)]), [true, true]);
        assert_eq!(wanted(Some(0), &[giving(0), giving(0)]), [true, false]);
    }
}
