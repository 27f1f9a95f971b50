//! Orders and their answers on the wire. An order that holds anything unknown is refused whole.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::{
    Hash, IdText, Load, LongText, MilliHertz, Millis, NameText, Seconds, Span, Time, Ulid,
};
use super::told::{self, ToldWire};
use super::words::{KindWord, PhaseWord};
use crate::domain::ids::{BlockId, BlockKey, GatewayId, SiteId};
use crate::domain::order::{Issued, Order, OrderStatus, OrderTarget, Phase, Reason, TargetStatus};
use crate::domain::units::Hertz;

/// What one block is told to draw.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "order_target")]
pub(super) struct TargetWire {
    site: IdText,
    block: IdText,
    target_w: Load,
    epoch: u64,
    site_seq: u64,
    /// Not begun sooner than so long after the gateway has taken the order, at most 3,600,000; left out: at once. Sent
    /// only to a gateway whose `limits` say `spreads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after_ms: Option<Millis>,
}

/// A block of a site.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "block_key")]
pub(super) struct BlockKeyWire {
    site: IdText,
    block: IdText,
}

/// One order to one gateway.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "order")]
pub(super) struct OrderWire {
    #[serde(rename = "type")]
    pub(super) tag: super::message::client::OrderTag,
    pub(super) id: Ulid,
    plan: Hash,
    nation: NameText,
    gateway: IdText,
    kind: KindWord,
    targets: Vec<TargetWire>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    substitutes: Vec<BlockKeyWire>,
    #[serde(default)]
    extra_w_max: Load,
    reason: LongText,
    issued_by: NameText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    countersigned_by: Option<NameText>,
    issued_at: Time,
    expires_at: Time,
    /// 0: holds until restored.
    #[serde(default)]
    lease_s: Seconds,
    /// A step of an emergency shed: one person is enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    emergency: bool,
    /// ed25519 over the RFC 8785 form of all other fields, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<NameText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    countersignature: Option<NameText>,
    /// The desk that the order was made at (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    desk: Option<NameText>,
    /// The desk at which the second person agreed (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    countersigned_desk: Option<NameText>,
    /// The frequency that the issuer saw (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    freq_seen_mhz: Option<MilliHertz>,
    /// Not to be begun before this (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Time>,
}

/// Why not: a code, a sentence, and what the code needs.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "reason")]
pub(super) struct ReasonWire {
    code: IdText,
    text: LongText,
    /// What the text says, where it is one of our own and its code alone does not.
    #[serde(
        default,
        deserialize_with = "crate::feed::protocol::told::lenient",
        skip_serializing_if = "Option::is_none"
    )]
    told: Option<ToldWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    span_ms: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<NameText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

/// How far one block has come.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "target_status")]
pub(super) struct TargetStatusWire {
    site: IdText,
    block: IdText,
    phase: PhaseWord,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivered_w: Option<super::field::Watts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    measured_at: Option<Time>,
}

/// A gateway's answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "order_status")]
pub(super) struct StatusWire {
    pub(super) id: Ulid,
    phase: PhaseWord,
    at: Time,
    #[serde(default = "nothing")]
    detail: LongText,
    /// What the detail says, where it is one of our own sentences.
    #[serde(
        default,
        deserialize_with = "crate::feed::protocol::told::lenient",
        skip_serializing_if = "Option::is_none"
    )]
    told: Option<ToldWire>,
    /// Of `not_seen`: false where the id may still come and be run (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dead: Option<bool>,
    #[serde(default)]
    targets: Vec<TargetStatusWire>,
    /// Whose order it is; with `order_kind` and `issued_at`, or none of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issued_by: Option<NameText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    countersigned_by: Option<NameText>,
    /// The desk that the order was made at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    desk: Option<NameText>,
    /// Not `kind`: that is an item's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order_kind: Option<KindWord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<LongText>,
    /// What the order should move in all; left out where it was not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wanted_w: Option<Load>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issued_at: Option<Time>,
    /// Further targets of the status just before: one of very many blocks takes several messages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) continues: bool,
}

/// Far below the limit of a message, so that a status shares it with others.
const STATUS_BYTES: usize = 256 << 10;

/// A status as JSON objects, as many as it takes; all but the first continue it. As an `answer` it says of an id that was
/// not seen that it is dead.
pub(super) fn status_pieces(status: &OrderStatus, answer: bool) -> Vec<String> {
    let mut wire = StatusWire::from(status);
    if answer && status.phase == Phase::NotSeen {
        wire.dead = Some(true);
    }
    let mut pieces = Vec::new();
    cut(wire, &mut pieces);
    pieces
}

