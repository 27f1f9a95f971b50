//! `baseload verify-headers FILE`: proof of work and linkage of raw headers.

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use anyhow::{anyhow, ensure};

use crate::engine::chain::verify_headers;
use crate::engine::target::Target;

/// Checks the raw 80-byte headers in a file by mainnet's rules and prints how many there are and how fast that went.
/// The first failure is the error, in one sentence.
pub fn run(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| anyhow!("{shown} can't be opened: {error}"))?;
    let started = Instant::now();
    let count = verify_headers(file, &Target::MAINNET_LIMIT)
        .map_err(|error| anyhow!("{shown}: {:#}", anyhow::Error::from(error)))?;
    ensure!(
        count > 0,
        "{shown} is empty; it should hold raw block headers of 80 bytes each"
    );
    let rate = count as f64 / started.elapsed().as_secs_f64().max(1e-9);
    println!("{count} headers verified, {rate:.0} headers/s");
    Ok(())
}
