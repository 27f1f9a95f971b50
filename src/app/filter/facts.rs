//! What a filter may ask of the rows of each table.

use super::{Fields, Word};
use crate::app::fleet::{BlockView, SiteView};
use crate::app::rows::condition_word;
use crate::app::summary::Summary;
use crate::domain::alarm::Priority;
use crate::domain::fleet::Machine;
use crate::domain::journal::Line;
use crate::domain::time::Timestamp;
use crate::domain::units::{Celsius, Efficiency, Hashrate, Power};

/// What a filter may ask of a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Where a word without a field is looked for.
    pub any: String,
    /// Words by field; a field may stand there several times.
    pub words: Vec<(Word, String)>,
    /// Figures by field; none where it is not known.
    pub figures: Vec<(Word, Option<f64>)>,
}

/// Sites.
pub const SITES: Fields = Fields {
    words: &["site", "region", "node", "state", "quality", "holder"],
    figures: SUMS,
};
/// Halls.
pub const HALLS: Fields = Fields {
    words: &["hall", "state", "quality"],
    figures: SUMS,
};
/// Blocks.
pub const BLOCKS: Fields = Fields {
    words: &["block", "state", "quality", "source", "tag"],
    figures: SUMS,
};
/// Machines.
pub const MACHINES: Fields = Fields {
    words: &["machine", "block", "model", "state", "fault"],
    figures: &["kw", "w", "th", "jth", "temp"],
};
/// Alarms.
pub const ALARMS: Fields = Fields {
    words: &["site", "state", "kind", "text"],
    figures: &["priority", "age"],
};
/// Rows of the journal.
pub const JOURNAL: Fields = Fields {
    words: &["kind", "actor", "text"],
    figures: &["row", "age"],
};

const SUMS: &[Word] = &[
    "mw", "kw", "target", "th", "ph", "eh", "jth", "machines", "faulted", "temp", "age",
];

fn power(words: &mut Vec<(Word, Option<f64>)>, power: Option<Power>) {
    let watts = power.map(|p| p.watts() as f64);
    words.push(("w", watts));
    words.push(("kw", watts.map(|w| w / 1e3)));
    words.push(("mw", watts.map(|w| w / 1e6)));
}

fn hashrate(words: &mut Vec<(Word, Option<f64>)>, rate: Option<Hashrate>) {
    for (name, unit) in [("th", 1e12), ("ph", 1e15), ("eh", 1e18)] {
        words.push((name, rate.map(|rate| rate.hs() / unit)));
    }
}

fn sums(sum: &Summary) -> Vec<(Word, Option<f64>)> {
    let mut figures = Vec::with_capacity(12);
    power(&mut figures, sum.power);
    // Of a site whose blocks nobody has told of, zero is not known.
    let told = |value: f64| (sum.blocks > 0).then_some(value);
    hashrate(&mut figures, (sum.blocks > 0).then_some(sum.hashrate));
    figures.extend([
        ("target", told(sum.target.megawatts())),
        ("jth", sum.efficiency.map(Efficiency::joules_per_terahash)),
        ("machines", told(f64::from(sum.machines.total))),
        ("faulted", told(f64::from(sum.machines.faulted))),
        ("temp", sum.inlet),
        ("age", told(sum.age.as_secs_f64())),
    ]);
    figures
}

/// A site.
pub fn site(view: &SiteView) -> Facts {
    let (site, sum) = (&view.site, &view.summary);
    let state = condition_word(&sum.condition).to_owned();
    let quality = sum.quality.word().to_owned();
    let (id, name) = (site.id.as_str().to_owned(), site.name.to_string());
    let holder = site.authority.holder.as_deref().unwrap_or_default();
    Facts {
        any: format!(
            "{id} {name} {} {} {state} {quality}",
            site.region, site.grid_node
        ),
        words: vec![
            ("site", id),
            ("site", name),
            ("region", site.region.to_string()),
            ("node", site.grid_node.to_string()),
            ("state", state),
            ("quality", quality),
            ("holder", holder.to_owned()),
        ],
        figures: sums(sum),
    }
}

