//! What this console itself finds abnormal, from its own state; and what rules silence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::table::{Definition, definition};
use super::{Key, OWN};
use crate::app::State;
use crate::app::clocks;
use crate::app::fleet::{BlockView, LOCAL_GATEWAY, SiteView};
use crate::app::journal::Standing;
use crate::app::notes::short;
use crate::app::sources::{self, Figure};
use crate::app::wanted::Stage;
use crate::control::alarm::Level;
use crate::control::order::{Life, Record};
use crate::domain::alarm::{Alarm, AlarmState};
use crate::domain::fleet::{Block, BlockState, PowerSource};
use crate::domain::grid::Instruction;
use crate::domain::ids::{AlarmId, BlockId, BlockKey, BootId, FeedId, GatewayId, SiteId};
use crate::domain::lookalike::escaped;
use crate::domain::order::OrderKind;
use crate::domain::quality::{Concern, Quality};
use crate::domain::sentence::{Sentence, told};
use crate::domain::units::Power;

/// One thing that is not as it should be, or of which nobody knows.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    pub id: AlarmId,
    pub definition: &'static Definition,
    pub site: Option<SiteId>,
    pub block: Option<BlockId>,
    pub text: Sentence,
    pub level: Level,
    pub suppressed: bool,
}

/// Frequency is outside its band beyond these, mHz; the inner figure ends the alarm.
const LOW_MHZ: (i64, i64) = (49_800, 49_820);
const HIGH_MHZ: (i64, i64) = (50_200, 50_180);
/// Clocks are apart, ms; the second figure ends the alarm.
const SKEW_MS: (i64, i64) = (2_000, 1_000);
/// A block draws too much beyond these parts of its nameplate above its target, percent.
const OVERDRAW: (i64, i64) = (5, 3);
/// The nation does beyond these parts of its target, percent.
const OVER_TARGET: (i64, i64) = (3, 1);
/// An order is late after this: no contract gives longer.
const LATE: Duration = Duration::from_mins(15);
/// A failure is told so long; whoever has not seen it by then still finds it returned.
const FAILED_FOR: Duration = Duration::from_mins(10);

/// All causes that are there, or of which nobody knows; what is not among them is absent.
pub(super) fn found(state: &State) -> Vec<Cause> {
    let mut found = Vec::new();
    feeds(state, &mut found);
    desk(state, &mut found);
    orders(state, &mut found);
    let told = Told::of(state);
    grid(state, &told, &mut found);
    instructions(state, &mut found);
    disputes(state, &mut found);
    claims(state, &mut found);
    namesakes(state, &mut found);
    taken(state, &mut found);
    fleet(state, &told, &mut found);
    found
}

fn cause(kind: &'static str, subject: &str, level: Level, text: Sentence) -> Option<Cause> {
    Some(Cause {
        id: AlarmId::new(&format!("{kind}/{subject}")),
        definition: definition(kind)?,
        site: None,
        block: None,
        text,
        level,
        suppressed: false,
    })
}

/// What feeds contradict each other about.
fn disputes(state: &State, found: &mut Vec<Cause>) {
    let label = |id: FeedId| state.feed(id).map_or("", |feed| &feed.label);
    for dispute in state.grid.disputes() {
        let kind = match dispute.figure {
            Figure::Frequency => "frequency_disputed",
            Figure::Surplus | Figure::Demand => "balance_disputed",
        };
        let place = dispute.place.as_deref().unwrap_or("");
        let subject = format!("{}/{place}", dispute.figure.word());
        let words = sources::words(state, &dispute);
        let text = told!(
            "own-disputed",
            "{what}; {feed} rules",
            what = words,
            feed = label(dispute.rules.0)
        );
        found.extend(cause(kind, &subject, Level::Present, text));
    }
}

