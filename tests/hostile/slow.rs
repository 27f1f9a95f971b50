//! A gateway that calls a day its report period: its old figures are not acted on as if they were new.

use crate::common::Terminal;
use crate::desk::{console, plan};
use crate::liar::{Liar, Says, honest};

fn slow(old_ms: i64, restore: bool) -> (Terminal, Liar) {
    let mut says = Says {
        measured_ms_ago: old_ms,
        period_ms: 86_400_000,
        ..honest("lukoml")
    };
    if restore {
        (says.power_w, says.target_w, says.state) = (0, 0, "curtailed");
    }
    let liar = Liar::start(says);
    let terminal = console(&[liar.feed()], &[], 160, 40);
    terminal.wait("the site", |s| {
        s.contains("lukoml") && !s.contains("snapshot")
    });
    (terminal, liar)
}

#[test]
fn old_figures_bar_a_restore() {
    let (mut terminal, _liar) = slow(2 * 86_400_000, true);
    terminal.wait_for("slow, 48 h old");
    terminal.keys("r");
    terminal.wait_for("MW, % of ");
    terminal.keys("all\r");
    let said = terminal.wait("why not", |s| {
        s.contains("left out") || s.contains("a arms this plan")
    });
    assert!(
        said.contains("reports too rarely to act on: 48 h old"),
        "{said}"
    );
}

#[test]
fn a_shed_by_old_figures_is_warned_of() {
    let (mut terminal, _liar) = slow(45_000, false);
    let shown = terminal.wait_for("slow, 4");
    assert!(shown.contains("uncertain"), "{shown}");
    let preview = plan(&mut terminal, "c", "off");
    assert!(
        preview.contains("old figures") && preview.contains("lukoml 4"),
        "{preview}"
    );
}

#[test]
fn an_age_beyond_ten_seconds_is_told() {
    let (mut terminal, _liar) = slow(12_000, false);
    let shown = terminal.wait("its age", |s| {
        s.contains("12 s old, hashing") || s.contains("13 s old, hashing")
    });
    assert!(!shown.contains("uncertain"), "{shown}");
    let preview = plan(&mut terminal, "c", "off");
    assert!(
        preview.contains("old figures") && preview.contains("lukoml 1"),
        "{preview}"
    );
}
