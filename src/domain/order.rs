//! Orders and their answers, as facts. What may be done with them is `control`'s to say.

use std::sync::Arc;
use std::time::Duration;

use super::ids::{BlockId, BlockKey, GatewayId, OrderId, SiteId};
use super::sentence::{Sentence, told};
use super::time::Timestamp;
use super::units::{Hertz, Power};

/// Down or up.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum OrderKind {
    /// Take load off.
    Curtail,
    /// Give load back.
    Restore,
}

impl OrderKind {
    /// The word on the screen and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Curtail => "curtail",
            Self::Restore => "restore",
        }
    }
}

/// SHA-256 over a plan's canonical form; what was armed is what is sent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct PlanHash(pub [u8; 32]);

/// What one block is told to draw.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OrderTarget {
    /// The site.
    pub site: SiteId,
    /// The block.
    pub block: BlockId,
    /// What it shall draw.
    pub target: Power,
    /// The site's epoch that the issuer saw.
    pub epoch: u64,
    /// Rises per site, so that a late curtail can't follow a restore.
    pub site_seq: u64,
    /// Not to be begun sooner than so long after the gateway has taken the order, nor before its notice is over; zero: at
    /// once.
    #[serde(default, with = "super::exact")]
    pub after: Duration,
}

impl OrderTarget {
    /// Longest that a target may be put off.
    pub const LONGEST_AFTER: Duration = Duration::from_hours(1);
}

/// One order to one gateway.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Order {
    /// Its id; a gateway never runs the same id twice.
    pub id: OrderId,
    /// The plan that it is a part of.
    pub plan: PlanHash,
    /// The nation that it is meant for.
    pub nation: Arc<str>,
    /// The gateway that it is meant for.
    pub gateway: GatewayId,
    /// Down or up.
    pub kind: OrderKind,
    /// What each block is told.
    pub targets: Vec<OrderTarget>,
    /// Blocks that the gateway may use in place of ones that do not obey.
    pub substitutes: Vec<BlockKey>,
    /// How much more than ordered the gateway may move while it substitutes.
    pub extra_max: Power,
    /// Why, in the issuer's words.
    pub reason: Arc<str>,
    /// Who orders.
    pub issued_by: Arc<str>,
    /// Who agrees, where two must.
    pub countersigned_by: Option<Arc<str>>,
    /// When, by the issuer's clock.
    pub issued_at: Timestamp,
    /// Not to be begun after this, by the gateway's clock (the issuer has added the skew).
    pub expires_at: Timestamp,
    /// Zero: holds until restored.
    #[serde(with = "super::exact")]
    pub lease: Duration,
    /// A step of an emergency shed: one person is enough, and an unknown skew does not bar it.
    pub emergency: bool,
    /// ed25519 over the RFC 8785 form of all other fields, hexadecimal.
    pub signature: Option<Arc<str>>,
    /// The second person's.
    pub countersignature: Option<Arc<str>>,
    /// The desk that it was made at.
    #[serde(default)]
    pub desk: Option<Arc<str>>,
    /// The desk at which the second person agreed.
    #[serde(default)]
    pub countersigned_desk: Option<Arc<str>>,
    /// The frequency that its issuer saw.
    #[serde(default)]
    pub freq_seen: Option<Hertz>,
    /// Not to be begun before this, by the gateway's clock.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
}

/// What a second person says to an order that two must sign.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Agreement {
    /// Nothing yet.
    Asked,
    /// Yes.
    Agreed {
        /// Who.
        by: Arc<str>,
        /// At which desk; none at a gateway of older rules.
        #[serde(default)]
        desk: Option<Arc<str>>,
        /// Theirs, over the order with `countersigned_by` set to them, hexadecimal; none where the gateway knows no
        /// operators.
        signature: Option<Arc<str>>,
    },
    /// No.
    Refused {
        /// Who.
        by: Arc<str>,
        /// Why, in their words.
        why: Arc<str>,
    },
    /// Nobody said anything before it expired, or it was called back.
    Lapsed,
}

/// An order that waits for its second person, as its gateway passes it on to every console.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Countersign {
    /// The order, without signatures.
    pub order: Order,
    /// What its issuer had before him, site by site, as his console says; nobody has signed it.
    pub seen: Vec<super::journal::SeenSite>,
    /// What was said to it.
    pub agreement: Agreement,
}

/// How far an order has come, as its gateway says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Phase {
    /// It is there.
    Received,
    /// It will be done.
    Accepted,
    /// It will not be done, for the reasons given.
    Rejected,
    /// It is being done.
    Executing,
    /// A meter reading newer than the order says that it is done.
    Delivered,
    /// It could not be done.
    Failed,
    /// It came too late.
    Expired,
    /// It was called back before it began.
    Cancelled,
    /// The gateway never saw this id, and from now on would reject it.
    NotSeen,
    /// The gateway has not seen this id; nobody has asked it to reject it from now on.
    Unseen,
}

