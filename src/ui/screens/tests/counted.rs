//! What the head counts and what stands below are the same alarms, and "nothing abnormal" is said of nothing else.

use super::*;
use crate::domain::alarm::{Alarm, AlarmState, Priority};
use crate::domain::ids::AlarmId;

fn alarm(state: AlarmState) -> Item {
    Item::Alarm(Box::new(Alarm {
        id: AlarmId::new("1"),
        priority: Priority::P2,
        state,
        kind: "fault".into(),
        site: None,
        block: None,
        text: "pump 4 has failed".into(),
        raised: sample::NOW,
        occurrence: None,
        cleared: None,
        shelf: None,
        changes: 1,
    }))
}

#[test]
fn what_the_head_counts_stands_below() {
    use AlarmState as S;
    for (state, counted, listed) in [
        (S::Unacknowledged, true, true),
        (S::Acknowledged, false, true),
        (S::ReturnedUnacknowledged, true, true),
        (S::Latched, false, true),
        (S::Shelved, false, false),
        (S::Suppressed, false, false),
        (S::OutOfService, false, false),
        (S::Normal, false, false),
    ] {
        let mut console = Console::new(nation());
        console.hears_of(Topic::Alarm, vec![alarm(state)]);
        console.repeats();
        console.passes(1_000);
        for size in SIZES {
            let lines = console.lines(size);
            assert_eq!(
                lines[2].contains("1x !2"),
                counted,
                "{state:?}: {}",
                lines[2]
            );
            let screen = lines.join("\n");
            let below = screen.contains("pump 4 has failed");
            assert_eq!(below, listed, "{state:?}: {screen}");
            assert_ne!(screen.contains("nothing abnormal"), listed, "{state:?}");
        }
    }
}

#[test]
fn with_load_held_off_something_is_said_of_it() {
    let mut items = nation();
    for item in &mut items {
        if let Item::Block(block) = item {
            block.target = Power::ZERO;
            block.power = Some(Power::ZERO);
            block.state = crate::domain::fleet::BlockState::Curtailed;
        }
    }
    let console = Console::new(items);
    for size in SIZES {
        let screen = console.screen(size);
        assert!(!screen.contains("nothing abnormal"), "{screen}");
        assert!(screen.contains("250 MW are held off"), "{screen}");
    }
    let screen = Console::new(nation()).screen((80, 24));
    assert!(screen.contains("nothing abnormal"), "{screen}");
}

#[test]
fn a_link_that_was_lost_and_is_back_is_listed_as_long_as_it_is_counted() {
    let mut console = Console::new(nation());
    console.loses_its_link();
    for _ in 0..15 {
        console.passes(1_000);
    }
    console.connect();
    for _ in 0..10 {
        console.repeats();
        console.passes(1_000);
    }
    for size in SIZES {
        let lines = console.lines(size);
        assert!(lines[2].contains("1x !2"), "{}", lines[2]);
        let screen = lines.join("\n");
        assert!(screen.contains("fleet: no link"), "{screen}");
        assert!(!screen.contains("nothing abnormal"), "{screen}");
    }
}
