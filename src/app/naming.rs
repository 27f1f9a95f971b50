//! What sites, halls and blocks are called on the screens: a name that may be taken for another's bears its id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::State;
use super::curtail::{Scope, plain_upper};
use super::fleet::{Fleet, SiteView};
use crate::domain::ids::SiteId;
use crate::domain::lookalike::{Look, are_alike, escaped, is_doubtful, is_unseen};

/// Letters of an id that every column has room for.
const SHORT: usize = 8;
/// Letters of an id in a word that is typed.
const WORD: usize = 24;
/// More look-alike sites than this are counted in a word, not named.
const NAMED: usize = 3;

/// How many names have each look.
#[derive(Default)]
struct Looks(BTreeMap<String, usize>);

impl Looks {
    fn of<'a>(names: impl Iterator<Item = &'a Look>) -> Self {
        let mut counts = BTreeMap::new();
        for look in names.flat_map(Look::all) {
            *counts.entry(look.to_owned()).or_default() += 1;
        }
        Self(counts)
    }

    fn is_shared(&self, look: &Look) -> bool {
        look.all()
            .any(|look| self.0.get(look).is_some_and(|count| *count > 1))
    }
}

/// A thing with a name and an id, as stated.
struct Named<'a> {
    id: &'a str,
    name: &'a str,
}

/// What a thing is called.
#[derive(Debug, PartialEq, Eq)]
struct Called {
    /// The name, with the id where it may be taken for another's.
    name: Arc<str>,
    /// The id as it may stand on a screen.
    label: String,
    /// It may be taken for another.
    alike: bool,
}

/// What all of them are called that stand beside each other.
fn called(all: &[Named<'_>]) -> Vec<Called> {
    let look = |one: &Named<'_>| {
        let name = if one.name.is_empty() {
            one.id
        } else {
            one.name
        };
        (Look::of(one.id), Look::of(name))
    };
    let looks: Vec<(Look, Look)> = all.iter().map(look).collect();
    let ids = Looks::of(looks.iter().map(|(id, _)| id));
    let names = Looks::of(looks.iter().map(|(_, name)| name));
    let labels: Vec<String> = all
        .iter()
        .zip(&looks)
        .map(|(one, (id, _))| escaped(one.id, ids.is_shared(id)))
        .collect();
    let alike = |at: usize| {
        let (id, name) = &looks[at];
        // One that begins like a name with its id would pass for another's.
        let imitates = name.folded.starts_with('[') || all[at].name.chars().any(is_unseen);
        ids.is_shared(id) || names.is_shared(name) || imitates
    };
    // Ids that begin alike are one where a column has no room for all of them: such bear a number before.
    let begins = |at: usize| labels[at].chars().take(SHORT).collect::<String>();
    let mut crowds: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    for at in (0..all.len()).filter(|at| alike(*at)) {
        let (id, name) = &looks[at];
        let crowd = if ids.is_shared(id) {
            (id.folded.as_str(), String::new())
        } else {
            (name.folded.as_str(), begins(at))
        };
        crowds.entry(crowd).or_default().push(at);
    }
    let mut numbers = vec![None; all.len()];
    for crowd in crowds.values().filter(|crowd| crowd.len() > 1) {
        for (number, at) in crowd.iter().enumerate() {
            numbers[*at] = Some(number + 1);
        }
    }
    let called = |at: usize| {
        let label = match numbers[at] {
            Some(number) => format!("{number}#{}", labels[at]),
            None => labels[at].clone(),
        };
        let (name, alike) = (all[at].name, alike(at));
        let name = match name {
            "" if label == all[at].id => Arc::from(""),
            "" => Arc::from(label.as_str()),
            name if alike => Arc::from(format!("[{label}] {name}")),
            name => Arc::from(name),
        };
        Called { name, label, alike }
    };
    (0..all.len()).map(called).collect()
}

/// What a new thing is called until all have been looked at.
pub(super) fn at_first(id: &str, name: &str) -> Arc<str> {
    Arc::from(format!("[{}] {name}", escaped(id, true)))
}

impl Fleet {
    /// Calls sites, halls and blocks anew where one of them has another name, has come or is gone.
    pub(super) fn rename(&mut self) {
        for view in self.sites.values_mut().filter(|view| view.renamed) {
            view.renamed = false;
            rename_within(view);
        }
        if !std::mem::take(&mut self.renamed) {
            return;
        }
        let stated: Vec<_> = self
            .sites
            .values()
            .map(|v| (v.site.id.clone(), v.stated.clone()))
            .collect();
        let all: Vec<Named<'_>> = stated
            .iter()
            .map(|(id, name)| Named {
                id: id.as_str(),
                name,
            })
            .collect();
        for (view, called) in self.sites.values_mut().zip(called(&all)) {
            view.site.name = called.name;
            view.alike = (called.alike || called.label != view.site.id.as_str())
                .then(|| called.label.into());
        }
    }

