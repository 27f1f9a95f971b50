//! Every message that nobody has signed, in every state that a gateway can be in: nothing changes, and it is refused.

use serde_json::{Value, json};

use crate::every::{Scene, noticed, sent};
use crate::house::{Standing, act, at, say, settle, shed, snapshot};

/// A message as it would be done, less its signature: with its stamp, with that of somebody unknown, and in the form of
/// before.
fn forms(message: &Value) -> [Value; 3] {
    let bare = message.clone();
    let (mut forged, mut old) = (bare.clone(), bare.clone());
    forged["signature"] = "00".repeat(64).into();
    let fields = old.as_object_mut().expect("fields");
    for name in ["act", "gateway", "desk", "raised"] {
        // An order has always named its gateway.
        if name != "gateway" || bare["type"] != "order" {
            fields.remove(name);
        }
    }
    [bare, forged, old]
}

/// Everything that acts, unsigned: what would be done if it were signed, and some that is never signed rightly.
fn unsigned(scene: &Scene) -> Vec<Value> {
    let mut all: Vec<Value> = scene.sound().into_iter().map(|s| s.message).collect();
    let mut emergency = shed(scene.house.at(), &scene.free[3..4], "anna", "A");
    emergency["emergency"] = true.into();
    all.push(emergency);
    let waiting = &scene.waiting["id"];
    let agrees = json!({"id": waiting, "agree": true, "countersignature": "00".repeat(64)});
    all.push(act("countersign_answer", "boris", "B", agrees));
    for id in [&json!(scene.leased), waiting] {
        for kind in ["order_cancel", "order_query"] {
            all.push(act(kind, "boris", "B", json!({"id": id})));
        }
    }
    all.iter().flat_map(forms).collect()
}

/// What stands, less how far that has come which was under way before.
fn honest(scene: &Scene, moves: bool) -> Standing {
    let mut standing = scene.standing();
    if moves {
        standing.rows.remove("answer");
        let on_its_way = |phase: &Value| {
            let phase = phase.as_str().unwrap_or_default();
            matches!(phase, "accepted" | "executing" | "delivered")
        };
        let orders = standing.orders.values_mut();
        for phase in orders.filter(|phase| on_its_way(phase)) {
            *phase = "on its way".into();
        }
    }
    standing
}

/// It was refused, or said not to be known; a question about what is known is answered.
fn is_refusal(message: &Value, answers: &[Value]) -> bool {
    let asks = message["type"] == "order_query";
    let refuses = |answer: &Value| {
        answer["type"] == "error"
            || answer["phase"] == "rejected"
            || (asks && (answer["phase"] != "not_seen" || answer["dead"] == false))
    };
    !answers.is_empty() && answers.iter().all(refuses)
}

/// Plays all of them at a gateway in this state; `moves`: orders are under way there.
fn play(state: fn(&mut Scene), moves: bool) {
    let mut scene = Scene::fresh();
    state(&mut scene);
    let before = honest(&scene, moves);
    let mut link = scene.house.link();
    for message in unsigned(&scene) {
        link.send(&message);
        let answers = settle(&mut link, &message);
        assert!(is_refusal(&message, &answers), "{message}: {answers:?}");
        assert_eq!(honest(&scene, moves), before, "{message}");
    }
}

fn order(scene: &Scene, block: usize) -> Value {
    shed(scene.house.at(), &scene.free[block..=block], "anna", "A")
}

fn accepted(scene: &mut Scene) {
    let mut order = order(scene, 0);
    (order["not_before"], order["expires_at"]) = (at(3_600_000).into(), at(3_660_000).into());
    scene.accepted = sent(
        &mut scene.house.link(),
        &scene.house.anna.sign(order),
        "accepted",
    );
}

fn executing(scene: &mut Scene) {
    let order = scene.house.anna.sign(order(scene, 0));
    scene.accepted = sent(&mut scene.house.link(), &order, "executing");
}

/// One of its blocks is on its way, the other one waits for its notice.
fn half_begun(scene: &mut Scene) {
    let (waits, notice) = noticed(scene.house.at());
    let mut order = shed(
        scene.house.at(),
        &[scene.free[0].clone(), waits],
        "anna",
        "A",
    );
    order["expires_at"] = at(notice + 60_000).into();
    let order = scene.house.anna.sign(order);
    scene.accepted = sent(&mut scene.house.link(), &order, "executing");
}

