//! `baseload mine`, the real binary: command line, lines, screen, pools, and a real node.

#[path = "../common/mod.rs"]
mod common;

#[path = "../judge/ask.rs"]
mod judge;

mod bcoin;
mod easy;
mod lines;
mod manners;
mod node;
mod pool;
mod screen;
mod stand_in;
mod support;
mod torture;
