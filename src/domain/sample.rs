//! Plain, healthy facts that tests start from and change.

use std::sync::Arc;
use std::time::Duration;

use super::fleet::{Authority, Block, BlockLimits, BlockState, MachineCounts, PowerSource, Site};
use super::ids::{BlockId, HallId, SiteId};
use super::quality::Quality;
use super::time::Timestamp;
use super::units::{Hashrate, Power};

/// The time at which the samples were measured.
pub const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A healthy site.
pub fn site(id: &str) -> Site {
    Site {
        id: SiteId::new(id),
        name: Arc::from(id),
        region: Arc::from("Hrodna"),
        grid_node: Arc::from("330 kV"),
        node_limit: None,
        tariff: None,
        contract: None,
        meter: None,
        authority: Authority::default(),
        site_seq: 7,
        quality: Quality::Good,
        measured_at: NOW,
    }
}

/// A healthy block of `mw` megawatts at `joules` J/TH that can be off in 10 s.
pub fn block(site: &str, id: &str, mw: i64, joules: f64) -> Block {
    let power = Power::from_megawatts(mw);
    Block {
        site: SiteId::new(site),
        id: BlockId::new(id),
        hall: HallId::new("h1"),
        name: Arc::from(format!("block {id}")),
        hashrate: Hashrate::from_hs(power.watts() as f64 / joules * 1e12),
        power: Some(power),
        power_source: PowerSource::Meter,
        target: power,
        floor: Power::ZERO,
        steps: Vec::new(),
        nameplate: power,
        state: BlockState::Hashing,
        state_since: NOW - Duration::from_hours(24),
        machines: MachineCounts {
            total: 1_000,
            hashing: 1_000,
            ..MachineCounts::default()
        },
        inlet: None,
        accepted: 0,
        rejected: 0,
        stale: 0,
        quality: Quality::Good,
        tags: Vec::new(),
        limits: BlockLimits {
            ramp_down_w_s: Power::from_watts(power.watts() / 10),
            ramp_up_w_s: Power::from_watts(power.watts() / 100),
            ..BlockLimits::default()
        },
        held: None,
        measured_at: NOW,
    }
}
