//! TLS of both ends, over one crypto provider.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

use crate::files;

/// Longest file of certificates.
const MAX_PEM: u64 = 4 << 20;

/// A certificate chain and its key, PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsIdentity {
    /// The chain, leaf first.
    pub cert: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// What is wrong with a certificate, a key or the roots; says which file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(pub String);

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A PEM file; a key may be in it, so it is wiped.
fn pem(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let read = files::unmarked(path, MAX_PEM);
    read.map(Zeroizing::new)
        .map_err(|unread| TlsError(unread.to_string()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |why: &dyn std::fmt::Display| {
        TlsError(format!("{}: no PEM certificates: {why}", path.display()))
    };
    let found: Vec<_> = CertificateDer::pem_slice_iter(&pem(path)?)
        .collect::<Result<_, _>>()
        .map_err(|e| wrong(&e))?;
    if found.is_empty() {
        return Err(wrong(&"the file holds none"));
    }
    Ok(found)
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&pem(path)?)
        .map_err(|e| TlsError(format!("{}: no PEM private key: {e}", path.display())))
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    if let Some(path) = ca {
        for certificate in certificates(path)? {
            store
                .add(certificate)
                .map_err(|e| TlsError(format!("{}: {e}", path.display())))?;
        }
    } else {
        let found = rustls_native_certs::load_native_certs();
        store.add_parsable_certificates(found.certs);
        if store.is_empty() {
            return Err(TlsError(
                "this system has no root certificates; name the feed's own as ca_file".to_owned(),
            ));
        }
    }
    Ok(store)
}

/// The dialling end.
pub(super) fn client(
    ca: Option<&Path>,
    identity: Option<&TlsIdentity>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| TlsError(e.to_string()))?
        .with_root_certificates(roots(ca)?);
    let mut config = match identity {
        Some(identity) => builder
            .with_client_auth_cert(certificates(&identity.cert)?, key(&identity.key)?)
            .map_err(|e| TlsError(format!("{}: {e}", identity.cert.display())))?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The accepting end; with `client_ca`, only clients with a certificate of it are let in.
pub fn acceptor(identity: &TlsIdentity, client_ca: Option<&Path>) -> Result<TlsAcceptor, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| TlsError(e.to_string()))?;
    let builder = match client_ca {
        Some(ca) => {
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots(Some(ca))?), provider())
                    .build()
                    .map_err(|e| TlsError(format!("{}: {e}", ca.display())))?;
            builder.with_client_cert_verifier(verifier)
        }
        None => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(certificates(&identity.cert)?, key(&identity.key)?)
        .map_err(|e| TlsError(format!("{}: {e}", identity.cert.display())))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_hides_neither_certificate_nor_key() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
        let folder = tempfile::tempdir().expect("a scratch folder");
        let write = |name: &str, text: String| {
            let file = folder.path().join(name);
            std::fs::write(&file, format!("\u{feff}{text}")).expect("is written");
            file
        };
        let identity = TlsIdentity {
            cert: write("cert.pem", made.cert.pem()),
            key: write("key.pem", made.signing_key.serialize_pem()),
        };
        acceptor(&identity, Some(&identity.cert)).expect("is taken");
    }
}
