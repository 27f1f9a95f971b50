//! The top lines: who sits here and when it is; then whether all is well.

use ratatui::layout::Rect;

use super::cells::{alarm_role, alarm_sign, history, value_role};
use super::{disputes, inset, mine, tape, words};
use crate::app::State;
use crate::app::feeds::Feed;
use crate::app::holdings;
use crate::app::summary::Totals;
use crate::app::wanted::{self, Stage, wish};
use crate::control::sheddable::WITHIN;
use crate::domain::alarm::Priority;
use crate::domain::grid::GridState;
use crate::domain::link::Topic;
use crate::domain::quality::{Quality, TELL_AGE};
use crate::domain::reserve::{BalanceSource, btc_text};
use crate::domain::units::{Hertz, Power};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, Part, strip};

/// Beyond this from 50 Hz the frequency is out of its standard band (ENTSO-E: 50 mHz).
const BAND: i64 = 50;
/// Beyond this it is out of what the system is built to hold (ENTSO-E: 200 mHz).
const LIMIT: i64 = 200;

/// Draws as many of the lines as there is room for, the last one a rule.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    if state.solo {
        return mine::top(pen, area, state);
    }
    let line = |at: u16| {
        inset(Rect {
            y: area.y + at,
            ..area
        })
    };
    if area.height == 1 {
        let mut facts = frequency(state);
        facts.extend(simulated(state));
        facts.extend(tape::mark(state));
        strip(pen, line(0), 2, &facts, &[]);
        return;
    }
    if area.height >= 1 {
        who(pen, line(0), state);
    }
    let totals = state.totals();
    if area.height >= 2 {
        well(pen, line(1), state, &totals);
    }
    if area.height >= 3 {
        worth(pen, line(2), state, &totals);
    }
    if area.height >= 4 {
        pen.rule(area.x, area.y + 3, area.width);
    }
}

fn simulated(state: &State) -> Option<Fact> {
    state
        .is_simulated()
        .then(|| Fact::words(0, Role::Simulated, say!("frame-simulated")))
}

fn who(pen: &mut Pen<'_>, line: (u16, u16, u16), state: &State) {
    let look = pen.look();
    let nation = state.nation.as_deref().unwrap_or(say!("frame-no-nation"));
    let mut left = vec![
        Fact::words(5, Role::Title, "baseload"),
        Fact::words(3, Role::Text, nation),
    ];
    left.extend(simulated(state));
    left.extend(tape::mark(state));
    if state.desk.read_only {
        left.push(Fact::words(1, Role::TextStrong, say!("frame-read-only")));
    }
    let utc = format::clock(state.now, &jiff::tz::TimeZone::UTC);
    let mut right = vec![
        Fact::words(7, Role::TextDim, super::told::name(&state.desk.name)),
        Fact::words(6, Role::TextDim, super::told::name(&state.desk.operator)),
        Fact::words(4, Role::TextDim, words::role(&state.desk.role)),
    ];
    right.extend(tape::clock(state));
    // Times on the screens are the desk's, so its clock is the one that stays.
    if look.zone_name == "UTC" {
        right.push(Fact::figure(2, "", Role::Text, &utc, "UTC"));
    } else {
        let here = format::clock(state.now, &look.zone);
        right.push(Fact::figure(8, "", Role::Text, &utc, "UTC"));
        right.push(Fact::figure(2, "", Role::Text, &here, &look.zone_name));
    }
    strip(pen, line, 2, &left, &right);
}

/// How a frequency looks: its role, and the word for what is wrong with it.
pub(super) fn judged(frequency: Hertz) -> (Role, &'static str) {
    let off = frequency
        .millihertz()
        .saturating_sub(Hertz::NOMINAL.millihertz())
        .max(-i64::MAX);
    match off.abs() {
        0..=BAND => (Role::Value, ""),
        size if size <= LIMIT => (
            Role::Alarm3,
            if off < 0 {
                say!("frame-low")
            } else {
                say!("frame-high")
            },
        ),
        _ => (
            Role::Alarm1,
            if off < 0 {
                say!("frame-very-low")
            } else {
                say!("frame-very-high")
            },
        ),
    }
}

fn frequency(state: &State) -> Vec<Fact> {
    let reading = state.grid.reading.as_ref().map(|(_, reading)| reading);
    let Some(hertz) = reading.and_then(|r| r.frequency) else {
        return vec![Fact::figure(
            0,
            "",
            Role::TextDim,
            &format!("-{}---", format::point()),
            say!("unit-hz"),
        )];
    };
    let quality = state.grid.quality;
    let figure = format::hertz(hertz);
    if quality >= Quality::Stale {
        let old = if quality == Quality::Stale {
            say!("frame-hz-stale", age = format::span(state.grid.age))
        } else {
            say!("frame-hz-bad", age = format::span(state.grid.age))
        };
        return vec![Fact::figure(
            0,
            "",
            value_role(quality),
            &format!("? {figure}"),
            &old,
        )];
    }
    let (role, word) = judged(hertz);
    let unit = say!("unit-hz");
    let one = || Fact::figure(0, "", role, &format!("{figure} {unit}"), word);
    let mut facts = vec![disputes::frequency(state).unwrap_or_else(one)];
    let trend = history(&state.grid.frequency);
    facts.push(Fact {
        weight: 9,
        forms: vec![vec![Part::Spark(11, trend, 49.9, 50.1)]],
        keeps: None,
    });
    facts
}

