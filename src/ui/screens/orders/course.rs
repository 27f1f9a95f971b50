//! Orders as bars on one axis of time: sent, accepted, what the meters say since, and when all should be there.

use super::super::abnormal::{life_role, share};
use crate::app::State;
use crate::app::progress::{Track, late};
use crate::app::waiting::{Listed, Whose};
use crate::control::order::{Life, Record};
use crate::domain::order::Phase;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::ui::look::Glyphs;
use crate::ui::theme::Role;

/// Spans that an axis may have, s: few of them, so that it does not move with every tick.
const SPANS_S: [i64; 8] = [120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400];

/// One axis of time for all bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    /// Its left end, ms.
    from_ms: i64,
    /// A cell, ms; at least 1.
    cell_ms: i64,
    /// Cells.
    pub(super) width: u16,
}

impl Axis {
    /// The shortest axis that holds every order under way with its promise, and some of the past.
    pub(super) fn of(orders: &[Listed<'_>], state: &State, width: u16) -> Self {
        let now = state.now.millis();
        let longest = SPANS_S[SPANS_S.len() - 1] * 1_000;
        let mut since = now;
        let mut until = now;
        for listed in orders.iter().filter(|l| !l.record.life.is_final()) {
            since = since.min(listed.record.sent_at.millis());
            let track = state.curtailing.progress.of(listed.record.order.id);
            if let Some(promised) = track.and_then(|t| t.promised) {
                until = until.max(promised.millis());
            }
        }
        // With nothing under way, the last one that was.
        if since == now
            && let Some(last) = orders.first()
        {
            since = last.record.sent_at.millis().min(now);
        }
        let since = since.max(now.saturating_sub(longest));
        let until = until.min(now.saturating_add(longest / 2));
        let needed = until.saturating_sub(since).saturating_mul(9) / 8;
        let fits = SPANS_S.into_iter().find(|s| s * 1_000 >= needed);
        let span = fits.map_or(longest, |s| s * 1_000);
        let cell_ms = (span / i64::from(width.max(1))).max(1);
        // It moves by whole cells only.
        let end = until.saturating_add(span / 16);
        let end = end
            .div_euclid(cell_ms)
            .saturating_add(1)
            .saturating_mul(cell_ms);
        Self {
            from_ms: end.saturating_sub(cell_ms.saturating_mul(i64::from(width))),
            cell_ms,
            width,
        }
    }

    /// The cell that a time falls into; none where it is not on the axis.
    pub(super) fn cell(self, time: Timestamp) -> Option<u16> {
        let cell = time
            .millis()
            .saturating_sub(self.from_ms)
            .div_euclid(self.cell_ms);
        u16::try_from(cell).ok().filter(|cell| *cell < self.width)
    }

    /// When a cell begins.
    pub(super) fn time(self, cell: u16) -> Timestamp {
        let ms = self.cell_ms.saturating_mul(i64::from(cell));
        Timestamp::from_millis(self.from_ms.saturating_add(ms))
    }
}

/// The sign of a share of what was ordered that has been delivered: it rises, and only all of it looks like all.
pub(super) fn level(share: f64, glyphs: Glyphs) -> char {
    if share >= 0.995 {
        return glyphs.full();
    }
    if share <= 0.0 {
        return glyphs.rest();
    }
    if matches!(glyphs, Glyphs::Ascii) {
        return [':', '-', '=', '+'][((share * 4.0) as usize).min(3)];
    }
    glyphs.levels()[((share * 7.0) as usize).min(6)]
}

/// The sign and role at the end of an order.
fn end(life: Life) -> (Role, char) {
    match life {
        Life::Said(Phase::Delivered) => (Role::TextStrong, 'd'),
        Life::Said(Phase::Expired) => (Role::Alarm2, 'e'),
        Life::Said(Phase::Cancelled) => (Role::TextDim, 'c'),
        Life::Claimed(_) => (life_role(life), '?'),
        _ => (Role::Alarm2, 'x'),
    }
}

/// Has it not begun yet, so that it may still expire?
const fn may_expire(life: Life) -> bool {
    matches!(
        life,
        Life::Recording
            | Life::Sent
            | Life::Unknown
            | Life::Said(Phase::Received | Phase::Accepted)
    )
}

/// The bar of one order, cell by cell.
pub(super) fn bar(
    listed: Listed<'_>,
    state: &State,
    axis: Axis,
    glyphs: Glyphs,
) -> Vec<(Role, char)> {
    let record = listed.record;
    let track = state.curtailing.progress.of(record.order.id);
    let overdue = late(record, track, state.now).is_some();
    let mut cells = vec![(Role::Text, ' '); usize::from(axis.width)];
    let ended = record.delivered_at().or(record.ended_at);
    let until = ended.unwrap_or(state.now);
    // A gateway does not say when it accepts its own.
    let accepted = record.accepted_at().filter(|_| listed.whose == Whose::Ours);
    let begins = if listed.whose == Whose::Ours {
        accepted
    } else {
        Some(record.sent_at)
    };
    for cell in 0..axis.width {
        let (from, to) = (axis.time(cell), axis.time(cell + 1));
        if to <= record.sent_at || from > until {
            continue;
        }
        cells[usize::from(cell)] = if begins.is_some_and(|begins| to > begins) {
            let role = if delivered(record, track, to.min(until)) > 0.0 {
                Role::Progress
            } else {
                Role::ProgressRest
            };
            let overrun = overdue && track.and_then(|t| t.promised).is_some_and(|at| from >= at);
            let sign = level(delivered(record, track, to.min(until)), glyphs);
            (if overrun { Role::Alarm2 } else { role }, sign)
        } else {
            (Role::TextDim, glyphs.rule())
        };
    }
    let mut put = |cell: Option<u16>, role, sign| {
        if let Some(place) = cell.and_then(|cell| cells.get_mut(usize::from(cell))) {
            *place = (role, sign);
        }
    };
    if may_expire(record.life) {
        put(axis.cell(record.order.expires_at), Role::TextDim, 'e');
    }
    if let Some(promised) = track.and_then(|t| t.promised) {
        let role = if overdue {
            Role::Alarm2
        } else {
            Role::TextStrong
        };
        put(axis.cell(promised), role, glyphs.upright());
    }
    if let Some(ended) = ended {
        let (role, sign) = end(record.life);
        put(axis.cell(ended), role, sign);
    }
    let sent = axis.cell(record.sent_at);
    let taken = accepted.and_then(|at| axis.cell(at));
    // Both in one cell: the earlier one stands before it, a cell is as near as the axis can tell.
    let sent = match (sent, taken) {
        (Some(sent), Some(taken)) if sent == taken => sent.checked_sub(1),
        (sent, _) => sent,
    };
    put(taken, Role::TextStrong, 'a');
    put(sent, Role::TextStrong, 's');
    cells
}

/// What share of an order had been delivered at a time, 0 to 1.
fn delivered(record: &Record, track: Option<&Track>, at: Timestamp) -> f64 {
    let ended = record.delivered_at().or(record.ended_at);
    let done = ended.is_some_and(|ended| at >= ended);
    if done && record.life == Life::Said(Phase::Delivered) {
        return share(record);
    }
    let metered = track.filter(|_| record.is_unopposed());
    let metered = metered.and_then(|track| track.at(at));
    match metered {
        Some(metered) if record.wanted > Power::ZERO => {
            (metered.megawatts() / record.wanted.megawatts()).clamp(0.0, 0.99)
        }
        _ => 0.0,
    }
}
