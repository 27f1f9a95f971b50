//! The reserve on the desk: what is counted, what is kept, what is asked of the history.

use super::*;
use crate::app::history::{History, Opened};
use crate::app::holdings::{self, Heard, Pane, Room, room};
use crate::app::inflow;
use crate::app::maturing::maturities;
use crate::app::{MAX_FEED_ACCOUNTS, Note};
use crate::domain::history::{Answer, Bucket, Grain, Series};
use crate::domain::inflow::{Day, InflowDay, InflowRow, MOST_DAYS, MOST_ROWS_KEPT};
use crate::domain::rates::{MOST_RATES, Rate};
use crate::domain::reserve::{AsOf, Maturing, Money};

fn account(id: &str, currency: &str, mature: i64, source: BalanceSource) -> Account {
    Account {
        id: AccountId::new(id),
        label: Arc::from(id),
        site: None,
        currency: Currency(Arc::from(currency)),
        mature: Decimal::from(mature),
        immature: Decimal::ZERO,
        pending: Decimal::ZERO,
        as_of: Some(AsOf {
            height: 900_000,
            hash: Arc::from("00"),
            time: NOW,
        }),
        maturing: None,
        source,
        measured_at: NOW,
    }
}

fn tell(state: &mut State, feed_id: FeedId, items: Vec<Item>) {
    let topic = Topic::Reserve;
    feed(state, feed_id, FeedEvent::Update { topic, items });
}

fn held(state: &mut State, feed_id: FeedId, accounts: Vec<Account>) {
    let items = accounts.into_iter().map(|a| Item::Account(Box::new(a)));
    tell(state, feed_id, items.collect());
}

#[test]
fn a_feed_that_states_accounts_without_end_leaves_no_other_out() {
    let mut state = desk_of_three();
    let flood = (0..30_000).map(|at| account(&format!("x{at}"), "BTC", 1, BalanceSource::Claimed));
    held(&mut state, TOY, flood.collect());
    assert!(state.reserve.len() <= MAX_FEED_ACCOUNTS, "bounded");
    assert_eq!(holdings::left_out(&state), 30_000 - MAX_FEED_ACCOUNTS);
    let notes = |state: &State| {
        let told = |note: &&Note| note.text.contains("accounts than this console");
        state.notes.iter().filter(told).count()
    };
    assert_eq!(notes(&state), 1, "it is said");
    let items = vec![Item::Account(Box::new(account(
        "a",
        "BTC",
        10,
        BalanceSource::Node,
    )))];
    let snapshot = |items| FeedEvent::Snapshot {
        topic: Topic::Reserve,
        items,
        continuous: false,
    };
    feed(&mut state, FLEET, snapshot(items));
    let node = holdings::bitcoin(&state, BalanceSource::Node).expect("the real one is taken");
    assert_eq!(node.mature, Decimal::from(10));
    assert_eq!(
        holdings::left_out(&state),
        30_000 - MAX_FEED_ACCOUNTS,
        "the other's are still left out"
    );
    // One that was known is still told anew, and a snapshot without end is said once.
    held(
        &mut state,
        TOY,
        vec![account("x7", "BTC", 9, BalanceSource::Claimed)],
    );
    let known = &state.reserve[&(TOY, AccountId::new("x7"))];
    assert_eq!(known.mature, Decimal::from(9));
    feed(&mut state, TOY, snapshot(Vec::new()));
    assert_eq!(holdings::left_out(&state), 0);
    let flood = (0..6_000).map(|at| account(&format!("y{at}"), "BTC", 1, BalanceSource::Claimed));
    held(&mut state, TOY, flood.collect());
    assert_eq!(notes(&state), 1, "once");
}

fn typed(state: &mut State, keys: &str) {
    for key in keys.chars() {
        update(state, Msg::Key(Key::char(key)));
    }
}

#[test]
fn what_is_claimed_is_never_added_to_what_is_checked() {
    use BalanceSource::{Claimed, Node};
    let mut state = desk_of_three();
    held(
        &mut state,
        FLEET,
        vec![
            account("a", "BTC", 10, Node),
            account("b", "BTC", 20, Claimed),
            account("c", "BYN", 300, Claimed),
        ],
    );
    // The same account by another feed, and play money.
    held(&mut state, OTHER, vec![account("a", "BTC", 10, Node)]);
    held(&mut state, TOY, vec![account("z", "BTC", 7, Node)]);
    let totals: Vec<_> = holdings::totals(&state)
        .into_iter()
        .map(|(currency, source, sums)| {
            (currency.0.to_string(), source, sums.mature, sums.accounts)
        })
        .collect();
    let of = |currency: &str, source, mature: i64| {
        (currency.to_owned(), source, Decimal::from(mature), 1)
    };
    assert_eq!(
        totals,
        [
            of("BTC", Node, 10),
            of("BTC", Claimed, 20),
            of("BYN", Claimed, 300)
        ]
    );
    let rows: Vec<_> = rows::accounts(&state)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        rows,
        ["0/a", "1/a", "2/z", "0/b", "0/c"],
        "by currency, checked first"
    );
}

