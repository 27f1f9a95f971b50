//! The emergency shed: what would go, in which steps, which way the frequency stands, what is left out, and the word.

use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use super::cells::site_name;
use super::direction::{self, What};
use super::{inset, reasons, split, told};
use crate::app::State;
use crate::app::actions::Action;
use crate::app::emergency::{self, Ended, High, Prompt, Run, Waiting};
use crate::control::emergency::Step;
use crate::domain::ids::SiteId;
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::{Fact, strip};

/// Draws the prompt over the body.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State, prompt: &Prompt) {
    if area.height == 0 {
        return;
    }
    // The question stands at the bottom, where a small terminal keeps it too.
    let ask = if area.height >= 4 { 2 } else { 1 };
    let (above, below) = split(area, area.height - ask);
    question(pen, below, state, prompt);
    let mut lines = head(state, prompt);
    lines.push(Vec::new());
    lines.extend(steps(prompt));
    lines.extend(left_out(state, prompt, pen));
    if above.height < 16 {
        lines.retain(|line| !line.is_empty());
    }
    let height = usize::from(above.height);
    let first = prompt.scroll.min(lines.len().saturating_sub(height));
    let more = lines.len() - first > height;
    let shown = height.saturating_sub(usize::from(more));
    for (at, facts) in lines.iter().skip(first).take(shown).enumerate() {
        let line = Rect {
            y: above.y + at as u16,
            height: 1,
            ..above
        };
        strip(pen, inset(line), 2, facts, &[]);
    }
    if more && height > 0 {
        let words = say!("dialog-more-lines", n = lines.len() - first - shown);
        let (x, _, width) = inset(above);
        pen.text(x, above.bottom() - 1, width, Role::TextDim, &words);
    }
}

/// How much, in which steps, and which way the frequency stands.
fn head(state: &State, prompt: &Prompt) -> Vec<Vec<Fact>> {
    let shed = &prompt.shed;
    let scope = reasons::scope(state, &prompt.scope);
    let blocks = shed.parts().count();
    let soon: Power = shed.parts().map(|p| p.in_10_s).sum();
    let interval = prompt.cut.interval;
    let later = shed.steps.last().map_or(0, |step| step.turn);
    let last = format::span(interval.saturating_mul(later));
    let at_most = say!(
        "emergency-steps",
        n = shed.steps.len(),
        power = format::whole_megawatts(prompt.cut.step)
    );
    let ten = format::span(Duration::from_secs(10));
    let within = say!("emergency-within", time = ten.as_str());
    let within_brief = say!("emergency-within-brief", time = ten);
    let mw = say!("unit-mw");
    let mut lines =
        vec![
            vec![
                Fact::words(0, Role::Danger, format!(" {} ", say!("emergency-title"))),
                Fact::words(0, Role::TextStrong, scope),
            ],
            vec![
                Fact::figure(
                    0,
                    say!("emergency-drops"),
                    Role::Value,
                    &format::megawatts(shed.moved()),
                    mw,
                ),
                Fact::words(1, Role::Text, say!("dialog-blocks", n = blocks)),
                Fact::figure(2, &within, Role::Value, &format::megawatts(soon), mw).or(
                    Fact::figure(2, &within_brief, Role::Value, &format::megawatts(soon), mw),
                ),
            ],
            vec![
                Fact::words(0, Role::Text, at_most),
                Fact::figure(
                    0,
                    say!("emergency-every"),
                    Role::Text,
                    &format::span(interval),
                    "",
                ),
                Fact::figure(2, say!("emergency-last"), Role::Text, &last, ""),
            ],
        ];
    let ways = emergency::ways(state, prompt);
    let step = shed.steps.iter().map(Step::moved).max();
    lines.extend(direction::lines(state, &ways, &What::Emergency { step }));
    let remembered = shed.parts().filter(|p| p.remembered).count();
    if remembered > 0 {
        let words = say!("emergency-remembered", n = remembered);
        lines.push(vec![Fact::words(0, Role::ValueStale, words)]);
    }
    if let Some(why) = state.journal.refuses() {
        let words = say!("emergency-unjournaled", why = why.as_ref());
        lines.push(vec![Fact::words(0, Role::Alarm2, words)]);
    }
    let gone = prompt.unreached();
    if !gone.is_empty() {
        let names: Vec<String> = gone.iter().take(6).map(|id| site_name(state, id)).collect();
        let told = names.join(", ");
        let words = match gone.len() - names.len() {
            0 => say!("emergency-unreached", names = told),
            more => say!("emergency-unreached-more", names = told, more = more),
        };
        lines.push(vec![Fact::words(0, Role::Alarm2, words)]);
    }
    lines
}

