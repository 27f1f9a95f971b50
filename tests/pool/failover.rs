//! Several pools, reconnects, TLS, and whom the coinbase pays.

use std::net::{SocketAddr, TcpListener};

use baseload::domain::mining::{Health, MiningEvent, Proof};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio_rustls::TlsAcceptor;

use crate::miner::{Miner, options, pool};
use crate::scripted::{Habit, Pool, Script};

/// A port where nobody listens for the moment.
fn free() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("bound")
}

fn own(user: &str) -> (String, String) {
    (user.to_owned(), format!("secret of {user}"))
}

#[test]
fn the_next_pool_is_used_and_the_first_returned_to_with_its_own_credentials() {
    let first_at = free();
    let second = Pool::start(Script::default());
    let mut miner = Miner::start(options(vec![pool(first_at, "one"), pool(second.at, "two")]));
    miner.until("shares on the second", |m| m.counts.accepted >= 5);
    assert_eq!(miner.active, Some(1));
    let first = Pool::start_at(Script::default(), first_at, None);
    miner.until("the first is returned to", |m| m.active == Some(0));
    let before = miner.counts.accepted;
    miner.until("shares on the first", |m| m.counts.accepted >= before + 20);
    miner.until("the second is a spare", |m| {
        m.healths
            .iter()
            .rfind(|h| h.0 == 1)
            .is_some_and(|h| h.1 == Health::Spare)
    });
    miner.finish();
    assert_eq!(
        miner.counts.rejected_total() + miner.counts.lost_total(),
        0,
        "{:?}",
        miner.counts
    );
    assert!(
        first
            .seen()
            .credentials
            .iter()
            .all(|told| *told == own("one"))
    );
    assert!(
        second
            .seen()
            .credentials
            .iter()
            .all(|told| *told == own("two"))
    );
    let taken = first.seen().accepted.len() + second.seen().accepted.len();
    assert_eq!(miner.counts.accepted, taken as u64);
}

#[test]
fn a_pool_that_pays_others_is_left_for_one_that_pays_us() {
    let others = Pool::start(Script {
        pays: 9,
        ..Script::default()
    });
    let ours = Pool::start(Script {
        pays: 7,
        ..Script::default()
    });
    let mut options = options(vec![pool(others.at, "one"), pool(ours.at, "two")]);
    let script = [&[0, 20][..], &[7; 20]].concat();
    options.payouts = vec![("our address".into(), script, 10_000)];
    let mut miner = Miner::start(options);
    miner.until("shares on the second", |m| m.counts.accepted >= 3);
    let work = miner.work.clone().expect("there is work");
    assert_eq!((work.source, work.proof), (1, Proof::PaysUs));
    assert_eq!(&*work.payments[0].to, "our address");
    assert!(miner.healths.iter().any(|(end, health, why)| {
        *end == 0 && *health == Health::Wrong && why.contains("pays none of the payout addresses")
    }));
    assert_eq!(others.seen().shares, 0);
    miner.finish();
}

#[test]
fn a_refused_user_is_told_and_the_next_pool_used() {
    let first = Pool::start(Script {
        habit: Habit::RefusesUsers,
        ..Script::default()
    });
    let second = Pool::start(Script::default());
    let mut miner = Miner::start(options(vec![pool(first.at, "one"), pool(second.at, "two")]));
    miner.until("shares on the second", |m| m.counts.accepted >= 3);
    assert!(miner.healths.iter().any(|(end, health, why)| {
        *end == 0 && *health == Health::Refused && why.contains("--user") && !why.contains("secret")
    }));
    miner.finish();
}

#[test]
fn reconnects_are_followed_to_the_same_host_only() {
    let there = Pool::start(Script::default());
    let here = Pool::start(Script {
        reconnect: Some(json!(["127.0.0.1", there.at.port(), 0])),
        ..Script::default()
    });
    let mut miner = Miner::start(options(vec![pool(here.at, "one")]));
    miner.until("shares at the other port", |_| {
        there.seen().accepted.len() > 3
    });
    miner.finish();
    let sly = Pool::start(Script {
        reconnect: Some(json!(["localhost", there.at.port(), 0])),
        ..Script::default()
    });
    let asked_before = there.seen().links;
    let mut miner = Miner::start(options(vec![pool(sly.at, "one")]));
    miner.until("it comes back to where it was", |m| {
        sly.seen().links >= 2 && m.counts.accepted >= 5
    });
    assert_eq!(there.seen().links, asked_before);
    assert!(
        miner
            .said
            .iter()
            .any(|said| matches!(said, MiningEvent::Error(why) if why.contains("another host")))
    );
    miner.finish();
    let sly = Pool::start(Script {
        reconnect: Some(json!(["localhost", there.at.port(), 0])),
        ..Script::default()
    });
    let mut options = options(vec![pool(sly.at, "one")]);
    options.follow_elsewhere = true;
    let mut miner = Miner::start(options);
    miner.until("it goes where it is sent", |_| {
        there.seen().links > asked_before
    });
    miner.finish();
}

/// An authority, and a server's certificate of it.
fn secured(dir: &std::path::Path) -> (std::path::PathBuf, TlsAcceptor) {
    let mut authority = CertificateParams::new(Vec::<String>::new()).expect("sound");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let issuer = CertifiedIssuer::self_signed(authority, key).expect("signed");
    let ca = dir.join("ca.pem");
    std::fs::write(&ca, issuer.pem()).expect("written");
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .expect("sound")
        .signed_by(&key, &issuer)
        .expect("signed");
    let chain = vec![CertificateDer::from_pem_slice(leaf.pem().as_bytes()).expect("PEM")];
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("PEM");
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("sound")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("they belong together");
    (ca, TlsAcceptor::from(std::sync::Arc::new(config)))
}

#[test]
fn tls_is_spoken_with_whom_the_authority_knows() {
    let dir = tempfile::tempdir().expect("a folder");
    let (ca, acceptor) = secured(dir.path());
    let other = tempfile::tempdir().expect("a folder");
    let (_, strange) = secured(other.path());
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let trusted = Pool::start_at(Script::default(), any, Some(acceptor));
    let untrusted = Pool::start_at(Script::default(), any, Some(strange));
    let secure = |at: SocketAddr| {
        let mut pool = pool(at, "one");
        pool.address.tls = true;
        pool.ca = Some(ca.clone());
        pool
    };
    let mut miner = Miner::start(options(vec![secure(untrusted.at), secure(trusted.at)]));
    miner.until("shares over TLS", |m| m.counts.accepted >= 5);
    assert_eq!(miner.active, Some(1));
    assert!(untrusted.seen().credentials.is_empty());
    assert!(
        miner
            .healths
            .iter()
            .any(|h| h.0 == 0 && h.2.contains("TLS"))
    );
    miner.finish();
}
