use proptest::prelude::*;

use super::*;
use crate::domain::filter::Word;

fn row() -> Facts {
    Facts {
        any: "lukoml Lukoml Viciebsk partly curtailed good".to_owned(),
        words: vec![
            ("site", "lukoml".to_owned()),
            ("site", "Lukoml".to_owned()),
            ("state", "partly curtailed".to_owned()),
            ("quality", "good".to_owned()),
        ],
        figures: vec![("mw", Some(203.9)), ("jth", None), ("age", Some(40.0))],
    }
}

fn shows(text: &str) -> bool {
    let filter = parse(text, SITES);
    assert_eq!(filter.wrong, None, "{text}");
    filter.shows(&row())
}

#[test]
fn words_fields_and_figures_all_have_to_hold() {
    for yes in [
        "",
        "  ",
        "luk",
        "LUK vicieb",
        "site:luk",
        "state:\"partly curtailed\"",
        "state:partly -quality:bad",
        "site:ukom",
        "!state:faulted",
        "mw>200 mw<204",
        "mw>=203.9",
        "mw<=203,9",
        "mw=203.9",
        "mw:203.9",
        "age>30s age<1min",
        "MW>200",
        "-",
    ] {
        assert!(shows(yes), "{yes}");
    }
    for no in [
        "minsk",
        "luk minsk",
        "site:mazyr",
        "-luk",
        "-state:partly",
        "state:curtailed",
        "mw>204",
        "-mw>200",
        "age>1min",
        "state:\"curtailed partly\"",
    ] {
        assert!(!shows(no), "{no}");
    }
}

#[test]
fn what_is_not_known_meets_no_comparison() {
    for text in ["jth>0", "jth<1000", "jth=0", "-jth>0", "-jth<1000"] {
        assert!(!shows(text), "{text}");
    }
}

#[test]
fn what_is_not_understood_is_named_and_the_rest_holds() {
    for (text, part, why) in [
        ("luk foo:bar", "foo:bar", Why::NoField),
        ("mw>", "mw>", Why::NoNumber),
        ("mw>many", "mw>many", Why::NoNumber),
        ("mw>1e9", "mw>1e9", Why::NoNumber),
        ("mw>5m", "mw>5m", Why::NoNumber),
        ("state:\"partly cur", "state:\"partly cur", Why::Open),
        ("luk \"minsk", "\"minsk", Why::Open),
        ("age>5years", "age>5years", Why::NoNumber),
        ("site:", "site:", Why::NoText),
        ("site:\"\"", "site:\"\"", Why::NoText),
        ("site>5", "site>5", Why::NoFigure),
        ("priority:1 x:y", "priority:1", Why::NoField),
    ] {
        let filter = parse(text, SITES);
        let wrong = filter.wrong.expect(text);
        assert_eq!((wrong.part.as_str(), wrong.why), (part, why), "{text}");
    }
    assert!(!parse("minsk foo:bar", SITES).shows(&row()));
    assert!(parse("luk foo:bar", SITES).shows(&row()));
}

#[test]
fn signs_in_names_are_text() {
    // No field stands before the sign: a block hash, an address, a clock.
    for text in ["block 3", "10.0.0.1:443", "16:44", "9y9dd7-1"] {
        assert_eq!(parse(text, SITES).wrong, None, "{text}");
    }
}

#[test]
fn no_two_fields_of_a_table_share_a_name() {
    for fields in [SITES, HALLS, BLOCKS, MACHINES, ALARMS, JOURNAL] {
        let mut all: Vec<Word> = fields.words.iter().chain(fields.figures).copied().collect();
        all.sort_unstable();
        let before = all.len();
        all.dedup();
        assert_eq!(all.len(), before);
        assert!(
            all.iter()
                .all(|n| n.chars().all(|c| c.is_ascii_lowercase()))
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read_and_a_term_more_never_shows_more(text in ".{0,60}", more in "[a-z:<>=\"!-]{0,12}") {
        let filter = parse(&text, SITES);
        let longer = parse(&format!("{text}\" {more}"), SITES);
        let _ = longer.shows(&row());
        let mut both = filter.clone();
        both.terms.extend(parse(&more, SITES).terms);
        prop_assert!(filter.shows(&row()) || !both.shows(&row()));
    }
}
