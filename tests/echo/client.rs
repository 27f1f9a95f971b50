//! Runs every conformance case of the server at the address given, over the feed's own websocket settings.

use std::error::Error;

use baseload::feed::socket::limits;
use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

mod echo;

async fn open(at: &str, path: &str) -> Result<WebSocketStream<TcpStream>, Box<dyn Error>> {
    let stream = TcpStream::connect(at).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{at}{path}");
    Ok(client_async_with_config(url, stream, Some(limits()))
        .await?
        .0)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let at = std::env::args()
        .nth(1)
        .ok_or("usage: echo_client HOST:PORT")?;
    let mut socket = open(&at, "/getCaseCount").await?;
    let count: u32 = match socket.next().await {
        Some(Ok(Message::Text(text))) => text.trim().parse()?,
        other => return Err(format!("no count of cases: {other:?}").into()),
    };
    while let Some(Ok(_)) = socket.next().await {}
    for case in 1..=count {
        let path = format!("/runCase?case={case}&agent=baseload");
        match open(&at, &path).await {
            Ok(socket) => echo::echo(socket).await,
            Err(error) => eprintln!("case {case}: {error}"),
        }
    }
    let mut socket = open(&at, "/updateReports?agent=baseload").await?;
    while let Some(Ok(_)) = socket.next().await {}
    println!("{count} cases");
    Ok(())
}
