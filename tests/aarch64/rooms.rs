//! The two rooms that hashing needs, under the names that their tests know.

#[path = "../../src/domain/mod.rs"]
pub mod domain;
#[path = "../../src/engine/mod.rs"]
pub mod engine;
