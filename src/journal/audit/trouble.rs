//! What can be wrong with a journal: what, where, the mend.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a journal can't be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No room.
    #[error("the journal's disk is full; free some space, and it goes on by itself ({})", at.display())]
    DiskFull {
        /// The file.
        at: PathBuf,
    },
    /// May not be written.
    #[error("the journal is on a read-only disk or may not be written; make it writable by its owner ({})", at.display())]
    ReadOnly {
        /// The file.
        at: PathBuf,
    },
    /// Another process writes it.
    #[error("the journal is written by another process{}; end that one, or give this desk another name ({})", by(*pid), at.display())]
    Locked {
        /// The file.
        at: PathBuf,
        /// Whose lock it is, where that is known.
        pid: Option<u32>,
    },
    /// The disk has no file locks.
    #[error("the journal can't be kept: its disk has no file locks, by which one process at a time writes it ({why}); have the network disk mounted with locks, or set XDG_STATE_HOME to a folder on a local disk ({})", at.display())]
    NoLocks {
        /// The file.
        at: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// A row that does not follow from the ones before it.
    #[error("the journal is broken at row {seq}: {why}; keep the file as evidence and move its folder away, and a new one begins ({})", at.display())]
    Broken {
        /// The file.
        at: PathBuf,
        /// The first row that is wrong.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
    /// Not readable as a database.
    #[error("the journal's file is corrupt: {why}; keep it as evidence and move its folder away, and a new one begins ({})", at.display())]
    Corrupt {
        /// The file.
        at: PathBuf,
        /// In SQLite's words.
        why: String,
    },
    /// Something else lies there.
    #[error("this is not a journal of baseload; name another file ({})", at.display())]
    NotOurs {
        /// The file.
        at: PathBuf,
    },
    /// A link or a pipe lies where a file should.
    #[error("{} {what}; move it away", at.display())]
    Odd {
        /// Where.
        at: PathBuf,
        /// What is odd about it.
        what: String,
    },
    /// Written by a later version.
    #[error("the journal was written by a later baseload (schema {found}, this one knows {known}); use that version ({})", at.display())]
    Newer {
        /// The file.
        at: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Others may read or write the folder.
    #[error("others may look into the journal's folder; say chmod 700 {}", at.display())]
    Exposed {
        /// The folder.
        at: PathBuf,
    },
    /// Nothing there.
    #[error("there is no journal yet; it begins with the first console that runs here ({})", at.display())]
    Missing {
        /// The file.
        at: PathBuf,
    },
    /// The system refuses.
    #[error("the journal can't be read or written: {why}; see to the disk ({})", at.display())]
    Io {
        /// The file.
        at: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// More waits than the disk takes.
    #[error("the journal's disk does not keep up: too many entries wait; see to the disk")]
    Behind,
    /// Not written in the time given.
    #[error("the journal's disk has not answered in time; see to the disk")]
    Late,
    /// The writer has ended.
    #[error("the journal is closed")]
    Closed,
}

fn by(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" ({pid})"))
}

impl Trouble {
    /// What SQLite says, of the file at `at`.
    pub(super) fn of(at: &Path, error: &rusqlite::Error) -> Self {
        let at = at.to_owned();
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { at },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { at },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Locked { at, pid: None }
            }
            Some(ErrorCode::NotADatabase) => Self::NotOurs { at },
            Some(ErrorCode::DatabaseCorrupt) | None => Self::Corrupt { at, why },
            Some(_) => Self::Io { at, why },
        }
    }

    /// What the system says, of the file at `at`.
    pub(super) fn io(at: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let at = at.to_owned();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull { at },
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::ReadOnly { at },
            ErrorKind::NotFound => Self::Missing { at },
            ErrorKind::Unsupported => Self::NoLocks {
                at,
                why: error.to_string(),
            },
            ErrorKind::InvalidInput => Self::Odd {
                at,
                what: error.to_string(),
            },
            _ => Self::Io {
                at,
                why: error.to_string(),
            },
        }
    }
}
