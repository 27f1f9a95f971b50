//! The Grid screen's axis: how it zooms and moves, what it asks, and what it makes of answers.

use super::*;
use crate::app::axis::{Columns, FAR, Span, lane, looks_back, waits, whole, window};
use crate::app::history::{Opened, Standing};
use crate::domain::grid::Instruction;
use crate::domain::history::{
    Answer, Ask, Book, Bucket, Grain, GridFigure, MOST_POINTS, Series, SiteFigure,
};

const FREQUENCY: Series = Series::Grid(GridFigure::Frequency);

fn reading(at: Timestamp) -> GridReading {
    GridReading {
        frequency: Some(Hertz::from_millihertz(50_010)),
        surplus: Some(Power::from_megawatts(400)),
        measured_at: at,
        ..GridReading::default()
    }
}

/// The Grid screen with a fresh reading and a history that stands open.
fn grid() -> State {
    let mut state = live();
    state.history.book = Some(Book {
        nation: Arc::from("Belarus"),
        simulated: false,
    });
    state.history.standing = Standing::Open(Opened {
        file: Arc::from("history.db"),
        writes: true,
    });
    state.grid.replace(FLEET, reading(NOW));
    typed(&mut state, "3");
    // What trends lack is asked for first.
    later(&mut state, 10);
    state
}

fn instructed(state: &mut State, from: u64, to: Option<u64>) {
    let mut next = reading(state.now);
    next.instructions = vec![Instruction {
        id: Arc::from("i"),
        target: Power::from_megawatts(100),
        from: state.now + Duration::from_secs(from),
        to: to.map(|to| state.now + Duration::from_secs(to)),
        ramp_w_s: Power::ZERO,
        reason: Arc::from("peak"),
    }];
    state.grid.replace(FLEET, next);
}

fn asked(effects: &[Effect]) -> Option<(u64, &[Ask])> {
    effects.iter().find_map(|effect| match effect {
        Effect::HistoryAsk { ticket, asks } => Some((*ticket, asks.as_slice())),
        _ => None,
    })
}

fn ticked(state: &mut State, millis: i64) -> Vec<Effect> {
    let now = state.now.shifted(millis);
    update(state, Msg::Tick(now))
}

/// An answer of one value over all that was asked for, gaps where `known` says so.
fn answer(ask: &Ask, value: i64, known: impl Fn(usize) -> bool) -> Answer {
    let step = ask.from.age(ask.to) / u32::from(ask.points);
    let bucket = Bucket {
        min: value - 20,
        max: value + 20,
        mean: value,
        last: value,
        coverage: 1.0,
        unsure: 0.0,
    };
    let count = usize::from(ask.points) + 1;
    Answer {
        gateway: ask.gateway.clone(),
        series: ask.series.clone(),
        from: ask.from,
        step,
        grain: Grain::Minute,
        buckets: (0..count).map(|at| known(at).then_some(bucket)).collect(),
    }
}

#[test]
fn zoom_stops_at_a_minute_and_at_a_month() {
    let mut state = grid();
    assert_eq!(state.axis.span, Span::Quarter);
    for _ in 0..20 {
        typed(&mut state, "-");
    }
    assert_eq!((state.axis.span, state.axis.end), (Span::Month, None));
    let shown = window(&state);
    assert_eq!((shown.from, shown.to), (state.now - FAR, state.now));
    for _ in 0..20 {
        typed(&mut state, "=");
    }
    assert_eq!((state.axis.span, state.axis.end), (Span::Minute, None));
    typed(&mut state, "-+");
    assert_eq!(state.axis.span, Span::Minute);
}

#[test]
fn keys_of_the_axis_are_keys_of_the_grid_screen_alone() {
    let mut state = grid();
    typed(&mut state, "h");
    assert_eq!(state.nav.screen, Screen::Grid);
    assert_eq!(state.axis.end, Some(state.now - Duration::from_secs(225)));
    press(&mut state, Code::Right);
    assert_eq!(state.axis.end, None, "forward to the present is live");
    press(&mut state, Code::Left);
    press(&mut state, Code::Esc);
    assert_eq!((state.nav.screen, state.axis.end), (Screen::Grid, None));
    press(&mut state, Code::Left);
    press(&mut state, Code::End);
    assert_eq!((state.nav.screen, state.axis.end), (Screen::Grid, None));
    press(&mut state, Code::Esc);
    assert_eq!(state.nav.screen, Screen::Nation);
    let before = state.axis.clone();
    typed(&mut state, "2+-=h");
    assert_eq!(state.axis, before);
    assert_eq!(state.nav.screen, Screen::Nation, "h goes up elsewhere");
}

