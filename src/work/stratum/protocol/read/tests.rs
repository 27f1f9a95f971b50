use proptest::prelude::*;
use serde_json::json;

use super::super::{
    Submit, answer_version, authorize, configure, refuse_method, submit, subscribe,
};
use super::*;

fn refused(line: &str) -> String {
    read(line).expect_err(line).0
}

fn job(params: &Value) -> Value {
    json!({"id": null, "method": "mining.notify", "params": params})
}

fn sound() -> Vec<Value> {
    let previous = "4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000";
    vec![
        json!("bf"),
        json!(previous),
        json!("01000000"),
        json!("ffffffff"),
        json!(["11".repeat(32)]),
        json!("20000000"),
        json!("1c2ac4af"),
        json!("504e86b9"),
        json!(true),
    ]
}

#[test]
fn a_job_is_read_with_each_word_of_the_previous_hash_turned() {
    let Ok(Incoming::Job(job)) = read(&job(&json!(sound())).to_string()) else {
        panic!("a sound job is read");
    };
    assert_eq!(&*job.id, "bf");
    assert_eq!(
        job.previous[..8],
        [0xf8, 0xb6, 0x16, 0x4d, 0x19, 0xe2, 0xf6, 0x5a]
    );
    assert_eq!(
        (job.version, job.bits, job.time),
        (0x2000_0000, 0x1c2a_c4af, 0x504e_86b9)
    );
    assert!(job.clean);
}

#[test]
fn hostile_jobs_are_refused_with_a_reason() {
    for (at, value, reason) in [
        (0, json!("x".repeat(257)), "longer than 256"),
        (0, json!(7), "job's id is missing or no text"),
        (1, json!("00"), "not 32 bytes"),
        (2, json!("zz"), "not hexadecimal"),
        (3, json!("012"), "not hexadecimal"),
        (4, json!(vec!["00".repeat(32); 33]), "33 hashes"),
        (4, json!(["00"]), "not 32 bytes"),
        (4, json!(null), "branch is missing"),
        (5, json!("200000000"), "8 hexadecimal digits"),
        (6, json!("+1234567"), "8 hexadecimal digits"),
        (7, json!(""), "8 hexadecimal digits"),
    ] {
        let mut params = sound();
        params[at] = value;
        let said = refused(&job(&json!(params)).to_string());
        assert!(said.contains(reason), "{at}: {said}");
    }
}

#[test]
fn absurd_difficulties_are_refused() {
    let of = |text: &str| {
        read(&format!(
            r#"{{"id":null,"method":"mining.set_difficulty","params":[{text}]}}"#
        ))
    };
    for text in ["0", "-1", "1e16", "1e-300", "\"1\"", "null", "[]"] {
        assert!(of(text).is_err(), "{text}");
    }
    for text in ["1e999", "NaN"] {
        assert!(matches!(of(text), Ok(Incoming::Nothing(_))), "{text}");
    }
    for (text, wanted) in [
        ("4.656612873077393e-10", (-31_f64).exp2()),
        ("65536", 65_536.0),
    ] {
        assert_eq!(of(text), Ok(Incoming::Difficulty(wanted)));
    }
}

