use std::collections::HashSet;

use bitcoin::consensus::{deserialize, serialize};
use bitcoin::hashes::Hash as _;
use bitcoin::{Transaction, TxMerkleNode, Txid, block, merkle_tree};
use proptest::prelude::*;

use super::*;
use crate::engine::job::rolled_version;

fn notify(version: u32) -> Notify {
    Notify {
        id: "a".into(),
        previous: [7; 32],
        coinbase_before: vec![1; 50],
        coinbase_after: vec![2; 60],
        branch: vec![[3; 32]],
        version,
        bits: 0x1d00_ffff,
        time: 1_700_000_000,
        clean: true,
    }
}

fn job(
    second_len: usize,
    version: u32,
    mask: Option<u32>,
    take: u64,
    difficulty: f64,
) -> Arc<PoolJob> {
    let extranonce = Extranonce {
        first: vec![9; 4].into(),
        second_len,
    };
    Arc::new(PoolJob::new(notify(version), extranonce, mask, take, difficulty).expect("sound"))
}

fn find(job: &PoolJob, roll: u64, index: u32, nonce: u32) -> Find {
    let header = job.header(roll).expect("within bounds");
    let version = rolled_version(header.version, job.rolled_mask(), index);
    let header = Header {
        version,
        nonce,
        ..header
    };
    Find {
        job: 1,
        roll,
        header,
        hash: header.hash(),
        difficulty: 1.0,
        thread: 0,
    }
}

/// The genesis block: its coinbase cut in two around four bytes that serve as the extranonce.
#[test]
fn the_genesis_block_is_put_together() {
    let genesis = bitcoin::constants::genesis_block(bitcoin::Network::Bitcoin);
    let coinbase = serialize(&genesis.txdata[0]);
    // Take number 0x1d00 and roll 0xff.. do not fit its bytes, so two of its script's own are ours to fill: 0x0104.
    let at = coinbase
        .windows(2)
        .position(|w| w == [0x01, 0x04])
        .expect("the script pushes 4");
    let notify = Notify {
        id: "genesis".into(),
        previous: [0; 32],
        coinbase_before: coinbase[..at - 2].to_vec(),
        coinbase_after: coinbase[at + 2..].to_vec(),
        branch: Vec::new(),
        version: 1,
        bits: genesis.header.bits.to_consensus(),
        time: genesis.header.time,
        clean: true,
    };
    let extranonce = Extranonce {
        first: coinbase[at - 2..at].into(),
        second_len: 2,
    };
    let job = PoolJob::new(notify, extranonce, None, 0x01, 1.0).expect("sound");
    let header = Header {
        nonce: genesis.header.nonce,
        ..job.header(0x04).expect("roll 4")
    };
    assert_eq!(
        header.hash().to_string(),
        "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
    );
    assert!(job.network().is_met_by(&header.hash()));
}

#[test]
fn small_extranonces_run_out_within_bounds() {
    let job = job(1, 0x2000_0000, None, 3, 1.0);
    let all: Vec<_> = (0..).map_while(|roll| job.header(roll)).collect();
    assert_eq!(all.len(), 16 * 601);
    let different: HashSet<[u8; 80]> = all.iter().map(Header::to_bytes).collect();
    assert_eq!(different.len(), all.len());
    assert!(all.iter().all(|h| h.time - 1_700_000_000 <= 600));
}

#[test]
fn takes_of_the_same_job_share_no_header() {
    for second_len in [1, 2, 3, 4, 8, 16] {
        let roots: HashSet<_> = (0..16)
            .flat_map(|take| (0..8).map(move |roll| (take, roll)))
            .map(|(take, roll)| {
                job(second_len, 4, None, take, 1.0)
                    .rolled(roll)
                    .expect("within bounds")
                    .0
            })
            .collect();
        assert_eq!(roots.len(), 16 * 8, "{second_len}");
        assert!(roots.iter().all(|bytes| bytes.len() == second_len));
    }
}

#[test]
fn bits_that_the_version_has_are_kept_so_that_both_readings_agree() {
    let version = 0x2000_0000 | 0x0000_6000;
    let job = job(4, version, Some(u32::MAX), 0, 1.0);
    assert_eq!(job.rolled_mask(), VERSION_MASK & !version);
    for index in [0, 1, 5, 0x3fff] {
        let find = find(&job, 2, index, 9);
        let bits = job
            .share(&find)
            .expect("ours")
            .version_bits
            .expect("agreed");
        let mask = VERSION_MASK;
        assert_eq!((version & !mask) | bits, find.header.version, "in place");
        assert_eq!(version | bits, find.header.version, "on top");
    }
}

