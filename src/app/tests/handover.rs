//! The shift's handover, from the key to the file.

use super::*;
use crate::app::handover::{Step, Sums, began};
use crate::app::journal::{Journal, Opened, Recorded};
use crate::domain::handover::{Mark, Signed, Statement};
use crate::domain::history::{Integral, Series, SiteFigure};
use crate::domain::journal::{Fact, Head, Line};

fn row(seq: u64, at: Timestamp, kind: &str, what: &str) -> Line {
    Line {
        seq,
        at,
        actor: "op".into(),
        kind: kind.into(),
        what: what.into(),
    }
}

/// A desk with a journal and a history, in the middle of a shift.
fn desk_of_a_shift() -> State {
    let mut state = live();
    state.journal = Journal::opening();
    let opened = Opened {
        file: "audit.db".into(),
        left: Vec::new(),
        lines: vec![
            row(1, NOW.shifted(-7_200_000), "handover", "before"),
            row(
                2,
                NOW.shifted(-7_000_000),
                "note",
                "pump 3 | leaks\n# not a heading",
            ),
            row(3, NOW.shifted(-6_000_000), "alarm", "not for this"),
        ],
        head: Head {
            seq: 3,
            hash: [0xab; 32],
        },
    };
    update(&mut state, Msg::JournalOpened(Ok(Box::new(opened))));
    let file = crate::app::history::Opened {
        file: "h".into(),
        writes: true,
    };
    update(&mut state, Msg::HistoryStands(Ok(file)));
    state
}

fn text(state: &State) -> String {
    let view = state.handover.view.as_ref().expect("it is open");
    view.text.to_string()
}

fn step(state: &State) -> Step {
    let view = state.handover.view.as_ref().expect("it is open");
    view.step.clone()
}

fn sums(state: &mut State, effects: &[Effect]) {
    let [Effect::HistorySum { ticket, of }] = effects else {
        panic!("the history is asked: {effects:?}");
    };
    assert_eq!(of[0].0, Series::Nation(SiteFigure::Power));
    let hours = |sum| Integral {
        sum,
        covered: Duration::from_secs(6_984),
        unsure: Duration::from_mins(2),
        span: Duration::from_hours(2),
    };
    let sums = Ok(vec![hours(412.3e6 * 3_600.0), hours(1e12)]);
    let ticket = *ticket;
    update(state, Msg::HistorySums { ticket, sums });
}

fn signed_with(statement: &Statement) -> Box<Signed> {
    let mark = |by: &Arc<str>| Mark {
        by: by.clone(),
        sealed: None,
    };
    Box::new(Signed {
        hash: [5; 32],
        leaving: mark(&statement.leaving),
        taking: mark(&statement.taking),
        statement: statement.clone(),
    })
}

#[test]
fn the_report_tells_what_is_known_with_its_coverage() {
    let mut state = desk_of_a_shift();
    let effects = typed(&mut state, "H");
    assert!(text(&state).contains("the history is still being read"));
    sums(&mut state, &effects);
    let text = text(&state);
    assert!(
        text.contains("412.3 MWh, 97 % of the shift known"),
        "{text}"
    );
    assert!(
        text.contains("Bitcoin expected: not known"),
        "nothing is invented: {text}"
    );
    assert!(
        text.contains("pump 3 \\| leaks \\# not a heading"),
        "{text}"
    );
    assert!(!text.contains("not for this"), "{text}");
    assert!(text.contains(&format!("3:{}", "ab".repeat(32))), "{text}");
    assert_eq!(text.contains("SIMULATED"), state.is_simulated());
}

#[test]
fn bitcoin_is_expected_by_a_difficulty_that_is_not_too_old() {
    use crate::domain::reserve::Network;
    use crate::domain::units::Sats;
    let mut state = desk_of_a_shift();
    let network = Network {
        difficulty: 1e14,
        reward: Sats::from_sat(312_500_000),
        height: 900_000,
        measured_at: NOW,
    };
    state.networks.insert(FLEET, network);
    let mut told = |measured_at: Timestamp| {
        for network in state.networks.values_mut() {
            network.measured_at = measured_at;
        }
        let effects = typed(&mut state, "H");
        sums(&mut state, &effects);
        let told = text(&state);
        press(&mut state, Code::Esc);
        told
    };
    assert!(told(NOW).contains("at the difficulty now, "));
    let of_two_hours = told(NOW.shifted(-7_200_000));
    assert!(
        of_two_hours.contains("at the difficulty of 2 h ago, "),
        "{of_two_hours}"
    );
    assert!(told(NOW.shifted(-30_000_000)).contains("Bitcoin expected: not known"));
}

