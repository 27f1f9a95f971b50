use std::collections::VecDeque;

use proptest::prelude::*;
use serde_json::{Value, json};

use secrecy::SecretString;

use super::*;
use crate::domain::mining::{Chain, MiningEvent, Proof};
use crate::engine::header::Header;
use crate::engine::job::rolled_version;
use crate::work::stratum::coinbase::Payout;
use crate::work::stratum::protocol::Reconnect;

/// A coinbase of 50 coins to a script of `seed`, cut around eight bytes of extranonce.
fn halves(seed: u8) -> (String, String) {
    let before = format!(
        "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff0b{}",
        "020100"
    );
    let after = format!(
        "ffffffff0100f2052a01000000160014{}00000000",
        format!("{seed:02x}").repeat(20)
    );
    (before, after)
}

/// One miner's end, and what has come of it.
struct Rig {
    session: Session,
    now: Timestamp,
    sent: VecDeque<Value>,
    work: Option<Box<Work>>,
    closed: Option<Ended>,
    verdicts: Vec<ShareVerdict>,
    blocks: Vec<FoundBlock>,
    taken: Vec<Arc<str>>,
    no_work: usize,
    said: Vec<MiningEvent>,
    reconnect: Option<Reconnect>,
    found: u32,
}

impl Rig {
    fn new(payouts: Vec<Payout>) -> Self {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let setup = Setup {
            source: 0,
            user: "me".to_owned(),
            password: SecretString::from("hidden"),
            agent: "baseload/0".to_owned(),
            suggest: None,
            payouts,
            chain: Chain::Regtest,
            known: None,
            timing: Timing::default(),
        };
        Self {
            session: Session::new(setup, Arc::default(), now),
            now,
            sent: VecDeque::new(),
            work: None,
            closed: None,
            verdicts: Vec::new(),
            blocks: Vec::new(),
            taken: Vec::new(),
            no_work: 0,
            said: Vec::new(),
            reconnect: None,
            found: 0,
        }
    }

