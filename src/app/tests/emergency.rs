//! The emergency shed from the keyboard, in fair weather and foul.

use super::*;
use crate::app::emergency::is_running;
use crate::app::journal::{Journal, Opened, Standing, Unrecorded};
use crate::domain::fleet::Tag;
use crate::domain::journal::{Entry, Fact, Head};
use crate::domain::order::Order;

/// A desk of 250 MW at two sites with a step of 100 MW: three steps.
fn desk_in_steps() -> State {
    let mut state = live();
    state.emergency.step = Power::from_megawatts(100);
    state
}

fn with_journal(state: &mut State) {
    state.journal = Journal::opening();
    let opened = Opened {
        file: Arc::from("audit.db"),
        left: Vec::new(),
        lines: Vec::new(),
        head: Head::NONE,
    };
    update(state, Msg::JournalOpened(Ok(Box::new(opened))));
}

fn ticked(state: &mut State, ms: i64) -> Vec<Effect> {
    let now = state.now.shifted(ms);
    update(state, Msg::Tick(now))
}

/// What is in the journal's and the link's hands.
fn orders(effects: &[Effect]) -> Vec<&Order> {
    let order = |effect: &'_ Effect| matches!(effect, Effect::Send(_, Request::Order(_)));
    effects
        .iter()
        .filter(|e| order(e))
        .map(|effect| match effect {
            Effect::Send(_, Request::Order(order)) => &**order,
            other => panic!("an order: {other:?}"),
        })
        .collect()
}

/// Opens the prompt, types its word, and gives what leaves.
fn shed(state: &mut State) -> Vec<Effect> {
    shed_from(state, 1)
}

/// The same with ids from that one on.
fn shed_from(state: &mut State, first: u128) -> Vec<Effect> {
    assert_eq!(typed(state, "!"), [Effect::DropInput]);
    ticked(state, 400);
    let word = state.emergency.prompt.as_ref().expect("asked").word.clone();
    typed(state, &word);
    let effects = press(state, Code::Enter);
    let [Effect::MintShed { count }] = effects.as_slice() else {
        panic!("ids are wanted: {effects:?}");
    };
    let ids = (0..*count).map(|n| OrderId(first + n as u128)).collect();
    update(state, Msg::MintedShed(ids))
}

pub(super) fn frequency(state: &mut State, mhz: i64) {
    let reading = GridReading {
        frequency: Some(Hertz::from_millihertz(mhz)),
        measured_at: state.now,
        ..GridReading::default()
    };
    let items = vec![Item::Grid(Box::new(reading))];
    let topic = Topic::Grid;
    feed(state, FLEET, FeedEvent::Update { topic, items });
}

fn said(state: &State) -> &str {
    state.said.as_ref().map_or("", |(_, s)| s)
}

fn how(state: &State) -> &str {
    let run = state.emergency.run.as_ref().expect("one ran");
    run.ended.as_ref().map_or("", |ended| &ended.how)
}

#[test]
fn the_nation_goes_in_steps_each_after_its_interval() {
    let mut state = desk_in_steps();
    let first = shed(&mut state);
    let first = orders(&first);
    assert_eq!(first.len(), 1);
    assert!(first[0].emergency && first[0].substitutes.is_empty());
    assert_eq!(&*first[0].reason, "emergency shed, step 1 of 3");
    assert_eq!(first[0].targets.len(), 1, "100 MW");
    assert_eq!(first[0].targets[0].site_seq, 8);
    assert!(orders(&ticked(&mut state, 4_900)).is_empty());
    let second = ticked(&mut state, 200);
    assert_eq!(orders(&second)[0].targets[0].site_seq, 9, "rises by site");
    let third = ticked(&mut state, 5_000);
    assert_eq!(orders(&third)[0].targets[0].site.as_str(), "lukoml");
    assert!(!is_running(&state));
    assert_eq!(
        how(&state),
        "all steps were sent: 250 of 250 MW, 3 of 3 steps"
    );
    assert!(orders(&ticked(&mut state, 5_000)).is_empty());
}

