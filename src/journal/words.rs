//! A row in one sentence, from its JSON: so that a row reads the same whenever it is shown.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

/// No sentence is longer; what a feed wrote is hostile.
const LONGEST: usize = 400;

/// What a row says. Of a kind that this version does not know: its JSON.
pub(super) fn what(kind: &str, body: &str) -> String {
    let said = serde_json::from_str(body)
        .ok()
        .and_then(|value: Value| sentence(kind, &value))
        .unwrap_or_else(|| body.to_owned());
    if said.chars().nth(LONGEST).is_some() {
        said.chars().take(LONGEST).collect()
    } else {
        said
    }
}

fn sentence(kind: &str, body: &Value) -> Option<String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    Some(match kind {
        "plan" => plan(body)?,
        "second" | "answered" => countersigned(kind, body)?,
        "intent" | "order" | "asked" => {
            let (sites, blocks) = targets(body);
            let wanted = body
                .get("wanted_w")
                .and_then(Value::as_i64)
                .map_or_else(String::new, |w| format!("{:.1} MW, ", w as f64 / 1e6));
            format!(
                "{} {} {wanted}{} of {}, for {}: {}",
                short(text("id")?),
                text("kind")?,
                many(blocks, "block"),
                many(sites, "site"),
                text("gateway")?,
                text("reason")?,
            )
        }
        "dead" => format!(
            "{} asked for before it came: never runs",
            short(text("id")?)
        ),
        "act" => format!(
            "{} {} of {} at {}",
            short(text("act")?),
            text("what")?.replace('_', " "),
            text("about")?,
            text("desk")?
        ),
        "answer" => answer(body)?,
        "fate" => {
            let words = text("fate")?.replace('_', " ");
            because(format!("{} {words}", short(text("id")?)), text("detail"))
        }
        "alarm" => {
            let changes = body.get("changes").and_then(Value::as_u64);
            let times = changes.map_or_else(String::new, |n| format!(" ({n} changes)"));
            format!(
                "P{} {}: {}{}{times}",
                body.get("priority")?.as_u64()?,
                text("state")?.replace('_', " "),
                place(body).map_or_else(String::new, |place| format!("{place}: ")),
                text("text")?
            )
        }
        "ack" => format!("alarm {} seen", named(body)?),
        "shelve" | "service" => set_aside(kind, body)?,
        "authority" => match text("holder") {
            Some(holder) => format!(
                "{}: held by {holder}, epoch {}",
                text("site")?,
                text("epoch")?
            ),
            None => format!(
                "{}: held by nobody, epoch {}",
                text("site")?,
                text("epoch")?
            ),
        },
        "tag" => {
            let done = if body.get("hung")?.as_bool()? {
                "hung"
            } else {
                "taken off"
            };
            let words = format!(
                "{} {}: {} tag {done}",
                text("site")?,
                text("block")?,
                text("kind")?
            );
            because(format!("{words} by {}", text("owner")?), text("reason"))
        }
        "deed" => deed(body)?,
        "emergency" => format!("emergency shed, {}: {}", text("scope")?, text("detail")?),
        "handover" | "takeover" => super::handover::sentence(kind, body)?,
        "instruction" => instruction(body)?,
        "note" => text("text")?.to_owned(),
        "start" => format!("{} starts, version {}", text("desk")?, text("version")?),
        "stop" => "ends in good order".to_owned(),
        "link" => match (text("feed")?, text("state")?, text("detail")) {
            (feed, state, None | Some("")) => format!("{feed}: {state}"),
            (feed, "live", Some(detail)) => format!("{feed}: {detail}"),
            (feed, state, Some(detail)) => format!("{feed}: {state}: {detail}"),
        },
        _ => return None,
    })
}

fn because(words: String, why: Option<&str>) -> String {
    match why {
        Some(why) if !why.is_empty() => format!("{words}: {why}"),
        _ => words,
    }
}

/// What the grid operator wants, how far it has come, and what was drawn then.
fn instruction(body: &Value) -> Option<String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let number = |name: &str| body.get(name).and_then(Value::as_i64);
    let megawatts = |name: &str| number(name).map(|watts| watts as f64 / 1e6);
    let step = text("step")?;
    let mut words = format!(
        "grid instruction {} {}: mining at {:.1} MW",
        text("id")?,
        step.replace('_', " "),
        megawatts("target_w")?
    );
    if let Some(mined) = megawatts("mining_w") {
        let _ = write!(words, ", {mined:.1} MW drawn");
    }
    if matches!(step, "heard" | "changed") {
        if let Some(ramp) = megawatts("ramp_w_s").filter(|ramp| *ramp > 0.0) {
            let _ = write!(words, ", by {ramp:.1} MW/s");
        }
        match (number("from_ms"), number("to_ms")) {
            (Some(from), Some(to)) => {
                let minutes = to.saturating_sub(from) as f64 / 60_000.0;
                let _ = write!(words, ", for {minutes:.0} min");
            }
            _ => words.push_str(", until further notice"),
        }
    }
    Some(because(words, text("reason")))
}

/// What became of an order that waits for its second person, and what that person said.
fn countersigned(kind: &str, body: &Value) -> Option<String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    Some(match kind {
        "second" => {
            let words = format!("{} {}", short(text("id")?), text("word")?.replace('_', " "));
            let words = match text("by") {
                Some(by) => format!("{words} by {by}"),
                None => words,
            };
            because(words, text("why"))
        }
        "answered" => {
            let (sites, blocks) = targets(body);
            let verb = if body.get("agree")?.as_bool()? {
                "agreed to"
            } else {
                "refused"
            };
            let words = format!(
                "{verb} {} of {}: {} {:.1} MW, {} of {}",
                short(text("id")?),
                text("issued_by")?,
                text("kind")?,
                body.get("moved_w")?.as_i64()? as f64 / 1e6,
                many(blocks, "block"),
                many(sites, "site"),
            );
            because(words, text("why"))
        }
        _ => return None,
    })
}

