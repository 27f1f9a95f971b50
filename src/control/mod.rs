//! control (see lib.rs).
