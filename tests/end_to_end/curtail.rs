//! From keys to megawatts: plans, arming, words, answers; down and up again.

use std::time::Instant;

use crate::common::DEADLINE;
use crate::desk::{
    ESC, execute, execute_unless_anew, line, live, mining, only, order_becomes, plan, simulator,
    site, state_of_the_order,
};

#[test]
fn forty_megawatts_of_two_marked_sites_are_shed_and_given_back() {
    let server = simulator();
    let mut terminal = live(&server.at);
    only(&mut terminal, "lukoml");
    terminal.keys(" ");
    terminal.wait_for("●");
    terminal.keys(ESC);
    terminal.wait_for("Astravets");
    terminal.keys("g");
    terminal.keys("g");
    terminal.wait("the cursor on top", |s| {
        line(s, "Astravets").is_some_and(|row| row.contains('>'))
    });
    terminal.keys(" ");
    terminal.wait("both marked", |s| {
        line(s, "Astravets").is_some_and(|row| row.contains('●'))
    });
    let (_, target_before) = mining(&terminal.text()).expect("the nation's MW");
    let preview = plan(&mut terminal, "c", "40");
    assert!(
        preview.contains("2 sites marked") && preview.contains("gives up"),
        "{preview}"
    );
    assert!(preview.contains("Nothing is sent yet"), "{preview}");
    let typed = execute(&mut terminal);
    assert!(
        typed.starts_with("SHED ") && !typed.contains("NATION"),
        "{typed}"
    );
    terminal.keys("4");
    // Three answers, each with its own place: sent, accepted, delivered by a meter.
    terminal.wait("three facts", |s| {
        ["  sent ", "  accepted ", "DELIVERED"]
            .iter()
            .all(|head| s.contains(head))
    });
    let delivered = order_becomes(&terminal, "delivered");
    assert!(delivered.contains("0 under way, 1 in all"), "{delivered}");
    terminal.wait("fewer MW wanted", |s| {
        mining(s).is_some_and(|(_, target)| target <= target_before - 40)
    });
    terminal.keys("1");
    terminal.wait("fewer MW drawn", |s| {
        mining(s).is_some_and(|(now, target)| target <= target_before - 40 && now < target + 40)
    });
}

#[test]
fn a_share_and_everything_and_the_whole_nation_can_be_asked_for() {
    let server = simulator();
    let mut terminal = live(&server.at);
    only(&mut terminal, "lukoml");
    let (now, _) = site(&terminal.text(), "Lukoml").expect("its MW");
    let preview = plan(&mut terminal, "c", "50%");
    let shed = line(&preview, "total")
        .and_then(|row| {
            row.split_whitespace()
                .nth(3)
                .and_then(|w| w.parse::<f64>().ok())
        })
        .expect("what it sheds");
    assert!(
        shed >= now * 0.4 && shed <= now * 0.7,
        "{shed} of {now}:\n{preview}"
    );
    terminal.keys(ESC);
    terminal.wait("no dialog", |s| {
        !s.contains("leaves nothing behind") && s.contains("15 MIN")
    });
    plan(&mut terminal, "c", "off");
    execute(&mut terminal);
    terminal.wait("Lukoml at rest", |s| {
        site(s, "Lukoml").is_some_and(|(_, target)| target < now * 0.2)
    });
    terminal.keys(ESC);
    terminal.wait_for("Astravets");
    plan(&mut terminal, "C", "100");
    let word = execute(&mut terminal);
    assert!(word.starts_with("SHED NATION "), "{word}");
    terminal.keys("4");
    terminal.wait_for("2 in all");
}