    /// Ids of sites as a word to be typed has them. Sites that may be taken for others are named in full.
    pub(super) fn word_of(&self, site: &SiteId) -> String {
        let alike = self.sites.get(site).and_then(|view| view.alike.as_deref());
        alike.map_or_else(|| plain_upper(site.as_str()), word)
    }

    /// The word for those of these sites that may be taken for others; none where none may.
    pub(super) fn words_of<'a>(&self, sites: impl Iterator<Item = &'a SiteId>) -> Option<String> {
        let alike = |id: &&SiteId| self.sites.get(*id).is_some_and(|v| v.alike.is_some());
        let sites: BTreeSet<&SiteId> = sites.filter(alike).collect();
        let words: Vec<String> = sites.iter().map(|id| self.word_of(id)).collect();
        match words.len() {
            0 => None,
            1..=NAMED => Some(words.join(" ")),
            many => Some(format!("{many} SITES")),
        }
    }
}

/// An id with all of it that can be typed, and its number at the end. An id has no `#` of its own: that is escaped.
fn word(label: &str) -> String {
    let (number, id) = label.split_once('#').unwrap_or(("", label));
    let letters = id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-');
    let id: String = letters.take(WORD).collect();
    let word = if number.is_empty() {
        id
    } else {
        format!("{id}-{number}")
    };
    word.to_ascii_uppercase()
}

fn rename_within(view: &mut SiteView) {
    let halls: Vec<Named<'_>> = view
        .halls
        .keys()
        .map(|id| Named {
            id: id.as_str(),
            name: view.hall_names.get(id).map_or("", |n| n),
        })
        .collect();
    let called_halls = called(&halls);
    for (hall, called) in view.halls.values_mut().zip(called_halls) {
        hall.name = called.name;
    }
    let mut by_hall: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (id, block) in &mut view.blocks {
        by_hall
            .entry(block.block.hall.clone())
            .or_default()
            .push((id, block));
    }
    for blocks in by_hall.values_mut() {
        let named = |(id, block): &(&crate::domain::ids::BlockId, &mut super::fleet::BlockView)| {
            (id.text(), block.stated.clone())
        };
        let stated: Vec<_> = blocks.iter().map(named).collect();
        let all: Vec<_> = stated.iter().map(|(id, name)| Named { id, name }).collect();
        for ((_, block), called) in blocks.iter_mut().zip(called(&all)) {
            block.block.name = called.name;
        }
    }
}

/// The place of a word to be typed: sites that may be taken for others are in it.
pub(super) fn place(state: &State, scope: &Scope) -> String {
    match scope {
        Scope::Sites(sites) if sites.len() == 1 => sites
            .first()
            .map_or_else(String::new, |id| state.fleet.word_of(id)),
        Scope::Sites(sites) => match state.fleet.words_of(sites.iter()) {
            Some(names) => format!("{} SITES {names}", sites.len()),
            None => format!("{} SITES", sites.len()),
        },
        Scope::Nation | Scope::Blocks(_) => "NATION".to_owned(),
    }
}

/// A person's or a desk's name as it may stand on a screen: one that may be taken for this desk's own operator, or that
/// means harm, with its letters escaped.
pub fn person<'a>(state: &State, name: &'a str) -> std::borrow::Cow<'a, str> {
    let desk = &state.desk;
    let alike = are_alike(&desk.operator, name) || are_alike(&desk.name, name);
    if name != &*desk.operator && name != &*desk.name && (alike || is_doubtful(name)) {
        let words: Vec<String> = name.split(' ').map(|word| escaped(word, true)).collect();
        return words.join(" ").into();
    }
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[(&str, &str)]) -> Vec<String> {
        let all: Vec<Named<'_>> = all.iter().map(|(id, name)| Named { id, name }).collect();
        called(&all)
            .into_iter()
            .map(|one| one.name.to_string())
            .collect()
    }

    #[test]
    fn only_what_may_be_taken_for_another_bears_its_id() {
        assert_eq!(
            names(&[("a", "Minsk"), ("b", "Мinsk"), ("c", "Brest"), ("d", "")]),
            ["[a] Minsk", "[b] Мinsk", "Brest", ""]
        );
        assert_eq!(names(&[("minsk", ""), ("b", "Minsk")]), ["", "[b] Minsk"]);
        assert_eq!(names(&[("a", "[b] Minsk"), ("b", "x")])[0], "[a] [b] Minsk");
        assert_eq!(names(&[("a\u{202e}b", "")]), ["a\\u{202e}b"]);
    }

    #[test]
    fn ids_that_begin_alike_are_numbered_where_names_are_one() {
        assert_eq!(
            names(&[("northern-plant-1", "Minsk"), ("northern-plant-2", "Minsk")]),
            ["[1#northern-plant-1] Minsk", "[2#northern-plant-2] Minsk"]
        );
        assert_eq!(
            names(&[("x1", "Minsk"), ("xl", "Brest")]),
            ["[1#x1] Minsk", "[2#xl] Brest"]
        );
        assert_eq!(word("2#min\\u{455}k"), "MINU455K-2");
    }
}