    fn take(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(line) => {
                    self.sent
                        .push_back(serde_json::from_str(&line.0).expect("we send JSON"));
                }
                Output::Close(ended) => self.closed = Some(ended),
                Output::Reconnect(to) => self.reconnect = Some(to),
                Output::Work(work) => self.work = Some(work),
                Output::NoWork(_) => {
                    self.work = None;
                    self.no_work += 1;
                }
                Output::Share { verdict, .. } => self.verdicts.push(verdict),
                Output::Block(block) => self.blocks.push(block),
                Output::Taken(hash) => self.taken.push(hash),
                Output::Say(event) => self.said.push(event),
                Output::Health(..) => {}
            }
        }
    }

    fn says(&mut self, line: &Value) {
        let outputs = self.session.line(&line.to_string(), self.now, self.now);
        self.take(outputs);
    }

    fn open(&mut self) {
        self.sent.clear();
        self.closed = None;
        let outputs = self.session.opened(self.now);
        self.take(outputs);
    }

    fn hang_up(&mut self) {
        let ended = self
            .closed
            .take()
            .unwrap_or(Ended::new(Health::Down, "gone"));
        let outputs = self.session.lost(&ended, self.now);
        self.take(outputs);
    }

    fn pass(&mut self, span: Duration) {
        self.now = self.now + span;
        let outputs = self.session.tick(self.now);
        self.take(outputs);
    }

    /// The next request of this method; others before it are dropped.
    fn asked(&mut self, method: &str) -> Value {
        loop {
            let next = self
                .sent
                .pop_front()
                .unwrap_or_else(|| panic!("{method} is asked"));
            if next["method"] == method {
                return next;
            }
        }
    }

    /// Answers the whole handshake under this extranonce.
    fn handshake(&mut self, extranonce1: &str, mask: Option<u32>) {
        let configure = self.asked("mining.configure");
        let agreed = match mask {
            Some(mask) => {
                json!({"version-rolling": true, "version-rolling.mask": format!("{mask:08x}")})
            }
            None => json!({"version-rolling": false}),
        };
        self.says(&json!({"id": configure["id"], "result": agreed, "error": null}));
        let subscribe = self.asked("mining.subscribe");
        self.says(&json!({"id": subscribe["id"], "error": null, "result": [[["mining.notify", "sid"]], extranonce1, 4]}));
        let authorize = self.asked("mining.authorize");
        assert_eq!(authorize["params"], json!(["me", "hidden"]));
        self.says(&json!({"id": authorize["id"], "result": true, "error": null}));
    }

    fn job(&mut self, id: &str, bits: &str, clean: bool) {
        let (before, after) = halves(1);
        let time = format!("{:08x}", self.now.whole_seconds());
        self.says(&json!({"id": null, "method": "mining.notify", "params": [
            id, "00".repeat(32), before, after, [], "20000000", bits, time, clean,
        ]}));
    }

    /// A find of this work; its hash is what it happens to be.
    fn find_of(&mut self, work: &Work) -> Find {
        self.found += 1;
        let base = work
            .job
            .headers
            .header(u64::from(self.found))
            .expect("there are many");
        let version = rolled_version(base.version, work.job.version_mask, self.found);
        let header = Header {
            version,
            nonce: self.found,
            ..base
        };
        let hash = header.hash();
        Find {
            job: work.job.id,
            roll: u64::from(self.found),
            header,
            hash,
            difficulty: hash.difficulty(),
            thread: 0,
        }
    }

    fn find(&mut self) -> bool {
        let Some(work) = self.work.clone() else {
            return false;
        };
        self.find_in(&work);
        true
    }

    fn find_in(&mut self, work: &Work) {
        let find = self.find_of(work);
        let outputs = self
            .session
            .found(&find, self.now)
            .expect("it is a job of this session");
        self.take(outputs);
    }

    fn verdict(&mut self, answer: &Value) -> ShareVerdict {
        assert!(self.find());
        let submit = self.asked("mining.submit");
        let mut answer = answer.clone();
        answer["id"] = submit["id"].clone();
        self.says(&answer);
        self.verdicts.pop().expect("it is judged")
    }
}

fn ready() -> Rig {
    let mut rig = Rig::new(Vec::new());
    rig.open();
    rig.handshake("aabbccdd", Some(0x1fff_e000));
    rig.says(&json!({"id": null, "method": "mining.set_difficulty", "params": [0.001]}));
    rig.job("j", "1d00ffff", true);
    rig
}

#[test]
fn a_job_becomes_work_under_what_was_agreed() {
    let mut rig = ready();
    let work = rig.work.clone().expect("there is work");
    assert_eq!(work.job.version_mask, 0x1fff_e000);
    assert!((work.view.share_difficulty - 0.001).abs() < 1e-12);
    assert_eq!(
        (work.view.reward.sat(), work.view.height),
        (5_000_000_000, Some(1))
    );
    assert_eq!(work.view.proof, Proof::NotAsked);
    rig.find();
    let submit = rig.asked("mining.submit");
    let params = submit["params"].as_array().expect("a list");
    assert_eq!(params.len(), 6);
    assert_eq!((&params[0], &params[1]), (&json!("me"), &json!("j")));
    assert!(!format!("{:?}", rig.session).contains("hidden"));
    assert!(!format!("{:?}", rig.session.opened(rig.now)).contains("hidden"));
}

#[test]
fn pools_that_do_not_know_version_rolling_are_mined_without() {
    for answer in [
        json!({"result": null, "error": [20, "unknown", null]}),
        json!(null),
    ] {
        let mut rig = Rig::new(Vec::new());
        rig.open();
        let id = rig.asked("mining.configure")["id"].clone();
        if answer.is_object() {
            let mut answer = answer;
            answer["id"] = id;
            rig.says(&answer);
        }
        let id = rig.asked("mining.subscribe")["id"].clone();
        rig.says(&json!({"id": id, "error": null, "result": [[], "00000000", 4]}));
        let id = rig.asked("mining.authorize")["id"].clone();
        rig.job("j", "1d00ffff", true);
        assert!(rig.work.is_none(), "not before it is authorised");
        rig.says(&json!({"id": id, "result": true, "error": null}));
        assert_eq!(
            rig.work.as_ref().map(|w| w.job.version_mask),
            None.or(Some(0))
        );
        rig.find();
        assert_eq!(
            rig.asked("mining.submit")["params"]
                .as_array()
                .map(Vec::len),
            Some(5)
        );
    }
}

