//! The config file as typed values. An error names file, line and key, says what is wrong and how to mend it.
//!
//! Invariant: nothing is guessed. A key that is not known, a URL that can't be a feed's, a token file that others may
//! read: each is an error with its line, and the console does not start.

mod alarms;
mod engine;
mod handover;
mod history;
mod number;
mod screen;
mod sources;

use std::fs;
use std::ops::Range;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

pub use alarms::AlarmsConfig;
pub use engine::EngineConfig;
pub use handover::{HandoverConfig, Taker};
pub use history::HistoryConfig;
pub use screen::{Ambiguous, Background, GlyphChoice, KeyLine};

use crate::domain::language::Language;
use crate::files;

/// A config file that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct ConfigError {
    /// Which file.
    pub file: PathBuf,
    /// Which line, from 1; none where the file as a whole is meant.
    pub line: Option<usize>,
    /// Which key; empty where none is meant.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}

impl ConfigError {
    fn sentence(&self) -> String {
        let place = match self.line {
            Some(line) => format!("{}:{line}", self.file.display()),
            None => self.file.display().to_string(),
        };
        let key = if self.key.is_empty() {
            String::new()
        } else {
            format!(" `{}`:", self.key)
        };
        format!("{place}:{key} {}; {}", self.what, self.mend)
    }
}

/// How many colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorChoice {
    /// As the environment says.
    #[default]
    Auto,
    /// As many as there are, even with `NO_COLOR`.
    Always,
    /// None.
    Never,
    /// The first 8 of the terminal; bold stands for bright.
    #[serde(rename = "8")]
    Ansi8,
    /// The 16 of the terminal.
    #[serde(rename = "16")]
    Ansi16,
    /// 256.
    #[serde(rename = "256")]
    Ansi256,
    /// 24 bits.
    True,
}

/// One feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedConfig {
    /// For the screen; the URL's host and path where none is given.
    pub name: String,
    /// `ws://` or `wss://`.
    pub url: String,
    /// A file with the bearer token, readable by its owner alone.
    pub token_file: Option<PathBuf>,
    /// A PEM file with the certificate authority, in place of the system's.
    pub ca: Option<PathBuf>,
    /// A PEM file with the client's certificate.
    pub client_cert: Option<PathBuf>,
    /// A PEM file with the client's key.
    pub client_key: Option<PathBuf>,
    /// Plain `ws` to other machines is allowed.
    pub insecure: bool,
    /// Its place in the order of preference, 0 first, where it is named there.
    pub preference: Option<u16>,
    /// Ids of the sites that are its own, whatever other feeds say.
    pub sites: Vec<String>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// The desk's name.
    pub desk: Option<String>,
    /// The operator's name.
    pub operator: Option<String>,
    /// `viewer`, `operator`, `dispatcher`, `engineer`.
    pub role: Option<String>,
    /// A built-in theme's name or a path.
    pub theme: Option<String>,
    /// Where the theme is named: `file:line: `theme``, for whoever finds that there is no such theme.
    pub theme_at: Option<String>,
    /// Frames a second for data, 1..=30.
    pub fps: Option<u8>,
    /// ASCII only.
    pub ascii: bool,
    /// Colours.
    pub color: ColorChoice,
    /// The language of the screen; none: the environment's.
    pub lang: Option<Language>,
    /// Which characters of its own the console draws with; none: what the terminal can show.
    pub glyphs: Option<GlyphChoice>,
    /// Whether the terminal's own ground is light.
    pub background: Background,
    /// Columns of characters whose width East-Asian terminals see otherwise.
    pub ambiguous: Ambiguous,
    /// Keys in place of the table's, in the order of the file.
    pub keys: Vec<KeyLine>,
    /// May only look.
    pub read_only: bool,
    /// This machine's own engine hashes too, so; none: it stays off.
    pub engine: Option<EngineConfig>,
    /// Alarms: the bell, and how long one may be shelved.
    pub alarms: AlarmsConfig,
    /// Most MW that one step of an emergency shed moves, 1..=10,000.
    pub emergency_step_mw: Option<u32>,
    /// Seconds between two steps of it, 1..=60.
    pub emergency_interval_s: Option<u32>,
    /// What the system answers with, MW a hertz, 1..=1,000,000: previews tell the expected change of the frequency.
    pub response_mw_hz: Option<u32>,
    /// Figures older than so many seconds give nothing back, whatever their gateway calls its report period, 1..=3,600.
    pub slow_after_s: Option<u32>,
    /// The key that orders are signed with (`baseload operator new`), readable by its owner alone.
    pub key_file: Option<PathBuf>,
    /// The file with its passphrase, where it is encrypted.
    pub key_passphrase_file: Option<PathBuf>,
    /// When shifts begin, and who takes them over.
    pub handover: HandoverConfig,
    /// The file itself; none where nothing was read.
    pub file: Option<PathBuf>,
    /// How long figures are kept, and where.
    pub history: HistoryConfig,
    /// The feeds, in order.
    pub feeds: Vec<FeedConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    desk: Option<Spanned<String>>,
    operator: Option<Spanned<String>>,
    role: Option<Spanned<String>>,
    theme: Option<Spanned<String>>,
    fps: Option<Spanned<i64>>,
    #[serde(default)]
    ascii: bool,
    #[serde(default)]
    color: ColorChoice,
    lang: Option<Spanned<String>>,
    glyphs: Option<GlyphChoice>,
    #[serde(default)]
    background: Background,
    #[serde(default)]
    ambiguous: Ambiguous,
    #[serde(default)]
    keys: screen::RawKeys,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    engine: engine::RawEngine,
    #[serde(default)]
    alarms: alarms::RawAlarms,
    emergency_step_mw: Option<Spanned<i64>>,
    emergency_interval_s: Option<Spanned<i64>>,
    response_mw_hz: Option<Spanned<i64>>,
    slow_after_s: Option<Spanned<i64>>,
    key_file: Option<Spanned<PathBuf>>,
    key_passphrase_file: Option<Spanned<PathBuf>>,
    shifts: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    takes_over: Vec<handover::RawTaker>,
    #[serde(default)]
    history: history::RawHistory,
    #[serde(default)]
    prefer: sources::Texts,
    #[serde(default)]
    feed: Vec<Spanned<RawFeed>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFeed {
    name: Option<Spanned<String>>,
    url: Spanned<String>,
    token_file: Option<Spanned<PathBuf>>,
    ca: Option<Spanned<PathBuf>>,
    client_cert: Option<Spanned<PathBuf>>,
    client_key: Option<Spanned<PathBuf>>,
    #[serde(default)]
    insecure: bool,
    #[serde(default)]
    sites: sources::Texts,
}

