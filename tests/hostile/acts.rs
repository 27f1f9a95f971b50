//! Acts that are recorded and sent again, signed by nobody, by another, or by somebody who may not.

use std::io::Write;

use serde_json::{Value, json};

use crate::attacker::Link;
use crate::common::Server;
use crate::every::noticed;
use crate::house::{House, act, at, free_blocks, id, say, settle, shed, snapshot, standing};

/// The tags of a block.
fn tags(house: &House, block: &Value) -> Value {
    let fleet = snapshot(house.at(), "fleet");
    let found = fleet["blocks"]
        .iter()
        .find(|b| b["site"] == block["site"] && b["id"] == block["id"]);
    found.expect("the block")["tags"].clone()
}

/// A block with a lockout of Vera's: set, cleared and set anew. The recorded clear comes too.
fn set_clear_set(house: &House, block: &Value) -> (Value, Value) {
    let mut link = house.link();
    let on = json!({"site": block["site"], "block": block["id"], "kind": "maintenance", "epoch": 0, "reason": "people in the hall"});
    let set = house.vera.sign(act("tag_set", "vera", "V", on.clone()));
    assert_eq!(say(&mut link, &set), None);
    let hung = tags(house, block);
    assert_eq!(hung[0]["id"], set["id"], "a tag is named by its act");
    let mut off = on.clone();
    off["tag"] = set["id"].clone();
    let clear = house.vera.sign(act("tag_clear", "vera", "V", off));
    assert_eq!(say(&mut link, &clear), None);
    assert!(tags(house, block).as_array().is_none_or(Vec::is_empty));
    let anew = house.vera.sign(act("tag_set", "vera", "V", on));
    assert_eq!(say(&mut link, &anew), None);
    assert_eq!(tags(house, block)[0]["id"], anew["id"]);
    (clear, anew)
}

#[test]
fn a_recorded_clear_takes_no_other_lockout_off_now_or_after_a_restart() {
    let mut house = House::new();
    let block = free_blocks(house.at(), "lukoml").remove(0);
    let (clear, anew) = set_clear_set(&house, &block);
    let before = house.standing();
    let mut link = house.link();
    say(&mut link, &clear);
    assert_eq!(tags(&house, &block)[0]["id"], anew["id"], "it hangs");
    assert_eq!(house.standing(), before);
    // A clear of that old tag under another id.
    let mut fresh = clear.clone();
    fresh["id"] = id().into();
    let fresh = house.vera.sign(fresh);
    assert_eq!(say(&mut link, &fresh).as_deref(), Some("refused"));
    assert_eq!(tags(&house, &block)[0]["id"], anew["id"], "it hangs");
    // A clear that names no tag at all, as older consoles have it.
    let mut old = clear.clone();
    old.as_object_mut().expect("fields").remove("tag");
    old["id"] = id().into();
    assert_eq!(
        say(&mut link, &house.vera.sign(old)).as_deref(),
        Some("refused")
    );
    let order = house
        .anna
        .sign(shed(house.at(), std::slice::from_ref(&block), "anna", "A"));
    let answer = link.ask(&order, order["id"].as_str().expect("an id"));
    assert_eq!(answer["phase"], "rejected");
    house.restart();
    assert_eq!(tags(&house, &block)[0]["id"], anew["id"], "over a restart");
    let mut link = house.link();
    let before = house.standing();
    say(&mut link, &clear);
    assert_eq!(house.standing(), before, "nor then");
}

#[test]
fn a_proxy_that_doubles_every_message_changes_nothing() {
    let house = House::new();
    let block = free_blocks(house.at(), "lukoml").remove(0);
    let mut link = house.link();
    let tag = json!({"site": "lukoml", "block": block["id"], "kind": "maintenance", "epoch": 0, "reason": "r"});
    let set = house.vera.sign(act("tag_set", "vera", "V", tag.clone()));
    let hands = json!({"site": "lukoml", "epoch": 0, "reason": "r"});
    let request = house
        .anna
        .sign(act("authority_request", "anna", "A", hands));
    for message in [&set, &request] {
        assert_eq!(say(&mut link, message), None);
        let before = house.standing();
        assert_eq!(say(&mut link, message), None, "it gets its first answer");
        assert_eq!(house.standing(), before);
    }
    let mut off = tag;
    off["tag"] = set["id"].clone();
    let clear = house.vera.sign(act("tag_clear", "vera", "V", off));
    let two = [&clear, &clear];
    for message in two {
        link.send(message);
    }
    assert!(settle(&mut link, &clear).is_empty());
    // An order twice is one order, and both get its answer.
    let order = house.anna.sign(shed(house.at(), &[block], "anna", "A"));
    let id = order["id"].as_str().expect("an id");
    let first = link.ask(&order, id);
    let second = link.ask(&order, id);
    assert_ne!(first["phase"], "rejected", "{first}");
    assert_ne!(second["phase"], "rejected", "{second}");
    let orders = house.standing().rows["order"];
    assert_eq!(orders, 1);
}

