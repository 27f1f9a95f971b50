//! A request for a second person: what the order would do, by site, beside what its issuer saw; and the word that
//! answers it.

use std::collections::BTreeSet;

use ratatui::layout::Rect;

use super::cells::{person, site_name, value_role};
use super::direction::{self, What};
use super::{inset, split, told};
use crate::app::State;
use crate::app::actions::Action;
use crate::app::emergency::ways_of;
use crate::app::notes::short;
use crate::app::second::theirs::{Share, moved, shares};
use crate::app::second::view::REFUSE;
use crate::app::second::{Of, Stands, Theirs, View, Waiting, left, until};
use crate::domain::ids::{FeedId, SiteId};
use crate::domain::journal::SeenSite;
use crate::domain::order::{Order, OrderKind, PlanHash};
use crate::domain::quality::Quality;
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};
use crate::ui::widgets::table::{Cell, Column, EDGE, Layout, Row, heads, row};

const DOWN: &[Column] = &[
    Column::words("nation-col-site", (9, 12, 24), 0),
    Column::figures("dialog-col-now", 9, 3),
    Column::figures("dialog-col-after", 9, 4),
    Column::figures("dialog-col-shed", 9, 1),
    Column::figures("second-col-they-saw", 9, 2),
    Column::figures("dialog-col-blocks", 6, 5),
    Column::words("nation-col-quality", (9, 9, 9), 6),
];

const UP: &[Column] = &[
    DOWN[0],
    DOWN[1],
    DOWN[2],
    Column::figures("dialog-col-give", 9, 1),
    DOWN[4],
    DOWN[5],
    DOWN[6],
];

/// The column with what the issuer saw.
const SEEN: usize = 4;

/// The first and last two bytes of a plan's hash, as its issuer's preview shows them.
fn short_hash(plan: PlanHash) -> String {
    let h = plan.0;
    format!("{:02x}{:02x}..{:02x}{:02x}", h[0], h[1], h[30], h[31])
}

/// What an order moves, signed.
fn figure(kind: OrderKind, moved: Power) -> String {
    let sign = match kind {
        OrderKind::Curtail => '-',
        OrderKind::Restore => '+',
    };
    format!("{sign}{}", format::megawatts(moved))
}

fn places(order: &Order) -> usize {
    let sites: BTreeSet<&SiteId> = order.targets.iter().map(|t| &t.site).collect();
    sites.len()
}

/// Where an order goes, in a word or two.
fn whereto(state: &State, order: &Order) -> String {
    match (places(order), order.targets.first()) {
        (1, Some(target)) => site_name(state, &target.site),
        (n, _) => say!("abnormal-sites", n = n),
    }
}

/// A line about another's request, for every screen.
pub(super) fn asks(
    pen: &mut Pen<'_>,
    line: (u16, u16, u16),
    state: &State,
    (feed, theirs): (FeedId, &Theirs),
) {
    let key = format!(" {} ", state.keys.hint(Action::SecondPerson));
    let order = &theirs.order;
    let by = person(state, &order.issued_by);
    let time = left(until(state, feed, order), state.now);
    let mw = figure(order.kind, moved(state, order));
    let facts = [
        Fact::words(0, Role::Danger, key),
        Fact::words(1, Role::TextStrong, say!("second-asks", by = by.as_str())).or(Fact::words(
            1,
            Role::TextStrong,
            say!("second-asks-brief", by = by.as_str()),
        )),
        Fact::figure(0, "", Role::Value, &mw, say!("unit-mw")),
        Fact::words(2, Role::Text, whereto(state, order)),
        Fact::figure(0, "", Role::TextStrong, &time, say!("second-left")),
        Fact::words(4, Role::Text, order.reason.as_ref()),
        Fact::figure(
            5,
            say!("dialog-plan"),
            Role::TextDim,
            &short_hash(order.plan),
            "",
        ),
    ];
    strip(pen, line, 2, &facts, &[]);
}

/// A line about a plan of this desk that waits.
pub(super) fn waits(pen: &mut Pen<'_>, line: (u16, u16, u16), state: &State, waiting: &Waiting) {
    let key = format!(" {} ", state.keys.hint(Action::SecondPerson));
    let mw = figure(waiting.plan.ask.kind, waiting.plan.moved);
    let time = left(waiting.until, state.now);
    let facts = [
        Fact::words(0, Role::Chosen, key),
        Fact::words(1, Role::TextStrong, say!("second-waits")).or(Fact::words(
            1,
            Role::TextStrong,
            say!("second-waits-brief"),
        )),
        Fact::figure(0, "", Role::Value, &mw, say!("unit-mw")),
        Fact::words(2, Role::Text, sites_of(state, waiting)),
        Fact::figure(0, "", Role::TextStrong, &time, say!("second-left")),
        Fact::words(3, Role::Text, stands(waiting)),
        Fact::words(
            5,
            Role::Text,
            say!("abnormal-order", id = short(waiting.id().0)),
        ),
        Fact::figure(
            4,
            say!("dialog-plan"),
            Role::TextDim,
            &short_hash(waiting.plan.hash),
            "",
        ),
    ];
    strip(pen, line, 2, &facts, &[]);
}

