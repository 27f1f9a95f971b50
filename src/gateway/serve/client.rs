//! One client's task: its socket on one side, the hub on the other, a session between.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::yield_now;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{self, Message};

use super::hub::{Act, Ask, Asks, Hub, LONG, Page, Rules, Tell, Turn};
use super::listen::ServeOptions;
use super::log::{Log, Sort};
use super::long::LongTurn;
use super::places::Place;
use crate::domain::filter::LONGEST;
use crate::domain::link::{ACTS, FeedInfo, Topic};
use crate::feed::protocol::close;
use crate::feed::session::server::{Peer, PeerConfig, PeerOut, Role};
use crate::feed::socket::{Accepted, Clock, Pass, Socket, close_frame};
use crate::gateway::LinkId;

/// Between ticks of the session.
const TICK: Duration = Duration::from_millis(50);
/// A socket that takes nothing for so long is given up.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// A close frame is tried for so long.
const CLOSE_WITHIN: Duration = Duration::from_millis(250);

/// More messages than this in a second are told as a flood.
const MANY: u32 = 500;

struct Client {
    id: LinkId,
    pass: Pass,
    from: SocketAddr,
    peer: Peer,
    asks: Asks,
    clock: Clock,
    log: Arc<Log>,
    /// Its one turn to act, while none of its acts is under way.
    turn: Option<OwnedSemaphorePermit>,
    turns: Arc<Semaphore>,
    /// Since when messages are counted, and how many came.
    counted: (Instant, u32),
}

/// Why a client's task ends.
struct End(u16, String);

/// What the gateway says of itself to a new client.
fn info(hub: &Hub, known: Rules, feed: Arc<str>, serves: Vec<Topic>) -> FeedInfo {
    let identity = known.identity;
    let filters = serves.contains(&Topic::Fleet);
    FeedInfo {
        feed,
        gateway: identity.gateway,
        nation: identity.nation,
        serves,
        boot: hub.boot().clone(),
        heartbeat: hub.options().heartbeat,
        report_period: identity.report_period,
        simulated: identity.simulated,
        durable_orders: identity.durable_orders,
        two_persons: identity.two_persons,
        acts: ACTS,
        operators: identity.operators,
        emergency_step: known.bounds.map(|bounds| bounds.step),
        emergency_interval: known.bounds.map(|bounds| bounds.interval),
        emergency_bar: known.bounds.map(|bounds| bounds.bar),
        limit_window: known.bounds.map(|bounds| bounds.window),
        watch_filter: filters.then_some(LONGEST as u32),
        pacing: known.pacing,
    }
}

