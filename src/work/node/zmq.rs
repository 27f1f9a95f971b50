//! A node's news of new blocks: a subscriber of ZMTP 3.0 (rfc.zeromq.org 23, mechanism NULL) to the topic `hashblock`.
//!
//! Written out here because the kept crate takes a frame's length from the wire without a bound. Invariant: a frame
//! is at most `FRAME` bytes; news is only ever a reason to ask the node, which alone is believed.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::backoff;
use super::rpc::shown;

/// Longest frame: a hash and a number are what we asked for.
const FRAME: u64 = 4096;
/// Most frames of one message.
const PARTS: usize = 8;
/// Messages in a [`WINDOW`], at most: blocks come in minutes, on test chains in seconds.
const MOST_MESSAGES: u32 = 200;
/// The span that they are counted in.
const WINDOW: Duration = Duration::from_secs(10);
/// Why a publisher is left that sends more.
const FLOOD: &str = "it floods us with messages";
/// For the handshake.
const PATIENCE: Duration = Duration::from_secs(10);
const TOPIC: &[u8] = b"hashblock";

/// What the publisher tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Connected; what came before was not heard.
    Up,
    /// A block became the tip: its hash, as displayed.
    Block(String),
    /// So many messages before the next one were not heard.
    Gap(u32),
    /// The link is lost, and why; it is tried again.
    Down(String),
}

/// Host and port of `tcp://host:port`; one sentence where it is none.
pub fn place(endpoint: &str) -> Result<String, String> {
    let rest = endpoint.strip_prefix("tcp://").filter(|rest| {
        let port = rest
            .rsplit_once(':')
            .map(|(host, port)| (host.is_empty(), port.parse::<u16>()));
        matches!(port, Some((false, Ok(_))))
    });
    rest.map(str::to_owned).ok_or_else(|| {
        format!(
            "{} is no ZMQ endpoint; write tcp://127.0.0.1:28332",
            shown(endpoint)
        )
    })
}

/// Follows the publisher at `place` (host and port) for ever, with `chance` (0 to 1) for the back-off's jitter.
pub async fn follow(place: &str, tell: impl Fn(News), chance: impl Fn() -> f64) {
    let mut failures = 0;
    loop {
        let mut heard = false;
        let trouble = listen(place, |news| {
            heard = true;
            tell(news);
        })
        .await;
        let sound = heard && trouble != FLOOD;
        failures = if sound { 1 } else { failures + 1 };
        tell(News::Down(trouble));
        tokio::time::sleep(backoff::after(failures, chance())).await;
    }
}

/// One connection, to its end; the reason of the end.
async fn listen(place: &str, mut tell: impl FnMut(News)) -> String {
    let connected = tokio::time::timeout(PATIENCE, greet(place)).await;
    let mut stream = match connected {
        Ok(Ok(stream)) => stream,
        Ok(Err(why)) => return why,
        Err(_) => return "no handshake".to_owned(),
    };
    tell(News::Up);
    let (mut last, mut since, mut count) = (None, Instant::now(), 0);
    loop {
        let heard = message(&mut stream).await;
        if since.elapsed() >= WINDOW {
            (since, count) = (Instant::now(), 0);
        }
        count += 1;
        if count > MOST_MESSAGES {
            return FLOOD.to_owned();
        }
        match heard {
            Ok(parts) => {
                for news in read(&parts, &mut last) {
                    tell(news);
                }
            }
            Err(why) => return why,
        }
    }
}

async fn greet(place: &str) -> Result<TcpStream, String> {
    let io = |e: std::io::Error| shown(&e.to_string());
    let mut stream = TcpStream::connect(place).await.map_err(io)?;
    let mut greeting = [0; 64];
    greeting[0] = 0xff;
    greeting[9] = 0x7f;
    greeting[10] = 3;
    greeting[12..16].copy_from_slice(b"NULL");
    stream.write_all(&greeting).await.map_err(io)?;
    let mut theirs = [0; 64];
    stream.read_exact(&mut theirs).await.map_err(io)?;
    if theirs[0] != 0xff || theirs[9] != 0x7f || theirs[10] < 3 {
        return Err("not a ZMTP 3 publisher".to_owned());
    }
    if &theirs[12..32] != b"NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" {
        return Err("the publisher asks for a password, which is not supported".to_owned());
    }
    let mut ready = Vec::from(*b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB");
    // A subscription is a message: 1, then the topic.
    ready.extend([0, TOPIC.len() as u8 + 1, 1]);
    ready.extend(TOPIC);
    stream.write_all(&ready).await.map_err(io)?;
    let (command, body) = frame(&mut stream)
        .await
        .map(|(flags, body)| (flags & 4 != 0, body))?;
    if !command || !body.starts_with(b"\x05READY") {
        return Err("the publisher did not answer the handshake".to_owned());
    }
    Ok(stream)
}

/// The next message's frames; commands between them are passed over.
async fn message(stream: &mut TcpStream) -> Result<Vec<Vec<u8>>, String> {
    let mut parts = Vec::new();
    loop {
        let (flags, body) = frame(stream).await?;
        if flags & 4 != 0 {
            continue;
        }
        if parts.len() == PARTS {
            return Err("a message of too many parts".to_owned());
        }
        parts.push(body);
        if flags & 1 == 0 {
            return Ok(parts);
        }
    }
}

async fn frame(stream: &mut TcpStream) -> Result<(u8, Vec<u8>), String> {
    let io = |e: std::io::Error| shown(&e.to_string());
    let flags = stream.read_u8().await.map_err(io)?;
    if flags & !7 != 0 {
        return Err("a frame of an unknown kind".to_owned());
    }
    let length = if flags & 2 == 0 {
        u64::from(stream.read_u8().await.map_err(io)?)
    } else {
        stream.read_u64().await.map_err(io)?
    };
    if length > FRAME {
        return Err(format!("a frame of {length} bytes, more than {FRAME}"));
    }
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body).await.map_err(io)?;
    Ok((flags, body))
}

