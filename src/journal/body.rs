//! Facts as JSON, and the ones that a gateway lives on back again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::audit::{Row, hex};
use super::canonical::canonical;
use crate::domain::alarm::Place;
use crate::domain::deed::{Act, Deed};
use crate::domain::fleet::Tag;
use crate::domain::grid::Instruction;
use crate::domain::ids::{BlockId, BlockKey, GatewayId, OrderId, SiteId};
use crate::domain::journal::{Fact, Seen};
use crate::domain::order::{Order, OrderStatus, OrderTarget, Phase, Reason, TargetStatus};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

/// The canonical JSON of a fact.
pub(super) fn text(fact: &Fact) -> String {
    canonical(&value(fact))
}

fn value(fact: &Fact) -> Value {
    match fact {
        Fact::Plan(seen) => of_seen(seen),
        Fact::Intent { order, wanted } | Fact::Asked { order, wanted } => {
            let mut body = of_order(order);
            body["wanted_w"] = wanted.watts().into();
            body
        }
        Fact::Second {
            id,
            plan,
            word,
            by,
            why,
        } => json!({
            "id": ulid(*id),
            "plan": hex(&plan.0),
            "word": word.word(),
            "by": by.as_deref(),
            "why": &**why,
        }),
        Fact::Answered {
            order,
            agree,
            why,
            moved,
        } => {
            let mut body = of_order(order);
            body["agree"] = (*agree).into();
            body["why"] = (**why).into();
            body["moved_w"] = moved.watts().into();
            body
        }
        Fact::Order(order) => of_order(order),
        Fact::Dead(id) => json!({"id": ulid(*id)}),
        Fact::Act(done) => json!({
            "act": ulid(done.act),
            "what": &*done.what,
            "about": &*done.about,
            "by": &*done.by,
            "desk": &*done.desk,
            "at_ms": done.at.millis(),
            "form_sha256": hex(&done.form),
            "signature": done.signature.as_deref(),
        }),
        Fact::Answer(status) => json!(StatusBody::from(&**status)),
        Fact::Fate { id, fate, detail } => {
            json!({"id": ulid(*id), "fate": fate.word(), "detail": &**detail})
        }
        Fact::Alarm { .. }
        | Fact::Acknowledged { .. }
        | Fact::Shelved { .. }
        | Fact::Serviced { .. } => of_alarm(fact),
        Fact::Authority {
            site,
            holder,
            epoch,
        } => json!({
            "site": site.as_str(),
            "holder": holder.as_deref(),
            "epoch": epoch.to_string(),
        }),
        Fact::Tag { block, tag, hung } => of_tag(block, tag, *hung),
        Fact::Deed {
            deed,
            stage,
            detail,
        } => of_deed(deed, stage.word(), detail),
        Fact::Emergency { scope, detail } => json!({"scope": &**scope, "detail": &**detail}),
        Fact::Note(text) => json!({"text": &**text}),
        Fact::Handover(signed) => super::handover::of_handover(signed),
        Fact::Takeover { hash, mark } => super::handover::of_takeover(hash, mark),
        Fact::Started {
            version,
            desk,
            config,
            feeds,
        } => json!({
            "version": &**version,
            "desk": &**desk,
            "config_sha256": config.map(|hash| hex(&hash)),
            "feeds": feeds.iter().map(|feed| &**feed).collect::<Vec<_>>(),
        }),
        Fact::Stopped => json!({}),
        Fact::Instruction {
            instruction,
            step,
            mining,
        } => of_instruction(instruction, step.word(), *mining),
        Fact::Link { feed, up, detail } => json!({
            "feed": &**feed,
            "state": if *up { "live" } else { "down" },
            "detail": &**detail,
        }),
    }
}

