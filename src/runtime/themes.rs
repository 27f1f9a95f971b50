//! Themes while the console runs: the next one at a key, a file that was edited, the light one on a light ground. Files
//! are read on a thread of their own: a home folder on a slow server must not hold up the keys.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::files;
use crate::ui::theme::{self, Theme, ThemeError};

/// The theme of a light ground.
pub const LIGHT: &str = "light";
/// How often the file of the theme worn is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Largest theme file that is read, bytes.
const MAX_BYTES: u64 = 256 * 1024;
/// Most themes of a person's own that are offered.
const MOST: usize = 64;

/// What is worn at the start, and where more are.
#[derive(Debug, Clone, Default)]
pub struct Wardrobe {
    /// Where a person's own themes are.
    pub folder: Option<PathBuf>,
    /// The name of the theme worn.
    pub name: String,
    /// Its file, where it is no built-in.
    pub file: Option<PathBuf>,
    /// Nobody named it: it may follow the ground.
    pub free: bool,
}

/// What the loop wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The next theme.
    Next,
    /// The terminal's ground is light.
    LightGround,
}

/// What comes of it.
#[derive(Debug, Clone)]
pub enum Dressed {
    /// Wear this, and say the sentence where there is one.
    Theme(Box<Theme>, Option<String>),
    /// A file can't be used; the theme worn stays.
    Wrong(String),
}

/// Themes, as the loop needs them.
pub struct ThemesWiring {
    /// Asks; never waits.
    pub ask: Sender<Ask>,
    /// What to wear.
    pub news: UnboundedReceiver<Dressed>,
    /// The terminal shall be asked for the colour of its ground.
    pub asks_ground: bool,
}

/// Why a theme file can't be worn.
#[derive(Debug)]
pub enum Unread {
    /// It can't be read.
    File(files::Unread),
    /// It has a mistake, with its line.
    Wrong(ThemeError),
}

/// Reads a theme file, at most 256 KiB of it.
pub fn read(file: &Path) -> Result<Theme, Unread> {
    let text = files::text(file, MAX_BYTES).map_err(Unread::File)?;
    theme::parse(&file.display().to_string(), &text).map_err(Unread::Wrong)
}

/// The names of a person's own themes in a folder, sorted; those of built-in themes are not among them.
pub fn own(folder: &Path) -> Vec<String> {
    let Ok(files) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = files
        .filter_map(|file| {
            let name = file.ok()?.file_name().into_string().ok()?;
            let stem = name.strip_suffix(".toml")?;
            let plain = stem
                .chars()
                .all(|c| c.is_alphanumeric() || "-_ ".contains(c));
            (plain && !stem.is_empty()).then(|| stem.to_owned())
        })
        .filter(|name| theme::names().all(|known| known != name))
        .take(MOST)
        .collect();
    names.sort();
    names
}

/// Starts the thread.
pub fn start(wardrobe: Wardrobe, asks_ground: bool) -> io::Result<ThemesWiring> {
    let (ask, asked) = channel();
    let (tell, news) = unbounded_channel();
    std::thread::Builder::new()
        .name("baseload-themes".into())
        .spawn(move || serve(wardrobe, &asked, &tell))?;
    Ok(ThemesWiring {
        ask,
        news,
        asks_ground,
    })
}

/// What tells one state of a file from the next.
type Mark = Option<(SystemTime, u64)>;

