//! TLS to a pool.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::files;

/// Longest file of certificates.
const MAX_PEM: u64 = 4 << 20;

/// Roots of the system, or of the file that is named.
///
/// # Errors
/// Which file cannot be used and why, or that the system has no roots.
pub(in crate::work::stratum) fn client(ca: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = ca {
        let wrong = |why: &dyn std::fmt::Display| {
            format!("{}: no certificates in PEM form: {why}", path.display())
        };
        let text = files::unmarked(path, MAX_PEM).map_err(|e| e.to_string())?;
        for certificate in CertificateDer::pem_slice_iter(&text) {
            let certificate = certificate.map_err(|e| wrong(&e))?;
            roots.add(certificate).map_err(|e| wrong(&e))?;
        }
        if roots.is_empty() {
            return Err(wrong(&"the file holds none"));
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(
                "this system has no root certificates; name the pool's own in a file".to_owned(),
            );
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
