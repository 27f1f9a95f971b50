//! One pool's link, session and standing together.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tokio::sync::mpsc;

use super::backoff::Backoff;
use super::choice::Standing;
use crate::domain::mining::Health;
use crate::domain::time::Timestamp;
use crate::work::stratum::address::PoolAddress;
use crate::work::stratum::link::{self, Event, Link, Tag};
use crate::work::stratum::session::Session;
use crate::work::{Told, Work};

/// A latency alone is told this often.
const LATENCY_EVERY: Duration = Duration::from_secs(5);

/// How one end was told last.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    health: Health,
    detail: Arc<str>,
    active: bool,
}

/// One pool.
pub(super) struct End {
    pub(super) address: PoolAddress,
    pub(super) tls: Option<Arc<ClientConfig>>,
    pub(super) session: Session,
    pub(super) link: Option<Link>,
    /// The number of its link; events of earlier ones are not heard.
    pub(super) number: u64,
    pub(super) backoff: Backoff,
    pub(super) retry_at: Timestamp,
    /// Where the pool has sent us.
    pub(super) detour: Option<PoolAddress>,
    pub(super) standing: Standing,
    /// Work that was not given to the engine yet.
    pub(super) fresh: Option<Box<Work>>,
    pub(super) health: Health,
    pub(super) detail: Arc<str>,
    shown: Option<Shown>,
    shown_at: Timestamp,
    /// While it is wanted only for answers that are due.
    pub(super) lingers_since: Option<Timestamp>,
}

impl End {
    /// One that has no link yet; the first is dialled at once, the others are spares.
    pub(super) fn new(
        at: usize,
        address: PoolAddress,
        tls: Option<Arc<ClientConfig>>,
        session: Session,
        now: Timestamp,
    ) -> Self {
        Self {
            address,
            tls,
            session,
            link: None,
            number: 0,
            backoff: Backoff::default(),
            retry_at: now,
            detour: None,
            standing: Standing::default(),
            fresh: None,
            health: if at == 0 {
                Health::Connecting
            } else {
                Health::Spare
            },
            detail: "".into(),
            shown: None,
            shown_at: now,
            lingers_since: None,
        }
    }

    /// It is wanted: dialled where it has no link and its wait is over.
    pub(super) fn keep(&mut self, at: usize, now: Timestamp, events: &mpsc::Sender<(Tag, Event)>) {
        self.lingers_since = None;
        if self.standing.giving_since.is_none() {
            self.standing.trying_since.get_or_insert(now);
        }
        if self.link.is_none() && now >= self.retry_at {
            self.number += 1;
            let to = self.detour.as_ref().unwrap_or(&self.address).clone();
            let tag = (at, self.number);
            self.link = Some(link::open(to, self.tls.clone(), tag, events.clone()));
            if self.health == Health::Spare {
                self.health = Health::Connecting;
            }
        }
    }

    /// Whether it gives work now.
    pub(super) fn judge(&mut self, now: Timestamp) {
        let standing = &mut self.standing;
        standing.has_work = self.session.has_work();
        if self.session.is_giving_work() {
            standing.giving_since.get_or_insert(now);
            standing.trying_since = None;
            standing.failed = false;
        } else {
            standing.giving_since = None;
            standing.failed |= self.session.is_refused();
        }
    }

    /// What is to be told of it, if that is new.
    pub(super) fn show(&mut self, at: usize, active: bool, now: Timestamp) -> Option<Told> {
        let shown = Shown {
            health: self.health,
            detail: Arc::clone(&self.detail),
            active,
        };
        let latency = self.session.latency();
        let is_old = latency.is_some() && self.shown_at.age(now) >= LATENCY_EVERY;
        if self.shown.as_ref() == Some(&shown) && !is_old {
            return None;
        }
        self.shown_at = now;
        self.shown = Some(shown);
        Some(Told::Health {
            end: at,
            health: self.health,
            detail: Arc::clone(&self.detail),
            latency,
            active,
        })
    }
}
