//! Mining on the screen.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::line::{Line, What};
use super::{EVENTS, News, Run, plain};
use crate::app::{Msg, Size, State};
use crate::cli::MineArgs;
use crate::commands::console::{desk, join, screen_of_the_desk};
use crate::commands::keys::keymap;
use crate::commands::look::{Environment, look as look_of, wiring as themes};
use crate::commands::{Failure, own_engine, papers};
use crate::config::Config;
use crate::runtime::clock;
use crate::runtime::run::{EngineWiring, MiningWiring, Pace, Wiring, run as show_until_quit};
use crate::ui::look::Look;
use crate::work::miner::Ended;

/// The look that the command line asks for.
pub(super) fn look(args: &MineArgs) -> Result<Look, Failure> {
    look_of(&args.look, &screen_of_the_desk().0, &Environment::present())
}

/// Shows the console until a person, a signal, a limit or the miner itself ends it; then one line says what was done.
pub(super) async fn show(
    run: &Arc<Run>,
    news: mpsc::Receiver<News>,
    look: &Look,
    args: &MineArgs,
    limit: Option<Duration>,
) -> Result<(), Failure> {
    let size = Size {
        columns: 80,
        rows: 24,
    };
    let mut state = State::solo(desk(&Config::default(), false), size, clock::console());
    let (config, unused) = screen_of_the_desk();
    state.keys = keymap(&config)?;
    if let Some(sentence) = unused {
        state.say(&sentence);
    }
    let pace = Pace {
        fps: args.look.fps.unwrap_or(4),
        size: args.look.size,
    };
    let (sender, messages) = mpsc::channel(EVENTS);
    let ended = Arc::new(Mutex::new(None));
    tokio::spawn(forward(news, sender, ended.clone(), limit));
    let mut wiring = wiring(run, messages);
    wiring.themes = Some(themes(&args.look, &config, &Environment::present())?);
    Box::pin(show_until_quit(state, look, pace, move || Ok(wiring))).await?;
    tokio::task::block_in_place(|| run.mining.end());
    let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
    match ended.take() {
        Some(ended @ (Ended::Refused(_) | Ended::SourceGone)) => return Err(super::failure(ended)),
        Some(Ended::Enough) | None => {}
    }
    let now = clock::now();
    run.pulse(now);
    let summary = What::Summary(run.summary("a person"));
    papers::print(&plain::line(&Line::new(now, summary)))
}

/// Joins the miner to the loop.
fn wiring(run: &Arc<Run>, news: mpsc::Receiver<Msg>) -> Wiring {
    let (pulse, told, status) = (run.clone(), run.clone(), run.clone());
    let mut wiring = join(Vec::new(), None);
    wiring.engine = Some(EngineWiring {
        status: Box::new(move |now| pulse.pulse(now)),
        request: Box::new(move |request| own_engine::obey(&told.engine, request)),
    });
    wiring.mining = Some(MiningWiring {
        status: Box::new(move || status.mining.status()),
        news,
    });
    wiring
}

/// Passes news on to the loop, and ends it where they or the limit say so.
async fn forward(
    mut news: mpsc::Receiver<News>,
    sender: mpsc::Sender<Msg>,
    ended: Arc<Mutex<Option<Ended>>>,
    limit: Option<Duration>,
) {
    let limit = async {
        match limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(limit);
    loop {
        let msg = tokio::select! {
            it = news.recv() => match it {
                Some(News::Event(_, event)) => Msg::MiningEvent(event),
                Some(News::Ended(why)) => {
                    *ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                    Msg::Terminate
                }
                None => return,
            },
            () = &mut limit => Msg::Terminate,
        };
        let last = matches!(msg, Msg::Terminate);
        // The loop takes a batch between two keys; it is gone where this fails.
        if sender.send(msg).await.is_err() || last {
            return;
        }
    }
}
