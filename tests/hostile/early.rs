//! Signals that come while a gateway is starting.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::common::{DEADLINE, binary};

const HUP: u32 = 1;
const XFSZ: u32 = 25;

/// Has the process a handler for this signal?
fn catches(child: &Child, signal: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.expect("it lives");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = u64::from_str_radix(caught.expect("a mask").trim(), 16).expect("a number");
    caught >> (signal - 1) & 1 == 1
}

#[test]
fn a_gateway_that_is_starting_is_ended_by_no_hang_up_and_no_limit_on_files() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
    // Its first line finds no room: it is held between its journal and its service.
    let full = vec![b'.'; 64 << 10];
    writer.write_all(&full).expect("fills it");
    let mut child = Command::new(binary())
        .args(["gateway", "simulator", "--listen", "127.0.0.1:0"])
        .arg("--journal")
        .arg(scratch.path().join("journal"))
        .stdout(Stdio::from(writer))
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let until = Instant::now() + DEADLINE / 4;
    while !(catches(&child, HUP) && catches(&child, XFSZ)) && Instant::now() < until {
        std::thread::yield_now();
    }
    for signal in ["-HUP", "-XFSZ"] {
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success());
    }
    let (mut said, mut some) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&said).contains("serving") {
        let read = reader.read(&mut some).expect("is read");
        assert_ne!(read, 0, "it has ended: {:?}", child.wait());
        said.extend_from_slice(&some[..read]);
    }
    child.kill().expect("it lives");
    child.wait().expect("it ends");
}