#[test]
fn the_word_names_the_scope() {
    let word = |state: &mut State| {
        typed(state, "!");
        let word = state.emergency.prompt.as_ref().expect("asked").word.clone();
        press(state, Code::Esc);
        assert!(state.emergency.prompt.is_none());
        word
    };
    let mut state = live();
    assert_eq!(word(&mut state), "SHED NATION 250");
    for screen in ['3', '4', '5', '6', '7', '8'] {
        typed(&mut state, &screen.to_string());
        assert_eq!(word(&mut state), "SHED NATION 250", "screen {screen}");
    }
    typed(&mut state, "1 ");
    assert_eq!(word(&mut state), "SHED ASTRAVETS 200");
    typed(&mut state, " ");
    assert_eq!(word(&mut state), "SHED 2 SITES 250");
    typed(&mut state, "j");
    press(&mut state, Code::Enter);
    assert_eq!(word(&mut state), "SHED LUKOML 50", "the site at hand");
    typed(&mut state, "f?");
    assert_eq!(word(&mut state), "SHED LUKOML 50", "help gives way");
    typed(&mut state, "c");
    assert!(state.dialog.is_some());
    assert_eq!(word(&mut state), "SHED LUKOML 50", "and so does a dialog");
    assert!(state.dialog.is_none());
}

#[test]
fn early_keys_a_wrong_word_and_a_paste_send_nothing() {
    let mut state = live();
    typed(&mut state, "!");
    typed(&mut state, "SHED NATION 250");
    assert!(press(&mut state, Code::Enter).is_empty(), "deaf at first");
    ticked(&mut state, 400);
    update(&mut state, Msg::Paste("SHED NATION 250\n".to_owned()));
    typed(&mut state, "shed nation 250");
    assert!(press(&mut state, Code::Enter).is_empty());
    let error = state
        .emergency
        .prompt
        .as_ref()
        .and_then(|p| p.error.clone());
    assert!(error.is_some_and(|e| e.contains("nothing was sent")));
    ticked(&mut state, 30_000);
    assert!(state.emergency.prompt.is_none(), "30 s are over");
    assert!(said(&state).contains("nothing was shed"));
    assert!(state.orders.is_empty());
}

#[test]
fn a_broken_journal_holds_nothing_back_and_is_owed_the_intents() {
    let mut state = desk_in_steps();
    with_journal(&mut state);
    let why: Arc<str> = "the journal's disk is full; free some space".into();
    update(&mut state, Msg::JournalOpened(Err(why.clone())));
    // A careful order is refused the while.
    typed(&mut state, "c40");
    press(&mut state, Code::Enter);
    typed(&mut state, "a");
    let error = state.dialog.as_ref().and_then(|d| d.error.clone());
    assert!(error.is_some_and(|e| e.contains("nothing leaves unrecorded")));
    press(&mut state, Code::Esc);
    let effects = shed(&mut state);
    assert_eq!(orders(&effects).len(), 1, "it leaves at once");
    assert!(state.orders[0].unjournaled);
    let Some(Effect::Journal { ticket, entries }) = effects.last().cloned() else {
        panic!("its intent is on its way: {effects:?}");
    };
    let kinds: Vec<&str> = entries.iter().map(|e: &Entry| e.fact.kind()).collect();
    assert_eq!(kinds, ["plan", "emergency", "intent"]);
    let outcome = Err(Box::new(Unrecorded { why, entries }));
    update(&mut state, Msg::Journalled { ticket, outcome });
    assert!(state.orders[0].unjournaled);
    assert!(matches!(state.journal.standing, Standing::Broken(_)));
    // It is written as soon as it can be: an emergency's intent is never dropped.
    let again = ticked(&mut state, 5_100);
    let owed = again.iter().any(|effect| match effect {
        Effect::Journal { entries, .. } => entries
            .iter()
            .any(|e| matches!(&e.fact, Fact::Intent { order, .. } if order.emergency)),
        _ => false,
    });
    assert!(owed, "{again:?}");
}

#[test]
fn a_slow_journal_is_not_waited_for_and_a_sound_one_clears_the_mark() {
    let mut state = desk_in_steps();
    with_journal(&mut state);
    let effects = shed(&mut state);
    assert!(matches!(effects[0], Effect::Send(..)), "before the disk");
    assert_eq!(state.orders[0].life, Life::Sent);
    assert!(!state.orders[0].unjournaled);
    ticked(&mut state, 4_000);
    ticked(&mut state, 1_100);
    assert!(state.orders[0].unjournaled, "no word of the disk in 5 s");
}

#[test]
fn an_unknown_skew_bars_nothing_and_the_order_outlives_any_clock() {
    let mut state = desk_in_steps();
    state.feeds[0].skew = None;
    let effects = shed(&mut state);
    let order = orders(&effects)[0];
    assert!(order.expires_at >= state.now + Duration::from_hours(24));
}