fn well(pen: &mut Pen<'_>, line: (u16, u16, u16), state: &State, totals: &Totals) {
    let mut facts = frequency(state);
    let reading = state.grid.reading.as_ref().map(|(_, reading)| reading);
    let is_old = state.grid.quality >= Quality::Stale;
    let grid_role = value_role(state.grid.quality);
    let marked = |text: String| if is_old { format!("? {text}") } else { text };
    match reading.and_then(|r| r.state).filter(|_| !is_old) {
        Some(GridState::Alert) => {
            facts.push(Fact::words(0, Role::Alarm2, say!("frame-grid-alert")));
        }
        Some(GridState::Emergency) => {
            facts.push(Fact::words(0, Role::Alarm1, say!("frame-grid-emergency")));
        }
        _ => {}
    }
    if let Some(disputed) = disputes::surplus(state) {
        facts.push(disputed);
    } else if let Some(surplus) = reading.and_then(|r| r.surplus) {
        let figure = marked(format::whole_megawatts(surplus));
        facts.push(Fact::figure(
            3,
            say!("frame-surplus"),
            grid_role,
            &figure,
            say!("unit-mw"),
        ));
    }
    facts.extend(wants(state, totals, &pen.look().zone));
    if totals.sites > 0 {
        facts.push(mining(totals));
        facts.extend(headroom(state, totals));
    }
    // What is only claimed is never added to what our node has checked; where nothing is checked it is marked.
    let checked = holdings::bitcoin(state, BalanceSource::Node).map(|sums| (sums, "", Role::Value));
    let claimed = || {
        let sums = holdings::bitcoin(state, BalanceSource::Claimed)?;
        Some((sums, "~ ", Role::ValueUncertain))
    };
    if let Some((sums, mark, mut role)) = checked.or_else(claimed) {
        let mut held = format!("{mark}{}", format::amount(&btc_text(sums.held())));
        if sums.unheard > 0 {
            (role, held) = (Role::ValueStale, format!("? {held}"));
        }
        let whole = format::whole(&held).to_owned();
        facts.push(
            Fact::figure(8, say!("frame-reserve"), role, &held, "BTC").or(Fact::figure(
                8,
                say!("frame-reserve"),
                role,
                &whole,
                "BTC",
            )),
        );
    }
    facts.extend(disputes::rest(state));
    strip(pen, line, 3, &facts, &[]);
}

/// What the grid operator wants, by when, and how much of it is missing. It is cut only where nothing else is left.
fn wants(state: &State, totals: &Totals, zone: &jiff::tz::TimeZone) -> Option<Fact> {
    let wish = wish(state, totals)?;
    let mark = if wish.is_old { "? " } else { "" };
    let power = format::whole_megawatts(wish.heard.instruction.target);
    let time = format::minute(wish.due, zone);
    let unsure = if wish.is_unsure { "? " } else { "" };
    let over = wish
        .over
        .map(|over| format!("{unsure}{}", format::whole_megawatts(over)));
    let (whole, brief) = match over {
        Some(over) => (
            say!(
                "frame-wants-over",
                power = power.as_str(),
                time = time,
                over = over.as_str()
            ),
            say!(
                "frame-wants-over-brief",
                power = power.as_str(),
                over = over.as_str()
            ),
        ),
        None if !wish.is_met => (
            say!("frame-wants", power = power.as_str(), time = time),
            say!("frame-wants-brief", power = power.as_str()),
        ),
        None => (
            say!("frame-wants-met", power = power.as_str(), time = time),
            say!("frame-wants-met-brief", power = power.as_str()),
        ),
    };
    let (weight, role) = match wish.heard.stage {
        _ if wish.is_old => (0, Role::ValueStale),
        Stage::Above => (0, Role::Alarm1),
        Stage::Ramp => (0, Role::Alarm2),
        Stage::Ahead => (4, Role::TextStrong),
        Stage::Met | Stage::Over => (0, Role::Text),
    };
    let fact = |words| Fact::words(weight, role, format!("{mark}{words}"));
    Some(Fact {
        keeps: Some(weight),
        ..fact(whole).or(fact(brief))
    })
}

