//! Walks the whole chain.

use std::path::Path;

use super::place::noted_head;
use super::reader::Reader;
use super::trouble::Trouble;
use crate::domain::journal::Head;

/// Checks every row of a journal, and that the heads noted elsewhere, and the one noted beside it, are in it. Gives its
/// head. The error names the first row that is wrong.
pub fn verify(place: &Path, noted: &[Head]) -> Result<Head, Trouble> {
    let reader = Reader::open(place)?;
    let at = reader.file().to_owned();
    let broken = |seq, why| {
        Err(Trouble::Broken {
            at: at.clone(),
            seq,
            why,
        })
    };
    // Before the rows: the journal may grow while it is read.
    let beside = at.parent().and_then(noted_head);
    let mut noted: Vec<Head> = noted.iter().copied().chain(beside).collect();
    noted.sort_by_key(|head| head.seq);
    let mut awaited = noted.iter().peekable();
    let mut before = Head::NONE;
    let fault = reader.each_after(0, |row| {
        let mut other = false;
        while let Some(head) = awaited.next_if(|head| head.seq <= row.seq) {
            other |= head.seq == row.seq && head.hash != row.hash;
        }
        let fault = row
            .fault(before)
            .or_else(|| other.then(|| "its SHA-256 is not the one that was noted".into()));
        before = row.head();
        fault.map(|why| (row.seq, why))
    })?;
    if let Some((seq, why)) = fault {
        return broken(seq, why);
    }
    let furthest = noted.last().map(|head| head.seq);
    if let Some(furthest) = furthest.filter(|seq| *seq > before.seq) {
        let why = format!("it and all up to {furthest} were there, and are gone");
        return broken(before.seq + 1, why);
    }
    reader.check_guards()?;
    Ok(before)
}
