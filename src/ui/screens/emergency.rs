//! The emergency shed: what would go, in which steps, which way the frequency stands, what is left out, and the word.

use std::collections::BTreeMap;
use std::fmt::Write;

use ratatui::layout::Rect;

use super::cells::site_name;
use super::{inset, split};
use crate::app::State;
use crate::app::curtail::scope_words;
use crate::app::emergency::{Prompt, frequency};
use crate::control::emergency::{Direction, Step, direction};
use crate::domain::ids::SiteId;
use crate::domain::order::{Reason, span};
use crate::domain::units::Power;
use crate::ui::format;
use crate::ui::pen::Pen;
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
    lines.extend(steps(state, prompt));
    lines.extend(left_out(state, prompt));
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
        let words = format!("{} more lines: Down", lines.len() - first - shown);
        let (x, _, width) = inset(above);
        pen.text(x, above.bottom() - 1, width, Role::TextDim, &words);
    }
}

/// How much, in which steps, and which way the frequency stands.
fn head(state: &State, prompt: &Prompt) -> Vec<Vec<Fact>> {
    let shed = &prompt.shed;
    let scope = scope_words(state, &prompt.scope);
    let blocks = shed.parts().count();
    let soon: Power = shed.parts().map(|p| p.in_10_s).sum();
    let interval = state.emergency.interval;
    let later = u32::try_from(shed.steps.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let last = span(interval.saturating_mul(later));
    let steps = match shed.steps.len() {
        1 => "1 step".to_owned(),
        n => format!("{n} steps"),
    };
    let at_most = format!(
        "{steps} of at most {} MW",
        format::whole_megawatts(prompt.limit)
    );
    let mut lines = vec![
        vec![
            Fact::words(0, Role::Danger, " EMERGENCY SHED "),
            Fact::words(0, Role::TextStrong, scope),
        ],
        vec![
            Fact::figure(
                0,
                "drops",
                Role::Value,
                &format::megawatts(shed.moved()),
                "MW",
            ),
            Fact::words(
                1,
                Role::Text,
                format!("{} blocks", format::count(blocks as u64)),
            ),
            Fact::figure(
                2,
                "within 10 s of its step",
                Role::Value,
                &format::megawatts(soon),
                "MW",
            )
            .or(Fact::figure(
                2,
                "in 10 s",
                Role::Value,
                &format::megawatts(soon),
                "MW",
            )),
        ],
        vec![
            Fact::words(0, Role::Text, at_most),
            Fact::figure(0, "every", Role::Text, &span(interval), ""),
            Fact::figure(2, "the last after", Role::Text, &last, ""),
        ],
        way(state),
    ];
    let remembered = shed.parts().filter(|p| p.remembered).count();
    if remembered > 0 {
        let words = format!("? {remembered} blocks by last known figures: telemetry stale or bad");
        lines.push(vec![Fact::words(0, Role::ValueStale, words)]);
    }
    if let Some(why) = state.journal.refuses() {
        let words = format!("!2 leaves unjournaled: {why}");
        lines.push(vec![Fact::words(0, Role::Alarm2, words)]);
    }
    let gone = prompt.unreached();
    if !gone.is_empty() {
        let names: Vec<String> = gone.iter().take(6).map(|id| site_name(state, id)).collect();
        let mut words = format!("!2 not reached, feed down: {}", names.join(", "));
        if gone.len() > names.len() {
            let _ = write!(words, " and {} more", gone.len() - names.len());
        }
        lines.push(vec![Fact::words(0, Role::Alarm2, words)]);
    }
    lines
}

/// The frequency, and what shedding does to it.
fn way(state: &State) -> Vec<Fact> {
    let hertz = frequency(state);
    let figure = hertz.map_or_else(|| "? -.---".to_owned(), format::hertz);
    let (role, words, brief) = match direction(hertz) {
        Direction::Low => (Role::TextStrong, "low: shedding raises it", "low"),
        Direction::InBand => (Role::Text, "in band: shedding raises it", "in band"),
        Direction::High => (Role::Alarm1, "!1 HIGH: nothing leaves", "!1 HIGH"),
        Direction::Unknown => (
            Role::Alarm2,
            "!2 not known: direction not checked",
            "!2 not checked",
        ),
    };
    vec![
        Fact::figure(0, "frequency", Role::Value, &figure, "Hz").or(Fact::figure(
            0,
            "",
            Role::Value,
            &figure,
            "Hz",
        )),
        Fact::words(0, role, words).or(Fact::words(0, role, brief)),
    ]
}

fn steps(state: &State, prompt: &Prompt) -> Vec<Vec<Fact>> {
    let interval = state.emergency.interval;
    let row = |(at, step): (usize, &Step)| {
        let sites: std::collections::BTreeSet<&SiteId> =
            step.parts.iter().map(|p| &p.key.site).collect();
        let when = match u32::try_from(at) {
            Ok(0) => "at once".to_owned(),
            Ok(at) => format!("after {}", span(interval.saturating_mul(at))),
            Err(_) => String::new(),
        };
        let notice = step.parts.first().map(|p| p.notice).unwrap_or_default();
        let mut facts = vec![
            Fact::words(0, Role::TextDim, format!("step {:>2}", at + 1)),
            Fact::words(
                0,
                Role::Value,
                format!("{:>7} MW", format::megawatts(step.moved())),
            ),
            Fact::words(1, Role::Text, format!("{when:<11}")),
            Fact::words(2, Role::Text, format!("{:>4} blocks", step.parts.len())),
            Fact::words(
                3,
                Role::Text,
                match sites.len() {
                    1 => "  1 site".to_owned(),
                    n => format!("{n:>3} sites"),
                },
            ),
        ];
        if !notice.is_zero() {
            let words = format!("begins after {} notice", span(notice));
            facts.push(Fact::words(0, Role::TextStrong, words));
        }
        if step.most() > prompt.limit {
            facts.push(Fact::words(0, Role::TextStrong, "one block, not to be cut"));
        }
        facts
    };
    prompt.shed.steps.iter().enumerate().map(row).collect()
}

/// Blocks left out, those of one site with the same reasons in one line.
fn left_out(state: &State, prompt: &Prompt) -> Vec<Vec<Fact>> {
    let mut groups: BTreeMap<(&SiteId, String), Vec<String>> = BTreeMap::new();
    for left in &prompt.shed.excluded {
        let why: Vec<String> = left.reasons.iter().map(Reason::sentence).collect();
        let name = state.fleet.block(&left.key).map_or_else(
            || left.key.block.as_str().to_owned(),
            |b| b.block.name.to_string(),
        );
        let group = groups.entry((&left.key.site, why.join("; ")));
        group.or_default().push(name);
    }
    let mut lines = Vec::new();
    let down = prompt.shed.down;
    if !groups.is_empty() || down > 0 {
        lines.push(Vec::new());
    }
    for ((site, why), names) in groups {
        let all = state.fleet.sites.get(site).map_or(0, |v| v.blocks.len());
        let which = match names.as_slice() {
            [one] => one.clone(),
            many if many.len() == all => "all blocks".to_owned(),
            many => format!("{} blocks", many.len()),
        };
        lines.push(vec![
            Fact::words(1, Role::TextDim, "left out"),
            Fact::words(0, Role::Text, format!("{} {which}", site_name(state, site))),
            Fact::words(0, Role::TextStrong, why),
        ]);
    }
    if down > 0 {
        let words = format!(
            "{} blocks are down, or on their way, already",
            format::count(down as u64)
        );
        lines.push(vec![Fact::words(0, Role::TextDim, words)]);
    }
    lines
}

/// The word to be typed; above it what is wrong.
fn question(pen: &mut Pen<'_>, area: Rect, state: &State, prompt: &Prompt) {
    let (above, line) = split(area, area.height - 1);
    let strong = |words: &str| Fact::words(0, Role::TextStrong, words);
    let deaf = prompt.is_deaf(state.now);
    let what = Fact::figure(
        0,
        "type",
        Role::TextStrong,
        &prompt.word,
        "and Enter to shed",
    )
    .or(Fact::figure(0, "type", Role::TextStrong, &prompt.word, ""));
    let time = strong(&format!("{} s", prompt.seconds_left(state.now)));
    let input = Fact::figure(0, ">", Role::Input, &format!("{}_", prompt.typed), "");
    let sign = Fact::words(3, Role::Danger, if deaf { " Wait. " } else { " Ready. " });
    let mut upper = match &prompt.error {
        Some(error) => vec![Fact::words(0, Role::Alarm2, "!"), strong(error)],
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

/// How the one that runs does, or how it has ended, in one line.
pub(super) fn progress(state: &State) -> Option<(Role, String)> {
    let run = state.emergency.run.as_ref()?;
    if let Some((at, how)) = &run.ended {
        // What was said since is news.
        let newer = state.said.as_ref().is_some_and(|(said, _)| said > at);
        return (!newer).then(|| (Role::TextStrong, format!("emergency shed {how}")));
    }
    let wait = run.due.millis().saturating_sub(state.now.millis()).max(0);
    let (sent, whole) = (
        format::whole_megawatts(run.sent),
        format::whole_megawatts(run.whole),
    );
    Some((
        Role::Danger,
        format!(
            "SHEDDING step {} of {}, {sent} of {whole} MW, next in {} s",
            run.left,
            run.all,
            (wait + 999) / 1_000
        ),
    ))
}