#[test]
fn restoring_is_accepted_and_the_site_comes_back() {
    let server = simulator();
    let mut terminal = live(&server.at);
    only(&mut terminal, "lukoml");
    let (before, _) = site(&terminal.text(), "Lukoml").expect("its MW");
    plan(&mut terminal, "c", "40");
    execute(&mut terminal);
    terminal.wait("its MW fall", |s| {
        site(s, "Lukoml").is_some_and(|(now, target)| target < before - 30.0 && now < before - 30.0)
    });
    // The order must be over before another one is taken.
    terminal.keys("4");
    order_becomes(&terminal, "delivered");
    terminal.keys("1");
    terminal.wait_for("Esc clears it");
    // The minimum off time stands between the two: the dialog says so until it is over.
    let until = Instant::now() + 3 * DEADLINE;
    let (low, word) = loop {
        terminal.keys("r");
        terminal.wait_for("MW, % of ");
        terminal.keys("100%\r");
        let answer = terminal.wait("a plan, or why there is none", |s| {
            s.contains("a arms this plan") || s.contains("left out")
        });
        // Until all of them may: one that has only just come down would be left out when the plan is armed.
        if answer.contains("a arms this plan") && !answer.contains("minimum off") {
            let (_, low) = site(&answer, "Lukoml").unwrap_or((0.0, before));
            // A block may say just now that it is off: then the plan is made anew without it.
            if let Some(word) = execute_unless_anew(&mut terminal) {
                break (low, word);
            }
        } else {
            assert!(answer.contains("minimum off"), "{answer}");
        }
        assert!(Instant::now() < until, "{answer}");
        terminal.keys(ESC);
        terminal.wait("no dialog", |s| !s.contains("leaves nothing behind"));
    };
    assert!(word.starts_with("RESTORE "), "{word}");
    let up = terminal.wait("on its way up", |s| {
        line(s, "Lukoml").is_some_and(|row| row.contains("restoring"))
            && site(s, "Lukoml").is_some_and(|(_, target)| target > low.min(before - 30.0))
    });
    let (now, target) = site(&up, "Lukoml").expect("its MW");
    assert!(now < target + 5.0, "slower than it went: {up}");
    terminal.keys("4");
    terminal.wait("the second order, executing or done", |s| {
        s.contains("2 in all")
            && state_of_the_order(s).is_some_and(|word| word == "executing" || word == "delivered")
    });
}

#[test]
fn a_wrong_word_sends_nothing_and_esc_leaves_nothing_behind() {
    let server = simulator();
    let mut terminal = live(&server.at);
    plan(&mut terminal, "C", "40");
    terminal.keys("\r\r");
    terminal.keys("a");
    terminal.wait_for("Armed.");
    terminal.keys("shed nation 40\r");
    terminal.wait_for("nothing was sent");
    terminal.keys(ESC);
    terminal.wait("no dialog", |s| !s.contains("leaves nothing behind"));
    terminal.keys("4");
    terminal.wait_for("No order has left this desk");
    // Keys typed ahead of arming are dropped, Esc too: so each step is seen before it is left.
    for (steps, seen) in [
        ("c", "> _"),
        ("c40", "> 40_"),
        ("c40\r", "a arms this plan"),
        ("c40\ra", "Armed."),
    ] {
        terminal.keys("1");
        terminal.wait_for("15 MIN");
        terminal.keys(steps);
        terminal.wait_for(seen);
        terminal.keys(ESC);
        terminal.wait("no dialog", |s| !s.contains("leaves nothing behind"));
        terminal.keys("4");
        terminal.wait_for("No order has left this desk");
    }
}

#[test]
fn what_cannot_be_done_is_said_in_words() {
    let server = simulator();
    let mut terminal = live(&server.at);
    only(&mut terminal, "lukoml");
    terminal.keys("c");
    terminal.wait_for("MW, % of ");
    terminal.keys("9000\r");
    let screen = terminal.wait_for("! ");
    assert!(screen.contains("MW, % of "), "no plan: {screen}");
    terminal.keys(ESC);
    terminal.wait("no dialog", |s| !s.contains("leaves nothing behind"));
    terminal.keys("c");
    terminal.wait_for("MW, % of ");
    terminal.keys("abc\r");
    terminal.wait_for("! ");
}
