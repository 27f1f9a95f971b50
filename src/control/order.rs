//! The life of an order, seen from the console: a pure state machine that never invents an outcome.
//!
//! Sent, accepted and delivered are three facts with three times. A lost link makes the rest unknown until the
//! gateway has been asked; what the gateway says is believed in the order of its phases, so a late or doubled answer
//! can't take an order back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::delivery::{self, Before, Doubt};
use crate::domain::ids::{BlockId, BlockKey, FeedId, OrderId, SiteId};
use crate::domain::order::{CALLED_BACK, FREQUENCY_HIGH, Order, OrderStatus, Phase, TargetStatus};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Life {
    /// On its way into the journal: it leaves when it is durable there.
    Recording,
    /// Handed to the link.
    Sent,
    /// The link refused it: it never left this console.
    NotSent,
    /// The link was lost with the order under way: its fate is not known.
    Unknown,
    /// The gateway had it and has lost its memory since: nobody can say any more what became of it.
    Forgotten,
    /// The gateway has said so.
    Said(Phase),
    /// The gateway says that it is delivered, and this speaks against it.
    Claimed(Doubt),
}

impl Life {
    /// The word on the screen, in files and in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Sent => "sent",
            Self::NotSent => "not sent",
            // Nor does a console know more of one that its gateway has not seen yet.
            Self::Unknown | Self::Said(Phase::Unseen) => "unknown",
            Self::Forgotten => "forgotten",
            Self::Said(Phase::NotSeen) => "not seen",
            Self::Said(phase) => phase.word(),
            Self::Claimed(_) => "says delivered",
        }
    }

    /// It has ended, and not as ordered.
    pub const fn went_wrong(self) -> bool {
        match self {
            Self::NotSent | Self::Forgotten => true,
            Self::Said(phase) => {
                phase.is_final() && !matches!(phase, Phase::Delivered | Phase::Cancelled)
            }
            // Nobody has done anything wrong where only the clocks are not known, or it was over before this console came.
            Self::Claimed(doubt) => !matches!(doubt, Doubt::ClockUnknown | Doubt::Unheard),
            Self::Recording | Self::Sent | Self::Unknown => false,
        }
    }

    /// Nothing more is to be expected.
    pub const fn is_final(self) -> bool {
        match self {
            Self::NotSent | Self::Forgotten | Self::Claimed(_) => true,
            Self::Said(phase) => phase.is_final(),
            Self::Recording | Self::Sent | Self::Unknown => false,
        }
    }
}

/// How many blocks of an order are how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shares {
    /// Not begun, as far as is known: these can be called back.
    pub waits: usize,
    /// On their way.
    pub moves: usize,
    /// Delivered.
    pub there: usize,
    /// Called back, or cancelled by the gateway.
    pub cancelled: usize,
}

/// One order of this console with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What was ordered.
    pub order: Order,
    /// The feed that it left by.
    pub feed: FeedId,
    /// What it should move in all.
    pub wanted: Power,
    /// Where it stands.
    pub life: Life,
    /// The furthest phase that the gateway has stated, kept through a lost link.
    pub stated: Option<Phase>,
    /// When it was handed to the link.
    pub sent_at: Timestamp,
    /// When this console heard of it, where it is a gateway's own.
    pub heard_at: Option<Timestamp>,
    /// When the gateway had it.
    pub received_at: Option<Timestamp>,
    /// When the gateway accepted or rejected it.
    pub answered_at: Option<Timestamp>,
    /// When the meter said that it is done, or it ended otherwise.
    pub ended_at: Option<Timestamp>,
    /// In the gateway's words.
    pub detail: Sentence,
    /// By block, as last stated.
    pub targets: Vec<TargetStatus>,
    /// What of that counts: readings of its own blocks, taken after it left, of what they can move.
    pub readings: Vec<TargetStatus>,
    /// Its blocks as they stood when it was made.
    pub before: BTreeMap<BlockKey, Before>,
    /// How far the gateway's times may be off once they are corrected; none: the clocks were not compared.
    pub clock: Option<Duration>,
    /// What each block is said to have moved, and since when.
    pub claims: BTreeMap<BlockKey, (Power, Timestamp)>,
    /// Blocks whose meters speak against what they are said to have moved: what they read, and of what.
    pub against: BTreeMap<BlockKey, (Power, Power)>,
    /// Blocks about whose meters feeds do not agree.
    pub disputed: BTreeSet<BlockKey>,
    /// Blocks whose meters have borne it out.
    pub borne_out: BTreeSet<BlockKey>,
    /// When meters came to speak against it.
    pub opposed_at: Option<Timestamp>,
    /// What the gateway had said, that it would not be run, before it said that it is.
    pub denied: Option<Phase>,
    /// When the gateway was asked, where it has not answered yet.
    pub asked: Option<Timestamp>,
    /// Something of it is shown that the journal does not hold.
    pub unjournaled: bool,
}