/// Largest config file that is read.
pub const MAX_BYTES: u64 = 1 << 20;
/// Largest secret.
const MAX_SECRET: u64 = 64 << 10;
/// Largest roll of operators.
pub const MAX_ROLL: u64 = 4 << 20;
/// Most feeds of one desk.
pub const MAX_FEEDS: usize = 256;
/// The roles, least powerful first.
pub const ROLES: [&str; 4] = ["viewer", "operator", "dispatcher", "engineer"];

/// The feed room's rule for a URL, handed in because the rooms stand side by side: the URL, whether plain `ws` to other
/// machines is allowed, and a sentence with the mend where the rule is broken.
pub type UrlRule<'a> = &'a dyn Fn(&str, bool) -> Result<(), String>;

/// Reads and checks a config file.
pub fn load(file: &Path, url_rule: UrlRule<'_>) -> Result<Config, ConfigError> {
    let whole = |what: String, mend: &str| ConfigError {
        file: file.to_owned(),
        line: None,
        key: String::new(),
        what,
        mend: mend.to_owned(),
    };
    let text = files::text(file, MAX_BYTES).map_err(|unread| whole(unread.what, unread.mend))?;
    parse(&text, file, url_rule)
}

/// Checks the text of a config file; paths in it count from the file's folder.
pub fn parse(text: &str, file: &Path, url_rule: UrlRule<'_>) -> Result<Config, ConfigError> {
    let place = Place { text, file };
    let raw: RawConfig = toml::from_str(text).map_err(|e| place.of_toml(&e))?;
    if let Some(role) = raw
        .role
        .as_ref()
        .filter(|r| !ROLES.contains(&r.get_ref().as_str()))
    {
        let what = format!("has no role \"{}\"", role.get_ref().escape_default());
        return Err(place.error(
            role.span(),
            "role",
            &what,
            &format!("one of {}", ROLES.join(", ")),
        ));
    }
    if let Some(fps) = raw.fps.as_ref().filter(|f| !(1..=30).contains(f.get_ref())) {
        let what = format!("is {}", fps.get_ref());
        return Err(place.error(fps.span(), "fps", &what, "1 to 30 frames a second"));
    }
    if raw.feed.len() > MAX_FEEDS {
        let span = raw.feed[MAX_FEEDS].span();
        return Err(place.error(span, "feed", "is one too many", "at most 256 feeds"));
    }
    let mut sites = Vec::with_capacity(raw.feed.len());
    let mut feeds = Vec::with_capacity(raw.feed.len());
    let mut seen = sources::Seen::default();
    for stated in raw.feed {
        let span = stated.span();
        let mut stated = stated.into_inner();
        sites.push(std::mem::take(&mut stated.sites));
        let feed = feed(&place, stated, url_rule)?;
        if let Some((key, what, mend)) = seen.again(&feed, place.line(&span)) {
            return Err(place.error(span, key, &what, mend));
        }
        feeds.push(feed);
    }
    sources::pinned(&place, sites, &mut feeds)?;
    sources::preferred(&place, raw.prefer, &mut feeds)?;
    Ok(Config {
        file: Some(file.to_owned()),
        desk: name(&place, raw.desk, "desk")?,
        operator: name(&place, raw.operator, "operator")?,
        role: raw.role.map(Spanned::into_inner),
        theme_at: raw
            .theme
            .as_ref()
            .map(|t| format!("{}:{}: `theme`", file.display(), place.line(&t.span()))),
        theme: raw.theme.map(Spanned::into_inner),
        fps: raw.fps.and_then(|f| u8::try_from(f.into_inner()).ok()),
        ascii: raw.ascii,
        color: raw.color,
        lang: language(&place, raw.lang)?,
        glyphs: raw.glyphs,
        background: raw.background,
        ambiguous: raw.ambiguous,
        keys: screen::keys(&place, raw.keys)?,
        read_only: raw.read_only,
        engine: engine::checked(&place, raw.engine)?,
        alarms: alarms::checked(&place, raw.alarms)?,
        emergency_step_mw: number::within(
            &place,
            raw.emergency_step_mw,
            "emergency_step_mw",
            10_000,
            "MW",
        )?,
        emergency_interval_s: number::within(
            &place,
            raw.emergency_interval_s,
            "emergency_interval_s",
            60,
            "s",
        )?,
        response_mw_hz: number::within(
            &place,
            raw.response_mw_hz,
            "response_mw_hz",
            1_000_000,
            "MW a hertz",
        )?,
        slow_after_s: number::within(&place, raw.slow_after_s, "slow_after_s", 3_600, "s")?,
        key_file: path_of(&place, raw.key_file, "key_file")?,
        key_passphrase_file: path_of(&place, raw.key_passphrase_file, "key_passphrase_file")?,
        handover: handover::checked(&place, raw.shifts, raw.takes_over)?,
        history: history::checked(&place, raw.history)?,
        feeds,
    })
}

