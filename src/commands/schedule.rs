//! `baseload plan --for TIME` and `--profile P.json`: the schedule of the next hour on a file; nothing is sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::plan::{Fleet, head, left_out, note, plain, read_text, reasons, unit, units};
use super::{Failure, papers};
use crate::cli::PlanArgs;
use crate::control::amount::Amount;
use crate::control::interlock::Candidate;
use crate::control::schedule::{NoSchedule, Profile, Schedule, check::check, schedule};
use crate::domain::ids::{GatewayId, SiteId};
use crate::domain::order::span;
use crate::domain::units::Power;
use crate::feed::protocol::{MAX_INSTRUCTION_FILE, read_instruction_file};

/// Schedules and prints. What can't be met is an error that says from when on, and how much can.
pub(super) fn run(args: &PlanArgs, fleet: Fleet) -> Result<(), Failure> {
    let gateway = GatewayId::new("offline");
    let candidates = fleet.candidates(&gateway);
    let profile = profile(args, &fleet, &candidates)?;
    match schedule(&profile, &candidates, "", fleet.now, &fleet.terms) {
        Ok(mut made) => {
            check(&made, &candidates, "", fleet.now, &fleet.terms).map_err(|flaw| {
                Failure::Run(format!(
                    "the schedule did not pass the independent check: {flaw}"
                ))
            })?;
            made.excluded.extend(fleet.lost);
            if args.json {
                papers::print(&as_json(&made))
            } else {
                papers::print(&as_table(&made, fleet.currency.as_deref()))
            }
        }
        Err(why) => {
            let sentence = why.to_string();
            let (most, mut excluded, short) = match why {
                NoSchedule::NothingWanted => return Err(Failure::Run(sentence)),
                NoSchedule::TooMuch { most, excluded } => {
                    let short = short_step(&profile, &most);
                    (most, excluded, short)
                }
                // Each step by itself could be met: what could be off says nothing then.
                NoSchedule::NotFound { most, excluded } => (most, excluded, String::new()),
            };
            excluded.extend(fleet.lost);
            let watts: Vec<i64> = most.iter().map(|power| power.watts()).collect();
            if args.json {
                let text = json!({"most_w": watts, "excluded": reasons(&excluded)});
                papers::print(&format!("{text:#}\n"))?;
            } else {
                let mut text = String::new();
                left_out(&mut text, &excluded);
                papers::print(&text)?;
            }
            Err(Failure::Run(format!(
                "{sentence}{short}, {} of {} blocks being left out",
                excluded.len(),
                fleet.blocks.len(),
            )))
        }
    }
}

/// The first step that can't be met, with what could be off by then.
fn short_step(profile: &Profile, most: &[Power]) -> String {
    let mut steps = profile.wanted.iter().zip(most).enumerate();
    let short = steps.find(|(_, (wanted, most))| wanted > most);
    short.map_or_else(String::new, |(at, (wanted, most))| {
        let end = profile.step * u32::try_from(at + 1).unwrap_or(u32::MAX);
        format!(
            ": at most {:.3} of {:.3} MW {} from now",
            most.megawatts(),
            wanted.megawatts(),
            span(end)
        )
    })
}

