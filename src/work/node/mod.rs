//! Solo mining's link to bitcoin nodes (BIP 22, 23, 9, 145): Bitcoin Core's dialect and bcoin's.
//!
//! `session` decides, from answers, news and time alone; `drive` asks the nodes and tells the miner; `ledger` follows the
//! found blocks; `spool` keeps them on disk. One thread does it all, beside a few for the reading of large answers.

mod backoff;
mod drive;
mod ledger;
mod lots;
mod question;
pub mod rpc;
mod session;
pub mod spool;
pub mod words;
pub mod zmq;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use tokio::sync::{mpsc, oneshot};

use self::drive::{Driver, Mail};
use self::lots::Lots;
use self::rpc::{Auth, Client, Fault, SecretCheck};
use self::session::{Event, Session, Settings};
use self::spool::{Spool, Stored};
use super::payout::Payouts;
use super::template::{Tag, Template};
use super::{JobIds, Source, Teller, Told};
use crate::domain::mining::{BlockFate, Chain, FoundBlock, Health, MiningEvent, ShareVerdict};
use crate::domain::time::Timestamp;
use crate::domain::units::Sats;
use crate::engine::worker::Find;

/// One node.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// `http://host:port` or `https://`, no user in it.
    pub url: String,
    /// Who we are to it.
    pub auth: Auth,
    /// Where it publishes `hashblock` (`tcp://host:port`), if it does.
    pub zmq: Option<String>,
}

/// What solo mining goes by.
#[derive(Debug, Clone)]
pub struct Options {
    /// The nodes, the preferred one first; at least one.
    pub nodes: Vec<NodeOptions>,
    /// Whom the blocks pay.
    pub payouts: Payouts,
    /// Words in the coinbase.
    pub tag: Tag,
    /// How often the tip is asked for (at least 50 ms); less often while a long poll is open.
    pub poll: Duration,
    /// Keep a long poll open, which holds one of the node's threads.
    pub longpoll: bool,
    /// Work older than that is not hashed.
    pub max_template_age: Duration,
    /// Let the node check the first block of each tip's first template (BIP 23).
    pub check_proposals: bool,
    /// Difficulty of a share; a block's is taken where it is less.
    pub share_difficulty: f64,
    /// Where found blocks are kept.
    pub spool: PathBuf,
    /// Refuses secret files that others may read.
    pub check_secret: SecretCheck,
}

/// What a node said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// Host and port.
    pub label: String,
    /// Its chain, or how it stands and one sentence why.
    pub chain: Result<Chain, (Health, String)>,
}

