//! Sends every message back. What breaks the rules or the limits is answered with a close frame, as a feed does.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

pub(crate) async fn echo(mut socket: WebSocketStream<TcpStream>) {
    let code = loop {
        match socket.next().await {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
            Some(Ok(_)) => {}
            Some(Err(Error::Capacity(_))) => break CloseCode::Size,
            Some(Err(Error::Utf8(_))) => break CloseCode::Invalid,
            Some(Err(Error::Protocol(_))) => break CloseCode::Protocol,
            Some(Err(_)) | None => return,
        }
    };
    let frame = CloseFrame {
        code,
        reason: "".into(),
    };
    let _ = timeout(Duration::from_secs(1), async {
        let _ = socket.close(Some(frame)).await;
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await;
}
