//! On a node that has few threads, forbids calls, still fetches its chain, is slow, or has forgotten blocks.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::stand_in::{Core, Manners};
use super::support::{Miner, until};

fn home() -> TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

fn start(core: &Core, home: &TempDir, more: &[&str]) -> Miner {
    Miner::start(home.path(), &core.arguments(home.path(), more))
}

fn stands(health: &'static str) -> impl Fn(&Value) -> bool {
    move |line| line["event"] == "state" && line["health"] == health
}

fn is_job(line: &Value) -> bool {
    line["event"] == "job"
}

/// So many miners on a node of as many threads each have a block in its chain within `bound`.
fn each_hands_in(miners: usize, hold: Duration, more: &[&str], bound: Duration) {
    let core = Core::start(Manners {
        threads: miners,
        hold,
        ..Manners::default()
    });
    let homes: Vec<TempDir> = (0..miners).map(|_| home()).collect();
    let began = Instant::now();
    let args = [&["--stop-after-blocks=1"], more].concat();
    let running: Vec<Miner> = homes.iter().map(|home| start(&core, home, &args)).collect();
    for mut miner in running {
        assert_eq!(miner.ended().code(), Some(0), "{:#?}", miner.seen);
    }
    assert!(began.elapsed() < bound, "{:?}", began.elapsed());
    assert!(core.height() >= miners);
}

