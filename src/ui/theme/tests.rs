mod sight;

use super::*;
use proptest::prelude::*;

const ALARMS: [Role; 4] = [Role::Alarm1, Role::Alarm2, Role::Alarm3, Role::Alarm4];

/// Roles that draw lines and areas, not words: WCAG asks 3:1 of graphics that carry meaning, none of ornament.
const NOT_WORDS: [Role; 5] = [
    Role::Ground,
    Role::Rule,
    Role::TrendBand,
    Role::ProgressRest,
    Role::Trend,
];

/// The built-in themes that set colours.
const COLOURED: [&str; 5] = ["grey", "light", "high-contrast", "night", "cornflower"];

fn load(name: &str) -> Theme {
    built_in(name).expect("a built-in theme loads")
}

fn rgb(colour: Color) -> Option<Rgb> {
    match colour {
        Color::Rgb(r, g, b) => Some(Rgb(r, g, b)),
        Color::Indexed(index) => Some(of_index(index)),
        _ => None,
    }
}

/// The least contrast of words in a theme, over the ground and over the cursor row where a role has no ground of its own.
fn least_contrast(theme: &Theme, tier: Tier) -> (f64, &'static str) {
    let ground = theme
        .style(tier, Role::Ground)
        .bg
        .and_then(rgb)
        .expect("a ground");
    let mut least = (f64::MAX, "");
    for role in Role::ALL.iter().filter(|r| !NOT_WORDS.contains(r)) {
        let style = theme.style(tier, *role);
        let fg = style.fg.and_then(rgb).expect("a word has a colour");
        let own = style.bg.and_then(rgb);
        let contrast = fg.contrast(own.unwrap_or(ground));
        if contrast < least.0 {
            least = (contrast, role.word());
        }
    }
    least
}

#[test]
fn every_built_in_loads() {
    for name in names() {
        load(name);
    }
    assert!(names().any(|n| n == DEFAULT));
    assert!(names().all(|n| n == "mono" || COLOURED.contains(&n)));
    assert!(names().count() >= 6);
}

/// The eight as the kernel's console draws them, and bold.
const CONSOLE: [Rgb; 16] = [
    Rgb(0, 0, 0),
    Rgb(170, 0, 0),
    Rgb(0, 170, 0),
    Rgb(170, 85, 0),
    Rgb(0, 0, 170),
    Rgb(170, 0, 170),
    Rgb(0, 170, 170),
    Rgb(170, 170, 170),
    Rgb(85, 85, 85),
    Rgb(255, 85, 85),
    Rgb(85, 255, 85),
    Rgb(255, 255, 85),
    Rgb(85, 85, 255),
    Rgb(255, 85, 255),
    Rgb(85, 255, 255),
    Rgb(255, 255, 255),
];

#[test]
fn words_can_be_read_in_eight_colours_whether_bold_is_bright_or_not() {
    for name in COLOURED {
        let theme = load(name);
        let index = |colour: Option<Color>| match colour {
            Some(Color::Indexed(index)) => usize::from(index),
            other => panic!("{name}: {other:?}"),
        };
        let ground = index(theme.style(Tier::Ansi8, Role::Ground).bg);
        for role in Role::ALL.iter().filter(|r| !NOT_WORDS.contains(r)) {
            let style = theme.style(Tier::Ansi8, *role);
            let fg = index(style.fg);
            let bg = style.bg.map_or(ground, |bg| index(Some(bg)));
            let bold = style.add_modifier.contains(Modifier::BOLD);
            for fg in [Some(fg), bold.then_some(fg + 8)].into_iter().flatten() {
                let contrast = CONSOLE[fg].contrast(CONSOLE[bg]);
                assert!(contrast >= 3.0, "{name} {}: {contrast:.2}", role.word());
            }
        }
    }
}

#[test]
fn words_can_be_read_on_the_row_under_the_cursor() {
    for name in COLOURED {
        let theme = load(name);
        let row = theme.style(Tier::True, Role::Cursor).bg.and_then(rgb);
        let row = row.expect("the row has a ground");
        for role in Role::ALL.iter().filter(|r| !NOT_WORDS.contains(r)) {
            let style = theme.style(Tier::True, *role);
            let (Some(fg), None) = (style.fg.and_then(rgb), style.bg) else {
                continue;
            };
            let contrast = fg.contrast(row);
            assert!(contrast >= 3.5, "{name} {}: {contrast:.2}", role.word());
        }
    }
}

