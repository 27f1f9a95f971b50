//! The last line shows first what can be done on this screen; the head at 80 columns keeps what an operator acts by.

use super::*;
use crate::domain::ids::AccountId;
use crate::domain::reserve::{Account, BalanceSource, Currency};

fn foot(console: &Console, size: (u16, u16)) -> String {
    console.lines(size).pop().expect("a last line")
}

/// Where the names of the other screens begin, or the keys that stand for them.
fn others(foot: &str) -> usize {
    let marks = ["1 Nation", "1-8", "3 Grid"];
    let found = marks.iter().filter_map(|mark| foot.find(mark));
    // The screen that is shown is named first.
    found.filter(|at| *at > 1).min().unwrap_or(foot.len())
}

#[test]
fn the_site_s_own_keys_come_before_other_screens() {
    for enters in [0, 1] {
        let mut console = Console::new(nation());
        console.types("2");
        for _ in 0..enters {
            console.presses(Code::Enter);
        }
        for size in [(80, 24), (120, 36), (200, 50)] {
            let foot = foot(&console, size);
            let words: Vec<&str> = foot[..others(&foot)].split_whitespace().collect();
            for key in ["Enter", "Esc", "/", "m", "space", "c", "r"] {
                assert!(words.contains(&key), "{key} at {size:?}: {foot}");
            }
        }
        let wide = foot(&console, (250, 50));
        assert!(wide.contains("8 Journal"), "{wide}");
    }
}

#[test]
fn every_screen_shows_its_own_keys_first() {
    for (screen, own) in [
        ("1", vec!["Enter", "/", "space"]),
        ("3", vec!["+", "-"]),
        ("4", vec!["v"]),
        ("7", vec!["a", "z", "v", "Enter", "/"]),
        ("8", vec!["/"]),
    ] {
        let mut console = Console::new(nation());
        console.types(screen);
        let foot = foot(&console, (80, 24));
        let words: Vec<&str> = foot[..others(&foot)].split_whitespace().collect();
        for key in own {
            assert!(words.contains(&key), "{screen}: {key}: {foot}");
        }
    }
}

#[test]
fn space_on_a_hall_marks_its_blocks() {
    let mut console = Console::new(nation());
    console.types("2 ");
    assert_eq!(console.state.nav.marked_blocks.len(), 2);
    let screen = console.screen((80, 24));
    assert!(screen.contains("2 of 2 blocks marked"), "{screen}");
    console.types(" ");
    assert!(console.state.nav.marked_blocks.is_empty());
}

#[test]
fn at_80_columns_headroom_stays_and_the_reserve_goes() {
    let mut console = Console::new(nation());
    let account = Account {
        id: AccountId::new("a"),
        label: Arc::from("a"),
        site: None,
        currency: Currency(Arc::from("BTC")),
        mature: rust_decimal::Decimal::new(12_408, 0),
        immature: rust_decimal::Decimal::ZERO,
        pending: rust_decimal::Decimal::ZERO,
        as_of: None,
        maturing: None,
        source: BalanceSource::Node,
        measured_at: sample::NOW,
    };
    console.hears_of(Topic::Reserve, vec![Item::Account(Box::new(account))]);
    for (surplus, figure) in [(1_482, "headroom 1 232 MW"), (200, "short 50 MW")] {
        console.reads(GridReading {
            surplus: Some(mw(surplus)),
            ..GridReading::default()
        });
        console.passes(1_000);
        let head = console.head((80, 24));
        assert!(head.contains(figure), "{head}");
        assert!(head.contains("mining 250 of 250 MW"), "{head}");
        assert!(!head.contains("reserve"), "{head}");
        let wide = console.head((120, 36));
        assert!(wide.contains(figure) && wide.contains("reserve"), "{wide}");
    }
}

#[test]
fn what_can_be_shed_does_not_read_as_done() {
    let console = Console::new(nation());
    for size in [(120, 36), (80, 24), (60, 20), (50, 20)] {
        let line = console.lines(size).swap_remove(2);
        let words = line.trim_start();
        let named = words.starts_with("sheddable MW") || words.starts_with("can shed");
        assert!(named, "{size:?}: {line}");
    }
}
