//! Both ends of the feed over real sockets on loopback.

#![allow(missing_docs, reason = "a test")]

mod feed_support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use baseload::domain::ids::FeedId;
use baseload::domain::link::{DownCause, FeedEvent, Item, LinkState, Request, Topic};
use baseload::domain::order::Phase;
use baseload::feed::socket::{FeedHandle, FeedTarget, open};
use baseload::gateway::serve::{Hub, HubOptions, ServeOptions, serve};
use feed_support::{TestGateway, now, order};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

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
