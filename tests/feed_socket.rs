//! Both ends of the feed over real sockets on loopback.

#![allow(missing_docs, reason = "a test")]

mod feed_support;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use baseload::domain::ids::FeedId;
use baseload::domain::link::{DownCause, FeedEvent, Item, LinkState, Request, Topic};
use baseload::domain::order::Phase;
use baseload::feed::protocol::{MAX_MESSAGE, SUBPROTOCOL, close};
use baseload::feed::session::server::Role;
use baseload::feed::socket::{FeedHandle, FeedTarget, TlsIdentity, Token, acceptor, open};
use baseload::gateway::serve::{Hub, HubOptions, ServeOptions, serve};
use feed_support::{TestGateway, now, order};
use futures_util::{SinkExt, StreamExt};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;

/// Generous: a loaded machine must not fail a test.
const PATIENCE: Duration = Duration::from_mins(1);

struct Server {
    at: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(hub: &Hub, options: ServeOptions, at: Option<SocketAddr>) -> Self {
        let wanted = at.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = TcpListener::bind(wanted).await.expect("a port on loopback");
        let at = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(listener, hub.clone(), options, async {
            let _ = stopped.await;
        }));
        Self {
            at,
            stop: Some(stop),
            task,
        }
    }

    async fn stop(mut self) -> SocketAddr {
        drop(self.stop.take());
        timeout(PATIENCE, &mut self.task)
            .await
            .expect("a server ends when told")
            .expect("and does not panic");
        self.at
    }
}

struct Console {
    handle: FeedHandle,
    events: mpsc::Receiver<(FeedId, FeedEvent)>,
}

impl Console {
    fn start(target: FeedTarget) -> Self {
        let (sender, events) = mpsc::channel(1_024);
        Self {
            handle: open(FeedId(0), target, sender, Arc::new(now)),
            events,
        }
    }

    fn to(at: SocketAddr, path: &str) -> Self {
        Self::start(FeedTarget {
            url: format!("ws://{at}{path}"),
            ..FeedTarget::default()
        })
    }