fn cut(mut wire: StatusWire, pieces: &mut Vec<String>) {
    // Our own types can always be written.
    let text = serde_json::to_string(&wire).unwrap_or_default();
    if text.len() <= STATUS_BYTES || wire.targets.len() < 2 {
        pieces.push(text);
        return;
    }
    let rest = StatusWire {
        id: wire.id,
        phase: wire.phase,
        at: wire.at,
        detail: wire.detail.clone(),
        told: wire.told.clone(),
        dead: wire.dead,
        targets: wire.targets.split_off(wire.targets.len() / 2),
        issued_by: None,
        countersigned_by: None,
        desk: None,
        order_kind: None,
        reason: None,
        wanted_w: None,
        issued_at: None,
        continues: true,
    };
    cut(wire, pieces);
    cut(rest, pieces);
}

fn nothing() -> LongText {
    LongText::of("")
}

impl From<&Order> for OrderWire {
    fn from(order: &Order) -> Self {
        Self {
            tag: super::message::client::OrderTag::Order,
            id: Ulid(order.id),
            plan: Hash(order.plan),
            nation: NameText::share(&order.nation),
            gateway: IdText::of(order.gateway.as_str()),
            kind: order.kind.into(),
            targets: order
                .targets
                .iter()
                .map(|target| TargetWire {
                    site: IdText::of(target.site.as_str()),
                    block: IdText::of(target.block.as_str()),
                    target_w: Load(target.target),
                    epoch: target.epoch,
                    site_seq: target.site_seq,
                    after_ms: (!target.after.is_zero()).then_some(Span(target.after)),
                })
                .collect(),
            substitutes: order
                .substitutes
                .iter()
                .map(|key| BlockKeyWire {
                    site: IdText::of(key.site.as_str()),
                    block: IdText::of(key.block.as_str()),
                })
                .collect(),
            extra_w_max: Load(order.extra_max),
            reason: LongText::share(&order.reason),
            issued_by: NameText::share(&order.issued_by),
            countersigned_by: order.countersigned_by.as_ref().map(NameText::share),
            issued_at: Time(order.issued_at),
            expires_at: Time(order.expires_at),
            lease_s: Span(order.lease),
            emergency: order.emergency,
            signature: order.signature.as_ref().map(NameText::share),
            countersignature: order.countersignature.as_ref().map(NameText::share),
            desk: order.desk.as_ref().map(NameText::share),
            countersigned_desk: order.countersigned_desk.as_ref().map(NameText::share),
            freq_seen_mhz: order.freq_seen.map(|freq| MilliHertz(freq.millihertz())),
            not_before: order.not_before.map(Time),
        }
    }
}

impl From<OrderWire> for Order {
    fn from(wire: OrderWire) -> Self {
        Self {
            id: wire.id.0,
            plan: wire.plan.0,
            nation: wire.nation.0,
            gateway: GatewayId::new(wire.gateway.as_str()),
            kind: wire.kind.into(),
            targets: wire
                .targets
                .into_iter()
                .map(|target| OrderTarget {
                    site: SiteId::new(target.site.as_str()),
                    block: BlockId::new(target.block.as_str()),
                    target: target.target_w.0,
                    epoch: target.epoch,
                    site_seq: target.site_seq,
                    after: target.after_ms.map_or(Duration::ZERO, |after| after.0),
                })
                .collect(),
            substitutes: wire
                .substitutes
                .into_iter()
                .map(|key| {
                    BlockKey::new(
                        &SiteId::new(key.site.as_str()),
                        &BlockId::new(key.block.as_str()),
                    )
                })
                .collect(),
            extra_max: wire.extra_w_max.0,
            reason: wire.reason.0,
            issued_by: wire.issued_by.0,
            countersigned_by: wire.countersigned_by.map(|text| text.0),
            issued_at: wire.issued_at.0,
            expires_at: wire.expires_at.0,
            lease: wire.lease_s.0,
            emergency: wire.emergency,
            signature: wire.signature.map(|text| text.0),
            countersignature: wire.countersignature.map(|text| text.0),
            desk: wire.desk.map(|text| text.0),
            countersigned_desk: wire.countersigned_desk.map(|text| text.0),
            freq_seen: wire
                .freq_seen_mhz
                .map(|freq| Hertz::from_millihertz(freq.0)),
            not_before: wire.not_before.map(|time| time.0),
        }
    }
}

impl From<&Reason> for ReasonWire {
    fn from(reason: &Reason) -> Self {
        let mut wire = Self {
            code: IdText::of(reason.code()),
            text: LongText::of(&reason.sentence()),
            told: match reason {
                Reason::Stated { text, .. } => ToldWire::of(text),
                _ => None,
            },
            span_ms: None,
            until: None,
            who: None,
            limit: None,
        };
        match reason {
            Reason::StaleTelemetry { age: span }
            | Reason::MinimumOff { left: span }
            | Reason::MinimumOn { left: span }
            | Reason::Notice { notice: span } => wire.span_ms = Some(Span(*span)),
            Reason::Tagged { owner: who } | Reason::Authority { holder: who } => {
                wire.who = Some(NameText::share(who));
            }
            Reason::StartsPerHour { limit } | Reason::ShedHours { cap: limit } => {
                wire.limit = Some(*limit);
            }
            Reason::MustRun { until } => wire.until = until.map(Time),
            _ => {}
        }
        wire
    }
}

