//! What is kept: the audit journal, append-only and hash-chained, and beside it the history of figures.
//!
//! Invariant: this is the only room with SQL. A receipt is given only for rows that are durable (WAL, synchronous FULL);
//! no row is ever changed or taken out, and each holds the SHA-256 of the one before it.

pub mod audit;
mod body;
mod canonical;
pub mod handover;
pub mod history;
pub mod own;
mod standing;
mod whole;
mod words;

pub use body::{orders_of, status_of};
pub use standing::desk_of;
pub use whole::{deed_of, done_of, order_of};
