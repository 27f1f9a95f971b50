//! How well each site has delivered, once a curtailment is over: what came of what was accepted, and how late.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::domain::ids::SiteId;
use crate::domain::order::{OrderStatus, Phase};
use crate::domain::time::Timestamp;

use super::clock::Clock;
use super::nation::Fleet;
use super::progress::Task;

/// So many sites are named, the worst first.
const NAMED: usize = 4;
/// A meter is read within this, ms of the wall.
const READ_MS: i64 = 1_000;

#[derive(Debug, Default)]
struct Score {
    accepted_w: f64,
    delivered_w: f64,
    late_s: i64,
}

/// `lukoml 100 %, mazyr 84 % 12 s late`: delivered of accepted by site (what took a block's place counts where it
/// stands), and seconds beyond notice, ramp and a reading.
pub(super) fn words(
    tasks: &[Task],
    status: &OrderStatus,
    fleet: &Fleet,
    (since, clock): (Timestamp, Clock),
) -> String {
    let mut scores: BTreeMap<SiteId, Score> = BTreeMap::new();
    for task in tasks {
        let load = &fleet.loads[task.load];
        let Some(target) = status.targets.get(task.row) else {
            continue;
        };
        let score = scores.entry(target.site.clone()).or_default();
        score.accepted_w += task.wanted_w();
        let ramp_ms = task.wanted_w() / load.limits.ramp_down_w_s.max(1.0) * 1_000.0;
        let begins = clock.wall_span(load.limits.notice_ms).max(task.after);
        let due = (since + begins + clock.wall_span(ramp_ms as i64)).millis() + READ_MS;
        let delivered = target
            .measured_at
            .filter(|_| target.phase == Phase::Delivered);
        if let Some(at) = delivered {
            // A meter that reads on after the delivery is not late.
            score.late_s = score.late_s.max((at.millis() - due) / 1_000);
        }
    }
    for target in &status.targets {
        if let (Some(score), Some(delivered)) = (scores.get_mut(&target.site), target.delivered) {
            score.delivered_w += delivered.watts() as f64;
        }
    }
    let share = |score: &Score| score.delivered_w / score.accepted_w.max(1.0);
    let mut scores: Vec<(SiteId, Score)> = scores.into_iter().collect();
    scores.sort_by(|a, b| {
        let by_share = share(&a.1).total_cmp(&share(&b.1));
        by_share.then(b.1.late_s.cmp(&a.1.late_s))
    });
    let more = scores.len().saturating_sub(NAMED);
    let mut text = String::new();
    for (site, score) in scores.iter().take(NAMED) {
        let comma = if text.is_empty() { "" } else { ", " };
        let percent = (share(score) * 100.0).round();
        // Writing to a string can't fail.
        let _ = write!(text, "{comma}{} {percent:.0} %", site.as_str());
        if score.late_s > 0 {
            let _ = write!(text, " {} s late", score.late_s);
        }
    }
    if more > 0 {
        let _ = write!(text, " and {more} more sites");
    }
    text
}