fn sites_of(state: &State, waiting: &Waiting) -> String {
    let sites: BTreeSet<&SiteId> = waiting.plan.moves.iter().map(|m| &m.key.site).collect();
    match (sites.len(), sites.first()) {
        (1, Some(site)) => site_name(state, site),
        (n, _) => say!("abnormal-sites", n = n),
    }
}

/// How far a request has come.
fn stands(waiting: &Waiting) -> String {
    let wanted = waiting.parts.iter().filter(|p| p.stands != Stands::Free);
    let agreed = waiting.parts.iter().filter(|p| p.stands == Stands::Agreed);
    match (wanted.count(), agreed.count()) {
        (1, _) => match waiting.parts.iter().find(|p| p.stands != Stands::Free) {
            Some(part) if part.stands == Stands::Asked => say!("second-asked").to_owned(),
            _ => say!("second-not-passed").to_owned(),
        },
        (wanted, agreed) => say!("second-agreed-of", agreed = agreed, wanted = wanted),
    }
}

/// The shortest form, where there is no room for a line of its own: on the rule above the keys.
pub(super) fn brief(state: &State) -> Option<String> {
    let key = state.keys.hint(Action::SecondPerson);
    if let Some(((feed, _), theirs)) = state.second.theirs.iter().next() {
        let order = &theirs.order;
        let mw = figure(order.kind, moved(state, order));
        let time = left(until(state, *feed, order), state.now);
        return Some(say!(
            "second-rule-asks",
            by = person(state, &order.issued_by),
            power = mw,
            time = time,
            key = key
        ));
    }
    let waiting = state.second.ours.first()?;
    let mw = figure(waiting.plan.ask.kind, waiting.plan.moved);
    let time = left(waiting.until, state.now);
    Some(say!(
        "second-rule-waits",
        power = mw,
        time = time,
        key = key
    ))
}

/// What the view shows of a request.
struct Subject {
    lead: String,
    order: Order,
    seen: Vec<SeenSite>,
    until: crate::domain::time::Timestamp,
    ours: bool,
    more: Vec<String>,
}

fn subject(state: &State, view: &View) -> Option<Subject> {
    match view.of {
        Of::Theirs(feed, id) => {
            let theirs = state.second.theirs.get(&(feed, id))?;
            let order = theirs.order.clone();
            Some(Subject {
                lead: say!("second-lead-asks", by = person(state, &order.issued_by)),
                until: until(state, feed, &order),
                seen: theirs.seen.clone(),
                more: Vec::new(),
                ours: false,
                order,
            })
        }
        Of::Ours(id) => {
            let waiting = state.second.ours.iter().find(|w| w.id() == id)?;
            let more = waiting.parts.iter().map(|part| {
                let gateway = part.order.gateway.as_str();
                match (&part.stands, &part.order.countersigned_by) {
                    (Stands::Agreed, Some(by)) => {
                        let by = person(state, by);
                        say!("second-gateway-agreed", gateway = gateway, by = by)
                    }
                    (Stands::Asked, _) => say!("second-gateway-asked", gateway = gateway),
                    (Stands::Free, _) => say!("second-gateway-free", gateway = gateway),
                    _ => say!("second-gateway-not-passed", gateway = gateway),
                }
            });
            Some(Subject {
                lead: say!("second-waits").to_owned(),
                order: waiting.whole()?,
                seen: waiting.parts.iter().flat_map(|p| p.seen.clone()).collect(),
                until: waiting.until,
                ours: true,
                more: more.collect(),
            })
        }
    }
}

