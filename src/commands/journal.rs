//! `baseload journal verify|export|tail|head`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::{Failure, desk_folder, papers, places};
use crate::cli::{ExportFormat, JournalArgs, JournalCommand};
use crate::config;
use crate::domain::journal::Line;
use crate::journal::audit::{
    Form, Reader, Trouble, export, file_in, parse_head, shown_head, verify,
};

/// How often a journal that is followed is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Columns of a line; more is cut.
const WIDEST: u16 = 500;
use crate::ui::look::Glyphs;
use crate::ui::text::clean;

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Run(trouble.to_string())
    }
}

/// Runs it.
pub fn run(args: &JournalArgs) -> Result<(), Failure> {
    let (place, desk) = place(args)?;
    if let Some(desk) = desk.filter(|_| says_which(&args.command)) {
        // Beside what is asked for, which may go into a file or another program.
        let shown = clean(&place.display().to_string(), WIDEST, Glyphs::Unicode);
        let _ = writeln!(io::stderr(), "journal of {}: {shown}", of_desk(&desk));
    }
    match &args.command {
        JournalCommand::Verify { head } => {
            let noted = head.iter().map(|text| parse_head(text));
            let noted: Vec<_> = noted
                .collect::<Result<_, _>>()
                .map_err(|error| Failure::Usage(format!("--head: {error}")))?;
            let head = verify(&place, &noted)?;
            let shown = shown_head(head);
            papers::print(&format!("sound: {} rows, head {shown}\n", head.seq))
        }
        JournalCommand::Export { format } => {
            let form = match format {
                ExportFormat::Json => Form::JsonLines,
                ExportFormat::Csv => Form::Csv,
            };
            let mut out = io::BufWriter::new(io::stdout().lock());
            let written = export(&Reader::open(&place)?, form, &mut out);
            enough(written.and_then(|outcome| out.flush().map(|()| outcome)))?
                .map_or(Ok(()), |outcome| outcome.map(drop))?;
            Ok(())
        }
        JournalCommand::Tail { lines, follow } => tail(&place, *lines, *follow),
        JournalCommand::Handover { last } => super::handover::print(&place, *last),
        JournalCommand::Head => {
            let head = Reader::open(&place)?.head()?;
            papers::print(&format!("{}\n", shown_head(head)))
        }
    }
}

/// A reader that has had enough (`| head`) is no failure.
fn enough<T>(written: io::Result<T>) -> Result<Option<T>, Failure> {
    match written {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn tail(place: &Path, lines: u32, follow: bool) -> Result<(), Failure> {
    let reader = Reader::open(place)?;
    let zone = TimeZone::system();
    let mut after = reader.head()?.seq.saturating_sub(u64::from(lines));
    loop {
        let mut out = io::stdout().lock();
        let ended = reader.each_after(after, |row| {
            after = row.seq;
            writeln!(out, "{}", in_one_line(&row.line(), &zone)).err()
        })?;
        let written = ended.map_or_else(|| out.flush(), Err);
        drop(out);
        if enough(written)?.is_none() || !follow {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
}

/// Number, time, actor, kind and sentence. What a feed wrote is hostile: no control character reaches the terminal.
fn in_one_line(line: &Line, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_millisecond(line.at.millis()).map_or_else(
        |_| line.at.millis().to_string(),
        |at| {
            let at = at.to_zoned(zone.clone());
            at.strftime("%Y-%m-%d %H:%M:%S%.3f%:z").to_string()
        },
    );
    let text = format!(
        "{:>6}  {at}  {}  {:<9}  {}",
        line.seq, line.actor, line.kind, line.what
    );
    clean(&text, WIDEST, Glyphs::Unicode)
}

/// Does it say which journal it took? Programs read what the others print.
const fn says_which(command: &JournalCommand) -> bool {
    matches!(
        command,
        JournalCommand::Verify { .. }
            | JournalCommand::Tail { .. }
            | JournalCommand::Handover { .. }
    )
}

fn of_desk(desk: &str) -> String {
    if desk.is_empty() {
        "the desk without a name".to_owned()
    } else {
        format!("desk {}", clean(desk, WIDEST, Glyphs::Unicode))
    }
}

/// The journal that is meant: named, or this desk's with its name where there is no other.
fn place(args: &JournalArgs) -> Result<(PathBuf, Option<String>), Failure> {
    if let Some(file) = &args.file {
        return Ok((file.clone(), None));
    }
    let desk = if let Some(desk) = &args.desk {
        desk.clone()
    } else {
        only_desk()?;
        let usual = places::config_file().filter(|f| f.is_file());
        let file = usual.or_else(|| places::once_configured().filter(|f| f.is_file()));
        let config = file.map(|file| config::load(&file, &super::console::url_rule));
        config.transpose()?.and_then(|c| c.desk).unwrap_or_default()
    };
    let folders = desk_folder::journals(&desk).unwrap_or_default();
    let Some(own) = folders.first() else {
        return Err(Failure::Usage(
            "this system has no folder for state; name the journal with --file".to_owned(),
        ));
    };
    let there = file_in(own);
    if there.is_file() {
        return Ok((there, Some(desk)));
    }
    let others = others(own.parent());
    let mend = if others.is_empty() {
        "it begins with the first console that runs here".to_owned()
    } else {
        let named: Vec<_> = others.iter().map(|desk| quoted(desk)).collect();
        format!("give --desk {}, or --file", named.join(", or --desk "))
    };
    let shown = there.display();
    Err(Failure::Run(format!(
        "{shown}: there is no journal; {mend}"
    )))
}

/// Where several desks have a journal, nobody can say which is meant.
fn only_desk() -> Result<(), Failure> {
    let all = places::state().map(|state| state.join("journal"));
    let desks = others(all.as_deref());
    if desks.len() < 2 {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "several desks have a journal here; give --desk {}",
        desks
            .iter()
            .map(|desk| quoted(desk))
            .collect::<Vec<_>>()
            .join(", or --desk ")
    )))
}

/// A name as a shell takes it.
fn quoted(desk: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !desk.is_empty() && desk.chars().all(plain) {
        desk.to_owned()
    } else {
        format!("'{}'", desk.replace('\'', "'\\''"))
    }
}

/// Desks that have a journal here.
fn others(folder: Option<&Path>) -> Vec<String> {
    let entries = folder.and_then(|f| f.read_dir().ok()).into_iter().flatten();
    let with_journal = entries
        .flatten()
        .filter(|entry| file_in(&entry.path()).is_file());
    let mut names: Vec<String> = with_journal
        .map(|entry| {
            let folder = || entry.file_name().to_string_lossy().into_owned();
            let desk = desk_folder::owner(&entry.path()).unwrap_or_else(folder);
            clean(&desk, WIDEST, Glyphs::Unicode)
        })
        .collect();
    names.sort();
    names.dedup();
    names
}