/// What can happen to an order.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The gateway says.
    Status(OrderStatus),
    /// It is durable in the journal, and was handed to the link.
    Recorded,
    /// The journal could not take it: it does not leave. The reason.
    NotRecorded(std::sync::Arc<str>),
    /// The link refused it.
    NotSent,
    /// The link is gone.
    LinkLost,
    /// The link is back.
    LinkBack,
    /// The link is live and time has passed.
    LinkStands,
    /// Meters of its blocks speak against what it is said to have moved (what they read, and of what), or bear it out.
    Metered {
        /// Those that do.
        against: BTreeMap<BlockKey, (Power, Power)>,
        /// Those that feeds do not agree about.
        disputed: BTreeSet<BlockKey>,
        /// Those that do no longer, or never did.
        agree: BTreeSet<BlockKey>,
    },
}

/// What shall be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Ask the gateway what became of this order.
    Query(OrderId),
}

impl Record {
    /// An order that was just handed to the link.
    pub fn sent(order: Order, feed: FeedId, wanted: Power, now: Timestamp) -> Self {
        Self {
            order,
            feed,
            wanted,
            life: Life::Sent,
            stated: None,
            sent_at: now,
            heard_at: None,
            received_at: None,
            answered_at: None,
            ended_at: None,
            detail: Sentence::default(),
            targets: Vec::new(),
            readings: Vec::new(),
            before: BTreeMap::new(),
            clock: Some(Duration::ZERO),
            claims: BTreeMap::new(),
            against: BTreeMap::new(),
            disputed: BTreeSet::new(),
            borne_out: BTreeSet::new(),
            opposed_at: None,
            denied: None,
            asked: None,
            unjournaled: false,
        }
    }

    /// An order that leaves once it is durable in the journal.
    pub fn recording(order: Order, feed: FeedId, wanted: Power, now: Timestamp) -> Self {
        Self {
            life: Life::Recording,
            ..Self::sent(order, feed, wanted, now)
        }
    }

    /// What is read until then says nothing of it: when it left; a gateway's own, when this console heard of it, for when
    /// it was given is the gateway's word.
    pub fn left(&self) -> Timestamp {
        let given = |heard: Timestamp| heard.max(self.order.issued_at);
        self.heard_at.map_or(self.sent_at, given)
    }

    /// When the gateway accepted it; none where it never did, a refusal being no acceptance.
    pub fn accepted_at(&self) -> Option<Timestamp> {
        self.answered_at
            .filter(|_| self.stated != Some(Phase::Rejected))
    }

    /// What the meters say has moved so far, as the gateway reports it; of readings that count and that no meter speaks
    /// against.
    pub fn delivered(&self) -> Power {
        let stands = |t: &&TargetStatus| {
            self.is_unopposed() || self.stands(&BlockKey::new(&t.site, &t.block))
        };
        let counts = self.readings.iter().filter(stands);
        counts.filter_map(|t| t.delivered).sum()
    }

    /// Does no meter speak against what is said of this block, and none disagree about it?
    pub fn stands(&self, key: &BlockKey) -> bool {
        !self.against.contains_key(key) && !self.disputed.contains(key)
    }

    /// Is that so of all its blocks?
    pub fn is_unopposed(&self) -> bool {
        self.against.is_empty() && self.disputed.is_empty()
    }

    /// Where it stands by its meters, where its gateway alone calls it delivered.
    fn by_meters(&self, life: Life) -> Life {
        match life {
            Life::Said(Phase::Delivered) | Life::Claimed(Doubt::Meter | Doubt::Disputed) => {
                if !self.against.is_empty() {
                    Life::Claimed(Doubt::Meter)
                } else if !self.disputed.is_empty() {
                    Life::Claimed(Doubt::Disputed)
                } else {
                    Life::Said(Phase::Delivered)
                }
            }
            life => life,
        }
    }

    /// What speaks against the gateway's word, in words.
    pub fn doubt(&self) -> Option<Sentence> {
        match self.life {
            Life::Claimed(Doubt::Meter) => {
                let sum = |of: fn(&(Power, Power)) -> Power| -> Power {
                    self.against.values().map(of).sum()
                };
                Some(told!(
                    "own-doubt-meter",
                    "meter says {reads_kw} of {of_kw}",
                    reads_kw = sum(|m| m.0),
                    of_kw = sum(|m| m.1)
                ))
            }
            Life::Claimed(doubt) => Some(doubt.told()),
            _ => self.denied.map(|said| {
                told!(
                    "own-doubt-denied",
                    "after it said {phase}",
                    phase = said.word()
                )
            }),
        }
    }

