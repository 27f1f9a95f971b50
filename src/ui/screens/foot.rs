//! The last lines: what was said or is being asked, and the keys that work here, from the table of actions.

use ratatui::layout::Rect;

use super::{alarms, emergency, filter, inset, notice, second, tape, words};
use crate::app::actions::{ACTIONS, Action, Spec, Where};
use crate::app::alarms::deeds::Ask;
use crate::app::cancel;
use crate::app::curtail::Step;
use crate::app::deeds::Field;
use crate::app::emergency::{is_running, stoppable};
use crate::app::help;
use crate::app::holdings::{Room, room};
use crate::app::marks::marks;
use crate::app::mining::block_chosen;
use crate::app::nav::{Depth, Screen};
use crate::app::rows;
use crate::app::waiting::View;
use crate::app::{Overlay, State};
use crate::domain::order::OrderKind;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, Part, strip};

/// The key that quits where it is asked; it is nobody's to configure.
const QUITS: &str = "y";

/// The rule above the keys; what is said stands on it.
pub(super) fn said(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if area.height == 0 {
        return;
    }
    pen.rule(area.x, area.y, area.width);
    let (x, y, width) = inset(area);
    let filter = rows::table(state)
        .map(|t| t.filter.as_str())
        .unwrap_or_default();
    let room = width.saturating_sub(2);
    let shed = emergency::progress(state, &pen.look().zone, room);
    let left = match state.overlay {
        _ if tape::said(state).is_some() => tape::said(state),
        _ if state.alarming.prompt.is_some() => {
            let prompt = state.alarming.prompt.as_ref();
            prompt.map(|prompt| (Role::Input, alarms::question(prompt, &state.alarming)))
        }
        Overlay::QuitAsk if is_running(state) => {
            Some((Role::Danger, say!("foot-quit-ask-shed", key = QUITS)))
        }
        Overlay::QuitAsk if width < 66 => {
            Some((Role::Danger, say!("foot-quit-ask-brief", key = QUITS)))
        }
        Overlay::QuitAsk => Some((Role::Danger, say!("foot-quit-ask", key = QUITS))),
        Overlay::Filter => {
            filter::typing(pen, (x, y, width), state, filter);
            None
        }
        _ if shed.is_some() => shed,
        _ => match &state.said {
            Some((_, sentence)) => Some((Role::TextStrong, notice::sentence(sentence))),
            None if !filter.is_empty() || marks(state).is_some() => {
                filter::standing(state, filter, width).map(|words| (Role::Text, words))
            }
            // Where no line of its own has room for it.
            None if state.second.view.is_none()
                && (state.size.rows < 16 || state.dialog.is_some()) =>
            {
                second::brief(state).map(|words| (Role::TextStrong, words))
            }
            None => None,
        },
    };
    if let Some((role, words)) = left {
        pen.text(x, y, width, role, &format!(" {words} "));
    }
    if state.is_frozen() {
        let key = state.keys.hint(Action::Freeze);
        let words = format!(" {} ", say!("foot-frozen", key = key));
        pen.text_right(x.saturating_add(width), y, width, Role::Frozen, &words);
    }
}

