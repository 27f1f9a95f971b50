//! A page with one machine from near: bounds, and that what is absurd costs only itself.

use serde_json::{Value, json};

use crate::domain::fleet::{Machine, MachinePage, MachineState, Search};
use crate::domain::ids::{BlockId, HallId, MachineId, SiteId};
use crate::domain::machine::{BoardState, Hashboard, MachineDetail, Place, Psu};
use crate::domain::time::Timestamp;
use crate::domain::units::{Celsius, Hashrate, Hertz, Power, Voltage};
use crate::feed::protocol::{
    MAX_MESSAGE, PAGE_ROWS, ServerMessage, read_client, read_server, write_server,
};

fn page(row: &Value) -> String {
    json!({
        "type": "machines", "site": "s", "hall": "h", "page": 0, "pages": 1, "total": 2,
        "measured_at": "2026-01-15T13:45:01.007Z",
        "rows": [row, {"id": "m2", "block": "b", "model": "S21", "state": "hashing",
            "hashrate_hs": 2e14, "power_w": 3500}],
    })
    .to_string()
}

fn row() -> Value {
    json!({
        "id": "m1", "block": "b", "model": "S21", "state": "hashing", "hashrate_hs": 2e14,
        "power_w": 3500, "place": {"rack": "r1", "shelf": 2, "slot": 3}, "nameplate_hs": 2e14,
        "detail": {
            "uptime_s": 60, "fans_rpm": [5_000],
            "boards": [{"number": 1, "chips": 108, "hashrate_hs": 2e14, "state": "hashing"}],
        },
    })
}

fn read(row: &Value) -> Vec<Machine> {
    match read_server(&page(row)).expect("the page stands") {
        ServerMessage::Machines(page) => page.rows,
        other => panic!("a page: {other:?}"),
    }
}

#[test]
fn what_is_true_is_taken() {
    let rows = read(&row());
    assert!(!rows[0].bad && !rows[1].bad);
    assert_eq!(rows[0].place.as_ref().map(|p| p.shelf), Some(Some(2)));
    assert_eq!(rows[0].detail.as_ref().map(|d| d.boards.len()), Some(1));
    assert!(rows[1].detail.is_none());
}

#[test]
fn what_is_absurd_costs_only_itself() {
    let many = |of: Value, count: usize| Value::from(vec![of; count]);
    let board = row()["detail"]["boards"][0].clone();
    let wrong = [
        ("/detail/boards/0/chips", json!(-1)),
        ("/detail/boards/0/chips", json!(10_000)),
        ("/detail/boards/0/hashrate_hs", json!(-1.0)),
        ("/detail/boards/0/hashrate_hs", json!(1e28)),
        ("/detail/boards/0/board_c", json!(9_000.0)),
        ("/detail/boards/0/voltage_mv", json!(1e12)),
        ("/detail/boards/0/voltage_mv", json!(-5)),
        ("/detail/boards/0/chip_hz", json!(1_000_000_000_000_u64)),
        ("/detail/boards/0/errors", json!(u64::MAX)),
        ("/detail/boards/0/number", json!(256)),
        ("/detail/boards/0/state", json!("on fire")),
        ("/detail/boards", many(board, 17)),
        ("/detail/fans_rpm", many(json!(1), 17)),
        ("/detail/fans_rpm", json!([100_001])),
        ("/detail/uptime_s", json!(-1)),
        ("/detail/uptime_s", json!(u64::MAX)),
        ("/detail/state_since", json!("9999-01-01T00:00:00Z")),
        ("/detail/firmware", json!("x".repeat(257))),
        ("/detail", json!("hot")),
        ("/place/rack", json!("")),
        ("/place/rack", json!("r".repeat(65))),
        ("/place/shelf", json!(10_000)),
        ("/place/slot", json!(-1)),
        ("/nameplate_hs", json!(-2.0)),
        ("/nameplate_hs", json!("2e14")),
    ];
    for (pointer, value) in wrong {
        let mut row = row();
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        match row.pointer_mut(parent).expect("it is there") {
            Value::Array(list) => list[0] = value.clone(),
            object => object[field] = value.clone(),
        }
        let rows = read(&row);
        assert_eq!(rows.len(), 2, "{pointer} {value}");
        assert!(rows[0].bad, "{pointer} {value}");
        assert!(!rows[1].bad);
        let whole = &pointer[1..].split('/').next().expect("a field");
        let first = &rows[0];
        let gone = [
            first.place.is_none(),
            first.nameplate.is_none(),
            first.detail.is_none(),
        ];
        let expected = ["place", "nameplate_hs", "detail"].map(|name| name == *whole);
        assert_eq!(gone, expected, "{pointer} {value}");
    }
}

