//! Acts beside orders and deeds, on the wire. They act: anything unknown in one refuses it whole.
//!
//! Invariant: what an act is (`type`) and where it is meant for (`gateway`) are signed with the rest, so that no act can be
//! taken for one of another type, or done at another gateway.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::{Error, Value};

use super::countersign;
use super::field::{IdText, LongText, NameText, Time, Ulid};
use crate::domain::act::Stamp;
use crate::domain::ids::{AlarmId, GatewayId};
use crate::domain::link::Request;

/// A unit-only enumeration with one word: a `type` that is fixed.
macro_rules! tag {
    ($name:ident, $variant:ident) => {
        #[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(inline)]
        pub(in crate::feed::protocol) enum $name {
            $variant,
        }
    };
}
pub(super) use tag;

/// The fields that make a message an act of somebody's, as they stand in it.
pub(super) type Signer = (
    Option<Ulid>,
    Option<IdText>,
    Option<NameText>,
    Option<NameText>,
    Option<Time>,
    Option<NameText>,
);

/// The stamp that these fields are: whole, or none of it.
pub(super) fn stamp(fields: Signer, raised: Option<Time>) -> Result<Option<Stamp>, Error> {
    match fields {
        (Some(act), Some(gateway), Some(by), Some(desk), Some(at), signature) => Ok(Some(Stamp {
            act: act.0,
            gateway: GatewayId::new(gateway.as_str()),
            by: by.0,
            desk: desk.0,
            at: at.0,
            raised: raised.map(|time| time.0),
            signature: signature.map(|text| text.0),
        })),
        (None, None, None, None, None, None) if raised.is_none() => Ok(None),
        _ => Err(Error::custom(
            "an act bears `act`, `gateway`, `by`, `desk`, `at` and `signature`, or none of them",
        )),
    }
}

/// A stamp as the fields of a message.
pub(super) fn fields(stamp: Option<&Stamp>) -> Signer {
    let Some(stamp) = stamp else {
        return (None, None, None, None, None, None);
    };
    (
        Some(Ulid(stamp.act)),
        Some(IdText::of(stamp.gateway.as_str())),
        Some(NameText::share(&stamp.by)),
        Some(NameText::share(&stamp.desk)),
        Some(Time(stamp.at)),
        stamp.signature.as_ref().map(NameText::share),
    )
}

