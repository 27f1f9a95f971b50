//! Long messages: who sends many of them waits behind who sends one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::attacker::Link;
use crate::common::DEADLINE;
use crate::house::{House, free_blocks, id, shed};

const LINKS: usize = 20;

#[test]
fn a_long_emergency_waits_for_one_long_message_of_others_and_not_for_one_of_each() {
    let house = House::new();
    let blocks = free_blocks(house.at(), "lukoml");
    let mut junk = shed(house.at(), &blocks[..1], "nobody", "N");
    let target = junk["targets"][0].clone();
    junk["targets"] = vec![target; 6_000].into();
    let mut urgent = shed(house.at(), &blocks[..1], "anna", "A");
    urgent["emergency"] = true.into();
    let urgent = house.anna.sign(urgent);
    let (answered, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..LINKS {
            let (mut junk, at) = (junk.clone(), house.at());
            let (answered, over) = (&answered, &over);
            scope.spawn(move || {
                let mut link = Link::open(at, "/fleet");
                while !over.load(Ordering::Relaxed) {
                    let id = id();
                    junk["id"] = id.as_str().into();
                    let answer = link.ask(&junk, &id);
                    assert_ne!(answer["phase"], "accepted");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut link = house.link();
        let until = Instant::now() + DEADLINE;
        while answered.load(Ordering::Relaxed) < 2 * LINKS {
            assert!(Instant::now() < until, "they are not answered");
            std::thread::sleep(Duration::from_millis(1));
        }
        let before = answered.load(Ordering::Relaxed);
        let padded = format!("{urgent}{}", " ".repeat(40 << 10));
        link.send_text(&padded);
        let answer = link.answer(urgent["id"].as_str().expect("an id"));
        let between = answered.load(Ordering::Relaxed) - before;
        over.store(true, Ordering::Relaxed);
        assert_eq!(answer["type"], "order_status", "{answer}");
        assert!(between < LINKS / 2, "{between} went first");
    });
}
