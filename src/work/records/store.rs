//! The file of the records.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::{Record, Records, add};
use crate::files;

/// The form of the file.
const VERSION: u32 = 1;
/// No file of ours is larger.
const LARGEST: u64 = 16 << 20;
/// How long another program may hold the lock.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where records are kept.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// What the file holds, and one sentence where something about it is not as it should be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kept {
    /// Records.
    pub records: Records,
    /// What is wrong, and what was done about it.
    pub trouble: Option<String>,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    chains: &'a Records,
}

#[derive(Deserialize)]
struct Form {
    version: u32,
}

#[derive(Deserialize)]
struct Read1 {
    chains: Records,
}

/// Why nothing was read.
enum Unread {
    Corrupt(String),
    Newer(u32),
    Io(String),
}

impl Store {
    /// In this folder, which is made for its owner alone where it is missing.
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("mining.json")
    }

    /// Reads the records. Never fails: what can't be read is set aside, and said.
    pub fn load(&self) -> Kept {
        match read(&self.file()) {
            Ok(records) => Kept {
                records,
                trouble: None,
            },
            Err(unread) => Kept {
                records: Records::new(),
                trouble: Some(self.said(&unread)),
            },
        }
    }

    fn said(&self, unread: &Unread) -> String {
        let file = self.file();
        let shown = file.display();
        match unread {
            Unread::Newer(version) => format!(
                "{shown}: kept by a newer baseload (form {version}); it is left as it is, and this run is not added to it"
            ),
            Unread::Io(what) => {
                format!("{shown}: {what}; counts of earlier runs are missing")
            }
            Unread::Corrupt(why) => {
                let aside = self.folder.join("mining.json.unreadable");
                match fs::rename(&file, &aside) {
                    Ok(()) => format!(
                        "{shown}: {why}; it was set aside as {} and counting begins anew",
                        aside.display()
                    ),
                    Err(error) => format!("{shown}: {why}, and it cannot be set aside ({error})"),
                }
            }
        }
    }

    /// Adds to whatever the file says by now and gives the sum. The file is replaced whole (written beside it, fsync,
    /// renamed, fsync of the folder), so it is the old or the new one whenever the power goes. Fails with one sentence;
    /// nothing was added then.
    pub fn add(&self, more: &Records) -> Result<Kept, String> {
        let shown = self.file().display().to_string();
        let failed = |error: std::io::Error| {
            format!("{shown}: cannot be written ({error}); counts are kept in memory until it can")
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(failed)?;
        let _lock = self.lock().map_err(failed)?;
        let mut kept = match read(&self.file()) {
            Ok(records) => Kept {
                records,
                trouble: None,
            },
            Err(unread @ Unread::Corrupt(_)) => Kept {
                records: Records::new(),
                trouble: Some(self.said(&unread)),
            },
            Err(unread) => return Err(self.said(&unread)),
        };
        add(&mut kept.records, more);
        self.write(&kept.records).map_err(failed)?;
        Ok(kept)
    }

    /// Held until it is dropped. A file of its own, as the other one is replaced.
    fn lock(&self) -> std::io::Result<File> {
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(no_link())
            .open(self.folder.join("mining.lock"))?;
        let until = Instant::now() + PATIENCE;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(file),
                Err(rustix::io::Errno::WOULDBLOCK) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn write(&self, records: &Records) -> std::io::Result<()> {
        let beside = self.folder.join("mining.json.new");
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .custom_flags(no_link())
            .open(&beside)?;
        let written = Written {
            version: VERSION,
            chains: records,
        };
        file.write_all(&serde_json::to_vec(&written)?)?;
        file.sync_all()?;
        fs::rename(&beside, self.file())?;
        File::open(&self.folder)?.sync_all()
    }
}

/// Flags of a file that is opened: a link is not followed, and a pipe is not waited for.
pub(in crate::work) fn no_link() -> i32 {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    flags.bits().cast_signed()
}

fn read(file: &Path) -> Result<Records, Unread> {
    let bytes = match files::bytes(file, LARGEST) {
        Ok(bytes) => bytes,
        Err(unread) if unread.is_missing => return Ok(Records::new()),
        Err(unread) if unread.is_too_long => {
            return Err(Unread::Corrupt("is larger than any of ours".to_owned()));
        }
        Err(unread) => return Err(Unread::Io(unread.what)),
    };
    let corrupt =
        |error: serde_json::Error| Unread::Corrupt(format!("cannot be understood ({error})"));
    let form: Form = serde_json::from_slice(&bytes).map_err(corrupt)?;
    if form.version != VERSION {
        return Err(Unread::Newer(form.version));
    }
    let read: Read1 = serde_json::from_slice(&bytes).map_err(corrupt)?;
    if read.chains.len() > 64 || !read.chains.values().all(Record::is_sound) {
        return Err(Unread::Corrupt(
            "holds figures that nobody has counted".to_owned(),
        ));
    }
    Ok(read.chains)
}