/// A message that acts: its own fields, and then those of its stamp.
macro_rules! acting {
    ($(#[$doc:meta])* $name:ident = $title:literal, $tag:ident, $raised:tt { $($(#[$of:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[schemars(rename = $title)]
        pub(in crate::feed::protocol) struct $name {
            #[serde(rename = "type")]
            tag: $tag,
            $($(#[$of])* $field: $type,)+
            /// The act's own id (`acts` 2).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            act: Option<Ulid>,
            /// The gateway that it is meant for (`acts` 2).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            gateway: Option<IdText>,
            /// Who acts (`acts` 2).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            by: Option<NameText>,
            /// At which desk (`acts` 2).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            desk: Option<NameText>,
            /// When, by the gateway's clock (`acts` 2).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            at: Option<Time>,
            /// ed25519 over the RFC 8785 form of all other fields, hexadecimal (`acts` 2).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            signature: Option<NameText>,
        }

        impl $name {
            fn stamp(&mut self) -> Result<Option<Stamp>, serde_json::Error> {
                let raised = crate::feed::protocol::act::acting!(@raised self $raised);
                crate::feed::protocol::act::stamp(
                    (
                        self.act.take(),
                        self.gateway.take(),
                        self.by.take(),
                        self.desk.take(),
                        self.at.take(),
                        self.signature.take(),
                    ),
                    raised,
                )
            }
        }
    };
    (@raised $self:ident raised) => { $self.raised.take() };
    (@raised $self:ident plain) => { None };
}
pub(super) use acting;

tag!(OrderQueryTag, OrderQuery);
tag!(OrderCancelTag, OrderCancel);
tag!(LeaseRenewTag, LeaseRenew);
tag!(AlarmAckTag, AlarmAck);
tag!(AlarmShelveTag, AlarmShelve);

acting!(
    /// What became of this order? An id never seen is thereby dead for orders of the key that asks.
    QueryWire = "order_query", OrderQueryTag, plain { id: Ulid }
);
acting!(
    /// Call this order back, if it has not begun.
    CancelWire = "order_cancel", OrderCancelTag, plain { id: Ulid }
);
acting!(
    /// Let this order hold for another term of its lease, from now.
    RenewWire = "lease_renew", LeaseRenewTag, plain { id: Ulid }
);
acting!(
    /// This alarm was seen.
    AckWire = "alarm_ack", AlarmAckTag, raised {
        id: IdText,
        /// Which occurrence of it: `raised`, as the gateway says it (`acts` 2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        raised: Option<Time>,
    }
);
acting!(
    /// Set this alarm aside.
    ShelveWire = "alarm_shelve", AlarmShelveTag, raised {
        id: IdText,
        until: Time,
        reason: LongText,
        /// Which occurrence of it: `raised`, as the gateway says it (`acts` 2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        raised: Option<Time>,
    }
);

/// Every type of this file, and of `countersign`.
pub(super) const TYPES: [&str; 7] = [
    "order_query",
    "order_cancel",
    "lease_renew",
    "alarm_ack",
    "alarm_shelve",
    "countersign_request",
    "countersign_answer",
];

/// Reads one of [`TYPES`].
pub(super) fn read(tag: &str, text: &str) -> Result<Request, Error> {
    let (request, stamp) = match tag {
        "order_query" => {
            let mut wire: QueryWire = serde_json::from_str(text)?;
            (Request::OrderQuery(wire.id.0), wire.stamp()?)
        }
        "order_cancel" => {
            let mut wire: CancelWire = serde_json::from_str(text)?;
            (Request::OrderCancel(wire.id.0), wire.stamp()?)
        }
        "lease_renew" => {
            let mut wire: RenewWire = serde_json::from_str(text)?;
            (Request::LeaseRenew(wire.id.0), wire.stamp()?)
        }
        "alarm_ack" => {
            let mut wire: AckWire = serde_json::from_str(text)?;
            let id = AlarmId::new(wire.id.as_str());
            (Request::AlarmAck(id), wire.stamp()?)
        }
        "alarm_shelve" => {
            let mut wire: ShelveWire = serde_json::from_str(text)?;
            let stamp = wire.stamp()?;
            let request = Request::AlarmShelve {
                id: AlarmId::new(wire.id.as_str()),
                until: wire.until.0,
                reason: wire.reason.0,
            };
            (request, stamp)
        }
        _ => countersign::read(tag, text)?,
    };
    Ok(match stamp {
        Some(stamp) => Request::Stamped(Box::new(request), Box::new(stamp)),
        None => request,
    })
}

/// An act as a JSON value; `null` for what is none of [`TYPES`].
pub(super) fn value(request: &Request, stamp: Option<&Stamp>) -> Result<Value, Error> {
    let raised = stamp.and_then(|stamp| stamp.raised).map(Time);
    let (act, gateway, by, desk, at, signature) = fields(stamp);
    macro_rules! wire {
        ($name:ident, $tag:expr, $($field:ident: $value:expr),+) => {
            serde_json::to_value($name {
                tag: $tag,
                $($field: $value,)+
                act,
                gateway,
                by,
                desk,
                at,
                signature,
            })
        };
    }
    match request {
        Request::OrderQuery(id) => wire!(QueryWire, OrderQueryTag::OrderQuery, id: Ulid(*id)),
        Request::OrderCancel(id) => wire!(CancelWire, OrderCancelTag::OrderCancel, id: Ulid(*id)),
        Request::LeaseRenew(id) => wire!(RenewWire, LeaseRenewTag::LeaseRenew, id: Ulid(*id)),
        Request::AlarmAck(id) => {
            wire!(AckWire, AlarmAckTag::AlarmAck, id: IdText::of(id.as_str()), raised: raised)
        }
        Request::AlarmShelve { id, until, reason } => wire!(
            ShelveWire,
            AlarmShelveTag::AlarmShelve,
            id: IdText::of(id.as_str()),
            until: Time(*until),
            reason: LongText::share(reason),
            raised: raised
        ),
        _ => countersign::value(request, stamp),
    }
}

/// An act with its stamp unsigned, and what a second person signed left out: what its doer signs.
pub(super) fn bare(request: &Request, stamp: &Stamp) -> Result<Value, Error> {
    let stamp = Stamp {
        signature: None,
        ..stamp.clone()
    };
    match request {
        Request::CountersignAnswer {
            id, by, agree, why, ..
        } => value(
            &Request::CountersignAnswer {
                id: *id,
                by: Arc::clone(by),
                agree: *agree,
                why: Arc::clone(why),
                signature: None,
                order: None,
            },
            Some(&stamp),
        ),
        other => value(other, Some(&stamp)),
    }
}
