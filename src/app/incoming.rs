//! What feeds say, taken into the state.

use std::collections::BTreeMap;

use super::fleet::LOCAL_GATEWAY;
use super::journal::{self, Then};
use super::{
    Effect, MAX_ALARMS, Note, State, alarms, cancel, emergency, holdings, machines, orders, second,
    told, waiting,
};
use crate::domain::alarm::{Alarm, AlarmState};
use crate::domain::ids::{AlarmId, FeedId};
use crate::domain::journal::Fact;
use crate::domain::link::{FeedEvent, Item, LinkState, Topic};
use crate::domain::sentence::told;

/// An event of a feed.
pub(super) fn on_feed(state: &mut State, id: FeedId, event: FeedEvent) -> Vec<Effect> {
    let Some(index) = state.feeds.iter().position(|f| f.id == id) else {
        return Vec::new();
    };
    match event {
        FeedEvent::Link(link) => return on_link(state, index, &link),
        FeedEvent::Hello(info) => {
            // The nation is whose fleet it is; a feed of measured grid data may name itself otherwise.
            if state.nation.is_none()
                || info.serves.contains(&Topic::Fleet) && info.gateway.as_str() != LOCAL_GATEWAY
            {
                state.nation = Some(info.nation.clone());
            }
            state.feeds[index].info = Some(*info);
        }
        FeedEvent::Snapshot { topic, items, .. } => {
            let feed = &mut state.feeds[index];
            feed.gaps.remove(&topic);
            // It says all anew; that something was left out is noted once.
            if let Some(left) = feed.left_out.get_mut(&topic) {
                *left = 0;
            }
            return snapshot(state, index, topic, items);
        }
        FeedEvent::Update { items, .. } => return apply(state, index, items),
        FeedEvent::Gap(topic) => {
            state.feeds[index].gaps.insert(topic);
        }
        FeedEvent::Skew {
            offset_ms,
            uncertainty_ms,
        } => {
            state.feeds[index].skew = Some(super::feeds::Skew {
                offset_ms,
                uncertainty_ms,
            });
        }
        FeedEvent::Clock(going) => super::clocks::heard(state, index, going),
        FeedEvent::Machines(page) => return machines::heard(state, id, *page),
        FeedEvent::Error {
            code,
            message,
            about,
        } => {
            if let Some(effects) = about
                .as_deref()
                .and_then(|about| super::deeds::refused(state, id, about, &message))
            {
                return effects;
            }
            if let Some(effects) = about
                .as_deref()
                .and_then(|about| second::refused(state, id, about, &message))
            {
                return effects;
            }
            if let Some(effects) = about
                .as_deref()
                .and_then(|about| cancel::refused(state, id, about, (&*code, &message)))
            {
                return effects;
            }
            // An order that the link could not take has never left. Only our own end says so: the session gives no such
            // code of a server's on.
            if &*code == "not_sent"
                && let Some(order) = about.as_deref().and_then(|a| of_ulid(state, id, a))
            {
                return journal::hold(state, "", Vec::new(), Then::NotSent(order));
            }
            let label = state.feeds[index].label.clone();
            state.note(Note::link(told!(
                "own-feed-error",
                "{feed}: {why} ({code})",
                feed = &*label,
                why = message.clone(),
                code = &*code
            )));
            state.say(told!(
                "feed-says",
                "{feed}: {why}",
                feed = &*label,
                why = message.clone()
            ));
            let mut effects: Vec<Effect> =
                journal::of_error(state, id, &format!("{label}: {message} ({code})"))
                    .into_iter()
                    .collect();
            if let Some(order) = about.as_deref().and_then(|a| of_ulid(state, id, a)) {
                effects.extend(orders::refused(state, order, &message));
            }
            return effects;
        }
        FeedEvent::Counted {
            bad_items,
            bad_messages,
        } => {
            state.feeds[index].bad_items = bad_items;
            state.feeds[index].bad_messages = bad_messages;
        }
    }
    Vec::new()
}

/// The order of this desk, sent over this feed, that a text names by its ULID.
fn of_ulid(state: &State, feed: FeedId, text: &str) -> Option<crate::domain::ids::OrderId> {
    let id = ulid::Ulid::from_string(text).ok()?.0;
    let record = state
        .orders
        .iter()
        .find(|r| r.order.id.0 == id && r.feed == feed);
    record.map(|r| r.order.id)
}

