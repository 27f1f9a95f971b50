//! Two gateways that do not say the same, and a desk between them.

use crate::common::Terminal;
use crate::fake::{Fake, Said};
use std::fmt::Write;

fn console(config: &str) -> Terminal {
    let home = tempfile::tempdir().expect("a scratch folder").keep();
    let file = home.join("desk.toml");
    std::fs::write(&file, config).expect("is written");
    let file = file.to_str().expect("text");
    Terminal::start_in(&home, &["console", "--config", file], 120, 36, &[])
}

/// A desk on these gateways, in this order; `more` are lines of each feed.
fn desk(head: &str, feeds: &[(&str, &Fake, &str)]) -> Terminal {
    let mut config = format!("desk = \"A\"\noperator = \"op\"\n{head}\n");
    for (name, fake, more) in feeds {
        let url = fake.url();
        writeln!(
            config,
            "[[feed]]\nname = \"{name}\"\nurl = \"{url}\"\n{more}"
        )
        .expect("is text");
    }
    console(&config)
}

fn low_and_high() -> (Fake, Fake) {
    let plant = Fake::of_sites("plant", 50_900, &[("minsk", "Minsk")]);
    let grid = Fake::of_sites("grid", 49_000, &[]);
    (plant, grid)
}

#[test]
fn between_two_frequencies_the_emergency_opens_shows_both_and_sheds() {
    let (plant, grid) = low_and_high();
    let head = "prefer = [\"plant\"]";
    let mut terminal = desk(head, &[("plant", &plant, ""), ("grid", &grid, "")]);
    for key in ["1", "3", "4", "7", "8"] {
        terminal.keys(key);
        terminal.wait("both frequencies, disputed", |s| {
            let head = s.lines().take(3).collect::<String>();
            head.contains("50.900") && head.contains("49.000") && head.contains("disputed")
        });
    }
    terminal.keys("7");
    terminal.wait("the alarm", |s| {
        s.contains("!1") && s.contains("frequency: plant says 50.900")
    });
    terminal.keys("1!");
    let prompt = terminal.wait("the prompt, with both", |s| {
        s.contains("SHED NATION 10") && s.contains("says 49.000")
    });
    assert!(!prompt.contains("nothing leaves"), "{prompt}");
    terminal.wait_for("Ready.");
    terminal.keys("SHED NATION 10\r");
    let orders = plant.heard("order");
    assert_eq!(orders[0]["emergency"], true);
}

#[test]
fn a_person_chooses_who_rules_and_it_holds_until_they_agree() {
    let (plant, grid) = low_and_high();
    let head = "prefer = [\"plant\"]";
    let mut terminal = desk(head, &[("plant", &plant, ""), ("grid", &grid, "")]);
    let first = |s: &str, mhz: &str| {
        s.lines()
            .nth(1)
            .is_some_and(|line| line.trim_start().starts_with(mhz))
    };
    terminal.wait("a dispute", |s| {
        s.contains("disputed") && first(s, "50.900")
    });
    terminal.keys("d");
    terminal.wait("the other rules", |s| {
        first(s, "49.000") && s.contains("disputed")
    });
    terminal.keys("3");
    terminal.wait("by choice", |s| s.contains("grid rules by choice"));
    grid.said().grid = Some(serde_json::json!({"freq_mhz": 50_900}));
    terminal.wait("no dispute", |s| !s.contains("disputed"));
}

#[test]
fn the_config_says_who_rules_first() {
    let (plant, grid) = low_and_high();
    let terminal = desk(
        "prefer = [\"grid\"]",
        &[("plant", &plant, ""), ("grid", &grid, "")],
    );
    terminal.wait("the preferred one first", |s| {
        let line = s.lines().nth(1).unwrap_or_default();
        line.trim_start().starts_with("49.000") && line.contains("50.900")
    });
}

#[test]
fn two_islands_are_no_dispute_and_both_are_shown() {
    let plant = Fake::of_sites("plant", 50_000, &[("minsk", "Minsk")]);
    let island = Fake::of_sites("island", 49_000, &[]);
    island.said().grid = Some(serde_json::json!({"freq_mhz": 49_000, "grid_node": "node 7"}));
    let mut terminal = desk("", &[("plant", &plant, ""), ("island", &island, "")]);
    terminal.wait("both", |s| {
        s.contains("50.000 Hz") && s.contains("node 7 49.000 Hz")
    });
    terminal.keys("!");
    let prompt = terminal.wait_for("SHED NATION 10");
    assert!(
        prompt.contains("49.000") && !prompt.contains("disputed"),
        "{prompt}"
    );
}

