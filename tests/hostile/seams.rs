//! Orders and acts that meet: under each other's ids, before each other's time, meant for another gateway.

use serde_json::json;

use crate::house::{House, act, at, free_blocks, say, shed};

#[test]
fn an_order_is_its_issuers_whoever_asks_for_a_second_person_under_its_id() {
    let house = House::new();
    let blocks = free_blocks(house.at(), "lukoml");
    let (mut anna, mut boris) = (house.link(), house.link());
    let mut later = shed(house.at(), &blocks[..1], "anna", "A");
    (later["not_before"], later["expires_at"]) = (at(600_000).into(), at(660_000).into());
    let id = later["id"].as_str().expect("an id").to_owned();
    let taken = anna.ask(&house.anna.sign(later), &id);
    assert_eq!(taken["phase"], "accepted", "{taken}");
    let mut own = shed(house.at(), &blocks[1..2], "boris", "B");
    own["id"] = id.clone().into();
    let ask = act("countersign_request", "boris", "B", json!({"order": own}));
    assert_eq!(
        say(&mut boris, &house.boris.sign(ask)).as_deref(),
        Some("id_used")
    );
    let back = act("order_cancel", "anna", "A", json!({"id": id}));
    let answer = anna.ask(&house.anna.sign(back), &id);
    assert_eq!(answer["phase"], "cancelled", "{answer}");
}

#[test]
fn who_sees_an_id_that_waits_for_a_second_person_can_not_use_it_up() {
    let house = House::new();
    let blocks = free_blocks(house.at(), "lukoml");
    let (mut anna, mut boris) = (house.link(), house.link());
    let order = shed(house.at(), &blocks, "anna", "A");
    let id = order["id"].as_str().expect("an id").to_owned();
    let ask = act("countersign_request", "anna", "A", json!({"order": order}));
    assert_eq!(say(&mut anna, &house.anna.sign(ask)), None);
    let before = house.standing();
    let mut other = shed(house.at(), &blocks[..1], "boris", "B");
    other["id"] = id.clone().into();
    let answer = boris.ask(&house.boris.sign(other), &id);
    let code = &answer["targets"][0]["reasons"][0]["code"];
    assert_eq!(code, "id_used", "{answer}");
    assert_eq!(house.standing(), before);
}

#[test]
fn an_emergency_names_no_earliest_time_and_waits_for_no_order_that_does() {
    let house = House::new();
    let blocks = free_blocks(house.at(), "lukoml");
    let mut link = house.link();
    let mut emergency = shed(house.at(), &blocks[..1], "anna", "A");
    (emergency["emergency"], emergency["not_before"]) = (true.into(), at(600_000).into());
    emergency["expires_at"] = at(660_000).into();
    let id = emergency["id"].as_str().expect("an id").to_owned();
    let answer = link.ask(&house.anna.sign(emergency), &id);
    let code = &answer["targets"][0]["reasons"][0]["code"];
    assert_eq!(code, "emergency_later", "{answer}");
    let mut later = shed(house.at(), &blocks[..1], "anna", "A");
    (later["not_before"], later["expires_at"]) = (at(600_000).into(), at(660_000).into());
    let id = later["id"].as_str().expect("an id").to_owned();
    let sequence = later["targets"][0]["site_seq"].as_u64().expect("a number");
    let taken = link.ask(&house.anna.sign(later), &id);
    assert_eq!(taken["phase"], "accepted", "{taken}");
    let mut now = shed(house.at(), &blocks[..1], "boris", "B");
    now["emergency"] = true.into();
    now["targets"][0]["site_seq"] = (sequence + 1).into();
    let id = now["id"].as_str().expect("an id").to_owned();
    let answer = link.ask(&house.boris.sign(now), &id);
    assert_eq!(answer["phase"], "executing", "{answer}");
}

#[test]
fn an_order_for_another_gateway_leaves_no_trace_here() {
    let house = House::new();
    let blocks = free_blocks(house.at(), "lukoml");
    let before = house.standing();
    let mut link = house.link();
    for (field, other) in [("gateway", "other"), ("nation", "other")] {
        let mut order = shed(house.at(), &blocks[..1], "anna", "A");
        (order[field], order["emergency"]) = (other.into(), true.into());
        let id = order["id"].as_str().expect("an id").to_owned();
        let answer = link.ask(&house.anna.sign(order), &id);
        let code = &answer["targets"][0]["reasons"][0]["code"];
        assert_eq!(code, "wrong_gateway", "{answer}");
        assert_eq!(house.standing(), before);
    }
}

/// What is refused is remembered with as few words as do.
#[test]
fn a_refused_order_of_many_blocks_is_remembered_short() {
    let mut house = House::new();
    let mut order = shed(
        house.at(),
        &free_blocks(house.at(), "lukoml")[..1],
        "anna",
        "A",
    );
    let target = order["targets"][0].clone();
    let targets = (0..3_000).map(|n| {
        let mut other = target.clone();
        other["block"] = format!("x{n}").into();
        other
    });
    order["targets"] = targets.collect();
    let id = order["id"].as_str().expect("an id").to_owned();
    let told = house.link().ask(&house.anna.sign(order), &id);
    assert_eq!(told["phase"], "rejected", "{told}");
    let ask = |house: &House| {
        let query = act("order_query", "anna", "A", json!({"id": id}));
        let answer = house.link().ask(&house.anna.sign(query), &id);
        assert_eq!(answer["phase"], "rejected", "{answer}");
        answer["targets"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(ask(&house), 16);
    house.restart();
    assert_eq!(ask(&house), 16);
}
