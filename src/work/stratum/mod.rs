//! Pools by Stratum v1.
//!
//! Invariant: each share that is found is judged once, by the pool or, where that cannot be, by a reason of ours; a
//! pool's credentials go to that pool only; what a pool sends is bounded, and refused with a reason where it is unsound.

pub mod address;
pub mod coinbase;
pub mod job;
mod link;
mod pools;
pub mod protocol;
pub mod session;

pub use address::{AddressError, PoolAddress};
pub use coinbase::Payout;
pub use pools::{Clock, MAX_POOLS, Options, Pool, Pools, StartError};
pub use session::Timing;
