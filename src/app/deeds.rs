//! Authority over a site, asked for, given up and taken from the keyboard: confirmed, journalled, signed on its way
//! out, and followed until the fleet or the gateway's refusal answers.

use std::sync::Arc;
use std::time::Duration;

use super::curtail::plain_upper;
use super::journal::{self, Then};
use super::key::{Code, Key};
use super::{Effect, Note, State, rows};
use crate::domain::deed::{Act, Deed};
use crate::domain::ids::{FeedId, OrderId, SiteId};
use crate::domain::journal::Fact;
use crate::domain::link::Request;
use crate::domain::time::Timestamp;

/// A prompt that nobody answers closes after this.
pub const OPEN_FOR: Duration = Duration::from_secs(20);
/// Keys in this time after the prompt opened are dropped: they were typed before it could be read.
const DEAF_FOR: Duration = Duration::from_millis(300);
/// An answer that has not come by then is said to be missing.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

/// The question at the bottom of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Request, release or take.
    pub act: Act,
    /// The site.
    pub site: SiteId,
    /// The epoch that was on the screen.
    pub epoch: u64,
    /// Who held the site.
    pub holder: Option<Arc<str>>,
    /// What must be typed, before Enter.
    pub word: String,
    /// What was typed so far.
    pub typed: String,
    /// Since when it is open.
    pub at: Timestamp,
}

/// What this desk has asked and what is not answered yet.
#[derive(Debug, Clone, Default)]
pub struct Deeds {
    /// What is being asked of the person.
    pub prompt: Option<Prompt>,
    confirmed: Option<Prompt>,
    sent: Vec<(FeedId, Deed, Timestamp)>,
}

const fn verb(act: &Act) -> &'static str {
    match act {
        Act::Release => "release",
        Act::Take => "take",
        _ => "request",
    }
}

/// Asks for the confirmation, unless something speaks against it; then says what.
pub(super) fn open(state: &mut State, act: Act) -> Vec<Effect> {
    let site = match state.nav.screen {
        super::nav::Screen::Site => state.nav.site.clone(),
        _ => rows::site_at_cursor(state),
    };
    let Some(view) = site.and_then(|id| state.fleet.sites.get(&id)) else {
        state.say("no site is chosen");
        return Vec::new();
    };
    let (id, authority, name) = (
        view.site.id.clone(),
        view.site.authority.clone(),
        view.site.name.clone(),
    );
    let own = authority.holder.as_ref() == Some(&state.desk.operator);
    let against = match (&act, &authority.holder) {
        (Act::Request, Some(_)) | (Act::Take, _) if own => {
            Some(format!("the authority over {name} is held here already"))
        }
        (Act::Request, Some(holder)) => Some(format!(
            "{holder} holds {name}: T takes it, or ask them to release it"
        )),
        (Act::Release, _) if !own => Some(format!("the authority over {name} is not held here")),
        _ => None,
    };
    if let Some(why) = bar(state, view.feed).or(against) {
        state.say(&why);
        return Vec::new();
    }
    let word = match act {
        Act::Take => format!("TAKE {}", plain_upper(id.as_str())),
        _ => "y".to_owned(),
    };
    state.deeds.prompt = Some(Prompt {
        act,
        site: id,
        epoch: authority.epoch,
        holder: authority.holder,
        word,
        typed: String::new(),
        at: state.now,
    });
    vec![Effect::DropInput]
}

/// What bars any such act over this feed now.
fn bar(state: &State, feed: FeedId) -> Option<String> {
    if state.desk.read_only {
        return Some("this console may only look (--read-only)".to_owned());
    }
    if state.is_frozen() {
        return Some("the table is frozen: f goes on".to_owned());
    }
    if let Some(why) = state.journal.refuses() {
        return Some(format!("nothing leaves unrecorded: {why}"));
    }
    let feed = state.feed(feed).filter(|feed| feed.is_live());
    match feed {
        None => Some("the site's feed is down".to_owned()),
        Some(feed) if feed.skew.is_none() => {
            Some("the gateway's clock is not measured yet".to_owned())
        }
        Some(_) => None,
    }
}

/// A key while the prompt is open. Esc leaves nothing behind.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let now = state.now;
    let Some(prompt) = state.deeds.prompt.as_mut() else {
        return Vec::new();
    };
    match key.code {
        Code::Esc => state.deeds.prompt = None,
        _ if prompt.at.age(now) < DEAF_FOR => {}
        Code::Backspace => {
            prompt.typed.pop();
        }
        Code::Enter if prompt.typed == prompt.word => {
            state.deeds.confirmed = state.deeds.prompt.take();
            return vec![Effect::MintDeed];
        }
        Code::Char(c) if !key.ctrl && !key.alt && prompt.typed.len() < prompt.word.len() => {
            prompt.typed.push(c);
        }
        _ => {}
    }
    Vec::new()
}

