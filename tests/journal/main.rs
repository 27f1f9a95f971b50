//! The audit journal under faults: killed, cut off, on a full or a read-only disk.

mod child;
mod disk;
mod killed;
