//! Bytes cut into lines, none longer than it may be.

use crate::work::stratum::protocol::{MAX_LINE, Refusal, too_long};

/// What has come of a line that is not ended yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Takes bytes in; gives the lines that they end, empty ones left out.
    ///
    /// # Errors
    /// A line is too long.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Vec<String>, Refusal> {
        let mut lines = Vec::new();
        let mut parts = bytes.split(|byte| *byte == b'\n');
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            self.append(part)?;
            let whole = std::mem::take(&mut self.begun);
            // Old pools say things in Latin-1: what is no UTF-8 is no reason to leave.
            let text = String::from_utf8_lossy(&whole);
            let text = text.trim();
            if !text.is_empty() {
                lines.push(text.to_owned());
            }
        }
        self.append(last)?;
        Ok(lines)
    }

    /// A line has begun and is not ended.
    pub(super) fn is_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    fn append(&mut self, part: &[u8]) -> Result<(), Refusal> {
        if self.begun.len() + part.len() > MAX_LINE {
            return Err(too_long());
        }
        self.begun.extend_from_slice(part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_lines_and_strange_bytes_are_refused() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(&vec![b'a'; MAX_LINE]), Ok(vec![]));
        assert!(lines.take(b"a").is_err());
        let strange = Lines::default().take(b"\xff\n");
        assert_eq!(strange, Ok(vec!["\u{fffd}".to_owned()]));
        let mut lines = Lines::default();
        assert_eq!(
            lines.take(b"a\r\n\n b\nc"),
            Ok(vec!["a".to_owned(), "b".to_owned()])
        );
        assert!(lines.is_begun());
    }

    proptest! {
        #[test]
        fn wherever_it_is_cut_the_lines_are_the_same(text in "[a-z\n]{0,200}", at in 0_usize..200) {
            let bytes = text.as_bytes();
            let at = at.min(bytes.len());
            let whole = Lines::default().take(bytes).expect("short");
            let mut cut = Lines::default();
            let mut parts = cut.take(&bytes[..at]).expect("short");
            parts.extend(cut.take(&bytes[at..]).expect("short"));
            prop_assert_eq!(whole, parts);
        }
    }
}
