//! Two feeds that speak of the same thing and do not say the same.

use super::*;
use crate::domain::fleet::PowerSource;

const SECOND: FeedId = FeedId(1);

/// A desk with two real feeds of the grid.
fn desk_of_two() -> State {
    let mut state = live();
    state.feeds.push(Feed::new(SECOND, "second"));
    connect(&mut state, SECOND, "h", false);
    state
}

fn hertz(mhz: i64, at: Timestamp) -> GridReading {
    GridReading {
        frequency: Some(Hertz::from_millihertz(mhz)),
        measured_at: at,
        ..GridReading::default()
    }
}

fn tell(state: &mut State, from: FeedId, reading: GridReading) {
    let items = vec![Item::Grid(Box::new(reading))];
    let topic = Topic::Grid;
    feed(state, from, FeedEvent::Update { topic, items });
}

/// So many seconds in which each feed states its frequency once a second.
fn seconds(state: &mut State, count: usize, mhz: [i64; 2]) {
    for _ in 0..count {
        let now = state.now;
        refresh(state);
        tell(state, FLEET, hertz(mhz[0], now));
        tell(state, SECOND, hertz(mhz[1], now));
        later(state, 1_000);
    }
}

fn alarm_of<'a>(state: &'a State, kind: &str) -> Option<&'a crate::domain::alarm::Alarm> {
    let open = |a: &&crate::domain::alarm::Alarm| &*a.kind == kind && a.state.is_open();
    state.alarms.values().find(open)
}

#[test]
fn a_disputed_frequency_bars_no_emergency_and_raises_the_top_alarm() {
    for mhz in [[50_900, 49_000], [49_000, 50_900]] {
        let mut state = desk_of_two();
        seconds(&mut state, 8, mhz);
        let alarm = alarm_of(&state, "frequency_disputed").expect("an alarm");
        assert_eq!(alarm.priority.number(), 1);
        for figure in ["50.900", "49.000"] {
            assert!(alarm.text.contains(figure), "{}", alarm.text);
        }
        assert_eq!(typed(&mut state, "!"), [Effect::DropInput], "{mhz:?}");
        later(&mut state, 400);
        let word = state.emergency.prompt.as_ref().expect("asked").word.clone();
        typed(&mut state, &word);
        let effects = press(&mut state, Code::Enter);
        assert!(
            matches!(effects.as_slice(), [Effect::MintShed { .. }]),
            "{mhz:?}: {effects:?}"
        );
    }
}

#[test]
fn what_differs_bars_nothing_from_the_first_second_on() {
    let mut state = desk_of_two();
    seconds(&mut state, 1, [50_900, 49_000]);
    assert_eq!(typed(&mut state, "!"), [Effect::DropInput]);
}

#[test]
fn what_agrees_is_compared_at_the_same_time_and_is_no_dispute() {
    // The frequency falls by 400 mHz/s; the second feed's readings are 800 ms older.
    let mut state = desk_of_two();
    let mut mhz = 52_000;
    for _ in 0..12 {
        let now = state.now;
        tell(&mut state, FLEET, hertz(mhz, now));
        tell(&mut state, SECOND, hertz(mhz + 320, now.shifted(-800)));
        later(&mut state, 1_000);
        mhz -= 400;
    }
    assert!(alarm_of(&state, "frequency_disputed").is_none());
    // And 20 mHz are none either, 60 are one.
    let mut state = desk_of_two();
    seconds(&mut state, 10, [50_000, 50_020]);
    assert!(alarm_of(&state, "frequency_disputed").is_none());
    seconds(&mut state, 4, [50_000, 50_060]);
    assert!(alarm_of(&state, "frequency_disputed").is_none(), "not yet");
    seconds(&mut state, 6, [50_000, 50_060]);
    assert!(alarm_of(&state, "frequency_disputed").is_some());
}

