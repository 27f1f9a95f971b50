//! Authority and lockouts on the wire. They act: anything unknown in one refuses it whole.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use super::field::{IdText, LongText, NameText, Time, Ulid};
use crate::domain::deed::{Act, Deed};
use crate::domain::ids::{BlockId, GatewayId, OrderId, SiteId};

/// Which change of hands.
#[allow(
    clippy::enum_variant_names,
    reason = "the names are the words of the wire"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(super) enum AuthorityTag {
    AuthorityRequest,
    AuthorityRelease,
    AuthorityTake,
}

/// Which way a tag goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(super) enum TagTag {
    TagSet,
    TagClear,
}

/// Authority over a site changes hands, if the epoch is still the one given.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "authority")]
pub(super) struct AuthorityWire {
    #[serde(rename = "type")]
    tag: AuthorityTag,
    id: Ulid,
    site: IdText,
    epoch: u64,
    by: NameText,
    reason: LongText,
    at: Time,
    /// The gateway that it is meant for (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gateway: Option<IdText>,
    /// The desk that it was done at (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    desk: Option<NameText>,
    /// ed25519 over the RFC 8785 form of all other fields, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<NameText>,
}

/// A tag is hung on a block or taken off it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "tag")]
pub(super) struct TagWire {
    #[serde(rename = "type")]
    tag: TagTag,
    id: Ulid,
    site: IdText,
    block: IdText,
    kind: IdText,
    epoch: u64,
    by: NameText,
    reason: LongText,
    at: Time,
    /// Of `tag_clear`: the id of the act that hung it (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "tag")]
    hung_by: Option<Ulid>,
    /// The gateway that it is meant for (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gateway: Option<IdText>,
    /// The desk that it was done at (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    desk: Option<NameText>,
    /// ed25519 over the RFC 8785 form of all other fields, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<NameText>,
}

/// Every type of this file.
pub(super) const TYPES: [&str; 5] = [
    "authority_request",
    "authority_release",
    "authority_take",
    "tag_set",
    "tag_clear",
];

/// Reads one of [`TYPES`].
pub(super) fn read(tag: &str, text: &str) -> Result<Deed, serde_json::Error> {
    if tag.starts_with("tag_") {
        let wire: TagWire = serde_json::from_str(text)?;
        let block = BlockId::new(wire.block.as_str());
        let kind = wire.kind.0;
        if wire.tag == TagTag::TagSet && wire.hung_by.is_some() {
            return Err(serde_json::Error::custom(
                "`tag` stands in `tag_clear` only: a tag is named by the `id` of its `tag_set`",
            ));
        }
        Ok(Deed {
            id: wire.id.0,
            site: SiteId::new(wire.site.as_str()),
            act: match wire.tag {
                TagTag::TagSet => Act::TagSet { block, kind },
                TagTag::TagClear => Act::TagClear {
                    block,
                    kind,
                    tag: wire.hung_by.map(|id| id.0),
                },
            },
            epoch: wire.epoch,
            by: wire.by.0,
            reason: wire.reason.0,
            at: wire.at.0,
            gateway: wire.gateway.map(|id| GatewayId::new(id.as_str())),
            desk: wire.desk.map(|text| text.0),
            signature: wire.signature.map(|text| text.0),
        })
    } else {
        let wire: AuthorityWire = serde_json::from_str(text)?;
        Ok(Deed {
            id: wire.id.0,
            site: SiteId::new(wire.site.as_str()),
            act: match wire.tag {
                AuthorityTag::AuthorityRequest => Act::Request,
                AuthorityTag::AuthorityRelease => Act::Release,
                AuthorityTag::AuthorityTake => Act::Take,
            },
            epoch: wire.epoch,
            by: wire.by.0,
            reason: wire.reason.0,
            at: wire.at.0,
            gateway: wire.gateway.map(|id| GatewayId::new(id.as_str())),
            desk: wire.desk.map(|text| text.0),
            signature: wire.signature.map(|text| text.0),
        })
    }
}

/// As a JSON value, with the signature given.
pub(super) fn value(
    deed: &Deed,
    signature: Option<&Arc<str>>,
) -> Result<serde_json::Value, serde_json::Error> {
    let (id, site) = (Ulid(deed.id), IdText::of(deed.site.as_str()));
    let (by, reason) = (NameText::share(&deed.by), LongText::share(&deed.reason));
    let (at, signature) = (Time(deed.at), signature.map(NameText::share));
    let epoch = deed.epoch;
    let gateway = deed.gateway.as_ref().map(|id| IdText::of(id.as_str()));
    let desk = deed.desk.as_ref().map(NameText::share);
    let authority = |tag| AuthorityWire {
        tag,
        id,
        site: site.clone(),
        epoch,
        by: by.clone(),
        reason: reason.clone(),
        at,
        gateway: gateway.clone(),
        desk: desk.clone(),
        signature: signature.clone(),
    };
    let tagged = |tag, block: &BlockId, kind: &Arc<str>, hung_by: Option<OrderId>| TagWire {
        tag,
        id,
        site: site.clone(),
        block: IdText::of(block.as_str()),
        kind: IdText::share(kind),
        epoch,
        by: by.clone(),
        reason: reason.clone(),
        at,
        hung_by: hung_by.map(Ulid),
        gateway: gateway.clone(),
        desk: desk.clone(),
        signature: signature.clone(),
    };
    match &deed.act {
        Act::Request => serde_json::to_value(authority(AuthorityTag::AuthorityRequest)),
        Act::Release => serde_json::to_value(authority(AuthorityTag::AuthorityRelease)),
        Act::Take => serde_json::to_value(authority(AuthorityTag::AuthorityTake)),
        Act::TagSet { block, kind } => {
            serde_json::to_value(tagged(TagTag::TagSet, block, kind, None))
        }
        Act::TagClear { block, kind, tag } => {
            serde_json::to_value(tagged(TagTag::TagClear, block, kind, *tag))
        }
    }
}
