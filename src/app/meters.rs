//! A meter that more than one feed reads: who is believed, and whether they agree.

use std::sync::Arc;
use std::time::Duration;

use super::delivery::LONGEST_PERIOD;
use super::feeds::{DEFAULT_PERIOD, Feed};
use super::fleet::{BlockView, SiteView};
use super::nav::Screen;
use super::sources::{SHIFT, Turn, powers_differ};
use super::{Effect, State, journal, rows};
use crate::domain::fleet::{Block, BlockState, PowerSource};
use crate::domain::ids::{FeedId, SiteId};
use crate::domain::journal::Fact;
use crate::domain::quality::is_stale;
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// No block is on its way for longer: no contract gives longer.
const LONGEST_RAMP: Duration = Duration::from_mins(15);
/// Other feeds of one meter that are listened to.
const MOST_OTHERS: usize = 3;

type Reading = (Power, Timestamp);

#[derive(Debug, Clone, PartialEq)]
struct Other {
    feed: FeedId,
    reading: Reading,
    turn: Turn,
}

/// A meter as several feeds read it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meter {
    own: Option<Reading>,
    others: Vec<Other>,
    rules: Option<FeedId>,
    /// Since when its block is heard to be on its way.
    moving: Option<Timestamp>,
}

/// Two feeds that do not agree about a meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Of which block; none: of the site's own meter.
    pub block: Option<Arc<str>>,
    /// Who is believed, and what it says.
    pub rules: (FeedId, Power),
    /// Who says otherwise, and what.
    pub other: (FeedId, Power),
}

/// What judges a site's meters.
pub(super) struct Terms<'a> {
    pub feeds: &'a [Feed],
    pub own: FeedId,
    pub chosen: Option<FeedId>,
    pub now: Timestamp,
}

impl Terms<'_> {
    fn feed(&self, id: FeedId) -> Option<&Feed> {
        self.feeds.iter().find(|f| f.id == id)
    }

    fn period(&self, id: FeedId) -> Duration {
        self.feed(id).map_or(DEFAULT_PERIOD, Feed::period)
    }

    fn is_fresh(&self, id: FeedId, at: Timestamp) -> bool {
        !is_stale(at, self.now, self.period(id))
    }
}

impl Meter {
    /// What another feed than the site's own says.
    fn hear(&mut self, feed: FeedId, reading: Reading) {
        if let Some(other) = self.others.iter_mut().find(|o| o.feed == feed) {
            other.reading = reading;
        } else if self.others.len() < MOST_OTHERS {
            let turn = Turn::new(reading.1);
            self.others.push(Other {
                feed,
                reading,
                turn,
            });
        }
    }

    /// What the site's own feed says; gives what is believed.
    fn state(&mut self, own: Option<Reading>) -> Option<Power> {
        self.own = own;
        self.believed()
    }

    fn believed(&self) -> Option<Power> {
        let other = self.others.iter().find(|o| Some(o.feed) == self.rules);
        other
            .map(|o| o.reading)
            .or(self.own)
            .map(|(power, _)| power)
    }

    fn judge(&mut self, terms: &Terms<'_>, slope: Power) {
        let now = terms.now;
        let own = self.own.filter(|(_, at)| terms.is_fresh(terms.own, *at));
        for other in &mut self.others {
            let (power, at) = other.reading;
            let Some((mine, since)) = own.filter(|_| terms.is_fresh(other.feed, at)) else {
                continue;
            };
            // However far apart their times are: who shifts its own is let off by no more than that.
            let apart = since.age(at).max(at.age(since)).min(SHIFT);
            let differs = powers_differ(mine, power, apart, slope);
            other.turn.compared(differs, now);
        }
        let own = terms.own;
        self.others
            .retain(|o| o.feed != own && !o.turn.is_over(now));
        self.rules = self.ruler(terms).filter(|id| *id != own);
    }

    /// A person's choice, then the desk's order of preference, then the site's own feed.
    fn ruler(&self, terms: &Terms<'_>) -> Option<FeedId> {
        let disputed = self.others.iter().filter(|o| o.turn.disputed);
        let speaking = disputed.filter(|o| terms.is_fresh(o.feed, o.reading.1));
        let sides = speaking.map(|o| o.feed).chain([terms.own]);
        sides.min_by_key(|id| {
            let preference = terms.feed(*id).and_then(|f| f.preference);
            let rank = preference.unwrap_or(u16::MAX);
            (terms.chosen != Some(*id), rank, *id != terms.own, *id)
        })
    }

    fn dispute(&self, own: FeedId, block: Option<&Arc<str>>) -> Option<Dispute> {
        let other = self.others.iter().find(|o| o.turn.disputed)?;
        let (mine, theirs) = ((own, self.own?.0), (other.feed, other.reading.0));
        let turned = self.rules.is_some();
        let (rules, other) = if turned {
            (theirs, mine)
        } else {
            (mine, theirs)
        };
        let block = block.cloned();
        Some(Dispute {
            block,
            rules,
            other,
        })
    }
}

fn metered(block: &Block) -> Option<Reading> {
    let power = block
        .power
        .filter(|_| block.power_source == PowerSource::Meter)?;
    Some((power, block.measured_at))
}

