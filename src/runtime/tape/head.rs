//! The first line of a recording: what the console was before it heard anything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp as Instant;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

use super::FORMAT;
use crate::app::actions::ACTIONS;
use crate::app::alarms::Settings as Alarming;
use crate::app::feeds::Feed;
use crate::app::handover::Settings as Handing;
use crate::app::history::{History, Standing as Kept};
use crate::app::journal::{Journal, Standing};
use crate::app::keymap::{Wish, configured};
use crate::app::palette::Palette;
use crate::app::{Desk, Overlay, Size, State};
use crate::domain::ids::{FeedId, SiteId};
use crate::domain::language::Language;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::ui;
use crate::ui::look::Look;
use crate::ui::theme;

/// The longest name or sentence, bytes.
const LONGEST_TEXT: usize = 4 * 1_024;
/// Most feeds: twice what a config may name.
const MOST_FEEDS: usize = 512;
/// Most pinned sites.
const MOST_PINS: usize = 20_000;
/// Most shifts of a day.
const MOST_SHIFTS: usize = 48;
/// Most who take over.
const MOST_TAKERS: usize = 256;
/// Most keys of one action.
const MOST_KEYS: usize = 32;
/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// The head. Nothing secret is in it: feeds by their names, no addresses, no tokens, no keys' files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of the console by itself, as it stands in the file"
)]
pub struct Head {
    /// The format.
    pub baseload_recording: u32,
    /// The program's version.
    pub program: String,
    /// When the console began to be recorded.
    pub began: Timestamp,
    /// Who sits there.
    pub desk: Desk,
    /// The nation, where it was known.
    pub nation: Option<String>,
    /// It was the demo.
    pub demo: bool,
    /// Feeds by their names, in the order of their ids.
    pub feeds: Vec<String>,
    /// The language of the screen.
    pub language: Language,
    /// The theme, where it was a built-in.
    pub theme: Option<String>,
    /// The terminal.
    pub size: Size,
    /// The zone of the desk's clock.
    pub zone: Zone,
    /// Keys of the desk's own: the action, and its keys.
    pub keys: Vec<(String, Vec<String>)>,
    /// It keeps a journal.
    pub journal: bool,
    /// It keeps a history.
    pub history: bool,
    /// The tour for newcomers lay over the screen.
    pub tour: bool,
    /// What was said at the start.
    pub said: Option<String>,
    /// Most that one step of an emergency shed moves.
    pub emergency_step: Power,
    /// Between two such steps, ms.
    pub emergency_interval_ms: u64,
    /// What the system answers with to a hertz, where the desk knew.
    #[serde(default)]
    pub response: Option<Power>,
    /// Alarms of the top priority ring.
    pub alarms_call: bool,
    /// The longest shelf, ms.
    pub longest_shelf_ms: u64,
    /// How the desk hands over.
    pub handover: Handover,
    /// Feeds in the desk's order of preference, by their numbers.
    #[serde(default)]
    pub preference: Vec<u16>,
    /// Whose each pinned site is.
    #[serde(default)]
    pub pins: BTreeMap<SiteId, u16>,
}

/// A time zone by its name, and as it was then for where that name is not known.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Zone {
    /// Its name, `Europe/Minsk` say.
    pub name: Option<String>,
    /// East of UTC, seconds.
    pub offset_s: i32,
    /// Its name for people.
    pub shown: String,
}

/// How the desk hands over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Handover {
    /// When shifts begin, minutes of the day.
    pub shifts: Vec<u16>,
    /// Whose day.
    pub zone: Zone,
    /// Who can sign there.
    pub takers: Vec<Arc<str>>,
    /// The desk signs.
    pub signs: bool,
}

impl Zone {
    fn of(zone: &TimeZone, shown: &str, at: Timestamp) -> Self {
        let at = Instant::from_millisecond(at.millis()).unwrap_or(Instant::UNIX_EPOCH);
        Self {
            name: zone.iana_name().map(str::to_owned),
            offset_s: zone.to_offset(at).seconds(),
            shown: shown.to_owned(),
        }
    }