/// Where an alarm is: `lukoml`, `lukoml block-2`; none where it is about no site.
fn place(body: &Value) -> Option<String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let site = text("site")?;
    Some(text("block").map_or_else(|| site.to_owned(), |block| format!("{site} {block}")))
}

/// The alarm that a person has done something about.
fn named(body: &Value) -> Option<String> {
    let id = body.get("id").and_then(Value::as_str)?;
    Some(place(body).map_or_else(|| id.to_owned(), |place| format!("{id} at {place}")))
}

/// An alarm that was shelved, or taken out of service.
fn set_aside(kind: &str, body: &Value) -> Option<String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    Some(match kind {
        "shelve" => {
            let until = jiff::Timestamp::from_millisecond(body.get("until_ms")?.as_i64()?).ok()?;
            let words = format!("alarm {} shelved until {until:.0}", named(body)?);
            because(words, text("reason"))
        }
        "service" if body.get("out")?.as_bool()? => because(
            format!("alarm {} out of service", named(body)?),
            text("reason"),
        ),
        "service" => format!("alarm {} back in service", named(body)?),
        _ => return None,
    })
}

fn deed(body: &Value) -> Option<String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let site = text("site")?;
    let what = match (text("act")?, text("block"), text("tag")) {
        ("tag_set", Some(block), Some(tag)) => format!("hang a {tag} tag on {site} {block}"),
        ("tag_clear", Some(block), Some(tag)) => format!("take the {tag} tag off {site} {block}"),
        (act, ..) => format!(
            "{} authority over {site}, epoch {}",
            act.strip_prefix("authority_").unwrap_or(act),
            text("epoch")?
        ),
    };
    let mut words = format!(
        "{} {what}: {}",
        short(text("id")?),
        text("stage")?.replace('_', " ")
    );
    for more in [text("detail")?, text("reason")?] {
        if !more.is_empty() {
            words.push_str(": ");
            words.push_str(more);
        }
    }
    Some(words)
}

fn plan(body: &Value) -> Option<String> {
    let figures = body.get("figures")?.as_array()?;
    let figure = |name: &str| {
        figures
            .iter()
            .find(|f| f["name"] == name)
            .and_then(|f| f["value"].as_i64())
    };
    let excluded = body.get("excluded")?.as_array()?.len();
    Some(format!(
        "plan {} confirmed: {:.1} MW at {}, {} left out",
        body.get("plan")?.as_str()?.get(..8)?,
        figure("moved_w")? as f64 / 1e6,
        many(body.get("sites")?.as_array()?.len(), "site"),
        many(excluded, "block"),
    ))
}

fn answer(body: &Value) -> Option<String> {
    let targets = body.get("targets")?.as_array()?;
    let delivered: i64 = targets
        .iter()
        .filter_map(|t| t["delivered_w"].as_i64())
        .fold(0, i64::saturating_add);
    let mut words = format!(
        "{} {}",
        short(body.get("id")?.as_str()?),
        body.get("phase")?.as_str()?.replace('_', " ")
    );
    if delivered > 0 {
        let _ = write!(words, ", {:.1} MW as it reports", delivered as f64 / 1e6);
    }
    let detail = body.get("detail")?.as_str()?;
    if !detail.is_empty() {
        words.push_str(": ");
        words.push_str(detail);
    }
    Some(words)
}

/// `1 site`, `2 sites`: rows are English for everyone.
fn many(count: usize, name: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {name}{end}")
}

/// How many sites and how many blocks an order names.
fn targets(body: &Value) -> (usize, usize) {
    let targets = body.get("targets").and_then(Value::as_array);
    let sites: BTreeSet<&str> = targets
        .into_iter()
        .flatten()
        .filter_map(|t| t["site"].as_str())
        .collect();
    (sites.len(), targets.map_or(0, Vec::len))
}

/// An order as the screens name it: the last six characters of its id.
fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(6)..).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_alarms_name_their_site_and_block() {
        let row = |kind: &str, more: &str| {
            let body = format!(
                r#"{{"id":"a7","priority":3,"state":"unacknowledged","text":"no fresh telemetry"{more}}}"#
            );
            what(kind, &body)
        };
        let (site, block) = (r#","site":"lukoml""#, r#","block":"h1-b2""#);
        assert_eq!(
            row("alarm", site),
            "P3 unacknowledged: lukoml: no fresh telemetry"
        );
        let both = format!("{site}{block}");
        let said = "P3 unacknowledged: lukoml h1-b2: no fresh telemetry";
        assert_eq!(row("alarm", &both), said);
        let said = "P3 unacknowledged: no fresh telemetry";
        assert_eq!(
            row("alarm", r#","site":null"#),
            said,
            "of the grid, and older rows"
        );
        assert_eq!(row("ack", &both), "alarm a7 at lukoml h1-b2 seen");
        assert_eq!(row("ack", ""), "alarm a7 seen");
        let out = format!(r#"{both},"out":true,"reason":"fan""#);
        assert_eq!(
            row("service", &out),
            "alarm a7 at lukoml h1-b2 out of service: fan"
        );
        let shelf = format!(r#"{both},"until_ms":0,"reason":"fan""#);
        let shelved = row("shelve", &shelf);
        assert!(
            shelved.starts_with("alarm a7 at lukoml h1-b2 shelved until"),
            "{shelved}"
        );
    }
}
