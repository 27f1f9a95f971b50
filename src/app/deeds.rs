//! Authority over a site, asked for, given up and taken from the keyboard, and lockouts hung on blocks and taken off:
//! with a reason, confirmed, journalled, signed on their way out, and followed until the fleet or the gateway's refusal
//! answers.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::curtail::Scope;
use super::fleet::{BlockView, SiteView};
use super::journal::{self, Then};
use super::key::{Code, Key};
use super::marks::out_of_sight;
use super::nav::Screen;
use super::notice::What;
use super::obstacle::not_sent as bars_it;
use super::remark::{LONGEST, line};
use super::{Effect, Note, State, naming, rows, scope, stamp};
use crate::domain::deed::{Act, Deed};
use crate::domain::fleet::LOCKOUT;
use crate::domain::ids::{BlockId, BlockKey, FeedId, OrderId, SiteId};
use crate::domain::journal::{Fact, Stage};
use crate::domain::link::Request;
use crate::domain::order::Reason;
use crate::domain::sentence::{Sentence, told};
use crate::domain::time::Timestamp;

/// A prompt at which no key was pressed closes after this.
pub const OPEN_FOR: Duration = Duration::from_mins(1);
/// Keys in this time after the prompt opened are dropped: they were typed before it could be read.
const DEAF_FOR: Duration = Duration::from_millis(300);
/// An answer that has not come by then is said to be missing.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);
/// Blocks that one answer of a person's may tag: each is a signed act of its own, and the link's queue is bounded.
pub const MOST_TAGS: usize = 100;

/// What is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Why.
    Reason,
    /// The word that confirms.
    Word,
}

/// The question at the bottom of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What would be done: one act of authority, or a tag on each of some blocks.
    pub acts: Vec<Act>,
    /// The site.
    pub site: SiteId,
    /// Its name.
    pub name: Arc<str>,
    /// Of tags: which blocks, in words.
    pub which: String,
    /// How many of these are marked out of sight.
    pub hidden: usize,
    /// The epoch that was on the screen.
    pub epoch: u64,
    /// Who holds the site, or whose tag hangs there, as he may stand on the screen.
    pub holder: Option<Arc<str>>,
    /// The reason as typed.
    pub reason: String,
    /// The reason where nothing is typed.
    pub offered: String,
    /// What must be typed, before Enter.
    pub word: String,
    /// What was typed so far.
    pub typed: String,
    /// Which of the two is being typed.
    pub field: Field,
    /// Since when it is open.
    pub at: Timestamp,
    /// When a key was pressed last.
    pub pressed: Timestamp,
}

/// A confirmed act that waits for its id.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Confirmed {
    act: Act,
    site: SiteId,
    epoch: u64,
    reason: Arc<str>,
}

/// What this desk has asked and what is not answered yet.
#[derive(Debug, Clone, Default)]
pub struct Deeds {
    /// What is being asked of the person.
    pub prompt: Option<Prompt>,
    confirmed: VecDeque<Confirmed>,
    sent: Vec<(FeedId, Deed, Timestamp)>,
}

fn chosen(state: &State) -> Option<&SiteView> {
    let site = match state.nav.screen {
        Screen::Site => state.nav.site.clone(),
        Screen::Curtail => super::waiting::site_at_cursor(state),
        _ => rows::site_at_cursor(state),
    };
    state.fleet.sites.get(&site?)
}

