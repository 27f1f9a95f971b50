//! Every bench command that the README or the guide names is there, and still measures something.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// From a bench's start to its first figure, on a machine with other work.
const PATIENCE: Duration = Duration::from_mins(6);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where people are told how to measure.
fn pages() -> Vec<PathBuf> {
    let guide = fs::read_dir(root().join("src/guide")).expect("there is a guide");
    let guide = guide.map(|entry| entry.expect("an entry").path());
    let guide = guide.filter(|path| path.extension().is_some_and(|e| e == "md"));
    std::iter::once(root().join("README.md"))
        .chain(guide)
        .collect()
}

/// The words after `cargo bench --bench` in each command of a page. `-- PART` alone goes with the bench that was named before
/// it.
fn commands(page: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let mut bench = None;
    for code in page.split('`').skip(1).step_by(2) {
        // A block of code has a command a line; one in a sentence may be broken.
        let lines: Vec<&str> = match code.strip_prefix('\n') {
            Some(block) => block.lines().collect(),
            None => vec![code],
        };
        for line in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            let parts = match words[..] {
                ["cargo", "bench", "--bench", name, ref parts @ ..] => {
                    bench = Some(name);
                    parts
                }
                ["--", ..] => &words[..],
                _ => continue,
            };
            let command = bench.map(|bench| [&[bench][..], parts].concat());
            found.extend(command.map(|words| words.into_iter().map(str::to_owned).collect()));
        }
    }
    found
}

#[test]
fn commands_are_found_in_sentences_and_blocks() {
    let page = "By `cargo bench\n--bench a -- x` or `-- y 5`, `--zmq`:\n```\ncargo bench --bench b\n./c -- z\n```\n`-- w`";
    let found: Vec<String> = commands(page).iter().map(|words| words.join(" ")).collect();
    assert_eq!(found, ["a -- x", "a -- y 5", "b", "b -- w"]);
}

/// A number that stands for itself or before its unit, on a line that is no heading.
fn is_figure(line: &str) -> bool {
    const HEADINGS: [&str; 6] = ["== ", "bar: ", "bars: ", "p50 ms", "p50 s", "precision"];
    let is_number = |word: &str| {
        let word = word.trim_matches([',', ';', ':', '(', ')']);
        let units = ["ns", "µs", "ms", "s", "%"];
        let number = units.iter().find_map(|unit| word.strip_suffix(unit));
        number
            .unwrap_or(word)
            .replace(',', "")
            .parse::<f64>()
            .is_ok_and(f64::is_finite)
    };
    !HEADINGS.iter().any(|it| line.contains(it)) && line.split_whitespace().any(is_number)
}

#[test]
fn a_figure_is_told_from_a_heading() {
    for figure in [
        "tip to first hash by ZMQ, 100 tips: p50 7.8ms, p99 18.4ms, most 20ms",
        "│  ├─ armsha-x2  1.2 ms │ 3 ms",
        "Astravets: 0.40 % of one core",
    ] {
        assert!(is_figure(figure), "{figure}");
    }
    for other in [
        "== load (machine: load 0.5 of 2)",
        "bars: 15 % of one core, 100 MB",
        "5,000 blocks   p50 ms  p99 ms",
        "Timer precision: 20 ns",
        "tip: no node to measure with; run tests/node/install",
        "thread 'main' panicked at tests/bench/console/load.rs:26:14:",
    ] {
        assert!(!is_figure(other), "{other}");
    }
}

/// All of it ends with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.0);
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.0.wait();
    }
}

fn start(profile: &str, words: &[String], scratch: &Path) -> (Running, Receiver<String>) {
    let mut child = Command::new(env!("CARGO"))
        .args(["bench", "--locked", "--profile", profile, "--bench"])
        .args(words)
        .current_dir(root())
        // What is killed leaves its files behind.
        .env("TMPDIR", scratch)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("cargo runs");
    let out = BufReader::new(child.stdout.take().expect("its output"));
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    (Running(child), lines)
}

/// The first figure that a bench prints, else what it printed.
fn first_figure(profile: &str, words: &[String]) -> Result<String, String> {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (_running, lines) = start(profile, words, scratch.path());
    let until = Instant::now() + PATIENCE;
    let mut said = String::new();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) if is_figure(&line) => return Ok(line),
            Ok(line) => said = format!("{said}{line}\n"),
            Err(why) => return Err(format!("{said}{why}")),
        }
    }
}

/// `tests/run long benches` names a profile in `BASELOAD_BENCHES`, and each command is then run until its first figure.
#[test]
fn each_bench_that_is_named_is_alive() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let pages = pages();
    let pages = pages
        .iter()
        .map(|page| fs::read_to_string(page).expect("a page"));
    let named: BTreeSet<Vec<String>> = pages.flat_map(|page| commands(&page)).collect();
    assert!(named.len() > 8, "{named:?}");
    for words in &named {
        let target = format!("[[bench]]\nname = \"{}\"\n", words[0]);
        assert!(manifest.contains(&target), "there is no bench {words:?}");
    }
    let Ok(profile) = std::env::var("BASELOAD_BENCHES") else {
        return;
    };
    let mut dead = Vec::new();
    for words in &named {
        let (began, found) = (Instant::now(), first_figure(&profile, words));
        println!("{} ({:.0?}): {found:?}", words.join(" "), began.elapsed());
        dead.extend(found.is_err().then(|| words.join(" ")));
    }
    assert!(dead.is_empty(), "no figure of {dead:?}");
}
