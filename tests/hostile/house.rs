//! A gateway that knows its people, with a journal, and what stands there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use baseload::journal::audit::Reader;
use serde_json::{Value, json};

use crate::attacker::{Link, Person, operators};
use crate::common::Server;
use crate::disk::full;

/// A gateway with Anna (operator), Boris (dispatcher), Vera (engineer), Gleb (viewer), and Anna's second name under her key.
pub(crate) struct House {
    scratch: tempfile::TempDir,
    server: Option<Server>,
    roll: PathBuf,
    more: Vec<String>,
    pub anna: Person,
    pub boris: Person,
    pub vera: Person,
    pub gleb: Person,
    pub stranger: Person,
}

/// What a hostile message must not change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    pub rows: BTreeMap<String, usize>,
    pub authority: BTreeMap<String, Value>,
    pub tags: BTreeMap<String, Value>,
    pub orders: BTreeMap<String, Value>,
    pub alarms: BTreeMap<String, Value>,
    pub asked: BTreeMap<String, Value>,
}

static IDS: AtomicU64 = AtomicU64::new(1);

/// An id that no test has used.
pub(crate) fn id() -> String {
    let low = u128::from(IDS.fetch_add(1, Ordering::Relaxed));
    ulid::Ulid((u128::from(rand::random::<u64>()) << 32) | low).to_string()
}

/// So many milliseconds from now, as the wire has it.
pub(crate) fn at(millis: i64) -> String {
    let now = jiff::Timestamp::now().as_millisecond() + millis;
    let time = jiff::Timestamp::from_millisecond(now).expect("a time");
    format!("{time:.3}")
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// The same with more arguments of the gateway.
    pub(crate) fn with(more: &[&str]) -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let person = Person::new;
        let (anna, boris) = (person("anna"), person("boris"));
        let (vera, gleb) = (person("vera"), person("gleb"));
        let anna_again = anna.entry("operator", "").replace("\"anna\"", "\"anna2\"");
        let staff = [
            anna.entry("operator", ""),
            boris.entry("dispatcher", ""),
            vera.entry("engineer", ""),
            gleb.entry("viewer", ""),
            anna_again,
        ];
        let roll = operators(
            scratch.path(),
            "two_persons_above_mw = 30\nemergency_interval_ms = 60000",
            &staff,
        );
        let mut house = Self {
            scratch,
            server: None,
            roll,
            more: more.iter().map(|&arg| arg.to_owned()).collect(),
            anna,
            boris,
            vera,
            gleb,
            stranger: person("stranger"),
        };
        house.start();
        house
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.scratch.path().join("journal")
    }

    fn start(&mut self) {
        let (journal, roll) = (self.journal(), self.roll.display().to_string());
        let journal = journal.display().to_string();
        let mut args = vec!["simulator", "--journal", &journal, "--operators", &roll];
        args.extend(self.more.iter().map(String::as_str));
        self.server = Some(Server::start(&args, "127.0.0.1:0"));
    }

    /// The gateway dies and is started anew.
    pub(crate) fn restart(&mut self) {
        self.server.take().expect("it runs").kill();
        self.start();
    }

    /// Its disk is full, or has room again.
    pub(crate) fn disk_is_full(&self, is_full: bool) {
        full(self.server.as_ref().expect("it runs"), is_full);
    }

    pub(crate) fn at(&self) -> &str {
        &self.server.as_ref().expect("it runs").at
    }

    pub(crate) fn link(&self) -> Link {
        Link::open(self.at(), "/fleet")
    }

    pub(crate) fn standing(&self) -> Standing {
        standing(self.at(), Some(&self.journal()))
    }
}

/// Rows by kind.
fn rows(journal: &Path) -> BTreeMap<String, usize> {
    let mut rows = BTreeMap::new();
    let reader = Reader::open(journal).expect("is readable");
    reader
        .each_after(0, |row| {
            *rows.entry(row.kind).or_insert(0) += 1;
            None::<()>
        })
        .expect("is sound");
    rows
}

/// All of a topic's snapshot, by list.
pub(crate) fn snapshot(at: &str, topic: &str) -> BTreeMap<String, Vec<Value>> {
    let mut link = Link::open(at, "/fleet");
    link.subscribe(&[topic]);
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    loop {
        let part = link.wait("a snapshot", |m| {
            m["type"] == "snapshot" && m["topic"] == topic
        });
        for (list, items) in part["body"].as_object().expect("a body") {
            let items = items.as_array().cloned().unwrap_or_default();
            all.entry(list.clone()).or_default().extend(items);
        }
        if part["part"].as_u64().expect("a part") + 1 == part["parts"].as_u64().expect("parts") {
            return all;
        }
    }
}

