//! The history, as the console sees it: what is shown goes into it once a second, and what trends lack comes out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::prelude::ToPrimitive;

use super::fleet::{Realm, SiteView};
use super::notes::Note;
use super::notice::What;
use super::{Effect, State};
use crate::domain::fleet::PowerSource;
use crate::domain::history::{
    Answer, Ask, Book, GridFigure, Sample, Series, SiteFigure, kilohashes,
};
use crate::domain::ids::GatewayId;
use crate::domain::quality::Quality;
use crate::domain::reserve::{BalanceSource, Money, btc_to_sats};
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::domain::units::{Hashrate, Hertz, Power, Sats};

/// The history's file, and who writes it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Opened {
    /// The file.
    pub file: Arc<str>,
    /// This console writes it; else another console of this machine does, and this one reads.
    pub writes: bool,
}

/// How it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// This console has none.
    #[default]
    Absent,
    /// It waits for a nation, or for its file.
    Opening,
    /// It is at work.
    Open(Opened),
    /// It is off, and why.
    Off(Arc<str>),
}

/// What a question was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Trends that lack what was before.
    Trends,
    /// A view's range of time; the latest question alone counts.
    View,
    /// The reserve by days; the latest question alone counts.
    Reserve,
}

/// The history as this console sees it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// How it stands.
    pub standing: Standing,
    /// Whose it is.
    pub book: Option<Book>,
    /// The last answers to [`ask`].
    pub answers: Vec<Answer>,
    /// The reserve by days, as last answered.
    pub reserve: Vec<Answer>,
    /// When it was last asked for.
    pub(super) reserve_asked: Option<Timestamp>,
    /// Questions under way.
    asked: BTreeMap<u64, Purpose>,
    tickets: u64,
    taken_at: Option<Timestamp>,
    /// Series whose trends were asked for, with their gateways.
    filled: BTreeSet<(Option<GatewayId>, Series)>,
}

impl History {
    /// One that opens as soon as it is known whose it is.
    pub fn opening() -> Self {
        Self {
            standing: Standing::Opening,
            ..Self::default()
        }
    }

    /// Is an answer to [`ask`] still to come?
    pub fn waits(&self) -> bool {
        self.asked.values().any(|p| *p == Purpose::View)
    }

    /// Asks for the reserve by days; the answers come into [`History::reserve`].
    pub(super) fn ask_reserve(&mut self, asks: Vec<Ask>) -> Effect {
        self.asked.retain(|_, p| *p != Purpose::Reserve);
        self.ask(Purpose::Reserve, asks)
    }

    fn ask(&mut self, purpose: Purpose, asks: Vec<Ask>) -> Effect {
        self.tickets += 1;
        self.asked.insert(self.tickets, purpose);
        Effect::HistoryAsk {
            ticket: self.tickets,
            asks,
        }
    }
}

/// What trends show.
const TREND: Duration = Duration::from_mins(15);
/// Sites whose trends are asked for in one go.
const AT_ONCE: usize = 100;
/// Units of generation that are kept.
pub(super) const MOST_UNITS: usize = 64;

/// Asks for these ranges, for a screen; the answers come into [`History::answers`], in place of earlier ones. None
/// where there is no history to ask.
pub fn ask(state: &mut State, asks: Vec<Ask>) -> Option<Effect> {
    if !matches!(state.history.standing, Standing::Open(_)) {
        return None;
    }
    state.history.asked.retain(|_, p| *p != Purpose::View);
    Some(state.history.ask(Purpose::View, asks))
}

/// Time passes: opens the nation's history, keeps what is shown, asks for what trends lack.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    if state.history.standing == Standing::Absent {
        return Vec::new();
    }
    let mut effects = Vec::new();
    if let Some(book) = book(state)
        && state.history.book.as_ref() != Some(&book)
    {
        state.history = History {
            book: Some(book.clone()),
            tickets: state.history.tickets,
            ..History::opening()
        };
        effects.push(Effect::HistoryOpen(book));
    }
    let now = state.now;
    let heard = !matches!(state.history.standing, Standing::Opening | Standing::Absent);
    // The first second is shown, and kept, when the history has opened.
    let due = match state.history.taken_at {
        Some(at) => now < at || second(now) > second(at),
        None => true,
    };
    if heard && due {
        let before = state.history.taken_at.replace(now);
        let samples = shown(state, before);
        if !samples.is_empty() {
            effects.push(Effect::HistoryTake(now, samples));
        }
    }
    if let Standing::Open(_) = state.history.standing {
        effects.extend(fill(state));
        effects.extend(super::inflow::tick(state));
    }
    effects
}

