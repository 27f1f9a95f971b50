//! An open history with the right to write: takes seconds, packs ten minutes that have passed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::chunk::{self, SECONDS, Slot, place};
use super::head::{self, Id, Open, chunk_of};
use super::place::{Claim, Place, claim};
use super::reader;
use super::rollup::{self, Block, MINUTES, QUARTERS, Sum, by_parts};
use super::schema::{gateway_column, open_in_memory, open_to_write};
use super::trouble::Trouble;
use crate::domain::history::{Answer, Ask, Integral, LONGEST_NAME, Sample, Series};
use crate::domain::ids::GatewayId;
use crate::domain::time::Timestamp;

/// Bits of a row's number that name its series.
pub(super) const SERIES_BITS: u32 = 20;
/// Series that one file holds: a nation of 5,000 sites, and more.
const MOST_SERIES: usize = 50_000;
/// Chunks of one minutes' row.
pub(super) const CHUNKS_OF_MINUTES: i64 = 36;
/// Minutes' rows of one quarters' row.
pub(super) const MINUTES_OF_QUARTERS: i64 = 8;
/// No later second is taken: the year 10000.
const LAST_SECOND: i64 = 253_402_300_799;
/// How far back rows are looked over when a file is opened, chunks.
const LOOKED_OVER: i64 = 12;

/// A row's number.
pub(super) fn row(index: i64, id: Id) -> i64 {
    (index << SERIES_BITS) | i64::from(id)
}

/// A history that this process writes.
#[derive(Debug)]
pub struct Store {
    pub(super) at: PathBuf,
    pub(super) connection: Connection,
    _claim: Option<Claim>,
    ids: Ids,
    series: BTreeMap<Id, Series>,
    open: Open,
}

/// A series, and the gateway that it is of.
pub(super) type Key = (Option<GatewayId>, Series);
/// The numbers of series in a file.
pub(super) type Ids = BTreeMap<Key, Id>;

/// The number of a series; of one that no gateway has taken over yet, that of before gateways were told apart.
pub(super) fn id_of(ids: &Ids, key: &Key) -> Option<Id> {
    let before = || ids.get(&(None, key.1.clone()));
    ids.get(key).or_else(before).copied()
}

impl Store {
    /// Opens a history; none where another process writes it. What its last writer left in the head is taken up again.
    pub fn open(at: &Place) -> Result<Option<Self>, Trouble> {
        let (at, connection, claim) = match at {
            Place::Memory => {
                let at = PathBuf::from("in memory");
                let connection = open_in_memory(&at)?;
                (at, connection, None)
            }
            Place::File(at) => {
                let Some(claim) = claim(at)? else {
                    return Ok(None);
                };
                (at.clone(), open_to_write(at)?, Some(claim))
            }
        };
        let load = || {
            let ids = load_series(&connection)?;
            let open = head::load(&connection, |_| true)?;
            Ok((ids, open))
        };
        let (ids, open) = load().map_err(|error| Trouble::of(&at, &error))?;
        let series = ids.iter().map(|(key, id)| (*id, key.1.clone())).collect();
        let mut store = Self {
            at,
            connection,
            _claim: claim,
            ids,
            series,
            open,
        };
        store.mend()?;
        Ok(Some(store))
    }

    /// Keeps all that was shown at one second: on the disk when this returns, as far as a process that dies is
    /// concerned. Series beyond what a file holds are left out.
    pub fn take(&mut self, at: Timestamp, samples: &[Sample]) -> Result<(), Trouble> {
        let at_s = at.millis().div_euclid(1_000);
        if !(0..=LAST_SECOND).contains(&at_s) || samples.is_empty() {
            return Ok(());
        }
        self.write(at_s, samples)
            .map_err(|error| Trouble::of(&self.at, &error))
    }

