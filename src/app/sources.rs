//! Readings of the grid, each feed's own: which of them rules, and where they contradict each other.
//!
//! Invariant: a contradiction is never resolved in silence. While two fresh readings of one place differ, nothing that
//! the ruling one says may bar an emergency; once they have differed for 5 s both are shown and a person may choose.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::feeds::{DEFAULT_PERIOD, Feed};
use super::grid::Grid;
use super::{Effect, Note, State, journal};
use crate::domain::grid::GridReading;
use crate::domain::ids::FeedId;
use crate::domain::journal::Fact;
use crate::domain::quality::{Concern, Quality, is_stale, judged};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

/// Where something was measured: a grid node or an island by its name; none: the grid as a whole.
pub type Place = Option<Arc<str>>;

/// Feeds whose readings are kept, of real ones and of simulated ones.
const MOST_SOURCES: usize = 16;
/// Readings of a feed that are remembered to compare others with, and how far apart they lie at least.
const MOST_POINTS: usize = 128;
const APART: Duration = Duration::from_millis(250);
/// Frequencies of one grid differ by no more at one time, mHz.
const FREQUENCY: u64 = 20;
/// And by so much more for each ms between them: 0.5 Hz/s.
const PER_MILLI: (u64, u64) = (1, 2);
/// What another feed said is looked up for the very time of a reading: between two readings that lie no further apart.
const NEIGHBOURS: Duration = Duration::from_secs(2);
/// Where there are none, so much of the time between counts, be it longer: who shifts its times gains no more by it.
pub(super) const SHIFT: Duration = Duration::from_secs(1);
/// Powers differ by no more than this part of the larger.
const POWER: (u128, u128) = (2, 100);
/// Both sides of a dispute are told once they have differed for so long, and it is over once they have agreed for so
/// long without a break.
const LASTS: Duration = Duration::from_secs(5);
/// Agreeing for so many seconds makes up for one of differing: who agrees for a moment now and then is told all the same.
const MAKES_UP: u32 = 10;
/// A dispute with one side silent is remembered so long.
const REMEMBERED: Duration = Duration::from_mins(1);

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Hz.
    Frequency,
    /// MW.
    Surplus,
    /// MW.
    Demand,
}

impl Figure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Frequency, Self::Surplus, Self::Demand];

    /// The word in alarms and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Frequency => "frequency",
            Self::Surplus => "surplus",
            Self::Demand => "demand",
        }
    }

    /// As a reading states it: mHz or W.
    pub fn of(self, reading: &GridReading) -> Option<i64> {
        match self {
            Self::Frequency => reading.frequency.map(Hertz::millihertz),
            Self::Surplus => reading.surplus.map(Power::watts),
            Self::Demand => reading.demand.map(Power::watts),
        }
    }

    /// Are two statements, for times `apart` from each other, further from each other than they may be?
    fn differs(self, one: i64, other: i64, apart: Duration) -> bool {
        if self == Self::Frequency {
            let millis = u64::try_from(apart.as_millis()).unwrap_or(u64::MAX);
            let allowed = FREQUENCY.saturating_add(millis / PER_MILLI.1 * PER_MILLI.0);
            return one.abs_diff(other) > allowed;
        }
        let power = Power::from_watts;
        powers_differ(power(one), power(other), apart, Power::ZERO)
    }

    /// In figures and with its unit, as alarms and the journal have it.
    pub fn text(self, value: i64) -> Sentence {
        match self {
            Self::Frequency => told!(
                "own-hz",
                "{at_mhz} Hz",
                at_mhz = Hertz::from_millihertz(value)
            ),
            Self::Surplus | Self::Demand => {
                let mw = format!("{:.0}", Power::from_watts(value).megawatts());
                told!("own-mw", "{mw} MW", mw = &*mw)
            }
        }
    }

    /// As sentences name it.
    fn told(self) -> Sentence {
        match self {
            Self::Frequency => told!("own-frequency", "frequency"),
            Self::Surplus => told!("own-surplus", "surplus"),
            Self::Demand => told!("own-demand", "demand"),
        }
    }
}