fn second(at: Timestamp) -> i64 {
    at.millis().div_euclid(1_000)
}

/// Whose history it is: known with the first site of the nation.
fn book(state: &State) -> Option<Book> {
    let sites = &state.fleet.sites;
    let nation = state.nation.clone()?;
    let realm = state.realm();
    sites
        .values()
        .any(|view| view.realm == realm)
        .then_some(Book {
            nation,
            simulated: realm == Realm::Simulated,
        })
}

/// How it stands has changed.
pub(super) fn stands(state: &mut State, outcome: Result<Opened, Arc<str>>) -> Vec<Effect> {
    let was_off = matches!(state.history.standing, Standing::Off(_));
    match outcome {
        Ok(opened) => {
            if was_off {
                state.note(Note::link(told!("own-history-again", "history goes on")));
                state.say(What::HistoryAgain);
            }
            state.history.standing = Standing::Open(opened);
        }
        Err(why) => {
            state.note(Note::link(why.clone()));
            state.say(&why);
            // What was asked for is answered; new questions wait until it goes on.
            state.history.standing = Standing::Off(why);
        }
    }
    Vec::new()
}

/// Answers have come.
pub(super) fn answered(state: &mut State, ticket: u64, answers: Result<Vec<Answer>, Arc<str>>) {
    // Of a history that was left, or of a view that has asked again.
    let Some(purpose) = state.history.asked.remove(&ticket) else {
        return;
    };
    match (purpose, answers) {
        (Purpose::View, Ok(answers)) => state.history.answers = answers,
        (Purpose::Trends, Ok(answers)) => {
            for answer in &answers {
                fill_in(state, answer);
            }
        }
        (Purpose::Reserve, Ok(answers)) => state.history.reserve = answers,
        (Purpose::View | Purpose::Reserve, Err(why)) => state.say(&why),
        // The trends begin anew, as they would without a history; its own sentence has been said.
        (Purpose::Trends, Err(_)) => {}
    }
}

/// Asks for the trends that have not been filled in yet.
fn fill(state: &mut State) -> Option<Effect> {
    // Sites that come and go under ever new names get no more than this.
    if state.history.filled.len() >= 2 * super::fleet::MAX_SITES {
        return None;
    }
    let realm = state.realm();
    let mut wanted = Vec::new();
    let nation = (Series::Nation(SiteFigure::Power), 900);
    for (series, points) in std::iter::once(nation).chain(of_reading(state)) {
        let key = (gateway(state, &series), series);
        if !state.history.filled.contains(&key) {
            wanted.push((key, points));
        }
    }
    for (id, view) in &state.fleet.sites {
        if wanted.len() >= AT_ONCE {
            break;
        }
        let series = Series::Site(id.clone(), SiteFigure::Power);
        let key = (Some(view.gateway.clone()), series);
        if view.realm == realm && !state.history.filled.contains(&key) {
            wanted.push((key, 180));
        }
    }
    if wanted.is_empty() {
        return None;
    }
    let now = state.now;
    let asks = wanted.into_iter().map(|(key, points)| {
        state.history.filled.insert(key.clone());
        let (gateway, series) = key;
        Ask {
            gateway,
            series,
            from: now - TREND,
            to: now,
            points,
        }
    });
    let asks = asks.collect();
    Some(state.history.ask(Purpose::Trends, asks))
}

