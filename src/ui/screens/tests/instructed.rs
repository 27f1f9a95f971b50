//! What the grid operator wants, in every state of it, of the surplus and of the load: in the head, as an alarm, in the
//! journal, on Grid, and where load is shed.

use super::*;
use crate::domain::fleet::{Block, BlockState};
use crate::domain::grid::{GridState, Instruction};
use crate::domain::ids::{BlockId, OrderId, SiteId};
use crate::domain::order::{self, Issued, OrderKind, OrderStatus, Reason, TargetStatus};
use crate::domain::quality::Quality;

/// What is wanted, MW. The nation draws 250 or 80.
const TARGET: i64 = 100;

/// A state of an instruction, a minute after it was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Absent,
    Ahead,
    FarAhead,
    Ramp,
    Due,
    Further,
    Ended,
    Withdrawn,
    Silent,
}

const PHASES: [Phase; 9] = [
    Phase::Absent,
    Phase::Ahead,
    Phase::FarAhead,
    Phase::Ramp,
    Phase::Due,
    Phase::Further,
    Phase::Ended,
    Phase::Withdrawn,
    Phase::Silent,
];

impl Phase {
    fn in_force(self) -> bool {
        matches!(self, Self::Ramp | Self::Due | Self::Further | Self::Silent)
    }

    fn instruction(self) -> Option<Instruction> {
        let secs = Duration::from_secs;
        let after = match self {
            Self::Absent => return None,
            Self::Ahead => secs(600),
            Self::FarAhead => secs(7_200),
            _ => Duration::ZERO,
        };
        let lasts = match self {
            Self::Further => None,
            Self::Ended => Some(secs(30)),
            _ => Some(secs(900)),
        };
        let from = sample::NOW + after;
        Some(Instruction {
            id: Arc::from("i-1"),
            target: mw(TARGET),
            from,
            to: lasts.map(|lasts| from + lasts),
            // 150 MW in 150 s.
            ramp_w_s: mw(i64::from(self == Self::Ramp)),
            reason: Arc::from("evening peak"),
        })
    }

    /// The words of its life in the journal.
    fn steps(self, is_over: bool) -> Vec<&'static str> {
        let met = if is_over { "Above" } else { "Met" };
        match self {
            Self::Absent => vec![],
            Self::Ahead | Self::FarAhead => vec!["Heard"],
            Self::Ramp if is_over => vec!["Heard", "InForce"],
            Self::Ramp | Self::Due | Self::Further | Self::Silent => vec!["Heard", "InForce", met],
            Self::Ended => vec!["Heard", "InForce", met, "Ended"],
            Self::Withdrawn => vec!["Heard", "InForce", met, "Withdrawn"],
        }
    }
}

fn reading(surplus: Option<i64>, wanted: Vec<Instruction>) -> GridReading {
    GridReading {
        surplus: surplus.map(mw),
        state: Some(GridState::Normal),
        instructions: wanted,
        ..GridReading::default()
    }
}

/// Blocks that draw 250 MW, or 80 of what they are ordered to.
fn fleet(load: i64) -> Vec<Item> {
    let mut items = nation();
    for item in &mut items {
        if let Item::Block(block) = item {
            let part = |power: Power| power.portion(load, 250);
            block.power = block.power.map(part);
            block.target = part(block.target);
        }
    }
    items
}

fn told(phase: Phase, surplus: Option<i64>, load: i64) -> Console {
    let mut console = Console::new(fleet(load));
    let wanted: Vec<Instruction> = phase.instruction().into_iter().collect();
    for second in 0..60 {
        let gone = phase == Phase::Withdrawn && second >= 30;
        let silent = phase == Phase::Silent && second >= 30;
        if second == 30 && silent {
            console.loses_its_link();
        }
        if !silent {
            let wanted = if gone { Vec::new() } else { wanted.clone() };
            console.reads(reading(surplus, wanted));
            console.repeats();
        }
        console.passes(1_000);
    }
    console
}