/// Draws the view over the body.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State, view: &View) {
    let Some(subject) = subject(state, view) else {
        return;
    };
    if area.height == 0 {
        return;
    }
    let ask = if area.height >= 4 { 2 } else { 1 };
    let (above, below) = split(area, area.height - ask);
    question(pen, below, state, view, &subject);
    let roomy = above.height >= 12;
    let (title, rest) = split(above, if roomy { 2 } else { 1 });
    let order = &subject.order;
    let number = state.second.theirs.len() + state.second.ours.len();
    if title.height > 0 {
        let facts = [
            Fact::words(2, Role::Title, say!("second-title")),
            Fact::words(0, Role::TextStrong, subject.lead.as_str()),
        ];
        let right = if number > 1 {
            vec![Fact::words(
                3,
                Role::TextDim,
                say!("second-number", number = number),
            )]
        } else {
            vec![]
        };
        strip(pen, inset(title), 3, &facts, &right);
    }
    let (what, rest) = split(rest, if roomy { 2 } else { 1 });
    if what.height > 0 {
        let power = format::megawatts(view.moved);
        let mw = match order.kind {
            OrderKind::Curtail => say!("second-shed", power = power),
            OrderKind::Restore => say!("second-give", power = power),
        };
        let reason = Fact::figure(2, say!("second-reason"), Role::Text, &order.reason, "");
        let facts = [
            Fact::words(0, Role::TextStrong, mw),
            Fact::words(1, Role::Text, whereto(state, order)),
            reason.or(Fact::words(2, Role::Text, order.reason.as_ref())),
        ];
        let hash = Fact::figure(
            1,
            say!("dialog-plan"),
            Role::TextDim,
            &short_hash(order.plan),
            "",
        );
        strip(pen, inset(what), 3, &facts, &[hash]);
    }
    body(pen, rest, state, view, &subject);
}

enum Line {
    Row(Row),
    Facts(Vec<Fact>),
}

fn body(pen: &mut Pen<'_>, area: Rect, state: &State, view: &View, subject: &Subject) {
    if area.height == 0 {
        return;
    }
    let order = &subject.order;
    let mut columns = match order.kind {
        OrderKind::Curtail => DOWN,
        OrderKind::Restore => UP,
    }
    .to_vec();
    if subject.ours {
        columns[SEEN] = Column::figures("second-col-you-saw", 9, 2);
    }
    let columns = columns.as_slice();
    let inner = Rect {
        width: area.width.saturating_sub(EDGE),
        ..area
    };
    let layout = Layout::fit(columns, inner.width);
    heads(pen, inner, columns, &layout, None);
    let shares = shares(state, order, &subject.seen);
    let mut lines: Vec<Line> = shares
        .iter()
        .map(|share| {
            let name = Cell::new(Role::Text, site_name(state, &share.site));
            Line::Row(share_row(name, order.kind, share))
        })
        .collect();
    lines.push(Line::Row(total(order.kind, &shares)));
    lines.extend(beside(state, subject, &shares).into_iter().map(Line::Facts));
    let (_, area) = split(area, 1);
    let height = usize::from(area.height);
    let first = view.scroll.min(lines.len().saturating_sub(height));
    let more = lines.len() - first > height;
    let shown = height.saturating_sub(usize::from(more));
    for (at, line) in lines.iter().skip(first).take(shown).enumerate() {
        let place = Rect {
            y: area.y + at as u16,
            height: 1,
            width: inner.width,
            ..area
        };
        match line {
            Line::Row(cells) => row(pen, place, columns, &layout, cells),
            Line::Facts(facts) => {
                let (x, y, width) = inset(place);
                strip(pen, (x + 2, y, width.saturating_sub(2)), 2, facts, &[]);
            }
        }
    }
    if more && height > 0 {
        let words = say!("dialog-more-lines", n = lines.len() - first - shown);
        let (x, y) = (area.x + 3, area.bottom() - 1);
        pen.text(x, y, area.width.saturating_sub(3), Role::TextDim, &words);
    }
}

fn share_row(name: Cell, kind: OrderKind, share: &Share) -> Row {
    let after = match kind {
        OrderKind::Curtail => share.now - share.moved,
        OrderKind::Restore => share.now + share.moved,
    };
    let seen = share.seen.map_or(Cell::Empty, |seen| {
        Cell::new(Role::Text, format::megawatts(seen))
    });
    let blocks = match share.unknown {
        0 => Cell::new(Role::Text, share.blocks.to_string()),
        n => Cell::new(Role::TextStrong, format!("{n} ?")),
    };
    let role = value_role(share.quality);
    let figure = |power: Power| match share.quality {
        Quality::Stale | Quality::Bad => Cell::new(role, format!("? {}", format::megawatts(power))),
        _ => Cell::new(role, format::megawatts(power)),
    };
    Row {
        cells: vec![
            name,
            figure(share.now),
            figure(after),
            figure(share.moved),
            seen,
            blocks,
            super::cells::quality(share.quality),
        ],
        cursor: false,
        marked: false,
    }
}

