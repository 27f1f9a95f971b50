//! Every command and flag.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::control::amount::Amount;

/// The terminal console of a national Bitcoin-mining operator.
#[derive(Debug, Parser)]
#[command(
    name = "baseload",
    version,
    about,
    long_about = None,
    after_help = "Without a command: the console on the feeds of the config file; where there has never been one, the demo nation.\n\
                  Exit codes: 0 done, 1 failed at run time, 2 usage or config."
)]
pub struct Cli {
    /// What to do; the console where nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The console on live feeds.
    Console(ConsoleArgs),
    /// The demo nation: real websocket servers on loopback, simulated plants, this machine's real engine.
    Demo(DemoArgs),
    /// Serves fleet, grid and reserve feeds.
    Gateway(GatewayArgs),
    /// Which blocks to take off for so many megawatts, at the least value lost; from a file, nothing is sent.
    Plan(PlanArgs),
    /// Checks raw 80-byte block headers: linkage, targets, proof of work.
    VerifyHeaders {
        /// A file of raw headers, one after the other.
        file: PathBuf,
    },
    /// Speed of each kernel this CPU has, one thread each, then of the chosen one on all threads.
    Bench(BenchArgs),
    /// Checks terminal, config, CPU, clocks and feeds: one line each, with the mend.
    Doctor {
        /// Config file; the usual place where none is given.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Also checks these feeds.
        #[arg(long, value_name = "URL")]
        feed: Vec<String>,
    },
    /// Prints the feed's AsyncAPI 3 document with its JSON Schemas.
    Schema,
    /// Prints the table of keys.
    Keys,
    /// Lists the themes.
    Themes,
    /// Prints completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Prints the man page.
    Man,
}

/// How many colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// As the environment says (TERM, COLORTERM, NO_COLOR).
    Auto,
    /// As many as there are, even with NO_COLOR.
    Always,
    /// None: states are told by words, bold and reverse.
    Never,
    /// The terminal's own 16.
    #[value(name = "16")]
    Ansi16,
    /// 256.
    #[value(name = "256")]
    Ansi256,
    /// 24 bits.
    True,
}

/// How the screen looks.
#[derive(Debug, Clone, Default, Args)]
pub struct LookArgs {
    /// A built-in theme's name, or a theme file.
    #[arg(long)]
    pub theme: Option<String>,
    /// ASCII only.
    #[arg(long)]
    pub ascii: bool,
    /// How many colours.
    #[arg(long, value_enum)]
    pub color: Option<Color>,
    /// Frames a second for data; keys are always answered at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=30))]
    pub fps: Option<u8>,
    /// Columns x rows, in place of what the terminal says.
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<(u16, u16)>,
}

/// The console.
#[derive(Debug, Clone, Default, Args)]
pub struct ConsoleArgs {
    /// Config file; the usual place where none is given.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// A feed, in place of the config's; give one for each.
    #[arg(long, value_name = "URL")]
    pub feed: Vec<String>,
    /// May only look: no order leaves this console.
    #[arg(long)]
    pub read_only: bool,
    /// Look.
    #[command(flatten)]
    pub look: LookArgs,
}

/// The demo nation.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// How many sites.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    pub sites: u16,
    /// The same seed gives the same nation.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many times faster its time runs.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// This machine's engine.
    #[command(flatten)]
    pub engine: EngineArgs,
    /// Look.
    #[command(flatten)]
    pub look: LookArgs,
}

/// How this machine's own engine works.
#[derive(Debug, Clone, Default, Args)]
pub struct EngineArgs {
    /// The kernel that hashes, in place of the fastest (`baseload bench --list` names them).
    #[arg(long, value_name = "K")]
    pub kernel: Option<String>,
    /// Threads that hash, or a share of the cores, as in 50%; one a core where nothing is said.
    #[arg(long, value_name = "N|N%", value_parser = threads)]
    pub threads: Option<Threads>,
    /// Processors that its threads are bound to, one each in turn, as in 0-3,6; the system places them where nothing is
    /// said.
    #[arg(long, value_name = "CPUS", value_parser = cpu_list)]
    pub cpu_affinity: Option<CpuList>,
    /// Whether the engine stands behind all other programs, or beside them.
    #[arg(long, value_enum, default_value_t = CpuPriority::Idle)]
    pub cpu_priority: CpuPriority,
}

