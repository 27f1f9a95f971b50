//! What consoles are told of orders: each change once, in order, and not before it is recorded or owed.

use std::collections::{BTreeMap, HashMap};

use crate::domain::ids::OrderId;
use crate::domain::link::Item;
use crate::domain::order::OrderStatus;

use super::records::Number;

/// All that was said and is not told yet.
#[derive(Debug, Default)]
pub(super) struct Said {
    ready: Vec<Item>,
    held: BTreeMap<Number, OrderStatus>,
    /// Orders of which something is held.
    of: HashMap<u128, Held>,
}

/// What is held of one order.
#[derive(Debug)]
struct Held {
    count: usize,
    last: Number,
    /// What was told last; none: nothing yet.
    told: Option<OrderStatus>,
}

impl Said {
    /// Says a status; with the number of its record it is held until that is settled. `before` is what was said of the
    /// order before.
    pub(super) fn say(
        &mut self,
        status: &OrderStatus,
        record: Option<Number>,
        before: Option<&OrderStatus>,
    ) {
        let Some(number) = record else {
            return self.ready.push(Item::Order(Box::new(status.clone())));
        };
        let held = self.of.entry(status.id.0).or_insert_with(|| Held {
            count: 0,
            last: number,
            told: before.cloned(),
        });
        held.count += 1;
        held.last = number;
        self.held.insert(number, status.clone());
    }

    /// The record is settled.
    pub(super) fn release(&mut self, number: Number) {
        let Some(status) = self.held.remove(&number) else {
            return;
        };
        if let Some(held) = self.of.get_mut(&status.id.0) {
            held.count -= 1;
            if held.count == 0 {
                self.of.remove(&status.id.0);
            } else {
                held.told = Some(status.clone());
            }
        }
        self.ready.push(Item::Order(Box::new(status)));
    }

    /// The record that what was said last of this order waits for; none: it is told.
    pub(super) fn awaits(&self, id: OrderId) -> Option<Number> {
        self.of.get(&id.0).map(|held| held.last)
    }

    /// Is told what waited for this record?
    pub(super) fn is_told(&self, record: Number) -> bool {
        !self.held.contains_key(&record)
    }

    /// What may be shown of an order that now stands as `status`.
    pub(super) fn shown<'a>(&'a self, status: &'a OrderStatus) -> Option<&'a OrderStatus> {
        match self.of.get(&status.id.0) {
            Some(held) => held.told.as_ref(),
            None => Some(status),
        }
    }

    /// What may be told since the last call.
    pub(super) fn ready(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.ready)
    }
}