#[test]
fn sums_beyond_all_numbers_do_not_panic() {
    let mut state = live();
    for id in ["a", "b", "c"] {
        let mut one = account(id, "BTC", 0, BalanceSource::Node);
        one.mature = Decimal::MAX;
        one.immature = Decimal::MAX;
        one.maturing = Some(vec![
            Maturing {
                height: 900_000,
                amount: Decimal::MAX,
            },
            Maturing {
                height: 1,
                amount: Decimal::MAX,
            },
        ]);
        state.reserve.insert((FLEET, one.id.clone()), one);
    }
    let total = holdings::bitcoin(&state, BalanceSource::Node).expect("there are some");
    assert_eq!(total.held(), Decimal::MAX);
    assert_eq!(maturities(&state).accounts, 3);
}

#[test]
fn an_account_that_is_not_heard_of_is_marked() {
    let mut state = live();
    held(
        &mut state,
        FLEET,
        vec![account("a", "BTC", 1, BalanceSource::Node)],
    );
    let of = |state: &State| {
        let (feed, account) = holdings::accounts(state)[0];
        holdings::heard(state, feed, account)
    };
    assert_eq!(of(&state), Heard::Now);
    state.now = NOW + Duration::from_mins(31);
    assert_eq!(
        of(&state),
        Heard::Stale,
        "our node has not read it for long"
    );
    for account in state.reserve.values_mut() {
        account.source = BalanceSource::Claimed;
    }
    assert_eq!(of(&state), Heard::Now, "a statement is as old as it says");
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    assert_eq!(of(&state), Heard::Unheard);
}

fn down() -> LinkState {
    LinkState::Down {
        cause: DownCause::Unreachable,
        detail: "gone".into(),
        retry_at: NOW,
    }
}

#[test]
fn what_matures_stands_at_its_time_and_is_counted_from_the_best_known_tip() {
    use crate::domain::maturity::Due;
    use crate::domain::reserve::Network;
    use crate::domain::units::Sats;
    let mut state = live();
    let mut one = account("a", "BTC", 5, BalanceSource::Node);
    one.immature = Decimal::ONE;
    one.maturing = Some(vec![Maturing {
        height: 899_940,
        amount: Decimal::ONE,
    }]);
    held(&mut state, FLEET, vec![one]);
    let due = |state: &State| {
        let found = maturities(state);
        let due = &found.lines[&BalanceSource::Node].due;
        let all: Vec<(u32, Due)> = due.iter().map(|(blocks, due)| (*blocks, *due)).collect();
        (all, found.unheard)
    };
    let of = |blocks, minutes, old| {
        let at = NOW + Duration::from_mins(minutes);
        let amount = Decimal::ONE;
        vec![(blocks, Due { amount, at, old })]
    };
    assert_eq!(due(&state), (of(40, 400, false), 0));
    state.now = NOW + Duration::from_mins(20);
    assert_eq!(due(&state), (of(40, 400, false), 0), "it does not slide");
    // Twelve hours later: the account is as it was, and the chain has grown.
    state.now = NOW + Duration::from_hours(12);
    assert_eq!(due(&state), (of(40, 400, true), 1), "old, and said to be");
    let network = |height| Network {
        difficulty: 1e14,
        reward: Sats::from_sat(312_500_000),
        height,
        measured_at: NOW + Duration::from_hours(12),
    };
    let tell_network = |state: &mut State, network| {
        tell(state, FLEET, vec![Item::Network(Box::new(network))]);
    };
    tell_network(&mut state, network(900_030));
    assert_eq!(
        due(&state),
        (of(10, 12 * 60 + 100, true), 1),
        "ten blocks from now; the account itself is still old"
    );
    tell_network(&mut state, network(4_000_000));
    assert_eq!(due(&state), (of(40, 400, true), 1), "of another chain");
    // What is only claimed moves no other account.
    state.networks.clear();
    let mut claimed = account("b", "BTC", 5, BalanceSource::Claimed);
    claimed.as_of = Some(AsOf {
        height: 900_050,
        hash: Arc::from("00"),
        time: state.now,
    });
    held(&mut state, FLEET, vec![claimed]);
    assert_eq!(due(&state), (of(40, 400, true), 1));
}