#[test]
fn the_night_theme_blinds_nobody() {
    let night = load("night");
    for tier in [Tier::True, Tier::Indexed] {
        for role in Role::ALL {
            let style = night.style(tier, *role);
            let light = |colour: Option<Color>| colour.and_then(rgb).map_or(0.0, Rgb::luminance);
            // Words of the most urgent alarm alone may shine.
            let most = if *role == Role::Alarm1 { 0.8 } else { 0.55 };
            assert!(light(style.fg) <= most, "{tier:?} {}", role.word());
            assert!(light(style.bg) <= 0.35, "{tier:?} {}", role.word());
        }
        let ground = night.style(tier, Role::Ground).bg.and_then(rgb);
        assert!(ground.expect("a ground").luminance() < 0.01);
    }
}

#[test]
fn words_can_be_read_in_every_coloured_theme() {
    for name in COLOURED {
        let floor = if name == "high-contrast" { 7.0 } else { 4.5 };
        for tier in [Tier::True, Tier::Indexed, Tier::Ansi16] {
            let (least, role) = least_contrast(&load(name), tier);
            assert!(
                least >= floor,
                "{name} {tier:?}: {role} has {least:.2}, wants {floor}"
            );
        }
    }
}

#[test]
fn trends_and_bars_can_be_seen() {
    for name in COLOURED {
        let theme = load(name);
        let ground = theme
            .style(Tier::True, Role::Ground)
            .bg
            .and_then(rgb)
            .expect("a ground");
        for role in [Role::Trend, Role::Progress] {
            let fg = theme
                .style(Tier::True, role)
                .fg
                .and_then(rgb)
                .expect("a colour");
            assert!(fg.contrast(ground) >= 3.0, "{name} {}", role.word());
        }
    }
}

#[test]
fn only_alarms_are_saturated_in_grey() {
    let theme = load("grey");
    for role in Role::ALL {
        let style = theme.style(Tier::True, *role);
        let chroma = [style.fg, style.bg]
            .into_iter()
            .flatten()
            .filter_map(rgb)
            .map(Rgb::chroma)
            .max()
            .unwrap_or(0);
        let is_alarm = role.word().starts_with("alarm");
        assert_eq!(chroma > 24, is_alarm, "{}: chroma {chroma}", role.word());
    }
}

#[test]
fn alarms_differ_from_each_other_in_every_tier() {
    for name in names() {
        let theme = load(name);
        for tier in [
            Tier::True,
            Tier::Indexed,
            Tier::Ansi16,
            Tier::Ansi8,
            Tier::Mono,
        ] {
            for (i, a) in ALARMS.iter().enumerate() {
                for b in &ALARMS[i + 1..] {
                    assert_ne!(
                        theme.style(tier, *a),
                        theme.style(tier, *b),
                        "{name} {tier:?}"
                    );
                }
                assert_ne!(
                    theme.style(tier, *a),
                    theme.style(tier, Role::Text),
                    "{name} {tier:?}"
                );
            }
        }
    }
}

#[test]
fn each_tier_keeps_to_its_colours() {
    for name in names() {
        let theme = load(name);
        for role in Role::ALL {
            let colours = |tier| {
                let style = theme.style(tier, *role);
                [style.fg, style.bg].into_iter().flatten()
            };
            assert_eq!(colours(Tier::Mono).count(), 0, "{name} {}", role.word());
            for colour in colours(Tier::Ansi16) {
                assert!(
                    matches!(colour, Color::Indexed(0..=15)),
                    "{name} {}: {colour}",
                    role.word()
                );
            }
            for colour in colours(Tier::Ansi8) {
                assert!(
                    matches!(colour, Color::Indexed(0..=7)),
                    "{name} {}: {colour}",
                    role.word()
                );
            }
            for colour in colours(Tier::Indexed) {
                assert!(
                    matches!(colour, Color::Indexed(16..=255)),
                    "{name} {}: {colour}",
                    role.word()
                );
            }
        }
    }
}

#[test]
fn what_must_be_seen_without_colour_has_a_modifier() {
    for name in names() {
        let theme = load(name);
        for role in [
            Role::Cursor,
            Role::Simulated,
            Role::Danger,
            Role::StateFaulted,
            Role::ValueStale,
        ] {
            let style = theme.style(Tier::Mono, role);
            assert!(!style.add_modifier.is_empty(), "{name} {}", role.word());
        }
    }
}

