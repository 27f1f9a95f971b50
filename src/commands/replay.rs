//! `--record` and `baseload replay`.

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

/// Plays a recording.
pub fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let recorded = Recorded::open(&args.file).map_err(|error| Failure::Run(error.to_string()))?;
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
