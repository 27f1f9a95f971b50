//! What a plan does, site by site, and what it leaves out; before there is one, what there is to choose from.

use ratatui::layout::Rect;

use super::{aged, over_time};
use crate::app::State;
use crate::app::chain;
use crate::app::curtail::{Dialog, Scope};
use crate::app::emergency::wrong_way;
use crate::app::fleet::{Realm, SiteView};
use crate::control::plan::{Excluded, Plan, Proof, SiteShare, Unit};
use crate::domain::ids::SiteId;
use crate::domain::order::OrderKind;
use crate::domain::quality::Quality;
use crate::domain::units::{Hashrate, Power};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::screens::cells::{power, site_name};
use crate::ui::screens::{inset, reasons, split};
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, EDGE, Layout, Row, heads, row};

const PLAN: &[Column] = &[
    Column::words("nation-col-site", (9, 12, 24), 0),
    Column::figures("dialog-col-now", 9, 4),
    Column::figures("dialog-col-after", 9, 3),
    Column::figures("dialog-col-shed", 9, 1),
    Column::figures("dialog-col-in-30-s", 9, 2),
    Column::figures("dialog-col-blocks", 11, 5),
];

const PLAN_UP: &[Column] = &[
    PLAN[0],
    PLAN[1],
    PLAN[2],
    Column::figures("dialog-col-give", 9, 1),
    PLAN[4],
    PLAN[5],
];

const SELECT: &[Column] = &[
    Column::words("nation-col-site", (9, 12, 24), 0),
    Column::figures("dialog-col-now", 9, 1),
    Column::figures("dialog-col-in-10-s", 9, 4),
    Column::figures("dialog-col-in-30-s", 9, 3),
    Column::figures("dialog-col-in-5-min", 9, 2),
    Column::figures("dialog-col-in-15-min", 9, 5),
];

const SELECT_UP: &[Column] = &[
    SELECT[0],
    SELECT[1],
    Column::figures("nation-col-target", 9, 3),
    Column::figures("dialog-col-nameplate", 9, 2),
];

/// What can be chosen from, before there is a plan.
pub(super) fn selection(pen: &mut Pen<'_>, area: Rect, state: &State, dialog: &Dialog) {
    if area.height == 0 {
        return;
    }
    let columns = match dialog.kind {
        OrderKind::Curtail => SELECT,
        OrderKind::Restore => SELECT_UP,
    };
    let inner = Rect {
        width: area.width.saturating_sub(EDGE),
        ..area
    };
    let layout = Layout::fit(columns, inner.width);
    heads(pen, inner, columns, &layout, None);
    let views: Vec<&SiteView> = state
        .fleet
        .sites
        .values()
        .filter(|v| is_in(state, &dialog.scope, v))
        .collect();
    let mut lines: Vec<Line> = views
        .iter()
        .map(|view| Line::Row(select_row(state, view, dialog.kind)))
        .collect();
    lines.extend(left_out(state, &dialog.excluded, pen));
    rows(pen, split(area, 1).1, columns, &lines, dialog.scroll);
}

fn is_in(state: &State, scope: &Scope, view: &SiteView) -> bool {
    match scope {
        Scope::Nation => view.realm == state.realm(),
        Scope::Sites(sites) => sites.contains(&view.site.id),
        Scope::Blocks(keys) => keys.iter().any(|k| k.site == view.site.id),
    }
}

fn select_row(state: &State, view: &SiteView, kind: OrderKind) -> Row {
    let sum = &view.summary;
    let mut cells = vec![
        Cell::new(Role::Text, site_name(state, &view.site.id)),
        power(sum.power, sum.source, sum.quality),
    ];
    match kind {
        OrderKind::Curtail => {
            cells.extend(
                sum.sheddable
                    .map(|power| Cell::new(Role::Text, format::megawatts(power))),
            );
        }
        OrderKind::Restore => {
            cells.push(Cell::new(Role::Text, format::megawatts(sum.target)));
            cells.push(Cell::new(
                Role::ValueNameplate,
                format!("n {}", format::megawatts(sum.nameplate)),
            ));
        }
    }
    Row {
        cells,
        cursor: false,
        marked: false,
    }
}

enum Line {
    Row(Row),
    Facts(Vec<Fact>),
    Blank,
}

