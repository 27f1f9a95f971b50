//! Solo mining's link to bitcoin nodes (BIP 22, 23, 9, 145): Bitcoin Core's dialect and bcoin's.

pub mod rpc;