/// Asks for the reason and the confirmation, unless something speaks against it; then says what.
pub(super) fn open(state: &mut State, act: Act) -> Vec<Effect> {
    let Some(view) = chosen(state) else {
        state.say(What::NoSite);
        return Vec::new();
    };
    let (authority, name) = (&view.site.authority, &view.site.name);
    let holder = called(state, authority.holder.as_ref());
    let own = authority.holder.as_ref() == Some(&state.desk.operator);
    let against = match (&act, &holder) {
        (Act::Request, Some(_)) | (Act::Take, _) if own => Some(told!(
            "own-held-already",
            "the authority over {site} is held here already",
            site = name
        )),
        (Act::Request, Some(holder)) => Some(told!(
            "own-other-holds",
            "{holder} holds {site}: T takes it, or ask them to release it",
            holder = holder,
            site = name
        )),
        (Act::Release, _) if !own => Some(told!(
            "own-not-held",
            "the authority over {site} is not held here",
            site = name
        )),
        _ => None,
    };
    if let Some(why) = bar(state, view.feed).or(against) {
        state.say(why);
        return Vec::new();
    }
    let word = match act {
        Act::Take => format!("TAKE {}", state.fleet.word_of(&view.site.id)),
        _ => "y".to_owned(),
    };
    let offered = match act {
        Act::Release => "handed back",
        Act::Take => "taken over",
        _ => "to operate it",
    };
    let prompt = asked(state, view, vec![act], offered, word, holder);
    state.deeds.prompt = Some(prompt);
    vec![Effect::DropInput]
}

/// Asks whether a lockout shall hang on, or come off, what marks and cursor select on the Site screen.
pub(super) fn open_tag(state: &mut State, hang: bool) -> Vec<Effect> {
    let Some(view) = chosen(state).filter(|_| state.nav.screen == Screen::Site) else {
        state.say(What::LockoutOnSite);
        return Vec::new();
    };
    let Some(Scope::Blocks(keys)) = scope::selected(state, false) else {
        state.say(What::NoBlockChosen);
        return Vec::new();
    };
    let site = &view.site.id;
    let blocks = keys.iter().filter(|key| key.site == *site);
    let known = blocks.filter_map(|key| view.blocks.get(&key.block));
    let fit: Vec<_> = known
        .filter(|b| b.block.lockout().is_some() != hang)
        .collect();
    let against = match (fit.len(), hang) {
        (0, true) => Some(told!("own-hangs-already", "a lockout hangs there already")),
        (0, false) => Some(told!("own-none-hangs", "no lockout hangs there")),
        (many, _) if many > MOST_TAGS => Some(told!(
            "own-many-tags",
            "{n} blocks: at most {most} are tagged at once",
            n = many,
            most = MOST_TAGS
        )),
        _ => several_owners(state, &fit),
    };
    if let Some(why) = bar(state, view.feed).or(against) {
        state.say(why);
        return Vec::new();
    }
    let act = |view: &BlockView| {
        let (block, kind) = (view.block.id.clone(), Arc::from(LOCKOUT));
        if hang {
            Act::TagSet { block, kind }
        } else {
            // The very tag that is on the screen.
            let tag = view.block.lockout().and_then(|tag| tag.id);
            Act::TagClear { block, kind, tag }
        }
    };
    let acts = fit.iter().map(|b| act(b)).collect();
    let tag = fit.first().and_then(|b| b.block.lockout());
    let owner = called(state, tag.map(|tag| &tag.owner));
    let offered = if hang {
        "maintenance"
    } else {
        "maintenance is over"
    };
    let which = match fit.as_slice() {
        [one] => one.block.name.to_string(),
        many => {
            let names: Vec<&str> = many.iter().take(3).map(|b| &*b.block.name).collect();
            let more = if many.len() > 3 { ", ..." } else { "" };
            format!("{} blocks ({}{more})", many.len(), names.join(", "))
        }
    };
    let prompt = asked(state, view, acts, offered, "y".to_owned(), owner);
    // Without marks it is the cursor's row that is meant, and that is in sight.
    let marked = &state.nav.marked_blocks;
    let keys: Vec<BlockKey> = fit.iter().map(|b| b.block.key()).collect();
    let hidden = out_of_sight(state, keys.iter().filter(|key| marked.contains(*key)));
    state.deeds.prompt = Some(Prompt {
        which,
        hidden,
        ..prompt
    });
    vec![Effect::DropInput]
}

/// A person as he may stand on the screen.
fn called(state: &State, name: Option<&Arc<str>>) -> Option<Arc<str>> {
    name.map(|name| naming::person(state, name).into())
}

