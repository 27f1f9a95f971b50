//! Who may do what: ranks, scopes and limits, and the hands that authority over a site goes through.
//!
//! Invariant: authority has one holder or none, and each change of hands raises the epoch by one, so an order that was
//! made under other hands can be told by its epoch.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::deed::{Act, Deed};
use crate::domain::fleet::{Authority, LOCKOUT, Tag};
use crate::domain::ids::SiteId;
use crate::domain::link::Request;
use crate::domain::operator::{Operator, Rank, TwoPersons};
use crate::domain::order::{OrderKind, Reason};
use crate::domain::sentence::{Sentence, told};
use crate::domain::units::Power;

fn stated(code: &str, text: Sentence) -> Reason {
    Reason::Stated {
        code: code.into(),
        text,
    }
}

/// What somebody would have moved with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    /// By the order: its targets, and what may take their place.
    pub order: Power,
    /// By what they moved before it, the same way.
    pub before: Power,
    /// In so much time.
    pub window: Duration,
}

impl Moved {
    /// All of it.
    pub fn in_all(self) -> Power {
        self.order + self.before
    }
}

/// What stands against `operator` ordering `sites` to move `moved`. Empty: they may.
pub fn against_order<'a>(
    operator: &Operator,
    sites: impl Iterator<Item = &'a SiteId>,
    moved: Moved,
) -> Vec<Reason> {
    let mut against = Vec::new();
    if !matches!(operator.rank, Rank::Operator | Rank::Dispatcher) {
        against.push(stated(
            "rank",
            told!(
                "rank",
                "{name} is {rank}: {why}",
                name = &*operator.name,
                rank = operator.rank.word(),
                why = told!("orders-rank", "orders need an operator or a dispatcher"),
            ),
        ));
    }
    let mut outside: Vec<&str> = sites
        .filter(|site| !operator.covers(site))
        .map(SiteId::as_str)
        .collect();
    outside.sort_unstable();
    outside.dedup();
    if let Some(site) = outside.first() {
        let name = &*operator.name;
        let text = match outside.len() - 1 {
            0 => told!(
                "scope-order",
                "{site} is not {name}'s to order",
                site = *site,
                name = name
            ),
            more => told!(
                "scope-orders",
                "{site} and {more} more sites is not {name}'s to order",
                site = *site,
                more = more,
                name = name
            ),
        };
        against.push(stated("scope", text));
    }
    against.extend(over_limit(operator, moved));
    against
}

