//! The log of a gateway: to stderr, or to a file.

use std::fs::{File, OpenOptions};
use std::io::{Error, Result as IoResult, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::commands::Failure;

/// Starts it; the guard writes what is left when it goes. A reader that stalls holds up nobody: then lines are lost.
pub(super) fn start(file: Option<&Path>) -> Result<WorkerGuard, Failure> {
    let out: Box<dyn Write + Send> = match file {
        None => Box::new(std::io::stderr()),
        Some(path) => {
            let opened = open(path).map_err(|error| {
                let shown = path.display();
                Failure::Usage(format!("--log {shown}: {error}; name another file"))
            });
            Box::new(opened?)
        }
    };
    let (writer, guard) = tracing_appender::non_blocking(out);
    let filter = EnvFilter::try_from_env("BASELOAD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // One that was started before stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        .try_init();
    Ok(guard)
}

/// Its owner's alone, and no link to somewhere else.
fn open(path: &Path) -> IoResult<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(Error::other("is no plain file"))
}
