//! A fleet in a file: the body of a `fleet` snapshot with prices beside it.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::BadMessage;
use super::guard::shallow;
use super::message::items::Read;
use crate::domain::link::{Item, Topic};

/// Largest file, bytes: a nation of 50,000 blocks.
pub const MAX_FLEET_FILE: u64 = 64 << 20;
/// A million millionths make one unit of a currency.
const MICRO: i64 = 1_000_000;

/// What such a file says.
#[derive(Debug)]
pub struct FleetFile {
    /// Sites, halls and blocks; what could not be read stands as bad where it could be named.
    pub items: Vec<Item>,
    /// Items that could not be read, named or not.
    pub bad: u64,
    /// Price of energy per MWh, in millionths of the currency.
    pub tariff: i64,
    /// What 1 PH/s earns in a day, in millionths.
    pub hashprice: i64,
    /// Wear of one stop of one block, in millionths.
    pub stop: i64,
    /// What all three are in, `BYN` say, where the file says so: 1 to 8 letters.
    pub currency: Option<String>,
}

/// A price: a decimal string, as everywhere on the wire, or a plain number.
#[derive(Deserialize)]
#[serde(untagged)]
enum PriceWire {
    Text(String),
    Number(serde_json::Number),
}

#[derive(Deserialize)]
struct FileWire<'a> {
    #[serde(borrow)]
    body: Option<BodyWire<'a>>,
    #[serde(borrow, default)]
    sites: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    halls: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    blocks: Vec<&'a RawValue>,
    tariff_per_mwh: Option<PriceWire>,
    hashprice_per_phs_day: Option<PriceWire>,
    stop_cost: Option<PriceWire>,
    currency: Option<String>,
}

#[derive(Deserialize)]
struct BodyWire<'a> {
    #[serde(borrow, default)]
    sites: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    halls: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    blocks: Vec<&'a RawValue>,
}

/// Reads a fleet file. The error names the field where it can.
pub fn read_fleet_file(text: &str) -> Result<FleetFile, BadMessage> {
    shallow(text)?;
    let wire: FileWire<'_> = serde_json::from_str(text)?;
    let body = wire.body.unwrap_or(BodyWire {
        sites: wire.sites,
        halls: wire.halls,
        blocks: wire.blocks,
    });
    let mut read = Read::default();
    let lists = [
        ("site", body.sites),
        ("hall", body.halls),
        ("block", body.blocks),
    ];
    for (kind, list) in lists {
        for raw in list {
            read.item(Topic::Fleet, kind, raw.get());
        }
    }
    Ok(FleetFile {
        items: read.items,
        bad: read.bad,
        tariff: micro("tariff_per_mwh", wire.tariff_per_mwh, -10_000)?,
        hashprice: micro("hashprice_per_phs_day", wire.hashprice_per_phs_day, 0)?,
        stop: micro("stop_cost", wire.stop_cost, 0)?,
        currency: wire.currency.map(currency).transpose()?,
    })
}

fn currency(name: String) -> Result<String, BadMessage> {
    let plain = name.chars().all(|c| c.is_ascii_alphabetic());
    if plain && (1..=8).contains(&name.len()) {
        return Ok(name);
    }
    Err(BadMessage(
        "`currency` is no currency: 1 to 8 letters, as in BYN".to_owned(),
    ))
}

fn micro(name: &str, price: Option<PriceWire>, least: i64) -> Result<i64, BadMessage> {
    let text = match price {
        None => return Err(BadMessage(format!("`{name}` is missing"))),
        Some(PriceWire::Text(text)) => text,
        Some(PriceWire::Number(number)) => number.to_string(),
    };
    let parsed = text
        .parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(&text));
    parsed
        .ok()
        .filter(|price| (Decimal::from(least)..=Decimal::from(MICRO)).contains(price))
        .and_then(|price| i64::try_from((price * Decimal::from(MICRO)).round()).ok())
        .ok_or_else(|| {
            BadMessage(format!(
                "`{name}` is no price between {least} and {MICRO}, as in \"61.50\""
            ))
        })
}
