//! Every signed message in every way that it can be wrong, and every unsigned one in every state: nothing changes.

use std::io::Write;

use serde_json::{Value, json};

use crate::attacker::{Link, Person};
use crate::house::{House, Standing, act, at, free_blocks, id, say, settle, shed, snapshot};

/// A message that would be done, with who has signed it and who may not.
pub(crate) struct Sound {
    pub message: Value,
    by: fn(&House) -> &Person,
    /// A rank that is too low for it.
    below: (fn(&House) -> &Person, &'static str),
}

fn anna(house: &House) -> &Person {
    &house.anna
}
fn boris(house: &House) -> &Person {
    &house.boris
}
fn vera(house: &House) -> &Person {
    &house.vera
}
fn gleb(house: &House) -> &Person {
    &house.gleb
}

const VIEWER: (fn(&House) -> &Person, &str) = (gleb, "gleb");
const ENGINEER: (fn(&House) -> &Person, &str) = (vera, "vera");
const OPERATOR: (fn(&House) -> &Person, &str) = (anna, "anna");

/// A gateway with something for each act to act on: an order with notice of Boris's that is accepted, one with a lease
/// that is delivered, a request for a second person, a lockout, authority in Anna's hands, an alarm.
pub(crate) struct Scene {
    pub house: House,
    pub accepted: String,
    pub leased: String,
    pub waiting: Value,
    pub alarm: Value,
    pub free: Vec<Value>,
    pub tag: Value,
    _script: tempfile::NamedTempFile,
}

/// A silent site, so that there is an alarm.
fn script() -> tempfile::NamedTempFile {
    let mut script = tempfile::NamedTempFile::new().expect("a scratch file");
    let loss = "[[event]]\nat = 1\ndo = \"link_loss\"\nsite = \"polatsk\"\nfor = 3000";
    writeln!(script, "{loss}").expect("is written");
    script
}

fn house(script: &tempfile::NamedTempFile) -> House {
    House::with(&["--script", script.path().to_str().expect("a plain path")])
}

/// A block that may be shed after some notice, and that, ms.
pub(crate) fn noticed(at: &str) -> (Value, i64) {
    let fleet = snapshot(at, "fleet");
    let noticed = fleet["blocks"]
        .iter()
        .filter(|b| b["must_run_w"].as_i64().unwrap_or(0) == 0)
        .filter(|b| b["tags"].as_array().is_none_or(Vec::is_empty))
        .find(|b| b["notice_s"].as_f64().unwrap_or(0.0) > 30.0 && b["state"] == "hashing");
    let noticed = noticed.expect("a block with notice").clone();
    let notice = (noticed["notice_s"].as_f64().expect("notice") * 1e3) as i64;
    (noticed, notice)
}

fn scene() -> Scene {
    let script = script();
    let house = house(&script);
    let (noticed, notice) = noticed(house.at());
    let free = free_blocks(house.at(), "lukoml");
    let mut link = house.link();
    link.subscribe(&["order", "alarm"]);
    let alarm = told(&mut link);
    let mut order = shed(house.at(), &[noticed], "boris", "B");
    order["expires_at"] = at(notice + 60_000).into();
    let accepted = sent(&mut link, &house.boris.sign(order), "accepted");
    let mut order = shed(house.at(), &free[..1], "anna", "A");
    order["lease_s"] = 3_000.into();
    let leased = sent(&mut link, &house.anna.sign(order), "executing");
    link.wait("its end", |m| {
        let text = m.to_string();
        text.contains(&leased) && text.contains("\"delivered\"")
    });
    let waiting = shed(house.at(), &free[1..], "anna", "A");
    let ask = act(
        "countersign_request",
        "anna",
        "A",
        json!({"order": waiting}),
    );
    assert_eq!(say(&mut link, &house.anna.sign(ask)), None);
    let on = json!({"site": "lukoml", "block": free[1]["id"], "kind": "maintenance", "epoch": 0, "reason": "r"});
    let set = house.vera.sign(act("tag_set", "vera", "V", on));
    assert_eq!(say(&mut link, &set), None);
    let hands = json!({"site": "mazyr", "epoch": 0, "reason": "r"});
    let request = act("authority_request", "anna", "A", hands);
    assert_eq!(say(&mut link, &house.anna.sign(request)), None);
    Scene {
        accepted,
        leased,
        waiting,
        alarm,
        free,
        tag: set["id"].clone(),
        house,
        _script: script,
    }
}

pub(crate) fn sent(link: &mut Link, order: &Value, phase: &str) -> String {
    let id = order["id"].as_str().expect("an id").to_owned();
    let answer = link.ask(order, &id);
    assert_eq!(answer["phase"], phase, "{answer}");
    id
}

/// The alarm of the silent site.
fn told(link: &mut Link) -> Value {
    let told = link.wait("an alarm", |m| m.to_string().contains("\"silent\""));
    let lists = [&told["items"], &told["body"]["alarms"]];
    let all = lists
        .into_iter()
        .flat_map(|list| list.as_array().cloned().unwrap_or_default());
    all.into_iter()
        .find(|alarm| alarm["cause"] == "silent")
        .expect("the alarm")
}

impl Scene {
    /// A gateway with nothing but an alarm; what acts would act on is not there.
    pub(crate) fn fresh() -> Self {
        let script = script();
        let house = house(&script);
        let mut link = house.link();
        link.subscribe(&["alarm"]);
        let alarm = told(&mut link);
        let free = free_blocks(house.at(), "lukoml");
        let waiting = json!({"id": id()});
        let (accepted, leased, tag) = (id(), id(), id().into());
        Self {
            house,
            accepted,
            leased,
            waiting,
            alarm,
            free,
            tag,
            _script: script,
        }
    }

