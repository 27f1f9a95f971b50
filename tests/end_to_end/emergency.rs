//! The emergency shed on the real binary: the word, the steps, the brake, and a journal that can't be written.

use std::fs;
use std::path::Path;

use crate::common::{Server, Terminal};
use crate::desk::{ESC, feeds, is_live, line, live, mining, only, plan, simulator};

/// The word that the prompt asks for.
fn word(screen: &str) -> Option<String> {
    let line = line(screen, "and Enter to shed")?;
    let (_, rest) = line.split_once("type ")?;
    Some(rest.split_once(" and Enter")?.0.trim().to_owned())
}

/// Opens the prompt and types its word; gives the word and what stood on the screen.
fn shed(terminal: &mut Terminal) -> (String, String) {
    terminal.keys("!");
    let screen = terminal.wait("the prompt", |s| s.contains("Ready.") && word(s).is_some());
    let word = word(&screen).expect("it was there");
    terminal.keys(&word);
    terminal.wait_for(&format!("> {word}_"));
    terminal.keys("\r");
    terminal.wait("the end of the prompt", |s| {
        !s.contains("and Enter to shed")
    });
    (word, screen)
}

/// A console with a config that lets steps follow fast.
fn console(home: &Path, at: &str, config: &str) -> Terminal {
    fs::create_dir_all(home).expect("a home folder");
    let file = home.join("desk.toml");
    fs::write(&file, config).expect("written");
    let file = file.display().to_string();
    let feeds = feeds(at);
    let mut args = vec!["console", "--config", &file];
    for feed in &feeds {
        args.extend(["--feed", feed]);
    }
    let terminal = Terminal::start_in(home, &args, 120, 36, &[]);
    is_live(&terminal);
    terminal
}

#[test]
fn the_nation_is_shed_in_steps_and_esc_stops_the_rest() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    // The neighbours pull the frequency down, so that shedding is what the grid wants.
    let script = scratch.path().join("low.toml");
    let pull = "[[event]]\nat = 1\ndo = \"frequency\"\nmhz = -400\nfor = 600\n";
    fs::write(&script, pull).expect("written");
    let script = script.display().to_string();
    let server = Server::start(&["simulator", "--script", &script], "127.0.0.1:0");
    let config = "emergency_step_mw = 100\nemergency_interval_s = 3\n";
    let mut terminal = console(&scratch.path().join("home"), &server.at, config);
    let (now, _) = mining(&terminal.text()).expect("the nation's MW");
    let (word, screen) = shed(&mut terminal);
    assert!(word.starts_with("SHED NATION "), "{word}");
    assert!(screen.contains("of at most 100 MW"), "{screen}");
    assert!(screen.contains("left out"), "{screen}");
    terminal.wait("two steps", |s| s.contains("step 2 of"));
    terminal.wait_for("Esc Esc stops the emergency shed");
    terminal.keys("\x1b\x1b");
    terminal.wait_for("stopped by Esc");
    terminal.wait("load falls", |s| {
        mining(s).is_some_and(|(mw, target)| target < now - 100 && mw < now - 60)
    });
    terminal.keys("4");
    terminal.wait("no more than was sent", |s| {
        s.contains("2 in all") || s.contains("3 in all")
    });
    terminal.keys("8/");
    terminal.wait_for("/ _");
    terminal.keys("emergency shed,");
    terminal.wait("the journal holds it", |s| {
        s.contains("emergency shed, the nation: confirmed") && s.contains("stopped by Esc")
    });
}

#[test]
fn a_journal_that_cannot_be_written_bars_orders_but_no_emergency() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let home = scratch.path().join("home");
    // Where the journal's folder should be stands a file.
    fs::create_dir_all(home.join("state/baseload")).expect("a state folder");
    fs::write(home.join("state/baseload/journal"), "").expect("written");
    let server = simulator();
    let mut terminal = console(&home, &server.at, "emergency_interval_s = 60\n");
    terminal.wait_for("no orders leave");
    only(&mut terminal, "lukoml");
    plan(&mut terminal, "c", "40");
    terminal.keys("a");
    terminal.wait_for("unrecorded");
    terminal.keys(ESC);
    terminal.wait("no dialog", |s| !s.contains("leaves nothing behind"));
    terminal.keys("\r");
    terminal.wait_for("blocks of ");
    let (word, screen) = shed(&mut terminal);
    assert!(word.starts_with("SHED LUKOML "), "{word}");
    assert!(screen.contains("leaves unjournaled"), "{screen}");
    terminal.wait_for("not in the journal");
    terminal.keys("4");
    terminal.wait("the gateway does it", |s| {
        s.contains("executing") || s.contains("delivered")
    });
}

#[test]
fn a_lockout_is_hung_with_its_reason_and_bars_orders_until_it_is_taken_off() {
    let server = simulator();
    let mut terminal = live(&server.at);
    only(&mut terminal, "lukoml");
    terminal.keys("\r");
    terminal.wait_for("blocks of ");
    terminal.keys("\r");
    terminal.wait_for("NOTES");
    terminal.keys("m");
    terminal.wait_for("Hang a maintenance lockout");
    // What is typed too early is dropped: so it is typed until it is there.
    terminal.wait("the prompt listens", |s| s.contains("why  > _"));
    std::thread::sleep(std::time::Duration::from_millis(400));
    terminal.keys("fan 3");
    terminal.wait_for("why  > fan 3_");
    terminal.keys("\ry");
    terminal.wait_for("type y > y_");
    terminal.keys("\r");
    terminal.wait_for("block 1 locked out by op7: fan 3");
    terminal.keys("c");
    terminal.wait_for("MW, % of ");
    terminal.keys("off\r");
    terminal.wait_for("maintenance lockout by op7");
    terminal.keys(ESC);
    terminal.wait("no dialog", |s| !s.contains("leaves nothing behind"));
    terminal.keys("M");
    terminal.wait_for("Take the maintenance lockout by op7 off");
    std::thread::sleep(std::time::Duration::from_millis(400));
    terminal.keys("\r");
    terminal.wait_for("type y > _");
    terminal.keys("y\r");
    terminal.wait("it is off", |s| !s.contains("locked out by"));
    terminal.keys("n");
    terminal.wait_for("A note for the journal");
    terminal.keys("fan 3 is new\r");
    terminal.wait_for("noted");
    terminal.keys("8/");
    terminal.wait_for("/ _");
    terminal.keys("fan 3");
    terminal.wait("it all stands in the journal", |s| {
        s.contains("fan 3 is new") && s.contains("hang a maintenance tag on lukoml")
    });
}
