//! `baseload verify-headers FILE`: proof of work and linkage of raw headers.

use std::path::Path;
use std::time::Instant;

use anyhow::{anyhow, ensure};

use super::papers;
use crate::engine::chain::verify_headers;
use crate::engine::target::Target;
use crate::files;

/// Checks the raw 80-byte headers in a file by mainnet's rules and prints how many there are and how fast that went.
/// The first failure is the error, in one sentence.
pub fn run(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let file = files::open(path).map_err(|unread| anyhow!("{unread}"))?;
    let started = Instant::now();
    let count = verify_headers(file, &Target::MAINNET_LIMIT)
        .map_err(|error| anyhow!("{shown}: {:#}", anyhow::Error::from(error)))?;
    ensure!(
        count > 0,
        "{shown} is empty; it should hold raw block headers of 80 bytes each"
    );
    let rate = count as f64 / started.elapsed().as_secs_f64().max(1e-9);
    // Not `println!`, which panics where nobody reads.
    papers::print(&format!("{count} headers verified, {rate:.0} headers/s\n"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const CHAIN: &[u8; 240] = include_bytes!("../../tests/fixtures/headers/mainnet-0-2.bin");

    fn verdict(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("headers");
        fs::write(&path, bytes).expect("the folder takes a file");
        let told = run(&path).map_err(|error| error.to_string());
        told.err()
            .unwrap_or_default()
            .replace(path.to_str().expect("the name is text"), "FILE")
    }

    #[test]
    fn what_is_wrong_is_said_in_one_sentence() {
        assert_eq!(verdict(CHAIN), "");
        assert_eq!(
            verdict(&[]),
            "FILE is empty; it should hold raw block headers of 80 bytes each"
        );
        assert_eq!(
            verdict(&CHAIN[..170]),
            "FILE: header 2 is cut off: 10 of 80 bytes"
        );
        let swapped: Vec<u8> = CHAIN[80..].iter().chain(&CHAIN[..80]).copied().collect();
        assert_eq!(
            verdict(&swapped),
            "FILE: header 2 names \
             0000000000000000000000000000000000000000000000000000000000000000 as the block before it, \
             but that header's hash is \
             000000006a625f06636b8bb6ac7b960a8d03705d1ace08b1a19da3fdcc99ddbd"
        );
        let mut weak = *CHAIN;
        weak[156] ^= 1;
        assert!(verdict(&weak).starts_with("FILE: header 1 hash "));
        let missing = run(Path::new("/nowhere/headers")).expect_err("no such file");
        let said = missing.to_string();
        assert!(
            said.starts_with("/nowhere/headers can't be read ("),
            "{said}"
        );
    }
}
