//! The words that a miner writes into the coinbase.

/// Most bytes: with the height (5), the extra-nonce (9) and its own push (2) a script of 100 bytes is full.
pub const MAX_TAG: usize = 84;

/// Why a text can't be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// The coinbase's script has no room for it.
    #[error("the coinbase tag has {0} bytes and may have {MAX_TAG}; shorten it")]
    Long(usize),
    /// It would break up a terminal's line.
    #[error("the coinbase tag holds a control character; leave it out")]
    Control,
}

/// At most [`MAX_TAG`] bytes of text; empty: none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tag(Box<str>);

impl Tag {
    /// Checks a text.
    pub fn parse(text: &str) -> Result<Self, TagError> {
        if text.len() > MAX_TAG {
            return Err(TagError::Long(text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(TagError::Control);
        }
        Ok(Self(text.into()))
    }

    /// The bytes that go into the script.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
