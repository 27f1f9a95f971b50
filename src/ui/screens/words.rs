//! Words of the domain in the language that is drawn. On the wire and in the journal they stay the domain's own.

use crate::app::State;
use crate::app::actions::{ACTIONS, Action, Spec};
use crate::app::nav::Screen;
use crate::app::progress::{self, Stands};
use crate::control::order::{Life, Record};
use crate::domain::fleet::{BlockState, MachineState, PowerSource};
use crate::domain::hashing::Scheduling;
use crate::domain::link::Topic;
use crate::domain::order::Phase;
use crate::domain::quality::Quality;
use crate::domain::reserve::BalanceSource;
use crate::ui::format;
use crate::ui::locales::{constant_at, say};
use crate::ui::theme::Role;

use super::abnormal::life_role;
use super::told;

/// A quality.
pub(super) fn quality(quality: Quality) -> &'static str {
    match quality {
        Quality::Good => say!("quality-good"),
        Quality::Uncertain => say!("quality-uncertain"),
        Quality::Stale => say!("quality-stale"),
        Quality::Bad => say!("quality-bad"),
    }
}

/// What a block is doing.
pub(super) fn block_state(state: BlockState) -> &'static str {
    match state {
        BlockState::Hashing => say!("state-hashing"),
        BlockState::Ramping => say!("state-ramping"),
        BlockState::Curtailed => say!("state-curtailed"),
        BlockState::Restoring => say!("state-restoring"),
        BlockState::Faulted => say!("state-faulted"),
        BlockState::Offline => say!("state-offline"),
        BlockState::Local => say!("state-local"),
    }
}

/// What a machine is doing.
pub(super) fn machine_state(state: MachineState) -> &'static str {
    match state {
        MachineState::Hashing => say!("state-hashing"),
        MachineState::Curtailed => say!("state-curtailed"),
        MachineState::Waking => say!("state-waking"),
        MachineState::Faulted => say!("state-faulted"),
        MachineState::Offline => say!("state-offline"),
    }
}

/// Where a figure of power comes from.
pub(super) fn source(source: PowerSource) -> &'static str {
    match source {
        PowerSource::Meter => say!("source-meter"),
        PowerSource::Pdu => say!("source-pdu"),
        PowerSource::Firmware => say!("source-firmware"),
        PowerSource::Nameplate => say!("source-nameplate"),
    }
}

/// Who says what an account holds.
pub(super) fn balance(source: BalanceSource) -> &'static str {
    match source {
        BalanceSource::Claimed => say!("balance-claimed"),
        BalanceSource::Node => say!("balance-node"),
    }
}

/// How a thread is scheduled.
pub(super) fn scheduling(scheduling: Scheduling) -> &'static str {
    match scheduling {
        Scheduling::Unknown => say!("engine-scheduled-unknown"),
        Scheduling::Idle => say!("engine-scheduled-idle"),
        Scheduling::Nice => say!("engine-scheduled-nice"),
        Scheduling::Normal => say!("engine-scheduled-normal"),
    }
}

/// What a feed serves.
pub(super) fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Fleet => say!("topic-fleet"),
        Topic::Grid => say!("topic-grid"),
        Topic::Reserve => say!("topic-reserve"),
        Topic::Alarm => say!("topic-alarm"),
        Topic::Order => say!("topic-order"),
    }
}

/// How far an order has come.
pub(super) fn life(life: Life) -> &'static str {
    match life {
        Life::Recording => say!("life-recording"),
        Life::Sent => say!("life-sent"),
        Life::NotSent => say!("life-not-sent"),
        // Nor does a console know more of one that its gateway has not seen yet.
        Life::Unknown | Life::Said(Phase::Unseen) => say!("life-unknown"),
        Life::Forgotten => say!("life-forgotten"),
        Life::Said(Phase::Received) => say!("life-received"),
        Life::Said(Phase::Accepted) => say!("life-accepted"),
        Life::Said(Phase::Rejected) => say!("life-rejected"),
        Life::Said(Phase::Executing) => say!("life-executing"),
        Life::Said(Phase::Delivered) => say!("life-delivered"),
        Life::Said(Phase::Failed) => say!("life-failed"),
        Life::Said(Phase::Expired) => say!("life-expired"),
        Life::Said(Phase::Cancelled) => say!("life-cancelled"),
        Life::Said(Phase::NotSeen) => say!("life-not-seen"),
        Life::Claimed(_) => say!("life-says-delivered"),
    }
}

