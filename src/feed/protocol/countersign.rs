//! Orders that two persons must sign, on the wire: asked for, passed on to every console, answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::{IdText, Load, LongText, NameText, Ulid};
use super::order::OrderWire;
use super::words::QualityWord;
use crate::domain::ids::SiteId;
use crate::domain::journal::SeenSite;
use crate::domain::link::Request;
use crate::domain::order::{Agreement, Countersign, Order};

macro_rules! tag {
    ($name:ident, $variant:ident) => {
        #[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(inline)]
        pub(super) enum $name {
            $variant,
        }
    };
}

tag!(RequestTag, CountersignRequest);
tag!(AnswerTag, CountersignAnswer);

/// Have a second person agree to this order; it bears no signatures yet.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "countersign_request")]
pub(super) struct CountersignRequestWire {
    #[serde(rename = "type")]
    tag: RequestTag,
    order: OrderWire,
    /// What its issuer had before him; most 4,000 sites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seen: Vec<SeenWire>,
}

/// A site's part of a plan, as its issuer saw it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "seen_site")]
struct SeenWire {
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
    /// ed25519 over the RFC 8785 form of the order with `countersigned_by` set to `by`, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<NameText>,
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
            why: None,
            signature: None,
        };
        match &asked.agreement {
            Agreement::Asked => wire(AgreementWord::Asked),
            Agreement::Agreed { by, signature } => Self {
                by: Some(NameText::share(by)),
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
pub(super) fn read(tag: &str, text: &str) -> Result<Request, serde_json::Error> {
    if tag == "countersign_request" {
        let wire: CountersignRequestWire = serde_json::from_str(text)?;
        let order = Box::new(wire.order.into());
        return Ok(Request::CountersignRequest(order, seen(wire.seen)));
    }
    let wire: CountersignAnswerWire = serde_json::from_str(text)?;
    Ok(Request::CountersignAnswer {
        id: wire.id.0,
        by: wire.by.0,
        agree: wire.agree,
        why: wire.why.0,
        signature: wire.signature.map(|text| text.0),
        order: None,
    })
}

/// Writes a request about one; others are no business of this file and give `null`.
pub(super) fn write(request: &Request) -> Result<String, serde_json::Error> {
    match request {
        Request::CountersignRequest(order, seen) => {
            serde_json::to_string(&CountersignRequestWire {
                tag: RequestTag::CountersignRequest,
                order: OrderWire::from(&**order),
                seen: seen.iter().map(SeenWire::from).collect(),
            })
        }
        Request::CountersignAnswer {
            id,
            by,
            agree,
            why,
            signature,
            order: _,
        } => serde_json::to_string(&CountersignAnswerWire {
            tag: AnswerTag::CountersignAnswer,
            id: Ulid(*id),
            by: NameText::share(by),
            agree: *agree,
            why: LongText::share(why),
            signature: signature.as_ref().map(NameText::share),
        }),
        _ => Ok("null".to_owned()),
    }
}