fn on_link(state: &mut State, index: usize, link: &LinkState) -> Vec<Effect> {
    let now = state.now;
    let was = state.feeds[index].link.clone();
    let id = state.feeds[index].id;
    let label = state.feeds[index].label.clone();
    let back = state.feeds[index].link_changed(link.clone(), now);
    let gap = state.feeds[index].last_gap.filter(|_| back);
    let away = gap.map(|(from, to)| from.age(to).as_secs());
    let sentence = match link {
        LinkState::Live if back => {
            let away = away.unwrap_or(0).to_string();
            Some(told!(
                "own-link-back",
                "{feed}: back after {span_s} s",
                feed = &*label,
                span_s = &*away
            ))
        }
        LinkState::Live => Some(told!("own-link-live", "{feed}: live", feed = &*label)),
        LinkState::Down { detail, cause, .. } => {
            // Once for each cause, however often it is tried again.
            let repeated = state.feeds[index].noted.replace(*cause) == Some(*cause);
            (!repeated).then(|| {
                told!(
                    "own-link-down",
                    "{feed}: down: {why}",
                    feed = &*label,
                    why = detail.clone()
                )
            })
        }
        LinkState::Connecting | LinkState::Syncing => None,
    };
    let mut facts = Vec::new();
    if let Some(sentence) = sentence {
        facts.push(Fact::Link {
            feed: label.clone(),
            up: *link == LinkState::Live,
            detail: match link {
                LinkState::Down { detail, .. } => detail.english().clone(),
                _ => away.map_or_else(|| "".into(), |s| format!("back after {s} s").into()),
            },
        });
        state.note(Note::link(sentence));
    }
    match link {
        LinkState::Live => {
            let mut effects = journal::hold(state, &label, facts, Then::Link(id, true));
            effects.extend(second::link(state, id, true));
            effects.extend(waiting::link(state, id, true));
            if let Some(watch) = state.watch.as_ref().filter(|w| w.feed == id) {
                effects.push(Effect::Send(id, watch.request()));
            }
            effects
        }
        LinkState::Down { .. } if was == LinkState::Live || was == LinkState::Syncing => {
            emergency::lost(state, id);
            let mut effects = journal::hold(state, &label, facts, Then::Link(id, false));
            effects.extend(second::link(state, id, false));
            effects.extend(waiting::link(state, id, false));
            effects
        }
        _ => {
            let entries = journal::entries(state, &label, facts);
            journal::emit(state, entries).into_iter().collect()
        }
    }
}

fn snapshot(state: &mut State, index: usize, topic: Topic, items: Vec<Item>) -> Vec<Effect> {
    let id = state.feeds[index].id;
    match topic {
        Topic::Fleet => {
            let (fleet, rest): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| {
                matches!(
                    item,
                    Item::Site(_)
                        | Item::Hall(_)
                        | Item::Block(_)
                        | Item::BadBlock(_)
                        | Item::BadSite(_)
                )
            });
            waiting::snapshot(state, id, &rest);
            let entries = journal::of_fleet(state, index, &fleet);
            let left = state.fleet.snapshot(&state.feeds[index], fleet);
            no_room(state, index, Topic::Fleet, left);
            let mut effects = apply(state, index, rest);
            effects.extend(journal::emit(state, entries));
            // What has just arrived is judged at once, so that no total is ever shown unjudged.
            let operator = state.desk.operator.clone();
            state.fleet.tick(&state.feeds, &operator, state.now, true);
            effects
        }
        Topic::Reserve => {
            state.reserve.retain(|(feed, _), _| *feed != id);
            holdings::forget(state, id);
            apply(state, index, items)
        }
        Topic::Alarm => {
            let entries = journal::of_alarms(state, index, &items);
            let mut before = BTreeMap::new();
            state.alarms.retain(|key, alarm| {
                let stays = key.0 != id;
                if !stays {
                    before.insert(key.1.clone(), alarm.clone());
                }
                stays
            });
            for item in items {
                if let Item::Alarm(alarm) = item {
                    alarms::heard::note(state, id, before.get(&alarm.id), &alarm);
                    state.alarms.insert((id, alarm.id.clone()), *alarm);
                }
            }
            least_go(&mut state.alarms, id);
            journal::emit(state, entries).into_iter().collect()
        }
        Topic::Grid => apply(state, index, items),
        Topic::Order => {
            told::anew(state, id, &items);
            let mut effects = second::snapshot(state, id, &items);
            effects.extend(apply(state, index, items));
            effects
        }
    }
}

