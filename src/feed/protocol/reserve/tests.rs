//! Whatever a server says of the reserve: what can't be is refused, its neighbours stand.

use std::fmt::Write as _;

use proptest::prelude::*;

use crate::domain::link::{Item, Topic};
use crate::domain::reserve::MOST_MATURING;
use crate::domain::time::Timestamp;
use crate::feed::protocol::{
    Encoded, MAX_MESSAGE, ServerMessage, encode_item, read_server, update_texts,
};

const TIME: &str = "2026-01-15T13:45:01.007Z";

/// The items of an update, and how many of them were refused.
fn read(items: &str) -> (Vec<Item>, u64) {
    let text = format!(
        r#"{{"type":"update","topic":"reserve","seq":2,"prev":1,"time_sent":"{TIME}","items":[{items}]}}"#
    );
    match read_server(&text) {
        Ok(ServerMessage::Update { part, .. }) => (part.items, part.bad),
        other => panic!("{other:?}"),
    }
}

fn account(maturing: &str) -> String {
    format!(
        r#"{{"kind":"account","id":"a","label":"A","currency":"BTC","mature":"1","immature":"2","pending":"0","maturing":{maturing},"source":"node","measured_at":"{TIME}"}}"#
    )
}

fn rate(currency: &str, per_btc: &str) -> String {
    format!(
        r#"{{"kind":"rate","currency":"{currency}","per_btc":{per_btc},"at":"{TIME}","source":"NBRB"}}"#
    )
}

