//! The alarm list: raised once, cleared once, and every change said once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::act::Stamp;
use crate::domain::alarm::{Alarm, AlarmState, Priority, Shelf};
use crate::domain::ids::{AlarmId, BlockId, SiteId};
use crate::domain::link::Item;
use crate::domain::sentence::{Sentence, told};
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
    /// A restore that stands still, by its order's id as it is shown.
    RestoreStopped(String),
    /// A restore that was given up.
    RestoreGivenUp(String),
    /// A block that does not follow its order.
    Disobeys(usize),
    /// A rule that has acted, by the name under which it issues orders.
    Rule(String),
    /// Authority over a site has changed hands.
    Authority(usize),
    /// Somebody with orders under way whose key is not on the roll any more.
    Departed(Arc<str>),
    /// A file of the gateway's own that can't be used, by its sort.
    File(&'static str),
    /// The gateway's own journal.
    Journal,
}

impl About {
    /// The word on the wire for what sort of thing it is.
    fn kind(&self) -> &'static str {
        match self {
            Self::Fault(_) => "fault",
            Self::Overdraw(_) => "overdraw",
            Self::Disagrees(_) => "meter_disagrees",
            Self::Silent(_) => "silent",
            Self::Unit(_) => "unit_trip",
            Self::LowFrequency(_) => "frequency_low",
            Self::HighFrequency => "frequency_high",
            Self::Lease(_) => "lease_lapsed",
            Self::RestoreStopped(_) => "restore_stopped",
            Self::RestoreGivenUp(_) => "restore_given_up",
            Self::Disobeys(_) => "disobeys",
            Self::Rule(_) => "rule",
            Self::Authority(_) => "authority",
            Self::Departed(_) => "operator_gone",
            Self::File(sort) => sort,
            Self::Journal => "gateway_journal",
        }
    }
}

/// Where an alarm stands in the world: the nation, a site, a block of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    Nation,
    Site(&'a SiteId),
    Block(&'a SiteId, &'a BlockId),
}

#[derive(Debug)]
struct Kept {
    alarm: Alarm,
    seen: bool,
}

/// No alarm is set aside for longer, ms.
const LONGEST_MS: i64 = 24 * 3_600_000;

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
        place: Place<'_>,
        text: impl FnOnce() -> Sentence,
        now: Timestamp,
    ) {
        if let Some(kept) = self.kept.get(&about)
            && kept.alarm.cleared.is_none()
        {
            return;
        }
        self.count += 1;
        let (site, block) = match place {
            Place::Nation => (None, None),
            Place::Site(site) => (Some(site), None),
            Place::Block(site, block) => (Some(site), Some(block)),
        };
        // Set aside, it stays so when it goes and comes again before its time: that is what shelving is for.
        let aside = self
            .kept
            .get(&about)
            .and_then(|kept| kept.alarm.shelf.clone());
        let state = if aside.is_some() {
            AlarmState::Shelved
        } else {
            AlarmState::Unacknowledged
        };
        let alarm = Alarm {
            id: AlarmId::new(&format!("alarm-{}", self.count)),
            priority,
            state,
            kind: about.kind().into(),
            site: site.cloned(),
            block: block.cloned(),
            text: text(),
            raised: now,
            occurrence: Some(now),
            cleared: None,
            shelf: aside,
            changes: 1,
        };
        // One that returned unseen and comes again is a new occurrence; the old one is thereby over.
        if let Some(mut old) = self.kept.remove(&about) {
            old.alarm.state = AlarmState::Normal;
            old.alarm.shelf = None;
            self.log.push(Item::Alarm(Box::new(old.alarm)));
        }
        self.log.push(Item::Alarm(Box::new(alarm.clone())));
        self.kept.insert(about, Kept { alarm, seen: false });
    }

    /// The same alarm, in other words.
    pub(super) fn reword(&mut self, about: &About, text: Sentence) {
        if let Some(kept) = self.kept.get_mut(about) {
            kept.alarm.text = text;
            self.log.push(Item::Alarm(Box::new(kept.alarm.clone())));
        }
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
    pub(super) fn acknowledge(
        &mut self,
        id: &AlarmId,
        seen: Option<&Stamp>,
    ) -> Result<(), Refusal> {
        let about = self.about(id, seen)?;
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
        (id, seen): (&AlarmId, Option<&Stamp>),
        until: Timestamp,
        reason: &Arc<str>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if until <= now || until.millis() - now.millis() > LONGEST_MS {
            return Err(Refusal {
                code: "bad_shelf",
                message: told!(
                    "shelf-long",
                    "an alarm can be shelved for up to 24 hours from now"
                ),
            });
        }
        let about = self.about(id, seen)?;
        if let Some(kept) = self.kept.get_mut(&about) {
            kept.alarm.shelf = Some(Shelf {
                until,
                reason: reason.clone(),
            });
            self.settle(&about);
        }
        Ok(())
    }

    /// Brings shelved alarms back whose time is over.
    pub(super) fn unshelve(&mut self, now: Timestamp) {
        let due: Vec<About> = self
            .kept
            .iter()
            .filter(|(_, kept)| {
                let aside = kept.alarm.shelf.as_ref();
                // Also where the clock was set back: no shelf lasts longer than it may.
                aside
                    .is_some_and(|s| s.until <= now || s.until.millis() - now.millis() > LONGEST_MS)
            })
            .map(|(about, _)| about.clone())
            .collect();
        for about in due {
            if let Some(kept) = self.kept.get_mut(&about) {
                kept.alarm.shelf = None;
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

    /// The site of an alarm, where it is of one.
    pub(super) fn site(&self, id: &AlarmId) -> Option<SiteId> {
        let of = |kept: &&Kept| kept.alarm.id == *id;
        self.kept.values().find(of)?.alarm.site.clone()
    }

    /// The alarm of this id. An act of these rules names the occurrence that was `seen`: no other is meant by it.
    fn about(&self, id: &AlarmId, seen: Option<&Stamp>) -> Result<About, Refusal> {
        let found = self.kept.iter().find(|(_, kept)| kept.alarm.id == *id);
        let Some((about, kept)) = found else {
            return Err(Refusal {
                code: "unknown_alarm",
                message: told!("no-such-alarm", "no such alarm stands at this gateway"),
            });
        };
        if seen.is_some_and(|stamp| stamp.raised != Some(kept.alarm.raised)) {
            return Err(Refusal {
                code: "another_occurrence",
                message: told!(
                    "alarm-over",
                    "nothing is done: the alarm that was meant is over; look again"
                ),
            });
        }
        Ok(about.clone())
    }

    fn settle(&mut self, about: &About) {
        let Some(kept) = self.kept.get_mut(about) else {
            return;
        };
        let state = match (kept.alarm.cleared.is_some(), kept.seen) {
            // Set aside, it is kept while it is gone too: else it would come back as news before its time.
            _ if kept.alarm.shelf.is_some() => AlarmState::Shelved,
            (true, true) => AlarmState::Normal,
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
