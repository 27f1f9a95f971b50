//! Handovers as rows: what is signed, and how it is found again.
//!
//! Invariant: what the signatures cover stands in the row as it was signed, so that the row alone is enough to check
//! them.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::audit::{Row, hex};
use super::canonical::canonical;
use crate::domain::handover::{Mark, Sealed, Signed, Statement};
use crate::domain::journal::Head;
use crate::domain::time::Timestamp;

fn value(statement: &Statement) -> Value {
    json!({
        "desk": &*statement.desk,
        "nation": &*statement.nation,
        "simulated": statement.simulated,
        "from_ms": statement.from.millis(),
        "until_ms": statement.until.millis(),
        "head": {"seq": statement.head.seq.to_string(), "sha256": hex(&statement.head.hash)},
        "leaving": &*statement.leaving,
        "taking": &*statement.taking,
        "report": &*statement.report,
    })
}

/// The bytes that both persons sign: RFC 8785.
pub fn form(statement: &Statement) -> Vec<u8> {
    canonical(&value(statement)).into_bytes()
}

/// SHA-256 of [`form`].
pub fn hash(statement: &Statement) -> [u8; 32] {
    Sha256::digest(form(statement)).into()
}

fn of_mark(mark: &Mark) -> Value {
    json!({
        "by": &*mark.by,
        "key": mark.sealed.as_ref().map(|s| &*s.key),
        "signature": mark.sealed.as_ref().map(|s| &*s.signature),
    })
}

pub(super) fn of_handover(signed: &Signed) -> Value {
    json!({
        "statement": value(&signed.statement),
        "sha256": hex(&signed.hash),
        "mark": of_mark(&signed.leaving),
    })
}

pub(super) fn of_takeover(hash: &[u8; 32], mark: &Mark) -> Value {
    json!({"sha256": hex(hash), "mark": of_mark(mark)})
}

/// A row in one sentence.
pub(super) fn sentence(kind: &str, body: &Value) -> Option<String> {
    let mark = body.get("mark")?;
    let by = mark.get("by")?.as_str()?;
    let how = if mark.get("signature")?.is_string() {
        "signed"
    } else {
        "by name, not signed"
    };
    let hash: String = body.get("sha256")?.as_str()?.chars().take(16).collect();
    if kind == "takeover" {
        return Some(format!("{by} takes the shift over, {how}, report {hash}"));
    }
    let taking = body.get("statement")?.get("taking")?.as_str()?;
    Some(format!(
        "{by} hands the shift over to {taking}, {how}, report {hash}"
    ))
}

fn text(value: &Value, name: &str) -> Option<Arc<str>> {
    value.get(name)?.as_str().map(Arc::from)
}

fn bytes(value: &Value, name: &str) -> Option<[u8; 32]> {
    let text = value.get(name)?.as_str()?;
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
    bytes.try_into().ok()
}

fn time(value: &Value, name: &str) -> Option<Timestamp> {
    value.get(name)?.as_i64().map(Timestamp::from_millis)
}

fn mark_of(body: &Value) -> Option<Mark> {
    let mark = body.get("mark")?;
    let sealed = text(mark, "key").zip(text(mark, "signature"));
    Some(Mark {
        by: text(mark, "by")?,
        sealed: sealed.map(|(key, signature)| Sealed { key, signature }),
    })
}

/// What a `handover` row states, the SHA-256 that it claims, and the leaving operator's name.
pub fn handover_of(row: &Row) -> Option<(Statement, [u8; 32], Mark)> {
    let body: Value = serde_json::from_str(&row.body).ok()?;
    let stated = body.get("statement")?;
    let head = stated.get("head")?;
    let statement = Statement {
        desk: text(stated, "desk")?,
        nation: text(stated, "nation")?,
        simulated: stated.get("simulated")?.as_bool()?,
        from: time(stated, "from_ms")?,
        until: time(stated, "until_ms")?,
        head: Head {
            seq: head.get("seq")?.as_str()?.parse().ok()?,
            hash: bytes(head, "sha256")?,
        },
        leaving: text(stated, "leaving")?,
        taking: text(stated, "taking")?,
        report: text(stated, "report")?,
    };
    Some((statement, bytes(&body, "sha256")?, mark_of(&body)?))
}

/// Of which statement a `takeover` row is, and whose name it holds.
pub fn takeover_of(row: &Row) -> Option<([u8; 32], Mark)> {
    let body: Value = serde_json::from_str(&row.body).ok()?;
    Some((bytes(&body, "sha256")?, mark_of(&body)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::journal::Fact;

    #[test]
    fn a_statement_comes_back_from_its_row_as_it_was_signed() {
        let statement = Statement {
            desk: "Desk | 7".into(),
            nation: "Belarus".into(),
            simulated: true,
            from: Timestamp::from_millis(1),
            until: Timestamp::from_millis(2),
            head: Head {
                seq: u64::MAX,
                hash: [7; 32],
            },
            leaving: "anna".into(),
            taking: "boris \"b\"\n".into(),
            report: "# x\n\\| `y`".into(),
        };
        let mark = |by: &str, sealed: bool| Mark {
            by: by.into(),
            sealed: sealed.then(|| Sealed {
                key: "aa".into(),
                signature: "bb".into(),
            }),
        };
        let signed = Signed {
            hash: hash(&statement),
            statement: statement.clone(),
            leaving: mark("anna", true),
            taking: mark("boris", false),
        };
        let row = |fact: &Fact| Row {
            seq: 1,
            at: Timestamp::from_millis(3),
            actor: "anna".into(),
            kind: fact.kind().into(),
            prev: [0; 32],
            body: super::super::body::text(fact),
            hash: [0; 32],
            signature: None,
        };
        let found = handover_of(&row(&Fact::Handover(Box::new(signed.clone()))));
        let (again, claimed, leaving) = found.expect("is one");
        assert_eq!(again, statement);
        assert_eq!((claimed, leaving), (hash(&again), signed.leaving));
        let taken = Fact::Takeover {
            hash: claimed,
            mark: signed.taking.clone(),
        };
        assert_eq!(takeover_of(&row(&taken)), Some((claimed, signed.taking)));
        let said = row(&taken).line().what;
        assert!(
            said.contains("boris takes the shift over, by name, not signed"),
            "{said}"
        );
        let other = Statement {
            until: Timestamp::from_millis(4),
            ..again
        };
        assert_ne!(hash(&other), claimed);
    }
}
