//! Draws every screen from a told afternoon into `screenshots/`: SVG (the same bytes on every machine) and PNG.
//!
//! `cargo run --example screenshots` writes them; `-- --check` compares the SVGs and fails on a difference.

#[path = "../nation/mod.rs"]
mod nation;
mod svg;

use std::error::Error;
use std::path::Path;

use baseload::app::Size;
use baseload::domain::language::Language;
use baseload::ui::look::{Glyphs, Look};
use baseload::ui::theme::{self, Tier};
use jiff::tz::{TimeZone, offset};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZES: [(u16, u16); 2] = [(120, 36), (80, 24)];

/// Screens that have a picture.
const PICTURED: [&str; 33] = [
    "nation",
    "site",
    "blocks",
    "machines",
    "grid",
    "orders",
    "curtail-select",
    "curtail-check",
    "curtail-armed",
    "reserve",
    "engine",
    "alarms",
    "journal",
    "emergency",
    "handover",
    "second-asks",
    "second-view",
    "palette",
    "palette-typed",
    "filter-marks",
    "racks",
    "machine",
    "grid-day",
    "orders-queue",
    "orders-authority",
    "tour",
    "replay",
    "help",
    "grid-lost",
    "solo-node",
    "solo-block",
    "solo-pool",
    "solo-down",
];

/// Pictures of the other themes, of one screen.
const THEMES: [(&str, &str, Tier, Glyphs); 6] = [
    ("light", "light", Tier::True, Glyphs::Unicode),
    (
        "high-contrast",
        "high-contrast",
        Tier::True,
        Glyphs::Unicode,
    ),
    ("night", "night", Tier::True, Glyphs::Unicode),
    ("cornflower", "cornflower", Tier::True, Glyphs::Unicode),
    ("mono", "mono", Tier::Mono, Glyphs::Unicode),
    ("ascii-mono", "mono", Tier::Mono, Glyphs::Ascii),
];

fn look(theme: &str, tier: Tier, glyphs: Glyphs) -> Result<Look, Box<dyn Error>> {
    let zone = TimeZone::fixed(offset(3));
    let mut look = Look::new(theme::built_in(theme)?, tier, glyphs).in_zone(zone);
    "Minsk".clone_into(&mut look.zone_name);
    Ok(look)
}

fn picture(
    state: &baseload::app::State,
    look: &Look,
    (width, height): (u16, u16),
) -> Result<String, Box<dyn Error>> {
    let mut terminal = Terminal::new(TestBackend::new(width, height))?;
    terminal.draw(|frame| baseload::ui::view(state, look, frame))?;
    Ok(svg::write(terminal.backend().buffer(), look))
}

fn pictures() -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let grey = look(theme::DEFAULT, Tier::True, Glyphs::Unicode)?;
    let mut made = Vec::new();
    for (width, height) in SIZES {
        let told = nation::all(Size::of(width, height));
        for (name, state) in told.iter().filter(|(name, _)| PICTURED.contains(name)) {
            made.push((
                format!("{name}-{width}x{height}"),
                picture(state, &grey, (width, height))?,
            ));
        }
        let Some((_, state)) = told
            .iter()
            .find(|(name, _)| *name == "nation")
            .filter(|_| width == 120)
        else {
            continue;
        };
        for language in [Language::Russian, Language::Belarusian] {
            let look = grey.clone().in_language(language);
            made.push((
                format!("language-{}-{width}x{height}", language.code()),
                picture(state, &look, (width, height))?,
            ));
        }
        for (name, theme, tier, glyphs) in THEMES {
            let look = look(theme, tier, glyphs)?;
            made.push((
                format!("theme-{name}-{width}x{height}"),
                picture(state, &look, (width, height))?,
            ));
            // What ASCII shows is English in every language.
            let languages = [Language::Russian, Language::Belarusian];
            for language in languages.into_iter().filter(|_| !glyphs.is_ascii()) {
                let look = look.clone().in_language(language);
                made.push((
                    format!("theme-{name}-{}-{width}x{height}", language.code()),
                    picture(state, &look, (width, height))?,
                ));
            }
        }
    }
    Ok(made)
}

/// Where a monospaced font is found on common systems; without one the PNGs have no words.
const FONTS: [&str; 3] = [
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/TTF",
    "/usr/share/fonts/dejavu-sans-mono-fonts",
];

fn png(svg: &str, to: &Path) -> Result<(), Box<dyn Error>> {
    use resvg::{tiny_skia, usvg};
    let mut options = usvg::Options::default();
    let fonts = options.fontdb_mut();
    for folder in FONTS {
        for file in [
            "DejaVuSansMono.ttf",
            "DejaVuSansMono-Bold.ttf",
            "DejaVuSansMono-Oblique.ttf",
        ] {
            // A folder that is not there is no error: the next may be.
            if let Ok(data) = std::fs::read(Path::new(folder).join(file)) {
                fonts.load_font_data(data);
            }
        }
    }
    if fonts.is_empty() {
        return Err("no DejaVu Sans Mono found for the PNGs: install fonts-dejavu-core".into());
    }
    fonts.set_monospace_family("DejaVu Sans Mono");
    let tree = usvg::Tree::from_str(svg, &options)?;
    let size = tree.size().to_int_size();
    let mut map = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("an empty picture")?;
    resvg::render(&tree, tiny_skia::Transform::default(), &mut map.as_mut());
    map.save_png(to)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let check = std::env::args().any(|arg| arg == "--check");
    let only = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder)?;
    let mut wrong = Vec::new();
    for (name, svg) in pictures()? {
        let file = folder.join(format!("{name}.svg"));
        if check {
            if std::fs::read_to_string(&file).ok().as_deref() != Some(&svg) {
                wrong.push(name);
            }
        } else if only
            .as_ref()
            .is_none_or(|only| name.contains(only.as_str()))
        {
            std::fs::write(&file, &svg)?;
            png(&svg, &folder.join(format!("{name}.png")))?;
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        let names = wrong.join(", ");
        Err(format!("screenshots differ from what is drawn now: {names}; run cargo run --example screenshots").into())
    }
}