/// The plan by site, what it gives up, what it leaves out.
pub(super) fn preview(pen: &mut Pen<'_>, area: Rect, state: &State, dialog: &Dialog, plan: &Plan) {
    if area.height == 0 {
        return;
    }
    let columns = match dialog.kind {
        OrderKind::Curtail => PLAN,
        OrderKind::Restore => PLAN_UP,
    };
    let inner = Rect {
        width: area.width.saturating_sub(EDGE),
        ..area
    };
    let layout = Layout::fit(columns, inner.width);
    heads(pen, inner, columns, &layout, None);
    let mut lines: Vec<Line> = Vec::new();
    let shares: Vec<SiteShare> = plan
        .by_site()
        .into_iter()
        .map(|share| of_whole_site(state, plan.ask.kind, share))
        .collect();
    lines.extend(
        shares
            .iter()
            .map(|share| Line::Row(share_row(state, share))),
    );
    let total = total(&shares);
    lines.push(Line::Row(figures(
        Cell::new(Role::TextStrong, say!("dialog-total")),
        &total,
        total.blocks.to_string(),
    )));
    lines.extend(nation(state, plan, total).map(Line::Row));
    lines.push(Line::Blank);
    lines.push(Line::Facts(gives_up(state, dialog, plan)));
    lines.extend(over_time::facts(plan).map(Line::Facts));
    lines.extend(aged::facts(state, plan).map(Line::Facts));
    lines.push(Line::Facts(proof(&plan.proof)));
    if !plan.spares.is_empty() {
        let most: Power = plan.spares.iter().map(|spare| spare.moves).sum();
        let blocks = say!("dialog-spares", n = plan.spares.len());
        lines.push(Line::Facts(vec![
            Fact::words(1, Role::TextDim, say!("dialog-spares-lead")),
            Fact::words(1, Role::Text, &blocks),
            Fact::figure(
                0,
                say!("dialog-at-most"),
                Role::Text,
                &format::megawatts(most),
                say!("dialog-mw-more"),
            ),
        ]));
    }
    lines.push(Line::Facts(vec![
        Fact::words(1, Role::TextDim, say!("dialog-checked")),
        Fact::words(1, Role::Text, say!("dialog-checked-what")),
        match wrong_way(state, plan) {
            Some(_) => Fact::words(0, Role::Alarm1, say!("dialog-hold-but-frequency")),
            None => Fact::words(0, Role::TextStrong, say!("dialog-all-hold")),
        },
    ]));
    let left = left_out(state, &plan.excluded, pen);
    if !left.is_empty() {
        lines.push(Line::Blank);
        lines.extend(left);
    }
    rows(pen, split(area, 1).1, columns, &lines, dialog.scroll);
}

/// What is left out; first the orders under way there, with the key that calls them back.
fn left_out(state: &State, excluded: &[Excluded], pen: &Pen<'_>) -> Vec<Line> {
    let words = super::under_way(state, excluded);
    let under_way = words.map(|words| vec![Fact::words(0, Role::TextStrong, words)]);
    let left = reasons::left_out(state, excluded, pen);
    under_way.into_iter().chain(left).map(Line::Facts).collect()
}

/// Lines from `scroll` on; where not all fit, the last says how many are below.
fn rows(pen: &mut Pen<'_>, area: Rect, columns: &[Column], lines: &[Line], scroll: usize) {
    let height = usize::from(area.height);
    let layout = Layout::fit(columns, area.width.saturating_sub(EDGE));
    let first = scroll.min(lines.len().saturating_sub(height));
    let more = lines.len() - first > height;
    let shown = height.saturating_sub(usize::from(more));
    for (at, line) in lines.iter().skip(first).take(shown).enumerate() {
        let place = Rect {
            y: area.y + at as u16,
            height: 1,
            width: area.width.saturating_sub(EDGE),
            ..area
        };
        match line {
            Line::Row(cells) => row(pen, place, columns, &layout, cells),
            Line::Facts(facts) => {
                let (x, y, width) = inset(place);
                strip(pen, (x + 2, y, width.saturating_sub(2)), 2, facts, &[]);
            }
            Line::Blank => {}
        }
    }
    if more && height > 0 {
        let words = say!("dialog-more-lines", n = lines.len() - first - shown);
        pen.text(
            area.x + 3,
            area.bottom() - 1,
            area.width.saturating_sub(3),
            Role::TextDim,
            &words,
        );
    }
}

/// What the site as a whole draws now and after, where that is known: that is what an operator knows it by.
fn of_whole_site(state: &State, kind: OrderKind, share: SiteShare) -> SiteShare {
    let whole = state
        .fleet
        .sites
        .get(&share.site)
        .and_then(|v| v.summary.power);
    let Some(now) = whole else {
        return share;
    };
    let after = match kind {
        OrderKind::Curtail => now - share.moved,
        OrderKind::Restore => now + share.moved,
    };
    SiteShare {
        now,
        after,
        ..share
    }
}

