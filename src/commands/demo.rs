//! `baseload demo`: separate websocket servers for fleet, grid and reserve on loopback over one simulated nation, a
//! fourth one for this machine's real engine, and the console on all of them.

use std::io;
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::sync::Arc;

use tokio::net::TcpListener;

use super::console::{desk, join, screen_of_the_desk};
use super::keys::keymap;
use super::look::{Environment, look, wiring};
use super::own_engine::Plan;
use super::places::first_time;
use super::recorder::{self, Start};
use super::{Failure, block_on_beside, handover, historian, own_engine, places, replay};
use crate::app::feeds::Feed;
use crate::app::history::History;
use crate::app::journal::Journal;
use crate::app::{Size, State};
use crate::cli::DemoArgs;
use crate::domain::ids::FeedId;
use crate::domain::link::Topic;
use crate::feed::socket::{Admission, FeedTarget};
use crate::gateway::Gateway;
use crate::gateway::local::Local;
use crate::gateway::serve::{Hub, HubOptions, ServeOptions, serve};
use crate::gateway::simulator::{NATION, Simulator, SimulatorOptions};
use crate::runtime::clock;
use crate::runtime::run::{Pace, Wiring, run as show};

/// Runs the demo.
pub fn run(args: &DemoArgs) -> Result<(), Failure> {
    let engine = own_engine::asked(&args.engine)?;
    let (config, unused) = screen_of_the_desk();
    let look = look(&args.look, &config, &Environment::present())?;
    let recording = args.look.record.as_ref().map(replay::begun).transpose()?;
    let _log = places::log();
    let feeds = ["fleet", "grid", "reserve", "local"];
    let views = feeds
        .iter()
        .enumerate()
        .map(|(i, name)| {
            Feed::new(
                FeedId(u16::try_from(i).unwrap_or(u16::MAX)),
                &format!("demo {name}"),
            )
        })
        .collect();
    let mut state = State::new(
        desk(&config, false),
        views,
        Size {
            columns: 80,
            rows: 24,
        },
        clock::console(),
    );
    state.demo = true;
    state.journal = Journal::opening();
    state.keys = keymap(&config)?;
    first_time(&mut state);
    if let Some(sentence) = unused {
        state.say(&sentence);
    }
    let themes = wiring(&args.look, &config, &Environment::present())?;
    state.history = History::opening();
    let start = Start {
        desk: "demo".to_owned(),
        operator: state.desk.operator.clone(),
        config: None,
        feeds: state.feeds.iter().map(|f| f.label.clone()).collect(),
    };
    let pace = Pace {
        fps: args.look.fps.unwrap_or(4),
        size: args.look.size,
    };
    let options = SimulatorOptions {
        sites: usize::from(args.sites),
        seed: args.seed,
        speed: args.speed,
        // A training gateway of the same seed is another one.
        id: "demo",
        ..SimulatorOptions::at(clock::now())
    };
    block_on_beside(2, async |sockets| {
        Box::pin(show(state, &look, pace, move || {
            let _sockets = sockets.enter();
            let mut wiring = nation(options, engine)?;
            wiring.journal = Some(recorder::start(start)?);
            wiring.handover = Some(handover::start(None, Vec::new()));
            wiring.themes = Some(themes);
            wiring.history = Some(historian::start(historian::Kept::in_memory()));
            wiring.recording = recording;
            Ok(wiring)
        }))
        .await
    })??;
    Ok(())
}

/// Starts the servers and opens their feeds.
fn nation(options: SimulatorOptions, engine: Plan) -> io::Result<Wiring> {
    let nation = start_hub(Box::new(Simulator::new(options)));
    let engine = own_engine::start(engine)?;
    let own = start_hub(Box::new(Local::new(engine.clone(), NATION, clock::now())));
    let servers = [
        (
            &nation,
            "fleet",
            vec![Topic::Fleet, Topic::Alarm, Topic::Order],
        ),
        (&nation, "grid", vec![Topic::Grid]),
        (&nation, "reserve", vec![Topic::Reserve]),
        (
            &own,
            "fleet",
            vec![Topic::Fleet, Topic::Alarm, Topic::Order],
        ),
    ];
    let mut targets = Vec::new();
    for (hub, path, topics) in servers {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let at = listener.local_addr()?;
        targets.push(FeedTarget {
            url: format!("ws://{at}/{path}"),
            ..FeedTarget::default()
        });
        let options = ServeOptions {
            admission: Admission {
                topics,
                ..Admission::default()
            },
            ..ServeOptions::open(path)
        };
        // It ends with the console.
        let listener = TcpListener::from_std(listener)?;
        tokio::spawn(serve(
            listener,
            hub.clone(),
            options,
            std::future::pending(),
        ));
    }
    let mut wiring = join(targets, None);
    wiring.engine = Some(own_engine::wiring(&engine));
    Ok(wiring)
}

fn start_hub(gateway: Box<dyn Gateway>) -> Hub {
    Hub::start(gateway, HubOptions::new(Arc::new(clock::steady())))
}