/// The keys.
pub(super) fn keys(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if area.height == 0 {
        return;
    }
    let line = inset(area);
    if matches!(state.overlay, Overlay::Help { .. }) {
        strip(pen, line, 2, &of_help(state), &[]);
    } else if state.overlay == Overlay::Tour {
        let any = key(0, say!("foot-any-key"), say!("foot-closes-tour"));
        strip(pen, line, 2, &[any], &[]);
    } else if matches!(state.overlay, Overlay::Palette | Overlay::Filter) {
        strip(pen, line, 2, &of_typing(state.overlay), &[]);
    } else if let Some(prompt) = &state.alarming.prompt {
        let facts = of_alarms(&prompt.ask);
        strip(pen, line, 2, &facts, &[]);
    } else if state.emergency.prompt.is_some() {
        let facts = [
            key(0, "Esc", say!("foot-leaves")).or(key(0, "Esc", say!("foot-cancels"))),
            key(0, "Enter", say!("foot-sheds")),
            key(2, "Up Down", say!("foot-scroll")),
        ];
        strip(pen, line, 2, &facts, &[]);
    } else if let Some(prompt) = &state.deeds.prompt {
        let enter = match prompt.field {
            Field::Reason => say!("foot-to-word"),
            Field::Word => say!("foot-sends-brief"),
        };
        let facts = [
            key(0, "Esc", say!("foot-leaves")).or(key(0, "Esc", say!("foot-cancels"))),
            key(0, "Enter", enter),
            key(1, "Tab", say!("foot-other-line")),
        ];
        strip(pen, line, 2, &facts, &[]);
    } else if state.remark.is_some() {
        let facts = [
            key(0, "Esc", say!("foot-leaves")).or(key(0, "Esc", say!("foot-cancels"))),
            key(0, "Enter", say!("foot-notes")),
        ];
        strip(pen, line, 2, &facts, &[]);
    } else if state.second.view.is_some() {
        let facts = [
            key(0, "Esc", say!("foot-leaves-it")).or(key(0, "Esc", say!("foot-leaves-brief"))),
            key(0, "Enter", say!("foot-sends")).or(key(0, "Enter", say!("foot-sends-brief"))),
            key(1, "Up Down", say!("foot-scroll")),
            key(2, "Tab", say!("foot-next")),
        ];
        strip(pen, line, 2, &facts, &[]);
    } else if let Some(prompt) = &state.cancelling.prompt {
        let leaves = key(0, "Esc", say!("foot-leaves")).or(key(0, "Esc", say!("foot-cancels")));
        let facts = match prompt.step {
            cancel::Step::Sent => vec![
                key(0, "Esc", say!("foot-back")),
                key(1, "r", say!("cancel-turn")),
            ],
            cancel::Step::Check => vec![
                key(0, "a", say!("foot-arm")),
                leaves,
                key(1, "r", say!("cancel-turn")),
            ],
            cancel::Step::Armed { .. } => vec![leaves, key(0, "Enter", say!("foot-sends-brief"))],
        };
        strip(pen, line, 2, &facts, &[]);
    } else if let Some(dialog) = &state.dialog {
        let facts = match dialog.step {
            Step::Select if dialog.kind == OrderKind::Restore => {
                vec![
                    key(0, "Enter", say!("foot-check")),
                    key(0, "Esc", say!("foot-leaves")),
                ]
            }
            Step::Select => vec![
                key(0, "Enter", say!("foot-check")),
                key(0, "Esc", say!("foot-leaves")),
                key(1, "Left Right", say!("foot-within")),
            ],
            Step::Check => vec![
                key(0, "a", say!("foot-arm")),
                key(0, "Esc", say!("foot-leaves")),
                key(1, "Backspace", say!("foot-amount")),
                key(2, "Up Down", say!("foot-scroll")),
            ],
            Step::Armed { .. } => vec![
                key(0, "Esc", say!("foot-leaves")),
                key(0, "Enter", say!("foot-sends")).or(key(0, "Enter", say!("foot-sends-brief"))),
            ],
        };
        strip(pen, line, 2, &facts, &[]);
    } else if stoppable(state) {
        // Nothing is nearer at hand than the brake.
        let stop = if state.emergency.is_escaped(state.now) {
            format!(" {} ", say!("foot-stop-shed-again"))
        } else {
            format!(" {} ", say!("foot-stop-shed", key = "Esc Esc"))
        };
        let stop = Fact::words(0, Role::Danger, stop);
        let orders = state.keys.hint(Action::Show(Screen::Curtail));
        let orders = key(1, &orders, say!("foot-its-orders"));
        strip(pen, line, 2, &[stop, orders], &[]);
    } else {
        screens(pen, line, state);
    }
}

