//! Looks at a journal, beside its writer.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::chain::Row;
use super::place::file_in;
use super::schema::{check_guards, each_after, head, open_to_read};
use super::trouble::Trouble;
use crate::domain::journal::Head;

/// A journal that is looked at.
#[derive(Debug)]
pub struct Reader {
    at: PathBuf,
    connection: Connection,
}

impl Reader {
    /// Opens a journal's file, or the one in a folder.
    pub fn open(place: &Path) -> Result<Self, Trouble> {
        let at = if place.is_dir() {
            file_in(place)
        } else {
            place.to_owned()
        };
        Ok(Self {
            connection: open_to_read(&at)?,
            at,
        })
    }

    /// Its file.
    pub fn file(&self) -> &Path {
        &self.at
    }

    /// The last row's number and hash.
    pub fn head(&self) -> Result<Head, Trouble> {
        head(&self.connection, &self.at)
    }

    /// Gives each row with a number above `after`, in order, to `take`, until that gives something; then that.
    pub fn each_after<T>(
        &self,
        after: u64,
        take: impl FnMut(Row) -> Option<T>,
    ) -> Result<Option<T>, Trouble> {
        each_after(&self.connection, &self.at, after, take)
    }

    pub(super) fn check_guards(&self) -> Result<(), Trouble> {
        check_guards(&self.connection, &self.at)
    }
}
