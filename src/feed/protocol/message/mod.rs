//! Whole messages: what a client says, what a server says, and the items inside.

pub(super) mod client;
pub(super) mod items;
pub(super) mod server;

use std::borrow::Cow;

use serde::Deserialize;

use super::BadMessage;

/// The `type` of a message, found without reading the rest of it.
fn type_of(text: &str) -> Result<Cow<'_, str>, BadMessage> {
    #[derive(Deserialize)]
    struct Tagged<'a> {
        #[serde(rename = "type", borrow)]
        tag: Cow<'a, str>,
    }
    // Where it comes first, as every writer of ours puts it, one look is enough.
    if let Some(rest) = text.strip_prefix("{\"type\":\"")
        && let Some(end) = rest.find('"')
        && rest[..end]
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'_')
    {
        return Ok(Cow::Borrowed(&rest[..end]));
    }
    Ok(serde_json::from_str::<Tagged<'_>>(text)?.tag)
}