impl Phase {
    /// The word on the screen and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Executing => "executing",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::NotSeen => "not_seen",
            Self::Unseen => "unseen",
        }
    }

    /// Nothing can follow this phase.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Rejected
                | Self::Delivered
                | Self::Failed
                | Self::Expired
                | Self::Cancelled
                | Self::NotSeen
        )
    }

    /// It was not run, and will not be.
    pub const fn is_denial(self) -> bool {
        matches!(
            self,
            Self::Rejected | Self::Expired | Self::Cancelled | Self::NotSeen
        )
    }
}

/// Why a block can't be ordered, or an order is refused. On the wire: a code and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Reason {
    /// Its telemetry is too old to act on.
    StaleTelemetry {
        /// How old.
        #[serde(with = "super::exact")]
        age: Duration,
    },
    /// Its telemetry is bad.
    BadTelemetry,
    /// Its feed is down.
    LinkDown,
    /// It is switched to local control.
    LocalMode,
    /// A maintenance lockout hangs on it.
    Tagged {
        /// Who hung it.
        owner: Arc<str>,
    },
    /// Another order is under way.
    OrderPending,
    /// Off too short a time.
    MinimumOff {
        /// To go.
        #[serde(with = "super::exact")]
        left: Duration,
    },
    /// On too short a time.
    MinimumOn {
        /// To go.
        #[serde(with = "super::exact")]
        left: Duration,
    },
    /// Started too often in the last hour.
    StartsPerHour {
        /// The limit.
        limit: u32,
    },
    /// Heat customers need it.
    MustRun {
        /// Until when; none: until further notice.
        until: Option<Timestamp>,
    },
    /// Another holds the authority over the site.
    Authority {
        /// Who.
        holder: Arc<str>,
    },
    /// The epoch in the order is older than the site's.
    OldEpoch,
    /// The site has seen a later order.
    OldSequence,
    /// No contract call is left.
    CallsExhausted,
    /// Shed for so many hours in the last 30 days that others take their turn.
    ShedHours {
        /// The cap, hours.
        cap: u32,
    },
    /// The contract wants more notice.
    Notice {
        /// How much.
        #[serde(with = "super::exact")]
        notice: Duration,
    },
    /// It has failed or does not answer.
    NotAnswering,
    /// Nothing to take or to give: it is there already.
    AlreadyThere,
    /// The order has expired.
    Expired,
    /// No such site or block here.
    Unknown,
    /// The target is not one that the block can hold.
    BadTarget,
    /// The same site is seen on two feeds.
    SeenTwice,
    /// What a gateway said that this console does not know by its code.
    Stated {
        /// The gateway's code.
        code: Arc<str>,
        /// The gateway's sentence.
        text: Sentence,
    },
}

impl Reason {
    /// The code on the wire.
    pub fn code(&self) -> &str {
        match self {
            Self::StaleTelemetry { .. } => "stale_telemetry",
            Self::BadTelemetry => "bad_telemetry",
            Self::LinkDown => "link_down",
            Self::LocalMode => "local_mode",
            Self::Tagged { .. } => "tagged",
            Self::OrderPending => "order_pending",
            Self::MinimumOff { .. } => "minimum_off",
            Self::MinimumOn { .. } => "minimum_on",
            Self::StartsPerHour { .. } => "starts_per_hour",
            Self::MustRun { .. } => "must_run",
            Self::Authority { .. } => "authority",
            Self::OldEpoch => "old_epoch",
            Self::OldSequence => "old_sequence",
            Self::CallsExhausted => "calls_exhausted",
            Self::ShedHours { .. } => "shed_hours",
            Self::Notice { .. } => "notice",
            Self::NotAnswering => "not_answering",
            Self::AlreadyThere => "already_there",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
            Self::BadTarget => "bad_target",
            Self::SeenTwice => "seen_twice",
            Self::Stated { code, .. } => code,
        }
    }

