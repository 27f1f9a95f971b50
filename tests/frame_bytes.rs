//! What a frame costs on the wire to the terminal: every screen with every value changing, and with none.

#![allow(missing_docs, reason = "a test has no public face")]

#[path = "bench/churn.rs"]
mod churn;
mod nation;

use baseload::app::Size;
use baseload::ui::theme::Tier;

const TIERS: [Tier; 4] = [Tier::True, Tier::Indexed, Tier::Ansi16, Tier::Mono];

/// Both sizes that people use, and what a frame may take there.
const BARS: [(Size, usize); 2] = [
    (
        Size {
            columns: 120,
            rows: 36,
        },
        3_500,
    ),
    (
        Size {
            columns: 80,
            rows: 24,
        },
        2_000,
    ),
];

#[test]
fn a_frame_with_every_value_changed_is_small_and_one_without_a_change_is_nothing() {
    for (size, bar) in BARS {
        for (name, state) in nation::all(size) {
            for tier in TIERS {
                let frames = churn::frames(&state, &churn::look(tier), 12, 5);
                let place = format!("{name} at {}x{}, {tier:?}", size.columns, size.rows);
                assert!(frames.worst <= bar, "{place}: {frames:?}");
                assert!(frames.unchanged <= 30, "{place}: {frames:?}");
            }
        }
    }
}
