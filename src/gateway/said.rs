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
    /// What was told last of orders of which more is held; none: nothing yet.
    told: HashMap<u128, (usize, Option<OrderStatus>)>,
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
        let held = self.told.entry(status.id.0);
        held.or_insert_with(|| (0, before.cloned())).0 += 1;
        self.held.insert(number, status.clone());
    }

    /// The record is settled.
    pub(super) fn release(&mut self, number: Number) {
        let Some(status) = self.held.remove(&number) else {
            return;
        };
        if let Some((count, told)) = self.told.get_mut(&status.id.0) {
            *count -= 1;
            if *count == 0 {
                self.told.remove(&status.id.0);
            } else {
                *told = Some(status.clone());
            }
        }
        self.ready.push(Item::Order(Box::new(status)));
    }

    /// Is all told that was said of this order?
    pub(super) fn is_told(&self, id: OrderId) -> bool {
        !self.told.contains_key(&id.0)
    }

    /// What may be shown of an order that now stands as `status`.
    pub(super) fn shown<'a>(&'a self, status: &'a OrderStatus) -> Option<&'a OrderStatus> {
        match self.told.get(&status.id.0) {
            Some((_, told)) => told.as_ref(),
            None => Some(status),
        }
    }

    /// What may be told since the last call.
    pub(super) fn ready(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.ready)
    }
}
