//! commands (see lib.rs).
pub mod verify_headers;