    /// The sentence for people, with its code where it is one of ours.
    pub fn told(&self) -> Sentence {
        match self {
            Self::StaleTelemetry { age } => {
                told!("reason-stale", "telemetry stale {age_ms}", age_ms = *age)
            }
            Self::BadTelemetry => told!("reason-bad-telemetry", "telemetry bad"),
            Self::LinkDown => told!("reason-link-down", "link down"),
            Self::LocalMode => told!("reason-local-mode", "switched to local"),
            Self::Tagged { owner } => {
                told!(
                    "reason-tagged",
                    "maintenance lockout by {owner}",
                    owner = owner
                )
            }
            Self::OrderPending => told!("reason-order-pending", "an order is under way"),
            Self::MinimumOff { left } => told!(
                "reason-minimum-off",
                "minimum off time, {left_ms} to go",
                left_ms = *left
            ),
            Self::MinimumOn { left } => told!(
                "reason-minimum-on",
                "minimum on time, {left_ms} to go",
                left_ms = *left
            ),
            Self::StartsPerHour { limit } => told!(
                "reason-starts",
                "started {limit} times in the last hour",
                limit = *limit
            ),
            Self::MustRun { until: Some(_) } => {
                told!("reason-must-run-now", "heat must-run for now")
            }
            Self::MustRun { until: None } => told!("reason-must-run", "heat must-run"),
            Self::Authority { holder } => told!(
                "reason-authority",
                "authority held by {holder}",
                holder = holder
            ),
            Self::OldEpoch => told!("reason-old-epoch", "authority has changed hands since"),
            Self::OldSequence => told!("reason-old-sequence", "a later order was seen"),
            Self::CallsExhausted => told!("reason-calls", "no contract calls left"),
            Self::ShedHours { cap } => told!(
                "reason-shed-hours",
                "shed for {cap} h in the last 30 days",
                cap = *cap
            ),
            Self::Notice { notice } => told!(
                "reason-notice",
                "contract wants {notice_ms} notice",
                notice_ms = *notice
            ),
            Self::NotAnswering => told!("reason-not-answering", "not answering"),
            Self::AlreadyThere => told!("reason-already-there", "already there"),
            Self::Expired => told!("reason-expired", "expired before it could begin"),
            Self::Unknown => told!("reason-unknown", "no such block here"),
            Self::BadTarget => told!("reason-bad-target", "cannot hold that target"),
            Self::SeenTwice => told!(
                "reason-seen-twice",
                "seen on two feeds; to pin it: sites = ['its id'] in [[feed]]"
            ),
            Self::Stated { text, .. } => text.clone(),
        }
    }

    /// The same in English.
    pub fn sentence(&self) -> String {
        self.told().to_string()
    }
}

/// A span as an operator says it: seconds below two minutes, minutes below two hours, then hours.
pub fn span(span: Duration) -> String {
    match span.as_secs() {
        s @ 0..=119 => format!("{s} s"),
        s @ 120..=7_199 => format!("{} min", s / 60),
        s => format!("{} h", s / 3_600),
    }
}

/// How far one block of an order has come.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TargetStatus {
    /// The site.
    pub site: SiteId,
    /// The block.
    pub block: BlockId,
    /// How far.
    pub phase: Phase,
    /// Why not, all of them.
    pub reasons: Vec<Reason>,
    /// How much the meter says has moved (always positive in the ordered direction).
    pub delivered: Option<Power>,
    /// When the meter was read.
    pub measured_at: Option<Timestamp>,
}

/// A gateway's answer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OrderStatus {
    /// Of which order.
    pub id: OrderId,
    /// How far as a whole.
    pub phase: Phase,
    /// When, by the gateway's clock corrected by the skew.
    pub at: Timestamp,
    /// In the gateway's words.
    pub detail: Sentence,
    /// By block.
    pub targets: Vec<TargetStatus>,
    /// Whose order it is; none where the gateway does not say.
    #[serde(default)]
    pub issued: Option<Arc<Issued>>,
}

/// The code of the reason of a block whose order was called back before it began.
pub const CALLED_BACK: &str = "called_back";
/// The code of the reason of a shed that is barred or held, as the frequency is too high for it.
pub const FREQUENCY_HIGH: &str = "frequency_high";

/// Whose an order is and what it wants, as its gateway tells everybody.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Issued {
    /// Who orders.
    pub by: Arc<str>,
    /// Who agreed, where two must.
    pub countersigned_by: Option<Arc<str>>,
    /// The desk that it was made at; none of a gateway's own, and of older rules.
    pub desk: Option<Arc<str>>,
    /// Down or up.
    pub kind: OrderKind,
    /// Why, in the issuer's words.
    pub reason: Arc<str>,
    /// What it should move in all, never negative; none where it was not accepted.
    pub wanted: Option<Power>,
    /// When, by the gateway's clock corrected by the skew.
    pub at: Timestamp,
}

impl Issued {
    /// What the order itself says.
    pub fn of(order: &Order) -> Self {
        Self {
            by: Arc::clone(&order.issued_by),
            countersigned_by: order.countersigned_by.clone(),
            desk: order.desk.clone(),
            kind: order.kind,
            reason: Arc::clone(&order.reason),
            wanted: None,
            at: order.issued_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_spoken() {
        assert_eq!(span(Duration::from_secs(40)), "40 s");
        assert_eq!(span(Duration::from_mins(11)), "11 min");
        assert_eq!(span(Duration::from_hours(3)), "3 h");
    }
}
