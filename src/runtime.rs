//! runtime (see lib.rs).
