//! Moves the times of items from the server's clock to ours.

use std::sync::Arc;

use crate::domain::fleet::MachinePage;
use crate::domain::link::Item;
use crate::domain::time::Timestamp;

fn shift(time: &mut Timestamp, millis: i64) {
    *time = time.shifted(millis);
}

fn shift_some(time: &mut Option<Timestamp>, millis: i64) {
    if let Some(time) = time {
        shift(time, millis);
    }
}

/// Moves every time of a page of machines by `millis`.
pub(super) fn shift_page(page: &mut MachinePage, millis: i64) {
    shift(&mut page.measured_at, millis);
    for row in &mut page.rows {
        if let Some(detail) = &mut row.detail {
            shift_some(&mut detail.state_since, millis);
        }
    }
}

/// Moves every time of an item by `millis`.
pub(super) fn shift_item(item: &mut Item, millis: i64) {
    {
        match item {
            Item::Site(site) => shift(&mut site.measured_at, millis),
            Item::Block(block) => {
                shift(&mut block.measured_at, millis);
                shift(&mut block.state_since, millis);
                shift_some(&mut block.limits.must_run_until, millis);
                if let Some(held) = &mut block.held {
                    shift_some(&mut held.since, millis);
                    shift_some(&mut held.until, millis);
                }
            }
            Item::Grid(grid) => {
                shift(&mut grid.measured_at, millis);
                for instruction in &mut grid.instructions {
                    shift(&mut instruction.from, millis);
                    shift_some(&mut instruction.to, millis);
                }
            }
            Item::Account(account) => {
                shift(&mut account.measured_at, millis);
                if let Some(as_of) = &mut account.as_of {
                    shift(&mut as_of.time, millis);
                }
            }
            Item::Network(network) => shift(&mut network.measured_at, millis),
            Item::Rate(rate) => shift(&mut rate.at, millis),
            Item::Inflow(inflow) => shift(&mut inflow.measured_at, millis),
            Item::Alarm(alarm) => {
                shift(&mut alarm.raised, millis);
                shift_some(&mut alarm.cleared, millis);
                if let Some(shelf) = &mut alarm.shelf {
                    shift(&mut shelf.until, millis);
                }
            }
            Item::Order(status) => {
                shift(&mut status.at, millis);
                for target in &mut status.targets {
                    shift_some(&mut target.measured_at, millis);
                }
                if let Some(issued) = &mut status.issued {
                    shift(&mut Arc::make_mut(issued).at, millis);
                }
            }
            Item::RestoreQueue(queue) => {
                shift(&mut queue.measured_at, millis);
                for row in &mut queue.rows {
                    shift_some(&mut row.not_before, millis);
                    shift_some(&mut row.expected, millis);
                }
            }
            // Nobody signs it, and nobody will judge it any more.
            Item::GatewayOrder(own) => {
                shift(&mut own.order.issued_at, millis);
                shift(&mut own.order.expires_at, millis);
            }
            // Its times are signed: they stay by the clock of the gateway that will judge them.
            Item::Countersign(_)
            | Item::Hall(_)
            | Item::BadBlock(_)
            | Item::BadSite(_)
            | Item::BadGrid => {}
        }
    }
}
