//! Themes: what each meaning looks like on true colour, 256 colours, 16 colours, 8 and none.
//!
//! Invariant: a theme that loads has a style for every role in every tier; 256 colours never touch the user's own
//! sixteen, 16 colours touch nothing else, and mono sets no colour at all, so it also holds where crossterm drops
//! colours by itself (`NO_COLOR`).

mod colour;
mod eight;
mod grammar;
mod role;

use ratatui::style::{Color, Modifier, Style};

pub use colour::{Rgb, of_index};
pub use grammar::ThemeError;
pub use role::Role;

use grammar::{Ink, RolePaint, Sheet, instead, read};

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// None: bold, reversed, underlined, dim.
    Mono,
    /// The first eight of the user's sixteen; bold stands for bright.
    Ansi8,
    /// The user's sixteen.
    Ansi16,
    /// Indices 16 to 255.
    Indexed,
    /// 24 bits.
    True,
}

/// The built-in themes: name and text.
const BUILT_IN: &[(&str, &str)] = &[
    ("grey", include_str!("../../../themes/grey.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    (
        "high-contrast",
        include_str!("../../../themes/high-contrast.toml"),
    ),
    ("night", include_str!("../../../themes/night.toml")),
    (
        "cornflower",
        include_str!("../../../themes/cornflower.toml"),
    ),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// The theme taken where none is named.
pub const DEFAULT: &str = "grey";

/// A theme, ready to draw with.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    true_colour: Vec<Style>,
    indexed: Vec<Style>,
    ansi16: Vec<Style>,
    ansi8: Vec<Style>,
    mono: Vec<Style>,
}

/// The names of the built-in themes.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// A built-in theme.
pub fn built_in(name: &str) -> Result<Theme, ThemeError> {
    let sheet = built_in_sheet(name, name, 1, 0)?;
    compile(&sheet)
}

/// A theme from the text of a file; `file` is only for errors. It may inherit from a built-in.
pub fn parse(file: &str, text: &str) -> Result<Theme, ThemeError> {
    let sheet = read(file, text)?;
    compile(&inherit(file, sheet, 0)?)
}

/// Longest chain of `inherits`; a longer one is a ring.
const MAX_DEPTH: usize = 8;

fn inherit(file: &str, sheet: Sheet, depth: usize) -> Result<Sheet, ThemeError> {
    match sheet.inherits.clone() {
        None => Ok(sheet),
        Some((base, line)) => Ok(sheet.over(built_in_sheet(&base, file, line, depth + 1)?)),
    }
}

fn built_in_sheet(name: &str, file: &str, line: usize, depth: usize) -> Result<Sheet, ThemeError> {
    let at = |what| ThemeError {
        file: file.to_owned(),
        line,
        what,
    };
    let Some((known, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) else {
        let mend = instead(name, names(), "built in are");
        return Err(at(format!("no theme is called `{name}`; {mend}")));
    };
    if depth > MAX_DEPTH {
        return Err(at(format!(
            "`{name}` inherits from itself; take one `inherits` out"
        )));
    }
    let file = format!("themes/{known}.toml");
    inherit(&file, read(&file, text)?, depth)
}

fn compile(sheet: &Sheet) -> Result<Theme, ThemeError> {
    for (role, paint) in &sheet.roles {
        for ink in [&paint.fg, &paint.bg].into_iter().flatten() {
            resolve(sheet, *role, paint, ink)?;
        }
    }
    let mut theme = Theme {
        true_colour: Vec::new(),
        indexed: Vec::new(),
        ansi16: Vec::new(),
        ansi8: Vec::new(),
        mono: Vec::new(),
    };
    let ground = inherited(Role::Ground, |r| sheet.ansi16.get(&r)).and_then(|paint| paint.bg);
    let dark = !matches!(ground, Some(7 | 9..));
    for role in Role::ALL {
        let (fg, bg, modifiers) = match inherited(*role, |r| sheet.roles.get(&r)) {
            None => (None, None, Modifier::empty()),
            Some(paint) => {
                let colour = |ink: &Option<Ink>| {
                    ink.as_ref()
                        .map(|ink| resolve(sheet, *role, paint, ink))
                        .transpose()
                };
                (colour(&paint.fg)?, colour(&paint.bg)?, paint.modifiers)
            }
        };
        let full = |Rgb(r, g, b)| Color::Rgb(r, g, b);
        let near = |rgb: Rgb| Color::Indexed(rgb.nearest_index());
        theme
            .true_colour
            .push(style(fg.map(full), bg.map(full), modifiers));
        theme
            .indexed
            .push(style(fg.map(near), bg.map(near), modifiers));
        let ansi = inherited(*role, |r| sheet.ansi16.get(&r))
            .copied()
            .unwrap_or_default();
        let ansi = style(
            ansi.fg.map(Color::Indexed),
            ansi.bg.map(Color::Indexed),
            ansi.modifiers,
        );
        theme.ansi16.push(ansi);
        theme.ansi8.push(eight::eight(ansi, dark));
        let plain = inherited(*role, |r| sheet.mono.get(&r))
            .copied()
            .unwrap_or_default();
        theme.mono.push(style(None, None, plain));
    }
    Ok(theme)
}

/// What a table says of the role, or of the nearest it stands for.
fn inherited<'a, T>(role: Role, find: impl Fn(Role) -> Option<&'a T>) -> Option<&'a T> {
    let mut at = Some(role);
    while let Some(role) = at {
        if let Some(found) = find(role) {
            return Some(found);
        }
        at = role.parent();
    }
    None
}

fn resolve(sheet: &Sheet, role: Role, paint: &RolePaint, ink: &Ink) -> Result<Rgb, ThemeError> {
    match ink {
        Ink::Direct(rgb) => Ok(*rgb),
        Ink::Named(name) => sheet.palette.get(name).copied().ok_or_else(|| {
            let names = sheet.palette.keys().map(String::as_str);
            let mend = instead(name, names, "write \"#rrggbb\" or a colour of [palette]:");
            ThemeError {
                file: paint.file.clone(),
                line: paint.line,
                what: format!(
                    "[roles] `{}` names the colour `{name}`, which [palette] does not have; {mend}",
                    role.word()
                ),
            }
        }),
    }
}

fn style(fg: Option<Color>, bg: Option<Color>, modifiers: Modifier) -> Style {
    Style {
        fg,
        bg,
        ..Style::new().add_modifier(modifiers)
    }
}

impl Theme {
    /// What a role looks like on a terminal with so many colours.
    pub fn style(&self, tier: Tier, role: Role) -> Style {
        let styles = match tier {
            Tier::True => &self.true_colour,
            Tier::Indexed => &self.indexed,
            Tier::Ansi16 => &self.ansi16,
            Tier::Ansi8 => &self.ansi8,
            Tier::Mono => &self.mono,
        };
        styles.get(role.index()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
