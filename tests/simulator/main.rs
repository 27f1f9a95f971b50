//! The simulated nation as a console meets it: through the gateway trait, at made-up times.
#![allow(missing_docs, reason = "tests speak by their names")]

mod authority;
mod cancel;
mod closed_loop;
mod desk;
mod durable;
mod emergency;
mod limits;
mod machines;
mod nation;
mod orders;
mod paced;
#[path = "../common/prompt.rs"]
mod prompt;
mod properties;
mod queue;
mod refused;
mod restore;
mod rules;
mod scripts;
mod turns;
