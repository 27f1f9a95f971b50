//! Found blocks on disk: written through to it before they are sent anywhere, and kept until their fate is settled.
//!
//! One file a block, named by its hash: `.block` while it is followed, `.done` once deep in the chain, `.lost` where
//! the chain went another way, `.refused` where every node refused it, and why. A file is written aside, synced, and renamed, and the folder is
//! synced after that: a crash leaves a whole file or none. What can't be read is named and left where it is.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};

use super::rpc::shown;
use crate::domain::mining::Chain;
use crate::domain::time::Timestamp;
use crate::domain::units::Sats;
use crate::engine::header::{HEADER_LEN, Hash, Header};
use crate::files;
use crate::work::records::no_link;

/// Longest file: 4 MB of block in hex, and a little.
const LIMIT: u64 = 9 << 20;
/// How many settled blocks are kept.
const KEPT: usize = 1000;
/// How many files are looked at; more are not ours.
const MOST: usize = 100_000;

/// A found block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its hash.
    pub hash: Hash,
    /// Its height.
    pub height: u32,
    /// The chain it was made for.
    pub chain: Chain,
    /// When it was found.
    pub at: Timestamp,
    /// What its coinbase pays.
    pub reward: Sats,
    /// The block in hex, as `submitblock` takes it.
    pub hex: String,
    /// What the template's node wants to have back with it (BIP 22).
    pub work_id: Option<String>,
}

impl Stored {
    /// Hash of the block before it, as displayed; none where this holds no header.
    pub fn previous(&self) -> Option<String> {
        let mut bytes = HEXLOWER.decode(self.hex.get(8..72)?.as_bytes()).ok()?;
        bytes.reverse();
        Some(HEXLOWER.encode(&bytes))
    }
}

/// How a block's story ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Deep in the chain.
    Done,
    /// Not in the chain, and it never will be.
    Lost,
    /// Against the rules, and why in words.
    Refused(Arc<str>),
}

impl End {
    const fn extension(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Lost => "lost",
            Self::Refused(_) => "refused",
        }
    }
}

/// What was found in the folder.
#[derive(Debug, Default)]
pub struct Found {
    /// Blocks to be followed, by height.
    pub open: Vec<Stored>,
    /// The youngest that are settled (the hex left out), with their end; by height.
    pub settled: Vec<(Stored, End)>,
    /// One sentence for each file that is not as it should be.
    pub troubles: Vec<String>,
}

/// The form on disk.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    hash: String,
    height: u32,
    chain: String,
    found_at_ms: i64,
    reward_sats: i64,
    header: String,
    block: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// The folder.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
}

