//! `baseload`: the terminal console of a national Bitcoin-mining operator.
//!
//! # The map
//! - [`domain`]: what is true. No I/O, no clock, no async.
//! - [`files`]: the one way to read a file: bounded, and never waiting for long.
//! - [`control`]: what may be done: plan, order life cycle, interlocks. Pure.
//! - [`engine`]: the hashing. The only room with `unsafe`.
//! - [`work`]: where jobs come from and where finds go: nodes and pools.
//! - [`feed`]: the wire; `feed/protocol` is the only place that knows the feed's JSON.
//! - [`config`]: the config file as typed values; an error names file, line and key.
//! - [`journal`]: what is kept: the audit journal, the history. The only room with SQL.
//! - [`gateway`]: the serving side: one trait; simulator, replay and the local engine behind it.
//! - [`app`]: state, messages, effects; `update(&mut State, Msg) -> Vec<Effect>`. No ratatui, no tokio.
//! - [`ui`]: `view(&State, &Look, &mut Frame)`.
//! - [`runtime`]: the one `select!`: input first, then messages; executes effects; draws when dirty.
//! - [`cli`]: every command and flag. [`commands`]: one file a command; thin.
//!
//! # The import rule
//! `domain`, `files` <- `control`, `engine` <- `work`, `feed`, `config`, `journal` <- `gateway`, `app` <- `ui` <- `runtime` <-
//! `commands`, `cli` <- `main`. A room imports only from rooms of an earlier rank; `app` knows `domain` and `control`
//! alone. `tests/architecture.rs` holds the rule.

pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
pub mod control;
pub mod domain;
#[allow(
    unsafe_code,
    reason = "hand-written kernels and thread scheduling live here, each block with its SAFETY reason"
)]
pub mod engine;
pub mod feed;
pub mod files;
pub mod gateway;
pub mod journal;
pub mod runtime;
pub mod ui;
pub mod work;
