//! Well-formed messages that mean harm, and what they must not bring about: real gateways and consoles, attacked over
//! real websockets.

#[path = "../common/mod.rs"]
mod common;

#[allow(dead_code, reason = "each test file uses its part")]
#[path = "../end_to_end/desk.rs"]
mod desk;

#[path = "../common/prompt.rs"]
mod prompt;

mod acts;
mod attacker;
mod clocks;
mod crowd;
mod delivered;
mod disk;
mod early;
mod emergency;
mod every;
mod fake;
mod files;
mod house;
mod liar;
mod limits;
mod long;
mod model;
mod nation;
mod node;
mod older;
mod open;
mod reload;
mod seams;
mod slow;
mod sources;
mod states;
