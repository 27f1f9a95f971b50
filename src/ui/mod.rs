//! ui (see lib.rs).