/// The same where there is little room: the mark of what is not to be trusted stands for who says so.
pub(super) fn life_brief(of: Life) -> String {
    match of {
        Life::Claimed(_) => format!("? {}", life(Life::Said(Phase::Delivered))),
        of => life(of).to_owned(),
    }
}

/// Where an order stands: its one word, and how it is drawn.
pub(super) fn stands(state: &State, record: &Record) -> (Role, String) {
    standing(state, record, |of| life(of).to_owned())
}

/// The same where there is little room.
pub(super) fn stands_brief(state: &State, record: &Record) -> (Role, String) {
    standing(state, record, life_brief)
}

fn standing(state: &State, record: &Record, word: fn(Life) -> String) -> (Role, String) {
    match progress::stands(state, record) {
        Stands::Late(late) => (Role::Alarm2, say!("desk-late", time = format::span(late))),
        Stands::Is(life) => (life_role(life), word(life)),
    }
}

/// What stands beside it: what was called back, and what speaks against its gateway's word.
pub(super) fn beside(record: &Record) -> Option<String> {
    let back = record.called_back();
    let back = back.map(|(n, of)| say!("orders-called-back", n = n, of = of));
    match (back, doubt(record)) {
        (Some(back), Some(doubt)) => Some(format!("{back}, {doubt}")),
        (back, doubt) => back.or(doubt),
    }
}

/// What speaks against a gateway's word, where something does.
pub(super) fn doubt(record: &Record) -> Option<String> {
    record.doubt().map(|doubt| told::sentence(&doubt))
}

/// Columns of the longest word for how far an order has come.
pub(super) fn longest_life() -> u16 {
    let all = [
        Life::Recording,
        Life::Sent,
        Life::NotSent,
        Life::Unknown,
        Life::Forgotten,
        Life::Said(Phase::Received),
        Life::Said(Phase::Accepted),
        Life::Said(Phase::Rejected),
        Life::Said(Phase::Executing),
        Life::Said(Phase::Delivered),
        Life::Said(Phase::Failed),
        Life::Said(Phase::Expired),
        Life::Said(Phase::Cancelled),
        Life::Said(Phase::NotSeen),
    ];
    let widths = all.into_iter().map(|one| life(one).chars().count() as u16);
    let claimed = life(Life::Said(Phase::Delivered)).chars().count() as u16 + 2;
    widths.max().unwrap_or_default().max(claimed)
}

/// A person's role at the desk; one that is not known as it stands.
pub(super) fn role(role: &str) -> &str {
    match role {
        "viewer" => say!("role-viewer"),
        "operator" => say!("role-operator"),
        "dispatcher" => say!("role-dispatcher"),
        "engineer" => say!("role-engineer"),
        other => other,
    }
}

/// What a generating unit runs on; a word of the feed that is not known as it stands.
pub(super) fn generation_kind(kind: &str) -> &str {
    constant_at(&format!("grid-kind-{kind}")).unwrap_or(kind)
}

/// What a generating unit does; a word of the feed that is not known as it stands.
pub(super) fn generation_state(state: &str) -> &str {
    constant_at(&format!("grid-state-{state}")).unwrap_or(state)
}

/// An action in two or so words.
pub(super) fn label(spec: &Spec) -> &'static str {
    constant_at(&format!("act-{}", spec.name)).unwrap_or(spec.label)
}

/// What an action does.
pub(super) fn help(spec: &Spec) -> &'static str {
    constant_at(&format!("act-{}.help", spec.name)).unwrap_or(spec.help)
}

/// A screen's name.
pub(super) fn screen(screen: Screen) -> &'static str {
    ACTIONS
        .iter()
        .find(|spec| spec.action == Action::Show(screen))
        .map_or(screen.name(), label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::delivery::Doubt;

    #[test]
    fn an_order_s_word_on_the_screen_is_that_of_reports_and_files() {
        let phases = [
            Phase::Received,
            Phase::Accepted,
            Phase::Rejected,
            Phase::Executing,
            Phase::Delivered,
            Phase::Failed,
            Phase::Expired,
            Phase::Cancelled,
            Phase::NotSeen,
            Phase::Unseen,
        ];
        let lives = [
            Life::Recording,
            Life::Sent,
            Life::NotSent,
            Life::Unknown,
            Life::Forgotten,
            Life::Claimed(Doubt::Meter),
        ];
        for one in lives.into_iter().chain(phases.map(Life::Said)) {
            assert_eq!(life(one), one.word());
        }
    }
}
