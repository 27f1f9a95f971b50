//! The dialog that ends in an order: select, check, arm, execute. Enter alone never commits, Esc leaves nothing
//! behind, and what is typed names the scope.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::emergency::{LONGEST_WORD, wrong_way};
use super::fleet::Realm;
use super::key::{Code, Key};
use super::obstacle::{not_sent, obstacle, type_exactly};
pub use super::scope::{Scope, scope_words, selected};
use super::scope::{gone, mixed};
use super::wanted::{Offer, offer, wish};
use super::{Effect, State, ahead};
use crate::control::amount::Amount;
use crate::control::check::{Closeness, check};
use crate::control::plan::{Ask, Excluded, NoPlan, Plan, Terms, last_arrival, node_loads, plan};
use crate::control::sheddable::WITHIN;
use crate::domain::ids::SiteId;
use crate::domain::order::OrderKind;
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

/// How long an armed plan waits for its word.
pub const ARMED_FOR: Duration = Duration::from_secs(10);
/// Keys in this time after arming are dropped: they were typed or pasted before the prompt could be read.
pub const DEAF_FOR: Duration = Duration::from_millis(300);

/// Where the dialog stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The amount is being typed.
    Select,
    /// The plan is shown.
    Check,
    /// The plan is armed; the word is being typed.
    Armed {
        /// Since when.
        at: Timestamp,
        /// What was typed so far.
        typed: String,
    },
}

/// The dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct Dialog {
    /// Down or up.
    pub kind: OrderKind,
    /// About what.
    pub scope: Scope,
    /// The amount as typed.
    pub amount: String,
    /// Which of [`WITHIN`]; beyond the last: as fast as possible.
    pub within: usize,
    /// Where it stands.
    pub step: Step,
    /// The plan that is shown; what is armed is exactly this one.
    pub plan: Option<Plan>,
    /// Blocks left out where there is no plan.
    pub excluded: Vec<Excluded>,
    /// One sentence about what is wrong.
    pub error: Option<Sentence>,
    /// First row of the preview shown (long plans scroll).
    pub scroll: usize,
    /// Sites of the plan that may be taken for others, as the word names them.
    pub(super) alike: Option<String>,
    /// The frequency that it pushes further off, as it was when it was armed: the word names it.
    pub(super) against: Option<Hertz>,
}

impl Dialog {
    /// A fresh dialog.
    pub fn new(kind: OrderKind, scope: Scope) -> Self {
        Self {
            kind,
            scope,
            amount: String::new(),
            within: 2,
            step: Step::Select,
            plan: None,
            excluded: Vec::new(),
            error: None,
            scroll: 0,
            alike: None,
            against: None,
        }
    }

    /// Shall it arrive as fast as possible?
    pub const fn is_fast(&self) -> bool {
        self.within >= WITHIN.len()
    }

    /// The time asked for; none where it shall be as fast as possible.
    pub fn within(&self) -> Option<Duration> {
        WITHIN.get(self.within).copied()
    }

    /// The times that it is planned for, of which the first that is long enough counts: four fifths of the one asked for,
    /// so that there is some to spare, or all of it; where it shall be as fast as possible, each that may be asked for.
    fn times(&self) -> Vec<Duration> {
        match self.within() {
            Some(within) => vec![last_arrival(within), within],
            None => WITHIN.to_vec(),
        }
    }

    /// The word that must be typed for this plan: it names what is done, the scope and the megawatts.
    pub fn word(&self) -> Option<String> {
        let plan = self.plan.as_ref()?;
        let verb = match self.kind {
            OrderKind::Curtail => "SHED",
            OrderKind::Restore => "RESTORE",
        };
        let figure = figure(plan.moved);
        let sites: BTreeSet<&SiteId> = plan.moves.iter().map(|m| &m.key.site).collect();
        let scope = match (&self.scope, figure) {
            (Scope::Nation, Some(figure)) => format!("NATION {figure}"),
            (Scope::Nation, None) => "NATION".to_owned(),
            (_, figure) if self.alike.is_some() => {
                let names = self.alike.iter().cloned();
                names.chain(figure).collect::<Vec<_>>().join(" ")
            }
            (_, Some(figure)) => figure,
            // Nothing measures it: the word names the place instead of a figure.
            (_, None) => match sites.first().filter(|_| sites.len() == 1) {
                Some(site) => plain_upper(site.as_str()),
                None => format!("{} SITES", sites.len()),
            },
        };
        Some(match self.against {
            Some(hertz) => format!("{verb} {scope} AT {}", hertz_words(hertz)),
            None => format!("{verb} {scope}"),
        })
    }

