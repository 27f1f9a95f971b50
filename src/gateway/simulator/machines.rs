//! Rows of single machines, made on demand: nothing of a machine is kept but its place in its block.

use crate::domain::filter::MachineFilter;
use crate::domain::fleet::{BlockState, Machine, MachinePage, MachineState};
use crate::domain::ids::MachineId;
use crate::domain::machine::MachineDetail;
use crate::domain::time::Timestamp;
use crate::domain::units::{Celsius, Hashrate, Power};

use super::boards::{self, Failure};
use super::chance::Chance;
use super::clock::Clock;
use super::load::{Load, SLEEP_W};
use super::nation::Station;
use crate::gateway::search::{self, PAGE};

/// One page of a hall, or none where the hall has no such page. The first page of an empty hall is empty.
pub(super) fn page(
    station: &Station,
    blocks: &[Load],
    hall: usize,
    (page, filter): (u32, &MachineFilter),
    seed: u64,
    now: Timestamp,
) -> Option<MachinePage> {
    let of_hall: Vec<&Load> = blocks.iter().filter(|load| load.hall == hall).collect();
    let total: usize = of_hall.iter().map(|load| load.total as usize).sum();
    let pages = total.div_ceil(PAGE).max(1);
    let place = (&station.id, &station.halls[hall].0);
    if !filter.is_empty() {
        let all = (0..pages).flat_map(|page| rows(&of_hall, page, seed));
        return Some(search::page(place, all, filter, page, now));
    }
    ((page as usize) < pages).then(|| MachinePage {
        site: place.0.clone(),
        hall: place.1.clone(),
        page,
        pages: pages as u32,
        total: total as u32,
        rows: rows(&of_hall, page as usize, seed),
        measured_at: now,
        search: None,
    })
}

/// The machines of one page of a hall: they look the same whatever is asked of the hall.
fn rows(of_hall: &[&Load], page: usize, seed: u64) -> Vec<Machine> {
    let first = page * PAGE;
    let mut rows = Vec::with_capacity(PAGE);
    let mut before = 0;
    for load in of_hall {
        let all = load.total as usize;
        let from = first.saturating_sub(before).min(all);
        let to = (first + PAGE).saturating_sub(before).min(all);
        let mut chance = Chance::new(seed ^ (from as u64) << 32, key(load));
        rows.extend((from..to).map(|number| machine(load, number, &mut chance)));
        before += all;
    }
    rows
}

fn key(load: &Load) -> u64 {
    let digits = load.id.as_str().bytes();
    digits.fold(load.station as u64 + 1, |sum, byte| {
        sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
    })
}

/// What else is known of the machine of a row.
pub(super) fn detail(
    blocks: &[Load],
    row: &Machine,
    seed: u64,
    (clock, world_ms): (Clock, i64),
) -> Option<MachineDetail> {
    let load = blocks.iter().find(|load| load.id == row.block)?;
    let digits = row.id.as_str().rsplit('-').next()?;
    let number: u64 = digits.parse().ok()?;
    let failure = (row.state == MachineState::Faulted)
        .then(|| Failure::named(&row.fault, load.class))
        .flatten();
    let mut chance = Chance::new(seed ^ number, key(load) ^ 0xb0a2d);
    Some(boards::detail(
        load,
        row,
        failure,
        &mut chance,
        clock,
        world_ms,
    ))
}

fn machine(load: &Load, number: usize, chance: &mut Chance) -> Machine {
    let counts = load.counts();
    let place = scattered(number, load.total) as u32;
    let (failed, silent) = (counts.faulted, counts.faulted + counts.offline);
    let draw = (chance.unit(), chance.unit(), chance.unit());
    let state = if place < failed {
        MachineState::Faulted
    } else if place < silent {
        MachineState::Offline
    } else if place < silent + counts.hashing {
        MachineState::Hashing
    } else if load.state == BlockState::Restoring {
        MachineState::Waking
    } else {
        MachineState::Curtailed
    };
    let hashing = state == MachineState::Hashing;
    let spread = 0.97 + 0.06 * draw.0;
    let watts = match state {
        MachineState::Hashing => load.class.watts * load.tune * spread * load.claim,
        MachineState::Offline => 0.0,
        _ => SLEEP_W,
    };
    let terahash = load.class.terahash * load.tune * spread;
    let inlet = load.reading.inlet.degrees();
    let failure = (state == MachineState::Faulted).then(|| Failure::drawn(draw.2, load.class));
    Machine {
        id: MachineId::new(&format!("{}-{:05}", load.id.as_str(), number + 1)),
        block: load.id.clone(),
        model: load.class.model.into(),
        state,
        hashrate: Hashrate::from_hs(if hashing { terahash * 1e12 } else { 0.0 }),
        power: Power::from_watts(watts.round() as i64),
        board: (state != MachineState::Offline).then(|| {
            let warmer = if hashing { 38.0 + 12.0 * draw.1 } else { 3.0 };
            let degrees = failure.and_then(Failure::heat).unwrap_or(inlet + warmer);
            Celsius::from_degrees((degrees * 10.0).round() / 10.0)
        }),
        fault: failure.map_or_else(|| "".into(), |failure| failure.words().into()),
        place: Some(boards::place(load, number)),
        nameplate: Some(Hashrate::from_hs(load.class.terahash * 1e12)),
        detail: None,
        bad: false,
    }
}

/// A fixed shuffle of 0..total, so that failed and sleeping machines stand all over the hall.
fn scattered(number: usize, total: u32) -> usize {
    // A prime larger than any block, so it shares no factor with the count and the map is one to one.
    const STRIDE: usize = 1_000_003;
    let total = (total as usize).max(1);
    number % total * (STRIDE % total.max(2)).max(1) % total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shuffle_loses_no_machine() {
        for total in [1_u32, 2, 3, 40, 1_667, 3_429] {
            let mut seen: Vec<usize> = (0..total as usize).map(|n| scattered(n, total)).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..total as usize).collect::<Vec<_>>(), "{total}");
        }
    }
}
