//! What a nation of 1,000 sites with 10 blocks each costs at each end of the wire, per report period.

#![allow(missing_docs, reason = "a bench")]

use baseload::domain::ids::BootId;
use baseload::domain::link::{Item, Topic};
use baseload::domain::time::Timestamp;
use baseload::feed::protocol::read_server;
use baseload::feed::session::server::Book;
use divan::{Bencher, black_box};

#[path = "../feed_support/mod.rs"]
mod feed_support;

fn main() {
    divan::main();
}

fn nation() -> Vec<Item> {
    let at = Timestamp::from_millis(1_800_000_000_000);
    (0..1_000)
        .flat_map(|site| {
            let name = format!("site-{site}");
            let blocks = (0..10).map(move |n| {
                let block = feed_support::block(&name, &format!("b{n}"), 9_000_000 + n, at);
                Item::Block(Box::new(block))
            });
            let site = feed_support::site(&format!("site-{site}"), at);
            std::iter::once(Item::Site(Box::new(site))).chain(blocks)
        })
        .collect()
}

/// The console: 11,000 items from text to domain values.
#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let mut book = Book::new(BootId::new("bench"));
    let batch = book
        .publish(Topic::Fleet, &nation(), Timestamp::from_millis(0))
        .expect("there are items");
    let bytes: usize = batch.texts.iter().map(|text| text.len()).sum();
    println!("{} messages, {bytes} bytes", batch.texts.len());
    bencher.bench(|| {
        for text in &batch.texts {
            black_box(read_server(text).expect("our own text"));
        }
    });
}

/// The server: 11,000 items from domain values to text, once for all clients.
#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    let items = nation();
    bencher
        .with_inputs(|| Book::new(BootId::new("bench")))
        .bench_refs(|book| book.publish(Topic::Fleet, &items, Timestamp::from_millis(0)));
}
