//! Bytes of a frame, each screen, size and number of colours.

use baseload::app::Size;
use baseload::ui::theme::Tier;

use crate::{churn, nation};

const FRAMES: usize = 100;

pub(crate) fn run() {
    println!("bars: every value changed 3500 at 120x36, 2000 at 80x24; unchanged 30");
    for (columns, rows) in [(120, 36), (80, 24)] {
        for tier in [Tier::True, Tier::Indexed, Tier::Ansi16, Tier::Mono] {
            for (name, state) in nation::all(Size { columns, rows }) {
                let frames = churn::frames(&state, &churn::look(tier), FRAMES, 5);
                println!(
                    "{columns}x{rows} {tier:?} {name}: mean {}, worst {}, unchanged {}, first {}",
                    frames.mean, frames.worst, frames.unchanged, frames.first
                );
            }
        }
    }
}
