//! An emergency shed that a frequency has stopped says what to do now, and what stopped it.

use super::*;
use crate::domain::ids::OrderId;
use crate::ui::locales::{Language, speak};
use crate::ui::screens::emergency::progress;

fn frequency(console: &mut Console, mhz: i64) {
    console.reads(GridReading {
        frequency: Some(Hertz::from_millihertz(mhz)),
        ..GridReading::default()
    });
}

/// A shed of three steps of which one has left.
fn under_way() -> Console {
    let mut console = Console::new(nation());
    console.state.emergency.step = mw(100);
    frequency(&mut console, 49_900);
    console.types("!");
    console.passes(400);
    let asked = console.state.emergency.prompt.as_ref();
    let word = asked.expect("it is asked").word.clone();
    console.types(&word);
    let effects = console.presses(Code::Enter);
    let [Effect::MintShed { count }] = effects.as_slice() else {
        panic!("ids are wanted: {effects:?}");
    };
    let ids = (0..*count).map(|n| OrderId(1 + n as u128)).collect();
    console.tells(Msg::MintedShed(ids));
    console
}

#[test]
fn what_a_frequency_stopped_says_what_to_do_and_why() {
    let mut console = under_way();
    frequency(&mut console, 50_210);
    console.passes(1_000);
    // The frequency has turned meanwhile, and the head says so.
    frequency(&mut console, 49_890);
    console.passes(1_000);
    for size in SIZES {
        let screen = console.screen(size);
        assert!(screen.contains("! again for the other 2 steps"), "{screen}");
        assert!(screen.contains("50.210 Hz, 22:13:20"), "{screen}");
        assert!(screen.contains("49.890 Hz low"), "{screen}");
        assert!(!screen.contains("too high"), "{screen}");
    }
    let wide = console.screen((120, 36));
    assert!(wide.contains("100 of 250 MW, 1 of 3 steps"), "{wide}");
    let narrow = console.screen((40, 12));
    assert!(narrow.contains("! again for the other 2 steps"), "{narrow}");
}

#[test]
fn what_a_person_stopped_says_what_to_do_too() {
    let mut console = under_way();
    console.presses(Code::Esc);
    console.presses(Code::Esc);
    for size in SIZES {
        let screen = console.screen(size);
        assert!(screen.contains("! again for the other 2 steps"), "{screen}");
        assert!(screen.contains("stopped by Esc"), "{screen}");
    }
}

#[test]
fn what_has_left_whole_asks_for_nothing_more() {
    let mut console = under_way();
    console.passes(5_100);
    console.passes(5_100);
    let screen = console.screen((120, 36));
    assert!(screen.contains("all steps were sent"), "{screen}");
    assert!(!screen.contains("again for"), "{screen}");
}

#[test]
fn how_it_ended_is_worded_in_the_language() {
    let mut console = under_way();
    console.presses(Code::Esc);
    console.presses(Code::Esc);
    let _speaking = speak(Language::Belarusian);
    let (_, told) = progress(&console.state, &jiff::tz::TimeZone::UTC, 116).expect("it is news");
    assert!(told.contains("спынена клавішай Esc: 100 з 250"), "{told}");
}
