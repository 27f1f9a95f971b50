//! How old an act may be, and how far ahead an order may reach.

use std::time::Duration;

use crate::domain::order::{Order, Reason};
use crate::domain::sentence::told;
use crate::domain::time::Timestamp;
use crate::gateway::ledger::stated;

/// An act is of this time where its clock is no further off.
pub(super) const NEAR: Duration = Duration::from_mins(5);
/// An order expires at most so long after it could begin.
const LASTS: Duration = Duration::from_mins(5);
/// It may begin at most so far ahead.
pub(in crate::gateway) const AHEAD: Duration = Duration::from_hours(48);
/// An emergency whose console has not measured this gateway's clock: its end is cut to [`LASTS`], but there is one.
const UNMEASURED: Duration = Duration::from_hours(25);

/// The last moment at which an order can be taken, where its times are held against the clock.
pub(in crate::gateway) fn ends(order: &Order) -> Timestamp {
    if order.emergency {
        return order.expires_at;
    }
    order.expires_at.min(order.issued_at + NEAR)
}

/// Is this time near enough?
pub(super) fn is_near(at: Timestamp, now: Timestamp) -> bool {
    at.age(now).max(now.age(at)) <= NEAR
}

/// What an order's times are judged by.
#[derive(Debug, Clone, Copy)]
pub(in crate::gateway) struct Times {
    /// The gateway's clock.
    pub(in crate::gateway) now: Timestamp,
    /// The longest notice that a contract of its blocks wants.
    pub(in crate::gateway) notice: Duration,
}

impl Times {
    /// The last moment that an order arriving now may name as its end.
    fn latest(self, order: &Order) -> Timestamp {
        let begins = order.not_before.unwrap_or(self.now).max(self.now);
        begins.max(self.now + self.notice) + LASTS
    }

    /// What stands against them.
    pub(in crate::gateway) fn against(self, order: &Order) -> Option<Reason> {
        if order.emergency {
            if order.not_before.is_some() {
                let text = told!(
                    "emergency-later",
                    "an emergency begins at once: it names no earliest time"
                );
                return Some(stated("emergency_later", text));
            }
            let far = order.expires_at > self.now + UNMEASURED;
            return far.then(|| {
                stated(
                    "expires_late",
                    told!(
                        "expires-late-day",
                        "it expires too late: at most 24 h ahead"
                    ),
                )
            });
        }
        if !is_near(order.issued_at, self.now) {
            let text = told!(
                "out-of-time",
                "it was issued more than 5 min away from this gateway's clock"
            );
            return Some(stated("out_of_time", text));
        }
        if order.not_before.is_some_and(|at| at > self.now + AHEAD) {
            return Some(stated(
                "too_far_ahead",
                told!("too-far-ahead", "it may begin at most 48 h ahead"),
            ));
        }
        (order.expires_at > self.latest(order)).then(|| {
            let text = told!(
                "expires-late",
                "it expires too late: at most 5 min after it could begin"
            );
            stated("expires_late", text)
        })
    }

    /// An emergency with its end cut to where any order has it.
    pub(in crate::gateway) fn cut(self, order: Order) -> Order {
        if !order.emergency {
            return order;
        }
        Order {
            expires_at: order.expires_at.min(self.latest(&order)),
            ..order
        }
    }
}
