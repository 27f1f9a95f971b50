//! The emergency shed: `!`, its prompt, and the steps that leave one after the other.
//!
//! Invariant: once its word is typed nothing but a high frequency, Esc, or a link that is down holds a step back: no
//! journal, no clock, no plan and no second person. What left unrecorded says so.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::curtail::{Scope, figure, plain_upper, scope_words};
use super::fleet::{Realm, candidate};
use super::journal::{self, Then};
use super::key::{Code, Key};
use super::nav::Screen;
use super::{Effect, Note, Overlay, State, actions, orders};
use crate::control::emergency::{
    Direction, INTERVAL, Part, STEP, Shed, Step, bars, direction, shed,
};
use crate::control::order::Record;
use crate::domain::ids::{BlockKey, FeedId, GatewayId, OrderId, SiteId};
use crate::domain::journal::{Fact, Figure, Seen, SeenSite};
use crate::domain::link::Request;
use crate::domain::order::{Order, OrderKind, OrderTarget, PlanHash, Reason};
use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

/// A prompt that nobody answers closes after this.
pub const OPEN_FOR: Duration = Duration::from_secs(30);
/// Keys in this time after the prompt opened are dropped: they were typed before it could be read.
pub const DEAF_FOR: Duration = Duration::from_millis(300);
/// How long the end of one stays in sight.
const IN_SIGHT: Duration = Duration::from_secs(30);
/// Without a measured skew no expiry means anything: then it is so far off that no wrong clock of a gateway kills the
/// order. It can't come twice (its id) nor after a later order (its sequence).
const EXPIRES_UNMEASURED: Duration = Duration::from_hours(24);

/// The emergency shed of this desk.
#[derive(Debug, Clone)]
pub struct Emergency {
    /// Most that one step moves; a gateway may tell less.
    pub step: Power,
    /// Between two steps.
    pub interval: Duration,
    /// What is being asked of the person.
    pub prompt: Option<Prompt>,
    confirmed: Option<Prompt>,
    /// The one that runs, or that has lately ended.
    pub run: Option<Run>,
}

impl Default for Emergency {
    fn default() -> Self {
        Self {
            step: STEP,
            interval: INTERVAL,
            prompt: None,
            confirmed: None,
            run: None,
        }
    }
}

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// About what.
    pub scope: Scope,
    /// What would leave, step by step.
    pub shed: Shed,
    /// Most that a step of it moves.
    pub limit: Power,
    /// What must be typed, before Enter.
    pub word: String,
    /// What was typed so far.
    pub typed: String,
    /// Since when it is open.
    pub at: Timestamp,
    /// What is wrong with what was typed, or why it did not leave.
    pub error: Option<String>,
    /// First line of what is left out that is shown.
    pub scroll: usize,
}

impl Prompt {
    /// Is it still deaf to keys?
    pub fn is_deaf(&self, now: Timestamp) -> bool {
        self.at.age(now) < DEAF_FOR
    }

    /// Seconds that it still waits, rounded up.
    pub fn seconds_left(&self, now: Timestamp) -> u64 {
        OPEN_FOR
            .saturating_sub(self.at.age(now))
            .as_millis()
            .div_ceil(1_000) as u64
    }

    /// Sites of which something is out of reach, their feed being down.
    pub fn unreached(&self) -> BTreeSet<&SiteId> {
        let down = |reasons: &[Reason]| reasons.contains(&Reason::LinkDown);
        let left = self.shed.excluded.iter();
        left.filter(|e| down(&e.reasons))
            .map(|e| &e.key.site)
            .collect()
    }
}

/// A shed under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The scope in words.
    pub scope: String,
    /// Steps that have not left.
    pub steps: VecDeque<Step>,
    ids: VecDeque<OrderId>,
    hash: PlanHash,
    /// Steps that have left.
    pub left: usize,
    /// All of them.
    pub all: usize,
    /// What has been sent.
    pub sent: Power,
    /// What was asked for.
    pub whole: Power,
    /// When the next step leaves.
    pub due: Timestamp,
    /// Sites that were not reached, their feed being down.
    pub unreached: BTreeSet<SiteId>,
    /// Blocks that were barred when their step's turn came.
    pub barred: usize,
    /// When and how it ended.
    pub ended: Option<(Timestamp, String)>,
}

impl Run {
    /// Is there more to leave?
    pub fn is_on(&self) -> bool {
        self.ended.is_none()
    }
}