#[test]
fn lines_that_are_no_messages_act_on_nothing() {
    assert!(refused(&" ".repeat(MAX_LINE + 1)).contains("256 KiB"));
    for line in ["", "{", "[]", "1", "{}", "\u{1b}[2J", r#"{"method":7}"#] {
        assert!(matches!(read(line), Ok(Incoming::Nothing(_))), "{line}");
    }
    let deep = "[".repeat(8_000);
    let deep = read(&format!(r#"{{"id":1,"result":{deep}"#));
    assert!(matches!(deep, Ok(Incoming::Nothing(_))));
    // What is not known is not read, whatever it brings; what acts is.
    for params in [json!({}), json!("text"), json!(7)] {
        let of = |method: &str| read(&json!({"method": method, "params": params}).to_string());
        assert_eq!(of("x"), Ok(Incoming::Unknown(None)));
        assert_eq!(
            of("client.show_message"),
            Ok(Incoming::Message(String::new()))
        );
        assert!(of("mining.set_difficulty").is_err());
    }
}

#[test]
fn answers_come_with_every_kind_of_error() {
    for (error, code, message) in [
        (
            json!([21, "Job not found", null]),
            Some(21),
            "Job not found",
        ),
        (
            json!({"code": 23, "message": "Low\u{1b}[31m"}),
            Some(23),
            "Low [31m",
        ),
        (json!("why"), None, "why"),
        (json!(22), Some(22), ""),
        (json!(["21", "gone"]), Some(21), "gone"),
        (json!(["Job 7 not found"]), None, "Job 7 not found"),
        (json!(true), None, ""),
    ] {
        let read = read(&json!({"id": "7", "result": null, "error": error}).to_string());
        let wanted = PoolError {
            code,
            message: message.to_owned(),
        };
        assert_eq!(
            read,
            Ok(Incoming::Answer(Answer {
                id: 7,
                result: Err(wanted)
            }))
        );
    }
    assert_eq!(
        read(r#"{"id":null,"result":true,"error":null}"#),
        Ok(Incoming::StrangeAnswer)
    );
    assert_eq!(
        read(r#"{"id":-3,"result":true}"#),
        Ok(Incoming::StrangeAnswer)
    );
}

#[test]
fn subscriptions_are_read_in_all_their_shapes() {
    for subscriptions in [
        json!([["mining.set_difficulty", "a"], ["mining.notify", "b"]]),
        json!(["mining.notify", "b"]),
    ] {
        let read = read_subscription(&json!([subscriptions, "f000000f", 4])).expect("sound");
        assert_eq!(read.session.as_deref(), Some("b"));
        assert_eq!(*read.extranonce.first, [0xf0, 0, 0, 0x0f]);
        assert_eq!(read.extranonce.second_len, 4);
    }
    let bare = read_subscription(&json!([null, "", 16])).expect("sound");
    assert_eq!((bare.session, bare.extranonce.first.len()), (None, 0));
    for wrong in [
        json!(null),
        json!([[], "zz", 4]),
        json!([[], "00".repeat(17), 4]),
        json!([[], "00", 0]),
        json!([[], "00", 17]),
        json!([[], "00", -1]),
        json!([[], "00"]),
    ] {
        assert!(read_subscription(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn reconnects_are_bounded() {
    let of =
        |params: Value| read(&json!({"method": "client.reconnect", "params": params}).to_string());
    let plain = Reconnect {
        host: None,
        port: None,
        wait: Duration::ZERO,
    };
    assert_eq!(of(json!([])), Ok(Incoming::Reconnect(plain.clone())));
    assert_eq!(of(json!(["", 0, 0])), Ok(Incoming::Reconnect(plain)));
    let far = Reconnect {
        host: Some("pool.example".to_owned()),
        port: Some(443),
        wait: MAX_WAIT,
    };
    assert_eq!(
        of(json!(["pool.example", "443", 1e9 as u64])),
        Ok(Incoming::Reconnect(far))
    );
    assert!(of(json!(["a b", 1, 1])).is_err());
    assert!(of(json!(["a", 70_000, 1])).is_err());
}

#[test]
fn version_rolling_is_what_was_agreed() {
    let mask = json!({"version-rolling": true, "version-rolling.mask": "1fffe000"});
    assert_eq!(read_mask(&mask), Ok(Some(0x1fff_e000)));
    assert_eq!(read_mask(&json!({"version-rolling": false})), Ok(None));
    assert_eq!(read_mask(&json!({"version-rolling": "unknown"})), Ok(None));
    assert_eq!(read_mask(&json!(null)), Ok(None));
    assert_eq!(read_mask(&json!({"version-rolling": true})), Ok(None));
    let mask = json!({"version-rolling": true, "version-rolling.mask": "zz"});
    assert!(read_mask(&mask).is_err());
}

#[test]
fn what_we_say_is_one_line_each() {
    let share = Submit {
        job: "a\"\n".into(),
        extranonce2: vec![0, 1],
        time: 1,
        nonce: 0xffff_ffff,
        version_bits: Some(0x2000),
    };
    for line in [
        configure(1),
        subscribe(2, "baseload", Some("\n")),
        authorize(3, "u\n", "p\n"),
        submit(4, "u", &share),
        answer_version(&json!("x"), "baseload"),
        refuse_method(&json!(9)),
    ] {
        assert!(
            line.ends_with('\n') && line.matches('\n').count() == 1,
            "{line}"
        );
        let _: Value = serde_json::from_str(&line).expect("JSON");
    }
    let sent: Value = serde_json::from_str(&submit(4, "u", &share)).expect("JSON");
    assert_eq!(
        sent["params"],
        json!(["u", "a\"\n", "0001", "00000001", "ffffffff", "00002000"])
    );
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(line in "\\PC{0,200}") {
        let _ = read(&line);
    }

    #[test]
    fn whatever_is_called_is_read_or_refused(
        method in prop_oneof![
            Just("mining.notify"), Just("mining.set_difficulty"), Just("mining.set_extranonce"),
            Just("mining.set_version_mask"), Just("client.reconnect"), Just("client.show_message"),
            Just("client.get_version"), Just("mining.ping"),
        ],
        params in proptest::collection::vec(
            prop_oneof![
                "[0-9a-f]{0,70}".prop_map(Value::from), any::<f64>().prop_map(Value::from),
                any::<i64>().prop_map(Value::from), any::<bool>().prop_map(Value::from), Just(json!([])),
                Just(json!([null, "00"])), Just(Value::Null), "\\PC{0,20}".prop_map(Value::from),
            ],
            0..10,
        ),
        id in prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), ".{0,80}".prop_map(Value::from)],
    ) {
        let line = json!({"id": id, "method": method, "params": params}).to_string();
        let _ = read(&line);
        let _ = read_subscription(&Value::Array(params));
    }

    #[test]
    fn jobs_round_trip(
        id in "\\PC{0,40}", previous in any::<[u8; 32]>(),
        before in proptest::collection::vec(any::<u8>(), 0..100),
        branch in proptest::collection::vec(any::<[u8; 32]>(), 0..=MAX_BRANCH),
        words in any::<[u32; 3]>(), clean in any::<bool>(),
    ) {
        let hex = super::super::lower;
        let branch_hex: Vec<String> = branch.iter().map(|h| hex(h)).collect();
        let word = |at: usize| format!("{:08x}", words[at]);
        let line = job(&json!([
            id, hex(&word_swapped(previous)), hex(&before), "", branch_hex, word(0), word(1), word(2), clean,
        ]));
        let wanted = Notify {
            id: id.into(), previous, coinbase_before: before, coinbase_after: Vec::new(), branch,
            version: words[0], bits: words[1], time: words[2], clean,
        };
        prop_assert_eq!(read(&line.to_string()), Ok(Incoming::Job(Box::new(wanted))));
    }
}