fn of_alarm(fact: &Fact) -> Value {
    match fact {
        Fact::Alarm { feed, alarm } => {
            let mut body = json!({
                "feed": &**feed,
                "id": alarm.id.as_str(),
                "priority": alarm.priority.number(),
                "state": alarm.state.word(),
                "site": alarm.site.as_ref().map(SiteId::as_str),
                "text": &*alarm.text,
                "raised_ms": alarm.raised.millis(),
                "cleared_ms": alarm.cleared.map(Timestamp::millis),
            });
            // Rows of one change are as they always were.
            if alarm.changes > 1 {
                body["changes"] = alarm.changes.into();
            }
            placed(body, &alarm.place())
        }
        Fact::Acknowledged { feed, id, place } => {
            placed(json!({"feed": &**feed, "id": id.as_str()}), place)
        }
        Fact::Shelved {
            feed,
            id,
            place,
            until,
            reason,
        } => {
            let body = json!({
                "feed": &**feed,
                "id": id.as_str(),
                "until_ms": until.millis(),
                "reason": &**reason,
            });
            placed(body, place)
        }
        Fact::Serviced {
            feed,
            id,
            place,
            out,
            reason,
        } => {
            let body = json!({
                "feed": &**feed,
                "id": id.as_str(),
                "out": out,
                "reason": &**reason,
            });
            placed(body, place)
        }
        _ => Value::Null,
    }
}

/// With site and block, where there are such.
fn placed(mut body: Value, place: &Place) -> Value {
    if let Some(site) = &place.site {
        body["site"] = site.as_str().into();
    }
    if let Some(block) = &place.block {
        body["block"] = block.as_str().into();
    }
    body
}

fn of_deed(deed: &Deed, stage: &str, detail: &str) -> Value {
    let (block, tag) = match &deed.act {
        Act::TagSet { block, kind } | Act::TagClear { block, kind, .. } => {
            (Some(block.as_str()), Some(&**kind))
        }
        Act::Request | Act::Release | Act::Take => (None, None),
    };
    let named = match &deed.act {
        Act::TagClear { tag, .. } => *tag,
        _ => None,
    };
    let mut body = json!({
        "id": ulid(deed.id),
        "act": deed.act.word(),
        "site": deed.site.as_str(),
        "block": block,
        "tag": tag,
        "epoch": deed.epoch.to_string(),
        "by": &*deed.by,
        "reason": &*deed.reason,
        "at_ms": deed.at.millis(),
        "signature": deed.signature.as_deref(),
        "stage": stage,
        "detail": detail,
    });
    let set = [
        (
            "gateway",
            deed.gateway.as_ref().map(GatewayId::as_str).into(),
        ),
        ("desk", deed.desk.as_deref().into()),
        ("tag_id", named.map(ulid).into()),
    ];
    put(&mut body, set);
    body
}

/// Only where they are set: rows of before keep their form.
fn put<const N: usize>(body: &mut Value, set: [(&str, Value); N]) {
    for (name, value) in set {
        if value != Value::Null {
            body[name] = value;
        }
    }
}

fn of_tag(block: &BlockKey, tag: &Tag, hung: bool) -> Value {
    json!({
        "site": block.site.as_str(),
        "block": block.block.as_str(),
        "kind": &*tag.kind,
        "owner": &*tag.owner,
        "reason": &*tag.reason,
        "hung": hung,
    })
}

fn of_instruction(instruction: &Instruction, step: &str, mining: Option<Power>) -> Value {
    json!({
        "id": &*instruction.id,
        "step": step,
        "target_w": instruction.target.watts(),
        "from_ms": instruction.from.millis(),
        "to_ms": instruction.to.map(Timestamp::millis),
        "ramp_w_s": instruction.ramp_w_s.watts(),
        "reason": &*instruction.reason,
        "mining_w": mining.map(Power::watts),
    })
}

fn of_seen(seen: &Seen) -> Value {
    let figure = |name: &str, value: i64, quality: &str| json!({"name": name, "value": value, "quality": quality});
    json!({
        "plan": hex(&seen.plan.0),
        "figures": seen.figures.iter()
            .map(|f| figure(&f.name, f.value, f.quality.word()))
            .collect::<Vec<_>>(),
        "sites": seen.sites.iter()
            .map(|s| json!({
                "site": s.site.as_str(),
                "moved_w": s.moved.watts(),
                "quality": s.quality.word(),
            }))
            .collect::<Vec<_>>(),
        "excluded": seen.excluded.iter()
            .map(|(key, reasons)| json!({
                "site": key.site.as_str(),
                "block": key.block.as_str(),
                "reasons": reasons.iter().map(ReasonBody::from).collect::<Vec<_>>(),
            }))
            .collect::<Vec<_>>(),
    })
}

