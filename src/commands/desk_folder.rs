//! Which folder is whose: each desk's journals lie in folders of its own, whatever its name holds.
//!
//! Invariant: no two names share a folder, also where upper and lower case are the same to a file system. A folder that an
//! earlier version gave to a desk stays that desk's: the first row of its journal names it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::places;
use crate::journal::audit::{Reader, file_in};
use crate::journal::desk_of;

/// Letters of a name that stand in its folder's.
const SHOWN: usize = 40;
/// Consoles of one desk that may run beside each other.
const BESIDE: usize = 9;

/// Where a desk's journals are: its own, then those of further consoles of the same desk, which run beside it.
pub(super) fn journals(desk: &str) -> Option<Vec<PathBuf>> {
    Some(folders(&places::state()?.join("journal"), desk))
}

fn folders(all: &Path, desk: &str) -> Vec<PathBuf> {
    let (old, new) = (old_name(desk), name(desk));
    let beside = |name: &str, mark, n| match n {
        1 => all.join(name),
        n => all.join(format!("{name}{mark}{n}")),
    };
    let folder = |n| {
        let (before, now) = (beside(&old, '-', n), beside(&new, '.', n));
        if is_of(&before, desk) {
            before
        } else if owner(&now).is_none_or(|owner| owner == desk) {
            now
        } else {
            beside(&told_apart(desk), '.', n)
        }
    };
    (1..=BESIDE).map(folder).collect()
}

/// The desk whose journal lies in a folder; none where no row of it says so.
pub(super) fn owner(folder: &Path) -> Option<String> {
    let reader = Reader::open(folder).ok()?;
    let first = reader.each_after(0, |row| Some(desk_of(&row)));
    first.ok()?.flatten()
}

/// A journal that can't be read may be this desk's: it is not passed over.
fn is_of(folder: &Path, desk: &str) -> bool {
    file_in(folder).exists() && owner(folder).is_none_or(|owner| owner == desk)
}

/// The name that earlier versions gave to a desk's folder.
fn old_name(desk: &str) -> String {
    let plain: String = desk
        .chars()
        .take(60)
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    if plain.is_empty() {
        "desk".to_owned()
    } else {
        plain
    }
}

/// A name of small letters and digits is its folder's; any other is spelt plainly and told apart by its SHA-256.
fn name(desk: &str) -> String {
    let simple = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if desk.is_empty() {
        return "desk".to_owned();
    }
    if desk != "desk" && desk.len() <= SHOWN && desk.chars().all(simple) {
        return desk.to_owned();
    }
    told_apart(desk)
}

fn told_apart(desk: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let mut name: String = desk.chars().take(SHOWN).map(plain).collect();
    name.push('-');
    for byte in &Sha256::digest(desk.as_bytes())[..16] {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::journal::{Entry, Fact};
    use crate::domain::time::Timestamp;
    use crate::journal::audit::Writer;

    fn begun(folder: &Path, desk: &str) {
        let writer = Writer::start(vec![folder.to_owned()], 0, drop).expect("starts");
        let entry = Entry {
            at: Timestamp::from_millis(0),
            actor: "op7".into(),
            fact: Fact::Started {
                version: "0.1.0".into(),
                desk: desk.into(),
                config: None,
                feeds: Vec::new(),
            },
        };
        let within = std::time::Duration::from_mins(1);
        writer
            .append_within(vec![entry], within)
            .expect("is durable");
        writer.close(within).expect("ends");
    }

    #[test]
    fn names_spelt_alike_have_folders_of_their_own() {
        let long = |end: &str| "n".repeat(300) + end;
        let names = [
            "",
            "desk",
            "desk2",
            "Desk",
            "A/B",
            "A B",
            "A-B",
            "a-b",
            "AB",
            "ab",
            "..",
            ".",
            "A\u{7}B",
            "A\u{0}B",
            "Пост 7",
            "пост 7",
            "Å",
            "A\u{30a}",
            &long("1"),
            &long("2"),
            "a-b-2",
        ];
        let all = Path::new("/x");
        let mut seen = HashSet::new();
        for desk in names {
            for folder in folders(all, desk) {
                assert_eq!(folder.parent(), Some(all), "{desk:?}");
                let name = folder.file_name().expect("a name").to_string_lossy();
                assert!(name.len() <= 100, "{name}");
                assert!(seen.insert(name.to_lowercase()), "{desk:?}: {name}");
            }
        }
    }

    #[test]
    fn a_folder_of_before_stays_its_desks() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let all = scratch.path();
        let old = all.join("A-B");
        begun(&old, "A/B");
        assert_eq!(folders(all, "A/B")[0], old);
        assert_ne!(folders(all, "A B")[0], old);
        assert_ne!(folders(all, "A-B")[0], old);
        assert_ne!(folders(all, "A/B")[1], all.join("A-B-2"));
        begun(&all.join("desk"), "desk");
        assert_eq!(folders(all, "desk")[0], all.join("desk"));
        assert_ne!(folders(all, "")[0], all.join("desk"));
        // Broken, it is nobody's else: its desk is told, and begins no other in silence.
        std::fs::write(old.join("audit.db"), "no database").expect("is written");
        assert_eq!(folders(all, "A/B")[0], old);
    }

    proptest! {
        #[test]
        fn no_two_names_share_a_folder(a in ".{0,20}", b in ".{0,20}") {
            let all = Path::new("/x");
            let lower = |desk: &str| -> Vec<String> {
                let folders = folders(all, desk);
                folders.iter().map(|f| f.to_string_lossy().to_lowercase()).collect()
            };
            let (first, second) = (lower(&a), lower(&b));
            prop_assert!(a == b || first.iter().all(|folder| !second.contains(folder)));
        }
    }
}
