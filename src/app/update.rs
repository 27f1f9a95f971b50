//! One message in, the state changed, effects out.

use super::act::act;
use super::actions::Action;
use super::incoming::on_feed;
use super::key::{Code, Key};
use super::rows;
use super::{
    Effect, Msg, Overlay, Size, State, alarms, axis, cancel, clocks, curtail, deeds, emergency,
    handover, help, history, journal, machines, mining, orders, palette, remark, second, sources,
    waiting, wanted,
};

/// Applies a message.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    state.unjudged |= !matches!(msg, Msg::Tick(_) | Msg::Engine(_) | Msg::Mining(_));
    match msg {
        Msg::Tick(now) => {
            state.now = now;
            tick(state);
            let mut effects = emergency::tick(state);
            effects.extend(journal::tick(state));
            effects.extend(orders::tick(state));
            effects.extend(waiting::tick(state));
            effects.extend(cancel::tick(state));
            effects.extend(deeds::tick(state));
            effects.extend(history::tick(state));
            effects.extend(axis::tick(state));
            effects.extend(wanted::tick(state));
            effects.extend(alarms::tick(state));
            effects.extend(second::tick(state));
            effects
        }
        Msg::Key(key) => {
            let mut effects = on_key(state, key);
            effects.extend(machines::follow(state));
            effects
        }
        // A paste is never a command: it may hold line breaks, and it was written before the prompt was read.
        Msg::Paste(_) => {
            if state.asks() || matches!(state.overlay, Overlay::Filter | Overlay::Palette) {
                state.say(super::notice::What::NoPaste);
            }
            Vec::new()
        }
        Msg::Resize(size) => {
            state.size = Size::of(size.columns, size.rows);
            Vec::new()
        }
        Msg::Feed(id, event) => on_feed(state, id, event),
        Msg::Engine(status) => {
            state.engine = Some(*status);
            Vec::new()
        }
        Msg::Mining(status) => {
            mining::on_status(state, *status);
            Vec::new()
        }
        Msg::MiningEvent(event) => mining::on_event(state, event),
        Msg::Minted(ids) => orders::issue(state, ids),
        Msg::MintedShed(ids) => emergency::begin(state, ids),
        Msg::MintedDeed(id) => deeds::issue(state, id),
        Msg::NotSent(id) => {
            let of_deeds = deeds::not_sent(state, id).or_else(|| second::not_sent(state, id));
            of_deeds.unwrap_or_else(|| orders::not_sent(state, id))
        }
        Msg::JournalOpened(outcome) => {
            journal::opened(state, outcome);
            Vec::new()
        }
        Msg::Journalled { ticket, outcome } => journal::journalled(state, ticket, outcome),
        Msg::HistoryStands(outcome) => history::stands(state, outcome),
        Msg::HistoryAnswer { ticket, answers } => {
            history::answered(state, ticket, answers);
            Vec::new()
        }
        Msg::HistorySums { ticket, sums } => {
            handover::summed(state, ticket, sums.as_deref());
            Vec::new()
        }
        Msg::HandoverSigned(outcome) => handover::signed(state, outcome),
        Msg::HandoverWritten(outcome) => {
            handover::written(state, outcome);
            Vec::new()
        }
        Msg::OwnClock(ahead_ms) => {
            state.own_clock_ms = ahead_ms;
            Vec::new()
        }
        Msg::Terminate => {
            let mut effects = emergency::stop(state, emergency::with_console());
            effects.push(Effect::Quit);
            effects
        }
    }
}

/// All is judged once a second, at the next tick after something came, and when something has become stale. Fleets of
/// more blocks than this only once a second: the judging of 10,000 blocks takes milliseconds, and keys come first.
const LARGE: usize = 2_000;

fn tick(state: &mut State) {
    let now = state.now;
    curtail::tick(state);
    if let Some((at, _)) = state.said
        && at.age(now) > std::time::Duration::from_secs(8)
    {
        state.said = None;
    }
    let blocks = state.fleet.block_count();
    // Also where the clock was set back: nothing may stay unjudged until it has caught up.
    let just_judged =
        state.judged_at <= now && state.judged_at.age(now) < std::time::Duration::from_secs(1);
    let aged = state.stale_from.is_some_and(|at| at <= now);
    if just_judged && (blocks > LARGE || !(state.unjudged || aged)) {
        return;
    }
    state.judged_at = now;
    state.unjudged = false;
    let frozen = state.is_frozen();
    let operator = state.desk.operator.clone();
    clocks::tick(state);
    let fleet = state.fleet.tick(&state.feeds, &operator, now, frozen);
    let totals = state.totals();
    let known = totals.sites > 0 && totals.stale < totals.sites;
    let mining = known.then(|| (totals.load(), totals.stale > 0));
    let grid = state.grid.tick(&state.feeds, mining, now, frozen);
    state.stale_from = fleet.into_iter().chain(grid).min();
    sources::tell_place(state);
    let hashing = state.engine.as_ref().map(|e| e.rates.second.hs() as f32);
    state.engine_trend.sample(now, hashing);
}