    /// One of each signed message; each would be done as it stands.
    pub(crate) fn sound(&self) -> Vec<Sound> {
        let of = |kind: &str, who: (fn(&House) -> &Person, &str), below, fields: Value| Sound {
            message: act(kind, who.1, &who.1[..1].to_uppercase(), fields),
            by: who.0,
            below,
        };
        let dispatcher: (fn(&House) -> &Person, &str) = (boris, "boris");
        let block = &self.free[2]["id"];
        let tag =
            json!({"site": "lukoml", "block": block, "kind": "note", "epoch": 0, "reason": "r"});
        let off = json!({"site": "lukoml", "block": self.free[1]["id"], "kind": "maintenance", "epoch": 0,
            "reason": "r", "tag": self.tag});
        let hands = |site: &str, epoch: u64| json!({"site": site, "epoch": epoch, "reason": "r"});
        let seen = json!({"id": self.alarm["id"], "raised": self.alarm["raised"]});
        let mut day = seen.clone();
        (day["until"], day["reason"]) = (at(3_600_000).into(), "noise".into());
        let asked = shed(self.house.at(), &self.free[1..3], "anna", "A");
        let refusal = json!({"id": self.waiting["id"], "agree": false, "why": "no"});
        let order = shed(self.house.at(), &self.free[3..4], "anna", "A");
        vec![
            Sound {
                message: order,
                by: anna,
                below: VIEWER,
            },
            of("order_query", OPERATOR, VIEWER, json!({"id": id()})),
            of(
                "order_cancel",
                dispatcher,
                OPERATOR,
                json!({"id": self.accepted}),
            ),
            of(
                "lease_renew",
                OPERATOR,
                ENGINEER,
                json!({"id": self.leased}),
            ),
            of(
                "countersign_request",
                OPERATOR,
                ENGINEER,
                json!({"order": asked}),
            ),
            of("countersign_answer", dispatcher, VIEWER, refusal),
            of("alarm_ack", OPERATOR, VIEWER, seen),
            of("alarm_shelve", OPERATOR, VIEWER, day),
            of("tag_set", ENGINEER, VIEWER, tag),
            of("tag_clear", ENGINEER, OPERATOR, off),
            of("authority_request", OPERATOR, ENGINEER, hands("lukoml", 0)),
            of("authority_release", OPERATOR, ENGINEER, hands("mazyr", 1)),
            of("authority_take", dispatcher, OPERATOR, hands("mazyr", 1)),
        ]
    }

