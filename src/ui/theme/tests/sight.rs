//! The alarms as people see them who see fewer colours.

use super::*;

/// What a person sees who lacks one of the three kinds of cones: linear RGB by G. Machado, M. Oliveira and L. Fernandes,
/// "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.
const KINDS: [(&str, [[f64; 3]; 3]); 3] = [
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

/// Linear parts of a colour.
fn linear(Rgb(r, g, b): Rgb) -> [f64; 3] {
    [r, g, b].map(|value| {
        let share = f64::from(value) / 255.0;
        if share <= 0.040_45 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    })
}

fn seen(colour: Rgb, kind: &[[f64; 3]; 3]) -> [f64; 3] {
    let parts = linear(colour);
    kind.map(|row| {
        let sum: f64 = row.iter().zip(parts).map(|(k, part)| k * part).sum();
        sum.clamp(0.0, 1.0)
    })
}

/// CIE L*a*b* of linear sRGB, white D65.
fn lab([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let root = |t: f64| {
        if t > 0.008_856 {
            t.cbrt()
        } else {
            7.787 * t + 16.0 / 116.0
        }
    };
    let x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.950_47);
    let y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue);
    let z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    let squares = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y));
    squares.sum::<f64>().sqrt()
}

/// What the eye takes an alarm for: the area behind its words where it has one, else the words.
fn face(theme: &Theme, tier: Tier, role: Role) -> Rgb {
    let style = theme.style(tier, role);
    style.bg.or(style.fg).and_then(rgb).expect("a colour")
}

/// The least distance (CIE 1976; 2.3 is just seen) of two alarms to a person of that kind.
fn least(theme: &Theme, tier: Tier, kind: &[[f64; 3]; 3]) -> f64 {
    let faces = ALARMS.map(|role| lab(seen(face(theme, tier, role), kind)));
    let pairs = faces.iter().enumerate();
    pairs
        .flat_map(|(i, a)| faces[i + 1..].iter().map(move |b| distance(*a, *b)))
        .fold(f64::MAX, f64::min)
}

#[test]
fn the_priorities_of_alarms_are_told_apart_by_people_who_see_fewer_colours() {
    for (name, floor) in [
        ("high-contrast", 25.0),
        ("grey", 10.0),
        ("cornflower", 15.0),
        ("light", 6.0),
        ("night", 10.0),
    ] {
        for tier in [Tier::True, Tier::Indexed] {
            for (kind, matrix) in &KINDS {
                let found = least(&load(name), tier, matrix);
                assert!(found >= floor, "{name} {tier:?} {kind}: {found:.1}");
            }
        }
    }
}

#[test]
fn red_and_green_of_one_lightness_are_the_same_to_some() {
    // The measure itself: were it blind to the matter, the test above would hold for anything.
    let (red, green) = (Rgb(0xb0, 0x50, 0x50), Rgb(0x66, 0x70, 0x40));
    let normal = distance(lab(linear(red)), lab(linear(green)));
    let deutan = &KINDS[1].1;
    let blind = distance(lab(seen(red, deutan)), lab(seen(green, deutan)));
    assert!(
        normal > 40.0 && blind < normal / 2.0,
        "{normal:.1} {blind:.1}"
    );
}