/// Numbers of 64 bits (epochs, sequences) are strings: JSON's readers round what is beyond 2^53.
fn of_order(order: &Order) -> Value {
    let mut body = json!({
        "id": ulid(order.id),
        "plan": hex(&order.plan.0),
        "nation": &*order.nation,
        "gateway": order.gateway.as_str(),
        "kind": order.kind.word(),
        "targets": order.targets.iter()
            .map(of_target)
            .collect::<Vec<_>>(),
        "substitutes": order.substitutes.iter()
            .map(|key| json!({"site": key.site.as_str(), "block": key.block.as_str()}))
            .collect::<Vec<_>>(),
        "extra_max_w": order.extra_max.watts(),
        "reason": &*order.reason,
        "issued_by": &*order.issued_by,
        "countersigned_by": order.countersigned_by.as_deref(),
        "issued_ms": order.issued_at.millis(),
        "expires_ms": order.expires_at.millis(),
        "lease_ms": millis(order.lease),
        "signature": order.signature.as_deref(),
        "countersignature": order.countersignature.as_deref(),
    });
    let set = [
        ("emergency", order.emergency.then_some(true).into()),
        ("desk", order.desk.as_deref().into()),
        (
            "countersigned_desk",
            order.countersigned_desk.as_deref().into(),
        ),
        (
            "freq_seen_mhz",
            order.freq_seen.map(Hertz::millihertz).into(),
        ),
        (
            "not_before_ms",
            order.not_before.map(Timestamp::millis).into(),
        ),
    ];
    put(&mut body, set);
    body
}

fn of_target(target: &OrderTarget) -> Value {
    let mut body = json!({
        "site": target.site.as_str(),
        "block": target.block.as_str(),
        "target_w": target.target.watts(),
        "epoch": target.epoch.to_string(),
        "site_seq": target.site_seq.to_string(),
    });
    let after = (!target.after.is_zero()).then(|| millis(target.after));
    put(&mut body, [("after_ms", after.into())]);
    body
}

fn ulid(id: OrderId) -> String {
    ulid::Ulid(id.0).to_string()
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Debug, Serialize, Deserialize)]
struct StatusBody {
    id: String,
    phase: String,
    at_ms: i64,
    detail: String,
    targets: Vec<TargetBody>,
    /// What the order should move in all: no order says that itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wanted_w: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TargetBody {
    site: String,
    block: String,
    phase: String,
    reasons: Vec<ReasonBody>,
    delivered_w: Option<i64>,
    measured_ms: Option<i64>,
}