/// What stands at a gateway.
pub(crate) fn standing(at: &str, journal: Option<&Path>) -> Standing {
    let fleet = snapshot(at, "fleet");
    let list = |name: &str| fleet.get(name).cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let orders = snapshot(at, "order");
    let alarms = snapshot(at, "alarm");
    let by = |items: Option<&Vec<Value>>, key: fn(&Value) -> &Value, what: fn(&Value) -> Value| {
        let items = items.into_iter().flatten();
        items
            .map(|item| (text(key(item)), what(item)))
            .collect::<BTreeMap<_, _>>()
    };
    Standing {
        rows: journal.map(rows).unwrap_or_default(),
        authority: by(
            Some(&list("sites")),
            |s| &s["id"],
            |s| s["authority"].clone(),
        ),
        tags: list("blocks")
            .iter()
            .filter(|b| !b["tags"].is_null())
            .map(|b| {
                (
                    format!("{}/{}", text(&b["site"]), text(&b["id"])),
                    b["tags"].clone(),
                )
            })
            .collect(),
        orders: by(orders.get("orders"), |o| &o["id"], |o| o["phase"].clone()),
        asked: by(
            orders.get("countersigns"),
            |c| &c["countersign"]["id"],
            |c| c["state"].clone(),
        ),
        alarms: by(
            alarms.get("alarms"),
            |a| &a["id"],
            |a| json!([a["state"], a["until"]]),
        ),
    }
}

/// A block of a site that nothing stands against and that wants no notice.
pub(crate) fn free_blocks(at: &str, site: &str) -> Vec<Value> {
    let fleet = snapshot(at, "fleet");
    let blocks = fleet["blocks"].iter();
    blocks
        .filter(|b| b["site"] == site && b["state"] == "hashing")
        .filter(|b| b["tags"].is_null() || b["tags"] == json!([]))
        .filter(|b| b["notice_s"].as_f64().unwrap_or(0.0) == 0.0)
        .filter(|b| b["must_run_w"].as_i64().unwrap_or(0) == 0)
        .cloned()
        .collect()
}

/// An order that takes these blocks to their floors; unsigned.
pub(crate) fn shed(at_gateway: &str, blocks: &[Value], by: &str, desk: &str) -> Value {
    let fleet = snapshot(at_gateway, "fleet");
    let targets: Vec<Value> = blocks
        .iter()
        .map(|block| {
            let site = fleet["sites"].iter().find(|s| s["id"] == block["site"]);
            let site = site.expect("its site");
            json!({
                "site": block["site"],
                "block": block["id"],
                "target_w": block["floor_w"],
                "epoch": site["authority"]["epoch"],
                "site_seq": site["site_seq"].as_u64().unwrap_or(0) + 1,
            })
        })
        .collect();
    json!({
        "type": "order",
        "id": id(),
        "plan": "07".repeat(32),
        "nation": "Belarus",
        "gateway": "simulator",
        "kind": "curtail",
        "targets": targets,
        "extra_w_max": 0,
        "reason": "test",
        "issued_by": by,
        "issued_at": at(0),
        "expires_at": at(60_000),
        "lease_s": 0,
        "desk": desk,
    })
}

/// An act of somebody's at a desk, unsigned.
pub(crate) fn act(kind: &str, by: &str, desk: &str, more: Value) -> Value {
    let mut message = json!({
        "type": kind,
        "gateway": "simulator",
        "by": by,
        "desk": desk,
        "at": at(0),
    });
    let deed = kind.starts_with("tag_") || kind.starts_with("authority_");
    message[if deed { "id" } else { "act" }] = id().into();
    let Value::Object(more) = more else {
        panic!("{more} are no fields");
    };
    for (name, value) in more {
        message[name] = value;
    }
    message
}

/// The id that an act bears itself, where it is one.
fn own(said: &Value) -> Option<&str> {
    let kind = said["type"].as_str().unwrap_or_default();
    let is_deed = kind.starts_with("tag_") || kind.starts_with("authority_");
    let own = said[if is_deed { "id" } else { "act" }].as_str()?;
    ulid::Ulid::from_string(own).is_ok().then_some(own)
}

/// Waits until the gateway has done with all that this link has said, `last` the last of it, and gives what it answered
/// meanwhile.
///
/// What has to be recorded is done later than what has not, so only a question about an act's own id waits for it, and
/// an order is done once it is answered.
pub(crate) fn settle(link: &mut Link, last: &Value) -> Vec<Value> {
    let probe = own(last).map_or_else(id, str::to_owned);
    let order = last["id"].as_str().filter(|_| last["type"] == "order");
    link.send(&json!({"type": "order_query", "id": probe}));
    let (mut answers, mut heard) = (Vec::<Value>::new(), false);
    let is_of = |answer: &Value, id: &str| answer["id"] == id || answer["about"] == id;
    while !heard || order.is_some_and(|id| !answers.iter().any(|answer| is_of(answer, id))) {
        let answer = link.wait("an answer", |m| {
            matches!(m["type"].as_str(), Some("order_status" | "error"))
        });
        if answer["type"] == "order_status" && answer["id"] == *probe {
            heard = true;
        } else {
            answers.push(answer);
        }
    }
    answers
}

/// Says this and gives the error that it brought, if any.
pub(crate) fn say(link: &mut Link, message: &Value) -> Option<String> {
    link.send(message);
    let answers = settle(link, message);
    let error = answers.iter().find(|answer| answer["type"] == "error");
    error.map(|error| error["code"].as_str().unwrap_or_default().to_owned())
}