#[test]
fn mistakes_name_file_line_key_and_mend() {
    let cases: &[(&str, usize, &[&str])] = &[
        (
            "inherits = \"grey\"\n\n[rolls]\n",
            3,
            &["`rolls`", "did you mean `roles`?"],
        ),
        (
            "inherits = \"grey\"\n[roles]\n\"text.dimm\" = \"#000000\"\n",
            3,
            &["`text.dimm`", "did you mean `text.dim`?"],
        ),
        (
            "[roles]\n\"widget.table\" = \"#000000\"\n",
            2,
            &["`widget.table`", "the roles are ground, text"],
        ),
        (
            "[roles]\ntext = \"inkk\"\n[palette]\nink = \"#ffffff\"\n",
            2,
            &["`inkk`", "did you mean `ink`?"],
        ),
        ("[palette]\nink = \"white\"\n", 2, &["`ink`", "#rrggbb"]),
        ("[palette]\nink = 7\n", 2, &["`ink`", "double quotes"]),
        (
            "[roles]\ntext = { fg = \"#ffffff\", under = \"#000000\" }\n",
            2,
            &["`under`", "fg, bg, modifiers"],
        ),
        (
            "[roles]\ntext = { modifiers = [\"blink\"] }\n",
            2,
            &["`blink`", "bold, dim"],
        ),
        (
            "[ansi16]\ntext = \"whit\"\n",
            2,
            &["`whit`", "did you mean `white`?"],
        ),
        (
            "[ansi16]\ntext = \"#ffffff\"\n",
            2,
            &["`#ffffff`", "bright-white"],
        ),
        ("[mono]\ntext = \"bold\"\n", 2, &["`text`", "list"]),
        (
            "# a\ninherits = \"gray\"\n",
            2,
            &["`gray`", "did you mean `grey`?"],
        ),
        ("[roles\n", 1, &["not TOML"]),
        ("roles = 3\n", 1, &["`roles`", "[roles]"]),
    ];
    for (text, line, parts) in cases {
        let error = parse("my.toml", text).expect_err(text);
        let said = error.to_string();
        assert!(
            said.starts_with(&format!("my.toml:{line}: ")),
            "{text}: {said}"
        );
        for part in *parts {
            assert!(said.contains(part), "{text}: {said} lacks {part}");
        }
        assert!(!said.contains('\n'), "{said}");
    }
}

#[test]
fn an_heir_changes_only_what_it_names() {
    let theme = parse(
        "my.toml",
        "inherits = \"grey\"\n[palette]\nstrong = \"#010203\"\n[mono]\nrule = [\"italic\"]\n",
    )
    .expect("a theme");
    let grey = load("grey");
    assert_eq!(
        theme.style(Tier::True, Role::Value).fg,
        Some(Color::Rgb(1, 2, 3))
    );
    assert_eq!(
        theme.style(Tier::True, Role::Text),
        grey.style(Tier::True, Role::Text)
    );
    assert_eq!(
        theme.style(Tier::Ansi16, Role::Value),
        grey.style(Tier::Ansi16, Role::Value)
    );
    assert_eq!(
        theme.style(Tier::Mono, Role::Rule),
        Style::new().add_modifier(Modifier::ITALIC)
    );
}

#[test]
fn a_role_left_out_takes_the_part_before_the_dot() {
    let theme = parse(
        "my.toml",
        "[roles]\ntext = \"#111111\"\nalarm = \"#222222\"\n",
    )
    .expect("a theme");
    assert_eq!(
        theme.style(Tier::True, Role::Alarm2).fg,
        Some(Color::Rgb(0x22, 0x22, 0x22))
    );
    assert_eq!(
        theme.style(Tier::True, Role::StateHashing).fg,
        Some(Color::Rgb(0x11, 0x11, 0x11))
    );
    assert_eq!(theme.style(Tier::True, Role::Ground), Style::new());
}

proptest! {
    #[test]
    fn any_text_is_a_theme_or_a_named_mistake(text in "\\PC{0,80}(\\n\\PC{0,40}){0,4}") {
        if let Err(error) = parse("my.toml", &text) {
            prop_assert!(error.line >= 1);
            prop_assert!(error.line <= text.lines().count().max(1) + 1);
        }
    }

    #[test]
    fn any_key_in_a_table_is_answered(
        table in prop::sample::select(vec!["palette", "roles", "ansi16", "mono"]),
        key in "[a-z.]{1,12}",
        value in prop::sample::select(vec!["\"#102030\"", "\"white\"", "{}", "[]", "[\"bold\"]", "1", "{ fg = 1 }", "{ fg = \"white\", bg = \"x\" }"]),
    ) {
        let text = format!("inherits = \"grey\"\n[{table}]\n\"{key}\" = {value}\n");
        if let Err(error) = parse("my.toml", &text) {
            prop_assert_eq!(error.line, 3);
        }
    }
}