/// Numbers of processors, as the system counts them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpuList(pub Vec<usize>);

/// A number of threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// So many, 1 to 1024.
    Count(usize),
    /// Per cent of the cores, 1 to 100; at least one thread.
    Share(usize),
}

impl Threads {
    /// How many on a machine with so many cores.
    pub fn of(self, cores: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Share(percent) => (cores * percent / 100).max(1),
        }
    }
}

/// Where worker threads stand with the system's scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum CpuPriority {
    /// They run where nothing else wants to.
    #[default]
    Idle,
    /// As any other program.
    Normal,
}

/// The bench.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// Only this kernel.
    #[arg(long, value_name = "K")]
    pub kernel: Option<String>,
    /// Threads of the last run, or a share of the cores, as in 50%; one a core where nothing is said.
    #[arg(long, value_name = "N|N%", value_parser = threads)]
    pub threads: Option<Threads>,
    /// Seconds that the whole bench takes.
    #[arg(long, value_name = "S", default_value_t = 15.0, value_parser = time_limit)]
    pub time_limit: f64,
    /// A JSON array in place of the table.
    #[arg(long)]
    pub json: bool,
    /// Only names the kernels of this CPU.
    #[arg(long)]
    pub list: bool,
}

/// The serving side.
#[derive(Debug, Clone, Args)]
pub struct GatewayArgs {
    /// What stands behind it.
    #[command(subcommand)]
    pub kind: GatewayKind,
}

/// Where a gateway listens and who may come.
#[derive(Debug, Clone, Args)]
pub struct ListenArgs {
    /// Address and port; other than loopback only with --tls-cert and --tls-key, or --insecure.
    #[arg(long, value_name = "ADDR")]
    pub listen: SocketAddr,
    /// A file with one bearer token a line, `viewer TOKEN` or `operator TOKEN`; without it, anyone may connect.
    #[arg(long, value_name = "FILE")]
    pub tokens: Option<PathBuf>,
    /// PEM file with the server's certificate.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the server's key.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Serves plain ws to other machines.
    #[arg(long)]
    pub insecure: bool,
}

/// What stands behind a gateway.
#[derive(Debug, Clone, Subcommand)]
pub enum GatewayKind {
    /// A simulated nation, deterministic by seed.
    Simulator {
        /// Where it listens.
        #[command(flatten)]
        listen: ListenArgs,
        /// How many sites.
        #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=2_000))]
        sites: u16,
        /// Blocks of each site, in place of the plants' own (for load tests).
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=200))]
        blocks: Option<u16>,
        /// The same seed gives the same nation.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many times faster its time runs.
        #[arg(long, default_value_t = 1.0, value_parser = speed)]
        speed: f64,
        /// Faults on demand.
        #[arg(long, value_name = "FILE")]
        script: Option<PathBuf>,
    },
    /// Measured grid data from files.
    Replay {
        /// Where it listens.
        #[command(flatten)]
        listen: ListenArgs,
        /// CSV: time, deviation from 50 Hz in mHz.
        #[arg(long, value_name = "FILE", required_unless_present = "load")]
        frequency: Option<PathBuf>,
        /// CSV: Year,Month,Day,1..288, MW for each 5 minutes.
        #[arg(long, value_name = "FILE")]
        load: Option<PathBuf>,
        /// How many times faster it plays.
        #[arg(long, default_value_t = 1.0, value_parser = speed)]
        speed: f64,
    },
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The body of a fleet snapshot, with `tariff_per_mwh`, `hashprice_per_phs_day` and `stop_cost` beside it.
    #[arg(long, value_name = "F.json")]
    pub fleet: PathBuf,
    /// How much: 180MW, 40.5 (MW), 800kW, 25% or all.
    #[arg(long, value_name = "AMOUNT", value_parser = amount, allow_hyphen_values = true)]
    pub shed: Amount,
    /// In which time it must have arrived: 30s, 5min, 1h.
    #[arg(long, value_name = "TIME", default_value = "5min", value_parser = span, allow_hyphen_values = true)]
    pub within: Duration,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