/// Does one run?
pub fn is_running(state: &State) -> bool {
    state.emergency.run.as_ref().is_some_and(Run::is_on)
}

/// A fresh frequency of the grid that these sites hang on; none where there is none. A simulated grid says nothing about
/// a real one.
pub fn frequency(state: &State) -> Option<Hertz> {
    let (from, reading) = state.grid.reading.as_ref()?;
    let simulated = state.feed(*from).is_some_and(super::feeds::Feed::is_simulated);
    let fits = !simulated || state.realm() == Realm::Simulated;
    let fresh = state.grid.quality < Quality::Stale;
    reading.frequency.filter(|_| fits && fresh)
}

/// Takes a key before anything else does. None: it is not for the emergency shed.
pub(super) fn first(state: &mut State, key: Key) -> Option<Vec<Effect>> {
    if state.emergency.prompt.is_some() {
        return Some(typed(state, key));
    }
    let asks = state.deeds.prompt.is_some() || state.remark.is_some();
    let typing = asks || state.overlay == Overlay::Filter;
    let action = actions::of_key(key, state.nav.screen, state.solo);
    if action == Some(actions::Action::EmergencyShed) && !typing {
        return Some(open(state));
    }
    let over = typing || state.dialog.is_some() || state.overlay != Overlay::None;
    if key.code == Code::Esc && !over && is_running(state) {
        return Some(end(state, "stopped by Esc"));
    }
    None
}

/// What marks and screen select.
fn selected(state: &State) -> Scope {
    let shown = state.site_shown().map(|view| view.site.id.clone());
    match (state.nav.screen, shown) {
        (Screen::Site, Some(site)) => Scope::Sites([site].into()),
        _ if !state.nav.marked_sites.is_empty() => Scope::Sites(state.nav.marked_sites.clone()),
        _ => Scope::Nation,
    }
}

/// Asks for the word, unless something speaks against it; then says what.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if state.desk.read_only {
        state.say("this console may only look (--read-only): no orders leave it");
        return Vec::new();
    }
    if is_running(state) {
        state.say("an emergency shed is running: Esc stops it");
        return Vec::new();
    }
    if let Some(why) = too_high(state) {
        state.say(&format!("nothing is shed: {why}"));
        return Vec::new();
    }
    // Whatever lay over the screen gives way, and a frozen table goes on: no order comes of a frozen one.
    state.overlay = Overlay::None;
    state.dialog = None;
    state.nav.nation.frozen = None;
    state.nav.halls.frozen = None;
    state.nav.blocks.frozen = None;
    let scope = selected(state);
    let prompt = prompt(state, scope);
    if prompt.shed.steps.is_empty() {
        let down = prompt.shed.down;
        let why = match prompt.shed.excluded.first() {
            Some(left) if down == 0 => left
                .reasons
                .first()
                .map_or_else(|| "nothing is there".to_owned(), Reason::sentence),
            None if down == 0 => "no block is known there".to_owned(),
            _ => "what can go is down already".to_owned(),
        };
        let scope = scope_words(state, &prompt.scope);
        state.say(&format!("nothing to shed, {scope}: {why}"));
        return Vec::new();
    }
    state.emergency.prompt = Some(prompt);
    vec![Effect::DropInput]
}

/// Cuts the scope into steps.
fn prompt(state: &State, scope: Scope) -> Prompt {
    let realm = state.realm();
    let candidates =
        state
            .fleet
            .candidates(&state.feeds, state.now, &|view, block| match &scope {
                Scope::Nation => view.realm == realm,
                Scope::Sites(sites) => sites.contains(&view.site.id),
                Scope::Blocks(keys) => keys.contains(&block.key()),
            });
    let told = candidates.iter().map(|c| c.feed).collect::<BTreeSet<_>>();
    let limit = told
        .into_iter()
        .filter_map(|feed| state.feed(feed)?.info.as_ref()?.emergency_step)
        .fold(state.emergency.step, Power::min);
    let shed = shed(&candidates, &state.desk.operator, state.now, limit);
    let place = match &scope {
        Scope::Sites(sites) if sites.len() == 1 => sites
            .first()
            .map_or_else(String::new, |id| plain_upper(id.as_str())),
        Scope::Sites(sites) => format!("{} SITES", sites.len()),
        Scope::Nation | Scope::Blocks(_) => "NATION".to_owned(),
    };
    let word = match figure(shed.moved()) {
        Some(figure) => format!("SHED {place} {figure}"),
        None => format!("SHED {place}"),
    };
    Prompt {
        scope,
        shed,
        limit,
        word,
        typed: String::new(),
        at: state.now,
        error: None,
        scroll: 0,
    }
}

