//! The import rule of the house, read from the `use crate::` lines.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms with what each may import. `ui` and later may import anything of an earlier rank.
const MAY: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("files", &[]),
    ("control", &["domain"]),
    ("engine", &["domain"]),
    ("work", &["domain", "files", "control", "engine"]),
    ("feed", &["domain", "files", "control", "engine"]),
    ("journal", &["domain", "files", "control", "engine"]),
    ("config", &["domain", "files", "control", "engine"]),
    (
        "gateway",
        &[
            "domain", "files", "control", "engine", "work", "feed", "journal", "config",
        ],
    ),
    ("app", &["domain", "control"]),
    (
        "ui",
        &[
            "domain", "files", "control", "engine", "work", "feed", "journal", "config", "app",
        ],
    ),
    (
        "runtime",
        &[
            "domain", "files", "control", "engine", "work", "feed", "journal", "config", "gateway",
            "app", "ui",
        ],
    ),
    (
        "commands",
        &[
            "domain", "files", "control", "engine", "work", "feed", "journal", "config", "gateway",
            "app", "ui", "runtime", "cli",
        ],
    ),
    ("cli", &["domain", "control"]),
];

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("src is readable") {
        let path = entry.expect("entry is readable").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn room_of(path: &Path, src: &Path) -> String {
    let inside = path.strip_prefix(src).expect("a file below src");
    let first = inside.components().next().expect("a name");
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

/// Every `crate::room` that a file names, in `use` lines and in paths, comments left out.
fn rooms_named(text: &str) -> Vec<(usize, String)> {
    let mut named = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or("");
        for (at, _) in code.match_indices("crate::") {
            if at > 0 && code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
            {
                continue;
            }
            let rest = &code[at + "crate::".len()..];
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            assert!(
                !name.is_empty(),
                "line {}: grouped `use crate::{{..}}` hides rooms: {line}",
                number + 1
            );
            named.push((number + 1, name));
        }
    }
    named
}

#[test]
fn rooms_import_only_from_earlier_rooms() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    let mut breaches = Vec::new();
    for path in found {
        let room = room_of(&path, &src);
        if room == "lib" || room == "main" {
            continue;
        }
        let Some((_, may)) = MAY.iter().find(|(name, _)| *name == room) else {
            panic!("{}: no such room in the plan of the house", path.display());
        };
        let text = fs::read_to_string(&path).expect("source is text");
        for (line, named) in rooms_named(&text) {
            if named != room && !may.contains(&named.as_str()) {
                breaches.push(format!(
                    "{}:{line}: `{room}` may not import `{named}`",
                    path.display()
                ));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn only_the_engine_says_unsafe() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    for path in found {
        let room = room_of(&path, &src);
        let text = fs::read_to_string(&path).expect("source is text");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            let says = code.contains("unsafe {")
                || code.contains("unsafe fn")
                || code.contains("unsafe impl");
            assert!(
                !says || room == "engine",
                "{}:{}: unsafe outside the engine",
                path.display(),
                number + 1
            );
        }
    }
}

#[test]
fn app_and_domain_stay_free_of_terminals_sockets_and_clocks() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in ["domain", "control", "app"] {
        let mut found = Vec::new();
        files(&src.join(room), &mut found);
        for path in found {
            let text = fs::read_to_string(&path).expect("source is text");
            for banned in [
                "ratatui",
                "crossterm::",
                "tokio",
                "Instant::now",
                "SystemTime::now",
                "std::net",
                "std::fs",
            ] {
                assert!(
                    !text
                        .lines()
                        .any(|l| l.split("//").next().unwrap_or("").contains(banned)),
                    "{}: {banned}",
                    path.display()
                );
            }
        }
    }
}