fn on_key(state: &mut State, key: Key) -> Vec<Effect> {
    let leaves = key.code == Code::Esc || key == Key::ctrl('c');
    if state.is_deaf() && !leaves {
        state.say(super::notice::What::TooSoon);
        return Vec::new();
    }
    // With Alt a key is another key: it is no part of a word, and answers nothing.
    let bound = || state.keys.action(key, state.nav.screen, state.solo);
    let asked = state.asks() || state.overlay != Overlay::None;
    if key.alt && (asked || bound().is_none()) {
        return Vec::new();
    }
    // A filter, a reason and a note are text of any script; all else is commands and words to be typed, which are Latin.
    let key = if takes_text(state) {
        key
    } else {
        key.in_latin()
    };
    if let Some(effects) = emergency::first(state, key) {
        return effects;
    }
    match state.overlay {
        Overlay::None => {}
        Overlay::Help { from } => return help::key(state, key, from),
        Overlay::Tour => {
            state.overlay = Overlay::None;
            return Vec::new();
        }
        Overlay::Filter => return filter_key(state, key),
        Overlay::Palette => return palette::key(state, key),
        Overlay::QuitAsk => {
            state.overlay = Overlay::None;
            return if key == Key::char('y') {
                let mut effects = second::ours::call_back_all(state);
                effects.extend(emergency::stop(state, emergency::with_console()));
                effects.push(Effect::Quit);
                effects
            } else {
                Vec::new()
            };
        }
    }
    if state.deeds.prompt.is_some() {
        return deeds::key(state, key);
    }
    if state.alarming.prompt.is_some() {
        return alarms::deeds::key(state, key);
    }
    if state.second.view.is_some() {
        return second::view::key(state, key);
    }
    if state.handover.view.is_some() {
        return handover::key(state, key);
    }
    if state.remark.is_some() {
        return remark::key(state, key);
    }
    if state.cancelling.prompt.is_some() {
        return cancel::key(state, key);
    }
    if state.dialog.is_some() {
        return curtail::key(state, key);
    }
    let g = std::mem::take(&mut state.nav.g_pending);
    if key == Key::char('g') && state.keys.has_double_g() {
        if g {
            return act(state, Action::Top);
        }
        state.nav.g_pending = true;
        return Vec::new();
    }
    if super::racks::sideways(state, key) {
        return Vec::new();
    }
    match state.keys.action(key, state.nav.screen, state.solo) {
        Some(action) => act(state, action),
        None => Vec::new(),
    }
}

/// Is what is typed now a text of a person's own?
pub(super) fn takes_text(state: &State) -> bool {
    let reason = state.deeds.prompt.as_ref().map(|prompt| &prompt.field);
    let alarm = state.alarming.prompt.as_ref().map(|prompt| &prompt.ask);
    matches!(state.overlay, Overlay::Filter | Overlay::Palette)
        || state.remark.is_some()
        || handover::takes_text(state)
        || second::view::takes_text(state)
        || matches!(reason, Some(deeds::Field::Reason))
        || matches!(
            alarm,
            Some(alarms::deeds::Ask::Reason(_) | alarms::deeds::Ask::Out)
        )
}

/// Letters of a filter.
const LONGEST_FILTER: usize = 120;

fn filter_key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(table) = rows::table_mut(state) else {
        state.overlay = Overlay::None;
        return Vec::new();
    };
    match key.code {
        Code::Esc => {
            table.filter.clear();
            state.overlay = Overlay::None;
        }
        Code::Enter => state.overlay = Overlay::None,
        Code::Backspace => {
            table.filter.pop();
        }
        Code::Char(c)
            if !key.ctrl
                && !key.alt
                && table.filter.chars().count() < LONGEST_FILTER
                && !c.is_control() =>
        {
            table.filter.push(c);
        }
        _ => {}
    }
    Vec::new()
}
