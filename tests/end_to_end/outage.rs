//! A feed goes: its values are marked old with their age, totals say what they are worth, the keys stay instant; it
//! comes back and the gap is marked.

use std::time::Instant;

use crate::common::{Server, Terminal, quiet_port};
use crate::desk::{bad_messages, console, feeds, frequency, is_live, line, live, simulator, site};
use crate::proxy::Line;

fn all_stale(terminal: &Terminal) -> String {
    terminal.wait("everything marked as stale", |s| {
        let top = s.lines().nth(1).unwrap_or_default();
        top.contains('?')
            && top.contains("stale")
            && s.contains("12 sites stale")
            && line(s, "Lukoml").is_some_and(|row| row.contains('?') && row.contains("stale"))
    })
}

fn keys_answer(terminal: &mut Terminal) {
    for (key, seen) in [
        ("3", "demand"),
        ("8", "GAP"),
        ("2", "HALL"),
        ("?", "Keys on Site"),
        ("q", "HALL"),
        ("1", "15 MIN"),
    ] {
        terminal.keys(key);
        terminal.wait(seen, |s| {
            s.to_lowercase().contains(&seen.to_lowercase())
                && (seen == "Keys on Site") == s.contains("Keys on")
        });
    }
}

#[test]
fn a_killed_server_makes_its_values_old_and_its_return_makes_them_live() {
    let place = format!("127.0.0.1:{}", quiet_port());
    let server = Server::simulator(&place);
    let mut terminal = live(&server.at);
    server.kill();
    let killed = Instant::now();
    all_stale(&terminal);
    eprintln!(
        "marked as stale {} ms after the kill",
        killed.elapsed().as_millis()
    );
    terminal.wait_for("!2 down");
    keys_answer(&mut terminal);
    // No order can be made on what is only remembered.
    terminal.keys("C");
    terminal.wait_for("MW, % of ");
    terminal.keys("40\r");
    terminal.wait("why there is no plan", |s| s.contains("stale"));
    assert!(!terminal.text().contains("a arms this plan"));
    terminal.keys("\x1b");
    terminal.wait("no dialog", |s| !s.contains("leaves nothing behind"));
    // The figures are kept, marked, and their age grows.
    assert!(site(&terminal.text(), "Lukoml").is_some());
    let _server = Server::simulator(&place);
    let back = Instant::now();
    is_live(&terminal);
    eprintln!(
        "live {} ms after connections are accepted",
        back.elapsed().as_millis()
    );
    terminal.keys("8");
    let notes = terminal.wait_for("back after");
    // It broke off, and nobody answered: each said once, however often it was tried.
    let told = notes.lines().filter(|l| l.contains("/fleet: down")).count();
    assert!((1..=2).contains(&told), "{notes}");
    assert!(
        notes.contains("BAD MSGS") && !bad_messages(&notes, "/fleet "),
        "a server that died has sent no bad message: {notes}"
    );
    terminal.wait("the gap", |s| {
        s.contains("back after") && s.contains(" ago")
    });
}

#[test]
fn a_silent_line_is_noticed_without_any_error_of_it() {
    let server = simulator();
    let line = Line::to(&server.at);
    let mut terminal = live(&line.at);
    line.hold();
    all_stale(&terminal);
    terminal.wait_for("!2 down");
    keys_answer(&mut terminal);
    line.mend();
    is_live(&terminal);
}

#[test]
fn each_server_is_judged_by_itself() {
    let ports: Vec<String> = (0..3)
        .map(|_| format!("127.0.0.1:{}", quiet_port()))
        .collect();
    let servers: Vec<Server> = ports.iter().map(|at| Server::simulator(at)).collect();
    let urls: Vec<String> = ["fleet", "grid", "reserve"]
        .iter()
        .zip(&ports)
        .map(|(path, at)| format!("ws://{at}/{path}"))
        .collect();
    let terminal = console(&urls, &[], 120, 36);
    is_live(&terminal);
    let mut servers = servers.into_iter();
    let (fleet, grid) = (servers.next(), servers.next());
    grid.expect("the second").kill();
    let screen = terminal.wait("an old frequency", |s| {
        let top = s.lines().nth(1).unwrap_or_default();
        top.contains("stale") && frequency(s).is_none()
    });
    assert!(
        !screen.contains("sites stale"),
        "the fleet is live: {screen}"
    );
    assert!(
        line(&screen, "Lukoml").is_some_and(|row| !row.contains('?')),
        "{screen}"
    );
    let before = site(&screen, "Astravets");
    terminal.wait("the fleet's figures going on", |s| {
        site(s, "Astravets").is_some() && site(s, "Astravets") != before
    });
    let _grid = Server::simulator(&ports[1]);
    is_live(&terminal);
    fleet.expect("the first").kill();
    let screen = terminal.wait_for("12 sites stale");
    assert!(
        frequency(&screen).is_some(),
        "the frequency is live: {screen}"
    );
}

#[test]
fn a_console_that_starts_before_its_servers_waits_for_them() {
    let place = format!("127.0.0.1:{}", quiet_port());
    let mut terminal = console(&feeds(&place), &[], 120, 36);
    let screen = terminal.wait("what is wrong", |s| {
        s.contains("!2 down") && s.contains("No site has been heard of yet")
    });
    assert!(screen.contains("-.---"), "{screen}");
    terminal.keys("3");
    terminal.wait("the grid screen", |s| {
        !s.contains("No site has been heard of")
    });
    terminal.keys("1");
    let _server = Server::simulator(&place);
    is_live(&terminal);
}
