//! Which rules of safety the gateways keep that this desk orders, where that wants to be known.

use crate::app::State;
use crate::app::feeds::Feed;
use crate::domain::link::{ACTS, FeedInfo, Topic};
use crate::ui::locales::say;
use crate::ui::theme::Role;
use crate::ui::widgets::strip::Fact;

/// Gateways of older rules by their feeds' names; else that anybody may act at one.
pub(super) fn rules(state: &State) -> Option<Fact> {
    let ordered = |feed: &&Feed| {
        let info = feed.info.as_ref();
        info.is_some_and(|info| info.serves.contains(&Topic::Order))
    };
    let named = |which: fn(&FeedInfo) -> bool| {
        let feeds = state.feeds.iter().filter(ordered);
        let of = feeds.filter(|feed| feed.info.as_ref().is_some_and(which));
        let names: Vec<&str> = of.map(|feed| &*feed.label).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let fact =
        |role, long: &str, brief: &str| Fact::words(1, role, long).or(Fact::words(1, role, brief));
    if let Some(feeds) = named(|info| info.acts < ACTS) {
        let long = say!("rules-old-of", feeds = feeds.as_str());
        return Some(fact(Role::TextStrong, &long, say!("rules-old")));
    }
    named(|info| !info.operators).map(|feeds| {
        let long = say!("rules-open-of", feeds = feeds.as_str());
        fact(Role::TextDim, &long, say!("rules-open"))
    })
}
