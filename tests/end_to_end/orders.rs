//! The fate of an order whose link is lost: unknown, asked for, and then what the gateway says.

use crate::common::{Server, Terminal, quiet_port};
use crate::desk::{ESC, execute, is_live, live, only, order_becomes, plan, simulator};
use crate::proxy::Line;

/// An order that stays under way for minutes: this contract wants four minutes of notice.
fn slow_order(terminal: &mut Terminal) {
    only(terminal, "babruisk");
    plan(terminal, "c", "40");
    execute(terminal);
    terminal.keys("4");
    order_becomes(terminal, "accepted");
    terminal.wait_for("1 under way");
}

#[test]
fn a_cut_line_makes_the_fate_unknown_and_the_mended_line_tells_it() {
    let server = simulator();
    let line = Line::to(&server.at);
    let mut terminal = live(&line.at);
    slow_order(&mut terminal);
    line.cut();
    order_becomes(&terminal, "unknown");
    // Quitting now asks first.
    terminal.keys("\x03");
    terminal.wait_for("Orders are under way");
    terminal.keys("n");
    terminal.wait("the question gone", |s| !s.contains("Orders are under way"));
    line.mend();
    order_becomes(&terminal, "accepted");
}

#[test]
fn a_gateway_that_lost_its_memory_ends_the_doubt_without_an_outcome() {
    let place = format!("127.0.0.1:{}", quiet_port());
    let server = Server::simulator(&place);
    let mut terminal = live(&server.at);
    slow_order(&mut terminal);
    server.kill();
    order_becomes(&terminal, "unknown");
    let _server = Server::simulator(&place);
    order_becomes(&terminal, "forgotten");
    terminal.wait_for("0 under way");
    // The same blocks can be ordered again.
    terminal.keys("1");
    is_live_filtered(&terminal);
    plan(&mut terminal, "c", "40");
}

fn is_live_filtered(terminal: &Terminal) {
    terminal.wait("Babruisk, live", |s| {
        s.contains("Babruisk") && !s.contains("stale")
    });
}

#[test]
fn an_order_that_ran_while_the_line_was_cut_is_told_as_delivered() {
    let server = simulator();
    let line = Line::to(&server.at);
    let mut terminal = live(&line.at);
    only(&mut terminal, "lukoml");
    plan(&mut terminal, "c", "40");
    execute(&mut terminal);
    terminal.keys("4");
    order_becomes(&terminal, "executing");
    line.cut();
    order_becomes(&terminal, "unknown");
    line.mend();
    order_becomes(&terminal, "delivered");
    terminal.wait_for("0 under way, 1 in all");
    terminal.keys("1");
    terminal.wait_for("Esc clears it");
    terminal.keys(ESC);
    is_live(&terminal);
}