#[test]
fn who_agrees_for_a_moment_now_and_then_is_disputed_all_the_same() {
    let mut state = desk_of_two();
    for _ in 0..4 {
        seconds(&mut state, 3, [50_000, 50_900]);
        seconds(&mut state, 1, [50_000, 50_000]);
    }
    assert!(alarm_of(&state, "frequency_disputed").is_some());
    seconds(&mut state, 8, [50_000, 50_000]);
    assert!(state.grid.disputes().is_empty());
    // One bad reading a minute is no dispute.
    for _ in 0..8 {
        seconds(&mut state, 1, [50_000, 50_900]);
        seconds(&mut state, 59, [50_000, 50_000]);
    }
    assert!(state.grid.disputes().is_empty());
}

#[test]
fn shifted_times_do_not_hide_a_wrong_frequency() {
    for (shift, mhz) in [
        (-2_900, 50_060),
        (-500, 50_060),
        (4_500, 50_060),
        (2_500, 50_060),
    ] {
        let mut state = desk_of_two();
        for _ in 0..14 {
            let now = state.now;
            tell(&mut state, FLEET, hertz(50_000, now));
            tell(&mut state, SECOND, hertz(mhz, now.shifted(shift)));
            later(&mut state, 1_000);
        }
        let disputed = alarm_of(&state, "frequency_disputed");
        assert!(disputed.is_some(), "{mhz} mHz, {shift} ms");
    }
}

#[test]
fn a_long_report_period_does_not_hide_a_wrong_frequency() {
    let mut state = desk_of_two();
    state.feeds[1].info.as_mut().expect("known").report_period = Duration::from_hours(1);
    for _ in 0..50 {
        let now = state.now;
        tell(&mut state, FLEET, hertz(50_000, now));
        tell(&mut state, SECOND, hertz(50_900, now.shifted(-60_000)));
        later(&mut state, 1_000);
    }
    assert!(alarm_of(&state, "frequency_disputed").is_some());
}

/// A feed that reports once a day, and is preferred; the other one speaks every second.
fn desk_with_a_daily_feed() -> State {
    let mut state = desk_of_two();
    state.feeds[0].preference = Some(0);
    state.feeds[0].info.as_mut().expect("known").report_period = Duration::from_hours(24);
    let now = state.now;
    tell(&mut state, FLEET, hertz(50_000, now));
    state
}

/// The frequency that the prompt shows, as it says it to the gateway too.
fn asked_with(state: &mut State) -> Option<i64> {
    typed(state, "!");
    let prompt = state.emergency.prompt.take().expect("asked");
    let ways = crate::app::emergency::ways(state, &prompt);
    ways[0].hertz.map(Hertz::millihertz)
}

#[test]
fn a_feed_that_reports_once_a_day_hides_no_falling_frequency() {
    let mut state = desk_with_a_daily_feed();
    for second in 0..60 {
        let now = state.now;
        refresh(&mut state);
        let mhz = if second < 5 { 50_000 } else { 49_600 };
        tell(&mut state, SECOND, hertz(mhz, now));
        later(&mut state, 1_000);
    }
    assert_eq!(ruling(&state), Some(49_600));
    assert!(alarm_of(&state, "frequency_low").is_some());
    assert_eq!(asked_with(&mut state), Some(49_600));
}

#[test]
fn an_old_frequency_is_not_live_whatever_its_feeds_period() {
    let mut state = desk_with_a_daily_feed();
    later(&mut state, 29_000);
    assert_eq!(asked_with(&mut state), Some(50_000));
    later(&mut state, 1_000);
    assert_eq!(state.grid.quality, Quality::Stale, "the top line says so");
    assert_eq!(asked_with(&mut state), None);
    // Nor is one that is old when it comes.
    let old = state.now.shifted(-40_000);
    tell(&mut state, FLEET, hertz(50_100, old));
    assert_eq!(asked_with(&mut state), None);
    let now = state.now;
    tell(&mut state, FLEET, hertz(50_100, now));
    assert_eq!(asked_with(&mut state), Some(50_100));
}