/// What feeds contradict each other about at a site.
fn meter(state: &State, view: &SiteView) -> Option<Cause> {
    let (dispute, count) = view.disputed.as_ref()?;
    let side = |(id, power): (FeedId, Power)| {
        let label = state.feed(id).map_or("", |feed| &feed.label);
        let kw = power.watts() / 1_000;
        told!(
            "own-feed-says",
            "{feed} says {power_kw} MW",
            feed = label,
            power_kw = kw
        )
    };
    let what = match &dispute.block {
        Some(block) => (&**block).into(),
        None => told!("own-its-meter", "its meter"),
    };
    let (rules, other) = (side(dispute.rules), side(dispute.other));
    let text = match count.saturating_sub(1) {
        0 => told!(
            "own-meter",
            "{what}: {rules}, {other}; the first rules",
            what = what,
            rules = rules,
            other = other
        ),
        more => told!(
            "own-meters",
            "{what}: {rules}, {other}; the first rules; {n} more meters",
            what = what,
            rules = rules,
            other = other,
            n = more
        ),
    };
    let id = &view.site.id;
    let found = cause("meter_disputed", id.as_str(), Level::Present, text)?;
    Some(Cause {
        site: Some(id.clone()),
        ..found
    })
}

/// Feeds that state sites which the config pins to others.
fn claims(state: &State, found: &mut Vec<Cause>) {
    let live = |feed: &FeedId| state.feed(*feed).filter(|feed| feed.is_live());
    for (feed, sites) in &state.fleet.claims {
        let (Some(feed), Some(first)) = (live(feed), sites.first()) else {
            continue;
        };
        let owner = state.fleet.pins.get(first).and_then(|id| state.feed(*id));
        let owner = match owner {
            Some(owner) => (&*owner.label).into(),
            None => told!("own-another-feed", "another feed"),
        };
        let text = told!(
            "own-claimed",
            "{feed} states {sites}, pinned to {owner}: it is not used",
            feed = &*feed.label,
            sites = several(first, sites.len()),
            owner = owner
        );
        let subject = feed.id.0.to_string();
        found.extend(cause("site_claimed", &subject, Level::Present, text));
    }
}

/// Gateways that go by one id and are not one: each life of a server has a boot of its own.
fn namesakes(state: &State, found: &mut Vec<Cause>) {
    let mut by: BTreeMap<&GatewayId, Vec<(&BootId, &str)>> = BTreeMap::new();
    for feed in state.feeds.iter().filter(|feed| feed.is_live()) {
        let Some(info) = &feed.info else { continue };
        // Each console has an engine of its own.
        if info.gateway.as_str() != LOCAL_GATEWAY {
            let lives = by.entry(&info.gateway).or_default();
            lives.push((&info.boot, &feed.label));
        }
    }
    for (id, lives) in by {
        let (boot, first) = lives[0];
        if let Some((_, other)) = lives.iter().find(|(other, _)| *other != boot) {
            let id = escaped(id.as_str(), false);
            let text = told!(
                "own-gateway-twice",
                "{first} and {other}: two gateways call themselves {id}",
                first = first,
                other = *other,
                id = &*id
            );
            found.extend(cause("gateway_twice", &id, Level::Present, text));
        }
    }
}

/// Feeds that stand in for the owners of sites.
fn taken(state: &State, found: &mut Vec<Cause>) {
    let label = |id: FeedId| state.feed(id).map_or("", |feed| &feed.label);
    let mut by: BTreeMap<FeedId, Vec<&SiteView>> = BTreeMap::new();
    for view in state.fleet.sites.values() {
        if view.feed != view.owner.feed {
            by.entry(view.feed).or_default().push(view);
        }
    }
    for (feed, views) in by {
        let first = views[0];
        let text = told!(
            "own-taken",
            "{feed} has taken {sites} over from {owner}, which has no link",
            feed = label(feed),
            sites = several(&first.site.id, views.len()),
            owner = label(first.owner.feed)
        );
        let subject = feed.0.to_string();
        found.extend(cause("site_taken", &subject, Level::Present, text));
    }
}

/// A site by its id, and how many there are beside it.
fn several(first: &SiteId, sites: usize) -> Sentence {
    let id = escaped(first.as_str(), false);
    match sites {
        1 => (&*id).into(),
        many => told!(
            "own-and-more",
            "{site} and {n} more",
            site = &*id,
            n = many - 1
        ),
    }
}

/// What gateways tell already, by kind: of its own sites each, and of the grid the one whose reading rules. What another
/// says silences nothing.
struct Told {
    silent: BTreeSet<SiteId>,
    blocks: BTreeSet<(Arc<str>, BlockKey)>,
    units: Vec<Sentence>,
    kinds: BTreeSet<Arc<str>>,
}

