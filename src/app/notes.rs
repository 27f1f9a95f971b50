//! What happened at this desk since it started, in memory: links, orders, answers. No journal yet, and said so.

use crate::control::order::{Life, Record};
use crate::domain::order::{Order, OrderKind};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Notes that are kept.
pub const KEPT: usize = 1_000;

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A feed's link.
    Link,
    /// An order.
    Order,
    /// This desk.
    Desk,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// About what.
    pub about: About,
    /// What.
    pub text: Sentence,
}

impl Note {
    /// A line about a link.
    pub fn link(text: impl Into<Sentence>) -> Self {
        Self {
            at: Timestamp::default(),
            about: About::Link,
            text: text.into(),
        }
    }

    /// A line about an order.
    pub fn order(text: impl Into<Sentence>) -> Self {
        Self {
            about: About::Order,
            ..Self::link(text)
        }
    }

    /// A line about this desk.
    pub fn desk(text: impl Into<Sentence>) -> Self {
        Self {
            about: About::Desk,
            ..Self::link(text)
        }
    }

    /// An order that was handed to its link.
    pub fn of_order(order: &Order, wanted: Power) -> Self {
        let (id, n) = (&*short(order.id.0), order.targets.len());
        let gateway = order.gateway.as_str();
        Self::order(match order.kind {
            OrderKind::Curtail => told!(
                "own-left-shed",
                "order {id} curtail {moved_kw} MW, {n} blocks: sent to {gateway}",
                id = id,
                moved_kw = wanted,
                n = n,
                gateway = gateway
            ),
            OrderKind::Restore => told!(
                "own-left-restore",
                "order {id} restore {moved_kw} MW, {n} blocks: sent to {gateway}",
                id = id,
                moved_kw = wanted,
                n = n,
                gateway = gateway
            ),
        })
    }

    /// An order that has come further.
    pub fn of_record(record: &Record) -> Self {
        let mut text = told!(
            "own-order-stands",
            "order {id}: {how}",
            id = &*short(record.order.id.0),
            how = record.standing()
        );
        if matches!(record.life, Life::Said(_)) && record.delivered() > Power::ZERO {
            text = told!(
                "own-so-far",
                "{what}, {done_kw} of {all_kw} MW",
                what = text,
                done_kw = record.delivered(),
                all_kw = record.wanted
            );
        }
        if !record.detail.is_empty() {
            text = told!(
                "own-because",
                "{what}: {why}",
                what = text,
                why = record.detail.clone()
            );
        }
        if record.unjournaled {
            text = told!(
                "own-unjournaled",
                "{what} (not in the journal)",
                what = text
            );
        }
        Self::order(text)
    }
}

/// The last six characters of an id, as the screen names an order. The head of a ULID is its time, so orders of one
/// minute differ only at the end.
pub fn short(id: u128) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    (0..6)
        .rev()
        .map(|place| char::from(ALPHABET[usize::try_from((id >> (5 * place)) & 31).unwrap_or(0)]))
        .collect()
}