/// The steps that the journal has of instructions.
fn steps(console: &Console) -> Vec<String> {
    let facts = console.facts.iter().filter(|f| f.kind() == "instruction");
    let words = |fact: &Fact| {
        let text = format!("{fact:?}");
        let (_, after) = text.split_once("step: ").expect("a step");
        after.chars().take_while(|c| c.is_alphabetic()).collect()
    };
    facts.map(words).collect()
}

#[test]
fn every_state_of_instruction_surplus_and_load_is_told_everywhere() {
    for phase in PHASES {
        for surplus in [None, Some(400), Some(200), Some(90), Some(50)] {
            for load in [250, 80] {
                let case = format!("{phase:?}, surplus {surplus:?}, load {load}");
                let console = told(phase, surplus, load);
                heads(&console, phase, surplus, load, &case);
                let over = load > TARGET;
                assert_eq!(steps(&console), phase.steps(over), "{case}");
                let raised = usize::from(phase.in_force());
                assert_eq!(console.alarms("instruction"), raised, "{case}");
                let above = phase.in_force() && phase != Phase::Ramp && over;
                assert_eq!(
                    console.alarms("above_instruction"),
                    usize::from(above),
                    "{case}"
                );
                on_grid(console, phase, &case);
            }
        }
    }
}

/// What the heads of all screens say, at each size.
fn heads(console: &Console, phase: Phase, surplus: Option<i64>, load: i64, case: &str) {
    let due = match phase {
        Phase::Ramp => "22:15",
        Phase::Ahead => "22:23",
        _ => "22:13",
    };
    let over = load - TARGET;
    let wants = match (over > 0, phase) {
        (true, Phase::Silent) => format!("? grid wants {TARGET} by {due}: ? {over} over"),
        (true, _) => format!("grid wants {TARGET} by {due}: {over} over"),
        (false, _) => format!("grid wants {TARGET} by 22:"),
    };
    let binding = phase.in_force().then_some(TARGET);
    let room = surplus
        .into_iter()
        .chain(binding)
        .min()
        .map(|most| most - load);
    for size in SIZES {
        let head = console.head(size);
        let shown = phase.in_force() || (phase == Phase::Ahead && size.0 >= 120);
        if phase != Phase::Ahead || size.0 >= 120 {
            assert_eq!(head.contains(&wants), shown, "{case}: {head}");
        }
        let mark = if phase == Phase::Silent { "? " } else { "" };
        let figure = room.map(|room| match room {
            0.. => format!("headroom {mark}{room} MW"),
            _ => format!("short {mark}{} MW", -room),
        });
        // Beside what is wanted there may be no room for it at 80 columns.
        if let Some(figure) = figure.filter(|_| size.0 >= 120 || !phase.in_force()) {
            assert!(head.contains(&figure), "{case}: {figure}: {head}");
        } else if room.is_none() {
            assert!(
                !head.contains("headroom") && !head.contains("short"),
                "{case}"
            );
        }
    }
}

fn on_grid(mut console: Console, phase: Phase, case: &str) {
    console.types("3");
    for size in SIZES {
        let screen = console.screen(size);
        assert_eq!(
            screen.contains("instruction in force"),
            phase.in_force(),
            "{case}: {screen}"
        );
        assert_eq!(
            screen.contains("instruction soon"),
            phase == Phase::Ahead,
            "{case}: {screen}"
        );
    }
}

fn wanted(id: &str, target: i64, from: i64) -> Instruction {
    Instruction {
        id: Arc::from(id),
        target: mw(target),
        from: sample::NOW.shifted(from),
        to: Some(sample::NOW.shifted(3_600_000)),
        ramp_w_s: Power::ZERO,
        reason: Arc::from("peak"),
    }
}

/// Lets seconds pass in which the same is wanted.
fn wants(console: &mut Console, seconds: usize, wanted: &[Instruction]) {
    for _ in 0..seconds {
        console.reads(reading(Some(400), wanted.to_vec()));
        console.repeats();
        console.passes(1_000);
    }
}

