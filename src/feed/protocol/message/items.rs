//! Items and the messages made of them. An item is encoded once; messages are cut and joined from encoded items.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::domain::fleet::{Block, Hall, Site};
use crate::domain::grid::GridReading;
use crate::domain::ids::{AccountId, AlarmId, BlockId, BlockKey, BootId, HallId, OrderId, SiteId};
use crate::domain::inflow::Day;
use crate::domain::link::{Item, Topic};
use crate::domain::order::OrderStatus;
use crate::domain::reserve::{Account, Currency};
use crate::domain::time::Timestamp;
use crate::feed::protocol::MAX_MESSAGE;
use crate::feed::protocol::countersign::CountersignWire;
use crate::feed::protocol::field::{IdText, Time};
use crate::feed::protocol::fleet::{BlockWire, HallWire, SiteWire};
use crate::feed::protocol::grid::{AlarmWire, GridWire};
use crate::feed::protocol::order::{StatusWire, status_pieces};
use crate::feed::protocol::reserve::{AccountWire, InflowWire, NetworkWire, RateWire};
use crate::feed::protocol::waiting::{GatewayOrderWire, RestoreQueueWire};

/// What an item is about; a later item with the same key takes the place of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemKey {
    /// A site.
    Site(SiteId),
    /// A hall of a site.
    Hall(SiteId, HallId),
    /// A block of a site.
    Block(BlockKey),
    /// The grid.
    Grid,
    /// An account.
    Account(AccountId),
    /// The bitcoin network.
    Network,
    /// The rate of a currency.
    Rate(Currency),
    /// The inflow of a day.
    Inflow(Day),
    /// An alarm.
    Alarm(AlarmId),
    /// An order.
    Order(OrderId),
    /// An order that waits for its second person.
    Countersign(OrderId),
    /// What waits to be given back.
    RestoreQueue,
    /// An order that the gateway gave by itself.
    GatewayOrder(OrderId),
}

/// An item as JSON, shared by every client that gets it.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// What it is about.
    pub key: ItemKey,
    /// `{"kind":...}`; more than one only where it is too long for a message.
    pub json: Vec<Arc<str>>,
}

impl ItemKey {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Site(_) => "site",
            Self::Hall(..) => "hall",
            Self::Block(_) => "block",
            Self::Grid => "grid",
            Self::Account(_) => "account",
            Self::Network => "network",
            Self::Rate(_) => "rate",
            Self::Inflow(_) => "inflow",
            Self::Alarm(_) => "alarm",
            Self::Order(_) => "order",
            Self::Countersign(_) => "countersign",
            Self::RestoreQueue => "restore_queue",
            Self::GatewayOrder(_) => "gateway_order",
        }
    }

    /// The list of a snapshot's body that holds it.
    const fn list(&self) -> &'static str {
        match self {
            Self::Site(_) => "sites",
            Self::Hall(..) => "halls",
            Self::Block(_) => "blocks",
            Self::Grid => "grid",
            Self::Account(_) => "accounts",
            Self::Network => "networks",
            Self::Rate(_) => "rates",
            Self::Inflow(_) => "inflow",
            Self::Alarm(_) => "alarms",
            Self::Order(_) => "orders",
            Self::Countersign(_) => "countersigns",
            Self::RestoreQueue => "restore_queues",
            Self::GatewayOrder(_) => "gateway_orders",
        }
    }
}

