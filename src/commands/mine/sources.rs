//! Opens the source that was asked for.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::asked::{Asked, AskedNode, NodeAuth, check_secret};
use crate::cli::MineArgs;
use crate::commands::Failure;
use crate::runtime::clock;
use crate::work::node::rpc::Auth;
use crate::work::node::{NodeOptions, Nodes, Options};
use crate::work::payout::Payouts;
use crate::work::template::Tag;
use crate::work::{JobIds, Source, Teller};

/// Seconds between questions where a node keeps no long poll.
const POLL: f64 = 1.0;
/// Seconds that a template is hashed though nobody renewed it. Long polls are answered every minute or so.
const MAX_AGE: u64 = 300;
/// Difficulty of a share for each thread: one takes some ten seconds, whatever the number of threads.
const SHARE_DIFFICULTY: f64 = 0.125;

/// Starts it, with so many threads to hash for. `state`: where found blocks are kept.
pub(super) fn start(
    asked: &Asked,
    args: &MineArgs,
    threads: usize,
    state: &Path,
    ids: Arc<JobIds>,
    teller: Teller,
) -> Result<Box<dyn Source>, Failure> {
    match asked {
        Asked::Nodes(nodes, payouts) => {
            let options = node_options(nodes, payouts, args, threads, state)?;
            let nodes = Nodes::start(options, ids, teller, clock::now).map_err(Failure::Usage)?;
            Ok(Box::new(nodes))
        }
        Asked::Pools(..) => Err(Failure::Run("pools cannot be mined on yet".to_owned())),
    }
}

fn node_options(
    nodes: &[AskedNode],
    payouts: &Payouts,
    args: &MineArgs,
    threads: usize,
    state: &Path,
) -> Result<Options, Failure> {
    let tag = Tag::parse(args.coinbase_tag.as_deref().unwrap_or_default())
        .map_err(|error| Failure::Usage(format!("--coinbase-tag: {error}")))?;
    let node = |(place, node): (usize, &AskedNode)| NodeOptions {
        url: node.url.clone(),
        auth: match node.auth.clone() {
            NodeAuth::Cookie(file) => Auth::Cookie(file),
            NodeAuth::Password { user, file } => Auth::Password { user, file },
        },
        zmq: args.zmq.get(place).cloned(),
    };
    Ok(Options {
        nodes: nodes.iter().enumerate().map(node).collect(),
        payouts: payouts.clone(),
        tag,
        poll: Duration::from_secs_f64(args.poll.unwrap_or(POLL)),
        max_template_age: Duration::from_secs(args.max_template_age.unwrap_or(MAX_AGE)),
        check_proposals: args.check_proposals,
        share_difficulty: SHARE_DIFFICULTY * threads as f64,
        spool: state.join("blocks"),
        check_secret,
    })
}
