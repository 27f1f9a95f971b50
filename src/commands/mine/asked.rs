//! What the command line asks to mine on, checked: one sentence where it makes no sense.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::MineArgs;
use crate::commands::Failure;
use crate::config;
use crate::domain::mining::{Chain, SourceKind};
use crate::work::miner::Judge;
use crate::work::payout::{PayoutError, Payouts};

/// Who we are to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NodeAuth {
    /// Its cookie file.
    Cookie(PathBuf),
    /// A user, and the file with the password.
    Password {
        /// The user.
        user: String,
        /// The file.
        file: PathBuf,
    },
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AskedNode {
    /// Its URL.
    pub(super) url: String,
    /// Who we are to it.
    pub(super) auth: NodeAuth,
}

/// A pool. Its user and password go to no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AskedPool {
    /// Its URL.
    pub(super) url: String,
    /// The user.
    pub(super) user: String,
    /// The file with the password.
    pub(super) password_file: Option<PathBuf>,
}

/// What to mine on.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    /// Nodes, whom a block shall pay, and the network where it was named.
    Nodes(Vec<AskedNode>, Payouts, Option<Chain>),
    /// Pools, whom their work must pay where that was said, and the network.
    Pools(Vec<AskedPool>, Option<Payouts>, Chain),
}

impl Asked {
    /// Nodes or pools.
    pub(super) const fn kind(&self) -> SourceKind {
        match self {
            Self::Nodes(..) => SourceKind::Node,
            Self::Pools(..) => SourceKind::Pool,
        }
    }

    /// Host and port of each, in order of preference.
    pub(super) fn labels(&self) -> Vec<Arc<str>> {
        let urls: Vec<&str> = match self {
            Self::Nodes(nodes, ..) => nodes.iter().map(|node| node.url.as_str()).collect(),
            Self::Pools(pools, ..) => pools.iter().map(|pool| pool.url.as_str()).collect(),
        };
        urls.into_iter().map(label).collect()
    }

    const fn paid(&self) -> Option<&Payouts> {
        match self {
            Self::Nodes(_, payouts, _) => Some(payouts),
            Self::Pools(_, payouts, _) => payouts.as_ref(),
        }
    }

    /// The addresses to be paid, as they were given.
    pub(super) fn payouts(&self) -> Vec<String> {
        let list = self.paid().map_or(&[][..], Payouts::list);
        list.iter()
            .map(|payout| payout.address.to_string())
            .collect()
    }

    /// Whether a node's chain may be mined on: it must be the one that was named, and the payouts must belong to it.
    pub(super) fn judge(&self) -> Judge {
        let Self::Nodes(_, payouts, named) = self.clone() else {
            return Box::new(|_| Ok(()));
        };
        Box::new(move |chain| match named {
            Some(named) if named != chain => Err(format!(
                "the node is on {}, and --network names {}; name a node of that network, or another network",
                chain.word(),
                named.word()
            )),
            _ => payouts
                .for_chain(chain)
                .map(drop)
                .map_err(|error| error.to_string()),
        })
    }
}

/// Host and port of a URL; what else it holds is not shown.
fn label(url: &str) -> Arc<str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let place = place.rsplit('@').next().unwrap_or(place);
    place
        .chars()
        .filter(|c| !c.is_control())
        .take(80)
        .collect::<String>()
        .into()
}

fn usage<T>(sentence: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Usage(sentence.into()))
}

/// What the arguments ask for.
pub(super) fn asked(args: &MineArgs) -> Result<Asked, Failure> {
    match (args.node.is_empty(), args.pool.is_empty()) {
        (true, true) => usage(
            "nothing to mine on: give --node URL with --payout ADDRESS, or --pool URL with --user USER",
        ),
        (false, false) => usage("--node and --pool exclude each other; mine on nodes or on pools"),
        (false, true) => nodes(args),
        (true, false) => pools(args),
    }
}

/// The first of these flags that was given.
fn given<'a>(flags: &[(&'a str, bool)]) -> Option<&'a str> {
    flags
        .iter()
        .find(|(_, given)| *given)
        .map(|(flag, _)| *flag)
}

fn payouts(args: &MineArgs) -> Result<Payouts, Failure> {
    Payouts::parse(&args.payout).map_err(|error| Failure::Usage(error.to_string()))
}

/// Payouts must be of the network that is named.
fn of_network(payouts: &Payouts, network: Chain) -> Result<(), Failure> {
    payouts.for_chain(network).map(drop).or_else(|error| match error {
        PayoutError::OtherChain { address, family, .. } => usage(format!(
            "the payout address {address} is for {family}, and the network is {}; give an address of that network, or another --network",
            network.word()
        )),
        other => usage(other.to_string()),
    })
}

