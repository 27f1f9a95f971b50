//! The real binary in a pseudo-terminal, seen through a screen model: what a person would see.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Everything observed is waited for at most so long; loaded machines are slow.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// The binary under test.
pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_baseload")
}

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// When the last bytes came.
    at: Instant,
}

/// A program in a terminal.
pub struct Terminal {
    seen: Arc<Mutex<Seen>>,
    /// Told of all that comes.
    news: Arc<Condvar>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    /// The program.
    pub child: Box<dyn Child + Send + Sync>,
    /// Its home folder.
    pub home: PathBuf,
    hung_up: Arc<AtomicBool>,
    /// Bytes that are read each 100 ms; 0: all that come.
    pace: Arc<AtomicUsize>,
    scratch: Option<tempfile::TempDir>,
}

fn not_zero(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n.max(1)).expect("at least 1")
}

impl Terminal {
    /// Starts the binary with these arguments in a terminal of that size and a home folder of its own.
    pub fn start(args: &[&str], columns: u16, rows: u16) -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let home = scratch.path().to_owned();
        let mut this = Self::start_in(&home, args, columns, rows, &[]);
        this.scratch = Some(scratch);
        this
    }

    /// The same with a home folder that stays, and more environment.
    pub fn start_in(
        home: &Path,
        args: &[&str],
        columns: u16,
        rows: u16,
        env: &[(&str, &str)],
    ) -> Self {
        let mut command = CommandBuilder::new(binary());
        command.args(args);
        Self::spawn(home, command, columns, rows, env)
    }

    /// Any program.
    pub fn spawn(
        home: &Path,
        mut command: CommandBuilder,
        columns: u16,
        rows: u16,
        env: &[(&str, &str)],
    ) -> Self {
        not_the_first_time(home);
        for (name, value) in environment(home) {
            command.env(name, value);
        }
        for name in [
            "NO_COLOR",
            "COLORTERM",
            "COLORFGBG",
            "TMUX",
            "LC_ALL",
            "LC_CTYPE",
        ] {
            command.env_remove(name);
        }
        for (name, value) in env {
            command.env(name, value);
        }
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo-terminal");
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let model = if rows == 0 || columns == 0 {
            (24, 80)
        } else {
            (rows, columns)
        };
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(not_zero(model.0), not_zero(model.1), 0),
            raw: Vec::new(),
            at: Instant::now(),
        }));
        let news = Arc::new(Condvar::new());
        let tell = news.clone();
        let sink = seen.clone();
        let hung_up = Arc::new(AtomicBool::new(false));
        let stop = hung_up.clone();
        let pace = Arc::new(AtomicUsize::new(0));
        let slowly = pace.clone();
        thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            loop {
                let most = match slowly.load(Ordering::SeqCst) {
                    0 => buffer.len(),
                    few => {
                        thread::sleep(Duration::from_millis(100));
                        few.min(buffer.len())
                    }
                };
                let Ok(count) = reader.read(&mut buffer[..most]) else {
                    break;
                };
                if count == 0 || stop.load(Ordering::SeqCst) {
                    break;
                }
                let at = Instant::now();
                let mut seen = sink.lock().unwrap_or_else(PoisonError::into_inner);
                seen.parser.process(&buffer[..count]);
                seen.raw.extend_from_slice(&buffer[..count]);
                seen.at = at;
                drop(seen);
                tell.notify_all();
            }
        });
        Self {
            seen,
            news,
            master: Some(pair.master),
            writer: Some(writer),
            child,
            home: home.to_owned(),
            hung_up,
            pace,
            scratch: None,
        }
    }

    fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at the screen as it is.
    pub fn look<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        self.seen(|s| look(s.parser.screen()))
    }

    /// When those bytes came that made the screen as wanted; none where that is not before the limit.
    pub fn when(
        &self,
        limit: Duration,
        wanted: impl Fn(&vt100::Screen) -> bool,
    ) -> Option<Instant> {
        let until = Instant::now() + limit;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        while !wanted(seen.parser.screen()) {
            let left = until.checked_duration_since(Instant::now())?;
            seen = self
                .news
                .wait_timeout(seen, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        Some(seen.at)
    }

    /// The text on the screen.
    pub fn text(&self) -> String {
        self.seen(|s| s.parser.screen().contents())
    }

    /// Is the alternate screen shown?
    pub fn is_alternate(&self) -> bool {
        self.seen(|s| s.parser.screen().alternate_screen())
    }

    /// Is the cursor hidden?
    pub fn hides_cursor(&self) -> bool {
        self.seen(|s| s.parser.screen().hide_cursor())
    }

    /// All bytes so far.
    pub fn raw(&self) -> Vec<u8> {
        self.seen(|s| s.raw.clone())
    }

    /// How many bytes so far.
    pub fn raw_len(&self) -> usize {
        self.seen(|s| s.raw.len())
    }

    /// Waits until the screen is as wanted; shows it where it never is.
    pub fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + DEADLINE;
        loop {
            let text = self.text();
            if wanted(&text) {
                return text;
            }
            assert!(
                Instant::now() < until,
                "never saw {what}; the screen:\n{text}"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for a text.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        let writer = self.writer.as_mut().expect("the terminal is open");
        writer
            .write_all(keys.as_bytes())
            .expect("the terminal takes keys");
        writer.flush().expect("the terminal takes keys");
        if keys.ends_with('\x1b') {
            // A person's pause: what comes sooner is one key with it.
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Types bytes as a slow line brings them: one at a time, so far apart.
    pub fn pieces(&mut self, bytes: &[u8], apart: Duration) {
        let writer = self.writer.as_mut().expect("the terminal is open");
        for byte in bytes {
            writer.write_all(&[*byte]).expect("it takes a byte");
            writer.flush().expect("it takes a byte");
            thread::sleep(apart);
        }
    }

    /// Changes the size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        {
            // The model first: what is drawn for the new size must find it there.
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.parser
                .screen_mut()
                .set_size(not_zero(rows), not_zero(columns));
        }
        self.master
            .as_ref()
            .expect("the terminal is open")
            .resize(size)
            .expect("a new size");
    }

    /// Sends a signal to the program.
    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("it runs");
        let status = Command::new("kill")
            .args([&format!("-{name}"), &pid.to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success(), "kill -{name}");
    }

    /// From now on the other end takes so many bits a second, ten for a byte, as a serial line does; 0: all that come.
    pub fn baud(&self, bits: usize) {
        self.pace.store(bits / 100, Ordering::SeqCst);
    }

    /// Closes the terminal from the other side, as a dropped link does.
    pub fn hang_up(&mut self) {
        // The reader holds the terminal too; it lets go at the next byte that it sees.
        self.hung_up.store(true, Ordering::SeqCst);
        self.writer = None;
        self.master = None;
    }

    /// The other end stops reading, as a stalled ssh does, until whole screens have filled all that lies between; then
    /// the program gets the signals. Gives its exit code.
    #[allow(
        dead_code,
        reason = "not every test file that shares this stalls a terminal"
    )]
    pub fn ended_unread(&mut self, names: &[&str]) -> u32 {
        let seen = self.seen.clone();
        // The reader waits for this lock.
        let held = seen.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..150 {
            self.keys("\x0c");
            thread::sleep(Duration::from_millis(10));
        }
        for name in names {
            self.signal(name);
            // Told apart: two that wait at once may be taken in any order.
            thread::sleep(Duration::from_millis(100));
        }
        let until = Instant::now() + DEADLINE;
        let code = loop {
            if let Some(status) = self.child.try_wait().expect("it can be asked") {
                break status.exit_code();
            }
            assert!(Instant::now() < until, "it never ended");
            thread::sleep(Duration::from_millis(10));
        };
        drop(held);
        code
    }

    /// Waits for its end and gives the exit code.
    pub fn ended(&mut self) -> u32 {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be asked") {
                return status.exit_code();
            }
            assert!(
                Instant::now() < until,
                "it never ended; the screen:\n{}",
                self.text()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// A home folder of its own, a plain terminal, Minsk time.
pub fn environment(home: &Path) -> Vec<(&'static str, String)> {
    let home = home.display().to_string();
    vec![
        ("HOME", home.clone()),
        ("XDG_CONFIG_HOME", format!("{home}/config")),
        ("XDG_STATE_HOME", format!("{home}/state")),
        ("TERM", "xterm-256color".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("TZ", "Europe/Minsk".to_owned()),
        ("USER", "op7".to_owned()),
    ]
}

/// In a home folder that stays the first lines for newcomers have been seen, unless it holds a file `newcomer`.
fn not_the_first_time(home: &Path) {
    let state = home.join("state/baseload");
    if !home.join("newcomer").exists() {
        // A folder that can't be made is some test's own matter.
        let _ = std::fs::create_dir_all(&state);
        let _ = std::fs::write(state.join("tour-seen"), "");
    }
}

/// A port that nobody listens on, below those that the system gives to outgoing connections: while a server on it is
/// down, nobody else is given it.
pub fn quiet_port() -> u16 {
    (0..200)
        .map(|_| 15_000 + rand::random_range(0..15_000))
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// A gateway process on loopback.
pub struct Server {
    child: Process,
    /// `127.0.0.1:port`.
    pub at: String,
    /// The lines that it printed before it served, and the one that says so.
    pub said: Vec<String>,
}

impl Server {
    /// Starts `baseload gateway ARGS --listen ADDR` and waits until it says that it serves.
    pub fn start(args: &[&str], listen: &str) -> Self {
        let mut child = Command::new(binary())
            .arg("gateway")
            .args(args)
            .args(["--listen", listen])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the gateway starts");
        let out = child.stdout.take().expect("its output");
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(out));
        let mut said = Vec::new();
        let at = loop {
            let line = lines
                .next()
                .expect("it says where it serves")
                .expect("text");
            let place = line
                .split_once("serving ws")
                .and_then(|(_, rest)| rest.split_once("://"))
                .and_then(|(_, rest)| rest.split('/').next())
                .map(str::to_owned);
            said.push(line);
            if let Some(place) = place {
                break place;
            }
        };
        // What it prints later is read, so that it never waits for us.
        thread::spawn(move || lines.for_each(drop));
        Self { child, at, said }
    }

    /// The simulator with its usual nation.
    pub fn simulator(listen: &str) -> Self {
        Self::start(&["simulator"], listen)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a crash would.
    pub fn kill(mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.at.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
