//! A pool that others wrote.
