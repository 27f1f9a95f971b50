//! Which feed is believed: the order of preference (`prefer`), and the sites that a feed owns (`sites` of `[[feed]]`).

use std::collections::BTreeMap;

use toml::Spanned;

use super::{ConfigError, FeedConfig, Place};

/// Sites that all feeds may pin.
const MAX_PINS: usize = 20_000;
/// Letters of a site's id, as on the wire.
const LONGEST_ID: usize = 64;

/// A list of texts in the file, each with its place.
pub(super) type Texts = Vec<Spanned<String>>;

/// The names and URLs of feeds, each with the line that gave it first.
#[derive(Debug, Default)]
pub(super) struct Seen {
    names: BTreeMap<String, usize>,
    urls: BTreeMap<String, usize>,
}

impl Seen {
    /// One more. Where another has its URL or its name: the key, what is wrong, and the mend.
    pub(super) fn again(
        &mut self,
        feed: &FeedConfig,
        line: usize,
    ) -> Option<(&'static str, String, &'static str)> {
        if let Some(first) = self.urls.insert(bare(&feed.url), line) {
            let what = format!("is the URL of the feed of line {first} too");
            return Some(("feed.url", what, "name each server once"));
        }
        let first = self.names.insert(feed.name.clone(), line)?;
        let what = format!("is the name of the feed of line {first} too");
        Some(("feed.name", what, "give each feed a `name` of its own"))
    }
}

/// A URL as it tells one place from another: scheme and host are alike in letters of both cases, a path is not.
pub fn bare(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let host = url.find("://").map_or(0, |at| at + 3);
    let path = url[host..].find('/').map_or(url.len(), |at| host + at);
    url[..path].to_ascii_lowercase() + &url[path..]
}

/// Gives each feed its place in the order of preference.
pub(super) fn preferred(
    place: &Place<'_>,
    prefer: Texts,
    feeds: &mut [FeedConfig],
) -> Result<(), ConfigError> {
    for (at, name) in prefer.into_iter().enumerate() {
        let span = name.span();
        let wrong = |what: &str, mend: &str| place.error(span.clone(), "prefer", what, mend);
        let named = format!("names \"{}\"", name.get_ref().escape_default());
        let Some(feed) = feeds.iter_mut().find(|feed| feed.name == *name.get_ref()) else {
            let what = format!("{named}, which is no feed's name");
            return Err(wrong(&what, "give the `name` of a [[feed]]"));
        };
        if feed.preference.is_some() {
            return Err(wrong(&format!("{named} twice"), "name each feed once"));
        }
        feed.preference = u16::try_from(at).ok();
    }
    Ok(())
}

/// Checks that each site is pinned to one feed alone. `sites`: of each feed, in the order of the feeds.
pub(super) fn pinned(
    place: &Place<'_>,
    sites: Vec<Texts>,
    feeds: &mut [FeedConfig],
) -> Result<(), ConfigError> {
    let mut known: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (at, sites) in sites.into_iter().enumerate() {
        for site in sites {
            let span = site.span();
            let wrong =
                |what: &str, mend: &str| place.error(span.clone(), "feed.sites", what, mend);
            let id = site.get_ref().clone();
            let named = format!("names \"{}\"", id.escape_default());
            if id.is_empty() || id.chars().count() > LONGEST_ID || id.chars().any(char::is_control)
            {
                return Err(wrong("holds no site's id", "1 to 64 printable characters"));
            }
            if known.len() >= MAX_PINS {
                return Err(wrong(
                    "is one site too many",
                    "at most 20000 sites are pinned",
                ));
            }
            let line = place.line(&span);
            if let Some((of, first)) = known.insert(id.clone(), (at, line)) {
                let by = feeds.get(of).map_or("", |feed| &feed.name);
                let what = format!("{named}, which line {first} pins to {by}");
                return Err(wrong(&what, "a site is one feed's: name it once"));
            }
            if let Some(feed) = feeds.get_mut(at) {
                feed.sites.push(id);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::parse;

    const TWO: &str = "[[feed]]\nname = \"a\"\nurl = \"wss://a.example/\"\n";

    fn failing(text: &str) -> String {
        let parsed = parse(text, Path::new("desk.toml"), &|_, _| Ok(()));
        parsed.expect_err("is refused").to_string()
    }

    fn with(head: &str, a: &str, b: &str) -> String {
        format!("{head}\n{TWO}{a}\n[[feed]]\nname = \"b\"\nurl = \"wss://b.example/\"\n{b}\n")
    }

    #[test]
    fn feeds_are_preferred_and_own_their_sites() {
        let text = with(
            "prefer = [\"b\"]",
            "sites = [\"astravets\", \"lukoml\"]",
            "",
        );
        let config = parse(&text, Path::new("desk.toml"), &|_, _| Ok(())).expect("is good");
        assert_eq!(config.feeds[0].sites, ["astravets", "lukoml"]);
        let preferences = config.feeds.iter().map(|f| f.preference);
        assert_eq!(preferences.collect::<Vec<_>>(), [None, Some(0)]);
    }

    #[test]
    fn two_feeds_of_one_name_or_url_are_refused() {
        let feed =
            |name: &str, url: &str| format!("[[feed]]\nname = \"{name}\"\nurl = \"{url}\"\n");
        let one = feed("a", "wss://a.example/fleet");
        let named = failing(&format!("{one}{}", feed("a", "wss://b.example/fleet")));
        assert!(
            named.contains("`feed.name`") && named.contains("of line 1"),
            "{named}"
        );
        for url in ["wss://a.example/fleet", "wss://A.example/fleet/"] {
            let told = failing(&format!("{one}{}", feed("b", url)));
            assert!(
                told.contains("`feed.url`") && told.contains("of line 1"),
                "{told}"
            );
        }
        let two = format!("{one}{}", feed("b", "wss://a.example/grid"));
        parse(&two, Path::new("desk.toml"), &|_, _| Ok(())).expect("another path is another feed");
        // Unlike a host, a path has letters of two cases.
        let two = format!("{one}{}", feed("b", "wss://a.example/Fleet"));
        parse(&two, Path::new("desk.toml"), &|_, _| Ok(())).expect("another path is another feed");
    }

    #[test]
    fn a_site_pinned_twice_names_file_line_and_key() {
        let twice = failing(&with("", "sites = [\"minsk\"]", "sites = [\n\"minsk\"]"));
        assert!(twice.starts_with("desk.toml:10: `feed.sites`:"), "{twice}");
        assert!(twice.contains("line 5 pins to a"), "{twice}");
        let same = failing(&with("", "sites = [\"minsk\", \"minsk\"]", ""));
        assert!(same.starts_with("desk.toml:5: `feed.sites`:"), "{same}");
        let none = failing(&with("", "sites = [\"\"]", ""));
        assert!(none.contains("feed.sites"), "{none}");
    }

    #[test]
    fn a_preference_names_feeds_each_once() {
        let none = failing(&with("prefer = [\"c\"]", "", ""));
        assert!(none.starts_with("desk.toml:1: `prefer`:"), "{none}");
        let twice = failing(&with("prefer = [\"a\", \"a\"]", "", ""));
        assert!(twice.contains("twice"), "{twice}");
    }
}
