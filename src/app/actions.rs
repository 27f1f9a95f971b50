//! The table of actions, each once: its name, keys, help and danger. Keymap, help screen, footer and the README's
//! table are all made from it. Which key stands for which here and now: `keymap`.

use super::key::{Code, Key};
use super::nav::Screen;
pub use super::spec::{Danger, Spec, Where, works_on};

/// What a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// To the first row (`g` twice).
    Top,
    /// To the last row.
    Bottom,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Into the row.
    Drill,
    /// One level up.
    Back,
    /// The same, by the keys that move in time on the Grid screen.
    Out,
    /// One level up; on the first screen, quit.
    Leave,
    /// Quit from anywhere.
    Quit,
    /// To a screen.
    Show(Screen),
    /// To the next pane of a solo miner's Engine screen.
    NextPane,
    /// To the previous pane of it.
    PreviousPane,
    /// To the next screen.
    NextScreen,
    /// To the previous screen.
    PreviousScreen,
    /// Type a filter.
    Filter,
    /// Sort by the next column.
    Sort,
    /// Turn the order round.
    Reverse,
    /// Mark the row.
    Mark,
    /// Mark all rows that the filter shows; again: none.
    MarkAll,
    /// Stop sorting and trends; again: go on.
    Freeze,
    /// Copy the row (OSC 52).
    Copy,
    /// Help for this screen.
    Help,
    /// Look for an action or a site by its name.
    Palette,
    /// The next theme.
    NextTheme,
    /// Take load off what is marked.
    Curtail,
    /// Take load off the whole fleet.
    CurtailNation,
    /// Give load back to what is marked.
    Restore,
    /// Give load back to the whole fleet.
    RestoreNation,
    /// Call back what of an order has not begun.
    CancelOrder,
    /// Ask for the authority over the site.
    RequestAuthority,
    /// Give it back.
    ReleaseAuthority,
    /// Take it from its holder.
    TakeAuthority,
    /// Look at what waits for a second person.
    SecondPerson,
    /// Drop all that may be dropped, in steps.
    EmergencyShed,
    /// Hang a lockout on the blocks chosen.
    HangTag,
    /// Take it off.
    ClearTag,
    /// Write a note into the journal.
    WriteNote,
    /// Choose which of two feeds that disagree is believed.
    ChooseSource,
    /// Hand the shift over.
    HandOver,
    /// Pause or resume this machine's own engine.
    PauseEngine,
    /// One thread more.
    MoreThreads,
    /// One thread fewer.
    FewerThreads,
    /// Hash with the next kernel.
    NextKernel,
    /// Say that an alarm was seen.
    Acknowledge,
    /// Set an alarm aside for a while.
    Shelve,
    /// Take an alarm out of service, or put it back.
    OutOfService,
    /// The next part of the alarm list.
    AlarmView,
    /// The next pane of the Reserve screen.
    ReserveView,
    /// Less time on the Grid screen's axis.
    ZoomIn,
    /// More time on it.
    ZoomOut,
    /// A quarter of it back.
    PanBack,
    /// A quarter of it forward.
    PanForward,
    /// Back to the present.
    Live,
    /// The next part of the Curtail screen.
    CurtailView,
    /// Machines as a map of their racks, or as a table.
    RackMap,
    /// What the map shows.
    MapMeasure,
    /// The map from nearer.
    MapCloser,
    /// The map from farther away.
    MapFarther,
    /// Draw everything anew.
    Redraw,
    /// To the shell; `fg` comes back.
    Suspend,
}

const TABLES: Where = Where::On(&[
    Screen::Nation,
    Screen::Site,
    Screen::Reserve,
    Screen::Alarms,
    Screen::Curtail,
    Screen::Journal,
]);
const FILTERED: Where = Where::On(&[
    Screen::Nation,
    Screen::Site,
    Screen::Alarms,
    Screen::Journal,
]);
const DRILLED: Where = Where::On(&[Screen::Nation, Screen::Site, Screen::Alarms]);
const FLEET: Where = Where::On(&[Screen::Nation, Screen::Site]);
const ORDERS: Where = Where::On(&[Screen::Nation, Screen::Site, Screen::Curtail, Screen::Grid]);
const SITE: Where = Where::On(&[Screen::Site]);
const ENGINE: Where = Where::On(&[Screen::Engine]);
const GRID: Where = Where::On(&[Screen::Grid]);
const NO_AXIS: Where = Where::On(&[
    Screen::Nation,
    Screen::Site,
    Screen::Curtail,
    Screen::Reserve,
    Screen::Engine,
    Screen::Alarms,
    Screen::Journal,
]);
const ALARMS: Where = Where::On(&[Screen::Alarms]);
const RESERVE: Where = Where::On(&[Screen::Reserve]);
const CURTAIL: Where = Where::On(&[Screen::Curtail]);
/// Where a site is chosen.
const SITES: Where = Where::On(&[Screen::Nation, Screen::Site, Screen::Curtail]);
const ALL: Where = Where::Everywhere;
const NONE: Where = Where::Nowhere;

