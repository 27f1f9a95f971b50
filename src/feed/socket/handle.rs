//! A feed as a task: dials, runs the session, tries again; ends when its handle is dropped.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};

use super::Socket;
use super::dial::dial;
use super::target::FeedTarget;
use crate::domain::ids::FeedId;
use crate::domain::link::{DownCause, FeedEvent, LinkState, Request};
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;
use crate::feed::protocol::close;
use crate::feed::session::client::{Output, Wants, not_sent};
use crate::feed::session::{Backoff, Client};

/// Requests that wait for the task.
const REQUESTS: usize = 256;
/// A write that takes longer than this means that the other end does not read.
const WRITE_WITHIN: Duration = Duration::from_secs(5);
/// A close frame is tried for so long.
const CLOSE_WITHIN: Duration = Duration::from_millis(250);

/// What time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The task has more requests waiting than it should ever have, or has ended; the request comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Full(pub Request);

/// A running feed. Dropping it ends the feed.
#[derive(Debug)]
pub struct FeedHandle {
    requests: mpsc::Sender<Request>,
    _stop: oneshot::Sender<()>,
}

impl FeedHandle {
    /// Hands a request to the feed; never waits. What becomes of it comes as an event: its answer, or an
    /// `Error` with the code `not_sent` and the request's id.
    ///
    /// # Errors
    /// [`Full`] with the request: it was not taken.
    pub fn send(&self, request: Request) -> Result<(), Full> {
        self.requests
            .try_send(request)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(request)
                | mpsc::error::TrySendError::Closed(request) => Full(request),
            })
    }
}

/// Starts a feed on the present tokio runtime.
pub fn open(
    id: FeedId,
    target: FeedTarget,
    events: mpsc::Sender<(FeedId, FeedEvent)>,
    clock: Clock,
) -> FeedHandle {
    let (requests, inbox) = mpsc::channel(REQUESTS);
    let (stop, stopped) = oneshot::channel::<()>();
    let feed = Feed {
        id,
        session: Client::new(Wants {
            topics: target.topics.clone(),
            max_hz: target.max_hz,
        }),
        target,
        events,
        clock,
        inbox,
        backoff: Backoff::default(),
    };
    tokio::spawn(async move {
        // Whatever the feed is waiting for, it ends with its handle.
        tokio::select! {
            _ = feed.run() => {}
            _ = stopped => {}
        }
    });
    FeedHandle {
        requests,
        _stop: stop,
    }
}

/// Nobody listens any more.
struct Gone;

/// How a link ended.
struct Ended {
    cause: DownCause,
    detail: Sentence,
}

/// Why a link ended, at most as long as any sentence of the wire: a parser repeats what it could not read.
fn short(detail: Sentence) -> Sentence {
    match detail.get(..detail.floor_char_boundary(1_024)) {
        Some(short) if short.len() < detail.len() => short.into(),
        _ => detail,
    }
}

struct Feed {
    id: FeedId,
    target: FeedTarget,
    events: mpsc::Sender<(FeedId, FeedEvent)>,
    clock: Clock,
    inbox: mpsc::Receiver<Request>,
    session: Client,
    backoff: Backoff,
}

impl Feed {
    async fn emit(&self, event: FeedEvent) -> Result<(), Gone> {
        self.events.send((self.id, event)).await.map_err(|_| Gone)
    }

    async fn run(mut self) -> Result<(), Gone> {
        loop {
            self.emit(FeedEvent::Link(LinkState::Connecting)).await?;
            let ended = match self.dial().await? {
                Ok(socket) => self.converse(socket).await?,
                Err(ended) => ended,
            };
            self.session.lost();
            let now = (self.clock)();
            let (backoff, wait) = self.backoff.down(ended.cause, now, rand::random::<f64>());
            self.backoff = backoff;
            self.emit(FeedEvent::Link(LinkState::Down {
                cause: ended.cause,
                detail: short(ended.detail),
                retry_at: now + wait,
            }))
            .await?;
            self.wait(wait).await?;
        }
    }