#[test]
fn nothing_before_a_month_and_nothing_ahead_is_looked_at() {
    let mut state = grid();
    typed(&mut state, "l");
    assert_eq!(state.axis.end, None);
    typed(&mut state, "---");
    assert_eq!(state.axis.span, Span::Day);
    for _ in 0..400 {
        typed(&mut state, "h");
    }
    assert_eq!(window(&state).from, state.now - FAR);
    ticked(&mut state, 60_000);
    assert_eq!(window(&state).from, state.now - FAR, "time goes on");
    typed(&mut state, "-");
    assert!(window(&state).from >= state.now - FAR);
    for _ in 0..400 {
        typed(&mut state, "l");
    }
    assert_eq!(state.axis.end, None);
}

#[test]
fn an_instruction_ahead_is_reached_and_nothing_behind_it() {
    let mut state = grid();
    instructed(&mut state, 900, Some(4_500));
    assert_eq!(window(&state).to, state.now + Duration::from_secs(90));
    typed(&mut state, "h");
    assert!(state.axis.end.is_some_and(|end| end < state.now));
    typed(&mut state, "l");
    assert_eq!(state.axis.end, None, "the present comes first");
    for _ in 0..100 {
        typed(&mut state, "l");
    }
    let last = state.now + Duration::from_secs(4_500 + 90);
    assert_eq!(window(&state).to, last);
    assert!(!looks_back(&state), "nothing ahead is asked of the history");
    typed(&mut state, "h");
    assert!(state.axis.end.is_some_and(|end| end < last));
    // It is withdrawn.
    state.grid.replace(FLEET, reading(state.now));
    ticked(&mut state, 10);
    assert!(window(&state).to <= state.now);
    // One that never ends is no reason to go for ever.
    instructed(&mut state, 900, Some(u64::MAX / 10_000));
    for _ in 0..20_000 {
        typed(&mut state, "l");
    }
    assert!(window(&state).to <= state.now + FAR);
}

#[test]
fn a_live_quarter_needs_no_history_and_an_hour_asks_once_a_second_at_most() {
    let mut state = grid();
    assert!(asked(&ticked(&mut state, 1_000)).is_none());
    assert!(asked(&typed(&mut state, "+")).is_none());
    let effects = typed(&mut state, "--");
    let (_, asks) = asked(&effects).expect("an hour is asked for");
    assert!(asks.len() <= 5 + 64, "{}", asks.len());
    let shown = window(&state);
    for ask in asks {
        assert!(ask.points <= MOST_POINTS && ask.points == 240);
        assert!(ask.from <= shown.from && ask.to == state.now);
    }
    assert!(waits(&state));
    let effects = typed(&mut state, "-h-hh");
    assert!(asked(&effects).is_none(), "within the same second");
    let mut asks = 0;
    for _ in 0..40 {
        asks += usize::from(asked(&ticked(&mut state, 250)).is_some());
    }
    assert!((1..=10).contains(&asks), "{asks}");
}

#[test]
fn a_live_view_asks_again_when_a_column_has_passed_and_another_when_it_is_told() {
    let mut state = grid();
    let effects = typed(&mut state, "-");
    let (ticket, asks) = asked(&effects).expect("is asked for");
    let answers = asks.iter().map(|ask| answer(ask, 50_000, |_| true));
    let answers = Ok(answers.collect());
    update(&mut state, Msg::HistoryAnswer { ticket, answers });
    assert!(!waits(&state));
    // An hour over 120 columns: 30 s.
    let mut asks = 0;
    for _ in 0..120 {
        asks += usize::from(asked(&ticked(&mut state, 500)).is_some());
    }
    assert!((1..=7).contains(&asks), "{asks} in a minute");
    typed(&mut state, "h");
    assert!(asked(&ticked(&mut state, 1_500)).is_some());
}

