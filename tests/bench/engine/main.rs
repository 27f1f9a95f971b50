//! Speed of each kernel on one thread, in headers a second, and of the check of raw headers.
//!
//! `cargo bench --bench engine -- pause` measures instead how soon the threads stop.
#![allow(missing_docs, reason = "a bench has no readers of its documentation")]

mod pause;

use baseload::engine::chain::verify_headers;
use baseload::engine::header::Header;
use baseload::engine::job::{VERSION_MASK, rolled_version};
use baseload::engine::kernel::{Candidates, NonceRange, Work, by_name, kernels};
use baseload::engine::target::Target;
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    if std::env::args().any(|argument| argument == "pause") {
        pause::run();
    } else {
        divan::main();
    }
}

const NONCES: u64 = 1 << 16;

fn names() -> Vec<&'static str> {
    kernels().iter().map(|kernel| kernel.name()).collect()
}

fn bench(bencher: Bencher<'_, '_>, name: &str, midstates: u32) {
    let bytes = include_bytes!("../../fixtures/headers/mainnet-125552.bin");
    let header = Header::from_bytes(bytes);
    let target = header.target().expect("a real header");
    let versions: Vec<u32> = (0..midstates)
        .map(|index| rolled_version(header.version, VERSION_MASK, index))
        .collect();
    let work = Work::rolled(header, &versions, target).expect("versions differ");
    let kernel = by_name(name).expect("a listed kernel");
    let range = NonceRange {
        first: header.nonce.swap_bytes().wrapping_sub(1000),
        count: NONCES,
    };
    bencher
        .counter(ItemsCount::new(NONCES * u64::from(midstates)))
        .with_inputs(Candidates::new)
        .bench_local_refs(|found| {
            let scanned = kernel.scan(&work, range, found);
            // A kernel that misses the planted nonce must not score.
            let hits = found.drain().filter(|hit| work.header(*hit) == header);
            assert_eq!((hits.count(), scanned.nonces), (1, NONCES));
        });
}

#[divan::bench(args = names())]
fn one_midstate(bencher: Bencher<'_, '_>, kernel: &str) {
    bench(bencher, kernel, 1);
}

#[divan::bench(args = names())]
fn four_midstates(bencher: Bencher<'_, '_>, kernel: &str) {
    bench(bencher, kernel, 4);
}

#[divan::bench(args = names())]
fn eight_midstates(bencher: Bencher<'_, '_>, kernel: &str) {
    bench(bencher, kernel, 8);
}

#[divan::bench]
fn header_check(bencher: Bencher<'_, '_>) {
    const LENGTH: usize = 20_000;
    let bytes = include_bytes!("../../fixtures/headers/mainnet-125552.bin");
    let mut header = Header::from_bytes(bytes);
    header.bits = Target::REGTEST_LIMIT.to_bits();
    let target = header.target().expect("regtest's own nBits");
    let mut chain = Vec::with_capacity(LENGTH * 80);
    for _ in 0..LENGTH {
        while !target.is_met_by(&header.hash()) {
            header.nonce = header.nonce.wrapping_add(1);
        }
        chain.extend(header.to_bytes());
        header.previous = header.hash();
    }
    bencher.counter(ItemsCount::new(LENGTH)).bench_local(|| {
        let count = verify_headers(chain.as_slice(), &Target::REGTEST_LIMIT);
        assert_eq!(count.ok(), Some(LENGTH as u64));
    });
}
