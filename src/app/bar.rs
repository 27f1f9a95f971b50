//! What bars whatever this desk signs: acts, and answers to others.

use super::State;
use crate::domain::ids::FeedId;
use crate::domain::sentence::{Sentence, told};

/// What bars anything that leaves over this feed now.
pub(super) fn bar(state: &State, feed: FeedId) -> Option<Sentence> {
    if state.desk.read_only {
        return Some(told!(
            "own-read-only",
            "this console may only look (--read-only)"
        ));
    }
    if let Some(why) = unrecorded(state) {
        return Some(why);
    }
    match state.feed(feed).filter(|feed| feed.is_live()) {
        None => Some(told!("own-feed-down", "the feed is down")),
        Some(feed) if feed.skew.is_none() => Some(told!(
            "own-clock-unmeasured",
            "the gateway's clock is not measured yet"
        )),
        Some(_) => None,
    }
}

/// That the journal can't be written.
pub(super) fn unrecorded(state: &State) -> Option<Sentence> {
    let why = state.journal.refuses()?;
    Some(told!(
        "own-unrecorded",
        "nothing leaves unrecorded: {why}",
        why = why
    ))
}
