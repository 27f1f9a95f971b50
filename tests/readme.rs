//! What the README shows is what the program does.

use std::fs;
use std::path::Path;

/// `UPDATE_README=1 cargo test --test readme` writes the table anew.
#[test]
fn the_table_of_keys_is_the_programs_own() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&file).expect("there is a README");
    let (before, rest) = text
        .split_once("<!-- keys -->\n")
        .expect("a place for the keys");
    let (shown, after) = rest
        .split_once("<!-- /keys -->")
        .expect("an end of that place");
    let table = baseload::commands::papers::keys();
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(
            &file,
            format!("{before}<!-- keys -->\n{table}<!-- /keys -->{after}"),
        )
        .expect("writes");
    } else {
        assert_eq!(shown, table, "UPDATE_README=1 cargo test --test readme");
    }
}

#[test]
fn every_picture_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("README.md")).expect("there is a README");
    let pictures: Vec<&str> = text
        .split("](screenshots/")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    assert!(!pictures.is_empty());
    for picture in pictures {
        assert!(
            root.join("screenshots").join(picture).is_file(),
            "{picture}"
        );
    }
}
