//! The steps on their way: each looked at once more, sent before it is journalled, and stopped by a high frequency or Esc.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::brake::{any_held, called_back, frequency, owed};
use super::{EXPIRES_UNMEASURED, Ended, High, OPEN_FOR, Prompt, Run};
use super::{all_too_high, bar, is_wide, orders_of};
use crate::app::curtail::scope_words;
use crate::app::fleet::candidate;
use crate::app::journal::{self, Then};
use crate::app::notice::What;
use crate::app::{Effect, Note, State, delivery, orders, stamp};
use crate::control::emergency::{Part, bars};
use crate::control::order::Record;
use crate::domain::ids::{BlockKey, FeedId, GatewayId, OrderId, SiteId};
use crate::domain::journal::{Fact, Figure, Seen, SeenSite};
use crate::domain::link::{ACTS, Request};
use crate::domain::order::{Order, OrderKind, OrderTarget, PlanHash, Reason};
use crate::domain::quality::Quality;
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// The word was typed and the ids are there: the first step leaves at once.
pub(in crate::app) fn begin(state: &mut State, ids: Vec<OrderId>) -> Vec<Effect> {
    let Some(prompt) = state.emergency.confirmed.take() else {
        return Vec::new();
    };
    let scope = scope_words(state, &prompt.scope).to_string();
    let facts = vec![
        Fact::Plan(Box::new(seen(state, &prompt))),
        Fact::Emergency {
            scope: scope.as_str().into(),
            detail: format!(
                "confirmed: {:.1} MW in {} steps of at most {:.0} MW, {} s apart",
                prompt.shed.moved().megawatts(),
                prompt.shed.steps.len(),
                prompt.cut.step.megawatts(),
                prompt.cut.interval.as_secs_f32()
            )
            .into(),
        },
    ];
    let down = prompt.unreached().into_iter().cloned().collect();
    state.nav.marked_sites.clear();
    let before = state.emergency.run.take();
    let reach = before.map(|run| run.reach).unwrap_or_default();
    state.emergency.run = Some(Run {
        scope,
        ids: ids.into(),
        reach: reach.kept(&state.orders),
        interval: prompt.cut.interval,
        gap: Duration::ZERO,
        wide: is_wide(&prompt.shed),
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
        let turn = next.turn;
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
                Err(Reason::LinkDown) => {
                    unreached.insert(part.key.site);
                }
                Err(_) => barred += 1,
            }
        }
        for ((feed, gateway), parts) in groups {
            let Some(id) = ids.pop_front() else { break };
            let moved: Power = parts.iter().map(|p| p.moved).sum();
            let order = made(state, feed, gateway, &parts, id);
            let acts = state.feed(feed).and_then(|feed| feed.info.as_ref());
            let acts = acts.map_or(0, |info| info.acts);
            let mut record = Record::sent(order.clone(), feed, moved, now);
            record.unjournaled = state.journal.refuses().is_some();
            effects.push(Effect::Send(feed, Request::Order(Box::new(order.clone()))));
            state.note(Note::of_order(&order, moved));
            facts.push(Fact::Intent {
                order: Box::new(order),
                wanted: moved,
            });
            state.orders.push(delivery::with_before(state, record));
            sent.push(id);
            if let Some(run) = state.emergency.run.as_mut() {
                run.sent += moved;
                run.reach.left(id, &parts, acts, run.wide);
            }
        }
        if let Some(run) = state.emergency.run.as_mut() {
            run.unreached.extend(unreached);
            run.barred += barred;
            let next = run.steps.front().map_or(0, |step| step.turn);
            run.gap = run
                .interval
                .saturating_mul(next.saturating_sub(turn).max(1));
            run.due = now + run.gap;
        }
    }
    orders::trim(state);
    orders::pending(state);
    let operator = state.desk.operator.clone();
    // After the orders: whatever the disk does, they are on their way.
    effects.extend(journal::hold(
        state,
        &operator,
        facts,
        Then::Emergency(sent),
    ));
    let over = |run: &Run| run.is_on() && run.steps.is_empty();
    if state.emergency.run.as_ref().is_some_and(over) {
        effects.extend(end(state, all_sent(), None));
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
    let wide = state.emergency.run.as_ref().is_some_and(|run| run.wide);
    against.extend(bar(state, wide, part));
    match against.contains(&Reason::LinkDown) {
        true => Err(Reason::LinkDown),
        // Heat customers may have come to need more since.
        false if block.block.must_run_at(state.now) > part.target => {
            Err(Reason::MustRun { until: None })
        }
        false => against.into_iter().next().map_or(Ok(()), Err),
    }
}

