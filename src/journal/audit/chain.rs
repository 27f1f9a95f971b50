//! A row and how it hangs on the one before it.

use std::fmt::Write;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::domain::journal::{Head, Line};
use crate::domain::time::Timestamp;
use crate::journal::canonical::{canonical, quoted};
use crate::journal::words;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// One plain word.
    pub kind: String,
    /// The SHA-256 of the row before; zeros in the first.
    pub prev: [u8; 32],
    /// Canonical JSON.
    pub body: String,
    /// Over all other columns.
    pub hash: [u8; 32],
    /// The actor's ed25519 signature over what the row holds, hexadecimal, where they gave one.
    pub signature: Option<String>,
}

impl Row {
    /// The text that is hashed: RFC 8785, as the body is, so that anybody can check it with common tools.
    pub fn text(&self) -> String {
        let signature = self.signature.as_deref().map_or("null".into(), quoted);
        format!(
            "{{\"actor\":{},\"at_ms\":{},\"body\":{},\"kind\":{},\"prev\":\"{}\",\"seq\":{},\"signature\":{signature}}}",
            quoted(&self.actor),
            self.at.millis(),
            self.body,
            quoted(&self.kind),
            hex(&self.prev),
            self.seq,
        )
    }

    /// What its hash must be.
    pub fn proper_hash(&self) -> [u8; 32] {
        Sha256::digest(self.text().as_bytes()).into()
    }

    /// The head that it makes.
    pub fn head(&self) -> Head {
        Head {
            seq: self.seq,
            hash: self.hash,
        }
    }

    /// As it is shown.
    pub fn line(&self) -> Line {
        Line {
            seq: self.seq,
            at: self.at,
            actor: Arc::from(&*self.actor),
            kind: Arc::from(&*self.kind),
            what: words::what(&self.kind, &self.body).into(),
        }
    }

    /// What is wrong with it as the row after `before`; none where it is sound.
    pub(super) fn fault(&self, before: Head) -> Option<String> {
        if self.seq != before.seq + 1 {
            let missing = before.seq + 1;
            return Some(format!("row {missing} is missing before it"));
        }
        if self.prev != before.hash {
            return Some("it does not hang on the row before it".into());
        }
        if self.hash != self.proper_hash() {
            return Some("its SHA-256 is not that of its columns".into());
        }
        // The body goes into the hashed text as it is: it must be one JSON value, of the one form.
        let is_canonical =
            serde_json::from_str(&self.body).is_ok_and(|v| canonical(&v) == self.body);
        (!is_canonical).then(|| "its body is not canonical JSON".into())
    }
}

/// Bytes as hexadecimal, small letters.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A head as it is noted: `SEQ:SHA-256`.
pub fn shown_head(head: Head) -> String {
    format!("{}:{}", head.seq, hex(&head.hash))
}

/// A noted head. Errors: one sentence.
pub fn parse_head(text: &str) -> Result<Head, String> {
    let wrong = || "a head is SEQ:SHA-256, as `baseload journal head` prints it".to_owned();
    let (seq, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
    let seq = seq.parse().map_err(|_| wrong())?;
    let bytes = data_encoding::HEXLOWER_PERMISSIVE
        .decode(hash.as_bytes())
        .map_err(|_| wrong())?;
    let hash = bytes.try_into().map_err(|_| wrong())?;
    Ok(Head { seq, hash })
}
