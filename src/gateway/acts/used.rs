//! Ids of acts that were done, each as long as it could be taken anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::OrderId;
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::gateway::Refusal;

use super::times::NEAR;

/// Acts that are remembered; one key's among them.
const MOST: usize = 100_000;
const MOST_OF_ONE: usize = 10_000;
/// One that is of a time to come is remembered so long.
const LONGEST: Duration = Duration::from_hours(25);
/// What has ended is looked for so often.
const SWEEP: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Act {
    form: [u8; 32],
    by: Arc<str>,
    until: Timestamp,
    answer: Result<(), Refusal>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Used {
    acts: HashMap<u128, Act>,
    of: HashMap<Arc<str>, usize>,
    swept: Option<Timestamp>,
}

impl Used {
    /// What was answered to this act, if it came before. Errors: another act bears its id, and does so as long as this one
    /// could be taken.
    pub(super) fn before(
        &mut self,
        (id, form): (OrderId, [u8; 32]),
        at: Timestamp,
    ) -> Result<Option<Result<(), Refusal>>, Refusal> {
        match self.acts.get_mut(&id.0) {
            None => Ok(None),
            Some(act) if act.form == form => Ok(Some(act.answer.clone())),
            Some(act) => {
                act.until = act.until.max(at + NEAR);
                Err(Refusal {
                    code: "id_used",
                    message: told!(
                        "act-id-used",
                        "nothing is done: the id is used by another act"
                    ),
                })
            }
        }
    }

    /// Can another act of this person be remembered?
    pub(super) fn has_room(&mut self, by: &Arc<str>, now: Timestamp) -> Result<(), Refusal> {
        self.sweep(now);
        let own = self.of.get(by).copied().unwrap_or(0);
        if self.acts.len() < MOST && own < MOST_OF_ONE {
            return Ok(());
        }
        Err(Refusal {
            code: "busy",
            message: told!(
                "many-acts",
                "nothing is done: too many acts in the last minutes; try again later"
            ),
        })
    }

    /// Where anybody acts, under any name, no share keeps room for the others: the oldest make it.
    pub(super) fn make_room(&mut self, now: Timestamp) {
        self.sweep(now);
        if self.acts.len() < MOST {
            return;
        }
        let mut ends: Vec<Timestamp> = self.acts.values().map(|act| act.until).collect();
        // Some at a time, as looking for them takes a while.
        let end = *ends.select_nth_unstable(MOST / 10).1;
        self.forget(|act| act.until <= end);
    }

    /// An act is done.
    pub(super) fn keep(
        &mut self,
        (id, form): (OrderId, [u8; 32]),
        by: &Arc<str>,
        at: Timestamp,
        now: Timestamp,
    ) {
        let act = Act {
            form,
            by: Arc::clone(by),
            // One without a time of this gateway's can be taken at any time: it is remembered as long as any.
            until: (at.max(now) + NEAR).min(now + LONGEST),
            answer: Ok(()),
        };
        self.uncount(id);
        *self.of.entry(Arc::clone(by)).or_default() += 1;
        self.acts.insert(id.0, act);
    }

    /// The same for an act of an earlier life.
    pub(super) fn restore(
        &mut self,
        (id, form): (OrderId, [u8; 32]),
        by: &Arc<str>,
        at: Timestamp,
        now: Timestamp,
    ) {
        if at + NEAR >= now && self.acts.len() < MOST {
            self.keep((id, form), by, at, at);
        }
    }

    fn uncount(&mut self, id: OrderId) {
        let before = self.acts.get(&id.0);
        if let Some(count) = before.and_then(|act| self.of.get_mut(&act.by)) {
            *count -= 1;
        }
    }

    /// What came of it.
    pub(super) fn answered(&mut self, id: OrderId, answer: Result<(), Refusal>) {
        if let Some(act) = self.acts.get_mut(&id.0) {
            act.answer = answer;
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        let due = self.swept.is_none_or(|at| at.age(now) >= SWEEP || now < at);
        if !due {
            return;
        }
        self.swept = Some(now);
        self.forget(|act| act.until < now);
    }

    fn forget(&mut self, which: impl Fn(&Act) -> bool) {
        let of = &mut self.of;
        self.acts.retain(|_, act| {
            let goes = which(act);
            if goes && let Some(count) = of.get_mut(&act.by) {
                *count -= 1;
            }
            !goes
        });
        self.of.retain(|_, count| *count > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn the_store_is_bounded_by_person_and_forgets_nothing_before_its_end() {
        let mut used = Used::default();
        let (anna, boris): (Arc<str>, Arc<str>) = ("anna".into(), "boris".into());
        let mut taken = 0;
        for id in 0..20_000_u128 {
            if used.has_room(&anna, NOW).is_ok() {
                used.keep((OrderId(id), [0; 32]), &anna, NOW, NOW);
                taken += 1;
            }
        }
        assert_eq!(taken, MOST_OF_ONE);
        assert_eq!(used.has_room(&anna, NOW).expect_err("full").code, "busy");
        assert!(used.has_room(&boris, NOW).is_ok(), "others act on");
        let last = NOW + NEAR;
        assert!(used.has_room(&anna, last).is_err(), "to the last moment");
        assert!(
            used.before((OrderId(0), [0; 32]), NOW)
                .expect("same")
                .is_some()
        );
        assert!(used.has_room(&anna, last + SWEEP).is_ok());
        assert!(
            used.before((OrderId(0), [0; 32]), NOW)
                .expect("gone")
                .is_none()
        );
    }

    #[test]
    fn where_anybody_acts_under_any_name_the_oldest_make_room() {
        let mut used = Used::default();
        for id in 0..150_000_u32 {
            let by: Arc<str> = format!("nobody {}", id / 5_000).into();
            let at = NOW + Duration::from_millis(u64::from(id));
            used.make_room(at);
            used.keep((OrderId(id.into()), [0; 32]), &by, at, at);
            assert!(used.acts.len() <= MOST);
        }
        let youngest = used.before((OrderId(149_999), [0; 32]), NOW);
        assert!(youngest.expect("the same").is_some());
    }

    #[test]
    fn the_same_act_gets_its_answer_and_another_is_refused() {
        let mut used = Used::default();
        used.keep((OrderId(1), [1; 32]), &"anna".into(), NOW, NOW);
        let no = Refusal {
            code: "refused",
            message: "no".into(),
        };
        used.answered(OrderId(1), Err(no.clone()));
        assert_eq!(used.before((OrderId(1), [1; 32]), NOW), Ok(Some(Err(no))));
        let other = used
            .before((OrderId(1), [2; 32]), NOW)
            .expect_err("another");
        assert_eq!(other.code, "id_used");
    }
}
