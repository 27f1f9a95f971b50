//! The serving side: one trait, and behind it the simulator, replay and this machine's own engine.
//!
//! Invariant: a gateway is a plain value driven by the time it is given; it owns its truth (loads, orders, ids) and
//! obeys an order only through its own interlocks, whatever a console believed. `serve` puts it on a websocket.

mod acts;
mod agreements;
mod book;
pub mod durable;
mod ledger;
mod live;
pub mod local;
mod past;
mod records;
mod refused;
pub mod replay;
pub mod roll;
pub mod rule_book;
mod said;
mod search;
pub mod serve;
pub mod simulator;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::bounds::Bounds;
use crate::domain::filter::MachineFilter;
use crate::domain::fleet::{Machine, MachinePage};
use crate::domain::ids::{GatewayId, HallId, SiteId};
use crate::domain::link::{Item, Request, Topic};
use crate::domain::machine::MachineDetail;
use crate::domain::operator::TwoPersons;
use crate::domain::pacing::Pacing;
use crate::domain::sentence::Sentence;
use crate::domain::time::Timestamp;

use roll::Roll;

/// What a gateway says of itself; `serve` adds the boot id and sends it as `hello`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The gateway that orders are addressed to.
    pub gateway: GatewayId,
    /// The nation.
    pub nation: Arc<str>,
    /// How often each item is repeated at least.
    pub report_period: Duration,
    /// Not real.
    pub simulated: bool,
    /// Order ids survive a restart.
    pub durable_orders: bool,
    /// Above what it wants two persons' signatures.
    pub two_persons: TwoPersons,
    /// It knows who may act; where it does not, anybody may.
    pub operators: bool,
}

/// One client's link to a gateway; no number is used twice in the gateway's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub u64);

/// An answer that had to wait for its record: for whom, about what, and what [`Gateway::request`] would have given.
#[derive(Debug, Clone, PartialEq)]
pub struct Late {
    /// The link that asked.
    pub link: LinkId,
    /// The id that it asked about.
    pub about: Arc<str>,
    /// The answer.
    pub answer: Result<Vec<Item>, Refusal>,
}

/// Why a request got no items for an answer. An order that is refused is no `Refusal`: it is an
/// [`crate::domain::order::OrderStatus`] with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// `unknown_hall`, `unsupported`, ...
    pub code: &'static str,
    /// One sentence.
    pub message: Sentence,
}

/// One server of a fleet, a grid or a reserve. Synchronous and without a clock of its own; called from one task.
pub trait Gateway: Send {
    /// Who it is. Changes with its operators only ([`Gateway::operators`]).
    fn identity(&self) -> Identity;

    /// How emergencies go here, and in which time limits count; none where it has no such bounds. Changes with its
    /// operators only.
    fn bounds(&self) -> Option<Bounds> {
        None
    }

    /// How what it is told happens over time, as far as it says. Does not change.
    fn pacing(&self) -> Pacing {
        Pacing::default()
    }

    /// Moves its world on to `now` (wall time; a simulator that runs faster maps it to its own).
    fn advance(&mut self, now: Timestamp);

    /// Everything of a topic as it stands.
    fn snapshot(&self, topic: Topic) -> Vec<Item>;

    /// What has changed, or is due for its repetition, since the last call for this topic. Orders and alarms appear
    /// here once for each change of theirs, in order.
    fn changes(&mut self, topic: Topic) -> Vec<Item>;

    /// A page (500 rows) of those machines of a hall that the filter lets through. Of a filter, a page beyond the last
    /// one is empty: what it lets through changes.
    fn machines(
        &self,
        site: &SiteId,
        hall: &HallId,
        page: u32,
        filter: &MachineFilter,
    ) -> Result<MachinePage, Refusal>;

    /// What else is known of one machine of a page that it has given; none where it knows no more.
    fn machine(&self, site: &SiteId, row: &Machine) -> Option<MachineDetail> {
        let _ = (site, row);
        None
    }

    /// Does what a console asks. Answers that every console should see (an order's phases, an alarm's state) come out
    /// of [`Gateway::changes`]; what is returned here goes to the asker alone, at once: for an order or a query, its
    /// present status (a repeated id: the stored one). `link` is the one that it came over.
    fn request(
        &mut self,
        request: Request,
        link: LinkId,
        now: Timestamp,
    ) -> Result<Vec<Item>, Refusal>;

    /// From now on these may act; nothing at a gateway that knows no operators by its kind. What is under way goes on;
    /// where somebody's is who is not on the roll any more, it is told.
    fn operators(&mut self, roll: Arc<Roll>, now: Timestamp) {
        let _ = (roll, now);
    }

    /// Something of the gateway's own is wrong (`sort`: `operators_file`), in one sentence; none: not any more. Where it
    /// has alarms, it raises one and clears it.
    fn trouble(&mut self, sort: &'static str, what: Option<String>, now: Timestamp) {
        let _ = (sort, what, now);
    }

    /// Gives it what to call, from any thread, once it should be moved on before its next turn.
    fn wake_with(&mut self, wake: durable::Wake) {
        let _ = wake;
    }

    /// Answers to requests whose record was waited for: [`Gateway::request`] gave no items then.
    fn late(&mut self) -> Vec<Late> {
        Vec::new()
    }
}