/// What the blocks draw of what they are ordered to; apart from it what their sites draw beside them.
fn mining(totals: &Totals) -> Fact {
    let now = format::whole_megawatts(totals.power());
    let (role, now) = if totals.stale > 0 {
        (Role::ValueStale, format!("? {now}"))
    } else {
        (Role::Value, now)
    };
    let target = format::whole_megawatts(totals.target);
    let of = say!("frame-of-mw", power = target);
    let fact = |unit: &str| Fact::figure(1, say!("frame-mining"), role, &now, unit);
    let brief = fact(&of).or(fact(say!("unit-mw")));
    let whole = if totals.auxiliary > Power::ZERO {
        let apart = say!(
            "frame-auxiliary",
            power = format::whole_megawatts(totals.auxiliary)
        );
        fact(&format!("{of} {apart}")).or(brief)
    } else {
        brief
    };
    Fact {
        keeps: Some(3),
        ..whole
    }
}

fn headroom(state: &State, totals: &Totals) -> Option<Fact> {
    let room = wanted::headroom(state, totals)?;
    // It is a difference: no fresher than the older of the two.
    let is_old = state.grid.quality >= Quality::Stale;
    let size = format::whole_megawatts(Power::from_watts(room.watts().saturating_abs()));
    let is_short = room < Power::ZERO;
    let (figure, role) = match () {
        () if is_old => (format!("? {size}"), value_role(state.grid.quality)),
        () if totals.stale > 0 => (format!("? {size}"), Role::ValueStale),
        () if is_short => (size, Role::Alarm3),
        () => (size, value_role(state.grid.quality)),
    };
    let name = if is_short {
        say!("frame-short")
    } else {
        say!("frame-headroom")
    };
    Some(Fact::figure(2, name, role, &figure, say!("unit-mw")))
}

/// What could be shed, what the figures above are worth, and the alarms.
fn worth(pen: &mut Pen<'_>, line: (u16, u16, u16), state: &State, totals: &Totals) {
    let mut left = Vec::new();
    if totals.sites > 0 {
        let name = |words: &str| Fact::words(0, Role::TextDim, words);
        left.push(name(say!("frame-sheddable")).or(name(say!("frame-can-shed"))));
        for (at, (within, power)) in WITHIN.iter().zip(totals.sheddable).enumerate() {
            let figure = format::whole_megawatts(power);
            // The longest time says the least.
            let weight = if at + 1 == WITHIN.len() { 3 } else { 1 };
            let name = format::span(*within);
            left.push(Fact::figure(weight, &name, Role::Value, &figure, ""));
        }
    }
    let mut right = Vec::new();
    if totals.sites > 0 {
        let mut words = say!("frame-good", share = totals.coverage);
        let is_old = totals.eldest >= TELL_AGE;
        if is_old {
            words = say!(
                "frame-good-old",
                share = totals.coverage,
                age = format::span(totals.eldest)
            );
        }
        if totals.stale > 0 {
            words = say!(
                "frame-good-stale",
                n = totals.stale,
                share = totals.coverage,
                age = format::span(totals.oldest)
            );
        }
        let role = if totals.stale > 0 || is_old {
            Role::TextStrong
        } else {
            Role::TextDim
        };
        let brief = say!(
            "frame-stale",
            n = totals.stale,
            age = format::span(totals.oldest)
        );
        // What the figures are worth stays in sight where it is not all.
        let weight = if totals.stale > 0 { 2 } else { 4 };
        let fact = Fact::words(weight, role, words);
        right.push(if totals.stale > 0 {
            fact.or(Fact::words(weight, role, brief))
        } else {
            fact
        });
    }
    right.push(alarms(state));
    strip(pen, line, 2, &left, &right);
}

fn alarms(state: &State) -> Fact {
    let counts = state.alarm_counts();
    // Who can't hear the alarms can't say that there are none.
    let serves = |feed: &&Feed| feed.info.is_none() || feed.serves(Topic::Alarm);
    let deaf = state
        .feeds
        .iter()
        .filter(serves)
        .any(|feed| !feed.is_live());
    let mark = if deaf { "? " } else { "" };
    let all = [Priority::P1, Priority::P2, Priority::P3, Priority::P4];
    if counts == [0; 4] {
        if deaf {
            return Fact::words(2, Role::ValueStale, say!("frame-alarms-unknown"));
        }
        return Fact::words(2, Role::TextDim, say!("frame-no-new-alarms")).or(Fact::words(
            2,
            Role::TextDim,
            say!("frame-no-alarms"),
        ));
    }
    let mut parts = vec![Part::Words(
        Role::TextDim,
        format!("{mark}{}", say!("frame-alarms")),
    )];
    for (priority, count) in all.into_iter().zip(counts).filter(|(_, count)| *count > 0) {
        parts.push(Part::Words(Role::TextDim, " ".to_owned()));
        parts.push(Part::Words(
            alarm_role(priority),
            format!("{count}x {}", alarm_sign(priority)),
        ));
    }
    let brief = std::iter::once(Part::Words(Role::TextDim, mark.to_owned()))
        .chain(parts.iter().skip(2).cloned())
        .collect();
    Fact {
        weight: 0,
        forms: vec![parts, brief],
        keeps: None,
    }
}
