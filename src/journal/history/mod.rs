//! The history of figures: `history.db`, a file for each nation, real and simulated ones apart.
//!
//! Invariant: it is a convenience, never a condition. Nothing waits for it, whatever goes wrong with its file is one
//! sentence, and everything else goes on.
//!
//! Samples come once a second and go into the `head` table at once, one row for all series: a process that is killed
//! loses what it had not handed over. Ten minutes of a series that have passed become one packed row of `chunk`, and in
//! the same transaction bring their minutes (`minute`, six hours a row) and quarters of an hour (`quarter`, two days a
//! row) up to date. A row's number is `(time / length of a row) << 20 | series`: rows are written in the order of time,
//! so pages are full, the oldest lie together, and one row is found by one look-up. Resolutions are those of
//! [`Series::resolution`](crate::domain::history::Series::resolution); a row states its own.

mod bytes;
mod chunk;
mod head;
mod place;
mod reader;
mod retention;
mod rollup;
mod schema;
mod store;
#[cfg(test)]
mod tests;
mod trouble;
mod writer;

pub use place::{Place, file_of};
pub use reader::Reader;
pub use retention::Keep;
pub use store::Store;
pub use trouble::Trouble;
pub use writer::{Standing, Writer};