impl From<ReasonWire> for Reason {
    fn from(wire: ReasonWire) -> Self {
        let span = wire.span_ms.map_or(Duration::ZERO, |span| span.0);
        match (wire.code.as_str(), wire.span_ms, &wire.who, wire.limit) {
            ("stale_telemetry", Some(_), _, _) => Self::StaleTelemetry { age: span },
            ("bad_telemetry", ..) => Self::BadTelemetry,
            ("link_down", ..) => Self::LinkDown,
            ("local_mode", ..) => Self::LocalMode,
            ("tagged", _, Some(who), _) => Self::Tagged {
                owner: who.0.clone(),
            },
            ("order_pending", ..) => Self::OrderPending,
            ("minimum_off", Some(_), _, _) => Self::MinimumOff { left: span },
            ("minimum_on", Some(_), _, _) => Self::MinimumOn { left: span },
            ("starts_per_hour", _, _, Some(limit)) => Self::StartsPerHour { limit },
            ("must_run", ..) => Self::MustRun {
                until: wire.until.map(|time| time.0),
            },
            ("authority", _, Some(who), _) => Self::Authority {
                holder: who.0.clone(),
            },
            ("old_epoch", ..) => Self::OldEpoch,
            ("old_sequence", ..) => Self::OldSequence,
            ("calls_exhausted", ..) => Self::CallsExhausted,
            ("shed_hours", _, _, Some(cap)) => Self::ShedHours { cap },
            ("notice", Some(_), _, _) => Self::Notice { notice: span },
            ("not_answering", ..) => Self::NotAnswering,
            ("already_there", ..) => Self::AlreadyThere,
            ("expired", ..) => Self::Expired,
            ("unknown", ..) => Self::Unknown,
            ("bad_target", ..) => Self::BadTarget,
            ("seen_twice", ..) => Self::SeenTwice,
            _ => Self::Stated {
                code: wire.code.0,
                text: told::sentence(wire.text, wire.told),
            },
        }
    }
}

impl From<&OrderStatus> for StatusWire {
    fn from(status: &OrderStatus) -> Self {
        let issued = status.issued.as_deref();
        let name = |of: fn(&Issued) -> Option<&Arc<str>>| issued.and_then(of).map(NameText::share);
        Self {
            id: Ulid(status.id),
            phase: status.phase.into(),
            at: Time(status.at),
            detail: LongText::share(status.detail.english()),
            told: ToldWire::of(&status.detail),
            dead: (status.phase == Phase::Unseen).then_some(false),
            targets: status
                .targets
                .iter()
                .map(|target| TargetStatusWire {
                    site: IdText::of(target.site.as_str()),
                    block: IdText::of(target.block.as_str()),
                    phase: target.phase.into(),
                    reasons: target.reasons.iter().map(ReasonWire::from).collect(),
                    delivered_w: target.delivered.map(super::field::Watts),
                    measured_at: target.measured_at.map(Time),
                })
                .collect(),
            issued_by: name(|issued| Some(&issued.by)),
            countersigned_by: name(|issued| issued.countersigned_by.as_ref()),
            desk: name(|issued| issued.desk.as_ref()),
            order_kind: issued.map(|issued| issued.kind.into()),
            reason: issued.map(|issued| LongText::share(&issued.reason)),
            wanted_w: issued.and_then(|issued| issued.wanted).map(Load),
            issued_at: issued.map(|issued| Time(issued.at)),
            continues: false,
        }
    }
}

/// Whose an order is, where its gateway says enough of it.
fn issued(wire: &mut StatusWire) -> Option<Arc<Issued>> {
    let (by, kind, at) = (
        wire.issued_by.take()?,
        wire.order_kind.take()?,
        wire.issued_at?,
    );
    Some(Arc::new(Issued {
        by: by.0,
        countersigned_by: wire.countersigned_by.take().map(|text| text.0),
        desk: wire.desk.take().map(|text| text.0),
        kind: kind.into(),
        reason: wire.reason.take().unwrap_or_else(nothing).0,
        wanted: wire.wanted_w.take().map(|watts| watts.0),
        at: at.0,
    }))
}

impl From<StatusWire> for OrderStatus {
    fn from(mut wire: StatusWire) -> Self {
        Self {
            issued: issued(&mut wire),
            id: wire.id.0,
            phase: wire.phase.phase(wire.dead),
            at: wire.at.0,
            detail: told::sentence(wire.detail, wire.told),
            targets: wire
                .targets
                .into_iter()
                .map(|target| TargetStatus {
                    site: SiteId::new(target.site.as_str()),
                    block: BlockId::new(target.block.as_str()),
                    phase: target.phase.phase(None),
                    reasons: target.reasons.into_iter().map(Into::into).collect(),
                    delivered: target.delivered_w.map(|watts| watts.0),
                    measured_at: target.measured_at.map(|time| time.0),
                })
                .collect(),
        }
    }
}
