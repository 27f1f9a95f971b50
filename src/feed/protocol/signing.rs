//! What is signed: the RFC 8785 form of a message without its signatures.
//!
//! Invariant: whatever a signature covers is made from the domain value by the same code on both sides, so it does not
//! matter how the JSON was spaced or ordered on its way. Both persons sign the same bytes.

use super::order::OrderWire;
use super::{act, deed};
use crate::domain::act::Stamp;
use crate::domain::deed::Deed;
use crate::domain::link::Request;
use crate::domain::order::Order;

/// The bytes that both persons sign of an order.
pub fn order_form(order: &Order) -> Vec<u8> {
    let bare = Order {
        signature: None,
        countersignature: None,
        ..order.clone()
    };
    canonical(serde_json::to_value(OrderWire::from(&bare)))
}

/// The bytes that are signed of a deed.
pub fn deed_form(deed: &Deed) -> Vec<u8> {
    canonical(deed::value(deed, None))
}

/// The bytes that are signed of any other act: all of the message but its signatures.
pub fn act_form(request: &Request, stamp: &Stamp) -> Vec<u8> {
    canonical(act::bare(request, stamp))
}

/// Our own types can always be written; a value that could not be would sign as nothing, which no key has signed.
fn canonical(value: Result<serde_json::Value, serde_json::Error>) -> Vec<u8> {
    value
        .and_then(|value| serde_json_canonicalizer::to_vec(&value))
        .unwrap_or_default()
}