/// A hall by its name.
pub fn hall(id: &str, name: &str, sum: &Summary) -> Facts {
    let state = condition_word(&sum.condition).to_owned();
    let quality = sum.quality.word().to_owned();
    Facts {
        any: format!("{id} {name} {state} {quality}"),
        words: vec![
            ("hall", id.to_owned()),
            ("hall", name.to_owned()),
            ("state", state),
            ("quality", quality),
        ],
        figures: sums(sum),
    }
}

/// A block.
pub fn block(view: &BlockView, now: Timestamp) -> Facts {
    let block = &view.block;
    let (id, name) = (block.id.as_str().to_owned(), block.name.to_string());
    let state = block.state.word().to_owned();
    let quality = view.quality.word().to_owned();
    let mut figures = Vec::with_capacity(12);
    power(&mut figures, block.power);
    hashrate(&mut figures, Some(block.hashrate));
    let efficiency = block.power.and_then(|p| Efficiency::of(p, block.hashrate));
    figures.extend([
        ("target", Some(block.target.megawatts())),
        ("jth", efficiency.map(Efficiency::joules_per_terahash)),
        ("machines", Some(f64::from(block.machines.total))),
        ("faulted", Some(f64::from(block.machines.faulted))),
        ("temp", block.inlet.map(Celsius::degrees)),
        ("age", Some(block.measured_at.age(now).as_secs_f64())),
    ]);
    let mut words = vec![
        ("block", id.clone()),
        ("block", name.clone()),
        ("state", state.clone()),
        ("quality", quality.clone()),
        ("source", block.power_source.word().to_owned()),
    ];
    let tags = block.tags.iter();
    words.extend(tags.map(|tag| ("tag", format!("{} {} {}", tag.kind, tag.owner, tag.reason))));
    Facts {
        any: format!("{id} {name} {state} {quality}"),
        words,
        figures,
    }
}

/// A machine.
pub fn machine(machine: &Machine) -> Facts {
    let id = machine.id.as_str();
    let state = machine.state.word();
    let mut figures = Vec::with_capacity(8);
    power(&mut figures, Some(machine.power));
    hashrate(&mut figures, Some(machine.hashrate));
    let efficiency = Efficiency::of(machine.power, machine.hashrate);
    figures.push(("jth", efficiency.map(Efficiency::joules_per_terahash)));
    figures.push(("temp", machine.board.map(Celsius::degrees)));
    Facts {
        any: format!("{id} {} {state} {}", machine.model, machine.fault),
        words: vec![
            ("machine", id.to_owned()),
            ("block", machine.block.as_str().to_owned()),
            ("model", machine.model.to_string()),
            ("state", state.to_owned()),
            ("fault", machine.fault.to_string()),
        ],
        figures,
    }
}

/// A line of the alarm list: id and name of its site, state, kind, text, priority, when it was raised.
pub fn alarm(
    site: (&str, &str),
    state: &str,
    kind: &str,
    text: &str,
    priority: Priority,
    age_s: f64,
) -> Facts {
    Facts {
        any: format!("{} {} {state} {text}", site.0, site.1),
        words: vec![
            ("site", site.0.to_owned()),
            ("site", site.1.to_owned()),
            ("state", state.to_owned()),
            ("kind", kind.to_owned()),
            ("text", text.to_owned()),
        ],
        figures: vec![
            ("priority", Some(f64::from(priority.number()))),
            ("age", Some(age_s)),
        ],
    }
}

/// A row of the journal.
pub fn journal(line: &Line, now: Timestamp) -> Facts {
    Facts {
        any: format!("{} {} {}", line.what, line.kind, line.actor),
        words: vec![
            ("kind", line.kind.to_string()),
            ("actor", line.actor.to_string()),
            ("text", line.what.to_string()),
        ],
        figures: vec![
            ("row", Some(line.seq as f64)),
            ("age", Some(line.at.age(now).as_secs_f64())),
        ],
    }
}
