//! The feeds as this desk sees them: link, identity, skew, and what was refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::FeedId;
use crate::domain::link::{DownCause, FeedInfo, Going, LinkState, Topic};
use crate::domain::quality::{Concern, SLOW_AFTER, STALE_PERIODS};
use crate::domain::time::Timestamp;

/// What the clocks of a feed and this desk differ by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    /// The server's clock less ours, ms.
    pub offset_ms: i64,
    /// How far off that may be, ms.
    pub uncertainty_ms: i64,
}

/// One feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// Which.
    pub id: FeedId,
    /// Its address, without anything secret.
    pub label: Arc<str>,
    /// How the link stands.
    pub link: LinkState,
    /// What the server said of itself last; kept while the link is down.
    pub info: Option<FeedInfo>,
    /// Clocks; none until measured on this link.
    pub skew: Option<Skew>,
    /// How its clock goes, as its session says.
    pub clock: Going,
    /// When its clock was last set, and by how many ms.
    pub set: Option<(Timestamp, i64)>,
    /// What makes its values doubtful, at the last tick.
    pub concern: Concern,
    /// Values older than this are not acted on without a warning.
    pub slow_after: Duration,
    /// Topics that missed something and wait for a snapshot.
    pub gaps: BTreeSet<Topic>,
    /// Items refused since the start.
    pub bad_items: u64,
    /// Messages refused since the start.
    pub bad_messages: u64,
    /// Items by topic that this console had no room for since the topic's last snapshot; a topic of which nothing is
    /// left out any more stays here with 0.
    pub left_out: BTreeMap<Topic, usize>,
    /// Since when the link is not live.
    pub down_since: Option<Timestamp>,
    /// The last absence: from, until.
    pub last_gap: Option<(Timestamp, Timestamp)>,
    /// It has been live before.
    pub was_live: bool,
    /// Why it is down, as last noted; none since it was live.
    pub noted: Option<DownCause>,
    /// Its place in the desk's order of preference, 0 first; none where it is not named there.
    pub preference: Option<u16>,
}

/// The report period taken where a feed has not said its own.
pub const DEFAULT_PERIOD: Duration = Duration::from_secs(1);

impl Feed {
    /// A feed that has not been heard of.
    pub fn new(id: FeedId, label: &str) -> Self {
        Self {
            id,
            label: Arc::from(label),
            link: LinkState::Connecting,
            info: None,
            skew: None,
            clock: Going::True,
            set: None,
            concern: Concern::None,
            slow_after: SLOW_AFTER,
            gaps: BTreeSet::new(),
            bad_items: 0,
            bad_messages: 0,
            left_out: BTreeMap::new(),
            down_since: None,
            last_gap: None,
            was_live: false,
            noted: None,
            preference: None,
        }
    }

    /// Is it live?
    pub fn is_live(&self) -> bool {
        self.link == LinkState::Live
    }

    /// Is what it serves simulated, as far as is known?
    pub fn is_simulated(&self) -> bool {
        self.info.as_ref().is_some_and(|i| i.simulated)
    }

    /// How often its items are repeated at least.
    pub fn period(&self) -> Duration {
        self.info
            .as_ref()
            .map_or(DEFAULT_PERIOD, |i| i.report_period)
    }

    /// The same for its readings of the grid: one that is too old to act on is stale, whatever is called the period.
    pub fn grid_period(&self) -> Duration {
        self.period().min(self.slow_after / STALE_PERIODS)
    }

    /// What makes a value of it that was measured then doubtful now.
    pub fn concern(&self, measured_at: Timestamp, now: Timestamp) -> Concern {
        let slow = measured_at.age(now) >= self.slow_after;
        match self.concern {
            Concern::None if slow => Concern::Slow,
            concern => concern,
        }
    }

    /// How many items of this topic there was no room for.
    pub fn left_out(&self, topic: Topic) -> usize {
        self.left_out.get(&topic).copied().unwrap_or(0)
    }

    /// Does it serve this topic, as far as is known?
    pub fn serves(&self, topic: Topic) -> bool {
        self.info
            .as_ref()
            .is_some_and(|i| i.serves.contains(&topic))
    }

    /// Applies a change of the link at `now`. Gives true where it has just come back after an absence.
    pub fn link_changed(&mut self, link: LinkState, now: Timestamp) -> bool {
        let was = self.is_live();
        let is = link == LinkState::Live;
        self.link = link;
        if was && !is {
            self.down_since = Some(now);
            self.skew = None;
        }
        let back = is && !was && self.was_live;
        if is {
            if let Some(since) = self.down_since.take() {
                self.last_gap = Some((since, now));
            }
            self.was_live = true;
            self.noted = None;
        }
        back
    }
}