fn share_row(state: &State, share: &SiteShare) -> Row {
    let all = state
        .fleet
        .sites
        .get(&share.site)
        .map_or(0, |v| v.blocks.len());
    figures(
        Cell::new(Role::Text, site_name(state, &share.site)),
        share,
        say!("abnormal-of", part = share.blocks, all = all),
    )
}

fn total(shares: &[SiteShare]) -> SiteShare {
    let sum = |of: fn(&SiteShare) -> Power| shares.iter().map(of).sum::<Power>();
    SiteShare {
        site: SiteId::new(""),
        now: sum(|s| s.now),
        after: sum(|s| s.after),
        moved: sum(|s| s.moved),
        in_30_s: shares.iter().map(|s| s.in_30_s).sum(),
        blocks: shares.iter().map(|s| s.blocks).sum(),
        hashrate: Hashrate::ZERO,
    }
}

/// What the nation as a whole draws before and after: the total is of the plan's sites alone.
fn nation(state: &State, plan: &Plan, total: SiteShare) -> Option<Row> {
    let totals = state.totals();
    realm(state, plan).filter(|realm| *realm == state.realm())?;
    let now = totals.power();
    let after = match plan.ask.kind {
        OrderKind::Curtail => now - total.moved,
        OrderKind::Restore => now + total.moved,
    };
    let sites = state.fleet.sites.values();
    let there = sites.filter(|view| view.realm == state.realm());
    let all: usize = there.map(|view| view.blocks.len()).sum();
    let quality = if totals.stale > 0 {
        Quality::Stale
    } else {
        Quality::Good
    };
    let blocks = say!("abnormal-of", part = total.blocks, all = all);
    let share = SiteShare {
        now,
        after,
        ..total
    };
    let mut row = figures(
        Cell::new(Role::TextDim, say!("nation-total")),
        &share,
        blocks,
    );
    row.cells[1] = power(Some(now), None, quality);
    row.cells[2] = power(Some(after), None, quality);
    Some(row)
}

fn figures(name: Cell, share: &SiteShare, blocks: String) -> Row {
    let none = || format::NONE.to_owned();
    Row {
        cells: vec![
            name,
            Cell::new(Role::Text, format::megawatts(share.now)),
            Cell::new(Role::Text, format::megawatts(share.after)),
            Cell::new(Role::Value, format::megawatts(share.moved)),
            Cell::new(
                Role::Text,
                share.in_30_s.map_or_else(none, format::megawatts),
            ),
            Cell::new(Role::Text, blocks),
        ],
        cursor: false,
        marked: false,
    }
}

/// The realm of what is planned; none where it is of several.
fn realm(state: &State, plan: &Plan) -> Option<Realm> {
    let mut realms = plan
        .moves
        .iter()
        .filter_map(|step| state.fleet.sites.get(&step.key.site))
        .map(|view| view.realm);
    let first = realms.next()?;
    realms.all(|other| other == first).then_some(first)
}

fn gives_up(state: &State, dialog: &Dialog, plan: &Plan) -> Vec<Fact> {
    let mut facts = over_time::takes(state, plan);
    facts.extend(over_time::spread(state, dialog, plan));
    if dialog.kind == OrderKind::Curtail {
        facts.push(Fact::figure(
            0,
            say!("dialog-gives-up"),
            Role::Value,
            &format::hashrate(plan.hashrate()),
            "",
        ));
        // Too old a difficulty says nothing of what an hour earns now.
        let known = realm(state, plan).and_then(|realm| chain::network(state, realm));
        let earned =
            known.and_then(|known| Some((known, known.used()?.sats_per_hour(plan.hashrate())?)));
        if let Some((known, sats)) = earned {
            let figure = format::btc(sats);
            let (role, figure) = if known.is_live() {
                (Role::Value, figure)
            } else {
                (Role::ValueStale, format!("? {figure}"))
            };
            facts.push(Fact::figure(2, "", role, &figure, say!("dialog-btc")));
        }
    }
    facts
}

/// What was weighed, and how good the plan is known to be. Without prices nothing is said of money.
fn proof(proof: &Proof) -> Vec<Fact> {
    let percent = proof.gap() * 100.0;
    let words = if percent < 0.000_5 {
        say!("dialog-optimal", gap = format::decimal(0.0, 3))
    } else {
        say!("dialog-gap", gap = format::decimal(percent, 3))
    };
    let weighed = match proof.unit {
        Unit::Money => Fact::figure(
            1,
            say!("dialog-costs"),
            Role::Value,
            &format!("{:.0}", proof.value as f64 / 1e6),
            say!("dialog-an-hour"),
        ),
        Unit::Hashrate => Fact::words(1, Role::TextDim, say!("dialog-by-efficiency")),
    };
    vec![weighed, Fact::words(0, Role::TextStrong, words)]
}
