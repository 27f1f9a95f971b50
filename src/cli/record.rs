//! Flags of recording and of replay.

use std::path::PathBuf;

use clap::Args;

use super::{LookArgs, speed};

/// Bytes of a recording where nothing is said.
const LIMIT: u64 = 256 << 20;

/// Recording, on the command line.
#[derive(Debug, Clone, Default, Args)]
pub struct RecordFlags {
    /// Records all that the console hears (feeds, keys, answers) into this file, for `baseload replay`; the file must not
    /// be there yet. For the console and the demo.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Recording")]
    pub record: Option<PathBuf>,
    /// Most that the recording may take on the disk, as in 64MiB or 2GiB; then it stops, and the console goes on.
    #[arg(
        long,
        global = true,
        value_name = "SIZE",
        value_parser = limit,
        help_heading = "Recording",
        default_value = "256MiB",
        hide_default_value = false
    )]
    pub record_limit: Option<u64>,
}

/// What is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordArgs {
    /// Into which file.
    pub file: PathBuf,
    /// At most so many bytes.
    pub limit: u64,
}

impl RecordFlags {
    /// What is asked for.
    pub fn asked(self) -> Option<RecordArgs> {
        let limit = self.record_limit.unwrap_or(LIMIT);
        self.record.map(|file| RecordArgs { file, limit })
    }
}

/// `replay`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Keys: space pause, Left Right 10 s, PgUp PgDn 1 min, Home End, . and , one message forward and back,\n\
                        + - speed, q quit. Tab: look around yourself in what was known then, and back to the operator's eyes;\n\
                        there the arrows are yours, and < > go 10 s, [ ] 1 min.\n\n\
                        Examples:\n  \
                        baseload --record night.rec\n  \
                        baseload demo --record try.rec --record-limit 32MiB\n  \
                        baseload replay night.rec --speed 8"
)]
pub struct ReplayArgs {
    /// What `--record` has written.
    pub file: PathBuf,
    /// How many times faster it plays.
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Look; language and theme are the recorded ones where nothing is said.
    #[command(flatten)]
    pub look: LookArgs,
}

fn limit(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].trim() {
        "KiB" | "K" | "k" => 10,
        "MiB" | "M" | "" => 20,
        "GiB" | "G" => 30,
        _ => 64,
    };
    let bytes = digits
        .trim()
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(1_u64.checked_shl(unit)?));
    match bytes {
        Some(bytes @ 65_536..=0x100_0000_0000) => Ok(bytes),
        _ => Err("a limit is 64KiB to 1024GiB, as in 64MiB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_bounded() {
        assert_eq!(limit("256MiB"), Ok(LIMIT));
        assert_eq!(limit("2 GiB"), Ok(2 << 30));
        assert_eq!(limit("64"), Ok(64 << 20));
        for wrong in [
            "",
            "0",
            "63KiB",
            "2000GiB",
            "5 furlongs",
            "-1",
            "99999999999999999999",
        ] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }
}