fn mark(file: Option<&Path>) -> Mark {
    let found = fs::metadata(file?).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// Until the loop or its ear is gone.
fn serve(mut worn: Wardrobe, asked: &Receiver<Ask>, tell: &UnboundedSender<Dressed>) {
    let mut seen = mark(worn.file.as_deref());
    loop {
        let dressed = match asked.recv_timeout(LOOK) {
            Ok(Ask::Next) => {
                let dressed = next(&mut worn);
                seen = mark(worn.file.as_deref());
                Some(dressed)
            }
            Ok(Ask::LightGround) => light(&mut worn),
            Err(RecvTimeoutError::Timeout) => edited(&worn, &mut seen),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if dressed.is_some_and(|dressed| tell.send(dressed).is_err()) || tell.is_closed() {
            return;
        }
    }
}

/// The file of the theme worn, where it has changed since it was last seen.
fn edited(worn: &Wardrobe, seen: &mut Mark) -> Option<Dressed> {
    let file = worn.file.as_deref()?;
    let now = mark(Some(file));
    // An editor may take a file away for a moment to put the new one in its place.
    if now.is_none() || now == *seen {
        return None;
    }
    *seen = now;
    Some(match read(file) {
        Ok(theme) => {
            let said = format!("theme {} as it is now", worn.name);
            Dressed::Theme(Box::new(theme), Some(said))
        }
        Err(error) => wrong(&worn.name, &error),
    })
}

fn wrong(name: &str, error: &Unread) -> Dressed {
    let why = match error {
        Unread::File(error) => format!("theme {name} {}", error.what),
        Unread::Wrong(error) => error.to_string(),
    };
    Dressed::Wrong(format!("{why}; the theme stays"))
}

fn light(worn: &mut Wardrobe) -> Option<Dressed> {
    if !worn.free {
        return None;
    }
    let theme = theme::built_in(LIGHT).ok()?;
    LIGHT.clone_into(&mut worn.name);
    Some(Dressed::Theme(Box::new(theme), None))
}

/// The theme after the one worn: the built-in ones, then the person's own, round and round. One that can't be used is
/// passed over the next time.
fn next(worn: &mut Wardrobe) -> Dressed {
    let own = worn.folder.as_deref().map(own).unwrap_or_default();
    let names: Vec<String> = theme::names().map(str::to_owned).chain(own).collect();
    let at = names.iter().position(|name| *name == worn.name);
    let name = names[at.map_or(0, |at| (at + 1) % names.len())].clone();
    worn.free = false;
    worn.name.clone_from(&name);
    worn.file = match theme::built_in(&name) {
        Ok(theme) => {
            worn.file = None;
            return Dressed::Theme(Box::new(theme), Some(kept(&name)));
        }
        Err(_) => worn.folder.as_ref().map(|f| f.join(format!("{name}.toml"))),
    };
    match worn.file.as_deref().map(read) {
        Some(Ok(theme)) => Dressed::Theme(Box::new(theme), Some(kept(&name))),
        Some(Err(error)) => wrong(&name, &error),
        None => Dressed::Wrong("no other theme is here".to_owned()),
    }
}

fn kept(name: &str) -> String {
    format!("theme {name}; it stays with theme = \"{name}\" in the config")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a scratch folder")
    }

    fn write(file: &Path, text: &str) {
        fs::write(file, text).expect("writes");
    }

    #[test]
    fn all_themes_come_round_and_a_bad_one_is_passed_over() {
        let folder = folder();
        write(&folder.path().join("dusk.toml"), "inherits = \"night\"\n");
        write(
            &folder.path().join("wrong.toml"),
            "inherits = \"grey\"\n[rolls]\n",
        );
        write(&folder.path().join("grey.toml"), "inherits = \"night\"\n");
        write(&folder.path().join(".toml"), "");
        let mut worn = Wardrobe {
            folder: Some(folder.path().to_owned()),
            name: theme::DEFAULT.to_owned(),
            ..Wardrobe::default()
        };
        let mut names = Vec::new();
        let mut sentences = Vec::new();
        loop {
            if let Dressed::Wrong(sentence) = next(&mut worn) {
                sentences.push(sentence);
            }
            names.push(worn.name.clone());
            if worn.name == theme::DEFAULT {
                break;
            }
        }
        assert_eq!(names.len(), theme::names().count() + 2, "{names:?}");
        assert!(names.contains(&"dusk".to_owned()));
        assert_eq!(sentences.len(), 1);
        assert!(sentences[0].contains("wrong.toml:2:"), "{sentences:?}");
    }

    #[test]
    fn an_edited_file_is_worn_and_a_bad_edit_is_said_with_its_line() {
        let folder = folder();
        let file = folder.path().join("dusk.toml");
        write(&file, "inherits = \"night\"\n");
        let worn = Wardrobe {
            folder: Some(folder.path().to_owned()),
            name: "dusk".to_owned(),
            file: Some(file.clone()),
            free: false,
        };
        let mut seen = mark(Some(&file));
        assert!(edited(&worn, &mut seen).is_none(), "nothing changed");
        write(
            &file,
            "inherits = \"night\"\n[palette]\ntext = \"#aaaaaaa\"\n",
        );
        match edited(&worn, &mut seen) {
            Some(Dressed::Wrong(said)) => assert!(said.contains("dusk.toml:3:"), "{said}"),
            other => panic!("{other:?}"),
        }
        assert!(edited(&worn, &mut seen).is_none(), "said once");
        fs::remove_file(&file).expect("removes");
        assert!(edited(&worn, &mut seen).is_none(), "an editor at work");
        write(&file, "inherits = \"light\"\n");
        assert!(matches!(edited(&worn, &mut seen), Some(Dressed::Theme(..))));
    }

    #[test]
    fn a_light_ground_changes_only_what_nobody_named() {
        let mut named = Wardrobe {
            name: "night".to_owned(),
            ..Wardrobe::default()
        };
        assert!(light(&mut named).is_none());
        let mut free = Wardrobe {
            free: true,
            ..named
        };
        assert!(light(&mut free).is_some());
    }
}