/// A language by its code.
fn language(
    place: &Place<'_>,
    field: Option<Spanned<String>>,
) -> Result<Option<Language>, ConfigError> {
    let Some(field) = field else { return Ok(None) };
    let known = Language::of_code(field.get_ref());
    if known.is_some() {
        return Ok(known);
    }
    let what = format!("has no language \"{}\"", field.get_ref().escape_default());
    let mend = format!("one of {}", Language::CODES.join(", "));
    Err(place.error(field.span(), "lang", &what, &mend))
}

/// A name as people give one: what a screen can show.
fn name(
    place: &Place<'_>,
    field: Option<Spanned<String>>,
    key: &str,
) -> Result<Option<String>, ConfigError> {
    let Some(field) = field else { return Ok(None) };
    let plain = field.get_ref().chars().all(|c| !c.is_control())
        && (1..=64).contains(&field.get_ref().chars().count());
    if plain {
        Ok(Some(field.into_inner()))
    } else {
        Err(place.error(
            field.span(),
            key,
            "is no name",
            "1 to 64 printable characters",
        ))
    }
}

fn feed(place: &Place<'_>, raw: RawFeed, url_rule: UrlRule<'_>) -> Result<FeedConfig, ConfigError> {
    let url_span = raw.url.span();
    let url = raw.url.into_inner();
    let plain = url.len() <= 512 && !url.chars().any(char::is_control);
    if !plain {
        let what = "is too long or holds control characters";
        return Err(place.error(
            url_span,
            "feed.url",
            what,
            "at most 512 printable characters",
        ));
    }
    if let Err(sentence) = url_rule(&url, raw.insecure) {
        return Err(place.error(url_span, "feed.url", "cannot be used", &sentence));
    }
    let path = |field, key: &str| path_of(place, field, key);
    let token_span = raw.token_file.as_ref().map(Spanned::span);
    let token_file = path(raw.token_file, "feed.token_file")?;
    if let (Some(file), Some(span)) = (&token_file, token_span)
        && let Err(problem) = check_secret(file)
    {
        return Err(place.error(span, "feed.token_file", &problem.what, &problem.mend));
    }
    let key_span = raw.client_key.as_ref().map(Spanned::span);
    let client_key = path(raw.client_key, "feed.client_key")?;
    if let (Some(file), Some(span)) = (&client_key, key_span)
        && let Err(problem) = check_secret(file)
    {
        return Err(place.error(span, "feed.client_key", &problem.what, &problem.mend));
    }
    let client_cert = path(raw.client_cert, "feed.client_cert")?;
    if client_cert.is_some() != client_key.is_some() {
        return Err(place.error(
            url_span,
            "feed.client_cert",
            "stands without its other half",
            "give both client_cert and client_key",
        ));
    }
    Ok(FeedConfig {
        name: name(place, raw.name, "feed.name")?.unwrap_or_else(|| label_of(&url)),
        url,
        token_file,
        ca: path(raw.ca, "feed.ca")?,
        client_cert,
        client_key,
        insecure: raw.insecure,
        preference: None,
        sites: Vec::new(),
    })
}