/// Why the frequency forbids it.
fn too_high(state: &State) -> Option<String> {
    let hertz = frequency(state);
    (direction(hertz) == Direction::High).then(|| {
        let hz = hertz.unwrap_or_default().millihertz() as f64 / 1_000.0;
        format!("the frequency is high ({hz:.3} Hz), and would rise further")
    })
}

/// A key while the prompt is open. Esc leaves nothing behind.
fn typed(state: &mut State, key: Key) -> Vec<Effect> {
    let now = state.now;
    let high = too_high(state);
    let Some(prompt) = state.emergency.prompt.as_mut() else {
        return Vec::new();
    };
    if key.code == Code::Esc || key == Key::ctrl('c') {
        state.emergency.prompt = None;
        return Vec::new();
    }
    if prompt.is_deaf(now) {
        return Vec::new();
    }
    match key.code {
        Code::Backspace => {
            prompt.typed.pop();
            prompt.error = None;
        }
        Code::Up => prompt.scroll = prompt.scroll.saturating_sub(1),
        Code::Down => prompt.scroll = prompt.scroll.saturating_add(1).min(10_000),
        Code::Enter if prompt.typed != prompt.word => {
            prompt.error = Some(format!(
                "type {} exactly, in capitals; nothing was sent",
                prompt.word
            ));
        }
        Code::Enter => {
            if let Some(why) = high {
                prompt.error = Some(format!("nothing was sent: {why}"));
                return Vec::new();
            }
            let count = prompt.shed.steps.iter().map(orders_of).sum();
            state.emergency.confirmed = state.emergency.prompt.take();
            return vec![Effect::MintShed { count }];
        }
        Code::Char(c) if !key.ctrl && !key.alt && prompt.typed.chars().count() < 40 => {
            prompt.typed.push(c);
            prompt.error = None;
        }
        _ => {}
    }
    Vec::new()
}

/// One order a gateway.
fn orders_of(step: &Step) -> usize {
    let to = step.parts.iter().map(|p| (p.feed, &p.gateway));
    to.collect::<BTreeSet<_>>().len()
}

/// The word was typed and the ids are there: the first step leaves at once.
pub(super) fn begin(state: &mut State, ids: Vec<OrderId>) -> Vec<Effect> {
    let Some(prompt) = state.emergency.confirmed.take() else {
        return Vec::new();
    };
    let scope = scope_words(state, &prompt.scope);
    let facts = vec![
        Fact::Plan(Box::new(seen(state, &prompt))),
        Fact::Emergency {
            scope: scope.as_str().into(),
            detail: format!(
                "confirmed: {:.1} MW in {} steps of at most {:.0} MW, {} s apart",
                prompt.shed.moved().megawatts(),
                prompt.shed.steps.len(),
                prompt.limit.megawatts(),
                state.emergency.interval.as_secs()
            )
            .into(),
        },
    ];
    let down = prompt.unreached().into_iter().cloned().collect();
    state.nav.marked_sites.clear();
    state.emergency.run = Some(Run {
        scope,
        ids: ids.into(),
        hash: prompt.shed.hash(),
        left: 0,
        all: prompt.shed.steps.len(),
        sent: Power::ZERO,
        whole: prompt.shed.moved(),
        due: state.now,
        unreached: down,
        barred: 0,
        ended: None,
        steps: prompt.shed.steps.into(),
    });
    step(state, facts)
}