#[test]
fn answers_to_an_older_question_are_ignored() {
    let mut state = grid();
    let effects = typed(&mut state, "-");
    let (old, asks) = asked(&effects).expect("is asked for");
    let older: Vec<Answer> = asks
        .iter()
        .map(|ask| answer(ask, 49_000, |_| true))
        .collect();
    typed(&mut state, "-");
    let effects = ticked(&mut state, 1_100);
    let (new, asks) = asked(&effects).expect("is asked for");
    let newer = asks
        .iter()
        .map(|ask| answer(ask, 50_000, |_| true))
        .collect();
    let told = |ticket, answers| Msg::HistoryAnswer {
        ticket,
        answers: Ok(answers),
    };
    update(&mut state, told(old, older.clone()));
    assert!(waits(&state) && state.history.answers.is_empty());
    update(&mut state, told(new, newer));
    update(&mut state, told(old, older));
    let columns = Columns::of(&state, 100);
    let all = whole(&lane(&state, &FREQUENCY, &columns)).expect("is known");
    assert!(all.min > 49.9, "{all:?}");
}

#[test]
fn what_got_no_answer_is_asked_again_after_a_while() {
    let mut state = grid();
    let effects = typed(&mut state, "-h");
    let (ticket, _) = asked(&effects).expect("is asked for");
    ticked(&mut state, 1_100);
    let why: Arc<str> = Arc::from("the disk is full");
    for ticket in ticket..ticket + 3 {
        let answers = Err(why.clone());
        update(&mut state, Msg::HistoryAnswer { ticket, answers });
    }
    assert!(asked(&ticked(&mut state, 2_000)).is_none());
    assert!(asked(&ticked(&mut state, 9_000)).is_some());
}

#[test]
fn a_gap_stays_a_gap_and_least_and_greatest_are_kept() {
    let mut state = grid();
    typed(&mut state, "-");
    let effects = typed(&mut state, "h");
    let effects = if asked(&effects).is_none() {
        ticked(&mut state, 1_100)
    } else {
        effects
    };
    let (ticket, asks) = asked(&effects).expect("is asked for");
    let half = usize::from(asks[0].points / 2);
    let answers = asks.iter().map(|ask| answer(ask, 50_000, |at| at < half));
    let answers = Ok(answers.collect());
    update(&mut state, Msg::HistoryAnswer { ticket, answers });
    let columns = Columns::of(&state, 60);
    let points = lane(&state, &FREQUENCY, &columns);
    assert!(points[..28].iter().all(Option::is_some));
    let behind = state.now - Duration::from_mins(15);
    let first_recent = usize::try_from(columns.place(behind)).unwrap_or(60).min(60);
    assert!(
        points[33..first_recent].iter().all(Option::is_none),
        "{points:?}"
    );
    let all = whole(&points[..28]).expect("is known");
    let close = |a: f32, b: f32| (a - b).abs() < 1e-4;
    assert!(close(all.min, 49.98) && close(all.max, 50.02) && close(all.mean, 50.0));
}

#[test]
fn what_was_answered_for_a_longer_view_is_no_part_of_a_short_one() {
    let mut state = grid();
    typed(&mut state, "-----");
    let effects = ticked(&mut state, 1_100);
    let (ticket, asks) = asked(&effects).expect("a month is asked for");
    let answers = asks.iter().map(|ask| answer(ask, 49_000, |_| true));
    let answers = Ok(answers.collect());
    update(&mut state, Msg::HistoryAnswer { ticket, answers });
    let known = |state: &State| {
        let columns = Columns::of(state, 60);
        lane(state, &FREQUENCY, &columns).iter().flatten().count()
    };
    assert_eq!(known(&state), 60);
    typed(&mut state, "++++");
    assert_eq!(state.axis.span, Span::Hour);
    assert!(known(&state) < 20, "a gap until it is answered");
    typed(&mut state, "+++");
    assert!(known(&state) < 20, "trends alone");
}