#[test]
fn another_act_under_a_used_id_is_refused() {
    let house = House::new();
    let mut link = house.link();
    let hands = json!({"site": "lukoml", "epoch": 0, "reason": "r"});
    let request = house
        .anna
        .sign(act("authority_request", "anna", "A", hands));
    assert_eq!(say(&mut link, &request), None);
    let mut other = request.clone();
    other["site"] = "mazyr".into();
    let other = house.anna.sign(other);
    assert_eq!(say(&mut link, &other).as_deref(), Some("id_used"));
    // Another order under the id of one that runs gets no answer of that one's.
    let blocks = free_blocks(house.at(), "lukoml");
    let order = house.anna.sign(shed(house.at(), &blocks[..1], "anna", "A"));
    let id = order["id"].as_str().expect("an id");
    assert_ne!(link.ask(&order, id)["phase"], "rejected");
    let mut other = shed(house.at(), &blocks[1..2], "anna", "A");
    other["id"] = id.into();
    for signed in [
        house.anna.sign(other.clone()),
        house.boris.sign(other.clone()),
        other,
    ] {
        let answer = link.ask(&signed, id);
        assert_eq!(answer["phase"], "rejected", "{answer}");
        assert_eq!(answer["targets"][0]["reasons"][0]["code"], "id_used");
    }
    let stored = link.ask(&json!({"type": "order_query", "id": id}), id);
    assert_ne!(stored["phase"], "rejected", "the first one's answer stands");
}

#[test]
fn used_ids_are_known_by_their_content_after_a_restart() {
    let mut house = House::new();
    let blocks = free_blocks(house.at(), "lukoml");
    let order = house.anna.sign(shed(house.at(), &blocks[..1], "anna", "A"));
    let id = order["id"].as_str().expect("an id").to_owned();
    assert_ne!(house.link().ask(&order, &id)["phase"], "rejected");
    house.restart();
    let mut link = house.link();
    let again = link.ask(&order, &id);
    assert_eq!(again["phase"], "failed", "it is not run again: {again}");
    let mut other = order.clone();
    other["reason"] = "another".into();
    let answer = link.ask(&house.anna.sign(other), &id);
    assert_eq!(
        answer["targets"][0]["reasons"][0]["code"], "id_used",
        "{answer}"
    );
}

#[test]
fn what_nobody_has_signed_does_nothing_and_leaves_no_trace() {
    let mut script = tempfile::NamedTempFile::new().expect("a scratch file");
    writeln!(
        script,
        "[[event]]\nat = 1\ndo = \"link_loss\"\nsite = \"polatsk\"\nfor = 3000"
    )
    .expect("is written");
    let path = script.path().to_str().expect("a plain path");
    let house = House::with(&["--script", path]);
    let blocks = free_blocks(house.at(), "lukoml");
    // What an attacker could act on: an order accepted, one that waits for its second person, an alarm.
    let mut link = house.link();
    link.subscribe(&["alarm"]);
    let alarm = link.wait("an alarm", |m| {
        m["type"] == "update" && m["topic"] == "alarm" || m["body"]["alarms"][0].is_object()
    });
    let alarm = [&alarm["items"][0], &alarm["body"]["alarms"][0]]
        .into_iter()
        .find(|a| a.is_object())
        .expect("an alarm")
        .clone();
    let order = house.anna.sign(shed(house.at(), &blocks[..1], "anna", "A"));
    let running = order["id"].as_str().expect("an id").to_owned();
    link.ask(&order, &running);
    link.subscribe(&["order"]);
    link.wait("its end", |m| m.to_string().contains("\"delivered\""));
    let waits = shed(house.at(), &blocks[1..], "anna", "A");
    let waiting = waits["id"].clone();
    let ask = act("countersign_request", "anna", "A", json!({"order": waits}));
    assert_eq!(say(&mut link, &house.anna.sign(ask)), None);
    let before = house.standing();
    let mut attacker = house.link();
    for message in unsigned(&running, &waiting, &alarm, &blocks[2]) {
        let error = say(&mut attacker, &message);
        assert_eq!(house.standing(), before, "{message} ({error:?})");
    }
    // Nor does the id that its request showed die by a question.
    let id = waiting.as_str().expect("an id");
    let answer = attacker.ask(&json!({"type": "order_query", "id": id}), id);
    assert_eq!(
        (&answer["phase"], &answer["dead"]),
        (&json!("not_seen"), &json!(false))
    );
}

