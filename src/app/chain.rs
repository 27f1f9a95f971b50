//! The bitcoin network as the feeds tell it: which feed is believed, and how long.

use super::State;
use super::feeds::Feed;
use super::fleet::Realm;
use super::holdings;
use crate::domain::ids::FeedId;
use crate::domain::rates::Freshness;
use crate::domain::reserve::Network;

/// What is known of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// As stated.
    pub network: Network,
    /// What its age makes of it. What its feed's link is down for is as old as it says, and not live.
    pub freshness: Freshness,
}

impl Known {
    /// Does it look as it stands now?
    pub fn is_live(&self) -> bool {
        self.freshness == Freshness::Fresh
    }

    /// The network, where something may be reckoned by it.
    pub fn used(&self) -> Option<&Network> {
        matches!(self.freshness, Freshness::Fresh | Freshness::Stale).then_some(&self.network)
    }
}

/// The network as feeds of this realm know it: of several the youngest, and none that is dated ahead. A simulated
/// network's difficulty says nothing of real hashrate, nor the other way round.
pub fn network(state: &State, realm: Realm) -> Option<Known> {
    let simulated = realm == Realm::Simulated;
    let of_realm = |id: FeedId| state.feed(id).is_some_and(Feed::is_simulated) == simulated;
    let known = state.networks.iter().filter(|(id, _)| of_realm(**id));
    let dated = known
        .map(|(id, network)| (*id, network, network.freshness(state.now)))
        .filter(|(_, _, freshness)| *freshness != Freshness::Ahead);
    let (id, network, freshness) = dated.max_by_key(|(_, network, _)| network.measured_at)?;
    let freshness = match freshness {
        Freshness::Fresh if !holdings::is_heard(state, id) => Freshness::Stale,
        other => other,
    };
    Some(Known {
        network: *network,
        freshness,
    })
}

/// The same, of the realm that the accounts belong to; where none is known, of the nation's.
pub fn of_accounts(state: &State) -> Option<Known> {
    network(state, holdings::realm(state))
}
