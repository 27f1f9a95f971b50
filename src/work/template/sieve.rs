//! The JSON of a template while it is read: what a miner needs is kept, within bounds, and all else is passed over.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::transactions;

/// Most values in all: of each transaction a handful, and what it depends on.
const MOST_VALUES: usize = 16 * transactions::MOST;
/// Most fields of an object whose names are the node's own.
const MOST_NAMES: usize = 64;

/// Fields of a template.
const TEMPLATE: &[&str] = &[
    "bits",
    "capabilities",
    "coinbaseaux",
    "coinbasevalue",
    "curtime",
    "default_witness_commitment",
    "expires",
    "height",
    "longpollid",
    "maxtime",
    "mintime",
    "noncerange",
    "previousblockhash",
    "rules",
    "signet_challenge",
    "sigoplimit",
    "sizelimit",
    "submitold",
    "target",
    "transactions",
    "vbavailable",
    "vbrequired",
    "version",
    "weightlimit",
    "workid",
];
/// Fields of one of its transactions.
const TRANSACTION: &[&str] = &["data", "depends", "fee", "hash", "sigops", "txid"];

/// A template as a node states it, as far as a miner reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sieved(pub Value);

impl<'de> Deserialize<'de> for Sieved {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let left = Cell::new(MOST_VALUES);
        let (inside, left) = (Inside::Template, &left);
        Reading { inside, left }.deserialize(deserializer).map(Self)
    }
}

/// What is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Template,
    Transactions,
    Transaction,
    /// A field of either.
    Field,
    /// A value of such a field.
    Value,
}

#[derive(Clone, Copy)]
struct Reading<'a> {
    inside: Inside,
    left: &'a Cell<usize>,
}

impl Reading<'_> {
    /// What a field is, where it is kept.
    fn field(self, name: &str) -> Option<Self> {
        let (names, inside) = match (self.inside, name) {
            (Inside::Template, "transactions") => (TEMPLATE, Inside::Transactions),
            (Inside::Template, _) => (TEMPLATE, Inside::Field),
            (Inside::Transaction, _) => (TRANSACTION, Inside::Field),
            (Inside::Field, _) => return Some(self.inside(Inside::Value)),
            (Inside::Transactions | Inside::Value, _) => return None,
        };
        names.contains(&name).then(|| self.inside(inside))
    }

    /// What an item is, and how many there may be.
    fn item(self) -> (Self, usize) {
        match self.inside {
            Inside::Transactions => (self.inside(Inside::Transaction), transactions::MOST),
            Inside::Field => (self.inside(Inside::Value), transactions::MOST),
            Inside::Template | Inside::Transaction | Inside::Value => (self, 0),
        }
    }

    const fn inside(self, inside: Inside) -> Self {
        Self { inside, ..self }
    }

    fn count<E: Error>(self) -> Result<(), E> {
        let left = self.left.get().checked_sub(1);
        self.left
            .set(left.ok_or_else(|| E::custom("it holds more values than any block has"))?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a block template")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        Ok(truth.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let (item, most) = self.item();
        let mut items = Vec::new();
        while let Some(value) = list.next_element_seed(item)? {
            if items.len() == most {
                return Err(A::Error::custom(format!(
                    "a list has more than {most} items"
                )));
            }
            items.push(value);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            let Some(field) = self.field(&name).filter(|_| fields.len() < MOST_NAMES + 1) else {
                object.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = object.next_value_seed(field)?;
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sieved(text: &str) -> Result<Value, String> {
        let read = serde_json::from_str::<Sieved>(text);
        read.map(|sieved| sieved.0)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_read_is_kept_and_all_else_passed_over() {
        let text = r#"{"version":1,"junk":[{"a":{}}],"vbavailable":{"x":3},"height":-0.5,"rules":["csv",null],
            "transactions":[{"data":"00","depends":[1],"junk":[[[]]],"fee":-1}],"submitold":true}"#;
        let kept = json!({"version": 1, "vbavailable": {"x": 3}, "height": -0.5, "rules": ["csv", null],
            "transactions": [{"data": "00", "depends": [1], "fee": -1}], "submitold": true});
        assert_eq!(sieved(text), Ok(kept));
    }

    #[test]
    fn many_small_things_are_refused_while_they_are_read() {
        let many = |one: &str| vec![one; 20_000].join(",");
        let lists = [
            format!(r#"{{"transactions":[{}]}}"#, many("{}")),
            format!(r#"{{"rules":[{}]}}"#, many("1")),
            format!(r#"{{"transactions":[{{"depends":[{}]}}]}}"#, many("1")),
        ];
        for list in lists {
            let why = sieved(&list).expect_err("is refused");
            assert!(why.contains("more than 16666 items"), "{why}");
        }
        let wide = format!(r#"{{"depends":[{}]}}"#, vec!["1"; 16_000].join(","));
        let why = sieved(&format!(
            r#"{{"transactions":[{}]}}"#,
            vec![wide; 20].join(",")
        ));
        assert!(why.is_err_and(|why| why.contains("more values than any block")));
        let names: Vec<String> = (0..9_000).map(|n| format!(r#""{n}":1"#)).collect();
        let kept = sieved(&format!(r#"{{"vbavailable":{{{}}}}}"#, names.join(","))).expect("reads");
        assert_eq!(kept["vbavailable"].as_object().map(Map::len), Some(65));
        // Nothing nests deeper than a template does.
        assert!(sieved(r#"{"rules":[[1]]}"#).is_err());
        assert_eq!(sieved(r#"{"aux":{}}"#), Ok(json!({})));
    }
}