fn profile(
    args: &PlanArgs,
    fleet: &Fleet,
    candidates: &[Candidate<'_>],
) -> Result<Profile, Failure> {
    let drawn: Power = candidates.iter().filter_map(|c| c.block.power).sum();
    let cap = match args.restore_cap {
        None => None,
        Some(Amount::Power(cap)) => Some(cap),
        Some(_) => {
            return Err(Failure::Usage(
                "--restore-cap is so many MW a minute, as in 20MW".to_owned(),
            ));
        }
    };
    if let Some(path) = &args.profile {
        let text = read_text(path, MAX_INSTRUCTION_FILE, "no instruction is")?;
        let instruction = read_instruction_file(&text)
            .map_err(|bad| Failure::Usage(format!("{}: {}", path.display(), bad.0)))?;
        return Ok(Profile::instructed(drawn, &instruction, fleet.now, cap));
    }
    match (args.shed, args.hold) {
        (Some(Amount::All), _) => Err(Failure::Usage(
            "a schedule needs an amount: --shed 180MW or 25%".to_owned(),
        )),
        (Some(amount), Some(hold)) => Ok(Profile::hold(amount.of(drawn), hold, cap)),
        _ => Err(Failure::Usage("--for needs --shed".to_owned())),
    }
}

/// MW off by site at the end of each step.
fn by_site(made: &Schedule) -> BTreeMap<&SiteId, (Vec<Power>, i64)> {
    let mut sites: BTreeMap<&SiteId, (Vec<Power>, i64)> = BTreeMap::new();
    for part in &made.parts {
        let (shed, worth) = sites
            .entry(&part.key.site)
            .or_insert_with(|| (vec![Power::ZERO; made.shed.len()], 0));
        for (sum, watts) in shed.iter_mut().zip(&part.shed) {
            *sum += *watts;
        }
        *worth += part.worth;
    }
    sites
}

fn as_json(made: &Schedule) -> String {
    let watts = |list: &[Power]| list.iter().map(|power| power.watts()).collect::<Vec<i64>>();
    let calls: Vec<serde_json::Value> = made
        .parts
        .iter()
        .flat_map(|part| {
            part.calls.iter().map(|call| {
                json!({
                    "site": part.key.site.as_str(),
                    "block": part.key.block.as_str(),
                    "target_w": call.target.watts(),
                    "from_step": call.from,
                    "restore_step": call.until,
                })
            })
        })
        .collect();
    let sites: Vec<serde_json::Value> = by_site(made)
        .into_iter()
        .map(|(site, (shed, worth))| {
            json!({"site": site.as_str(), "shed_w": watts(&shed), "cost": units(worth)})
        })
        .collect();
    let text = json!({
        "step_s": made.profile.step.as_secs(),
        "wanted_w": watts(&made.profile.wanted),
        "shed_w": watts(&made.shed),
        "restore_w_per_step": made.profile.give_back.watts(),
        "cost": units(made.value),
        "lower_bound": units(made.bound),
        "gap": made.gap(),
        "checked": true,
        "calls": calls,
        "sites": sites,
        "excluded": reasons(&made.excluded),
    });
    format!("{text:#}\n")
}

fn as_table(made: &Schedule, currency: Option<&str>) -> String {
    let minutes = |step: usize| made.profile.step.as_secs() * (step as u64 + 1) / 60;
    let mut text = format!("{:20}", "MW OFF AT MINUTE");
    for step in 0..made.shed.len() {
        let _ = write!(text, " {:>7}", minutes(step));
    }
    let _ = writeln!(text, " {:>11}", head(currency, ""));
    let line = |text: &mut String, name: &str, list: &[Power], cost: String| {
        let name: String = plain(name).chars().take(20).collect();
        let _ = write!(text, "{name:20}");
        for power in list {
            let _ = write!(text, " {:>7.2}", power.megawatts());
        }
        let _ = writeln!(text, " {cost:>11}");
    };
    for (site, (shed, worth)) in by_site(made) {
        line(
            &mut text,
            site.as_str(),
            &shed,
            format!("{:.2}", units(worth)),
        );
    }
    line(
        &mut text,
        "total",
        &made.shed,
        format!("{:.2}", units(made.value)),
    );
    line(&mut text, "wanted", &made.profile.wanted, String::new());
    let calls: usize = made.parts.iter().map(|part| part.calls.len()).sum();
    let _ = writeln!(
        text,
        "\n{} blocks in {calls} calls, {:.2} {} over {}, at best {:.2} (gap {:.3} %)",
        made.parts.len(),
        units(made.value),
        unit(currency),
        span(made.profile.step * made.shed.len() as u32),
        units(made.bound),
        made.gap() * 100.0,
    );
    note(&mut text, currency);
    let _ = writeln!(
        text,
        "gives back at most {:.3} MW in a step of {}",
        made.profile.give_back.megawatts(),
        span(made.profile.step)
    );
    let _ = writeln!(
        text,
        "checked independently: every step met, ramps, times, starts, calls, must-run, nodes, restore limit and bound"
    );
    left_out(&mut text, &made.excluded);
    text
}
