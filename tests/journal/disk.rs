//! Disks that fail.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use baseload::journal::audit::{parse_head, verify};

use crate::child::{WITHIN, command, note, said, start, writer};

/// Reads until it fails; gives the last durable head and the failure.
fn until_it_fails(command: Command) -> (String, String) {
    let (mut child, mut out) = start(command);
    let mut last = String::new();
    let failure = loop {
        let line = said(&mut out).expect("it fails before it ends");
        match line.strip_prefix("row ") {
            Some(head) => head.clone_into(&mut last),
            None => break line,
        }
    };
    let _ = child.kill();
    let _ = child.wait();
    (last, failure)
}

#[test]
fn a_file_that_may_not_grow_loses_nothing_that_was_reported() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    let appends = command(&folder);
    // A limit on the size of files, and its signal passed over: writes beyond it fail, as on a broken disk.
    let mut limited = Command::new("bash");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 60; exec \"$0\" \"$@\""])
        .arg(appends.get_program())
        .args(appends.get_args());
    for (name, value) in appends.get_envs() {
        limited.env(name, value.expect("is set"));
    }
    let (last, failure) = until_it_fails(limited);
    assert!(failure.contains("see to the disk"), "{failure}");
    let last = parse_head(&last).expect("some were durable");
    verify(&folder, &[last]).expect("is sound");
    let writer = writer(&folder).expect("opens without the limit");
    let receipt = writer.append_within(vec![note("on")], WITHIN);
    receipt.expect("goes on");
    verify(&folder, &[last]).expect("is sound");
}

#[test]
#[ignore = "needs the right to mount a file system; says so where there is none"]
fn a_full_disk_is_named_and_the_journal_goes_on_when_there_is_room() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let disk = Mounted::tiny(scratch.path());
    let Some(disk) = disk else {
        eprintln!("no file system can be mounted here: not tested");
        return;
    };
    let folder = disk.0.join("journal");
    let filler = disk.0.join("filler");
    // More than the log can grow to beside it: once freed, there is room for all of the log in the database.
    fs::write(&filler, vec![1; 600_000]).expect("there is room for it");
    let (last, failure) = until_it_fails(command(&folder));
    assert!(failure.contains("disk is full"), "{failure}");
    let last = parse_head(&last).expect("some were durable");
    verify(&folder, &[last]).expect("is sound");
    fs::remove_file(filler).expect("is freed");
    let writer = writer(&folder).expect("opens");
    writer
        .append_within(vec![note("on")], WITHIN)
        .expect("goes on");
    writer.close(WITHIN).expect("ends");
    verify(&folder, &[last]).expect("is sound");
}

#[test]
#[ignore = "needs the right to mount a file system; says so where there is none"]
fn a_folder_that_may_not_be_written_is_named() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("journal");
    drop(writer(&folder).expect("opens"));
    let Some(_still) = Mounted::read_only(&folder) else {
        // Permissions do not bind the administrator; for anybody else they do.
        let locked = fs::Permissions::from_mode(0o500);
        fs::set_permissions(scratch.path(), locked).expect("is ours");
        let told = writer(&scratch.path().join("other"));
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o700)).expect("is ours");
        assert!(told.is_ok() == is_root(), "{:?}", told.err());
        return;
    };
    let told = writer(&folder).expect_err("is refused");
    assert!(told.contains("read-only"), "{told}");
    verify(&folder, &[]).expect("can still be read");
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A file system that goes with this value.
struct Mounted(std::path::PathBuf);

impl Mounted {
    /// Of 1 MB.
    fn tiny(at: &Path) -> Option<Self> {
        Self::mount(&["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs"], at)
    }

    /// The same folder, not to be written.
    fn read_only(at: &Path) -> Option<Self> {
        let shown = at.display().to_string();
        let bound = Self::mount(&["--bind", &shown], at)?;
        let status = Command::new("mount")
            .args(["-o", "remount,bind,ro", &shown])
            .status();
        status.is_ok_and(|s| s.success()).then_some(bound)
    }

    fn mount(args: &[&str], at: &Path) -> Option<Self> {
        let status = Command::new("mount")
            .args(args)
            .arg(at)
            .stderr(std::process::Stdio::null())
            .status();
        status
            .is_ok_and(|s| s.success())
            .then(|| Self(at.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