    fn write(&mut self, at_s: i64, samples: &[Sample]) -> rusqlite::Result<()> {
        let making = self.connection.transaction()?;
        let mut fresh = Vec::new();
        let mut kept = Vec::with_capacity(samples.len());
        for sample in samples {
            let key = (sample.gateway.clone(), sample.series.clone());
            let id = match self.ids.get(&key) {
                Some(id) => *id,
                None => match new_series(&making, &key, self.ids.len() + fresh.len())? {
                    Some(id) => {
                        fresh.push((key, id));
                        id
                    }
                    None => continue,
                },
            };
            kept.push((id, sample.value, sample.unsure));
        }
        making
            .prepare_cached("INSERT INTO head (at_s, body) VALUES (?1, ?2)")?
            .execute((at_s, head::encode(&kept)))?;
        making.commit()?;
        for (key, id) in fresh {
            let before = (None, key.1.clone());
            if self.ids.get(&before) == Some(&id) {
                // It has been taken over.
                self.ids.remove(&before);
            }
            self.series.insert(id, key.1.clone());
            self.ids.insert(key, id);
        }
        let (index, second) = chunk_of(at_s);
        for (id, value, unsure) in kept {
            let slot = Slot {
                second,
                unsure,
                value,
            };
            place(self.open.entry((index, id)).or_default(), slot);
        }
        Ok(())
    }

    /// Packs at most so many chunks of ten minutes that have passed at `now`. Gives how many it packed.
    pub fn pack(&mut self, now: Timestamp, most: usize) -> Result<usize, Trouble> {
        let (current, _) = chunk_of(now.millis().div_euclid(1_000));
        // A clock that wanders leaves open what lies ahead of it: not without end.
        let many = self.open.len() > 2 * self.series.len() + 2_000;
        let due: Vec<(i64, Id)> = self
            .open
            .keys()
            .take_while(|(index, _)| *index < current || many)
            .take(most)
            .copied()
            .collect();
        if due.is_empty() {
            return Ok(0);
        }
        let done = self.pack_these(&due);
        done.map_err(|error| Trouble::of(&self.at, &error))?;
        Ok(due.len())
    }

    fn pack_these(&mut self, due: &[(i64, Id)]) -> rusqlite::Result<()> {
        let making = self.connection.transaction()?;
        for key in due {
            let (index, id) = *key;
            if let (Some(slots), Some(series)) = (self.open.get(key), self.series.get(&id)) {
                pack_one(&making, series, index, id, slots)?;
            }
        }
        let left = |index: i64| {
            let of_it = self.open.range((index, 0)..=(index, Id::MAX));
            of_it.filter(|(key, _)| !due.contains(key)).count()
        };
        let mut seen = None;
        for (index, _) in due {
            if seen != Some(*index) && left(*index) == 0 {
                let from = index * i64::from(SECONDS);
                making
                    .prepare_cached("DELETE FROM head WHERE at_s >= ?1 AND at_s < ?2")?
                    .execute((from, from + i64::from(SECONDS)))?;
            }
            seen = Some(*index);
        }
        making.commit()?;
        for key in due {
            self.open.remove(key);
        }
        Ok(())
    }

    /// Makes the roll-ups of late chunks that have none: a file that was mended by hand, say.
    fn mend(&mut self) -> Result<(), Trouble> {
        let mend = || {
            let last: Option<i64> =
                self.connection
                    .query_row("SELECT max(id) FROM chunk", [], |row| row.get(0))?;
            let Some(last) = last else { return Ok(()) };
            let from = ((last >> SERIES_BITS) - LOOKED_OVER) << SERIES_BITS;
            let mut lacking = Vec::new();
            {
                let mut statement = self.connection.prepare(
                    "SELECT id FROM chunk WHERE id >= ?1 AND \
                     ((((id >> 20) / 36) << 20) | (id & 1048575)) NOT IN (SELECT id FROM minute) LIMIT 100000",
                )?;
                let mut rows = statement.query([from])?;
                while let Some(row) = rows.next()? {
                    lacking.push(row.get::<_, i64>(0)?);
                }
            }
            let making = self.connection.transaction()?;
            for number in lacking {
                let (index, id) = (number >> SERIES_BITS, (number & 0xf_ffff) as Id);
                if let Some(series) = self.series.get(&id) {
                    roll_up(&making, series, index, id, &stored(&making, index, id)?)?;
                }
            }
            making.commit()
        };
        let mut mend = mend;
        mend().map_err(|error| Trouble::of(&self.at, &error))
    }

