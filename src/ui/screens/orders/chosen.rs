//! The chosen order: what each of its blocks says, and the metered megawatts over time.

use ratatui::layout::Rect;

use super::super::cells::site_name;
use super::super::told;
use super::super::{inset, reasons, split, words};
use crate::app::State;
use crate::app::cancel;
use crate::app::notes::short;
use crate::app::waiting::{Listed, Whose};
use crate::control::order::{Life, Record};
use crate::domain::ids::BlockKey;
use crate::domain::order::{Phase, TargetStatus};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::chart::{Scale, chart};
use crate::ui::widgets::spark::History;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, Row, Shown, table};

const TARGETS: &[Column] = &[
    Column::words("nation-col-site", (9, 11, 20), 0),
    Column::words("site-col-block", (8, 8, 16), 1),
    Column::words("site-col-state", (9, 9, 9), 2),
    Column::figures("orders-col-delivered-mw", 12, 3),
    Column::words("orders-col-metered", (8, 8, 8), 5),
    Column::words("orders-col-why", (10, 24, 80), 4),
];

/// Lines of a chart with its title and its times.
const CHART: u16 = 5;

/// Draws its blocks, and the chart where there is room for it.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, listed: Listed<'_>, state: &State) {
    let rows = u16::try_from(listed.record.order.targets.len()).unwrap_or(u16::MAX);
    // What its meters speak against is no course.
    let tracked = state.curtailing.progress.of(listed.record.order.id);
    let stands =
        tracked.is_some() && listed.record.wanted > Power::ZERO && listed.record.is_unopposed();
    let charted = stands && area.height >= CHART + 5;
    let below = if charted {
        area.height
            .saturating_sub(rows.saturating_add(3))
            .clamp(CHART, CHART + 3)
    } else {
        0
    };
    let (blocks, plot) = split(area, area.height - below);
    targets(pen, blocks, listed, state);
    if charted {
        course(pen, plot, listed.record, state);
    }
}

fn targets(pen: &mut Pen<'_>, area: Rect, listed: Listed<'_>, state: &State) {
    let record = listed.record;
    let (head, rest) = split(area, 1);
    let issuer = super::list::issuer(listed, state);
    let (role, stands) = words::stands(state, record);
    let stands = match words::beside(record) {
        Some(beside) => format!("{stands}, {beside}"),
        None => stands,
    };
    let why = if record.detail.is_empty() {
        record.order.reason.to_string()
    } else {
        told::sentence(&record.detail)
    };
    let zone = pen.look().zone.clone();
    let when = |at: Option<Timestamp>| {
        at.map_or_else(|| format::NONE.to_owned(), |at| format::clock(at, &zone))
    };
    let sent = when(Some(record.sent_at));
    let accepted = when(record.accepted_at().filter(|_| listed.whose == Whose::Ours));
    let facts = [
        Fact::words(
            0,
            Role::TextDim,
            say!("orders-blocks-of", id = short(record.order.id.0)),
        ),
        Fact::figure(
            2,
            say!("orders-to"),
            Role::Text,
            record.order.gateway.as_str(),
            "",
        ),
        Fact::figure(3, say!("orders-issued-by"), Role::Text, &issuer, ""),
        Fact::figure(2, say!("abnormal-sent"), Role::Text, &sent, ""),
        Fact::figure(2, say!("abnormal-accepted"), Role::Text, &accepted, ""),
        Fact::words(0, role, stands),
        Fact::words(3, Role::TextDim, why.as_str()),
    ];
    let (x, y, width) = inset(head);
    let keys = calls_back(record, state);
    strip(pen, (x + 2, y, width.saturating_sub(2)), 2, &facts, &keys);
    let shown = Shown {
        rows: record.order.targets.len(),
        cursor: 0,
        sorted: None,
    };
    let columns = super::wide_enough(TARGETS);
    table(pen, rest, &columns, shown, &|at| {
        let target = &record.order.targets[at];
        let key = BlockKey::new(&target.site, &target.block);
        let name = state.fleet.block(&key).map_or_else(
            || target.block.as_str().to_owned(),
            |b| told::name(&b.block.name),
        );
        let is = |t: &&TargetStatus| t.site == target.site && t.block == target.block;
        let stated = record.targets.iter().find(is);
        let counts = record
            .readings
            .iter()
            .find(is)
            .filter(|_| record.stands(&key));
        let doubt = matches!(record.life, Life::Claimed(_)).then_some(record.life);
        let site = site_name(state, &target.site);
        let why = stated.map_or_else(String::new, |stated| {
            reasons::all(state, &stated.reasons, None)
        });
        target_row(site, name, (stated, why), counts, doubt, &zone)
    });
}

