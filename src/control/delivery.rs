//! Whether a gateway's word that an order is delivered is borne out: by a reading of an ordered block, taken after the
//! order left, of an amount that the block can move; and whether the block's own meter speaks against it afterwards.
//!
//! Invariant: what is not borne out is never shown as delivered, and adds nothing to any sum of megawatts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::order::Record;
use crate::domain::fleet::{Block, PowerSource};
use crate::domain::ids::BlockKey;
use crate::domain::order::{Order, OrderKind, Phase, TargetStatus};
use crate::domain::quality::{AHEAD, Quality};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Why a `delivered` is not believed, the least telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The clocks have not been compared: nobody can say whether the reading is younger than the order.
    ClockUnknown,
    /// No reading is named.
    NoReading,
    /// The reading of a gateway's own order was taken before this desk heard of it.
    Unheard,
    /// The reading was taken before the order left.
    Older,
    /// The reading is of a time that has not come.
    Ahead,
    /// The reading is of blocks that were not ordered.
    Others,
    /// More than the block can move, or less than nothing.
    Impossible,
    /// Feeds do not agree about the block's meter.
    Disputed,
    /// The block's own meter reads otherwise since.
    Meter,
}

impl Doubt {
    /// What is said of such an order beside that its gateway calls it delivered.
    pub fn told(self) -> Sentence {
        match self {
            Self::ClockUnknown => told!("own-doubt-clock", "clock unknown"),
            Self::NoReading => told!("own-doubt-no-reading", "no reading"),
            Self::Unheard => told!("own-doubt-unheard", "read before this desk heard of it"),
            Self::Older => told!("own-doubt-older", "reading older than the order"),
            Self::Ahead => told!("own-doubt-ahead", "reading of a time to come"),
            Self::Others => told!("own-doubt-others", "of other blocks"),
            Self::Impossible => told!("own-doubt-impossible", "reading can't be true"),
            Self::Disputed => told!("own-doubt-disputed", "meter disputed"),
            Self::Meter => told!("own-doubt-otherwise", "its meter says otherwise"),
        }
    }
}

/// A block as it stood when the order left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// What it drew; none where nothing measures or claims it.
    pub drew: Option<Power>,
    /// By the data sheets.
    pub nameplate: Power,
}

impl Before {
    /// Of a block as it stands now.
    pub fn of(block: &Block) -> Self {
        Self {
            drew: block.power,
            nameplate: block.nameplate,
        }
    }

    fn most(self) -> Power {
        self.nameplate.max(self.drew.unwrap_or(Power::ZERO))
    }
}

/// What meters may differ by: a tenth, and what no meter of a block resolves.
fn slack(of: Power) -> Power {
    of.portion(1, 10).max(Power::from_watts(500_000))
}

/// The blocks of an order: those that are ordered, and those that may take their place.
fn own(order: &Order) -> BTreeSet<BlockKey> {
    let targets = order.targets.iter();
    let ordered = targets.map(|t| BlockKey::new(&t.site, &t.block));
    ordered.chain(order.substitutes.iter().cloned()).collect()
}

/// What speaks against the reading of one block of the order at `now`; none: it counts.
pub fn doubt(record: &Record, target: &TargetStatus, now: Timestamp) -> Option<Doubt> {
    let key = BlockKey::new(&target.site, &target.block);
    let before = record.before.get(&key).copied();
    // Nothing measures it: then a time is all that there can be.
    let unmeasured = record.wanted == Power::ZERO && before.is_none_or(|b| b.drew.is_none());
    let most = before.map_or(record.wanted, Before::most);
    match target.delivered {
        None if !unmeasured => return Some(Doubt::NoReading),
        Some(moved) if moved < Power::ZERO || moved > most + slack(most) => {
            return Some(Doubt::Impossible);
        }
        _ => {}
    }
    let Some(at) = target.measured_at else {
        return Some(Doubt::NoReading);
    };
    let Some(off_by) = record.clock else {
        return Some(Doubt::ClockUnknown);
    };
    let at_most = at + off_by;
    if at_most <= record.left() {
        let heard = record.heard_at.is_some_and(|heard| at_most <= heard);
        let given = heard && at_most > record.sent_at;
        Some(if given { Doubt::Unheard } else { Doubt::Older })
    } else if now + AHEAD + off_by < at {
        Some(Doubt::Ahead)
    } else {
        None
    }
}