    /// Answers questions.
    pub fn answer(&self, asks: &[Ask]) -> Result<Vec<Answer>, Trouble> {
        self.look(|look| asks.iter().map(|ask| reader::answer(look, ask)).collect())
    }

    /// Adds a series of the nation's own up over a time.
    pub fn integral(
        &self,
        series: &Series,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Integral, Trouble> {
        self.look(|look| reader::integral(look, series, from, to))
    }

    fn look<T>(
        &self,
        ask: impl FnOnce(&reader::Look<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Trouble> {
        let look = reader::Look {
            connection: &self.connection,
            ids: &self.ids,
            open: &self.open,
        };
        ask(&look).map_err(|error| Trouble::of(&self.at, &error))
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.at
    }

    /// Throws away the database's cache of pages: the next answer costs what it costs a process that has just begun.
    pub fn forget_pages(&self) {
        let _ = self.connection.execute_batch("PRAGMA shrink_memory");
    }
}

/// The series of a file that this version knows.
pub(super) fn load_series(connection: &Connection) -> rusqlite::Result<Ids> {
    let mut ids = BTreeMap::new();
    let gateway = gateway_column(connection)?;
    let mut statement =
        connection.prepare_cached(&format!("SELECT id, kind, name, {gateway} FROM series"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, kind, name): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let gateway: String = row.get(3)?;
        let gateway = (!gateway.is_empty()).then(|| GatewayId::new(&gateway));
        if let (Ok(id), Some(series)) = (Id::try_from(id), Series::of_key(&kind, &name))
            && id < 1 << SERIES_BITS
        {
            ids.insert((gateway, series), id);
        }
    }
    Ok(ids)
}

fn new_series(
    making: &Transaction<'_>,
    (gateway, series): &Key,
    there: usize,
) -> rusqlite::Result<Option<Id>> {
    let (kind, name) = series.key();
    let gateway = gateway.as_ref().map_or("", GatewayId::as_str);
    if there >= MOST_SERIES || name.len().max(gateway.len()) > LONGEST_NAME {
        return Ok(None);
    }
    // Named twice in one second, say.
    let known: Option<i64> = making
        .prepare_cached("SELECT id FROM series WHERE kind = ?1 AND gateway = ?2 AND name = ?3")?
        .query_row((kind, gateway, name), |row| row.get(0))
        .optional()?;
    let before: Option<i64> = match known {
        Some(_) => known,
        None => making
            .prepare_cached(
                "UPDATE series SET gateway = ?2 WHERE kind = ?1 AND gateway = '' AND name = ?3 RETURNING id",
            )?
            .query_row((kind, gateway, name), |row| row.get(0))
            .optional()?,
    };
    let id = match before {
        Some(id) => id,
        None => making
            .prepare_cached(
                "INSERT INTO series (kind, gateway, name) VALUES (?1, ?2, ?3) RETURNING id",
            )?
            .query_row((kind, gateway, name), |row| row.get(0))?,
    };
    Ok(Id::try_from(id).ok().filter(|id| *id < 1 << SERIES_BITS))
}

fn body(connection: &Connection, table: &str, number: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached(&format!("SELECT body FROM {table} WHERE id = ?1"))?
        .query_row([number], |row| row.get(0))
        .optional()
}

fn put_body(
    making: &Transaction<'_>,
    table: &str,
    number: i64,
    body: &[u8],
) -> rusqlite::Result<()> {
    making
        .prepare_cached(&format!(
            "INSERT INTO {table} (id, body) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
        ))?
        .execute((number, body))?;
    Ok(())
}

/// The samples of a stored chunk; none where there is none, or where it can't be read.
pub(super) fn stored(connection: &Connection, index: i64, id: Id) -> rusqlite::Result<Vec<Slot>> {
    let Some(body) = body(connection, "chunk", row(index, id))? else {
        return Ok(Vec::new());
    };
    Ok(chunk::decode(&body).unwrap_or_else(|_| {
        tracing::warn!(
            index,
            id,
            "ten minutes of the history can't be read, and are a gap"
        );
        Vec::new()
    }))
}

/// A stored row of roll-ups; empty where there is none, none where it can't be read.
pub(super) fn stored_block(
    connection: &Connection,
    table: &str,
    number: i64,
    count: usize,
) -> rusqlite::Result<Option<Block>> {
    let Some(body) = body(connection, table, number)? else {
        return Ok(Some(vec![None; count]));
    };
    let block = rollup::decode(&body, count).ok();
    if block.is_none() {
        tracing::warn!(table, number, "a roll-up of the history can't be read");
    }
    Ok(block)
}

fn pack_one(
    making: &Transaction<'_>,
    series: &Series,
    index: i64,
    id: Id,
    slots: &[Slot],
) -> rusqlite::Result<()> {
    // A clock that was set back comes by a second time.
    let mut whole = stored(making, index, id)?;
    for slot in slots {
        place(&mut whole, *slot);
    }
    let reach = whole.iter().map(|s| s.value.saturating_abs()).max();
    let step = series.resolution(reach.unwrap_or(0));
    put_body(
        making,
        "chunk",
        row(index, id),
        &chunk::encode(&whole, step),
    )?;
    roll_up(making, series, index, id, &whole)
}

/// Brings the minutes and quarters of a chunk up to date.
fn roll_up(
    making: &Transaction<'_>,
    series: &Series,
    index: i64,
    id: Id,
    slots: &[Slot],
) -> rusqlite::Result<()> {
    let of_minutes = index.div_euclid(CHUNKS_OF_MINUTES);
    let number = row(of_minutes, id);
    let mut minutes = match stored_block(making, "minute", number, MINUTES)? {
        Some(minutes) => minutes,
        None => minutes_anew(making, of_minutes, id)?,
    };
    put_minutes(&mut minutes, index, slots);
    let step = series.resolution(rollup::greatest(&minutes));
    put_body(making, "minute", number, &rollup::encode(&minutes, step))?;

    let of_quarters = of_minutes.div_euclid(MINUTES_OF_QUARTERS);
    let number = row(of_quarters, id);
    let mut quarters = match stored_block(making, "quarter", number, QUARTERS)? {
        Some(quarters) => quarters,
        None => vec![None; QUARTERS],
    };
    // Six hours of minutes are 24 quarters, and a chunk touches two of them at most.
    let first = usize::try_from(of_minutes.rem_euclid(MINUTES_OF_QUARTERS)).unwrap_or(0) * 24;
    for (quarter, minutes) in (first..).zip(minutes.chunks(15)) {
        let mut sum = Sum::default();
        minutes.iter().flatten().for_each(|point| sum.add(*point));
        if let (Some(place), Some(point)) = (quarters.get_mut(quarter), sum.point()) {
            *place = Some(point);
        }
    }
    let step = series.resolution(rollup::greatest(&quarters));
    put_body(making, "quarter", number, &rollup::encode(&quarters, step))
}

fn put_minutes(minutes: &mut Block, index: i64, slots: &[Slot]) {
    let first = usize::try_from(index.rem_euclid(CHUNKS_OF_MINUTES)).unwrap_or(0) * 10;
    for (part, point) in by_parts(slots, 60) {
        if let Some(place) = minutes.get_mut(first + usize::from(part)) {
            *place = Some(point);
        }
    }
}

/// A row of minutes that can't be read is made again of the chunks that are there.
fn minutes_anew(connection: &Connection, of_minutes: i64, id: Id) -> rusqlite::Result<Block> {
    let mut minutes = vec![None; MINUTES];
    let first = of_minutes * CHUNKS_OF_MINUTES;
    for index in first..first + CHUNKS_OF_MINUTES {
        put_minutes(&mut minutes, index, &stored(connection, index, id)?);
    }
    Ok(minutes)
}
