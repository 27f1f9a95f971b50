//! The operators that a gateway knows, and what it demands of their signatures.
//!
//! Invariant: nobody acts under another's name: what a gateway with a roll does bears the signature of somebody on it,
//! and lies within that person's rank, sites and megawatts. A file that can't be read whole is not read at all.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER_PERMISSIVE;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::Deserialize;

use crate::control::authority::{Moved, against_order, against_second, needs_two, over_limit};
use crate::control::pace::sites;
use crate::domain::bounds::Bounds;
use crate::domain::ids::SiteId;
use crate::domain::operator::{Operator, PublicKey, Rank, TwoPersons};
use crate::domain::order::{Order, OrderKind, Reason};
use crate::domain::sentence::told;
use crate::domain::units::{Hertz, Power};
use crate::feed::protocol::order_form;

use super::ledger::stated;

/// Most operators in a roll.
const MOST_OPERATORS: usize = 10_000;

/// Who may act here.
#[derive(Debug, Clone)]
pub struct Roll {
    operators: BTreeMap<Arc<str>, Operator>,
    two_persons: TwoPersons,
    bounds: Bounds,
}

/// The bounds here, with or without a roll.
pub fn bounds(roll: Option<&Roll>) -> Bounds {
    roll.map_or(Bounds::DEFAULT, |roll| roll.bounds)
}

/// Why a roll can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RollError(pub String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    two_persons_above_mw: Option<u32>,
    two_persons_restore_above_mw: Option<u32>,
    emergency_step_mw: Option<toml::Spanned<i64>>,
    emergency_interval_ms: Option<toml::Spanned<i64>>,
    emergency_bar_mhz: Option<toml::Spanned<i64>>,
    limit_window_min: Option<toml::Spanned<i64>>,
    #[serde(default)]
    operator: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: toml::Spanned<String>,
    rank: toml::Spanned<String>,
    key: toml::Spanned<String>,
    sites: Option<Vec<String>>,
    limit_mw: Option<u32>,
}

