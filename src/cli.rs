//! cli (see lib.rs).
