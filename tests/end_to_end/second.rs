//! Two persons at two consoles in front of one gateway that knows them both.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use baseload::journal::audit::verify;
use serde_json::Value;

use crate::common::{Server, Terminal, binary};
use crate::desk::{ESC, execute, is_live, only, order_becomes, plan};
use crate::journals::{bodies, journals};

/// A gateway with Anna and Boris on its roll, and a console of each.
struct House {
    scratch: tempfile::TempDir,
    _server: Server,
    anna: Terminal,
    boris: Terminal,
}

impl House {
    fn gateway(&self) -> PathBuf {
        self.scratch.path().join("gateway")
    }

    fn home(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Ends both consoles in good order and finds every journal sound.
    fn ended(&mut self) {
        for terminal in [&mut self.anna, &mut self.boris] {
            terminal.keys("\x03");
            terminal.ended();
        }
        let mut all = vec![self.gateway()];
        for name in ["anna", "boris"] {
            all.extend(journals(&self.home(name)));
        }
        for journal in all {
            verify(&journal, &[]).expect("is sound");
        }
    }

    fn rows(&self, name: &str, kind: &str) -> Vec<Value> {
        bodies(&journals(&self.home(name)), kind)
    }
}

/// Makes a key; gives what goes into the roll.
fn enrolled(folder: &Path, name: &str) -> String {
    let key = folder.join(format!("{name}.key"));
    let output = Command::new(binary())
        .args(["operator", "new", name, "--rank", "operator", "--out"])
        .arg(&key)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn console(folder: &Path, name: &str, at: &str) -> Terminal {
    let feeds = ["fleet", "grid", "reserve"]
        .map(|path| format!("[[feed]]\nname = \"{path}\"\nurl = \"ws://{at}/{path}\"\n"));
    let key = format!("{name}.key");
    let text = format!(
        "desk = \"{name}\"\noperator = \"{name}\"\nkey_file = \"{key}\"\n{}",
        feeds.concat()
    );
    let config = folder.join(format!("{name}.toml"));
    fs::write(&config, text).expect("writes");
    let home = folder.join(name);
    fs::create_dir_all(&home).expect("a home folder");
    let config = config.display().to_string();
    let terminal = Terminal::start_in(&home, &["console", "--config", &config], 120, 36, &[]);
    is_live(&terminal);
    terminal
}

fn house() -> House {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path();
    let staff: String = ["anna", "boris"]
        .iter()
        .map(|name| enrolled(folder, name))
        .collect();
    let roll = folder.join("operators.toml");
    fs::write(&roll, format!("two_persons_above_mw = 50\n{staff}")).expect("writes");
    fs::set_permissions(&roll, fs::Permissions::from_mode(0o644)).expect("sets the mode");
    let (journal, roll) = (folder.join("gateway"), roll.display().to_string());
    let journal = journal.display().to_string();
    let server = Server::start(
        &["simulator", "--journal", &journal, "--operators", &roll],
        "127.0.0.1:0",
    );
    House {
        anna: console(folder, "anna", &server.at),
        boris: console(folder, "boris", &server.at),
        _server: server,
        scratch,
    }
}

/// Anna confirms more than one person may.
fn asked(house: &mut House) {
    // No notice is wanted there.
    only(&mut house.anna, "lukoml");
    let preview = plan(&mut house.anna, "c", "60");
    assert!(
        preview.contains("two operators needed above 50"),
        "{preview}"
    );
    execute(&mut house.anna);
    house.anna.wait_for("waits for a second person");
    house.boris.wait_for("anna asks for a second person");
}

/// Opens the request and gives the word that agrees.
fn opened(terminal: &mut Terminal) -> String {
    terminal.keys("o");
    let screen = terminal.wait("the view, ready", |s| {
        s.contains("THEY SAW") && s.contains("> _")
    });
    let (_, rest) = screen.split_once("type AGREE ").expect("the word");
    let (figure, _) = rest.split_once(',').expect("its end");
    format!("AGREE {figure}")
}

fn say(terminal: &mut Terminal, words: &str) {
    terminal.keys(words);
    terminal.wait_for(&format!("> {words}_"));
    terminal.keys("\r");
    terminal.wait("the end of the view", |s| {
        !s.contains("leaves it as it is") || s.contains("not sent")
    });
    let screen = terminal.text();
    assert!(!screen.contains("leaves it as it is"), "{screen}");
}

#[test]
fn one_asks_another_agrees_and_the_order_is_delivered() {
    let mut house = house();
    asked(&mut house);
    // Nothing has left yet.
    house.anna.keys("4");
    house.anna.wait_for("No order has left this desk");
    let word = opened(&mut house.boris);
    // Esc leaves it as it is, and the line stays.
    house.boris.keys(ESC);
    house.boris.wait_for("anna asks for a second person");
    let again = opened(&mut house.boris);
    assert!(word.starts_with("AGREE ") && again.starts_with("AGREE "));
    say(&mut house.boris, &again);
    house.boris.wait_for("boris has agreed");
    order_becomes(&house.anna, "delivered");
    house.ended();
    let intents = house.rows("anna", "intent");
    let orders = bodies(&[house.gateway()], "order");
    assert_eq!((intents.len(), orders.len()), (1, 1));
    for part in [
        "id",
        "plan",
        "targets",
        "issued_by",
        "countersigned_by",
        "expires_ms",
        "signature",
        "countersignature",
    ] {
        assert_eq!(intents[0][part], orders[0][part], "{part}");
        assert!(!intents[0][part].is_null(), "{part} is there");
    }
    assert_eq!(intents[0]["countersigned_by"], "boris");
    let asked = house.rows("anna", "asked");
    assert_eq!(asked[0]["plan"], intents[0]["plan"]);
    assert_eq!(house.rows("anna", "second")[0]["word"], "agreed");
    let answers = house.rows("boris", "answered");
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["agree"], true);
    assert_eq!(
        answers[0]["countersignature"],
        orders[0]["countersignature"]
    );
}

#[test]
fn one_asks_another_refuses_and_nothing_leaves() {
    let mut house = house();
    asked(&mut house);
    opened(&mut house.boris);
    say(&mut house.boris, "REFUSE heat at Lukoml");
    house.anna.wait_for("boris refuses: heat at Lukoml");
    house.anna.keys("4");
    house.anna.wait("no order, and no wait", |s| {
        s.contains("No order has left this desk") && !s.contains("waits for a second person")
    });
    house.ended();
    assert!(house.rows("anna", "intent").is_empty());
    assert!(bodies(&[house.gateway()], "order").is_empty());
    assert_eq!(house.rows("anna", "second")[0]["word"], "refused");
    let answers = house.rows("boris", "answered");
    assert_eq!(answers[0]["agree"], false);
    assert_eq!(answers[0]["why"], "heat at Lukoml");
}

#[test]
fn one_asks_and_calls_back() {
    let mut house = house();
    asked(&mut house);
    house.anna.keys("o");
    house.anna.wait("the view, ready", |s| {
        s.contains("CANCEL calls it back") && s.contains("> _")
    });
    say(&mut house.anna, "CANCEL");
    house.anna.wait_for("not sent: called back");
    house.boris.wait("nobody asks any more", |s| {
        s.contains("called back") && !s.contains("asks for a second person")
    });
    house.ended();
    assert!(bodies(&[house.gateway()], "order").is_empty());
    assert_eq!(house.rows("anna", "second")[0]["word"], "called_back");
}