impl Roll {
    /// Reads the file's text:
    ///
    /// ```toml
    /// two_persons_above_mw = 250
    /// limit_window_min = 15
    /// emergency_step_mw = 300
    /// emergency_interval_ms = 5000
    /// emergency_bar_mhz = 50200
    /// [[operator]]
    /// name = "anna"
    /// rank = "dispatcher"
    /// key = "64 hexadecimal digits, as `baseload operator new` prints them"
    /// sites = ["astravets"]
    /// limit_mw = 600
    /// ```
    ///
    /// # Errors
    /// One sentence with the line: unknown field or rank, a name twice, a key that is none.
    pub fn parse(text: &str) -> Result<Self, RollError> {
        let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            RollError(format!("line {}: {}", line(at), error.message()))
        })?;
        if file.operator.len() > MOST_OPERATORS {
            return Err(RollError(format!(
                "names {} operators; write {MOST_OPERATORS} [[operator]] tables at most",
                file.operator.len()
            )));
        }
        let bounds = read_bounds(&file)
            .map_err(|(at, what)| RollError(format!("line {}: {what}", line(at))))?;
        let mut operators = BTreeMap::new();
        for entry in file.operator {
            let bad =
                |at: usize, what: String| Err(RollError(format!("line {}: {what}", line(at))));
            let name: Arc<str> = entry.name.get_ref().trim().into();
            if &*name == "gateway" {
                return bad(
                    entry.name.span().start,
                    "`gateway` is the gateway's own name in its journal: give another one"
                        .to_owned(),
                );
            }
            if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
                return bad(
                    entry.name.span().start,
                    "a name is 1 to 64 printable characters".to_owned(),
                );
            }
            let Some(rank) = Rank::of(entry.rank.get_ref()) else {
                return bad(
                    entry.rank.span().start,
                    "a rank is viewer, operator, dispatcher or engineer".to_owned(),
                );
            };
            let Some(key) = key(entry.key.get_ref()) else {
                return bad(
                    entry.key.span().start,
                    "a key is 64 hexadecimal digits of an ed25519 public key, as `baseload operator new` prints them"
                        .to_owned(),
                );
            };
            let operator = Operator {
                name: Arc::clone(&name),
                rank,
                key,
                sites: entry
                    .sites
                    .map(|sites| sites.iter().map(|site| SiteId::new(site)).collect()),
                limit: entry.limit_mw.map(megawatts),
            };
            if operators.insert(Arc::clone(&name), operator).is_some() {
                return bad(entry.name.span().start, format!("{name} stands here twice"));
            }
        }
        Ok(Self {
            operators,
            two_persons: TwoPersons {
                shed_above: file.two_persons_above_mw.map(megawatts),
                restore_above: file.two_persons_restore_above_mw.map(megawatts),
            },
            bounds,
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.operators.len()
    }

    /// May nobody act?
    pub fn is_empty(&self) -> bool {
        self.operators.is_empty()
    }

    /// Those whose keys are not on the new roll, under their names.
    pub fn gone(&self, new: &Self) -> Vec<Arc<str>> {
        let stays = |old: &Operator| {
            new.operators
                .get(&old.name)
                .is_some_and(|o| o.key == old.key)
        };
        let old = self.operators.values().filter(|old| !stays(old));
        old.map(|old| Arc::clone(&old.name)).collect()
    }

    /// When two persons are needed here.
    pub const fn two_persons(&self) -> TwoPersons {
        self.two_persons
    }

    /// Whom a name and a signature over `form` belong to. The form is made for a known name and a signature only: it takes
    /// its time.
    pub(super) fn signer(
        &self,
        name: &str,
        signature: Option<&Arc<str>>,
        form: impl FnOnce() -> Vec<u8>,
    ) -> Result<&Operator, Reason> {
        let Some(operator) = self.operators.get(name) else {
            return Err(stated(
                "unknown_operator",
                told!(
                    "unknown-operator",
                    "this gateway knows no such operator: have the name and key put on its roll"
                ),
            ));
        };
        let Some(signature) = signature else {
            return Err(stated(
                "unsigned",
                told!(
                    "unsigned",
                    "orders here are signed: give the console a key (`baseload operator new`)"
                ),
            ));
        };
        if verifies(operator.key, &form(), signature) {
            Ok(operator)
        } else {
            Err(stated(
                "signature",
                told!(
                    "wrong-signature",
                    "the signature is not of the key on this gateway's roll"
                ),
            ))
        }
    }

    /// What stands against an order that would move so much, what may take its targets' place included. Empty: nothing. An
    /// emergency shed needs no second person and knows no personal limit. Nothing is reckoned for who has not signed.
    pub fn against(&self, order: &Order, moved: impl FnOnce() -> Moved) -> Vec<Reason> {
        let first = match self.first(order) {
            Ok(first) => first,
            Err(reason) => return vec![reason],
        };
        if order.emergency {
            return against_order(first, sites(order), Moved::default());
        }
        let moved = moved();
        let mut against = against_order(first, sites(order), moved);
        if needs_two(self.two_persons, order.kind, moved.in_all()) {
            match (&order.countersigned_by, &order.countersignature) {
                (Some(name), signature @ Some(_)) => {
                    match self.signer(name, signature.as_ref(), || order_form(order)) {
                        Ok(second) => {
                            against.extend(against_second(&order.issued_by, second, sites(order)));
                        }
                        Err(reason) => against.push(reason),
                    }
                }
                _ => against.push(stated(
                    "two_persons",
                    told!("needs-second", "so much needs a second person's signature"),
                )),
            }
        }
        against
    }

    /// May the gateway move so much more in a person's name by itself? Where two persons agreed to the order that it
    /// serves, they agreed to that. Who is on the roll no more has no limit left to pass.
    pub fn allows(&self, person: &str, two: bool, kind: OrderKind, moved: Moved) -> bool {
        let operator = self.operators.get(person);
        let over = operator.and_then(|operator| over_limit(operator, moved));
        over.is_none() && (two || !needs_two(self.two_persons, kind, moved.in_all()))
    }

    /// Is the key that has signed this order on the roll, under its issuer's name?
    pub(super) fn has_signed(&self, order: &Order) -> bool {
        self.first(order).is_ok()
    }

    fn first(&self, order: &Order) -> Result<&Operator, Reason> {
        let signature = order.signature.as_ref();
        self.signer(&order.issued_by, signature, || order_form(order))
    }

    /// May whoever is named in an order as its issuer order there at all? The signature first, then rank and sites.
    pub(super) fn issuer(&self, order: &Order) -> Result<(), Vec<Reason>> {
        let against = match self.first(order) {
            Ok(first) => against_order(first, sites(order), Moved::default()),
            Err(reason) => vec![reason],
        };
        if against.is_empty() {
            Ok(())
        } else {
            Err(against)
        }
    }

    /// Do two people sign with one key?
    pub(super) fn same_key(&self, first: &str, second: &str) -> bool {
        let key = |name: &str| self.operators.get(name).map(|operator| operator.key);
        key(first).is_some() && key(first) == key(second)
    }

    /// Is this a second person's sound signature under `order` (which names them)?
    pub fn agrees(&self, order: &Order) -> Result<(), Reason> {
        let name = order.countersigned_by.as_deref().unwrap_or_default();
        let signature = order.countersignature.as_ref();
        let second = self.signer(name, signature, || order_form(order))?;
        match against_second(&order.issued_by, second, sites(order)).pop() {
            Some(reason) => Err(reason),
            None => Ok(()),
        }
    }
}

