//! Files of our own: for their owner alone, and nothing but files; no link is followed, and no pipe is waited for.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

fn plain() -> OpenOptions {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(flags.bits().cast_signed());
    options
}

fn odd(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, what)
}

fn open(at: &Path, options: &OpenOptions) -> Result<File> {
    no_link(at)?;
    let file = options.open(at)?;
    if !file.metadata()?.is_file() {
        return Err(odd("is no file"));
    }
    Ok(file)
}

/// Errors where a link lies there, of the kind `InvalidInput`.
pub fn no_link(at: &Path) -> Result<()> {
    match fs::symlink_metadata(at) {
        Ok(there) if there.is_symlink() => Err(odd("is a link, and none is followed here")),
        Ok(there) if !there.is_file() => Err(odd("is no file")),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Opens one to be read and written; makes it where there is none. Anything else that lies there is an error of the kind
/// `InvalidInput`.
pub fn own(at: &Path) -> Result<File> {
    open(
        at,
        plain().read(true).write(true).create(true).truncate(false),
    )
}

/// The same, emptied.
pub fn emptied(at: &Path) -> Result<File> {
    open(at, plain().write(true).create(true).truncate(true))
}

/// Opens one to be read.
pub fn read(at: &Path) -> Result<File> {
    open(at, plain().read(true))
}

/// Takes the right to write, for as long as the file is open; false where another process has it. A disk without file
/// locks is an error of the kind `Unsupported`.
pub fn lock(file: &File) -> Result<bool> {
    taken(flock(file, FlockOperation::NonBlockingLockExclusive))
}

/// Only `EWOULDBLOCK` means another process.
fn taken(tried: std::result::Result<(), Errno>) -> Result<bool> {
    match tried {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error @ (Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP)) => {
            Err(Error::new(ErrorKind::Unsupported, Error::from(error)))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn only_a_lock_that_is_held_means_another_process() {
        assert!(taken(Ok(())).expect("is taken"));
        assert!(!taken(Err(Errno::WOULDBLOCK)).expect("another has it"));
        for without in [Errno::NOLCK, Errno::NOSYS, Errno::OPNOTSUPP] {
            let error = taken(Err(without)).expect_err("there are none");
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        }
        assert!(taken(Err(Errno::IO)).is_err());
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let at = scratch.path().join("lock");
        let (first, second) = (own(&at).expect("is made"), own(&at).expect("is there"));
        assert!(lock(&first).expect("is asked"));
        assert!(!lock(&second).expect("is asked"));
    }

    #[test]
    fn nothing_but_files_is_opened() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let file = scratch.path().join("file");
        own(&file)
            .expect("is made")
            .write_all(b"x")
            .expect("takes it");
        own(&file).expect("is there");
        let link = scratch.path().join("link");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        for open in [own, emptied, read] {
            let error = open(&link).expect_err("is refused");
            assert!(error.to_string().contains("is a link"), "{error}");
            let error = open(scratch.path()).expect_err("is refused");
            assert!(error.to_string().contains("is no file"), "{error}");
        }
        assert_eq!(fs::read(&file).expect("is there"), b"x");
    }
}
