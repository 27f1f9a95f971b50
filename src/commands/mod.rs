//! commands (see lib.rs).
