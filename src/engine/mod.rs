//! engine (see lib.rs).