    pub(crate) fn standing(&self) -> Standing {
        self.house.standing()
    }
}

fn is_order(message: &Value) -> bool {
    message["type"] == "order"
}

/// Who a message says that it is of, and the other fields with such a meaning.
fn named(message: &Value, name: &str) -> Value {
    let mut other = message.clone();
    let field = if is_order(message) { "issued_by" } else { "by" };
    other[field] = name.into();
    if let Some(order) = other.get_mut("order") {
        order["issued_by"] = name.into();
    }
    other
}

fn of_time(message: &Value, millis: i64) -> Value {
    let mut other = message.clone();
    let field = if is_order(message) { "issued_at" } else { "at" };
    other[field] = at(millis).into();
    other
}

/// The message signed by whose it is, in every way that it can be wrong.
fn wrongs(house: &House, sound: &Sound) -> Vec<(String, Value)> {
    let Sound { message, by, below } = sound;
    let person = by(house);
    let mut all = Vec::new();
    // Each field altered after it was signed, or left out.
    let signed = person.sign(message.clone());
    for (field, value) in signed.as_object().expect("fields") {
        let mut altered = signed.clone();
        altered[field] = match value {
            Value::String(text) if field == "type" => match text.as_str() {
                "order_cancel" => "lease_renew",
                "lease_renew" | "order_query" => "order_cancel",
                "authority_request" => "authority_take",
                "authority_take" | "authority_release" => "authority_request",
                _ => continue,
            }
            .into(),
            Value::String(text) if text.contains('T') && text.ends_with('Z') => at(1_000).into(),
            Value::String(text) if text.len() == 26 => id().into(),
            Value::String(text) => format!("{text}x").into(),
            Value::Number(number) => (number.as_i64().unwrap_or(0) + 1).into(),
            Value::Bool(bool) => (!bool).into(),
            Value::Array(items) => items.iter().skip(1).cloned().collect(),
            Value::Object(_) | Value::Null => continue,
        };
        all.push((format!("{field} altered"), altered));
        // What is left out and what is 0 mean the same, and are signed as the same.
        // Without a type it is no message: the link is closed.
        if *value == json!(0) || field == "type" {
            continue;
        }
        let mut less = signed.clone();
        less.as_object_mut().expect("fields").remove(field);
        all.push((format!("{field} left out"), less));
    }
    all.push((
        "another's signature".into(),
        house.stranger.sign(message.clone()),
    ));
    let mut forged = message.clone();
    forged["signature"] = house.gleb.signature(message).into();
    all.push(("a viewer's signature".into(), forged));
    let low = below.0(house).sign(named(message, below.1));
    all.push(("a lower rank".into(), low));
    let unknown = house.stranger.sign(named(message, "stranger"));
    all.push(("nobody known".into(), unknown));
    let mut elsewhere = message.clone();
    elsewhere["gateway"] = "another".into();
    // An order for another gateway is refused by name, in the journal: it is a known person's.
    if !is_order(message) {
        all.push(("another gateway".into(), person.sign(elsewhere)));
    }
    for (what, millis) in [("too old", -301_000), ("of the future", 600_000)] {
        all.push((what.into(), person.sign(of_time(message, millis))));
    }
    all
}

#[test]
fn every_signed_message_in_every_wrong_form_changes_nothing() {
    let scene = scene();
    let before = scene.standing();
    let mut link = scene.house.link();
    let mut tried = 0;
    for sound in scene.sound() {
        for (what, message) in wrongs(&scene.house, &sound) {
            link.send(&message);
            settle(&mut link, &message);
            assert_eq!(scene.standing(), before, "{what}: {message}");
            tried += 1;
        }
    }
    println!("{tried} wrong messages");
}

#[test]
fn every_signed_message_is_done_once_now_later_and_after_a_restart() {
    let mut scene = scene();
    let sounds: Vec<Value> = scene
        .sound()
        .iter()
        .map(|sound| (sound.by)(&scene.house).sign(sound.message.clone()))
        .collect();
    let mut link = scene.house.link();
    let mut done = Vec::new();
    for message in sounds {
        let before = scene.standing();
        let error = say(&mut link, &message);
        // Anna's release comes before Boris's taking, which then finds the site in other hands: both are acts that were heard.
        let expected = message["type"] == "authority_take";
        assert_eq!(error.is_some(), expected, "{message}: {error:?}");
        let after = scene.standing();
        assert_ne!(after.rows, before.rows, "it is in the journal: {message}");
        link.send(&message);
        settle(&mut link, &message);
        still(&scene, &after, &message, "now");
        done.push(message);
    }
    let last = scene.standing();
    for message in &done {
        link.send(message);
        settle(&mut link, message);
        still(&scene, &last, message, "later");
    }
    drop(link);
    scene.house.restart();
    let mut link = scene.house.link();
    link.subscribe(&["alarm"]);
    told(&mut link);
    let last = scene.standing();
    for message in &done {
        link.send(message);
        settle(&mut link, message);
        still(&scene, &last, message, "after a restart");
    }
}

/// Nothing has changed but how far the orders under way have come.
fn still(scene: &Scene, before: &Standing, message: &Value, when: &str) {
    let mut now = scene.standing();
    let mut before = before.clone();
    for standing in [&mut now, &mut before] {
        standing.rows.remove("answer");
        standing.orders.clear();
    }
    assert_eq!(now, before, "{when}: {message}");
}