#[test]
fn of_several_the_lowest_rules_and_all_stand_on_grid() {
    let mut console = Console::new(nation());
    let all = [
        wanted("a", 200, 0),
        wanted("b", 120, 0),
        wanted("c", 60, 1_200_000),
    ];
    wants(&mut console, 20, &all);
    for size in SIZES {
        let head = console.head(size);
        assert!(head.contains("grid wants 120 by 22:13: 130 over"), "{head}");
    }
    assert_eq!(console.alarms("instruction"), 2);
    assert_eq!(console.alarms("above_instruction"), 1);
    console.types("3");
    let screen = console.screen((120, 36));
    for target in ["120.0", "200.0", "60.0"] {
        assert!(screen.contains(target), "{target}: {screen}");
    }
    assert!(screen.contains("also wants"), "{screen}");
    // Once the lowest is taken back the other rules.
    wants(&mut console, 20, &all[..1]);
    let head = console.head((120, 36));
    assert!(head.contains("grid wants 200 by 22:13: 50 over"), "{head}");
}

#[test]
fn a_reconnect_and_the_correction_of_a_clock_tell_nothing_anew() {
    let mut console = Console::new(nation());
    wants(&mut console, 20, &[wanted("a", 100, 0)]);
    let before = steps(&console);
    assert_eq!(before, ["Heard", "InForce", "Above"]);
    let alarms = console.state.alarms.clone();
    for (lost, moved) in [(5, 40), (40, -900)] {
        console.loses_its_link();
        for _ in 0..lost {
            console.passes(1_000);
        }
        console.connect();
        wants(&mut console, 20, &[wanted("a", 100, moved)]);
    }
    assert_eq!(steps(&console), before);
    for kind in ["instruction", "above_instruction"] {
        assert_eq!(console.alarms(kind), 1, "{kind}");
        let raised = |alarms: &std::collections::BTreeMap<_, crate::domain::alarm::Alarm>| {
            let found = alarms.values().find(|alarm| &*alarm.kind == kind);
            found.expect("it stands").raised
        };
        assert_eq!(raised(&console.state.alarms), raised(&alarms), "{kind}");
    }
}

#[test]
fn another_target_under_the_same_id_is_told_and_called_for() {
    let mut console = Console::new(nation());
    wants(&mut console, 20, &[wanted("a", 100, 0)]);
    wants(&mut console, 20, &[wanted("a", 60, 0)]);
    let all = ["Heard", "InForce", "Above", "Changed", "InForce", "Above"];
    assert_eq!(steps(&console), all);
    assert_eq!(console.alarms("instruction"), 1);
    let head = console.head((80, 24));
    assert!(head.contains("grid wants 60 by 22:13: 190 over"), "{head}");
}

#[test]
fn a_feed_whose_figures_do_not_rule_is_heard_all_the_same() {
    let mut console = Console::new(nation());
    let other = FeedId(1);
    console.state.feeds.push(Feed::new(other, "dispatcher"));
    for event in [
        FeedEvent::Hello(Box::new(info())),
        FeedEvent::Skew {
            offset_ms: 0,
            uncertainty_ms: 1,
        },
        FeedEvent::Link(LinkState::Live),
    ] {
        console.tells(Msg::Feed(other, event));
    }
    for _ in 0..20 {
        console.reads(reading(Some(400), Vec::new()));
        let said = GridReading {
            frequency: Some(Hertz::NOMINAL),
            measured_at: console.state.now,
            ..reading(Some(400), vec![wanted("a", 100, 0)])
        };
        let items = vec![Item::Grid(Box::new(said))];
        let topic = Topic::Grid;
        console.tells(Msg::Feed(other, FeedEvent::Update { topic, items }));
        console.repeats();
        console.passes(1_000);
    }
    let head = console.head((120, 36));
    assert!(head.contains("grid wants 100 by 22:13: 150 over"), "{head}");
    assert_eq!(console.alarms("above_instruction"), 1);
}

#[test]
fn a_thousand_instructions_are_bounded_and_hide_none_of_another_feed() {
    let mut console = Console::new(nation());
    let many: Vec<Instruction> = (0..1_000).map(|n| wanted(&n.to_string(), 100, 0)).collect();
    for _ in 0..5 {
        wants(&mut console, 1, &many);
        wants(&mut console, 1, &[wanted("z", 100, 0)]);
    }
    assert!(console.state.grid.heard.len() <= 64);
    let head = console.head((80, 24));
    assert!(head.contains("grid wants 100 by 22:13: 150 over"), "{head}");
}

