//! What leaves a desk in a person's name bears that person's signature, and so does what the journal holds of it.
//!
//! ed25519 signatures are the same each time they are made over the same bytes (RFC 8032), so that the row that is
//! written before an order leaves holds the very signature that leaves.

use std::sync::Arc;

use super::operator::Key;
use crate::domain::journal::{Entry, Fact};
use crate::domain::link::Request;
use crate::domain::order::Order;
use crate::runtime::run::JournalWiring;

/// A second person's signature under an order that names them.
fn countersigned(order: &Order, key: &Key) -> Order {
    Order {
        countersignature: Some(key.countersign(order)),
        ..order.clone()
    }
}

/// The request with this desk's signature, where it bears one.
pub fn signed(request: Request, key: &Key) -> Request {
    match request {
        Request::Order(order) => Request::Order(Box::new(key.sign_order(&order))),
        Request::Deed(deed) => Request::Deed(Box::new(key.sign_deed(&deed))),
        Request::CountersignAnswer {
            id,
            by,
            agree: true,
            why,
            signature: None,
            order: Some(order),
        } => Request::CountersignAnswer {
            id,
            by,
            agree: true,
            why,
            signature: Some(key.countersign(&order)),
            order: Some(order),
        },
        other => other,
    }
}

/// The entry with the signatures that leave after it.
fn with_signature(entry: Entry, key: &Key) -> Entry {
    let fact = match entry.fact {
        Fact::Intent { order, wanted } => Fact::Intent {
            order: Box::new(key.sign_order(&order)),
            wanted,
        },
        Fact::Answered {
            order,
            agree: true,
            why,
            moved,
        } => Fact::Answered {
            order: Box::new(countersigned(&order, key)),
            agree: true,
            why,
            moved,
        },
        other => other,
    };
    Entry { fact, ..entry }
}

/// A journal whose rows bear this desk's signatures.
pub fn journal(wiring: JournalWiring, key: Option<Arc<Key>>) -> JournalWiring {
    let Some(key) = key else {
        return wiring;
    };
    let mut append = wiring.append;
    JournalWiring {
        append: Box::new(move |ticket, entries| {
            let signed = entries.into_iter().map(|entry| with_signature(entry, &key));
            append(ticket, signed.collect());
        }),
        news: wiring.news,
    }
}
