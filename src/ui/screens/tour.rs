//! Five lines for whoever sits here for the first time, over the lower part of the screen; the figures stay in sight.

use ratatui::layout::Rect;

use super::inset;
use crate::app::State;
use crate::app::actions::Action;
use crate::app::nav::Screen;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// The lines, with the keys as they are configured.
fn lines(state: &State) -> [String; 5] {
    let key = |action| state.keys.hint(action);
    let screens = state.keys.screens(|screen| state.has(screen));
    [
        say!("tour-grey", alarms = key(Action::Show(Screen::Alarms))),
        say!(
            "tour-screens",
            screens = screens,
            open = key(Action::Drill),
            back = key(Action::Back)
        ),
        orders(state),
        say!(
            "tour-table",
            filter = key(Action::Filter),
            sort = key(Action::Sort),
            mark = key(Action::Mark),
            palette = key(Action::Palette)
        ),
        say!(
            "tour-help",
            help = key(Action::Help),
            leave = key(Action::Leave)
        ),
    ]
}

fn orders(state: &State) -> String {
    if state.desk.read_only {
        return say!("tour-looks").to_owned();
    }
    let key = |action| state.keys.hint(action);
    say!(
        "tour-orders",
        curtail = key(Action::Curtail),
        restore = key(Action::Restore)
    )
}

/// Draws them at the lower end of an area, under a rule.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let height = area.height.min(7);
    let card = Rect {
        y: area.bottom() - height,
        height,
        ..area
    };
    pen.clear(card);
    if height > 5 {
        pen.rule(card.x, card.y, card.width);
    }
    let first = card.y + u16::from(height > 5);
    let (x, _, width) = inset(card);
    for (line, y) in lines(state).iter().zip(first..card.bottom()) {
        pen.text(x + 1, y, width.saturating_sub(2), Role::TextStrong, line);
    }
}