/// Sites of 10 MW each whose gateway says such limits.
fn limited(gateway: &'static str, mhz: i64, site: &str, limits: serde_json::Value) -> Fake {
    let mut said = Said {
        grid: Some(serde_json::json!({"freq_mhz": mhz})),
        limits,
        ..Said::default()
    };
    for n in 1..=5 {
        let text = |text: &str| text.to_owned();
        let id = format!("{site}-{n}");
        said.sites.push((id.clone(), id.clone(), text("node 7")));
        said.blocks
            .push((id, text("b1"), text("h1"), text("Block 1"), 10.0));
    }
    Fake::start(gateway, said)
}

#[test]
fn a_gateway_of_tiny_steps_far_apart_stretches_no_others_shed() {
    let limits = serde_json::json!({"emergency_step_w": 1, "emergency_interval_ms": 60_000});
    let slow = limited("slow", 49_800, "minsk", limits);
    let plain = limited("plain", 49_800, "brest", serde_json::json!({}));
    let mut terminal = desk("", &[("slow", &slow, ""), ("plain", &plain, "")]);
    terminal.wait("all sites", |s| {
        s.contains("minsk-5") && s.contains("brest-5")
    });
    terminal.keys("!");
    terminal.wait_for("SHED NATION 100");
    terminal.wait_for("Ready.");
    terminal.keys("SHED NATION 100\r");
    for gateway in [&slow, &plain] {
        let orders = gateway.heard("order");
        let targets = orders[0]["targets"].as_array().expect("targets");
        assert_eq!(targets.len(), 5, "at once: {orders:?}");
    }
}

#[test]
fn a_gateway_that_bars_at_55_hz_lifts_no_bar() {
    let limits = serde_json::json!({"emergency_bar_mhz": 55_000});
    let lies = limited("lies", 50_400, "minsk", limits);
    let plain = limited("plain", 50_400, "brest", serde_json::json!({}));
    let mut terminal = desk("", &[("lies", &lies, ""), ("plain", &plain, "")]);
    terminal.wait("all sites", |s| {
        s.contains("minsk-5") && s.contains("brest-5") && s.contains("is above 50.200")
    });
    terminal.keys("!");
    terminal.wait_for("nothing is shed: the frequency is too high (50.400 Hz)");
}

#[test]
fn while_an_island_is_short_the_console_bars_nothing_and_warns_of_the_rest() {
    let plant = limited("plant", 50_900, "brest", serde_json::json!({}));
    let island = Fake::of_sites("island", 49_000, &[("minsk", "Minsk")]);
    {
        let mut said = island.said();
        said.grid = Some(serde_json::json!({"freq_mhz": 49_000, "grid_node": "island"}));
        said.sites[0].2 = "island".to_owned();
    }
    let mut terminal = desk("", &[("plant", &plant, ""), ("island", &island, "")]);
    terminal.wait("both", |s| {
        s.contains("50.900 Hz") && s.contains("island 49.000 Hz")
    });
    terminal.keys("!");
    let prompt = terminal.wait_for("SHED NATION 60 ");
    assert!(prompt.contains("low: shedding raises it"), "{prompt}");
    assert!(
        prompt.contains("HIGH: shedding raises it further"),
        "{prompt}"
    );
    terminal.wait_for("Ready.");
    terminal.keys("SHED NATION 60\r");
    // Each gateway goes by its own reading.
    for (gateway, seen) in [(&island, 49_000), (&plant, 50_900)] {
        let orders = gateway.heard("order");
        assert_eq!(orders[0]["freq_seen_mhz"], seen);
    }
}

/// Five sites of one name to the eye.
const MINSK: [(&str, &str); 5] = [
    ("minsk-1", "Minsk"),
    ("minsk-2", "Мinsk"),
    ("minsk-3", "Min\u{200b}sk"),
    ("minsk-4", "Min\u{ad}sk"),
    ("minsk-5", " MINSK\u{a0}"),
];

