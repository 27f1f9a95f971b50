//! What was said, in the language that is drawn.

use super::{told, words};
use crate::app::notice::{Cancel, Notice, What, on};
use crate::ui::format;
use crate::ui::locales::say;
use crate::ui::theme::Role;

/// The sentence; one that has no message as it stands.
pub(super) fn sentence(notice: &Notice) -> String {
    // A height is a name: it stands as the journal and the alert have it.
    let named = |height: Option<u32>| height.map_or_else(String::new, |at| format!(" {at}"));
    match &notice.what {
        What::Words => notice.to_string(),
        What::Opened(file) => say!("notice-opened", file = file.as_ref()),
        What::Said(said) => told::sentence(said),
        What::Copied => say!("notice-copied").to_owned(),
        What::HashCopied => say!("notice-hash-copied").to_owned(),
        What::NoBlock => say!("notice-no-block").to_owned(),
        What::NoScreen {
            screen,
            engine,
            journal,
        } => say!(
            "notice-no-screen",
            screen = words::screen(*screen),
            engine = engine,
            journal = journal
        ),
        What::NoDispute => say!("notice-no-dispute").to_owned(),
        What::NoMarks => say!("notice-no-marks").to_owned(),
        What::MarkedAll { n, of, sites } if *sites => say!("notice-marked", n = *n, of = *of),
        What::MarkedAll { n, of, .. } => say!("notice-marked-blocks", n = *n, of = *of),
        What::FilterWrong => say!("notice-filter-wrong").to_owned(),
        What::WorksOn(screens) => {
            let screens: Vec<&str> = on(*screens).map(words::screen).collect();
            say!("notice-works-on", screens = screens.join(", "))
        }
        What::OnlyOfMachines => say!("racks-only-machines").to_owned(),
        What::NoRackMap { key } => say!("racks-no-map", key = key.as_str()),
        What::NoFreeze => say!("notice-no-freeze").to_owned(),
        What::NoEngine => say!("notice-no-engine").to_owned(),
        What::ReadOnly => say!("notice-read-only").to_owned(),
        What::ReadOnlyOrders => say!("notice-read-only-orders").to_owned(),
        What::Frozen => say!("notice-frozen").to_owned(),
        What::NothingToCancel => say!("notice-nothing-to-cancel").to_owned(),
        What::ChooseOrder => say!("notice-choose-order").to_owned(),
        What::NothingChosen => say!("notice-nothing-chosen").to_owned(),
        What::JournalAgain => say!("notice-journal-again").to_owned(),
        What::NoOrdersLeave(why) => say!("notice-no-orders-leave", why = why.as_ref()),
        What::BestShare(difficulty) => {
            let plain = format!("{difficulty:.1}");
            say!("notice-best-share", difficulty = format::pointed(&plain))
        }
        What::BlockFound(height) => say!("notice-block-found", height = named(*height)),
        What::BlockInChain(height) => say!("notice-block-in-chain", height = named(*height)),
        What::HistoryAgain => say!("notice-history-again").to_owned(),
        What::ShedRuns => say!("notice-shed-runs").to_owned(),
        What::TooSoon => say!("notice-too-soon").to_owned(),
        What::ShedLapsed => say!("notice-shed-lapsed").to_owned(),
        What::AlarmOver => say!("notice-alarm-over").to_owned(),
        What::OutAlready => say!("notice-out-already").to_owned(),
        What::EngineersOnly => say!("notice-engineers-only").to_owned(),
        What::OneAlarm => say!("notice-one-alarm").to_owned(),
        What::ReasonNeeded => say!("notice-reason-needed").to_owned(),
        What::OutOfService => say!("notice-out-of-service").to_owned(),
        What::BackInService => say!("notice-back-in-service").to_owned(),
        What::NoJournalHere => say!("notice-no-journal-here").to_owned(),
        What::NothingWaits => say!("notice-nothing-waits").to_owned(),
        What::NoIds => say!("notice-no-ids").to_owned(),
        What::NoSite => say!("notice-no-site").to_owned(),
        What::LockoutOnSite => say!("notice-lockout-on-site").to_owned(),
        What::NoBlockChosen => say!("notice-no-block-chosen").to_owned(),
        What::NotAnswered => say!("notice-not-answered").to_owned(),
        What::NoPaste => say!("notice-no-paste").to_owned(),
        What::RecordingEnded(_) | What::ReplayInert | What::ReplayLook | What::ReplayKeys => {
            super::tape::sentence(&notice.what)
        }
    }
}

/// What has become of a cancel.
pub(super) fn cancelled(fate: &Cancel) -> (Role, String) {
    let role = match fate {
        Cancel::Sent | Cancel::Done { .. } => Role::TextStrong,
        Cancel::Unknown | Cancel::TooLate | Cancel::NotThere | Cancel::Refused(_) => Role::Alarm2,
    };
    (role, told::sentence(&fate.told()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::nav::Screen;
    use crate::app::tape::End;
    use crate::ui::locales::{Language, speak};

    #[test]
    fn english_on_the_screen_is_the_notice_s_own() {
        let all = [
            What::Opened("/etc/desk.toml".into()),
            What::Copied,
            What::HashCopied,
            What::NoBlock,
            What::NoScreen {
                screen: Screen::Grid,
                engine: "6".to_owned(),
                journal: "8".to_owned(),
            },
            What::NoDispute,
            What::NoMarks,
            What::MarkedAll {
                n: 3,
                of: 12,
                sites: true,
            },
            What::MarkedAll {
                n: 3,
                of: 12,
                sites: false,
            },
            What::FilterWrong,
            What::WorksOn(crate::app::actions::Where::On(&[
                Screen::Site,
                Screen::Grid,
            ])),
            What::OnlyOfMachines,
            What::NoRackMap { key: "i".into() },
            What::NoFreeze,
            What::NoEngine,
            What::ReadOnly,
            What::ReadOnlyOrders,
            What::Frozen,
            What::NothingChosen,
            What::NothingToCancel,
            What::ChooseOrder,
            What::JournalAgain,
            What::NoOrdersLeave("the disk is full".into()),
            What::BestShare(1_234.56),
            What::BlockFound(Some(912_345)),
            What::BlockFound(None),
            What::BlockInChain(Some(912_345)),
            What::NoPaste,
            What::RecordingEnded(End::Full(3 << 20)),
            What::RecordingEnded(End::Failed("no space left".to_owned())),
            What::RecordingEnded(End::Behind),
            What::ReplayInert,
            What::ReplayLook,
            What::ReplayKeys,
        ];
        for what in all {
            let notice = Notice::from(what);
            assert_eq!(sentence(&notice), &*notice);
            let _speaking = speak(Language::Belarusian);
            assert_ne!(sentence(&notice), &*notice);
        }
        assert_eq!(sentence(&Notice::from("gateway: busy")), "gateway: busy");
    }
}
