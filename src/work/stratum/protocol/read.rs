//! Lines of a pool as messages.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{
    Answer, Extranonce, Incoming, MAX_BRANCH, MAX_DIFFICULTY, MAX_EXTRANONCE, MAX_JOB_ID, MAX_LINE,
    MAX_SESSION_ID, MAX_WAIT, MIN_DIFFICULTY, Notify, PoolError, Reconnect, Refusal, Subscription,
    clean, hex,
};
use crate::work::stratum::address::is_host;

/// An id of the pool's that is longer is not repeated to it.
const MAX_ID: usize = 64;

/// Calls that change what is hashed, or where.
const ACTS: [&str; 5] = [
    "mining.notify",
    "mining.set_difficulty",
    "mining.set_extranonce",
    "mining.set_version_mask",
    "client.reconnect",
];

/// Reads a line, its end cut off.
///
/// # Errors
/// Why it is refused; the link is not worth keeping then.
pub fn read(line: &str) -> Result<Incoming, Refusal> {
    if line.len() > MAX_LINE {
        return Err(too_long());
    }
    let message = match serde_json::from_str(line) {
        Ok(Value::Object(message)) => message,
        Ok(_) => return Ok(Incoming::Nothing("a line is no JSON object")),
        Err(_) => return Ok(Incoming::Nothing("a line is not JSON")),
    };
    match message.get("method") {
        Some(Value::String(method)) => called(method, &message),
        None | Some(Value::Null) => Ok(answered(message)),
        Some(_) => Ok(Incoming::Nothing("a method is no text")),
    }
}

/// What is said of a line that passes [`MAX_LINE`].
pub(in crate::work::stratum) fn too_long() -> Refusal {
    Refusal::new(format!("a line is longer than {} KiB", MAX_LINE >> 10))
}

fn answered(mut message: Map<String, Value>) -> Incoming {
    if !message.contains_key("result") && !message.contains_key("error") {
        return Incoming::Nothing("a line is neither a call nor an answer");
    }
    let id = match message.get("id") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let Some(id) = id else {
        return Incoming::StrangeAnswer;
    };
    let result = message.remove("result").unwrap_or(Value::Null);
    // Some pools refuse with a reason beside the result.
    let reason = message.remove("reject-reason");
    let result = match message.remove("error") {
        None | Some(Value::Null) => match reason {
            Some(reason) if result != Value::Bool(true) => Err(pool_error(&reason)),
            _ => Ok(result),
        },
        Some(error) => Err(pool_error(&error)),
    };
    Incoming::Answer(Answer { id, result })
}

fn pool_error(error: &Value) -> PoolError {
    let is_number = |code: &Value| as_code(code).is_some();
    let (code, message) = match error {
        Value::Array(parts) if parts.first().is_none_or(is_number) => (parts.first(), parts.get(1)),
        Value::Array(parts) => (None, parts.iter().find(|part| part.is_string())),
        Value::Object(parts) => (parts.get("code"), parts.get("message")),
        Value::Number(_) => (Some(error), None),
        Value::String(_) => (None, Some(error)),
        _ => (None, None),
    };
    PoolError {
        code: code.and_then(as_code),
        message: message
            .and_then(Value::as_str)
            .map(clean)
            .unwrap_or_default(),
    }
}

fn as_code(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_i64(),
    }
}

fn called(method: &str, message: &Map<String, Value>) -> Result<Incoming, Refusal> {
    let none = Vec::new();
    let params = match message.get("params") {
        Some(Value::Array(params)) => params,
        None | Some(Value::Null) => &none,
        // Only what acts needs them.
        Some(_) if !ACTS.contains(&method) => &none,
        Some(_) => return Err(Refusal::new("a call's params are no list")),
    };
    match method {
        "mining.notify" => Ok(Incoming::Job(Box::new(notify(params)?))),
        "mining.set_difficulty" => difficulty(params).map(Incoming::Difficulty),
        "mining.set_extranonce" => {
            extranonce(params.first(), params.get(1)).map(Incoming::Extranonce)
        }
        "mining.set_version_mask" => {
            let mask = text(params.first(), "version mask")?;
            hex::word(mask, "version mask").map(Incoming::VersionMask)
        }
        "client.reconnect" => reconnect(params).map(Incoming::Reconnect),
        "client.show_message" => {
            let said = params.first().and_then(Value::as_str).unwrap_or_default();
            Ok(Incoming::Message(clean(said)))
        }
        "client.get_version" => Ok(match id_to_answer(message) {
            Some(id) => Incoming::WantsVersion(id),
            None => Incoming::Unknown(None),
        }),
        _ => Ok(Incoming::Unknown(id_to_answer(message))),
    }
}

fn id_to_answer(message: &Map<String, Value>) -> Option<Value> {
    match message.get("id")? {
        id @ Value::Number(_) => Some(id.clone()),
        Value::String(id) if id.len() <= MAX_ID => Some(Value::String(id.clone())),
        _ => None,
    }
}

fn text<'a>(value: Option<&'a Value>, what: &str) -> Result<&'a str, Refusal> {
    value
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::new(format!("the {what} is missing or no text")))
}

