//! `baseload operator new|show`: the key that a person's orders are signed with.
//!
//! A key file is PKCS#8 in PEM (RFC 5958, RFC 8410), so other tools read it too; with a passphrase it is encrypted by scrypt
//! and AES-256-CBC (RFC 8018, RFC 7914).

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use data_encoding::HEXLOWER;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signer, SigningKey};
use pkcs8::LineEnding;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{Failure, papers};
use crate::cli::OperatorAction;
use crate::config;
use crate::domain::act::Stamp;
use crate::domain::deed::Deed;
use crate::domain::link::Request;
use crate::domain::operator::Rank;
use crate::domain::order::Order;
use crate::feed::protocol::{act_form, deed_form, order_form};

/// The shortest passphrase that is taken.
const SHORTEST_PASSPHRASE: usize = 8;

/// Does it.
pub fn run(action: &OperatorAction) -> Result<(), Failure> {
    match action {
        OperatorAction::New {
            name,
            out,
            rank,
            passphrase_file,
        } => new(name, out, rank, passphrase_file.as_deref()),
        OperatorAction::Show {
            file,
            passphrase_file,
        } => {
            let key = Key::read(file, passphrase_file.as_deref())?;
            papers::print(&format!("{}\n", key.public()))
        }
    }
}

fn new(name: &str, out: &Path, rank: &str, passphrase: Option<&Path>) -> Result<(), Failure> {
    let plain = !name.is_empty() && name.len() <= 64 && !name.chars().any(char::is_control);
    if !plain || name.trim() != name {
        return Err(Failure::Usage(
            "a name is 1 to 64 printable characters, as it shall stand in orders".to_owned(),
        ));
    }
    if Rank::of(rank).is_none() {
        return Err(Failure::Usage(format!(
            "--rank {rank}: a rank is viewer, operator, dispatcher or engineer"
        )));
    }
    let passphrase = passphrase.map(read_passphrase).transpose()?;
    let seed = Zeroizing::new(rand::random::<[u8; 32]>());
    let key = SigningKey::from_bytes(&seed);
    let text = match &passphrase {
        Some(words) => key.to_pkcs8_encrypted_pem(words.expose_secret(), LineEnding::LF),
        None => key.to_pkcs8_pem(LineEnding::LF),
    }
    .map_err(|error| Failure::Run(format!("the key can't be written: {error}")))?;
    let shown = out.display();
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(out)
        .map_err(|error| {
            Failure::Run(format!(
                "{shown}: {error}; a key file is never written over"
            ))
        })?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| Failure::Run(format!("{shown}: {error}")))?;
    let public = HEXLOWER.encode(key.verifying_key().as_bytes());
    papers::print(&format!(
        "[[operator]]\nname = {name:?}\nrank = {rank:?}\nkey = {public:?}\n"
    ))
}

fn read_passphrase(file: &Path) -> Result<SecretString, Failure> {
    let shown = file.display();
    let text = config::read_secret(file)
        .map_err(|p| Failure::Usage(format!("--passphrase-file {}; {}", p.what, p.mend)))?;
    let words = text.trim_end_matches(['\r', '\n']);
    if words.chars().count() < SHORTEST_PASSPHRASE {
        return Err(Failure::Usage(format!(
            "{shown}: a passphrase has at least {SHORTEST_PASSPHRASE} characters"
        )));
    }
    Ok(SecretString::from(words.to_owned()))
}

/// What a desk signs with.
pub struct Key(SigningKey);

impl Key {
    /// Reads a key file.
    ///
    /// # Errors
    /// One sentence: not to be read, open to others, no key, or another passphrase.
    pub fn read(file: &Path, passphrase: Option<&Path>) -> Result<Self, Failure> {
        let shown = file.display();
        let text = config::read_secret(file)
            .map_err(|p| Failure::Usage(format!("the key file {}; {}", p.what, p.mend)))?;
        let encrypted = text.contains("ENCRYPTED PRIVATE KEY");
        let key = match (encrypted, passphrase) {
            (true, None) => {
                return Err(Failure::Usage(format!(
                    "{shown}: is encrypted; give the file with its passphrase"
                )));
            }
            (true, Some(words)) => {
                let words = read_passphrase(words)?;
                SigningKey::from_pkcs8_encrypted_pem(&text, words.expose_secret()).map_err(|_| {
                    Failure::Usage(format!("{shown}: the passphrase does not open it"))
                })
            }
            (false, _) => SigningKey::from_pkcs8_pem(&text).map_err(|_| {
                Failure::Usage(format!(
                    "{shown}: holds no ed25519 key in PKCS#8; make one with `baseload operator new`"
                ))
            }),
        }?;
        Ok(Self(key))
    }

    /// In hexadecimal, as a gateway's roll has it.
    pub fn public(&self) -> String {
        HEXLOWER.encode(self.0.verifying_key().as_bytes())
    }

    /// Over these bytes, in hexadecimal.
    pub fn over(&self, form: &[u8]) -> std::sync::Arc<str> {
        HEXLOWER.encode(&self.0.sign(form).to_bytes()).into()
    }

    /// The issuer's signature under an order.
    pub fn sign_order(&self, order: &Order) -> Order {
        Order {
            signature: Some(self.over(&order_form(order))),
            ..order.clone()
        }
    }

    /// The second person's, who must be named in the order as `countersigned_by`.
    pub fn countersign(&self, order: &Order) -> std::sync::Arc<str> {
        self.over(&order_form(order))
    }

    /// Under any other act, in its stamp.
    pub fn sign_act(&self, request: &Request, stamp: &Stamp) -> Stamp {
        Stamp {
            signature: Some(self.over(&act_form(request, stamp))),
            ..stamp.clone()
        }
    }

    /// Under a deed.
    pub fn sign_deed(&self, deed: &Deed) -> Deed {
        Deed {
            signature: Some(self.over(&deed_form(deed))),
            ..deed.clone()
        }
    }
}
