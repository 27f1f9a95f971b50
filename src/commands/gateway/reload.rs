//! The files that say who may act, who is let in, and who this gateway is: read at the start and whenever they change.
//!
//! Invariant: a file that can't be read, or not whole, changes nothing: what was read before holds, and it is told. A
//! change counts once two looks have seen the same, so that a file half written is not taken for a whole one; SIGHUP
//! takes it at once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio::signal::unix::Signal;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::TlsAcceptor;

use crate::config;
use crate::feed::session::server::Role;
use crate::feed::socket::{TlsIdentity, Token, acceptor};
use crate::files;
use crate::gateway::roll::Roll;
use crate::gateway::serve::{Hub, ServeOptions};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// The longest file.
const LONGEST: u64 = 4 << 20;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Who may act.
    Operators,
    /// Who is let in.
    Tokens,
    /// The certificate and its key.
    Tls,
}

/// What a file said.
pub(super) enum Change {
    Roll(Arc<Roll>),
    Tokens(Vec<Token>),
    Tls(TlsAcceptor),
}

/// What was seen: a hash of the text, or why there is none.
type Seen = Result<[u8; 32], String>;

/// A file, or two that belong together.
pub(super) struct Watched {
    of: For,
    paths: Vec<PathBuf>,
    seen: Seen,
    used: Seen,
}

impl For {
    const fn word(self) -> &'static str {
        match self {
            Self::Operators => "operators file",
            Self::Tokens => "tokens file",
            Self::Tls => "certificate",
        }
    }

    /// As an alarm's cause.
    const fn sort(self) -> &'static str {
        match self {
            Self::Operators => "operators_file",
            Self::Tokens => "tokens_file",
            Self::Tls => "certificate",
        }
    }

    fn read(self, paths: &[PathBuf]) -> Result<String, String> {
        // The last one is what must be guarded: a certificate is no secret, its key is.
        let guarded = paths.last().map_or(Ok(()), |path| match self {
            Self::Operators => config::check_unwritable(path),
            Self::Tokens | Self::Tls => config::check_secret(path),
        });
        guarded.map_err(|p| format!("{}; {}", p.what, p.mend))?;
        let texts: Result<Vec<String>, String> = paths
            .iter()
            .map(|path| files::text(path, LONGEST).map_err(|unread| unread.to_string()))
            .collect();
        let texts = texts?;
        // As an editor leaves it that is about to write it.
        if texts.iter().any(String::is_empty) {
            return Err(
                "is empty; where nobody is meant, say so in a line that begins with #".to_owned(),
            );
        }
        Ok(texts.join("\n"))
    }

    fn parse(self, text: &str, paths: &[PathBuf]) -> Result<Change, String> {
        match self {
            Self::Operators => Roll::parse(text)
                .map(|roll| Change::Roll(Arc::new(roll)))
                .map_err(|error| error.0),
            Self::Tokens => tokens(text).map(Change::Tokens),
            Self::Tls => {
                let [cert, key] = paths else {
                    return Err("a certificate and its key are two files".to_owned());
                };
                let identity = TlsIdentity {
                    cert: cert.clone(),
                    key: key.clone(),
                };
                let acceptor = acceptor(&identity, None).map_err(|error| error.0)?;
                Ok(Change::Tls(acceptor))
            }
        }
    }
}

impl Watched {
    /// Reads it for the first time.
    ///
    /// # Errors
    /// One sentence: why it can't be used.
    pub(super) fn open(of: For, paths: Vec<PathBuf>) -> Result<(Self, Change), String> {
        let text = of.read(&paths)?;
        let change = of.parse(&text, &paths)?;
        let seen: Seen = Ok(Sha256::digest(&text).into());
        let file = Self {
            of,
            paths,
            used: seen.clone(),
            seen,
        };
        Ok((file, change))
    }

    /// What has changed since it was used last; none: nothing, or not for sure yet.
    fn look(&mut self, at_once: bool) -> Option<Result<Change, String>> {
        let text = self.of.read(&self.paths);
        let hash = |text: &String| Sha256::digest(text).into();
        let seen: Seen = text.as_ref().map(hash).map_err(Clone::clone);
        let settled = at_once || seen == self.seen;
        self.seen.clone_from(&seen);
        if !settled || seen == self.used {
            return None;
        }
        self.used = seen;
        Some(text.and_then(|text| self.of.parse(&text, &self.paths)))
    }

    fn shown(&self) -> String {
        let shown: Vec<String> = self.paths.iter().map(|p| p.display().to_string()).collect();
        format!("{} {}", self.of.word(), shown.join(", "))
    }
}

/// Looks at the files without end; SIGHUP has them looked at at once.
pub(super) async fn watch(
    mut files: Vec<Watched>,
    hub: Hub,
    options: watch::Sender<Arc<ServeOptions>>,
    mut hang_up: Signal,
) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let at_once = tokio::select! {
            _ = hang_up.recv() => true,
            _ = looks.tick() => false,
        };
        // A disk that hangs must hold up nothing else.
        let looked = tokio::task::spawn_blocking(move || {
            let changes: Vec<_> = files.iter_mut().map(|file| file.look(at_once)).collect();
            (files, changes)
        });
        let Ok((back, changes)) = looked.await else {
            return;
        };
        files = back;
        for (file, change) in files.iter().zip(changes) {
            if let Some(change) = change {
                take(file, change, &hub, &options).await;
            }
        }
        if at_once {
            tracing::info!("SIGHUP: {} files read anew", files.len());
        }
    }
}

async fn take(
    file: &Watched,
    change: Result<Change, String>,
    hub: &Hub,
    options: &watch::Sender<Arc<ServeOptions>>,
) {
    let shown = file.shown();
    let change = match change {
        Ok(change) => change,
        Err(why) => {
            let said = format!("{shown} is not used: {why}; what it said before holds");
            tracing::error!("{said}");
            return hub.trouble(file.of.sort(), Some(said)).await;
        }
    };
    tracing::warn!("{shown} has changed and is used from now on");
    hub.trouble(file.of.sort(), None).await;
    match change {
        Change::Roll(roll) => hub.operators(roll).await,
        Change::Tokens(tokens) => options.send_modify(|options| {
            Arc::make_mut(options).admission.tokens = Some(tokens);
        }),
        Change::Tls(acceptor) => options.send_modify(|options| {
            Arc::make_mut(options).tls = Some(acceptor);
        }),
    }
}

/// `viewer TOKEN` or `operator TOKEN` a line; blank lines and lines that begin with # are left out.
fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let role = match line.split_once(char::is_whitespace) {
            Some(("viewer", rest)) => Some((Role::Viewer, rest.trim())),
            Some(("operator", rest)) => Some((Role::Operator, rest.trim())),
            _ => None,
        };
        let Some((role, secret)) =
            role.filter(|(_, s)| s.len() >= 16 && s.chars().all(|c| c.is_ascii_graphic()))
        else {
            return Err(format!(
                "line {}: is no token line; write `viewer TOKEN` or `operator TOKEN`, the token at least 16 printable characters",
                index + 1
            ));
        };
        tokens.push(Token {
            secret: SecretString::from(secret.to_owned()),
            role,
        });
    }
    Ok(tokens)
}
