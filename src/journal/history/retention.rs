//! What is let go: the oldest first, a little at a time, so that nobody waits for it.

use super::chunk::SECONDS;
use super::store::{CHUNKS_OF_MINUTES, MINUTES_OF_QUARTERS, SERIES_BITS, Store};
use super::trouble::Trouble;
use crate::domain::time::Timestamp;

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Every second, days.
    pub raw_days: u32,
    /// Every minute, days.
    pub minute_days: u32,
    /// Every quarter of an hour, days.
    pub rollup_days: u32,
    /// The file is kept below this by letting the oldest seconds go early, bytes.
    pub max_bytes: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            raw_days: 30,
            minute_days: 90,
            rollup_days: 400,
            max_bytes: 8_000_000_000,
        }
    }
}

/// Rows that go in one transaction.
const BATCH: usize = 500;
/// Free pages that a file may keep for what comes next.
const SPARE: i64 = 2_048;
/// Pages given back in one go.
const GIVEN_BACK: usize = 64;

impl Store {
    /// Lets a few rows go that are older than what is kept at `now`. Gives how many went: with 0 there is nothing to do.
    pub fn let_go(&mut self, keep: &Keep, now: Timestamp) -> Result<usize, Trouble> {
        let now_s = now.millis().div_euclid(1_000);
        let run = || -> rusqlite::Result<usize> {
            let chunk = i64::from(SECONDS);
            let tables = [
                ("chunk", keep.raw_days, chunk),
                ("minute", keep.minute_days, chunk * CHUNKS_OF_MINUTES),
                (
                    "quarter",
                    keep.rollup_days,
                    chunk * CHUNKS_OF_MINUTES * MINUTES_OF_QUARTERS,
                ),
            ];
            let mut gone = 0;
            for (table, days, length) in tables {
                let before = (now_s - i64::from(days) * 86_400).div_euclid(length);
                if before > 0 {
                    gone += self.oldest_go(table, before << SERIES_BITS)?;
                }
            }
            if gone == 0 && self.used()? > keep.max_bytes {
                for (table, _, _) in tables {
                    gone = self.oldest_go(table, i64::MAX)?;
                    if gone > 0 {
                        break;
                    }
                }
            }
            let free: i64 = self
                .connection
                .pragma_query_value(None, "freelist_count", |row| row.get(0))?;
            if free > SPARE {
                self.connection
                    .execute_batch(&format!("PRAGMA incremental_vacuum({GIVEN_BACK})"))?;
            }
            Ok(gone)
        };
        run().map_err(|error| Trouble::of(&self.at, &error))
    }

    fn oldest_go(&self, table: &str, before: i64) -> rusqlite::Result<usize> {
        self.connection
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id < ?1 ORDER BY id LIMIT {BATCH})"
            ))?
            .execute([before])
    }

    /// Bytes of the file that hold something.
    pub fn used(&self) -> rusqlite::Result<u64> {
        let pragma = |name: &str| {
            self.connection
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
        };
        let pages = pragma("page_count")? - pragma("freelist_count")?;
        Ok(pages.max(0).unsigned_abs() * 8_192)
    }
}