/// Whether two statements differ, and for how long they have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turn {
    /// They differ for long enough, and have not agreed since for long enough.
    pub disputed: bool,
    /// They differ now.
    pub differs: bool,
    apart: Duration,
    agreed: Duration,
    compared: Timestamp,
}

impl Turn {
    /// Nothing has been compared yet.
    pub fn new(now: Timestamp) -> Self {
        Self {
            compared: now,
            ..Self::default()
        }
    }

    /// They were compared at `now`. What was found holds until the next comparison; one that is long in coming, as after
    /// a silence, counts as `LASTS`.
    pub fn compared(&mut self, differs: bool, now: Timestamp) {
        let span = self.compared.age(now).min(LASTS);
        if self.differs {
            self.apart = self.apart.saturating_add(span).min(LASTS);
        } else {
            self.apart = self.apart.saturating_sub(span / MAKES_UP);
            self.agreed = self.agreed.saturating_add(span);
        }
        if differs {
            self.agreed = Duration::ZERO;
            self.disputed |= self.apart >= LASTS;
        } else if self.agreed >= LASTS && self.disputed {
            (self.disputed, self.apart) = (false, Duration::ZERO);
        }
        (self.differs, self.compared) = (differs, now);
    }

    /// One side has been silent for so long that there is nothing to choose any more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.compared.age(now) >= REMEMBERED || now < self.compared
    }
}

/// Do two powers, stated for times `apart` from each other, differ by more than meters do? `slope`: how fast it may have
/// changed, W/s.
pub fn powers_differ(one: Power, other: Power, apart: Duration, slope: Power) -> bool {
    let (one, other) = (one.watts(), other.watts());
    let larger = one.unsigned_abs().max(other.unsigned_abs());
    let moved = u128::from(slope.watts().max(0).unsigned_abs()) * apart.as_millis() / 1_000;
    let allowed = (u128::from(larger) * POWER.0 / POWER.1).max(SMALL) + moved;
    u128::from(one.abs_diff(other)) > allowed
}

/// Less is no difference, W.
const SMALL: u128 = 10_000;

/// One reading, kept to compare others with.
#[derive(Debug, Clone, PartialEq)]
struct Point {
    measured_at: Timestamp,
    heard: Timestamp,
    figures: [Option<i64>; 3],
}

/// What one feed says of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its last reading.
    pub reading: GridReading,
    /// Its quality by age and by word, at the last tick or when it was heard.
    pub quality: Quality,
    /// It still speaks, and says what holds by its own period: it is compared, be its reading too old to act on.
    speaks: bool,
    simulated: bool,
    points: VecDeque<Point>,
}

impl Source {
    /// Where it measures.
    pub fn place(&self) -> &Place {
        &self.reading.grid_node
    }

    fn is_fresh(&self) -> bool {
        self.quality < Quality::Stale
    }

    fn take(&mut self, reading: GridReading, now: Timestamp) {
        if reading.grid_node != self.reading.grid_node {
            self.points.clear();
        }
        let mut newest = self.points.iter().rev().map(|p| p.measured_at);
        let (last, before) = (newest.next(), newest.next());
        // The newest gives way where it lies too near the one before it, so that what is kept reaches back however often a
        // feed speaks.
        let near = last.zip(before);
        if near.is_some_and(|(last, before)| before.age(last) < APART) {
            self.points.pop_back();
        } else if self.points.len() == MOST_POINTS {
            self.points.pop_front();
        }
        self.points.push_back(Point {
            measured_at: reading.measured_at,
            heard: now,
            figures: Figure::ALL.map(|figure| figure.of(&reading)),
        });
        self.reading = reading;
    }