/// Everything that acts, in the form of before and in that of now, signed by nobody.
fn unsigned(running: &str, waiting: &Value, alarm: &Value, block: &Value) -> Vec<Value> {
    let (order, gone) = (json!({"id": running}), json!({"id": waiting}));
    let site = json!({"site": "lukoml", "epoch": 0, "reason": "r"});
    let mut tag = site.clone();
    (tag["block"], tag["kind"]) = (block["id"].clone(), "maintenance".into());
    let mut other = json!({"type": "order", "nation": "Belarus"});
    other["id"] = id().into();
    let answer = json!({"id": waiting, "by": "boris", "agree": false, "why": "no"});
    let day = json!({"id": alarm["id"], "until": at(86_000_000), "reason": "r", "raised": alarm["raised"]});
    let seen = json!({"id": alarm["id"], "raised": alarm["raised"]});
    let mut all = Vec::new();
    for (kind, fields) in [
        ("order_cancel", &order),
        ("order_cancel", &gone),
        ("lease_renew", &order),
        ("order_query", &gone),
        ("alarm_ack", &seen),
        ("alarm_shelve", &day),
        ("countersign_answer", &answer),
        ("authority_request", &site),
        ("authority_take", &site),
        ("tag_set", &tag),
    ] {
        all.push(act(kind, "boris", "B", fields.clone()));
        let mut old = act(kind, "boris", "B", fields.clone());
        let fields = old.as_object_mut().expect("fields");
        let deed = kind.starts_with("tag_") || kind.starts_with("authority_");
        for name in ["act", "gateway", "desk", "raised"] {
            fields.remove(name);
        }
        if !deed {
            fields.remove("at");
            if kind != "countersign_answer" {
                fields.remove("by");
            }
        }
        all.push(old);
    }
    all
}

#[test]
fn nobody_fills_the_places_of_those_who_ask_for_a_second_person() {
    let house = House::new();
    let blocks = free_blocks(house.at(), "lukoml");
    let mut link = house.link();
    for _ in 0..40 {
        let mut order = shed(house.at(), &blocks[..3], "anna", "A");
        order["expires_at"] = "2199-01-01T00:00:00.000Z".into();
        say(
            &mut link,
            &json!({"type": "countersign_request", "order": order}),
        );
    }
    assert!(house.standing().asked.is_empty());
    // Nor somebody who may: not in time to come, and not more than a few.
    let ask = |order: Value| {
        house.anna.sign(act(
            "countersign_request",
            "anna",
            "A",
            json!({"order": order}),
        ))
    };
    let mut far = shed(house.at(), &blocks[..3], "anna", "A");
    far["expires_at"] = at(600_000).into();
    assert_eq!(say(&mut link, &ask(far)).as_deref(), Some("out_of_time"));
    let mut refused = 0;
    for _ in 0..12 {
        let order = shed(house.at(), &blocks[..3], "anna", "A");
        refused += usize::from(say(&mut link, &ask(order)).is_some());
    }
    assert_eq!((refused, house.standing().asked.len()), (4, 8));
    let order = shed(house.at(), &blocks[..3], "boris", "B");
    let others = act("countersign_request", "boris", "B", json!({"order": order}));
    assert_eq!(say(&mut link, &house.boris.sign(others)), None);
}

