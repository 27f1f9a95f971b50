//! A line that knows where websocket frames end, and doubles or reorders those of a gateway that speak of orders.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// What is done to frames that speak of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twist {
    /// Each comes twice.
    Doubled,
    /// Each comes after the frame that follows it.
    Reordered,
}

/// A line to that gateway; gives where consoles connect.
pub(crate) fn twisted(gateway: &str, twist: Twist) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("its address").to_string();
    let gateway = gateway.to_owned();
    thread::spawn(move || {
        for console in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(&gateway) else {
                continue;
            };
            let (Ok(mut up_from), Ok(mut up_to)) = (console.try_clone(), server.try_clone()) else {
                continue;
            };
            thread::spawn(move || {
                let _ = std::io::copy(&mut up_from, &mut up_to);
                let _ = up_to.shutdown(Shutdown::Both);
            });
            thread::spawn(move || {
                let _ = carry(&server, &console, twist);
                let _ = server.shutdown(Shutdown::Both);
                let _ = console.shutdown(Shutdown::Both);
            });
        }
    });
    at
}

fn carry(mut from: &TcpStream, mut to: &TcpStream, twist: Twist) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        from.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    to.write_all(&head)?;
    let mut waits: Option<Vec<u8>> = None;
    loop {
        let (frame, is_order) = frame(&mut from)?;
        match (twist, is_order) {
            (Twist::Doubled, true) => {
                to.write_all(&frame)?;
                to.write_all(&frame)?;
            }
            (Twist::Reordered, true) if waits.is_none() => waits = Some(frame),
            _ => {
                to.write_all(&frame)?;
                if let Some(late) = waits.take() {
                    to.write_all(&late)?;
                }
            }
        }
    }
}

/// One unmasked frame (RFC 6455, 5.2), and whether it brings news of orders.
fn frame(from: &mut &TcpStream) -> std::io::Result<(Vec<u8>, bool)> {
    let mut frame = vec![0; 2];
    from.read_exact(&mut frame)?;
    let more = match frame[1] & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mut length = usize::from(frame[1] & 0x7f);
    if more > 0 {
        let mut wide = vec![0; more];
        from.read_exact(&mut wide)?;
        length = wide
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        frame.extend(wide);
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    let text = String::from_utf8_lossy(&body);
    let is_order = text.contains("\"update\"") && text.contains("\"topic\":\"order\"");
    frame.extend(body);
    Ok((frame, is_order))
}
