//! When each item was first heard with the time of measurement that it bears: said again, it is not measured again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::domain::fleet::MachinePage;
use crate::domain::link::Item;
use crate::domain::quality::AHEAD;
use crate::domain::time::Timestamp;

/// More items than any feed may have; a server that names more is forgotten and begins anew.
const MOST: usize = 500_000;

/// By item: the time that it bore, by the server's clock, and since when, by ours.
#[derive(Debug, Default)]
pub(super) struct Heard {
    since: HashMap<u64, (Timestamp, Timestamp)>,
}

impl Heard {
    /// Moves the times of measurement of these items from the server's clock to ours, none later than it was first heard.
    pub(super) fn items(&mut self, items: &mut [Item], offset_ms: i64, now: Timestamp) {
        for item in items.iter_mut() {
            let said = measured(item).map(|(key, at)| (key, *at));
            super::shift::shift_item(item, -offset_ms);
            if let (Some((key, said)), Some((_, at))) = (said, measured(item)) {
                *at = self.at_most(key, said, *at, now);
            }
        }
    }

    /// The same for a page of machines.
    pub(super) fn page(&mut self, page: &mut MachinePage, offset_ms: i64, now: Timestamp) {
        let said = page.measured_at;
        let key = hash(&("page", &page.site, &page.hall, page.page));
        super::shift::shift_page(page, -offset_ms);
        page.measured_at = self.at_most(key, said, page.measured_at, now);
    }

    /// `at`, or when `said` was heard first; what lies far ahead stays there, for all to see.
    fn at_most(&mut self, key: u64, said: Timestamp, at: Timestamp, now: Timestamp) -> Timestamp {
        let since = self.since(key, said, now);
        if at > now + AHEAD { at } else { at.min(since) }
    }

    fn since(&mut self, key: u64, said: Timestamp, now: Timestamp) -> Timestamp {
        if self.since.len() >= MOST {
            self.since.clear();
        }
        let entry = self.since.entry(key).or_insert((said, now));
        if entry.0 != said {
            *entry = (said, now);
        }
        entry.1
    }
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// What an item is, and when it was measured, where it says so.
fn measured(item: &mut Item) -> Option<(u64, &mut Timestamp)> {
    Some(match item {
        Item::Site(site) => (hash(&("site", &site.id)), &mut site.measured_at),
        Item::Block(block) => {
            let key = hash(&("block", &block.site, &block.id));
            (key, &mut block.measured_at)
        }
        Item::Grid(grid) => (hash(&"grid"), &mut grid.measured_at),
        Item::Account(account) => (hash(&("account", &account.id)), &mut account.measured_at),
        Item::Network(network) => (hash(&"network"), &mut network.measured_at),
        Item::RestoreQueue(queue) => (hash(&"queue"), &mut queue.measured_at),
        Item::Rate(_)
        | Item::Inflow(_)
        | Item::Hall(_)
        | Item::Alarm(_)
        | Item::Order(_)
        | Item::GatewayOrder(_)
        | Item::Countersign(_)
        | Item::BadBlock(_)
        | Item::BadSite(_)
        | Item::BadGrid => return None,
    })
}
