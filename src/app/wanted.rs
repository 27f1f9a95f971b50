//! What the grid operator wants of the nation: instructions as they were heard, how far each is met, and which rules.
//!
//! Invariant: an instruction holds until its time is over or its feed says otherwise; a lost link takes none away.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::fleet::SiteView;
use super::scope::Scope;
use super::summary::Totals;
use super::{Effect, State, journal, orders};
use crate::control::order::Record;
use crate::control::sheddable::{WITHIN, sheddable};
use crate::domain::fleet::{Block, BlockState};
use crate::domain::grid::{GridReading, Instruction};
use crate::domain::ids::{BlockId, FeedId, SiteId};
use crate::domain::journal::{Fact, InstructionStep};
use crate::domain::order::OrderKind;
use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Instructions of one feed that are remembered.
const MOST_HEARD: usize = 64;
/// Steps that wait for the journal; it takes them at each tick.
const MOST_STEPS: usize = 512;
/// One that comes into force so soon stands in the head of every screen.
const SOON: Duration = Duration::from_hours(1);

/// How far an instruction has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// It comes into force later.
    #[default]
    Ahead,
    /// In force; its ramp still gives time.
    Ramp,
    /// In force, its ramp is over, and more is mined than it wants.
    Above,
    /// In force, and no more is mined than it wants.
    Met,
    /// Its time is over.
    Over,
}

/// An instruction that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// By which feed.
    pub feed: FeedId,
    /// What it said.
    pub instruction: Instruction,
    /// When a reading no longer held it, or held another under its id.
    pub gone: Option<Timestamp>,
    /// How far it had come at the last tick.
    pub stage: Stage,
    /// What was drawn when it was seen in force first.
    began: Option<Power>,
}

impl Heard {
    /// Until when it holds or held; none: until further notice.
    pub fn until(&self) -> Option<Timestamp> {
        match (self.instruction.to, self.gone) {
            (Some(to), Some(gone)) => Some(to.min(gone)),
            (to, gone) => to.or(gone),
        }
    }

    /// Does it hold, or will it?
    pub fn is_wanted(&self, now: Timestamp) -> bool {
        self.gone.is_none() && !self.instruction.is_over(now)
    }

    /// Does it hold?
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.gone.is_none() && self.instruction.is_in_force(now)
    }

    /// Is it the same demand, said with other words or another end?
    fn goes_on_as(&self, wanted: &Instruction) -> bool {
        let known = &self.instruction;
        (known.target, known.from, known.ramp_w_s) == (wanted.target, wanted.from, wanted.ramp_w_s)
    }

    /// When its target must be reached, where `load` is drawn now.
    fn due(&self, load: Power) -> Timestamp {
        let began = self.began.unwrap_or(load);
        match self.instruction.ramp(began) {
            Duration::ZERO => self.instruction.from,
            ramp => self.instruction.from + ramp,
        }
    }

    /// How far it has come at `now`. `load`: what is drawn; none where nobody knows.
    fn lives(&mut self, load: Option<Power>, now: Timestamp) -> Stage {
        if self.instruction.is_over(now) {
            return Stage::Over;
        }
        if !self.instruction.is_in_force(now) {
            return Stage::Ahead;
        }
        let Some(load) = load else {
            // What nobody knows changes nothing.
            return match self.stage {
                Stage::Ahead | Stage::Over => Stage::Ramp,
                known => known,
            };
        };
        self.began.get_or_insert(load);
        let over = load - self.instruction.target;
        let slack = self.instruction.slack();
        // Once it was above, it takes less to be met again.
        let most = match self.stage {
            Stage::Above => slack.portion(1, 2),
            _ => slack,
        };
        match () {
            () if over <= most => Stage::Met,
            () if now < self.due(load) => Stage::Ramp,
            () => Stage::Above,
        }
    }
}

/// Steps in the lives of instructions that the journal has not been given yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Steps {
    told: Vec<(FeedId, Fact)>,
    more: u64,
}

impl Steps {
    fn note(&mut self, heard: &Heard, step: InstructionStep, load: Option<Power>) {
        if self.told.len() >= MOST_STEPS {
            self.more += 1;
            return;
        }
        let fact = Fact::Instruction {
            instruction: Box::new(heard.instruction.clone()),
            step,
            mining: load,
        };
        self.told.push((heard.feed, fact));
    }
}

