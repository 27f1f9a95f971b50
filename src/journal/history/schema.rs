//! The database: its tables, and which versions of it this program knows.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags};

use super::trouble::Trouble;

/// "blhi": a history of ours.
const APPLICATION: i64 = 0x626c_6869;
/// How long another one in the way is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// How each version is made of the one before it; the first of an empty file.
const STEPS: [&str; 2] = [
    // Values are whole numbers of the unit in the series' kind; `head.body` is said in head.rs, `chunk.body` in
    // chunk.rs, the others in rollup.rs.
    "CREATE TABLE series (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name)) STRICT;\
     CREATE TABLE head (seq INTEGER PRIMARY KEY, at_s INTEGER NOT NULL, body BLOB NOT NULL) STRICT;\
     CREATE TABLE chunk (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;\
     CREATE TABLE minute (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;\
     CREATE TABLE quarter (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;",
    // Two gateways may have a site of one name. What was kept before is of a gateway that is not known: the first one that
    // tells of it takes it over.
    "CREATE TABLE told (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, gateway TEXT NOT NULL DEFAULT '', \
     name TEXT NOT NULL, UNIQUE (kind, gateway, name)) STRICT;\
     INSERT INTO told (id, kind, name) SELECT id, kind, name FROM series;\
     DROP TABLE series;\
     ALTER TABLE told RENAME TO series;",
];

/// Where the gateway of a series stands; files of the first version that another program still writes know none.
pub(super) fn gateway_column(connection: &Connection) -> rusqlite::Result<&'static str> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(if version < 2 { "''" } else { "gateway" })
}

/// The schema that this version writes.
const VERSION: i64 = STEPS.len().cast_signed() as i64;

/// Opens a file for its writer; makes it where it is empty. `at` names it in what is said.
pub(super) fn open_to_write(at: &Path) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(at, flags).map_err(|error| Trouble::of(at, &error))?;
    prepared(connection, at)
}

/// A history in memory.
pub(super) fn open_in_memory(at: &Path) -> Result<Connection, Trouble> {
    let connection = Connection::open_in_memory().map_err(|error| Trouble::of(at, &error))?;
    prepared(connection, at)
}

fn prepared(mut connection: Connection, at: &Path) -> Result<Connection, Trouble> {
    let trouble = |error: &rusqlite::Error| Trouble::of(at, error);
    connection
        .busy_timeout(PATIENCE)
        .map_err(|error| trouble(&error))?;
    let version = version_of(&connection, at)?;
    let mut prepare = || {
        if version == 0 {
            // Both only count before the first table is made.
            connection.pragma_update(None, "page_size", 8_192)?;
            connection.pragma_update(None, "auto_vacuum", "incremental")?;
        }
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        // 16 MiB of pages.
        connection.pragma_update(None, "cache_size", -16_384)?;
        if version < VERSION {
            let making = connection.transaction()?;
            let done = usize::try_from(version).unwrap_or(0);
            for step in &STEPS[done..] {
                making.execute_batch(step)?;
            }
            making.pragma_update(None, "application_id", APPLICATION)?;
            making.pragma_update(None, "user_version", VERSION)?;
            making.commit()?;
        }
        Ok(())
    };
    prepare().map_err(|error| trouble(&error))?;
    Ok(connection)
}

/// Opens a file to look at it, beside its writer.
pub(super) fn open_to_read(at: &Path) -> Result<Connection, Trouble> {
    if !at.is_file() {
        return Err(Trouble::Missing { at: at.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(at, flags).map_err(|error| Trouble::of(at, &error))?;
    connection
        .busy_timeout(PATIENCE)
        .and_then(|()| connection.pragma_update(None, "cell_size_check", true))
        .and_then(|()| connection.pragma_update(None, "trusted_schema", false))
        .map_err(|error| Trouble::of(at, &error))?;
    match version_of(&connection, at)? {
        0 => Err(Trouble::Missing { at: at.to_owned() }),
        _ => Ok(connection),
    }
}

fn pragma<T: FromSql>(connection: &Connection, at: &Path, name: &str) -> Result<T, Trouble> {
    connection
        .pragma_query_value(None, name, |row| row.get(0))
        .map_err(|error| Trouble::of(at, &error))
}

/// 0 for an empty file, else the schema's version.
fn version_of(connection: &Connection, at: &Path) -> Result<i64, Trouble> {
    let version: i64 = pragma(connection, at, "user_version")?;
    let application: i64 = pragma(connection, at, "application_id")?;
    let objects: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| Trouble::of(at, &error))?;
    match (application, version) {
        (0, 0) if objects == 0 => Ok(0),
        (APPLICATION, 1..=VERSION) => Ok(version),
        (APPLICATION, found) => Err(Trouble::Newer {
            at: at.to_owned(),
            found,
            known: VERSION,
        }),
        _ => Err(Trouble::NotOurs { at: at.to_owned() }),
    }
}