/// What of an answer counts, one reading a block; and what speaks against it where it says `delivered`: each block that
/// is said to have delivered must be borne out, and there must be one.
pub fn weighed(record: &Record, now: Timestamp) -> (Vec<TargetStatus>, Option<Doubt>) {
    let own = own(&record.order);
    let mut counts: BTreeMap<BlockKey, &TargetStatus> = BTreeMap::new();
    let mut worst = None;
    let mut borne_out = false;
    for target in &record.targets {
        let key = BlockKey::new(&target.site, &target.block);
        let doubt = if own.contains(&key) {
            doubt(record, target, now)
        } else {
            Some(Doubt::Others)
        };
        if target.phase == Phase::Delivered {
            borne_out |= doubt.is_none();
            worst = worst.max(doubt);
        }
        if doubt.is_none() && target.delivered.is_some() {
            counts.insert(key, target);
        }
    }
    let told: BTreeSet<BlockKey> = record
        .targets
        .iter()
        .map(|t| BlockKey::new(&t.site, &t.block))
        .collect();
    let mut ordered = record.order.targets.iter();
    let untold = ordered.any(|t| !told.contains(&BlockKey::new(&t.site, &t.block)));
    let silent = (!borne_out || untold).then_some(Doubt::NoReading);
    let counts = counts.into_values().cloned().collect();
    (counts, worst.or(silent))
}

/// What each block is said to have moved, and since when: that the same is said again of a later time does not put its meter
/// off.
pub fn claims(record: &Record) -> BTreeMap<BlockKey, (Power, Timestamp)> {
    let claim = |said: &TargetStatus| {
        let key = BlockKey::new(&said.site, &said.block);
        let (moved, at) = said.delivered.zip(said.measured_at)?;
        let known = record.claims.get(&key);
        let known = known.filter(|(known, _)| moved <= *known + slack(*known));
        let since = known.map_or((moved, at), |(known, at)| (moved.min(*known), *at));
        Some((key, since))
    };
    record.readings.iter().filter_map(claim).collect()
}

/// What a block's meter says to what it is said to have moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meter {
    /// Nothing yet: no good reading that is late enough.
    Silent,
    /// The same.
    Agrees,
    /// This or that, as feeds have it.
    Disputed,
    /// It reads this, of what the block drew before (a restore: of what it shall draw).
    Against(Power, Power),
}

/// Holds a block's meter against what it is said to have moved; where it is said to have delivered, against what was
/// `ordered` of it, if that is known. `period` is how often it is read.
pub fn metered(
    record: &Record,
    said: &TargetStatus,
    ordered: Option<Power>,
    (block, quality): (&Block, Quality),
    period: Duration,
) -> Meter {
    let key = BlockKey::new(&said.site, &said.block);
    let drew = record.before.get(&key).and_then(|before| before.drew);
    let (Some((moved, at)), Some(drew), Some(reads)) = (claim(record, said), drew, block.power)
    else {
        return Meter::Silent;
    };
    let is_meter = block.power_source == PowerSource::Meter && quality == Quality::Good;
    if !is_meter || block.measured_at < late_enough(at, period) {
        return Meter::Silent;
    }
    let ordered = ordered.filter(|_| said.phase == Phase::Delivered);
    let (short, of, due) = match record.order.kind {
        // A block that is where it was ordered to has delivered, whatever it drew before: that may have been an old figure.
        OrderKind::Curtail => {
            let due = ordered.unwrap_or(drew - moved);
            (reads - due, drew, drew - due)
        }
        OrderKind::Restore => {
            // What it says that it moved is no measure of what it should have: machines that are gone are.
            let due = ordered.map_or(drew + moved, |ordered| ordered.min(able(block)));
            (due - reads, ordered.unwrap_or(due), due - drew)
        }
    };
    // However much it says that it has moved, no more is let pass than of what it should have.
    if short > slack(due.or_zero()) {
        Meter::Against(reads, of)
    } else {
        Meter::Agrees
    }
}

/// What the machines of a block draw at least at full load, less those that are stated as failed: by their data sheets,
/// less what those are off by.
fn able(block: &Block) -> Power {
    let machines = &block.machines;
    let gone = machines.faulted.saturating_add(machines.offline);
    let left = machines.total.saturating_sub(gone);
    if machines.total == 0 {
        return block.nameplate;
    }
    let sheets = block.nameplate.portion(97, 100);
    sheets.portion(i64::from(left), i64::from(machines.total))
}

/// From when on a meter may speak to a reading of that time.
pub fn late_enough(at: Timestamp, period: Duration) -> Timestamp {
    at + period * 2
}

/// What a block is said to have moved, and when that was measured: what is not there yet since it was first said.
pub fn claim(record: &Record, said: &TargetStatus) -> Option<(Power, Timestamp)> {
    if said.phase == Phase::Delivered {
        return said.delivered.zip(said.measured_at);
    }
    let key = BlockKey::new(&said.site, &said.block);
    record.claims.get(&key).copied()
}
