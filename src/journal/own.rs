//! Files of our own: for their owner alone, and nothing but files; no link is followed, and no pipe is waited for.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

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
