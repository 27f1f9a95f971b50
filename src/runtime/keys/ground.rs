//! The terminal's answer to the question for the colour of its ground (OSC 11).

use crate::ui::theme::Rgb;

/// The question. Terminals end their answer as the question ended.
pub(in crate::runtime) const QUESTION: &[u8] = b"\x1b]11;?\x07";

/// The colour of an answer: `11;rgb:RR/GG/BB`, one to four digits each (XParseColor).
pub(super) fn colour(text: &str) -> Option<Rgb> {
    let parts = text
        .strip_prefix("11;rgb:")
        .or_else(|| text.strip_prefix("11;rgba:"))?;
    let mut parts = parts.split('/').map(|part| {
        let most = match part.len() {
            1..=4 => (1u32 << (4 * part.len())) - 1,
            _ => return None,
        };
        let value = u32::from_str_radix(part, 16).ok()?;
        u8::try_from(value * 255 / most).ok()
    });
    Some(Rgb(parts.next()??, parts.next()??, parts.next()??))
}

/// Is it a ground for dark words?
pub(in crate::runtime) fn is_light(ground: Rgb) -> bool {
    // Where black and white stand out alike.
    ground.luminance() > 0.18
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_ground_is_light_or_dark() {
        assert_eq!(colour("11;rgb:fdfd/f6f6/e3e3"), Some(Rgb(0xfd, 0xf6, 0xe3)));
        assert!(is_light(Rgb(0xfd, 0xf6, 0xe3)) && !is_light(Rgb(0x28, 0x2c, 0x34)));
    }

    proptest! {
        #[test]
        fn colours_are_read_or_not(text in "11;rgba?:[0-9a-f/]{0,20}") {
            let _ = colour(&text);
        }
    }
}