fn nodes(args: &MineArgs) -> Result<Asked, Failure> {
    let foreign = [
        ("--user", !args.user.is_empty()),
        ("--password-file", !args.password_file.is_empty()),
        ("--allow-redirect", args.allow_redirect),
        ("--suggest-difficulty", args.suggest_difficulty.is_some()),
    ];
    if let Some(flag) = given(&foreign) {
        return usage(format!(
            "{flag} goes with --pool; a node takes --cookie-file, or --rpc-user with --rpc-password-file"
        ));
    }
    if args.zmq.len() > args.node.len() {
        return usage(
            "--zmq is given more often than --node; give at most one for each node, in the same order",
        );
    }
    let payouts = payouts(args)?;
    if let Some(network) = args.network {
        of_network(&payouts, network)?;
    }
    let auths = auths(args)?;
    let nodes = args
        .node
        .iter()
        .enumerate()
        .map(|(place, url)| {
            if url.contains('@') {
                return usage("--node: a URL holds no user or password here; give --cookie-file, or --rpc-user with --rpc-password-file");
            }
            // One for all, or one each.
            let auth = auths.get(place).or_else(|| auths.first());
            auth.cloned().map_or_else(
                || usage("--node needs --cookie-file FILE, or --rpc-user USER with --rpc-password-file FILE"),
                |auth| Ok(AskedNode { url: url.clone(), auth }),
            )
        })
        .collect::<Result<_, _>>()?;
    Ok(Asked::Nodes(nodes, payouts, args.network))
}

fn auths(args: &MineArgs) -> Result<Vec<NodeAuth>, Failure> {
    match (&args.rpc_user, &args.rpc_password_file) {
        (None, None) => {
            let count = args.cookie_file.len();
            if count > 1 && count != args.node.len() {
                return usage(format!(
                    "--cookie-file is given {count} times for {} nodes; give one for all, or one each",
                    args.node.len()
                ));
            }
            for file in &args.cookie_file {
                cookie(file)?;
            }
            let cookies = args.cookie_file.iter().cloned();
            Ok(cookies.map(NodeAuth::Cookie).collect())
        }
        (Some(_), Some(_)) if !args.cookie_file.is_empty() => {
            usage("--cookie-file and --rpc-user exclude each other; give one of them")
        }
        (Some(user), Some(file)) => {
            check("--rpc-password-file", file)?;
            Ok(vec![NodeAuth::Password {
                user: user.clone(),
                file: file.clone(),
            }])
        }
        (Some(_), None) => {
            usage("--rpc-user needs --rpc-password-file FILE; passwords are never arguments")
        }
        (None, Some(_)) => usage("--rpc-password-file needs --rpc-user USER"),
    }
}

fn pools(args: &MineArgs) -> Result<Asked, Failure> {
    let foreign = [
        ("--cookie-file", !args.cookie_file.is_empty()),
        ("--rpc-user", args.rpc_user.is_some()),
        ("--rpc-password-file", args.rpc_password_file.is_some()),
        ("--coinbase-tag", args.coinbase_tag.is_some()),
        ("--poll", args.poll.is_some()),
        ("--longpoll", args.longpoll),
        ("--zmq", !args.zmq.is_empty()),
        ("--max-template-age", args.max_template_age.is_some()),
        ("--check-proposals", args.check_proposals),
    ];
    if let Some(flag) = given(&foreign) {
        return usage(format!(
            "{flag} goes with --node; a pool makes its own blocks"
        ));
    }
    if args.user.len() != args.pool.len() {
        return usage(format!(
            "{} pools and {} users: give one --user for each --pool, in the same order",
            args.pool.len(),
            args.user.len()
        ));
    }
    let files = args.password_file.len();
    if files > 0 && files != args.pool.len() {
        return usage(format!(
            "{} pools and {files} password files: give one --password-file for each --pool, or none",
            args.pool.len()
        ));
    }
    for file in &args.password_file {
        check("--password-file", file)?;
    }
    let payouts = if args.payout.is_empty() {
        None
    } else {
        Some(payouts(args)?)
    };
    let likely = payouts.as_ref().map(Payouts::likely_chain);
    let network = args.network.or(likely).unwrap_or(Chain::Main);
    if let Some(payouts) = &payouts {
        of_network(payouts, network)?;
    }
    let pools = args
        .pool
        .iter()
        .zip(&args.user)
        .enumerate()
        .map(|(place, (url, user))| AskedPool {
            url: url.clone(),
            user: user.clone(),
            password_file: args.password_file.get(place).cloned(),
        })
        .collect();
    Ok(Asked::Pools(pools, payouts, network))
}

/// A secret file that others may read is refused.
pub(super) fn check_secret(file: &Path) -> Result<(), String> {
    config::check_secret(file).map_err(|problem| format!("{}; {}", problem.what, problem.mend))
}

