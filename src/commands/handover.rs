//! Handovers outside of the screen: keys that sign them, their files, and `baseload journal handover`.

use std::fmt::Write as _;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, VerifyingKey};
use jiff::tz::TimeZone;
use tokio::sync::mpsc::unbounded_channel;

use super::operator::Key;
use super::{Failure, papers, places};
use crate::app::handover::Settings;
use crate::app::handover::markdown::escaped;
use crate::app::handover::report::when;
use crate::app::{Effect, Msg};
use crate::config::{Config, Taker};
use crate::domain::handover::{Mark, Sealed, Signed, Statement};
use crate::domain::journal::Head;
use crate::journal::audit::{Reader, hex, shown_head};
use crate::journal::handover::{form, handover_of, hash, takeover_of};
use crate::runtime::handover::HandoverWiring;

/// Files of one minute and desk.
const MOST_FILES: u32 = 99;

/// How a desk hands over, by its config.
pub(super) fn settings(config: &Config, signs: bool) -> Settings {
    Settings {
        shifts: config.handover.shifts.clone(),
        zone: TimeZone::system(),
        takers: config
            .handover
            .takers
            .iter()
            .map(|t| Arc::from(&*t.name))
            .collect(),
        signs,
    }
}

/// Signs and writes in threads of their own: a passphrase takes its time, and so may a disk.
pub(super) fn start(own: Option<Arc<Key>>, takers: Vec<Taker>) -> HandoverWiring {
    let (tell, news) = unbounded_channel();
    let takers = Arc::new(takers);
    let execute = move |effect| {
        let (tell, own, takers) = (tell.clone(), own.clone(), takers.clone());
        let failed = tell.clone();
        let work = move || {
            let msg = match effect {
                Effect::HandoverSign(statement, taker) => {
                    let known = taker.map_or(Some(None), |at| takers.get(at).map(Some));
                    Msg::HandoverSigned(match known {
                        Some(taker) => signed(*statement, own.as_deref(), taker),
                        None => Err("nobody of that number takes over here".into()),
                    })
                }
                Effect::HandoverWrite(signed, head) => Msg::HandoverWritten(
                    written(&signed, head)
                        .map(|file| file.display().to_string().into())
                        .map_err(Into::into),
                ),
                _ => return,
            };
            let _ = tell.send(msg);
        };
        if let Err(error) = thread::Builder::new().name("handover".into()).spawn(work) {
            let why = format!("the thread that signs could not start: {error}");
            let _ = failed.send(Msg::HandoverSigned(Err(why.into())));
        }
    };
    HandoverWiring {
        execute: Box::new(execute),
        news,
    }
}

fn signed(
    statement: Statement,
    own: Option<&Key>,
    taker: Option<&Taker>,
) -> Result<Box<Signed>, Arc<str>> {
    let theirs = match taker {
        None => None,
        Some(taker) => {
            let key = Key::read(&taker.key_file, taker.passphrase_file.as_deref());
            Some(key.map_err(|failure| Arc::from(failure.to_string()))?)
        }
    };
    if let (Some(own), Some(theirs)) = (own, &theirs)
        && own.public() == theirs.public()
    {
        return Err("both would sign with the same key: each has an own one".into());
    }
    let form = form(&statement);
    let mark = |by: &Arc<str>, key: Option<&Key>| Mark {
        by: by.clone(),
        sealed: key.map(|key| Sealed {
            key: key.public().into(),
            signature: key.over(&form),
        }),
    };
    Ok(Box::new(Signed {
        hash: hash(&statement),
        leaving: mark(&statement.leaving, own),
        taking: mark(&statement.taking, theirs.as_ref()),
        statement,
    }))
}