/// An item as it travels; none for what only a reader makes (`BadBlock` and its like).
pub fn encode_item(item: &Item) -> Option<Encoded> {
    let (key, body) = match item {
        Item::Site(site) => (
            ItemKey::Site(site.id.clone()),
            json(&SiteWire::from(&**site)),
        ),
        Item::Hall(hall) => (
            ItemKey::Hall(hall.site.clone(), hall.id.clone()),
            json(&HallWire::from(&**hall)),
        ),
        Item::Block(block) => (
            ItemKey::Block(block.key()),
            json(&BlockWire::from(&**block)),
        ),
        Item::Grid(grid) => (ItemKey::Grid, json(&GridWire::from(&**grid))),
        Item::Account(account) => (
            ItemKey::Account(account.id.clone()),
            json(&AccountWire::from(&**account)),
        ),
        Item::Network(network) => (ItemKey::Network, json(&NetworkWire::from(**network))),
        Item::Rate(rate) => (
            ItemKey::Rate(rate.currency.clone()),
            json(&RateWire::from(&**rate)),
        ),
        Item::Inflow(inflow) => (
            ItemKey::Inflow(inflow.day),
            json(&InflowWire::from(&**inflow)),
        ),
        Item::Alarm(alarm) => (
            ItemKey::Alarm(alarm.id.clone()),
            json(&AlarmWire::from(&**alarm)),
        ),
        Item::Order(status) => {
            let key = ItemKey::Order(status.id);
            let pieces = status_pieces(status, false);
            let json = pieces.iter().map(|piece| of_kind(&key, piece)).collect();
            return Some(Encoded { key, json });
        }
        Item::Countersign(asked) => (
            ItemKey::Countersign(asked.order.id),
            json(&CountersignWire::from(&**asked)),
        ),
        Item::RestoreQueue(queue) => (
            ItemKey::RestoreQueue,
            json(&RestoreQueueWire::from(&**queue)),
        ),
        Item::GatewayOrder(own) => (
            ItemKey::GatewayOrder(own.order.id),
            json(&GatewayOrderWire::from(&**own)),
        ),
        Item::BadBlock(_) | Item::BadSite(_) | Item::BadGrid => return None,
    };
    let json = vec![of_kind(&key, &body?)];
    Some(Encoded { key, json })
}

fn of_kind(key: &ItemKey, object: &str) -> Arc<str> {
    format!("{{\"kind\":\"{}\",{}", key.kind(), &object[1..]).into()
}

fn json<T: Serialize>(value: &T) -> Option<String> {
    // Only a type that cannot be written at all would fail here; ours can.
    serde_json::to_string(value).ok()
}

/// Room for a message's head.
const HEAD: usize = 1024;

/// A piece of an item, with the list that it belongs to.
type Piece<'a> = (&'static str, &'a str);

/// Cuts items into runs that fit into one message each. Always at least one run.
fn runs<'a>(items: &[&'a Encoded]) -> Vec<Vec<Piece<'a>>> {
    let mut all = vec![Vec::new()];
    let mut size = HEAD;
    for item in items {
        for json in &item.json {
            // Room for the name of a list, and for a comma.
            let cost = json.len() + 16;
            if HEAD + cost > MAX_MESSAGE {
                tracing::error!(key = ?item.key, bytes = json.len(), "an item too long for the wire was left out");
                continue;
            }
            if size + cost > MAX_MESSAGE {
                all.push(Vec::new());
                size = HEAD;
            }
            size += cost;
            if let Some(run) = all.last_mut() {
                run.push((item.key.list(), &**json));
            }
        }
    }
    all
}

fn stamp(time: Timestamp) -> String {
    json(&Time(time)).unwrap_or_default()
}

/// `update` messages, as many parts as it takes.
pub fn update_texts(
    topic: Topic,
    seq: u64,
    prev: u64,
    time_sent: Timestamp,
    items: &[&Encoded],
) -> Vec<String> {
    let runs = runs(items);
    let parts = runs.len();
    let time_sent = stamp(time_sent);
    runs.iter()
        .enumerate()
        .map(|(part, run)| {
            let size: usize = run.iter().map(|(_, json)| json.len() + 1).sum();
            let mut text = String::with_capacity(size + 200);
            let _ = write!(
                text,
                "{{\"type\":\"update\",\"topic\":\"{}\",\"seq\":{seq},\"prev\":{prev},\"time_sent\":{time_sent},\"part\":{part},\"parts\":{parts},\"items\":[",
                topic.word()
            );
            for (index, (_, json)) in run.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(json);
            }
            text.push_str("]}");
            text
        })
        .collect()
}

