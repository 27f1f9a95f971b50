//! Sixteen colours on a terminal with eight: the bright half is the plain half, bold.

use ratatui::style::{Color, Modifier, Style};

const BLACK: u8 = 0;
const WHITE: u8 = 7;

/// The style with the first eight colours alone. `dark`: the theme's ground is a dark one.
pub(super) fn eight(style: Style, dark: bool) -> Style {
    let index = |colour: Option<Color>| match colour {
        Some(Color::Indexed(index)) => Some(index),
        _ => None,
    };
    let bg = index(style.bg).map(|n| if n == 8 { BLACK } else { n % 8 });
    let on_dark = bg.map_or(dark, |n| !is_light(n));
    let mut modifiers = style.add_modifier;
    let fg = index(style.fg).map(|n| match n {
        // What was bright black stands back from the words.
        8 => {
            modifiers |= Modifier::DIM;
            if on_dark { WHITE } else { BLACK }
        }
        9.. => {
            modifiers |= Modifier::BOLD;
            n - 8
        }
        _ => n,
    });
    // Bright on its own colour would vanish.
    let fg = match (fg, bg) {
        (Some(fg), Some(bg)) if fg == bg => Some(if is_light(bg) { BLACK } else { WHITE }),
        _ => fg,
    };
    // Bold is bright there, and what is bright can't be read on a light ground.
    if !on_dark {
        modifiers -= Modifier::BOLD;
    }
    Style {
        fg: fg.map(Color::Indexed),
        bg: bg.map(Color::Indexed),
        ..Style::new().add_modifier(modifiers)
    }
}

/// Does black stand better on it than white?
const fn is_light(index: u8) -> bool {
    matches!(index, 2 | 3 | 6 | 7)
}
