//! One line of facts that gives up its least important ones where there is no room.

use crate::ui::pen::Pen;
use crate::ui::text;
use crate::ui::theme::Role;

use super::spark::{History, spark};

/// Something in a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Words.
    Words(Role, String),
    /// A history in so many columns, between two values.
    Spark(u16, History, f32, f32),
}

impl Part {
    fn width(&self) -> u16 {
        match self {
            Self::Words(_, words) => text::width(words, 500),
            Self::Spark(width, ..) => *width,
        }
    }
}

/// A fact, in one or more forms, the fullest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fact {
    /// What goes first where there is no room: the greatest. Zero stays to the end and is cut at last.
    pub weight: u8,
    /// Forms.
    pub forms: Vec<Vec<Part>>,
    /// It keeps its full form until facts of a greater weight than this have gone; none: it is shortened before any
    /// fact goes.
    pub keeps: Option<u8>,
}

impl Fact {
    /// A fact of plain words in one form.
    pub fn words(weight: u8, role: Role, words: impl Into<String>) -> Self {
        Self {
            weight,
            forms: vec![vec![Part::Words(role, words.into())]],
            keeps: None,
        }
    }

    /// A name and its figure: `surplus 1 482 MW`.
    pub fn figure(weight: u8, name: &str, role: Role, figure: &str, unit: &str) -> Self {
        let mut parts = Vec::new();
        if !name.is_empty() {
            parts.push(Part::Words(Role::TextDim, format!("{name} ")));
        }
        parts.push(Part::Words(role, figure.to_owned()));
        if !unit.is_empty() {
            parts.push(Part::Words(Role::TextDim, format!(" {unit}")));
        }
        Self {
            weight,
            forms: vec![parts],
            keeps: None,
        }
    }

    /// The same with a shorter form.
    pub fn or(mut self, shorter: Self) -> Self {
        self.forms.extend(shorter.forms);
        self
    }
}

fn width_of(parts: &[Part]) -> u16 {
    parts.iter().map(Part::width).fold(0, u16::saturating_add)
}

/// The form of each fact that fits into `width` with `gap` columns between; none where it is left out.
fn chosen(facts: &[&Fact], width: u16, gap: u16) -> Vec<Option<usize>> {
    let mut forms: Vec<Option<usize>> = facts
        .iter()
        .map(|f| (!f.forms.is_empty()).then_some(0))
        .collect();
    loop {
        let shown: Vec<u16> = facts
            .iter()
            .zip(&forms)
            .filter_map(|(fact, form)| form.map(|at| width_of(&fact.forms[at])))
            .collect();
        let gaps =
            gap.saturating_mul(u16::try_from(shown.len().saturating_sub(1)).unwrap_or(u16::MAX));
        let total = shown.iter().copied().fold(gaps, u16::saturating_add);
        if total <= width {
            return forms;
        }
        // Shorten all that can be, the least important first; only then leave out.
        let heaviest = |may: &dyn Fn(usize) -> bool| {
            (0..facts.len())
                .filter(|&at| may(at))
                .max_by_key(|&at| facts[at].weight)
        };
        let present = heaviest(&|at| forms[at].is_some() && facts[at].weight > 0);
        let least_gone = present.map_or(0, |at| facts[at].weight);
        let longer = heaviest(&|at| {
            forms[at].is_some_and(|form| form + 1 < facts[at].forms.len())
                && facts[at].keeps.is_none_or(|weight| least_gone <= weight)
        });
        match (longer, present) {
            (Some(at), _) => {
                forms[at] = forms[at].map(|form| form + 1);
                if facts[at].keeps.is_some() {
                    // Facts that had to go for its full form get another try.
                    for (form, fact) in forms.iter_mut().zip(facts) {
                        *form = form.or((!fact.forms.is_empty()).then_some(0));
                    }
                }
            }
            (None, Some(at)) => forms[at] = None,
            (None, None) => return forms,
        }
    }
}

/// Draws facts from the left and others up to the right end of a line.
pub fn strip(
    pen: &mut Pen<'_>,
    (x, y, width): (u16, u16, u16),
    gap: u16,
    left: &[Fact],
    right: &[Fact],
) {
    let all: Vec<&Fact> = left.iter().chain(right).collect();
    let forms = chosen(&all, width, gap);
    let end = x.saturating_add(width);
    let mut at = x;
    for (index, (fact, form)) in all.iter().zip(&forms).enumerate() {
        let Some(form) = form else { continue };
        if index >= left.len() {
            // Right-hand facts start so that what is left of them ends at the end.
            let rest = all.iter().zip(&forms).skip(index);
            let rest: Vec<u16> = rest
                .filter_map(|(fact, form)| form.map(|at| width_of(&fact.forms[at])))
                .collect();
            let gaps = gap.saturating_mul(u16::try_from(rest.len().saturating_sub(1)).unwrap_or(0));
            let needed = rest.iter().copied().fold(gaps, u16::saturating_add);
            at = at.max(end.saturating_sub(needed));
        }
        for part in &fact.forms[*form] {
            let room = end.saturating_sub(at);
            match part {
                Part::Words(role, words) => {
                    at = at.saturating_add(pen.text(at, y, room, *role, words));
                }
                Part::Spark(width, history, low, high) => {
                    let width = (*width).min(room);
                    spark(pen, at, y, width, history, *low, *high);
                    at = at.saturating_add(width);
                }
            }
        }
        at = at.saturating_add(gap);
    }
}
