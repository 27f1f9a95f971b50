//! The report as Markdown, and as lines for the screen.
//!
//! Invariant: what a feed, a journal or a person wrote is text and nothing else: whatever it holds makes no heading, no
//! table, no link and no line of its own.

use std::fmt::Write;

use super::report::Report;

/// Characters of one line of the report that are kept.
const LONGEST: usize = 300;

/// A text of any origin as Markdown of one line.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(LONGEST) {
        match c {
            // What turns the direction of writing, and what has no width, could show other words than are signed.
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{ad}' => {}
            c if c.is_control() || c.is_whitespace() => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        out.push_str("...");
    }
    out.trim().to_owned()
}

/// A line of the Markdown as a person reads it.
pub fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' {
            chars.next().unwrap_or(c)
        } else {
            c
        });
    }
    out
}

/// The report as Markdown.
pub fn markdown(report: &Report) -> String {
    let mut out = format!("# {}\n", escaped(&report.title));
    if report.simulated {
        out.push_str("\n**SIMULATED**\n");
    }
    out.push('\n');
    for line in &report.head {
        let _ = writeln!(out, "- {}", escaped(line));
    }
    for section in &report.sections {
        let _ = writeln!(out, "\n## {}\n", escaped(section.title));
        if section.lines.is_empty() {
            let _ = writeln!(out, "{}", section.none);
        }
        for line in &section.lines {
            let _ = writeln!(out, "- {}", escaped(line));
        }
        if section.left_out > 0 {
            let _ = writeln!(out, "- and {} more", section.left_out);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::report::Section;
    use super::*;

    #[test]
    fn names_stay_text() {
        let hostile = "a|b`c`\n# x\u{1b}[2J <b> \u{202e}![i](u)";
        let safe = escaped(hostile);
        assert_eq!(safe, "a\\|b\\`c\\` \\# x \\[2J \\<b\\> \\!\\[i\\](u)");
        assert_eq!(plain(&safe), "a|b`c` # x [2J <b> ![i](u)");
        assert!(escaped(&"x".repeat(10_000)).len() < 310);
    }

    proptest! {
        #[test]
        fn hostile_names_make_no_line_and_no_mark_of_their_own(text in "\\PC{0,40}|[ -~\n\r\t\u{1b}\u{0}\u{85}\u{2028}|`#*]{0,60}") {
            let with = |line: &str| Report {
                title: "Shift".to_owned(),
                simulated: true,
                head: vec![format!("Desk: {line}")],
                sections: vec![Section {
                    title: "Tags",
                    none: "None.",
                    lines: vec![format!("at {line}")],
                    left_out: 0,
                }],
            };
            let (tame, wild) = (markdown(&with("x")), markdown(&with(&text)));
            prop_assert_eq!(tame.lines().count(), wild.lines().count());
            let shape = |text: &str| -> Vec<String> {
                text.lines().map(|l| l.chars().take(2).collect()).collect()
            };
            prop_assert_eq!(shape(&tame), shape(&wild));
            prop_assert!(!wild.chars().any(|c| c.is_control() && c != '\n'));
            let safe = escaped(&text);
            let mut before = ' ';
            for c in safe.chars() {
                if before == '\\' {
                    before = ' ';
                    continue;
                }
                prop_assert!(!"`*_[]<>#|~".contains(c), "{safe}");
                before = c;
            }
        }
    }
}