#[test]
fn a_frequency_that_is_too_high_opens_no_prompt_sends_nothing_and_stops_what_runs() {
    let mut state = desk_in_steps();
    frequency(&mut state, 50_201);
    assert!(typed(&mut state, "!").is_empty());
    assert!(said(&state).contains("50.201 Hz"), "{}", said(&state));
    frequency(&mut state, 49_900);
    typed(&mut state, "!");
    ticked(&mut state, 400);
    typed(&mut state, "SHED NATION 250");
    frequency(&mut state, 50_210);
    assert!(press(&mut state, Code::Enter).is_empty());
    let error = state
        .emergency
        .prompt
        .as_ref()
        .and_then(|p| p.error.clone());
    assert!(error.is_some_and(|e| e.contains("too high")));
    press(&mut state, Code::Esc);
    frequency(&mut state, 49_900);
    shed(&mut state);
    frequency(&mut state, 50_201);
    assert!(orders(&ticked(&mut state, 1_000)).is_empty());
    assert!(how(&state).contains("stopped by itself"), "{}", how(&state));
    assert!(how(&state).contains("100 of 250 MW, 1 of 3 steps"));
    assert!(orders(&ticked(&mut state, 6_000)).is_empty());
}

#[test]
fn a_high_frequency_is_warned_of_and_shed() {
    let mut state = desk_in_steps();
    frequency(&mut state, 50_051);
    let effects = shed(&mut state);
    assert_eq!(orders(&effects).len(), 1);
    assert_eq!(
        orders(&effects)[0].freq_seen,
        Some(Hertz::from_millihertz(50_051))
    );
    frequency(&mut state, 50_200);
    assert_eq!(orders(&ticked(&mut state, 5_100)).len(), 1, "it goes on");
}

#[test]
fn one_site_is_shed_whatever_the_frequency() {
    let mut state = desk_in_steps();
    frequency(&mut state, 50_690);
    typed(&mut state, "j");
    press(&mut state, Code::Enter);
    typed(&mut state, "!");
    let prompt = state.emergency.prompt.as_ref().expect("asked");
    let ways = crate::app::emergency::ways(&state, prompt);
    let high = crate::control::emergency::Direction::High;
    assert_eq!(ways[0].direction, high, "warned");
    press(&mut state, Code::Esc);
    assert_eq!(orders(&shed(&mut state)).len(), 1);
}

#[test]
fn only_a_good_frequency_bars() {
    let mut state = desk_in_steps();
    let reading = GridReading {
        frequency: Some(Hertz::from_millihertz(50_690)),
        quality: Quality::Uncertain,
        measured_at: state.now,
        ..GridReading::default()
    };
    let items = vec![Item::Grid(Box::new(reading))];
    let topic = Topic::Grid;
    feed(&mut state, FLEET, FeedEvent::Update { topic, items });
    assert_eq!(orders(&shed(&mut state)).len(), 1);
}

#[test]
fn what_a_gateway_says_of_bar_and_interval_holds() {
    let mut state = desk_in_steps();
    let told = FeedInfo {
        emergency_interval: Some(Duration::from_secs(8)),
        emergency_bar: Some(Hertz::from_millihertz(50_400)),
        ..info("g", false)
    };
    state.feeds[0].info = Some(told);
    frequency(&mut state, 50_399);
    shed(&mut state);
    assert!(orders(&ticked(&mut state, 7_900)).is_empty());
    assert_eq!(orders(&ticked(&mut state, 200)).len(), 1);
}

/// What is called back.
fn called_back(effects: &[Effect]) -> Vec<OrderId> {
    let id = |effect: &Effect| match effect {
        Effect::Send(_, Request::OrderCancel(id)) => Some(*id),
        _ => None,
    };
    effects.iter().filter_map(id).collect()
}

#[test]
fn what_stops_the_shed_calls_back_what_the_gateway_holds() {
    let said_of = |state: &mut State, id: u128, phase| {
        let status = OrderStatus {
            id: OrderId(id),
            phase,
            at: state.now,
            detail: "".into(),
            targets: Vec::new(),
            issued: None,
        };
        let items = vec![Item::Order(Box::new(status))];
        let topic = Topic::Order;
        feed(state, FLEET, FeedEvent::Update { topic, items });
    };
    let running = || {
        let mut state = desk_in_steps();
        shed(&mut state);
        said_of(&mut state, 1, Phase::Executing);
        ticked(&mut state, 5_100);
        said_of(&mut state, 2, Phase::Accepted);
        state
    };
    let mut state = running();
    let effects = twice(&mut state);
    assert_eq!(called_back(&effects), [OrderId(2)], "the first has begun");
    assert!(how(&state).contains("called back"), "{}", how(&state));
    let mut state = running();
    frequency(&mut state, 50_300);
    assert_eq!(called_back(&ticked(&mut state, 100)), [OrderId(2)]);
    let mut state = running();
    typed(&mut state, "q");
    assert_eq!(called_back(&typed(&mut state, "y")), [OrderId(2)]);
    let mut state = running();
    assert_eq!(
        called_back(&update(&mut state, Msg::Terminate)),
        [OrderId(2)]
    );
    // Also when all of it has left.
    let mut state = running();
    ticked(&mut state, 5_100);
    assert!(!is_running(&state));
    let effects = twice(&mut state);
    assert_eq!(called_back(&effects), [OrderId(2), OrderId(3)]);
    said_of(&mut state, 2, Phase::Cancelled);
    said_of(&mut state, 3, Phase::Executing);
    assert!(called_back(&twice(&mut state)).is_empty(), "no more");
}