impl Spool {
    /// In this folder, which is made where it is missing.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        if let Some(parent) = folder.parent().filter(|p| !p.as_os_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
        let folder = folder.to_owned();
        Ok(Self { folder })
    }

    /// Puts a block on disk; once it returns, a crash does not lose it.
    pub fn store(&self, block: &Stored) -> io::Result<()> {
        self.write(block, None, "block")
    }

    fn write(&self, block: &Stored, refused: Option<&str>, extension: &str) -> io::Result<()> {
        let page = Page {
            hash: block.hash.to_string(),
            height: block.height,
            chain: block.chain.word().to_owned(),
            found_at_ms: block.at.millis(),
            reward_sats: block.reward.sat(),
            header: block.hex.get(..2 * HEADER_LEN).unwrap_or("").to_owned(),
            block: block.hex.clone(),
            workid: block.work_id.clone(),
            refused: refused.map(str::to_owned),
        };
        let aside = self.path(&block.hash, "tmp");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .custom_flags(no_link())
            .open(&aside)?;
        serde_json::to_writer(io::BufWriter::new(&mut file), &page)?;
        file.flush()?;
        file.sync_all()?;
        let kept = self.path(&block.hash, extension);
        match fs::rename(&aside, &kept) {
            // Another miner that started meanwhile has taken it up.
            Err(e) if e.kind() == io::ErrorKind::NotFound && kept.exists() => {}
            other => other?,
        }
        self.sync()
    }

    /// Settles a block, and throws away the oldest settled ones above `KEPT`.
    pub fn settle(&self, hash: &Hash, end: &End) -> io::Result<()> {
        let (from, to) = (self.path(hash, "block"), self.path(hash, end.extension()));
        let moved = match (end, read(&from)) {
            (End::Refused(why), Ok((block, _))) => {
                self.write(&block, Some(why), end.extension())?;
                fs::remove_file(&from)
            }
            _ => fs::rename(&from, &to),
        };
        match moved {
            Err(e) if e.kind() == io::ErrorKind::NotFound && to.exists() => {}
            other => other?,
        }
        self.sync()?;
        let settled = fs::read_dir(&self.folder)?
            .take(MOST)
            .filter_map(Result::ok);
        let mut settled: Vec<PathBuf> = settled
            .map(|entry| entry.path())
            .filter(|path| {
                let extension = path.extension().and_then(OsStr::to_str);
                matches!(extension, Some("done" | "lost" | "refused"))
            })
            .collect();
        youngest(&mut settled)
    }

    /// Reads the folder: what is to be followed, what was settled. Prunes the oldest settled ones.
    pub fn scan(&self) -> io::Result<Found> {
        let mut found = Found::default();
        let mut settled = Vec::new();
        for entry in fs::read_dir(&self.folder)?.take(MOST) {
            let path = entry?.path();
            match path.extension().and_then(OsStr::to_str) {
                Some("tmp") => self.rescue(&path, &mut found)?,
                Some("block") => match read(&path) {
                    Ok((block, _)) => found.open.push(block),
                    Err(why) => found.troubles.push(trouble(&path, &why)),
                },
                Some("done" | "lost" | "refused") => settled.push(path),
                _ => {}
            }
        }
        youngest(&mut settled)?;
        for path in settled.iter().take(SHOWN) {
            match read(path) {
                Ok((block, refused)) => {
                    let hex = String::new();
                    let end = match refused {
                        Some(why) => End::Refused(shown(&why).into()),
                        None if path.extension() == Some(OsStr::new("done")) => End::Done,
                        None => End::Lost,
                    };
                    found.settled.push((Stored { hex, ..block }, end));
                }
                Err(why) => found.troubles.push(trouble(path, &why)),
            }
        }
        found.open.sort_by_key(|block| block.height);
        found.open.dedup_by_key(|block| block.hash);
        found.settled.sort_by_key(|(block, _)| block.height);
        Ok(found)
    }

    /// What a crash left half way: followed where it is whole, else thrown away.
    fn rescue(&self, path: &Path, found: &mut Found) -> io::Result<()> {
        match read(path) {
            // A refused one is followed anew: it is refused again, and settled.
            Ok((block, _)) => {
                fs::rename(path, self.path(&block.hash, "block"))?;
                self.sync()?;
                found.open.push(block);
            }
            // Another miner may be at it this moment.
            Err(_) if !is_old(path) => {}
            Err(_) => fs::remove_file(path)?,
        }
        Ok(())
    }

    fn path(&self, hash: &Hash, extension: &str) -> PathBuf {
        self.folder.join(format!("{hash}.{extension}"))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

/// A block is written in less; what is half done and older is a crash's.
const WRITING: Duration = Duration::from_mins(10);

fn is_old(path: &Path) -> bool {
    let age = fs::metadata(path)
        .and_then(|m| m.modified())
        .map(|at| at.elapsed().unwrap_or_default());
    age.is_ok_and(|age| age > WRITING)
}

/// Settled blocks that are told of at the start.
const SHOWN: usize = 20;

/// Throws away the oldest above [`KEPT`]; the youngest come first.
fn youngest(settled: &mut Vec<PathBuf>) -> io::Result<()> {
    let changed = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
    settled.sort_by_cached_key(|path| std::cmp::Reverse(changed(path)));
    for old in settled.drain(settled.len().min(KEPT)..) {
        fs::remove_file(old)?;
    }
    Ok(())
}

fn trouble(path: &Path, why: &str) -> String {
    format!(
        "{} holds no block that can be used ({why}); it is left as it is",
        path.display()
    )
}

/// The block, and why it was refused, if it was.
fn read(path: &Path) -> Result<(Stored, Option<String>), String> {
    let text = files::text(path, LIMIT).map_err(|unread| unread.what)?;
    let page: Page = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let chain = [Chain::Main, Chain::Testnet4, Chain::Signet, Chain::Regtest]
        .into_iter()
        .find(|chain| chain.word() == page.chain)
        .ok_or("of an unknown chain")?;
    let hex = page.block;
    let start = hex.get(..2 * HEADER_LEN).ok_or("shorter than a header")?;
    let bytes = HEXLOWER_PERMISSIVE
        .decode(start.as_bytes())
        .map_err(|e| e.to_string())?;
    let header = <[u8; HEADER_LEN]>::try_from(bytes).map_err(|_| "no header")?;
    let hash = Header::from_bytes(&header).hash();
    if hash.to_string() != page.hash || path.file_stem().is_none_or(|stem| stem != &*page.hash) {
        return Err("its hash is not its name".to_owned());
    }
    if !hex.len().is_multiple_of(2) || HEXLOWER.encode(&header) != page.header {
        return Err("it is cut".to_owned());
    }
    let block = Stored {
        hash,
        height: page.height,
        chain,
        at: Timestamp::from_millis(page.found_at_ms),
        reward: Sats::from_sat(page.reward_sats),
        hex,
        work_id: page.workid,
    };
    Ok((block, page.refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(nonce: u32) -> Stored {
        let bytes = include_bytes!("../../../tests/fixtures/headers/mainnet-125552.bin");
        let header = Header {
            nonce,
            ..Header::from_bytes(bytes)
        };
        Stored {
            hash: header.hash(),
            height: nonce,
            chain: Chain::Regtest,
            at: Timestamp::from_millis(5),
            reward: Sats::from_sat(50),
            hex: HEXLOWER.encode(&header.to_bytes()) + "00",
            work_id: None,
        }
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .expect("reads")
            .map(|e| e.expect("entry").file_name().to_string_lossy()[64..].to_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_stored_is_found_again_until_it_is_settled() {
        let dir = tempfile::tempdir().expect("scratch");
        let spool = Spool::open(&dir.path().join("deep/spool")).expect("opens");
        let (a, b, c) = (block(2), block(1), block(3));
        for block in [&a, &b, &c] {
            spool.store(block).expect("stores");
        }
        assert_eq!(
            spool.scan().expect("scans").open,
            [b.clone(), a.clone(), c.clone()]
        );
        spool.settle(&a.hash, &End::Done).expect("settles");
        spool.settle(&a.hash, &End::Done).expect("settles again");
        spool.settle(&c.hash, &End::Lost).expect("settles");
        let found = spool.scan().expect("scans");
        assert_eq!(found.open, [b]);
        let ends: Vec<End> = found.settled.iter().map(|(_, end)| end.clone()).collect();
        assert_eq!(ends, [End::Done, End::Lost]);
        assert!(found.troubles.is_empty());
    }

    #[test]
    fn a_crash_half_way_loses_nothing_that_was_whole() {
        let dir = tempfile::tempdir().expect("scratch");
        let spool = Spool::open(dir.path()).expect("opens");
        let (whole, half) = (block(1), block(2));
        for block in [&whole, &half] {
            spool.store(block).expect("stores");
            let (from, to) = (
                spool.path(&block.hash, "block"),
                spool.path(&block.hash, "tmp"),
            );
            fs::rename(from, to).expect("renames");
        }
        let torn = spool.path(&half.hash, "tmp");
        let text = fs::read_to_string(&torn).expect("reads");
        fs::write(&torn, &text[..text.len() / 2]).expect("writes");
        let long_ago = std::time::SystemTime::now() - WRITING * 2;
        let file = File::options().write(true).open(&torn);
        let dated = file.and_then(|file| file.set_modified(long_ago));
        dated.expect("dates");
        assert_eq!(spool.scan().expect("scans").open, [whole]);
        assert_eq!(names(dir.path()), [".block"]);
    }

    #[test]
    fn why_a_block_was_refused_is_known_in_later_runs() {
        let dir = tempfile::tempdir().expect("scratch");
        let spool = Spool::open(dir.path()).expect("opens");
        let block = Stored {
            work_id: Some("7".to_owned()),
            ..block(1)
        };
        spool.store(&block).expect("stores");
        assert_eq!(
            spool.scan().expect("scans").open,
            std::slice::from_ref(&block)
        );
        let end = End::Refused("its coinbase pays itself too much".into());
        spool.settle(&block.hash, &end).expect("settles");
        spool.settle(&block.hash, &end).expect("settles again");
        let found = spool.scan().expect("scans");
        assert!(found.open.is_empty() && found.troubles.is_empty());
        assert_eq!(found.settled[0].1, end);
        assert_eq!(names(dir.path()), [".refused"]);
    }

    #[test]
    fn what_another_miner_is_writing_is_left_to_it() {
        let dir = tempfile::tempdir().expect("scratch");
        let spool = Spool::open(dir.path()).expect("opens");
        let aside = spool.path(&block(1).hash, "tmp");
        fs::write(&aside, "{").expect("writes");
        spool.scan().expect("scans");
        assert!(aside.exists());
    }

    #[test]
    fn what_cannot_be_read_is_named_and_stays() {
        let dir = tempfile::tempdir().expect("scratch");
        let spool = Spool::open(dir.path()).expect("opens");
        let (renamed, cut) = (block(1), block(2));
        spool.store(&renamed).expect("stores");
        let from = spool.path(&renamed.hash, "block");
        fs::rename(from, spool.path(&cut.hash, "block")).expect("renames");
        fs::write(spool.path(&Hash::of(b"x"), "block"), "{").expect("writes");
        fs::write(dir.path().join("notes.txt"), "mine").expect("writes");
        let found = spool.scan().expect("scans");
        assert!(found.open.is_empty());
        assert_eq!(found.troubles.len(), 2);
        assert_eq!(fs::read_dir(dir.path()).expect("reads").count(), 3);
    }

    #[test]
    fn settled_ones_are_pruned() {
        let dir = tempfile::tempdir().expect("scratch");
        let spool = Spool::open(dir.path()).expect("opens");
        for nonce in 0..=KEPT as u32 + 4 {
            let block = block(nonce);
            fs::write(spool.path(&block.hash, "done"), "").expect("writes");
        }
        spool.scan().expect("scans");
        assert_eq!(fs::read_dir(dir.path()).expect("reads").count(), KEPT);
    }
}
