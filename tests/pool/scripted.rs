//! A pool that does as its script says: it judges shares for itself, and drops links, changes its mind, or lies.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, split};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::judge::{self, Job, hex};

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    Prompt,
    /// In pieces of a few bytes.
    Drips,
    /// Not at all.
    Silent,
    /// All but shares.
    NeverJudges,
    /// `false` to every user.
    RefusesUsers,
    /// It agrees to no mask, answers a user with nothing, and says much that acts on nothing.
    Odd,
}

/// How the pool behaves.
#[derive(Debug, Clone)]
pub struct Script {
    /// The version mask that it agrees to; none: it answers `mining.configure` with an error.
    pub mask: Option<u32>,
    pub version: u32,
    /// In turn, with each job.
    pub difficulties: Vec<f64>,
    /// A new job after so many shares.
    pub job_every: u64,
    /// Every such job calls off all before, other jobs do not.
    pub clean_every: u64,
    /// The link is dropped after so many shares: in turn before the share is judged, before it is answered, and after.
    pub drop_every: Option<u64>,
    /// Every so many links the session is not resumed.
    pub forget_every: Option<u64>,
    /// Every so many shares another version mask is set.
    pub new_mask_every: Option<u64>,
    pub habit: Habit,
    pub extranonce1_len: usize,
    pub extranonce2_len: usize,
    /// Every so many shares another extranonce is set.
    pub new_extranonce_every: Option<u64>,
    pub bits: u32,
    /// Whom the coinbase pays.
    pub pays: u8,
    /// Sent as it is, in place of the first job.
    pub instead_of_job: Option<Vec<u8>>,
    /// What each share is answered, whatever it is worth.
    pub verdict: Option<(i64, &'static str)>,
    /// The params of one `client.reconnect`, sent after the first share of the first link.
    pub reconnect: Option<Value>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            mask: Some(0x1fff_e000),
            version: 0x2000_0000,
            difficulties: vec![5e-7],
            job_every: 40,
            clean_every: 4,
            drop_every: None,
            forget_every: None,
            new_mask_every: None,
            habit: Habit::Prompt,
            extranonce1_len: 4,
            extranonce2_len: 4,
            new_extranonce_every: None,
            bits: 0x1d00_ffff,
            pays: 1,
            instead_of_job: None,
            verdict: None,
            reconnect: None,
        }
    }
}

/// What it has seen.
#[derive(Debug, Default)]
pub struct Seen {
    pub links: u64,
    pub shares: u64,
    pub accepted: HashSet<[u8; 80]>,
    pub duplicates: u64,
    pub stale: u64,
    /// Shares that an honest miner would not send, and why.
    pub wrong: Vec<String>,
    pub blocks: u64,
    pub credentials: Vec<(String, String)>,
    pub answers: Vec<Value>,
    sessions: HashMap<String, Vec<u8>>,
    jobs: HashMap<String, Job>,
    known: HashSet<Vec<String>>,
    made: u64,
}

pub struct Pool {
    pub at: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    _runtime: tokio::runtime::Runtime,
}

fn locked(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    pub fn start(script: Script) -> Self {
        Self::start_at(script, SocketAddr::from(([127, 0, 0, 1], 0)), None)
    }

    /// On a given port, over TLS where an acceptor is given.
    pub fn start_at(script: Script, at: SocketAddr, tls: Option<TlsAcceptor>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind(at))
            .expect("a free port");
        let at = listener.local_addr().expect("bound");
        let seen = Arc::<Mutex<Seen>>::default();
        let shared = Arc::clone(&seen);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, seen, tls) = (script.clone(), Arc::clone(&shared), tls.clone());
                let _ = stream.set_nodelay(true);
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, script, seen).await,
                        Some(tls) => {
                            let stream = tls.accept(stream).await.ok()?;
                            serve(stream, script, seen).await
                        }
                    }
                });
            }
        });
        Self {
            at,
            seen,
            _runtime: runtime,
        }
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        locked(&self.seen)
    }
}

/// One link. Its lines end it by giving none.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Send,
    script: Script,
    seen: Arc<Mutex<Seen>>,
) -> Option<()> {
    let (from, mut to) = split(stream);
    let mut lines = BufReader::new(from).lines();
    let number = {
        let mut seen = locked(&seen);
        seen.links += 1;
        seen.links
    };
    let mut peer = Peer {
        script,
        seen,
        number,
        extranonce1: Vec::new(),
        mask: None,
        shares: 0,
    };
    while let Ok(Some(line)) = lines.next_line().await {
        let message: Value = serde_json::from_str(&line).expect("a miner sends JSON");
        let (answer, goes_on) = peer.hear(&message);
        let piece = if peer.script.habit == Habit::Drips {
            7
        } else {
            usize::MAX
        };
        for bytes in answer.chunks(piece) {
            to.write_all(bytes).await.ok()?;
            to.flush().await.ok()?;
            tokio::task::yield_now().await;
        }
        if !goes_on {
            return None;
        }
    }
    None
}

