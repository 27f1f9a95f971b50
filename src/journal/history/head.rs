//! What is not packed yet: in memory by series, and second by second in the `head` table for a process that is killed.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::bytes::{Broken, put, put_signed, take, take_signed};
use super::chunk::{SECONDS, Slot, place};

/// A series' number in a file.
pub(super) type Id = u32;

/// The samples that are not packed yet, by the number of their ten minutes and their series.
pub(super) type Open = BTreeMap<(i64, Id), Vec<Slot>>;

/// The ten minutes that a second lies in, and its place there.
pub(super) fn chunk_of(at_s: i64) -> (i64, u16) {
    let second = at_s.rem_euclid(i64::from(SECONDS));
    (
        at_s.div_euclid(i64::from(SECONDS)),
        u16::try_from(second).unwrap_or(0),
    )
}

/// All samples of one second as a row's bytes: series, value with its mark, again and again.
pub(super) fn encode(samples: &[(Id, i64, bool)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(samples.len() * 6);
    for (id, value, unsure) in samples {
        put(&mut out, u64::from(*id) << 1 | u64::from(*unsure));
        put_signed(&mut out, *value);
    }
    out
}

/// Gives each sample of a row to `each`.
fn decode(mut bytes: &[u8], mut each: impl FnMut(Id, i64, bool)) -> Result<(), Broken> {
    while !bytes.is_empty() {
        let id = take(&mut bytes)?;
        let value = take_signed(&mut bytes)?;
        each(
            Id::try_from(id >> 1).map_err(|_| Broken)?,
            value,
            id & 1 == 1,
        );
    }
    Ok(())
}

/// What the head table holds of the series that are wanted. A row that can't be read is a gap.
pub(super) fn load(connection: &Connection, wanted: impl Fn(Id) -> bool) -> rusqlite::Result<Open> {
    let mut open = Open::new();
    let mut statement = connection.prepare_cached("SELECT at_s, body FROM head ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (index, second) = chunk_of(row.get(0)?);
        let body = row.get_ref(1)?.as_blob()?;
        let read = decode(body, |id, value, unsure| {
            if wanted(id) {
                let slot = Slot {
                    second,
                    unsure,
                    value,
                };
                place(open.entry((index, id)).or_default(), slot);
            }
        });
        if read.is_err() {
            tracing::warn!("a second of the history can't be read, and is a gap");
        }
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_second_comes_back(samples: Vec<(Id, i64, bool)>) {
            let mut back = Vec::new();
            decode(&encode(&samples), |id, value, unsure| back.push((id, value, unsure))).expect("is our own");
            prop_assert_eq!(back, samples);
        }

        #[test]
        fn hostile_bytes_never_panic(bytes: Vec<u8>) {
            let _ = decode(&bytes, |_, _, _| {});
        }
    }

    #[test]
    fn a_second_has_one_place() {
        assert_eq!(chunk_of(1_200), (2, 0));
        assert_eq!(chunk_of(1_199), (1, 599));
    }
}
