//! What a client says. All of it acts, so anything unknown in it is an error, and nothing is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{BootId, HallId, MachineId, SiteId};
use crate::domain::link::{Request, Topic};
use crate::domain::time::Timestamp;
use crate::feed::protocol::act::{self as acts, tag};
use crate::feed::protocol::field::{FilterText, IdText, PerSecond, Time};
use crate::feed::protocol::order::OrderWire;
use crate::feed::protocol::words::TopicWord;
use crate::feed::protocol::{BadMessage, MAX_MESSAGE, VERSION, deed, guard};

/// Where a client stood when it lost the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The life of the server that the numbers belong to.
    pub boot: BootId,
    /// The last number applied, by topic.
    pub seq: BTreeMap<Topic, u64>,
}

/// What a client wants to hear.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscribe {
    /// Named in an error about it.
    pub id: Arc<str>,
    /// The version of the feed that the client speaks.
    pub version: u32,
    /// Of what.
    pub topics: Vec<Topic>,
    /// Updates of telemetry per second and topic, at most; none: as they come.
    pub max_hz: Option<f64>,
    /// Where it stood.
    pub resume: Option<Resume>,
}

/// A message from a client.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientMessage {
    /// Send these topics.
    Subscribe(Subscribe),
    /// What time is it there?
    Ping {
        /// Comes back in the answer.
        id: u64,
        /// The client's clock.
        sent: Timestamp,
    },
    /// Do this.
    Act(Request),
    /// The client could not make sense of something.
    Error {
        /// Its code.
        code: Arc<str>,
        /// Its sentence.
        message: Arc<str>,
    },
}

/// A message from a client that is answered with an `error` and does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// `unknown_type` or `bad_request`.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// The id that it was about, where it says so.
    pub about: Option<Arc<str>>,
    /// It is no JSON object with a type at all: the link is closed.
    pub fatal: bool,
}

tag!(OrderTag, Order);
tag!(SubscribeTag, Subscribe);
tag!(PingTag, Ping);
tag!(WatchTag, Watch);
tag!(UnwatchTag, Unwatch);

/// Where the client stood.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "resume")]
pub(in crate::feed::protocol) struct ResumeWire {
    boot: IdText,
    seq: BTreeMap<String, u64>,
}

/// Send these topics.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "subscribe")]
pub(in crate::feed::protocol) struct SubscribeWire {
    #[serde(rename = "type")]
    tag: SubscribeTag,
    id: IdText,
    #[serde(default = "first_version")]
    version: u32,
    #[schemars(length(max = 5))]
    topics: Vec<TopicWord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_hz: Option<PerSecond>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resume: Option<ResumeWire>,
}

fn first_version() -> u32 {
    VERSION
}

/// What time is it there?
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ping")]
pub(in crate::feed::protocol) struct PingWire {
    #[serde(rename = "type")]
    tag: PingTag,
    id: u64,
    sent: Time,
}

/// Send the machines of this hall, a page of at most 500 rows, until unwatched.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "watch")]
pub(in crate::feed::protocol) struct WatchWire {
    #[serde(rename = "type")]
    tag: WatchTag,
    site: IdText,
    hall: IdText,
    #[serde(default)]
    page: u32,
    /// Send the detail of this one of them too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    machine: Option<IdText>,
    /// Only the machines that it lets through, out of the whole hall; only where `limits` names `watch_filter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filter: Option<FilterText>,
}

/// No more machines of this hall.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "unwatch")]
pub(in crate::feed::protocol) struct UnwatchWire {
    #[serde(rename = "type")]
    tag: UnwatchTag,
    site: IdText,
    hall: IdText,
}

fn request_of(tag: &str, text: &str) -> Result<Option<ClientMessage>, serde_json::Error> {
    let act = |request| Some(ClientMessage::Act(request));
    Ok(match tag {
        "subscribe" => {
            let wire: SubscribeWire = serde_json::from_str(text)?;
            let mut topics: Vec<Topic> = wire.topics.into_iter().map(Into::into).collect();
            topics.sort_unstable();
            topics.dedup();
            Some(ClientMessage::Subscribe(Subscribe {
                id: wire.id.0,
                version: wire.version,
                topics,
                max_hz: wire.max_hz.map(|hz| hz.0),
                resume: wire.resume.map(|resume| Resume {
                    boot: BootId::new(resume.boot.as_str()),
                    seq: super::server::topic_numbers(&resume.seq),
                }),
            }))
        }
        "ping" => {
            let wire: PingWire = serde_json::from_str(text)?;
            Some(ClientMessage::Ping {
                id: wire.id,
                sent: wire.sent.0,
            })
        }
        "order" => act(Request::Order(Box::new(
            serde_json::from_str::<OrderWire>(text)?.into(),
        ))),
        "watch" => {
            let wire: WatchWire = serde_json::from_str(text)?;
            act(Request::Watch {
                site: SiteId::new(wire.site.as_str()),
                hall: HallId::new(wire.hall.as_str()),
                page: wire.page,
                machine: wire.machine.map(|id| MachineId::new(id.as_str())),
                filter: wire.filter.map_or_else(Default::default, |text| text.0),
            })
        }
        "unwatch" => {
            let wire: UnwatchWire = serde_json::from_str(text)?;
            act(Request::Unwatch {
                site: SiteId::new(wire.site.as_str()),
                hall: HallId::new(wire.hall.as_str()),
            })
        }
        tag if acts::TYPES.contains(&tag) => act(acts::read(tag, text)?),
        tag if deed::TYPES.contains(&tag) => act(Request::Deed(Box::new(deed::read(tag, text)?))),
        "error" => {
            let wire: super::server::ErrorWire = serde_json::from_str(text)?;
            Some(ClientMessage::Error {
                code: wire.code.0,
                message: wire.message.0,
            })
        }
        _ => None,
    })
}

