//! Solo mining's link to bitcoin nodes (BIP 22, 23, 9, 145): Bitcoin Core's dialect and bcoin's.

#[allow(dead_code)]
mod backoff;
pub mod rpc;
pub mod spool;
pub mod words;
pub mod zmq;