/// The gateway that a series is of, as it is heard now: that of the grid's reading, or of the site; none of what is the
/// nation's own, or of nobody.
pub(super) fn gateway(state: &State, series: &Series) -> Option<GatewayId> {
    match series {
        Series::Nation(_) | Series::Reserve | Series::ReserveOf(_) => None,
        Series::Site(id, _) => Some(state.fleet.sites.get(id)?.gateway.clone()),
        Series::Grid(_) | Series::Unit(_) | Series::Price(_) => {
            let (feed, _) = state.grid.reading.as_ref()?;
            let info = state.feed(*feed)?.info.as_ref()?;
            Some(info.gateway.clone())
        }
    }
}

/// The series of the reading that is heard, with the points that a quarter of an hour has of them. Only where it is of the
/// realm that is kept.
fn of_reading(state: &State) -> Vec<(Series, u16)> {
    let Some((feed, reading)) = &state.grid.reading else {
        return Vec::new();
    };
    let simulated = state
        .feed(*feed)
        .is_some_and(super::feeds::Feed::is_simulated);
    if state.history.book.as_ref().map(|book| book.simulated) != Some(simulated) {
        return Vec::new();
    }
    let price = reading.price.iter();
    let price = price.map(|p| (Series::Price(p.currency.clone()), 15));
    let units = reading.generation.iter().take(MOST_UNITS);
    let units = units.map(|u| (Series::Unit(u.unit.clone()), 90));
    let figures = [
        GridFigure::Frequency,
        GridFigure::Surplus,
        GridFigure::Demand,
    ];
    let figures = figures.map(|figure| (Series::Grid(figure), 900));
    figures.into_iter().chain(price).chain(units).collect()
}

fn fill_in(state: &mut State, answer: &Answer) {
    let now = state.now;
    let series = &answer.series;
    // Another gateway may be heard by now.
    if answer.gateway != gateway(state, series) {
        return;
    }
    let known = |at: Timestamp| answer.at(at).map(|b| series.shown(b.last) as f32);
    let unsure = |at: Timestamp| answer.at(at).map(|b| f32::from(u8::from(b.unsure > 0.0)));
    match series {
        Series::Grid(figure) => {
            let trend = match figure {
                GridFigure::Frequency => &mut state.grid.frequency,
                GridFigure::Surplus => &mut state.grid.surplus,
                GridFigure::Demand => &mut state.grid.demand,
            };
            trend.fill(now, known);
            if *figure == GridFigure::Frequency {
                state.grid.doubt.fill(now, unsure);
            }
        }
        Series::Nation(SiteFigure::Power) => {
            state.grid.mining.fill(now, known);
            state.grid.load.fill(now, known);
            state.grid.load_doubt.fill(now, unsure);
        }
        Series::Price(_) => state.grid.price.fill(now, known),
        Series::Unit(unit) => {
            if let Some(trend) = state.grid.units.get_mut(unit) {
                trend.fill(now, known);
            }
        }
        Series::Site(id, SiteFigure::Power) => {
            let realm = state.realm();
            if let Some(view) = state.fleet.sites.get_mut(id)
                && view.realm == realm
            {
                view.trend.fill(now, known);
            }
        }
        _ => {}
    }
}

/// Takes samples of one second.
struct Basket {
    /// The gateway of what is put in now; none of what is the nation's own.
    gateway: Option<GatewayId>,
    second: i64,
    /// The second before it that was taken.
    before: Option<i64>,
    samples: Vec<Sample>,
}

impl Basket {
    fn put(&mut self, series: Series, value: Option<i64>, unsure: bool) {
        // By the clock, so that a second that was slept through costs no minute.
        let turn = |second: i64| second.div_euclid(i64::from(series.cadence()));
        let due = self
            .before
            .is_none_or(|before| turn(before) != turn(self.second));
        if let Some(value) = value.filter(|_| due) {
            self.samples.push(Sample {
                gateway: self.gateway.clone(),
                series,
                value,
                unsure,
            });
        }
    }

    fn figures(
        &mut self,
        series: impl Fn(SiteFigure) -> Series,
        power: Option<Power>,
        hashrate: Hashrate,
        target: Power,
        unsure: [bool; 2],
    ) {
        let [power_unsure, unsure] = unsure;
        self.put(
            series(SiteFigure::Power),
            power.map(Power::watts),
            power_unsure,
        );
        self.put(
            series(SiteFigure::Hashrate),
            Some(kilohashes(hashrate)),
            unsure,
        );
        self.put(series(SiteFigure::Target), Some(target.watts()), false);
    }
}