#[test]
fn finds_of_other_jobs_are_no_shares() {
    let (ours, other) = (job(4, 4, None, 0, 1.0), job(4, 4, None, 1, 1.0));
    assert!(ours.share(&find(&ours, 3, 0, 1)).is_some());
    assert!(ours.share(&find(&other, 3, 0, 1)).is_none());
    assert_eq!(
        ours.share(&find(&ours, 3, 0, 1)).map(|s| s.version_bits),
        Some(None)
    );
}

#[test]
fn a_block_is_found_even_where_shares_are_harder() {
    let easy = job(4, 4, None, 0, 1e-9).engine_job(1);
    assert_eq!(easy.id, 1);
    assert!(easy.target > Target::from_bits(0x1d00_ffff).expect("valid"));
    let hard = job(4, 4, None, 0, 1e6).engine_job(2);
    assert_eq!(hard.target, Target::from_bits(0x1d00_ffff).expect("valid"));
    let bits = Notify {
        bits: 0,
        ..notify(4)
    };
    let extranonce = Extranonce {
        first: [].into(),
        second_len: 4,
    };
    assert!(PoolJob::new(bits, extranonce, None, 0, 1.0).is_err());
}

/// A little-endian number of 256 bits times 2^64, divided: what a pool with whole numbers makes of a difficulty.
fn exact_target(difficulty: u64) -> Target {
    let mut words = [0_u32; 8];
    words[1] = 0xffff_0000;
    let mut rest = 0_u128;
    for word in &mut words {
        let part = (rest << 32) | u128::from(*word);
        *word = (part / u128::from(difficulty)) as u32;
        rest = part % u128::from(difficulty);
    }
    Target::from_words(words)
}

proptest! {
    #[test]
    fn a_share_is_never_above_the_pools_target(difficulty in 1_u64..1_000_000_000_000) {
        let mut notify = notify(4);
        notify.bits = 0x1700_ffff;
        let extranonce = Extranonce { first: [].into(), second_len: 4 };
        let job = Arc::new(PoolJob::new(notify, extranonce, None, 0, difficulty as f64).expect("sound"));
        let ours = job.engine_job(1).target;
        prop_assume!(ours != job.network());
        prop_assert!(ours <= exact_target(difficulty));
        prop_assert!(ours.difficulty() < difficulty as f64 * 1.000_000_1);
    }

    /// A whole block by the bitcoin crate, sent as a pool would: our headers have its merkle root.
    #[test]
    fn merkle_roots_are_those_of_the_bitcoin_crate(
        others in proptest::collection::vec(any::<[u8; 32]>(), 0..20), roll in 0_u64..1 << 20, take in any::<u64>(),
    ) {
        let genesis = bitcoin::constants::genesis_block(bitcoin::Network::Bitcoin);
        let whole = serialize(&genesis.txdata[0]);
        let at = 60;
        let nodes: Vec<[u8; 32]> = others.clone();
        let job = PoolJob::new(
            Notify {
                coinbase_before: whole[..at].to_vec(),
                coinbase_after: whole[at + 8..].to_vec(),
                branch: branch_of(&nodes),
                ..notify(4)
            },
            Extranonce { first: whole[at..at + 4].into(), second_len: 4 },
            None, take, 1.0,
        ).expect("sound");
        let (extranonce2, _) = job.rolled(roll).expect("within bounds");
        let (bytes, range) = job.coinbase(&extranonce2);
        prop_assert_eq!(&bytes[range.end - 4..range.end], &extranonce2[..]);
        let coinbase: Transaction = deserialize(&bytes).expect("still a transaction");
        let leaves = std::iter::once(coinbase.compute_txid())
            .chain(others.iter().map(|h| Txid::from_byte_array(*h)))
            .map(Txid::to_raw_hash);
        let root = merkle_tree::calculate_root(leaves).expect("not empty");
        let header = job.header(roll).expect("within bounds");
        prop_assert_eq!(header.merkle_root.bytes(), &root.to_byte_array());
        let theirs = block::Header {
            version: block::Version::from_consensus(header.version.cast_signed()),
            prev_blockhash: bitcoin::BlockHash::from_byte_array([7; 32]),
            merkle_root: TxMerkleNode::from_raw_hash(root),
            time: header.time,
            bits: bitcoin::CompactTarget::from_consensus(header.bits),
            nonce: header.nonce,
        };
        prop_assert_eq!(serialize(&theirs), header.to_bytes().to_vec());
    }
}

/// What stands beside the coinbase on each level of the tree.
fn branch_of(others: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let mut branch = Vec::new();
    let mut level: Vec<Option<[u8; 32]>> = std::iter::once(None)
        .chain(others.iter().copied().map(Some))
        .collect();
    while level.len() > 1 {
        branch.push(level[1].expect("only the first is unknown"));
        if level.len() % 2 == 1 {
            level.push(*level.last().expect("not empty"));
        }
        level = level
            .chunks(2)
            .map(|pair| Some(*Hash::of(&[pair[0]?, pair[1]?].concat()).bytes()))
            .collect();
    }
    branch
}