/// The next step of which something can leave. `facts` go into the journal with it; nothing waits for that.
fn step(state: &mut State, mut facts: Vec<Fact>) -> Vec<Effect> {
    let now = state.now;
    let mut effects = Vec::new();
    let mut sent = Vec::new();
    while effects.is_empty() {
        let Some(run) = state.emergency.run.as_mut().filter(|r| r.is_on()) else {
            break;
        };
        let Some(next) = run.steps.pop_front() else {
            break;
        };
        run.left += 1;
        let mut groups: BTreeMap<(FeedId, GatewayId), Vec<Part>> = BTreeMap::new();
        // As many ids as were asked for, so that no later step can run out of them.
        let count = orders_of(&next).min(run.ids.len());
        let mut ids: VecDeque<OrderId> = run.ids.drain(..count).collect();
        let mut unreached = BTreeSet::new();
        let mut barred = 0;
        for part in next.parts {
            match look(state, &part) {
                Ok(()) => {
                    let to = (part.feed, part.gateway.clone());
                    groups.entry(to).or_default().push(part);
                }
                Err(reason) if reason == Reason::LinkDown => {
                    unreached.insert(part.key.site);
                }
                Err(_) => barred += 1,
            }
        }
        for ((feed, gateway), parts) in groups {
            let Some(id) = ids.pop_front() else { break };
            let moved: Power = parts.iter().map(|p| p.moved).sum();
            let order = made(state, feed, gateway, &parts, id);
            let mut record = Record::sent(order.clone(), feed, moved, now);
            record.unjournaled = state.journal.refuses().is_some();
            effects.push(Effect::Send(feed, Request::Order(Box::new(order.clone()))));
            state.note(Note::of_order(&order, moved));
            facts.push(Fact::Intent {
                order: Box::new(order),
                wanted: moved,
            });
            state.orders.push(record);
            sent.push(id);
            if let Some(run) = state.emergency.run.as_mut() {
                run.sent += moved;
            }
        }
        if let Some(run) = state.emergency.run.as_mut() {
            run.unreached.extend(unreached);
            run.barred += barred;
            run.due = now + state.emergency.interval;
        }
    }
    orders::trim(state);
    orders::pending(state);
    let operator = state.desk.operator.clone();
    // After the orders: whatever the disk does, they are on their way.
    effects.extend(journal::hold(state, &operator, facts, Then::Emergency(sent)));
    let over = |run: &Run| run.is_on() && run.steps.is_empty();
    if state.emergency.run.as_ref().is_some_and(over) {
        effects.extend(end(state, "all steps were sent"));
    }
    effects
}

/// The last look at a block before its step leaves.
fn look(state: &State, part: &Part) -> Result<(), Reason> {
    let view = state.fleet.sites.get(&part.key.site);
    let view = view.filter(|v| v.feed == part.feed && v.gateway == part.gateway);
    let found = view.and_then(|v| Some((v, v.blocks.get(&part.key.block)?)));
    let Some((view, block)) = found else {
        return Err(Reason::Unknown);
    };
    let feed = state.feed(view.feed);
    let candidate = candidate(view, block, feed, &state.fleet.pending, state.now);
    let mut against = bars(&candidate, &state.desk.operator, state.now);
    against.retain(|r| !matches!(r, Reason::AlreadyThere | Reason::MustRun { .. }));
    match against.contains(&Reason::LinkDown) {
        true => Err(Reason::LinkDown),
        // Heat customers may have come to need more since.
        false if block.block.must_run_at(state.now) > part.target => {
            Err(Reason::MustRun { until: None })
        }
        false => against.into_iter().next().map_or(Ok(()), Err),
    }
}

fn made(
    state: &mut State,
    feed: FeedId,
    gateway: GatewayId,
    parts: &[Part],
    id: OrderId,
) -> Order {
    let (nation, skew) = state.feed(feed).map_or((None, None), |f| {
        (f.info.as_ref().map(|i| i.nation.clone()), f.skew)
    });
    let mut seqs: BTreeMap<&SiteId, (u64, u64)> = BTreeMap::new();
    for part in parts {
        let site = &part.key.site;
        if let Some(view) = state.fleet.sites.get_mut(site)
            && !seqs.contains_key(site)
        {
            view.used_seq = view.used_seq.max(view.site.site_seq).saturating_add(1);
            seqs.insert(site, (view.used_seq, view.site.authority.epoch));
        }
    }
    let target = |part: &Part| {
        let (site_seq, epoch) = seqs.get(&part.key.site).copied().unwrap_or_default();
        OrderTarget {
            site: part.key.site.clone(),
            block: part.key.block.clone(),
            target: part.target,
            epoch,
            site_seq,
        }
    };
    let notice = parts.iter().map(|p| p.notice).max().unwrap_or_default();
    let expires_at = match skew {
        Some(skew) => (state.now + orders::EXPIRES_AFTER + notice).shifted(skew.offset_ms),
        None => state.now + EXPIRES_UNMEASURED + notice,
    };
    let run = state.emergency.run.as_ref();
    let (step, all) = run.map_or((1, 1), |run| (run.left, run.all));
    Order {
        id,
        plan: run.map_or(PlanHash([0; 32]), |run| run.hash),
        nation: nation.unwrap_or_else(|| Arc::from("")),
        gateway,
        kind: OrderKind::Curtail,
        targets: parts.iter().map(target).collect(),
        substitutes: Vec::new(),
        extra_max: Power::ZERO,
        reason: format!("emergency shed, step {step} of {all}").into(),
        issued_by: state.desk.operator.clone(),
        countersigned_by: None,
        issued_at: state.now,
        expires_at,
        lease: Duration::ZERO,
        emergency: true,
        signature: None,
        countersignature: None,
    }
}

