//! `--record` and `baseload replay`.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::console::{can_draw, join, screen_of_the_desk};
use super::look::{Environment, look};
use super::{Failure, block_on, places};
use crate::cli::{RecordArgs, ReplayArgs};
use crate::runtime::run::{Pace, run as show};
use crate::runtime::tape::{Deck, Recorded, Recording, Refused};

/// Frames a second where nothing is said: what an operator typed shall be seen as it was typed.
const FPS: u8 = 10;

/// Makes the file that is recorded into, before anything else starts.
pub fn begun(args: &RecordArgs) -> Result<Recording, Failure> {
    Recording::create(&args.file, args.limit).map_err(|refused| match refused {
        Refused::There(_) => Failure::Usage(refused.to_string()),
        Refused::Io(..) => Failure::Run(refused.to_string()),
    })
}

/// A file that is looked through in less needs no words about it.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looks the file through, and says on stderr how far it is where that takes long: the terminal is not taken yet.
fn looked_through(file: &Path) -> Result<Recorded, Failure> {
    let begun = Instant::now();
    let mut shown = None;
    let there = io::stderr().is_terminal();
    let recorded = Recorded::open_telling(file, &mut |percent| {
        // What is no terminal gets one line, not a hundred.
        let news = shown != Some(percent) && (there || shown.is_none());
        if !news || begun.elapsed() < PATIENCE {
            return;
        }
        shown = Some(percent);
        let (before, after) = if there { ("\r", "") } else { ("", "\n") };
        let mut to = io::stderr();
        // A closed stderr is no reason not to play.
        let _ = write!(
            to,
            "{before}baseload: looking the recording through, {percent} %{after}"
        );
        let _ = to.flush();
    });
    if there && shown.is_some() {
        let _ = writeln!(io::stderr());
    }
    recorded.map_err(|error| Failure::Run(error.to_string()))
}

/// Plays a recording.
pub fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let recorded = looked_through(&args.file)?;
    if !can_draw() {
        return Err(Failure::Usage(
            "a replay needs a screen; start it in a terminal".to_owned(),
        ));
    }
    // A config that can't be used says nothing here: colours and characters are then the terminal's own.
    let (config, _) = screen_of_the_desk();
    let mut worn = recorded
        .head
        .dress(look(&args.look, &config, &Environment::present())?);
    let own_theme = args.look.theme.is_some();
    if own_theme || args.look.lang.is_some() {
        let asked = look(&args.look, &config, &Environment::present())?;
        if own_theme {
            worn.theme = asked.theme;
        }
        if let Some(language) = args.look.lang {
            worn.language = language;
        }
    }
    let _log = places::log();
    let deck = Deck::new(recorded, worn, own_theme, args.speed)
        .map_err(|error| Failure::Run(format!("{}: {error}", args.file.display())))?;
    let pace = Pace {
        fps: args.look.fps.unwrap_or(FPS),
        size: args.look.size,
    };
    let (state, look) = (deck.opening(), deck.look().clone());
    block_on(async {
        Box::pin(show(state, &look, pace, move || {
            let mut wiring = join(Vec::new(), None);
            wiring.deck = Some(deck);
            Ok(wiring)
        }))
        .await
    })??;
    Ok(())
}