    /// Says what its reading is worth now.
    fn judge(&mut self, feed: Option<&Feed>, now: Timestamp) {
        let (reading, at) = (&self.reading, self.reading.measured_at);
        let at_best = feed.map_or(Concern::None, |f| f.concern(at, now)).at_best();
        let worth = |period| judged(reading.quality, at, now, period).max(at_best);
        let period = feed.map_or(DEFAULT_PERIOD, Feed::grid_period);
        self.quality = worth(period);
        let holds = worth(feed.map_or(DEFAULT_PERIOD, Feed::period)) < Quality::Stale;
        let heard = self.points.back().map(|point| point.heard);
        self.speaks = holds && heard.is_some_and(|heard| !is_stale(heard, now, period));
    }

    /// What it says now, and for when.
    fn last(&self, figure: Figure, by: Clock) -> Option<(Timestamp, i64)> {
        let point = self.points.back()?;
        Some((by.of(point), point.figures[figure as usize]?))
    }

    /// What it said for the time `at`, as near to `value` as its readings before and after allow, and how far from `at`
    /// that was; of more readings of one time the last one counts.
    fn said(
        &self,
        figure: Figure,
        at: Timestamp,
        by: Clock,
        value: i64,
    ) -> Option<(Duration, i64)> {
        let points = self.points.iter().rev();
        let stated = points.filter_map(|p| Some((by.of(p), p.figures[figure as usize]?)));
        let before = stated.clone().filter(|(time, _)| *time <= at);
        let before = before.min_by_key(|(time, _)| time.age(at));
        let after = stated.clone().filter(|(time, _)| *time >= at);
        let after = after.min_by_key(|(time, _)| at.age(*time));
        if let (Some(one), Some(other)) = (before, after)
            && one.0.age(other.0) <= NEIGHBOURS
        {
            let (low, high) = (one.1.min(other.1), one.1.max(other.1));
            return Some((Duration::ZERO, value.clamp(low, high)));
        }
        let nearest = stated.min_by_key(|(time, _)| between(*time, at))?;
        Some((between(nearest.0, at), nearest.1))
    }
}

/// By which times readings are laid beside each other.
#[derive(Debug, Clone, Copy)]
enum Clock {
    /// When they were measured, corrected by each feed's skew.
    Measured,
    /// When they were heard: the skew of one of them is not known.
    Heard,
}

impl Clock {
    /// Nothing is measured after it was heard.
    fn of(self, point: &Point) -> Timestamp {
        match self {
            Self::Measured => point.measured_at.min(point.heard),
            Self::Heard => point.heard,
        }
    }
}

fn between(one: Timestamp, other: Timestamp) -> Duration {
    one.age(other).max(other.age(one))
}

/// Do they differ at the same time? None: they can't be compared.
fn differ(one: &Source, other: &Source, figure: Figure, by: Clock) -> Option<bool> {
    let (mine, theirs) = (one.last(figure, by)?, other.last(figure, by)?);
    let (old, new, newer) = if mine.0 <= theirs.0 {
        (mine, theirs, other)
    } else {
        (theirs, mine, one)
    };
    let (apart, said) = newer.said(figure, old.0, by, old.1)?;
    let then = figure.differs(old.1, said, apart.min(SHIFT));
    // What rules may be newer than all that it can be held against, by a little.
    let apart = old.0.age(new.0);
    Some(then || (apart <= SHIFT && figure.differs(old.1, new.1, apart)))
}

/// A dispute as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// About what.
    pub figure: Figure,
    /// Where.
    pub place: Place,
    /// Who is believed, and what it says.
    pub rules: (FeedId, i64),
    /// Who says otherwise, and what.
    pub other: (FeedId, i64),
    /// A person has chosen so.
    pub chosen: bool,
}

/// All that is kept to compare feeds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sources {
    of: BTreeMap<FeedId, Source>,
    turns: BTreeMap<Pair, Turn>,
    chosen: BTreeMap<Place, FeedId>,
    rulers: BTreeMap<Place, FeedId>,
}