/// A lockout may be all that protects somebody at a machine: those of several people never come off by one word.
fn several_owners(state: &State, fit: &[&BlockView]) -> Option<Sentence> {
    let tags = fit.iter().filter_map(|b| b.block.lockout());
    let owners: BTreeSet<&str> = tags.map(|tag| &*tag.owner).collect();
    (owners.len() > 1).then(|| {
        let some = owners
            .iter()
            .take(3)
            .map(|owner| naming::person(state, owner));
        let some: Vec<_> = some.collect();
        let more = if owners.len() > 3 { ", ..." } else { "" };
        told!(
            "own-several-owners",
            "lockouts of {n} people hang there ({names}): mark those of one at a time",
            n = owners.len(),
            names = &*format!("{}{more}", some.join(", "))
        )
    })
}

fn asked(
    state: &State,
    view: &SiteView,
    acts: Vec<Act>,
    offered: &str,
    word: String,
    holder: Option<Arc<str>>,
) -> Prompt {
    let offered = match &*state.desk.name {
        "" => offered.to_owned(),
        desk => format!("{offered}, {desk}"),
    };
    Prompt {
        acts,
        site: view.site.id.clone(),
        name: view.site.name.clone(),
        which: String::new(),
        hidden: 0,
        epoch: view.site.authority.epoch,
        holder,
        reason: String::new(),
        offered,
        word,
        typed: String::new(),
        field: Field::Reason,
        at: state.now,
        pressed: state.now,
    }
}

/// What bars any such act over this feed now.
fn bar(state: &State, feed: FeedId) -> Option<Sentence> {
    let frozen = || told!("own-frozen", "the table is frozen: f goes on");
    let frozen = state.is_frozen().then(frozen);
    frozen.or_else(|| super::bar::bar(state, feed))
}

/// A key while the prompt is open: the reason first, then the word. Esc leaves nothing behind.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let now = state.now;
    let Some(prompt) = state.deeds.prompt.as_mut() else {
        return Vec::new();
    };
    if key.code == Code::Esc {
        state.deeds.prompt = None;
        return Vec::new();
    }
    if prompt.at.age(now) < DEAF_FOR {
        return Vec::new();
    }
    prompt.pressed = now;
    let taken = match prompt.field {
        Field::Reason => line(&mut prompt.reason, key, LONGEST),
        Field::Word => line(&mut prompt.typed, key, prompt.word.len()),
    };
    if taken {
        return Vec::new();
    }
    match (key.code, prompt.field) {
        (Code::Enter | Code::Tab | Code::Down, Field::Reason) => prompt.field = Field::Word,
        (Code::Tab | Code::BackTab | Code::Up, Field::Word) => prompt.field = Field::Reason,
        (Code::Enter, Field::Word) if prompt.typed == prompt.word => return confirmed(state),
        _ => {}
    }
    Vec::new()
}

fn confirmed(state: &mut State) -> Vec<Effect> {
    let Some(prompt) = state.deeds.prompt.take() else {
        return Vec::new();
    };
    let typed = prompt.reason.trim();
    let reason: Arc<str> = if typed.is_empty() {
        prompt.offered.as_str().into()
    } else {
        typed.into()
    };
    let count = prompt.acts.len();
    state.nav.marked_blocks.clear();
    state
        .deeds
        .confirmed
        .extend(prompt.acts.into_iter().map(|act| Confirmed {
            act,
            site: prompt.site.clone(),
            epoch: prompt.epoch,
            reason: reason.clone(),
        }));
    vec![Effect::MintDeed; count]
}

