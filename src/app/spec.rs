//! What a line of the table of actions says.

use super::actions::Action;
use super::key::Key;
use super::nav::Screen;

/// What an action can do to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Danger {
    /// Nothing outside the screen.
    None,
    /// Something on this machine.
    Machine,
    /// It changes who may order a site, after a confirmation.
    Authority,
    /// It opens a dialog that ends in an order, after arming and a typed word.
    Orders,
}

/// Where an action works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// On every screen.
    Everywhere,
    /// On these.
    On(&'static [Screen]),
    /// On none.
    Nowhere,
}

impl Where {
    /// Is the screen among them?
    pub fn holds(self, screen: Screen) -> bool {
        match self {
            Self::Everywhere => true,
            Self::On(screens) => screens.contains(&screen),
            Self::Nowhere => false,
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// The action.
    pub action: Action,
    /// Its name, for configuration and the palette.
    pub name: &'static str,
    /// Its keys; the first is the one that the footer shows.
    pub keys: &'static [Key],
    /// The keys as people read them.
    pub shown: &'static str,
    /// What it does, in a few words.
    pub help: &'static str,
    /// Two or so words for the footer.
    pub label: &'static str,
    /// What it can do to the world.
    pub danger: Danger,
    /// Where it works in a console with feeds.
    pub screens: Where,
    /// Where it works in standalone mining.
    pub solo: Where,
}

/// Does it work there?
pub fn works_on(spec: &Spec, screen: Screen, solo: bool) -> bool {
    if solo { spec.solo } else { spec.screens }.holds(screen)
}