struct Peer {
    script: Script,
    seen: Arc<Mutex<Seen>>,
    number: u64,
    extranonce1: Vec<u8>,
    mask: Option<u32>,
    /// On this link.
    shares: u64,
}

/// Lines that act on nothing.
const ODD: &[u8] = b"{}\n[]\nWelcome to the pool\n{\"id\":null,\"method\":7}\n\
    {\"id\":null,\"method\":\"mining.news\",\"params\":{\"a\":1}}\n\
    {\"id\":null,\"method\":\"client.show_message\",\"params\":[\"caf\xe9\"]}\n\
    {\"id\":null,\"method\":\"client.show_message\",\"params\":\"text\"}\n";

fn line(value: &Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}

fn call(method: &str, params: &Value) -> Vec<u8> {
    line(&json!({"id": null, "method": method, "params": params}))
}

impl Peer {
    /// What is sent, and whether the link stays.
    fn hear(&mut self, message: &Value) -> (Vec<u8>, bool) {
        if self.script.habit == Habit::Silent {
            return (Vec::new(), true);
        }
        let id = &message["id"];
        let ok = |result: Value| line(&json!({"id": id, "result": result, "error": null}));
        match message["method"].as_str() {
            Some("mining.configure") if self.script.habit == Habit::Odd => {
                (ok(json!({"version-rolling": true})), true)
            }
            Some("mining.configure") => {
                let Some(mask) = self.script.mask else {
                    let error = json!([20, "Unknown method", null]);
                    let answer = json!({"id": id, "result": null, "error": error});
                    return (line(&answer), true);
                };
                self.mask = Some(mask);
                let mask = format!("{mask:08x}");
                let agreed = json!({"version-rolling": true, "version-rolling.mask": mask});
                (ok(agreed), true)
            }
            Some("mining.subscribe") if self.script.habit == Habit::Odd => {
                let mut out = self.job();
                out.extend(ok(self.subscribe(&message["params"])));
                (out, true)
            }
            Some("mining.subscribe") => (ok(self.subscribe(&message["params"])), true),
            Some("mining.authorize") => {
                let text = |at: usize| message["params"][at].as_str().unwrap_or("").to_owned();
                locked(&self.seen).credentials.push((text(0), text(1)));
                if self.script.habit == Habit::RefusesUsers {
                    return (ok(json!(false)), true);
                }
                let mut out = match self.script.habit {
                    Habit::Odd => [ok(Value::Null), ODD.to_vec()].concat(),
                    _ => ok(json!(true)),
                };
                match &self.script.instead_of_job {
                    Some(bytes) => out.extend(bytes),
                    None => out.extend(self.job()),
                }
                (out, true)
            }
            Some("mining.submit") => self.submit(message),
            Some(_) => (ok(json!(true)), true),
            None => {
                locked(&self.seen).answers.push(message.clone());
                (Vec::new(), true)
            }
        }
    }

    fn subscribe(&mut self, params: &Value) -> Value {
        let mut seen = locked(&self.seen);
        let forgets = self
            .script
            .forget_every
            .is_some_and(|every| self.number.is_multiple_of(every));
        let asked = params[1].as_str().unwrap_or("").to_owned();
        let known = seen.sessions.get(&asked).cloned().filter(|_| !forgets);
        let (session, extranonce1) = known.map_or_else(
            || {
                let bytes = u128::from(self.number).to_be_bytes();
                let tail = bytes[16 - self.script.extranonce1_len..].to_vec();
                (format!("session {}", self.number), tail)
            },
            |extranonce1| (asked, extranonce1),
        );
        seen.sessions.insert(session.clone(), extranonce1.clone());
        self.extranonce1 = extranonce1;
        json!([
            [
                ["mining.set_difficulty", session],
                ["mining.notify", session]
            ],
            hex(&self.extranonce1),
            self.script.extranonce2_len
        ])
    }

