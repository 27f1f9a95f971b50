//! What can be wrong with a history: what, where, the mend.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a history can't be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No room.
    #[error("history is off: its disk is full; free some space, and it goes on by itself ({})", at.display())]
    DiskFull {
        /// The file.
        at: PathBuf,
    },
    /// May not be written.
    #[error("history is off: its file is on a read-only disk or may not be written; make it writable by its owner, or name another folder as history.dir ({})", at.display())]
    ReadOnly {
        /// The file.
        at: PathBuf,
    },
    /// Held by another program.
    #[error("history is off: another program holds its file; end that one ({})", at.display())]
    Locked {
        /// The file.
        at: PathBuf,
    },
    /// The disk has no file locks.
    #[error("history is off: its disk has no file locks, by which one process at a time writes it ({why}); have the network disk mounted with locks, or set XDG_STATE_HOME to a folder on a local disk, or name another folder as history.dir ({})", at.display())]
    NoLocks {
        /// The file.
        at: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// Not readable as a database.
    #[error("history is off: its file is corrupt ({why}); move it away, and a new one begins ({})", at.display())]
    Corrupt {
        /// The file.
        at: PathBuf,
        /// In SQLite's words.
        why: String,
    },
    /// Something else lies there.
    #[error("history is off: this is no history of baseload; move it away, or name another folder as history.dir ({})", at.display())]
    NotOurs {
        /// The file.
        at: PathBuf,
    },
    /// Written by a later version.
    #[error("history is off: its file was written by a later baseload (schema {found}, this one knows {known}); use that version ({})", at.display())]
    Newer {
        /// The file.
        at: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Nothing there.
    #[error("there is no history yet; it begins with the first console that runs here ({})", at.display())]
    Missing {
        /// The file.
        at: PathBuf,
    },
    /// The system refuses.
    #[error("history is off: its file can't be read or written ({why}); see to the disk ({})", at.display())]
    Io {
        /// The file.
        at: PathBuf,
        /// In the system's words.
        why: String,
    },
    /// No folder of state.
    #[error(
        "history is off: this system has no folder for state; set HOME, or name a folder as history.dir"
    )]
    Nowhere,
    /// More waits than the disk takes.
    #[error("history is behind: its disk does not keep up, and some samples are left out")]
    Behind,
    /// Its thread has ended.
    #[error("history is closed")]
    Closed,
}

impl Trouble {
    /// What SQLite says, of the file at `at`.
    pub(super) fn of(at: &Path, error: &rusqlite::Error) -> Self {
        let at = at.to_owned();
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { at },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly { at }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { at },
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
            ErrorKind::Unsupported => Self::NoLocks {
                at,
                why: error.to_string(),
            },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull { at },
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::ReadOnly { at },
            ErrorKind::NotFound => Self::Missing { at },
            _ => Self::Io {
                at,
                why: error.to_string(),
            },
        }
    }
}