#[test]
fn only_its_issuer_or_a_dispatcher_calls_an_order_back() {
    let house = House::new();
    let fleet = snapshot(house.at(), "fleet");
    // One with notice: it waits, accepted.
    let block = fleet["blocks"]
        .iter()
        .filter(|b| {
            b["must_run_w"].as_i64().unwrap_or(0) == 0
                && b["tags"].as_array().is_none_or(Vec::is_empty)
        })
        .find(|b| b["notice_s"].as_f64().unwrap_or(0.0) > 0.0 && b["state"] == "hashing")
        .cloned();
    let Some(block) = block else {
        panic!("a block with notice");
    };
    let mut link = house.link();
    let notice = block["notice_s"].as_f64().expect("notice") as i64 * 1_000;
    let accepted = |link: &mut Link| {
        let mut order = shed(house.at(), std::slice::from_ref(&block), "boris", "B");
        order["expires_at"] = at(notice + 60_000).into();
        let order = house.boris.sign(order);
        let id = order["id"].as_str().expect("an id").to_owned();
        let answer = link.ask(&order, &id);
        assert_eq!(answer["phase"], "accepted", "{answer}");
        id
    };
    let id = accepted(&mut link);
    let before = house.standing();
    let cancel = |who: &str| act("order_cancel", who, "X", json!({"id": id}));
    let anothers = house.anna.sign(cancel("anna"));
    assert_eq!(say(&mut link, &anothers).as_deref(), Some("rank"));
    for (person, name) in [
        (&house.gleb, "gleb"),
        (&house.stranger, "stranger"),
        (&house.stranger, "boris"),
    ] {
        assert!(say(&mut link, &person.sign(cancel(name))).is_some());
    }
    assert_eq!(house.standing(), before);
    let own = house.boris.sign(cancel("boris"));
    assert_eq!(link.ask(&own, &id)["phase"], "cancelled");
    assert_eq!(
        link.ask(&own, &id)["phase"],
        "cancelled",
        "its first answer"
    );
}

#[test]
fn what_of_an_order_has_not_begun_is_its_issuers_or_a_dispatchers_to_call_back() {
    let mut house = House::new();
    let (waits, notice) = noticed(house.at());
    let free = free_blocks(house.at(), "lukoml");
    let mut order = shed(house.at(), &[free[0].clone(), waits.clone()], "boris", "B");
    order["expires_at"] = at(notice + 60_000).into();
    let order = house.boris.sign(order);
    let id = order["id"].as_str().expect("an id").to_owned();
    let mut link = house.link();
    assert_eq!(link.ask(&order, &id)["phase"], "executing");
    let cancel = |who: &str| act("order_cancel", who, "X", json!({"id": id}));
    let no = house.anna.sign(cancel("anna"));
    assert_eq!(say(&mut link, &no).as_deref(), Some("rank"));
    let own = house.boris.sign(cancel("boris"));
    let first = link.ask(&own, &id);
    let phases = |answer: &Value| {
        let targets = answer["targets"].as_array().expect("targets");
        let is = |t: &&Value| t["block"] == waits["id"] && t["site"] == waits["site"];
        targets.iter().find(is).map(|t| t["phase"].clone())
    };
    assert_eq!(phases(&first), Some("cancelled".into()), "{first}");
    assert_eq!(phases(&link.ask(&own, &id)), Some("cancelled".into()));
    // Whose it is stands beside it, for every desk.
    let told = &snapshot(house.at(), "order")["orders"][0];
    assert_eq!(
        (&told["issued_by"], &told["desk"]),
        (&json!("boris"), &json!("B"))
    );
    assert_eq!(told["order_kind"], "curtail");
    house.restart();
    let told = house.link().ask(&own, &id);
    assert_eq!(phases(&told), Some("cancelled".into()), "{told}");
}

#[test]
fn a_signed_question_makes_an_id_dead_for_its_asker_alone() {
    let mut house = House::new();
    let blocks = free_blocks(house.at(), "lukoml");
    let mut link = house.link();
    let mine = house.anna.sign(shed(house.at(), &blocks[..1], "anna", "A"));
    let theirs = house
        .boris
        .sign(shed(house.at(), &blocks[1..2], "boris", "B"));
    let ids = [&mine, &theirs].map(|o| o["id"].as_str().expect("an id").to_owned());
    let ask = |id: &str| {
        house
            .anna
            .sign(act("order_query", "anna", "A", json!({"id": id})))
    };
    let look = house
        .gleb
        .sign(act("order_query", "gleb", "G", json!({"id": ids[0]})));
    assert_eq!(
        link.ask(&look, &ids[0])["dead"],
        false,
        "a viewer only looks"
    );
    for id in &ids {
        let answer = link.ask(&ask(id), id);
        assert_eq!(
            (&answer["phase"], &answer["dead"]),
            (&json!("not_seen"), &json!(true))
        );
    }
    let late = link.ask(&theirs, &ids[1]);
    assert_ne!(
        late["phase"], "rejected",
        "it is not Anna's to kill: {late}"
    );
    house.restart();
    let late = house.link().ask(&mine, &ids[0]);
    assert_eq!(
        late["targets"][0]["reasons"][0]["code"], "dead_id",
        "{late}"
    );
}

