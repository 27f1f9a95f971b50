//! The alarm list: raised once, cleared once, and every change said once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::alarm::{Alarm, AlarmState, Priority};
use crate::domain::ids::{AlarmId, SiteId};
use crate::domain::link::Item;
use crate::domain::time::Timestamp;
use crate::gateway::Refusal;

/// What an alarm is about; one alarm each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// A block that is faulted.
    Fault(usize),
    /// A block that draws more than its target.
    Overdraw(usize),
    /// A site whose grid meter says more than its blocks claim.
    Disagrees(usize),
    /// A site that does not report.
    Silent(usize),
    /// A generating unit.
    Unit(Arc<str>),
    /// Frequency too low, by limit in mHz.
    LowFrequency(i64),
    /// Frequency too high.
    HighFrequency,
    /// A lease that has lapsed.
    Lease(u128),
    /// Something that is known by a name: a rule, a restore.
    Named(String),
    /// Authority over a site has changed hands.
    Authority(usize),
}

#[derive(Debug)]
struct Kept {
    alarm: Alarm,
    shelved_until: Option<Timestamp>,
    seen: bool,
}

/// All alarms that are not over.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    kept: BTreeMap<About, Kept>,
    count: u64,
    log: Vec<Item>,
}

impl Alarms {
    /// Raises an alarm unless it stands already.
    pub(super) fn raise(
        &mut self,
        about: About,
        priority: Priority,
        site: Option<&SiteId>,
        text: impl FnOnce() -> String,
        now: Timestamp,
    ) {
        if let Some(kept) = self.kept.get(&about)
            && kept.alarm.cleared.is_none()
        {
            return;
        }
        self.count += 1;
        let alarm = Alarm {
            id: AlarmId::new(&format!("alarm-{}", self.count)),
            priority,
            state: AlarmState::Unacknowledged,
            site: site.cloned(),
            text: text().into(),
            raised: now,
            cleared: None,
        };
        // One that returned unseen and comes again is a new occurrence; the old one is thereby over.
        if let Some(mut old) = self.kept.remove(&about) {
            old.alarm.state = AlarmState::Normal;
            self.log.push(Item::Alarm(Box::new(old.alarm)));
        }
        self.log.push(Item::Alarm(Box::new(alarm.clone())));
        self.kept.insert(
            about,
            Kept {
                alarm,
                shelved_until: None,
                seen: false,
            },
        );
    }

    /// The cause is gone.
    pub(super) fn clear(&mut self, about: &About, now: Timestamp) {
        if let Some(kept) = self.kept.get_mut(about)
            && kept.alarm.cleared.is_none()
        {
            kept.alarm.cleared = Some(now);
            self.settle(about);
        }
    }

    /// Somebody has seen it.
    pub(super) fn acknowledge(&mut self, id: &AlarmId) -> Result<(), Refusal> {
        let about = self.about(id)?;
        if let Some(kept) = self.kept.get_mut(&about)
            && !kept.seen
        {
            kept.seen = true;
            self.settle(&about);
        }
        Ok(())
    }

    /// Sets it aside until then.
    pub(super) fn shelve(
        &mut self,
        id: &AlarmId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        const LONGEST_MS: i64 = 24 * 3_600_000;
        if until <= now || until.millis() - now.millis() > LONGEST_MS {
            return Err(Refusal {
                code: "bad_shelf",
                message: "an alarm can be shelved for up to 24 hours from now".into(),
            });
        }
        let about = self.about(id)?;
        if let Some(kept) = self.kept.get_mut(&about) {
            kept.shelved_until = Some(until);
            self.settle(&about);
        }
        Ok(())
    }

    /// Brings shelved alarms back whose time is over.
    pub(super) fn unshelve(&mut self, now: Timestamp) {
        let due: Vec<About> = self
            .kept
            .iter()
            .filter(|(_, kept)| kept.shelved_until.is_some_and(|until| until <= now))
            .map(|(about, _)| about.clone())
            .collect();
        for about in due {
            if let Some(kept) = self.kept.get_mut(&about) {
                kept.shelved_until = None;
                self.settle(&about);
            }
        }
    }

    /// All that are not over.
    pub(super) fn shown(&self) -> Vec<Item> {
        let item = |kept: &Kept| Item::Alarm(Box::new(kept.alarm.clone()));
        self.kept.values().map(item).collect()
    }

    /// What has changed since the last call.
    pub(super) fn said(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.log)
    }

    fn about(&self, id: &AlarmId) -> Result<About, Refusal> {
        let found = self.kept.iter().find(|(_, kept)| kept.alarm.id == *id);
        found
            .map(|(about, _)| about.clone())
            .ok_or_else(|| Refusal {
                code: "unknown_alarm",
                message: "no such alarm stands at this gateway".into(),
            })
    }

    fn settle(&mut self, about: &About) {
        let Some(kept) = self.kept.get_mut(about) else {
            return;
        };
        let state = match (kept.alarm.cleared.is_some(), kept.seen) {
            (true, true) => AlarmState::Normal,
            _ if kept.shelved_until.is_some() => AlarmState::Shelved,
            (true, false) => AlarmState::ReturnedUnacknowledged,
            (false, true) => AlarmState::Acknowledged,
            (false, false) => AlarmState::Unacknowledged,
        };
        kept.alarm.state = state;
        self.log.push(Item::Alarm(Box::new(kept.alarm.clone())));
        if state == AlarmState::Normal {
            self.kept.remove(about);
        }
    }
}
