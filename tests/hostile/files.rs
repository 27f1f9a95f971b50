//! What a flag may name besides a file: each is one clear sentence, soon.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use crate::common::{DEADLINE, binary, environment};

/// A pipe nobody writes into, a folder, a device without an end, and more bytes than any disk here has.
fn odd(home: &Path) -> Vec<PathBuf> {
    let fifo = home.join("fifo");
    let made = Command::new("mkfifo")
        .args(["-m", "600"])
        .arg(&fifo)
        .status();
    assert!(made.expect("mkfifo runs").success());
    let folder = home.join("folder");
    std::fs::create_dir(&folder).expect("makes a folder");
    let sparse = home.join("sparse");
    let file = File::create(&sparse).expect("writes");
    file.set_len(10 << 30).expect("is sparse");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&sparse, private).expect("is ours");
    vec![fifo, folder, sparse, "/dev/zero".into()]
}

/// Runs it to its end, which must come.
fn ended(home: &Path, args: &[&str]) -> Output {
    let mut child = Command::new(binary())
        .args(args)
        .envs(environment(home))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let until = Instant::now() + DEADLINE;
    while child.try_wait().expect("it can be asked").is_none() {
        if Instant::now() > until {
            child.kill().expect("it is ours");
            let _ = child.wait();
            panic!("{args:?} hangs");
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.wait_with_output().expect("it has ended")
}

#[test]
fn files_that_are_none_are_refused_with_one_sentence() {
    let home = tempfile::tempdir().expect("a scratch folder");
    let key = home.path().join("key.pem");
    let key = key.to_str().expect("text");
    let simulator = ["gateway", "simulator", "--listen=127.0.0.1:0"];
    let pool = [
        "mine",
        "--headless",
        "--pool=stratum+ssl://127.0.0.1:9",
        "--user=u",
    ];
    let commands: &[(&[&str], &str)] = &[
        (&simulator, "--rules"),
        (&simulator, "--script"),
        (&simulator, "--operators"),
        (&simulator, "--tokens"),
        (
            &["gateway", "replay", "--listen=127.0.0.1:0"],
            "--frequency",
        ),
        (&pool, "--password-file"),
        (&pool, "--ca"),
        (&["console"], "--config"),
        (&["status"], "--config"),
        (&["demo"], "--theme"),
        (&["plan", "--shed=1MW"], "--fleet"),
        (&["operator", "new", "a", "--out", key], "--passphrase-file"),
        (&["verify-headers"], ""),
        (&["replay"], ""),
    ];
    for path in odd(home.path()) {
        let path = path.to_str().expect("text");
        for (command, flag) in commands {
            let named = match *flag {
                "" => path.to_owned(),
                flag => format!("{flag}={path}"),
            };
            let args: Vec<&str> = command.iter().copied().chain([named.as_str()]).collect();
            let output = ended(home.path(), &args);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                matches!(output.status.code(), Some(1 | 2)),
                "{args:?}: {said}"
            );
            assert!(
                said.lines().count() == 1 && said.contains(path),
                "{args:?}: {said}"
            );
        }
    }
}

/// One that is no file, or a folder, ends the start; a pipe that gives nothing is shown as trouble until the limit, which
/// ends a run without one hash as a failure.
#[test]
fn a_cookie_that_is_no_file_does_not_hold_the_miner() {
    let home = tempfile::tempdir().expect("a scratch folder");
    for path in odd(home.path()) {
        let cookie = format!("--cookie-file={}", path.display());
        let args = [
            "mine",
            "--headless",
            "--json",
            "--threads=1",
            "--time-limit=1",
            "--node=http://127.0.0.1:9",
            "--payout=bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            &cookie,
        ];
        let output = ended(home.path(), &args);
        let path = path.to_str().expect("text");
        let error = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(2) {
            assert!(
                error.lines().count() == 1 && error.contains(path),
                "{error}"
            );
            continue;
        }
        assert_eq!(output.status.code(), Some(1), "{cookie}: {error}");
        assert!(error.contains("nothing was hashed in 1 s"), "{error}");
        let said = String::from_utf8_lossy(&output.stdout);
        let state = said
            .lines()
            .find(|line| line.contains("\"health\":\"refused\""));
        let state = state.unwrap_or_else(|| panic!("{cookie}: {said}"));
        assert!(state.contains(path), "{state}");
    }
}