fn notify(params: &[Value]) -> Result<Notify, Refusal> {
    let field = |at: usize, what: &str| text(params.get(at), what);
    let id = field(0, "job's id")?;
    if id.len() > MAX_JOB_ID {
        return Err(Refusal::new(format!(
            "the job's id is longer than {MAX_JOB_ID} bytes"
        )));
    }
    let Some(Value::Array(branch)) = params.get(4) else {
        return Err(Refusal::new("the job's merkle branch is missing"));
    };
    if branch.len() > MAX_BRANCH {
        return Err(Refusal::new(format!(
            "the job's merkle branch has {} hashes; a block has room for {MAX_BRANCH}",
            branch.len()
        )));
    }
    let branch = branch
        .iter()
        .map(|hash| hex::hash(text(Some(hash), "merkle hash")?, "merkle hash"))
        .collect::<Result<_, _>>()?;
    Ok(Notify {
        id: id.into(),
        previous: word_swapped(hex::hash(field(1, "previous hash")?, "previous hash")?),
        coinbase_before: hex::bytes(field(2, "coinbase's first part")?, "coinbase's first part")?,
        coinbase_after: hex::bytes(
            field(3, "coinbase's second part")?,
            "coinbase's second part",
        )?,
        branch,
        version: hex::word(field(5, "version")?, "version")?,
        bits: hex::word(field(6, "nBits")?, "nBits")?,
        time: hex::word(field(7, "nTime")?, "nTime")?,
        clean: params.get(8).and_then(Value::as_bool).unwrap_or(false),
    })
}

/// Stratum sends the previous hash as eight words, each turned around: the header has them the other way.
fn word_swapped(mut hash: [u8; 32]) -> [u8; 32] {
    for word in hash.as_chunks_mut::<4>().0 {
        word.reverse();
    }
    hash
}

fn difficulty(params: &[Value]) -> Result<f64, Refusal> {
    let difficulty = params
        .first()
        .and_then(Value::as_f64)
        .ok_or_else(|| Refusal::new("the difficulty is missing or no number"))?;
    if (MIN_DIFFICULTY..=MAX_DIFFICULTY).contains(&difficulty) {
        Ok(difficulty)
    } else {
        Err(Refusal::new(format!(
            "a difficulty of {difficulty:e} is absurd; {MIN_DIFFICULTY:e} to {MAX_DIFFICULTY:e} are taken"
        )))
    }
}

fn extranonce(first: Option<&Value>, second_len: Option<&Value>) -> Result<Extranonce, Refusal> {
    let first = hex::bytes(text(first, "extranonce1")?, "extranonce1")?;
    if first.len() > MAX_EXTRANONCE {
        return Err(Refusal::new(format!(
            "extranonce1 has {} bytes; {MAX_EXTRANONCE} are taken",
            first.len()
        )));
    }
    let second_len = second_len
        .and_then(Value::as_u64)
        .and_then(|len| usize::try_from(len).ok())
        .filter(|len| (1..=MAX_EXTRANONCE).contains(len))
        .ok_or_else(|| {
            Refusal::new(format!(
                "the length of extranonce2 is no number from 1 to {MAX_EXTRANONCE}"
            ))
        })?;
    Ok(Extranonce {
        first: first.into(),
        second_len,
    })
}

/// The answer to `mining.subscribe`.
pub fn read_subscription(result: &Value) -> Result<Subscription, Refusal> {
    let Value::Array(parts) = result else {
        return Err(Refusal::new("the answer to the subscription is no list"));
    };
    Ok(Subscription {
        session: parts.first().and_then(session_id),
        extranonce: extranonce(parts.get(1), parts.get(2))?,
    })
}

/// The id beside `mining.notify`, in the list of pairs or the single pair that pools send.
fn session_id(subscriptions: &Value) -> Option<String> {
    let pairs = subscriptions.as_array()?;
    let of_pair = |pair: &Value| match pair.as_array()?.as_slice() {
        [method, id, ..] if method == "mining.notify" => id.as_str().map(str::to_owned),
        _ => None,
    };
    of_pair(subscriptions)
        .or_else(|| pairs.iter().find_map(of_pair))
        .filter(|id| !id.is_empty() && id.len() <= MAX_SESSION_ID)
}

/// The mask in the answer to `mining.configure`; none where the pool does not roll.
pub fn read_mask(result: &Value) -> Result<Option<u32>, Refusal> {
    if result.get("version-rolling") != Some(&Value::Bool(true)) {
        return Ok(None);
    }
    let Some(Value::String(mask)) = result.get("version-rolling.mask") else {
        return Ok(None);
    };
    hex::word(mask, "version mask").map(Some)
}

fn reconnect(params: &[Value]) -> Result<Reconnect, Refusal> {
    let host = match params.first() {
        None | Some(Value::Null) => None,
        Some(Value::String(host)) if host.trim().is_empty() => None,
        Some(Value::String(host)) if is_host(host.trim_matches(['[', ']'])) => Some(host.clone()),
        Some(_) => return Err(Refusal::new("the host to reconnect to is no host")),
    };
    let number = |at: usize| match params.get(at) {
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(value) => value.as_u64(),
        None => None,
    };
    let port = match number(1) {
        None | Some(0) => None,
        Some(port) => Some(
            u16::try_from(port)
                .map_err(|_| Refusal::new("the port to reconnect to is above 65535"))?,
        ),
    };
    let wait = Duration::from_secs(number(2).unwrap_or(0)).min(MAX_WAIT);
    Ok(Reconnect { host, port, wait })
}

#[cfg(test)]
mod tests;
