//! What leaves a desk in a person's name bears that person's signature, and so does what the journal holds of it.
//!
//! ed25519 signatures are the same each time they are made over the same bytes (RFC 8032), so that the row that is
//! written before an order leaves holds the very signature that leaves.

use std::sync::Arc;

use super::operator::Key;
use crate::domain::journal::{Entry, Fact};
use crate::domain::link::Request;
use crate::domain::order::Order;
use crate::runtime::run::JournalWiring;

/// A second person's signature under an order that names them.
fn countersigned(order: &Order, key: &Key) -> Order {
    Order {
        countersignature: Some(key.countersign(order)),
        ..order.clone()
    }
}

/// The request with this desk's signature, where it bears one.
pub fn signed(request: Request, key: &Key) -> Request {
    match request {
        Request::Order(order) => Request::Order(Box::new(key.sign_order(&order))),
        Request::Deed(deed) => Request::Deed(Box::new(key.sign_deed(&deed))),
        Request::CountersignAnswer {
            id,
            by,
            agree: true,
            why,
            signature: None,
            order: Some(order),
        } => Request::CountersignAnswer {
            id,
            by,
            agree: true,
            why,
            signature: Some(key.countersign(&order)),
            order: Some(order),
        },
        Request::Stamped(request, stamp) => {
            let request = signed(*request, key);
            let stamp = key.sign_act(&request, &stamp);
            Request::Stamped(Box::new(request), Box::new(stamp))
        }
        other => other,
    }
}

/// The entry with the signatures that leave after it.
fn with_signature(entry: Entry, key: &Key) -> Entry {
    let fact = match entry.fact {
        Fact::Intent { order, wanted } => Fact::Intent {
            order: Box::new(key.sign_order(&order)),
            wanted,
        },
        Fact::Answered {
            order,
            agree: true,
            why,
            moved,
        } => Fact::Answered {
            order: Box::new(countersigned(&order, key)),
            agree: true,
            why,
            moved,
        },
        other => other,
    };
    Entry { fact, ..entry }
}

/// A journal whose rows bear this desk's signatures.
pub fn journal(wiring: JournalWiring, key: Option<Arc<Key>>) -> JournalWiring {
    let Some(key) = key else {
        return wiring;
    };
    let mut append = wiring.append;
    JournalWiring {
        append: Box::new(move |ticket, entries| {
            let signed = entries.into_iter().map(|entry| with_signature(entry, &key));
            append(ticket, signed.collect());
        }),
        news: wiring.news,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::OrderId;
    use crate::domain::time::Timestamp;
    use crate::domain::units::Power;

    fn key() -> Key {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("key");
        let action = crate::cli::OperatorAction::New {
            name: "anna".to_owned(),
            out: file.clone(),
            rank: "operator".to_owned(),
            passphrase_file: None,
        };
        super::super::operator::run(&action).expect("a key");
        Key::read(&file, None).expect("is read")
    }

    fn order(countersigned_by: Option<&str>) -> Order {
        Order {
            id: OrderId(9),
            plan: crate::domain::order::PlanHash([7; 32]),
            nation: "Belarus".into(),
            gateway: crate::domain::ids::GatewayId::new("g"),
            kind: crate::domain::order::OrderKind::Curtail,
            targets: Vec::new(),
            substitutes: Vec::new(),
            extra_max: Power::ZERO,
            reason: "operator".into(),
            issued_by: "anna".into(),
            countersigned_by: countersigned_by.map(Into::into),
            issued_at: Timestamp::from_millis(1),
            expires_at: Timestamp::from_millis(2),
            lease: std::time::Duration::ZERO,
            emergency: false,
            signature: None,
            countersignature: None,
            desk: None,
            countersigned_desk: None,
            freq_seen: None,
            not_before: None,
        }
    }

    fn entry(fact: Fact) -> Entry {
        Entry {
            at: Timestamp::from_millis(1),
            actor: "anna".into(),
            fact,
        }
    }

    #[test]
    fn a_row_holds_the_signature_that_leaves_after_it() {
        let key = key();
        let wanted = Power::from_megawatts(3);
        let order = Box::new(order(Some("boris")));
        let row = with_signature(
            entry(Fact::Intent {
                order: order.clone(),
                wanted,
            }),
            &key,
        );
        let Fact::Intent { order: written, .. } = row.fact else {
            panic!("an intent stays one");
        };
        assert!(written.signature.is_some());
        assert_eq!(
            signed(Request::Order(order.clone()), &key),
            Request::Order(written)
        );
        let row = with_signature(
            entry(Fact::Answered {
                order: order.clone(),
                agree: true,
                why: "".into(),
                moved: wanted,
            }),
            &key,
        );
        let Fact::Answered { order: written, .. } = row.fact else {
            panic!("an answer stays one");
        };
        let answer = Request::CountersignAnswer {
            id: order.id,
            by: "boris".into(),
            agree: true,
            why: "".into(),
            signature: None,
            order: Some(order.clone()),
        };
        let Request::CountersignAnswer { signature, .. } = signed(answer, &key) else {
            panic!("an answer stays one");
        };
        assert!(signature.is_some() && signature == written.countersignature);
        assert!(written.signature.is_none(), "in nobody else's name");
        // What only waits, and what is refused, is signed by nobody.
        let asked = Fact::Asked {
            order: order.clone(),
            wanted,
        };
        assert_eq!(with_signature(entry(asked.clone()), &key).fact, asked);
        let refused = Fact::Answered {
            order,
            agree: false,
            why: "no".into(),
            moved: wanted,
        };
        assert_eq!(with_signature(entry(refused.clone()), &key).fact, refused);
    }
}