/// What is to be said of a name under a statement, and whether nothing about it is wrong.
fn checked(mark: &Mark, statement: &Statement) -> (String, bool) {
    let Some(sealed) = &mark.sealed else {
        return ("by name, **not signed**".to_owned(), true);
    };
    let bytes = |text: &str| HEXLOWER.decode(text.as_bytes()).ok();
    let good = || {
        let key: [u8; 32] = bytes(&sealed.key)?.try_into().ok()?;
        let signature: [u8; 64] = bytes(&sealed.signature)?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&key).ok()?;
        let signature = Signature::from_bytes(&signature);
        key.verify_strict(&form(statement), &signature).ok()
    };
    let key = escaped(&sealed.key);
    if good().is_some() {
        (format!("signature verifies, key {key}"), true)
    } else {
        (format!("**SIGNATURE IS WRONG**, key {key}"), false)
    }
}

/// The report with the names under it; false where something about them is wrong.
fn document(signed: &Signed, head: Head) -> (String, bool) {
    let statement = &signed.statement;
    let mut text = format!("{}\n## Signatures\n\n", statement.report);
    let mut sound = hash(statement) == signed.hash;
    let hashed = if sound {
        ""
    } else {
        ", **IS NOT THAT OF THIS REPORT**"
    };
    let _ = writeln!(
        text,
        "- SHA-256 of what is signed: {}{hashed}",
        hex(&signed.hash)
    );
    let named = signed.leaving.by == statement.leaving && signed.taking.by == statement.taking;
    for (role, mark) in [
        ("Leaving", &signed.leaving),
        ("Taking over", &signed.taking),
    ] {
        let (said, good) = checked(mark, statement);
        sound &= good;
        let _ = writeln!(text, "- {role}: {}, {said}", escaped(&mark.by));
    }
    if !named {
        let _ = writeln!(text, "- **THE NAMES ARE NOT THOSE OF THE REPORT**");
    }
    let _ = writeln!(
        text,
        "- Head of the journal with this handover, to be noted elsewhere: {}",
        shown_head(head)
    );
    (text, sound && named)
}

/// Writes it into a file of its own, for its owner alone; none is ever written over.
fn written(signed: &Signed, head: Head) -> Result<PathBuf, String> {
    let folder = places::state()
        .ok_or("this system has no folder for state; set HOME")?
        .join("handovers");
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    let at = jiff::Timestamp::from_millisecond(signed.statement.until.millis())
        .map_err(|error| error.to_string())?
        .to_zoned(TimeZone::system());
    let desk: String = signed
        .statement
        .desk
        .chars()
        .take(60)
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let desk = if desk.is_empty() { "desk" } else { &desk };
    let name = format!("{}-{desk}", at.strftime("%Y-%m-%d-%H%M"));
    let (text, _) = document(signed, head);
    for n in 1..=MOST_FILES {
        let file = match n {
            1 => folder.join(format!("{name}.md")),
            _ => folder.join(format!("{name}-{n}.md")),
        };
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&file);
        let told = |error: io::Error| format!("{}: {error}", file.display());
        match opened {
            Ok(mut out) => {
                out.write_all(text.as_bytes())
                    .and_then(|()| out.sync_all())
                    .map_err(told)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(told(error)),
        }
    }
    Err(format!(
        "{name}: {MOST_FILES} files of this minute are there"
    ))
}

