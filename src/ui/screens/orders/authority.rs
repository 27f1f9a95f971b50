//! Who holds which site, and what is locked out or under local control there.

use ratatui::layout::Rect;

use super::super::cells::person;
use super::super::told;
use super::super::{inset, split};
use crate::app::State;
use crate::app::rows;
use crate::app::waiting::{self, Hands, Held, Shares};
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const SITES: &[Column] = &[
    Column::words("nation-col-site", (9, 12, 20), 0),
    Column::words("desk-col-holder", (10, 14, 24), 1),
    Column::figures("desk-col-epoch", 6, 4),
    Column::words("desk-col-lockouts", (12, 24, 60), 2),
    Column::words("desk-col-local", (10, 12, 30), 3),
];

const TAGS: &[Column] = &[
    Column::words("site-col-block", (8, 12, 20), 0),
    Column::words("desk-col-what", (9, 10, 14), 1),
    Column::words("desk-col-by-whom", (8, 12, 24), 2),
    Column::words("orders-col-why", (10, 20, 80), 3),
];

/// Who holds how many sites, the fullest form first.
pub(super) fn brief(shares: &Shares) -> Vec<Fact> {
    let n = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let mut facts = vec![Fact::words(
        0,
        Role::Text,
        say!(
            "desk-hands-here",
            here = n(shares.here),
            sites = n(shares.sites)
        ),
    )];
    let mut others: Vec<String> = shares
        .others
        .iter()
        .take(2)
        .map(|(who, count)| format!("{count} {who}"))
        .collect();
    let more: usize = shares.others.iter().skip(2).map(|(_, count)| count).sum();
    if more > 0 {
        others.push(say!("desk-hands-more", n = n(more)));
    }
    if !others.is_empty() {
        facts.push(Fact::words(1, Role::TextStrong, others.join(", ")));
    }
    if shares.free > 0 {
        facts.push(Fact::words(
            2,
            Role::TextDim,
            say!("desk-hands-free", n = n(shares.free)),
        ));
    }
    if shares.locked > 0 {
        let words = say!("desk-hands-locked", n = n(shares.locked));
        facts.push(Fact::words(3, Role::TextStrong, words));
    }
    if shares.local > 0 {
        let words = say!("desk-hands-local", n = n(shares.local));
        facts.push(Fact::words(4, Role::StateLocal, words));
    }
    facts
}

/// Draws the figures, the sites and what hangs at the chosen one.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    let all = waiting::authority(state);
    let (head, rest) = split(area, 1);
    let (x, y, width) = inset(head);
    if all.is_empty() {
        pen.text(x + 2, y, width, Role::TextDim, say!("desk-hands-none"));
        return;
    }
    let facts = brief(&waiting::shares(&all));
    strip(pen, (x + 2, y, width.saturating_sub(2)), 3, &facts, &[]);
    let cursor = rows::cursor_index(&state.nav.authority, &rows::rows(state));
    let chosen = all.get(cursor);
    let hanging = chosen.map_or(0, |held| held.locked.len() + held.local.len());
    let below = if rest.height >= 12 && hanging > 0 {
        let wanted = u16::try_from(hanging).unwrap_or(u16::MAX).saturating_add(2);
        wanted.min(rest.height / 2)
    } else {
        0
    };
    let (top, low) = split(rest, rest.height - below);
    let shown = Shown {
        rows: all.len(),
        cursor,
        sorted: None,
    };
    table(pen, top, SITES, shown, &|at| {
        let mut row = all
            .get(at)
            .map_or_else(Row::default, |held| row(state, held));
        row.cursor = at == cursor;
        row
    });
    if let Some(held) = chosen.filter(|_| below > 0) {
        hangs(pen, low, state, held);
    }
}

fn row(state: &State, held: &Held<'_>) -> Row {
    let hands = match &held.hands {
        Hands::Here => Cell::new(Role::TextStrong, say!("desk-hands-mine")),
        Hands::Other(holder) => Cell::new(Role::TextStrong, person(state, holder)),
        Hands::Free => Cell::new(Role::TextDim, say!("desk-hands-nobody")),
    };
    let locked = match held.locked.as_slice() {
        [] => Cell::Empty,
        [one] => {
            let tag = one.block.lockout();
            let (who, why) = tag.map_or(("", ""), |tag| (&*tag.owner, &*tag.reason));
            let who = person(state, who);
            let words = format!("{}: {who}, {why}", told::name(&one.block.name));
            Cell::new(Role::TextStrong, words.trim_end_matches([',', ' ']))
        }
        many => {
            let n = i64::try_from(many.len()).unwrap_or(i64::MAX);
            Cell::new(Role::TextStrong, say!("desk-blocks", n = n))
        }
    };
    let local = match held.local.as_slice() {
        [] => Cell::Empty,
        [one] => Cell::new(Role::StateLocal, told::name(&one.block.name)),
        many => {
            let n = i64::try_from(many.len()).unwrap_or(i64::MAX);
            Cell::new(Role::StateLocal, say!("desk-blocks", n = n))
        }
    };
    Row {
        cells: vec![
            Cell::new(Role::TextStrong, held.view.site.name.as_ref()),
            hands,
            Cell::new(Role::TextDim, held.view.site.authority.epoch.to_string()),
            locked,
            local,
        ],
        cursor: false,
        marked: false,
    }
}

/// Each lockout of a site with its owner and reason, and each block under local control.
fn hangs(pen: &mut Pen<'_>, area: Rect, state: &State, held: &Held<'_>) {
    let (_, area) = split(area, 1);
    let locked = held.locked.iter().map(|view| {
        let tag = view.block.lockout();
        let (who, why) = tag.map_or(("", ""), |tag| (&*tag.owner, &*tag.reason));
        vec![
            Cell::new(Role::Text, told::name(&view.block.name)),
            Cell::new(Role::TextStrong, say!("desk-lockout")),
            Cell::new(Role::Text, person(state, who)),
            Cell::new(Role::Text, why),
        ]
    });
    let local = held.local.iter().map(|view| {
        vec![
            Cell::new(Role::Text, told::name(&view.block.name)),
            Cell::new(Role::StateLocal, say!("desk-local")),
        ]
    });
    let rows: Vec<Vec<Cell>> = locked.chain(local).collect();
    let shown = Shown {
        rows: rows.len(),
        cursor: 0,
        sorted: None,
    };
    table(pen, area, TAGS, shown, &|at| Row {
        cells: rows.get(at).cloned().unwrap_or_default(),
        cursor: false,
        marked: false,
    });
}
