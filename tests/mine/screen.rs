//! The same in a terminal.

use super::pool;
use crate::common::{Terminal, quiet_port};
use crate::support::until;

#[test]
fn it_opens_on_the_engine_screen_with_what_the_source_says_and_q_quits() {
    let mut terminal = Terminal::start(
        &[
            "mine",
            &format!("--pool={}", pool::start()),
            "--user=me",
            "--network=regtest",
            "--threads=1",
        ],
        120,
        36,
    );
    terminal.wait("the pool", |text| {
        text.contains("127.0.0.1") && text.contains("live")
    });
    assert!(!terminal.text().contains("SIMULATED"));
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
    assert!(!terminal.is_alternate());
    terminal.wait_for("ended by a person");
}

#[test]
fn a_node_that_is_down_is_shown_and_keys_stay_alive() {
    let cookie = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(cookie.path(), "__cookie__:x\n").expect("writes");
    let mut terminal = Terminal::start(
        &[
            "mine",
            &format!("--node=http://127.0.0.1:{}", quiet_port()),
            &format!("--cookie-file={}", cookie.path().display()),
            "--payout=bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "--threads=1",
        ],
        80,
        24,
    );
    terminal.wait_for("down");
    terminal.keys("?");
    terminal.wait("the help", |text| text.contains("pause"));
    terminal.signal("TERM");
    assert_eq!(terminal.ended(), 0);
    assert!(!terminal.is_alternate());
}

/// The first share is the best of all time: the bell rings, and the terminal is given a notification.
#[test]
fn an_alert_reaches_the_terminal() {
    let mut terminal = Terminal::start(
        &[
            "mine",
            &format!("--pool={}", pool::start()),
            "--user=me",
            "--network=regtest",
            "--threads=1",
        ],
        80,
        24,
    );
    let wanted = b"\x07\x1b]9;baseload: best share of all time: difficulty ";
    until("the alert", || {
        let raw = terminal.raw();
        raw.windows(wanted.len())
            .any(|part| part == wanted)
            .then_some(())
    });
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
}
