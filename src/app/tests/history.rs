//! What is shown goes into the history, and what a trend lacks comes out of it.

use super::*;
use crate::app::history::{self, History, Opened, Standing};
use crate::domain::history::{
    Answer, Ask, Book, Bucket, Grain, GridFigure, Sample, Series, SiteFigure,
};

fn ticked(state: &mut State, seconds: u64) -> Vec<Effect> {
    let at = NOW + Duration::from_secs(seconds);
    update(state, Msg::Tick(at))
}

fn opened(writes: bool) -> Msg {
    let file = Arc::from("history.db");
    Msg::HistoryStands(Ok(Opened { file, writes }))
}

/// A desk whose history stands open, its trends not asked for yet.
fn kept() -> State {
    let mut state = live();
    state.history = History::opening();
    let effects = ticked(&mut state, 0);
    let book = Book {
        nation: Arc::from("Belarus"),
        simulated: false,
    };
    assert_eq!(effects, [Effect::HistoryOpen(book)]);
    update(&mut state, opened(true));
    state
}

fn taken(effects: &[Effect]) -> Option<&[Sample]> {
    effects.iter().find_map(|effect| match effect {
        Effect::HistoryTake(_, samples) => Some(samples.as_slice()),
        _ => None,
    })
}

fn asked(effects: &[Effect]) -> Option<(u64, &[Ask])> {
    effects.iter().find_map(|effect| match effect {
        Effect::HistoryAsk { ticket, asks } => Some((*ticket, asks.as_slice())),
        _ => None,
    })
}

fn value(samples: &[Sample], series: &Series) -> Option<i64> {
    samples
        .iter()
        .find(|s| s.series == *series)
        .map(|s| s.value)
}

#[test]
fn what_is_shown_is_kept_once_a_second() {
    let mut state = kept();
    let effects = ticked(&mut state, 0);
    let samples = taken(&effects).expect("is kept");
    let nation = |figure| value(samples, &Series::Nation(figure));
    assert_eq!(nation(SiteFigure::Power), Some(250_000_000));
    assert_eq!(nation(SiteFigure::Target), Some(250_000_000));
    assert!(nation(SiteFigure::Hashrate) > Some(0));
    let site = Series::Site(SiteId::new("lukoml"), SiteFigure::Power);
    assert_eq!(value(samples, &site), Some(50_000_000));
    let again = update(&mut state, Msg::Tick(NOW + Duration::from_millis(250)));
    assert_eq!(taken(&again), None);
    assert!(taken(&ticked(&mut state, 1)).is_some());
}

#[test]
fn what_is_stale_is_a_gap() {
    let mut state = kept();
    let effects = ticked(&mut state, 60);
    assert_eq!(taken(&effects), None, "nothing is heard any more");
}

#[test]
fn a_desk_without_history_asks_for_none() {
    let mut state = live();
    assert!(ticked(&mut state, 0).is_empty());
    assert!(history::ask(&mut state, Vec::new()).is_none());
}

#[test]
fn a_simulated_nation_has_another_book_and_its_grid_stays_out_of_a_real_one() {
    let mut state = kept();
    let id = FeedId(1);
    state.feeds.push(Feed::new(id, "grid"));
    connect(&mut state, id, "sim", true);
    let reading = GridReading {
        frequency: Some(Hertz::from_millihertz(50_010)),
        measured_at: NOW,
        ..GridReading::default()
    };
    state.grid.replace(id, reading);
    let effects = ticked(&mut state, 1);
    let samples = taken(&effects).expect("the real sites are kept");
    assert_eq!(value(samples, &Series::Grid(GridFigure::Frequency)), None);
    state.feeds[1].info.as_mut().expect("has one").simulated = false;
    let effects = ticked(&mut state, 2);
    let frequency = Series::Grid(GridFigure::Frequency);
    let samples = taken(&effects).expect("is kept");
    assert_eq!(value(samples, &frequency), Some(50_010));

    for view in state.fleet.sites.values_mut() {
        view.realm = Realm::Simulated;
    }
    let effects = ticked(&mut state, 3);
    assert!(
        matches!(&effects[0], Effect::HistoryOpen(book) if book.simulated),
        "{effects:?}"
    );
    assert_eq!(taken(&effects), None, "it is not open yet");
}

#[test]
fn the_reserve_is_what_is_checked_and_what_is_claimed_is_kept_apart() {
    use crate::domain::reserve::BalanceSource::{Claimed, Node};
    let mut state = kept();
    let hold = |state: &mut State, id: &str, mature, source| {
        let one = bitcoin_account(id, mature, source);
        state.reserve.insert((FLEET, one.id.clone()), one);
    };
    hold(&mut state, "b", Decimal::from(20), Claimed);
    let of = |state: &mut State, minute: u64| {
        let effects = ticked(state, 60 * minute);
        let samples = taken(&effects).expect("it is kept").to_vec();
        let [all, node, claimed] = [
            Series::Reserve,
            Series::ReserveOf(Node),
            Series::ReserveOf(Claimed),
        ]
        .map(|series| value(&samples, &series));
        (all, node, claimed)
    };
    assert_eq!(
        of(&mut state, 1),
        (None, None, Some(2_000_000_000)),
        "what is only claimed is no reserve"
    );
    hold(&mut state, "a", Decimal::from(10), Node);
    assert_eq!(
        of(&mut state, 2),
        (
            Some(1_000_000_000),
            Some(1_000_000_000),
            Some(2_000_000_000)
        )
    );
    // More than there are satoshi, and more than there are numbers.
    hold(&mut state, "c", Decimal::MAX, Node);
    hold(&mut state, "d", Decimal::MAX, Node);
    assert_eq!(of(&mut state, 3), (None, None, Some(2_000_000_000)));
}

