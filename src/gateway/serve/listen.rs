//! One listener: accepts, admits, and hands each client to its own task.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::client;
use super::hub::Hub;
use crate::feed::socket::{Admission, accept};

/// TLS and upgrade are given up after this.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);
/// Clients are given so long to take their close frames.
const FAREWELL: Duration = Duration::from_millis(500);

/// How one listener serves.
#[derive(Clone)]
pub struct ServeOptions {
    /// The feed's name in `hello`.
    pub feed: Arc<str>,
    /// Who is let in, and to which topics.
    pub admission: Admission,
    /// `wss`.
    pub tls: Option<TlsAcceptor>,
    /// Connections at a time, those that are still shaking hands included.
    pub max_clients: usize,
}

impl ServeOptions {
    /// Everybody, everything, no TLS, 256 clients: for loopback.
    pub fn open(feed: &str) -> Self {
        Self {
            feed: feed.into(),
            admission: Admission {
                topics: crate::domain::link::Topic::ALL.to_vec(),
                ..Admission::default()
            },
            tls: None,
            max_clients: 256,
        }
    }
}

/// Serves until `shutdown` is done; then every client of this listener is told so and let go. The hub lives on.
pub async fn serve(
    listener: TcpListener,
    hub: Hub,
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send,
) {
    let (stop, stopped) = watch::channel(false);
    let seats = Arc::new(Semaphore::new(options.max_clients));
    let options = Arc::new(options);
    let mut clients = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let seat = Arc::clone(&seats).acquire_owned();
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = clients.join_next(), if !clients.is_empty() => continue,
            // With every seat taken, new ones wait in the backlog.
            accepted = async { (seat.await, listener.accept().await) } => accepted,
        };
        let (Ok(seat), Ok((stream, from))) = accepted else {
            // Out of file handles, say: not a reason to end, nor to spin.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (hub, options, stopped) = (hub.clone(), Arc::clone(&options), stopped.clone());
        clients.spawn(async move {
            let _seat = seat;
            let upgrade = accept(stream, options.tls.as_ref(), &options.admission);
            match timeout(HANDSHAKE_WITHIN, upgrade).await {
                Ok(Ok(accepted)) => {
                    client::run(accepted, &hub, Arc::clone(&options.feed), stopped).await;
                }
                Ok(Err(error)) => tracing::info!(%from, %error, "not let in"),
                Err(_) => tracing::info!(%from, "no upgrade within 5 s"),
            }
        });
    }
    drop(listener);
    let _ = stop.send(true);
    let _ = timeout(FAREWELL, async {
        while clients.join_next().await.is_some() {}
    })
    .await;
    clients.shutdown().await;
}