type Pair = (Figure, FeedId, FeedId);

impl Sources {
    /// The readings that count: real ones where there are any, however old. A simulated grid never stands in for a real
    /// one.
    fn eligible(&self) -> impl Iterator<Item = (FeedId, &Source)> {
        let real = self.of.values().any(|source| !source.simulated);
        let all = self.of.iter().map(|(id, source)| (*id, source));
        all.filter(move |(_, s)| s.simulated != real)
    }

    /// Who comes first at a place, the least best: a person's choice, the desk's order of preference, who ruled before.
    /// Who has fallen silent rules only where nobody speaks, and then who did before.
    fn order(&self, feeds: &[Feed], id: FeedId, source: &Source) -> impl Ord + use<> {
        let is = |map: &BTreeMap<Place, FeedId>| map.get(source.place()) == Some(&id);
        let (chosen, before) = (is(&self.chosen), is(&self.rulers));
        let preference = feeds.iter().find(|f| f.id == id).and_then(|f| f.preference);
        let silent = !source.is_fresh();
        let rank = preference.unwrap_or(u16::MAX);
        (silent, silent && !before, !chosen, rank, !before, id)
    }

    /// Says anew who rules where.
    fn rule(&mut self, feeds: &[Feed]) {
        let mut best = BTreeMap::new();
        for (id, source) in self.eligible() {
            let order = self.order(feeds, id, source);
            let first = best.entry(source.place().clone());
            let known = first.or_insert_with(|| (self.order(feeds, id, source), id));
            if order < known.0 {
                *known = (order, id);
            }
        }
        let rulers = best.into_iter().map(|(place, (_, id))| (place, id));
        self.rulers = rulers.collect();
    }

    /// The place whose reading is the nation's: the grid as a whole, else where it was taken from before, else the first.
    fn main(&self, before: Option<FeedId>) -> Option<(Place, FeedId)> {
        let whole = self.rulers.get_key_value(&None);
        let before = before.and_then(|id| self.of.get(&id)).map(Source::place);
        let same = before.and_then(|place| self.rulers.get_key_value(place));
        let found = whole.or(same).or_else(|| self.rulers.iter().next());
        found.map(|(place, id)| (place.clone(), *id))
    }

    /// Pairs at a place of which this holds.
    fn pairs(&self, place: &Place, holds: fn(&Turn) -> bool) -> impl Iterator<Item = Pair> {
        let at = move |id: &FeedId| self.of.get(id).is_some_and(|s| s.place() == place);
        let turns = self.turns.iter().filter(move |(_, turn)| holds(turn));
        turns
            .map(|(pair, _)| *pair)
            .filter(move |(_, one, other)| at(one) && at(other))
    }

    fn disputed(&self, place: &Place) -> Vec<Pair> {
        self.pairs(place, |turn| turn.disputed).collect()
    }

    /// Lays readings of one place beside each other, those of `about` alone where it is given.
    fn compare(&mut self, feeds: &[Feed], about: Option<FeedId>, now: Timestamp) {
        let feed = |id: FeedId| feeds.iter().find(|f| f.id == id);
        let skewed = |id| feed(id).is_none_or(|f| f.skew.is_none());
        let fresh: Vec<_> = self.eligible().filter(|(_, s)| s.speaks).collect();
        let mut found = Vec::new();
        for (at, (one, mine)) in fresh.iter().enumerate() {
            for (other, theirs) in &fresh[at + 1..] {
                let asked = about.is_none_or(|id| id == *one || id == *other);
                if !asked || mine.place() != theirs.place() {
                    continue;
                }
                let unknown = skewed(*one) || skewed(*other);
                let by = if unknown {
                    Clock::Heard
                } else {
                    Clock::Measured
                };
                for figure in Figure::ALL {
                    if let Some(differs) = differ(mine, theirs, figure, by) {
                        found.push(((figure, *one, *other), differs));
                    }
                }
            }
        }
        for (pair, differs) in found {
            self.turns.entry(pair).or_default().compared(differs, now);
        }
        self.turns.retain(|_, turn| !turn.is_over(now));
        let mut chosen = std::mem::take(&mut self.chosen);
        chosen.retain(|place, _| !self.disputed(place).is_empty());
        self.chosen = chosen;
    }

