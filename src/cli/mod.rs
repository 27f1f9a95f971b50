//! Every command and flag.

pub mod examples;
mod lang;
mod mine;
mod record;
mod screen;
mod status;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use mine::MineArgs;
pub use record::{RecordArgs, RecordFlags, ReplayArgs};
pub use screen::{KeysArgs, ThemesArgs};
pub use status::StatusArgs;

use crate::control::amount::Amount;
use crate::domain::cores::{CpuList, Threads};
use crate::domain::language::Language;

/// The terminal console of a national Bitcoin-mining operator.
#[derive(Debug, Parser)]
#[command(
    name = "baseload",
    version,
    about,
    long_about = None,
    after_help = "Without a command: the console on the feeds of the config file; where there has never been one, the demo nation.\n\
                  Exit codes: 0 done, 1 failed at run time, 2 usage or config, 3 something is critical (status)."
)]
pub struct Cli {
    /// What to do; the console where nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The language of the screen, in place of the config's and the environment's (LC_ALL, LC_MESSAGES, LANG).
    #[arg(long, global = true, value_name = "LANG", value_parser = lang::parser())]
    pub lang: Option<Language>,
    /// Recording.
    #[command(flatten)]
    pub record: RecordFlags,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The console on live feeds.
    Console(ConsoleArgs),
    /// The demo nation: real websocket servers on loopback, simulated plants, this machine's real engine.
    Demo(DemoArgs),
    /// Plays what `--record` has written, in the real console; nothing leaves it.
    Replay(ReplayArgs),
    /// Mines on a bitcoin node or on a pool: one person, one machine, no feeds.
    Mine(Box<MineArgs>),
    /// Serves fleet, grid and reserve feeds.
    Gateway(GatewayArgs),
    /// Which blocks to take off for so many megawatts, at the least value lost; from a file, nothing is sent.
    Plan(PlanArgs),
    /// One plain table of the nation and its sites, for scripts and screen readers; exit code 3 when something is critical.
    Status(StatusArgs),
    /// Checks raw 80-byte block headers: linkage, targets, proof of work.
    VerifyHeaders {
        /// A file of raw headers, one after the other.
        file: PathBuf,
    },
    /// Keys that orders are signed with.
    Operator(OperatorArgs),
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
    /// The audit journal: who ordered what, what was answered and measured; hash-chained.
    Journal(JournalArgs),
    /// Prints the feed's AsyncAPI 3 document with its JSON Schemas, or the schema of what headless mining writes.
    Schema {
        /// Of what.
        #[arg(long, value_enum, default_value_t = SchemaOf::Feed)]
        of: SchemaOf,
    },
    /// Prints the table of keys, as `[keys]` of the config has it: for people in a terminal, as Markdown into a pipe.
    Keys(KeysArgs),
    /// Shows every theme in the colours of this terminal, your own among them.
    Themes(ThemesArgs),
    /// Prints completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Prints the man page.
    Man {
        /// A folder that all pages are written to instead, one a command.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// What is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The websocket feed.
    Feed,
    /// The lines of `baseload mine --headless --json`.
    Mine,
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
    /// The first 8; bold stands for bright.
    #[value(name = "8")]
    Ansi8,
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
    /// Frames a second for data, 2 at most while nobody types; keys are always answered at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=30))]
    pub fps: Option<u8>,
    /// Columns x rows, in place of what the terminal says.
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<(u16, u16)>,
    /// The language; `--lang` stands for all commands and is put here.
    #[arg(skip)]
    pub lang: Option<Language>,
    /// What the console hears is recorded; `--record` stands for the commands that can and is put here.
    #[arg(skip)]
    pub record: Option<RecordArgs>,
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
    /// The kernel that hashes (`baseload bench --list` names them); `auto`: the fastest, as without it.
    #[arg(long, value_name = "K")]
    pub kernel: Option<String>,
    /// Threads that hash, or a share of the cores, as in 50%; one a core where nothing is said.
    #[arg(long, value_name = "N|N%")]
    pub threads: Option<Threads>,
    /// Processors that its threads are bound to, one each in turn, as in 0-3,6; the system places them where nothing is
    /// said.
    #[arg(long, value_name = "CPUS")]
    pub cpu_affinity: Option<CpuList>,
    /// Whether the engine stands behind all other programs, or beside them.
    #[arg(long, value_enum, default_value_t = CpuPriority::Idle)]
    pub cpu_priority: CpuPriority,
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

/// Which journal, and what to do with it.
#[derive(Debug, Clone, Args)]
pub struct JournalArgs {
    /// The journal's file or folder; where none is named, that of the one desk here.
    #[arg(long, global = true, value_name = "PLACE")]
    pub file: Option<PathBuf>,
    /// The desk whose journal it is; to be named where several have one here.
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "file")]
    pub desk: Option<String>,
    /// What to do with it.
    #[command(subcommand)]
    pub command: JournalCommand,
}

