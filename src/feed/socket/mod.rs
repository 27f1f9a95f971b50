//! The websocket under a session: dialling, accepting, TLS, limits.
//!
//! Invariant: nothing here waits without a limit, nothing grows without a bound, and a token is never in a URL, a log
//! or an error.

mod accept;
mod dial;
mod handle;
mod target;
mod tls;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

pub use accept::{Accepted, Admission, NotLetIn, Pass, Token, TokenId, accept};
pub use dial::{DialError, dial};
pub use handle::{Clock, FeedHandle, Full, close_frame, open};
pub use target::{FeedTarget, TargetError};
pub use tls::{TlsError, TlsIdentity, acceptor};

use super::protocol::{MAX_MESSAGE, MAX_WRITE_BUFFER};

/// A byte stream below a websocket: TCP, or TLS over it.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A websocket of either end.
pub type Socket = WebSocketStream<Box<dyn Duplex>>;

/// The limits of both ends.
pub fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(64 << 10)
        .write_buffer_size(64 << 10)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}