    fn value(&self, id: FeedId, figure: Figure) -> Option<i64> {
        figure.of(&self.of.get(&id)?.reading)
    }

    /// What is disputed at a place, each figure once: by its ruler where that states it.
    fn disputes_at(&self, place: &Place, ruler: FeedId, holds: fn(&Turn) -> bool) -> Vec<Dispute> {
        let pairs: Vec<Pair> = self.pairs(place, holds).collect();
        let of = |figure: Figure| {
            let pair = |of: &&Pair| of.0 == figure;
            let of_ruler = |(_, one, other): &&Pair| [one, other].contains(&&ruler);
            let pair = pairs.iter().filter(pair).find(of_ruler);
            let (_, one, other) = *pair.or_else(|| pairs.iter().find(|p| p.0 == figure))?;
            let (one, other) = if other == ruler {
                (other, one)
            } else {
                (one, other)
            };
            Some(Dispute {
                figure,
                place: place.clone(),
                rules: (one, self.value(one, figure)?),
                other: (other, self.value(other, figure)?),
                chosen: self.chosen.get(place) == Some(&ruler),
            })
        };
        Figure::ALL.into_iter().filter_map(of).collect()
    }
}

impl Grid {
    /// Takes what a feed says; it rules at once where nobody better does.
    pub fn take(&mut self, feeds: &[Feed], feed: &Feed, reading: GridReading, now: Timestamp) {
        let simulated = feed.is_simulated();
        let of = &mut self.sources.of;
        let alike = of.values().filter(|s| s.simulated == simulated).count();
        if !of.contains_key(&feed.id) && alike >= MOST_SOURCES {
            return;
        }
        let source = of.entry(feed.id).or_insert_with(|| Source {
            reading: GridReading::default(),
            quality: Quality::Bad,
            speaks: false,
            simulated,
            points: VecDeque::new(),
        });
        source.simulated = simulated;
        source.take(reading, now);
        source.judge(Some(feed), now);
        self.sources.compare(feeds, Some(feed.id), now);
        self.rule(feeds);
        // What is wanted there counts whoever's figures rule.
        let place = self.reading.as_ref().map(|(_, reading)| &reading.grid_node);
        let here = |reading: &GridReading| Some(&reading.grid_node) == place;
        let said = self
            .stated()
            .find(|(id, reading, _)| *id == feed.id && here(reading));
        if let Some(reading) = said.map(|(_, reading, _)| reading.clone()) {
            self.hear(feed.id, &reading);
        }
    }

    /// A reading of a feed that could not be read.
    pub fn bad(&mut self, feeds: &[Feed], feed: FeedId) {
        if let Some(source) = self.sources.of.get_mut(&feed) {
            source.reading.quality = Quality::Bad;
            source.quality = Quality::Bad;
            source.speaks = false;
        }
        self.rule(feeds);
    }

    /// Judges each feed's reading by its age, lays them beside each other and says anew which rules.
    pub(super) fn judge(&mut self, feeds: &[Feed], now: Timestamp) {
        for (id, source) in &mut self.sources.of {
            source.judge(feeds.iter().find(|f| f.id == *id), now);
        }
        self.sources.compare(feeds, None, now);
        self.rule(feeds);
    }