/// The key that calls it back, or what has become of that.
fn calls_back(record: &Record, state: &State) -> Vec<Fact> {
    if let Some(fate) = cancel::fate(state, record.feed, record.order.id) {
        let (role, words) = super::super::notice::cancelled(fate);
        return vec![Fact::words(1, role, words)];
    }
    let key = super::super::cancel::key_of(record, state);
    key.map(|words| Fact::words(1, Role::TextStrong, words))
        .into_iter()
        .collect()
}

fn target_row(
    site: String,
    block: String,
    (stated, why): (Option<&TargetStatus>, String),
    counts: Option<&TargetStatus>,
    doubt: Option<Life>,
    zone: &jiff::tz::TimeZone,
) -> Row {
    let mut cells = vec![Cell::new(Role::Text, site), Cell::new(Role::Text, block)];
    if let Some(stated) = stated {
        // A block that nothing measures has no reading, whatever became of it.
        let doubted = doubt.filter(|_| stated.phase == Phase::Delivered && counts.is_none());
        let life = doubted.unwrap_or(Life::Said(stated.phase));
        let delivered = counts
            .and_then(|counts| counts.delivered)
            .map_or_else(|| format::NONE.to_owned(), format::megawatts);
        let measured = stated
            .measured_at
            .map_or_else(|| format::NONE.to_owned(), |at| format::clock(at, zone));
        cells.extend([
            Cell::new(Role::Text, words::life_brief(life)),
            Cell::new(Role::Value, delivered),
            Cell::new(Role::TextDim, measured),
            Cell::new(Role::TextStrong, why),
        ]);
    } else {
        cells.push(Cell::new(Role::TextDim, say!("orders-no-answer")));
    }
    Row {
        cells,
        cursor: false,
        marked: false,
    }
}

/// Places of the chart's history.
const PLACES: i64 = 240;

/// Metered megawatts since the order was sent, with the ordered ones as a guide.
fn course(pen: &mut Pen<'_>, area: Rect, record: &Record, state: &State) {
    let Some(track) = state.curtailing.progress.of(record.order.id) else {
        return;
    };
    let known = record.ended_at.unwrap_or(state.now);
    let from = record.sent_at.millis();
    let until = known
        .max(
            track
                .promised
                .filter(|_| record.ended_at.is_none())
                .unwrap_or(known),
        )
        .millis()
        .max(from.saturating_add(10_000));
    let span = until.saturating_sub(from);
    let at = |place: i64| {
        let time = from.saturating_add(span.saturating_mul(place + 1) / PLACES);
        let time = Timestamp::from_millis(time);
        let metered = track.at(time).filter(|_| time <= known);
        metered.map(|power| power.megawatts() as f32)
    };
    let history = History {
        samples: (0..PLACES).map(at).collect(),
        capacity: PLACES as usize,
    };
    let ordered = record.wanted.megawatts();
    let most = track.samples().iter().map(|(_, power)| power.megawatts());
    let high = most.fold(ordered, f64::max);
    let scale = Scale {
        low: 0.0,
        high,
        guides: vec![
            (ordered, format::megawatts(record.wanted)),
            (0.0, "0".to_owned()),
        ],
    };
    let (head, rest) = split(area, 1);
    let (x, y, width) = inset(head);
    pen.text(
        x + 2,
        y,
        width.saturating_sub(2),
        Role::TextDim,
        say!("desk-chart"),
    );
    let (plot, foot) = split(rest, rest.height.saturating_sub(1));
    let narrow = |area: Rect| Rect {
        x: area.x.saturating_add(2),
        width: area.width.saturating_sub(4),
        ..area
    };
    chart(pen, narrow(plot), &history, &scale);
    let foot = narrow(foot);
    let zone = pen.look().zone.clone();
    let first = format::clock(record.sent_at, &zone);
    let last = format::clock(Timestamp::from_millis(until), &zone);
    let end = foot.right();
    pen.text(
        foot.x + 8,
        foot.y,
        foot.width.saturating_sub(8),
        Role::TextDim,
        &first,
    );
    pen.text_right(end, foot.y, 8, Role::TextDim, &last);
}
