//! What may be done: interlocks, the plan, the life of an order, and how much can be shed in a stated time.
//!
//! Invariant: pure functions of domain values and the time given. Nothing here sends, stores or decides by itself:
//! a plan is a proposal until a person has armed and typed it, and the gateway checks again.

pub mod alarm;
pub mod amount;
pub mod authority;
pub mod check;
#[cfg(test)]
mod check_tests;
pub mod delivery;
pub mod emergency;
#[cfg(test)]
mod emergency_tests;
pub mod interlock;
pub mod order;
pub mod pace;
pub mod plan;
pub mod restore;
pub mod rules;
pub mod schedule;
pub mod sheddable;
pub mod tally;
#[cfg(test)]
mod tests;