/// What to do with a journal.
#[derive(Debug, Clone, Subcommand)]
pub enum JournalCommand {
    /// Walks the chain and names the first row that is wrong.
    Verify {
        /// A head that was noted elsewhere and must be in it; give one for each.
        #[arg(long, value_name = "SEQ:SHA-256")]
        head: Vec<String>,
    },
    /// Writes all rows to the standard output.
    Export {
        /// How.
        #[arg(long, value_enum, default_value_t = ExportFormat::Json)]
        format: ExportFormat,
    },
    /// Prints the last rows, one line each.
    Tail {
        /// How many.
        #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
        lines: u32,
        /// Goes on with those that come.
        #[arg(short, long)]
        follow: bool,
    },
    /// Prints the last row's number and SHA-256, to be noted elsewhere.
    Head,
    /// Prints a shift's handover as Markdown, and checks the signatures under it.
    Handover {
        /// Which, counted from the last one.
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        last: u32,
    },
}

/// How a journal is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object a line.
    Json,
    /// Comma-separated, with a line of names.
    Csv,
}

/// Operators' keys.
#[derive(Debug, Clone, Args)]
pub struct OperatorArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: OperatorAction,
}

/// What to do with a key.
#[derive(Debug, Clone, Subcommand)]
pub enum OperatorAction {
    /// Makes a new key file (mode 0600) and prints the lines for a gateway's roll.
    New {
        /// The operator's name, as it will stand in orders.
        name: String,
        /// The file to make; one that is there already is never touched.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// What the person may do, for the printed lines.
        #[arg(long, default_value = "operator")]
        rank: String,
        /// A file with the passphrase that encrypts the key (scrypt and AES-256).
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Prints the public key of a key file.
    Show {
        /// The key file.
        file: PathBuf,
        /// A file with its passphrase.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
}

/// The bench.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// Only this kernel; `auto`: the fastest.
    #[arg(long, value_name = "K")]
    pub kernel: Option<String>,
    /// Threads of the last run, or a share of the cores, as in 50%; one a core where nothing is said.
    #[arg(long, value_name = "N|N%")]
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
    /// Its name among the gateways of a console: orders and the history name it. One of each name; without it, the kind.
    #[arg(long, value_name = "NAME", value_parser = gateway_id)]
    pub id: Option<String>,
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
    /// Writes its log (refused tokens, floods, files read anew) at the end of this file instead of to stderr.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Its clock is so many seconds ahead of this machine's (behind where negative): for tests and for training.
    #[arg(long, value_name = "S", hide = true, default_value_t = 0, allow_negative_numbers = true,
          value_parser = clap::value_parser!(i64).range(-86_400..=86_400))]
    pub clock_ahead: i64,
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
        /// A folder where orders and answers survive the gateway; it is made where there is none.
        #[arg(long, value_name = "DIR")]
        journal: Option<PathBuf>,
        /// A file with the operators whose signed orders are obeyed, their ranks, sites and megawatts; without it,
        /// orders need no signature.
        #[arg(long, value_name = "FILE")]
        operators: Option<PathBuf>,
        /// What it sheds by itself at low frequency or on the grid's instructions, and how restores and leases go;
        /// without it, nothing is shed by itself.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
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
    /// The body of a fleet snapshot, with `tariff_per_mwh`, `hashprice_per_phs_day`, `stop_cost` and their `currency` beside it.
    #[arg(long, value_name = "F.json")]
    pub fleet: PathBuf,
    /// How much: 180MW, 40.5 (MW), 800kW, 25% or all.
    #[arg(long, value_name = "AMOUNT", value_parser = amount, allow_hyphen_values = true, required_unless_present = "profile")]
    pub shed: Option<Amount>,
    /// In which time it must have arrived: 30s, 5min, 1h.
    #[arg(long, value_name = "TIME", default_value = "5min", value_parser = span, allow_hyphen_values = true)]
    pub within: Duration,
    /// Hold it for so long: a schedule of the next hour in steps of five minutes (two hours at most).
    #[arg(long = "for", value_name = "TIME", value_parser = span, allow_hyphen_values = true, conflicts_with = "within")]
    pub hold: Option<Duration>,
    /// A schedule that follows a grid instruction: `target_w`, `from`, `to`, `ramp_w_s`.
    #[arg(long, value_name = "P.json", conflicts_with_all = ["shed", "within", "hold"])]
    pub profile: Option<PathBuf>,
    /// Most that a schedule gives back in a minute, as in 20MW; a quarter of the shedding's speed in any case.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub restore_cap: Option<Amount>,
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

/// An id as it stands in orders, files and folders; a console's own engine is `local`.
fn gateway_id(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text == "local" {
        Err("`local` is a console's own engine; choose another name".to_owned())
    } else if (1..=64).contains(&text.len()) && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("an id is 1 to 64 letters of A-Z, a-z, digits, `.`, `-` and `_`".to_owned())
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
        assert!(time_limit("0.05").is_err() && time_limit("inf").is_err());
        assert!(speed("60").is_ok() && speed("0").is_err() && speed("nan").is_err());
    }
}
