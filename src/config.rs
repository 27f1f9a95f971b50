//! config (see lib.rs).