fn made(state: &mut State, feed: FeedId, gateway: GatewayId, parts: &[Part], id: OrderId) -> Order {
    let (nation, skew) = state.feed(feed).map_or((None, None), |f| {
        (f.info.as_ref().map(|i| i.nation.clone()), f.skew)
    });
    let info = state.feed(feed).and_then(|f| f.info.as_ref());
    let freq_seen = frequency(state, parts.iter().map(|part| &part.key.site));
    let freq_seen = freq_seen.filter(|_| info.is_some_and(|i| i.acts >= ACTS));
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
            after: Duration::ZERO,
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
        issued_at: stamp::there(state, feed, state.now),
        expires_at,
        lease: Duration::ZERO,
        emergency: true,
        signature: None,
        countersignature: None,
        desk: stamp::desk(state, feed),
        countersigned_desk: None,
        freq_seen: freq_seen.map(|(hertz, _)| hertz),
        not_before: None,
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
    let figure = |name: &'static str, value, quality| Figure {
        name: name.into(),
        value,
        quality,
    };
    let count = i64::try_from(prompt.shed.steps.len()).unwrap_or(i64::MAX);
    let mut figures = vec![
        figure("moved_w", prompt.shed.moved().watts(), worst),
        figure("steps", count, Quality::Good),
        figure("step_most_w", prompt.cut.step.watts(), Quality::Good),
    ];
    let at = prompt.shed.parts().map(|part| &part.key.site);
    if let Some((hertz, quality)) = frequency(state, at) {
        figures.push(figure("freq_mhz", hertz.millihertz(), quality));
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

/// No further step leaves. `high`: the frequency that ends it.
pub(super) fn end(state: &mut State, how: Sentence, high: Option<High>) -> Vec<Effect> {
    let now = state.now;
    let Some(run) = state.emergency.run.as_mut() else {
        return Vec::new();
    };
    run.steps.clear();
    let how = ending(run, how);
    let words = how.to_string();
    run.ended = Some(Ended { at: now, how, high });
    let scope: Arc<str> = run.scope.as_str().into();
    state.note(Note::desk(format!("emergency shed, {scope}: {words}")));
    let fact = Fact::Emergency {
        scope,
        detail: words.into(),
    };
    journal::write(state, vec![fact]).into_iter().collect()
}

fn all_sent() -> Sentence {
    told!("own-shed-sent", "all steps were sent")
}

/// How it ended, with what of it had left by then.
fn ending(run: &Run, how: Sentence) -> Sentence {
    let megawatts = |power: Power| power.megawatts().round() as i64;
    let left = told!(
        "own-shed-ended",
        "{how}: {sent} of {whole} MW, {left} of {all} steps",
        how = how,
        sent = megawatts(run.sent),
        whole = megawatts(run.whole),
        left = run.left,
        all = run.all
    );
    let back = match run.called_back() {
        0 => None,
        n => Some(told!(
            "own-shed-back",
            "{n} called back if not begun",
            n = n
        )),
    };
    let barred = match run.barred {
        0 => None,
        n => Some(told!("own-shed-barred", "{n} blocks barred since", n = n)),
    };
    let more = [back, barred, unreached(run)].into_iter().flatten();
    more.fold(left, |why, more| {
        told!("own-besides", "{why}; {more}", why = why, more = more)
    })
}

/// The sites that it did not reach.
fn unreached(run: &Run) -> Option<Sentence> {
    const NAMED: usize = 8;
    let names: Vec<&str> = run.unreached.iter().map(SiteId::as_str).collect();
    let (first, more) = names.split_at(names.len().min(NAMED));
    if first.is_empty() {
        return None;
    }
    let sites = first.join(", ");
    let sites: Sentence = match more.len() {
        0 => Sentence::from(sites),
        n => told!("own-and-more", "{site} and {n} more", site = &*sites, n = n),
    };
    Some(told!(
        "own-shed-unreached",
        "not reached: {sites}",
        sites = sites
    ))
}

/// What became of the intents of orders that have left already.
pub(in crate::app) fn journalled(state: &mut State, ids: &[OrderId], recorded: Result<(), &str>) {
    let ours = |record: &&mut Record| ids.contains(&record.order.id);
    for record in state.orders.iter_mut().filter(ours) {
        record.unjournaled = recorded.is_err();
    }
}

/// Time has passed: the next step leaves when it is due, and a frequency above the band ends it.
pub(in crate::app) fn tick(state: &mut State) -> Vec<Effect> {
    super::left::take_up(state);
    let now = state.now;
    let old = |at: Timestamp, span: Duration| at.age(now) >= span || now < at;
    let emergency = &mut state.emergency;
    if emergency
        .prompt
        .as_ref()
        .is_some_and(|p| old(p.at, OPEN_FOR))
    {
        emergency.prompt = None;
        state.say(What::ShedLapsed);
    }
    let mut effects = owed(state);
    let Some(run) = state.emergency.run.as_mut() else {
        return effects;
    };
    if !run.is_on() {
        // As long as a gateway may hold a step it can be called back.
        if !run.is_news(now) && !any_held(state) {
            state.emergency.run = None;
        }
        return effects;
    }
    // A clock that was set back holds nothing up.
    run.due = run.due.min(now + run.gap);
    let due = run.due <= now;
    effects.extend(called_back(state));
    let run = state.emergency.run.as_ref();
    let left = |run: &Run| {
        let parts = run.steps.iter().flat_map(|step| &step.parts);
        all_too_high(state, run.wide, parts)
    };
    if let Some(high) = run.and_then(left) {
        // The screen words the frequency itself.
        let how = format!("stopped by itself, {}", high.words()).into();
        effects.extend(end(state, how, Some(high)));
    } else if due {
        effects.extend(step(state, Vec::new()));
    }
    effects
}