/// The stand-in is as bad as the real one: who hangs up keeps the thread that answers him.
#[test]
fn a_node_of_one_thread_answers_nobody_while_a_long_poll_is_held_whose_client_has_gone() {
    let hold = Duration::from_secs(3);
    let core = Core::start(Manners {
        threads: 1,
        hold,
        ..Manners::default()
    });
    let ask = |method: &str, params: &str| {
        let body = format!(r#"{{"method":"{method}","params":[{params}]}}"#);
        let mut stream = TcpStream::connect(core.label()).expect("it listens");
        write!(
            stream,
            "POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("sends");
        stream
    };
    let id = format!(r#"{{"longpollid":"{:064x}"}}"#, 7);
    drop(ask("getblocktemplate", &id));
    until("it is held", || {
        (!core.state().calls.is_empty()).then_some(())
    });
    let began = Instant::now();
    let mut next = ask("getblockcount", "");
    std::io::copy(&mut next, &mut std::io::sink()).expect("an answer");
    assert!(began.elapsed() > hold / 2, "{:?}", began.elapsed());
}

#[test]
fn four_miners_on_four_threads_each_hand_their_block_in_within_seconds() {
    each_hands_in(4, Duration::from_mins(1), &[], Duration::from_secs(25));
}

#[test]
fn one_miner_on_one_thread_hands_its_block_in_within_seconds() {
    each_hands_in(1, Duration::from_mins(1), &[], Duration::from_secs(25));
}

/// A long poll costs what it says; the block comes in once the node has a thread again.
#[test]
fn with_long_polls_each_block_is_handed_in_once_a_thread_is_free() {
    for miners in [4, 1] {
        let hold = Duration::from_secs(12);
        each_hands_in(
            miners,
            hold,
            &["--longpoll"],
            hold + Duration::from_secs(20),
        );
    }
}

#[test]
fn a_call_that_is_not_allowed_is_named_and_nothing_is_hashed_until_it_is() {
    for method in [
        "submitblock",
        "getblockheader",
        "getblockcount",
        "getblockhash",
    ] {
        let (core, home) = (Core::start(Manners::default()), home());
        core.state().forbidden.insert(method);
        let mut miner = start(&core, &home, &[]);
        let line = miner.wait("the refusal", stands("refused"));
        let detail = line["detail"].as_str().expect("text");
        assert!(
            detail.contains(method) && detail.contains("rpcwhitelist"),
            "{detail}"
        );
        assert!(!detail.contains("rpcallowip"), "{detail}");
        assert!(
            !core
                .state()
                .calls
                .iter()
                .any(|call| call == "getblocktemplate")
        );
        assert!(!miner.seen.iter().any(is_job));
        core.state().forbidden.clear();
        miner.wait("work", is_job);
    }
}

#[test]
fn a_call_that_the_node_lacks_is_named() {
    let (core, home) = (Core::start(Manners::default()), home());
    core.state().missing.insert("submitblock");
    let mut miner = start(&core, &home, &[]);
    let line = miner.wait("the refusal", stands("wrong answers"));
    let detail = line["detail"].as_str().expect("text");
    assert!(detail.contains("submitblock"), "{detail}");
    assert!(!miner.seen.iter().any(is_job));
}

/// A block of an earlier run is handed in to a node whose user may do that, but not follow the block.
#[test]
fn a_kept_block_is_handed_in_though_another_call_is_not_allowed() {
    let (core, home) = (Core::start(Manners::default()), home());
    let mut miner = start(&core, &home, &["--time-limit=40"]);
    miner.wait("work", is_job);
    core.state().forbidden.insert("submitblock");
    miner.wait("a block that cannot be handed in", |line| {
        line["event"] == "error"
            && line["text"]
                .as_str()
                .is_some_and(|t| t.contains("not handed in"))
    });
    miner.signal("KILL");
    miner.ended();
    let before = core.height();
    core.state().forbidden = ["getblockheader"].into();
    let mut again = start(&core, &home, &[]);
    again.wait("the refusal", stands("refused"));
    until("the kept block", || (core.height() > before).then_some(()));
    assert!(!again.seen.iter().any(is_job));
}

#[test]
fn on_testnet4_the_chain_is_waited_for_and_where_it_never_ends_it_is_not() {
    let pays = "--payout=tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7";
    for chain in ["testnet4", "signet", "regtest"] {
        let (core, home) = (
            Core::start(Manners {
                chain,
                ..Manners::default()
            }),
            home(),
        );
        let mut args = core.arguments(home.path(), &[]);
        if chain != "regtest" {
            args.pop();
            args.push(pays.to_owned());
        }
        let mut miner = Miner::start(home.path(), &args);
        if chain == "testnet4" {
            let line = miner.wait("the wait", stands("syncing"));
            let detail = line["detail"].as_str().expect("text");
            assert!(detail.contains("still fetching the chain"), "{detail}");
            assert!(
                !core
                    .state()
                    .calls
                    .iter()
                    .any(|call| call == "getblocktemplate")
            );
            core.state().fetching = false;
        }
        miner.wait("work", is_job);
    }
}

/// Asking anew would load it more.
#[test]
fn a_template_that_takes_longer_than_20_s_is_waited_for_with_a_word() {
    let (core, home) = (Core::start(Manners::default()), home());
    core.state().template_takes = Duration::from_secs(24);
    let mut miner = start(&core, &home, &[]);
    let line = miner.wait("the word", stands("busy"));
    let detail = line["detail"].as_str().expect("text");
    assert!(detail.contains("20 s"), "{detail}");
    miner.wait("work", is_job);
    let calls = &core.state().calls;
    let asked = calls
        .iter()
        .filter(|call| *call == "getblocktemplate")
        .count();
    assert_eq!(asked, 1);
}

/// kill -9 of a node loses its last blocks: they come back, each in its place, before anything else is mined there.
#[test]
fn what_a_node_has_forgotten_is_handed_in_again_the_parent_first() {
    for lost in [4, 14] {
        let (core, home) = (Core::start(Manners::default()), home());
        let _miner = start(&core, &home, &[]);
        until("blocks", || (core.height() > 20).then_some(()));
        let before = core.killed(lost);
        std::thread::sleep(Duration::from_secs(3));
        let began = Instant::now();
        core.state().down = false;
        until("the chain is as long again", || {
            (core.height() >= before.len()).then_some(())
        });
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{:?}",
            began.elapsed()
        );
        let now = core.state().chain.clone();
        assert_eq!(now[..before.len()], before, "{lost} lost");
    }
}