fn amount(text: &str) -> Result<Amount, String> {
    Amount::parse(text).map_err(|error| error.to_string())
}

fn span(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].trim() {
        "s" => 1,
        "min" | "m" => 60,
        "h" => 3_600,
        _ => 0,
    };
    match digits.trim().parse::<u64>() {
        Ok(count @ 1..=86_400) if unit > 0 && count * unit <= 86_400 => {
            Ok(Duration::from_secs(count * unit))
        }
        _ => Err("a time is 1 s to 24 h, as in 30s, 5min or 1h".to_owned()),
    }
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.01..=10_000.0).contains(&speed) => Ok(speed),
        _ => Err("a speed lies between 0.01 and 10000".to_owned()),
    }
}

fn time_limit(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=3_600.0).contains(&seconds) => Ok(seconds),
        _ => Err("a time limit lies between 0.1 and 3600 seconds".to_owned()),
    }
}

fn threads(text: &str) -> Result<Threads, String> {
    let (figure, share) = match text.strip_suffix('%') {
        Some(figure) => (figure, true),
        None => (text, false),
    };
    match (figure.parse(), share) {
        (Ok(percent @ 1..=100), true) => Ok(Threads::Share(percent)),
        (Ok(count @ 1..=1_024), false) => Ok(Threads::Count(count)),
        _ => Err("threads are a number from 1 to 1024, or 1% to 100% of the cores".to_owned()),
    }
}

fn cpu_list(text: &str) -> Result<CpuList, String> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last && last < 1_024).then_some(first..=last)
    };
    let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
    let list: Vec<usize> = ranges.into_iter().flatten().flatten().collect();
    if list.is_empty() || list.len() > 1_024 {
        return Err("processors are numbers below 1024 and ranges of them, as in 0-3,6".to_owned());
    }
    Ok(CpuList(list))
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let parsed = text
        .split_once(['x', 'X'])
        .and_then(|(w, h)| Some((w.parse::<u16>().ok()?, h.parse::<u16>().ok()?)));
    match parsed {
        Some((w, h)) if w <= 1_000 && h <= 1_000 => Ok((w, h)),
        _ => Err("a size is columns x rows, as in 120x36, at most 1000x1000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn spans_are_bounded() {
        assert_eq!(span("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(span("5 min"), Ok(Duration::from_mins(5)));
        assert_eq!(span("24h"), Ok(Duration::from_hours(24)));
        for wrong in [
            "",
            "5",
            "0s",
            "-1s",
            "25h",
            "5 years",
            "99999999999999999999s",
            "é",
        ] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_and_speeds_are_bounded() {
        assert_eq!(size("120x36"), Ok((120, 36)));
        assert!(size("120").is_err() && size("9999x1").is_err());
        assert_eq!(threads("3"), Ok(Threads::Count(3)));
        assert_eq!(threads("50%"), Ok(Threads::Share(50)));
        assert!(threads("0").is_err() && threads("101%").is_err() && threads("1025").is_err());
        assert_eq!((Threads::Share(1).of(8), Threads::Share(50).of(8)), (1, 4));
        assert_eq!(cpu_list("0-2,7"), Ok(CpuList(vec![0, 1, 2, 7])));
        for wrong in ["", "3-1", "0,", "1024", "0-99999999999999999999", "-1"] {
            assert!(cpu_list(wrong).is_err(), "{wrong}");
        }
        assert!(time_limit("0.05").is_err() && time_limit("inf").is_err());
        assert!(speed("60").is_ok() && speed("0").is_err() && speed("nan").is_err());
    }
}
