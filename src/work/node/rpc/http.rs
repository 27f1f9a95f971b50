//! One POST to a node.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Bounds, Fault, shown};

/// What is shown of an answer before the rest is here.
const HEAD: usize = 4096;
/// A node's machine that has fallen silent under a long call is found out within half a minute, however long the call may take.
const ALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(15))
    .with_interval(Duration::from_secs(5))
    .with_retries(3);

/// Where a node listens.
#[derive(Clone)]
pub(super) struct Place {
    host: String,
    port: u16,
    path: String,
    tls: Option<Arc<ClientConfig>>,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.label())
    }
}

/// An HTTP answer, whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Place {
    /// Reads a URL; one sentence where it is none.
    pub(super) fn of(url: &str) -> Result<Self, String> {
        if url.contains('@') {
            return Err(
                "a node's URL holds no user or password; name them by --rpc-user and --rpc-password-file".to_owned(),
            );
        }
        let wrong = || {
            format!(
                "{} is no node's URL; write http://127.0.0.1:8332",
                shown(url)
            )
        };
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let host = uri.host().filter(|h| !h.is_empty()).ok_or_else(wrong)?;
        let tls = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => Some(tls()?),
            _ => return Err(wrong()),
        };
        let port = uri
            .port_u16()
            .unwrap_or(if tls.is_some() { 443 } else { 8332 });
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            path: uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
            tls,
        })
    }

    pub(super) fn label(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Sends `body` and reads the answer, within the bounds.
    pub(super) async fn post(
        &self,
        body: &str,
        secret: Option<&SecretString>,
        bounds: Bounds,
        peek: &(dyn Fn(&[u8]) + Sync),
    ) -> Result<Answer, Fault> {
        let request = self.request(body, secret)?;
        let whole = async {
            let stream = TcpStream::connect((self.host.as_str(), self.port))
                .await
                .map_err(|e| Fault::Unreachable(plain(&e)))?;
            // Small requests; the answer's time counts.
            stream
                .set_nodelay(true)
                .and_then(|()| SockRef::from(&stream).set_tcp_keepalive(&ALIVE))
                .map_err(|e| Fault::Unreachable(plain(&e)))?;
            let Some(config) = &self.tls else {
                return exchange(stream, request, bounds, peek).await;
            };
            let name = ServerName::try_from(self.host.clone())
                .map_err(|_| Fault::Unreachable("the host's name is no name for TLS".to_owned()))?;
            let stream = TlsConnector::from(Arc::clone(config))
                .connect(name, stream)
                .await
                .map_err(|e| Fault::Unreachable(plain(&e)))?;
            exchange(stream, request, bounds, peek).await
        };
        tokio::time::timeout(bounds.time, whole)
            .await
            .unwrap_or(Err(Fault::Slow(bounds.time)))
    }

    fn request(
        &self,
        body: &str,
        secret: Option<&SecretString>,
    ) -> Result<Request<Full<Bytes>>, Fault> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&self.path)
            .header(HOST, self.label())
            .header(CONTENT_TYPE, "application/json")
            .header("connection", "close");
        if let Some(secret) = secret {
            let mut value = HeaderValue::from_str(secret.expose_secret())
                .map_err(|_| Fault::Secret("the secret cannot be sent in a header".to_owned()))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        request
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
            .map_err(|e| Fault::Unreachable(plain(&e)))
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    request: Request<Full<Bytes>>,
    bounds: Bounds,
    peek: &(dyn Fn(&[u8]) + Sync),
) -> Result<Answer, Fault> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|e| cut(&e))?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(|e| cut(&e))?;
        collect(response, bounds.bytes, peek).await
    };
    let (mut answer, mut connection) = (pin!(answer), pin!(connection));
    tokio::select! {
        answer = &mut answer => return answer,
        // What went wrong on it comes out of the answer too.
        _ = &mut connection => {}
    }
    answer.await
}

async fn collect(
    response: Response<Incoming>,
    most: usize,
    peek: &(dyn Fn(&[u8]) + Sync),
) -> Result<Answer, Fault> {
    let status = response.status().as_u16();
    let mut incoming = response.into_body();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|e| cut(&e))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if body.len() + data.len() > most {
            return Err(Fault::TooLarge(most));
        }
        let before = body.len();
        body.extend_from_slice(data);
        if before < HEAD && body.len() >= HEAD {
            peek(&body[..HEAD]);
        }
    }
    Ok(Answer { status, body })
}

fn cut(error: &hyper::Error) -> Fault {
    if error.is_parse() {
        return Fault::NotJson(shown(&format!("not HTTP: {error}")));
    }
    Fault::Cut(shown(&error.to_string()))
}

fn plain(error: &dyn std::fmt::Display) -> String {
    shown(&error.to_string())
}

fn tls() -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("this system has no root certificates, which https needs".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