/// What the screens show now, of the nation's realm alone. What is stale or bad is left out: a gap.
fn shown(state: &State, before: Option<Timestamp>) -> Vec<Sample> {
    let realm = state.realm();
    if state.history.book.as_ref().map(|b| b.simulated) != Some(realm == Realm::Simulated) {
        return Vec::new();
    }
    let mut basket = Basket {
        gateway: None,
        second: second(state.now),
        before: before.map(second),
        samples: Vec::new(),
    };
    for (id, view) in &state.fleet.sites {
        if view.realm == realm && view.summary.quality < Quality::Stale {
            basket.gateway = Some(view.gateway.clone());
            site(&mut basket, id, view);
        }
    }
    basket.gateway = None;
    let totals = state.totals();
    // With a site stale the total holds a part that is only last known.
    if totals.sites > totals.stale {
        let unsure = totals.stale > 0;
        basket.figures(
            Series::Nation,
            Some(totals.load()),
            totals.hashrate,
            totals.target,
            [unsure, unsure],
        );
    }
    grid(&mut basket, state, realm);
    basket.gateway = None;
    if reserve_is_of(state, realm) {
        for (currency, source, sums) in super::holdings::totals(state) {
            if !currency.is_btc() {
                continue;
            }
            let sats = btc_to_sats(sums.held()).map(Sats::sat);
            let unsure = sums.unheard > 0;
            // A series has no room to say who says so: what is only claimed stands in its own, and in no other.
            if source == BalanceSource::Node {
                basket.put(Series::Reserve, sats, unsure);
            }
            basket.put(Series::ReserveOf(source), sats, unsure);
        }
    }
    basket.samples
}

fn site(basket: &mut Basket, id: &crate::domain::ids::SiteId, view: &SiteView) {
    let summary = &view.summary;
    let uncertain = summary.quality == Quality::Uncertain;
    // Firmware's word is 5 to 20 % off.
    let claimed = summary.source > Some(PowerSource::Pdu);
    basket.figures(
        |figure| Series::Site(id.clone(), figure),
        summary.load(),
        summary.hashrate,
        summary.target,
        [uncertain || claimed, uncertain],
    );
}

fn grid(basket: &mut Basket, state: &State, realm: Realm) {
    let Some((feed, reading)) = &state.grid.reading else {
        return;
    };
    let simulated = state
        .feed(*feed)
        .is_some_and(super::feeds::Feed::is_simulated);
    if state.grid.quality >= Quality::Stale || simulated != (realm == Realm::Simulated) {
        return;
    }
    let unsure = state.grid.quality == Quality::Uncertain;
    basket.gateway = gateway(state, &Series::Grid(GridFigure::Frequency));
    let watts = |power: Option<Power>| power.map(Power::watts);
    let frequency = reading.frequency.map(Hertz::millihertz);
    basket.put(Series::Grid(GridFigure::Frequency), frequency, unsure);
    basket.put(
        Series::Grid(GridFigure::Surplus),
        watts(reading.surplus),
        unsure,
    );
    basket.put(
        Series::Grid(GridFigure::Demand),
        watts(reading.demand),
        unsure,
    );
    for unit in reading.generation.iter().take(MOST_UNITS) {
        basket.put(
            Series::Unit(unit.unit.clone()),
            Some(unit.power.watts()),
            unsure,
        );
    }
    if let Some(Money { amount, currency }) = &reading.price {
        let price = amount
            .checked_mul(rust_decimal::Decimal::from(10_000))
            .and_then(|e4| e4.round().to_i64());
        basket.put(Series::Price(currency.clone()), price, unsure);
    }
}

/// Accounts of real feeds push simulated ones out of the total; either way it must be the realm's own.
fn reserve_is_of(state: &State, realm: Realm) -> bool {
    let real = state
        .reserve
        .keys()
        .any(|(id, _)| state.feed(*id).is_some_and(|f| !f.is_simulated()));
    real == (realm == Realm::Real)
}
