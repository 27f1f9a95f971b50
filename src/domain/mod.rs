//! What is true: quantities, the fleet, the grid, the reserve, alarms, orders as facts, and the quality of each value.
//!
//! Invariant: everything here is plain data and pure functions of it. No I/O, no clock, no randomness, no async;
//! the present time always arrives as a [`time::Timestamp`]. Names of machines and sites are held as they came
//! from the wire (bounded in length by `feed/protocol`), and are made harmless only where they are drawn (`ui`).

pub mod act;
pub mod alarm;
pub mod bounds;
pub mod cores;
pub mod deed;
pub mod exact;
pub mod filter;
pub mod fleet;
pub mod grid;
pub mod handover;
pub mod hashing;
pub mod history;
pub mod ids;
pub mod inflow;
pub mod journal;
pub mod language;
pub mod link;
pub mod lookalike;
pub mod machine;
pub mod maturity;
pub mod mining;
pub mod operator;
pub mod order;
pub mod pacing;
pub mod quality;
pub mod rates;
pub mod reserve;
#[cfg(test)]
pub mod sample;
pub mod sentence;
pub mod time;
pub mod units;
pub mod waiting;