#[test]
fn a_simulated_grid_has_no_part_in_a_real_history() {
    let mut state = grid();
    let effects = typed(&mut state, "-");
    let (ticket, asks) = asked(&effects).expect("is asked for");
    let answers: Vec<Answer> = asks
        .iter()
        .map(|ask| answer(ask, 49_000, |_| true))
        .collect();
    let answers = Ok(answers);
    update(&mut state, Msg::HistoryAnswer { ticket, answers });
    state.feeds[0].info.as_mut().expect("has one").simulated = true;
    let columns = Columns::of(&state, 60);
    let known = lane(&state, &FREQUENCY, &columns);
    assert!(known[..40].iter().all(Option::is_none));
    let nation = Series::Nation(SiteFigure::Power);
    assert!(
        lane(&state, &nation, &columns)[..40]
            .iter()
            .all(Option::is_some)
    );
}

#[test]
fn trends_of_units_and_price_go_on_and_end_with_the_reading() {
    let mut state = grid();
    let mut next = reading(state.now);
    next.generation = vec![crate::domain::grid::GenerationUnit {
        unit: Arc::from("Astravets 1"),
        kind: Arc::from("nuclear"),
        power: Power::from_megawatts(1_100),
        capacity: Power::from_megawatts(1_110),
        state: Arc::from("running"),
    }];
    state.grid.replace(FLEET, next);
    state.nav.nation.frozen = Some(Vec::new());
    let unit = Series::Unit(Arc::from("Astravets 1"));
    ticked(&mut state, 1_000);
    ticked(&mut state, 1_000);
    let columns = Columns::of(&state, 900);
    let known = |state: &State, series| lane(state, series, &columns).iter().flatten().count();
    assert!(known(&state, &unit) >= 2, "also while a table is frozen");
    assert!(known(&state, &Series::Nation(SiteFigure::Power)) >= 2);
    for _ in 0..20 {
        ticked(&mut state, 1_000);
    }
    let columns = Columns::of(&state, 900);
    let points = lane(&state, &unit, &columns);
    assert_eq!(points.last(), Some(&None), "stale is a gap");
}

#[test]
fn instructions_that_are_over_are_remembered_and_bounded() {
    let mut state = grid();
    instructed(&mut state, 0, Some(600));
    ticked(&mut state, 60_000);
    state.grid.replace(FLEET, reading(state.now));
    assert_eq!(state.grid.heard.len(), 1);
    assert_eq!(state.grid.heard[0].until(), Some(state.now));
    // Taken back before it began: it never held.
    instructed(&mut state, 600, None);
    assert_eq!(state.grid.heard.len(), 2);
    state.grid.replace(FLEET, reading(state.now));
    assert_eq!(state.grid.heard.len(), 1);
    for n in 0..500 {
        instructed(&mut state, 0, Some(600 + n));
        ticked(&mut state, 1_000);
    }
    assert!(state.grid.heard.len() <= 64);
}

mod any {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn keys_keep_the_axis_within_its_bounds(keys in "[-+=hl0]{0,60}", ahead in 0u64..9_000, wait in 0i64..90_000) {
            let mut state = grid();
            if ahead > 0 {
                instructed(&mut state, ahead, None);
            }
            for c in keys.chars() {
                typed(&mut state, &c.to_string());
                ticked(&mut state, wait / 60);
                let shown = window(&state);
                prop_assert!(shown.from >= state.now - FAR);
                let reach = Duration::from_secs(ahead) + state.axis.span.length() / 10;
                prop_assert!(shown.to <= state.now + reach);
                prop_assert_eq!(shown.from + state.axis.span.length(), shown.to);
            }
        }

        #[test]
        fn columns_cover_the_window_without_a_seam(count in 1u16..400, zoom in 0usize..8, back in 0usize..9) {
            let mut state = grid();
            state.axis.span = Span::ALL[zoom];
            typed(&mut state, &"h".repeat(back));
            let columns = Columns::of(&state, count);
            let shown = window(&state);
            prop_assert_eq!(columns.count, usize::from(count));
            prop_assert!(columns.end() >= shown.to);
            prop_assert!(columns.start(columns.count - 1) < shown.to);
            prop_assert_eq!(columns.from.millis().rem_euclid(columns.step), 0);
            for at in 0..columns.count {
                prop_assert_eq!(columns.place(columns.start(at)), i64::try_from(at).expect("is small"));
            }
        }
    }
}