/// What stands against `doer` doing this to `sites`, whatever becomes of it there; `issuer` is who gave the order or hung
/// the tag that it is about.
pub fn against_act(
    doer: &Operator,
    request: &Request,
    sites: &[SiteId],
    issuer: Option<&str>,
) -> Result<(), Reason> {
    let name = &doer.name;
    let own = issuer == Some(&**name);
    let against = match request {
        Request::OrderQuery(_) if !orders(doer.rank) => {
            Some(told!("ask-rank", "only who may order asks like this"))
        }
        Request::OrderCancel(_) | Request::LeaseRenew(_) => match (own, doer.rank) {
            (_, Rank::Dispatcher) | (true, Rank::Operator) => None,
            _ if issuer.is_none() && orders(doer.rank) => None,
            _ => Some(told!(
                "issuers-own",
                "it is its issuer's or a dispatcher's to do"
            )),
        },
        Request::CountersignRequest(order, _) if *order.issued_by != **name => Some(told!(
            "another-name-asks",
            "nobody asks for a second person in another's name"
        )),
        Request::CountersignRequest(..) if !orders(doer.rank) => Some(told!(
            "orders-rank",
            "orders need an operator or a dispatcher"
        )),
        Request::CountersignAnswer { by, .. } if **by != **name => Some(told!(
            "another-name-answers",
            "nobody answers in another's name"
        )),
        Request::CountersignAnswer { .. } => {
            let reasons = against_second(issuer.unwrap_or_default(), doer, sites.iter());
            return reasons.into_iter().next().map_or(Ok(()), Err);
        }
        Request::AlarmAck(_) | Request::AlarmShelve { .. } if doer.rank == Rank::Viewer => {
            Some(told!("alarms-rank", "a viewer does nothing to alarms"))
        }
        Request::Deed(deed) => match deed.act {
            Act::TagSet { .. } | Act::TagClear { .. } if doer.rank == Rank::Viewer => {
                Some(told!("tag-rank", "a viewer hangs no tags"))
            }
            Act::TagClear { .. } if !own && issuer.is_some() && doer.rank != Rank::Engineer => {
                Some(told!(
                    "tag-owner",
                    "a tag is its owner's or an engineer's to take off"
                ))
            }
            Act::TagSet { .. } | Act::TagClear { .. } => None,
            Act::Take if doer.rank != Rank::Dispatcher => Some(told!(
                "take-rank",
                "only a dispatcher takes authority from another: ask the holder to release it"
            )),
            _ if !orders(doer.rank) => Some(told!(
                "authority-rank",
                "authority is held by operators and dispatchers only"
            )),
            _ => None,
        },
        _ => None,
    };
    if let Some(why) = against {
        let rank = doer.rank.word();
        let text = told!(
            "rank",
            "{name} is {rank}: {why}",
            name = &**name,
            rank = rank,
            why = why
        );
        return Err(stated("rank", text));
    }
    match sites.iter().find(|site| !doer.covers(site)) {
        Some(site) => Err(stated(
            "scope",
            told!(
                "scope",
                "{site} is not {name}'s",
                site = site.as_str(),
                name = &**name
            ),
        )),
        None => Ok(()),
    }
}

/// Does this rank order anything?
const fn orders(rank: Rank) -> bool {
    matches!(rank, Rank::Operator | Rank::Dispatcher)
}

/// Is that more than they may move?
pub fn over_limit(operator: &Operator, moved: Moved) -> Option<Reason> {
    let limit = operator.limit.filter(|limit| moved.in_all() > *limit)?;
    let text = told!(
        "limit",
        "{name} may move at most {most_kw} MW in {window_ms}, not {moved_kw}",
        name = &*operator.name,
        most_kw = limit.watts() / 1_000,
        window_ms = moved.window.as_millis() as i64,
        moved_kw = moved.in_all().watts() / 1_000,
    );
    Some(stated("limit", text))
}

/// Does moving so much, in one order or several, need a second person?
pub fn needs_two(rule: TwoPersons, kind: OrderKind, moved: Power) -> bool {
    let above = match kind {
        OrderKind::Curtail => rule.shed_above,
        OrderKind::Restore => rule.restore_above,
    };
    above.is_some_and(|limit| moved > limit)
}

/// What stands against `second` agreeing to an order of `first`. Empty: they may.
pub fn against_second<'a>(
    first: &str,
    second: &Operator,
    sites: impl Iterator<Item = &'a SiteId>,
) -> Vec<Reason> {
    let mut against = Vec::new();
    if *second.name == *first {
        against.push(stated(
            "same_person",
            told!("same-person", "the second person must be another one"),
        ));
    }
    if second.rank == Rank::Viewer {
        against.push(stated(
            "rank",
            told!(
                "rank",
                "{name} is {rank}: {why}",
                name = &*second.name,
                rank = second.rank.word(),
                why = told!("agree-rank", "a viewer can't agree to an order"),
            ),
        ));
    }
    let mut sites = sites;
    if let Some(site) = sites.find(|site| !second.covers(site)) {
        against.push(stated(
            "scope",
            told!(
                "scope-agree",
                "{site} is not {name}'s to agree to",
                site = site.as_str(),
                name = &*second.name
            ),
        ));
    }
    against
}

