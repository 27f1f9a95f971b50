//! Lines out of zstd frames, one after the other, each with its frame. Everything is bounded.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use zstd::stream::read::Decoder;

use super::LONGEST_LINE;

/// A recording's window is at most this, as a power of two: what is unpacked never needs more memory.
const WINDOW_LOG: u32 = 24;

/// A reader that knows how far it is.
struct Counted<R> {
    inner: BufReader<R>,
    at: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.at += count as u64;
        self.inner.consume(count);
    }
}

enum At<R: Read> {
    Between(Counted<R>),
    Within(BufReader<Decoder<'static, Counted<R>>>),
    Over,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A line, without its end.
    Line,
    /// A frame begins here, at this byte.
    Frame(u64),
    /// Nothing more.
    End,
    /// The file ends in the middle of a line or a frame.
    Cut,
}

/// Why lines can't be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// The disk.
    Io(io::Error),
    /// What is there is no recording, or a damaged one.
    Damaged,
    /// A line is longer than any that is written.
    Long,
}

/// The lines of a file.
pub(super) struct Lines<R: Read> {
    at: At<R>,
}

fn fault(error: io::Error) -> Fault {
    // What zstd itself finds has no system error behind it.
    if error.raw_os_error().is_some() {
        Fault::Io(error)
    } else {
        Fault::Damaged
    }
}

impl<R: Read> Lines<R> {
    /// The bytes of the file that were read.
    pub(super) fn read(&self) -> u64 {
        match &self.at {
            At::Between(counted) => counted.at,
            At::Within(frame) => frame.get_ref().get_ref().at,
            At::Over => 0,
        }
    }

    /// From the beginning.
    pub(super) fn new(inner: R) -> Self {
        let inner = BufReader::with_capacity(64 * 1024, inner);
        Self {
            at: At::Between(Counted { inner, at: 0 }),
        }
    }

    /// The next line into `line`, or what else comes.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> Result<Next, Fault> {
        line.clear();
        match std::mem::replace(&mut self.at, At::Over) {
            At::Over => Ok(Next::End),
            At::Between(mut counted) => {
                if counted.fill_buf().map_err(Fault::Io)?.is_empty() {
                    return Ok(Next::End);
                }
                let at = counted.at;
                let mut decoder = Decoder::with_buffer(counted).map_err(fault)?;
                decoder.window_log_max(WINDOW_LOG).map_err(fault)?;
                self.at = At::Within(BufReader::with_capacity(128 * 1024, decoder.single_frame()));
                Ok(Next::Frame(at))
            }
            At::Within(mut frame) => {
                let most = LONGEST_LINE as u64 + 1;
                let read = (&mut frame).take(most).read_until(b'\n', line);
                match read {
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Next::Cut),
                    Err(error) => Err(fault(error)),
                    Ok(0) => {
                        self.at = At::Between(frame.into_inner().finish());
                        self.next(line)
                    }
                    Ok(_) if line.last() == Some(&b'\n') => {
                        line.pop();
                        self.at = At::Within(frame);
                        Ok(Next::Line)
                    }
                    Ok(count) if count as u64 == most => Err(Fault::Long),
                    Ok(_) => Ok(Next::Cut),
                }
            }
        }
    }
}

impl<R: Read + Seek> Lines<R> {
    /// From a frame that begins at this byte.
    pub(super) fn from(mut inner: R, at: u64) -> io::Result<Self> {
        inner.seek(SeekFrom::Start(at))?;
        let inner = BufReader::with_capacity(64 * 1024, inner);
        Ok(Self {
            at: At::Between(Counted { inner, at }),
        })
    }
}