    fn rule(&mut self, feeds: &[Feed]) {
        self.sources.rule(feeds);
        let before = self.reading.as_ref().map(|(id, _)| *id);
        let Some((_, id)) = self.sources.main(before) else {
            return;
        };
        let simulated = |id: FeedId| self.sources.of.get(&id).is_some_and(|s| s.simulated);
        if before.is_some_and(|before| simulated(before) && !simulated(id)) {
            self.forget();
        }
        let Some(source) = self.sources.of.get(&id) else {
            return;
        };
        let quality = source.quality;
        if self
            .reading
            .as_ref()
            .is_none_or(|(from, known)| *from != id || *known != source.reading)
        {
            let reading = source.reading.clone();
            self.replace(id, reading);
        }
        self.quality = quality.max(self.doubt());
    }

    /// The quality that disputes leave to the ruling reading.
    pub(super) fn doubt(&self) -> Quality {
        let place = self.reading.as_ref().map(|(_, reading)| &reading.grid_node);
        let disputed = place.is_some_and(|place| !self.sources.disputed(place).is_empty());
        if disputed {
            Quality::Uncertain
        } else {
            Quality::Good
        }
    }

    /// What feeds do not agree about, those of the nation's reading first.
    pub fn disputes(&self) -> Vec<Dispute> {
        self.all(|turn| turn.disputed)
    }

    /// The same with what has not lasted for long enough yet.
    pub fn differences(&self) -> Vec<Dispute> {
        self.all(|turn| turn.disputed || turn.differs)
    }

    fn all(&self, holds: fn(&Turn) -> bool) -> Vec<Dispute> {
        let place = self.reading.as_ref().map(|(_, reading)| &reading.grid_node);
        let mut rulers: Vec<_> = self.sources.rulers.iter().collect();
        rulers.sort_by_key(|(at, _)| Some(*at) != place);
        let of = |(place, id): (&Place, &FeedId)| self.sources.disputes_at(place, *id, holds);
        rulers.into_iter().flat_map(of).collect()
    }

    /// Is the frequency at a place above `bar` by every fresh reading of it, and is what rules there good and contradicted
    /// by none, be it only for a moment? Only then may it bar anything. Of the grid as a whole every place is a part.
    pub fn all_above(&self, ruler: FeedId, place: &Place, bar: Hertz) -> bool {
        let good = self.worth(ruler) == Quality::Good;
        let fresh = self.sources.eligible();
        let here = |of: &Place| place.is_none() || of == place;
        let fresh = fresh.filter(|(_, source)| source.is_fresh() && here(source.place()));
        let mut stated = fresh.filter_map(|(_, source)| source.reading.frequency);
        good && self.contradictions_at(ruler, place).is_empty() && stated.all(|hertz| hertz > bar)
    }

    /// Who says otherwise of the frequency at a place than the feed that rules there, and what.
    pub fn contradictions_at(&self, ruler: FeedId, place: &Place) -> Vec<(FeedId, i64)> {
        let sources = &self.sources;
        let pairs = sources.pairs(place, |turn| turn.differs || turn.disputed);
        let frequency = pairs.filter(|(figure, ..)| *figure == Figure::Frequency);
        let sides: BTreeSet<FeedId> = frequency.flat_map(|(_, one, other)| [one, other]).collect();
        let others = sides.into_iter().filter(|id| *id != ruler);
        others
            .filter_map(|id| Some((id, sources.value(id, Figure::Frequency)?)))
            .collect()
    }

    /// The ruling fresh readings of other nodes and islands than the nation's reading is of.
    pub fn elsewhere(&self) -> impl Iterator<Item = (FeedId, &GridReading)> {
        let place = self.reading.as_ref().map(|(_, reading)| &reading.grid_node);
        let others = self
            .sources
            .rulers
            .iter()
            .filter(move |(at, _)| Some(*at) != place);
        others.filter_map(|(_, id)| {
            let source = self.sources.of.get(id).filter(|s| s.is_fresh())?;
            Some((*id, &source.reading))
        })
    }

    /// The ruling reading of a site's node or island with what it is worth, where a feed names that; else the nation's.
    pub fn at(&self, node: &str) -> Option<(FeedId, &GridReading, Quality)> {
        let named = self
            .elsewhere()
            .find(|(_, r)| r.grid_node.as_deref() == Some(node));
        let (id, reading) = match named {
            Some(named) => named,
            None => self.reading.as_ref().map(|(id, reading)| (*id, reading))?,
        };
        Some((id, reading, self.worth(id)))
    }