fn machine(at: usize) -> Machine {
    let long: std::sync::Arc<str> = "x".repeat(64).into();
    let board = |number| Hashboard {
        number,
        chips: 9_999,
        chips_expected: Some(9_999),
        hashrate: Hashrate::from_hs(66_812_345_678_901.25),
        board: Some(Celsius::from_degrees(71.5)),
        chip: Some(Celsius::from_degrees(84.25)),
        voltage: Some(Voltage::from_millivolts(13_150)),
        frequency: Some(Hertz::from_millihertz(525_000_000_000)),
        errors: Some(9_007_199_254_740_992),
        state: BoardState::Hashing,
    };
    Machine {
        id: MachineId::new(&format!("{at:064}")),
        block: BlockId::new(&long),
        model: "x".repeat(256).into(),
        state: MachineState::Hashing,
        hashrate: Hashrate::from_hs(200_437_037_036_703.75),
        power: Power::from_watts(1_000_000_000_000),
        board: Some(Celsius::from_degrees(71.5)),
        fault: "x".repeat(1_024).into(),
        place: Some(Place {
            rack: long,
            shelf: Some(9_999),
            slot: Some(9_999),
        }),
        nameplate: Some(Hashrate::from_hs(200_437_037_036_703.75)),
        detail: (at == 7).then(|| {
            Box::new(MachineDetail {
                state_since: Some(Timestamp::from_millis(1_767_225_600_007)),
                uptime: Some(std::time::Duration::from_hours(80_000)),
                firmware: "x".repeat(256).into(),
                psu: Some(Psu {
                    model: "x".repeat(256).into(),
                    output: Some(Voltage::from_millivolts(1_000_000)),
                    temperature: Some(Celsius::from_degrees(57.5)),
                }),
                fans: vec![100_000; 16],
                boards: (1..=16).map(board).collect(),
            })
        }),
        bad: false,
    }
}

/// The detail of one machine rides with its page; that of all 500 would not fit.
#[test]
fn the_longest_page_with_the_longest_detail_fits_into_a_message() {
    let page = MachinePage {
        site: SiteId::new("s"),
        hall: HallId::new("h"),
        page: 0,
        pages: 1,
        total: 500,
        rows: (0..PAGE_ROWS).map(machine).collect(),
        measured_at: Timestamp::from_millis(1_767_225_600_007),
        search: Some(Search {
            filter: "x".repeat(crate::domain::filter::LONGEST).into(),
            found: 500,
            of: u32::MAX,
        }),
    };
    let text = write_server(&ServerMessage::Machines(Box::new(page.clone()))).expect("it fits");
    assert!(text.len() < MAX_MESSAGE, "{} bytes", text.len());
    let back = read_server(&text).expect("and is read");
    let ServerMessage::Machines(back) = back else {
        panic!("a page");
    };
    assert_eq!(*back, page);
}

#[test]
fn more_boards_than_may_be_are_never_written() {
    let mut row = machine(7);
    if let Some(detail) = &mut row.detail {
        let board = detail.boards[0].clone();
        detail.boards = vec![board; 40];
        detail.fans = vec![1; 40];
    }
    let page = MachinePage {
        site: SiteId::new("s"),
        hall: HallId::new("h"),
        page: 0,
        pages: 1,
        total: 1,
        rows: vec![row],
        measured_at: Timestamp::from_millis(1_767_225_600_007),
        search: None,
    };
    let text = write_server(&ServerMessage::Machines(Box::new(page))).expect("it fits");
    let ServerMessage::Machines(back) = read_server(&text).expect("and is read") else {
        panic!("a page");
    };
    let detail = back.rows[0].detail.as_ref().expect("it is there");
    assert_eq!((detail.boards.len(), detail.fans.len()), (16, 16));
    assert!(!back.rows[0].bad);
}

#[test]
fn more_matches_than_machines_are_no_search() {
    let of = |n: u32| {
        let mut page: Value = serde_json::from_str(&page(&row())).expect("JSON");
        page["filter"] = json!("state:faulted");
        page["matches"] = json!({"n": n, "of": 2});
        match read_server(&page.to_string()).expect("the page stands") {
            ServerMessage::Machines(page) => page.search.map(|search| search.found),
            other => panic!("a page: {other:?}"),
        }
    };
    assert_eq!(of(2), Some(2));
    assert_eq!(of(3), None);
}

#[test]
fn a_filter_that_is_none_is_refused_by_itself() {
    let watch = |filter: Value| {
        let text = json!({"type": "watch", "site": "s", "hall": "h", "filter": filter});
        read_client(&text.to_string())
    };
    assert!(watch(json!("state:faulted")).is_ok());
    for bad in [
        json!("foo:bar"),
        json!("state:\"fa"),
        json!("a ".repeat(33)),
        json!("a".repeat(513)),
        json!(7),
        json!(["state:faulted"]),
    ] {
        let why = watch(bad.clone()).expect_err("no filter");
        assert!(!why.fatal && why.code == "bad_request", "{bad}: {why:?}");
    }
}
