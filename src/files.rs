//! Files that a person names, and our own: opened and read within bounds.
//!
//! Invariant: nothing here waits longer than [`PATIENCE`] for a byte, takes in more than it may, or reads a device or a
//! folder. A pipe is read too, as a shell hands one in by `<(command)`.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};

/// How long a pipe may take: for all that is read whole, or for the next bytes of a stream.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Why a file could not be read: one sentence, with the mend.
#[derive(Debug, thiserror::Error)]
#[error("{} {what}; {mend}", path.display())]
pub struct Unread {
    /// Which.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: String,
    /// The mend.
    pub mend: &'static str,
    /// There is no such file.
    pub is_missing: bool,
    /// It is longer than it may be.
    pub is_too_long: bool,
}

/// The mend of most.
const FILE: &str = "give the path of a file that can be read";

impl Unread {
    fn new(path: &Path, what: impl Into<String>, mend: &'static str) -> Self {
        let (path, what) = (path.to_owned(), what.into());
        Self {
            path,
            what,
            mend,
            is_missing: false,
            is_too_long: false,
        }
    }

    fn of(path: &Path, error: &io::Error) -> Self {
        Self {
            is_missing: error.kind() == ErrorKind::NotFound,
            ..Self::new(path, format!("can't be read ({error})"), FILE)
        }
    }
}

/// An open file or pipe. Reads wait [`PATIENCE`] at most, then fail.
#[derive(Debug)]
pub struct Opened {
    file: File,
    /// For all of it; none: each read has its own time.
    until: Option<Instant>,
    is_pipe: bool,
}

impl Read for Opened {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let until = self.until.unwrap_or_else(|| Instant::now() + PATIENCE);
        loop {
            match self.file.read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(until)?,
                other => return other,
            }
        }
    }
}

impl Opened {
    fn wait(&self, until: Instant) -> io::Result<()> {
        let left = until.saturating_duration_since(Instant::now());
        let time = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&time)) {
            Ok(0) => Err(io::Error::new(
                ErrorKind::TimedOut,
                format!("nothing came through the pipe for {} s", PATIENCE.as_secs()),
            )),
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Opens a file or a pipe for reading as a stream.
pub fn open(path: &Path) -> Result<Opened, Unread> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = rustix::fs::open(path, flags, Mode::empty())
        .map(File::from)
        .map_err(|error| Unread::of(path, &error.into()))?;
    let found = file.metadata().map_err(|error| Unread::of(path, &error))?;
    let kind = found.file_type();
    if kind.is_file() || kind.is_fifo() {
        let is_pipe = kind.is_fifo();
        return Ok(Opened {
            file,
            until: None,
            is_pipe,
        });
    }
    let what = if kind.is_dir() { "folder" } else { "device" };
    Err(Unread::new(path, format!("is a {what}"), FILE))
}

/// All of a file, which has at most so many bytes.
pub fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    let mut opened = open(path)?;
    opened.until = Some(Instant::now() + PATIENCE);
    let size = opened.file.metadata().map_or(0, |found| found.len());
    let mut bytes = Vec::new();
    if size <= most {
        (&mut opened)
            .take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Unread::of(path, &error))?;
    }
    if size > most || bytes.len() as u64 > most {
        let what = format!("is longer than the {most} bytes that such a file may have");
        return Err(Unread {
            is_too_long: true,
            ..Unread::new(path, what, "is it the right one?")
        });
    }
    if bytes.is_empty() && opened.is_pipe {
        return Err(Unread::new(
            path,
            "is a pipe into which nobody writes",
            FILE,
        ));
    }
    Ok(bytes)
}

/// What some editors write before a text in UTF-8 (a byte order mark); it is no part of the text.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// All of a file of text in whatever encoding its comments have, which has at most so many bytes. A byte order mark before it
/// is left out.
pub fn unmarked(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    let mut bytes = bytes(path, most)?;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let mend = "save it as UTF-8";
        return Err(Unread::new(path, "is text in UTF-16", mend));
    }
    if bytes.starts_with(MARK) {
        bytes.drain(..MARK.len());
    }
    Ok(bytes)
}

/// The same, of text in UTF-8.
pub fn text(path: &Path, most: u64) -> Result<String, Unread> {
    String::from_utf8(unmarked(path, most)?)
        .map_err(|_| Unread::new(path, "is no text in UTF-8", "give the path of a text file"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    use super::*;

    fn says(path: &Path) -> String {
        bytes(path, 64).expect_err("is refused").to_string()
    }

    #[test]
    fn only_files_and_pipes_are_read_and_no_more_than_allowed() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let at = |name: &str| scratch.path().join(name);
        assert!(says(scratch.path()).contains("is a folder"));
        assert!(says(Path::new("/dev/zero")).contains("is a device"));
        assert!(bytes(&at("none"), 64).expect_err("is refused").is_missing);
        let sparse = File::create(at("sparse")).expect("writes");
        sparse.set_len(10 << 30).expect("is sparse");
        assert!(says(&at("sparse")).contains("longer than the 64 bytes"));
        std::fs::write(at("full"), [b'a'; 64]).expect("writes");
        assert_eq!(bytes(&at("full"), 64).expect("reads").len(), 64);
        std::fs::write(at("binary"), [0xff]).expect("writes");
        assert!(text(&at("binary"), 64).is_err());
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_text_and_utf_16_is_named() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("fleet.json");
        std::fs::write(&file, b"\xef\xbb\xbf{}").expect("is written");
        assert_eq!(text(&file, 100).expect("is read"), "{}");
        std::fs::write(&file, b"\xff\xfe{\0}\0").expect("is written");
        let why = text(&file, 100).expect_err("is refused").to_string();
        assert!(
            why.contains("UTF-16") && why.contains("save it as UTF-8"),
            "{why}"
        );
    }

    #[test]
    fn a_pipe_is_read_but_not_waited_for() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let fifo = scratch.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            Mode::RUSR | Mode::WUSR,
            0,
        )
        .expect("makes a pipe");
        assert!(says(&fifo).contains("nobody writes"));
        let (from, mut to) = std::io::pipe().expect("a pipe");
        let handed = PathBuf::from(format!("/dev/fd/{}", from.as_raw_fd()));
        to.write_all(b"secret").expect("writes");
        // Its other end stays open for a while: what came is kept, and the rest waited for.
        let writer = std::thread::spawn(move || to.write_all(b"!").map(|()| drop(to)));
        assert_eq!(bytes(&handed, 64).expect("reads"), b"secret!");
        writer.join().expect("ends").expect("writes");
    }

    #[test]
    fn a_pipe_that_stays_silent_is_given_up() {
        let (from, _to) = std::io::pipe().expect("a pipe");
        let handed = PathBuf::from(format!("/dev/fd/{}", from.as_raw_fd()));
        let mut opened = open(&handed).expect("opens");
        opened.until = Some(Instant::now());
        let error = opened.read(&mut [0]).expect_err("is given up");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