/// When a step leaves.
fn when(turn: u32, interval: Duration) -> String {
    if turn == 0 {
        return say!("emergency-at-once").to_owned();
    }
    let time = format::span(interval.saturating_mul(turn));
    say!("emergency-after", time = time)
}

fn steps(prompt: &Prompt) -> Vec<Vec<Fact>> {
    let interval = prompt.cut.interval;
    // Words of one column are as wide as its widest, whatever their form.
    let chars = |words: &str| words.chars().count();
    let turns = prompt.shed.steps.iter().map(|step| step.turn);
    let wide = turns.map(|turn| chars(&when(turn, interval))).max();
    let wide = wide.unwrap_or_default().max(11);
    let form = |n: usize| say!("emergency-word-blocks", n = n);
    let counts = prompt.shed.steps.iter().map(|step| step.parts.len());
    let blocks_wide = counts.map(|n| chars(&form(n))).max().unwrap_or_default();
    let row = |(at, step): (usize, &Step)| {
        let sites: std::collections::BTreeSet<&SiteId> =
            step.parts.iter().map(|p| &p.key.site).collect();
        let (sites, blocks) = (sites.len(), step.parts.len());
        let when = when(step.turn, interval);
        let notice = step.parts.first().map(|p| p.notice).unwrap_or_default();
        let mut facts = vec![
            Fact::words(
                0,
                Role::TextDim,
                format!("{} {:>2}", say!("emergency-step"), at + 1),
            ),
            Fact::words(
                0,
                Role::Value,
                format!("{:>7} {}", format::megawatts(step.moved()), say!("unit-mw")),
            ),
            Fact::words(1, Role::Text, format!("{when:<wide$}")),
            Fact::words(
                2,
                Role::Text,
                format!("{blocks:>4} {:<blocks_wide$}", form(blocks)),
            ),
            Fact::words(
                3,
                Role::Text,
                format!("{sites:>3} {}", say!("emergency-word-sites", n = sites)),
            ),
        ];
        if !notice.is_zero() {
            let words = say!("emergency-notice", notice = format::span(notice));
            facts.push(Fact::words(0, Role::TextStrong, words));
        }
        if step.most() > prompt.cut.step {
            facts.push(Fact::words(0, Role::TextStrong, say!("emergency-uncut")));
        }
        facts
    };
    prompt.shed.steps.iter().enumerate().map(row).collect()
}

/// Blocks left out, and those that are down already.
fn left_out(state: &State, prompt: &Prompt, pen: &Pen<'_>) -> Vec<Vec<Fact>> {
    let mut lines = reasons::left_out(state, &prompt.shed.excluded, pen);
    let down = prompt.shed.down;
    if !lines.is_empty() || down > 0 {
        lines.insert(0, Vec::new());
    }
    if down > 0 {
        let words = say!("emergency-down", n = down);
        lines.push(vec![Fact::words(0, Role::TextDim, words)]);
    }
    lines
}

/// The word to be typed; above it what is wrong.
fn question(pen: &mut Pen<'_>, area: Rect, state: &State, prompt: &Prompt) {
    let (above, line) = split(area, area.height - 1);
    let strong = |words: &str| Fact::words(0, Role::TextStrong, words);
    let deaf = prompt.is_deaf(state.now);
    let typing = say!("dialog-type");
    let what = Fact::figure(
        0,
        typing,
        Role::TextStrong,
        &prompt.word,
        say!("emergency-to-shed"),
    )
    .or(Fact::figure(0, typing, Role::TextStrong, &prompt.word, ""));
    let left = prompt.seconds_left(state.now);
    let time = strong(&format!("{left} {}", say!("unit-second")));
    let input = Fact::figure(0, ">", Role::Input, &format!("{}_", prompt.typed), "");
    let sign = if deaf {
        say!("emergency-wait")
    } else {
        say!("emergency-ready")
    };
    let sign = Fact::words(3, Role::Danger, format!(" {sign} "));
    let mut upper = match &prompt.error {
        Some(error) => vec![
            Fact::words(0, Role::Alarm2, "!"),
            strong(&told::sentence(error)),
        ],
        None => vec![],
    };
    let facts = if area.width < 60 && above.height > 0 {
        if upper.is_empty() {
            upper = vec![what, sign];
        }
        vec![input, time]
    } else {
        vec![sign, what, time, input]
    };
    if above.height > 0 {
        strip(pen, inset(above), 2, &upper, &[]);
    }
    strip(pen, inset(line), 2, &facts, &[]);
}

