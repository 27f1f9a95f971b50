//! What a site draws beside its blocks stands apart, and is never held against a target of blocks.

use super::*;

/// Two sites whose meters hold 4 % more than their blocks, and one without a meter.
fn metered() -> Vec<Item> {
    let mut items = nation();
    for (id, power) in [("astravets", 208), ("lukoml", 52)] {
        let meter = Some(mw(power));
        items.push(Item::Site(Box::new(Site {
            meter,
            ..sample::site(id)
        })));
    }
    items
}

fn nation_line(console: &Console) -> String {
    let lines = console.lines((140, 36)).into_iter();
    let mut found = lines.filter(|line| line.trim_start().starts_with("nation "));
    found.next().expect("a line of the nation")
}

/// The figures of a line, those that bear a decimal point.
fn figures(line: &str) -> Vec<&str> {
    let words = line.split_whitespace();
    words
        .filter(|word| word.contains('.') && word.parse::<f64>().is_ok())
        .collect()
}

#[test]
fn a_nation_as_ordered_is_not_over_its_target_for_ever() {
    let mut console = Console::new(metered());
    for _ in 0..400 {
        console.repeats();
        console.passes(1_000);
    }
    assert_eq!(console.alarms("over_target"), 0);
    let line = nation_line(&console);
    assert_eq!(&figures(&line)[1..4], ["250.0", "250.0", "10.0"], "{line}");
    for size in SIZES {
        let head = console.head(size);
        assert!(head.contains("mining 250 of 250 MW"), "{head}");
    }
    assert!(console.head((120, 36)).contains("+ 10 aux"));
}

#[test]
fn auxiliary_load_counts_against_surplus_and_instruction() {
    let mut console = Console::new(metered());
    console.reads(GridReading {
        surplus: Some(mw(300)),
        ..GridReading::default()
    });
    console.passes(1_000);
    let head = console.head((120, 36));
    assert!(head.contains("headroom 40 MW"), "{head}");
}

#[test]
fn a_nation_above_its_target_is_told() {
    let mut items = metered();
    for item in &mut items {
        if let Item::Block(block) = item {
            block.target = block.target.portion(90, 100);
        }
    }
    let mut console = Console::new(items);
    for _ in 0..400 {
        console.repeats();
        console.passes(1_000);
    }
    assert_eq!(console.alarms("over_target"), 1);
}

#[test]
fn what_is_far_more_than_auxiliary_load_stays_in_the_site_s_megawatts() {
    let mut items = nation();
    items.push(Item::Site(Box::new(Site {
        meter: Some(mw(90)),
        ..sample::site("lukoml")
    })));
    let console = Console::new(items);
    let line = nation_line(&console);
    assert_eq!(&figures(&line)[1..3], ["290.0", "250.0"], "{line}");
}

#[test]
fn a_site_s_page_tells_both_apart() {
    let mut console = Console::new(metered());
    console.types("2");
    let screen = console.screen((120, 36));
    assert!(screen.contains("200.0 of 200.0 MW"), "{screen}");
    assert!(screen.contains("+ 8.0 aux"), "{screen}");
}
