//! JSON-RPC to a bitcoin node over HTTP/1.1: Bitcoin Core's dialect and bcoin's.
//!
//! Invariant: no answer is read past its bound, no call outlives its time, redirects are not followed, and a secret leaves
//! its file for the node's `Authorization` header alone. A connection a call: nothing stale is ever reused.

mod auth;
mod fault;
mod http;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub use self::auth::{Auth, SecretCheck};
use self::fault::NO_METHOD;
pub(super) use self::fault::{CHAIN_INFO, OUT_OF_RANGE};
pub use self::fault::{Fault, shown};
use self::http::Place;

/// Bounds of a call.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Most bytes of the answer.
    pub bytes: usize,
    /// Longest it may take.
    pub time: Duration,
}

/// A short question.
pub const SHORT: Bounds = Bounds {
    bytes: 1 << 20,
    time: Duration::from_secs(10),
};
/// A template: the hex of 4 MB and what is said of each transaction stay below. A slow node makes one for minutes: asking
/// anew would load it more, and one that is gone is found out by its silence below HTTP.
pub const TEMPLATE: Bounds = Bounds {
    bytes: 16 << 20,
    time: Duration::from_mins(5),
};
/// A template that is answered when there is news; nodes hold it for a minute or more.
pub const LONGPOLL: Bounds = Bounds {
    bytes: TEMPLATE.bytes,
    time: Duration::from_mins(15),
};
/// A block handed in: a slow node needs its time to check it.
pub const SUBMIT: Bounds = Bounds {
    bytes: 1 << 20,
    time: Duration::from_mins(1),
};

/// What an answer is read as. Types name what they keep, and say how much of it; the rest is passed over unread.
pub trait Answered: DeserializeOwned + Send + 'static {}

impl<T: DeserializeOwned + Send + 'static> Answered for T {}

/// One node's RPC.
#[derive(Debug)]
pub struct Client {
    place: Place,
    auth: Auth,
    check: SecretCheck,
    header: Mutex<Option<SecretString>>,
}

impl Client {
    /// For a URL (`http://` or `https://`, no user in it). One sentence where it is none.
    pub fn new(url: &str, auth: Auth, check: SecretCheck) -> Result<Self, String> {
        Ok(Self {
            place: Place::of(url)?,
            auth,
            check,
            header: Mutex::default(),
        })
    }

    /// Host and port, for the screen.
    pub fn label(&self) -> String {
        self.place.label()
    }

    /// Calls `method` and reads its result. After a 401 the secret is read again, and where it has changed the call is made once more.
    pub async fn call<T: Answered>(
        &self,
        method: &str,
        params: Value,
        bounds: Bounds,
    ) -> Result<T, Fault> {
        self.call_peeking(method, params, bounds, &|_| {}).await
    }

    /// As [`Client::call`]; `peek` is shown the first kilobytes of an answer that has more to come, once.
    pub async fn call_peeking<T: Answered>(
        &self,
        method: &str,
        params: Value,
        bounds: Bounds,
        peek: &(dyn Fn(&[u8]) + Sync),
    ) -> Result<T, Fault> {
        let body = json!({"jsonrpc": "1.0", "id": method, "method": method, "params": params});
        let body = body.to_string();
        let header = match self.held() {
            Some(header) => Some(header),
            None => self.read()?,
        };
        let mut answer = self
            .place
            .post(&body, header.as_ref(), bounds, peek)
            .await?;
        if answer.status == 401 {
            let again = self.read()?;
            if same(again.as_ref(), header.as_ref()) {
                return Err(Fault::Status(401));
            }
            answer = self.place.post(&body, again.as_ref(), bounds, peek).await?;
        }
        if answer.status == 403 {
            return Err(Fault::Forbidden(method.to_owned()));
        }
        let read = if answer.body.len() > 64 * 1024 {
            // A template of megabytes takes tens of milliseconds to read, in which others should be heard.
            tokio::task::spawn_blocking(move || result(answer.status, &answer.body))
                .await
                .unwrap_or_else(|_| Err(Fault::NotJson("reading it failed".to_owned())))
        } else {
            result(answer.status, &answer.body)
        };
        match read {
            Err(Fault::Rpc {
                code: NO_METHOD, ..
            }) => Err(Fault::Missing(method.to_owned())),
            read => read,
        }
    }

    fn held(&self) -> Option<SecretString> {
        let header = self.header.lock().unwrap_or_else(PoisonError::into_inner);
        header.clone()
    }

    fn read(&self) -> Result<Option<SecretString>, Fault> {
        if let Some(file) = self.auth.awaited() {
            return Err(Fault::NoCookie(shown(&file.display().to_string())));
        }
        let found = self.auth.header(self.check).map_err(Fault::Secret)?;
        let mut header = self.header.lock().unwrap_or_else(PoisonError::into_inner);
        header.clone_from(&found);
        Ok(found)
    }
}

fn same(a: Option<&SecretString>, b: Option<&SecretString>) -> bool {
    use secrecy::ExposeSecret;
    a.map(ExposeSecret::expose_secret) == b.map(ExposeSecret::expose_secret)
}

/// An answer's frame. What it holds is read for itself, so that a fault in it is told apart.
#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// A result of null is one too.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(from: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

/// A node's error.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
}

/// What an HTTP answer says. Bitcoin Core gives errors with HTTP 500, 404 and 400, and JSON in them.
fn result<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, Fault> {
    if matches!(status, 401 | 429 | 503 | 300..=399) {
        return Err(Fault::Status(status));
    }
    let reply: Reply<'_> = match serde_json::from_slice(body) {
        // A list would be read by the order of the fields.
        Ok(_) if !body.trim_ascii_start().starts_with(b"{") => {
            return Err(Fault::NotJson("not an object".to_owned()));
        }
        Ok(reply) => reply,
        Err(_) if status != 200 => return Err(Fault::Status(status)),
        Err(e) if e.is_eof() => return Err(Fault::Cut("it ends too early".to_owned())),
        Err(e) => return Err(Fault::NotJson(shown(&e.to_string()))),
    };
    if let Some(error) = reply.error {
        let error: Refusal = serde_json::from_str(error.get())
            .map_err(|_| Fault::NotJson("an error that is no object".to_owned()))?;
        return Err(Fault::rpc(error.code, &error.message));
    }
    if status != 200 {
        return Err(Fault::Status(status));
    }
    let found = reply
        .result
        .ok_or_else(|| Fault::NotJson("neither result nor error".to_owned()))?;
    serde_json::from_str(found.get()).map_err(|e| Fault::Shape(shown(&e.to_string())))
}

#[cfg(test)]
mod tests;
