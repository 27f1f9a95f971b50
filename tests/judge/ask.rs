//! Asks the judge: Bitcoin Core's consensus code, installed by `tests/judge/install`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// What the judge says of blocks that were replayed into a fresh regtest chain.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// For each block `tip`, `stored`, or `refused REASON`.
    pub(crate) answers: Vec<String>,
    /// Height of the tip at last.
    pub(crate) height: u32,
    /// Hash of the tip at last, as displayed.
    pub(crate) tip: String,
}

/// Replays serialised blocks in their order.
pub(crate) fn judge<B: AsRef<[u8]>>(blocks: &[B]) -> Verdict {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/judge/venv/bin/python");
    assert!(python.exists(), "run tests/judge/install first");
    let mut lines = String::new();
    for block in blocks {
        for byte in block.as_ref() {
            write!(lines, "{byte:02x}").expect("a string takes all");
        }
        lines.push('\n');
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("blocks.hex");
    std::fs::write(&file, lines).expect("the file is written");
    let output = Command::new(python)
        .arg(root.join("tests/judge/replay.py"))
        .arg(&file)
        .output()
        .expect("the judge starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the judge failed: {said}\n{errors}"
    );
    let mut answers = Vec::new();
    let mut tip = None;
    for line in said.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["block", index, _, ..] => {
                assert_eq!(index, answers.len().to_string(), "{line}");
                answers.push(words[3..].join(" "));
            }
            ["tip", height, hash] => tip = Some((height.parse(), hash.to_owned())),
            _ => panic!("the judge says {line}"),
        }
    }
    let (height, tip) = tip.expect("the judge names the tip");
    assert_eq!(answers.len(), blocks.len());
    Verdict {
        answers,
        height: height.expect("a height"),
        tip,
    }
}
