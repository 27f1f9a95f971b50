//! A journal as text, for other programs.

use std::io::{self, Write};

use super::chain::{Row, hex};
use super::reader::Reader;
use super::trouble::Trouble;
use crate::journal::canonical::quoted;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With a line of names; the body as JSON in one field.
    Csv,
    /// One JSON object a line: the object that is hashed, and `sha256`.
    JsonLines,
}

/// Writes all rows; gives how many. The outer error is the reader's of `out`.
pub fn export(
    reader: &Reader,
    form: Form,
    out: &mut dyn Write,
) -> io::Result<Result<u64, Trouble>> {
    if form == Form::Csv {
        let names = [
            "seq",
            "at_ms",
            "actor",
            "kind",
            "prev",
            "body",
            "sha256",
            "signature",
        ];
        record(out, names.map(str::to_owned))?;
    }
    let mut count = 0;
    let outcome = reader.each_after(0, |row| {
        count += 1;
        write_row(&row, form, out).err()
    });
    match outcome {
        Ok(Some(error)) => Err(error),
        Ok(None) => Ok(Ok(count)),
        Err(trouble) => Ok(Err(trouble)),
    }
}

fn write_row(row: &Row, form: Form, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::JsonLines => {
            let text = row.text();
            let open = text.strip_suffix('}').unwrap_or(&text);
            writeln!(out, "{open},\"sha256\":{}}}", quoted(&hex(&row.hash)))
        }
        Form::Csv => record(
            out,
            [
                row.seq.to_string(),
                row.at.millis().to_string(),
                plain(&row.actor),
                row.kind.clone(),
                hex(&row.prev),
                row.body.clone(),
                hex(&row.hash),
                row.signature.clone().unwrap_or_default(),
            ],
        ),
    }
}

/// A spreadsheet would run a text that begins like a formula.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn record(out: &mut dyn Write, fields: [String; 8]) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    writer.write_record(fields)?;
    writer.flush()
}
