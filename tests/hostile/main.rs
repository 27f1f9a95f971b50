//! Well-formed messages that mean harm, and what they must not bring about: real gateways and consoles, attacked over
//! real websockets.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/prompt.rs"]
mod prompt;

mod acts;
mod attacker;
mod disk;
mod files;
mod house;
mod model;
mod node;
mod open;