/// What a message says: the topic, the hash as displayed, and a number that counts up by one (little-endian).
fn read(parts: &[Vec<u8>], last: &mut Option<u32>) -> Vec<News> {
    let [topic, hash, number, ..] = parts else {
        return Vec::new();
    };
    let (Ok(hash), Ok(number)) = (
        <[u8; 32]>::try_from(&hash[..]),
        <[u8; 4]>::try_from(&number[..]),
    ) else {
        return Vec::new();
    };
    if topic != TOPIC {
        return Vec::new();
    }
    let number = u32::from_le_bytes(number);
    let missed = last.map_or(0, |last| number.wrapping_sub(last).wrapping_sub(1));
    *last = Some(number);
    let mut news = Vec::new();
    if missed != 0 {
        news.push(News::Gap(missed));
    }
    news.push(News::Block(data_encoding::HEXLOWER.encode(&hash)));
    news
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(number: u32) -> Vec<Vec<u8>> {
        vec![TOPIC.to_vec(), vec![7; 32], number.to_le_bytes().to_vec()]
    }

    #[test]
    fn gaps_are_noticed() {
        let mut last = None;
        let block = News::Block("07".repeat(32));
        assert_eq!(
            read(&parts(u32::MAX), &mut last),
            std::slice::from_ref(&block)
        );
        assert_eq!(read(&parts(0), &mut last), std::slice::from_ref(&block));
        assert_eq!(read(&parts(3), &mut last), [News::Gap(2), block]);
        for odd in [
            vec![],
            vec![TOPIC.to_vec()],
            vec![vec![], vec![7; 32], vec![0; 4]],
        ] {
            assert!(read(&odd, &mut last).is_empty());
        }
        let short = vec![TOPIC.to_vec(), vec![7; 31], vec![0; 4]];
        assert!(read(&short, &mut last).is_empty());
    }

    #[test]
    fn endpoints() {
        assert_eq!(
            place("tcp://127.0.0.1:28332").as_deref(),
            Ok("127.0.0.1:28332")
        );
        for wrong in ["", "ipc://x", "tcp://a", "tcp://:5", "tcp://a:99999"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }

    /// Bytes that a publisher sends on one connection; what we heard before the link ended.
    fn heard(sent: &[u8]) -> (Vec<News>, String) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .expect("a port");
            let place = listener.local_addr().expect("bound").to_string();
            let publisher = async {
                let (mut stream, _) = listener.accept().await.expect("a subscriber");
                // Reset where the subscriber leaves in the middle of what it is sent.
                let _ = stream.write_all(sent).await;
                let _ = stream.shutdown().await;
                let mut asked = Vec::new();
                let _ = stream.read_to_end(&mut asked).await;
            };
            let mut news = Vec::new();
            let (end, ()) = tokio::join!(listen(&place, |n| news.push(n)), publisher);
            (news, end)
        })
    }

    #[test]
    fn a_hostile_publisher_is_left() {
        let mut greeting = vec![0; 64];
        greeting[0] = 0xff;
        greeting[9] = 0x7f;
        greeting[10] = 3;
        greeting[12..16].copy_from_slice(b"NULL");
        let mut good = greeting.clone();
        good.extend(b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03PUB");
        assert_eq!(heard(&good).0, [News::Up]);
        let mut huge = good.clone();
        huge.extend([2, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        let (news, end) = heard(&huge);
        assert_eq!(news, [News::Up]);
        assert!(end.contains("more than"), "{end}");
        let flood = [1, 9].iter().chain(TOPIC).chain(&[1, 32]).chain(&[7; 32]);
        let flood: Vec<u8> = flood.chain(&[0, 4, 0, 0, 0, 0]).copied().collect();
        let (news, end) = heard(&[good.clone(), flood.repeat(10_000)].concat());
        assert_eq!(end, FLOOD);
        assert!(
            news.len() <= 2 * MOST_MESSAGES as usize + 1,
            "{}",
            news.len()
        );
        let mut endless = good;
        endless.extend([1, 0].repeat(PARTS + 1));
        assert!(heard(&endless).1.contains("too many parts"));
        let mut plain = greeting;
        plain[12..17].copy_from_slice(b"PLAIN");
        assert!(heard(&plain).1.contains("password"));
        assert!(
            heard(&b"HTTP/1.1 400 Bad Request\r\n\r\n".repeat(4))
                .1
                .contains("ZMTP")
        );
    }
}