    /// The zone.
    pub fn zone(&self) -> TimeZone {
        let named = self.name.as_deref().map(TimeZone::get);
        if let Some(Ok(zone)) = named {
            return zone;
        }
        Offset::from_seconds(self.offset_s).map_or(TimeZone::UTC, TimeZone::fixed)
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// A span out of a file: a year at most.
fn span(millis: u64) -> Duration {
    Duration::from_millis(millis.min(366 * 24 * 3_600 * 1_000))
}

impl Head {
    /// Of a console that has heard nothing yet.
    pub fn of(state: &State, look: &Look) -> Self {
        let settings = &state.handover.settings;
        let zone = |zone, shown| Zone::of(zone, shown, state.now);
        Self {
            baseload_recording: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            began: state.now,
            desk: state.desk.clone(),
            nation: state.nation.as_deref().map(str::to_owned),
            demo: state.demo,
            feeds: state.feeds.iter().map(|f| f.label.to_string()).collect(),
            language: look.language,
            theme: theme_name(&look.theme).map(str::to_owned),
            size: state.size,
            zone: zone(&look.zone, &look.zone_name),
            keys: state.keys.wishes(),
            journal: matches!(state.journal.standing, Standing::Opening),
            history: matches!(state.history.standing, Kept::Opening),
            tour: state.overlay == Overlay::Tour,
            said: state.said.as_ref().map(|(_, said)| said.to_string()),
            emergency_step: state.emergency.step,
            emergency_interval_ms: millis(state.emergency.interval),
            response: state.response,
            alarms_call: state.alarming.settings.call,
            longest_shelf_ms: millis(state.alarming.settings.longest_shelf),
            handover: Handover {
                shifts: settings.shifts.clone(),
                zone: zone(&settings.zone, ""),
                takers: settings.takers.clone(),
                signs: settings.signs,
            },
            preference: preference(state),
            pins: state
                .fleet
                .pins
                .iter()
                .map(|(site, feed)| (site.clone(), feed.0))
                .collect(),
        }
    }

    /// Can a console have been so? The error says what the line does that no console's does.
    pub(super) fn check(&self) -> Result<(), String> {
        let few = |what: &str, count: usize, most: usize| {
            let over = || format!("names {count} {what} where {most} are allowed");
            (count <= most).then_some(()).ok_or_else(over)
        };
        let handover = &self.handover;
        few("feeds", self.feeds.len(), MOST_FEEDS)?;
        few("preferred feeds", self.preference.len(), MOST_FEEDS)?;
        few("pinned sites", self.pins.len(), MOST_PINS)?;
        few("shifts", handover.shifts.len(), MOST_SHIFTS)?;
        few("who take over", handover.takers.len(), MOST_TAKERS)?;
        few("actions with keys", self.keys.len(), ACTIONS.len())?;
        let keys = self.keys.iter().map(|(_, keys)| keys.len()).max();
        few("keys of one action", keys.unwrap_or(0), MOST_KEYS)?;
        if let Some(minute) = handover.shifts.iter().find(|minute| **minute >= DAY) {
            return Err(format!(
                "begins a shift at minute {minute} of a day of {DAY}"
            ));
        }
        if self.emergency_step <= Power::ZERO {
            return Err("sheds nothing in a step of an emergency".to_owned());
        }
        match self.texts().map(str::len).max() {
            Some(length) if length > LONGEST_TEXT => Err(format!(
                "holds a text of {length} bytes where {LONGEST_TEXT} are allowed"
            )),
            _ => Ok(()),
        }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let desk = &self.desk;
        let zones = [&self.zone, &self.handover.zone];
        let optional = [&self.nation, &self.theme, &self.said];
        let keys = self.keys.iter();
        [
            self.program.as_str(),
            &desk.name,
            &desk.operator,
            &desk.role,
        ]
        .into_iter()
        .chain(optional.into_iter().flatten().map(String::as_str))
        .chain(
            zones
                .into_iter()
                .flat_map(|z| z.name.as_deref().into_iter().chain([z.shown.as_str()])),
        )
        .chain(self.feeds.iter().map(String::as_str))
        .chain(self.pins.keys().map(SiteId::as_str))
        .chain(self.handover.takers.iter().map(|taker| &**taker))
        .chain(keys.flat_map(|(name, keys)| keys.iter().chain([name]).map(String::as_str)))
    }

    /// That console again.
    pub fn state(&self) -> State {
        let ids = (0..=u16::MAX).map(FeedId);
        let feeds = ids.zip(&self.feeds).map(|(id, name)| Feed::new(id, name));
        let size = Size::of(self.size.columns, self.size.rows);
        let mut state = State::new(self.desk.clone(), feeds.collect(), size, self.began);
        for feed in &mut state.feeds {
            let place = self.preference.iter().position(|id| *id == feed.id.0);
            feed.preference = place.and_then(|place| u16::try_from(place).ok());
        }
        let pins = self
            .pins
            .iter()
            .map(|(site, feed)| (site.clone(), FeedId(*feed)));
        state.fleet.pins = pins.collect();
        state.palette = Palette::in_words(ui::action_words(self.language));
        state.demo = self.demo;
        state.nation = self.nation.as_deref().map(Arc::from);
        if self.journal {
            state.journal = Journal::opening();
        }
        if self.history {
            state.history = History::opening();
        }
        if self.tour {
            state.overlay = Overlay::Tour;
        }
        if let Some(said) = &self.said {
            state.say(said);
        }
        let wishes: Vec<Wish> = self
            .keys
            .iter()
            .map(|(name, keys)| Wish {
                name: name.clone(),
                keys: keys.clone(),
                line: 0,
            })
            .collect();
        // Keys that a later version no longer knows are no reason to play nothing.
        state.keys = configured(&wishes).unwrap_or_default();
        state.emergency.step = self.emergency_step;
        state.emergency.interval = span(self.emergency_interval_ms);
        state.response = self.response;
        state.alarming.settings = Alarming {
            call: self.alarms_call,
            longest_shelf: span(self.longest_shelf_ms),
        };
        state.handover.settings = Handing {
            shifts: self.handover.shifts.clone(),
            zone: self.handover.zone.zone(),
            takers: self.handover.takers.clone(),
            signs: self.handover.signs,
        };
        state
    }

    /// Its clock, its language and its theme upon a look; the theme only where it was a built-in.
    pub fn dress(&self, look: Look) -> Look {
        let mut look = look.in_zone(self.zone.zone()).in_language(self.language);
        look.zone_name.clone_from(&self.zone.shown);
        if let Some(Ok(theme)) = self.theme.as_deref().map(theme::built_in) {
            look.theme = theme;
        }
        look
    }
}

/// Feeds in their order of preference.
fn preference(state: &State) -> Vec<u16> {
    let ranked = state
        .feeds
        .iter()
        .filter_map(|f| Some((f.preference?, f.id.0)));
    let mut ranked: Vec<(u16, u16)> = ranked.collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, id)| id).collect()
}

/// The name of a built-in theme.
pub(in crate::runtime) fn theme_name(worn: &theme::Theme) -> Option<&'static str> {
    theme::names().find(|name| theme::built_in(name).is_ok_and(|theme| theme == *worn))
}
