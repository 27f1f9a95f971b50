//! Orders that two persons must sign, on the wire: asked for, passed on to every console, answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::act::{acting, fields, stamp, tag};
use super::field::{IdText, Load, LongText, NameText, Time, Ulid};
use super::order::OrderWire;
use super::words::QualityWord;
use crate::domain::act::Stamp;
use crate::domain::ids::SiteId;
use crate::domain::journal::SeenSite;
use crate::domain::link::Request;
use crate::domain::order::{Agreement, Countersign, Order};

tag!(RequestTag, CountersignRequest);
tag!(AnswerTag, CountersignAnswer);

acting!(
    /// Have a second person agree to this order; it bears no signatures yet.
    CountersignRequestWire = "countersign_request", RequestTag, plain {
        order: OrderWire,
        /// What its issuer had before him; most 4,000 sites.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seen: Vec<SeenWire>,
    }
);

/// A site's part of a plan, as its issuer saw it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "seen_site")]
pub(super) struct SeenWire {
    site: IdText,
    moved_w: Load,
    quality: QualityWord,
}

impl From<&SeenSite> for SeenWire {
    fn from(seen: &SeenSite) -> Self {
        Self {
            site: IdText::of(seen.site.as_str()),
            moved_w: Load(seen.moved),
            quality: seen.quality.into(),
        }
    }
}

/// More sites than an order can have targets are of no order.
const MOST_SEEN: usize = 4_000;

fn seen(wire: Vec<SeenWire>) -> Vec<SeenSite> {
    wire.into_iter()
        .take(MOST_SEEN)
        .map(|wire| SeenSite {
            site: SiteId::new(wire.site.as_str()),
            moved: wire.moved_w.0,
            quality: wire.quality.into(),
        })
        .collect()
}

/// What the second person says.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "countersign_answer")]
pub(super) struct CountersignAnswerWire {
    #[serde(rename = "type")]
    tag: AnswerTag,
    id: Ulid,
    by: NameText,
    agree: bool,
    #[serde(default = "nothing")]
    why: LongText,
    /// ed25519 over the RFC 8785 form of all other fields but `countersignature`, hexadecimal. Without `act`: over that of
    /// the order with `countersigned_by` set to `by`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<NameText>,
    /// The act's own id (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<Ulid>,
    /// The gateway that it is meant for (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gateway: Option<IdText>,
    /// The desk at which they say so (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    desk: Option<NameText>,
    /// When, by the gateway's clock (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Time>,
    /// Where they agree: ed25519 over the RFC 8785 form of the order with `countersigned_by` set to `by` and
    /// `countersigned_desk` to `desk`, hexadecimal (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    countersignature: Option<NameText>,
}

fn nothing() -> LongText {
    LongText::of("")
}

/// How an order stands that waits for its second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum AgreementWord {
    Asked,
    Agreed,
    Refused,
    Lapsed,
}

/// An order that waits for its second person.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "countersign")]
pub(super) struct CountersignWire {
    pub(super) countersign: OrderWire,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seen: Vec<SeenWire>,
    state: AgreementWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<NameText>,
    /// The desk at which they agreed (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    desk: Option<NameText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<LongText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<NameText>,
}

impl From<&Countersign> for CountersignWire {
    fn from(asked: &Countersign) -> Self {
        let wire = |state| Self {
            countersign: OrderWire::from(&asked.order),
            seen: asked.seen.iter().map(SeenWire::from).collect(),
            state,
            by: None,
            desk: None,
            why: None,
            signature: None,
        };
        match &asked.agreement {
            Agreement::Asked => wire(AgreementWord::Asked),
            Agreement::Agreed {
                by,
                desk,
                signature,
            } => Self {
                by: Some(NameText::share(by)),
                desk: desk.as_ref().map(NameText::share),
                signature: signature.as_ref().map(NameText::share),
                ..wire(AgreementWord::Agreed)
            },
            Agreement::Refused { by, why } => Self {
                by: Some(NameText::share(by)),
                why: Some(LongText::share(why)),
                ..wire(AgreementWord::Refused)
            },
            Agreement::Lapsed => wire(AgreementWord::Lapsed),
        }
    }
}

impl From<CountersignWire> for Countersign {
    fn from(wire: CountersignWire) -> Self {
        let by = wire.by.map_or_else(|| "".into(), |text| text.0);
        Self {
            order: Order::from(wire.countersign),
            seen: seen(wire.seen),
            agreement: match wire.state {
                AgreementWord::Asked => Agreement::Asked,
                AgreementWord::Agreed => Agreement::Agreed {
                    by,
                    desk: wire.desk.map(|text| text.0),
                    signature: wire.signature.map(|text| text.0),
                },
                AgreementWord::Refused => Agreement::Refused {
                    by,
                    why: wire.why.map_or_else(|| "".into(), |text| text.0),
                },
                AgreementWord::Lapsed => Agreement::Lapsed,
            },
        }
    }
}

/// Reads a request about one.
pub(super) fn read(tag: &str, text: &str) -> Result<(Request, Option<Stamp>), serde_json::Error> {
    if tag == "countersign_request" {
        let mut wire: CountersignRequestWire = serde_json::from_str(text)?;
        let stamp = wire.stamp()?;
        let order = Box::new(wire.order.into());
        return Ok((Request::CountersignRequest(order, seen(wire.seen)), stamp));
    }
    let wire: CountersignAnswerWire = serde_json::from_str(text)?;
    // Of older rules: the only signature is the one under the order.
    let (by, own, countersignature) = if wire.act.is_some() {
        (Some(wire.by.clone()), wire.signature, wire.countersignature)
    } else {
        (None, None, wire.signature.or(wire.countersignature))
    };
    let stamp = stamp((wire.act, wire.gateway, by, wire.desk, wire.at, own), None)?;
    let request = Request::CountersignAnswer {
        id: wire.id.0,
        by: wire.by.0,
        agree: wire.agree,
        why: wire.why.0,
        signature: countersignature.map(|text| text.0),
        order: None,
    };
    Ok((request, stamp))
}

/// A request about one as a JSON value; others are no business of this file and give `null`.
pub(super) fn value(
    request: &Request,
    stamp: Option<&Stamp>,
) -> Result<serde_json::Value, serde_json::Error> {
    let (act, gateway, by, desk, at, signature) = fields(stamp);
    match request {
        Request::CountersignRequest(order, seen) => serde_json::to_value(CountersignRequestWire {
            tag: RequestTag::CountersignRequest,
            order: OrderWire::from(&**order),
            seen: seen.iter().map(SeenWire::from).collect(),
            act,
            gateway,
            by,
            desk,
            at,
            signature,
        }),
        Request::CountersignAnswer {
            id,
            by,
            agree,
            why,
            signature: over_order,
            order: _,
        } => {
            let over_order = over_order.as_ref().map(NameText::share);
            let (signature, countersignature) = match stamp {
                Some(_) => (signature, over_order),
                None => (over_order, None),
            };
            serde_json::to_value(CountersignAnswerWire {
                tag: AnswerTag::CountersignAnswer,
                id: Ulid(*id),
                by: NameText::share(by),
                agree: *agree,
                why: LongText::share(why),
                signature,
                act,
                gateway,
                desk,
                at,
                countersignature,
            })
        }
        _ => Ok(serde_json::Value::Null),
    }
}
