//! gateway (see lib.rs).