/// A confirmed act has its id: looked at once more, journalled, and then it leaves.
pub(super) fn issue(state: &mut State, id: OrderId) -> Vec<Effect> {
    let Some(confirmed) = state.deeds.confirmed.pop_front() else {
        return Vec::new();
    };
    let is_tag = matches!(confirmed.act, Act::TagSet { .. } | Act::TagClear { .. });
    let view = state.fleet.sites.get(&confirmed.site);
    let why = match view {
        None => Some(told!("own-site-gone", "the site is gone")),
        Some(view) if !is_tag && view.site.authority.epoch != confirmed.epoch => {
            Some(Reason::OldEpoch.told())
        }
        Some(view) => bar(state, view.feed),
    };
    let (feed, epoch) = match (why, view) {
        (None, Some(view)) => (view.feed, view.site.authority.epoch),
        (why, _) => {
            state.say(bars_it(why.unwrap_or_default()));
            return Vec::new();
        }
    };
    let offset = state
        .feed(feed)
        .and_then(|f| f.skew)
        .map_or(0, |s| s.offset_ms);
    let deed = Deed {
        id,
        site: confirmed.site,
        act: named(state, feed, confirmed.act),
        epoch,
        by: state.desk.operator.clone(),
        reason: confirmed.reason,
        at: state.now.shifted(offset),
        gateway: stamp::gateway(state, feed),
        desk: stamp::desk(state, feed),
        signature: None,
    };
    let operator = state.desk.operator.clone();
    let facts = vec![Fact::Deed {
        deed: Box::new(deed.clone()),
        stage: Stage::Confirmed,
        detail: "".into(),
    }];
    journal::hold(state, &operator, facts, Then::Deed(feed, Box::new(deed)))
}

/// A gateway of older rules knows tags by their kind alone.
fn named(state: &State, feed: FeedId, act: Act) -> Act {
    match act {
        Act::TagClear { block, kind, .. } if stamp::gateway(state, feed).is_none() => {
            Act::TagClear {
                block,
                kind,
                tag: None,
            }
        }
        act => act,
    }
}

fn words(deed: &Deed) -> Sentence {
    let id = super::notes::short(deed.id.0);
    let (site, id) = (deed.site.as_str(), &*id);
    match &deed.act {
        Act::TagSet { block, kind } => told!(
            "deed-tag",
            "hang {kind} on {site} {block} ({id})",
            kind = &**kind,
            site = site,
            block = block.as_str(),
            id = id
        ),
        Act::TagClear { block, kind, .. } => told!(
            "deed-clear",
            "take {kind} from {site} {block} ({id})",
            kind = &**kind,
            site = site,
            block = block.as_str(),
            id = id
        ),
        Act::Request => told!(
            "deed-request",
            "request authority over {site} ({id})",
            site = site,
            id = id
        ),
        Act::Release => told!(
            "deed-release",
            "release authority over {site} ({id})",
            site = site,
            id = id
        ),
        Act::Take => told!(
            "deed-take",
            "take authority over {site} ({id})",
            site = site,
            id = id
        ),
    }
}

/// The journal has answered: it leaves, or it does not.
pub(super) fn leave(
    state: &mut State,
    feed: FeedId,
    deed: Deed,
    recorded: Result<(), &str>,
) -> Vec<Effect> {
    if let Err(why) = recorded {
        return ended(state, deed, Stage::NotSent, &why.into());
    }
    state.deeds.sent.push((feed, deed.clone(), state.now));
    state.say(told!("deed-sent", "{deed}: sent", deed = words(&deed)));
    vec![Effect::Send(feed, Request::Deed(Box::new(deed)))]
}

fn ended(state: &mut State, deed: Deed, come: Stage, detail: &Sentence) -> Vec<Effect> {
    let (words, why) = (words(&deed), detail.clone());
    let sentence = match come {
        Stage::Refused => told!(
            "deed-refused",
            "{deed}: refused: {why}",
            deed = words,
            why = why
        ),
        Stage::NotSent => told!(
            "deed-not-sent",
            "{deed}: not sent: {why}",
            deed = words,
            why = why
        ),
        Stage::Confirmed | Stage::Settled | Stage::Unanswered => {
            told!("deed-ended", "{deed}: {how}", deed = words, how = why)
        }
    };
    state.note(Note::desk(sentence.clone()));
    state.say(sentence);
    let fact = Fact::Deed {
        deed: Box::new(deed),
        stage: come,
        detail: detail.english().clone(),
    };
    journal::write(state, vec![fact]).into_iter().collect()
}