/// The nodes as a source of work. Dropping it ends its thread, at most [`GRACE`] later where a found block is on its way.
#[derive(Debug)]
pub struct Nodes {
    labels: Vec<Arc<str>>,
    lots: Arc<Lots>,
    spool: Spool,
    teller: Teller,
    clock: Clock,
    mail: mpsc::UnboundedSender<Mail>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How long the end waits for the answer to a found block.
pub const GRACE: Duration = Duration::from_secs(5);

/// What tells the time of day.
pub type Clock = fn() -> Timestamp;

impl Nodes {
    /// Starts the link. One sentence where an URL is none, or the spool cannot be used.
    pub fn start(
        options: Options,
        job_ids: Arc<JobIds>,
        teller: Teller,
        clock: Clock,
    ) -> Result<Self, String> {
        let clients = clients(&options)?;
        let zmq = options
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(node, options)| Some((node, options.zmq.as_deref()?)))
            .map(|(node, endpoint)| Ok((node, zmq::place(endpoint)?)))
            .collect::<Result<Vec<_>, String>>()?;
        let unusable = |e: std::io::Error| {
            format!(
                "{} cannot keep found blocks ({e}); name a folder that can be written",
                options.spool.display()
            )
        };
        let spool = Spool::open(&options.spool).map_err(unusable)?;
        let kept = spool.scan().map_err(unusable)?;
        for told in kept_tellings(&kept) {
            // The miner is gone: so are we, soon.
            let _ = teller.send(told);
        }
        let session = Session::new(Settings {
            nodes: clients.len(),
            payouts: options.payouts,
            tag: options.tag,
            poll: options.poll.max(Duration::from_millis(50)),
            longpoll: options.longpoll,
            max_age: options.max_template_age,
            check_proposals: options.check_proposals,
        });
        let (mail, inbox) = mpsc::unbounded_channel();
        for block in kept.open {
            // The receiver is at hand.
            let _ = mail.send(Mail::Event(Event::Kept(Arc::new(block))));
        }
        let (stop, stopped) = oneshot::channel();
        let lots = Arc::new(Lots::new(job_ids, teller.clone(), options.share_difficulty));
        let labels = clients.iter().map(|c| c.label().into()).collect();
        let driver = Driver {
            clients,
            zmq,
            session,
            lots: Arc::clone(&lots),
            spool: spool.clone(),
            teller: teller.clone(),
            clock,
            mail: mail.clone(),
            began: Instant::now(),
        };
        let thread = drive::start(driver, inbox, stopped)?;
        Ok(Self {
            labels,
            lots,
            spool,
            teller,
            clock,
            mail,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Host and port of each node, in order.
    pub fn labels(&self) -> &[Arc<str>] {
        &self.labels
    }

    /// Asks each node once which chain it is on; takes as long as a call may take.
    pub fn discover(options: &Options) -> Result<Vec<Discovered>, String> {
        let clients = clients(options)?;
        let runtime = drive::runtime()?;
        Ok(runtime.block_on(async {
            let mut found = Vec::new();
            for client in clients {
                let chain = question::chain(&client).await;
                let whole = chain.and_then(|now| {
                    let ready = (!now.fetching).then_some(now.word);
                    ready.ok_or(Fault::Fetching)
                });
                let chain = whole
                    .map_err(|fault| (fault.health(), fault.sentence()))
                    .and_then(|word| session::chain_of(&word).map_err(|why| (Health::Wrong, why)));
                found.push(Discovered {
                    label: client.label(),
                    chain,
                });
            }
            found
        }))
    }

    fn tell(&self, told: Told) {
        // The miner that is gone hears nothing.
        let _ = self.teller.send(told);
    }

    fn keep(&self, find: &Find, template: &Arc<Template>, extranonce: u64) {
        // Said before the disk is waited for: a template that comes meanwhile would make a sibling of this block.
        let _ = self
            .mail
            .send(Mail::Event(Event::Finding(template.previous())));
        let block = Arc::new(Stored {
            hash: find.header.hash(),
            height: template.height(),
            chain: template.chain(),
            at: (self.clock)(),
            reward: Sats::from_sat(i64::try_from(template.reward()).unwrap_or(i64::MAX)),
            hex: HEXLOWER.encode(&template.block(&find.header, extranonce)),
            work_id: template.work_id().map(str::to_owned),
        });
        if let Err(e) = self.spool.store(&block) {
            let text = format!(
                "block {} cannot be written to disk ({e}); it is handed in all the same, but a crash now would lose it",
                block.hash
            );
            self.tell(Told::Say(MiningEvent::Error(text.into())));
        }
        let event = Event::Found(block, Arc::clone(template));
        // Fails only after the end.
        let _ = self.mail.send(Mail::Event(event));
    }
}

impl Source for Nodes {
    fn found(&mut self, find: &Find) {
        let Some(catch) = self.lots.caught(find) else {
            return;
        };
        self.tell(Told::Share {
            difficulty: find.difficulty,
            verdict: ShareVerdict::Accepted,
            took: None,
        });
        if catch.block {
            self.keep(find, &catch.template, catch.extranonce);
        }
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there was printed there.
            let _ = thread.join();
        }
    }
}

fn clients(options: &Options) -> Result<Vec<Arc<Client>>, String> {
    if options.nodes.is_empty() {
        return Err("no node is named; give --node http://127.0.0.1:8332".to_owned());
    }
    let client = |node: &NodeOptions| {
        Client::new(&node.url, node.auth.clone(), options.check_secret).map(Arc::new)
    };
    options.nodes.iter().map(client).collect()
}

/// Blocks of earlier runs that need nothing more, and what is wrong in the spool.
fn kept_tellings(kept: &spool::Found) -> Vec<Told> {
    let settled = kept.settled.iter().map(|(block, end)| {
        Told::Block(FoundBlock {
            hash: block.hash.to_string().into(),
            height: Some(block.height),
            at: block.at,
            reward: block.reward,
            fate: match end {
                spool::End::Done => BlockFate::InChain(100),
                spool::End::Lost => BlockFate::SideBranch,
                spool::End::Refused(why) => BlockFate::Refused(Arc::clone(why)),
            },
        })
    });
    let troubles = kept.troubles.iter();
    let troubles = troubles.map(|text| Told::Say(MiningEvent::Error(text.as_str().into())));
    settled.chain(troubles).collect()
}
