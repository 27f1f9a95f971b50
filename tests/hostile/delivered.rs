//! A gateway says `delivered`: a console shows it as delivered only where a reading bears it out.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{DEADLINE, Terminal};
use crate::desk::{console, execute, order_becomes, plan};
use crate::liar::{Liar, Says, honest, time};

/// The statuses of an order that is accepted and said to be delivered by this target.
fn said(now: i64, target: Value) -> Vec<Value> {
    let at = time(now);
    let targets = Value::Array(vec![target]);
    vec![
        json!({"phase": "accepted", "at": at, "detail": "", "targets": []}),
        json!({"phase": "delivered", "at": at, "detail": "", "targets": targets}),
    ]
}

fn target(delivered_w: i64, measured_ms: i64) -> Value {
    json!({"site": "lukoml", "block": "b0", "phase": "delivered", "reasons": [],
        "delivered_w": delivered_w, "measured_at": time(measured_ms)})
}

/// A console in front of it, when its figures are live.
fn before(liar: &Liar) -> Terminal {
    let terminal = console(&[liar.feed()], &[], 160, 40);
    terminal.wait("the site, live", |s| {
        s.contains("lukoml") && s.contains("428.9") && s.contains("nothing abnormal")
    });
    terminal
}

/// All of the site is ordered off, and its gateway answers so: what the Curtail screen comes to say.
fn order_off(answers: fn(&Value, i64) -> Vec<Value>, wanted: &str) -> (Terminal, Liar) {
    let liar = Liar::start(Says {
        answers,
        ..honest("lukoml")
    });
    let mut terminal = before(&liar);
    plan(&mut terminal, "c", "off");
    execute(&mut terminal);
    terminal.keys("4");
    terminal.wait_for(wanted);
    (terminal, liar)
}

#[test]
fn delivered_without_a_reading_is_not_delivered() {
    let (terminal, _liar) = order_off(
        |_, now| {
            said(
                now,
                json!({"site": "lukoml", "block": "b0", "phase": "delivered", "reasons": []}),
            )
        },
        "says delivered, no reading",
    );
    let shown = terminal.text();
    assert!(shown.contains("!2"), "{shown}");
}

#[test]
fn a_reading_older_than_the_order_proves_nothing() {
    order_off(
        |_, now| said(now, target(428_900_000, now - 3_600_000)),
        "says delivered, reading older than the order",
    );
}

#[test]
fn a_reading_of_the_future_proves_nothing() {
    order_off(
        |_, now| said(now, target(428_900_000, now + 3_600_000)),
        "says delivered, reading of a time to come",
    );
}

#[test]
fn a_reading_of_another_block_proves_nothing() {
    let (terminal, _liar) = order_off(
        |_, now| {
            let mut other = target(428_900_000, now + 1);
            other["block"] = "b9".into();
            said(now, other)
        },
        "says delivered, of other blocks",
    );
    // Not a watt of it is counted.
    let row = terminal.text();
    let row = row.lines().find(|l| l.contains("-428.9")).expect("its row");
    assert!(row.matches("428.9").count() == 1, "{row}");
}

/// Twelve times minus a TW of the same block: what a row may bear at most, and more rows than blocks.
fn minus_twelve_million_megawatts(_: &Value, now: i64) -> Vec<Value> {
    let mut all = said(now, target(-1_000_000_000_000, now + 1));
    all[1]["targets"] = vec![target(-1_000_000_000_000, now + 1); 12].into();
    all
}

#[test]
fn what_no_block_can_move_is_not_counted() {
    let lies: [fn(&Value, i64) -> Vec<Value>; 4] = [
        minus_twelve_million_megawatts,
        |_, now| said(now, target(1_000_000_000_000, now + 1)),
        |_, now| said(now, target(-1, now + 1)),
        |_, now| said(now, target(900_000_000, now + 1)),
    ];
    for lie in lies {
        let (terminal, _liar) = order_off(lie, "says delivered, reading can't be true");
        let shown = terminal.text();
        assert!(
            !["000000", "000 000", "900.0"]
                .iter()
                .any(|figure| shown.contains(figure)),
            "{shown}"
        );
    }
}