#[test]
fn a_reading_of_no_place_displaces_a_named_one_aloud_and_bars_nothing_against_it() {
    let named = |mhz, at| GridReading {
        grid_node: Some(Arc::from("mainland")),
        ..hertz(mhz, at)
    };
    let mut state = desk_of_two();
    let now = state.now;
    tell(&mut state, FLEET, named(49_600, now));
    later(&mut state, 0);
    assert!(
        !said(&state).contains("nation's"),
        "the first one is no news"
    );
    tell(&mut state, SECOND, hertz(50_900, now));
    assert_eq!(ruling(&state), Some(50_900));
    later(&mut state, 0);
    let told = state
        .notes
        .iter()
        .any(|n| n.text.contains("nation's figures"));
    assert!(told && said(&state).contains("second"), "{}", said(&state));
    assert_eq!(typed(&mut state, "!"), [Effect::DropInput]);
}

#[test]
fn times_that_jitter_make_no_dispute() {
    // 0.4 Hz/s, up to half a second of jitter on either side.
    let mut state = desk_of_two();
    for second in 0..12_i64 {
        let now = state.now;
        for (from, jitter) in [
            (FLEET, second * 7 % 5 * 100),
            (SECOND, second * 3 % 5 * 100),
        ] {
            let mhz = 52_000 - second * 400 + jitter * 2 / 5;
            tell(&mut state, from, hertz(mhz, now.shifted(-jitter)));
        }
        later(&mut state, 1_000);
    }
    assert!(alarm_of(&state, "frequency_disputed").is_none());
}

#[test]
fn shifted_times_do_not_hide_a_wrong_meter() {
    let mut state = desk_of_two();
    for _ in 0..12 {
        let now = state.now;
        refresh(&mut state);
        let mut other = sample::block("astravets", "1", 90, 17.0);
        other.power_source = PowerSource::Meter;
        other.measured_at = now.shifted(-1_800);
        let site = Item::Site(Box::new(sample::site("astravets")));
        let items = vec![site, Item::Block(Box::new(other))];
        let topic = Topic::Fleet;
        feed(&mut state, SECOND, FeedEvent::Update { topic, items });
        later(&mut state, 1_000);
    }
    assert!(alarm_of(&state, "meter_disputed").is_some());
}

#[test]
fn surplus_and_demand_are_compared_too() {
    let mut state = desk_of_two();
    for _ in 0..9 {
        let now = state.now;
        for (from, mw) in [(FLEET, 1_000), (SECOND, 970)] {
            let reading = GridReading {
                surplus: Some(Power::from_megawatts(mw)),
                demand: Some(Power::from_megawatts(5_000)),
                ..hertz(50_000, now)
            };
            tell(&mut state, from, reading);
        }
        later(&mut state, 1_000);
    }
    let alarm = alarm_of(&state, "balance_disputed").expect("an alarm");
    assert!(alarm.text.contains("surplus"), "{}", alarm.text);
    assert!(alarm_of(&state, "frequency_disputed").is_none());
    assert_eq!(state.grid.quality, Quality::Uncertain);
}

#[test]
fn a_meter_that_two_feeds_read_differently_is_uncertain() {
    for (mw, disputed) in [(99, false), (90, true)] {
        let mut state = desk_of_two();
        for _ in 0..9 {
            let now = state.now;
            refresh(&mut state);
            let mut other = sample::block("astravets", "1", mw, 17.0);
            other.power_source = PowerSource::Meter;
            other.measured_at = now;
            let items = vec![
                Item::Site(Box::new(sample::site("astravets"))),
                Item::Block(Box::new(other)),
            ];
            let topic = Topic::Fleet;
            feed(&mut state, SECOND, FeedEvent::Update { topic, items });
            later(&mut state, 1_000);
        }
        let view = &state.fleet.sites[&SiteId::new("astravets")];
        assert_eq!(
            view.summary.quality == Quality::Uncertain,
            disputed,
            "{mw} MW"
        );
        let alarm = alarm_of(&state, "meter_disputed");
        assert_eq!(alarm.is_some(), disputed, "{mw} MW");
        if let Some(alarm) = alarm {
            let text = &*alarm.text;
            assert!(
                text.contains(" 90 MW") && text.contains(" 100 MW"),
                "{text}"
            );
        }
    }
}

fn ruling(state: &State) -> Option<i64> {
    let (_, reading) = state.grid.reading.as_ref()?;
    reading.frequency.map(Hertz::millihertz)
}

