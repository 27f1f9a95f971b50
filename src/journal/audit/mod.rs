//! The audit journal: `audit.db` in a folder of its own, for its owner alone.
//!
//! Each row's SHA-256 is over the RFC 8785 text of an object of its other columns, the previous row's SHA-256 among
//! them; the signature, where an operator signed what the row holds, is theirs and under the hash too.
//! Beside the database lie `audit.lock` (one writer at a time) and `audit.head` (the last durable row, so that a
//! truncated file is noticed).

mod chain;
mod export;
mod place;
mod reader;
mod schema;
#[cfg(test)]
mod tests;
mod trouble;
mod verify;
mod writer;

pub use chain::{Row, hex, parse_head, shown_head};
pub use export::{Form, export};
pub use place::{FILE, file_in};
pub use reader::Reader;
pub use trouble::Trouble;
pub use verify::verify;
pub use writer::{Opened, Receipt, Writer};
