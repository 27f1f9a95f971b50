//! The parts of the Curtail screen.

use baseload::domain::order::{OrderKind, OrderTarget, PlanHash};
use baseload::domain::waiting::{GatewayOrder, Queued, RestoreQueue, WaitsFor};

use super::{
    Arc, BlockId, FLEET, FeedEvent, GatewayId, Item, Msg, Order, OrderId, Phase, Power, State,
    Topic, answer, at, press, send, site_id, update,
};

/// Each part, full and empty.
pub(super) fn all(told: &State) -> Vec<(&'static str, State)> {
    let with = |tell: &dyn Fn(&mut State)| {
        let mut state = told.clone();
        tell(&mut state);
        state
    };
    vec![
        ("orders-late", with(&orders_late)),
        (
            "orders-queue",
            with(&|s| {
                press(s, "4v");
                waits_to_come_back(s, false);
                press(s, "jj");
            }),
        ),
        (
            "orders-queue-held",
            with(&|s| {
                waits_to_come_back(s, true);
                update(s, Msg::Tick(at(9)));
                press(s, "4v");
            }),
        ),
        ("orders-queue-none", with(&|s| drop(press(s, "4v")))),
        ("orders-authority", with(&|s| drop(press(s, "4vvj")))),
    ]
}

/// What a gateway's queue holds after a restore of Mazyr was ordered: seven blocks, or the same held by the frequency.
fn waits_to_come_back(s: &mut State, held: bool) {
    let row = |number: i64| Queued {
        site: site_id("Mazyr"),
        block: BlockId::new(&format!("{number}")),
        target: Power::from_watts(9_000_000),
        adds: (number != 5).then_some(Power::from_watts(8_400_000 + number * 100_000)),
        not_before: (!held).then(|| at(number * 17)),
        expected: (!held).then(|| at(number * 17 + 130)),
        by: OrderId(0x019c_0b5e_11d4_8a31_77c0_2f6d_93e4_0001),
        reason: match (held, number) {
            (true, 7) => WaitsFor::Stated(Arc::from("district_heating")),
            (true, _) => WaitsFor::Frequency,
            (false, 1) => WaitsFor::Turn,
            (false, 6) => WaitsFor::MinimumOff,
            (false, _) => WaitsFor::RampCap,
        },
    };
    let queue = RestoreQueue {
        rows: (1..=7).map(row).collect(),
        more: 0,
        measured_at: at(0),
    };
    let items = vec![Item::RestoreQueue(Box::new(queue))];
    let topic = Topic::Fleet;
    send(s, FLEET, FeedEvent::Update { topic, items });
}

/// A minute later the order is overdue, and a rule of the gateway's has acted by itself.
fn orders_late(s: &mut State) {
    waits_to_come_back(s, false);
    let site = site_id("Lukoml");
    let own = Order {
        id: OrderId(0x019c_0b5e_11d4_8a31_77c0_2f6d_93e4_c0de),
        plan: PlanHash([0; 32]),
        nation: Arc::from("Belarus"),
        gateway: GatewayId::new("sim-by"),
        kind: OrderKind::Curtail,
        targets: vec![OrderTarget {
            site: site.clone(),
            block: BlockId::new("1"),
            target: Power::ZERO,
            epoch: 0,
            site_seq: 9,
            after: std::time::Duration::ZERO,
        }],
        substitutes: vec![],
        extra_max: Power::ZERO,
        reason: Arc::from("frequency 49.790 Hz for 0.3 s"),
        issued_by: Arc::from("rule uf-49.80"),
        countersigned_by: None,
        issued_at: at(12),
        expires_at: at(72),
        lease: std::time::Duration::ZERO,
        signature: None,
        emergency: false,
        countersignature: None,
        desk: None,
        countersigned_desk: None,
        freq_seen: None,
        not_before: None,
    };
    update(s, Msg::Tick(at(14)));
    let wanted = Power::from_watts(11_900_000);
    let order = own.clone();
    let items = vec![Item::GatewayOrder(Box::new(GatewayOrder { order, wanted }))];
    let topic = Topic::Order;
    send(s, FLEET, FeedEvent::Update { topic, items });
    answer(s, &own, Phase::Executing, 14, 4_000_000);
    for second in 15..=60 {
        update(s, Msg::Tick(at(second)));
        if second == 20 {
            answer(s, &own, Phase::Delivered, 20, 11_900_000);
        }
    }
    press(s, "4j");
}