/// Runs until the client or the server goes away.
pub(super) async fn run(
    accepted: Accepted<Place<Pass>>,
    from: SocketAddr,
    hub: &Hub,
    mut options: watch::Receiver<Arc<ServeOptions>>,
    mut shutdown: watch::Receiver<bool>,
) {
    let Some((id, mut mailbox, asks)) = hub.join() else {
        return;
    };
    let mut rules = hub.rules();
    let known = rules.borrow_and_update().clone();
    let feed = Arc::clone(&options.borrow().feed);
    let info = info(hub, known, feed, accepted.topics);
    let clock = Arc::clone(&hub.options().clock);
    let config = PeerConfig {
        info,
        role: accepted.pass.role,
    };
    let mut seat = accepted.seat;
    let mut client = Client {
        id,
        pass: accepted.pass,
        from,
        peer: Peer::new(config, clock()),
        asks,
        clock,
        log: Arc::clone(hub.log()),
        turn: None,
        turns: Arc::new(Semaphore::new(1)),
        counted: (Instant::now(), 0),
    };
    // The file may have changed while hands were shaken.
    options.mark_changed();
    let (sink, mut stream) = accepted.socket.split();
    // One message at a time: what waits, waits in the session, where it can be merged.
    let (out, messages) = mpsc::channel::<Message>(1);
    let mut writer = tokio::spawn(write(sink, messages));
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = loop {
        let now = (client.clock)();
        let heard = tokio::select! {
            biased;
            _ = shutdown.changed() => Err(End(close::AWAY, "the server goes away".to_owned())),
            _ = &mut writer => return client.leave().await,
            Ok(()) = options.changed() => client.judged(&options.borrow_and_update()),
            Ok(()) = rules.changed() => {
                Err(End(close::AWAY, "the gateway's limits have changed: connect anew".to_owned()))
            }
            () = seat.lost() => Err(client.displaced()),
            permit = out.reserve(), if client.peer.ready(now) => {
                if let (Ok(permit), Some(text)) = (permit, client.peer.pop(now)) {
                    permit.send(Message::Text(text));
                }
                Ok(())
            }
            tell = mailbox.recv() => client.told(tell),
            _ = ticks.tick() => {
                let outs = client.peer.tick((client.clock)());
                client.carry_out(outs, 0, None).await
            }
            turn = Arc::clone(&client.turns).acquire_owned(), if client.turn.is_none() => {
                client.turn = turn.ok();
                Ok(())
            }
            // Who does not read its answers, or has an act under way, is not listened to.
            read = stream.next(), if client.turn.is_some() && !client.peer.is_full() => {
                match client.read(read).await {
                    Ok(()) => {
                        // One message, then the others: who sends many must not have them read at one go.
                        yield_now().await;
                        Ok(())
                    }
                    Err(Some(end)) => Err(end),
                    Err(None) => {
                        writer.abort();
                        return client.leave().await;
                    }
                }
            }
        };
        if let Err(end) = heard {
            break end;
        }
    };
    if end.0 == close::TOO_SLOW || end.0 == close::BAD_MESSAGE {
        client
            .log
            .say(Sort::Flood, || format!("{from}: closed, {}", end.1));
    }
    client.leave().await;
    drop(seat);
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
        self.asks.long.leave(self.id);
        let _ = self.asks.rest.send(Ask::Leave(self.id)).await;
    }

    /// Who is let in has changed, or may have.
    fn judged(&mut self, options: &ServeOptions) -> Result<(), End> {
        let role = options.admission.role_of(self.pass.token);
        let from = self.from;
        match role {
            Some(role) if role == self.pass.role => {}
            Some(role) => {
                self.log.say(Sort::Token, || {
                    format!("{from}: its token is {role:?}'s from now on")
                });
                self.pass.role = role;
                self.peer.allow(role);
            }
            None => {
                self.log.say(Sort::Token, || {
                    format!("{from}: closed, its token was withdrawn")
                });
                return Err(End(
                    close::CREDENTIALS,
                    "the token was withdrawn".to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn displaced(&self) -> End {
        let from = self.from;
        self.log.say(Sort::Place, || {
            format!("{from}: closed, its place was given to another")
        });
        End(
            close::NO_PLACE,
            "all places are taken, and this one was given to another".to_owned(),
        )
    }

    /// Counts what comes; many in a second are told.
    fn count(&mut self) {
        if self.counted.0.elapsed() >= Duration::from_secs(1) {
            self.counted = (Instant::now(), 0);
        }
        self.counted.1 += 1;
        if self.counted.1 == MANY {
            let from = self.from;
            self.log.say(Sort::Flood, || {
                format!("{from}: more than {MANY} messages in a second")
            });
        }
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
            }) => self.peer.fail(code, message, Some(about)),
            None if self.asks.acts.is_closed() => {
                return Err(End(close::AWAY, "the gateway has ended".to_owned()));
            }
            None => return Err(End(close::TOO_SLOW, "too much waits for you".to_owned())),
        }
        Ok(())
    }

    /// None: gone without a word worth answering.
    async fn read(
        &mut self,
        read: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<(), Option<End>> {
        self.count();
        match read {
            Some(Ok(Message::Text(text))) => self.heard(&text).await.map_err(Some),
            Some(Ok(Message::Binary(_))) => {
                Err(Some(End(close::BAD_MESSAGE, "a binary message".to_owned())))
            }
            Some(
                Ok(Message::Close(_))
                | Err(tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)),
            )
            | None => Err(None),
            Some(Ok(_)) => Ok(()),
            Some(Err(
                error @ (tungstenite::Error::Capacity(_)
                | tungstenite::Error::Protocol(_)
                | tungstenite::Error::Utf8(_)),
            )) => Err(Some(End(close::BAD_MESSAGE, error.to_string()))),
            Some(Err(_)) => Err(None),
        }
    }

    async fn heard(&mut self, text: &str) -> Result<(), End> {
        let is_long = text.len() > LONG;
        if is_long && self.pass.role == Role::Viewer {
            let why = format!("more than {LONG} bytes from a token that may only look");
            return Err(End(close::BAD_MESSAGE, why));
        }
        let long = if is_long {
            self.asks.long.turn(self.id, text.len()).await
        } else {
            None
        };
        let outs = self.peer.text(text, (self.clock)());
        self.carry_out(outs, text.len(), long).await
    }

    async fn carry_out(
        &mut self,
        outs: Vec<PeerOut>,
        bytes: usize,
        mut long: Option<LongTurn>,
    ) -> Result<(), End> {
        for out in outs {
            let mut turn = || {
                // What asks for a turn comes of a message, and none is read without it.
                self.turn.take().map(|own| Turn {
                    _own: own,
                    _long: long.take(),
                })
            };
            let is_there = match out {
                PeerOut::Subscribe { topics, resume } => {
                    let Some(turn) = turn() else { continue };
                    let ask = Ask::Subscribe(self.id, topics, resume, turn);
                    self.asks.rest.send(ask).await.is_ok()
                }
                PeerOut::Ask(request) => {
                    let Some(turn) = turn() else { continue };
                    let act = Act {
                        link: self.id,
                        request,
                        bytes,
                        turn,
                    };
                    self.asks.acts.send(act).await.is_ok()
                }
                PeerOut::Machines {
                    site,
                    hall,
                    page,
                    machine,
                    filter,
                } => {
                    let page = Page {
                        link: self.id,
                        of: (site, hall, page),
                        machine,
                        filter,
                    };
                    // Where there is no room it is asked for again later.
                    let _ = self.asks.pages.try_send(page);
                    true
                }
                PeerOut::Complaint(what) => {
                    let from = self.from;
                    self.log
                        .say(Sort::Complaint, || format!("{from} complains: {what}"));
                    true
                }
                PeerOut::Close(code, why) => return Err(End(code, why)),
            };
            if !is_there {
                return Err(End(close::AWAY, "the gateway has ended".to_owned()));
            }
        }
        Ok(())
    }
}