#[test]
fn orders_of_another_time_are_refused_and_leave_no_trace() {
    let house = House::new();
    let blocks = free_blocks(house.at(), "lukoml");
    let before = house.standing();
    let mut link = house.link();
    let minute = 60_000;
    for (issued, expires, not_before, code) in [
        (-6 * minute, minute, None, "out_of_time"),
        (6 * minute, minute, None, "out_of_time"),
        (0, 6 * minute, None, "expires_late"),
        (0, 24 * 60 * minute, Some(49 * 60 * minute), "too_far_ahead"),
        (0, 66 * minute, Some(60 * minute), "expires_late"),
    ] {
        let mut order = shed(house.at(), &blocks[..1], "anna", "A");
        (order["issued_at"], order["expires_at"]) = (at(issued).into(), at(expires).into());
        if let Some(not_before) = not_before {
            order["not_before"] = at(not_before).into();
        }
        let id = order["id"].as_str().expect("an id").to_owned();
        let answer = link.ask(&house.anna.sign(order), &id);
        assert_eq!(answer["targets"][0]["reasons"][0]["code"], code, "{answer}");
        assert_eq!(house.standing(), before);
    }
    // An emergency is never barred by its issuer's clock, but it has an end.
    let emergency = |issued: i64, expires: &str| {
        let mut order = shed(house.at(), &blocks[..1], "anna", "A");
        (order["issued_at"], order["emergency"]) = (at(issued).into(), true.into());
        order["expires_at"] = expires.into();
        house.anna.sign(order)
    };
    let mut phase = |order: Value| {
        let id = order["id"].as_str().expect("an id").to_owned();
        link.ask(&order, &id)["phase"].clone()
    };
    assert_eq!(phase(emergency(0, "2199-01-01T00:00:00.000Z")), "rejected");
    assert_eq!(phase(emergency(0, &at(-minute))), "expired");
    let run = phase(emergency(-60 * minute, &at(minute)));
    assert!(run != "rejected" && run != "expired", "{run}");
}

#[test]
fn a_second_person_sits_elsewhere_and_has_another_key() {
    let house = House::new();
    let blocks = free_blocks(house.at(), "lukoml");
    let (mut first, mut second) = (house.link(), house.link());
    let order = shed(house.at(), &blocks, "anna", "A");
    let id = order["id"].as_str().expect("an id").to_owned();
    let alone = first.ask(&house.anna.sign(order.clone()), &id);
    assert_eq!(
        alone["targets"][0]["reasons"][0]["code"], "two_persons",
        "{alone}"
    );
    let order = shed(house.at(), &blocks, "anna", "A");
    let id = order["id"].as_str().expect("an id").to_owned();
    let ask = act("countersign_request", "anna", "A", json!({"order": order}));
    assert_eq!(say(&mut first, &house.anna.sign(ask)), None);
    let agreed = |by: &str, desk: &str| {
        let mut order = order.clone();
        (order["countersigned_by"], order["countersigned_desk"]) = (by.into(), desk.into());
        order
    };
    let word = |person: &crate::attacker::Person, by: &str, desk: &str| {
        let over = person.signature(&agreed(by, desk));
        let fields = json!({"id": id, "agree": true, "why": "", "countersignature": over});
        person.sign(act("countersign_answer", by, desk, fields))
    };
    let ordered = |person: &crate::attacker::Person, by: &str, desk: &str| {
        let mut both = agreed(by, desk);
        both["countersignature"] = person.signature(&both).into();
        house.anna.sign(both)
    };
    // One key under two names, the same desk, the same link, and no word at all.
    assert!(say(&mut second, &word(&house.anna, "anna2", "B")).is_some());
    assert!(say(&mut second, &word(&house.anna, "anna", "B")).is_some());
    assert_eq!(
        say(&mut second, &word(&house.boris, "boris", "A")).as_deref(),
        Some("same_desk")
    );
    assert_eq!(
        say(&mut first, &word(&house.boris, "boris", "B")).as_deref(),
        Some("same_link")
    );
    let unheard = ordered(&house.boris, "boris", "B");
    let mut other = unheard.clone();
    other["id"] = crate::house::id().into();
    let mut other = house.anna.sign(other);
    other["countersignature"] = house.boris.signature(&other).into();
    let other_id = other["id"].as_str().expect("an id").to_owned();
    let answer = first.ask(&other, &other_id);
    assert_eq!(
        answer["targets"][0]["reasons"][0]["code"], "two_persons",
        "{answer}"
    );
    // The word, and then the order over the link that it came by.
    assert_eq!(say(&mut second, &word(&house.boris, "boris", "B")), None);
    let both = ordered(&house.boris, "boris", "B");
    let answer = first.ask(&both, &id);
    assert_ne!(answer["phase"], "rejected", "{answer}");
}