    /// When its last block was measured to be there; none while it is not delivered, or where nothing measures it.
    pub fn delivered_at(&self) -> Option<Timestamp> {
        let there = self.readings.iter().filter(|t| t.phase == Phase::Delivered);
        let there = there.filter(|_| self.life == Life::Said(Phase::Delivered));
        there.filter_map(|t| t.measured_at).max()
    }

    /// Its blocks by how far they are, as its gateway has said last.
    pub fn shares(&self) -> Shares {
        let mut shares = Shares::default();
        if self.targets.is_empty() {
            shares.waits = self.order.targets.len();
        }
        for target in &self.targets {
            match target.phase {
                Phase::Received | Phase::Accepted => shares.waits += 1,
                Phase::Executing => shares.moves += 1,
                Phase::Delivered => shares.there += 1,
                Phase::Cancelled => shares.cancelled += 1,
                _ => {}
            }
        }
        if self.life.is_final() {
            (shares.waits, shares.moves) = (0, 0);
        }
        shares
    }

    /// Blocks that are over and were not lowered or raised by it: refused, called back, taken over, failed.
    pub fn ended_short(&self) -> BTreeSet<(&SiteId, &BlockId)> {
        self.over(|phase| phase != Phase::Delivered)
    }

    /// Blocks whose part in it is over, by their last status.
    pub fn over(&self, which: impl Fn(Phase) -> bool) -> BTreeSet<(&SiteId, &BlockId)> {
        let over = |t: &&TargetStatus| t.phase.is_final() && which(t.phase);
        let targets = self.targets.iter().filter(over);
        targets.map(|t| (&t.site, &t.block)).collect()
    }

    /// Blocks that have not begun, as the frequency is too high for it.
    pub fn held(&self) -> impl Iterator<Item = (&SiteId, &BlockId)> {
        let high = |t: &&TargetStatus| t.reasons.iter().any(|r| r.code() == FREQUENCY_HIGH);
        let waits = self.targets.iter().filter(|t| t.phase == Phase::Accepted);
        waits.filter(high).map(|t| (&t.site, &t.block))
    }

    /// Blocks that were called back before they began.
    pub fn back(&self) -> usize {
        let back = |t: &&TargetStatus| t.reasons.iter().any(|r| r.code() == CALLED_BACK);
        self.targets.iter().filter(back).count()
    }

    /// Since when it stands as it does at its end: it ended then, or meters came to speak against that.
    pub fn since(&self) -> Option<Timestamp> {
        self.ended_at.max(self.opposed_at)
    }

    /// It has not ended as ordered, or was run against its gateway's word.
    pub const fn went_wrong(&self) -> bool {
        self.life.went_wrong() || self.denied.is_some()
    }

    /// Of an order that was called back in part: how many blocks, and of how many.
    pub fn called_back(&self) -> Option<(usize, usize)> {
        let back = self.shares().cancelled;
        let part = back > 0 && self.life != Life::Said(Phase::Cancelled);
        part.then_some((back, self.targets.len()))
    }

    /// How it stands, in words.
    pub fn standing(&self) -> Sentence {
        let life = told!("own-life", "{phase}", phase = self.life.word());
        let back = self.called_back().map(|(back, all)| {
            told!(
                "own-part-back",
                "{n} of {all} blocks cancelled",
                n = back,
                all = all
            )
        });
        back.into_iter()
            .chain(self.doubt())
            .fold(life, |what, more| {
                told!("own-list", "{what}, {more}", what = what, more = more)
            })
    }
}

/// How far along a phase is; answers with a lower rank come late and change nothing.
const fn rank(phase: Phase) -> u8 {
    match phase {
        Phase::Received => 1,
        Phase::Accepted => 2,
        Phase::Executing => 3,
        Phase::Unseen => 0,
        Phase::NotSeen => 4,
        Phase::Rejected | Phase::Delivered | Phase::Failed | Phase::Expired | Phase::Cancelled => 5,
    }
}

