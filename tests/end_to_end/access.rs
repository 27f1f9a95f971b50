//! Who may come and who may order: tokens, certificates, and config files that are wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::common::{Server, Terminal, binary, environment};
use crate::desk::{execute, is_live, plan};

const OPERATOR: &str = "operator-token-0123456789";
const VIEWER: &str = "viewer-token-0123456789ab";

/// Writes a file with that mode and gives its path.
fn file(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("writes");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("sets the mode");
    path
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// A config with three feeds of one server, each with these lines.
fn config(folder: &Path, scheme: &str, at: &str, lines: &str) -> PathBuf {
    let feeds = ["fleet", "grid", "reserve"].map(|path| {
        format!("[[feed]]\nname = \"{path}\"\nurl = \"{scheme}://{at}/{path}\"\n{lines}\n")
    });
    let text = format!("desk = \"A\"\noperator = \"7\"\n{}", feeds.concat());
    file(folder, "desk.toml", &text, 0o644)
}

fn guarded(folder: &Path) -> Server {
    let lines = format!("# who may come\nviewer {VIEWER}\noperator {OPERATOR}\n");
    let tokens = file(folder, "tokens", &lines, 0o600);
    Server::start(&["simulator", "--tokens", shown(&tokens)], "127.0.0.1:0")
}

fn console_with(config: &Path) -> Terminal {
    Terminal::start(&["console", "--config", shown(config)], 120, 36)
}

#[test]
fn an_operators_token_opens_the_feeds_and_orders() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let server = guarded(scratch.path());
    file(scratch.path(), "token", OPERATOR, 0o600);
    let config = config(scratch.path(), "ws", &server.at, "token_file = \"token\"");
    let mut terminal = console_with(&config);
    is_live(&terminal);
    plan(&mut terminal, "C", "40");
    execute(&mut terminal);
    terminal.keys("4");
    terminal.wait("the gateway's answer", |s| {
        s.contains("executing") || s.contains("delivered  ")
    });
}

#[test]
fn a_wrong_token_is_said_in_words_and_not_asked_often() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let server = guarded(scratch.path());
    file(scratch.path(), "token", "wrong-token-wrong-token", 0o600);
    let config = config(scratch.path(), "ws", &server.at, "token_file = \"token\"");
    let terminal = console_with(&config);
    let screen = terminal.wait("the refusal", |s| s.contains("refused the token (401)"));
    assert!(!screen.contains("wrong-token"), "{screen}");
    terminal.wait("a slow next try", |s| {
        s.lines().any(|l| {
            l.contains("401")
                && (10..=30).any(|seconds| l.contains(&format!("next try in {seconds} s")))
        })
    });
}

#[test]
fn a_viewers_order_is_refused_and_the_reason_is_shown() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let server = guarded(scratch.path());
    file(scratch.path(), "token", VIEWER, 0o600);
    let config = config(scratch.path(), "ws", &server.at, "token_file = \"token\"");
    let mut terminal = console_with(&config);
    is_live(&terminal);
    plan(&mut terminal, "C", "40");
    execute(&mut terminal);
    terminal.wait_for("this token may only look");
    // Nothing was done, and the order does not hang for ever.
    terminal.keys("4");
    terminal.wait("the end of the order", |s| {
        s.contains("0 under way, 1 in all") && s.contains("rejected")
    });
}

struct Papers {
    ca: PathBuf,
    cert: PathBuf,
    key: PathBuf,
}

fn papers(folder: &Path) -> Papers {
    let ca_key = KeyPair::generate().expect("a key");
    let mut ca = CertificateParams::new(Vec::new()).expect("parameters");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_cert = ca.self_signed(&ca_key).expect("a certificate");
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().expect("a key");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let cert = CertificateParams::new(names)
        .expect("parameters")
        .signed_by(&key, &issuer)
        .expect("a certificate");
    Papers {
        ca: file(folder, "ca.pem", &ca_cert.pem(), 0o644),
        cert: file(folder, "cert.pem", &cert.pem(), 0o644),
        key: file(folder, "key.pem", &key.serialize_pem(), 0o600),
    }
}

#[test]
fn a_configured_authority_is_trusted_and_no_other() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let papers = papers(scratch.path());
    let server = Server::start(
        &[
            "simulator",
            "--tls-cert",
            shown(&papers.cert),
            "--tls-key",
            shown(&papers.key),
        ],
        "127.0.0.1:0",
    );
    assert!(server.said.iter().any(|l| l.contains("wss://")));
    let trusting = config(
        scratch.path(),
        "wss",
        &server.at,
        &format!("ca = \"{}\"", papers.ca.display()),
    );
    is_live(&console_with(&trusting));
    let without = tempfile::tempdir().expect("a scratch folder");
    let doubting = config(without.path(), "wss", &server.at, "");
    let terminal = console_with(&doubting);
    let screen = terminal.wait("the reason", |s| s.contains("TLS") && s.contains("!2 down"));
    let why = screen.lines().find(|l| l.contains("TLS")).expect("a line");
    assert!(
        why.contains("certificate") || why.contains("issuer"),
        "{why}"
    );
}

/// What the console says to a config, and its exit code.
fn refused(folder: &Path, config: &str) -> String {
    let config = file(folder, "bad.toml", config, 0o644);
    let output = Command::new(binary())
        .args(["console", "--config", shown(&config)])
        .envs(environment(folder))
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.lines().count(), 1, "one sentence: {said}");
    assert!(
        !said.contains('\x1b') && !said.contains("panicked"),
        "{said}"
    );
    said
}

#[test]
fn a_wrong_config_names_file_line_key_and_mend() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path();
    let good = "[[feed]]\nurl = \"ws://127.0.0.1:9/fleet\"\n";
    let unknown = refused(folder, &format!("desk = \"A\"\nopperator = \"7\"\n{good}"));
    assert!(
        unknown.contains("bad.toml:2: `opperator`") && unknown.contains("operator"),
        "{unknown}"
    );
    let url = refused(folder, "[[feed]]\nurl = \"http://127.0.0.1:9/fleet\"\n");
    assert!(
        url.contains("bad.toml:2: `feed.url`") && url.contains("wss://"),
        "{url}"
    );
    let plain = refused(folder, "[[feed]]\nurl = \"ws://10.0.0.1/fleet\"\n");
    assert!(plain.contains("insecure = true"), "{plain}");
    file(folder, "token", OPERATOR, 0o644);
    let open = refused(folder, &format!("{good}token_file = \"token\"\n"));
    assert!(
        open.contains("bad.toml:3: `feed.token_file`") && open.contains("chmod 600"),
        "{open}"
    );
    assert!(!open.contains(OPERATOR), "{open}");
    let theme = refused(folder, &format!("theme = \"nosuch\"\n{good}"));
    assert!(
        theme.contains("nosuch") && theme.contains("grey"),
        "{theme}"
    );
    assert!(
        theme.contains("bad.toml:1") && theme.contains("theme"),
        "{theme}"
    );
    let syntax = refused(folder, "desk = \"A\"\n[[feed]\n");
    assert!(syntax.contains("bad.toml:2"), "{syntax}");
    let kind = refused(folder, &format!("fps = \"many\"\n{good}"));
    assert!(kind.contains("bad.toml:1: `fps`"), "{kind}");
}