fn twice(state: &mut State) -> Vec<Effect> {
    press(state, Code::Esc);
    press(state, Code::Esc)
}

#[test]
fn what_a_gateway_holds_can_be_called_back_however_long_ago_it_left() {
    let mut state = desk_in_steps();
    state.emergency.step = Power::from_megawatts(1_000);
    shed(&mut state);
    let id = state.orders[0].order.id;
    let status = OrderStatus {
        id,
        phase: Phase::Accepted,
        at: state.now,
        detail: "".into(),
        targets: Vec::new(),
        issued: None,
    };
    answer(&mut state, Item::Order(Box::new(status)));
    ticked(&mut state, 100);
    ticked(&mut state, 600_000);
    ticked(&mut state, 100);
    assert_eq!(called_back(&twice(&mut state)), [id]);
}

#[test]
fn escape_stops_what_has_not_left_and_nothing_else() {
    let mut state = desk_in_steps();
    shed(&mut state);
    typed(&mut state, "?");
    press(&mut state, Code::Esc);
    assert!(is_running(&state), "that was for the help");
    assert!(typed(&mut state, "q").is_empty());
    assert_eq!(state.overlay, Overlay::QuitAsk, "quitting would stop it");
    press(&mut state, Code::Char('n'));
    press(&mut state, Code::Esc);
    assert!(is_running(&state), "one may be a slip");
    later(&mut state, 2_001);
    press(&mut state, Code::Esc);
    assert!(is_running(&state), "and two far apart are two slips");
    twice(&mut state);
    assert!(how(&state).starts_with("stopped by Esc: 100 of 250 MW"));
    assert!(orders(&ticked(&mut state, 10_000)).is_empty());
    assert_eq!(state.orders.len(), 1);
}

#[test]
fn a_feed_lost_on_the_way_is_named_and_the_rest_goes_on() {
    let other = FeedId(1);
    let mut state = desk_in_steps();
    state.feeds.push(Feed::new(other, "south"));
    connect(&mut state, other, "h", false);
    let items = vec![
        Item::Site(Box::new(sample::site("mazyr"))),
        Item::Block(Box::new(sample::block("mazyr", "1", 100, 20.0))),
    ];
    snapshot(&mut state, other, items);
    // Astravets 1 and 2, mazyr, lukoml: four steps.
    shed(&mut state);
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    let next = ticked(&mut state, 5_000);
    assert_eq!(orders(&next).len(), 1);
    assert_eq!(
        orders(&next)[0].gateway.as_str(),
        "h",
        "at once, past what is out of reach"
    );
    ticked(&mut state, 5_000);
    assert!(
        how(&state).contains("not reached: astravets, lukoml"),
        "{}",
        how(&state)
    );
    // Asked anew, they are named before the word is typed.
    let items = vec![status(OrderId(3), Phase::Accepted, 0)];
    let topic = Topic::Order;
    feed(&mut state, other, FeedEvent::Update { topic, items });
    typed(&mut state, "!");
    assert!(
        state.emergency.prompt.is_none(),
        "mazyr is under way, the rest out of reach"
    );
}

#[test]
fn a_lockout_hung_between_word_and_step_is_kept() {
    let mut state = desk_in_steps();
    shed(&mut state);
    let mut block = sample::block("astravets", "2", 100, 19.0);
    block.tags.push(Tag {
        id: None,
        kind: "maintenance".into(),
        owner: "anna".into(),
        reason: "fan".into(),
    });
    let topic = Topic::Fleet;
    let items = vec![Item::Block(Box::new(block))];
    feed(&mut state, FLEET, FeedEvent::Update { topic, items });
    let next = ticked(&mut state, 5_000);
    assert_eq!(orders(&next)[0].targets[0].site.as_str(), "lukoml");
    assert!(how(&state).contains("1 blocks barred"), "{}", how(&state));
}