    /// Dials, answering requests meanwhile.
    async fn dial(&mut self) -> Result<Result<Socket, Ended>, Gone> {
        let target = self.target.clone();
        let dialling = dial(&target);
        tokio::pin!(dialling);
        loop {
            tokio::select! {
                dialled = &mut dialling => {
                    return Ok(dialled.map_err(|e| Ended { cause: e.cause, detail: e.detail }));
                }
                request = self.inbox.recv() => self.decline(request).await?,
            }
        }
    }

    async fn wait(&mut self, span: Duration) -> Result<(), Gone> {
        let until = Instant::now() + span;
        loop {
            tokio::select! {
                () = sleep_until(until) => return Ok(()),
                request = self.inbox.recv() => self.decline(request).await?,
            }
        }
    }

    /// The link is down: the session says so of the request, or remembers it.
    async fn decline(&mut self, request: Option<Request>) -> Result<(), Gone> {
        for output in self.session.request(&request.ok_or(Gone)?) {
            match output {
                Output::Event(event) => self.emit(event).await?,
                Output::Send(_) | Output::Close(..) => {}
            }
        }
        Ok(())
    }

    async fn converse(&mut self, socket: Socket) -> Result<Ended, Gone> {
        let (sink, mut stream) = socket.split();
        let (outbox, texts) = mpsc::channel::<Outgoing>(REQUESTS);
        let (wrote, mut broken) = oneshot::channel();
        let writer = tokio::spawn(async move {
            let _ = wrote.send(write(sink, texts).await);
        });
        let mut link = Link { outbox };
        self.session.opened((self.clock)());
        let mut tick_at = Instant::now();
        let ended = loop {
            let outputs = tokio::select! {
                biased;
                request = self.inbox.recv() => self.session.request(&request.ok_or(Gone)?),
                why = &mut broken => break why.unwrap_or_else(|_| closed("the link broke")),
                // Before reading, or a feed that never pauses would keep our pings from it.
                () = sleep_until(tick_at) => {
                    tick_at = Instant::now() + self.session.pace();
                    self.session.tick((self.clock)())
                }
                read = stream.next() => match self.heard(read) {
                    Ok(outputs) => outputs,
                    Err(ended) => break ended,
                },
            };
            if let Some(ended) = self.carry_out(outputs, &mut link).await? {
                break ended;
            }
        };
        drop(link);
        finish(writer, stream).await;
        Ok(ended)
    }

