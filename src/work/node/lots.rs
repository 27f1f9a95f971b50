//! From templates to the engine's jobs, and from its finds back.
//!
//! Invariant: every job has extra-nonces of its own, so no header is given twice; once a template has given a block,
//! nothing is hashed on it any more, and what else was found on it would be that block's sibling, of which a chain takes one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::session::BLOCK_FOUND;
use crate::engine::job::Job;
use crate::engine::target::Target;
use crate::engine::worker::Find;
use crate::work::template::Template;
use crate::work::{JobIds, Teller, Told, Work};

/// Extra-nonces of a job: with 2^32 nonces each, more than is hashed in its second.
const RANGE: u64 = 1 << 32;
/// Jobs whose finds are still known.
const JOBS: usize = 128;
/// Templates that have given a block.
const SPENT: usize = 16;

/// A find that is worth something.
#[derive(Debug)]
pub(super) struct Catch {
    pub(super) template: Arc<Template>,
    pub(super) extranonce: u64,
    /// The first block of its template.
    pub(super) block: bool,
}

#[derive(Debug)]
struct Given {
    id: u64,
    template: Arc<Template>,
    first: u64,
}

#[derive(Debug)]
struct Recent {
    jobs: VecDeque<Given>,
    spent: VecDeque<Arc<Template>>,
    next: u64,
}

/// The jobs of late.
#[derive(Debug)]
pub(super) struct Lots {
    ids: Arc<JobIds>,
    teller: Teller,
    share: Target,
    share_difficulty: f64,
    recent: Mutex<Recent>,
}

impl Lots {
    pub(super) fn new(ids: Arc<JobIds>, teller: Teller, share_difficulty: f64) -> Self {
        // From somewhere else in each process: two miners on one node that pay one address do not hash the same.
        let next = u64::from(rand::random::<u32>() >> 1) << 32;
        Self {
            ids,
            teller,
            share: Target::from_difficulty(share_difficulty),
            share_difficulty,
            recent: Mutex::new(Recent {
                jobs: VecDeque::new(),
                spent: VecDeque::new(),
                next,
            }),
        }
    }

    /// Tells the miner to hash on a template with this time; not on one that has given a block.
    pub(super) fn give(&self, node: usize, template: &Arc<Template>, time: u32) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent
            .spent
            .iter()
            .any(|spent| Arc::ptr_eq(spent, template))
        {
            return;
        }
        let id = self.ids.next();
        let first = recent.next;
        // 2^31 jobs and more until it begins anew, which takes a lifetime.
        recent.next = first.wrapping_add(RANGE);
        let headers = Arc::new(template.headers(time, first));
        let network = template.target();
        let (target, difficulty) = if network > self.share {
            (network, network.difficulty())
        } else {
            (self.share, self.share_difficulty)
        };
        let job = Job {
            version_mask: template.version_mask(),
            ..Job::new(id, headers, target)
        };
        let view = template.view(node, id.to_string().into(), difficulty);
        recent.jobs.push_back(Given {
            id,
            template: Arc::clone(template),
            first,
        });
        if recent.jobs.len() > JOBS {
            recent.jobs.pop_front();
        }
        // Told under the lock, so that a find's `NoWork` and this keep their order. The miner that is gone hears nothing.
        let _ = self.teller.send(Told::Work(Box::new(Work { job, view })));
    }

    /// Whose find is it? Where it is a template's first block, the miner is told to stop at once. What is found on a template
    /// after that counts for nothing: on an easy chain the engine hands on hundreds of siblings before it stops.
    pub(super) fn caught(&self, find: &Find) -> Option<Catch> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let given = recent.jobs.iter().find(|given| given.id == find.job)?;
        let template = Arc::clone(&given.template);
        let extranonce = given.first.checked_add(find.roll)?;
        let spent = recent
            .spent
            .iter()
            .any(|spent| Arc::ptr_eq(spent, &template));
        if spent {
            return None;
        }
        let block = template.target().is_met_by(&find.header.hash());
        if block {
            let same = |given: &Given| given.template.previous() == template.previous();
            if recent.jobs.back().is_some_and(same) {
                let _ = self.teller.send(Told::NoWork(BLOCK_FOUND.into()));
            }
            recent.spent.push_back(Arc::clone(&template));
            if recent.spent.len() > SPENT {
                recent.spent.pop_front();
            }
        }
        Some(Catch {
            template,
            extranonce,
            block,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::mpsc::channel;

    use serde_json::Value;

    use super::*;
    use crate::domain::mining::Chain;
    use crate::domain::time::Timestamp;
    use crate::work::payout::Payouts;
    use crate::work::template::{Tag, TemplateOptions};

    /// Ten minutes of jobs as the session gives them: a second a job, a new template each half minute, the clock set back
    /// once. What is left of each header without nonce and version must differ from all others.
    #[test]
    fn no_header_is_given_twice_in_ten_minutes() {
        let text = include_str!("../../../tests/fixtures/template/core-main.json");
        let value: Value = serde_json::from_str(text).expect("JSON");
        let payouts = Payouts::parse(&["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"])
            .expect("sound")
            .for_chain(Chain::Main)
            .expect("an address of main");
        let options = TemplateOptions {
            payouts,
            tag: Tag::default(),
        };
        let made = || {
            let read = Template::from_json(&value, &options, Timestamp::from_millis(0));
            Arc::new(read.expect("a sound template"))
        };
        let (teller, told) = channel();
        let lots = Lots::new(Arc::default(), teller, 1.0);
        let mut template = made();
        for second in 0..600_u32 {
            if second % 30 == 0 {
                // The same transactions again, as a quiet node gives them.
                template = made();
            }
            let elapsed = if second > 300 { second - 100 } else { second };
            lots.give(0, &template, template.curtime() + elapsed);
        }
        let mut seen = HashSet::new();
        let mut jobs = 0;
        for told in told.try_iter() {
            let Told::Work(work) = told else { continue };
            jobs += 1;
            for roll in (0..40).chain([1 << 20, (1 << 32) - 1]) {
                let header = work.job.headers.header(roll).expect("within its range");
                assert!(
                    seen.insert((header.merkle_root, header.time)),
                    "given twice: roll {roll} of job {}",
                    work.job.id
                );
            }
        }
        assert_eq!((jobs, seen.len()), (600, 600 * 42));
    }
}
