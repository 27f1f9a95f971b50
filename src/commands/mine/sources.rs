//! Opens the source that was asked for.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::asked::{Asked, AskedNode, AskedPool, NodeAuth, check_secret};
use crate::cli::MineArgs;
use crate::commands::Failure;
use crate::config;
use crate::runtime::clock;
use crate::work::ease::Seen;
use crate::work::node::rpc::Auth;
use crate::work::node::{NodeOptions, Nodes, Options};
use crate::work::payout::{Payout, Payouts};
use crate::work::stratum::{self, Pool, PoolAddress, Pools};
use crate::work::template::Tag;
use crate::work::{JobIds, Source, Teller};

/// Seconds between questions for a node's tip.
const POLL: f64 = 1.0;
/// Seconds that a template is hashed though nobody renewed it.
const MAX_AGE: u64 = 300;
/// Difficulty of a share for each thread: one takes some ten seconds, whatever the number of threads.
const SHARE_DIFFICULTY: f64 = 0.125;

/// Starts it, with so many threads to hash for. `state`: where found blocks are kept; `known`: how hard main is, as a node
/// has stated it.
pub(super) fn start(
    asked: &Asked,
    args: &MineArgs,
    threads: usize,
    state: &Path,
    known: Option<Seen>,
    ids: Arc<JobIds>,
    teller: Teller,
) -> Result<Box<dyn Source>, Failure> {
    match asked {
        Asked::Nodes(nodes, payouts, _) => {
            let options = node_options(nodes, payouts, args, threads, state)?;
            let nodes = Nodes::start(options, ids, teller, clock::now).map_err(Failure::Usage)?;
            Ok(Box::new(nodes))
        }
        Asked::Pools(pools, payouts, chain) => {
            let options = stratum::Options {
                chain: Some(*chain),
                known,
                ..pool_options(pools, payouts.as_ref(), args)?
            };
            let pools = Pools::start(options, ids, teller, Arc::new(clock::console))
                .map_err(|error| Failure::Usage(error.to_string()))?;
            Ok(Box::new(pools))
        }
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
        longpoll: args.longpoll,
        max_template_age: Duration::from_secs(args.max_template_age.unwrap_or(MAX_AGE)),
        check_proposals: args.check_proposals,
        share_difficulty: SHARE_DIFFICULTY * threads as f64,
        spool: state.join("blocks"),
        check_secret,
    })
}

fn pool_options(
    pools: &[AskedPool],
    payouts: Option<&Payouts>,
    args: &MineArgs,
) -> Result<stratum::Options, Failure> {
    let pool = |pool: &AskedPool| {
        let address = PoolAddress::parse(&pool.url)
            .map_err(|error| Failure::Usage(format!("--pool: {error}")))?;
        Ok(Pool {
            address,
            user: pool.user.clone(),
            password: password(pool.password_file.as_deref())?,
            ca: args.ca.clone(),
        })
    };
    let list = payouts.map_or(&[][..], Payouts::list);
    let payout = |payout: &Payout| {
        (
            payout.address.clone(),
            payout.script.to_bytes(),
            payout.share,
        )
    };
    Ok(stratum::Options {
        pools: pools.iter().map(pool).collect::<Result<_, Failure>>()?,
        payouts: list.iter().map(payout).collect(),
        follow_elsewhere: args.allow_redirect,
        suggest_difficulty: args.suggest_difficulty,
        set_by: Some(clock::set_since),
        ..stratum::Options::default()
    })
}

/// The password in the file's first line; `x` where there is none, as pools that want none take it.
fn password(file: Option<&Path>) -> Result<SecretString, Failure> {
    let Some(file) = file else {
        return Ok(SecretString::from("x"));
    };
    let text = config::read_secret(file)
        .map_err(|p| Failure::Usage(format!("--password-file {}; {}", p.what, p.mend)))?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(Failure::Usage(format!(
            "--password-file {}: its first line holds no password",
            file.display()
        )));
    }
    Ok(SecretString::from(line.to_owned()))
}