    /// Waits for the first event that `pick` takes.
    async fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(FeedEvent) -> Option<T>) -> T {
        let found = timeout(PATIENCE, async {
            loop {
                let (_, event) = self.events.recv().await.expect("the feed lives");
                if let Some(found) = pick(event) {
                    return found;
                }
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("waited for {what} in vain"))
    }

    async fn live(&mut self) {
        self.wait("live", |event| {
            (event == FeedEvent::Link(LinkState::Live)).then_some(())
        })
        .await;
    }

    async fn down(&mut self) -> DownCause {
        self.wait("down", |event| match event {
            FeedEvent::Link(LinkState::Down { cause, .. }) => Some(cause),
            _ => None,
        })
        .await
    }
}

fn hub(gateway: &TestGateway) -> Hub {
    Hub::start(Box::new(gateway.clone()), HubOptions::new(Arc::new(now)))
}

#[tokio::test]
async fn a_console_goes_live_and_an_order_is_answered() {
    let gateway = TestGateway::new(3);
    let hub = hub(&gateway);
    let server = Server::start(&hub, ServeOptions::open("test"), None).await;
    let mut console = Console::to(server.at, "/fleet");
    let mut blocks = 0;
    console
        .wait("live", |event| match event {
            FeedEvent::Snapshot {
                topic: Topic::Fleet,
                items,
                ..
            } => {
                blocks = items.iter().filter(|i| matches!(i, Item::Block(_))).count();
                None
            }
            FeedEvent::Link(LinkState::Live) => Some(()),
            _ => None,
        })
        .await;
    assert_eq!(blocks, 3);
    let target = gateway.lock().blocks["b0"].clone();
    let wanted = order(77, &target, 0, now());
    console
        .handle
        .send(Request::Order(Box::new(wanted.clone())))
        .expect("there is room");
    let mut phases = Vec::new();
    while phases.last() != Some(&Phase::Accepted) {
        let phase = console
            .wait("the order's answer", |event| match event {
                FeedEvent::Update {
                    topic: Topic::Order,
                    items,
                } => Some(items),
                _ => None,
            })
            .await;
        phases.extend(phase.into_iter().filter_map(|item| match item {
            Item::Order(status) => Some(status.phase),
            _ => None,
        }));
    }
    assert_eq!(phases[0], Phase::Received);
    assert_eq!(
        gateway.lock().asked,
        vec![Request::Order(Box::new(wanted))],
        "the gateway was asked once, with what was sent"
    );
}

#[tokio::test]
async fn a_returning_server_is_found_and_what_was_missed_is_replayed() {
    let gateway = TestGateway::new(1);
    let hub = hub(&gateway);
    let server = Server::start(&hub, ServeOptions::open("test"), None).await;
    let mut console = Console::to(server.at, "/fleet");
    console.live().await;
    let at = server.stop().await;
    assert_eq!(console.down().await, DownCause::Closed);
    gateway.lock().set_alarm(feed_support::alarm("a1", now()));
    let refused = order(5, &gateway.lock().blocks["b0"].clone(), 0, now());
    console
        .handle
        .send(Request::Order(Box::new(refused)))
        .expect("there is room");
    let about = console
        .wait("the order to be declined", |event| match event {
            FeedEvent::Error { code, about, .. } if &*code == "not_sent" => about,
            _ => None,
        })
        .await;
    assert_eq!(&*about, "00000000000000000000000005");
    let _server = Server::start(&hub, ServeOptions::open("test"), Some(at)).await;
    let mut replayed = false;
    let mut continuous = None;
    console
        .wait("live again", |event| match event {
            FeedEvent::Update {
                topic: Topic::Alarm,
                items,
            } => {
                replayed = items.iter().any(|item| matches!(item, Item::Alarm(_)));
                None
            }
            FeedEvent::Snapshot {
                topic: Topic::Alarm,
                continuous: whole,
                ..
            } => {
                continuous = Some(whole);
                None
            }
            FeedEvent::Link(LinkState::Live) => Some(()),
            _ => None,
        })
        .await;
    assert!(
        replayed,
        "the alarm that was raised meanwhile came as an update"
    );
    assert_eq!(continuous, Some(true));
    assert!(
        gateway.lock().asked.is_empty(),
        "an order is not kept for later"
    );
}

fn guarded() -> ServeOptions {
    let mut options = ServeOptions::open("test");
    options.admission.tokens = Some(vec![
        Token {
            secret: "for-operators".to_owned().into(),
            role: Role::Operator,
        },
        Token {
            secret: "for-viewers".to_owned().into(),
            role: Role::Viewer,
        },
    ]);
    options
}

fn with_token(at: SocketAddr, token: Option<&str>) -> Console {
    Console::start(FeedTarget {
        url: format!("ws://{at}/fleet"),
        token: token.map(|token| token.to_owned().into()),
        ..FeedTarget::default()
    })
}

#[tokio::test]
async fn tokens_are_asked_for_and_a_viewer_only_looks() {
    let gateway = TestGateway::new(1);
    let hub = hub(&gateway);
    let server = Server::start(&hub, guarded(), None).await;
    for token in [None, Some("for-operator"), Some("for-operators2"), Some("")] {
        let mut refused = with_token(server.at, token);
        let wait = refused
            .wait("the refusal", |event| match event {
                FeedEvent::Link(LinkState::Down {
                    cause: DownCause::Unauthorized,
                    detail,
                    retry_at,
                }) => {
                    assert!(
                        !detail.contains("operator"),
                        "a token in an error: {detail}"
                    );
                    Some(now().age(retry_at))
                }
                FeedEvent::Link(LinkState::Connecting) => None,
                other => panic!("{other:?}"),
            })
            .await;
        assert!(wait > Duration::from_secs(15), "retried slowly");
    }
    let mut viewer = with_token(server.at, Some("for-viewers"));
    viewer.live().await;
    let wanted = order(1, &gateway.lock().blocks["b0"].clone(), 0, now());
    viewer
        .handle
        .send(Request::Order(Box::new(wanted)))
        .expect("there is room");
    viewer
        .wait("the refusal", |event| match event {
            FeedEvent::Error { code, about, .. } if &*code == "read_only" => about,
            _ => None,
        })
        .await;
    assert!(gateway.lock().asked.is_empty());
    with_token(server.at, Some("for-operators")).live().await;
}

#[tokio::test]
async fn paths_serve_their_topics_only() {
    let hub = hub(&TestGateway::new(1));
    let mut options = ServeOptions::open("grid");
    options.admission.topics = vec![Topic::Grid];
    let server = Server::start(&hub, options, None).await;
    let mut grid = Console::to(server.at, "/grid");
    let offered = grid
        .wait("hello", |event| match event {
            FeedEvent::Hello(info) => Some(info.serves),
            _ => None,
        })
        .await;
    assert_eq!(offered, [Topic::Grid]);
    grid.live().await;
    assert_eq!(
        Console::to(server.at, "/fleet").down().await,
        DownCause::Upgrade
    );
    assert_eq!(
        Console::to(server.at, "/etc").down().await,
        DownCause::Upgrade
    );
}

/// A plain websocket client that offers this subprotocol.
async fn raw(
    at: SocketAddr,
    subprotocol: &'static str,
) -> Result<tokio_tungstenite::WebSocketStream<TcpStream>, tokio_tungstenite::tungstenite::Error> {
    let mut request = format!("ws://{at}/fleet").into_client_request()?;
    request.headers_mut().insert(
        SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(subprotocol),
    );
    let stream = TcpStream::connect(at).await?;
    Ok(tokio_tungstenite::client_async(request, stream).await?.0)
}

/// The code that the server closes with.
async fn close_code(socket: &mut tokio_tungstenite::WebSocketStream<TcpStream>) -> u16 {
    timeout(PATIENCE, async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("no close: {other:?}"),
            }
        }
    })
    .await
    .expect("the server closes")
}

