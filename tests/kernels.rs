//! Kernels against plain double SHA-256: hits, misses and order, one by one.
#![allow(
    missing_docs,
    reason = "a test binary has no readers of its documentation"
)]

use baseload::engine::header::{Hash, Header};
use baseload::engine::job::{VERSION_MASK, rolled_version};
use baseload::engine::kernel::{Candidate, Candidates, Kernel, NonceRange, Work, by_name, kernels};
use baseload::engine::target::Target;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const MAINNET: [&[u8; 80]; 4] = {
    let first = include_bytes!("fixtures/headers/mainnet-0-2.bin");
    let (headers, _) = first.as_chunks::<80>();
    let later = include_bytes!("fixtures/headers/mainnet-125552.bin");
    [&headers[0], &headers[1], &headers[2], later]
};

/// The plain way: all 80 bytes through the crate's digest, nothing of the engine's.
fn plain(header: [u8; 80], version: u32, word: u32) -> [u8; 32] {
    let mut bytes = header;
    bytes[..4].copy_from_slice(&version.to_le_bytes());
    bytes[76..].copy_from_slice(&word.to_be_bytes());
    Sha256::digest(Sha256::digest(bytes)).into()
}

/// What the filter lets through, by the plain way.
fn expected(
    header: [u8; 80],
    versions: &[u32],
    range: NonceRange,
    target: &Target,
) -> Vec<Candidate> {
    let mut hits = Vec::new();
    for offset in 0..range.count {
        let word = range.first.wrapping_add(offset as u32);
        for (midstate, version) in (0..).zip(versions) {
            let hash = plain(header, *version, word);
            let highest = u32::from_le_bytes([hash[28], hash[29], hash[30], hash[31]]);
            if highest <= target.words()[0] {
                hits.push(Candidate { word, midstate });
            }
        }
    }
    hits
}

/// Scans a range to its end, emptying the candidates as often as needed; gives them with the hashes counted.
fn scan_all(
    kernel: &dyn Kernel,
    work: &Work,
    range: NonceRange,
    room: usize,
) -> (Vec<Candidate>, u64) {
    let mut found = Candidates::with_capacity(room);
    let (mut hits, mut hashes, mut done) = (Vec::new(), 0, 0);
    while done < range.count {
        let scanned = kernel.scan(work, range.after(done, u64::MAX), &mut found);
        let drained = hits.len();
        hits.extend(found.drain());
        assert!(hits.len() - drained <= room);
        assert!(scanned.nonces > 0, "no headway with room for a step");
        assert_eq!(
            scanned.hashes,
            scanned.nonces * work.midstates().len() as u64
        );
        hashes += scanned.hashes;
        done += scanned.nonces;
    }
    assert_eq!(done, range.count, "never past the end of the range");
    (hits, hashes)
}

#[test]
fn genuine_nonces_of_mainnet_are_found() {
    for kernel in kernels() {
        for bytes in MAINNET {
            let header = Header::from_bytes(bytes);
            let target = header.target().expect("valid nBits");
            let work = Work::new(header, target);
            let genuine = header.nonce.swap_bytes();
            let range = NonceRange {
                first: genuine.wrapping_sub(3001),
                count: 6007,
            };
            let (hits, hashes) = scan_all(*kernel, &work, range, Candidates::CAPACITY);
            assert_eq!(hashes, 6007);
            let finds: Vec<Header> = hits
                .iter()
                .map(|hit| work.recheck(*hit))
                .filter(|(_, hash)| target.is_met_by(hash))
                .map(|(solved, _)| solved)
                .collect();
            assert_eq!(finds, [header], "{}", kernel.name());
        }
    }
}

