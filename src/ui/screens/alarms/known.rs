//! What is known of a kind of alarm, in the language that is drawn, with the keys as they are configured.

use crate::app::State;
use crate::app::actions::Action;
use crate::app::alarms::table::Definition;
use crate::app::nav::Screen;
use crate::ui::locales::filled_at;

/// Which of its sentences.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// Its name.
    Name,
    /// What it means.
    Cause,
    /// What to do.
    Response,
    /// What happens if nobody does.
    Consequence,
}

/// A sentence of a kind of alarm; one without a message as its table has it.
pub(super) fn told(state: &State, known: &Definition, part: Part) -> String {
    let (suffix, english) = match part {
        Part::Name => ("", known.name),
        Part::Cause => (".cause", known.cause),
        Part::Response => (".response", known.response),
        Part::Consequence => (".consequence", known.consequence),
    };
    let keys = [
        ("shed", Action::CurtailNation),
        ("give", Action::RestoreNation),
        ("restore", Action::Restore),
        ("take", Action::TakeAuthority),
        ("choose", Action::ChooseSource),
        ("nation", Action::Show(Screen::Nation)),
        ("site", Action::Show(Screen::Site)),
        ("orders", Action::Show(Screen::Curtail)),
        ("journal", Action::Show(Screen::Journal)),
    ];
    let args = keys.map(|(name, action)| (name, state.keys.hint(action).into()));
    let id = format!("alarm-{}{suffix}", known.kind);
    filled_at(&id, &args).unwrap_or_else(|| english.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::alarms::table::ALARMS;
    use crate::app::{Desk, Size};
    use crate::domain::time::Timestamp;
    use crate::ui::locales::{Language, speak};

    const PARTS: [Part; 4] = [Part::Name, Part::Cause, Part::Response, Part::Consequence];

    #[test]
    fn english_is_the_table_s_own_and_others_are_not() {
        let desk = Desk {
            name: "desk".into(),
            operator: "operator".into(),
            role: "operator".into(),
            read_only: false,
        };
        let now = Timestamp::from_millis(0);
        let state = State::new(desk, Vec::new(), Size::of(80, 24), now);
        for known in ALARMS {
            let own = [known.name, known.cause, known.response, known.consequence];
            for (part, own) in PARTS.into_iter().zip(own) {
                assert_eq!(told(&state, known, part), own, "{} {part:?}", known.kind);
                for language in [Language::Russian, Language::Belarusian] {
                    let _speaking = speak(language);
                    let words = told(&state, known, part);
                    let is_cyrillic = |c: char| ('\u{400}'..='\u{4ff}').contains(&c);
                    assert!(words.contains(is_cyrillic), "{}: {words}", known.kind);
                }
            }
        }
    }
}
