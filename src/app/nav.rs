//! Where a person is: the screen, how deep, the cursor, marks, filter and order of each table.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::racks::Racks;
use crate::domain::ids::{BlockKey, HallId, MachineId, SiteId};

/// The eight screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Screen {
    /// All sites.
    #[default]
    Nation,
    /// One site.
    Site,
    /// The grid.
    Grid,
    /// Orders.
    Curtail,
    /// Accounts.
    Reserve,
    /// This machine's engine.
    Engine,
    /// Alarms.
    Alarms,
    /// What happened here.
    Journal,
}

impl Screen {
    /// In the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Nation,
        Self::Site,
        Self::Grid,
        Self::Curtail,
        Self::Reserve,
        Self::Engine,
        Self::Alarms,
        Self::Journal,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nation => "Nation",
            Self::Site => "Site",
            Self::Grid => "Grid",
            Self::Curtail => "Curtail",
            Self::Reserve => "Reserve",
            Self::Engine => "Engine",
            Self::Alarms => "Alarms",
            Self::Journal => "Journal",
        }
    }

    /// Its number, 1 to 8.
    pub fn number(self) -> usize {
        1 + Self::ALL.iter().position(|s| *s == self).unwrap_or(0)
    }
}

/// How deep into a site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Depth {
    /// Its halls.
    #[default]
    Halls,
    /// The blocks of a hall.
    Blocks {
        /// Which hall.
        hall: HallId,
    },
    /// The machines of a hall, a page of 500 at a time.
    Machines {
        /// Which hall.
        hall: HallId,
        /// From 0.
        page: u32,
    },
    /// One machine of that page: its hashboards.
    Machine {
        /// Which hall.
        hall: HallId,
        /// From 0.
        page: u32,
        /// Which machine.
        machine: MachineId,
    },
}

/// Columns to sort by; each table uses those that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SortBy {
    /// As the feed lists them.
    #[default]
    Name,
    /// Hashrate, highest first.
    Hashrate,
    /// Power, highest first.
    Power,
    /// J/TH, worst first.
    Efficiency,
    /// State, worst first.
    State,
    /// Quality, worst first.
    Quality,
}

impl SortBy {
    /// In the order that `s` goes through.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Hashrate,
        Self::Power,
        Self::Efficiency,
        Self::State,
        Self::Quality,
    ];

    /// The column's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Hashrate => "hashrate",
            Self::Power => "MW",
            Self::Efficiency => "J/TH",
            Self::State => "state",
            Self::Quality => "quality",
        }
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|s| *s == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// Cursor, order and filter of one table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The id of the row under the cursor, so that a new order of rows does not move the choice.
    pub cursor: Option<Arc<str>>,
    /// Where the cursor was last, for when its row goes.
    pub index: usize,
    /// By which column.
    pub sort: SortBy,
    /// The other way round.
    pub reverse: bool,
    /// Only rows that hold this text; empty: all.
    pub filter: String,
    /// The order of rows when the table was frozen.
    pub frozen: Option<Vec<Arc<str>>>,
}

/// What the lower part of a solo miner's Engine screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Pane {
    /// What happened.
    #[default]
    Log,
    /// Blocks found here.
    Blocks,
    /// Whom the coinbase pays.
    Payout,
    /// Nodes or pools.
    Sources,
    /// Hashing threads.
    Threads,
}

impl Pane {
    /// In the order that Tab goes through.
    pub const ALL: [Self; 5] = [
        Self::Log,
        Self::Blocks,
        Self::Payout,
        Self::Sources,
        Self::Threads,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "Log",
            Self::Blocks => "Blocks",
            Self::Payout => "Payout",
            Self::Sources => "Sources",
            Self::Threads => "Threads",
        }
    }

    /// So many panes further, round and round.
    #[must_use]
    pub fn further(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|p| *p == self).unwrap_or(0);
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// Where a person is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nav {
    /// The screen shown.
    pub screen: Screen,
    /// The site that the Site screen shows.
    pub site: Option<SiteId>,
    /// How deep into it.
    pub depth: Depth,
    /// The nation's table.
    pub nation: Table,
    /// A site's halls.
    pub halls: Table,
    /// A hall's blocks.
    pub blocks: Table,
    /// A hall's machines.
    pub machines: Table,
    /// The same as a map of racks.
    pub racks: Racks,
    /// A machine's hashboards.
    pub boards: Table,
    /// Orders.
    pub orders: Table,
    /// Blocks that wait to be given back.
    pub queue: Table,
    /// Sites by who holds them.
    pub authority: Table,
    /// Alarms.
    pub alarms: Table,
    /// Accounts.
    pub accounts: Table,
    /// Rows of the journal.
    pub journal: Table,
    /// Marked sites.
    pub marked_sites: BTreeSet<SiteId>,
    /// Marked blocks.
    pub marked_blocks: BTreeSet<BlockKey>,
    /// The pane of a solo miner's Engine screen.
    pub pane: Pane,
    /// The row under the cursor of that pane, where it is not the log.
    pub pane_cursor: usize,
    /// The line of a solo miner's log under the cursor, 0 the youngest.
    pub log_cursor: usize,
    /// A `g` waits for its second.
    pub g_pending: bool,
}
