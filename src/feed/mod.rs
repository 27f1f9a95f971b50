//! feed (see lib.rs).
