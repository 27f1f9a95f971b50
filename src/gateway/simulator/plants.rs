//! Where the nation mines: real Belarusian plants and towns, with invented mining halls beside them.

/// A place for a site.
pub(super) struct Place {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) region: &'static str,
    pub(super) node: &'static str,
    /// Mining nameplate in the default nation, MW.
    pub(super) megawatts: f64,
    pub(super) contract: Contract,
}

/// Curtailment contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contract {
    /// At once, without limit.
    Instant,
    /// 20 s notice, 40 calls a year.
    Fast,
    /// 4 min notice, 12 calls a year.
    Slow,
}

impl Contract {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Instant => "A instant",
            Self::Fast => "B 20 s",
            Self::Slow => "C 4 min",
        }
    }

    pub(super) fn notice_ms(self) -> i64 {
        match self {
            Self::Instant => 0,
            Self::Fast => 20_000,
            Self::Slow => 240_000,
        }
    }

    pub(super) fn calls(self) -> Option<u32> {
        match self {
            Self::Instant => None,
            Self::Fast => Some(40),
            Self::Slow => Some(12),
        }
    }
}

const fn place(
    id: &'static str,
    name: &'static str,
    region: &'static str,
    node: &'static str,
    megawatts: f64,
    contract: Contract,
) -> Place {
    Place {
        id,
        name,
        region,
        node,
        megawatts,
        contract,
    }
}

use Contract::{Fast, Instant, Slow};

/// The twelve sites of the default nation; 1,450 MW together.
pub(super) const PLACES: [Place; 12] = [
    place(
        "astravets",
        "Astravets",
        "Hrodna",
        "Astravets NPP 330 kV",
        420.0,
        Instant,
    ),
    place(
        "lukoml",
        "Lukoml",
        "Vitsebsk",
        "Lukoml GRES 330 kV",
        205.0,
        Instant,
    ),
    place(
        "biaroza",
        "Biaroza",
        "Brest",
        "Biaroza GRES 330 kV",
        125.0,
        Instant,
    ),
    place("mazyr", "Mazyr", "Homel", "Mazyr 330 kV", 110.0, Instant),
    place(
        "polatsk",
        "Polatsk",
        "Vitsebsk",
        "Polatsk 330 kV",
        90.0,
        Instant,
    ),
    place(
        "hrodna",
        "Hrodna",
        "Hrodna",
        "Hrodna South 330 kV",
        82.0,
        Instant,
    ),
    place(
        "salihorsk",
        "Salihorsk",
        "Minsk",
        "Slutsk 330 kV",
        72.0,
        Instant,
    ),
    place(
        "minsk",
        "Minsk",
        "Minsk",
        "Kaliadzichy 330 kV",
        96.0,
        Instant,
    ),
    place("homel", "Homel", "Homel", "Homel 330 kV", 80.0, Fast),
    place(
        "mahiliou",
        "Mahilioŭ",
        "Mahilioŭ",
        "Mahilioŭ 330 kV",
        70.0,
        Fast,
    ),
    place(
        "babruisk",
        "Babruisk",
        "Mahilioŭ",
        "Miradzina 330 kV",
        54.0,
        Slow,
    ),
    place(
        "zhodzina",
        "Zhodzina",
        "Minsk",
        "Barysaŭ 330 kV",
        46.0,
        Slow,
    ),
];

/// Towns for the sites beyond twelve: id, name, region.
pub(super) const TOWNS: [(&str, &str, &str); 24] = [
    ("baranavichy", "Baranavichy", "Brest"),
    ("pinsk", "Pinsk", "Brest"),
    ("brest", "Brest", "Brest"),
    ("kobryn", "Kobryn", "Brest"),
    ("vitsebsk", "Vitsebsk", "Vitsebsk"),
    ("orsha", "Orsha", "Vitsebsk"),
    ("navapolatsk", "Navapolatsk", "Vitsebsk"),
    ("lepel", "Lepel", "Vitsebsk"),
    ("hlybokaje", "Hlybokaje", "Vitsebsk"),
    ("lida", "Lida", "Hrodna"),
    ("slonim", "Slonim", "Hrodna"),
    ("smarhon", "Smarhon", "Hrodna"),
    ("vaukavysk", "Vaŭkavysk", "Hrodna"),
    ("rechytsa", "Rechytsa", "Homel"),
    ("svietlahorsk", "Svietlahorsk", "Homel"),
    ("zhlobin", "Zhlobin", "Homel"),
    ("kalinkavichy", "Kalinkavichy", "Homel"),
    ("barysau", "Barysaŭ", "Minsk"),
    ("maladzechna", "Maladzechna", "Minsk"),
    ("slutsk", "Slutsk", "Minsk"),
    ("dziarzhynsk", "Dziarzhynsk", "Minsk"),
    ("asipovichy", "Asipovichy", "Mahilioŭ"),
    ("horki", "Horki", "Mahilioŭ"),
    ("krychau", "Krychaŭ", "Mahilioŭ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_nation_has_its_megawatts() {
        let sum: f64 = PLACES.iter().map(|place| place.megawatts).sum();
        assert!((sum - 1_450.0).abs() < 1e-9);
    }
}