/// A code, a sentence, and what the code needs.
#[derive(Debug, Serialize, Deserialize)]
struct ReasonBody {
    code: String,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    span_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

impl From<&OrderStatus> for StatusBody {
    fn from(status: &OrderStatus) -> Self {
        let target = |t: &TargetStatus| TargetBody {
            site: t.site.as_str().into(),
            block: t.block.as_str().into(),
            phase: t.phase.word().into(),
            reasons: t.reasons.iter().map(Into::into).collect(),
            delivered_w: t.delivered.map(Power::watts),
            measured_ms: t.measured_at.map(Timestamp::millis),
        };
        Self {
            id: ulid(status.id),
            phase: status.phase.word().into(),
            at_ms: status.at.millis(),
            detail: status.detail.to_string(),
            targets: status.targets.iter().map(target).collect(),
            wanted_w: status
                .issued
                .as_ref()
                .and_then(|issued| issued.wanted)
                .map(Power::watts),
        }
    }
}

impl From<&Reason> for ReasonBody {
    fn from(reason: &Reason) -> Self {
        let mut body = Self {
            code: reason.code().into(),
            text: reason.sentence(),
            span_ms: None,
            until_ms: None,
            who: None,
            limit: None,
        };
        match reason {
            Reason::StaleTelemetry { age: span }
            | Reason::MinimumOff { left: span }
            | Reason::MinimumOn { left: span }
            | Reason::Notice { notice: span } => body.span_ms = Some(millis(*span)),
            Reason::Tagged { owner: who } | Reason::Authority { holder: who } => {
                body.who = Some(who.to_string());
            }
            Reason::StartsPerHour { limit } => body.limit = Some(*limit),
            Reason::MustRun { until } => body.until_ms = until.map(Timestamp::millis),
            _ => {}
        }
        body
    }
}

impl From<ReasonBody> for Reason {
    fn from(body: ReasonBody) -> Self {
        let span = body.span_ms.map(Duration::from_millis);
        let who = || body.who.as_deref().unwrap_or_default().into();
        match (body.code.as_str(), span) {
            ("stale_telemetry", Some(age)) => Self::StaleTelemetry { age },
            ("minimum_off", Some(left)) => Self::MinimumOff { left },
            ("minimum_on", Some(left)) => Self::MinimumOn { left },
            ("notice", Some(notice)) => Self::Notice { notice },
            ("bad_telemetry", _) => Self::BadTelemetry,
            ("link_down", _) => Self::LinkDown,
            ("local_mode", _) => Self::LocalMode,
            ("tagged", _) => Self::Tagged { owner: who() },
            ("authority", _) => Self::Authority { holder: who() },
            ("order_pending", _) => Self::OrderPending,
            ("starts_per_hour", _) => Self::StartsPerHour {
                limit: body.limit.unwrap_or(0),
            },
            ("must_run", _) => Self::MustRun {
                until: body.until_ms.map(Timestamp::from_millis),
            },
            ("old_epoch", _) => Self::OldEpoch,
            ("old_sequence", _) => Self::OldSequence,
            ("calls_exhausted", _) => Self::CallsExhausted,
            ("not_answering", _) => Self::NotAnswering,
            ("already_there", _) => Self::AlreadyThere,
            ("expired", _) => Self::Expired,
            ("unknown", _) => Self::Unknown,
            ("bad_target", _) => Self::BadTarget,
            ("seen_twice", _) => Self::SeenTwice,
            _ => Self::Stated {
                code: body.code.into(),
                text: body.text.into(),
            },
        }
    }
}

const PHASES: [Phase; 10] = [
    Phase::Received,
    Phase::Accepted,
    Phase::Rejected,
    Phase::Executing,
    Phase::Delivered,
    Phase::Failed,
    Phase::Expired,
    Phase::Cancelled,
    Phase::NotSeen,
    Phase::Unseen,
];

fn phase(word: &str) -> Option<Phase> {
    PHASES.into_iter().find(|phase| phase.word() == word)
}

pub(super) fn order_id(text: &str) -> Option<OrderId> {
    ulid::Ulid::from_string(text).ok().map(|id| OrderId(id.0))
}

/// The status that an `answer` row holds, and what its order should move in all.
pub fn status_of(row: &Row) -> Option<(OrderStatus, Option<Power>)> {
    let body: StatusBody = serde_json::from_str(&row.body).ok()?;
    let target = |t: TargetBody| {
        Some(TargetStatus {
            site: SiteId::new(&t.site),
            block: BlockId::new(&t.block),
            phase: phase(&t.phase)?,
            reasons: t.reasons.into_iter().map(Into::into).collect(),
            delivered: t.delivered_w.map(Power::from_watts),
            measured_at: t.measured_ms.map(Timestamp::from_millis),
        })
    };
    let status = OrderStatus {
        id: order_id(&body.id)?,
        phase: phase(&body.phase)?,
        at: Timestamp::from_millis(body.at_ms),
        detail: body.detail.into(),
        targets: body
            .targets
            .into_iter()
            .map(target)
            .collect::<Option<_>>()?,
        issued: None,
    };
    Some((status, body.wanted_w.map(Power::from_watts)))
}

/// The id in an `order`, `intent` or `dead` row, with the sequence that it brought each site to.
pub fn orders_of(row: &Row) -> Option<(OrderId, Vec<(SiteId, u64)>)> {
    #[derive(Deserialize)]
    struct Target {
        site: String,
        site_seq: String,
    }
    #[derive(Deserialize)]
    struct Body {
        id: String,
        #[serde(default)]
        targets: Vec<Target>,
    }
    let body: Body = serde_json::from_str(&row.body).ok()?;
    let sequences = body
        .targets
        .iter()
        .map(|t| Some((SiteId::new(&t.site), t.site_seq.parse().ok()?)));
    Some((order_id(&body.id)?, sequences.collect::<Option<_>>()?))
}
