//! The socket below a session: TCP, or TLS over it, and lines.
//!
//! Invariant: nothing waits without a limit, and nothing grows without a bound.

mod lines;
pub(super) mod tls;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use self::lines::Lines;
use super::address::PoolAddress;
use super::protocol::Refusal;

/// An address is given up after this.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// TLS is given up after this.
const SECURE_WITHIN: Duration = Duration::from_secs(5);
/// Addresses of a name that are tried.
const MOST_ADDRESSES: usize = 4;
/// A write that takes longer means that the pool does not read.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// A line that was begun must end within this.
const LINE_WITHIN: Duration = Duration::from_secs(30);
/// Lines that wait to be written, at most.
pub(super) const OUTBOX: usize = 2048;

/// What a link tells.
#[derive(Debug)]
pub(super) enum Event {
    /// It stands.
    Opened,
    /// A line has come.
    Line(String),
    /// What comes is no lines.
    Refused(Refusal),
    /// It ended, or could not be made; one sentence.
    Closed(String),
}

/// Whose event: the pool's place in the list, and the number of its link.
pub(super) type Tag = (usize, u64);

/// A link that is being made or stands. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) outbox: mpsc::Sender<String>,
    task: tokio::task::AbortHandle,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Makes a link on the present tokio runtime. Its last event is `Refused` or `Closed`.
pub(super) fn open(
    address: PoolAddress,
    tls: Option<Arc<ClientConfig>>,
    tag: Tag,
    events: mpsc::Sender<(Tag, Event)>,
) -> Link {
    let (outbox, lines) = mpsc::channel(OUTBOX);
    let task = tokio::spawn(async move {
        let last = run(&address, tls, tag, &events, lines).await;
        // Fails only where nobody listens any more.
        let _ = events.send((tag, last)).await;
    });
    Link {
        outbox,
        task: task.abort_handle(),
    }
}

async fn run(
    address: &PoolAddress,
    tls: Option<Arc<ClientConfig>>,
    tag: Tag,
    events: &mpsc::Sender<(Tag, Event)>,
    lines: mpsc::Receiver<String>,
) -> Event {
    let stream = match connect(address).await {
        Ok(stream) => stream,
        Err(error) => return Event::Closed(format!("{address} cannot be reached: {error}")),
    };
    let Some(tls) = tls else {
        return converse(stream, tag, events, lines).await;
    };
    let Ok(name) = ServerName::try_from(address.host.clone()) else {
        return Event::Closed(format!("{address}: its name cannot be in a certificate"));
    };
    match timeout(SECURE_WITHIN, TlsConnector::from(tls).connect(name, stream)).await {
        Ok(Ok(stream)) => converse(stream, tag, events, lines).await,
        Ok(Err(error)) => Event::Closed(format!("{address}: TLS: {error}")),
        Err(_) => Event::Closed(format!("{address}: TLS: no answer in time")),
    }
}

async fn connect(address: &PoolAddress) -> io::Result<TcpStream> {
    let late = |what: &str| io::Error::new(io::ErrorKind::TimedOut, what.to_owned());
    let found = tokio::net::lookup_host((address.host.as_str(), address.port));
    let found = timeout(CONNECT_WITHIN, found)
        .await
        .map_err(|_| late("its name was not resolved in time"))??;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "its name has no address");
    for to in found.take(MOST_ADDRESSES) {
        match timeout(CONNECT_WITHIN, TcpStream::connect(to)).await {
            Ok(Ok(stream)) => {
                // A share that waits for the next one may be stale by then.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = late("no answer in time"),
        }
    }
    Err(last)
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Send,
    tag: Tag,
    events: &mpsc::Sender<(Tag, Event)>,
    lines: mpsc::Receiver<String>,
) -> Event {
    let _ = events.send((tag, Event::Opened)).await;
    let (from, to) = split(stream);
    tokio::select! {
        ended = read(from, tag, events, LINE_WITHIN) => ended,
        ended = write(to, lines) => ended,
    }
}

async fn read(
    mut from: impl AsyncRead + Unpin,
    tag: Tag,
    events: &mpsc::Sender<(Tag, Event)>,
    line_within: Duration,
) -> Event {
    let mut lines = Lines::default();
    let mut chunk = vec![0; 4096];
    let mut begun = tokio::time::Instant::now();
    loop {
        let reading = from.read(&mut chunk);
        let got = if lines.is_begun() {
            match tokio::time::timeout_at(begun + line_within, reading).await {
                Ok(got) => got,
                Err(_) => return Event::Refused(Refusal::new("a line was begun and never ended")),
            }
        } else {
            reading.await
        };
        let bytes = match got {
            Ok(0) => return Event::Closed("the pool closed the link".to_owned()),
            Ok(count) => &chunk[..count],
            Err(error) => return Event::Closed(format!("the link broke: {error}")),
        };
        if !lines.is_begun() || bytes.contains(&b'\n') {
            begun = tokio::time::Instant::now();
        }
        match lines.take(bytes) {
            Ok(whole) => {
                for line in whole {
                    if events.send((tag, Event::Line(line))).await.is_err() {
                        return Event::Closed("nobody listens any more".to_owned());
                    }
                }
            }
            Err(refusal) => return Event::Refused(refusal),
        }
    }
}

async fn write(mut to: impl AsyncWrite + Unpin, mut lines: mpsc::Receiver<String>) -> Event {
    while let Some(line) = lines.recv().await {
        let writing = async {
            to.write_all(line.as_bytes()).await?;
            to.flush().await
        };
        match timeout(WRITE_WITHIN, writing).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Event::Closed(format!("the link broke: {error}")),
            Err(_) => return Event::Closed("the pool does not read".to_owned()),
        }
    }
    Event::Closed("closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte by byte, so that something comes all the time.
    #[tokio::test]
    async fn a_line_that_was_begun_must_end_in_time_however_it_drips() {
        let (mut pool, ours) = tokio::io::duplex(64);
        let (events, mut heard) = mpsc::channel(8);
        let dripping = tokio::spawn(async move {
            let _ = pool.write_all(b"{}\n").await;
            while pool.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let reading = read(ours, (0, 1), &events, Duration::from_millis(100));
        let ended = timeout(Duration::from_mins(1), reading).await;
        let Ok(Event::Refused(refusal)) = ended else {
            panic!("not refused: {ended:?}");
        };
        assert!(refusal.0.contains("never ended"), "{refusal}");
        assert!(matches!(heard.recv().await, Some((_, Event::Line(line))) if line == "{}"));
        dripping.await.expect("ends with the link");
    }
}
