//! The flags of `baseload mine`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::{EngineArgs, LookArgs};
use crate::domain::mining::Chain;

/// Standalone mining.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[derive(Debug, Clone, Default, Args)]
pub struct MineArgs {
    /// A bitcoin node's RPC, as http://127.0.0.1:8332; several are failovers, the first is preferred.
    #[arg(long, value_name = "URL")]
    pub node: Vec<String>,
    /// The node's cookie file; it is read again when the node refuses what it held. One for all nodes, or one each.
    #[arg(long, value_name = "FILE")]
    pub cookie_file: Vec<PathBuf>,
    /// User of the node's RPC.
    #[arg(long, value_name = "USER")]
    pub rpc_user: Option<String>,
    /// File with that user's password, which only its owner may read.
    #[arg(long, value_name = "FILE")]
    pub rpc_password_file: Option<PathBuf>,
    /// Address to be paid, or ADDRESS=PERCENT of several; what rounding leaves goes to the first. With a pool: its work is
    /// refused unless it pays here.
    #[arg(long, value_name = "ADDRESS[=PERCENT]")]
    pub payout: Vec<String>,
    /// The network that is mined on: main, testnet4, signet or regtest. Without it that of the payout address, else main;
    /// a job or template that is easier than that network can be is not hashed.
    #[arg(long, value_name = "NETWORK", value_parser = network)]
    pub network: Option<Chain>,
    /// A text that every coinbase carries.
    #[arg(long, value_name = "TEXT")]
    pub coinbase_tag: Option<String>,
    /// Seconds between questions to a node for its tip, 1 where nothing is said.
    #[arg(long, value_name = "S", value_parser = poll)]
    pub poll: Option<f64>,
    /// Keeps a long poll open (BIP 22): news of blocks within milliseconds, but each holds one of the node's few RPC threads
    /// (Bitcoin Core: `rpcthreads`, 4 up to version 28), and a block that is found needs one. --zmq costs nothing.
    #[arg(long)]
    pub longpoll: bool,
    /// The node's publisher of `hashblock`, as tcp://127.0.0.1:28332: news of blocks within milliseconds. Of several nodes
    /// the first ones, in order.
    #[arg(long, value_name = "URL")]
    pub zmq: Vec<String>,
    /// Seconds after which a template that nobody renewed is hashed no more.
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(10..=86_400))]
    pub max_template_age: Option<u64>,
    /// Has the node check the first block of each template before it is solved (BIP 23).
    #[arg(long)]
    pub check_proposals: bool,
    /// A pool, as stratum+tcp://host:3333 or stratum+ssl://host:443; several are failovers, the first is returned to.
    #[arg(long, value_name = "URL")]
    pub pool: Vec<String>,
    /// User of the pool; one each.
    #[arg(long, value_name = "USER")]
    pub user: Vec<String>,
    /// File with the user's password, which only its owner may read; one each, or none.
    #[arg(long, value_name = "FILE")]
    pub password_file: Vec<PathBuf>,
    /// PEM file of the authority that signed the pool's certificate, in place of the system's.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Follows a pool that sends its miners to another host.
    #[arg(long)]
    pub allow_redirect: bool,
    /// Difficulty of shares to ask the pool for, as many begin far above what a few threads reach; the pool decides.
    #[arg(long, value_name = "D")]
    pub suggest_difficulty: Option<f64>,
    /// Lines in place of the screen.
    #[arg(long)]
    pub headless: bool,
    /// With --headless: one JSON object a line (`baseload schema --of mine`).
    #[arg(long, requires = "headless")]
    pub json: bool,
    /// Ends once so many blocks of this run are in the chain, or were answered by the pool.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub stop_after_blocks: Option<u32>,
    /// Ends after so many seconds.
    #[arg(long, value_name = "S", value_parser = limit)]
    pub time_limit: Option<f64>,
    /// Serves figures for Prometheus on this address and port, path /metrics.
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
    /// Lets --metrics listen on other than loopback.
    #[arg(long, requires = "metrics")]
    pub metrics_open: bool,
    /// Shell command that is run when a block is found and when its fate is known; what happened is in its environment
    /// (BASELOAD_FATE, BASELOAD_HASH, BASELOAD_HEIGHT, BASELOAD_REWARD_SAT).
    #[arg(long, value_name = "CMD")]
    pub on_block: Option<String>,
    /// Shell command that is run when a share is the best of all time (BASELOAD_DIFFICULTY).
    #[arg(long, value_name = "CMD")]
    pub on_best: Option<String>,
    /// This machine's engine.
    #[command(flatten)]
    pub engine: EngineArgs,
    /// Look.
    #[command(flatten)]
    pub look: LookArgs,
}

fn network(text: &str) -> Result<Chain, String> {
    let known = [Chain::Main, Chain::Testnet4, Chain::Signet, Chain::Regtest];
    let named = known.into_iter().find(|chain| chain.word() == text);
    named.ok_or_else(|| "the networks are main, testnet4, signet and regtest".to_owned())
}

fn poll(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=600.0).contains(&seconds) => Ok(seconds),
        _ => Err("a poll lies between 0.1 and 600 seconds".to_owned()),
    }
}

fn limit(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=1e9).contains(&seconds) => Ok(seconds),
        _ => Err("a time limit lies between 0.1 and 1000000000 seconds".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Cli, Command};
    use super::*;

    fn parse(args: &[&str]) -> Option<MineArgs> {
        let all = ["baseload", "mine"].iter().chain(args);
        match Cli::try_parse_from(all).ok()?.command {
            Some(Command::Mine(args)) => Some(*args),
            _ => None,
        }
    }

    #[test]
    fn flags_are_read_and_bounded() {
        let args = parse(&[
            "--node=http://a",
            "--node=http://b",
            "--cookie-file=c",
            "--payout=x=97",
            "--payout=y=3",
            "--poll=0.5",
            "--threads=2",
        ])
        .expect("sound");
        assert_eq!((args.node.len(), args.payout.len()), (2, 2));
        assert_eq!(args.poll, Some(0.5));
        assert!(parse(&["--json"]).is_none(), "json needs headless");
        assert!(parse(&["--poll=0"]).is_none() && parse(&["--time-limit=nan"]).is_none());
        assert!(parse(&["--metrics=9100"]).is_none());
        assert!(parse(&["--network=moon"]).is_none());
        let signet = parse(&["--network=signet"]).expect("sound");
        assert_eq!(signet.network, Some(Chain::Signet));
        assert!(parse(&["--stop-after-blocks=0"]).is_none());
    }
}