#[test]
fn who_is_preferred_rules_and_a_choice_holds_while_the_dispute_does() {
    let mut state = desk_of_two();
    state.feeds[1].preference = Some(0);
    seconds(&mut state, 7, [50_900, 49_000]);
    assert_eq!(ruling(&state), Some(49_000), "the preferred one");
    typed(&mut state, "d");
    assert_eq!(ruling(&state), Some(50_900), "the chosen one");
    assert!(said(&state).contains("fleet rules"), "{}", said(&state));
    seconds(&mut state, 10, [50_900, 49_000]);
    assert_eq!(ruling(&state), Some(50_900), "as long as it lasts");
    // One side falls silent for a while: the choice is not forgotten, and the other rules meanwhile.
    for _ in 0..10 {
        let now = state.now;
        tell(&mut state, SECOND, hertz(49_000, now));
        later(&mut state, 1_000);
    }
    assert_eq!(ruling(&state), Some(49_000), "who speaks");
    assert!(
        !state.grid.contradictions_at(SECOND, &None).is_empty(),
        "and it is not settled yet"
    );
    seconds(&mut state, 1, [50_900, 49_000]);
    assert_eq!(ruling(&state), Some(50_900));
    seconds(&mut state, 8, [50_000, 50_000]);
    assert!(state.grid.disputes().is_empty());
    seconds(&mut state, 7, [50_900, 49_000]);
    assert_eq!(ruling(&state), Some(49_000), "a new dispute, a new choice");
    typed(&mut state, "dd");
    assert_eq!(ruling(&state), Some(49_000), "and back");
}

fn said(state: &State) -> &str {
    state.said.as_ref().map_or("", |(_, said)| said)
}

#[test]
fn without_a_dispute_there_is_nothing_to_choose() {
    let mut state = desk_of_two();
    seconds(&mut state, 7, [50_000, 50_000]);
    typed(&mut state, "d");
    assert!(
        said(&state).contains("no feeds disagree"),
        "{}",
        said(&state)
    );
}

#[test]
fn a_feed_without_a_measured_clock_is_compared_by_when_it_is_heard() {
    let mut state = desk_of_two();
    state.feeds[1].skew = None;
    for _ in 0..8 {
        let now = state.now;
        tell(&mut state, FLEET, hertz(50_900, now));
        // Its clock stands two seconds back; its frequency differs whatever the time.
        tell(&mut state, SECOND, hertz(49_000, now.shifted(-2_000)));
        later(&mut state, 1_000);
    }
    assert!(alarm_of(&state, "frequency_disputed").is_some());
}

#[test]
fn a_simulated_frequency_disputes_no_real_one() {
    let mut state = live();
    state.feeds.push(Feed::new(SECOND, "training"));
    connect(&mut state, SECOND, "sim", true);
    seconds(&mut state, 8, [50_900, 49_000]);
    assert!(alarm_of(&state, "frequency_disputed").is_none());
    assert_eq!(ruling(&state), Some(50_900));
    assert!(
        state
            .grid
            .all_above(FLEET, &None, Hertz::from_millihertz(50_200))
    );
}

#[test]
fn an_island_is_its_sites_own_and_bars_nothing_elsewhere() {
    let mut state = desk_of_two();
    for _ in 0..8 {
        let now = state.now;
        tell(&mut state, FLEET, hertz(50_900, now));
        let island = GridReading {
            grid_node: Some(Arc::from("330 kV")),
            ..hertz(49_000, now)
        };
        tell(&mut state, SECOND, island);
        later(&mut state, 1_000);
    }
    assert!(state.grid.disputes().is_empty(), "two places");
    assert_eq!(ruling(&state), Some(50_900), "the nation's");
    let at = |node: &str| state.grid.at(node).map(|(id, ..)| id);
    assert_eq!(at("330 kV"), Some(SECOND));
    assert_eq!(at("110 kV"), Some(FLEET));
    assert_eq!(typed(&mut state, "!"), [Effect::DropInput]);
}

