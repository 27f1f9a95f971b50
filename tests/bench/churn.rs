//! A nation whose every telemetry value moves from frame to frame, and the bytes that its frames take.

use baseload::app::{Msg, Size, State, update};
use baseload::domain::fleet::MachineCounts;
use baseload::domain::hashing::EngineStatus;
use baseload::domain::units::{Celsius, Hashrate, Hertz, Power};
use baseload::runtime::paint::Painter;
use baseload::ui::look::{Glyphs, Look};
use baseload::ui::theme::{DEFAULT, Tier, built_in};
use jiff::tz::{TimeZone, offset};
use ratatui::Terminal;
use rust_decimal::Decimal;

/// A small generator with the same numbers everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0 to below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }

    /// 0.85 to 1.15: far more than telemetry moves in a second, so that nearly every digit changes.
    fn factor(&mut self) -> f64 {
        0.85 + self.below(300_001) as f64 / 1_000_000.0
    }

    fn power(&mut self, power: Power) -> Power {
        Power::from_watts((power.watts() as f64 * self.factor()) as i64)
    }

    fn rate(&mut self, rate: Hashrate) -> Hashrate {
        Hashrate::from_hs(rate.hs() * self.factor())
    }

    fn count(&mut self, count: u32) -> u32 {
        (f64::from(count) * self.factor()) as u32
    }

    fn counts(&mut self, counts: MachineCounts) -> MachineCounts {
        MachineCounts {
            total: self.count(counts.total),
            hashing: self.count(counts.hashing),
            curtailed: self.count(counts.curtailed),
            faulted: self.count(counts.faulted),
            offline: self.count(counts.offline),
        }
    }
}

/// Moves the world on by `seconds`: what `told` stated, thrown about by up to 15 %.
pub(crate) fn moved(told: &State, state: &mut State, dice: &mut Dice, seconds: i64) {
    let now = state.now.shifted(seconds * 1_000);
    let names: Vec<_> = state.fleet.sites.keys().cloned().collect();
    for name in names {
        let (Some(was), Some(view)) = (
            told.fleet.sites.get(&name),
            state.fleet.sites.get_mut(&name),
        ) else {
            continue;
        };
        view.site.measured_at = now;
        for (id, block) in &mut view.blocks {
            let Some(was) = was.blocks.get(id).map(|b| &b.block) else {
                continue;
            };
            let block = &mut block.block;
            block.measured_at = now;
            block.hashrate = dice.rate(was.hashrate);
            block.power = was.power.map(|p| dice.power(p));
            block.target = dice.power(was.target);
            block.machines = dice.counts(was.machines);
            block.inlet = was
                .inlet
                .map(|c| Celsius::from_degrees(c.degrees() * dice.factor()));
        }
    }
    if let (Some((_, was)), Some((_, reading))) = (&told.grid.reading, &mut state.grid.reading) {
        let mut any = |was: Option<Power>| was.map(|p| dice.power(p));
        reading.demand = any(was.demand);
        reading.mining = any(was.mining);
        reading.export = any(was.export);
        reading.surplus = any(was.surplus);
        reading.tie_line_deviation = any(was.tie_line_deviation);
        reading.frequency = Some(Hertz::from_millihertz(
            49_960 + dice.below(80).cast_signed(),
        ));
        for (unit, was) in reading.generation.iter_mut().zip(&was.generation) {
            unit.power = dice.power(was.power);
        }
        if let (Some(price), Some(was)) = (&mut reading.price, &was.price) {
            price.amount = was.amount + Decimal::new(dice.below(999).cast_signed(), 2);
        }
        reading.measured_at = now;
    }
    for (key, account) in &mut state.reserve {
        let scale = if account.currency.is_btc() { 8 } else { 2 };
        let mut add =
            |amount: Decimal| amount + Decimal::new(dice.below(99_999_999).cast_signed(), scale);
        if let Some(was) = told.reserve.get(key) {
            account.mature = add(was.mature);
            account.immature = add(was.immature);
            account.pending = add(was.pending);
        }
    }
    if let Some(was) = &told.engine {
        let status = hashing(was, dice);
        update(state, Msg::Engine(Box::new(status)));
    }
    if let (Some(was), Some(page)) = (&told.machines, &mut state.machines) {
        for (row, was) in page.rows.iter_mut().zip(&was.rows) {
            row.hashrate = dice.rate(was.hashrate);
            row.power = dice.power(was.power);
            row.board = was
                .board
                .map(|c| Celsius::from_degrees(c.degrees() * dice.factor()));
        }
        page.measured_at = now;
    }
    for (record, was) in state.orders.iter_mut().zip(&told.orders) {
        for (target, was) in record.targets.iter_mut().zip(&was.targets) {
            target.delivered = was.delivered.map(|p| dice.power(p));
        }
    }
    update(state, Msg::Tick(now));
}

fn hashing(was: &EngineStatus, dice: &mut Dice) -> EngineStatus {
    let mut status = was.clone();
    status.rates.second = dice.rate(was.rates.second);
    status.rates.minute = dice.rate(was.rates.minute);
    status.rates.quarter_hour = dice.rate(was.rates.quarter_hour);
    status.hashes = was.hashes + dice.below(9_999_999_999);
    status.best_difficulty = was.best_difficulty.map(|d| d * dice.factor());
    for thread in &mut status.threads {
        thread.rate = dice.rate(thread.rate);
        thread.hashes += dice.below(99_999_999);
    }
    status
}

/// What the frames of a screen took, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frames {
    /// The first one, on a blank screen.
    pub(crate) first: usize,
    /// The mean of those in which every value had moved.
    pub(crate) mean: usize,
    /// The longest of them.
    pub(crate) worst: usize,
    /// One in which nothing had.
    pub(crate) unchanged: usize,
}

pub(crate) fn look(tier: Tier) -> Look {
    let theme = built_in(DEFAULT).expect("the default theme loads");
    let mut look = Look::new(theme, tier, Glyphs::Unicode).in_zone(TimeZone::fixed(offset(3)));
    "Minsk".clone_into(&mut look.zone_name);
    look
}

/// What lies over the screen.
pub(crate) fn prompts(state: &State) -> [bool; 6] {
    [
        state.dialog.is_some(),
        state.deeds.prompt.is_some(),
        state.emergency.prompt.is_some(),
        state.second.view.is_some(),
        state.alarming.prompt.is_some(),
        state.remark.is_some(),
    ]
}

/// Draws `frames` frames with `seconds` between them, every value moved in each.
pub(crate) fn frames(told: &State, look: &Look, frames: usize, seconds: i64) -> Frames {
    let Size { columns, rows } = told.size;
    let mut terminal = Terminal::new(Painter::new(columns, rows)).expect("a painter can't fail");
    let mut state = told.clone();
    let mut dice = Dice::new(42);
    let mut drawn = |state: &State| {
        terminal
            .draw(|frame| baseload::ui::view(state, look, frame))
            .expect("a painter can't fail");
        terminal.backend_mut().take().map_or(0, |bytes| bytes.len())
    };
    let first = drawn(&state);
    let mut sizes = Vec::new();
    for _ in 0..frames {
        let open = prompts(&state);
        moved(told, &mut state, &mut dice, seconds);
        let size = drawn(&state);
        // A prompt whose time is over gives way to the screen behind it: that is another screen, not another value.
        if prompts(&state) == open {
            sizes.push(size);
        }
    }
    Frames {
        first,
        mean: sizes.iter().sum::<usize>() / sizes.len().max(1),
        worst: sizes.iter().copied().max().unwrap_or(0),
        unchanged: drawn(&state),
    }
}
