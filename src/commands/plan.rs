//! `baseload plan --fleet F.json --shed 180MW`: the planner on a file; nothing is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::{Failure, papers};
use crate::cli::PlanArgs;
use crate::control::check::{Closeness, check};
use crate::control::interlock::{Candidate, Standing};
use crate::control::plan::{
    Ask, Excluded, NoPlan, Plan, Prices, Terms, Worth, node_loads, plan, solve,
};
use crate::domain::fleet::{Authority, Block, Site};
use crate::domain::ids::{BlockKey, FeedId, GatewayId, SiteId};
use crate::domain::link::Item;
use crate::domain::order::{OrderKind, Reason, span};
use crate::domain::quality::{Quality, judged};
use crate::domain::time::Timestamp;
use crate::domain::units::Power;
use crate::feed::protocol::{FleetFile, MAX_FLEET_FILE, read_fleet_file};
use crate::files;

/// A file states no report period; this much apart, three times over, one of two values is stale.
const PERIOD: Duration = Duration::from_secs(10);

/// Plans and prints. What can't be shed is an error that says how much can.
pub fn run(args: &PlanArgs) -> Result<(), Failure> {
    let file = read(&args.fleet)?;
    let fleet = Fleet::of(file, &args.fleet)?;
    let amount = match args.shed {
        Some(amount) if args.hold.is_none() && args.restore_cap.is_none() => amount,
        _ => return super::schedule::run(args, fleet),
    };
    let gateway = GatewayId::new("offline");
    let candidates = fleet.candidates(&gateway);
    let ask = Ask {
        kind: OrderKind::Curtail,
        amount,
        within: args.within,
    };
    match plan(ask, &candidates, "", fleet.now, &fleet.terms) {
        Ok(mut made) => {
            check(
                &made,
                &candidates,
                fleet.now,
                &fleet.terms,
                Closeness::Exact,
            )
            .map_err(|flaw| {
                Failure::Run(format!(
                    "the plan did not pass the independent check: {flaw}"
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
            let (most, mut excluded) = match why {
                NoPlan::TooMuch { most, excluded } => (most, excluded),
                NoPlan::Nothing(excluded)
                | NoPlan::Unmeasured(excluded)
                | NoPlan::TooLittle { excluded, .. } => (Power::ZERO, excluded),
            };
            excluded.extend(fleet.lost);
            if args.json {
                let text = json!({"most_w": most.watts(), "excluded": reasons(&excluded)});
                papers::print(&format!("{text:#}\n"))?;
            } else {
                let mut text = String::new();
                left_out(&mut text, &excluded);
                papers::print(&text)?;
            }
            Err(Failure::Run(format!(
                "at most {:.3} MW can be shed within {}, {} of {} blocks being left out",
                most.megawatts(),
                span(args.within),
                excluded.len(),
                fleet.blocks.len(),
            )))
        }
    }
}

fn read(path: &Path) -> Result<FleetFile, Failure> {
    let text = read_text(path, MAX_FLEET_FILE, "no fleet is")?;
    read_fleet_file(&text).map_err(|bad| Failure::Usage(format!("{}: {}", path.display(), bad.0)))
}

/// The text of a file of at most so many bytes; `longer` says what is not longer.
pub(super) fn read_text(path: &Path, most: u64, longer: &str) -> Result<String, Failure> {
    files::text(path, most).map_err(|unread| {
        let size = if most >> 20 > 0 {
            format!("{} MiB", most >> 20)
        } else {
            format!("{} KiB", most >> 10)
        };
        Failure::Usage(if unread.is_too_long {
            format!("{} is longer than {size}: {longer}", path.display())
        } else {
            unread.to_string()
        })
    })
}

/// The fleet of a file.
pub(super) struct Fleet {
    sites: BTreeMap<SiteId, Site>,
    pub(super) blocks: BTreeMap<BlockKey, Block>,
    /// Blocks that could not be read, or whose site could not.
    pub(super) lost: Vec<Excluded>,
    /// The newest measurement: a file has no other now.
    pub(super) now: Timestamp,
    pub(super) terms: Terms,
    /// What costs are in, where the file says so.
    pub(super) currency: Option<String>,
}

impl Fleet {
    fn of(file: FleetFile, path: &Path) -> Result<Self, Failure> {
        let mut sites = BTreeMap::new();
        let mut all: BTreeMap<BlockKey, Block> = BTreeMap::new();
        let mut unread = BTreeSet::new();
        let mut named = 0;
        for item in file.items {
            match item {
                Item::Site(mut site) => {
                    // Nobody holds a site against someone who only asks.
                    site.authority = Authority {
                        holder: None,
                        ..site.authority
                    };
                    sites.insert(site.id.clone(), *site);
                }
                Item::Block(block) => {
                    all.insert(block.key(), *block);
                }
                Item::BadBlock(key) => {
                    named += 1;
                    unread.insert(key);
                }
                Item::BadSite(_) => named += 1,
                _ => {}
            }
        }
        if file.bad > named {
            return Err(Failure::Usage(format!(
                "{}: {} items can't be read, and not even their ids",
                path.display(),
                file.bad - named
            )));
        }
        let lost = |key: BlockKey, reason: Reason| Excluded {
            key,
            reasons: vec![reason],
        };
        let (blocks, homeless): (BTreeMap<_, _>, BTreeMap<_, _>) = all
            .into_iter()
            .filter(|(key, _)| !unread.contains(key))
            .partition(|(key, _)| sites.contains_key(&key.site));
        let mut left: Vec<Excluded> = unread
            .into_iter()
            .map(|key| lost(key, Reason::BadTelemetry))
            .collect();
        left.extend(homeless.into_keys().map(|key| lost(key, Reason::Unknown)));
        if blocks.is_empty() && left.is_empty() {
            return Err(Failure::Usage(format!(
                "{} holds no blocks: it should be the body of a fleet snapshot",
                path.display()
            )));
        }
        let now = blocks.values().map(|b| b.measured_at).max();
        let mut by_site: BTreeMap<&SiteId, Vec<&Block>> = BTreeMap::new();
        for (key, block) in &blocks {
            by_site.entry(&key.site).or_default().push(block);
        }
        let loads = node_loads(
            sites
                .iter()
                .map(|(id, site)| (site, by_site.remove(id).unwrap_or_default())),
        );
        Ok(Self {
            terms: Terms {
                worth: Worth::Money(Prices {
                    hash: file.hashprice,
                    tariff: file.tariff,
                    tariffs: BTreeMap::new(),
                    stop: file.stop,
                }),
                node_loads: loads,
                steps: solve::STEPS,
            },
            currency: file.currency,
            sites,
            blocks,
            lost: left,
            now: now.unwrap_or(Timestamp::from_millis(0)),
        })
    }

    pub(super) fn candidates<'a>(&'a self, gateway: &'a GatewayId) -> Vec<Candidate<'a>> {
        let of = |(key, block): (&BlockKey, &'a Block)| {
            let site = self.sites.get(&key.site)?;
            let quality = judged(block.quality, block.measured_at, self.now, PERIOD);
            Some(Candidate {
                site,
                block,
                feed: FeedId(0),
                gateway,
                standing: Standing {
                    age: block.measured_at.age(self.now),
                    quality: if site.quality == Quality::Bad {
                        Quality::Bad
                    } else {
                        quality
                    },
                    link_up: true,
                    concern: crate::domain::quality::Concern::None,
                    skew_known: true,
                    order_pending: false,
                    begun: false,
                    seen_twice: false,
                },
            })
        };
        self.blocks.iter().filter_map(of).collect()
    }
}

pub(super) fn reasons(excluded: &[Excluded]) -> serde_json::Value {
    excluded
        .iter()
        .map(|left| {
            json!({
                "site": left.key.site.as_str(),
                "block": left.key.block.as_str(),
                "reasons": left.reasons.iter().map(Reason::code).collect::<Vec<_>>(),
            })
        })
        .collect()
}

pub(super) fn units(micro: i64) -> f64 {
    micro as f64 / 1e6
}

fn as_json(plan: &Plan) -> String {
    let targets: Vec<serde_json::Value> = plan
        .moves
        .iter()
        .map(|part| {
            json!({
                "site": part.key.site.as_str(),
                "block": part.key.block.as_str(),
                "target_w": part.target.watts(),
            })
        })
        .collect();
    let arrives: Power = plan.moves.iter().map(|part| part.counts).sum();
    let text = json!({
        "shed_w": arrives.watts(),
        "moved_w": plan.moved.watts(),
        "cost_per_hour": units(plan.proof.value),
        "lower_bound": units(plan.proof.bound),
        "gap": plan.proof.gap(),
        "targets": targets,
        "excluded": reasons(&plan.excluded),
    });
    format!("{text:#}\n")
}

fn as_table(plan: &Plan, currency: Option<&str>) -> String {
    let cost = head(currency, "/h");
    let mut text = format!(
        "{:24} {:20} {:>10} {:>10} {:>10} {:>12}\n",
        "SITE", "BLOCK", "NOW MW", "TARGET MW", "SHED MW", cost
    );
    for part in &plan.moves {
        let _ = writeln!(
            text,
            "{:24} {:20} {:>10.3} {:>10.3} {:>10.3} {:>12.2}",
            plain(part.key.site.as_str()),
            plain(part.key.block.as_str()),
            part.now.unwrap_or(Power::ZERO).megawatts(),
            part.target.megawatts(),
            part.moved.megawatts(),
            units(part.worth),
        );
    }
    let arrives: Power = plan.moves.iter().map(|part| part.counts).sum();
    let unit = unit(currency);
    let _ = writeln!(
        text,
        "\n{} blocks, {:.3} MW arrive within {}, {:.2} {unit} an hour, at best {:.2} (gap {:.3} %)",
        plan.moves.len(),
        arrives.megawatts(),
        span(plan.ask.within),
        units(plan.proof.value),
        units(plan.proof.bound),
        plan.proof.gap() * 100.0,
    );
    note(&mut text, currency);
    left_out(&mut text, &plan.excluded);
    text
}

/// The head of a column of costs. Without a word of it, they are in whatever the prices of the file are in.
pub(super) fn head(currency: Option<&str>, per: &str) -> String {
    currency.map_or_else(|| format!("COST{per} *"), |unit| format!("{unit}{per}"))
}

/// What stands behind a cost.
pub(super) fn unit(currency: Option<&str>) -> &str {
    currency.unwrap_or("*")
}

/// What the mark at a cost stands for.
pub(super) fn note(text: &mut String, currency: Option<&str>) {
    if currency.is_none() {
        text.push_str("* in the currency of the file's prices: `currency` beside them names it\n");
    }
}

/// The blocks that a plan leaves out, each with its reasons.
pub(super) fn left_out(text: &mut String, excluded: &[Excluded]) {
    for left in excluded {
        let why: Vec<String> = left.reasons.iter().map(Reason::sentence).collect();
        let _ = writeln!(
            text,
            "left out  {} {}: {}",
            plain(left.key.site.as_str()),
            plain(left.key.block.as_str()),
            plain(&why.join("; ")),
        );
    }
}

/// Text from a file is hostile: nothing of it may steer a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}
