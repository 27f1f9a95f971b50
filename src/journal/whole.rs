//! Whole orders and acts back from the journal: what a gateway goes on with after a restart.

use std::time::Duration;

use serde::Deserialize;

use super::audit::Row;
use super::body::order_id;
use crate::domain::act::Done;
use crate::domain::deed::{Act, Deed};
use crate::domain::ids::{BlockId, BlockKey, GatewayId, SiteId};
use crate::domain::journal::Stage;
use crate::domain::order::{Order, OrderKind, OrderTarget, PlanHash};
use crate::domain::time::Timestamp;
use crate::domain::units::{Hertz, Power};

#[derive(Deserialize)]
struct Body {
    id: String,
    plan: String,
    nation: String,
    gateway: String,
    kind: String,
    targets: Vec<Target>,
    substitutes: Vec<Key>,
    extra_max_w: i64,
    reason: String,
    issued_by: String,
    countersigned_by: Option<String>,
    issued_ms: i64,
    expires_ms: i64,
    lease_ms: u64,
    #[serde(default)]
    emergency: bool,
    signature: Option<String>,
    countersignature: Option<String>,
    desk: Option<String>,
    countersigned_desk: Option<String>,
    freq_seen_mhz: Option<i64>,
    not_before_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Target {
    site: String,
    block: String,
    #[serde(rename = "target_w")]
    watts: i64,
    epoch: String,
    site_seq: String,
    #[serde(default)]
    after_ms: u64,
}

#[derive(Deserialize)]
struct Key {
    site: String,
    block: String,
}

/// The emergency order that an `intent` row holds: when it left, and what it should move.
pub(super) fn emergency_of(row: &Row) -> Option<(Timestamp, Order, Power)> {
    let order = (row.kind == "intent").then(|| order_of(row)).flatten()?;
    let body: serde_json::Value = serde_json::from_str(&row.body).ok()?;
    let wanted = Power::from_watts(body["wanted_w"].as_i64()?);
    order.emergency.then_some((row.at, order, wanted))
}

/// The order that an `order` or `intent` row holds.
pub fn order_of(row: &Row) -> Option<Order> {
    let body: Body = serde_json::from_str(&row.body).ok()?;
    let plan = data_encoding::HEXLOWER_PERMISSIVE
        .decode(body.plan.as_bytes())
        .ok()?;
    let kinds = [OrderKind::Curtail, OrderKind::Restore];
    let target = |t: Target| {
        Some(OrderTarget {
            site: SiteId::new(&t.site),
            block: BlockId::new(&t.block),
            target: Power::from_watts(t.watts),
            epoch: t.epoch.parse().ok()?,
            site_seq: t.site_seq.parse().ok()?,
            after: Duration::from_millis(t.after_ms),
        })
    };
    let key = |k: Key| BlockKey::new(&SiteId::new(&k.site), &BlockId::new(&k.block));
    Some(Order {
        id: order_id(&body.id)?,
        plan: PlanHash(plan.try_into().ok()?),
        nation: body.nation.into(),
        gateway: GatewayId::new(&body.gateway),
        kind: kinds.into_iter().find(|kind| kind.word() == body.kind)?,
        targets: body
            .targets
            .into_iter()
            .map(target)
            .collect::<Option<_>>()?,
        substitutes: body.substitutes.into_iter().map(key).collect(),
        extra_max: Power::from_watts(body.extra_max_w),
        reason: body.reason.into(),
        issued_by: body.issued_by.into(),
        countersigned_by: body.countersigned_by.map(Into::into),
        issued_at: Timestamp::from_millis(body.issued_ms),
        expires_at: Timestamp::from_millis(body.expires_ms),
        lease: Duration::from_millis(body.lease_ms),
        emergency: body.emergency,
        signature: body.signature.map(Into::into),
        countersignature: body.countersignature.map(Into::into),
        desk: body.desk.map(Into::into),
        countersigned_desk: body.countersigned_desk.map(Into::into),
        freq_seen: body.freq_seen_mhz.map(Hertz::from_millihertz),
        not_before: body.not_before_ms.map(Timestamp::from_millis),
    })
}

#[derive(Deserialize)]
struct DoneBody {
    act: String,
    what: String,
    about: String,
    by: String,
    desk: String,
    at_ms: i64,
    form_sha256: String,
    signature: Option<String>,
}

/// The act that an `act` row holds.
pub fn done_of(row: &Row) -> Option<Done> {
    let body: DoneBody = serde_json::from_str(&row.body).ok()?;
    let form = data_encoding::HEXLOWER_PERMISSIVE.decode(body.form_sha256.as_bytes());
    Some(Done {
        act: order_id(&body.act)?,
        what: body.what.into(),
        about: body.about.into(),
        by: body.by.into(),
        desk: body.desk.into(),
        at: Timestamp::from_millis(body.at_ms),
        form: form.ok()?.try_into().ok()?,
        signature: body.signature.map(Into::into),
    })
}

#[derive(Deserialize)]
struct DeedBody {
    id: String,
    act: String,
    site: String,
    block: Option<String>,
    tag: Option<String>,
    tag_id: Option<String>,
    epoch: String,
    by: String,
    reason: String,
    at_ms: i64,
    gateway: Option<String>,
    desk: Option<String>,
    signature: Option<String>,
    stage: String,
}

/// The deed that a `deed` row holds, and whether it was done.
pub fn deed_of(row: &Row) -> Option<(Deed, bool)> {
    let body: DeedBody = serde_json::from_str(&row.body).ok()?;
    let tagged = body.block.as_deref().map(BlockId::new).zip(body.tag);
    let act = match (&*body.act, tagged) {
        ("authority_request", _) => Act::Request,
        ("authority_release", _) => Act::Release,
        ("authority_take", _) => Act::Take,
        ("tag_set", Some((block, kind))) => Act::TagSet {
            block,
            kind: kind.into(),
        },
        ("tag_clear", Some((block, kind))) => Act::TagClear {
            block,
            kind: kind.into(),
            tag: match body.tag_id {
                Some(text) => Some(order_id(&text)?),
                None => None,
            },
        },
        _ => return None,
    };
    let deed = Deed {
        id: order_id(&body.id)?,
        site: SiteId::new(&body.site),
        act,
        epoch: body.epoch.parse().ok()?,
        by: body.by.into(),
        reason: body.reason.into(),
        at: Timestamp::from_millis(body.at_ms),
        gateway: body.gateway.as_deref().map(GatewayId::new),
        desk: body.desk.map(Into::into),
        signature: body.signature.map(Into::into),
    };
    Some((deed, body.stage == Stage::Settled.word()))
}