/// What the operator had before him when he typed the word.
fn seen(state: &State, prompt: &Prompt) -> Seen {
    let quality = |id: &SiteId| {
        let view = state.fleet.sites.get(id);
        view.map_or(Quality::Bad, |view| view.summary.quality)
    };
    let mut sites: BTreeMap<&SiteId, Power> = BTreeMap::new();
    for part in prompt.shed.parts() {
        *sites.entry(&part.key.site).or_insert(Power::ZERO) += part.moved;
    }
    let sites: Vec<SeenSite> = sites
        .into_iter()
        .map(|(site, moved)| SeenSite {
            site: site.clone(),
            moved,
            quality: quality(site),
        })
        .collect();
    let worst = sites.iter().map(|s| s.quality).max().unwrap_or_default();
    let figure = |name, value, quality| Figure {
        name,
        value,
        quality,
    };
    let count = i64::try_from(prompt.shed.steps.len()).unwrap_or(i64::MAX);
    let mut figures = vec![
        figure("moved_w", prompt.shed.moved().watts(), worst),
        figure("steps", count, Quality::Good),
        figure("step_most_w", prompt.limit.watts(), Quality::Good),
    ];
    if let Some(hertz) = frequency(state) {
        figures.push(figure("freq_mhz", hertz.millihertz(), state.grid.quality));
    }
    let excluded = prompt.shed.excluded.iter();
    Seen {
        plan: prompt.shed.hash(),
        figures,
        sites,
        excluded: excluded
            .map(|e| (e.key.clone(), e.reasons.clone()))
            .collect::<Vec<(BlockKey, Vec<Reason>)>>(),
    }
}

/// No further step leaves.
fn end(state: &mut State, how: &str) -> Vec<Effect> {
    let now = state.now;
    let Some(run) = state.emergency.run.as_mut().filter(|run| run.is_on()) else {
        return Vec::new();
    };
    run.steps.clear();
    let mut words = format!(
        "{how}: {:.0} of {:.0} MW, {} of {} steps",
        run.sent.megawatts(),
        run.whole.megawatts(),
        run.left,
        run.all
    );
    if run.barred > 0 {
        words.push_str(&format!(", {} blocks barred since", run.barred));
    }
    if !run.unreached.is_empty() {
        let names: Vec<&str> = run.unreached.iter().take(8).map(SiteId::as_str).collect();
        words.push_str(&format!("; not reached: {}", names.join(", ")));
        if run.unreached.len() > names.len() {
            words.push_str(&format!(" and {} more", run.unreached.len() - names.len()));
        }
    }
    run.ended = Some((now, words.clone()));
    let scope: Arc<str> = run.scope.as_str().into();
    state.note(Note::desk(&format!("emergency shed, {scope}: {words}")));
    let fact = Fact::Emergency {
        scope,
        detail: words.into(),
    };
    journal::write(state, vec![fact]).into_iter().collect()
}

/// What became of the intents of orders that have left already.
pub(super) fn journalled(state: &mut State, ids: &[OrderId], recorded: Result<(), &str>) {
    let ours = |record: &&mut Record| ids.contains(&record.order.id);
    for record in state.orders.iter_mut().filter(ours) {
        record.unjournaled = recorded.is_err();
    }
}

/// Time has passed: the next step leaves when it is due, and a frequency above the band ends it.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let old = |at: Timestamp, span: Duration| at.age(now) >= span || now < at;
    let emergency = &mut state.emergency;
    if emergency.prompt.as_ref().is_some_and(|p| old(p.at, OPEN_FOR)) {
        emergency.prompt = None;
        state.say("nothing was shed: the word was not typed in 30 s");
    }
    let Some(run) = state.emergency.run.as_mut() else {
        return Vec::new();
    };
    if let Some((at, _)) = run.ended {
        if old(at, IN_SIGHT) {
            state.emergency.run = None;
        }
        return Vec::new();
    }
    // A clock that was set back holds nothing up.
    run.due = run.due.min(now + state.emergency.interval);
    let due = run.due <= now;
    if let Some(why) = too_high(state) {
        return end(state, &format!("stopped by itself, {why}"));
    }
    if due { step(state, Vec::new()) } else { Vec::new() }
}