/// `snapshot` messages, as many parts as it takes.
pub fn snapshot_texts(
    topic: Topic,
    boot: &BootId,
    seq: u64,
    time: Timestamp,
    items: &[Encoded],
) -> Vec<String> {
    let mut sorted: Vec<&Encoded> = items.iter().collect();
    sorted.sort_by_key(|item| match item.key {
        ItemKey::Site(_) => 0,
        ItemKey::Hall(..) => 1,
        _ => 2,
    });
    let runs = runs(&sorted);
    let parts = runs.len();
    let time = stamp(time);
    let boot = json(&IdText::of(boot.as_str())).unwrap_or_default();
    runs.iter()
        .enumerate()
        .map(|(part, run)| {
            let size: usize = run.iter().map(|(_, json)| json.len() + 1).sum();
            let mut text = String::with_capacity(size + 300);
            let _ = write!(
                text,
                "{{\"type\":\"snapshot\",\"topic\":\"{}\",\"boot\":{boot},\"seq\":{seq},\"time\":{time},\"part\":{part},\"parts\":{parts},\"body\":",
                topic.word()
            );
            push_body(&mut text, run);
            text.push('}');
            text
        })
        .collect()
}

/// `{sites:[..],halls:[..]}`; the grid is a single object.
fn push_body(text: &mut String, run: &[Piece<'_>]) {
    text.push('{');
    let mut open: Option<&str> = None;
    for &(list, json) in run {
        if open == Some(list) {
            text.push(',');
        } else {
            if let Some(before) = open {
                text.push_str(if before == "grid" { "," } else { "]," });
            }
            let _ = write!(text, "\"{list}\":");
            if list != "grid" {
                text.push('[');
            }
            open = Some(list);
        }
        // In a list that says what it holds, `kind` would be noise, but it costs nothing and the text is shared.
        text.push_str(json);
    }
    if open.is_some_and(|list| list != "grid") {
        text.push(']');
    }
    text.push('}');
}

/// Items of one message, with those that had to be refused counted.
#[derive(Debug, Default)]
pub(in crate::feed::protocol) struct Read {
    pub(in crate::feed::protocol) items: Vec<Item>,
    pub(in crate::feed::protocol) bad: u64,
    /// The first item continues the last one of the part before.
    pub(super) joins: bool,
}

impl Read {
    fn wire<W: DeserializeOwned>(
        &mut self,
        raw: &str,
        make: impl FnOnce(W) -> Option<Item>,
        named: impl FnOnce(&str) -> Option<Item>,
    ) {
        if let Some(item) = serde_json::from_str::<W>(raw).ok().and_then(make) {
            self.items.push(item);
        } else {
            self.bad += 1;
            self.items.extend(named(raw));
        }
    }

    /// One item of a known kind. An unknown kind is left alone: it is of a later minor version.
    pub(in crate::feed::protocol) fn item(&mut self, topic: Topic, kind: &str, raw: &str) {
        match (topic, kind) {
            (Topic::Fleet, "block") => self.wire(
                raw,
                |wire: BlockWire| Some(Item::Block(Box::new(Block::from(wire)))),
                |raw| named_block(raw).map(Item::BadBlock),
            ),
            (Topic::Fleet, "site") => self.wire(
                raw,
                |wire: SiteWire| Some(Item::Site(Box::new(Site::from(wire)))),
                |raw| named(raw).map(|id| Item::BadSite(SiteId::new(id.as_str()))),
            ),
            (Topic::Fleet, "hall") => self.wire(
                raw,
                |wire: HallWire| Some(Item::Hall(Box::new(Hall::from(wire)))),
                |_| None,
            ),
            (Topic::Grid, "grid") => self.wire(
                raw,
                |wire: GridWire| Some(Item::Grid(Box::new(GridReading::from(wire)))),
                |_| Some(Item::BadGrid),
            ),
            (Topic::Reserve, "account") => self.wire(
                raw,
                |wire: AccountWire| {
                    let account = Account::try_from(wire).ok()?;
                    Some(Item::Account(Box::new(account)))
                },
                |_| None,
            ),
            (Topic::Reserve, "network") => self.wire(
                raw,
                |wire: NetworkWire| wire.try_into().ok().map(|n| Item::Network(Box::new(n))),
                |_| None,
            ),
            (Topic::Reserve, "rate") => self.wire(
                raw,
                |wire: RateWire| wire.try_into().ok().map(|r| Item::Rate(Box::new(r))),
                |_| None,
            ),
            (Topic::Reserve, "inflow") => self.wire(
                raw,
                |wire: InflowWire| wire.try_into().ok().map(|i| Item::Inflow(Box::new(i))),
                |_| None,
            ),
            (Topic::Alarm, "alarm") => self.wire(
                raw,
                |wire: AlarmWire| wire.try_into().ok().map(|a| Item::Alarm(Box::new(a))),
                |_| None,
            ),
            (Topic::Order, "order") => self.status(raw),
            (Topic::Order, "countersign") => self.wire(
                raw,
                |wire: CountersignWire| Some(Item::Countersign(Box::new(wire.into()))),
                |_| None,
            ),
            (Topic::Fleet, "restore_queue") => self.wire(
                raw,
                |wire: RestoreQueueWire| Some(Item::RestoreQueue(Box::new(wire.into()))),
                |_| None,
            ),
            (Topic::Order, "gateway_order") => self.wire(
                raw,
                |wire: GatewayOrderWire| Some(Item::GatewayOrder(Box::new(wire.into()))),
                |_| None,
            ),
            _ => {}
        }
    }

    fn status(&mut self, raw: &str) {
        let Ok(wire) = serde_json::from_str::<StatusWire>(raw) else {
            self.bad += 1;
            return;
        };
        let continues = wire.continues;
        let status = OrderStatus::from(wire);
        match self.items.last_mut() {
            Some(Item::Order(before)) if continues && before.id == status.id => {
                before.targets.extend(status.targets);
            }
            Some(_) if continues => self.bad += 1,
            _ => {
                self.joins |= continues;
                self.items.push(Item::Order(Box::new(status)));
            }
        }
    }

    /// One item of an update, which names its own kind.
    pub(super) fn tagged(&mut self, topic: Topic, raw: &RawValue) {
        #[derive(serde::Deserialize)]
        struct Tagged<'a> {
            #[serde(borrow)]
            kind: std::borrow::Cow<'a, str>,
        }
        let raw = raw.get();
        let first = raw
            .strip_prefix("{\"kind\":\"")
            .and_then(|rest| rest.split_once('"'))
            .map(|(kind, _)| kind);
        match first {
            Some(kind) => self.item(topic, kind, raw),
            None => match serde_json::from_str::<Tagged<'_>>(raw) {
                Ok(tagged) => self.item(topic, &tagged.kind, raw),
                Err(_) => self.bad += 1,
            },
        }
    }
}

fn named(raw: &str) -> Option<IdText> {
    #[derive(serde::Deserialize)]
    struct Named {
        id: IdText,
    }
    serde_json::from_str::<Named>(raw).ok().map(|n| n.id)
}

fn named_block(raw: &str) -> Option<BlockKey> {
    #[derive(serde::Deserialize)]
    struct Named {
        site: IdText,
        id: IdText,
    }
    let named: Named = serde_json::from_str(raw).ok()?;
    Some(BlockKey::new(
        &SiteId::new(named.site.as_str()),
        &BlockId::new(named.id.as_str()),
    ))
}
