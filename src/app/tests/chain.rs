//! Which feed is believed about the bitcoin network, and how long.

use super::*;
use crate::app::chain::{self, Known};
use crate::domain::rates::Freshness;
use crate::domain::reserve::Network;
use crate::domain::units::Sats;

fn tell(state: &mut State, id: FeedId, height: u32, measured_at: Timestamp) {
    let network = Network {
        difficulty: 1e14,
        reward: Sats::from_sat(312_500_000),
        height,
        measured_at,
    };
    let event = FeedEvent::Update {
        topic: Topic::Reserve,
        items: vec![Item::Network(Box::new(network))],
    };
    feed(state, id, event);
}

fn height(known: Option<Known>) -> Option<u32> {
    known.map(|known| known.network.height)
}

#[test]
fn a_simulated_network_is_never_believed_about_a_real_one() {
    let mut state = desk_of_three();
    tell(&mut state, TOY, 7, NOW);
    assert_eq!(height(chain::network(&state, Realm::Real)), None);
    tell(&mut state, FLEET, 900_000, NOW);
    tell(&mut state, TOY, 8, NOW + Duration::from_secs(9));
    assert_eq!(height(chain::network(&state, Realm::Real)), Some(900_000));
    assert_eq!(height(chain::of_accounts(&state)), Some(900_000));
    assert_eq!(height(chain::network(&state, Realm::Simulated)), Some(8));
}

#[test]
fn of_several_feeds_the_youngest_is_believed_and_none_that_is_dated_ahead() {
    let mut state = desk_of_three();
    tell(&mut state, OTHER, 900_001, NOW + Duration::from_secs(5));
    tell(&mut state, FLEET, 900_000, NOW);
    assert_eq!(
        height(chain::network(&state, Realm::Real)),
        Some(900_001),
        "not the last one that was told"
    );
    tell(&mut state, OTHER, 999_999, NOW + Duration::from_hours(9));
    assert_eq!(height(chain::network(&state, Realm::Real)), Some(900_000));
    let snapshot = FeedEvent::Snapshot {
        topic: Topic::Reserve,
        items: Vec::new(),
        continuous: false,
    };
    feed(&mut state, FLEET, snapshot);
    assert_eq!(
        height(chain::network(&state, Realm::Real)),
        None,
        "what is not said again is gone"
    );
}

#[test]
fn an_old_network_is_marked_and_then_not_reckoned_by() {
    let mut state = desk_of_three();
    tell(&mut state, FLEET, 900_000, NOW);
    let of = |state: &State| {
        let known = chain::network(state, Realm::Real).expect("it is known");
        (known.freshness, known.used().is_some())
    };
    assert_eq!(of(&state), (Freshness::Fresh, true));
    feed(&mut state, FLEET, FeedEvent::Link(down()));
    assert_eq!(
        of(&state),
        (Freshness::Stale, true),
        "its feed is not there"
    );
    feed(&mut state, FLEET, FeedEvent::Link(LinkState::Live));
    state.now = NOW + Duration::from_mins(31);
    assert_eq!(of(&state), (Freshness::Stale, true));
    state.now = NOW + Duration::from_hours(7);
    assert_eq!(of(&state), (Freshness::TooOld, false));
    let known = chain::network(&state, Realm::Real).expect("it is known");
    assert!(!known.is_live());
}
