//! A shift that is handed over: what is stated of it, and who put their name under that.

use std::sync::Arc;

use super::journal::Head;
use super::time::Timestamp;

/// What both persons sign, as one text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Statement {
    /// The desk.
    pub desk: Arc<str>,
    /// The nation's name.
    pub nation: Arc<str>,
    /// It is a simulated one.
    pub simulated: bool,
    /// When the shift began.
    pub from: Timestamp,
    /// When the report was made.
    pub until: Timestamp,
    /// The last row of the journal before the handover.
    pub head: Head,
    /// Who leaves.
    pub leaving: Arc<str>,
    /// Who takes over.
    pub taking: Arc<str>,
    /// The report, Markdown.
    pub report: Arc<str>,
}

/// A signature, ed25519, with the key that checks it; both in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sealed {
    /// The public key.
    pub key: Arc<str>,
    /// Over the statement's RFC 8785 form.
    pub signature: Arc<str>,
}

/// A name under a statement.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// Whose.
    pub by: Arc<str>,
    /// Their signature; none where they have given their name alone.
    pub sealed: Option<Sealed>,
}

/// A statement with both names under it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Signed {
    /// What was signed.
    pub statement: Statement,
    /// SHA-256 of its RFC 8785 form.
    pub hash: [u8; 32],
    /// Of who leaves.
    pub leaving: Mark,
    /// Of who takes over.
    pub taking: Mark,
}