#[test]
fn a_block_told_twice_is_counted_once() {
    let (terminal, _liar) = order_off(
        |order, now| {
            let half = |_| {
                let mut half = target(200_000_000, now + 1);
                half["phase"] = "executing".into();
                half
            };
            let mut all = said(now, target(0, now));
            all[1]["phase"] = "executing".into();
            all[1]["targets"] = (0..5).map(half).collect::<Vec<_>>().into();
            all[1]["detail"] = format!("five rows of {}", order["targets"][0]["block"]).into();
            all
        },
        "five rows",
    );
    let shown = terminal.wait_for("200.0");
    assert!(
        !shown.contains("1000.0") && !shown.contains("1 000.0"),
        "{shown}"
    );
}

#[test]
fn the_meter_speaks_against_it() {
    let (mut terminal, _liar) = order_off(
        |_, now| said(now, target(428_900_000, now + 1)),
        "says delivered, meter says 428.9 of 428.9",
    );
    terminal.keys("7");
    terminal.wait("the alarm", |s| {
        s.contains("meter says 428.9 of 428.9") && s.contains("Delivery not borne out")
    });
}

#[test]
fn one_that_its_meter_bears_out_is_delivered() {
    let liar = Liar::start(Says {
        answers: |_, now| said(now, target(428_900_000, now + 1)),
        ..honest("lukoml")
    });
    let mut terminal = before(&liar);
    plan(&mut terminal, "c", "off");
    {
        let mut says = liar.says();
        (says.power_w, says.target_w, says.state) = (428_900_000, 428_900_000, "hashing");
    }
    execute(&mut terminal);
    {
        let mut says = liar.says();
        (says.power_w, says.target_w, says.state) = (0, 0, "curtailed");
    }
    terminal.keys("4");
    order_becomes(&terminal, "delivered");
    terminal.wait("its meter", |s| s.contains("mining 0 of 0"));
    assert!(!terminal.text().contains("says delivered"));
}

#[test]
fn a_restore_is_believed_no_further() {
    let liar = Liar::start(Says {
        power_w: 0,
        target_w: 0,
        state: "curtailed",
        answers: |_, now| said(now, target(428_900_000, now + 1)),
        ..honest("lukoml")
    });
    let mut terminal = console(&[liar.feed()], &[], 160, 40);
    terminal.wait("the site, live", |s| {
        s.contains("lukoml") && s.contains("curtailed") && s.contains("MW are held off")
    });
    plan(&mut terminal, "r", "all");
    execute(&mut terminal);
    terminal.keys("4");
    terminal.wait_for("says delivered, meter says 0 of 428.9");
}

#[test]
fn with_an_unknown_clock_nothing_is_proven_and_no_alarm_raised() {
    let liar = Liar::start(Says {
        pongs: false,
        answers: |_, now| said(now, target(428_900_000, now + 1)),
        ..honest("lukoml")
    });
    let mut terminal = before(&liar);
    terminal.keys("!");
    let word = |s: &str| {
        let line = s.lines().find(|l| l.contains("and Enter to shed"))?;
        let (_, rest) = line.split_once("type ")?;
        Some(rest.split_once(" and Enter")?.0.trim().to_owned())
    };
    let asked = terminal.wait("the prompt", |s| s.contains("Ready.") && word(s).is_some());
    let word = word(&asked).expect("it was there");
    terminal.keys(&word);
    terminal.wait_for(&format!("> {word}_"));
    terminal.keys("\r");
    terminal.wait("the end of the prompt", |s| {
        !s.contains("and Enter to shed")
    });
    terminal.keys("4");
    let shown = terminal.wait_for("says delivered, clock unknown");
    assert!(!shown.contains("!2 says delivered"), "{shown}");
}

/// A question that nobody has signed bars no id: the order may still come.
#[test]
fn an_order_that_is_not_seen_yet_stays_unknown_and_is_asked_for_again() {
    let (mut terminal, liar) = order_off(
        |_, now| {
            vec![
                json!({"phase": "not_seen", "dead": false, "at": time(now), "detail": "", "targets": []}),
            ]
        },
        "unknown",
    );
    liar.says().asked = 0;
    let until = Instant::now() + DEADLINE;
    while liar.says().asked < 2 {
        assert!(Instant::now() < until, "it is not asked for again");
        std::thread::sleep(Duration::from_millis(20));
    }
    terminal.keys("7");
    terminal.wait_for("link lost with it under way");
    terminal.keys("4");
    terminal.wait_for("unknown");
}
