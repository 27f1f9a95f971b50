//! What a filter may ask of the rows of each table.

use crate::app::fleet::{BlockView, SiteView};
use crate::app::rows::condition_word;
use crate::app::summary::Summary;
use crate::domain::alarm::Priority;
use crate::domain::filter::{Facts, Fields, Word, hashrates, powers};
use crate::domain::journal::Line;
use crate::domain::time::Timestamp;
use crate::domain::units::{Celsius, Efficiency};

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

fn sums(sum: &Summary) -> Vec<(Word, Option<f64>)> {
    let mut figures = Vec::with_capacity(12);
    powers(&mut figures, sum.power);
    // Of a site whose blocks nobody has told of, zero is not known.
    let told = |value: f64| (sum.blocks > 0).then_some(value);
    hashrates(&mut figures, (sum.blocks > 0).then_some(sum.hashrate));
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
    powers(&mut figures, block.power);
    hashrates(&mut figures, Some(block.hashrate));
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
