//! What a person sees: `view(&State, &Look, &mut Frame)`.
//!
//! Invariant: drawing is a pure function of the state and the look; it never asks the clock, the terminal or the
//! network, changes nothing, and ends for every size from 1x1 up without a panic. Text that came over a wire reaches
//! the screen only through [`text`], whatever it holds. Colour is never the only sign of anything.

pub mod format;
pub mod locales;
pub mod look;
pub mod pen;
mod screens;
pub mod swatch;
pub mod text;
pub mod theme;
pub mod widgets;

pub use look::Look;
pub use screens::{action_words, paint, view};
