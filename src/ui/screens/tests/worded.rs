//! What this console itself says is worded in the language of its screen; of another's words, and of names, nothing is.

use super::*;
use crate::app::journal::Standing;
use crate::control::order::Life;
use crate::domain::ids::OrderId;
use crate::domain::operator::TwoPersons;
use crate::domain::order::{Agreement, Countersign, Order, OrderStatus, Phase};
use crate::domain::sentence::Sentence;
use crate::ui::locales::{Language, speak};
use crate::ui::screens::{notice, told};

const CYRILLIC: [Language; 2] = [Language::Russian, Language::Belarusian];
/// Names, and what is typed or set.
const NAMES: [&str; 10] = [
    "fleet",
    "astravets",
    "lukoml",
    "anna",
    "boris",
    "read",
    "only",
    "off",
    "all",
    "disk",
];

/// Words of a text that are neither names nor of the language.
fn english(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !c.is_alphabetic());
    let plain = |word: &&str| word.len() > 2 && word.chars().all(|c| c.is_ascii_lowercase());
    words
        .filter(plain)
        .filter(|word| !NAMES.contains(word))
        .collect()
}

impl Console {
    fn of(operator: &str, two_persons: TwoPersons) -> Self {
        let mut console = Self::new(nation());
        console.state.journal = Journal::default();
        console.state.desk.operator = operator.into();
        console.hears(FeedEvent::Hello(Box::new(FeedInfo {
            two_persons,
            ..info()
        })));
        console
    }

    /// Sheds 40 MW of what is under the cursor; gives what leaves.
    fn sheds(&mut self) -> Vec<Effect> {
        self.types("c40");
        self.presses(Code::Enter);
        self.types("a");
        self.passes(400);
        self.repeats();
        let dialog = self.state.dialog.as_ref();
        let word = dialog.and_then(crate::app::curtail::Dialog::word);
        self.types(&word.expect("a plan has a word"));
        self.presses(Code::Enter);
        self.tells(Msg::Minted(vec![OrderId(9)]))
    }

    fn answers(&mut self, phase: Phase, detail: Sentence) {
        let status = OrderStatus {
            id: OrderId(9),
            phase,
            at: self.state.now,
            detail,
            targets: Vec::new(),
            issued: None,
        };
        self.hears_of(Topic::Order, vec![Item::Order(Box::new(status))]);
        self.passes(1_000);
    }

    fn is_told(&mut self, order: &Order, agreement: Agreement) {
        let asked = Countersign {
            order: order.clone(),
            seen: Vec::new(),
            agreement,
        };
        self.hears_of(Topic::Order, vec![Item::Countersign(Box::new(asked))]);
    }

    /// All that it says now, in the language that is spoken.
    fn worded(&self) -> Vec<String> {
        let state = &self.state;
        let said = state.said.iter().map(|(_, said)| notice::sentence(said));
        let notes = state.notes.iter().map(|note| note.text.clone());
        let alarms = state.alarms.values().map(|alarm| alarm.text.clone());
        let errors = [
            state.dialog.as_ref().and_then(|d| d.error.clone()),
            state.second.view.as_ref().and_then(|v| v.error.clone()),
            state
                .emergency
                .prompt
                .as_ref()
                .and_then(|p| p.error.clone()),
        ];
        let errors = errors.into_iter().flatten();
        let told: Vec<Sentence> = notes.chain(alarms).chain(errors).collect();
        said.chain(told.iter().map(told::sentence)).collect()
    }

    /// Nothing of what it says now is English. In English it says `words`.
    #[track_caller]
    fn words(&self, words: &str) {
        let all = self.worded();
        let says = all.iter().any(|text| text.contains(words));
        assert!(says, "{words:?}: {all:#?}");
        for language in CYRILLIC {
            let _speaking = speak(language);
            for text in self.worded() {
                assert!(english(&text).is_empty(), "{language:?}: {text}");
            }
        }
    }
}

fn alone() -> Console {
    Console::of("anna", TwoPersons::default())
}

const ABOVE_10: TwoPersons = TwoPersons {
    shed_above: Some(Power::from_megawatts(10)),
    restore_above: None,
};

/// The order that a second person is asked for.
fn asked(console: &mut Console) -> Order {
    let effects = console.sheds();
    let order = effects.iter().find_map(|effect| match effect {
        Effect::Send(_, crate::domain::link::Request::CountersignRequest(order, _)) => {
            Some((**order).clone())
        }
        _ => None,
    });
    order.expect("a request leaves")
}

#[test]
fn what_speaks_against_an_order_is_worded() {
    let mut console = alone();
    console.sheds();
    console.state.orders[0].unjournaled = true;
    console.answers(Phase::Delivered, "".into());
    assert_eq!(console.alarms("order_claimed"), 1);
    console.words("says delivered, no reading");
    console.words("(not in the journal)");
    let record = &mut console.state.orders[0];
    record.life = Life::Said(Phase::Delivered);
    record.denied = Some(Phase::Rejected);
    console.passes(1_000);
    console.words("delivered, after it said rejected");
}