#[test]
fn a_simulated_grid_says_nothing_about_a_real_nation() {
    let grid = FeedId(1);
    let mut state = live();
    state.feeds.push(Feed::new(grid, "drill"));
    connect(&mut state, grid, "sim", true);
    let reading = GridReading {
        frequency: Some(Hertz::from_millihertz(50_500)),
        measured_at: state.now,
        ..GridReading::default()
    };
    let topic = Topic::Grid;
    let items = vec![Item::Grid(Box::new(reading))];
    feed(&mut state, grid, FeedEvent::Update { topic, items });
    assert_eq!(typed(&mut state, "!"), [Effect::DropInput]);
}

#[test]
fn who_may_only_look_sheds_nothing() {
    let mut state = live();
    state.desk.read_only = true;
    assert!(typed(&mut state, "!").is_empty());
    assert!(state.emergency.prompt.is_none());
}

#[test]
fn a_note_is_one_line_and_stands_in_the_journal() {
    let mut state = live();
    with_journal(&mut state);
    typed(&mut state, "n");
    typed(&mut state, "fan 3 rattles! call Anna");
    let effects = press(&mut state, Code::Enter);
    let [Effect::Journal { entries, .. }] = effects.as_slice() else {
        panic!("it is written: {effects:?}");
    };
    assert_eq!(
        entries[0].fact,
        Fact::Note("fan 3 rattles! call Anna".into())
    );
    assert_eq!(&*entries[0].actor, "op");
    assert!(state.remark.is_none() && state.emergency.prompt.is_none());
    typed(&mut state, "n");
    typed(&mut state, &"x".repeat(500));
    let typed_so_far = state.remark.as_ref().map(|r| r.typed.len());
    assert_eq!(typed_so_far, Some(200), "bounded");
    press(&mut state, Code::Esc);
    assert!(state.remark.is_none());
}

#[test]
fn marks_of_another_screen_are_not_meant_where_none_are_shown() {
    let mut state = live();
    state.nav.marked_sites.insert(SiteId::new("lukoml"));
    typed(&mut state, "3!");
    let prompt = state.emergency.prompt.as_ref().expect("asked");
    assert!(prompt.word.starts_with("SHED NATION"), "{}", prompt.word);
    press(&mut state, Code::Esc);
    typed(&mut state, "1!");
    let prompt = state.emergency.prompt.as_ref().expect("asked");
    assert!(prompt.word.starts_with("SHED LUKOML"), "{}", prompt.word);
}

#[test]
fn it_is_asked_over_any_question_but_within_no_text() {
    let mut state = live();
    state.overlay = Overlay::Tour;
    typed(&mut state, "!");
    assert!(
        state.overlay == Overlay::None && state.emergency.prompt.is_none(),
        "any key closes it"
    );
    for key in ["q", "c"] {
        state.overlay = Overlay::Tour;
        assert!(typed(&mut state, key).is_empty());
        assert!(
            state.overlay == Overlay::None && !state.asks(),
            "and does nothing else"
        );
    }
    typed(&mut state, "c!");
    assert!(state.dialog.is_none() && state.emergency.prompt.is_some());
    press(&mut state, Code::Esc);
    assert!(!state.asks(), "nothing waits below it");
}

#[test]
fn a_key_with_alt_is_no_part_of_a_word_and_answers_nothing() {
    let mut state = live();
    let alt = |code| {
        Msg::Key(Key {
            alt: true,
            ..Key::plain(code)
        })
    };
    for code in [Code::Char('c'), Code::Char('!'), Code::Enter, Code::Up] {
        update(&mut state, alt(code));
    }
    assert!(!state.asks());
    typed(&mut state, "!");
    let word = state.emergency.prompt.as_ref().expect("asked").word.clone();
    later(&mut state, 1_000);
    typed(&mut state, &word);
    assert!(update(&mut state, alt(Code::Enter)).is_empty());
    assert!(!is_running(&state) && state.emergency.prompt.is_some());
}

const SOUTH: FeedId = FeedId(1);

/// A desk of two gateways: 250 MW at `g`, and 80 MW in two blocks at `h`, whose limits are these.
fn desk_of_two(limits: impl FnOnce(&mut FeedInfo)) -> State {
    let mut state = live();
    state.feeds.push(Feed::new(SOUTH, "south"));
    connect(&mut state, SOUTH, "h", false);
    let site = Site {
        grid_node: Arc::from("south"),
        ..sample::site("mazyr")
    };
    let items = vec![
        Item::Site(Box::new(site)),
        Item::Block(Box::new(sample::block("mazyr", "1", 40, 20.0))),
        Item::Block(Box::new(sample::block("mazyr", "2", 40, 20.0))),
    ];
    snapshot(&mut state, SOUTH, items);
    limits(state.feeds[1].info.as_mut().expect("it has said hello"));
    state
}