fn check(flag: &str, file: &Path) -> Result<(), Failure> {
    check_secret(file).map_err(|why| Failure::Usage(format!("{flag} {why}")))?;
    if config::group_reads(file) {
        tracing::warn!(file = %file.display(), "a group may read this secret");
    }
    Ok(())
}

/// A cookie file that is there must be one that can be used; one that is not is waited for, as the node writes it when it
/// starts, but not in a folder that does not exist.
fn cookie(file: &Path) -> Result<(), Failure> {
    if !matches!(file.try_exists(), Ok(false)) {
        check("--cookie-file", file)?;
        let opened = crate::files::open(file);
        return opened
            .map(drop)
            .map_err(|unread| Failure::Usage(format!("--cookie-file: {unread}")));
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => usage(format!(
            "--cookie-file names {}, but there is no folder {}; give the path of the node's .cookie file",
            file.display(),
            folder.display()
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const ADDRESS: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";

    fn node() -> MineArgs {
        MineArgs {
            node: vec!["http://127.0.0.1:8332".to_owned()],
            cookie_file: vec!["cookie".into()],
            payout: vec![ADDRESS.to_owned()],
            ..MineArgs::default()
        }
    }

    fn pool() -> MineArgs {
        MineArgs {
            pool: vec!["stratum+tcp://pool:3333".to_owned()],
            user: vec!["me".to_owned()],
            ..MineArgs::default()
        }
    }

    fn refused(args: &MineArgs) -> String {
        match asked(args) {
            Err(Failure::Usage(sentence)) => {
                assert!(!sentence.contains('\n'), "{sentence}");
                sentence
            }
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn nodes_and_pools_are_told_apart() {
        let nodes = asked(&node()).expect("sound");
        assert_eq!(nodes.kind(), SourceKind::Node);
        assert_eq!(nodes.payouts(), [ADDRESS]);
        assert_eq!(&*nodes.labels()[0], "127.0.0.1:8332");
        let pools = asked(&pool()).expect("sound");
        assert_eq!(pools.kind(), SourceKind::Pool);
        assert!(pools.payouts().is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_one_sentence() {
        assert!(refused(&MineArgs::default()).contains("--node URL"));
        let both = MineArgs {
            pool: pool().pool,
            ..node()
        };
        assert!(refused(&both).contains("exclude"));
        let unpaid = MineArgs {
            payout: Vec::new(),
            ..node()
        };
        assert!(refused(&unpaid).contains("--payout"));
        let wrong = MineArgs {
            payout: vec!["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5".to_owned()],
            ..node()
        };
        assert!(refused(&wrong).contains("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"));
        let nobody = MineArgs {
            cookie_file: Vec::new(),
            ..node()
        };
        assert!(refused(&nobody).contains("--cookie-file"));
        let nowhere = MineArgs {
            cookie_file: vec!["/nope/.cookie".into()],
            ..node()
        };
        assert!(refused(&nowhere).contains("no folder /nope"));
        let folder = MineArgs {
            cookie_file: vec!["/".into()],
            ..node()
        };
        assert!(refused(&folder).contains("--cookie-file names /"));
        let half = MineArgs {
            rpc_user: Some("me".to_owned()),
            ..nobody
        };
        assert!(refused(&half).contains("--rpc-password-file"));
        let secret = MineArgs {
            node: vec!["http://me:word@127.0.0.1:8332".to_owned()],
            ..node()
        };
        assert!(!refused(&secret).contains("word@"));
        let cookies = MineArgs {
            node: vec!["http://a".to_owned(); 3],
            cookie_file: vec!["a".into(), "b".into()],
            ..node()
        };
        assert!(refused(&cookies).contains("2 times for 3 nodes"));
        let user = MineArgs {
            user: vec!["me".to_owned()],
            ..node()
        };
        assert!(refused(&user).contains("--user goes with --pool"));
        let tag = MineArgs {
            coinbase_tag: Some("me".to_owned()),
            ..pool()
        };
        assert!(refused(&tag).contains("--coinbase-tag goes with --node"));
        let users = MineArgs {
            user: Vec::new(),
            ..pool()
        };
        assert!(refused(&users).contains("one --user for each"));
    }

    #[test]
    fn a_password_that_others_may_read_is_refused() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let file = scratch.path().join("password");
        std::fs::write(&file, "secret\n").expect("writes");
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&file, open).expect("is ours");
        let args = MineArgs {
            password_file: vec![file.clone()],
            ..pool()
        };
        let said = refused(&args);
        assert!(
            said.contains("chmod 600") && !said.contains("secret\n"),
            "{said}"
        );
        let closed = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, closed).expect("is ours");
        assert!(asked(&args).is_ok());
    }
}