impl Told {
    fn of(state: &State) -> Self {
        let mut told = Self {
            silent: BTreeSet::new(),
            blocks: BTreeSet::new(),
            units: Vec::new(),
            kinds: BTreeSet::new(),
        };
        let known = |((feed, _), alarm): &(&Key, &Alarm)| match &alarm.site {
            Some(site) => state.fleet.sites.get(site).is_some_and(|v| v.feed == *feed),
            None => rules(state, *feed),
        };
        let foreign = state.alarms.iter().filter(known);
        for alarm in foreign.map(|(_, alarm)| alarm).filter(|a| stands(a)) {
            match (&*alarm.kind, &alarm.site, &alarm.block) {
                ("silent", Some(site), _) => drop(told.silent.insert(site.clone())),
                ("unit_trip", None, _) => told.units.push(alarm.text.clone()),
                (_, None, _) => drop(told.kinds.insert(alarm.kind.clone())),
                (_, Some(site), Some(block)) => {
                    let key = BlockKey::new(site, block);
                    told.blocks.insert((alarm.kind.clone(), key));
                }
                _ => {}
            }
        }
        told
    }

    fn tells(&self, kind: &str, key: &BlockKey) -> bool {
        !self.blocks.is_empty() && self.blocks.contains(&(Arc::from(kind), key.clone()))
    }
}

/// Does it stand before the person about as urgently as this desk's own would? One that is set aside, or matters far
/// less, silences nothing.
fn stands(alarm: &Alarm) -> bool {
    let own = match &*alarm.kind {
        "silent" => "site_stale",
        "fault" => "no_hashrate",
        kind => kind,
    };
    let active = matches!(
        alarm.state,
        AlarmState::Unacknowledged | AlarmState::Acknowledged
    );
    let weighs = |own: &Definition| alarm.priority.number() <= own.priority.number() + 1;
    active && alarm.cleared.is_none() && definition(own).is_some_and(weighs)
}

/// Is it the server whose reading of the grid rules? It may tell its alarms over another link than its readings.
fn rules(state: &State, feed: FeedId) -> bool {
    let server = |id: FeedId| {
        let info = state.feed(id)?.info.as_ref()?;
        Some((&info.gateway, &info.boot))
    };
    let ruler = state.grid.reading.as_ref().map(|(id, _)| *id);
    let of_ruler = |ruler: FeedId| server(ruler).is_some() && server(ruler) == server(feed);
    ruler.is_some_and(|ruler| ruler == feed || of_ruler(ruler))
}

fn feeds(state: &State, found: &mut Vec<Cause>) {
    let own = clocks::own_ms(state);
    if let Some(ms) = own {
        let text = told!(
            "own-desk-clock",
            "this desk's clock is {by_s} s off what all else says",
            by_s = &*seconds(ms)
        );
        found.extend(cause("own_clock", "", Level::Present, text));
    }
    for feed in &state.feeds {
        let subject = feed.id.0.to_string();
        if !feed.is_live() {
            let text = told!("own-no-link", "{feed}: no link", feed = &*feed.label);
            found.extend(cause("feed_lost", &subject, Level::Present, text));
        }
        let text = told!(
            "own-its",
            "{feed}: its {what}",
            feed = &*feed.label,
            what = feed.concern.sentence()
        );
        match feed.concern {
            Concern::ClockWrong(_) => {
                found.extend(cause("clock_wrong", &subject, Level::Present, text));
                continue;
            }
            Concern::ClockSet => {
                let text = told!(
                    "own-clock-set",
                    "{feed}: its clock was set by {by_s} s",
                    feed = &*feed.label,
                    by_s = &*seconds(feed.set.map_or(0, |(_, by)| by))
                );
                found.extend(cause("clock_set", &subject, Level::Present, text));
            }
            Concern::None | Concern::Slow => {}
        }
        // Where it is our own, one alarm says it of all.
        if own.is_some() {
            continue;
        }
        let level = match feed.skew {
            Some(skew) => {
                let apart = skew.offset_ms.saturating_abs();
                let sure = apart.saturating_sub(skew.uncertainty_ms.max(0));
                if sure > SKEW_MS.0 {
                    Level::Present
                } else if apart > SKEW_MS.1 {
                    Level::Between
                } else {
                    continue;
                }
            }
            None => Level::Unknown,
        };
        let text = told!(
            "own-clock-skew",
            "{feed}: its clock is {by_s} s off this one",
            feed = &*feed.label,
            by_s = &*seconds(feed.skew.map_or(0, |skew| skew.offset_ms))
        );
        found.extend(cause("clock_skew", &subject, level, text));
    }
}