/// Gateway and number of blocks of what leaves.
fn leaving(effects: &[Effect]) -> Vec<(&str, usize)> {
    let of = |order: &&Order| (order.gateway.text(), order.targets.len());
    let all = orders(effects);
    all.iter()
        .map(of)
        .map(|(g, n)| match &*g {
            "g" => ("g", n),
            _ => ("h", n),
        })
        .collect()
}

#[test]
fn small_steps_far_apart_are_their_gateways_own() {
    let mut state = desk_of_two(|info| {
        info.emergency_step = Some(Power::from_megawatts(50));
        info.emergency_interval = Some(Duration::from_mins(1));
    });
    state.emergency.step = Power::from_megawatts(200);
    let first = shed(&mut state);
    assert_eq!(leaving(&first), [("g", 2)], "200 MW at once");
    let second = ticked(&mut state, 5_100);
    assert_eq!(leaving(&second), [("g", 1), ("h", 1)], "in its usual pace");
    let mut later = Vec::new();
    for second in 1..=70 {
        let effects = ticked(&mut state, 1_000);
        later.extend(
            leaving(&effects)
                .into_iter()
                .map(|(g, n)| (second, g == "h", n)),
        );
    }
    assert_eq!(later, [(60, true, 1)], "as far apart as it wants");
    assert!(!is_running(&state));
}

fn grid(state: &mut State, from: FeedId, node: Option<&str>, mhz: i64) {
    let reading = GridReading {
        frequency: Some(Hertz::from_millihertz(mhz)),
        grid_node: node.map(Arc::from),
        measured_at: state.now,
        ..GridReading::default()
    };
    let items = vec![Item::Grid(Box::new(reading))];
    let topic = Topic::Grid;
    feed(state, from, FeedEvent::Update { topic, items });
}

#[test]
fn a_bar_is_its_gateways_own() {
    let mut state = desk_of_two(|info| {
        info.emergency_bar = Some(Hertz::from_millihertz(51_400));
    });
    grid(&mut state, FLEET, None, 50_300);
    assert_eq!(
        leaving(&shed(&mut state)),
        [("h", 2)],
        "the others have not raised it"
    );
    // Nobody raises it for those: alone they are barred.
    let mut state = desk_of_two(|_| ());
    grid(&mut state, FLEET, None, 50_300);
    assert!(typed(&mut state, "!").is_empty());
    assert!(said(&state).contains("50.300 Hz"), "{}", said(&state));
}

#[test]
fn an_islands_own_frequency_bars_its_sites_and_no_others() {
    let mut state = desk_of_two(|_| ());
    grid(&mut state, FLEET, None, 50_900);
    grid(&mut state, SOUTH, Some("south"), 49_000);
    let effects = shed(&mut state);
    assert_eq!(
        leaving(&effects),
        [("g", 3), ("h", 1)],
        "a part of the whole is short: this desk bars nothing of it"
    );
    let seen = orders(&effects)[1].freq_seen;
    assert_eq!(seen, Some(Hertz::from_millihertz(49_000)));
    let mut state = desk_of_two(|_| ());
    grid(&mut state, FLEET, None, 50_900);
    grid(&mut state, SOUTH, Some("south"), 50_900);
    assert!(typed(&mut state, "!").is_empty(), "all of it is too high");
    let mut state = desk_of_two(|_| ());
    grid(&mut state, FLEET, None, 49_000);
    grid(&mut state, SOUTH, Some("south"), 50_900);
    let effects = shed(&mut state);
    assert_eq!(leaving(&effects), [("g", 3)], "the mainland is short");
    assert_eq!(
        orders(&effects)[0].freq_seen,
        Some(Hertz::from_millihertz(49_000))
    );
}

#[test]
fn an_island_that_rises_stops_its_own_steps_alone() {
    let mut state = desk_of_two(|_| ());
    state.emergency.step = Power::from_megawatts(100);
    grid(&mut state, FLEET, None, 49_000);
    grid(&mut state, SOUTH, Some("south"), 49_000);
    shed(&mut state);
    grid(&mut state, SOUTH, Some("south"), 50_900);
    let mut left = Vec::new();
    for _ in 0..30 {
        let effects = ticked(&mut state, 1_000);
        grid(&mut state, FLEET, None, 49_000);
        grid(&mut state, SOUTH, Some("south"), 50_900);
        left.extend(leaving(&effects).into_iter().map(|(g, n)| (g == "g", n)));
    }
    assert_eq!(left, [(true, 1), (true, 1)], "{}", how(&state));
    assert!(
        how(&state).contains("frequency at south"),
        "{}",
        how(&state)
    );
}