/// What is wrong with a value, and the mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub what: String,
    /// The mend.
    pub mend: String,
}

fn problem(what: &str, mend: &str) -> Problem {
    Problem {
        what: what.to_owned(),
        mend: mend.to_owned(),
    }
}

pub use sources::bare;

/// Host and path of a URL, for the screen.
pub fn label_of(url: &str) -> String {
    url.split_once("://")
        .map_or(url, |(_, rest)| rest)
        .chars()
        .take(64)
        .collect()
}

/// A file with a secret: there, small, closed to others, and not to be written by a group. A group that may read it is
/// taken (a node's cookie for its group, a credential of systemd), and told by [`group_reads`].
pub fn check_secret(file: &Path) -> Result<(), Problem> {
    let found = found(file)?;
    let who = match found.mode() {
        mode if mode & 0o007 != 0 => Some("others may read or write"),
        mode if mode & 0o020 != 0 => Some("a group may write"),
        _ => None,
    };
    if let Some(who) = who {
        return Err(Problem {
            what: format!("names {}, which {who}", file.display()),
            mend: format!("chmod 600 {}", file.display()),
        });
    }
    if found.len() > MAX_SECRET {
        let what = format!("names {}, which has more than 64 KiB", file.display());
        return Err(problem(&what, "a secret is one short line"));
    }
    Ok(())
}

/// May a group read this secret?
pub fn group_reads(file: &Path) -> bool {
    found(file).is_ok_and(|found| found.mode() & 0o040 != 0)
}

/// Refuses a file that others may write: who writes it decides who may order.
pub fn check_unwritable(file: &Path) -> Result<(), Problem> {
    let found = found(file)?;
    if found.mode() & 0o022 != 0 {
        return Err(Problem {
            what: format!("names {}, which others may write", file.display()),
            mend: format!("chmod go-w {}", file.display()),
        });
    }
    if found.len() > MAX_ROLL {
        let what = format!("names {}, which has more than 4 MiB", file.display());
        return Err(problem(&what, "a roll names at most 10,000 operators"));
    }
    Ok(())
}

/// What stands there, which must be a file or a pipe: the mode of anything else says nothing of a secret.
fn found(file: &Path) -> Result<fs::Metadata, Problem> {
    let what = match fs::metadata(file) {
        Ok(found) if found.is_file() || found.file_type().is_fifo() => return Ok(found),
        Ok(_) => format!("names {}, which is no file", file.display()),
        Err(e) => format!("names {}, which can't be read ({e})", file.display()),
    };
    Err(problem(&what, "give the path of a file that exists"))
}

/// The text of a file that [`check_secret`] takes.
pub fn read_secret(file: &Path) -> Result<Zeroizing<String>, Problem> {
    check_secret(file)?;
    if group_reads(file) {
        tracing::warn!(file = %file.display(), "a group may read this secret");
    }
    let text = files::text(file, MAX_SECRET).map_err(|unread| Problem {
        what: format!("names {}, which {}", file.display(), unread.what),
        mend: unread.mend.to_owned(),
    })?;
    Ok(Zeroizing::new(text))
}

/// A file named in the config, beside which it is looked for.
fn path_of(
    place: &Place<'_>,
    field: Option<Spanned<PathBuf>>,
    key: &str,
) -> Result<Option<PathBuf>, ConfigError> {
    let folder = place.file.parent().unwrap_or(Path::new("."));
    let Some(field) = field else { return Ok(None) };
    let full = folder.join(field.get_ref());
    if full.is_file() {
        Ok(Some(full))
    } else {
        let what = format!("names {}, which is no file", full.display());
        let mend = "give the path of a file that exists";
        Err(place.error(field.span(), key, &what, mend))
    }
}

