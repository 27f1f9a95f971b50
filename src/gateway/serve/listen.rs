//! One listener: accepts, admits, and hands each client to its own task.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::client;
use super::hub::Hub;
use super::log::Sort;
use super::places::{Place, Places, at_the_door, inside};
use crate::feed::socket::{Accepted, Admission, NotLetIn, Pass, accept};

/// TLS and upgrade are given up after this.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);
/// Connections that shake hands at a time; the oldest makes room for a new one.
const AT_THE_DOOR: usize = 128;
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
    /// Clients at a time; does not change while it serves.
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
    let (_never, options) = watch::channel(Arc::new(options));
    serve_changing(listener, hub, options, shutdown).await;
}

/// As [`serve`], by options that may change: a token that is not among them any more loses its links.
pub async fn serve_changing(
    listener: TcpListener,
    hub: Hub,
    options: watch::Receiver<Arc<ServeOptions>>,
    shutdown: impl Future<Output = ()> + Send,
) {
    let (stop, stopped) = watch::channel(false);
    let seats = Places::new(options.borrow().max_clients, inside);
    let door = Places::new(AT_THE_DOOR, at_the_door);
    let mut clients = JoinSet::new();
    let mut told = interval(Duration::from_secs(1));
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = clients.join_next(), if !clients.is_empty() => continue,
            _ = told.tick() => {
                hub.log().tick();
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, from)) = accepted else {
            // Out of file handles, say: not a reason to end, nor to spin.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(standing) = door.take(&from.ip()) else {
            continue;
        };
        let (hub, options, stopped) = (hub.clone(), options.clone(), stopped.clone());
        let seats = Arc::clone(&seats);
        clients.spawn(async move {
            let newcomer = Newcomer {
                stream,
                from,
                standing,
            };
            // Who is let in by options that change meanwhile is looked at again.
            if let Some(accepted) = newcomer.shake_hands(&hub, &options, &seats).await {
                client::run(accepted, from, &hub, options, stopped).await;
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

/// Somebody at the door.
struct Newcomer {
    stream: TcpStream,
    from: SocketAddr,
    standing: Place<std::net::IpAddr>,
}

impl Newcomer {
    async fn shake_hands(
        self,
        hub: &Hub,
        options: &watch::Receiver<Arc<ServeOptions>>,
        seats: &Arc<Places<Pass>>,
    ) -> Option<Accepted<Place<Pass>>> {
        let (from, mut standing) = (self.from, self.standing);
        let now = Arc::clone(&options.borrow());
        let seat = |pass: Pass| seats.take(&pass);
        let upgrade = accept(self.stream, now.tls.as_ref(), &now.admission, seat);
        let ended = tokio::select! {
            ended = timeout(HANDSHAKE_WITHIN, upgrade) => ended,
            () = standing.lost() => {
                let why = "left for newer ones, its handshake not done";
                hub.log().say(Sort::Handshake, || format!("{from}: {why}"));
                return None;
            }
        };
        match ended {
            Ok(Ok(accepted)) => return Some(accepted),
            Ok(Err(why)) => hub.log().say(sort(&why), || format!("{from}: {why}")),
            Err(_) => hub
                .log()
                .say(Sort::Handshake, || format!("{from}: no upgrade within 5 s")),
        }
        None
    }
}

const fn sort(why: &NotLetIn) -> Sort {
    match why {
        NotLetIn::Token => Sort::Refused("refused token"),
        NotLetIn::Origin => Sort::Refused("refused origin"),
        NotLetIn::Full => Sort::Place,
        NotLetIn::Path | NotLetIn::Subprotocol | NotLetIn::Link(_) => Sort::Handshake,
    }
}
