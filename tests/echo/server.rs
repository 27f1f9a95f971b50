//! Echoes over the feed's own websocket settings, for the conformance cases. Prints its address; ends with its parent
//! (when standard input closes).

use std::io::Read;

use baseload::feed::socket::limits;
use tokio::net::TcpListener;

mod echo;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            stream.set_nodelay(true)?;
            let socket =
                tokio_tungstenite::accept_async_with_config(stream, Some(limits())).await?;
            echo::echo(socket).await;
            Ok::<(), tokio_tungstenite::tungstenite::Error>(())
        });
    }
}
