//! Well-formed messages that mean harm, and what they must not bring about: real gateways and consoles, attacked over
//! real websockets.

#[path = "../common/mod.rs"]
mod common;
#[path = "../end_to_end/desk.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod desk;

mod acts;
mod attacker;
mod every;
mod fake;
mod files;
mod house;
mod model;
mod node;
mod older;
mod open;
mod sources;