#[test]
fn a_pool_that_hangs_up_at_configure_is_asked_without_it() {
    let mut rig = Rig::new(Vec::new());
    rig.open();
    rig.hang_up();
    rig.open();
    assert_eq!(rig.sent.len(), 1);
    assert_eq!(rig.sent[0]["method"], "mining.subscribe");
    rig.hang_up();
    rig.open();
    assert_eq!(rig.sent[0]["method"], "mining.configure");
}

#[test]
fn difficulty_and_extranonce_hold_from_the_next_job_on() {
    let mut rig = ready();
    let first = rig.work.clone().expect("work");
    rig.says(&json!({"id": null, "method": "mining.set_difficulty", "params": [0.5]}));
    rig.says(&json!({"id": null, "method": "mining.set_extranonce", "params": ["0102", 6]}));
    assert_eq!(rig.work.as_ref().map(|w| w.job.id), Some(first.job.id));
    rig.find_in(&first);
    assert_eq!(
        rig.asked("mining.submit")["params"][2]
            .as_str()
            .map(str::len),
        Some(8)
    );
    rig.job("k", "1d00ffff", false);
    let second = rig.work.clone().expect("work");
    assert!(second.job.target < first.job.target);
    rig.find();
    assert_eq!(
        rig.asked("mining.submit")["params"][2]
            .as_str()
            .map(str::len),
        Some(12)
    );
    // The first job was not called off: its finds are still sent, under its own extranonce.
    rig.find_in(&first);
    assert_eq!(
        rig.asked("mining.submit")["params"][2]
            .as_str()
            .map(str::len),
        Some(8)
    );
}

#[test]
fn what_a_pool_would_refuse_since_it_raised_its_difficulty_is_held_back() {
    let mut rig = ready();
    let first = rig.work.clone().expect("work");
    rig.says(&json!({"id": null, "method": "mining.set_difficulty", "params": [1000.0]}));
    rig.find_in(&first);
    let low = rig.asked("mining.submit")["id"].clone();
    assert_eq!(rig.work.as_ref().map(|w| w.job.id), Some(first.job.id));
    rig.says(&json!({"id": low, "result": null, "error": [23, "Low difficulty share", null]}));
    let again = rig.work.clone().expect("the same job for more");
    assert!(again.job.target < first.job.target);
    rig.verdicts.clear();
    rig.find_in(&first);
    assert!(
        matches!(&rig.verdicts[..], [ShareVerdict::Lost(why)] if why.contains("raised")),
        "{:?}",
        rig.verdicts
    );
    assert!(rig.sent.is_empty(), "it is not sent");
    // What it lowers again it takes again.
    rig.says(&json!({"id": null, "method": "mining.set_difficulty", "params": [1e-10]}));
    rig.find_in(&first);
    rig.asked("mining.submit");
}

#[test]
fn only_a_no_is_a_no_to_the_user() {
    for (answer, refused) in [
        (json!({"result": null, "error": null}), false),
        (json!({"result": "ok", "error": null}), false),
        (json!({"result": false, "error": null}), true),
        (json!({"result": null, "error": [24, "who", null]}), true),
    ] {
        let mut rig = Rig::new(Vec::new());
        rig.open();
        let id = rig.asked("mining.subscribe")["id"].clone();
        rig.says(&json!({"id": id, "error": null, "result": [[], "00000000", 4]}));
        let mut answer = answer;
        answer["id"] = rig.asked("mining.authorize")["id"].clone();
        rig.says(&answer);
        assert_eq!(rig.closed.is_some(), refused, "{answer}");
    }
}