    fn heard(
        &mut self,
        read: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<Vec<Output>, Ended> {
        match read {
            Some(Ok(Message::Text(text))) => Ok(self.session.text(&text, (self.clock)())),
            Some(Ok(Message::Binary(_))) => Ok(self.session.refuse("a binary message")),
            Some(Ok(Message::Close(frame))) => {
                if frame
                    .as_ref()
                    .is_some_and(|f| u16::from(f.code) == close::RESYNC)
                {
                    self.session.forget();
                }
                Err(closed_by(frame.as_ref()))
            }
            // Pings of the websocket itself are answered below us.
            Some(Ok(_)) => Ok(Vec::new()),
            // A server that died says no more; that is no bad message of its.
            None
            | Some(Err(tungstenite::Error::Protocol(
                ProtocolError::ResetWithoutClosingHandshake,
            ))) => Err(closed("the link ended without a close")),
            Some(Err(error)) => match error {
                tungstenite::Error::Capacity(_)
                | tungstenite::Error::Protocol(_)
                | tungstenite::Error::Utf8(_) => Ok(self.session.refuse(&error.to_string())),
                error => Err(closed(error.to_string())),
            },
        }
    }

    async fn carry_out(
        &mut self,
        outputs: Vec<Output>,
        link: &mut Link,
    ) -> Result<Option<Ended>, Gone> {
        for output in outputs {
            match output {
                Output::Event(event) => {
                    if event == FeedEvent::Link(LinkState::Live) {
                        self.backoff = self.backoff.up((self.clock)());
                    }
                    self.emit(event).await?;
                }
                Output::Send(text) => {
                    if link.outbox.try_send(Outgoing::Text(text)).is_err() {
                        return Ok(Some(Ended {
                            cause: DownCause::TooSlow,
                            detail: not_read(),
                        }));
                    }
                }
                Output::Close(code, reason) => {
                    let _ = link.outbox.try_send(Outgoing::Close(code, reason.clone()));
                    return Ok(Some(Ended {
                        cause: cause_of(code),
                        detail: reason.into(),
                    }));
                }
            }
        }
        Ok(None)
    }
}

struct Link {
    outbox: mpsc::Sender<Outgoing>,
}

enum Outgoing {
    Text(String),
    Close(u16, String),
}

/// A close frame; its reason has room for 123 bytes.
pub fn close_frame(code: u16, reason: &str) -> CloseFrame {
    let mut end = reason.len().min(120);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    CloseFrame {
        code: CloseCode::from(code),
        reason: reason[..end].into(),
    }
}

async fn write(mut sink: SplitSink<Socket, Message>, mut texts: mpsc::Receiver<Outgoing>) -> Ended {
    while let Some(next) = texts.recv().await {
        let (message, last) = match next {
            Outgoing::Text(text) => (Message::Text(text.into()), false),
            Outgoing::Close(code, reason) => {
                (Message::Close(Some(close_frame(code, &reason))), true)
            }
        };
        match timeout(WRITE_WITHIN, sink.send(message)).await {
            Ok(Ok(())) if last => return closed(told!("own-link-closed", "closed")),
            Ok(Ok(())) => {}
            Ok(Err(error)) => return closed(error.to_string()),
            Err(_) => {
                return Ended {
                    cause: DownCause::TooSlow,
                    detail: not_read(),
                };
            }
        }
    }
    closed(told!("own-link-closed", "closed"))
}

/// Lets the close frame go out, then drops the socket.
async fn finish(writer: tokio::task::JoinHandle<()>, mut stream: SplitStream<Socket>) {
    let abort = writer.abort_handle();
    let _ = timeout(CLOSE_WITHIN, async {
        let _ = writer.await;
        while let Some(Ok(_)) = stream.next().await {}
    })
    .await;
    abort.abort();
}

fn closed(detail: impl Into<Sentence>) -> Ended {
    Ended {
        cause: DownCause::Closed,
        detail: detail.into(),
    }
}

fn not_read() -> Sentence {
    told!("own-link-unread", "the other end does not read")
}

fn cause_of(code: u16) -> DownCause {
    match code {
        close::BAD_MESSAGE => DownCause::BadMessage,
        close::CREDENTIALS => DownCause::Unauthorized,
        close::VERSION => DownCause::Version,
        close::SILENCE => DownCause::Silence,
        close::TOO_SLOW => DownCause::TooSlow,
        _ => DownCause::Closed,
    }
}

fn closed_by(frame: Option<&CloseFrame>) -> Ended {
    match frame {
        Some(frame) => Ended {
            cause: cause_of(frame.code.into()),
            detail: told!(
                "own-link-closed-why",
                "closed by the server: {code} {why}",
                code = &*u16::from(frame.code).to_string(),
                why = Sentence::heard(frame.reason.as_str().into(), None)
            ),
        },
        None => closed(told!("own-link-closed-there", "closed by the server")),
    }
}

/// Says of every request that was still waiting that it was not sent.
impl Drop for Feed {
    fn drop(&mut self) {
        while let Ok(request) = self.inbox.try_recv() {
            let _ = self
                .events
                .try_send((self.id, not_sent(&request, "the feed was closed")));
        }
    }
}