    /// Seconds that an armed plan still waits, rounded up.
    pub fn seconds_left(&self, now: Timestamp) -> Option<u64> {
        match &self.step {
            Step::Armed { at, .. } => Some(
                ARMED_FOR
                    .saturating_sub(at.age(now))
                    .as_millis()
                    .div_ceil(1_000) as u64,
            ),
            _ => None,
        }
    }

    /// Is it armed, but still deaf to keys?
    pub fn is_deaf(&self, now: Timestamp) -> bool {
        matches!(&self.step, Step::Armed { at, .. } if at.age(now) < DEAF_FOR)
    }
}

fn hertz_words(hertz: Hertz) -> String {
    format!("{:.3}", hertz.millihertz() as f64 / 1_000.0)
}

/// Megawatts, or kilowatts where there are too few, as the word to be typed names them; none where nothing is measured.
pub(super) fn figure(moved: Power) -> Option<String> {
    match moved.watts() {
        ..500 => None,
        watts @ 500..500_000 => Some(format!("{} KW", (watts + 500) / 1_000)),
        watts => Some(((watts + 500_000) / 1_000_000).to_string()),
    }
}

/// A hostile site id can't make an untypable word: letters, digits and dashes only, and never nothing.
pub(super) fn plain_upper(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(16)
        .collect();
    if plain.is_empty() {
        "1 SITE".to_owned()
    } else {
        plain.to_ascii_uppercase()
    }
}

/// Opens the dialog, unless something speaks against it; then says what.
pub fn open(state: &mut State, kind: OrderKind, nation: bool) {
    let scope = selected(state, nation);
    open_on(state, kind, scope);
}

/// The same for what was chosen elsewhere; none: nothing was.
pub(super) fn open_on(state: &mut State, kind: OrderKind, scope: Option<Scope>) {
    if state.desk.read_only {
        state.say(super::notice::What::ReadOnlyOrders);
    } else if state.is_frozen() {
        state.say(super::notice::What::Frozen);
    } else if let Some(scope) = scope {
        match mixed(state, &scope) {
            Some(why) => state.say(why),
            None => state.dialog = Some(Dialog::new(kind, scope)),
        }
    } else {
        state.say(super::notice::What::NothingChosen);
    }
}

/// Makes the plan anew from what is known now.
fn replan(state: &mut State) {
    let Some(dialog) = state.dialog.take() else {
        return;
    };
    state.dialog = Some(planned(state, dialog));
}

/// What a plan may count on: no feed states a price of bitcoin, so efficient blocks are kept, and no money is invented.
pub(super) fn terms(state: &State) -> Terms {
    let sites = state.fleet.sites.values();
    Terms::by_efficiency(node_loads(
        sites.map(|v| (&v.site, v.blocks.values().map(|b| &b.block))),
    ))
}