/// Milliseconds as seconds with their sign.
fn seconds(ms: i64) -> String {
    format!("{:+.1}", ms as f64 / 1e3)
}

fn desk(state: &State, found: &mut Vec<Cause>) {
    if let Standing::Broken(why) = &state.journal.standing {
        found.extend(cause("journal", "", Level::Present, (&**why).into()));
    }
}

/// What gateways say of orders, ours or their own, that speaks against itself or against meters.
fn contradicted(record: &Record, lately: bool, found: &mut Vec<Cause>) {
    let claimed = matches!(record.life, Life::Claimed(_)) && record.life.went_wrong();
    let denied = record.denied.is_some();
    let stands = lately || !record.life.is_final();
    for (kind, stands) in [
        ("order_claimed", claimed && lately),
        ("order_denied", denied && stands),
    ] {
        let id = short(record.order.id.0);
        let text = told!(
            "own-order",
            "order {id} {how}",
            id = &*id,
            how = record.standing()
        );
        found.extend(
            stands
                .then(|| cause(kind, &id, Level::Present, text))
                .flatten(),
        );
    }
}

fn orders(state: &State, found: &mut Vec<Cause>) {
    let lately = |record: &Record| {
        let since = record.since();
        since.is_some_and(|at| at.age(state.now) < FAILED_FOR)
    };
    for record in state.orders.iter().chain(&state.curtailing.own) {
        contradicted(record, lately(record), found);
    }
    for record in &state.orders {
        let id = short(record.order.id.0);
        if record.life == Life::Unknown {
            let text = told!(
                "own-order-unknown",
                "order {id}: link lost with it under way",
                id = &*id
            );
            found.extend(cause("order_unknown", &id, Level::Present, text));
        } else if record.life.went_wrong()
            && !matches!(record.life, Life::Claimed(_))
            && lately(record)
        {
            let word = record.life.word();
            let text = match &*record.detail {
                "" => told!("own-order", "order {id} {how}", id = &*id, how = word),
                _ => told!(
                    "own-order-why",
                    "order {id} {how}: {why}",
                    id = &*id,
                    how = word,
                    why = record.detail.clone()
                ),
            };
            found.extend(cause("order_failed", &id, Level::Present, text));
        } else if record.order.kind == OrderKind::Curtail
            && matches!(record.life, Life::Said(phase) if !phase.is_final())
            && record.sent_at.age(state.now) >= LATE
        {
            let text = told!(
                "own-order-late",
                "order {id}: {done_kw} of {all_kw} MW after 15 min",
                id = &*id,
                done_kw = record.delivered().watts() / 1_000,
                all_kw = record.wanted.watts() / 1_000
            );
            found.extend(cause("order_late", &id, Level::Present, text));
        }
    }
}

fn grid(state: &State, told: &Told, found: &mut Vec<Cause>) {
    let Some((_, reading)) = &state.grid.reading else {
        return;
    };
    let known = state.grid.quality < Quality::Stale;
    let mhz = reading
        .frequency
        .map(crate::domain::units::Hertz::millihertz);
    let at = mhz.unwrap_or(0);
    let judged = |kind: &str, out: &dyn Fn(i64) -> bool, near: &dyn Fn(i64) -> bool| match mhz {
        Some(_) | None if !known => Level::Unknown,
        None => Level::Unknown,
        Some(_) if told.kinds.contains(kind) => Level::Elsewhere,
        Some(mhz) if out(mhz) => Level::Present,
        Some(mhz) if near(mhz) => Level::Between,
        Some(_) => Level::Absent,
    };
    let low = judged("frequency_low", &|f| f < LOW_MHZ.0, &|f| f < LOW_MHZ.1);
    let high = judged("frequency_high", &|f| f > HIGH_MHZ.0, &|f| f > HIGH_MHZ.1);
    let low_text = told!(
        "frequency-low",
        "frequency {at_mhz} Hz is below {limit_mhz}",
        at_mhz = at,
        limit_mhz = LOW_MHZ.0
    );
    let high_text = told!(
        "frequency-high",
        "frequency {at_mhz} Hz is above {limit_mhz}",
        at_mhz = at,
        limit_mhz = HIGH_MHZ.0
    );
    found.extend(cause("frequency_low", "", low, low_text));
    found.extend(cause("frequency_high", "", high, high_text));
    let tripped = |state: &str| matches!(state, "tripped" | "trip");
    for unit in reading.generation.iter().filter(|u| &*u.kind == "nuclear") {
        let level = if !known {
            Level::Unknown
        } else if !tripped(&unit.state) {
            continue;
        } else if told.units.iter().any(|text| text.starts_with(&*unit.unit)) {
            Level::Elsewhere
        } else {
            Level::Present
        };
        let text = told!(
            "unit-trip",
            "{unit} tripped, {lost_kw} MW lost",
            unit = &*unit.unit,
            lost_kw = unit.capacity.watts() / 1_000
        );
        found.extend(cause("unit_trip", &unit.unit, level, text));
    }
}