#[tokio::test]
async fn the_server_speaks_its_own_subprotocol_only() {
    let hub = hub(&TestGateway::new(1));
    let server = Server::start(&hub, ServeOptions::open("test"), None).await;
    assert!(raw(server.at, "baseload.feed.v2").await.is_err());
    assert!(raw(server.at, SUBPROTOCOL).await.is_ok());
}

#[tokio::test]
async fn no_web_page_is_let_in() {
    let hub = hub(&TestGateway::new(1));
    let server = Server::start(&hub, ServeOptions::open("test"), None).await;
    let mut request = format!("ws://{}/fleet", server.at)
        .into_client_request()
        .expect("a request");
    let headers = request.headers_mut();
    headers.insert(
        SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    headers.insert("Origin", HeaderValue::from_static("http://evil.example"));
    let stream = TcpStream::connect(server.at).await.expect("it accepts");
    match tokio_tungstenite::client_async(request, stream).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => {
            assert_eq!(answer.status().as_u16(), 403);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_console_demands_the_subprotocol() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Agrees to nothing.
            let _ = tokio_tungstenite::accept_async(stream).await;
        }
    });
    assert_eq!(Console::to(at, "/fleet").down().await, DownCause::Version);
}

#[tokio::test]
async fn what_is_too_long_binary_or_no_json_closes_the_link() {
    let hub = hub(&TestGateway::new(1));
    let server = Server::start(&hub, ServeOptions::open("test"), None).await;
    for message in [
        Message::text("x".repeat(MAX_MESSAGE + 1)),
        Message::binary(vec![1, 2, 3]),
        Message::text("{"),
        Message::text("[".repeat(40)),
    ] {
        let mut socket = raw(server.at, SUBPROTOCOL).await.expect("it lets us in");
        // The server may close before all of it is written.
        let _ = socket.send(message).await;
        assert_eq!(close_code(&mut socket).await, close::BAD_MESSAGE);
    }
    // An acting message that is wrong costs an answer, not the link.
    let mut socket = raw(server.at, SUBPROTOCOL).await.expect("it lets us in");
    let wrong = r#"{"type":"alarm_ack","id":"a1","force":true}"#;
    socket.send(Message::text(wrong)).await.expect("it is read");
    let answer = timeout(PATIENCE, async {
        loop {
            let text = socket.next().await.expect("open").expect("sound");
            let text = text.into_text().expect("text");
            if text.contains("\"error\"") {
                return text;
            }
        }
    })
    .await
    .expect("an answer");
    assert!(
        answer.contains("bad_request") && answer.contains("a1"),
        "{answer}"
    );
}

/// Speaks just enough to be let in, then does what it is told with the socket.
async fn odd_server<F, R>(act: F) -> SocketAddr
where
    F: Fn(tokio_tungstenite::WebSocketStream<TcpStream>) -> R + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            #[allow(clippy::result_large_err, reason = "the callback's shape is given")]
            let agree = |_: &_, mut response: tokio_tungstenite::tungstenite::handshake::server::Response| {
                response
                    .headers_mut()
                    .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
                Ok(response)
            };
            if let Ok(socket) = tokio_tungstenite::accept_hdr_async(stream, agree).await {
                act(socket).await;
            }
        }
    });
    at
}