#[test]
fn what_is_signed_never_adds_up_what_is_checked_and_what_is_claimed() {
    use crate::domain::reserve::BalanceSource::{Claimed, Node};
    let mut state = desk_of_a_shift();
    for (id, mature, source) in [
        ("a", Decimal::from(10), Node),
        ("b", Decimal::from(20), Claimed),
    ] {
        let one = bitcoin_account(id, mature, source);
        state.reserve.insert((FLEET, one.id.clone()), one);
    }
    let effects = typed(&mut state, "H");
    sums(&mut state, &effects);
    let told = text(&state);
    for line in [
        "Reserve now, checked by our node: 10.00000000 BTC mature",
        "Reserve now, claimed by others, not checked: 20.00000000 BTC mature",
    ] {
        assert!(told.contains(line), "{told}");
    }
    assert!(!told.contains("30.0"), "{told}");

    // What a hostile feed states beyond all numbers ends no console.
    for id in ["c", "d"] {
        let one = bitcoin_account(id, Decimal::MAX, Node);
        state.reserve.insert((FLEET, one.id.clone()), one);
    }
    press(&mut state, Code::Esc);
    typed(&mut state, "H");
    assert!(text(&state).contains("79228162514264337593543950335.00000000 BTC mature"));
}

#[test]
fn a_block_that_is_held_at_a_step_is_curtailed_too() {
    let mut state = desk_of_a_shift();
    let block = state
        .fleet
        .sites
        .values_mut()
        .flat_map(|view| view.blocks.values_mut())
        .next()
        .expect("there are blocks");
    block.block.steps = vec![Power::from_megawatts(3)];
    block.block.target = Power::from_megawatts(3);
    let effects = typed(&mut state, "H");
    sums(&mut state, &effects);
    assert!(
        text(&state).contains("ordered to 3.0 MW of"),
        "{}",
        text(&state)
    );
}

#[test]
fn a_shift_begins_by_the_clock_or_with_the_last_handover() {
    let mut state = desk_of_a_shift();
    assert_eq!(began(&state), NOW.shifted(-7_200_000), "the last handover");
    state.journal.lines.clear();
    assert_eq!(began(&state), state.started, "this console");
    state.handover.settings.shifts = vec![480, 1_200];
    let day = NOW.millis() - NOW.millis().rem_euclid(86_400_000);
    let at = |hour: i64, minute: i64| Timestamp::from_millis(day + (hour * 60 + minute) * 60_000);
    for (now, start) in [
        (at(19, 55), at(8, 0)),
        (at(20, 10), at(8, 0)),
        (at(21, 0), at(20, 0)),
        (at(8, 30), at(20, 0).shifted(-86_400_000)),
    ] {
        state.now = now;
        assert_eq!(began(&state), start);
    }
}

#[test]
fn a_time_that_no_day_has_begins_no_shift() {
    let mut state = desk_of_a_shift();
    state.journal.lines.clear();
    state.handover.settings.shifts = vec![1_440, 1_500, 7_680, u16::MAX];
    assert_eq!(began(&state), state.started);
    for far in [i64::MIN, i64::MAX] {
        state.now = Timestamp::from_millis(far);
        let _ = began(&state);
    }
}

