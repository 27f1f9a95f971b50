//! Where files are kept: config, log, and the mark that a desk was once configured here.

use std::fs;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::Failure;
use crate::app::{Overlay, State};
use crate::files;
use crate::journal::own;

fn dirs() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "baseload")
}

/// The usual config file.
pub fn config_file() -> Option<PathBuf> {
    dirs().map(|d| d.config_dir().join("baseload.toml"))
}

/// Where themes of the user's own are.
pub fn themes() -> Option<PathBuf> {
    dirs().map(|d| d.config_dir().join("themes"))
}

/// Where state is kept.
pub fn state() -> Option<PathBuf> {
    dirs().map(|d| {
        d.state_dir()
            .unwrap_or_else(|| d.data_local_dir())
            .to_owned()
    })
}

/// Where the histories of nations are.
pub fn histories() -> Option<PathBuf> {
    state().map(|s| s.join("history"))
}

/// Longest path.
const MAX_MARK: u64 = 4 << 10;

fn mark() -> Option<PathBuf> {
    state().map(|s| s.join("desk-configured"))
}

/// The config file that a desk here once ran on, where there was one.
pub fn once_configured() -> Option<PathBuf> {
    files::text(&mark()?, MAX_MARK)
        .ok()
        .map(|text| PathBuf::from(text.trim()))
}

/// The config file of the desk here, where none is named: the usual one, else the one that it last ran on. Where that one
/// is gone, nothing opens in its place.
pub fn of_desk() -> Result<Option<PathBuf>, Failure> {
    if let Some(usual) = config_file().filter(|file| file.is_file()) {
        return Ok(Some(usual));
    }
    match once_configured() {
        Some(gone) if !gone.is_file() => Err(Failure::Usage(format!(
            "{}: the config of this desk is gone, and the demo never opens in its place; put it back, or say `baseload demo`",
            gone.display()
        ))),
        found => Ok(found),
    }
}

/// Makes a folder for its owner alone: logs name feeds, orders and what operators did.
fn private(folder: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// Writes a mark. A link in its place is not followed.
fn noted_in(mark: &Path, text: &str) -> std::io::Result<()> {
    own::emptied(mark)?.write_all(text.as_bytes())
}

/// Notes that a desk runs here on this config file, so that the demo never opens in its place.
pub fn note_configured(config: &Path) {
    let noted = mark().and_then(|mark| {
        private(mark.parent()?).ok()?;
        noted_in(&mark, &config.display().to_string()).ok()
    });
    if noted.is_none() {
        tracing::warn!("the mark of a configured desk could not be written");
    }
}

/// Shows the first lines where no console has run here yet, and notes that one has.
pub fn first_time(state: &mut State) {
    let Some(mark) = self::state().map(|s| s.join("tour-seen")) else {
        return;
    };
    if mark.exists() {
        return;
    }
    state.overlay = Overlay::Tour;
    let noted = mark.parent().and_then(|folder| {
        private(folder).ok()?;
        noted_in(&mark, "").ok()
    });
    if noted.is_none() {
        tracing::warn!("that the first lines were shown could not be noted");
    }
}

/// Starts the log file; nothing is ever logged to the screen. The guard writes what is left when it goes.
pub fn log() -> Option<tracing_appender::non_blocking::WorkerGuard> {
    let folder = state()?;
    private(&folder).ok()?;
    // A link in a log's place is not followed.
    let logs = fs::read_dir(&folder).ok()?.flatten();
    let mut logs = logs.filter(|e| e.file_name().to_string_lossy().ends_with(".log"));
    if logs.any(|log| own::no_link(&log.path()).is_err()) {
        return None;
    }
    let file = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("baseload")
        .filename_suffix("log")
        .max_log_files(7)
        .build(folder)
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let filter = tracing_subscriber::EnvFilter::try_from_env("BASELOAD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        .try_init()
        .ok()?;
    Some(guard)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn state_is_its_owners_alone() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path().join("a/b");
        private(&folder).expect("is made");
        private(&folder).expect("is there already");
        let mode = fs::metadata(&folder)
            .expect("is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