#[test]
fn what_becomes_of_a_request_for_a_second_person_is_worded() {
    let mut console = Console::of("anna", ABOVE_10);
    let order = asked(&mut console);
    console.words("waits for a second person");
    console.is_told(
        &order,
        Agreement::Refused {
            by: "boris".into(),
            why: "".into(),
        },
    );
    console.words("boris refuses");
    let mut console = Console::of("anna", ABOVE_10);
    asked(&mut console);
    console.passes(16_000);
    console.words("has not passed the request on");
    let mut console = Console::of("anna", ABOVE_10);
    asked(&mut console);
    console.loses_its_link();
    console.words("the link was lost while it waited");
}

#[test]
fn what_bars_a_second_person_is_worded() {
    let order = asked(&mut Console::of("anna", ABOVE_10));
    let mut console = Console::of("boris", ABOVE_10);
    console.is_told(&order, Agreement::Asked);
    console.words("anna asks");
    let answers = |console: &mut Console, text: &str| {
        console.types("o");
        console.passes(400);
        console.repeats();
        console.types(text);
        console.presses(Code::Enter);
    };
    answers(&mut console, "X");
    console.words("exactly, in capitals, or REFUSE");
    console.presses(Code::Esc);
    answers(&mut console, "REFUSE");
    console.words("say why");
    console.presses(Code::Esc);
    console.state.journal.standing = Standing::Broken("disk".into());
    answers(&mut console, "REFUSE X");
    console.words("nothing leaves unrecorded: disk");
    console.presses(Code::Esc);
    console.state.journal = Journal::default();
    answers(&mut console, "REFUSE X");
    console.words("refused, on its way");
    console.passes(16_000);
    console.words("no word of the gateway");
    console.is_told(&order, Agreement::Lapsed);
    console.words("called back, or too late");
}

#[test]
fn what_bars_an_act_of_authority_is_worded() {
    let mut console = alone();
    let mut site = sample::site("astravets");
    site.authority.holder = Some("boris".into());
    console.hears_of(Topic::Fleet, vec![Item::Site(Box::new(site))]);
    console.types("t");
    console.words("boris holds astravets");
    console.state.desk.read_only = true;
    console.types("T");
    console.words("this console may only look");
    console.state.desk.read_only = false;
    console.state.journal.standing = Standing::Broken("disk".into());
    console.types("T");
    console.words("nothing leaves unrecorded: disk");
    console.state.journal = Journal::default();
    console.loses_its_link();
    console.types("T");
    console.words("the feed is down");
}

#[test]
fn what_bars_a_dialog_is_worded() {
    let mut console = alone();
    for (amount, why) in [
        ("4x", "not an amount"),
        ("0", "an amount lies above 0"),
        ("99999", "at most"),
    ] {
        console.types("c");
        console.types(amount);
        console.presses(Code::Enter);
        console.words(why);
        console.presses(Code::Esc);
        console.presses(Code::Esc);
    }
    console.types("c40");
    console.presses(Code::Enter);
    console.types("a");
    console.passes(400);
    console.types("X");
    console.presses(Code::Enter);
    console.words("exactly, in capitals; nothing was sent");
    console.passes(11_000);
    console.words("the 10 s are over");
    console.loses_its_link();
    console.types("a");
    console.words("not armed: astravets block 2: link down");
}

#[test]
fn what_bars_an_emergency_shed_is_worded() {
    let mut console = alone();
    let frequency = |console: &mut Console, mhz| {
        console.reads(GridReading {
            frequency: Some(Hertz::from_millihertz(mhz)),
            ..GridReading::default()
        });
    };
    frequency(&mut console, 50_210);
    console.types("!");
    console.words("the frequency is too high (50.210 Hz)");
    frequency(&mut console, 49_900);
    console.types("!");
    console.passes(400);
    console.types("X");
    console.presses(Code::Enter);
    console.words("exactly, in capitals; nothing was sent");
}

#[test]
fn who_has_no_name_is_this_desk_in_the_language() {
    let console = Console::of("this desk", TwoPersons::default());
    let theme = built_in(DEFAULT).expect("the default theme loads");
    for (language, words) in CYRILLIC.into_iter().zip(["этот пульт", "гэты пульт"])
    {
        let look = Look::new(theme.clone(), Tier::Mono, Glyphs::Unicode).in_language(language);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 36));
        crate::ui::screens::paint(&console.state, &look, &mut buffer);
        let head: String = (0..120).map(|x| buffer[(x, 0)].symbol()).collect();
        assert!(head.contains(words), "{head}");
    }
}
