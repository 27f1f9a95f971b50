//! The planner's solver against every plan there is (small) and against an independent solver (medium).

#[allow(
    dead_code,
    reason = "the families are for the bench and for one test here"
)]
mod instances;

use baseload::control::plan::solve::{Answer, Choice, Class, Instance, STEPS, solve};
use good_lp::{Expression, Solution, SolverModel, constraint, microlp, variable, variables};
use instances::{Dice, Family, instance};

/// A small question of any shape; in some, loads relieve their nodes as restores do.
fn small(seed: u64) -> Instance {
    let mut dice = Dice::new(seed);
    let blocks = dice.between(1, 8);
    let nodes = if dice.below(2) == 0 {
        0
    } else {
        dice.between(1, 3)
    };
    let relieves = nodes > 0 && dice.below(3) == 0;
    let unit = if dice.below(2) == 0 { 1_000 } else { 100_000 };
    let mut classes = Vec::new();
    for _ in 0..blocks {
        let mut class = Class {
            node: (nodes > 0 && dice.below(5) > 0).then(|| dice.below(nodes) as u32),
            choices: Vec::new(),
        };
        for _ in 0..dice.between(1, 3) {
            let gain = dice.between(1, 20) * unit + dice.below(1_000);
            let load = match (relieves, dice.below(4)) {
                (true, _) => -gain,
                (false, 0) => gain + dice.below(5 * unit),
                (false, _) => gain,
            };
            let free = dice.below(8) == 0;
            let cost = if free { 0 } else { dice.between(0, 30) * unit };
            class.choices.push(Choice { gain, load, cost });
        }
        classes.push(class);
    }
    let most = |c: &Class| c.choices.iter().map(|c| c.gain).max().unwrap_or(0);
    let total: i64 = classes.iter().map(most).sum();
    let caps = (0..nodes).map(|_| {
        if relieves {
            dice.between(-total / 4, total / 4)
        } else {
            dice.between(0, total / 2)
        }
    });
    let caps = caps.collect();
    Instance {
        need: dice.between(0, total),
        classes,
        caps,
    }
}

/// What picks gain and cost, where they keep the caps.
fn weigh(question: &Instance, picks: &[Option<usize>]) -> Option<(i64, i64)> {
    let mut left = question.caps.clone();
    let (mut gain, mut cost) = (0, 0);
    for (class, pick) in question.classes.iter().zip(picks) {
        if let Some(at) = pick {
            let choice = class.choices[*at];
            gain += choice.gain;
            cost += choice.cost;
            if let Some(node) = class.node {
                left[node as usize] -= choice.load;
            }
        }
    }
    left.iter().all(|left| *left >= 0).then_some((gain, cost))
}

/// The least cost that meets the need, and the most that can be gained; none where no plan keeps the caps.
fn every_plan(question: &Instance) -> Option<(Option<i64>, i64)> {
    let mut picks: Vec<Option<usize>> = vec![None; question.classes.len()];
    let (mut least, mut most) = (None, None);
    loop {
        if let Some((gain, cost)) = weigh(question, &picks) {
            most = most.max(Some(gain));
            if gain >= question.need {
                least = Some(least.map_or(cost, |least: i64| least.min(cost)));
            }
        }
        let mut turned = false;
        for (pick, class) in picks.iter_mut().zip(&question.classes) {
            let next = pick.map_or(0, |at| at + 1);
            *pick = (next < class.choices.len()).then_some(next);
            if pick.is_some() {
                turned = true;
                break;
            }
        }
        if !turned {
            return most.map(|most| (least, most));
        }
    }
}

#[test]
fn no_plan_is_cheaper_than_the_best_of_all() {
    let mut unproven = 0;
    for seed in 0..1_500 {
        let question = small(seed);
        let Some((least, most)) = every_plan(&question) else {
            continue;
        };
        match (solve(&question, STEPS), least) {
            (Answer::Best(best), Some(least)) => {
                let (gain, cost) = weigh(&question, &best.picks).expect("the caps are kept");
                assert!(gain >= question.need, "{seed} falls short");
                assert_eq!((gain, cost), (best.gain, best.cost), "{seed}");
                assert!(best.bound <= least && cost >= least, "{seed}");
                assert!(
                    !best.proven || cost == least,
                    "{seed}: {cost} and not {least}"
                );
                unproven += u32::from(!best.proven);
            }
            (Answer::Short { most: said }, None) => assert_eq!(said, most, "{seed}"),
            (answer, least) => panic!("{seed}: {answer:?}, but the least is {least:?}"),
        }
    }
    assert!(unproven <= 2, "{unproven} small questions were not proven");
}

#[test]
fn a_solver_of_another_kind_finds_nothing_cheaper() {
    for family in [Family::Mixed, Family::Nodes, Family::Stepped, Family::Ramps] {
        for seed in 0..2 {
            let question = instance(family, 40, seed);
            let Answer::Best(best) = solve(&question, STEPS) else {
                panic!("{family:?} {seed} can be met");
            };
            assert!(best.proven, "{family:?} {seed}");
            let least = by_milp(&question);
            let apart = (best.cost as f64 - least) / least;
            // The other solver's own tolerance.
            assert!(
                apart.abs() < 1e-6,
                "{family:?} {seed}: {} and {least}",
                best.cost
            );
        }
    }
}

/// The least cost by a mixed-integer model, in megawatts and units so that it is well scaled.
fn by_milp(question: &Instance) -> f64 {
    let mut names = variables!();
    let mut cost = Expression::default();
    let mut gain = Expression::default();
    let mut loads = vec![Expression::default(); question.caps.len()];
    let mut once = Vec::new();
    for class in &question.classes {
        let mut taken = Expression::default();
        for choice in &class.choices {
            let name = names.add(variable().binary());
            cost += choice.cost as f64 / 1e6 * name;
            gain += choice.gain as f64 / 1e6 * name;
            taken += name;
            if let Some(node) = class.node {
                loads[node as usize] += choice.load as f64 / 1e6 * name;
            }
        }
        once.push(constraint!(taken <= 1));
    }
    let mut model = names.minimise(cost.clone()).using(microlp);
    model.add_constraint(constraint!(gain >= question.need as f64 / 1e6));
    for (load, cap) in loads.into_iter().zip(&question.caps) {
        model.add_constraint(constraint!(load <= *cap as f64 / 1e6));
    }
    for at_most_one in once {
        model.add_constraint(at_most_one);
    }
    let solution = model.solve().expect("the question can be met");
    solution.eval(cost) * 1e6
}

#[test]
fn the_same_question_has_the_same_answer() {
    for family in Family::ALL {
        let question = instance(family, 300, 7);
        assert_eq!(
            solve(&question, STEPS),
            solve(&question, STEPS),
            "{family:?}"
        );
    }
}

#[test]
fn little_work_still_brings_a_plan_with_a_true_bound() {
    for family in Family::ALL {
        let question = instance(family, 400, 3);
        let (Answer::Best(all), Answer::Best(little)) =
            (solve(&question, STEPS), solve(&question, 1))
        else {
            panic!("{family:?} can be met");
        };
        let kept = weigh(&question, &little.picks).expect("the caps are kept");
        assert!(kept.0 >= question.need, "{family:?}");
        assert!(
            little.bound <= all.cost && little.cost >= all.bound,
            "{family:?}"
        );
    }
}