#[test]
fn both_sign_the_journal_comes_first_and_then_the_file() {
    let mut state = desk_of_a_shift();
    let effects = typed(&mut state, "H");
    press(&mut state, Code::Enter);
    assert_eq!(step(&state), Step::Read, "the history is still read");
    sums(&mut state, &effects);
    let report = text(&state);
    press(&mut state, Code::Enter);
    assert_eq!(step(&state), Step::Leaving);
    typed(&mut state, "HANDOVER A");
    press(&mut state, Code::Enter);
    assert_eq!(step(&state), Step::Leaving, "typed before it could be read");
    later(&mut state, 500);
    typed(&mut state, "HANDOVER B");
    press(&mut state, Code::Enter);
    assert_eq!(step(&state), Step::Leaving, "another word");
    press(&mut state, Code::Backspace);
    typed(&mut state, "A");
    press(&mut state, Code::Enter);
    assert_eq!(step(&state), Step::Taking { at: 0 });
    later(&mut state, 500);
    typed(&mut state, "op");
    assert_eq!(
        press(&mut state, Code::Enter),
        [],
        "nobody hands over to themselves"
    );
    press(&mut state, Code::Backspace);
    press(&mut state, Code::Backspace);
    typed(&mut state, "Алесь");
    let effects = press(&mut state, Code::Enter);
    let [Effect::HandoverSign(statement, None)] = &effects[..] else {
        panic!("it is signed: {effects:?}");
    };
    assert_eq!((&*statement.leaving, &*statement.taking), ("op", "Алесь"));
    assert_eq!(
        *statement.report, *report,
        "what was read is what is signed"
    );
    press(&mut state, Code::Esc);
    assert_eq!(step(&state), Step::Signing, "it can't be called back");
    let done = signed_with(statement);
    let effects = update(&mut state, Msg::HandoverSigned(Ok(done)));
    let [Effect::Journal { ticket, entries }] = &effects[..] else {
        panic!("the journal comes first: {effects:?}");
    };
    let kinds: Vec<_> = entries.iter().map(|e| e.fact.kind()).collect();
    assert_eq!(kinds, ["handover", "takeover"]);
    assert!(matches!(&entries[1].fact, Fact::Takeover { hash, .. } if *hash == [5; 32]));
    let head = Head {
        seq: 5,
        hash: [1; 32],
    };
    let outcome = Ok(Box::new(Recorded {
        lines: Vec::new(),
        head,
    }));
    let ticket = *ticket;
    let effects = update(&mut state, Msg::Journalled { ticket, outcome });
    assert!(matches!(&effects[..], [Effect::HandoverWrite(_, at)] if *at == head));
    update(&mut state, Msg::HandoverWritten(Ok("h.md".into())));
    let Step::Done { file, .. } = step(&state) else {
        panic!("it is done");
    };
    assert_eq!(file, Some(Ok("h.md".into())));
}

#[test]
fn a_known_person_types_their_word_and_trouble_hands_nothing_over() {
    let mut state = desk_of_a_shift();
    state.handover.settings.takers = vec!["boris".into(), "vera".into()];
    let effects = typed(&mut state, "H");
    sums(&mut state, &effects);
    press(&mut state, Code::Enter);
    later(&mut state, 500);
    typed(&mut state, "HANDOVER A");
    press(&mut state, Code::Enter);
    later(&mut state, 500);
    press(&mut state, Code::Tab);
    typed(&mut state, "TAKEOVER boris");
    assert_eq!(press(&mut state, Code::Enter), [], "it is vera's turn");
    press(&mut state, Code::Tab);
    typed(&mut state, "TAKEOVER boris");
    let effects = press(&mut state, Code::Enter);
    assert!(matches!(&effects[..], [Effect::HandoverSign(s, Some(0))] if &*s.taking == "boris"));
    let why = Err(Arc::from("the key file is gone"));
    assert_eq!(update(&mut state, Msg::HandoverSigned(why)), []);
    assert_eq!(step(&state), Step::Taking { at: 0 });
    press(&mut state, Code::Esc);
    assert!(state.handover.view.is_none());
}

#[test]
fn a_desk_that_may_only_look_reads_and_signs_nothing() {
    let mut state = desk_of_a_shift();
    state.desk.read_only = true;
    let effects = typed(&mut state, "H");
    sums(&mut state, &effects);
    press(&mut state, Code::Enter);
    assert_eq!(step(&state), Step::Read);
    let view = state.handover.view.as_ref().expect("it is open");
    assert!(view.error.is_some() && !matches!(view.sums, Sums::Asked(_)));
}