/// The `id` of a message that could not be read, so that the answer can name it.
fn about(text: &str) -> Option<Arc<str>> {
    #[derive(Deserialize)]
    struct Named {
        id: IdText,
    }
    serde_json::from_str::<Named>(text)
        .ok()
        .map(|named| named.id.0)
}

/// Reads what a client says.
///
/// # Errors
/// [`Unreadable`]: what to answer. Where it is `fatal`, the link is to be closed with 4400.
pub fn read_client(text: &str) -> Result<ClientMessage, Unreadable> {
    let fatal = |bad: BadMessage| Unreadable {
        code: "bad_message",
        message: bad.0,
        about: None,
        fatal: true,
    };
    guard::admit(text).map_err(fatal)?;
    let tag = super::type_of(text).map_err(fatal)?;
    match request_of(&tag, text) {
        Ok(Some(message)) => Ok(message),
        Ok(None) => Err(Unreadable {
            code: "unknown_type",
            message: "nothing is done: this server does not know that type".to_owned(),
            about: about(text),
            fatal: false,
        }),
        // Not JSON at all, as against JSON that says something wrong.
        Err(error) if !error.is_data() => Err(fatal(error.into())),
        Err(error) => Err(Unreadable {
            code: "bad_request",
            message: format!("nothing is done: {error}"),
            about: about(text),
            fatal: false,
        }),
    }
}

/// Writes what a client says.
///
/// # Errors
/// A message that would be longer than the wire allows (an order to very many blocks).
pub fn write_client(message: &ClientMessage) -> Result<String, BadMessage> {
    let text = match message {
        ClientMessage::Subscribe(subscribe) => serde_json::to_string(&SubscribeWire {
            tag: SubscribeTag::Subscribe,
            id: IdText::share(&subscribe.id),
            version: subscribe.version,
            topics: subscribe.topics.iter().map(|t| (*t).into()).collect(),
            max_hz: subscribe.max_hz.map(PerSecond),
            resume: subscribe.resume.as_ref().map(|resume| ResumeWire {
                boot: IdText::of(resume.boot.as_str()),
                seq: resume
                    .seq
                    .iter()
                    .map(|(topic, seq)| (topic.word().to_owned(), *seq))
                    .collect(),
            }),
        }),
        ClientMessage::Ping { id, sent } => serde_json::to_string(&PingWire {
            tag: PingTag::Ping,
            id: *id,
            sent: Time(*sent),
        }),
        ClientMessage::Error { code, message } => {
            return Ok(super::server::write_error(
                code,
                &message.clone().into(),
                None,
            ));
        }
        ClientMessage::Act(request) => write_request(request),
    }?;
    if text.len() > MAX_MESSAGE {
        return Err(BadMessage(format!(
            "the message would be {} bytes where {MAX_MESSAGE} are allowed",
            text.len()
        )));
    }
    Ok(text)
}

fn write_request(request: &Request) -> Result<String, serde_json::Error> {
    match request {
        Request::Order(order) => serde_json::to_string(&OrderWire::from(&**order)),
        Request::Watch {
            site,
            hall,
            page,
            machine,
            filter,
        } => serde_json::to_string(&WatchWire {
            tag: WatchTag::Watch,
            site: IdText::of(site.as_str()),
            hall: IdText::of(hall.as_str()),
            page: *page,
            machine: machine.as_ref().map(|id| IdText::of(id.as_str())),
            filter: (!filter.is_empty()).then(|| FilterText(filter.clone())),
        }),
        Request::Unwatch { site, hall } => serde_json::to_string(&UnwatchWire {
            tag: UnwatchTag::Unwatch,
            site: IdText::of(site.as_str()),
            hall: IdText::of(hall.as_str()),
        }),
        Request::Deed(deed) => {
            deed::value(deed, deed.signature.as_ref()).map(|value| value.to_string())
        }
        Request::Stamped(request, stamp) => text_of(acts::value(request, Some(stamp))),
        // A look is a query that nobody has signed.
        Request::OrderLook(id) => text_of(acts::value(&Request::OrderQuery(*id), None)),
        other => text_of(acts::value(other, None)),
    }
}

fn text_of(
    value: Result<serde_json::Value, serde_json::Error>,
) -> Result<String, serde_json::Error> {
    value.map(|value| value.to_string())
}