#[test]
fn the_prompt_has_both_sides_of_what_is_disputed_at_an_island() {
    let mut state = desk_of_two();
    state.feeds.push(Feed::new(FeedId(2), "third"));
    connect(&mut state, FeedId(2), "k", false);
    for _ in 0..8 {
        let now = state.now;
        tell(&mut state, FLEET, hertz(50_000, now));
        for (from, mhz) in [(SECOND, 49_000), (FeedId(2), 50_900)] {
            let island = GridReading {
                grid_node: Some(Arc::from("330 kV")),
                ..hertz(mhz, now)
            };
            tell(&mut state, from, island);
        }
        later(&mut state, 1_000);
    }
    typed(&mut state, "!");
    let prompt = state.emergency.prompt.as_ref().expect("asked");
    let ways = crate::app::emergency::ways(&state, prompt);
    assert_eq!(ways.len(), 1, "all sites are on the island");
    let shown = ways[0].hertz.map(Hertz::millihertz);
    assert_eq!(shown, Some(49_000));
    assert_eq!(ways[0].others, [(FeedId(2), 50_900)]);
}

/// States a site of one block on a feed.
fn state_site(state: &mut State, from: FeedId, id: &str, name: &str, mw: i64) {
    let now = state.now;
    let site = Site {
        name: Arc::from(name),
        measured_at: now,
        ..sample::site(id)
    };
    let block = Block {
        measured_at: now,
        ..sample::block(id, "1", mw, 17.0)
    };
    let items = vec![Item::Site(Box::new(site)), Item::Block(Box::new(block))];
    let topic = Topic::Fleet;
    feed(state, from, FeedEvent::Update { topic, items });
    update(state, Msg::Tick(now));
}

#[test]
fn a_person_chooses_whose_meter_is_believed() {
    let mut state = desk_of_two();
    let power = |state: &State| {
        let view = &state.fleet.sites[&SiteId::new("brest")];
        view.summary.power.map(Power::watts)
    };
    let told = |state: &mut State, count: usize| {
        for _ in 0..count {
            state_site(state, FLEET, "brest", "Brest", 100);
            state_site(state, SECOND, "brest", "Brest", 80);
            later(state, 1_000);
        }
    };
    told(&mut state, 8);
    assert_eq!(power(&state), Some(100_000_000), "the site's own feed");
    typed(&mut state, "3d");
    assert_eq!(power(&state), Some(80_000_000), "the chosen one");
    told(&mut state, 3);
    assert_eq!(power(&state), Some(80_000_000));
    typed(&mut state, "d");
    assert_eq!(power(&state), Some(100_000_000), "and back");
}

#[test]
fn a_pin_keeps_a_site_whoever_comes_first_and_nothing_else_of_it_is_used() {
    let mut state = desk_of_two();
    let site = SiteId::new("brest");
    state.fleet.pins.insert(site.clone(), SECOND);
    state_site(&mut state, FLEET, "brest", "Brest", 100);
    assert!(!state.fleet.sites.contains_key(&site), "not its feed's");
    state_site(&mut state, SECOND, "brest", "Brest", 80);
    for _ in 0..8 {
        state_site(&mut state, FLEET, "brest", "Brest", 100);
        state_site(&mut state, SECOND, "brest", "Brest", 80);
        later(&mut state, 1_000);
    }
    let view = &state.fleet.sites[&site];
    assert_eq!((view.feed, view.also_on.len()), (SECOND, 0));
    assert!(view.disputed.is_none());
    let alarm = alarm_of(&state, "site_claimed").expect("it is said");
    assert!(alarm.text.contains("fleet states brest"), "{}", alarm.text);
    // The link of its own feed is down: it is old, not another's.
    feed(&mut state, SECOND, FeedEvent::Link(down()));
    state_site(&mut state, FLEET, "brest", "Brest", 100);
    assert_eq!(state.fleet.sites[&site].feed, SECOND);
    // A snapshot without it takes the claim back.
    snapshot(&mut state, FLEET, Vec::new());
    later(&mut state, 1_000);
    let claims =
        |a: &crate::domain::alarm::Alarm| &*a.kind == "site_claimed" && a.cleared.is_none();
    assert!(!state.alarms.values().any(claims));
}