/// Remembers what a feed says that the grid operator wants, and what it says no longer.
pub(super) fn hear(
    heard: &mut VecDeque<Heard>,
    steps: &mut Steps,
    feed: FeedId,
    reading: &GridReading,
) {
    let at = reading.measured_at;
    let told = &reading.instructions[..reading.instructions.len().min(MOST_HEARD)];
    let mut changed: Vec<Heard> = Vec::new();
    let ours = |h: &&mut Heard| h.feed == feed && h.gone.is_none();
    for known in heard.iter_mut().filter(ours) {
        let same = told
            .iter()
            .find(|wanted| wanted.is_same(&known.instruction));
        if let Some(wanted) = same {
            known.instruction = wanted.clone();
        } else if !known.instruction.is_over(at + Instruction::MOVED) {
            // One that has run out is not withdrawn by leaving the list.
            known.gone = Some(at);
            if told.iter().any(|wanted| wanted.id == known.instruction.id) {
                changed.push(known.clone());
            } else {
                steps.note(known, InstructionStep::Withdrawn, None);
            }
        }
    }
    // What was taken back before it began never held.
    heard.retain(|h| h.gone.is_none_or(|gone| gone > h.instruction.from));
    for wanted in told {
        let same = |h: &Heard| h.feed == feed && h.gone.is_none() && h.instruction.is_same(wanted);
        if wanted.is_over(at) || heard.iter().any(same) {
            continue;
        }
        let of_id = |h: &&Heard| h.instruction.id == wanted.id;
        let before = changed.iter().find(of_id);
        let goes_on = before.filter(|known| known.goes_on_as(wanted));
        let new = Heard {
            feed,
            instruction: wanted.clone(),
            gone: None,
            // Other words or another end give nobody its ramp anew.
            stage: goes_on.map_or(Stage::Ahead, |known| known.stage),
            began: goes_on.and_then(|known| known.began),
        };
        let step = if before.is_some() {
            InstructionStep::Changed
        } else {
            InstructionStep::Heard
        };
        steps.note(&new, step, None);
        make_room(heard, feed, at);
        heard.push_back(new);
    }
}

/// Each feed has room for its own, so that none drowns another's; the oldest that is over goes first.
fn make_room(heard: &mut VecDeque<Heard>, feed: FeedId, at: Timestamp) {
    let ours = |h: &Heard| h.feed == feed;
    if heard.iter().filter(|h| ours(h)).count() < MOST_HEARD {
        return;
    }
    let over = heard.iter().position(|h| ours(h) && !h.is_wanted(at));
    let oldest = over.or_else(|| heard.iter().position(ours));
    if let Some(oldest) = oldest {
        heard.remove(oldest);
    }
}

/// Says of each how far it has come. `load`: what is drawn; none where nobody knows.
pub(super) fn live(
    heard: &mut VecDeque<Heard>,
    steps: &mut Steps,
    load: Option<Power>,
    now: Timestamp,
) {
    for one in heard.iter_mut().filter(|h| h.gone.is_none()) {
        let before = one.stage;
        let stage = one.lives(load, now);
        one.stage = stage;
        if before == Stage::Ahead && !matches!(stage, Stage::Ahead | Stage::Over) {
            steps.note(one, InstructionStep::InForce, load);
        }
        let step = match stage {
            Stage::Above => InstructionStep::Above,
            Stage::Met => InstructionStep::Met,
            Stage::Over => InstructionStep::Ended,
            Stage::Ahead | Stage::Ramp => continue,
        };
        if stage != before {
            steps.note(one, step, load);
        }
    }
}

/// The steps since the last tick go to the journal.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let steps = std::mem::take(&mut state.grid.steps);
    let mut effects = Vec::new();
    for (feed, fact) in steps.told {
        effects.extend(journal::of_feed(state, feed, vec![fact]));
    }
    if steps.more > 0 {
        let words = format!(
            "{} more steps of grid instructions, not written one by one",
            steps.more
        );
        effects.extend(journal::write(state, vec![Fact::Note(words.into())]));
    }
    effects
}

/// The instruction that rules: of those in force the lowest; where none is, the one that comes next, if it does soon.
pub fn ruling(state: &State) -> Option<&Heard> {
    let now = state.now;
    let heard = || state.grid.heard.iter();
    let in_force = heard().filter(|h| h.is_in_force(now));
    let next = heard().filter(|h| h.is_wanted(now) && h.instruction.from <= now + SOON);
    in_force
        .min_by_key(|h| h.instruction.target)
        .or_else(|| next.min_by_key(|h| h.instruction.from))
}

/// The instruction that rules, against what is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish<'a> {
    /// It.
    pub heard: &'a Heard,
    /// When its target must be reached.
    pub due: Timestamp,
    /// No more is drawn than it wants.
    pub is_met: bool,
    /// What is drawn above its target; none where it is met, or no site is known.
    pub over: Option<Power>,
    /// It is only last known.
    pub is_old: bool,
    /// A part of what is drawn is only last known.
    pub is_unsure: bool,
}