/// The confirmed act has its id: looked at once more, journalled, and then it leaves.
pub(super) fn issue(state: &mut State, id: OrderId) -> Vec<Effect> {
    let Some(prompt) = state.deeds.confirmed.take() else {
        return Vec::new();
    };
    let view = state.fleet.sites.get(&prompt.site);
    let why = match view {
        None => Some("the site is gone".to_owned()),
        Some(view) if view.site.authority.epoch != prompt.epoch => {
            Some("authority has changed hands since".to_owned())
        }
        Some(view) => bar(state, view.feed),
    };
    let feed = match (why, view) {
        (None, Some(view)) => view.feed,
        (why, _) => {
            state.say(&format!("not sent: {}", why.unwrap_or_default()));
            return Vec::new();
        }
    };
    let offset = state
        .feed(feed)
        .and_then(|f| f.skew)
        .map_or(0, |s| s.offset_ms);
    let reason = format!("from desk {}", state.desk.name);
    let deed = Deed {
        id,
        site: prompt.site,
        act: prompt.act,
        epoch: prompt.epoch,
        by: state.desk.operator.clone(),
        reason: reason.trim_end().into(),
        at: state.now.shifted(offset),
        signature: None,
    };
    let what = format!("{}, epoch {}: confirmed", words(&deed), deed.epoch);
    let operator = state.desk.operator.clone();
    let facts = vec![Fact::Note(what.into())];
    journal::hold(state, &operator, facts, Then::Deed(feed, Box::new(deed)))
}

fn words(deed: &Deed) -> String {
    format!(
        "{} authority over {} ({})",
        verb(&deed.act),
        deed.site.as_str(),
        super::notes::short(deed.id.0)
    )
}

/// The journal has answered: it leaves, or it does not.
pub(super) fn leave(
    state: &mut State,
    feed: FeedId,
    deed: Deed,
    recorded: Result<(), &str>,
) -> Vec<Effect> {
    if let Err(why) = recorded {
        return ended(state, &deed, &format!("not sent: {why}"));
    }
    state.deeds.sent.push((feed, deed.clone(), state.now));
    let sentence = format!("{}: sent", words(&deed));
    state.say(&sentence);
    vec![Effect::Send(feed, Request::Deed(Box::new(deed)))]
}

fn ended(state: &mut State, deed: &Deed, what: &str) -> Vec<Effect> {
    let sentence = format!("{}: {what}", words(deed));
    state.say(&sentence);
    state.note(Note::link(&sentence));
    let fact = Fact::Note(sentence.into());
    journal::write(state, vec![fact]).into_iter().collect()
}

/// The gateway, or our own link, refuses what a ULID names. None: it is no act of this desk over this feed.
pub(super) fn refused(
    state: &mut State,
    feed: FeedId,
    about: &str,
    why: &str,
) -> Option<Vec<Effect>> {
    let id = ulid::Ulid::from_string(about).ok()?.0;
    let sent = &state.deeds.sent;
    let at = sent
        .iter()
        .position(|(f, deed, _)| *f == feed && deed.id.0 == id)?;
    let (_, deed, _) = state.deeds.sent.remove(at);
    Some(ended(state, &deed, &format!("refused: {why}")))
}

/// The link did not take it. None: it is no act of this desk.
pub(super) fn not_sent(state: &mut State, id: OrderId) -> Option<Vec<Effect>> {
    let at = state.deeds.sent.iter().position(|(_, d, _)| d.id == id)?;
    let (_, deed, _) = state.deeds.sent.remove(at);
    Some(ended(state, &deed, "not sent: the link did not take it"))
}

/// What the fleet says settles what was sent; what nobody answers is said to be unknown.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let old = |at: Timestamp, span: Duration| at.age(now) >= span || now < at;
    if state
        .deeds
        .prompt
        .as_ref()
        .is_some_and(|p| old(p.at, OPEN_FOR))
    {
        state.deeds.prompt = None;
        state.say("nothing was sent: the question was not answered");
    }
    let mut effects = Vec::new();
    for (feed, deed, at) in std::mem::take(&mut state.deeds.sent) {
        let view = state.fleet.sites.get(&deed.site).filter(|v| v.feed == feed);
        let authority = view.map(|v| v.site.authority.clone());
        let what = match authority {
            Some(now) if now.epoch > deed.epoch => match &now.holder {
                Some(holder) if *holder == deed.by => format!("held here, epoch {}", now.epoch),
                Some(holder) => format!("held by {holder}, epoch {}", now.epoch),
                None => format!("held by nobody, epoch {}", now.epoch),
            },
            _ if old(at, ANSWERED_WITHIN) => {
                "no answer: the Site screen shows who holds it".to_owned()
            }
            _ => {
                state.deeds.sent.push((feed, deed, at));
                continue;
            }
        };
        effects.extend(ended(state, &deed, &what));
    }
    effects
}