#[test]
fn a_recorded_acknowledgement_or_shelf_is_of_its_occurrence_alone() {
    let mut script = tempfile::NamedTempFile::new().expect("a scratch file");
    writeln!(
        script,
        "[[event]]\nat = 1\ndo = \"link_loss\"\nsite = \"polatsk\"\nfor = 3000"
    )
    .expect("is written");
    let path = script.path().to_str().expect("a plain path");
    let mut house = House::with(&["--script", path]);
    let alarm = |house: &House| {
        let mut link = house.link();
        link.subscribe(&["alarm"]);
        let told = link.wait("an alarm", |m| m.to_string().contains("\"silent\""));
        let lists = [&told["items"], &told["body"]["alarms"]];
        let found = lists
            .into_iter()
            .flat_map(|l| l.as_array().cloned().unwrap_or_default());
        found
            .into_iter()
            .find(|a| a["cause"] == "silent")
            .expect("it")
    };
    let one = alarm(&house);
    let seen = json!({"id": one["id"], "raised": one["raised"]});
    let ack = house.anna.sign(act("alarm_ack", "anna", "A", seen.clone()));
    let mut day = seen.clone();
    (day["until"], day["reason"]) = (at(3_600_000).into(), "noise".into());
    let shelve = house
        .anna
        .sign(act("alarm_shelve", "anna", "A", day.clone()));
    let before = house.standing();
    let mut link = house.link();
    let mut wrong = seen.clone();
    wrong["raised"] = at(-1).into();
    let other = house.anna.sign(act("alarm_ack", "anna", "A", wrong));
    assert_eq!(
        say(&mut link, &other).as_deref(),
        Some("another_occurrence")
    );
    let viewer = house.gleb.sign(act("alarm_shelve", "gleb", "G", day));
    assert_eq!(say(&mut link, &viewer).as_deref(), Some("rank"));
    assert_eq!(house.standing().alarms, before.alarms);
    for message in [&ack, &shelve] {
        assert_eq!(say(&mut link, message), None);
    }
    assert_ne!(house.standing().alarms, before.alarms);
    house.restart();
    alarm(&house);
    let before = house.standing();
    let mut link = house.link();
    for message in [&ack, &shelve] {
        say(&mut link, message);
        assert_eq!(house.standing(), before, "it is another occurrence");
    }
}

#[test]
fn junk_of_many_targets_leaves_no_trace() {
    let house = House::new();
    let block = free_blocks(house.at(), "lukoml").remove(0);
    let mut link = house.link();
    let before = house.standing();
    let mut junk = shed(house.at(), &vec![block; 3_900], "anna", "A");
    for round in 0..3 {
        junk["id"] = id().into();
        junk["signature"] = match round {
            0 => Value::Null,
            _ => house.stranger.signature(&junk).into(),
        };
        if junk["signature"].is_null() {
            junk.as_object_mut().expect("fields").remove("signature");
        }
        let id = junk["id"].as_str().expect("an id").to_owned();
        let answer = link.ask(&junk, &id);
        assert_eq!(answer["phase"], "rejected");
        assert!(answer.to_string().len() < 8_192, "a short answer");
    }
    assert_eq!(house.standing(), before);
}

#[test]
fn a_gateway_without_operators_is_as_open_as_before() {
    let server = Server::simulator("127.0.0.1:0");
    let block = free_blocks(&server.at, "lukoml").remove(0);
    let mut link = Link::open(&server.at, "/fleet");
    let tag = json!({"type": "tag_set", "id": id(), "site": "lukoml", "block": block["id"], "kind": "maintenance",
        "epoch": 0, "by": "anybody", "reason": "r", "at": at(0)});
    assert_eq!(say(&mut link, &tag), None);
    assert_eq!(say(&mut link, &tag), None, "the same act again");
    let query = id();
    let answer = link.ask(&json!({"type": "order_query", "id": query}), &query);
    assert_eq!(answer["dead"], true, "anybody's question kills an id there");
    assert!(!standing(&server.at, None).tags.is_empty());
}