/// What gateways still hold of one that has left whole. They go by their own reading, whatever this desk sees.
fn waiting(held: &Waiting) -> (Role, String) {
    let power = format::whole_megawatts(held.power);
    if held.high {
        let words = say!("emergency-held-high", n = held.steps, power = power);
        return (Role::Alarm1, words);
    }
    let words = say!("emergency-held", n = held.steps, power = power);
    (Role::Danger, words)
}

/// How it has ended; first what to do now, so that no width cuts it off.
fn over(state: &State, run: &Run, ended: &Ended, zone: &TimeZone, room: u16) -> String {
    let how = match &ended.high {
        Some(high) => stopped(run, high, zone),
        None => vec![say!("emergency-ended", how = told::sentence(&ended.how))],
    };
    let key = state.keys.hint(Action::EmergencyShed);
    let again = match run.kept() {
        0 => String::new(),
        kept => format!("{}. ", say!("emergency-again", key = key, n = kept)),
    };
    let lines = how.into_iter().map(|how| format!("{again}{how}"));
    let mut lines: Vec<String> = lines.collect();
    let last = lines.pop().unwrap_or_default();
    let fits = |line: &String| text::width(line, room.saturating_add(1)) <= room;
    lines.into_iter().find(fits).unwrap_or(last)
}

/// That a frequency has stopped it: its value and its time, as it may be another by now. The fullest form first.
fn stopped(run: &Run, high: &High, zone: &TimeZone) -> Vec<String> {
    let hertz = format::hertz(high.hertz);
    let time = format::clock(high.at, zone);
    let brief = match &high.place {
        Some(place) => say!(
            "emergency-stopped-at",
            hertz = hertz,
            time = time,
            place = place.as_ref()
        ),
        None => say!("emergency-stopped", hertz = hertz, time = time),
    };
    let (sent, whole) = (
        format::whole_megawatts(run.sent),
        format::whole_megawatts(run.whole),
    );
    let steps = say!(
        "emergency-sent",
        at = run.left,
        all = run.all,
        sent = sent,
        whole = whole
    );
    let some = format!("{brief}: {steps}");
    let back = match run.called_back() {
        0 => None,
        n => Some(format!("{some}, {}", say!("emergency-called-back", n = n))),
    };
    back.into_iter().chain([some, brief]).collect()
}

/// How the one that runs does, or how it has ended, in one line of so many columns.
pub(super) fn progress(state: &State, zone: &TimeZone, room: u16) -> Option<(Role, String)> {
    let run = state.emergency.run.as_ref()?;
    if let Some(ended) = &run.ended {
        // What was said since is news.
        let newer = state
            .said
            .as_ref()
            .is_some_and(|(said, _)| *said > ended.at);
        match emergency::waiting(state) {
            Some(held) if held.high || !newer => return Some(waiting(&held)),
            _ => {}
        }
        let shown = !newer && run.is_news(state.now);
        return shown.then(|| (Role::TextStrong, over(state, run, ended, zone, room)));
    }
    let wait = run.due.millis().saturating_sub(state.now.millis()).max(0);
    let (sent, whole) = (
        format::whole_megawatts(run.sent),
        format::whole_megawatts(run.whole),
    );
    Some((
        Role::Danger,
        say!(
            "emergency-running",
            at = run.left,
            all = run.all,
            sent = sent,
            whole = whole,
            wait = (wait + 999) / 1_000
        ),
    ))
}
