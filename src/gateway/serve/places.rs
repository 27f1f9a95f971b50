//! Places of which there are only so many: at the door, while hands are shaken, and inside.
//!
//! Invariant: what is held never exceeds what there is; who loses a place to another is told.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::feed::session::server::Role;
use crate::feed::socket::Pass;

/// Places of one sort, and who holds them: the oldest has the lowest number.
pub(super) struct Places<K> {
    most: usize,
    /// Who makes room for a newcomer where all are taken; none: the newcomer is refused.
    makes_room: fn(&BTreeMap<u64, K>, &K) -> Option<u64>,
    held: Mutex<Held<K>>,
}

struct Held<K> {
    next: u64,
    by: BTreeMap<u64, K>,
    stays: BTreeMap<u64, oneshot::Sender<()>>,
}

/// A place; it is free again when this is dropped.
pub(super) struct Place<K> {
    number: u64,
    of: Arc<Places<K>>,
    taken: oneshot::Receiver<()>,
}

impl<K: Clone> Places<K> {
    pub(super) fn new(
        most: usize,
        makes_room: fn(&BTreeMap<u64, K>, &K) -> Option<u64>,
    ) -> Arc<Self> {
        let held = Held {
            next: 0,
            by: BTreeMap::new(),
            stays: BTreeMap::new(),
        };
        Arc::new(Self {
            most: most.max(1),
            makes_room,
            held: Mutex::new(held),
        })
    }

    /// A place for `who`; where all are taken, somebody else's.
    pub(super) fn take(self: &Arc<Self>, who: &K) -> Option<Place<K>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.by.len() >= self.most {
            let goes = (self.makes_room)(&held.by, who)?;
            held.free(goes);
        }
        let (stays, taken) = oneshot::channel();
        let number = held.next;
        held.next += 1;
        held.by.insert(number, who.clone());
        held.stays.insert(number, stays);
        Some(Place {
            number,
            of: Arc::clone(self),
            taken,
        })
    }
}

impl<K> Held<K> {
    fn free(&mut self, number: u64) {
        self.by.remove(&number);
        // Dropped, it tells whoever waits for it.
        self.stays.remove(&number);
    }
}

impl<K> Place<K> {
    /// Waits until the place is given to somebody else.
    pub(super) async fn lost(&mut self) {
        let _ = (&mut self.taken).await;
    }
}

impl<K> Drop for Place<K> {
    fn drop(&mut self) {
        let mut held = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.free(self.number);
    }
}

/// How many each holds, and which of them is the oldest.
fn shares<K, G: Ord>(held: &BTreeMap<u64, K>, of: impl Fn(&K) -> G) -> BTreeMap<G, (usize, u64)> {
    let mut shares = BTreeMap::new();
    for (number, who) in held {
        shares.entry(of(who)).or_insert((0, *number)).0 += 1;
    }
    shares
}

/// Who holds most; of those who hold as much, who has the oldest place.
fn fullest(shares: impl Iterator<Item = (usize, u64)>) -> Option<(usize, u64)> {
    shares.max_by_key(|(count, oldest)| (*count, Reverse(*oldest)))
}

/// What stands for one at the door: who has an IPv6 address has its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
        four @ IpAddr::V4(_) => four,
    }
}

/// At the door: the oldest of the network that holds most.
pub(super) fn at_the_door(held: &BTreeMap<u64, IpAddr>, _: &IpAddr) -> Option<u64> {
    let shares = shares(held, |address| network(*address));
    fullest(shares.into_values()).map(|share| share.1)
}

/// Inside: who may order always gets in, at the cost of the token that holds most, one that may only look before
/// others. Who may only look gets in at the cost of a token that holds more.
pub(super) fn inside(held: &BTreeMap<u64, Pass>, newcomer: &Pass) -> Option<u64> {
    let shares = shares(held, |pass| (pass.role == Role::Viewer, pass.token));
    let own = shares.get(&(newcomer.role == Role::Viewer, newcomer.token));
    let own = own.map_or(0, |share| share.0);
    let most = |viewers: bool| {
        let of = shares.iter().filter(move |(who, _)| who.0 == viewers);
        fullest(of.map(|(_, share)| *share))
    };
    let share = match newcomer.role {
        Role::Operator => most(true).or_else(|| most(false)),
        Role::Viewer => most(true).filter(|share| share.0 > own + 1),
    };
    share.map(|share| share.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_most_makes_room_and_is_told() {
        let door = Places::new(3, at_the_door);
        let [a, b]: [IpAddr; 2] = [[127, 0, 0, 1].into(), [127, 0, 0, 2].into()];
        let mut places: Vec<Place<IpAddr>> = [b, a, a, b]
            .iter()
            .filter_map(|address| door.take(address))
            .collect();
        let lost: Vec<bool> = places
            .iter_mut()
            .map(|place| {
                place
                    .taken
                    .try_recv()
                    .is_err_and(|e| e == oneshot::error::TryRecvError::Closed)
            })
            .collect();
        assert_eq!(lost, [false, true, false, false]);
        drop(places);
        assert!(door.held.lock().expect("is whole").by.is_empty());
    }

    #[test]
    fn of_those_who_hold_as_much_the_oldest_goes_and_a_network_is_one() {
        let v4 = |n: u8| IpAddr::from([10, 0, 0, n]);
        let six = |net: u16, host: u16| IpAddr::from([0x2001, 0xdb8, 0, net, 0, 0, 0, host]);
        let goes = |held: &[IpAddr]| {
            let held: BTreeMap<u64, IpAddr> = (0..).zip(held.iter().copied()).collect();
            at_the_door(&held, &v4(9))
        };
        assert_eq!(
            goes(&[v4(1), v4(2), v4(9)]),
            Some(0),
            "the highest is newer"
        );
        assert_eq!(goes(&[v4(9), v4(1), v4(2)]), Some(0));
        assert_eq!(
            goes(&[v4(1), six(1, 1), six(1, 2), six(1, 3), v4(1)]),
            Some(1),
            "whoever has a network has all its addresses"
        );
        assert_eq!(goes(&[six(1, 1), six(2, 1), v4(3), six(2, 2)]), Some(1));
        let mapped = IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x0001]);
        let other = IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x0002]);
        assert_eq!(
            goes(&[v4(2), mapped, other]),
            Some(0),
            "four bytes are no network"
        );
    }
}