fn inflow(day: &str, rows: &str) -> String {
    format!(r#"{{"kind":"inflow","day":"{day}","rows":[{rows}],"measured_at":"{TIME}"}}"#)
}

fn row(site: &str, amount: &str, source: &str) -> String {
    format!(r#"{{"site":"{site}","amount":{amount},"currency":"BTC","source":"{source}"}}"#)
}

/// Amounts that nobody can have.
const ABSURD: [&str; 9] = [
    r#""NaN""#,
    r#""Infinity""#,
    r#""1e40""#,
    r#""10000000000000000000000000000000000000000""#,
    r#""1000000000000000001""#,
    r#""""#,
    "1.5",
    "null",
    r#"["1"]"#,
];

/// All are refused, and what stands beside them is taken.
fn refused(wrong: &[String]) {
    let good = rate("BYN", r#""105432.10""#);
    for wrong in wrong {
        let (items, bad) = read(&format!("{wrong},{good}"));
        assert_eq!((items.len(), bad), (1, 1), "{wrong}");
    }
}

#[test]
fn what_cannot_mature_is_refused() {
    let coinbase = |amount: &str| format!(r#"[{{"height":900000,"amount":{amount}}}]"#);
    let mut wrong: Vec<String> = ABSURD.iter().map(|a| account(&coinbase(a))).collect();
    wrong.extend([r#""0""#, r#""-1""#].map(|amount| account(&coinbase(amount))));
    wrong.push(account(r#"[{"height":-1,"amount":"1"}]"#));
    wrong.push(account(r#"[{"height":4294967296,"amount":"1"}]"#));
    wrong.push(account(
        r#"[{"height":900000,"amount":"1"},{"height":900000,"amount":"1"}]"#,
    ));
    refused(&wrong);
    for right in ["null", "[]"] {
        assert_eq!(read(&account(right)).1, 0, "{right}");
    }
}

#[test]
fn no_more_coinbases_are_read_than_there_can_be() {
    let list = |count: usize| {
        let mut list = String::new();
        for at in 0..count {
            let _ = write!(list, r#"{{"height":{},"amount":"1"}},"#, 900_000 + at);
        }
        account(&format!("[{}]", list.trim_end_matches(',')))
    };
    assert_eq!(read(&list(MOST_MATURING)).1, 0);
    assert_eq!(read(&list(MOST_MATURING + 1)).1, 1);
}

#[test]
fn a_rate_is_sane_or_not_taken() {
    let mut wrong: Vec<String> = ABSURD.iter().map(|a| rate("BYN", a)).collect();
    for per_btc in ["0", "-3", "0.000000001", "1000000000000001"] {
        wrong.push(rate("BYN", &format!("\"{per_btc}\"")));
    }
    wrong.push(rate("BTC", r#""1""#));
    wrong.push(rate("", r#""1""#));
    refused(&wrong);
    for per_btc in ["0.00000001", "1000000000000000", "318275.1000"] {
        let (items, bad) = read(&rate("BYN", &format!("\"{per_btc}\"")));
        assert_eq!((items.len(), bad), (1, 0), "{per_btc}");
    }
}

#[test]
fn an_inflow_is_told_once_and_never_negative() {
    let day = "2026-01-15";
    let mut wrong: Vec<String> = ABSURD
        .iter()
        .map(|a| inflow(day, &row("astravets", a, "node")))
        .collect();
    wrong.push(inflow(day, &row("astravets", r#""-1""#, "node")));
    wrong.push(inflow(day, &row("astravets", r#""1""#, "rumour")));
    let one = row("astravets", r#""1""#, "node");
    wrong.push(inflow(day, &format!("{one},{one}")));
    for day in ["2026-02-30", "20260115", "yesterday", "9999-01-01"] {
        wrong.push(inflow(day, &one));
    }
    let many: Vec<String> = (0..501)
        .map(|at| row(&format!("s{at}"), r#""1""#, "node"))
        .collect();
    wrong.push(inflow(day, &many.join(",")));
    refused(&wrong);
    assert_eq!(read(&inflow(day, &many[..500].join(","))).1, 0);
    let claimed = row("astravets", r#""1""#, "claimed");
    let both = inflow(day, &format!("{one},{claimed}"));
    assert_eq!(read(&both).1, 0, "who says so tells them apart");
}

#[test]
fn the_greatest_items_still_fit_a_message() {
    let name = "й".repeat(32);
    let amount = format!("\"0.{}\"", "1".repeat(28));
    let rows: Vec<String> = (0..500)
        .map(|at| row(&format!("{at:03}{}", &name[..60]), &amount, "claimed"))
        .collect();
    let (items, bad) = read(&inflow("2026-01-15", &rows.join(",")));
    assert_eq!(bad, 0);
    let encoded: Vec<Encoded> = items.iter().filter_map(encode_item).collect();
    assert!(encoded.iter().all(|e| e.json[0].len() < MAX_MESSAGE / 4));
}

proptest! {
    /// What is read is written and read again as it was.
    #[test]
    fn what_is_stated_comes_through(
        heights in proptest::collection::btree_set(any::<u32>(), 0..200),
        sat in 1i64..2_100_000_000_000_000,
        day in 0i32..80_000,
        e8 in 1i64..9_000_000_000_000_000_000,
    ) {
        use crate::domain::inflow::{Day, InflowDay, InflowRow};
        use crate::domain::rates::Rate;
        use crate::domain::reserve::{Account, BalanceSource, Currency, Maturing, Money};
        use rust_decimal::Decimal;

        let now = Timestamp::from_millis(1_768_484_701_007);
        let amount = Decimal::new(sat, 8);
        let maturing = heights.into_iter().map(|height| Maturing { height, amount }).collect();
        let money = Money { amount, currency: Currency("BTC".into()) };
        let items = vec![
            Item::Account(Box::new(Account {
                id: crate::domain::ids::AccountId::new("a"),
                label: "A".into(),
                site: None,
                currency: Currency("BTC".into()),
                mature: amount,
                immature: amount,
                pending: amount,
                as_of: None,
                maturing: Some(maturing),
                source: BalanceSource::Node,
                measured_at: now,
            })),
            Item::Rate(Box::new(Rate {
                currency: Currency("BYN".into()),
                per_btc: Decimal::new(e8, 8),
                at: now,
                source: "NBRB".into(),
            })),
            Item::Inflow(Box::new(InflowDay {
                day: Day(day),
                rows: vec![InflowRow { site: None, money, source: BalanceSource::Claimed }],
                measured_at: now,
            })),
        ];
        let encoded: Vec<Encoded> = items.iter().filter_map(encode_item).collect();
        let encoded: Vec<&Encoded> = encoded.iter().collect();
        let texts = update_texts(Topic::Reserve, 2, 1, now, &encoded);
        let Ok(ServerMessage::Update { part, .. }) = read_server(&texts[0]) else {
            return Err(TestCaseError::fail("no update"));
        };
        prop_assert_eq!(part.bad, 0);
        prop_assert_eq!(part.items, items);
    }

    #[test]
    fn no_text_makes_the_reader_panic(amount: String, day: String) {
        let amount = serde_json::to_string(&amount).unwrap_or_default();
        let day = serde_json::to_string(&day).unwrap_or_default();
        let row = row("a", &amount, "node");
        let text = format!(r#"{{"kind":"inflow","day":{day},"rows":[{row}],"measured_at":"{TIME}"}}"#);
        let _ = read(&format!("{text},{},{}", rate("BYN", &amount), account(&format!(r#"[{{"height":1,"amount":{amount}}}]"#))));
    }
}
