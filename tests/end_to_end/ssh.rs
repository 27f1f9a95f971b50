//! Over a real sshd on loopback: start, resize, curtail, a connection that goes dead, and a reconnect.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use tempfile::TempDir;

use crate::common::{DEADLINE, Terminal, binary, environment, quiet_port};
use crate::desk::{execute, feeds, is_live, mining, plan, simulator};
use crate::proxy::Line;

/// An sshd of our own: its keys are made here, and it lets in whoever runs the test, with the key made here alone.
struct Sshd {
    child: Child,
    folder: TempDir,
    at: String,
}

fn key(file: &Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(file)
        .status()
        .expect("ssh-keygen runs");
    assert!(made.success());
}

fn user() -> String {
    let said = Command::new("id").arg("-un").output().expect("id runs");
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}

impl Sshd {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        key(&at("host"));
        key(&at("desk"));
        fs::copy(at("desk.pub"), at("let_in")).expect("copied");
        // Where it drops its rights; only a server that has rights to drop wants it.
        let _ = fs::create_dir_all("/run/sshd");
        let port = quiet_port();
        let show = |name: &str| at(name).display().to_string();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
             PidFile none\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin prohibit-password\n",
            show("host"),
            show("let_in"),
        );
        fs::write(at("config"), config).expect("written");
        let log = fs::File::create(at("log")).expect("a log");
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(at("config"))
            .stderr(log)
            .stdout(Stdio::null())
            .spawn()
            .expect("sshd starts");
        let this = Self {
            child,
            at: format!("127.0.0.1:{port}"),
            folder,
        };
        let until = Instant::now() + DEADLINE;
        while std::net::TcpStream::connect(&this.at).is_err() {
            assert!(
                Instant::now() < until,
                "sshd never listened: {}",
                this.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
        this
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn home(&self) -> PathBuf {
        let home = self.folder.path().join("home");
        fs::create_dir_all(&home).expect("a home");
        home
    }

    /// A console behind a login through `line`; the file holds its process id.
    fn console(&self, line: &str, gateway: &str, pid: &Path) -> Terminal {
        let (host, port) = line.split_once(':').expect("host:port");
        let home = self.home();
        let mut remote = String::from("env");
        for (name, value) in environment(&home) {
            // What the terminal is, ssh itself hands over.
            if name != "TERM" {
                let _ = write!(remote, " {name}='{value}'");
            }
        }
        let feeds: Vec<String> = feeds(gateway)
            .iter()
            .map(|feed| format!("--feed {feed}"))
            .collect();
        let _ = write!(
            remote,
            " sh -c 'echo $$ >{}; exec {} console {}'",
            pid.display(),
            binary(),
            feeds.join(" ")
        );
        let mut ssh = CommandBuilder::new("ssh");
        ssh.args(["-tt", "-F", "none", "-p", port, "-i"]);
        ssh.arg(self.folder.path().join("desk"));
        for option in [
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=ERROR",
            "IdentitiesOnly=yes",
        ] {
            ssh.args(["-o", option]);
        }
        ssh.arg(format!("{}@{host}", user()));
        ssh.arg(remote);
        Terminal::spawn(&home, ssh, 120, 36, &[])
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn process(file: &Path) -> u32 {
    let text = fs::read_to_string(file).expect("the process id");
    text.trim().parse().expect("a number")
}

fn ends(pid: u32, log: &str) {
    let until = Instant::now() + DEADLINE;
    while Path::new(&format!("/proc/{pid}")).exists() {
        assert!(Instant::now() < until, "it never ended: {log}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
#[ignore = "needs openssh-server"]
fn a_desk_over_ssh_curtails_loses_its_line_and_comes_back_to_the_truth() {
    let gateway = simulator();
    let sshd = Sshd::start();
    let line = Line::to(&sshd.at);
    let pid = sshd.folder.path().join("pid");
    let mut terminal = sshd.console(&line.at, &gateway.at, &pid);
    is_live(&terminal);
    // A window that is dragged: what is drawn fits it, on both ways. The last line tells: it was cut off before.
    terminal.resize(80, 24);
    terminal.wait("the narrow screen", |s| {
        s.lines().nth(23).is_some_and(|last| last.contains("1-8"))
    });
    terminal.resize(120, 36);
    terminal.wait("the wide screen", |s| {
        s.lines().nth(35).is_some_and(|last| last.contains("help"))
    });
    is_live(&terminal);

    let (_, before) = mining(&terminal.text()).expect("the nation's MW");
    plan(&mut terminal, "C", "60");
    execute(&mut terminal);
    terminal.keys("4");
    terminal.wait("an order that has left", |s| {
        s.contains("1 in all") && s.contains("  sent ")
    });
    // The line breaks in the middle of it.
    line.cut();
    ends(process(&pid), &sshd.log());
    drop(terminal);

    // Meanwhile the order went on. A new login shows how it stands: by the meter, and in the journal.
    line.mend();
    let mut again = sshd.console(&line.at, &gateway.at, &pid);
    again.wait("the order carried out", |s| {
        mining(s).is_some_and(|(now, target)| target <= before - 40 && now < target + 40)
    });
    again.keys("8");
    again.wait("the intent, in the journal", |s| s.contains("intent"));
    // The next order of this desk is taken as if nothing had been.
    again.keys("1");
    is_live(&again);
    plan(&mut again, "R", "20");
    execute(&mut again);
    again.keys("4");
    again.wait("the next order under way, beside the one of before", |s| {
        s.contains("2 in all") && s.contains("  sent ")
    });
    // A window that is closed ends it too.
    let pid = process(&pid);
    again.hang_up();
    drop(again);
    ends(pid, &sshd.log());
}