#[test]
fn what_gateways_still_hold_is_told_when_the_frequency_rises() {
    use crate::app::emergency::{Waiting, waiting};
    let mut state = desk_in_steps();
    shed(&mut state);
    ticked(&mut state, 5_100);
    ticked(&mut state, 5_100);
    assert!(!is_running(&state) && waiting(&state).is_none());
    answer(&mut state, status(OrderId(3), Phase::Accepted, 0));
    let held = |high| Waiting {
        steps: 1,
        power: Power::from_megawatts(50),
        high,
    };
    assert_eq!(waiting(&state), Some(held(false)));
    frequency(&mut state, 50_300);
    assert!(
        ticked(&mut state, 100).is_empty(),
        "its gateway goes by its own"
    );
    assert_eq!(waiting(&state), Some(held(true)));
    assert_eq!(called_back(&twice(&mut state)).last(), Some(&OrderId(3)));
}

/// A gateway's word of an order, and what this desk does about it at its next tick.
fn says(state: &mut State, id: u128, phase: Phase) -> Vec<Effect> {
    let status = OrderStatus {
        id: OrderId(id),
        phase,
        at: state.now,
        detail: "".into(),
        targets: Vec::new(),
        issued: None,
    };
    let items = vec![Item::Order(Box::new(status))];
    let topic = Topic::Order;
    let mut effects = feed(state, FLEET, FeedEvent::Update { topic, items });
    effects.extend(ticked(state, 100));
    effects
}

fn link(state: &mut State, link: LinkState) -> Vec<Effect> {
    feed(state, FLEET, FeedEvent::Link(link))
}

#[test]
fn an_order_of_this_desk_that_has_not_begun_keeps_no_block_out_of_an_emergency() {
    let ordered = || {
        let mut state = live();
        order_40_mw(&mut state);
        update(&mut state, Msg::Minted(vec![OrderId(9)]));
        state
    };
    let blocks = |state: &mut State| {
        typed(state, "!");
        state
            .emergency
            .prompt
            .take()
            .map(|p| p.shed.parts().count())
    };
    let mut state = ordered();
    assert_eq!(state.orders[0].life, Life::Sent);
    assert_eq!(blocks(&mut state), Some(3), "no word of it yet");
    says(&mut state, 9, Phase::Accepted);
    assert_eq!(blocks(&mut state), Some(3), "the gateway lets it overtake");
    says(&mut state, 9, Phase::Executing);
    assert_eq!(blocks(&mut state), Some(2), "it has begun");
    link(&mut state, down());
    link(&mut state, LinkState::Live);
    assert_eq!(state.orders[0].life, Life::Unknown);
    assert_eq!(blocks(&mut state), Some(3), "nobody knows");
    says(&mut state, 9, Phase::Unseen);
    assert_eq!(blocks(&mut state), Some(3), "nor does its gateway");
    let mut state = live();
    with_journal(&mut state);
    order_40_mw(&mut state);
    update(&mut state, Msg::Minted(vec![OrderId(9)]));
    assert_eq!(state.orders[0].life, Life::Recording, "the disk hangs");
    assert_eq!(blocks(&mut state), Some(3));
    // And it leaves.
    assert_eq!(orders(&shed(&mut state))[0].targets.len(), 3);
}

#[test]
fn an_answered_emergency_is_not_ordered_again() {
    let mut state = live();
    shed(&mut state);
    says(&mut state, 1, Phase::Accepted);
    typed(&mut state, "!");
    assert!(state.emergency.prompt.is_none(), "{}", said(&state));
}

/// Astravets is shed, and held by its gateway as order 1; then Lukoml as order 11.
fn two_sheds() -> State {
    let mut state = live();
    typed(&mut state, " ");
    shed(&mut state);
    says(&mut state, 1, Phase::Accepted);
    typed(&mut state, "j ");
    shed_from(&mut state, 11);
    says(&mut state, 11, Phase::Accepted);
    state
}

#[test]
fn a_second_shed_keeps_what_the_first_one_left_within_reach() {
    let mut state = two_sheds();
    let held = crate::app::emergency::waiting(&state).expect("held");
    assert_eq!((held.steps, held.power), (2, Power::from_megawatts(250)));
    let effects = twice(&mut state);
    assert_eq!(called_back(&effects), [OrderId(1), OrderId(11)]);
}

