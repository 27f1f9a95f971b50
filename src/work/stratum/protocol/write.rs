//! Our requests and answers as lines.

use serde_json::{Value, json};

use super::{Submit, lower};
use crate::engine::job::VERSION_MASK;

/// Bits of version that the kernels like to have; fewer are taken too.
const MIN_BITS: u32 = 2;

fn line(value: &Value) -> String {
    let mut text = value.to_string();
    text.push('\n');
    text
}

fn request(id: u64, method: &str, params: &Value) -> String {
    line(&json!({"id": id, "method": method, "params": params}))
}

/// `mining.configure` (BIP 310): version rolling, and word of a new extranonce.
pub fn configure(id: u64) -> String {
    request(
        id,
        "mining.configure",
        &json!([
            ["version-rolling", "subscribe-extranonce"],
            {
                "version-rolling.mask": format!("{VERSION_MASK:08x}"),
                "version-rolling.min-bit-count": MIN_BITS,
            },
        ]),
    )
}

/// `mining.subscribe`, with the session to resume where there is one.
pub fn subscribe(id: u64, agent: &str, session: Option<&str>) -> String {
    let params = match session {
        Some(session) => json!([agent, session]),
        None => json!([agent]),
    };
    request(id, "mining.subscribe", &params)
}

/// `mining.authorize`.
pub fn authorize(id: u64, user: &str, password: &str) -> String {
    request(id, "mining.authorize", &json!([user, password]))
}

/// `mining.suggest_difficulty`.
pub fn suggest_difficulty(id: u64, difficulty: f64) -> String {
    request(id, "mining.suggest_difficulty", &json!([difficulty]))
}

/// `mining.submit`; six fields where version rolling was agreed, else five.
pub fn submit(id: u64, user: &str, share: &Submit) -> String {
    let mut params = vec![
        json!(user),
        json!(&*share.job),
        json!(lower(&share.extranonce2)),
        json!(format!("{:08x}", share.time)),
        json!(format!("{:08x}", share.nonce)),
    ];
    if let Some(bits) = share.version_bits {
        params.push(json!(format!("{bits:08x}")));
    }
    request(id, "mining.submit", &Value::Array(params))
}

/// The answer to `client.get_version`.
pub fn answer_version(id: &Value, agent: &str) -> String {
    line(&json!({"id": id, "result": agent, "error": null}))
}

/// The answer to a method that is not known (JSON-RPC: -32601).
pub fn refuse_method(id: &Value) -> String {
    line(&json!({"id": id, "result": null, "error": [-32601, "Method not found", null]}))
}