#[test]
fn a_genuine_nonce_is_found_at_every_midstate() {
    let header = Header::from_bytes(MAINNET[3]);
    let target = header.target().expect("valid nBits");
    for kernel in kernels() {
        for count in 1..=16_u32 {
            for place in 0..count {
                // The genuine version stands at `place`, rolled ones around it.
                let versions: Vec<u32> = (0..count)
                    .map(|i| {
                        let index = if i == place { 0 } else { i + 1 };
                        rolled_version(header.version, VERSION_MASK, index)
                    })
                    .collect();
                let work = Work::rolled(header, &versions, target).expect("versions differ");
                let genuine = header.nonce.swap_bytes();
                let range = NonceRange {
                    first: genuine.wrapping_sub(place),
                    count: u64::from(place) + 2,
                };
                let (hits, _) = scan_all(*kernel, &work, range, Candidates::CAPACITY);
                let hit = Candidate {
                    word: genuine,
                    midstate: u8::try_from(place).expect("below 16"),
                };
                assert_eq!(hits, [hit], "{}", kernel.name());
                assert_eq!(work.recheck(hit), (header, header.hash()));
            }
        }
    }
}

#[test]
fn a_genuine_nonce_is_found_in_every_lane_of_every_midstate() {
    let header = Header::from_bytes(MAINNET[1]);
    let target = header.target().expect("valid nBits");
    let genuine = header.nonce.swap_bytes();
    for kernel in kernels() {
        for count in [1, 2, 7, 16_u32] {
            for place in [0, count / 2, count - 1] {
                let versions: Vec<u32> = (0..count)
                    .map(|i| {
                        let index = if i == place { 0 } else { i + 1 };
                        rolled_version(header.version, VERSION_MASK, index)
                    })
                    .collect();
                let work = Work::rolled(header, &versions, target).expect("versions differ");
                let hit = Candidate {
                    word: genuine,
                    midstate: u8::try_from(place).expect("below 16"),
                };
                for before in 0..2 * kernel.lanes() as u32 {
                    // Right to the genuine one, and then up to just before it.
                    let range = NonceRange {
                        first: genuine.wrapping_sub(before),
                        count: u64::from(before) + 1,
                    };
                    let (hits, _) = scan_all(*kernel, &work, range, Candidates::CAPACITY);
                    assert_eq!(hits, [hit], "{} {before}", kernel.name());
                    let (none, _) = scan_all(
                        *kernel,
                        &work,
                        range.after(0, before.into()),
                        Candidates::CAPACITY,
                    );
                    assert!(none.is_empty(), "{} {before}", kernel.name());
                }
            }
        }
    }
}

/// Windows of 2^16 nonces, hit by hit, from a target that nothing but the genuine nonce meets to one that all meet.
/// Without optimisation kernels take a thousand times as long, so some windows are smaller then.
#[test]
fn whole_windows_agree_with_plain_sha2() {
    const WINDOW: u64 = 1 << 16;
    const SMALLER: u64 = if cfg!(debug_assertions) {
        1 << 11
    } else {
        WINDOW
    };
    for (ease, rolled, count) in [
        (0, 1, WINDOW),
        (0x7fff_ffff, 1, WINDOW),
        (0, 3, SMALLER),
        (0x00ff_ffff, 3, SMALLER),
        (0x7fff_ffff, 3, SMALLER),
        (u32::MAX, 3, SMALLER),
    ] {
        let bytes = *MAINNET[3];
        let header = Header::from_bytes(&bytes);
        let genuine = header.nonce.swap_bytes();
        let versions: Vec<u32> = (0..rolled)
            .map(|index| rolled_version(header.version, VERSION_MASK, index * 0x1111))
            .collect();
        let mut words = [u32::MAX; 8];
        words[0] = ease;
        let target = Target::from_words(words);
        let range = NonceRange {
            first: genuine.wrapping_sub(count as u32 / 3),
            count,
        };
        let wanted = expected(bytes, &versions, range, &target);
        let hit = |hit: &Candidate| hit.word == genuine && hit.midstate == 0;
        assert_eq!(wanted.iter().filter(|one| hit(one)).count(), 1);
        assert!(ease != 0 || wanted.len() == 1);
        let work = Work::rolled(header, &versions, target).expect("versions differ");
        for kernel in kernels() {
            let (hits, hashes) = scan_all(*kernel, &work, range, Candidates::CAPACITY);
            assert_eq!(hashes, count * u64::from(rolled));
            assert!(hits == wanted, "{} {ease:#x} {rolled}", kernel.name());
        }
    }
}