#[test]
fn the_cursor_chooses_whose_coins_are_shown() {
    let mut state = live();
    let maturing = |id: &str, back: u32, btc: i64, stated: i64| {
        let mut one = account(id, "BTC", 5, BalanceSource::Node);
        one.immature = Decimal::from(stated);
        one.maturing = Some(vec![Maturing {
            height: 900_000 - back,
            amount: Decimal::from(btc),
        }]);
        one
    };
    let mut silent = account("c", "BTC", 5, BalanceSource::Claimed);
    silent.immature = Decimal::ONE;
    let accounts = vec![maturing("a", 88, 3, 3), maturing("b", 50, 4, 6), silent];
    held(&mut state, FLEET, accounts);
    typed(&mut state, "5");
    let all = maturities(&state);
    let due = &all.lines[&BalanceSource::Node].due;
    assert_eq!(due.keys().copied().collect::<Vec<_>>(), [12, 50]);
    assert_eq!((all.accounts, all.silent, all.differ), (3, 1, 1));
    assert_eq!(all.by, Decimal::from(2));
    typed(&mut state, "j");
    assert_eq!(
        state.nav.accounts.cursor.as_deref(),
        Some("0/a"),
        "the first first"
    );
    let one = maturities(&state);
    assert_eq!((one.accounts, one.differ), (1, 0));
    typed(&mut state, "G");
    assert_eq!(
        holdings::chosen(&state).map(|(_, a)| a.id.as_str()),
        Some("c")
    );
    typed(&mut state, "kkk");
    assert_eq!(state.nav.accounts.cursor, None, "above the first: all");
    let copied = update(&mut state, Msg::Key(Key::char('y')));
    assert_eq!(copied, [], "nothing is under the cursor");
    typed(&mut state, "jjj");
    // A row that goes takes the choice with it.
    state.reserve.clear();
    assert_eq!(holdings::chosen(&state), None);
    typed(&mut state, "jk");
}

#[test]
fn the_view_goes_round() {
    let mut state = live();
    typed(&mut state, "5");
    for pane in [Pane::Inflow, Pane::Rates, Pane::TimeLine] {
        typed(&mut state, "v");
        assert_eq!(state.holdings.pane, pane);
    }
    let of = |columns, rows| room(Size { columns, rows });
    assert_eq!(
        [of(40, 12), of(80, 24), of(120, 36)],
        [Room::None, Room::One, Room::All]
    );
}

fn rate(currency: &str, per_btc: i64, at: Timestamp) -> Item {
    Item::Rate(Box::new(Rate {
        currency: Currency(Arc::from(currency)),
        per_btc: Decimal::from(per_btc),
        at,
        source: Arc::from("NBRB"),
    }))
}

#[test]
fn a_feed_has_room_for_so_many_rates_and_simulated_ones_value_nothing_real() {
    let mut state = desk_of_three();
    let many = (0..100).map(|at| rate(&format!("C{at:03}"), 5, NOW));
    tell(&mut state, FLEET, many.collect());
    assert_eq!(state.holdings.rates.len(), MOST_RATES);
    tell(&mut state, FLEET, vec![rate("C003", 6, NOW)]);
    let of = |state: &State, code: &str| {
        let found = holdings::rates(state).into_iter();
        found
            .map(|(_, rate)| rate.clone())
            .find(|rate| &*rate.currency.0 == code)
    };
    assert_eq!(
        of(&state, "C003").map(|r| r.per_btc),
        Some(Decimal::from(6)),
        "it is changed"
    );

    held(
        &mut state,
        FLEET,
        vec![account("a", "BTC", 1, BalanceSource::Node)],
    );
    tell(&mut state, TOY, vec![rate("BYN", 9, NOW)]);
    assert_eq!(of(&state, "BYN"), None);
    // The youngest that can be used wins, not the one that is dated farthest ahead.
    tell(
        &mut state,
        OTHER,
        vec![rate("C003", 7, NOW + Duration::from_hours(9))],
    );
    assert_eq!(
        of(&state, "C003").map(|r| r.per_btc),
        Some(Decimal::from(6))
    );
    tell(
        &mut state,
        OTHER,
        vec![rate("C003", 8, NOW + Duration::from_secs(5))],
    );
    assert_eq!(
        of(&state, "C003").map(|r| r.per_btc),
        Some(Decimal::from(8))
    );

    let snapshot = FeedEvent::Snapshot {
        topic: Topic::Reserve,
        items: Vec::new(),
        continuous: false,
    };
    feed(&mut state, FLEET, snapshot);
    assert!(
        state.holdings.rates.keys().all(|(id, _)| *id != FLEET),
        "what is not said again is gone"
    );
}

fn inflow_of(day: Day, rows: usize, sat: i64, measured_at: Timestamp) -> Item {
    let row = |at: usize| InflowRow {
        site: Some(SiteId::new(&format!("s{at}"))),
        money: Money {
            amount: Decimal::new(sat, 8),
            currency: Currency(Arc::from("BTC")),
        },
        source: BalanceSource::Claimed,
    };
    Item::Inflow(Box::new(InflowDay {
        day,
        rows: (0..rows).map(row).collect(),
        measured_at,
    }))
}

