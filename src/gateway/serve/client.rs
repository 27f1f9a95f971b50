//! One client's task: its socket on one side, the hub on the other, a session between.

use std::time::Duration;

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{self, Message};

use super::hub::{Ask, Hub, Tell};
use crate::domain::link::{ACTS, FeedInfo};
use crate::feed::protocol::close;
use crate::feed::session::server::{Peer, PeerConfig, PeerOut};
use crate::feed::socket::{Accepted, Clock, Socket, close_frame};
use crate::gateway::LinkId;

/// Between ticks of the session.
const TICK: Duration = Duration::from_millis(50);
/// A socket that takes nothing for so long is given up.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// A close frame is tried for so long.
const CLOSE_WITHIN: Duration = Duration::from_millis(250);

struct Client {
    id: LinkId,
    peer: Peer,
    asks: mpsc::Sender<Ask>,
    clock: Clock,
}

/// Why a client's task ends.
struct End(u16, String);

/// Runs until the client or the server goes away.
pub(super) async fn run(
    accepted: Accepted,
    hub: &Hub,
    feed: std::sync::Arc<str>,
    mut shutdown: watch::Receiver<bool>,
) {
    let Some((id, mut mailbox, asks)) = hub.join().await else {
        return;
    };
    let identity = hub.identity();
    let options = hub.options();
    let info = FeedInfo {
        feed,
        gateway: identity.gateway.clone(),
        nation: std::sync::Arc::clone(&identity.nation),
        serves: accepted.topics,
        boot: hub.boot().clone(),
        heartbeat: options.heartbeat,
        report_period: identity.report_period,
        simulated: identity.simulated,
        durable_orders: identity.durable_orders,
        two_persons: identity.two_persons,
        acts: ACTS,
        operators: identity.operators,
        emergency_step: hub.emergency_step(),
    };
    let clock = std::sync::Arc::clone(&options.clock);
    let config = PeerConfig {
        info,
        role: accepted.role,
    };
    let mut client = Client {
        id,
        peer: Peer::new(config, clock()),
        asks,
        clock,
    };
    let (sink, mut stream) = accepted.socket.split();
    // One message at a time: what waits, waits in the session, where it can be merged.
    let (out, messages) = mpsc::channel::<Message>(1);
    let mut writer = tokio::spawn(write(sink, messages));
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = loop {
        let now = (client.clock)();
        let heard = tokio::select! {
            _ = shutdown.changed() => Err(End(close::AWAY, "the server goes away".to_owned())),
            _ = &mut writer => return client.leave().await,
            permit = out.reserve(), if client.peer.ready(now) => {
                if let (Ok(permit), Some(text)) = (permit, client.peer.pop(now)) {
                    permit.send(Message::Text(text));
                }
                Ok(())
            }
            tell = mailbox.recv() => client.told(tell),
            read = stream.next() => match client.read(read) {
                Ok(outs) => client.carry_out(outs).await,
                Err(Some(end)) => Err(end),
                Err(None) => {
                    writer.abort();
                    return client.leave().await;
                }
            },
            _ = ticks.tick() => {
                let outs = client.peer.tick((client.clock)());
                client.carry_out(outs).await
            }
        };
        if let Err(end) = heard {
            break end;
        }
    };
    client.leave().await;
    let abort = writer.abort_handle();
    let _ = timeout(CLOSE_WITHIN, async {
        let _ = out
            .send(Message::Close(Some(close_frame(end.0, &end.1))))
            .await;
        drop(out);
        let _ = writer.await;
        while let Some(Ok(_)) = stream.next().await {}
    })
    .await;
    abort.abort();
}

async fn write(mut sink: SplitSink<Socket, Message>, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        match timeout(WRITE_WITHIN, sink.send(message)).await {
            Ok(Ok(())) => {}
            _ => return,
        }
    }
}

impl Client {
    async fn leave(self) {
        let _ = self.asks.send(Ask::Leave(self.id)).await;
    }

    fn told(&mut self, tell: Option<Tell>) -> Result<(), End> {
        let now = (self.clock)();
        match tell {
            Some(Tell::Begin(missed, snapshot)) => self.peer.begin(&missed, &snapshot),
            Some(Tell::Batch(batch)) => self.peer.offer(&batch, now),
            Some(Tell::Answer(topic, text)) => self.peer.answer(topic, text),
            Some(Tell::Machines(page)) => self.peer.machines(*page, now),
            Some(Tell::Unwatch(site, hall)) => self.peer.unwatch(&site, &hall),
            Some(Tell::Error {
                code,
                message,
                about,
            }) => self.peer.fail(code, &message, Some(about)),
            None if self.asks.is_closed() => {
                return Err(End(close::AWAY, "the gateway has ended".to_owned()));
            }
            None => return Err(End(close::TOO_SLOW, "too much waits for you".to_owned())),
        }
        Ok(())
    }

    /// None: gone without a word worth answering.
    fn read(
        &mut self,
        read: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<Vec<PeerOut>, Option<End>> {
        match read {
            Some(Ok(Message::Text(text))) => Ok(self.peer.text(&text, (self.clock)())),
            Some(Ok(Message::Binary(_))) => {
                Err(Some(End(close::BAD_MESSAGE, "a binary message".to_owned())))
            }
            Some(
                Ok(Message::Close(_))
                | Err(tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)),
            )
            | None => Err(None),
            Some(Ok(_)) => Ok(Vec::new()),
            Some(Err(
                error @ (tungstenite::Error::Capacity(_)
                | tungstenite::Error::Protocol(_)
                | tungstenite::Error::Utf8(_)),
            )) => Err(Some(End(close::BAD_MESSAGE, error.to_string()))),
            Some(Err(_)) => Err(None),
        }
    }

    async fn carry_out(&mut self, outs: Vec<PeerOut>) -> Result<(), End> {
        for out in outs {
            let ask = match out {
                PeerOut::Subscribe { topics, resume } => Ask::Subscribe(self.id, topics, resume),
                PeerOut::Ask(request) => Ask::Request(self.id, request),
                PeerOut::Machines {
                    site,
                    hall,
                    page,
                    machine,
                } => Ask::Machines(self.id, (site, hall, page), machine),
                PeerOut::Close(code, why) => return Err(End(code, why)),
            };
            if self.asks.send(ask).await.is_err() {
                return Err(End(close::AWAY, "the gateway has ended".to_owned()));
            }
        }
        Ok(())
    }
}