#[test]
fn five_sites_that_look_alike_bear_their_ids() {
    let plant = Fake::of_sites(
        "plant",
        50_000,
        &[MINSK.as_slice(), &[("brest", "Brest")]].concat(),
    );
    let mut terminal = desk("", &[("plant", &plant, "")]);
    let screen = terminal.wait("all sites", |s| {
        (1..=5).all(|n| s.contains(&format!("minsk-{n}")))
    });
    assert!(
        screen.contains("Brest") && !screen.contains("[brest]"),
        "{screen}"
    );
    // The cursor stands on the first of them; its order's word names it.
    terminal.keys("/minsk-3\r");
    terminal.wait("one row", |s| {
        !s.contains("minsk-1") && s.contains("minsk-3")
    });
    terminal.keys("c5\r");
    let preview = terminal.wait_for("[minsk-3]");
    assert!(
        preview.contains("a arm") || preview.contains("arm"),
        "{preview}"
    );
    terminal.keys("a");
    terminal.wait_for("SHED MINSK-3 ");
    terminal.keys("\x1b");
    terminal.keys(" !");
    terminal.wait_for("SHED MINSK-3 10");
}

#[test]
fn a_name_of_another_feed_counts_too() {
    let plant = Fake::of_sites("plant", 50_000, &[("minsk-1", "Minsk")]);
    let other = Fake::of_sites("other", 50_000, &[("minsk-2", "Мinsk")]);
    let terminal = desk("", &[("plant", &plant, ""), ("other", &other, "")]);
    terminal.wait("both ids", |s| {
        s.contains("[minsk-1]") && s.contains("[minsk-2]")
    });
}

#[test]
fn ids_that_look_alike_are_escaped_and_numbered() {
    let sites = [
        ("minsk", "Minsk"),
        ("min\u{200b}sk", "Minsk"),
        ("min\u{455}k", "Minsk"),
    ];
    let plant = Fake::of_sites("plant", 50_000, &sites);
    let terminal = desk("", &[("plant", &plant, "")]);
    terminal.wait("each by itself", |s| {
        ["[1#minsk]", "[2#min\\u", "[3#min\\u"]
            .iter()
            .all(|id| s.contains(id))
    });
}

#[test]
fn a_second_claim_blocks_orders_and_says_how_to_pin() {
    let plant = Fake::of_sites("plant", 50_000, &[("minsk", "Minsk")]);
    let other = Fake::of_sites("other", 50_000, &[("minsk", "Minsk")]);
    let mut terminal = desk("", &[("plant", &plant, ""), ("other", &other, "")]);
    terminal.wait_for("two feeds");
    terminal.keys("c5\r");
    terminal.wait_for("sites = [");
}

#[test]
fn a_site_that_another_feed_takes_while_the_link_flaps_is_given_back() {
    let plant = Fake::of_sites("plant", 50_000, &[("minsk", "Minsk")]);
    let other = Fake::of_sites("other", 50_000, &[]);
    let mut terminal = desk("", &[("plant", &plant, ""), ("other", &other, "")]);
    terminal.wait_for("mining 10 of 10 MW");
    let theirs = Fake::of_sites("theirs", 50_000, &[("minsk", "Minsk")]);
    std::mem::swap(&mut *other.said(), &mut *theirs.said());
    terminal.wait_for("two feeds");
    plant.flaps(true);
    terminal.keys("7");
    let taken = "other has taken minsk over from plant";
    let standing = |s: &str| {
        s.lines()
            .any(|l| l.contains(taken) && !l.contains("R gone"))
    };
    terminal.wait("the alarm", standing);
    plant.flaps(false);
    terminal.wait("it is over", |s| !standing(s));
}

#[test]
fn a_pinned_site_is_its_feeds_alone_and_the_other_raises_an_alarm() {
    let plant = Fake::of_sites("plant", 50_000, &[("minsk", "Minsk")]);
    let other = Fake::of_sites("other", 50_000, &[("minsk", "Minsk")]);
    for block in &mut other.said().blocks {
        block.4 = 3.0;
    }
    let pin = "sites = [\"minsk\"]";
    // Whichever is heard first.
    for feeds in [
        [("plant", &plant, pin), ("other", &other, "")],
        [("other", &other, ""), ("plant", &plant, pin)],
    ] {
        let mut terminal = desk("", &feeds);
        terminal.keys("7");
        terminal.wait("the alarm", |s| {
            s.contains("other states minsk, pinned to plant")
        });
        terminal.keys("1");
        let screen = terminal.wait("the owner's figures", |s| s.contains("10.0"));
        assert!(
            !screen.contains("two feeds") && !screen.contains("3.0 "),
            "{screen}"
        );
        terminal.keys("c5\r");
        terminal.wait_for("10.0");
        terminal.keys("a");
        terminal.wait_for("SHED 10");
        terminal.keys("\x1b");
    }
}