/// What the grid operator wants now.
pub fn wish<'a>(state: &'a State, totals: &Totals) -> Option<Wish<'a>> {
    let heard = ruling(state)?;
    let wanted = &heard.instruction;
    let over = totals.load() - wanted.target;
    let known = totals.sites > 0;
    let is_met = known && (heard.stage == Stage::Met || over <= wanted.slack());
    Some(Wish {
        heard,
        due: heard.due(totals.load()),
        is_met,
        over: (known && !is_met).then_some(over),
        is_old: state.grid.worth(heard.feed) >= Quality::Stale,
        is_unsure: totals.stale > 0,
    })
}

/// What may still be soaked up: up to the surplus, and to the instruction in force where that is less. Negative: what
/// must go.
pub fn headroom(state: &State, totals: &Totals) -> Option<Power> {
    let (_, reading) = state.grid.reading.as_ref()?;
    let in_force = ruling(state).filter(|h| h.is_in_force(state.now));
    let target = in_force.map(|h| h.instruction.target);
    crate::domain::grid::headroom(reading.surplus, target, totals.load())
}

/// What a shed is offered for what the grid operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// What must go beside what is on its way already.
    pub missing: Power,
    /// What of it the scope can shed; nothing where it can shed nothing.
    pub amount: Power,
}

impl Offer {
    /// The amount as it is typed: whole megawatts, never short of what is missing; of less than that, what there is.
    pub fn typed(self) -> Option<String> {
        if self.amount >= self.missing {
            let whole = self.missing.watts().saturating_add(999_999) / 1_000_000;
            return Some(whole.to_string());
        }
        let tenths = self.amount.watts() / 100_000;
        (tenths > 0).then(|| format!("{}.{}", tenths / 10, tenths % 10))
    }
}

/// What a shed of this scope is offered; none where nothing is wanted, or enough is on its way. `within`: which of
/// [`WITHIN`]; past its end is as fast as possible.
pub fn offer(state: &State, scope: &Scope, within: usize) -> Option<Offer> {
    let within = within.min(WITHIN.len() - 1);
    let totals = state.totals();
    let over = wish(state, &totals)?.over?;
    let missing = over - falling(state);
    (missing > Power::ZERO).then(|| Offer {
        missing,
        amount: missing.min(can_shed(state, &totals, scope, within)),
    })
}

/// The blocks of a shed that it still lowers, and how far: not those that were called back or refused, nor those that
/// their gateway holds back.
fn lowers(record: &Record) -> impl Iterator<Item = ((&SiteId, &BlockId), Power)> {
    let ended = record.ended_short();
    let held: BTreeSet<_> = record.held().collect();
    let targets = record.order.targets.iter();
    let targets = targets.map(|t| ((&t.site, &t.block), t.target));
    let curtails = record.order.kind == OrderKind::Curtail;
    targets.filter(move |(key, _)| curtails && !ended.contains(key) && !held.contains(key))
}

/// What is ordered off and still drawn, by whatever desk. Nobody says how far another's blocks go: those that fall say it
/// themselves, and those that have not begun are taken to go to their floor.
fn falling(state: &State) -> Power {
    let ours: BTreeMap<_, _> = orders::under_way(state).flat_map(lowers).collect();
    let told = state.curtailing.told.iter();
    let told = told.filter(|r| !r.life.is_final());
    let others: BTreeSet<_> = told
        .flat_map(|record| {
            let over = record.over(|_| true);
            let keys = lowers(record).map(|(key, _)| key);
            keys.filter(move |key| !over.contains(key))
        })
        .collect();
    let realm = state.realm();
    let views = state.fleet.sites.values().filter(|v| v.realm == realm);
    let blocks = views.flat_map(|view| view.blocks.values());
    let left = blocks.filter_map(|view| {
        let block = &view.block;
        let key = (&block.site, &block.id);
        let ramps = (block.state == BlockState::Ramping).then_some(block.target);
        let others = ramps.or(others.contains(&key).then_some(Power::ZERO));
        let ours = ours.get(&key).copied();
        let to = ours.into_iter().chain(others).min()?;
        Some((block.power? - to.max(block.floor)).or_zero())
    });
    left.sum()
}

fn can_shed(state: &State, totals: &Totals, scope: &Scope, within: usize) -> Power {
    let of_sites = |sites: &BTreeSet<SiteId>| {
        let views = sites.iter().filter_map(|id| state.fleet.sites.get(id));
        views.map(|view| view.summary.sheddable[within]).sum()
    };
    match scope {
        Scope::Nation => totals.sheddable[within],
        Scope::Sites(sites) => of_sites(sites),
        Scope::Blocks(keys) => {
            let wanted = |_: &SiteView, block: &Block| keys.contains(&block.key());
            let found = state.fleet.candidates(&state.feeds, state.now, &wanted);
            let operator = &state.desk.operator;
            let parts = found
                .iter()
                .map(|c| sheddable(c, operator, state.now)[within]);
            parts.sum()
        }
    }
}