#[test]
fn a_shed_offers_what_is_over_on_nation_and_on_grid() {
    for keys in ["C", "3c", "3C"] {
        let mut console = Console::new(nation());
        wants(&mut console, 5, &[wanted("a", 100, 0)]);
        console.types(keys);
        for size in SIZES {
            let screen = console.screen(size);
            assert!(screen.contains("wants 150 MW less"), "{keys}: {screen}");
        }
        console.presses(Code::Enter);
        let dialog = console.state.dialog.as_ref().expect("it is open");
        let plan = dialog.plan.as_ref().expect("a plan");
        assert_eq!(plan.wanted, mw(150), "{keys}");
        // Nothing is armed by Enter alone.
        assert_eq!(dialog.step, crate::app::curtail::Step::Check);
    }
    // Of one site what it has.
    let mut console = Console::new(nation());
    wants(&mut console, 5, &[wanted("a", 100, 0)]);
    console.types("jc");
    console.presses(Code::Enter);
    let dialog = console.state.dialog.as_ref().expect("it is open");
    assert_eq!(dialog.plan.as_ref().map(|plan| plan.wanted), Some(mw(50)));
    // What is typed is what counts.
    let mut console = Console::new(nation());
    wants(&mut console, 5, &[wanted("a", 100, 0)]);
    console.types("C40");
    console.presses(Code::Enter);
    let dialog = console.state.dialog.as_ref().expect("it is open");
    assert_eq!(dialog.plan.as_ref().map(|plan| plan.wanted), Some(mw(40)));
}

#[test]
fn every_time_that_can_be_chosen_has_its_offer_and_one_that_is_late_goes_at_once() {
    for keys in ["C", "jc", " c"] {
        for rights in 0..6 {
            let mut console = Console::new(nation());
            wants(&mut console, 5, &[wanted("a", 100, 0)]);
            console.types(keys);
            for _ in 0..rights {
                console.presses(Code::Right);
            }
            assert!(
                console.screen((120, 36)).contains("MW less"),
                "{keys} {rights}"
            );
            console.presses(Code::Enter);
            let dialog = console.state.dialog.as_ref().expect("it is open");
            let plan = dialog.plan.as_ref().expect("a plan");
            // It was wanted by now.
            assert!(plan.moves.iter().all(|part| part.after.is_zero()));
        }
    }
}

#[test]
fn other_words_give_an_instruction_its_ramp_not_anew() {
    let mut console = Console::new(nation());
    for second in 0..90 {
        let mut said = wanted("a", 100, 0);
        said.ramp_w_s = mw(5);
        said.reason = format!("over for {second} s").into();
        wants(&mut console, 1, &[said]);
    }
    let above = console.state.grid.heard.iter().filter(|h| h.gone.is_none());
    let stages: Vec<_> = above.map(|heard| heard.stage).collect();
    assert_eq!(stages, [crate::app::wanted::Stage::Above]);
}

#[test]
fn a_shed_offers_nothing_where_nothing_is_over() {
    let mut console = Console::new(nation());
    wants(&mut console, 5, &[wanted("a", 300, 0)]);
    console.types("C");
    assert!(!console.screen((120, 36)).contains("less"));
    console.presses(Code::Enter);
    let dialog = console.state.dialog.as_ref().expect("it is open");
    assert!(dialog.plan.is_none() && dialog.error.is_some());
}

#[test]
fn who_takes_over_reads_what_the_grid_wants() {
    let mut console = Console::new(nation());
    wants(&mut console, 5, &[wanted("a", 100, 0), wanted("b", 300, 0)]);
    let text = handed_over(console);
    assert!(text.contains("at most 100.0 MW"), "{text}");
    assert!(text.contains("in force, 150.0 MW above"), "{text}");
    assert!(text.contains("at most 300.0 MW"), "{text}");
    assert!(text.contains("in force, met"), "{text}");
}

