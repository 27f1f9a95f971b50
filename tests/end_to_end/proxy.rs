//! A line between a console and a gateway that can be cut, held and mended, while the gateway lives on.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const THROUGH: u8 = 0;
const CUT: u8 = 1;
const HELD: u8 = 2;

/// The line.
pub(crate) struct Line {
    /// Where consoles connect.
    pub(crate) at: String,
    state: Arc<AtomicU8>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

fn locked(open: &Mutex<Vec<TcpStream>>) -> MutexGuard<'_, Vec<TcpStream>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Line {
    /// A line to that address.
    pub(crate) fn to(gateway: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("its address").to_string();
        let state = Arc::new(AtomicU8::new(THROUGH));
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let line = Self {
            at,
            state: state.clone(),
            open: open.clone(),
        };
        let gateway = gateway.to_owned();
        thread::spawn(move || {
            for console in listener.incoming().flatten() {
                if state.load(Ordering::SeqCst) == CUT {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&gateway) else {
                    continue;
                };
                for (from, to) in [(&console, &server), (&server, &console)] {
                    let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else {
                        continue;
                    };
                    let state = state.clone();
                    thread::spawn(move || carry(from, to, &state));
                }
                locked(&open).extend([console, server]);
            }
        });
        line
    }

    /// Breaks what stands and lets nothing new through.
    pub(crate) fn cut(&self) {
        self.state.store(CUT, Ordering::SeqCst);
        for stream in locked(&self.open).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Everything stays open, and nothing comes through: what a firewall does.
    pub(crate) fn hold(&self) {
        self.state.store(HELD, Ordering::SeqCst);
    }

    /// New connections work again.
    pub(crate) fn mend(&self) {
        self.cut();
        self.state.store(THROUGH, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, state: &AtomicU8) {
    let mut buffer = [0; 16_384];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 {
            break;
        }
        while state.load(Ordering::SeqCst) == HELD {
            thread::sleep(Duration::from_millis(5));
        }
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