/// What the grid operator wants, while it is in force; and that more is drawn once its ramp is over, of the one that
/// rules. One that comes again with another target is another one.
fn instructions(state: &State, found: &mut Vec<Cause>) {
    let in_force = || state.grid.heard.iter().filter(|h| h.is_in_force(state.now));
    let above = in_force().filter(|h| h.stage == Stage::Above);
    let lowest = above.min_by_key(|h| h.instruction.target);
    let load = Some(state.totals()).filter(|totals| totals.sites > 0);
    for heard in in_force() {
        let wanted = &heard.instruction;
        let level = match state.grid.worth(heard.feed) {
            Quality::Stale | Quality::Bad => Level::Unknown,
            _ => Level::Present,
        };
        let over = load.as_ref().map(|totals| totals.load() - wanted.target);
        let over = over.filter(|over| *over > wanted.slack());
        let subject = format!("{}/{}", wanted.id, wanted.target.watts());
        let text = wanted_words(wanted, over);
        found.extend(cause("instruction", &subject, level, text));
        if lowest == Some(heard) {
            let text = told!(
                "own-above-wanted",
                "mining draws {over_kw} MW above the {target_kw} MW that the grid wants",
                over_kw = whole_kw(over.unwrap_or_default()),
                target_kw = whole_kw(wanted.target)
            );
            found.extend(cause("above_instruction", &subject, level, text));
        }
    }
}

fn wanted_words(wanted: &Instruction, over: Option<Power>) -> Sentence {
    let target = whole_kw(wanted.target);
    let mut what = match wanted.to {
        Some(to) => told!(
            "own-wanted",
            "the grid wants mining at {target_kw} MW for {minutes} min",
            target_kw = target,
            minutes = wanted.from.age(to).as_secs().div_ceil(60) as usize
        ),
        None => told!(
            "own-wanted-on",
            "the grid wants mining at {target_kw} MW until further notice",
            target_kw = target
        ),
    };
    if let Some(over) = over {
        what = told!(
            "own-wanted-over",
            "{what}, {over_kw} MW are over",
            what = what,
            over_kw = whole_kw(over)
        );
    }
    if !wanted.reason.is_empty() {
        what = told!(
            "own-wanted-why",
            "{what}: {why}",
            what = what,
            why = Sentence::heard(wanted.reason.clone(), None)
        );
    }
    what
}

/// Whole megawatts, in kW.
fn whole_kw(power: Power) -> i64 {
    power.megawatts().round() as i64 * 1_000
}

fn fleet(state: &State, told: &Told, found: &mut Vec<Cause>) {
    for view in state.fleet.sites.values() {
        site(view, told, found);
        found.extend(meter(state, view));
        for block in view.blocks.values() {
            overdraw(block, told, found);
            no_hashrate(block, told, found);
        }
    }
    let totals = state.totals();
    let (power, target) = (totals.power().watts(), totals.target.watts());
    if totals.sites == 0 || power <= target {
        return;
    }
    // On its way down, or with part of it unseen, nobody can say.
    let unsure = totals.stale > 0 || crate::app::orders::under_way(state).next().is_some();
    let above = |percent: i64| power > target.saturating_add(target / 100 * percent);
    let level = if unsure {
        Level::Unknown
    } else if above(OVER_TARGET.0) {
        Level::Present
    } else if above(OVER_TARGET.1) {
        Level::Between
    } else {
        return;
    };
    let text = told!(
        "own-over-target",
        "mining draws {draws_kw} MW against a target of {target_kw}",
        draws_kw = totals.power().watts() / 1_000,
        target_kw = totals.target.watts() / 1_000
    );
    found.extend(cause("over_target", "", level, text));
}

