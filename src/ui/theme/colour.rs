//! Colours as numbers: reading them, their contrast, and the nearest of the 240 that every 256-colour terminal shares.

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self(pair(0)?, pair(2)?, pair(4)?))
    }

    /// The nearest colour among indices 16 to 255: 0 to 15 are the user's own and may be anything.
    pub fn nearest_index(self) -> u8 {
        (16..=255)
            .min_by_key(|&index| self.distance(of_index(index)))
            .unwrap_or(231)
    }

    /// How different two colours look; no unit. Weighted after how red shifts what the eye sees.
    fn distance(self, other: Self) -> i64 {
        let (r1, r2) = (i64::from(self.0), i64::from(other.0));
        let mean = i64::midpoint(r1, r2);
        let red = r1 - r2;
        let green = i64::from(self.1) - i64::from(other.1);
        let blue = i64::from(self.2) - i64::from(other.2);
        (512 + mean) * red * red / 256 + 4 * green * green + (767 - mean) * blue * blue / 256
    }

    /// The contrast of two colours by WCAG, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Relative luminance by WCAG, 0 to 1.
    pub fn luminance(self) -> f64 {
        let part = |value: u8| {
            let share = f64::from(value) / 255.0;
            if share <= 0.040_45 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(self.0) + 0.7152 * part(self.1) + 0.0722 * part(self.2)
    }

    /// How far it is from grey: 0 to 255.
    pub fn chroma(self) -> u8 {
        self.0.max(self.1).max(self.2) - self.0.min(self.1).min(self.2)
    }
}

/// What index 16 to 255 looks like; indices below 16 as xterm draws them.
pub fn of_index(index: u8) -> Rgb {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        232..=255 => {
            let grey = 8 + 10 * (index - 232);
            Rgb(grey, grey, grey)
        }
        16..=231 => {
            let cube = index - 16;
            let step = |n: u8| STEPS[usize::from(n % 6)];
            Rgb(step(cube / 36), step(cube / 6), step(cube))
        }
        _ => XTERM[usize::from(index)],
    }
}

/// The sixteen as xterm draws them by default.
const XTERM: [Rgb; 16] = [
    Rgb(0, 0, 0),
    Rgb(205, 0, 0),
    Rgb(0, 205, 0),
    Rgb(205, 205, 0),
    Rgb(0, 0, 238),
    Rgb(205, 0, 205),
    Rgb(0, 205, 205),
    Rgb(229, 229, 229),
    Rgb(127, 127, 127),
    Rgb(255, 0, 0),
    Rgb(0, 255, 0),
    Rgb(255, 255, 0),
    Rgb(92, 92, 255),
    Rgb(255, 0, 255),
    Rgb(0, 255, 255),
    Rgb(255, 255, 255),
];

/// The names of the sixteen in a theme file, by index.
pub(super) const ANSI_NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hexadecimal_is_read_and_nothing_else() {
        assert_eq!(Rgb::parse("#0a80ff"), Some(Rgb(10, 128, 255)));
        for bad in [
            "0a80ff", "#0a80f", "#0a80fg", "#0a80ff0", "#+a80ff", "red", "#яяя",
        ] {
            assert_eq!(Rgb::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let ratio = Rgb(0, 0, 0).contrast(Rgb(255, 255, 255));
        assert!((ratio - 21.0).abs() < 1e-9, "{ratio}");
        let ratio = Rgb(0x77, 0x77, 0x77).contrast(Rgb(255, 255, 255));
        assert!((ratio - 4.48).abs() < 0.01, "{ratio}");
    }

    proptest! {
        #[test]
        fn the_users_sixteen_are_never_chosen(r: u8, g: u8, b: u8) {
            prop_assert!(Rgb(r, g, b).nearest_index() >= 16);
        }

        #[test]
        fn a_colour_of_the_cube_finds_itself(index in 16u8..=255) {
            prop_assert_eq!(of_index(of_index(index).nearest_index()), of_index(index));
        }
    }
}
