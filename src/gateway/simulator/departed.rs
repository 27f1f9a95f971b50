//! What changes about the gateway itself while it runs: who may act, and files of its own that can't be used.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Simulator;
use super::alarms::{About, Place};
use crate::domain::alarm::Priority;
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::gateway::roll::Roll;

impl Simulator {
    /// Takes the new roll. What was accepted goes on, also of those whose key is not on it any more: it is told whose.
    pub(super) fn new_roll(&mut self, roll: Arc<Roll>, now: Timestamp) {
        let gone = self.acts.roll().map(|old| old.gone(&roll));
        self.acts.operators(roll);
        for name in gone.unwrap_or_default() {
            self.has_departed(name, now);
        }
    }

    /// The same of those who were taken off the roll while the gateway was down.
    pub(super) fn departed_meanwhile(&mut self) {
        let Some(roll) = self.acts.roll() else {
            return;
        };
        let orders = self.desk.jobs.iter().map(|job| &job.order);
        let gone = orders.filter(|order| order.signature.is_some() && !roll.has_signed(order));
        let gone: BTreeSet<Arc<str>> = gone.map(|order| Arc::clone(&order.issued_by)).collect();
        for name in gone {
            self.has_departed(name, self.now);
        }
    }

    fn has_departed(&mut self, name: Arc<str>, now: Timestamp) {
        let count = self.under_way(&name);
        tracing::warn!("{name}'s key is not on the roll any more; {count} orders under way go on");
        if count == 0 {
            return;
        }
        let text = || match count {
            1 => told!(
                "operator-gone-one",
                "{name}'s key is not on the roll any more; an order goes on that they gave before",
                name = &*name
            ),
            n => told!(
                "operator-gone",
                "{name}'s key is not on the roll any more; {n} orders go on that they gave before",
                name = &*name,
                n = n
            ),
        };
        let about = About::Departed(Arc::clone(&name));
        self.alarms
            .raise(about, Priority::P2, Place::Nation, text, now);
        self.departed.insert(name);
    }

    fn under_way(&self, name: &str) -> usize {
        let theirs = |job: &&super::orders::Job| *job.order.issued_by == *name;
        self.desk.jobs.iter().filter(theirs).count()
    }

    /// Clears the alarms of those whose orders are all done.
    pub(super) fn watch_departed(&mut self) {
        let over = |name: &Arc<str>| self.under_way(name) == 0;
        let done: Vec<Arc<str>> = self.departed.iter().filter(|n| over(n)).cloned().collect();
        for name in done {
            self.departed.remove(&name);
            self.alarms.clear(&About::Departed(name), self.now);
        }
    }

    /// A file of the gateway's own can't be used, or can be again. Another fault of it is another occurrence.
    pub(super) fn file_trouble(
        &mut self,
        sort: &'static str,
        what: Option<String>,
        now: Timestamp,
    ) {
        let about = About::File(sort);
        self.alarms.clear(&about, now);
        if let Some(what) = what {
            self.alarms
                .raise(about, Priority::P2, Place::Nation, || what.into(), now);
        }
    }
}
