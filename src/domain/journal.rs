//! What a journal holds: facts with their time and their actor, and the rows that come of them.

use std::borrow::Cow;
use std::sync::Arc;

use super::act::Done;
use super::alarm::{Alarm, Place};
use super::deed::Deed;
use super::fleet::Tag;
use super::grid::Instruction;
use super::ids::{AlarmId, BlockKey, OrderId, SiteId};
use super::order::{Order, OrderStatus, PlanHash, Reason};
use super::quality::Quality;
use super::time::Timestamp;
use super::units::Power;

/// One entry, before it has a number.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// When, by the clock of whoever keeps the journal.
    pub at: Timestamp,
    /// Who: an operator, or the gateway that spoke.
    pub actor: Arc<str>,
    /// What.
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Fact {
    /// What an operator had before him when he confirmed a plan. Its orders follow as [`Fact::Intent`].
    Plan(Box<Seen>),
    /// An order that shall leave this console, whole.
    Intent {
        /// The order.
        order: Box<Order>,
        /// What it should move in all.
        wanted: Power,
    },
    /// An order that waits for its second person before it leaves this console, whole.
    Asked {
        /// The order.
        order: Box<Order>,
        /// What it should move in all.
        wanted: Power,
    },
    /// What became of an order that waited for its second person.
    Second {
        /// Of which order.
        id: OrderId,
        /// Of which plan.
        plan: PlanHash,
        /// What.
        word: SecondWord,
        /// By whom.
        by: Option<Arc<str>>,
        /// Why.
        why: Arc<str>,
    },
    /// What this desk's operator said, as the second person, to another's order.
    Answered {
        /// The order, whole; where they agree with their name and signature.
        order: Box<Order>,
        /// Yes or no.
        agree: bool,
        /// Why not.
        why: Arc<str>,
        /// What it would have moved, as this console saw.
        moved: Power,
    },
    /// An order that came to this gateway, whole.
    Order(Box<Order>),
    /// An id that was asked for before its order came: it never runs.
    Dead(OrderId),
    /// An act that came to this gateway and is done now, if nothing stands against it.
    Act(Box<Done>),
    /// What a gateway says of an order, measurements included.
    Answer(Box<OrderStatus>),
    /// What became of an order without a word of its gateway.
    Fate {
        /// Of which order.
        id: OrderId,
        /// What.
        fate: Fate,
        /// Why.
        detail: Arc<str>,
    },
    /// An alarm has changed.
    Alarm {
        /// By which feed.
        feed: Arc<str>,
        /// The alarm as it stands.
        alarm: Box<Alarm>,
    },
    /// An operator has seen an alarm.
    Acknowledged {
        /// By which feed.
        feed: Arc<str>,
        /// Which.
        id: AlarmId,
        /// Where.
        #[serde(default)]
        place: Place,
    },
    /// An operator has set an alarm aside.
    Shelved {
        /// By which feed.
        feed: Arc<str>,
        /// Which.
        id: AlarmId,
        /// Where.
        #[serde(default)]
        place: Place,
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: Arc<str>,
    },
    /// An operator has taken an alarm out of service, or put it back.
    Serviced {
        /// By which feed.
        feed: Arc<str>,
        /// Which.
        id: AlarmId,
        /// Where.
        #[serde(default)]
        place: Place,
        /// Out, or back.
        out: bool,
        /// Why.
        reason: Arc<str>,
    },
    /// The authority over a site has changed hands.
    Authority {
        /// The site.
        site: SiteId,
        /// Who holds it now.
        holder: Option<Arc<str>>,
        /// Since this epoch.
        epoch: u64,
    },
    /// A tag was hung or taken off.
    Tag {
        /// On which block.
        block: BlockKey,
        /// Which.
        tag: Tag,
        /// Hung, or taken off.
        hung: bool,
    },
    /// An act of an operator's beside orders, at one of its stages.
    Deed {
        /// The act, with its reason.
        deed: Box<Deed>,
        /// How far it has come.
        stage: Stage,
        /// In words; empty where the stage says it all.
        detail: Arc<str>,
    },
    /// An emergency shed was confirmed, or has ended. Its orders stand as [`Fact::Intent`].
    Emergency {
        /// The scope in words.
        scope: Arc<str>,
        /// What.
        detail: Arc<str>,
    },
    /// What a person wants to be remembered.
    Note(Arc<str>),
    /// A shift was handed over: the whole statement, and the leaving operator's name under it.
    Handover(Box<super::handover::Signed>),
    /// Who takes a shift over puts their name under the statement of this SHA-256.
    Takeover {
        /// Of which statement.
        hash: [u8; 32],
        /// Whose name.
        mark: super::handover::Mark,
    },
    /// A console or a gateway has started.
    Started {
        /// Its version.
        version: Arc<str>,
        /// The desk, or the gateway.
        desk: Arc<str>,
        /// SHA-256 of its config file; none where it runs without.
        config: Option<[u8; 32]>,
        /// Its feeds.
        feeds: Vec<Arc<str>>,
    },
    /// It has ended in good order.
    Stopped,
    /// A step in the life of an instruction of the grid operator.
    Instruction {
        /// What it says.
        instruction: Box<Instruction>,
        /// Which step.
        step: InstructionStep,
        /// What the nation drew then, where that was known.
        mining: Option<Power>,
    },
    /// A feed's link is there, or is gone.
    Link {
        /// Which feed.
        feed: Arc<str>,
        /// Live, or down.
        up: bool,
        /// Why, or since when.
        detail: Arc<str>,
    },
}

