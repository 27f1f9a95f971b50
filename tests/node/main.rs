//! Solo mining on a real node (bcoin on regtest).

mod bcoin;
mod miner;
mod news;
mod solo;
