//! What is abnormal and what is under way, in the same place on every screen: links that are down, alarms, orders.

use std::collections::BTreeSet;

use ratatui::layout::Rect;

use super::cells::{alarm_role, alarm_sign, site_name};
use super::told;
use super::{alarms, inset, second, split, words};
use crate::app::State;
use crate::app::alarms::OWN;
use crate::app::alarms::list::{self, Line as AlarmLine, View};
use crate::app::feeds::Feed;
use crate::app::nav::Screen;
use crate::app::notes::short;
use crate::app::orders::in_sight;
use crate::app::second::{Theirs, Waiting};
use crate::app::summary::held_off;
use crate::control::order::{Life, Record};
use crate::domain::alarm::{AlarmState, Priority};
use crate::domain::ids::{FeedId, SiteId};
use crate::domain::link::LinkState;
use crate::domain::order::{OrderKind, Phase};
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text::{clean, width};
use crate::ui::theme::Role;
use crate::ui::widgets::bar::bar;
use crate::ui::widgets::strip::{Fact, strip};

enum Line<'a> {
    Journal(&'a str),
    Asks(FeedId, &'a Theirs),
    Waits(&'a Waiting),
    Link(&'a Feed),
    Alarm(AlarmLine),
    Order(&'a Record),
}

/// Draws a rule and, below it, what fits: the most urgent first, and at least one order under way.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if area.height < 2 {
        return;
    }
    pen.rule(area.x, area.y, area.width);
    let (_, area) = split(area, 1);
    let lines = lines(state, usize::from(area.height));
    if lines.is_empty() {
        let (x, y, width) = inset(area);
        pen.text(x, y, width, Role::TextDim, &nothing(state));
    }
    for (at, line) in lines.iter().enumerate() {
        let place = inset(Rect {
            y: area.y + at as u16,
            height: 1,
            ..area
        });
        match line {
            Line::Journal(why) => {
                let words = say!("abnormal-journal", why = *why);
                pen.text(place.0, place.1, place.2, Role::Alarm2, &words);
            }
            Line::Asks(feed, theirs) => second::asks(pen, place, state, (*feed, theirs)),
            Line::Waits(waiting) => second::waits(pen, place, state, waiting),
            Line::Link(feed) => link(pen, place, feed, state),
            Line::Alarm(shown) => alarm(pen, place, shown, state),
            Line::Order(record) => order(pen, place, record, state),
        }
    }
}

/// That no line is needed; with load held off that is not all there is to say.
fn nothing(state: &State) -> String {
    let off = held_off(state);
    if off == Power::ZERO {
        return say!("abnormal-none").to_owned();
    }
    say!("abnormal-none-off", power = format::whole_megawatts(off))
}

/// How many lines of `most` it takes, its rule among them: always the same, so that every screen ends where the last one
/// did; on the Alarms screen only those that its list does not have.
pub(super) fn height(state: &State, most: u16) -> u16 {
    if state.nav.screen != Screen::Alarms {
        return most;
    }
    match u16::try_from(lines(state, usize::from(most)).len()).unwrap_or(most) {
        0 => 0,
        some => some.saturating_add(1).min(most),
    }
}

fn lines(state: &State, room: usize) -> Vec<Line<'_>> {
    let journal = state.journal.refuses().map(|why| Line::Journal(why));
    let theirs = state.second.theirs.iter();
    let asks = theirs.map(|((feed, _), theirs)| Line::Asks(*feed, theirs));
    let second = asks.chain(state.second.ours.iter().map(Line::Waits));
    let down = state.feeds.iter().filter(|f| !f.is_live()).map(Line::Link);
    // A link that is down and a journal that can't be written have lines of their own here, which say more.
    let twice = |line: &AlarmLine| {
        let own = line.members.first().is_some_and(|(feed, _)| *feed == OWN);
        let stands = matches!(
            line.state,
            AlarmState::Unacknowledged | AlarmState::Acknowledged
        );
        own && stands && !line.is_parent && matches!(&*line.kind, "feed_lost" | "journal")
    };
    // The Alarms screen is the list of them.
    let listed = state.nav.screen == Screen::Alarms;
    let alarms = list::lines(state, View::Active)
        .into_iter()
        .filter(|line| !listed && !line.is_child && !twice(line))
        .map(Line::Alarm);
    let mut wrong: Vec<Line<'_>> = journal
        .into_iter()
        .chain(second)
        .chain(down)
        .chain(alarms)
        .collect();
    let mut orders: Vec<Line<'_>> = in_sight(state).map(Line::Order).collect();
    orders.reverse();
    let kept = room.saturating_sub(orders.len().min(room.div_ceil(2)));
    wrong.truncate(kept);
    orders.truncate(room - wrong.len());
    wrong.extend(orders);
    wrong
}

/// How a link stands, in a few words.
pub(super) fn link_words(feed: &Feed, state: &State) -> (Role, String) {
    let since = feed
        .down_since
        .map_or_else(String::new, |at| format!(" {}", format::age(at, state.now)));
    match &feed.link {
        LinkState::Live => (Role::Text, say!("abnormal-live").to_owned()),
        // A link that was there and is being dialled again is as dead as between two tries.
        LinkState::Connecting if feed.down_since.is_some() => (
            Role::Alarm2,
            say!("abnormal-down-connecting", since = since),
        ),
        LinkState::Connecting => (Role::TextStrong, say!("abnormal-connecting").to_owned()),
        LinkState::Syncing => (Role::TextStrong, say!("abnormal-syncing").to_owned()),
        LinkState::Down { .. } => (Role::Alarm2, say!("abnormal-down", since = since)),
    }
}

/// Why it is down, and when it is tried again.
pub(super) fn link_why(feed: &Feed, state: &State) -> Option<(String, String)> {
    let LinkState::Down {
        detail, retry_at, ..
    } = &feed.link
    else {
        return None;
    };
    let wait = retry_at.millis().saturating_sub(state.now.millis());
    let next = if wait <= 0 {
        say!("abnormal-trying").to_owned()
    } else {
        say!("abnormal-next-try", n = wait.saturating_add(999) / 1_000)
    };
    Some((told::sentence(detail), next))
}

/// Columns between the facts of a line.
const GAP: u16 = 2;

fn link(pen: &mut Pen<'_>, line: (u16, u16, u16), feed: &Feed, state: &State) {
    let (role, words) = link_words(feed, state);
    let taken = width(&words, line.2) + width(&feed.label, line.2) + 2 * GAP;
    let mut facts = vec![
        Fact::words(0, role, words),
        Fact::words(0, Role::TextStrong, feed.label.as_ref()),
    ];
    if let Some((why, next)) = link_why(feed, state) {
        // However long the reason is, what fits of it is shown: it says what to mend.
        let why = clean(&why, line.2.saturating_sub(taken), pen.look().glyphs);
        facts.push(Fact::words(1, Role::Text, why));
        facts.push(Fact::words(2, Role::TextDim, next));
    }
    strip(pen, line, GAP, &facts, &[]);
}

fn alarm(pen: &mut Pen<'_>, line: (u16, u16, u16), alarm: &AlarmLine, state: &State) {
    let clock = format::clock(alarm.at, &pen.look().zone);
    let mut facts = vec![
        Fact::words(0, alarm_role(alarm.priority), alarm_sign(alarm.priority)),
        Fact::words(3, Role::TextDim, clock),
    ];
    if let Some(site) = &alarm.site {
        facts.push(Fact::words(1, Role::TextStrong, site_name(state, site)));
    }
    let role = if alarm.priority <= Priority::P2 {
        Role::TextStrong
    } else {
        Role::Text
    };
    facts.push(Fact::words(0, role, told::sentence(&alarm.text)));
    // What is new needs no word; what is seen, or has gone unseen, has the word of the list.
    let known = (alarm.state != AlarmState::Unacknowledged).then(|| alarms::word(alarm.state).1);
    let right = known.map(|word| Fact::words(4, Role::TextDim, word));
    strip(pen, line, 2, &facts, right.as_slice());
}

/// Where an order goes, in a few words.
pub(super) fn whereto(record: &Record, state: &State) -> String {
    let targets = record.order.targets.iter();
    let sites: BTreeSet<&SiteId> = targets.map(|target| &target.site).collect();
    match record.order.targets.first() {
        None => say!("abnormal-nowhere").to_owned(),
        Some(first) if sites.len() == 1 => site_name(state, &first.site),
        Some(_) => say!("abnormal-sites", n = sites.len()),
    }
}

/// What an order wants, signed; a word where nothing measures it.
pub(super) fn wanted(record: &Record) -> String {
    if record.wanted == Power::ZERO {
        return match record.order.kind {
            OrderKind::Curtail => say!("abnormal-off").to_owned(),
            OrderKind::Restore => say!("abnormal-on").to_owned(),
        };
    }
    let sign = match record.order.kind {
        OrderKind::Curtail => '-',
        OrderKind::Restore => '+',
    };
    format!("{sign}{}", format::megawatts(record.wanted))
}

/// How much of an order has been delivered, 0 to 1. What nothing measures is done when its gateway says so.
pub(super) fn share(record: &Record) -> f64 {
    // Of one that was called back in part, the part is no whole.
    if record.life == Life::Said(Phase::Delivered) && record.called_back().is_none() {
        return 1.0;
    }
    if record.wanted > Power::ZERO {
        (record.delivered().megawatts() / record.wanted.megawatts()).clamp(0.0, 0.999)
    } else {
        0.0
    }
}

/// The role of an order's state: what went wrong or is not known stands out.
pub(super) const fn life_role(life: Life) -> Role {
    if matches!(life, Life::Unknown) || life.went_wrong() {
        Role::Alarm2
    } else {
        Role::TextStrong
    }
}

fn order(pen: &mut Pen<'_>, line: (u16, u16, u16), record: &Record, state: &State) {
    let zone = &pen.look().zone;
    let when = |at: Option<crate::domain::time::Timestamp>| {
        at.map_or_else(|| "-".to_owned(), |at| format::clock(at, zone))
    };
    let measured = record.wanted > Power::ZERO;
    let unit = if measured { say!("unit-mw") } else { "" };
    let mut facts = vec![
        Fact::words(
            4,
            Role::Text,
            say!("abnormal-order", id = short(record.order.id.0)),
        ),
        Fact::words(0, Role::TextStrong, whereto(record, state)),
        Fact::figure(0, "", Role::Value, &wanted(record), unit),
    ];
    if record.unjournaled {
        facts.push(Fact::words(1, Role::Alarm2, say!("abnormal-unjournaled")));
    }
    let (role, word) = words::stands(state, record);
    if record.life == Life::Unknown {
        facts.push(Fact::words(1, Role::Alarm2, say!("abnormal-unknown")));
    } else if record.life == Life::Sent && role != Role::Alarm2 {
        // When it was sent says that it was.
    } else if !record.went_wrong() {
        let words = match words::beside(record) {
            Some(beside) => format!("{word}, {beside}"),
            None => word,
        };
        facts.push(Fact::words(u8::from(role != Role::Alarm2), role, words));
    } else {
        let words = format!("!2 {word}");
        let with_reason = match words::beside(record) {
            Some(beside) => Some(format!("{words}, {beside}")),
            None => (!record.detail.is_empty())
                .then(|| format!("{words}: {}", told::sentence(&record.detail))),
        };
        let brief = Fact::words(0, Role::Alarm2, words);
        facts.push(match with_reason {
            None => brief,
            Some(with_reason) => Fact::words(0, Role::Alarm2, with_reason).or(brief),
        });
    }
    facts.push(Fact::figure(
        5,
        say!("abnormal-sent"),
        Role::Text,
        &when(Some(record.sent_at)),
        "",
    ));
    facts.push(Fact::figure(
        3,
        say!("abnormal-accepted"),
        Role::Text,
        &when(record.accepted_at()),
        "",
    ));
    if measured {
        let delivered = say!(
            "abnormal-of",
            part = format::megawatts(record.delivered()),
            all = format::megawatts(record.wanted)
        );
        facts.push(Fact::figure(
            2,
            say!("abnormal-delivered"),
            Role::Value,
            &delivered,
            unit,
        ));
    }
    if let Some(key) = super::cancel::key_of(record, state) {
        facts.push(Fact::words(6, Role::TextDim, key));
    }
    let (x, y, width) = line;
    // The bar has its place at the right end, so that the eye finds it there on every line.
    let bar_width = if width >= 100 { 16 } else { 0 };
    let text = width.saturating_sub(bar_width + 2 * u16::from(bar_width > 0));
    strip(pen, (x, y, text), 2, &facts, &[]);
    bar(
        pen,
        x.saturating_add(width - bar_width),
        y,
        bar_width,
        share(record),
    );
}
