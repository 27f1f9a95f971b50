//! How we name ourselves to a node. Secrets are read from files, when they are needed.

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::files;

/// Longest secret file.
const LIMIT: u64 = 64 * 1024;

/// Refuses a secret file that others may read; one sentence where it does.
pub type SecretCheck = fn(&Path) -> Result<(), String>;

/// Who we are to a node.
#[derive(Debug, Clone)]
pub enum Auth {
    /// Nobody: the node lets all in.
    Open,
    /// The node's own cookie file, `user:password` in one line; made anew at each start of the node.
    Cookie(PathBuf),
    /// A user and a file with the password (of bcoin: any user, and the API key).
    Password {
        /// The user.
        user: String,
        /// The file.
        file: PathBuf,
    },
}

impl Auth {
    /// The cookie file, where it is not there yet.
    pub(super) fn awaited(&self) -> Option<&Path> {
        match self {
            Self::Cookie(file) if matches!(file.try_exists(), Ok(false)) => Some(file),
            _ => None,
        }
    }

    /// The `Authorization` header, read from the file now; none where nobody is named. One sentence where it cannot be.
    pub(super) fn header(&self, check: SecretCheck) -> Result<Option<SecretString>, String> {
        let pair = match self {
            Self::Open => return Ok(None),
            Self::Cookie(file) => {
                let line = read(file, check)?;
                if !line.contains(':') {
                    return Err(format!(
                        "{} holds no cookie (user:password); name the node's .cookie file",
                        file.display()
                    ));
                }
                line
            }
            Self::Password { user, file } => format!("{user}:{}", read(file, check)?),
        };
        let header = format!("Basic {}", BASE64.encode(pair.as_bytes()));
        Ok(Some(SecretString::from(header)))
    }
}

/// The file's first line.
fn read(file: &Path, check: SecretCheck) -> Result<String, String> {
    let trouble = |why: &dyn std::fmt::Display| {
        format!(
            "{} can't be read ({why}); is the node running, and the path right?",
            file.display()
        )
    };
    check(file)?;
    let text = Zeroizing::new(files::text(file, LIMIT).map_err(|unread| trouble(&unread.what))?);
    let line = text.lines().next().unwrap_or("").trim();
    if line.is_empty() {
        return Err(trouble(&"its first line is empty"));
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn secrets_come_from_files_and_stay_out_of_words() {
        let dir = tempfile::tempdir().expect("scratch");
        let file = dir.path().join("cookie");
        let cookie = Auth::Cookie(file.clone());
        assert!(cookie.header(|_| Ok(())).is_err() && cookie.awaited().is_some());
        std::fs::write(&file, "\n").expect("writes");
        assert!(cookie.header(|_| Ok(())).is_err());
        std::fs::write(&file, "__cookie__:secret\n").expect("writes");
        let header = cookie.header(|_| Ok(())).expect("reads").expect("is one");
        assert_eq!(header.expose_secret(), "Basic X19jb29raWVfXzpzZWNyZXQ=");
        assert!(cookie.awaited().is_none());
        assert!(!format!("{header:?} {cookie:?}").contains("secret="));
        assert!(cookie.header(|_| Err("too open".to_owned())).is_err());
        let user = "x".to_owned();
        let password = Auth::Password { user, file };
        assert!(password.header(|_| Ok(())).expect("reads").is_some());
        assert!(Auth::Open.header(|_| Ok(())).expect("reads").is_none());
    }
}