#[test]
fn a_new_mask_brings_the_same_job_with_other_headers() {
    let mut rig = ready();
    let first = rig.work.clone().expect("work");
    rig.says(&json!({"id": null, "method": "mining.set_version_mask", "params": ["00006000"]}));
    let second = rig.work.clone().expect("work");
    assert_eq!(second.job.version_mask, 0x6000);
    assert_ne!(second.job.id, first.job.id);
    let root = |work: &Work| work.job.headers.header(0).map(|h| h.merkle_root);
    assert_ne!(root(&first), root(&second));
}

#[test]
fn verdicts_are_told_apart() {
    let mut rig = ready();
    let error = |code: i64, message: &str| json!({"result": null, "error": [code, message, null]});
    assert_eq!(
        rig.verdict(&json!({"result": true, "error": null})),
        ShareVerdict::Accepted
    );
    assert_eq!(
        rig.verdict(&error(21, "job not found")),
        ShareVerdict::Stale
    );
    let trace = json!({"result": null, "error": [-2, "Job '7629' not found", "Traceback"]});
    for answer in [
        trace,
        json!({"result": null, "error": "Stale job"}),
        json!({"result": false, "error": null, "reject-reason": "Invalid JobID"}),
    ] {
        assert_eq!(rig.verdict(&answer), ShareVerdict::Stale, "{answer}");
    }
    assert_eq!(rig.verdict(&error(20, "Stale share")), ShareVerdict::Stale);
    for (answer, word) in [
        (
            error(20, "ntime out of range 5"),
            "other: the pool says \"ntime out of range 5\"",
        ),
        (error(22, "x"), "duplicate"),
        (error(23, "x"), "low difficulty"),
        (error(-1, "Above target"), "low difficulty"),
        (
            json!({"error": {"message": "Duplicate share"}}),
            "duplicate",
        ),
        (json!({"result": false, "error": null}), "without a reason"),
    ] {
        let ShareVerdict::Rejected(why) = rig.verdict(&answer) else {
            panic!("it is rejected");
        };
        assert!(why.contains(word), "{why}");
    }
    assert!(rig.closed.is_none());
    assert!(matches!(
        rig.verdict(&error(25, "x")),
        ShareVerdict::Rejected(_)
    ));
    assert!(rig.closed.is_some(), "the session is begun anew");
}

#[test]
fn reasons_of_a_pool_are_bounded_in_number() {
    let mut rig = ready();
    let mut reasons = std::collections::BTreeSet::new();
    for n in 0..200_u32 {
        let word: String = format!("{n:08b}").replace('0', "a").replace('1', "b");
        let verdict = rig.verdict(&json!({"result": null, "error": [20, word, null]}));
        let ShareVerdict::Rejected(why) = verdict else {
            panic!("rejected")
        };
        reasons.insert(why);
    }
    assert!(reasons.len() <= 33, "{}", reasons.len());
}

#[test]
fn shares_outlive_a_link_only_with_their_session() {
    let mut rig = ready();
    rig.find();
    rig.hang_up();
    rig.find();
    assert_eq!((rig.verdicts.len(), rig.session.pending()), (0, 2));
    rig.open();
    assert_eq!(rig.sent[1]["params"], json!(["baseload/0", "sid"]));
    rig.handshake("aabbccdd", Some(0x1fff_e000));
    let (first, second) = (rig.asked("mining.submit"), rig.asked("mining.submit"));
    // The first one had arrived: its answer was lost.
    rig.says(&json!({"id": first["id"], "result": null, "error": [22, "duplicate", null]}));
    rig.says(&json!({"id": second["id"], "result": true, "error": null}));
    assert_eq!(
        rig.verdicts,
        [ShareVerdict::Accepted, ShareVerdict::Accepted]
    );
    rig.find();
    rig.hang_up();
    rig.open();
    rig.handshake("00000000", None);
    assert!(matches!(&rig.verdicts[2], ShareVerdict::Lost(why) if why.contains("new session")));
    assert_eq!((rig.session.pending(), rig.no_work), (0, 1));
}

