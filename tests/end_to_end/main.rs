//! The main job on the real binary: gateways as processes, consoles in pseudo-terminals, real websockets between them,
//! and what a person would see.

#[path = "../common/mod.rs"]
mod common;

mod access;
mod alarms;
mod curtail;
mod desk;
mod emergency;
mod faults;
mod frames;
mod grid;
mod handover;
mod history;
mod hostile;
mod journals;
mod local;
mod many;
mod orders;
mod outage;
mod papers;
mod proxy;
mod replay;
mod rules;
mod screens;
mod second;
mod ssh;
mod status;