fn apply(state: &mut State, index: usize, items: Vec<Item>) -> Vec<Effect> {
    let id = state.feeds[index].id;
    let mut entries = journal::of_alarms(state, index, &items);
    entries.extend(journal::of_fleet(state, index, &items));
    let mut effects: Vec<Effect> = journal::emit(state, entries).into_iter().collect();
    let mut fleet = Vec::with_capacity(items.len());
    let mut accounts = Vec::new();
    for item in items {
        match item {
            Item::Grid(reading) => {
                let feeds = &state.feeds;
                state.grid.take(feeds, &feeds[index], *reading, state.now);
            }
            Item::BadGrid => state.grid.bad(&state.feeds, id),
            Item::Account(account) => accounts.push(*account),
            Item::Network(network) => {
                state.networks.insert(id, *network);
            }
            Item::Rate(rate) => holdings::take_rate(state, id, *rate),
            Item::Inflow(inflow) => holdings::take_inflow(state, id, *inflow),
            Item::Alarm(alarm) => {
                let before = state.alarms.get(&(id, alarm.id.clone())).cloned();
                alarms::heard::note(state, id, before.as_ref(), &alarm);
                state.alarms.insert((id, alarm.id.clone()), *alarm);
            }
            Item::Order(status) => {
                waiting::status(state, id, &status);
                told::take(state, id, &status);
                effects.extend(orders::status(state, id, *status));
            }
            Item::RestoreQueue(queue) => waiting::take_queue(state, id, *queue),
            Item::GatewayOrder(own) => waiting::heard(state, id, *own),
            Item::Countersign(asked) => effects.extend(second::heard(state, id, *asked)),
            other => fleet.push(other),
        }
    }
    least_go(&mut state.alarms, id);
    if !accounts.is_empty() {
        let left = holdings::take_accounts(state, id, accounts);
        no_room(state, index, Topic::Reserve, left);
    }
    if !fleet.is_empty() {
        let feeds = &state.feeds;
        let left = state.fleet.update(&feeds[index], fleet, &|other| {
            feeds.iter().any(|f| f.id == other && f.is_live())
        });
        no_room(state, index, Topic::Fleet, left);
    }
    effects
}

/// Keeps in mind, and notes once, that a feed told more than this console has room for: what is shown of it is not all.
fn no_room(state: &mut State, index: usize, topic: Topic, left: usize) {
    if left == 0 {
        return;
    }
    let feed = &mut state.feeds[index];
    let first = !feed.left_out.contains_key(&topic);
    let known = feed.left_out.entry(topic).or_default();
    // The same items may be told again and again.
    *known = left.max(*known);
    if first {
        let what = match topic {
            Topic::Reserve => told!("own-accounts", "accounts"),
            _ => told!("own-sites-blocks", "sites and blocks"),
        };
        let note = Note::link(told!(
            "own-no-room",
            "{feed}: tells more {what} than this console has room for; {n} are left out",
            feed = &*feed.label,
            what = what,
            n = left
        ));
        state.note(note);
    }
}

/// Each feed has room for [`MAX_ALARMS`] of its own, so that none drowns another's; where a feed has more, those that
/// matter least go.
pub(super) fn least_go(alarms: &mut BTreeMap<(FeedId, AlarmId), Alarm>, feed: FeedId) {
    if alarms.len() <= MAX_ALARMS {
        return;
    }
    let weight = |a: &Alarm| (a.state == AlarmState::Normal, a.priority, a.raised);
    let mut of_feed: Vec<_> = alarms
        .range((feed, AlarmId::new(""))..)
        .take_while(|((of, _), _)| *of == feed)
        .map(|((_, id), alarm)| (weight(alarm), id))
        .collect();
    if of_feed.len() <= MAX_ALARMS {
        return;
    }
    let (_, _, least) = of_feed.select_nth_unstable(MAX_ALARMS - 1);
    let least: Vec<AlarmId> = least.iter().map(|(_, id)| (*id).clone()).collect();
    for id in least {
        alarms.remove(&(feed, id));
    }
}