fn site(view: &SiteView, told: &Told, found: &mut Vec<Cause>) {
    let text = match view.summary.quality {
        Quality::Stale => told!("site-stale", "no fresh telemetry"),
        Quality::Bad => told!("site-bad", "telemetry can't be read"),
        _ => return,
    };
    let id = &view.site.id;
    let level = if told.silent.contains(id) {
        Level::Elsewhere
    } else {
        Level::Present
    };
    let tagged =
        !view.blocks.is_empty() && view.blocks.values().all(|b| b.block.lockout().is_some());
    found.extend(
        cause("site_stale", id.as_str(), level, text).map(|cause| Cause {
            site: Some(id.clone()),
            suppressed: tagged,
            ..cause
        }),
    );
}

fn of_block(kind: &'static str, block: &Block, level: Level, text: Sentence) -> Option<Cause> {
    let subject = format!("{}/{}", block.site.as_str(), block.id.as_str());
    cause(kind, &subject, level, text).map(|cause| Cause {
        site: Some(block.site.clone()),
        block: Some(block.id.clone()),
        suppressed: is_silenced(kind, block),
        ..cause
    })
}

fn overdraw(view: &BlockView, told: &Told, found: &mut Vec<Cause>) {
    let block = &view.block;
    let settled = matches!(
        block.state,
        BlockState::Curtailed | BlockState::Hashing | BlockState::Faulted
    );
    let metered = matches!(block.power_source, PowerSource::Meter | PowerSource::Pdu);
    let (Some(power), true, true) = (block.power, settled, metered) else {
        return;
    };
    let allowed = block
        .target
        .max(block.floor)
        .max(block.must_run_at(block.measured_at));
    let over = (power - allowed).watts();
    let percent = block.nameplate.watts() / 100;
    if over <= percent.saturating_mul(OVERDRAW.1) || block.nameplate <= Power::ZERO {
        return;
    }
    let level = if view.quality >= Quality::Stale {
        Level::Unknown
    } else if told.tells("overdraw", &block.key()) {
        Level::Elsewhere
    } else if over > percent.saturating_mul(OVERDRAW.0) {
        Level::Present
    } else {
        Level::Between
    };
    let text = told!(
        "own-overdraw",
        "{block}: draws {draws_kw} MW against a target of {target_kw}",
        block = &*block.name,
        draws_kw = power.watts() / 1_000,
        target_kw = block.target.watts() / 1_000
    );
    found.extend(of_block("overdraw", block, level, text));
}

fn no_hashrate(view: &BlockView, told: &Told, found: &mut Vec<Cause>) {
    let block = &view.block;
    let idle = block.hashrate.hs() <= 0.0 && block.machines.total > 0;
    if !idle || block.state == BlockState::Local {
        return;
    }
    let key = block.key();
    let level = if view.quality >= Quality::Stale {
        Level::Unknown
    } else if told.tells("no_hashrate", &key) || told.tells("fault", &key) {
        Level::Elsewhere
    } else {
        Level::Present
    };
    let text = told!(
        "own-no-hashrate",
        "{block}: hashes nothing",
        block = &*block.name
    );
    found.extend(of_block("no_hashrate", block, level, text));
}

/// By design no alarm: of a block under maintenance everything, of a curtailed one that it does not hash.
pub(super) fn is_silenced(kind: &str, block: &Block) -> bool {
    let off = block.target <= block.floor
        || matches!(
            block.state,
            BlockState::Curtailed | BlockState::Ramping | BlockState::Restoring
        );
    block.lockout().is_some() || (off && kind == "no_hashrate")
}

/// The gateways' alarms that rules silence at this desk.
pub(super) fn suppressed(state: &State) -> BTreeSet<Key> {
    let silenced = |alarm: &Alarm| {
        let (Some(site), Some(block)) = (&alarm.site, &alarm.block) else {
            return false;
        };
        let view = state.fleet.block(&BlockKey::new(site, block));
        view.is_some_and(|view| is_silenced(&alarm.kind, &view.block))
    };
    state
        .alarms
        .iter()
        .filter(|((feed, _), alarm)| {
            *feed != OWN && alarm.state != AlarmState::Normal && silenced(alarm)
        })
        .map(|(key, _)| key.clone())
        .collect()
}