fn planned(state: &State, mut dialog: Dialog) -> Dialog {
    dialog.plan = None;
    dialog.excluded = Vec::new();
    // `off` is what a load becomes: who types it into a restore must not switch everything on.
    if dialog.kind == OrderKind::Restore && dialog.amount.trim().eq_ignore_ascii_case("off") {
        dialog.error = Some(told!(
            "own-off-restores-nothing",
            "off takes load off; to give everything back type all"
        ));
        dialog.step = Step::Select;
        return dialog;
    }
    // A site may have turned out to be of another kind since the dialog was opened.
    if let Some(why) = mixed(state, &dialog.scope) {
        dialog.error = Some(why);
        dialog.step = Step::Select;
        return dialog;
    }
    let amount = match Amount::parse(&dialog.amount) {
        Ok(amount) => amount,
        Err(error) => {
            dialog.error = Some(error.told());
            dialog.step = Step::Select;
            return dialog;
        }
    };
    let candidates =
        state.fleet.candidates(
            &state.feeds,
            state.now,
            &|view, block| match &dialog.scope {
                Scope::Nation => view.realm == state.realm(),
                Scope::Sites(sites) => sites.contains(&view.site.id),
                Scope::Blocks(keys) => keys.contains(&block.key()),
            },
        );
    let gone = gone(state, &dialog.scope);
    let terms = terms(state);
    let ask = |within| Ask {
        kind: dialog.kind,
        amount,
        within,
    };
    match first_of(&dialog.times(), |within| {
        let operator = &state.desk.operator;
        plan(ask(within), &candidates, operator, state.now, &terms)
    }) {
        Ok(mut made) => {
            ahead::lay_out(state, &mut made, dialog.within());
            // Nothing is shown, let alone armed, that a second reckoning does not bear out.
            if let Err(flaw) = check(&made, &candidates, state.now, &terms, Closeness::Exact) {
                dialog.error = Some(told!(
                    "own-not-checked",
                    "the plan did not pass the independent check: {why}",
                    why = flaw.told()
                ));
                dialog.step = Step::Select;
                dialog.excluded = made.excluded;
                dialog.excluded.extend(gone);
                return dialog;
            }
            made.excluded.extend(gone);
            let sites = made.moves.iter().map(|m| &m.key.site);
            dialog.alike = state.fleet.words_of(sites);
            dialog.plan = Some(made);
            dialog.error = None;
            dialog.step = Step::Check;
        }
        Err(why) => {
            dialog.error = Some(why.told());
            dialog.step = Step::Select;
            dialog.excluded = match why {
                NoPlan::Nothing(excluded)
                | NoPlan::Unmeasured(excluded)
                | NoPlan::TooLittle { excluded, .. }
                | NoPlan::TooMuch { excluded, .. } => excluded,
            };
            dialog.excluded.extend(gone);
        }
    }
    dialog
}

/// The plan of the first time in which so much can be moved; else what the last one says.
fn first_of(
    times: &[Duration],
    made: impl Fn(Duration) -> Result<Plan, NoPlan>,
) -> Result<Plan, NoPlan> {
    let (last, earlier) = times.split_last().unwrap_or((&WITHIN[0], &[]));
    let mut earlier = earlier.iter().map(|within| made(*within));
    earlier
        .find(|made| !matches!(made, Err(NoPlan::TooMuch { .. })))
        .unwrap_or_else(|| made(*last))
}

/// A key while the dialog is open.
pub fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(dialog) = state.dialog.as_mut() else {
        return Vec::new();
    };
    if key.code == Code::Esc || (key.ctrl && key.code == Code::Char('c')) {
        state.dialog = None;
        return Vec::new();
    }
    match &mut dialog.step {
        Step::Select => match key.code {
            Code::Char(c)
                if !key.ctrl
                    && !key.alt
                    && dialog.amount.chars().count() < 12
                    && is_amount_char(c) =>
            {
                dialog.amount.push(c);
                dialog.error = None;
            }
            Code::Backspace => {
                dialog.amount.pop();
                dialog.error = None;
            }
            Code::Left => dialog.within = dialog.within.saturating_sub(1),
            Code::Right | Code::Tab => dialog.within = (dialog.within + 1).min(WITHIN.len()),
            Code::Enter => {
                take_offer(state);
                replan(state);
            }
            _ => {}
        },
        Step::Check => match key.code {
            Code::Backspace | Code::Left => dialog.step = Step::Select,
            Code::Up => dialog.scroll = dialog.scroll.saturating_sub(1),
            Code::Down => dialog.scroll = dialog.scroll.saturating_add(1).min(10_000),
            Code::Char('a') if !key.ctrl && !key.alt => return arm(state),
            _ => {}
        },
        Step::Armed { typed, .. } => match key.code {
            Code::Char(c) if !key.ctrl && !key.alt && typed.chars().count() < LONGEST_WORD => {
                typed.push(c);
            }
            Code::Backspace => {
                typed.pop();
            }
            Code::Enter => return execute(state),
            _ => {}
        },
    }
    Vec::new()
}

/// What a shed is offered for what the grid operator wants, as long as nothing is typed.
pub fn offered(state: &State, dialog: &Dialog) -> Option<Offer> {
    let asks = dialog.kind == OrderKind::Curtail && dialog.step == Step::Select;
    let offers = asks && dialog.amount.is_empty();
    offers
        .then(|| offer(state, &dialog.scope, dialog.within))
        .flatten()
}