impl Fact {
    /// Its kind, one plain word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Plan(_) => "plan",
            Self::Intent { .. } => "intent",
            Self::Asked { .. } => "asked",
            Self::Second { .. } => "second",
            Self::Answered { .. } => "answered",
            Self::Order(_) => "order",
            Self::Dead(_) => "dead",
            Self::Act(_) => "act",
            Self::Answer(_) => "answer",
            Self::Fate { .. } => "fate",
            Self::Alarm { .. } => "alarm",
            Self::Acknowledged { .. } => "ack",
            Self::Shelved { .. } => "shelve",
            Self::Serviced { .. } => "service",
            Self::Authority { .. } => "authority",
            Self::Tag { .. } => "tag",
            Self::Deed { .. } => "deed",
            Self::Emergency { .. } => "emergency",
            Self::Note(_) => "note",
            Self::Handover(_) => "handover",
            Self::Takeover { .. } => "takeover",
            Self::Started { .. } => "start",
            Self::Stopped => "stop",
            Self::Instruction { .. } => "instruction",
            Self::Link { .. } => "link",
        }
    }
}

/// What became of an order that waited for its second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SecondWord {
    /// One has agreed.
    Agreed,
    /// One has refused.
    Refused,
    /// Nobody has agreed in time.
    Lapsed,
    /// Its issuer asks no more.
    CalledBack,
    /// It can't be sent as it was asked for.
    NotSent,
}

impl SecondWord {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Refused => "refused",
            Self::Lapsed => "lapsed",
            Self::CalledBack => "called_back",
            Self::NotSent => "not_sent",
        }
    }
}

/// How far an act of authority, or a tag, has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Stage {
    /// A person has confirmed it: it leaves once this is durable.
    Confirmed,
    /// The fleet shows it done, or what came of it.
    Settled,
    /// The gateway refuses it.
    Refused,
    /// It never left this console.
    NotSent,
    /// Nobody has answered.
    Unanswered,
}

impl Stage {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Settled => "settled",
            Self::Refused => "refused",
            Self::NotSent => "not_sent",
            Self::Unanswered => "unanswered",
        }
    }
}

/// A step in the life of an instruction of the grid operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum InstructionStep {
    /// It was heard.
    Heard,
    /// It says something else under its id.
    Changed,
    /// It has come into force.
    InForce,
    /// Its ramp is over, and more is drawn than it wants.
    Above,
    /// No more is drawn than it wants.
    Met,
    /// Its time is over.
    Ended,
    /// The grid operator has taken it back.
    Withdrawn,
}

impl InstructionStep {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Changed => "changed",
            Self::InForce => "in_force",
            Self::Above => "above",
            Self::Met => "met",
            Self::Ended => "ended",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What became of an order without a word of its gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Fate {
    /// It never left this console.
    NotSent,
    /// The link was lost with it under way.
    Unknown,
    /// The gateway has lost its memory since.
    Forgotten,
    /// The gateway says that it is delivered, and something speaks against it.
    SaysDelivered,
    /// A person calls back what of it has not begun.
    CancelSent,
    /// Whether that came to the gateway is not known.
    CancelUnknown,
    /// It did not: nothing was called back.
    CancelLost,
    /// The gateway has refused it.
    CancelRefused,
}

impl Fate {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
            Self::Forgotten => "forgotten",
            Self::SaysDelivered => "says_delivered",
            Self::CancelSent => "cancel_sent",
            Self::CancelUnknown => "cancel_unknown",
            Self::CancelLost => "cancel_lost",
            Self::CancelRefused => "cancel_refused",
        }
    }
}

/// What an operator had before him.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// The plan that he confirmed.
    pub plan: PlanHash,
    /// The figures, with what each was worth.
    pub figures: Vec<Figure>,
    /// Megawatts by site.
    pub sites: Vec<SeenSite>,
    /// Who was left out, and why.
    pub excluded: Vec<(BlockKey, Vec<Reason>)>,
}

/// A figure as it was shown. The unit stands in the name (`moved_w`).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Figure {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Whole units.
    pub value: i64,
    /// What it was worth.
    pub quality: Quality,
}

/// A site's part of a plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SeenSite {
    /// The site.
    pub site: SiteId,
    /// What is moved there.
    pub moved: Power,
    /// What its telemetry was worth.
    pub quality: Quality,
}

/// The last row of a journal: its number and its SHA-256. Noted elsewhere, it proves that nothing before was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// 0: there is no row yet.
    pub seq: u64,
    /// The row's SHA-256.
    pub hash: [u8; 32],
}

impl Head {
    /// Of a journal without a row.
    pub const NONE: Self = Self {
        seq: 0,
        hash: [0; 32],
    };
}

/// A row as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Line {
    /// Its number, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Arc<str>,
    /// [`Fact::kind`], or what a later version wrote.
    pub kind: Arc<str>,
    /// In one sentence.
    pub what: Arc<str>,
}
