//! `baseload plan` as a person runs it.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/plan", name]
        .iter()
        .collect()
}

fn run(name: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_baseload"))
        .arg("plan")
        .arg("--fleet")
        .arg(fixture(name))
        .args(more)
        .output()
        .expect("the binary runs")
}

fn json(name: &str, more: &[&str]) -> Value {
    let output = run(name, &[more, &["--json"]].concat());
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON comes out")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn ids(list: &Value) -> Vec<String> {
    let id = |item: &Value| {
        let part = |name: &str| item[name].as_str().expect("a text").to_owned();
        format!("{} {}", part("site"), part("block"))
    };
    list.as_array().expect("a list").iter().map(id).collect()
}

/// Cost per hour of a move, from the definition, in floating numbers.
fn cost(fleet: &Value, target: &Value) -> (f64, f64) {
    let blocks = fleet["blocks"].as_array().expect("blocks");
    let block = blocks
        .iter()
        .find(|b| b["site"] == target["site"] && b["id"] == target["block"])
        .expect("an ordered block is in the file");
    let number = |name: &str| block[name].as_f64().unwrap_or(0.0);
    let moved = number("power_w") - target["target_w"].as_f64().expect("a number");
    let part = moved / number("power_w");
    let hash = number("hashrate_hs") / 1e15 * part * 52.25 / 24.0;
    let debt = hash * number("shed_hours_30d") / 240.0;
    (moved, hash + debt - moved / 1e6 * 61.5 + 12.5 * part)
}

#[test]
fn the_plan_is_priced_bounded_and_complete() {
    let text = std::fs::read_to_string(fixture("nation.json")).expect("the fixture is there");
    let fleet: Value = serde_json::from_str(&text).expect("the fixture is JSON");
    for shed in ["3MW", "10", "25.5MW", "40MW", "20%"] {
        let plan = json("nation.json", &["--shed", shed]);
        let targets = plan["targets"].as_array().expect("targets");
        let (mut moved, mut sum) = (0.0, 0.0);
        for target in targets {
            let (watts, price) = cost(&fleet, target);
            moved += watts;
            sum += price;
        }
        let figure = |name: &str| plan[name].as_f64().expect("a number");
        assert!(
            (figure("cost_per_hour") - sum).abs() < 1e-3,
            "{shed}: {plan:#}"
        );
        assert!((figure("moved_w") - moved).abs() < 0.5, "{shed}");
        assert!(figure("lower_bound") <= figure("cost_per_hour"));
        assert!(
            figure("gap") < 1e-9,
            "{shed}: so few blocks are solved exactly"
        );
        let wanted = match shed {
            "20%" => 119.7e6 * 0.2,
            other => {
                other
                    .trim_end_matches("MW")
                    .parse::<f64>()
                    .expect("a number")
                    * 1e6
            }
        };
        assert!(figure("shed_w") >= wanted, "{shed}: never short");
        let node: f64 = targets
            .iter()
            .filter(|t| t["site"] == "biaroza")
            .map(|t| cost(&fleet, t).0)
            .sum();
        assert!(
            node <= 15e6,
            "{shed}: the node moves at most 15 MW in one plan"
        );
        assert_eq!(
            ids(&plan["excluded"]),
            ["biaroza b3", "lukoml b4", "mazyr b2", "mazyr b3"]
        );
    }
}

#[test]
fn time_and_ramps_are_kept() {
    let within = |time: &str| json("nation.json", &["--shed", "30MW", "--within", time]);
    assert!(ids(&within("5min")["targets"]).len() >= 2);
    // Mazyr wants 4 minutes' notice and Lukoml's second block moves 20 kW a second.
    let fast = within("30s");
    assert!(
        !ids(&fast["targets"]).contains(&"mazyr b1".to_owned()),
        "{fast:#}"
    );
}

#[test]
fn what_cannot_be_shed_ends_with_the_most_that_can() {
    let output = run("nation.json", &["--shed", "500MW", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let most: Value = serde_json::from_slice(&output.stdout).expect("JSON comes out");
    let watts = most["most_w"].as_u64().expect("watts").to_string();
    assert!(said(&output).contains("at most "), "{}", said(&output));
    // Just that much can be had, and not a watt more.
    let just = format!("{}kW", most["most_w"].as_u64().expect("watts") / 1_000);
    json("nation.json", &["--shed", &just]);
    let more = format!("{}kW", most["most_w"].as_u64().expect("watts") / 1_000 + 1);
    assert_eq!(
        run("nation.json", &["--shed", &more]).status.code(),
        Some(1),
        "{watts}"
    );
}

#[test]
fn prices_may_be_numbers_and_the_body_may_stand_in_an_envelope() {
    assert_eq!(
        json("nation.json", &["--shed", "25MW"]),
        json("enveloped.json", &["--shed", "25MW"])
    );
}

#[test]
fn without_json_a_table_comes() {
    let output = run("nation.json", &["--shed", "25MW"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("(gap 0.000 %)"), "{text}");
    assert!(
        text.contains("left out  lukoml b4: no contract calls left"),
        "{text}"
    );
}

#[test]
fn a_cost_says_what_it_counts() {
    let note = "* in the currency of the file's prices";
    let hold: &[&str] = &["--shed", "5MW", "--for", "30min"];
    for (more, head) in [(&["--shed", "25MW"][..], "COST/h *"), (hold, "COST *")] {
        let output = run("nation.json", more);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(head) && text.contains(note), "{text}");
    }
    let plain = std::fs::read_to_string(fixture("nation.json")).expect("is there");
    let mut fleet: Value = serde_json::from_str(&plain).expect("is JSON");
    fleet["currency"] = "BYN".into();
    let named = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(named.path(), fleet.to_string()).expect("is written");
    let name = named.path().to_str().expect("a plain name");
    for (more, head) in [(&["--shed", "25MW"][..], " BYN/h"), (hold, " BYN\n")] {
        let output = run(name, more);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(head) && !text.contains(note), "{text}");
    }
}

#[test]
fn hostile_files_end_with_one_sentence() {
    let cases = [
        ("no_price.json", "`stop_cost` is missing"),
        ("absurd_price.json", "`tariff_per_mwh` is no price"),
        ("word_price.json", "`hashprice_per_phs_day` is no price"),
        ("empty.json", "holds no blocks"),
        ("not_json.json", "EOF"),
        ("deep.json", "nested deeper"),
        ("nameless.json", "1 items can't be read"),
        ("missing.json", "can't be read"),
    ];
    for (name, words) in cases {
        let output = run(name, &["--shed", "1MW"]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        let text = said(&output);
        assert!(
            text.contains(words) && text.lines().count() == 1,
            "{name}: {text}"
        );
    }
}

#[test]
fn bad_items_are_left_out_by_name_and_steer_no_terminal() {
    let plan = json("bad_items.json", &["--shed", "10MW"]);
    let left = ids(&plan["excluded"]);
    assert!(left.contains(&"biaroza b1".to_owned()) && left.contains(&"nowhere b1".to_owned()));
    let table = run("bad_items.json", &["--shed", "all"]);
    assert!(table.status.success() && !table.stdout.contains(&0x1b));
}

#[test]
fn usage_is_checked() {
    for wrong in [
        &["--shed", "lots"][..],
        &["--shed", "-5MW"],
        &["--shed", "0"],
        &["--shed", "5MW", "--within", "soon"],
        &["--shed", "5MW", "--within", "25h"],
        &[],
    ] {
        assert_eq!(
            run("nation.json", wrong).status.code(),
            Some(2),
            "{wrong:?}"
        );
    }
}
