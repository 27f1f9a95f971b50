//! Lines into zstd frames, within a limit.

use std::io::{self, Write};

use zstd::stream::write::Encoder;

use super::FRAME;
use super::bounds::most_lines;

/// zstd's usual level: well below a millisecond for what a nation says in a second.
const LEVEL: i32 = 3;
/// Kept free for the line that closes a full recording.
const RESERVE: u64 = 4 * 1024;

/// What a line met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// It is in.
    Taken,
    /// It would have gone over the limit: it is not in.
    Full,
    /// With it a file of this size would hold more than is played: it is not in.
    Dense,
}

struct Counted<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Lines, packed. Each frame holds whole lines.
pub(super) struct Packer<W: Write> {
    encoder: Option<Encoder<'static, Counted<W>>>,
    limit: u64,
    /// Bytes of all lines.
    lines: u64,
    /// Bytes of lines in this frame.
    framed: u64,
    /// Bytes of lines that may not have left the encoder.
    pending: u64,
}

/// Most bytes that so many can become (zstd's own bound, with its flushed blocks' heads).
const fn bound(bytes: u64) -> u64 {
    bytes + bytes / 128 + 128
}

impl<W: Write> Packer<W> {
    /// Into this, at most `limit` bytes in all.
    pub(super) fn new(inner: W, limit: u64) -> io::Result<Self> {
        Ok(Self {
            encoder: Some(Encoder::new(Counted { inner, bytes: 0 }, LEVEL)?),
            limit,
            lines: 0,
            framed: 0,
            pending: 0,
        })
    }

    fn encoder(&mut self) -> io::Result<&mut Encoder<'static, Counted<W>>> {
        self.encoder
            .as_mut()
            .ok_or_else(|| io::Error::other("an earlier write failed"))
    }

    fn written(&mut self) -> io::Result<u64> {
        Ok(self.encoder()?.get_ref().bytes)
    }

    fn has_room(&mut self, more: u64) -> io::Result<bool> {
        let most = self.written()? + bound(self.pending + more) + RESERVE;
        Ok(most <= self.limit)
    }

    /// One line, without its end.
    pub(super) fn line(&mut self, line: &[u8]) -> io::Result<Room> {
        let more = line.len() as u64 + 1;
        if !self.has_room(more)? {
            // What waits in the encoder may turn out small.
            self.flush()?;
            if !self.has_room(more)? {
                return Ok(Room::Full);
            }
        }
        // Room for the line that closes it is kept here, too.
        if self.lines + more + RESERVE > most_lines(self.written()?) {
            return Ok(Room::Dense);
        }
        self.put(line)?;
        if self.framed >= FRAME {
            self.next_frame()?;
        }
        Ok(Room::Taken)
    }

    /// The last line, for which room was kept.
    pub(super) fn last(mut self, line: &[u8]) -> io::Result<W> {
        self.put(line)?;
        let encoder = self
            .encoder
            .take()
            .ok_or_else(|| io::Error::other("an earlier write failed"))?;
        let mut counted = encoder.finish()?;
        counted.flush()?;
        Ok(counted.inner)
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        let encoder = self.encoder()?;
        encoder.write_all(line)?;
        encoder.write_all(b"\n")?;
        let more = line.len() as u64 + 1;
        self.lines += more;
        self.framed += more;
        self.pending += more;
        Ok(())
    }

    /// All that was taken is with the system.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.pending > 0 {
            self.encoder()?.flush()?;
            self.pending = 0;
        }
        Ok(())
    }

    fn next_frame(&mut self) -> io::Result<()> {
        if let Some(encoder) = self.encoder.take() {
            let counted = encoder.finish()?;
            self.encoder = Some(Encoder::new(counted, LEVEL)?);
        }
        self.framed = 0;
        self.pending = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut x = seed | 1;
        (0..length)
            .map(|_| {
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                b'!' + u8::try_from((x >> 33) % 90).unwrap_or(0)
            })
            .collect()
    }

    #[test]
    fn a_limit_is_never_passed_and_nearly_used() {
        for limit in [16 * 1024, 100_000, 1_000_000] {
            let mut packer = Packer::new(Vec::new(), limit).expect("begins");
            let mut taken = 0;
            while packer
                .line(&noise(taken, 700 + taken as usize % 900))
                .expect("writes")
                == Room::Taken
            {
                taken += 1;
            }
            let bytes = packer.last(b"the end").expect("ends").len() as u64;
            assert!(bytes <= limit, "{bytes} of {limit}");
            assert!(bytes + 8 * 1024 > limit, "{bytes} of {limit} after {taken}");
        }
    }

    #[test]
    fn what_packs_beyond_measure_ends_before_it_could_not_be_played() {
        let mut packer = Packer::new(Vec::new(), u64::MAX / 2).expect("begins");
        let line = vec![b' '; 16 << 20];
        let mut room = Room::Taken;
        let mut lines = 0;
        while room == Room::Taken && lines < 100 {
            room = packer.line(&line).expect("writes");
            lines += 1;
        }
        assert_eq!(room, Room::Dense, "{lines}");
        let bytes = packer.last(b"the end").expect("ends").len() as u64;
        assert!(
            ((lines - 1) << 24) + 8 <= most_lines(bytes),
            "{lines} in {bytes}"
        );
    }

    #[test]
    fn frames_hold_whole_lines() {
        let mut packer = Packer::new(Vec::new(), u64::MAX / 2).expect("begins");
        for n in 0..5_000 {
            packer.line(&noise(n, 1_000)).expect("writes");
        }
        let whole = packer.last(b"the end").expect("ends");
        let plain = zstd::stream::decode_all(&whole[..]).expect("unpacks");
        assert_eq!(plain.split(|b| *b == b'\n').count(), 5_002);
        let first = {
            let mut bytes = Vec::new();
            let decoder = zstd::stream::read::Decoder::with_buffer(&whole[..]).expect("begins");
            io::Read::read_to_end(&mut decoder.single_frame(), &mut bytes).expect("unpacks");
            bytes
        };
        assert!(first.ends_with(b"\n") && (first.len() as u64) >= FRAME);
        assert!(first.len() < plain.len());
    }
}
