//! Takes an order apart: what of it can be done, and why the rest can't.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::domain::ids::BlockKey;
use crate::domain::order::{Order, OrderKind, OrderStatus, Phase, Reason, TargetStatus};
use crate::domain::sentence::{Sentence, told};

use super::interlock::reasons;
use super::nation::Fleet;
use super::orders::Moment;
use super::progress::Task;
use super::spread::turn;

/// Judges each target; gives those that can be done as tasks and writes the answer.
pub(super) fn accept(
    order: &Order,
    fleet: &mut Fleet,
    moment: Moment,
    status: &mut OrderStatus,
) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut seen = HashSet::new();
    let mut sequences: HashMap<usize, (u64, u64)> = HashMap::new();
    let mut notice_ms = 0;
    let mut last = Duration::ZERO;
    for (row, target) in order.targets.iter().enumerate() {
        let key = BlockKey::new(&target.site, &target.block);
        let mut answer = TargetStatus {
            site: target.site.clone(),
            block: target.block.clone(),
            phase: Phase::Rejected,
            reasons: Vec::new(),
            delivered: None,
            measured_at: None,
        };
        match (fleet.site(&target.site), fleet.block(&key)) {
            (Some(site), Some(index)) if seen.insert(index) => {
                let station = &fleet.stations[site];
                let load = &fleet.loads[index];
                let (before, highest) = sequences
                    .entry(site)
                    .or_insert((station.site_seq, station.site_seq));
                answer.reasons = reasons(order, target, station, load, *before, moment);
                if answer.reasons.is_empty() {
                    *highest = (*highest).max(target.site_seq);
                    answer.phase = Phase::Accepted;
                    let wait = match order.kind {
                        OrderKind::Curtail => load.limits.notice_ms,
                        OrderKind::Restore => 0,
                    };
                    notice_ms = notice_ms.max(wait);
                    last = last.max(target.after);
                    tasks.push(turn((index, row), load, order, (moment.now, wait), moment));
                }
            }
            (Some(_), Some(_)) => answer.reasons.push(Reason::BadTarget),
            _ => answer.reasons.push(Reason::Unknown),
        }
        status.targets.push(answer);
    }
    for (site, (_, highest)) in sequences {
        fleet.stations[site].site_seq = highest;
    }
    let refused = order.targets.len() - tasks.len();
    status.phase = if tasks.is_empty() {
        Phase::Rejected
    } else {
        Phase::Accepted
    };
    status.detail = accepted_detail(
        refused,
        order.targets.len(),
        moment.clock.wall_span(notice_ms),
        last,
    );
    tasks
}

/// What is said of an order that was taken, or of which part was: its parts one behind the other.
fn accepted_detail(refused: usize, all: usize, notice: Duration, last: Duration) -> Sentence {
    let any = refused < all;
    let ms = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    let parts = [
        (refused > 0).then(|| {
            told!(
                "some-refused",
                "{n} of {all} blocks refused",
                n = refused,
                all = all
            )
        }),
        (any && !notice.is_zero()).then(|| {
            told!(
                "after-notice",
                "begins after notice of {notice_ms}",
                notice_ms = ms(notice)
            )
        }),
        (any && !last.is_zero()).then(|| {
            told!(
                "last-begins",
                "the last block begins after {last_ms}",
                last_ms = ms(last)
            )
        }),
    ];
    let both = |first, then| told!("both", "{first}; {then}", first = first, then = then);
    let all = parts.into_iter().flatten().reduce(both);
    all.unwrap_or_default()
}