/// The keys of the help.
fn of_help(state: &State) -> Vec<Fact> {
    let closes = format!("Esc q {}", state.keys.hint(Action::Help));
    let mut facts = vec![
        key(0, &closes, say!("foot-closes-help")).or(key(0, "Esc", say!("foot-closes-help"))),
        key(1, "Up Down", say!("foot-scroll")),
    ];
    if !state.solo {
        facts.push(key(2, "Tab", say!("foot-tour")));
    }
    facts
}

/// The keys of the palette and of the filter line.
fn of_typing(overlay: Overlay) -> Vec<Fact> {
    if overlay == Overlay::Filter {
        return vec![
            key(0, "Enter", say!("foot-keep")),
            key(0, "Esc", say!("foot-clear")),
        ];
    }
    vec![
        key(0, "Enter", say!("foot-does-it")),
        key(0, "Esc", say!("foot-leaves")).or(key(0, "Esc", say!("foot-leaves-brief"))),
        key(1, "Up Down", say!("foot-choose")),
    ]
}

/// The keys of a question about an alarm.
fn of_alarms(ask: &Ask) -> [Fact; 2] {
    let answer = match ask {
        Ask::Time { .. } => key(0, "1-5", say!("foot-for-how-long")),
        Ask::Back => key(0, "y", say!("foot-puts-back")),
        Ask::Reason(_) | Ask::Out => key(0, "Enter", say!("foot-does-it")),
    };
    [
        key(0, "Esc", say!("foot-leaves")).or(key(0, "Esc", say!("foot-leaves-brief"))),
        answer,
    ]
}

fn key(weight: u8, key: &str, label: &str) -> Fact {
    Fact {
        weight,
        forms: vec![vec![
            Part::Words(Role::Key, key.to_owned()),
            Part::Words(Role::KeyLabel, format!(" {label}")),
        ]],
        keeps: None,
    }
}

/// Where one is; what can be done on this screen, then what can be done on every one; and the other screens.
fn screens(pen: &mut Pen<'_>, line: (u16, u16, u16), state: &State) {
    let at = state.nav.screen;
    let chosen = |words: String| Fact::words(0, Role::Chosen, words);
    let hint = state.keys.hint(Action::Show(at));
    let name = words::screen(at);
    let here = chosen(format!("{hint} {name}").trim_start().to_owned());
    let mut facts = vec![Fact {
        keeps: Some(1),
        ..here.or(chosen(name.to_owned()))
    }];
    let is_local = |spec: &&Spec| matches!(where_of(state, spec), Where::On(_));
    let (here, everywhere): (Vec<&Spec>, Vec<&Spec>) = help::offered(state).partition(is_local);
    let acts = here.into_iter().chain(everywhere);
    facts.extend(acts.filter_map(|spec| act(state, spec)));
    facts.push(others(state));
    strip(pen, line, 2, &facts, &[]);
}

fn where_of(state: &State, spec: &Spec) -> Where {
    if state.solo { spec.solo } else { spec.screens }
}

/// The key of an action with its label. Keys that mean the same everywhere lose their labels before any key goes, the
/// emergency last.
fn act(state: &State, spec: &Spec) -> Option<Fact> {
    let shown = state.keys.first(spec)?;
    let whole = key(weight(state, spec)?, shown, label(state, spec));
    let keeps = match spec.action {
        Action::Back | Action::Filter | Action::Help | Action::Palette => Some(4),
        Action::EmergencyShed => Some(3),
        _ => return Some(whole),
    };
    let brief = Fact::words(0, Role::Key, shown);
    Some(Fact {
        keeps,
        ..whole.or(brief)
    })
}