    /// A new difficulty and a new job.
    fn job(&mut self) -> Vec<u8> {
        let mut seen = locked(&self.seen);
        seen.made += 1;
        let made = seen.made;
        let script = &self.script;
        let turn = usize::try_from(made).expect("few") % script.difficulties.len();
        let difficulty = script.difficulties[turn];
        let len = self.extranonce1.len() + script.extranonce2_len;
        let (before, after) = judge::coinbase(made.to_le_bytes()[0] & 0x7f, len, script.pays);
        let count = usize::try_from(made % 5).expect("few");
        let branch: Vec<[u8; 32]> = (0..count)
            .map(|at| judge::twice(&[made.to_le_bytes()[0], at.to_le_bytes()[0]]))
            .collect();
        let clean = made.is_multiple_of(script.clean_every);
        if clean {
            seen.jobs.clear();
        }
        let job = Job {
            id: format!("job {made}"),
            before,
            after,
            branch,
            previous: judge::twice(b"the block before"),
            version: script.version,
            bits: script.bits,
            time: 1_700_000_000,
            mask: self.mask,
            difficulty,
            extranonce1: self.extranonce1.clone(),
            extranonce2_len: script.extranonce2_len,
        };
        let mut previous = job.previous;
        for word in previous.chunks_mut(4) {
            word.reverse();
        }
        let branch: Vec<String> = job.branch.iter().map(|hash| hex(hash)).collect();
        let params = json!([
            job.id,
            hex(&previous),
            hex(&job.before),
            hex(&job.after),
            branch,
            format!("{:08x}", job.version),
            format!("{:08x}", job.bits),
            format!("{:08x}", job.time),
            clean
        ]);
        seen.jobs.insert(job.id.clone(), job);
        [
            call("mining.set_difficulty", &json!([difficulty])),
            call("mining.notify", &params),
        ]
        .concat()
    }

    fn submit(&mut self, message: &Value) -> (Vec<u8>, bool) {
        self.shares += 1;
        let drop = self.script.drop_every.filter(|every| self.shares >= *every);
        let kind = self.number % 3;
        if drop.is_some() && kind == 0 {
            return (Vec::new(), false);
        }
        let verdict = self.judge(&message["params"]);
        if drop.is_some() && kind == 1 {
            return (Vec::new(), false);
        }
        let verdict = match self.script.verdict {
            Some(fixed) => Err(fixed),
            None => verdict,
        };
        if self.script.habit == Habit::NeverJudges {
            return (Vec::new(), true);
        }
        let mut out = line(&match verdict {
            Ok(()) => json!({"id": message["id"], "result": true, "error": null}),
            Err((code, why)) => {
                json!({"id": message["id"], "result": null, "error": [code, why, null]})
            }
        });
        if drop.is_some() {
            return (out, false);
        }
        if let Some(params) = self.script.reconnect.take().filter(|_| self.number == 1) {
            out.extend(call("client.reconnect", &params));
        }
        let due = |every: u64| self.shares.is_multiple_of(every);
        if self.script.new_extranonce_every.is_some_and(due) {
            let len = self.script.extranonce1_len;
            let first = judge::twice(&self.extranonce1)[..len].to_vec();
            let params = json!([hex(&first), self.script.extranonce2_len]);
            self.extranonce1 = first;
            out.extend(call("mining.set_extranonce", &params));
        }
        if self.script.new_mask_every.is_some_and(due) {
            let narrow = 0x000f_e000;
            let mask = if self.mask == Some(narrow) {
                0x1fff_e000
            } else {
                narrow
            };
            self.mask = Some(mask);
            out.extend(call(
                "mining.set_version_mask",
                &json!([format!("{mask:08x}")]),
            ));
        }
        if due(self.script.job_every) {
            out.extend(self.job());
        }
        (out, true)
    }

    fn judge(&self, params: &Value) -> Result<(), (i64, &'static str)> {
        let fields: Vec<String> = params
            .as_array()
            .expect("a list")
            .iter()
            .map(|field| field.as_str().expect("text").to_owned())
            .collect();
        let mut seen = locked(&self.seen);
        seen.shares += 1;
        if seen.known.contains(&fields) {
            seen.duplicates += 1;
            return Err((22, "duplicate share"));
        }
        let Some(job) = seen.jobs.get(&fields[1]).cloned() else {
            seen.stale += 1;
            return Err((21, "job not found"));
        };
        // Shares that were found under the mask before are good too.
        let mask = job.mask.map(|mask| mask | self.mask.unwrap_or(0));
        let header = match judge::header(
            &Job {
                mask,
                ..job.clone()
            },
            &fields,
        ) {
            Ok(header) => header,
            Err((code, why)) => {
                seen.wrong.push(format!("{why}: {fields:?}"));
                return Err((code, why));
            }
        };
        seen.blocks += u64::from(judge::is_block(&header, job.bits));
        if judge::difficulty(&header) < job.difficulty {
            seen.wrong.push(format!("low difficulty: {fields:?}"));
            return Err((23, "low difficulty share"));
        }
        if !seen.accepted.insert(header) {
            seen.wrong
                .push(format!("the same header twice: {fields:?}"));
            return Err((22, "duplicate share"));
        }
        seen.known.insert(fields);
        Ok(())
    }
}