#[test]
fn a_fire_is_called_back_by_no_frequency_though_a_wide_shed_follows() {
    let mut state = desk_of_two(|_| ());
    state.emergency.step = Power::from_megawatts(100);
    typed(&mut state, " ");
    shed(&mut state);
    says(&mut state, 1, Phase::Accepted);
    ticked(&mut state, 5_100);
    says(&mut state, 2, Phase::Accepted);
    shed_from(&mut state, 11);
    says(&mut state, 11, Phase::Accepted);
    assert!(is_running(&state));
    frequency(&mut state, 50_900);
    let effects = ticked(&mut state, 100);
    assert_eq!(called_back(&effects), [OrderId(11), OrderId(12)]);
}

#[test]
fn a_link_that_flaps_takes_no_held_step_out_of_reach() {
    let mut state = live();
    shed(&mut state);
    says(&mut state, 1, Phase::Accepted);
    link(&mut state, down());
    ticked(&mut state, 60_000);
    ticked(&mut state, 100);
    assert!(crate::app::emergency::waiting(&state).is_some(), "shown");
    twice(&mut state);
    let mut effects = link(&mut state, LinkState::Live);
    effects.extend(says(&mut state, 1, Phase::Accepted));
    assert_eq!(called_back(&effects), [OrderId(1)], "as it was wished");
    assert!(called_back(&says(&mut state, 1, Phase::Accepted)).is_empty());
    // It may have been lost with the link.
    link(&mut state, down());
    let mut effects = link(&mut state, LinkState::Live);
    effects.extend(says(&mut state, 1, Phase::Accepted));
    assert_eq!(called_back(&effects), [OrderId(1)]);
    // What has begun is not called back.
    link(&mut state, down());
    let mut effects = link(&mut state, LinkState::Live);
    effects.extend(says(&mut state, 1, Phase::Executing));
    assert!(called_back(&effects).is_empty());
    assert!(crate::app::emergency::waiting(&state).is_none());
    link(&mut state, down());
    assert!(
        crate::app::emergency::waiting(&state).is_none(),
        "it had begun"
    );
}

#[test]
fn a_late_answer_finds_the_step_within_reach() {
    let mut state = live();
    shed(&mut state);
    ticked(&mut state, 60_000);
    ticked(&mut state, 100);
    says(&mut state, 1, Phase::Accepted);
    assert_eq!(called_back(&twice(&mut state)), [OrderId(1)]);
}

#[test]
fn a_notice_that_is_stated_later_takes_no_step_out_of_reach() {
    let mut state = live();
    shed(&mut state);
    says(&mut state, 1, Phase::Accepted);
    let mut block = sample::block("lukoml", "1", 50, 21.0);
    block.limits.notice = Duration::from_mins(1);
    let topic = Topic::Fleet;
    let items = vec![Item::Block(Box::new(block))];
    feed(&mut state, FLEET, FeedEvent::Update { topic, items });
    assert_eq!(called_back(&twice(&mut state)), [OrderId(1)]);
}

#[test]
fn a_console_that_begins_anew_asks_about_the_steps_that_left_before_and_can_stop_them() {
    let mut state = desk_in_steps();
    shed(&mut state);
    let sent = state.orders[0].clone();
    let mut state = live();
    let old = (
        sent.sent_at.shifted(-3_600_000),
        sent.order.clone(),
        sent.wanted,
    );
    let opened = Opened {
        file: Arc::from("audit.db"),
        left: vec![old, (sent.sent_at, sent.order.clone(), sent.wanted)],
        lines: Vec::new(),
        head: Head::NONE,
    };
    state.now = sent.sent_at + Duration::from_secs(20);
    let none = state.journal.clone();
    update(&mut state, Msg::JournalOpened(Ok(Box::new(opened))));
    // Answers need wait for no disk here.
    state.journal = none;
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    ticked(&mut state, 100);
    assert!(state.orders.is_empty(), "nobody can be asked");
    feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    let asks = ticked(&mut state, 100);
    let id = sent.order.id;
    assert!(asks.contains(&Effect::Send(FLEET, Request::OrderQuery(id))));
    assert_eq!(state.orders.len(), 1, "what is long over is left alone");
    answer(&mut state, status(id, Phase::Accepted, 0));
    ticked(&mut state, 60_000);
    assert_eq!(
        crate::app::emergency::waiting(&state).map(|w| w.steps),
        Some(1)
    );
    assert_eq!(called_back(&twice(&mut state)), [id]);
}
