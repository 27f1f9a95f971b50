//! How this machine stands on the wire.

use crate::domain::fleet::{
    Authority, Block, BlockLimits, BlockState, Hall, Machine, MachineCounts, MachineState,
    PowerSource, Site,
};
use crate::domain::ids::{BlockId, HallId, MachineId, SiteId};
use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::units::{Hashrate, Power};

use super::{BLOCK, HALL, SITE};

/// The site, without a meter.
pub(super) fn site(site_seq: u64, read_at: Timestamp) -> Site {
    Site {
        id: SiteId::new(SITE),
        name: "local (this machine)".into(),
        region: "".into(),
        grid_node: "".into(),
        node_limit: None,
        tariff: None,
        contract: None,
        meter: None,
        authority: Authority::default(),
        site_seq,
        quality: Quality::Good,
        measured_at: read_at,
    }
}

/// Its hall.
pub(super) fn hall() -> Hall {
    Hall {
        site: SiteId::new(SITE),
        id: HallId::new(HALL),
        name: "this machine".into(),
    }
}

/// Its block: one machine of unknown power.
pub(super) fn block(
    state: BlockState,
    state_since: Timestamp,
    hashrate: Hashrate,
    read_at: Timestamp,
) -> Block {
    let is = |states: &[BlockState]| u32::from(states.contains(&state));
    Block {
        site: SiteId::new(SITE),
        id: BlockId::new(BLOCK),
        hall: HallId::new(HALL),
        name: "engine".into(),
        hashrate,
        power: None,
        power_source: PowerSource::Nameplate,
        target: Power::ZERO,
        floor: Power::ZERO,
        steps: Vec::new(),
        nameplate: Power::ZERO,
        state,
        state_since,
        machines: MachineCounts {
            total: 1,
            hashing: is(&[BlockState::Hashing, BlockState::Ramping]),
            curtailed: is(&[BlockState::Curtailed, BlockState::Restoring]),
            faulted: is(&[BlockState::Faulted]),
            offline: 0,
        },
        inlet: None,
        accepted: 0,
        rejected: 0,
        stale: 0,
        quality: Quality::Good,
        tags: Vec::new(),
        limits: BlockLimits::default(),
        held: None,
        measured_at: read_at,
    }
}

/// Its machine.
pub(super) fn machine(state: BlockState, threads: usize, hashrate: Hashrate) -> Machine {
    let state = match state {
        BlockState::Curtailed => MachineState::Curtailed,
        BlockState::Restoring => MachineState::Waking,
        BlockState::Faulted => MachineState::Faulted,
        _ => MachineState::Hashing,
    };
    Machine {
        id: MachineId::new("cpu"),
        block: BlockId::new(BLOCK),
        model: format!("CPU, {threads} threads").into(),
        state,
        hashrate,
        power: Power::ZERO,
        board: None,
        fault: match state {
            MachineState::Faulted => "does not hash".into(),
            _ => "".into(),
        },
        place: None,
        nameplate: None,
        detail: None,
        bad: false,
    }
}