/// The gateway, or our own link, refuses what a ULID names. None: it is no act of this desk over this feed.
pub(super) fn refused(
    state: &mut State,
    feed: FeedId,
    about: &str,
    why: &Sentence,
) -> Option<Vec<Effect>> {
    let id = ulid::Ulid::from_string(about).ok()?.0;
    let sent = &state.deeds.sent;
    let at = sent
        .iter()
        .position(|(f, deed, _)| *f == feed && deed.id.0 == id)?;
    let (_, deed, _) = state.deeds.sent.remove(at);
    Some(ended(state, deed, Stage::Refused, why))
}

/// The link did not take it. None: it is no act of this desk.
pub(super) fn not_sent(state: &mut State, id: OrderId) -> Option<Vec<Effect>> {
    let at = state.deeds.sent.iter().position(|(_, d, _)| d.id == id)?;
    let (_, deed, _) = state.deeds.sent.remove(at);
    Some(ended(
        state,
        deed,
        Stage::NotSent,
        &told!("link-not-taken", "the link did not take it"),
    ))
}

/// What the fleet shows of an act; none where it does not show it yet.
fn settled(state: &State, view: &SiteView, deed: &Deed) -> Option<Sentence> {
    let tagged = |block: &BlockId, kind: &str| {
        let tags = &view.blocks.get(block)?.block.tags;
        Some(tags.iter().find(|tag| &*tag.kind == kind).cloned())
    };
    match &deed.act {
        Act::TagSet { block, kind } => {
            let tag = tagged(block, kind)??;
            let owner = naming::person(state, &tag.owner);
            Some(told!("deed-hangs", "hangs, by {owner}", owner = &*owner))
        }
        // One that was hung in its place since is another's.
        Act::TagClear {
            block,
            kind,
            tag: id,
        } => {
            let gone = tagged(block, kind)?.is_none_or(|tag| id.is_some() && tag.id != *id);
            gone.then(|| told!("deed-off", "it is off"))
        }
        Act::Request | Act::Release | Act::Take => {
            let now = &view.site.authority;
            let epoch = &*now.epoch.to_string();
            (now.epoch > deed.epoch).then(|| match &now.holder {
                Some(holder) if *holder == deed.by => {
                    told!("deed-held-here", "held here, epoch {epoch}", epoch = epoch)
                }
                Some(holder) => told!(
                    "deed-held",
                    "held by {holder}, epoch {epoch}",
                    holder = &*naming::person(state, holder),
                    epoch = epoch
                ),
                None => told!(
                    "deed-held-none",
                    "held by nobody, epoch {epoch}",
                    epoch = epoch
                ),
            })
        }
    }
}

/// What the fleet says settles what was sent; what nobody answers is said to be unknown.
pub(super) fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let old = |at: Timestamp, span: Duration| at.age(now) >= span || now < at;
    let prompt = state.deeds.prompt.as_ref();
    if prompt.is_some_and(|p| old(p.pressed, OPEN_FOR)) {
        state.deeds.prompt = None;
        state.say(What::NotAnswered);
    }
    let mut effects = Vec::new();
    for (feed, deed, at) in std::mem::take(&mut state.deeds.sent) {
        let view = state.fleet.sites.get(&deed.site).filter(|v| v.feed == feed);
        let (come, what) = match view.and_then(|view| settled(state, view, &deed)) {
            Some(what) => (Stage::Settled, what),
            None if old(at, ANSWERED_WITHIN) => {
                let what = told!(
                    "deed-unanswered",
                    "no answer: the Site screen shows how it stands"
                );
                (Stage::Unanswered, what)
            }
            None => {
                state.deeds.sent.push((feed, deed, at));
                continue;
            }
        };
        effects.extend(ended(state, deed, come, &what));
    }
    effects
}