macro_rules! spec {
    ($action:expr, $name:literal, [$($key:expr),*], $shown:literal, $label:literal, $help:literal, $danger:ident, $screens:expr, $solo:expr) => {
        Spec {
            action: $action,
            name: $name,
            keys: &[$($key),*],
            shown: $shown,
            help: $help,
            label: $label,
            danger: Danger::$danger,
            screens: $screens,
            solo: $solo,
        }
    };
}

/// All of them, in the order of the help screen.
pub const ACTIONS: &[Spec] = &[
    spec!(
        Action::Curtail,
        "curtail",
        [Key::char('c')],
        "c",
        "curtail",
        "take load off what is marked, or the row",
        Orders,
        ORDERS,
        NONE
    ),
    spec!(
        Action::Restore,
        "restore",
        [Key::char('r')],
        "r",
        "restore",
        "give load back to what is marked, or the row",
        Orders,
        ORDERS,
        NONE
    ),
    spec!(
        Action::CurtailNation,
        "curtail-nation",
        [Key::char('C')],
        "C",
        "curtail nation",
        "take load off the whole fleet",
        Orders,
        ORDERS,
        NONE
    ),
    spec!(
        Action::RestoreNation,
        "restore-nation",
        [Key::char('R')],
        "R",
        "restore nation",
        "give load back to the whole fleet",
        Orders,
        ORDERS,
        NONE
    ),
    spec!(
        Action::EmergencyShed,
        "emergency-shed",
        [Key::char('!')],
        "!",
        "EMERGENCY",
        "emergency: drop marked sites, this site or the nation",
        Orders,
        ALL,
        NONE
    ),
    spec!(
        Action::CancelOrder,
        "cancel-order",
        [Key::char('x')],
        "x",
        "cancel order",
        "call back what of an order has not begun",
        Orders,
        ORDERS,
        NONE
    ),
    spec!(
        Action::RequestAuthority,
        "request-authority",
        [Key::char('t')],
        "t",
        "request",
        "ask for the authority over the site",
        Authority,
        SITES,
        NONE
    ),
    spec!(
        Action::ReleaseAuthority,
        "release-authority",
        [Key::char('u')],
        "u",
        "release",
        "give the authority over the site back",
        Authority,
        SITES,
        NONE
    ),
    spec!(
        Action::TakeAuthority,
        "take-authority",
        [Key::char('T')],
        "T",
        "take",
        "take the authority over the site from its holder",
        Authority,
        SITES,
        NONE
    ),
    spec!(
        Action::SecondPerson,
        "second-person",
        [Key::char('o')],
        "o",
        "second person",
        "agree to another's order, or refuse; call one's own back",
        Orders,
        ALL,
        NONE
    ),
    spec!(
        Action::HangTag,
        "hang-tag",
        [Key::char('m')],
        "m",
        "lock out",
        "hang a maintenance lockout on the block, or what is marked",
        Authority,
        SITE,
        NONE
    ),
    spec!(
        Action::ClearTag,
        "clear-tag",
        [Key::char('M')],
        "M",
        "clear tag",
        "take the maintenance lockout off",
        Authority,
        SITE,
        NONE
    ),
    spec!(
        Action::WriteNote,
        "note",
        [Key::char('n')],
        "n",
        "note",
        "write a note into the journal",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::ChooseSource,
        "choose-source",
        [Key::char('d')],
        "d",
        "who rules",
        "choose which of two feeds that disagree is believed",
        None,
        ALL,
        NONE
    ),
    spec!(
        Action::HandOver,
        "handover",
        [Key::char('H')],
        "H",
        "handover",
        "the shift's handover: read it, sign it",
        None,
        ALL,
        NONE
    ),
    spec!(
        Action::Up,
        "up",
        [Key::plain(Code::Up), Key::char('k')],
        "Up k",
        "up",
        "cursor up",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Down,
        "down",
        [Key::plain(Code::Down), Key::char('j')],
        "Down j",
        "down",
        "cursor down",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Top,
        "top",
        [Key::plain(Code::Home)],
        "gg Home",
        "top",
        "to the first row",
        None,
        TABLES,
        ALL
    ),
    spec!(
        Action::Bottom,
        "bottom",
        [Key::plain(Code::End), Key::char('G')],
        "G End",
        "bottom",
        "to the last row",
        None,
        TABLES,
        ALL
    ),
    spec!(
        Action::PageUp,
        "page-up",
        [Key::plain(Code::PageUp), Key::ctrl('b')],
        "PgUp",
        "page up",
        "a page up",
        None,
        TABLES,
        ALL
    ),
    spec!(
        Action::PageDown,
        "page-down",
        [Key::plain(Code::PageDown), Key::ctrl('f')],
        "PgDn",
        "page down",
        "a page down",
        None,
        TABLES,
        ALL
    ),
    spec!(
        Action::Drill,
        "drill",
        [
            Key::plain(Code::Enter),
            Key::plain(Code::Right),
            Key::char('l')
        ],
        "Enter",
        "open",
        "into the row: site, hall, block, machines, flood",
        None,
        DRILLED,
        NONE
    ),
    spec!(
        Action::Back,
        "back",
        [Key::plain(Code::Esc), Key::plain(Code::Backspace)],
        "Esc",
        "back",
        "one level up",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Out,
        "out",
        [Key::plain(Code::Left), Key::char('h')],
        "Left h",
        "out",
        "one level up",
        None,
        NO_AXIS,
        ALL
    ),
    spec!(
        Action::Leave,
        "leave",
        [Key::char('q')],
        "q",
        "back, quit",
        "one level up; on the first screen quit",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Mark,
        "mark",
        [Key::char(' ')],
        "space",
        "mark",
        "mark the row",
        None,
        FLEET,
        NONE
    ),
    spec!(
        Action::MarkAll,
        "mark-all",
        [Key::char('*')],
        "*",
        "mark all",
        "mark all rows shown; again: none",
        None,
        FLEET,
        NONE
    ),
    spec!(
        Action::Filter,
        "filter",
        [Key::char('/')],
        "/",
        "filter",
        "show only some rows: a text, state:faulted, mw>5",
        None,
        FILTERED,
        NONE
    ),
    spec!(
        Action::Sort,
        "sort",
        [Key::char('s')],
        "s",
        "sort",
        "sort by the next column",
        None,
        FLEET,
        NONE
    ),
    spec!(
        Action::Reverse,
        "reverse",
        [Key::char('S')],
        "S",
        "reverse",
        "turn the order round",
        None,
        FLEET,
        NONE
    ),
    spec!(
        Action::Freeze,
        "freeze",
        [Key::char('f')],
        "f",
        "freeze",
        "stop sorting and trends; no orders while frozen",
        None,
        FLEET,
        NONE
    ),
    spec!(
        Action::Copy,
        "copy",
        [Key::char('y')],
        "y",
        "copy",
        "copy the row's name, or a block's hash",
        None,
        TABLES,
        ENGINE
    ),
    spec!(
        Action::RackMap,
        "rack-map",
        [Key::char('i')],
        "i",
        "racks",
        "machines as a heat map of their racks, or as a table",
        None,
        SITE,
        NONE
    ),
    spec!(
        Action::MapMeasure,
        "map-measure",
        [Key::char('v')],
        "v",
        "shows",
        "the map shows temperature, hashrate, power or state",
        None,
        SITE,
        NONE
    ),
    spec!(
        Action::MapCloser,
        "map-closer",
        [Key::char('+')],
        "+",
        "closer",
        "the map from nearer: figures",
        None,
        SITE,
        NONE
    ),
    spec!(
        Action::MapFarther,
        "map-farther",
        [Key::char('-')],
        "-",
        "farther",
        "the map from farther: the worst of each rack",
        None,
        SITE,
        NONE
    ),
    spec!(
        Action::Show(Screen::Nation),
        "nation",
        [Key::char('1')],
        "1",
        "Nation",
        "the nation",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Show(Screen::Site),
        "site",
        [Key::char('2')],
        "2",
        "Site",
        "one site: halls, blocks, machines",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Show(Screen::Grid),
        "grid",
        [Key::char('3')],
        "3",
        "Grid",
        "frequency, generation, demand",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Show(Screen::Curtail),
        "orders",
        [Key::char('4')],
        "4",
        "Curtail",
        "orders under way and done",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Show(Screen::Reserve),
        "reserve",
        [Key::char('5')],
        "5",
        "Reserve",
        "accounts of the state reserve",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Show(Screen::Engine),
        "engine",
        [Key::char('6')],
        "6",
        "Engine",
        "this machine's own engine",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Show(Screen::Alarms),
        "alarms",
        [Key::char('7')],
        "7",
        "Alarms",
        "what is abnormal",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Show(Screen::Journal),
        "journal",
        [Key::char('8')],
        "8",
        "Journal",
        "what happened at this desk",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::NextScreen,
        "next-screen",
        [Key::plain(Code::Tab)],
        "Tab",
        "next",
        "to the next screen",
        None,
        ALL,
        NONE
    ),
    spec!(
        Action::PreviousScreen,
        "previous-screen",
        [Key::plain(Code::BackTab)],
        "S-Tab",
        "previous",
        "to the previous screen",
        None,
        ALL,
        NONE
    ),
    spec!(
        Action::Acknowledge,
        "acknowledge",
        [Key::char('a')],
        "a",
        "acknowledge",
        "say that the alarm was seen",
        Machine,
        ALARMS,
        NONE
    ),
    spec!(
        Action::Shelve,
        "shelve",
        [Key::char('z')],
        "z",
        "shelve",
        "set the alarm aside for a while, with a reason",
        Machine,
        ALARMS,
        NONE
    ),
    spec!(
        Action::AlarmView,
        "alarm-view",
        [Key::char('v')],
        "v",
        "view",
        "active, shelved, silenced or all alarms",
        None,
        ALARMS,
        NONE
    ),
    spec!(
        Action::ReserveView,
        "reserve-view",
        [Key::char('v')],
        "v",
        "view",
        "time line of maturity, inflow, or rates",
        None,
        RESERVE,
        NONE
    ),
    spec!(
        Action::CurtailView,
        "curtail-view",
        [Key::char('v')],
        "v",
        "view",
        "orders, restore queue or authority",
        None,
        CURTAIL,
        NONE
    ),
    spec!(
        Action::OutOfService,
        "out-of-service",
        [Key::char('x')],
        "x",
        "out of service",
        "take the alarm out of service, or put it back",
        Machine,
        ALARMS,
        NONE
    ),
    spec!(
        Action::ZoomIn,
        "zoom-in",
        [Key::char('+'), Key::char('=')],
        "+ =",
        "in",
        "less time on the axis",
        None,
        GRID,
        NONE
    ),
    spec!(
        Action::ZoomOut,
        "zoom-out",
        [Key::char('-')],
        "-",
        "out",
        "more time on the axis",
        None,
        GRID,
        NONE
    ),
    spec!(
        Action::PanBack,
        "pan-back",
        [Key::plain(Code::Left), Key::char('h')],
        "Left h",
        "earlier",
        "a quarter of the axis back",
        None,
        GRID,
        NONE
    ),
    spec!(
        Action::PanForward,
        "pan-forward",
        [Key::plain(Code::Right), Key::char('l')],
        "Right l",
        "later",
        "a quarter of the axis forward",
        None,
        GRID,
        NONE
    ),
    spec!(
        Action::Live,
        "live",
        [
            Key::char('0'),
            Key::plain(Code::End),
            Key::plain(Code::Home)
        ],
        "0 End",
        "live",
        "back to the present",
        None,
        GRID,
        NONE
    ),
    spec!(
        Action::PauseEngine,
        "pause-engine",
        [Key::char('p')],
        "p",
        "pause",
        "pause or resume this machine's engine",
        Machine,
        ENGINE,
        ENGINE
    ),
    spec!(
        Action::MoreThreads,
        "more-threads",
        [Key::char('+')],
        "+",
        "threads up",
        "one hashing thread more",
        Machine,
        ENGINE,
        ENGINE
    ),
    spec!(
        Action::FewerThreads,
        "fewer-threads",
        [Key::char('-')],
        "-",
        "threads down",
        "one hashing thread fewer",
        Machine,
        ENGINE,
        ENGINE
    ),
    spec!(
        Action::NextKernel,
        "next-kernel",
        [Key::char('e')],
        "e",
        "kernel",
        "hash with the next kernel",
        Machine,
        ENGINE,
        ENGINE
    ),
    spec!(
        Action::NextPane,
        "next-pane",
        [Key::plain(Code::Tab)],
        "Tab",
        "next pane",
        "log, blocks, payout, sources, threads",
        None,
        NONE,
        ALL
    ),
    spec!(
        Action::PreviousPane,
        "previous-pane",
        [Key::plain(Code::BackTab)],
        "S-Tab",
        "previous",
        "to the previous pane",
        None,
        NONE,
        ALL
    ),
    spec!(
        Action::Help,
        "help",
        [Key::char('?')],
        "?",
        "help",
        "this screen's keys",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Palette,
        "palette",
        [Key::char(':')],
        ":",
        "commands",
        "every command and site, by a few letters of its name",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::NextTheme,
        "theme",
        [Key::char('w')],
        "w",
        "theme",
        "wear the next theme",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Redraw,
        "redraw",
        [Key::ctrl('l')],
        "C-l",
        "redraw",
        "draw everything anew",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Suspend,
        "suspend",
        [Key::ctrl('z')],
        "C-z",
        "suspend",
        "to the shell; fg comes back",
        None,
        ALL,
        ALL
    ),
    spec!(
        Action::Quit,
        "quit",
        [Key::ctrl('c')],
        "C-c",
        "quit",
        "quit from anywhere",
        None,
        ALL,
        ALL
    ),
];