/// Enter with nothing typed takes what is offered, as fast as possible where it would else come too late.
fn take_offer(state: &mut State) {
    let offer = state.dialog.as_ref().and_then(|d| offered(state, d));
    let wish = wish(state, &state.totals());
    let left = wish.map(|wish| state.now.age(wish.due));
    if let (Some(amount), Some(dialog)) = (offer.and_then(Offer::typed), state.dialog.as_mut()) {
        dialog.amount = amount;
        if let Some(left) = left
            && WITHIN
                .get(dialog.within)
                .is_some_and(|within| last_arrival(*within) > left)
        {
            dialog.within = WITHIN.len();
        }
    }
}

fn is_amount_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | '%' | ' ' | '-')
}

/// Arms the plan that is shown, unless it is no longer what it was when it was made: a preview may stand for an hour.
fn arm(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let Some(shown) = state.dialog.as_ref().and_then(|d| d.plan.clone()) else {
        return Vec::new();
    };
    let against = wrong_way(state, &shown);
    if let Some(obstacle) = obstacle(state, &shown) {
        let why = told!("own-not-armed", "not armed: {why}", why = obstacle);
        refuse(state, why);
    } else if let Some(dialog) = state.dialog.as_mut() {
        dialog.error = None;
        dialog.against = against;
        dialog.step = Step::Armed {
            at: now,
            typed: String::new(),
        };
    }
    // What was typed ahead was typed before this answer could be read.
    vec![Effect::DropInput]
}

/// Says why nothing was done, over a plan made from what is known now.
fn refuse(state: &mut State, why: Sentence) {
    replan(state);
    if let Some(dialog) = state.dialog.as_mut() {
        dialog.error = Some(match dialog.error.take() {
            Some(error) => told!("own-besides", "{why}; {more}", why = why, more = error),
            None => told!("own-made-anew", "{why} (the plan is made anew)", why = why),
        });
    }
}

/// Enter on an armed plan: the word must stand, and the plan must still be what was read.
fn execute(state: &mut State) -> Vec<Effect> {
    let Some(dialog) = state.dialog.as_mut() else {
        return Vec::new();
    };
    let Step::Armed { typed, .. } = &dialog.step else {
        return Vec::new();
    };
    let Some(word) = dialog.word() else {
        return Vec::new();
    };
    if *typed != word {
        dialog.error = Some(type_exactly(&word));
        return Vec::new();
    }
    let Some(armed) = dialog.plan.clone() else {
        return Vec::new();
    };
    if let Some(obstacle) = obstacle(state, &armed) {
        refuse(state, not_sent(obstacle));
        return Vec::new();
    }
    // What pushes the frequency further off says so in its word.
    let named = state.dialog.as_ref().and_then(|dialog| dialog.against);
    if let (Some(hertz), None) = (wrong_way(state, &armed), named) {
        let why = told!(
            "own-further-off",
            "the frequency is {at_mhz} Hz, and would go further off",
            at_mhz = hertz
        );
        refuse(state, not_sent(why));
        return Vec::new();
    }
    let gateways: BTreeSet<(crate::domain::ids::FeedId, Arc<str>)> = armed
        .moves
        .iter()
        .map(|m| (m.feed, m.gateway.text()))
        .collect();
    let count = gateways.len();
    state.dialog = None;
    state.minting.push(armed);
    vec![Effect::Mint { count }]
}

/// What time does to the dialog: an armed plan whose ten seconds are over is disarmed.
pub fn tick(state: &mut State) {
    let now = state.now;
    if let Some(dialog) = state.dialog.as_mut()
        && let Step::Armed { at, .. } = dialog.step
        // A clock that was set back would keep it armed, and deaf, until it has caught up.
        && (at.age(now) >= ARMED_FOR || now < at)
    {
        dialog.step = Step::Check;
        dialog.error = Some(not_sent(told!(
            "own-armed-over",
            "the 10 s are over; a arms again"
        )));
    }
}

/// Is anything of this realm shown?
pub fn has_realm(state: &State, realm: Realm) -> bool {
    state.fleet.sites.values().any(|v| v.realm == realm)
}
