//! What happened at this desk since it started, in memory: links, orders, answers. No journal yet, and said so.

use std::fmt::Write;
use std::sync::Arc;

use crate::control::order::{Life, Record};
use crate::domain::order::Order;
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
    pub text: Arc<str>,
}

impl Note {
    /// A line about a link.
    pub fn link(text: &str) -> Self {
        Self {
            at: Timestamp::default(),
            about: About::Link,
            text: Arc::from(text),
        }
    }

    /// A line about an order.
    pub fn order(text: &str) -> Self {
        Self {
            about: About::Order,
            ..Self::link(text)
        }
    }

    /// A line about this desk.
    pub fn desk(text: &str) -> Self {
        Self {
            about: About::Desk,
            ..Self::link(text)
        }
    }

    /// An order that was handed to its link.
    pub fn of_order(order: &Order, wanted: Power) -> Self {
        let text = format!(
            "order {} {} {:.1} MW, {} blocks: sent to {}",
            short(order.id.0),
            order.kind.word(),
            wanted.megawatts(),
            order.targets.len(),
            order.gateway.as_str()
        );
        Self {
            at: Timestamp::default(),
            about: About::Order,
            text: Arc::from(text),
        }
    }

    /// An order that has come further.
    pub fn of_record(record: &Record) -> Self {
        let mut text = format!("order {}: {}", short(record.order.id.0), record.standing());
        if matches!(record.life, Life::Said(_)) && record.delivered() > Power::ZERO {
            let _ = write!(
                text,
                ", {:.1} of {:.1} MW",
                record.delivered().megawatts(),
                record.wanted.megawatts()
            );
        }
        if !record.detail.is_empty() {
            text.push_str(": ");
            text.push_str(&record.detail);
        }
        if record.unjournaled {
            text.push_str(" (not in the journal)");
        }
        Self {
            at: Timestamp::default(),
            about: About::Order,
            text: Arc::from(text),
        }
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
