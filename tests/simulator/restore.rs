//! Restores that stop, go on and are given up.

use baseload::domain::order::Phase;

use crate::desk::*;

#[test]
fn a_restore_stops_out_of_band_says_why_and_goes_on() {
    let mut desk = Desk::scripted("[[event]]\nat = 85\ndo = \"frequency\"\nmhz = -300\nfor = 40\n");
    let blocks = free(&desk, 8);
    desk.curtail(1, &blocks);
    desk.until_over(1, 40.0);
    desk.wait(80.0 - 1.0 - 40.0);
    desk.restore(2, &blocks);
    let mut stopped = Vec::new();
    for _ in 0..200 {
        desk.wait(0.5);
        let status = desk.status(2);
        if status.detail.contains("restore stopped: frequency") {
            stopped.push(draw(&free_again(&desk, &blocks)));
        }
    }
    assert!(stopped.len() > 40, "stopped for a while: {stopped:?}");
    let (low, high) = stopped
        .iter()
        .fold((f64::MAX, 0.0_f64), |(l, h), x| (l.min(*x), h.max(*x)));
    assert!(
        high - low < 1.5,
        "nothing rises meanwhile: {low} to {high} MW"
    );
    desk.until_over(2, 600.0);
    assert_eq!(desk.status(2).phase, Phase::Delivered);
    let details = desk.orders.iter().map(|s| s.detail.to_string());
    assert!(
        details
            .into_iter()
            .any(|detail| detail.starts_with("goes on"))
    );
}

#[test]
fn a_restore_that_is_stopped_for_too_long_is_given_up_and_says_so() {
    let mut desk = Desk::ruled(
        "[restore]\ngive_up_ms = 30000\n",
        "[[event]]\nat = 70\ndo = \"instruction\"\nmw = 100\nfor = 900\nreason = \"line out\"\n",
    );
    let blocks = free(&desk, 8);
    desk.curtail(1, &blocks);
    desk.until_over(1, 40.0);
    desk.wait(30.0);
    while !desk.alarmed("restore") && desk.grid().instructions.is_empty() {
        desk.wait(1.0);
        if desk
            .orders
            .iter()
            .all(|s| s.id != baseload::domain::ids::OrderId(2))
        {
            let left = (desk.now.millis() - START.millis()) / 1_000;
            if left >= 66 {
                desk.restore(2, &blocks);
            }
        }
    }
    desk.wait(5.0);
    let status = desk.status(2);
    assert!(status.detail.contains("instruction"), "{status:?}");
    assert!(desk.alarmed("stopped: instruction"), "{:?}", desk.alarms());
    desk.wait(40.0);
    let status = desk.status(2);
    assert_eq!(status.phase, Phase::Failed, "{status:?}");
    assert!(status.detail.contains("given up"), "{status:?}");
    assert!(desk.alarmed("given up"), "{:?}", desk.alarms());
    let now = free_again(&desk, &blocks);
    assert!(draw(&now) < 1.0, "what was half way up is back");
}

#[test]
fn nothing_is_given_back_while_nobody_reads_the_frequency() {
    let mut desk = Desk::scripted("[[event]]\nat = 60\ndo = \"frequency_lost\"\nfor = 60\n");
    let blocks = free(&desk, 2);
    desk.curtail(1, &blocks);
    desk.until_over(1, 40.0);
    desk.wait(60.0);
    assert_eq!(desk.grid().frequency, None);
    desk.restore(2, &blocks);
    desk.wait(15.0);
    let status = desk.status(2);
    assert!(
        status.detail.contains("frequency is not known"),
        "{status:?}"
    );
    assert!(
        free_again(&desk, &blocks)
            .iter()
            .all(|b| b.target == b.floor)
    );
    desk.until_over(2, 600.0);
    assert_eq!(desk.status(2).phase, Phase::Delivered);
}
