//! The database: its one table, and what guards it.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags, params};

use super::chain::Row;
use super::trouble::Trouble;
use crate::domain::journal::Head;
use crate::domain::time::Timestamp;

/// "blad": a journal of ours.
const APPLICATION: i64 = 0x626c_6164;
/// The schema that this version writes.
const VERSION: i64 = 1;
/// How long a reader in the way is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Each object with its very text, as the database gives it back. A row is taken only as the next of the chain, so
/// that not even `INSERT OR REPLACE` can put one in another's place.
const OBJECTS: [(&str, &str); 4] = [
    (
        "entry",
        "CREATE TABLE entry (\
         seq INTEGER PRIMARY KEY CHECK (seq > 0), \
         at_ms INTEGER NOT NULL, \
         actor TEXT NOT NULL, \
         kind TEXT NOT NULL, \
         prev BLOB NOT NULL CHECK (length(prev) = 32), \
         body TEXT NOT NULL, \
         sha256 BLOB NOT NULL CHECK (length(sha256) = 32), \
         signature TEXT) STRICT",
    ),
    (
        "entry_append",
        "CREATE TRIGGER entry_append BEFORE INSERT ON entry \
         WHEN new.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entry) \
         OR new.prev <> coalesce((SELECT sha256 FROM entry ORDER BY seq DESC LIMIT 1), zeroblob(32)) \
         BEGIN SELECT raise(ABORT, 'a journal only grows at its end'); END",
    ),
    (
        "entry_delete",
        "CREATE TRIGGER entry_delete BEFORE DELETE ON entry \
         BEGIN SELECT raise(ABORT, 'a journal forgets nothing'); END",
    ),
    (
        "entry_update",
        "CREATE TRIGGER entry_update BEFORE UPDATE ON entry \
         BEGIN SELECT raise(ABORT, 'a journal changes nothing'); END",
    ),
];

const COLUMNS: &str = "seq, at_ms, actor, kind, prev, body, sha256, signature";

