//! Runs the session: its questions go to the nodes, each in a task of its own, and their answers come back as events.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::ledger::Now;
use super::lots::Lots;
use super::rpc::Client;
use super::session::{Action, Ask, Event, Session};
use super::spool::Spool;
use super::{Clock, GRACE, question, zmq};
use crate::domain::mining::MiningEvent;
use crate::work::{Teller, Told};

/// How often time passes for the session.
const TICK: Duration = Duration::from_millis(100);

/// What comes to the driver.
#[derive(Debug)]
pub(super) enum Mail {
    /// For the session.
    Event(Event),
    /// From the long poll of a node, with its number: one that was dropped is not heard.
    Longpoll(usize, u64, Event),
}

/// All that the link runs on.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) clients: Vec<Arc<Client>>,
    pub(super) zmq: Vec<(usize, String)>,
    pub(super) session: Session,
    pub(super) lots: Arc<Lots>,
    pub(super) spool: Spool,
    pub(super) teller: Teller,
    pub(super) clock: Clock,
    pub(super) mail: UnboundedSender<Mail>,
    pub(super) began: Instant,
}

/// The long poll of a node: the number of the last one, and how to end it.
#[derive(Debug, Default)]
struct Longpoll {
    number: u64,
    task: Option<AbortHandle>,
}

/// A runtime on the thread that uses it. One sentence where the system gives none.
pub(super) fn runtime() -> Result<Runtime, String> {
    Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(4)
        .thread_name("baseload-node-read")
        .build()
        .map_err(|e| format!("the system gives no sockets or threads ({e})"))
}

/// Starts the driver's thread; it ends soon after the other end of `stopped` is dropped.
pub(super) fn start(
    driver: Driver,
    inbox: UnboundedReceiver<Mail>,
    stopped: oneshot::Receiver<()>,
) -> Result<JoinHandle<()>, String> {
    let runtime = runtime()?;
    std::thread::Builder::new()
        .name("baseload-node".to_owned())
        .spawn(move || {
            runtime.block_on(driver.run(inbox, stopped));
            // What is being read or looked up needs not be waited for.
            runtime.shutdown_background();
        })
        .map_err(|e| format!("the system gives no thread ({e})"))
}

impl Driver {
    async fn run(mut self, mut inbox: UnboundedReceiver<Mail>, mut stopped: oneshot::Receiver<()>) {
        for (node, place) in std::mem::take(&mut self.zmq) {
            let mail = self.mail.clone();
            tokio::spawn(async move {
                let tell = move |news| drop(mail.send(Mail::Event(Event::News(node, news))));
                zmq::follow(&place, tell, rand::random::<f64>).await;
            });
        }
        let mut longpolls: Vec<Longpoll> =
            self.clients.iter().map(|_| Longpoll::default()).collect();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut ending = None;
        loop {
            let mail = tokio::select! {
                biased;
                _ = &mut stopped, if ending.is_none() => {
                    ending = Some(Instant::now());
                    Mail::Event(Event::Tick)
                }
                mail = inbox.recv() => match mail {
                    Some(mail) => mail,
                    None => return,
                },
                _ = tick.tick() => Mail::Event(Event::Tick),
            };
            let event = match mail {
                Mail::Event(event) => event,
                Mail::Longpoll(node, number, event) if longpolls[node].number == number => event,
                Mail::Longpoll(..) => continue,
            };
            for action in self.session.step(event, self.now()) {
                self.act(action, &mut longpolls);
            }
            if let Some(since) = ending
                && inbox.is_empty()
                && (!self.session.owes() || since.elapsed() >= GRACE)
            {
                return;
            }
        }
    }

    fn now(&self) -> Now {
        Now {
            mono: self.began.elapsed(),
            wall: (self.clock)(),
            chance: rand::random(),
        }
    }

    fn act(&mut self, action: Action, longpolls: &mut [Longpoll]) {
        match action {
            Action::Ask(node, ask) => self.ask(node, ask, &mut longpolls[node]),
            Action::DropLongpoll(node) => {
                longpolls[node].number += 1;
                if let Some(task) = longpolls[node].task.take() {
                    task.abort();
                }
            }
            Action::Work(node, template, time) => self.lots.give(node, &template, time),
            Action::NoWork(why) => self.tell(Told::NoWork(why)),
            Action::Tell(told) => self.tell(told),
            Action::Settle(hash, end) => {
                if let Err(e) = self.spool.settle(&hash, &end) {
                    let text = format!("block {hash} cannot be marked as settled on disk ({e})");
                    self.tell(Told::Say(MiningEvent::Error(text.into())));
                }
            }
        }
    }

    fn ask(&self, node: usize, ask: Ask, longpoll: &mut Longpoll) {
        let client = Arc::clone(&self.clients[node]);
        let (mail, clock, began) = (self.mail.clone(), self.clock, self.began);
        let number = matches!(ask, Ask::Longpoll(..)).then(|| {
            longpoll.number += 1;
            longpoll.number
        });
        let wrap = move |event| match number {
            Some(number) => Mail::Longpoll(node, number, event),
            None => Mail::Event(event),
        };
        let task = tokio::spawn(async move {
            let sent = began.elapsed();
            // Fails only after the end.
            let ahead = |previous| drop(mail.send(wrap(Event::Ahead(node, previous))));
            let answer = question::put(&client, &ask, clock, &ahead).await;
            let took = began.elapsed().saturating_sub(sent);
            drop(mail.send(wrap(Event::Answer {
                node,
                ask,
                sent,
                took,
                answer,
            })));
        });
        if number.is_some() {
            longpoll.task = Some(task.abort_handle());
        }
    }

    fn tell(&self, told: Told) {
        // The miner that is gone hears nothing.
        let _ = self.teller.send(told);
    }
}
