//! Parts that screens are made of. Each draws within the area it is given, whatever its size.

pub mod chart;
pub mod gauge;
pub mod spark;
pub mod strip;
pub mod table;

#[cfg(test)]
mod tests;