/// What a handover says of instructions.
fn handed_over(mut console: Console) -> String {
    console.types("H");
    let view = console.state.handover.view.as_ref().expect("it is open");
    let at = view.text.find("Instructions of the grid operator");
    let text = &view.text[at.expect("has its section")..];
    let lines = text.split("\n## ").next();
    lines.expect("its own lines").to_owned()
}

#[test]
fn who_takes_over_reads_what_is_not_known() {
    let mut console = Console::new(Vec::new());
    wants(&mut console, 5, &[wanted("a", 100, 0)]);
    let text = handed_over(console);
    let unknown = "in force, what is drawn is not known: peak";
    assert!(text.contains(unknown), "{text}");
    let mut console = Console::new(nation());
    wants(&mut console, 5, &[wanted("a", 100, 0)]);
    console.loses_its_link();
    for _ in 0..30 {
        console.passes(1_000);
    }
    let text = handed_over(console);
    let old = "in force, 150.0 MW above, last known: its feed is not live: peak";
    assert!(text.contains(old), "{text}");
}

/// Another desk is heard to shed `astravets 1`, of 100 MW; what the shed that is then opened says.
fn another_sheds(phase: order::Phase, reasons: Vec<Reason>, turn: impl Fn(&mut Block)) -> String {
    let mut items = nation();
    let first = items.iter_mut().find_map(|item| match item {
        Item::Block(block) => Some(block),
        _ => None,
    });
    turn(first.expect("a block"));
    let mut console = Console::new(items);
    wants(&mut console, 5, &[wanted("a", 100, 0)]);
    let at = console.state.now;
    let row = TargetStatus {
        site: SiteId::new("astravets"),
        block: BlockId::new("1"),
        phase,
        reasons,
        delivered: None,
        measured_at: None,
    };
    let status = OrderStatus {
        id: OrderId(5),
        phase: order::Phase::Accepted,
        at,
        detail: "".into(),
        targets: vec![row],
        issued: Some(Arc::new(Issued {
            by: "anna".into(),
            countersigned_by: None,
            desk: Some("B".into()),
            kind: OrderKind::Curtail,
            reason: "the evening peak".into(),
            wanted: Some(mw(100)),
            at,
        })),
    };
    console.hears_of(Topic::Order, vec![Item::Order(Box::new(status))]);
    console.types("C");
    console.screen((120, 36))
}

#[test]
fn a_shed_offers_nothing_that_another_desk_has_on_its_way() {
    let screen = another_sheds(order::Phase::Accepted, Vec::new(), |_| {});
    assert!(screen.contains("wants 50 MW less"), "{screen}");
}

#[test]
fn a_block_that_another_desk_lowers_in_part_falls_no_further_than_it_says() {
    let screen = another_sheds(order::Phase::Executing, Vec::new(), |block| {
        block.state = BlockState::Ramping;
        block.target = mw(60);
    });
    assert!(screen.contains("wants 110 MW less"), "{screen}");
    // One that stands where it was ordered to falls no more.
    let screen = another_sheds(order::Phase::Delivered, Vec::new(), |_| {});
    assert!(screen.contains("wants 150 MW less"), "{screen}");
}

#[test]
fn what_a_gateway_holds_back_for_the_frequency_is_not_on_its_way() {
    let high = Reason::Stated {
        code: "frequency_high".into(),
        text: "too high".into(),
    };
    let screen = another_sheds(order::Phase::Accepted, vec![high], |_| {});
    assert!(screen.contains("wants 150 MW less"), "{screen}");
}

#[test]
fn a_silent_site_is_taken_to_draw_what_it_drew_and_says_so() {
    let mut console = Console::new(nation());
    for _ in 0..60 {
        console.reads(reading(Some(400), vec![wanted("a", 100, 0)]));
        console.passes(1_000);
    }
    let sites = console.state.fleet.sites.values();
    assert!(sites.clone().all(|v| v.summary.quality >= Quality::Stale));
    let head = console.head((80, 24));
    assert!(
        head.contains("grid wants 100 by 22:13: ? 150 over"),
        "{head}"
    );
    assert_eq!(console.alarms("instruction"), 1);
}