/// The authority over a site after `deed`, or why it stays where it is. `rank` is the doer's, none where the gateway
/// knows no operators (then anybody may do anything that is not another's).
pub fn hands(now: &Authority, deed: &Deed, rank: Option<Rank>) -> Result<Authority, Reason> {
    if rank.is_some_and(|rank| !matches!(rank, Rank::Operator | Rank::Dispatcher)) {
        return Err(stated(
            "rank",
            told!(
                "authority-rank",
                "authority is held by operators and dispatchers only"
            ),
        ));
    }
    if deed.epoch != now.epoch {
        return Err(Reason::OldEpoch);
    }
    let held_by_doer = now.holder.as_deref() == Some(&*deed.by);
    let holder = match (&deed.act, &now.holder) {
        (Act::Request, None) => Some(Arc::clone(&deed.by)),
        (Act::Request | Act::Take, Some(_)) if held_by_doer => return Err(Reason::AlreadyThere),
        (Act::Release, _) if held_by_doer => None,
        (Act::Request | Act::Release, Some(holder)) => {
            return Err(Reason::Authority {
                holder: Arc::clone(holder),
            });
        }
        (Act::Release, None) => return Err(Reason::AlreadyThere),
        (Act::Take, _) if rank.is_none_or(|rank| rank == Rank::Dispatcher) => {
            Some(Arc::clone(&deed.by))
        }
        (Act::Take, _) => {
            return Err(stated(
                "rank",
                told!(
                    "take-rank",
                    "only a dispatcher takes authority from another: ask the holder to release it"
                ),
            ));
        }
        (Act::TagSet { .. } | Act::TagClear { .. }, _) => return Err(Reason::BadTarget),
    };
    Ok(Authority {
        holder,
        epoch: now.epoch.saturating_add(1),
    })
}

/// Most tags on one block. The last place is a lockout's: nobody fills it with others.
pub const MOST_TAGS: usize = 8;