struct Place<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Place<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or("");
        before.matches('\n').count() + 1
    }

    fn error(&self, span: Range<usize>, key: &str, what: &str, mend: &str) -> ConfigError {
        ConfigError {
            file: self.file.to_owned(),
            line: Some(self.line(&span)),
            key: key.to_owned(),
            what: what.to_owned(),
            mend: mend.to_owned(),
        }
    }

    fn of_toml(&self, error: &toml::de::Error) -> ConfigError {
        let span = error.span();
        let line_text = span.as_ref().and_then(|s| {
            let start = self.text.get(..s.start)?.rfind('\n').map_or(0, |at| at + 1);
            self.text.get(start..)?.lines().next()
        });
        let key = line_text
            .and_then(|l| l.split_once('='))
            .map_or("", |(key, _)| key.trim())
            .chars()
            .take(64)
            .collect();
        let what = error
            .message()
            .lines()
            .next()
            .unwrap_or("can't be read")
            .to_owned();
        ConfigError {
            file: self.file.to_owned(),
            line: span.map(|s| self.line(&s)),
            key,
            what,
            mend: "see `baseload console --help` and the README for the keys".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(url: &str, _insecure: bool) -> Result<(), String> {
        if url.contains('@') {
            Err("no secrets in a URL".to_owned())
        } else {
            Ok(())
        }
    }

    fn failing(text: &str) -> String {
        parse(text, Path::new("desk.toml"), &rule)
            .expect_err("is refused")
            .to_string()
    }

    #[test]
    fn a_desk_is_read() {
        let config = parse(
            "desk = \"A\"\noperator = \"7\"\nrole = \"dispatcher\"\ntheme = \"light\"\n[[feed]]\nurl = \"ws://127.0.0.1:7411/fleet\"\n",
            Path::new("desk.toml"),
            &rule,
        )
        .expect("is good");
        assert_eq!(config.feeds[0].name, "127.0.0.1:7411/fleet");
        assert_eq!(config.role.as_deref(), Some("dispatcher"));
        assert!(
            config.engine.is_none(),
            "the engine stays off unless configured"
        );
    }

    #[test]
    fn errors_name_file_line_and_key() {
        let unknown = failing("desk = \"A\"\nthem = \"light\"\n");
        assert!(unknown.starts_with("desk.toml:2: `them`:"), "{unknown}");
        let role = failing("\n\nrole = \"king\"\n");
        assert!(
            role.starts_with("desk.toml:3: `role`:") && role.contains("dispatcher"),
            "{role}"
        );
        let secret = failing("[[feed]]\nurl = \"wss://user:pw@example.org/fleet\"\n");
        assert!(secret.starts_with("desk.toml:2: `feed.url`:"), "{secret}");
        assert!(
            !secret.contains("pw"),
            "a secret is never repeated: {secret}"
        );
        let fps = failing("fps = 900");
        assert!(fps.contains("fps") && fps.contains("1 to 30"), "{fps}");
        let step = failing("emergency_step_mw = 0");
        assert!(
            step.contains("emergency_step_mw") && step.contains("1 to 10000 MW"),
            "{step}"
        );
        let name =
            failing("[[feed]]\nname = \"a\\u001b[2Jb\"\nurl = \"wss://example.org/fleet\"\n");
        assert!(name.starts_with("desk.toml:2: `feed.name`:"), "{name}");
        let syntax = failing("desk = \"A\"\n[[feed]\n");
        assert!(syntax.starts_with("desk.toml:2"), "{syntax}");
    }

    #[test]
    fn a_token_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a scratch folder");
        let token = dir.path().join("token");
        fs::write(&token, "secret").expect("writes");
        fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).expect("sets the mode");
        let text = "[[feed]]\nurl = \"wss://example.org/fleet\"\ntoken_file = \"token\"\n";
        let refused = parse(text, &dir.path().join("desk.toml"), &rule)
            .expect_err("is refused")
            .to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
        // A node's cookie for its group, and a credential of systemd.
        for (mode, taken) in [
            (0o600, true),
            (0o400, true),
            (0o640, true),
            (0o440, true),
            (0o660, false),
            (0o620, false),
            (0o604, false),
            (0o602, false),
        ] {
            fs::set_permissions(&token, fs::Permissions::from_mode(mode)).expect("sets the mode");
            let read = parse(text, &dir.path().join("desk.toml"), &rule);
            assert_eq!(read.is_ok(), taken, "{mode:o}");
            assert_eq!(group_reads(&token), mode & 0o040 != 0, "{mode:o}");
        }
    }
}
