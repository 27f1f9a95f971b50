//! The serving end: a book of what was published, and one peer for each console that listens.

mod book;
mod peer;
mod stream;

pub use book::{Batch, Book, Snapshot, WireText};
pub use peer::{Peer, PeerConfig, PeerOut, Role};
