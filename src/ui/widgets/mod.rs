//! Parts that screens are made of. Each draws within the area it is given, whatever its size.

pub mod bar;
pub mod chart;
pub mod lane;
pub mod spark;
pub mod strip;
pub mod table;

#[cfg(test)]
mod tests;