fn total(kind: OrderKind, shares: &[Share]) -> Row {
    let sum = |of: fn(&Share) -> Power| shares.iter().map(of).sum::<Power>();
    let seen = shares.iter().any(|s| s.seen.is_some());
    let all = Share {
        site: SiteId::new(""),
        blocks: shares.iter().map(|s| s.blocks).sum(),
        unknown: shares.iter().map(|s| s.unknown).sum(),
        now: sum(|s| s.now),
        moved: sum(|s| s.moved),
        quality: shares.iter().map(|s| s.quality).max().unwrap_or_default(),
        seen: seen.then(|| shares.iter().filter_map(|s| s.seen).sum()),
    };
    share_row(
        Cell::new(Role::TextStrong, say!("dialog-total")),
        kind,
        &all,
    )
}

/// What else an answer should know.
fn beside(state: &State, subject: &Subject, shares: &[Share]) -> Vec<Vec<Fact>> {
    let order = &subject.order;
    let parts = shares.iter().filter_map(|share| {
        let feed = state.fleet.sites.get(&share.site)?.feed;
        Some((feed, &share.site, share.moved))
    });
    let ways = ways_of(state, parts);
    let mut lines = direction::lines(state, &ways, &What::Plan(order.kind));
    let unknown: usize = shares.iter().map(|s| s.unknown).sum();
    if unknown > 0 {
        lines.push(vec![Fact::words(
            0,
            Role::Alarm2,
            say!("second-unseen", number = unknown),
        )]);
    }
    for words in &subject.more {
        lines.push(vec![Fact::words(0, Role::Text, words.as_str())]);
    }
    if !order.substitutes.is_empty() {
        let blocks = say!("dialog-spares", n = order.substitutes.len());
        lines.push(vec![
            Fact::words(1, Role::TextDim, say!("dialog-spares-lead")),
            Fact::words(1, Role::Text, blocks),
            Fact::figure(
                0,
                say!("dialog-at-most"),
                Role::Text,
                &format::megawatts(order.extra_max),
                say!("dialog-mw-more"),
            ),
        ]);
    }
    let asked = format::clock(order.issued_at, &jiff::tz::TimeZone::UTC);
    let mut facts = vec![
        Fact::figure(0, say!("second-order"), Role::Text, &short(order.id.0), ""),
        Fact::figure(1, say!("orders-to"), Role::Text, order.gateway.as_str(), ""),
        Fact::figure(
            2,
            say!("second-confirmed"),
            Role::TextDim,
            &asked,
            say!("second-their-clock"),
        ),
    ];
    let held = shares.iter().find_map(|share| {
        let view = state.fleet.sites.get(&share.site)?;
        let holder = view.site.authority.holder.as_ref()?;
        (*holder != order.issued_by).then(|| (site_name(state, &share.site), holder.clone()))
    });
    if let Some((site, holder)) = held {
        facts.push(Fact::words(
            0,
            Role::TextStrong,
            say!("second-held", site = site, holder = person(state, &holder)),
        ));
    }
    lines.push(facts);
    lines
}

/// The question, and what was typed to its end.
fn question(pen: &mut Pen<'_>, area: Rect, state: &State, view: &View, subject: &Subject) {
    let (above, line) = split(area, area.height - 1);
    let narrow = area.width < 60 && above.height > 0;
    let word = &view.word;
    let time = Fact::words(
        0,
        Role::TextStrong,
        say!("second-time-left", time = left(subject.until, state.now)),
    );
    let what = if subject.ours {
        say!("second-calls-back", word = word.as_str())
    } else if state.desk.read_only {
        say!("second-only-looks").to_owned()
    } else {
        say!("second-type", word = word.as_str(), refuse = REFUSE)
    };
    let what = Fact::words(0, Role::TextStrong, what);
    let room = usize::from(area.width / 2).max(8);
    let count = view.typed.chars().count();
    let typed: String = view
        .typed
        .chars()
        .skip(count.saturating_sub(room))
        .collect();
    let typed = if view.is_deaf(state.now) {
        typed
    } else {
        format!("{typed}_")
    };
    let input = Fact::figure(0, ">", Role::Input, &typed, "");
    let mut upper = match &view.error {
        Some(error) => vec![
            Fact::words(0, Role::Alarm2, "!"),
            Fact::words(0, Role::TextStrong, told::sentence(error)),
        ],
        None => vec![],
    };
    let lower = if narrow {
        if upper.is_empty() {
            upper = vec![what];
        }
        vec![input, time]
    } else {
        vec![what, time, input]
    };
    if above.height > 0 {
        strip(pen, inset(above), 1, &upper, &[]);
    }
    strip(pen, inset(line), 2, &lower, &[]);
}