/// Whose a site is at the moment, and what the alarm of its taking over says.
fn taken(state: &State) -> (FeedId, Option<String>) {
    let open = |a: &&crate::domain::alarm::Alarm| &*a.kind == "site_taken" && a.cleared.is_none();
    let alarm = state.alarms.values().find(open);
    let view = &state.fleet.sites[&SiteId::new("brest")];
    (view.feed, alarm.map(|a| a.text.to_string()))
}

#[test]
fn a_site_taken_over_while_a_link_flaps_is_given_back_and_an_alarm_says_so() {
    let mut state = desk_of_two();
    state_site(&mut state, FLEET, "brest", "Brest", 100);
    state_site(&mut state, SECOND, "brest", "Brest", 3);
    assert_eq!(taken(&state), (FLEET, None));
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    state_site(&mut state, SECOND, "brest", "Brest", 3);
    later(&mut state, 1_000);
    let (by, alarm) = taken(&state);
    assert_eq!(by, SECOND);
    let alarm = alarm.expect("it is said");
    assert!(
        alarm.contains("second has taken brest over from fleet"),
        "{alarm}"
    );
    // Who stands in can't make itself the owner by leaving the site out for a moment.
    snapshot(&mut state, SECOND, Vec::new());
    assert_eq!(taken(&state).0, FLEET, "known, and old");
    state_site(&mut state, SECOND, "brest", "Brest", 3);
    later(&mut state, 1_000);
    assert!(taken(&state).1.is_some());
    let alien = Item::Block(Box::new(sample::block("brest", "alien", 9, 17.0)));
    let topic = Topic::Fleet;
    let items = vec![alien];
    feed(&mut state, SECOND, FeedEvent::Update { topic, items });
    // The owner is back, and it takes no snapshot to give the site back.
    feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    state_site(&mut state, FLEET, "brest", "Brest", 100);
    later(&mut state, 1_000);
    state_site(&mut state, SECOND, "brest", "Brest", 3);
    assert_eq!(taken(&state), (FLEET, None));
    let view = &state.fleet.sites[&SiteId::new("brest")];
    assert!(view.also_on.contains(&SECOND), "two feeds still");
    let blocks: Vec<&str> = view
        .blocks
        .keys()
        .map(crate::domain::ids::BlockId::as_str)
        .collect();
    assert_eq!(blocks, ["1"], "nothing of the other stays");
    // An owner that no longer has the site leaves it to who has.
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    state_site(&mut state, SECOND, "brest", "Brest", 3);
    feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    snapshot(&mut state, FLEET, Vec::new());
    later(&mut state, 1_000);
    assert_eq!(taken(&state), (SECOND, None));
}

#[test]
fn a_preferred_feed_owns_a_site_though_another_was_heard_first() {
    let mut state = desk_of_two();
    state.feeds[1].preference = Some(0);
    state_site(&mut state, FLEET, "brest", "Brest", 3);
    state_site(&mut state, SECOND, "brest", "Brest", 100);
    state_site(&mut state, FLEET, "brest", "Brest", 3);
    assert_eq!(taken(&state), (SECOND, None));
}

#[test]
fn halls_and_blocks_that_look_alike_bear_their_ids() {
    let mut state = live();
    let block = |id: &str, hall: &str, name: &str| {
        Item::Block(Box::new(Block {
            hall: HallId::new(hall),
            name: Arc::from(name),
            ..sample::block("astravets", id, 10, 17.0)
        }))
    };
    let hall = |id: &str, name: &str| {
        Item::Hall(Box::new(crate::domain::fleet::Hall {
            site: SiteId::new("astravets"),
            id: HallId::new(id),
            name: Arc::from(name),
        }))
    };
    let items = vec![
        Item::Site(Box::new(sample::site("astravets"))),
        hall("h1", "Hall 1"),
        hall("h2", "Hall l"),
        hall("h3", "North"),
        block("a", "h1", "Block 1"),
        block("b", "h1", "B\u{200b}lock 1"),
        block("c", "h2", "Block 1"),
    ];
    snapshot(&mut state, FLEET, items);
    let view = &state.fleet.sites[&SiteId::new("astravets")];
    let halls: Vec<&str> = view.halls.values().map(|h| &*h.name).collect();
    assert_eq!(halls, ["[h1] Hall 1", "[h2] Hall l", "North"]);
    let blocks: Vec<&str> = view.blocks.values().map(|b| &*b.block.name).collect();
    assert_eq!(
        blocks,
        ["[a] Block 1", "[b] B\u{200b}lock 1", "Block 1"],
        "of one hall only"
    );
}