/// Another feed states a block of a site that is not its own.
pub(super) fn hear_block(view: &mut BlockView, feed: FeedId, stated: &Block) {
    if let (Some(reading), Some(own)) = (metered(stated), metered(&view.block)) {
        let meter = view.meter.get_or_insert_default();
        meter.own.get_or_insert(own);
        meter.hear(feed, reading);
    }
}

/// Another feed states the meter of a site that is not its own.
pub(super) fn hear_site(view: &mut SiteView, feed: FeedId, reading: Option<Reading>) {
    if let (Some(reading), Some(own)) = (reading, view.site.meter) {
        let meter = view.meter.get_or_insert_default();
        meter.own.get_or_insert((own, view.site.measured_at));
        meter.hear(feed, reading);
    }
}

/// The site's own feed states a block anew: who else reads its meter is kept in mind.
pub(super) fn restate_block(view: &mut BlockView) {
    let own = metered(&view.block);
    if let Some(power) = view.meter.as_mut().and_then(|meter| meter.state(own)) {
        view.block.power = Some(power);
    }
}

/// The same of a site.
pub(super) fn restate_site(view: &mut SiteView) {
    let own = view.site.meter.map(|power| (power, view.site.measured_at));
    if let Some(power) = view.meter.as_mut().and_then(|meter| meter.state(own)) {
        view.site.meter = Some(power);
    }
}

/// How fast the block's load may change between two readings, W/s. All of this is its owner's word: it explains a tenth of
/// the block at most, and only for as long as such a ramp takes.
fn slope(block: &Block, moving: Option<Timestamp>, terms: &Terms<'_>) -> Power {
    let limits = &block.limits;
    let ramp = limits.ramp_down_w_s.max(limits.ramp_up_w_s);
    let seconds = block.nameplate.watts() / ramp.watts().max(1);
    let ramping = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let read = terms.period(terms.own).min(LONGEST_PERIOD) * 2;
    let lasts = limits.notice.saturating_add(ramping).saturating_add(read);
    match moving {
        Some(since) if since.age(terms.now) <= lasts.min(LONGEST_RAMP) => {
            ramp.min(block.nameplate.portion(1, 10))
        }
        _ => Power::ZERO,
    }
}

/// Judges the meters of a site: figures are those of who is believed. Gives the first dispute, and how many there are.
pub(super) fn judge(view: &mut SiteView, terms: &Terms<'_>) -> Option<(Dispute, usize)> {
    let mut found = None;
    let mut count = 0;
    let mut note = |dispute: Option<Dispute>| {
        count += usize::from(dispute.is_some());
        found = found.take().or(dispute);
    };
    if let Some(meter) = &mut view.meter {
        meter.judge(terms, Power::ZERO);
        if meter.own.is_some() {
            view.site.meter = meter.believed();
        }
        note(meter.dispute(terms.own, None));
    }
    for block in view.blocks.values_mut() {
        let Some(meter) = &mut block.meter else {
            continue;
        };
        let moves = matches!(
            block.block.state,
            BlockState::Ramping | BlockState::Restoring
        );
        meter.moving = moves.then(|| meter.moving.unwrap_or(terms.now));
        meter.judge(terms, slope(&block.block, meter.moving, terms));
        if meter.own.is_some() {
            block.block.power = meter.believed();
        }
        note(meter.dispute(terms.own, Some(&block.block.name)));
        if meter.others.is_empty() {
            block.meter = None;
        }
    }
    found.map(|dispute| (dispute, count))
}

impl BlockView {
    /// Do all feeds that read its meter say the same of it, at this time or later?
    pub fn agree_since(&self, since: Timestamp) -> bool {
        let others = self.meter.as_ref().map_or(&[][..], |m| &m.others);
        others
            .iter()
            .all(|o| !o.turn.disputed && !o.turn.differs && o.reading.1 >= since)
    }

    /// Do feeds disagree about its meter?
    pub fn is_disputed(&self) -> bool {
        let others = self.meter.as_ref().map_or(&[][..], |m| &m.others);
        others.iter().any(|o| o.turn.disputed)
    }
}

/// A person chooses who is believed about the meters of the site `at_hand`, or of the first that is disputed.
pub(super) fn choose(state: &mut State, at_hand: bool) -> Option<Vec<Effect>> {
    let sites = &state.fleet.sites;
    let disputed = |id: &SiteId| sites.get(id).is_some_and(|v| v.disputed.is_some());
    let site = if at_hand {
        let shown = match state.nav.screen {
            Screen::Site => state.nav.site.clone(),
            _ => rows::site_at_cursor(state),
        };
        shown.filter(disputed)?
    } else {
        sites.keys().find(|id| disputed(id)).cloned()?
    };
    let view = state.fleet.sites.get(&site)?;
    let (dispute, _) = view.disputed.clone()?;
    let next = dispute.other.0;
    let label = state
        .feed(next)
        .map_or_else(String::new, |f| f.label.to_string());
    let words = told!(
        "own-rules-meters",
        "{feed} rules the meters of {site} by choice",
        feed = &*label,
        site = &view.site.name
    );
    state.fleet.chosen.insert(site, next);
    let operator = state.desk.operator.clone();
    state.fleet.tick(&state.feeds, &operator, state.now, true);
    let fact = Fact::Note(words.english().clone());
    state.say(words);
    Some(journal::write(state, vec![fact]).into_iter().collect())
}