#[test]
fn a_late_find_is_stale_unless_it_is_a_block() {
    let mut rig = ready();
    let old = rig.work.clone().expect("work");
    rig.job("k", "1d00ffff", true);
    rig.find_in(&old);
    assert_eq!(rig.verdicts, [ShareVerdict::Stale]);
    assert!(
        rig.sent
            .iter()
            .all(|line| line["method"] != "mining.submit")
    );
    // Everything meets this target, as near as makes no difference.
    rig.job("l", "2100ffff", true);
    let block = rig.work.clone().expect("work");
    rig.job("m", "1d00ffff", true);
    rig.find_in(&block);
    assert_eq!(rig.blocks[0].fate, BlockFate::WithPool);
    let id = rig.asked("mining.submit")["id"].clone();
    rig.says(&json!({"id": id, "result": null, "error": [21, "job not found", null]}));
    assert_eq!(rig.verdicts[1], ShareVerdict::Stale);
    assert!(matches!(&rig.blocks[1].fate, BlockFate::Doubted(_)));
    assert_eq!(rig.blocks[0].hash, rig.blocks[1].hash);
}

#[test]
fn a_block_waits_for_its_pool_until_it_is_sent() {
    let mut rig = ready();
    rig.job("l", "2100ffff", true);
    let work = rig.work.clone().expect("work");
    rig.hang_up();
    rig.find_in(&work);
    assert_eq!(rig.blocks[0].fate, BlockFate::Waiting);
    rig.open();
    rig.handshake("aabbccdd", Some(0x1fff_e000));
    let id = rig.asked("mining.submit")["id"].clone();
    assert_eq!(rig.blocks[1].fate, BlockFate::WithPool);
    assert_eq!(rig.blocks[0].hash, rig.blocks[1].hash);
    assert!(rig.taken.is_empty());
    rig.says(&json!({"id": id, "result": true, "error": null}));
    assert_eq!(rig.taken, [rig.blocks[0].hash.clone()]);
}

#[test]
fn a_pool_that_pays_others_is_left() {
    let mut script = vec![0, 20];
    script.extend([2; 20]);
    let mut rig = Rig::new(vec![("us".into(), script.clone(), 10_000)]);
    rig.open();
    rig.handshake("aabbccdd", None);
    rig.job("j", "1d00ffff", true);
    assert!(rig.work.is_none());
    let ended = rig.closed.clone().expect("the link is ended");
    assert_eq!(ended.health, Health::Wrong);
    assert!(ended.why.contains("pays none of the payout addresses"));
    script[2..].fill(1);
    let mut rig = Rig::new(vec![("us".into(), script, 10_000)]);
    rig.open();
    rig.handshake("aabbccdd", None);
    rig.job("j", "1d00ffff", true);
    assert_eq!(rig.work.clone().map(|w| w.view.proof), Some(Proof::PaysUs));
}

#[test]
fn a_pool_that_turns_stops_the_hashing() {
    let mut rig = ready();
    rig.says(&json!({"method": "mining.set_difficulty", "params": [0]}));
    assert!(
        rig.closed
            .as_ref()
            .is_some_and(|e| e.why.contains("absurd"))
    );
    rig.hang_up();
    assert!(rig.work.is_none());
}

#[test]
fn a_job_before_the_subscription_is_ignored() {
    let mut rig = Rig::new(Vec::new());
    rig.open();
    rig.job("j", "1d00ffff", true);
    assert!(rig.closed.is_none() && rig.work.is_none());
    rig.handshake("aabbccdd", None);
    rig.job("k", "1d00ffff", true);
    assert!(rig.work.is_some());
}

#[test]
fn wrong_passwords_are_told() {
    let mut rig = Rig::new(Vec::new());
    rig.open();
    let id = rig.asked("mining.subscribe")["id"].clone();
    rig.says(&json!({"id": id, "error": null, "result": [[], "00", 4]}));
    let id = rig.asked("mining.authorize")["id"].clone();
    rig.says(&json!({"id": id, "result": false, "error": null}));
    let ended = rig.closed.expect("the link is ended");
    assert_eq!(ended.health, Health::Refused);
    assert!(!ended.why.contains("hidden"));
}