/// An order or a question about one that brings no word for so long over a live link is asked about (again), or its
/// blocks would be barred for good. Asking is safe: an id that the gateway never saw is dead from then on.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Applies what happened at `now`.
pub fn apply(record: &mut Record, event: Event, now: Timestamp) -> Option<Ask> {
    if record.life == Life::Recording {
        // It has not left: no link and no gateway can know of it.
        match event {
            Event::Recorded => {
                record.life = Life::Sent;
                record.sent_at = now;
            }
            Event::NotRecorded(why) => {
                record.life = Life::NotSent;
                record.ended_at = Some(now);
                record.detail = why.into();
            }
            _ => {}
        }
        return None;
    }
    match event {
        Event::Recorded | Event::NotRecorded(_) => None,
        Event::Status(status) => {
            state(record, status, now);
            None
        }
        Event::Metered {
            against,
            disputed,
            agree,
        } => {
            let said = |key: &BlockKey| agree.contains(key) || disputed.contains(key);
            record.against.retain(|key, _| !said(key));
            let said = |key: &BlockKey| agree.contains(key) || against.contains_key(key);
            record.disputed.retain(|key| !said(key));
            record.against.extend(against);
            record.disputed.extend(disputed);
            // What is still on its way may be borne out now and not at its end.
            let ended = record.readings.iter();
            let ended = ended.filter(|t| t.phase == Phase::Delivered);
            let ended = ended.map(|t| BlockKey::new(&t.site, &t.block));
            record
                .borne_out
                .extend(ended.filter(|key| agree.contains(key)));
            let before = record.life;
            record.life = record.by_meters(before);
            if record.life != before {
                let opposed = matches!(record.life, Life::Claimed(_));
                record.opposed_at = opposed.then_some(now);
            }
            None
        }
        Event::NotSent => {
            // Once a question was asked it may be the question, which bears the same id, that was not sent.
            if record.life == Life::Sent && record.stated.is_none() && record.asked.is_none() {
                record.life = Life::NotSent;
                record.ended_at = Some(now);
            }
            None
        }
        Event::LinkLost => {
            if !record.life.is_final() {
                record.life = Life::Unknown;
                record.asked = None;
            }
            None
        }
        Event::LinkBack => {
            if record.life == Life::Unknown && record.asked.is_none() {
                record.asked = Some(now);
                Some(Ask::Query(record.order.id))
            } else {
                None
            }
        }
        Event::LinkStands => {
            let since = match record.life {
                Life::Sent => Some(record.asked.unwrap_or(record.sent_at)),
                // It has come back without a return of the link, or the question was lost.
                Life::Unknown => record.asked,
                Life::Recording
                | Life::NotSent
                | Life::Forgotten
                | Life::Said(_)
                | Life::Claimed(_) => None,
            };
            if since.is_some_and(|since| since.age(now) >= ANSWER_WITHIN || now < since) {
                record.asked = Some(now);
                Some(Ask::Query(record.order.id))
            } else {
                None
            }
        }
    }
}

fn state(record: &mut Record, status: OrderStatus, now: Timestamp) {
    if status.id != record.order.id {
        return;
    }
    let began = matches!(
        status.phase,
        Phase::Executing | Phase::Delivered | Phase::Failed
    );
    if began && record.stated.is_some_and(Phase::is_denial) {
        // No late answer says that: it runs all the same, and that must not be hidden.
        record.denied = record.stated.take();
        (record.answered_at, record.ended_at) = (None, None);
    }
    let ended = record.stated.is_some_and(Phase::is_final);
    // `not_seen` of an order that it has spoken of before: the gateway has lost its memory (`durable_orders: false`).
    // Nobody will ever say what became of it, so it must not bar its blocks for good.
    let unknown = matches!(status.phase, Phase::NotSeen | Phase::Unseen);
    if unknown && record.stated.is_some() {
        if !ended {
            record.life = Life::Forgotten;
            record.asked = None;
            record.ended_at = Some(now);
            record.detail =
                "the gateway has restarted and no longer knows it: judge by the meters".into();
        }
        return;
    }
    if status.phase == Phase::Unseen {
        // It may still come there: not known, and asked again.
        record.life = Life::Unknown;
        record.asked = Some(now);
        record.detail = status.detail;
        return;
    }
    let known = record.stated.map_or(0, rank);
    let new = rank(status.phase);
    // A `delivered` that was not borne out may be said again, better; what a meter says against it stands.
    let meters = |doubt| matches!(doubt, Doubt::Meter | Doubt::Disputed);
    let open = matches!(record.life, Life::Claimed(doubt) if !meters(doubt));
    if (ended && !open) || new < known {
        return;
    }
    record.stated = Some(status.phase);
    record.asked = None;
    record.detail = status.detail;
    if !status.targets.is_empty() {
        record.targets = status.targets;
    }
    let (readings, doubt) = delivery::weighed(record, now);
    record.readings = readings;
    record.claims = delivery::claims(record);
    let before = record.life;
    record.life = match doubt {
        Some(doubt) if status.phase == Phase::Delivered => Life::Claimed(doubt),
        _ => record.by_meters(Life::Said(status.phase)),
    };
    // What is heard late, after a lost link, was so when its gateway says, not when it was asked.
    let since = match record.clock {
        Some(_) => status.at.max(record.sent_at).min(now),
        None => now,
    };
    if record.received_at.is_none() && status.phase != Phase::NotSeen {
        record.received_at = Some(since);
    }
    if record.answered_at.is_none() && new >= 2 && status.phase != Phase::NotSeen {
        record.answered_at = Some(since);
    }
    // What was doubted and is said better has ended now: its meters are waited for from now on.
    if status.phase.is_final() && (!open || record.life != before) {
        record.ended_at = Some(now);
    }
}
