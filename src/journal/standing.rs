//! Whose a journal is.

use serde::Deserialize;

use super::audit::Row;

/// The desk, or the gateway, that a `start` row names.
pub fn desk_of(row: &Row) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        desk: String,
    }
    let body: Option<Body> = serde_json::from_str(&row.body).ok();
    body.filter(|_| row.kind == "start").map(|body| body.desk)
}