#[test]
fn floods_end_the_link() {
    let mut rig = ready();
    for _ in 0..=MOST_NOTICES {
        rig.job("j", "1d00ffff", false);
    }
    assert!(rig.closed.is_some_and(|e| e.why.contains("floods")));
    let mut rig = ready();
    for id in 0..=u64::from(MOST_STRANGE) {
        rig.says(&json!({"id": 1_000_000 + id, "result": true, "error": null}));
    }
    assert!(rig.closed.is_some());
    assert_eq!(rig.said.len(), 1, "it is noted once");
}

#[test]
fn what_takes_too_long_ends_the_link() {
    let mut rig = Rig::new(Vec::new());
    rig.open();
    rig.pass(Duration::from_secs(14));
    assert!(rig.closed.is_none());
    rig.pass(Duration::from_secs(1));
    assert!(rig.closed.is_some_and(|e| e.why.contains("handshake")));
    let mut rig = ready();
    rig.find();
    rig.pass(Duration::from_mins(1));
    assert!(
        rig.closed
            .as_ref()
            .is_some_and(|e| e.why.contains("does not answer shares"))
    );
    rig.hang_up();
    assert_eq!(rig.session.pending(), 1, "it has one more chance");
    rig.open();
    rig.handshake("aabbccdd", None);
    rig.pass(Duration::from_mins(1));
    rig.hang_up();
    assert!(matches!(&rig.verdicts[..], [ShareVerdict::Lost(_)]));
    let mut rig = ready();
    rig.pass(Duration::from_mins(10));
    assert!(rig.closed.is_some_and(|e| e.why.contains("silent")));
}

#[test]
fn a_lost_link_stops_the_hashing_after_a_while() {
    let mut rig = ready();
    rig.hang_up();
    rig.find();
    rig.pass(Duration::from_secs(59));
    assert!(rig.work.is_some());
    // Links that open and break do not keep it alive.
    rig.open();
    rig.hang_up();
    rig.pass(Duration::from_secs(1));
    assert!(rig.work.is_none());
    rig.pass(Duration::from_mins(10));
    assert!(
        matches!(&rig.verdicts[..], [ShareVerdict::Lost(why)] if why.contains("did not come back"))
    );
}

/// It keeps talking, and may come back under the same extranonce: the job grows no younger.
#[test]
fn a_job_that_no_other_follows_is_not_hashed_for_ever() {
    let mut rig = ready();
    rig.job("1", "1d00ffff", true);
    assert!(rig.work.is_some());
    let step = Duration::from_mins(5);
    let mut passed = Duration::ZERO;
    while rig.work.is_some() && passed < Duration::from_hours(2) {
        rig.pass(step);
        passed += step;
        rig.says(&json!({"id": null, "method": "mining.set_difficulty", "params": [1]}));
    }
    assert!(rig.work.is_none(), "hashed for {passed:?}");
    assert!(passed <= Duration::from_mins(35));
    assert!(
        rig.closed
            .as_ref()
            .expect("begun anew")
            .why
            .contains("new job")
    );
}

#[test]
fn calls_of_the_pool_are_answered() {
    let mut rig = ready();
    rig.sent.clear();
    rig.says(&json!({"id": 7, "method": "client.get_version", "params": []}));
    rig.says(&json!({"id": "a", "method": "mining.ping", "params": []}));
    rig.says(&json!({"id": null, "method": "mining.ping", "params": []}));
    rig.says(&json!({"id": null, "method": "client.show_message", "params": ["hi\u{1b}[2J"]}));
    assert_eq!(
        rig.sent[0],
        json!({"id": 7, "result": "baseload/0", "error": null})
    );
    assert_eq!(rig.sent[1]["error"][0], -32601);
    assert_eq!(rig.sent.len(), 2);
    assert_eq!(rig.said, [MiningEvent::Message("hi [2J".into())]);
    rig.says(&json!({"id": null, "method": "client.reconnect", "params": ["other", 1, 2]}));
    assert_eq!(
        rig.reconnect.and_then(|to| to.host).as_deref(),
        Some("other")
    );
}