    /// What the reading of a feed is worth.
    pub(in crate::app) fn worth(&self, ruler: FeedId) -> Quality {
        if self.reading.as_ref().is_some_and(|(id, _)| *id == ruler) {
            return self.quality;
        }
        let source = self.sources.of.get(&ruler);
        source.map_or(Quality::Bad, |source| source.quality)
    }

    /// Each feed that states the grid: its reading, and its quality at the last tick.
    pub fn stated(&self) -> impl Iterator<Item = (FeedId, &GridReading, Quality)> {
        self.sources
            .eligible()
            .map(|(id, s)| (id, &s.reading, s.quality))
    }
}

/// A person chooses who rules in the first dispute: the next of those who take part in it.
pub(super) fn choose(state: &mut State) -> Option<Vec<Effect>> {
    let dispute = state.grid.disputes().into_iter().next()?;
    let sources = &mut state.grid.sources;
    let ruler = sources.rulers.get(&dispute.place).copied();
    let pairs = sources.disputed(&dispute.place).into_iter();
    let sides: BTreeSet<FeedId> = pairs.flat_map(|(_, one, other)| [one, other]).collect();
    let later = sides.iter().find(|id| Some(**id) > ruler);
    let next = later.or_else(|| sides.first()).copied()?;
    sources.chosen.insert(dispute.place.clone(), next);
    state.grid.rule(&state.feeds);
    let label = |id| {
        state
            .feed(id)
            .map_or_else(String::new, |f| f.label.to_string())
    };
    let value = state.grid.sources.value(next, dispute.figure);
    let words = told!(
        "own-rules-grid",
        "{feed} rules the grid's figures by choice",
        feed = &*label(next)
    );
    let words = match value {
        None => words,
        Some(value) => told!(
            "own-list",
            "{what}, {more}",
            what = words,
            more = dispute.figure.text(value)
        ),
    };
    let fact = Fact::Note(words.english().clone());
    state.say(words);
    Some(journal::write(state, vec![fact]).into_iter().collect())
}

/// Says so where the nation's figures have come to be of another place.
pub(super) fn tell_place(state: &mut State) {
    let Some((id, reading)) = &state.grid.reading else {
        return;
    };
    let place = reading.grid_node.clone();
    let before = state.grid.place.replace(place.clone());
    let Some(before) = before.filter(|before| *before != place) else {
        return;
    };
    let name = |place: &Place| match place {
        Some(place) => place.clone().into(),
        None => told!("own-whole-grid", "the grid as a whole"),
    };
    let label = state.feed(*id).map_or("", |feed| &feed.label);
    let (now, before) = (name(&place), name(&before));
    let words = told!(
        "own-other-place",
        "the nation's figures are of {now} now, by {feed}, not of {before}",
        now = now,
        feed = label,
        before = before
    );
    state.note(Note::link(words.clone()));
    state.say(words);
}

/// A dispute in words, as alarms and reports have it.
pub fn words(state: &State, dispute: &Dispute) -> Sentence {
    let side = |(id, value): (FeedId, i64)| {
        told!(
            "own-side",
            "{feed} says {value}",
            feed = state.feed(id).map_or("", |feed| &feed.label),
            value = dispute.figure.text(value)
        )
    };
    let (figure, one, other) = (
        dispute.figure.told(),
        side(dispute.rules),
        side(dispute.other),
    );
    match &dispute.place {
        None => told!(
            "own-differ",
            "{figure}: {one}, {other}",
            figure = figure,
            one = one,
            other = other
        ),
        Some(place) => told!(
            "own-differ-at",
            "{figure} at {place}: {one}, {other}",
            figure = figure,
            place = place,
            one = one,
            other = other
        ),
    }
}
