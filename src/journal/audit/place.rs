//! Where a journal lies: a folder for its owner alone, a lock, and a note of the last durable row.

use std::fs::{self, DirBuilder, File};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::chain::{hex, parse_head};
use super::schema::beside;
use super::trouble::Trouble;
use crate::domain::journal::Head;
use crate::journal::own;

/// The database's name in its folder.
pub const FILE: &str = "audit.db";

/// The database of a journal's folder.
pub fn file_in(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// The right to write a journal, for as long as it lives; the system takes it back from a process that dies.
#[derive(Debug)]
pub(super) struct Claim {
    _lock: File,
    head: File,
    /// The last durable row that was noted.
    pub(super) noted: Option<Head>,
}

/// Makes the folder where there is none, and takes the right to write in it.
pub(super) fn claim(folder: &Path) -> Result<Claim, Trouble> {
    let io = |error: std::io::Error| Trouble::io(folder, &error);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(io)?;
    let mode = fs::metadata(folder).map_err(io)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Trouble::Exposed {
            at: folder.to_owned(),
        });
    }
    let lock = own(&folder.join("audit.lock"))?;
    if !own::lock(&lock).map_err(io)? {
        let mut text = String::new();
        let _ = (&lock).take(16).read_to_string(&mut text);
        return Err(Trouble::Locked {
            at: file_in(folder),
            pid: text.trim().parse().ok(),
        });
    }
    // Who holds it, for the one who finds it held.
    let _ = lock.write_all_at(format!("{:<10}\n", std::process::id()).as_bytes(), 0);
    let head = own(&folder.join("audit.head"))?;
    let mut text = String::new();
    let _ = (&head).take(128).read_to_string(&mut text);
    // The database, too, is its owner's alone; what SQLite puts beside it gets the same mode.
    let file = file_in(folder);
    own(&file)?;
    for suffix in ["-wal", "-shm", "-journal"] {
        let beside = beside(&file, suffix);
        own::no_link(&beside).map_err(|error| Trouble::io(&beside, &error))?;
    }
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(Claim {
        _lock: lock,
        head,
        noted: parse_head(&text).ok(),
    })
}

fn own(at: &Path) -> Result<File, Trouble> {
    own::own(at).map_err(|error| Trouble::io(at, &error))
}

/// The head that was noted beside a journal, where there is one.
pub(super) fn noted_head(folder: &Path) -> Option<Head> {
    let mut text = String::new();
    let file = own::read(&folder.join("audit.head")).ok()?;
    file.take(128).read_to_string(&mut text).ok()?;
    parse_head(&text).ok()
}

impl Claim {
    /// Notes the last durable row: always after it is durable, so the note can be older than the journal, never newer.
    pub(super) fn note(&mut self, head: Head) {
        let text = format!("{:020}:{}\n", head.seq, hex(&head.hash));
        // Without this note a truncation may go unnoticed, and nothing else is lost.
        if self.head.write_all_at(text.as_bytes(), 0).is_ok() {
            self.noted = Some(head);
        }
    }
}