#[test]
fn a_twin_that_goes_takes_the_mark_with_it() {
    let mut state = desk_of_two();
    state_site(&mut state, FLEET, "minsk-1", "Minsk", 10);
    let name = |state: &State| state.fleet.sites[&SiteId::new("minsk-1")].site.name.clone();
    assert_eq!(&*name(&state), "Minsk");
    state_site(&mut state, SECOND, "minsk-2", "Мinsk", 10);
    assert_eq!(&*name(&state), "[minsk-1] Minsk");
    state_site(&mut state, SECOND, "minsk-2", "Brest", 10);
    assert_eq!(&*name(&state), "Minsk");
    state_site(&mut state, SECOND, "minsk-2", "M1NSK", 10);
    assert_eq!(&*name(&state), "[minsk-1] Minsk");
    snapshot(&mut state, SECOND, Vec::new());
    assert_eq!(&*name(&state), "Minsk");
}

#[test]
fn authority_over_a_look_alike_is_taken_by_its_id() {
    let mut state = live();
    for id in ["minsk-north-1", "minsk-north-2"] {
        state_site(&mut state, FLEET, id, "Minsk", 10);
    }
    typed(&mut state, "/minsk-north-2");
    press(&mut state, Code::Enter);
    typed(&mut state, "T");
    let prompt = state.deeds.prompt.as_ref().expect("asked");
    assert_eq!(prompt.word, "TAKE MINSK-NORTH-2-2");
}

#[test]
fn machines_come_from_the_feed_that_was_asked() {
    use crate::domain::fleet::MachinePage;
    let mut state = desk_of_two();
    let items = vec![
        Item::Site(Box::new(sample::site("astravets"))),
        Item::Block(Box::new(sample::block("astravets", "1", 100, 17.0))),
    ];
    snapshot(&mut state, FLEET, items);
    press(&mut state, Code::Enter);
    press(&mut state, Code::Enter);
    press(&mut state, Code::Enter);
    assert!(state.watch.is_some());
    let page = MachinePage {
        site: SiteId::new("astravets"),
        hall: HallId::new("h1"),
        page: 0,
        pages: 1,
        total: 0,
        rows: Vec::new(),
        measured_at: state.now,
        search: None,
    };
    feed(
        &mut state,
        SECOND,
        FeedEvent::Machines(Box::new(page.clone())),
    );
    assert!(state.machines.is_none(), "another feed was not asked");
    feed(&mut state, FLEET, FeedEvent::Machines(Box::new(page)));
    assert!(state.machines.is_some());
}

#[test]
fn two_gateways_of_one_id_are_an_alarm_and_two_links_of_one_are_none() {
    let mut state = live();
    state.feeds.push(Feed::new(SECOND, "second"));
    connect(&mut state, SECOND, "g", false);
    let pass = |state: &mut State| (0..12).for_each(|_| later(state, 1_000));
    pass(&mut state);
    assert!(
        alarm_of(&state, "gateway_twice").is_none(),
        "one life, two links"
    );
    let mut told = info("g", false);
    told.boot = BootId::new("another life");
    feed(&mut state, SECOND, FeedEvent::Hello(Box::new(told.clone())));
    later(&mut state, 5_000);
    assert!(
        alarm_of(&state, "gateway_twice").is_none(),
        "one may be starting anew"
    );
    pass(&mut state);
    let alarm = alarm_of(&state, "gateway_twice").expect("it is said");
    assert_eq!(
        &*alarm.text,
        "fleet and second: two gateways call themselves g"
    );
    told.gateway = GatewayId::new("h");
    feed(&mut state, SECOND, FeedEvent::Hello(Box::new(told)));
    pass(&mut state);
    let standing = alarm_of(&state, "gateway_twice").filter(|alarm| alarm.cleared.is_none());
    assert!(standing.is_none(), "it has a name of its own");
}
