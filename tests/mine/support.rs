//! The real binary without a screen, its lines read as they come.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{DEADLINE, binary, environment};

/// Waits until `seen` gives something.
pub(crate) fn until<T>(what: &str, mut seen: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = seen() {
            return found;
        }
        assert!(Instant::now() < end, "never saw: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Writes a file for its owner alone.
pub(crate) fn secret(file: &Path, text: &str) {
    let opened = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(file);
    opened
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .expect("writes");
}

/// `baseload mine ARGS` to its end, without a terminal.
pub(crate) fn mine(home: &Path, args: &[&str]) -> Output {
    Command::new(binary())
        .arg("mine")
        .args(args)
        .envs(environment(home))
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

/// `baseload mine --headless --json` at work.
pub(crate) struct Miner {
    child: Child,
    lines: Receiver<Value>,
    /// All lines so far.
    pub(crate) seen: Vec<Value>,
}

impl Miner {
    pub(crate) fn start(home: &Path, args: &[String]) -> Self {
        let mut child = Command::new(binary())
            .args(["mine", "--headless", "--json", "--threads=1"])
            .args(args)
            .envs(environment(home))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                // The last line of one that was killed may be cut.
                let Ok(value) = serde_json::from_str(&line) else {
                    return;
                };
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// The first line from now on that is as wanted.
    pub(crate) fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + DEADLINE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if wanted(&line) {
                        return line;
                    }
                }
                Err(_) => panic!("never saw {what} in {:#?}", self.seen),
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success());
    }

    /// Waits for its end and takes the lines that were left.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let status = until("its end", || {
            self.child.try_wait().expect("it can be asked")
        });
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(5)) {
            self.seen.push(line);
        }
        status
    }
}

impl Drop for Miner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
