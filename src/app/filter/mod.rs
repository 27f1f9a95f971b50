//! What a filter may ask of the rows of each table; its language is [`crate::domain::filter`]'s.

mod facts;
#[cfg(test)]
mod tests;

pub use crate::domain::filter::{
    Facts, Fields, Filter, MACHINES, MachineFilter, Test, Why, Wrong, exactly, machine, parse,
};
pub use facts::{ALARMS, BLOCKS, HALLS, JOURNAL, SITES, alarm, block, hall, journal, site};