#[test]
fn a_difficulty_is_suggested_once_authorised() {
    let mut rig = Rig::new(Vec::new());
    rig.session.setup.suggest = Some(0.25);
    rig.open();
    rig.handshake("aabbccdd", None);
    let suggested = rig.asked("mining.suggest_difficulty");
    assert_eq!(suggested["params"], json!([0.25]));
    rig.says(&json!({"id": suggested["id"], "result": null, "error": [20, "unknown", null]}));
    assert!(rig.closed.is_none() && rig.said.is_empty());
}

#[test]
fn work_taken_up_again_has_other_headers() {
    let mut rig = ready();
    let first = rig.work.clone().expect("work");
    let again = rig.session.work_again(rig.now).expect("there is some");
    assert_ne!(first.job.headers.header(0), again.job.headers.header(0));
    rig.find_in(&again);
    assert_eq!(rig.asked("mining.submit")["params"][1], "j");
}

/// What happens next between miner and pool.
#[derive(Debug, Clone)]
enum Step {
    Find,
    /// The pool answers the share so many places in: 0 yes, else an error of this code.
    Answer(usize, i64),
    /// It answers it twice.
    Twice(usize),
    /// It loses it.
    Forget(usize),
    HangUp,
    /// A new link, with the session or another.
    Open(bool),
    Job(bool),
    Pass(u64),
    Nonsense,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Find),
        4 => (0_usize..4, prop_oneof![Just(0_i64), 20_i64..26]).prop_map(|(at, code)| Step::Answer(at, code)),
        1 => (0_usize..4).prop_map(Step::Twice),
        1 => (0_usize..4).prop_map(Step::Forget),
        1 => Just(Step::HangUp),
        2 => any::<bool>().prop_map(Step::Open),
        1 => any::<bool>().prop_map(Step::Job),
        1 => (1_u64..700).prop_map(Step::Pass),
        1 => Just(Step::Nonsense),
    ]
}

