//! Several consoles on one gateway, and one that may only look.

use crate::desk::{console, execute, feeds, is_live, line, live, mining, plan, simulator, site};

#[test]
fn a_second_console_sees_what_the_first_one_ordered() {
    let server = simulator();
    let mut first = live(&server.at);
    let second = live(&server.at);
    let mut looking = console(&feeds(&server.at), &["--read-only"], 120, 36);
    is_live(&looking);
    looking.wait_for("READ-ONLY");
    for key in ["c", "r", "C", "R"] {
        looking.keys(key);
        looking.wait_for("may only look");
        assert!(!looking.text().contains("MW, % of "));
    }
    let (_, before) = mining(&second.text()).expect("the nation's MW");
    plan(&mut first, "C", "100");
    execute(&mut first);
    for terminal in [&second, &looking] {
        terminal.wait("the falling target", |s| {
            mining(s).is_some_and(|(_, target)| target <= before - 90)
        });
    }
    let shed = second.wait("the falling load", |s| {
        mining(s).is_some_and(|(now, target)| target <= before - 90 && now < before - 30)
    });
    assert!(line(&shed, "nation").is_some());
    assert!(site(&shed, "Lukoml").is_some());
}