#[test]
fn a_trend_is_filled_in_once() {
    let mut state = kept();
    let effects = ticked(&mut state, 1);
    let (ticket, asks) = asked(&effects).expect("is asked for");
    let series = Series::Site(SiteId::new("lukoml"), SiteFigure::Power);
    let ask = asks
        .iter()
        .find(|a| a.series == series)
        .expect("is asked for");
    assert_eq!((ask.points, ask.to), (180, state.now));
    let step = Duration::from_secs(5);
    let bucket = Bucket {
        min: 40_000_000,
        max: 40_000_000,
        mean: 40_000_000,
        last: 40_000_000,
        coverage: 1.0,
        unsure: 0.0,
    };
    let answer = Answer {
        gateway: ask.gateway.clone(),
        series,
        from: NOW - step * 100,
        step,
        grain: Grain::Second,
        buckets: vec![Some(bucket); 100],
    };
    let answers = Ok(vec![answer]);
    assert_eq!(asked(&ticked(&mut state, 2)), None, "only once");
    let before = state.fleet.sites[&SiteId::new("lukoml")]
        .trend
        .samples()
        .len();
    update(
        &mut state,
        Msg::HistoryAnswer {
            ticket,
            answers: answers.clone(),
        },
    );
    let trend = &state.fleet.sites[&SiteId::new("lukoml")].trend;
    assert!(trend.samples().len() >= before + 99);
    assert_eq!(trend.samples().next(), Some(Some(40.0)));
    assert_eq!(
        trend.samples().last(),
        Some(Some(50.0)),
        "what is here stays"
    );
    // Nobody asked for this one.
    let was = state.clone();
    update(
        &mut state,
        Msg::HistoryAnswer {
            ticket: 99,
            answers,
        },
    );
    assert_eq!(state.fleet, was.fleet);
}

#[test]
fn a_history_that_fails_is_said_and_everything_else_goes_on() {
    let mut state = kept();
    let why: Arc<str> = "history is off: its disk is full".into();
    update(&mut state, Msg::HistoryStands(Err(why.clone())));
    assert_eq!(state.history.standing, Standing::Off(why.clone()));
    assert_eq!(state.said.as_ref().map(|(_, said)| &**said), Some(&*why));
    assert!(history::ask(&mut state, Vec::new()).is_none());
    // It is still handed what is shown: it knows best when it goes on.
    assert!(taken(&ticked(&mut state, 1)).is_some());
    update(&mut state, opened(true));
    assert!(matches!(state.history.standing, Standing::Open(_)));
}

#[test]
fn the_latest_question_of_a_view_is_the_one_that_counts() {
    let mut state = kept();
    let question = |to: u64| {
        vec![Ask {
            gateway: None,
            series: Series::Grid(GridFigure::Frequency),
            from: NOW,
            to: NOW + Duration::from_secs(to),
            points: 100,
        }]
    };
    let first = history::ask(&mut state, question(60)).expect("is asked");
    let second = history::ask(&mut state, question(600)).expect("is asked");
    let ticket = |effect: &Effect| asked(std::slice::from_ref(effect)).expect("is one").0;
    let answer = |step: u64| Answer {
        gateway: None,
        series: Series::Grid(GridFigure::Frequency),
        from: NOW,
        step: Duration::from_secs(step),
        grain: Grain::Second,
        buckets: Vec::new(),
    };
    let (early, late) = (ticket(&first), ticket(&second));
    update(
        &mut state,
        Msg::HistoryAnswer {
            ticket: early,
            answers: Ok(vec![answer(1)]),
        },
    );
    assert!(state.history.answers.is_empty() && state.history.waits());
    update(
        &mut state,
        Msg::HistoryAnswer {
            ticket: late,
            answers: Ok(vec![answer(6)]),
        },
    );
    assert_eq!(state.history.answers, [answer(6)]);
    assert!(!state.history.waits());
}

#[test]
fn what_is_kept_is_its_gateways_and_another_ones_past_is_not_shown() {
    let mut state = kept();
    let effects = ticked(&mut state, 1);
    let samples = taken(&effects).expect("is kept");
    for sample in samples {
        let gateway = sample.gateway.as_ref().map(GatewayId::as_str);
        let wanted = (!sample.series.is_the_nations()).then_some("g");
        assert_eq!(gateway, wanted, "{:?}", sample.series);
    }
    assert!(samples.iter().any(|sample| sample.gateway.is_some()));
    let (ticket, asks) = asked(&effects).expect("is asked for");
    let site = Series::Site(SiteId::new("lukoml"), SiteFigure::Power);
    let ask = asks
        .iter()
        .find(|ask| ask.series == site)
        .expect("is asked for");
    assert_eq!(ask.gateway, Some(GatewayId::new("g")));
    // By the time that it is answered, another gateway has the site.
    let view = state
        .fleet
        .sites
        .get_mut(&SiteId::new("lukoml"))
        .expect("a site");
    view.gateway = GatewayId::new("other");
    let before = view.trend.clone();
    let bucket = Bucket {
        min: 1,
        max: 1,
        mean: 1,
        last: 1,
        coverage: 1.0,
        unsure: 0.0,
    };
    let answer = Answer {
        gateway: ask.gateway.clone(),
        series: site.clone(),
        from: ask.from,
        step: Duration::from_secs(5),
        grain: Grain::Second,
        buckets: vec![Some(bucket); 180],
    };
    let answers = Ok(vec![answer]);
    update(&mut state, Msg::HistoryAnswer { ticket, answers });
    assert_eq!(state.fleet.sites[&SiteId::new("lukoml")].trend, before);
    let effects = ticked(&mut state, 1);
    let (_, asks) = asked(&effects).expect("its own past is asked for");
    assert_eq!(asks[0].gateway, Some(GatewayId::new("other")));
}