/// The other screens by their names; where there is no room, by their keys.
fn others(state: &State) -> Fact {
    let mut full = Vec::new();
    for spec in ACTIONS {
        let Action::Show(screen) = spec.action else {
            continue;
        };
        if !state.has(screen) || screen == state.nav.screen {
            continue;
        }
        if !full.is_empty() {
            full.push(Part::Words(Role::KeyLabel, "  ".to_owned()));
        }
        let shown = state.keys.first(spec).unwrap_or_default().to_owned();
        full.push(Part::Words(Role::Key, shown));
        full.push(Part::Words(
            Role::KeyLabel,
            format!(" {}", words::label(spec)),
        ));
    }
    let keys = state.keys.screens(|screen| state.has(screen));
    Fact {
        weight: 4,
        forms: vec![full],
        keeps: None,
    }
    .or(key(4, &keys, say!("foot-screens")))
    .or(Fact::words(4, Role::Key, keys))
}

/// What it does here, in two or so words.
fn label(state: &State, spec: &Spec) -> &'static str {
    match spec.action {
        Action::Leave if state.solo && state.nav.screen == state.home() => say!("foot-quit"),
        Action::Leave if state.solo => say!("foot-back"),
        Action::Copy if state.solo => say!("foot-copy-hash"),
        Action::PauseEngine if state.engine.as_ref().is_some_and(|e| e.paused) => {
            say!("foot-resume")
        }
        _ => words::label(spec),
    }
}

/// Acts of authority have their place where the hands are shown.
fn of_hands(state: &State) -> Option<u8> {
    let shown = state.nav.screen == Screen::Curtail && state.curtailing.view == View::Authority;
    shown.then_some(3)
}

/// Is one machine open, which holds nothing to go into?
fn is_at_a_machine(state: &State) -> bool {
    state.nav.screen == Screen::Site && matches!(state.nav.depth, Depth::Machine { .. })
}

/// Are there rows that can be marked on the Site screen?
fn has_marks(state: &State) -> bool {
    matches!(state.nav.depth, Depth::Halls | Depth::Blocks { .. })
}

/// How soon an action gives up its place; none for what needs no words.
fn weight(state: &State, spec: &Spec) -> Option<u8> {
    let frozen = state.is_frozen();
    Some(match spec.action {
        Action::SecondPerson if state.second.is_empty() => return None,
        Action::CancelOrder if !cancel::can(state) => return None,
        Action::Help | Action::SecondPerson => 1,
        Action::Curtail | Action::Restore | Action::HangTag if frozen => return None,
        Action::Live if state.axis.end.is_none() => return None,
        Action::Curtail
        | Action::CancelOrder
        | Action::Restore
        | Action::PauseEngine
        | Action::Acknowledge
        | Action::Live
        | Action::ZoomIn
        | Action::ZoomOut => 2,
        Action::Drill if is_at_a_machine(state) => return None,
        Action::Back if state.solo || state.nav.screen == state.home() => return None,
        Action::Mark if state.nav.screen == Screen::Site && !has_marks(state) => return None,
        Action::HangTag
        | Action::Drill
        | Action::Back
        | Action::Mark
        | Action::Filter
        | Action::NextPane
        | Action::EmergencyShed
        | Action::Shelve
        | Action::PanBack
        | Action::PanForward => 3,
        Action::RequestAuthority | Action::ReleaseAuthority | Action::TakeAuthority => {
            of_hands(state)?
        }
        Action::RackMap | Action::MapMeasure | Action::MapCloser | Action::MapFarther => {
            return super::racks::foot_weight(state, spec.action);
        }
        Action::ReserveView if room(state.size) != Room::One => return None,
        Action::AlarmView | Action::ReserveView | Action::CurtailView => 4,
        Action::Palette | Action::MoreThreads | Action::FewerThreads => 5,
        Action::Leave if state.solo => 4,
        Action::Copy if block_chosen(state).is_some() => 7,
        Action::NextKernel => 6,
        Action::Sort => 7,
        Action::Freeze => 8,
        Action::Leave => 9,
        _ => return None,
    })
}