fn asked(scene: &mut Scene) {
    scene.waiting = shed(scene.house.at(), &scene.free[1..], "anna", "A");
    let fields = json!({"order": scene.waiting});
    let ask = act("countersign_request", "anna", "A", fields);
    let ask = scene.house.anna.sign(ask);
    assert_eq!(say(&mut scene.house.link(), &ask), None);
}

fn held(scene: &mut Scene) {
    let mut link = scene.house.link();
    for (block, phase) in [(0, "executing"), (4, "accepted")] {
        let mut step = order(scene, block);
        step["emergency"] = true.into();
        // The snapshot may be from before the first one was taken.
        let sequence = step["targets"][0]["site_seq"].as_u64().expect("a number");
        step["targets"][0]["site_seq"] = (sequence + block as u64).into();
        scene.accepted = sent(&mut link, &scene.house.anna.sign(step), phase);
    }
}

fn tagged(scene: &mut Scene) {
    let block = &scene.free[1]["id"];
    let on =
        json!({"site": "lukoml", "block": block, "kind": "maintenance", "epoch": 0, "reason": "r"});
    let set = scene.house.vera.sign(act("tag_set", "vera", "V", on));
    assert_eq!(say(&mut scene.house.link(), &set), None);
    scene.tag = set["id"].clone();
}

fn claimed(scene: &mut Scene) {
    for site in ["mazyr", "lukoml"] {
        let hands = json!({"site": site, "epoch": 0, "reason": "r"});
        let request = act("authority_request", "boris", "B", hands);
        let request = scene.house.boris.sign(request);
        assert_eq!(say(&mut scene.house.link(), &request), None);
    }
}

fn lapsed(scene: &mut Scene) {
    let mut order = order(scene, 0);
    order["lease_s"] = 1.into();
    let mut link = scene.house.link();
    link.subscribe(&["alarm"]);
    scene.leased = sent(&mut link, &scene.house.anna.sign(order), "executing");
    link.wait("its end", |m| m.to_string().contains("lease_lapsed"));
    let until = std::time::Instant::now() + crate::common::DEADLINE;
    while snapshot(scene.house.at(), "order")["orders"][0]["phase"] != "delivered" {
        assert!(std::time::Instant::now() < until, "it is not delivered");
    }
}

fn owed(scene: &mut Scene) {
    scene.house.disk_is_full(true);
    let mut order = order(scene, 0);
    order["emergency"] = true.into();
    scene.accepted = sent(
        &mut scene.house.link(),
        &scene.house.anna.sign(order),
        "executing",
    );
}

fn restarted(scene: &mut Scene) {
    accepted(scene);
    tagged(scene);
    claimed(scene);
    scene.house.restart();
    let mut link = scene.house.link();
    link.subscribe(&["alarm"]);
    link.wait("an alarm", |m| m.to_string().contains("\"silent\""));
}

#[test]
fn nothing_unsigned_is_done_at_a_fresh_gateway() {
    play(|_| (), false);
}

#[test]
fn nothing_unsigned_is_done_while_an_order_waits_for_its_time() {
    play(accepted, false);
}

#[test]
fn nothing_unsigned_is_done_while_an_order_is_under_way() {
    play(executing, true);
}

#[test]
fn nothing_unsigned_is_called_back_of_an_order_that_has_half_begun() {
    play(half_begun, true);
}

#[test]
fn nothing_unsigned_is_done_while_a_second_person_is_asked() {
    play(asked, false);
}

#[test]
fn nothing_unsigned_is_done_while_an_emergency_step_is_held() {
    play(held, true);
}

#[test]
fn nothing_unsigned_is_done_while_a_block_is_locked_out() {
    play(tagged, false);
}

#[test]
fn nothing_unsigned_is_done_while_another_has_authority() {
    play(claimed, false);
}

#[test]
fn nothing_unsigned_is_done_after_a_lease_has_lapsed() {
    play(lapsed, true);
}

#[test]
fn nothing_unsigned_is_done_while_records_are_owed() {
    play(owed, true);
}

#[test]
fn nothing_unsigned_is_done_after_a_restart() {
    play(restarted, false);
}