/// Opens a journal for its writer; makes it where the file is empty.
pub(super) fn open_to_write(at: &Path) -> Result<Connection, Trouble> {
    let trouble = |error: &rusqlite::Error| Trouble::of(at, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(at, flags).map_err(|error| trouble(&error))?;
    connection
        .busy_timeout(PATIENCE)
        .map_err(|error| trouble(&error))?;
    let version = kind_of(&connection, at)?;
    let prepare = |connection: &mut Connection| {
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        // Checksums of pages that are read back; a truncated log does not keep its length for ever.
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
        if version == 0 {
            let making = connection.transaction()?;
            for (_, sql) in OBJECTS {
                making.execute_batch(sql)?;
            }
            making.pragma_update(None, "application_id", APPLICATION)?;
            making.pragma_update(None, "user_version", VERSION)?;
            making.commit()?;
        }
        Ok(())
    };
    prepare(&mut connection).map_err(|error| trouble(&error))?;
    check_guards(&connection, at)?;
    Ok(connection)
}

/// Opens a journal to look at it, beside its writer.
pub(super) fn open_to_read(at: &Path) -> Result<Connection, Trouble> {
    if !at.is_file() {
        return Err(Trouble::Missing { at: at.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let first = Connection::open_with_flags(at, flags)
        .map_err(|error| Trouble::of(at, &error))
        .and_then(|connection| settled(connection, at));
    match first {
        // A copy on a medium that can't be written has no writer either: it stands still.
        Err(Trouble::ReadOnly { .. } | Trouble::Io { .. }) if !beside(at, "-wal").exists() => {
            let uri = format!("file:{}?immutable=1", escaped(at));
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            let connection =
                Connection::open_with_flags(uri, flags).map_err(|error| Trouble::of(at, &error))?;
            settled(connection, at)
        }
        other => other,
    }
}

fn settled(connection: Connection, at: &Path) -> Result<Connection, Trouble> {
    connection
        .busy_timeout(PATIENCE)
        .and_then(|()| connection.pragma_update(None, "cell_size_check", true))
        .and_then(|()| connection.pragma_update(None, "trusted_schema", false))
        .map_err(|error| Trouble::of(at, &error))?;
    if kind_of(&connection, at)? == 0 {
        return Err(Trouble::NotOurs { at: at.to_owned() });
    }
    Ok(connection)
}

pub(super) fn beside(at: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = at.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn escaped(at: &Path) -> String {
    let text = at.to_string_lossy();
    text.replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
}

fn pragma<T: FromSql>(connection: &Connection, at: &Path, name: &str) -> Result<T, Trouble> {
    connection
        .pragma_query_value(None, name, |row| row.get(0))
        .map_err(|error| Trouble::of(at, &error))
}

/// 0 for an empty file, else the schema's version.
fn kind_of(connection: &Connection, at: &Path) -> Result<i64, Trouble> {
    let version: i64 = pragma(connection, at, "user_version")?;
    let application: i64 = pragma(connection, at, "application_id")?;
    let pages: i64 = pragma(connection, at, "page_count")?;
    match (application, version) {
        (0, 0) if pages <= 1 && objects(connection, at)?.is_empty() => Ok(0),
        (APPLICATION, 1..=VERSION) => Ok(version),
        (APPLICATION, found) => Err(Trouble::Newer {
            at: at.to_owned(),
            found,
            known: VERSION,
        }),
        _ => Err(Trouble::NotOurs { at: at.to_owned() }),
    }
}

fn objects(connection: &Connection, at: &Path) -> Result<Vec<(String, String)>, Trouble> {
    let read = || -> rusqlite::Result<_> {
        let mut found = connection
            .prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY name")?;
        let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    read().map_err(|error| Trouble::of(at, &error))
}

/// Errors where the table or a trigger is not what it was made to be.
pub(super) fn check_guards(connection: &Connection, at: &Path) -> Result<(), Trouble> {
    let found = objects(connection, at)?;
    let proper = OBJECTS.map(|(name, sql)| (name.to_owned(), sql.to_owned()));
    if found == proper {
        return Ok(());
    }
    Err(Trouble::Corrupt {
        at: at.to_owned(),
        why: "its table or the triggers that guard it were changed".into(),
    })
}

/// Adds a row; the caller commits.
pub(super) fn insert(connection: &Connection, row: &Row) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO entry (seq, at_ms, actor, kind, prev, body, sha256, signature) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    statement.execute(params![
        i64::try_from(row.seq).unwrap_or(i64::MAX),
        row.at.millis(),
        row.actor,
        row.kind,
        row.prev.as_slice(),
        row.body,
        row.hash.as_slice(),
        row.signature,
    ])?;
    Ok(())
}

/// Gives each row with a number above `after`, in order, to `take`, until that says stop. Gives what `take` ended with.
pub(super) fn each_after<T>(
    connection: &Connection,
    at: &Path,
    after: u64,
    mut take: impl FnMut(Row) -> Option<T>,
) -> Result<Option<T>, Trouble> {
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE seq > ?1 ORDER BY seq");
    let mut last = after;
    let mut run = || {
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([i64::try_from(after).unwrap_or(i64::MAX)])?;
        while let Some(row) = rows.next()? {
            let row = read(row)?;
            last = row.seq;
            if let Some(end) = take(row) {
                return Ok(Some(end));
            }
        }
        Ok(None)
    };
    let outcome = run();
    outcome.map_err(|error: rusqlite::Error| match Trouble::of(at, &error) {
        // What can't be read has a place in the chain.
        Trouble::Corrupt { at, why } => Trouble::Broken {
            at,
            seq: last + 1,
            why: format!("it can't be read: {why}"),
        },
        other => other,
    })
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
        at: Timestamp::from_millis(row.get(1)?),
        actor: row.get(2)?,
        kind: row.get(3)?,
        prev: row.get(4)?,
        body: row.get(5)?,
        hash: row.get(6)?,
        signature: row.get(7)?,
    })
}

/// The last row's number and hash.
pub(super) fn head(connection: &Connection, at: &Path) -> Result<Head, Trouble> {
    let last = connection.query_row(
        "SELECT seq, sha256 FROM entry ORDER BY seq DESC LIMIT 1",
        [],
        |row| {
            Ok(Head {
                seq: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
                hash: row.get(1)?,
            })
        },
    );
    match last {
        Ok(head) => Ok(head),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(Head::NONE),
        Err(error) => Err(Trouble::of(at, &error)),
    }
}