/// The bounds in a file, or where and why they are none.
fn read_bounds(file: &File) -> Result<Bounds, (usize, String)> {
    let within = |value: &Option<toml::Spanned<i64>>, name: &str, most: RangeInclusive<i64>| {
        let Some(value) = value else { return Ok(None) };
        if most.contains(value.get_ref()) {
            return Ok(Some(*value.get_ref()));
        }
        let text = format!("{name} is {} to {}", most.start(), most.end());
        Err((value.span().start, text))
    };
    let usual = Bounds::DEFAULT;
    let step = within(
        &file.emergency_step_mw,
        "emergency_step_mw",
        Bounds::STEPS_MW,
    )?;
    let interval = within(
        &file.emergency_interval_ms,
        "emergency_interval_ms",
        Bounds::INTERVALS_MS,
    )?;
    let bar = within(
        &file.emergency_bar_mhz,
        "emergency_bar_mhz",
        Bounds::BARS_MHZ,
    )?;
    let window = within(
        &file.limit_window_min,
        "limit_window_min",
        Bounds::WINDOWS_MIN,
    )?;
    Ok(Bounds {
        step: step.map_or(usual.step, Power::from_megawatts),
        interval: interval.map_or(usual.interval, |ms| {
            Duration::from_millis(ms.unsigned_abs())
        }),
        bar: bar.map_or(usual.bar, Hertz::from_millihertz),
        window: window.map_or(usual.window, |min| Duration::from_mins(min.unsigned_abs())),
    })
}

fn megawatts(mw: u32) -> Power {
    Power::from_megawatts(i64::from(mw))
}

fn key(text: &str) -> Option<PublicKey> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()?;
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    let key = VerifyingKey::from_bytes(&bytes).ok()?;
    // A key of small order would take one signature for any message.
    (!key.is_weak()).then_some(PublicKey(bytes))
}

fn verifies(key: PublicKey, form: &[u8], signature: &str) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&key.0) else {
        return false;
    };
    let bytes = HEXLOWER_PERMISSIVE.decode(signature.as_bytes());
    let signature = bytes
        .ok()
        .and_then(|bytes| Signature::from_slice(&bytes).ok());
    signature.is_some_and(|signature| key.verify_strict(form, &signature).is_ok())
}
