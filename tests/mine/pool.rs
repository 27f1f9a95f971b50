//! The smallest pool there is: it gives jobs of trivial difficulty and takes every share.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

/// Starts it on loopback with one job of a test network; it ends with the test.
pub(crate) fn start() -> String {
    start_with(&["1d00ffff"])
}

/// With a job of each of these nBits, one after the other.
pub(crate) fn start_with(bits: &'static [&'static str]) -> String {
    start_at(bits, 0)
}

/// With its clock so many seconds off ours.
pub(crate) fn start_at(bits: &'static [&'static str], off: i64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || serve(&stream, bits, off));
        }
    });
    format!("stratum+tcp://{at}")
}

fn say(mut stream: &TcpStream, line: &Value) -> Option<()> {
    stream.write_all(format!("{line}\n").as_bytes()).ok()
}

fn serve(stream: &TcpStream, bits: &[&str], off: i64) -> Option<()> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    loop {
        let request: Value = serde_json::from_str(&lines.next()?).ok()?;
        let result = match request["method"].as_str()? {
            "mining.configure" => {
                json!({"version-rolling": true, "version-rolling.mask": "1fffe000"})
            }
            "mining.subscribe" => json!([[["mining.notify", "1"]], "01020304", 4]),
            _ => json!(true),
        };
        say(
            stream,
            &json!({"id": request["id"], "result": result, "error": null}),
        )?;
        if request["method"] == "mining.authorize" {
            say(
                stream,
                &json!({"id": null, "method": "mining.set_difficulty", "params": [1e-4]}),
            )?;
            // A coinbase of version 1 with one input of 2 + 8 bytes of script and one output to nobody.
            let first = format!("0100000001{}ffffffff0a5100", "00".repeat(32));
            let second = "ffffffff0100f2052a010000000151 00000000".replace(' ', "");
            let time = format!("{:08x}", jiff::Timestamp::now().as_second() + off);
            let previous = "00".repeat(32);
            for bits in bits {
                let job = json!([
                    "7",
                    previous,
                    first,
                    second,
                    [],
                    "20000000",
                    bits,
                    time,
                    true
                ]);
                say(
                    stream,
                    &json!({"id": null, "method": "mining.notify", "params": job}),
                )?;
            }
        }
    }
}
