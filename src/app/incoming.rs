//! What feeds say, taken into the state.

use super::fleet::LOCAL_GATEWAY;
use super::{Effect, MAX_ACCOUNTS, MAX_ALARMS, Note, State, act, orders};
use crate::domain::ids::FeedId;
use crate::domain::link::{DownCause, FeedEvent, Item, LinkState, Topic};

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
            state.feeds[index].gaps.remove(&topic);
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
        FeedEvent::Machines(page) => {
            let watched = state
                .watch
                .as_ref()
                .is_some_and(|w| w.site == page.site && w.hall == page.hall && w.page == page.page);
            if watched {
                state.machines = Some(*page);
            }
        }
        FeedEvent::Error {
            code,
            message,
            about,
        } => {
            // An order that the link could not take has never left.
            if &*code == "not_sent"
                && let Some(order) = about.as_deref().and_then(|a| of_ulid(state, a))
            {
                return orders::not_sent(state, order);
            }
            let label = state.feeds[index].label.clone();
            state.note(Note::link(&format!("{label}: {message} ({code})")));
            state.say(&format!("{label}: {message}"));
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

/// The order of this desk that a text names by its ULID or its number.
fn of_ulid(state: &State, text: &str) -> Option<crate::domain::ids::OrderId> {
    let id = ulid::Ulid::from_string(text).ok()?.0;
    state.orders.iter().map(|r| r.order.id).find(|o| o.0 == id)
}

fn on_link(state: &mut State, index: usize, link: &LinkState) -> Vec<Effect> {
    let now = state.now;
    let was = state.feeds[index].link.clone();
    let id = state.feeds[index].id;
    let label = state.feeds[index].label.clone();
    let back = state.feeds[index].link_changed(link.clone(), now);
    let sentence = match link {
        LinkState::Live if back => {
            let away = state.feeds[index]
                .last_gap
                .map_or(0, |(from, to)| from.age(to).as_secs());
            Some(format!("{label}: back after {away} s"))
        }
        LinkState::Live => Some(format!("{label}: live")),
        LinkState::Down { detail, cause, .. } => {
            let same = matches!(&was, LinkState::Down { cause: before, .. } if before == cause);
            let repeated = same
                || (matches!(was, LinkState::Connecting)
                    && !state.feeds[index].was_live
                    && *cause == DownCause::Unreachable);
            (!repeated).then(|| format!("{label}: down: {detail}"))
        }
        LinkState::Connecting | LinkState::Syncing => None,
    };
    if let Some(sentence) = sentence {
        state.note(Note::link(&sentence));
    }
    match link {
        LinkState::Live => {
            let mut effects = orders::link(state, id, true);
            if let Some(watch) = state.watch.as_ref().filter(|w| w.feed == id) {
                effects.push(Effect::Send(id, act::watch_request(watch)));
            }
            effects
        }
        LinkState::Down { .. } if was == LinkState::Live || was == LinkState::Syncing => {
            orders::link(state, id, false)
        }
        _ => Vec::new(),
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
            state.fleet.snapshot(&state.feeds[index], fleet);
            let effects = apply(state, index, rest);
            // What has just arrived is judged at once, so that no total is ever shown unjudged.
            let operator = state.desk.operator.clone();
            state.fleet.tick(&state.feeds, &operator, state.now, true);
            effects
        }
        Topic::Reserve => {
            state.reserve.retain(|(feed, _), _| *feed != id);
            apply(state, index, items)
        }
        Topic::Alarm => {
            state.alarms.retain(|(feed, _), _| *feed != id);
            apply(state, index, items)
        }
        Topic::Grid | Topic::Order => apply(state, index, items),
    }
}

fn apply(state: &mut State, index: usize, items: Vec<Item>) -> Vec<Effect> {
    let id = state.feeds[index].id;
    let mut effects = Vec::new();
    let mut fleet = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Item::Grid(reading) => state.grid.update(id, *reading),
            Item::BadGrid => state.grid.bad(id),
            Item::Account(account) => {
                let key = (id, account.id.clone());
                if state.reserve.len() < MAX_ACCOUNTS || state.reserve.contains_key(&key) {
                    state.reserve.insert(key, *account);
                }
            }
            Item::Network(network) => state.network = Some(*network),
            Item::Alarm(alarm) => {
                let key = (id, alarm.id.clone());
                if state.alarms.len() < MAX_ALARMS || state.alarms.contains_key(&key) {
                    state.alarms.insert(key, *alarm);
                } else if let Some(gone) = state
                    .alarms
                    .iter()
                    .find(|(_, a)| a.state == crate::domain::alarm::AlarmState::Normal)
                    .map(|(k, _)| k.clone())
                {
                    state.alarms.remove(&gone);
                    state.alarms.insert(key, *alarm);
                }
            }
            Item::Order(status) => effects.extend(orders::status(state, id, *status)),
            other => fleet.push(other),
        }
    }
    if !fleet.is_empty() {
        let feeds = &state.feeds;
        state.fleet.update(&feeds[index], fleet, &|other| {
            feeds.iter().any(|f| f.id == other && f.is_live())
        });
    }
    effects
}