#[test]
fn the_youngest_days_are_kept_and_none_that_is_to_come() {
    let mut state = live();
    let today = Day::of(NOW);
    let days = (0..60).map(|back| inflow_of(today.before(back), 1, 5, NOW));
    tell(&mut state, FLEET, days.collect());
    assert_eq!(state.holdings.inflow.len(), MOST_DAYS);
    tell(
        &mut state,
        FLEET,
        vec![inflow_of(Day(today.0 + 2), 1, 5, NOW)],
    );
    assert_eq!(
        state.holdings.inflow.len(),
        MOST_DAYS,
        "no day of the future"
    );
    let days = (0..MOST_DAYS).map(|back| inflow_of(today.before(back), 500, 5, NOW));
    tell(&mut state, FLEET, days.collect());
    let rows: usize = state
        .holdings
        .inflow
        .values()
        .map(|day| day.rows.len())
        .sum();
    assert!(rows <= MOST_ROWS_KEPT, "{rows} rows");
    assert!(state.holdings.inflow.contains_key(&(FLEET, today)));
}

#[test]
fn what_two_feeds_state_of_a_site_counts_once() {
    let mut state = desk_of_three();
    let today = Day::of(NOW);
    tell(&mut state, FLEET, vec![inflow_of(today, 2, 300, NOW)]);
    tell(
        &mut state,
        OTHER,
        vec![inflow_of(today, 1, 400, NOW + Duration::from_secs(1))],
    );
    tell(
        &mut state,
        FLEET,
        vec![inflow_of(today.before(7), 1, 9, NOW)],
    );
    let stated = holdings::stated(&state);
    let of = |day| stated.days.get(&(BalanceSource::Claimed, day)).copied();
    assert_eq!(of(today), Some(Decimal::new(700, 8)));
    assert_eq!(of(today.before(7)), Some(Decimal::new(9, 8)));
    let sites: Vec<_> = stated.sites.iter().map(|(_, _, sum)| *sum).collect();
    assert_eq!(
        sites,
        [Decimal::new(400, 8), Decimal::new(300, 8)],
        "of seven days, the most first"
    );
}

#[test]
fn the_history_is_asked_by_days_while_the_screen_is_looked_at() {
    let mut state = live();
    state.history = History::opening();
    update(&mut state, Msg::Tick(NOW));
    let opened = Opened {
        file: Arc::from("history.db"),
        writes: true,
    };
    update(&mut state, Msg::HistoryStands(Ok(opened)));
    let series = Series::ReserveOf(BalanceSource::Node);
    let asked = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::HistoryAsk { ticket, asks } if asks[0].series == series => {
                Some((*ticket, asks.clone()))
            }
            _ => None,
        })
    };
    let tick =
        |state: &mut State, seconds| update(state, Msg::Tick(NOW + Duration::from_secs(seconds)));
    assert_eq!(asked(&tick(&mut state, 1)), None, "nobody looks at it");
    typed(&mut state, "5");
    let (ticket, asks) = asked(&tick(&mut state, 2)).expect("is asked for");
    let first = inflow::first_day(NOW);
    assert_eq!(
        asks[0].from,
        first.before(1).start(),
        "the eve of the first day too"
    );
    assert!(asks[0].to > NOW && Day::of(asks[0].to) == Day::of(NOW));
    assert_eq!(asked(&tick(&mut state, 3)), None, "once");
    let bucket = |last| Bucket {
        min: last,
        max: last,
        mean: last,
        last,
        coverage: 1.0,
        unsure: 0.0,
    };
    let answers = vec![Answer {
        gateway: None,
        series: series.clone(),
        from: asks[0].from,
        step: Duration::from_hours(24),
        grain: Grain::Quarter,
        buckets: (0i64..)
            .take(MOST_DAYS + 1)
            .map(|day| Some(bucket(day * 100)))
            .collect(),
    }];
    update(
        &mut state,
        Msg::HistoryAnswer {
            ticket,
            answers: Ok(answers),
        },
    );
    let grown = inflow::grown(&state, BalanceSource::Node);
    assert_eq!(grown.len(), MOST_DAYS);
    assert!(
        grown
            .iter()
            .all(|day| day.map(|g| g.amount) == Some(Decimal::new(100, 8)))
    );
    assert_eq!(
        inflow::grown(&state, BalanceSource::Claimed),
        vec![None; MOST_DAYS]
    );
    assert!(
        asked(&tick(&mut state, 700)).is_some(),
        "again after a while"
    );
    assert!(
        !state
            .history
            .answers
            .iter()
            .any(|answer| answer.series == series),
        "no view's answer"
    );
}