/// `baseload journal handover`: the report once more, and whether what stands under it is sound.
pub(super) fn print(place: &Path, last: u32) -> Result<(), Failure> {
    let reader = Reader::open(place)?;
    let mut shifts: Vec<(u64, Signed, Option<Head>)> = Vec::new();
    let mut unread = 0_u64;
    reader.each_after(0, |row| {
        if row.kind == "handover" {
            match handover_of(&row) {
                Some((statement, hash, leaving)) => {
                    let taking = Mark {
                        by: "".into(),
                        sealed: None,
                    };
                    let signed = Signed {
                        statement,
                        hash,
                        leaving,
                        taking,
                    };
                    shifts.push((row.seq, signed, None));
                }
                None => unread += 1,
            }
        } else if row.kind == "takeover"
            && let Some((hash, mark)) = takeover_of(&row)
            && let Some((_, signed, head)) = shifts
                .iter_mut()
                .rev()
                .find(|(_, signed, head)| signed.hash == hash && head.is_none())
        {
            signed.taking = mark;
            *head = Some(row.head());
        }
        None::<()>
    })?;
    let shown = place.display();
    if unread > 0 {
        return Err(Failure::Run(format!(
            "{shown}: {unread} handovers can't be read; check it with `baseload journal verify`"
        )));
    }
    let back = usize::try_from(last).unwrap_or(usize::MAX);
    let found = shifts.len().checked_sub(back).and_then(|at| shifts.get(at));
    let Some((seq, signed, head)) = found else {
        return Err(Failure::Run(format!(
            "{shown}: holds {} handovers; `H` on the console makes one",
            shifts.len()
        )));
    };
    let Some(head) = head else {
        return Err(Failure::Run(format!(
            "{shown}: nobody has taken over what row {seq} hands over; check it with `baseload journal verify`"
        )));
    };
    let (mut text, sound) = document(signed, *head);
    let zone = TimeZone::system();
    let _ = writeln!(
        text,
        "- Row {seq} of the journal; a key is somebody's only where the roll says so",
    );
    let _ = writeln!(
        text,
        "- Printed from the journal, shift until {}",
        when(signed.statement.until, &zone)
    );
    papers::print(&text)?;
    if sound {
        Ok(())
    } else {
        Err(Failure::Run(format!(
            "{shown}: what stands under the handover of row {seq} is wrong"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::OperatorAction;
    use crate::domain::time::Timestamp;

    fn key(folder: &Path, name: &str) -> PathBuf {
        let out = folder.join(name);
        let action = OperatorAction::New {
            name: name.to_owned(),
            out: out.clone(),
            rank: "operator".to_owned(),
            passphrase_file: None,
        };
        super::super::operator::run(&action).expect("a key");
        out
    }

    #[test]
    fn both_signatures_are_checked_and_a_changed_word_breaks_them() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let own = Key::read(&key(folder.path(), "anna"), None).expect("is read");
        let taker = Taker {
            name: "boris".to_owned(),
            key_file: key(folder.path(), "boris"),
            passphrase_file: None,
        };
        let statement = Statement {
            desk: "A".into(),
            nation: "Belarus".into(),
            simulated: false,
            from: Timestamp::from_millis(0),
            until: Timestamp::from_millis(60_000),
            head: Head::NONE,
            leaving: "anna".into(),
            taking: "boris".into(),
            report: "# Shift\n".into(),
        };
        let done = signed(statement.clone(), Some(&own), Some(&taker)).expect("both sign");
        let (text, sound) = document(&done, Head::NONE);
        assert!(sound, "{text}");
        assert_eq!(text.matches("signature verifies").count(), 2, "{text}");
        let mut changed = (*done).clone();
        changed.statement.report = "# Another\n".into();
        let (text, sound) = document(&changed, Head::NONE);
        assert!(!sound && text.contains("IS NOT THAT"), "{text}");
        assert_eq!(text.matches("SIGNATURE IS WRONG").count(), 2, "{text}");
        let mut other = (*done).clone();
        other.taking.by = "eve".into();
        assert!(!document(&other, Head::NONE).1, "another name under it");
        let same = Taker {
            key_file: folder.path().join("anna"),
            ..taker.clone()
        };
        signed(statement.clone(), Some(&own), Some(&same)).expect_err("one key is one person");
        let gone = Taker {
            key_file: folder.path().join("nobody"),
            ..taker
        };
        signed(statement.clone(), Some(&own), Some(&gone)).expect_err("no key");
        let bare = signed(statement, None, None).expect("by name");
        let (text, sound) = document(&bare, Head::NONE);
        assert!(sound && text.matches("not signed").count() == 2, "{text}");
    }
}