/// A block's tags after `deed`, or why they stay as they are. A lockout is cleared by its owner, or by an engineer.
pub fn tags(now: &[Tag], deed: &Deed, rank: Option<Rank>) -> Result<Vec<Tag>, Reason> {
    if rank == Some(Rank::Viewer) {
        return Err(stated("rank", told!("tag-rank", "a viewer hangs no tags")));
    }
    let mut tags = now.to_vec();
    match &deed.act {
        Act::TagSet { kind, .. } => {
            if tags.iter().any(|tag| tag.kind == *kind) {
                return Err(Reason::AlreadyThere);
            }
            let others = tags.iter().filter(|tag| &*tag.kind != LOCKOUT).count();
            if &**kind != LOCKOUT && others >= MOST_TAGS - 1 {
                return Err(stated(
                    "full",
                    told!("tags-full", "{n} tags hang there already", n = others),
                ));
            }
            tags.push(Tag {
                id: Some(deed.id),
                kind: Arc::clone(kind),
                owner: Arc::clone(&deed.by),
                reason: Arc::clone(&deed.reason),
            });
        }
        Act::TagClear { kind, tag: id, .. } => {
            let Some(at) = tags.iter().position(|tag| tag.kind == *kind) else {
                return Err(Reason::AlreadyThere);
            };
            // It is that very tag that was seen and comes off, not one that was hung in its place since.
            let hung = tags[at].id;
            if (hung.is_some() && id.is_none() && rank.is_some()) || (id.is_some() && *id != hung) {
                return Err(stated(
                    "another_tag",
                    told!(
                        "another-tag",
                        "another tag hangs there than the one named: look again"
                    ),
                ));
            }
            if *tags[at].owner != *deed.by && rank.is_some_and(|rank| rank != Rank::Engineer) {
                return Err(Reason::Tagged {
                    owner: Arc::clone(&tags[at].owner),
                });
            }
            tags.remove(at);
        }
        Act::Request | Act::Release | Act::Take => return Err(Reason::BadTarget),
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ids::{BlockId, OrderId};
    use crate::domain::operator::PublicKey;
    use crate::domain::time::Timestamp;

    fn deed(act: Act, by: &str, epoch: u64) -> Deed {
        Deed {
            id: OrderId(1),
            site: SiteId::new("astravets"),
            act,
            epoch,
            by: by.into(),
            reason: "shift".into(),
            at: Timestamp::from_millis(0),
            gateway: None,
            desk: None,
            signature: None,
        }
    }

    fn operator(rank: Rank, sites: Option<&[&str]>, limit_mw: Option<i64>) -> Operator {
        Operator {
            name: "anna".into(),
            rank,
            key: PublicKey([0; 32]),
            sites: sites.map(|sites| sites.iter().map(|site| SiteId::new(site)).collect()),
            limit: limit_mw.map(Power::from_megawatts),
        }
    }

    fn codes(reasons: &[Reason]) -> Vec<&str> {
        reasons.iter().map(Reason::code).collect()
    }

    #[test]
    fn an_order_is_held_against_rank_scope_and_limit() {
        let sites = [SiteId::new("astravets"), SiteId::new("lukoml")];
        let may = |o: &Operator, mw: i64| {
            let moved = Moved {
                order: Power::from_megawatts(mw - 5),
                before: Power::from_megawatts(5),
                window: Duration::from_mins(15),
            };
            codes(&against_order(o, sites.iter(), moved)).join(" ")
        };
        assert_eq!(may(&operator(Rank::Operator, None, None), 2_400), "");
        assert_eq!(may(&operator(Rank::Dispatcher, None, Some(300)), 300), "");
        assert_eq!(
            may(&operator(Rank::Engineer, Some(&["lukoml"]), Some(10)), 11),
            "rank scope limit"
        );
        assert_eq!(may(&operator(Rank::Viewer, None, None), 1), "rank");
    }

    #[test]
    fn two_persons_are_needed_above_the_limit_only() {
        let rule = TwoPersons {
            shed_above: Some(Power::from_megawatts(250)),
            restore_above: None,
        };
        let mw = Power::from_megawatts;
        assert!(!needs_two(rule, OrderKind::Curtail, mw(250)));
        assert!(needs_two(rule, OrderKind::Curtail, mw(251)));
        assert!(!needs_two(rule, OrderKind::Restore, mw(2_400)));
        let sites = [SiteId::new("astravets")];
        let second = operator(Rank::Operator, None, None);
        assert!(against_second("boris", &second, sites.iter()).is_empty());
        let same = against_second("anna", &second, sites.iter());
        assert_eq!(codes(&same), ["same_person"]);
        let viewer = operator(Rank::Viewer, Some(&["lukoml"]), None);
        let against = against_second("boris", &viewer, sites.iter());
        assert_eq!(codes(&against), ["rank", "scope"]);
    }

    #[test]
    fn authority_goes_from_hand_to_hand() {
        let free = Authority::default();
        let anna = hands(&free, &deed(Act::Request, "anna", 0), Some(Rank::Operator))
            .expect("nobody holds it");
        assert_eq!((anna.holder.as_deref(), anna.epoch), (Some("anna"), 1));
        let boris = |act, epoch, rank| hands(&anna, &deed(act, "boris", epoch), Some(rank));
        let code = |result: Result<Authority, Reason>| result.map_err(|r| r.code().to_owned());
        let refused = |c: &str| Err::<Authority, String>(c.to_owned());
        assert_eq!(
            code(boris(Act::Request, 1, Rank::Dispatcher)),
            refused("authority")
        );
        assert_eq!(code(boris(Act::Take, 1, Rank::Operator)), refused("rank"));
        assert_eq!(
            code(boris(Act::Take, 0, Rank::Dispatcher)),
            refused("old_epoch")
        );
        assert_eq!(
            code(boris(Act::Release, 1, Rank::Dispatcher)),
            refused("authority")
        );
        let taken = boris(Act::Take, 1, Rank::Dispatcher).expect("a dispatcher takes it");
        assert_eq!((taken.holder.as_deref(), taken.epoch), (Some("boris"), 2));
        let back = hands(&taken, &deed(Act::Release, "boris", 2), None).expect("his own");
        assert_eq!((back.holder, back.epoch), (None, 3));
    }

    #[test]
    fn a_lockout_is_its_owners_or_an_engineers_to_clear() {
        let set = |by: &str| {
            let act = Act::TagSet {
                block: BlockId::new("1"),
                kind: "maintenance".into(),
            };
            deed(act, by, 0)
        };
        let clear = |by: &str| {
            let act = Act::TagClear {
                block: BlockId::new("1"),
                kind: "maintenance".into(),
                tag: Some(OrderId(1)),
            };
            deed(act, by, 0)
        };
        let hung = tags(&[], &set("anna"), Some(Rank::Engineer)).expect("free");
        assert_eq!(&*hung[0].owner, "anna");
        assert!(tags(&hung, &set("boris"), Some(Rank::Engineer)).is_err());
        assert!(tags(&hung, &clear("boris"), Some(Rank::Dispatcher)).is_err());
        let off = |by: &str, rank| tags(&hung, &clear(by), Some(rank)).map(|tags| tags.len());
        assert_eq!(off("anna", Rank::Operator), Ok(0));
        assert_eq!(off("boris", Rank::Engineer), Ok(0));
        assert!(tags(&[], &set("v"), Some(Rank::Viewer)).is_err());
    }

    #[test]
    fn however_many_tags_hang_there_a_lockout_finds_its_place() {
        let set = |kind: &str| {
            let act = Act::TagSet {
                block: BlockId::new("1"),
                kind: kind.into(),
            };
            deed(act, "boris", 0)
        };
        let mut hung = Vec::new();
        for number in 0..20 {
            let next = tags(&hung, &set(&number.to_string()), Some(Rank::Operator));
            hung = next.unwrap_or(hung);
        }
        assert_eq!(hung.len(), MOST_TAGS - 1);
        let hung = tags(&hung, &set("maintenance"), Some(Rank::Engineer)).expect("its own place");
        let full = tags(&hung, &set("more"), Some(Rank::Operator)).expect_err("no place");
        assert_eq!((hung.len(), full.code()), (MOST_TAGS, "full"));
    }

    proptest! {
        /// Whatever is asked in whatever order, the epoch rises by one with each change of hands and never otherwise,
        /// and nobody loses authority to a rank that may not take it.
        #[test]
        fn the_epoch_counts_changes_of_hands(
            asks in proptest::collection::vec((0_u8..3, 0_u8..3, 0_u8..4, 0_u64..4), 0..60),
        ) {
            let ranks = [Rank::Viewer, Rank::Operator, Rank::Dispatcher, Rank::Engineer];
            let names = ["anna", "boris", "vera"];
            let mut now = Authority::default();
            for (act, who, rank, behind) in asks {
                let rank = ranks[usize::from(rank)];
                let act = [Act::Request, Act::Release, Act::Take][usize::from(act)].clone();
                let name = names[usize::from(who)];
                let asked = deed(act.clone(), name, now.epoch.saturating_sub(behind));
                let before = now.clone();
                if let Ok(after) = hands(&now, &asked, Some(rank)) {
                    prop_assert_eq!(after.epoch, before.epoch + 1);
                    prop_assert!(after.holder != before.holder);
                    prop_assert!(asked.epoch == before.epoch);
                    prop_assert!(matches!(rank, Rank::Operator | Rank::Dispatcher));
                    if before.holder.is_some() && before.holder.as_deref() != Some(name) {
                        prop_assert!(rank == Rank::Dispatcher && act == Act::Take);
                    }
                    now = after;
                }
            }
        }
    }
}
