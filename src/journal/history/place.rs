//! Where a history lies: a file for its owner alone, and the right to write it.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::trouble::Trouble;
use crate::domain::history::Book;
use crate::journal::own::{self, no_link, own};

/// Where a history is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In this file.
    File(PathBuf),
    /// In memory, and gone with the program: the demo's.
    Memory,
}

/// The file of a nation in this folder. A name may hold anything: it is spelt plainly, and told apart from others that
/// are spelt alike by a few digits of its SHA-256.
pub fn file_of(folder: &Path, book: &Book) -> PathBuf {
    let plain: String = book
        .nation
        .chars()
        .take(40)
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let digest = Sha256::digest(book.nation.as_bytes());
    let told = format!("{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2]);
    let kind = if book.simulated { "simulated" } else { "real" };
    folder
        .join(format!("{plain}-{told}-{kind}"))
        .join("history.db")
}

/// The right to write a history, for as long as it lives; the system takes it back from a process that dies.
#[derive(Debug)]
pub(super) struct Claim {
    _lock: File,
}

/// Makes the folder and the file where there are none, and takes the right to write; none where another has it.
pub(super) fn claim(at: &Path) -> Result<Option<Claim>, Trouble> {
    let io = |error: std::io::Error| Trouble::io(at, &error);
    let folder = at.parent().unwrap_or(Path::new("."));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(io)?;
    let lock = own(&at.with_extension("lock")).map_err(io)?;
    if !own::lock(&lock).map_err(io)? {
        return Ok(None);
    }
    // What SQLite puts beside the file gets the file's mode.
    own(at).map_err(io)?;
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut beside = at.as_os_str().to_owned();
        beside.push(suffix);
        no_link(Path::new(&beside)).map_err(io)?;
    }
    Ok(Some(Claim { _lock: lock }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_and_simulated_and_names_spelt_alike_have_files_of_their_own() {
        let file = |nation: &str, simulated| {
            let nation = nation.into();
            file_of(Path::new("/x"), &Book { nation, simulated })
        };
        let all = [
            file("Belarus", false),
            file("Belarus", true),
            file("../etc", false),
            file("---etc", false),
            file("", false),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|other| other != one), "{one:?}");
            assert_eq!(one.components().count(), 4, "{one:?}");
        }
    }
}