#[tokio::test]
async fn a_server_that_breaks_the_protocol_is_closed_and_counted() {
    let at = odd_server(|mut socket| async move {
        let _ = socket
            .send(Message::text("y".repeat(MAX_MESSAGE + 1)))
            .await;
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await;
    let mut console = Console::to(at, "/fleet");
    let mut counted = 0;
    let cause = console
        .wait("down", |event| match event {
            FeedEvent::Counted { bad_messages, .. } => {
                counted = bad_messages;
                None
            }
            FeedEvent::Link(LinkState::Down { cause, .. }) => Some(cause),
            _ => None,
        })
        .await;
    assert_eq!((cause, counted), (DownCause::BadMessage, 1));
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left() {
    let hello = include_str!("fixtures/feed/hello.json")
        .replace("\"heartbeat_ms\": 1000", "\"heartbeat_ms\": 50");
    let at = odd_server(move |mut socket| {
        let hello = hello.clone();
        async move {
            let _ = socket.send(Message::text(hello)).await;
            while let Some(Ok(_)) = socket.next().await {}
        }
    })
    .await;
    assert_eq!(Console::to(at, "/fleet").down().await, DownCause::Silence);
}

#[tokio::test]
async fn nobody_there_is_said_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("bound");
    drop(listener);
    assert_eq!(
        Console::to(at, "/fleet").down().await,
        DownCause::Unreachable
    );
}

#[tokio::test]
async fn machines_come_while_they_are_watched() {
    let gateway = TestGateway::new(1);
    let hub = hub(&gateway);
    let server = Server::start(&hub, ServeOptions::open("test"), None).await;
    let mut console = Console::to(server.at, "/fleet");
    let watch = |hall: &str| Request::Watch {
        site: baseload::domain::ids::SiteId::new("biaroza"),
        hall: baseload::domain::ids::HallId::new(hall),
        page: 0,
        machine: None,
        filter: baseload::domain::filter::MachineFilter::default(),
    };
    // Asked for before there is a link: remembered, since it changes nothing there.
    console.handle.send(watch("h1")).expect("there is room");
    for _ in 0..2 {
        let page = console
            .wait("a page", |event| match event {
                FeedEvent::Machines(page) => Some(page),
                _ => None,
            })
            .await;
        assert_eq!(page.rows.len(), 1);
    }
    console.handle.send(watch("h9")).expect("there is room");
    let about = console
        .wait("the refusal", |event| match event {
            FeedEvent::Error { code, about, .. } if &*code == "unknown_hall" => about,
            _ => None,
        })
        .await;
    assert_eq!(&*about, "h9");
}

#[tokio::test]
async fn a_dropped_handle_ends_the_feed() {
    let hub = hub(&TestGateway::new(1));
    let server = Server::start(&hub, ServeOptions::open("test"), None).await;
    let mut console = Console::to(server.at, "/fleet");
    console.live().await;
    drop(console.handle);
    let end = timeout(PATIENCE, async {
        while console.events.recv().await.is_some() {}
    })
    .await;
    assert!(end.is_ok(), "the task lives on");
}

#[tokio::test]
async fn a_client_that_never_upgrades_takes_no_seat_for_long() {
    let hub = hub(&TestGateway::new(1));
    let mut options = ServeOptions::open("test");
    options.max_clients = 1;
    let server = Server::start(&hub, options, None).await;
    let mut idle = TcpStream::connect(server.at).await.expect("it accepts");
    idle.write_all(b"GET /fleet HTTP/1.1\r\n")
        .await
        .expect("it reads");
    Console::to(server.at, "/fleet").live().await;
}

/// An authority of our own, and a server certificate of it for `localhost` and `127.0.0.1`.
fn authority(dir: &std::path::Path, name: &str) -> (PathBuf, TlsIdentity) {
    let mut params = CertificateParams::new(vec![]).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let issuer = CertifiedIssuer::self_signed(params, key).expect("self-signed");
    let leaf_key = KeyPair::generate().expect("a key");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let leaf = CertificateParams::new(names)
        .expect("good names")
        .signed_by(&leaf_key, &issuer)
        .expect("signed");
    let path = |what: &str| dir.join(format!("{name}-{what}.pem"));
    std::fs::write(path("ca"), issuer.pem()).expect("written");
    std::fs::write(path("cert"), leaf.pem()).expect("written");
    std::fs::write(path("key"), leaf_key.serialize_pem()).expect("written");
    let identity = TlsIdentity {
        cert: path("cert"),
        key: path("key"),
    };
    (path("ca"), identity)
}

#[tokio::test]
async fn wss_trusts_the_configured_authority_and_no_other() {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let (ours, identity) = authority(dir.path(), "ours");
    let (theirs, stranger) = authority(dir.path(), "theirs");
    let hub = hub(&TestGateway::new(1));
    let mut options = ServeOptions::open("test");
    options.tls = Some(acceptor(&identity, None).expect("a certificate and its key"));
    let server = Server::start(&hub, options.clone(), None).await;
    let dial = |ca: &PathBuf, client: Option<&TlsIdentity>, at: SocketAddr| {
        Console::start(FeedTarget {
            url: format!("wss://{at}/fleet"),
            ca: Some(ca.clone()),
            identity: client.cloned(),
            ..FeedTarget::default()
        })
    };
    dial(&ours, None, server.at).live().await;
    assert_eq!(dial(&theirs, None, server.at).down().await, DownCause::Tls);
    let missing = dir.path().join("missing.pem");
    assert_eq!(dial(&missing, None, server.at).down().await, DownCause::Tls);
    // With client certificates demanded, only one of the right authority is let in.
    options.tls = Some(acceptor(&identity, Some(&ours)).expect("an authority for clients"));
    let strict = Server::start(&hub, options, None).await;
    dial(&ours, Some(&identity), strict.at).live().await;
    for refused in [None, Some(&stranger)] {
        // The refusal comes after our handshake; a reset may overtake the alert that explains it.
        let cause = dial(&ours, refused, strict.at).down().await;
        assert!(
            matches!(cause, DownCause::Tls | DownCause::Upgrade),
            "{cause:?}"
        );
    }
}

#[tokio::test]
async fn servers_over_one_gateway_are_stopped_alone() {
    let gateway = TestGateway::new(1);
    let hub = hub(&gateway);
    let of = |topics: &[Topic]| {
        let mut options = ServeOptions::open("test");
        options.admission.topics = topics.to_vec();
        options
    };
    let fleet = Server::start(&hub, of(&[Topic::Fleet, Topic::Alarm, Topic::Order]), None).await;
    let grid = Server::start(&hub, of(&[Topic::Grid]), None).await;
    let mut fleet_console = Console::to(fleet.at, "/fleet");
    let mut grid_console = Console::to(grid.at, "/grid");
    fleet_console.live().await;
    grid_console.live().await;
    grid.stop().await;
    assert_eq!(grid_console.down().await, DownCause::Closed);
    let moved = feed_support::block("biaroza", "b0", 123, now());
    gateway.lock().set_block(moved);
    let watts = fleet_console
        .wait("the fleet to go on", |event| match event {
            FeedEvent::Update {
                topic: Topic::Fleet,
                items,
            } => items.iter().find_map(|item| match item {
                Item::Block(block) => block.power,
                _ => None,
            }),
            FeedEvent::Link(state) => panic!("the fleet's link changed: {state:?}"),
            _ => None,
        })
        .await;
    assert_eq!(watts.watts(), 123);
}

#[tokio::test]
async fn a_console_that_does_not_read_holds_up_nobody() {
    let gateway = TestGateway::new(2_000);
    let hub = hub(&gateway);
    let server = Server::start(&hub, ServeOptions::open("test"), None).await;
    let mut stuck = raw(server.at, SUBPROTOCOL).await.expect("it lets us in");
    let subscribe = r#"{"type":"subscribe","id":"s1","topics":["fleet"]}"#;
    stuck
        .send(Message::text(subscribe))
        .await
        .expect("it is read");
    let mut console = Console::to(server.at, "/fleet");
    console.live().await;
    // Tens of megabytes, far more than any socket's buffers hold.
    for round in 1..=30_i64 {
        for n in 0..2_000 {
            let block = feed_support::block("biaroza", &format!("b{n}"), round, now());
            gateway.lock().set_block(block);
        }
        console
            .wait("this round", |event| match event {
                FeedEvent::Update { items, .. } => items.iter().find_map(|item| match item {
                    Item::Block(block) if block.power.is_some_and(|p| p.watts() == round) => {
                        Some(())
                    }
                    _ => None,
                }),
                FeedEvent::Link(LinkState::Down { detail, .. }) => panic!("down: {detail}"),
                _ => None,
            })
            .await;
    }
    // It reads at last: what it gets is old, then the latest at once, and nothing is out of order.
    let mut last = 0;
    let caught_up = timeout(PATIENCE, async {
        while let Some(Ok(message)) = stuck.next().await {
            let text = message.into_text().expect("text");
            let seq = text
                .split("\"seq\":")
                .nth(1)
                .and_then(|rest| rest.split(',').next())
                .and_then(|seq| seq.parse::<u64>().ok());
            if text.starts_with("{\"type\":\"update\"") {
                let seq = seq.expect("updates are numbered");
                assert!(seq >= last, "{seq} after {last}");
                last = seq;
                if text.contains("\"power_w\":30,") {
                    return;
                }
            }
        }
        // On a very slow machine it was given up meanwhile, which is as good.
    })
    .await;
    assert!(caught_up.is_ok());
}