proptest! {
    /// Answers are lost, doubled, late; links break; sessions are resumed or not: each share is judged exactly once.
    #[test]
    fn each_share_is_judged_exactly_once(steps in proptest::collection::vec(step(), 1..120)) {
        let mut rig = ready();
        let mut found = 0;
        let mut open = true;
        let mut asked: Vec<Value> = Vec::new();
        let mut session = 0_u32;
        for step in steps {
            asked.extend(rig.sent.drain(..).filter(|line| line["method"] == "mining.submit"));
            let pick = |at: usize, asked: &mut Vec<Value>| (!asked.is_empty()).then(|| asked.remove(at % asked.len()));
            match step {
                Step::Find => found += usize::from(rig.find()),
                Step::Answer(at, code) => if let Some(share) = pick(at, &mut asked) {
                    let error = if code == 0 { Value::Null } else { json!([code, "so", null]) };
                    rig.says(&json!({"id": share["id"], "result": code == 0, "error": error}));
                },
                Step::Twice(at) => if let Some(share) = pick(at, &mut asked) {
                    for _ in 0..2 {
                        rig.says(&json!({"id": share["id"], "result": true, "error": null}));
                    }
                },
                Step::Forget(at) => { pick(at, &mut asked); },
                Step::HangUp => { rig.hang_up(); open = false; },
                Step::Open(same) if !open => {
                    session += u32::from(!same);
                    rig.open();
                    if !rig.sent.iter().any(|line| line["method"] == "mining.configure") {
                        rig.hang_up();
                        rig.open();
                    }
                    rig.handshake(&format!("{session:08x}"), Some(0x1fff_e000));
                    rig.job("again", "1d00ffff", !same);
                    open = true;
                }
                Step::Open(_) => {}
                Step::Job(clean) => if open { rig.job("next", "1d00ffff", clean) },
                Step::Pass(seconds) => rig.pass(Duration::from_secs(seconds)),
                Step::Nonsense => rig.says(&json!({"id": 99_999_999, "result": true})),
            }
            if rig.closed.is_some() {
                rig.hang_up();
                open = false;
            }
            if !open {
                asked.clear();
            }
            prop_assert_eq!(rig.verdicts.len() + rig.session.pending(), found);
        }
        let outputs = rig.session.give_up(&"the end".into());
        rig.take(outputs);
        prop_assert_eq!(rig.verdicts.len(), found);
        prop_assert_eq!(rig.session.pending(), 0);
    }

    #[test]
    fn whatever_a_pool_says_nothing_panics(
        lines in proptest::collection::vec(
            prop_oneof![
                "\\PC{0,100}",
                (0_u64..6, "(true|null|\\[\\]|\\{\\}|\\[\\[\\],\"00\",4\\])")
                    .prop_map(|(id, result)| format!(r#"{{"id":{id},"result":{result},"error":null}}"#)),
                ("(notify|set_difficulty|set_extranonce|set_version_mask)", "(\\[\\]|\\[1\\]|\\[\"00\",4\\])")
                    .prop_map(|(method, params)| format!(r#"{{"method":"mining.{method}","params":{params}}}"#)),
            ],
            0..30,
        ),
    ) {
        let mut rig = Rig::new(Vec::new());
        rig.open();
        for line in lines {
            let outputs = rig.session.line(&line, rig.now, rig.now);
            rig.take(outputs);
            rig.find();
        }
    }
}

/// A pool of main after its handshake.
fn on_main() -> Rig {
    let mut rig = Rig::new(Vec::new());
    rig.session.setup.chain = Chain::Main;
    rig.open();
    rig.handshake("aabbccdd", None);
    rig
}

const MAIN: &str = "17034219";
const EASY: &str = "1d00ffff";

#[test]
fn easy_jobs_are_not_hashed_and_a_pool_that_goes_on_and_off_is_left() {
    let mut rig = on_main();
    for id in ["a", "b", "c"] {
        rig.job(id, EASY, true);
        assert!(rig.work.is_none() && rig.closed.is_none() && rig.session.is_refused());
    }
    // Not for want of a job: it has been said what is wrong.
    rig.pass(Timing::default().first_job * 2);
    assert!(rig.closed.is_none() && rig.said.is_empty());
    rig.job("d", MAIN, true);
    assert!(rig.work.is_some() && !rig.session.is_refused());
    // What is not hashed does not end what is, unless the pool says so.
    rig.job("e", EASY, false);
    assert!(rig.work.is_some() && rig.said.len() == 1);
    rig.job("f", EASY, true);
    assert!(rig.work.is_none() && rig.closed.is_none() && rig.no_work == 1);
    for _ in 0..2 {
        rig.job("g", MAIN, true);
        rig.job("h", EASY, true);
    }
    assert_eq!(
        rig.closed.as_ref().map(|ended| ended.health),
        Some(Health::Wrong)
    );
}

#[test]
fn a_pool_is_held_to_what_it_said_over_its_links() {
    let mut rig = on_main();
    rig.job("a", MAIN, true);
    assert!(rig.work.take().is_some());
    rig.hang_up();
    rig.open();
    rig.handshake("aabbccdd", None);
    // A fifth of the difficulty before.
    rig.job("b", "1710498d", true);
    assert!(rig.work.is_none() && rig.session.is_refused());
}

#[test]
fn of_many_siblings_a_few_are_told_as_blocks() {
    let mut rig = Rig::new(Vec::new());
    rig.open();
    rig.handshake("aabbccdd", None);
    rig.job("a", "2100ffff", true);
    let work = rig.work.clone().expect("there is work");
    rig.find_in(&work);
    rig.job("b", "2100ffff", true);
    let next = rig.work.clone().expect("there is work");
    for _ in 0..9 {
        rig.find_in(&work);
        rig.find_in(&next);
    }
    assert_eq!(rig.blocks.len(), 8);
    assert_eq!(rig.session.pending() + rig.verdicts.len(), 19);
}