#[test]
fn a_range_wraps_at_the_end_of_the_nonces() {
    let versions = [0x2000_0000, 0x2000_2000];
    for kernel in kernels() {
        let header = Header::from_bytes(MAINNET[2]);
        let target = Target::from_words([u32::MAX / 4; 8]);
        let work = Work::rolled(header, &versions, target).expect("versions differ");
        for first in u32::MAX - 40..=u32::MAX {
            let range = NonceRange { first, count: 60 };
            let (hits, hashes) = scan_all(*kernel, &work, range, Candidates::CAPACITY);
            assert_eq!(hashes, 120);
            assert_eq!(hits, expected(*MAINNET[2], &versions, range, &target));
        }
    }
}

#[test]
fn a_full_buffer_stops_the_scan_before_anything_is_lost() {
    let header = Header::from_bytes(MAINNET[0]);
    let work = Work::new(header, Target::MAX);
    let range = NonceRange {
        first: 5,
        count: 9_999,
    };
    for kernel in kernels() {
        let mut found = Candidates::new();
        let scanned = kernel.scan(&work, range, &mut found);
        assert!(scanned.nonces <= Candidates::CAPACITY as u64);
        assert!(scanned.nonces + kernel.lanes() as u64 > Candidates::CAPACITY as u64);
        // Full as it is, another call does nothing and says so.
        let again = kernel.scan(&work, range, &mut found);
        assert!(found.room() >= kernel.lanes() || again.nonces == 0);
        assert_eq!(found.drain().count() as u64, scanned.nonces + again.nonces);
    }
}

#[test]
fn kernels_are_known_by_their_names() {
    for kernel in kernels() {
        let named = by_name(kernel.name()).expect("a listed kernel");
        assert_eq!(named.name(), kernel.name());
        assert!(kernel.lanes() * kernel.midstates() <= Candidates::CAPACITY);
    }
    let mut names: Vec<&str> = kernels().iter().map(|kernel| kernel.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), kernels().len());
    assert!(by_name("abacus").is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn kernels_agree_with_plain_sha2(
        low in any::<[u8; 32]>(), mid in any::<[u8; 32]>(), high in any::<[u8; 16]>(),
        first in prop_oneof![Just(u32::MAX - 100), any::<u32>()],
        count in 0_u64..400,
        rolled in 1_u32..=16,
        ease in prop_oneof![Just(u32::MAX), Just(0x7fff_ffff), any::<u32>(), 0_u32..0x0400_0000],
        steps in 1_usize..4,
    ) {
        let mut bytes = [0; 80];
        bytes[..32].copy_from_slice(&low);
        bytes[32..64].copy_from_slice(&mid);
        bytes[64..].copy_from_slice(&high);
        let header = Header::from_bytes(&bytes);
        let versions: Vec<u32> = (0..rolled)
            .map(|index| rolled_version(header.version, VERSION_MASK, index * 0x0101))
            .collect();
        let target = Target::from_words([ease, 0, u32::MAX, 0, 0, 0, 0, 0]);
        let work = Work::rolled(header, &versions, target).expect("versions differ");
        let range = NonceRange { first, count };
        let hits = expected(bytes, &versions, range, &target);
        for kernel in kernels() {
            let room = kernel.lanes() * versions.len() * steps;
            let (found, hashes) = scan_all(*kernel, &work, range, room);
            prop_assert_eq!(hashes, count * u64::from(rolled));
            prop_assert_eq!(&found, &hits);
        }
        for hit in &hits {
            let version = versions[usize::from(hit.midstate)];
            let (solved, hash) = work.recheck(*hit);
            prop_assert_eq!(hash, Hash::from_bytes(plain(bytes, version, hit.word)));
            prop_assert_eq!(solved.version, version);
            prop_assert_eq!(target.is_met_by(&hash), hash.number() <= *target.words());
        }
    }
}
