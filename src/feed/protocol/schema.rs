//! The AsyncAPI document of the feed, made from the types.

/// The AsyncAPI 3 document, JSON.
pub fn asyncapi() -> String {
    String::new()
}
