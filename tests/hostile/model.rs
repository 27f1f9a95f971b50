//! Authority, tags and ids against a model of them, by chance: whatever is signed, altered, doubled or sent late, the
//! gateway stands where the contract (`src/guide/feed.md`, "Acts") says, over restarts too.
//!
//! 100 sequences by default, as many as `BASELOAD_SEQUENCES` says (`tests/run long acts`: 10,000).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use baseload::domain::act::Stamp;
use baseload::domain::deed::{Act, Deed};
use baseload::domain::fleet::Block;
use baseload::domain::ids::{BlockKey, GatewayId, OrderId, SiteId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::operator::Rank;
use baseload::domain::order::{
    Order, OrderKind, OrderStatus, OrderTarget, Phase, PlanHash, Reason, TargetStatus,
};
use baseload::domain::time::Timestamp;
use baseload::domain::units::Power;
use baseload::feed::protocol::{act_form, deed_form, order_form};
use baseload::gateway::roll::Roll;
use baseload::gateway::simulator::{GATEWAY, NATION, Simulator, SimulatorOptions};
use baseload::gateway::{Gateway, LinkId, Refusal};
use data_encoding::HEXLOWER;
use ed25519_dalek::Signer;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::attacker::Person;
use crate::prompt::opened;

/// 2026-11-22T08:00:00Z: no evening peak near.
const START: Timestamp = Timestamp::from_millis(1_795_334_400_000);
/// An act of another time than this is not done.
const NEAR_MS: i64 = 300_000;
const LINK: LinkId = LinkId(1);
/// Who there is; the last one stands on no roll. Boris may act at the first site only.
const PEOPLE: [(&str, Option<Rank>); 5] = [
    ("anna", Some(Rank::Operator)),
    ("boris", Some(Rank::Operator)),
    ("dina", Some(Rank::Dispatcher)),
    ("vera", Some(Rank::Viewer)),
    ("stranger", None),
];
const BORIS: usize = 1;
const KINDS: [&str; 2] = ["maintenance", "note"];

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Twist {
    Nothing,
    SignedBy(usize),
    Unsigned,
    OtherGateway,
    /// Its time is so far off, ms.
    Off(i64),
    StaleEpoch,
    /// A field is changed after it was signed.
    Altered,
    /// The id of the act so many before it.
    IdOf(usize),
}

#[derive(Debug, Clone)]
enum Deal {
    Request,
    Release,
    Take,
    TagSet {
        block: usize,
        kind: usize,
    },
    TagClear {
        block: usize,
        kind: usize,
        wrong: bool,
    },
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u32),
    Restart,
    Deed {
        who: usize,
        site: usize,
        deal: Deal,
        twist: Twist,
    },
    Order {
        who: usize,
        site: usize,
        block: usize,
        /// Of both blocks of the site, that one first.
        both: bool,
        id: u128,
        kind: OrderKind,
        twist: Twist,
    },
    Query {
        who: usize,
        id: u128,
        signed: bool,
    },
    Cancel {
        who: usize,
        id: u128,
        twist: Twist,
    },
    /// What was sent so many messages ago comes once more.
    Replay(usize),
}

fn twist() -> impl Strategy<Value = Twist> {
    prop_oneof![
        12 => Just(Twist::Nothing),
        1 => (0..PEOPLE.len()).prop_map(Twist::SignedBy),
        1 => Just(Twist::Unsigned),
        1 => Just(Twist::OtherGateway),
        1 => prop_oneof![Just(-NEAR_MS - 1), Just(-NEAR_MS), Just(NEAR_MS), Just(NEAR_MS + 1), Just(i64::from(i32::MAX))]
            .prop_map(Twist::Off),
        1 => Just(Twist::StaleEpoch),
        1 => Just(Twist::Altered),
        1 => (0_usize..6).prop_map(Twist::IdOf),
    ]
}

/// Mostly those who may do much, so that there is something to take back.
fn who() -> impl Strategy<Value = usize> + Clone {
    proptest::sample::select(vec![0_usize, 0, 0, 1, 2, 2, 3, 4])
}

fn deal() -> impl Strategy<Value = Deal> {
    prop_oneof![
        1 => Just(Deal::Request),
        1 => Just(Deal::Release),
        1 => Just(Deal::Take),
        2 => (0_usize..2, 0_usize..2).prop_map(|(block, kind)| Deal::TagSet { block, kind }),
        2 => (0_usize..2, 0_usize..2, proptest::bool::weighted(0.2))
            .prop_map(|(block, kind, wrong)| Deal::TagClear { block, kind, wrong }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let (who, site, block) = (who(), 0_usize..2, 0_usize..2);
    let kind = prop_oneof![3 => Just(OrderKind::Curtail), 1 => Just(OrderKind::Restore)];
    prop_oneof![
        2 => (1_u32..5_000).prop_map(Step::Wait),
        1 => prop_oneof![Just(60_000), Just(299_999), Just(300_001)].prop_map(Step::Wait),
        1 => Just(Step::Restart),
        6 => (who.clone(), site.clone(), deal(), twist())
            .prop_map(|(who, site, deal, twist)| Step::Deed { who, site, deal, twist }),
        4 => (who.clone(), site, block, any::<bool>(), 1_u128..8, kind, twist())
            .prop_map(|(who, site, block, both, id, kind, twist)| Step::Order { who, site, block, both, id, kind, twist }),
        1 => (who.clone(), 1_u128..8, any::<bool>())
            .prop_map(|(who, id, signed)| Step::Query { who, id, signed }),
        2 => (who, 1_u128..8, twist()).prop_map(|(who, id, twist)| Step::Cancel { who, id, twist }),
        5 => (0_usize..8).prop_map(Step::Replay),
    ]
}

/// Holder, epoch and sequence of a site.
type Hands = (Option<Arc<str>>, u64, u64);
type Tags = Vec<(OrderId, Arc<str>, Arc<str>)>;

/// What the contract says of authority, tags and ids.
#[derive(Debug, Clone, PartialEq, Default)]
struct Model {
    hands: BTreeMap<SiteId, (Option<Arc<str>>, u64)>,
    tags: BTreeMap<BlockKey, Tags>,
    /// Acts that were done, with what was signed and when they were of.
    used: BTreeMap<u128, (Vec<u8>, Timestamp)>,
    /// Of those, what was refused as of a time to come: that is kept in memory alone.
    later: Vec<(u128, Timestamp)>,
    /// Orders that were taken in, with what was signed.
    orders: BTreeMap<u128, Vec<u8>>,
    /// Ids of orders that somebody known has signed: the refused ones may be remembered, too.
    heard: BTreeSet<u128>,
    /// Who issued those that were taken in.
    issuers: BTreeMap<u128, Arc<str>>,
    /// Blocks that were called back, by order: that order never moves them.
    back: BTreeMap<u128, BTreeSet<BlockKey>>,
    /// Ids that are dead for somebody's orders.
    dead: Vec<(u128, Arc<str>)>,
}

struct Trial {
    gateway: Simulator,
    folder: tempfile::TempDir,
    roll: Arc<Roll>,
    people: Vec<Person>,
    now: Timestamp,
    sites: Vec<SiteId>,
    blocks: Vec<Block>,
    model: Model,
    acts: u128,
    sent: Vec<Request>,
}

fn options(roll: &Arc<Roll>, now: Timestamp) -> SimulatorOptions {
    SimulatorOptions {
        sites: 4,
        blocks_per_site: Some(3),
        roll: Some(Arc::clone(roll)),
        ..SimulatorOptions::at(now)
    }
}

fn started(roll: &Arc<Roll>, folder: &Path, now: Timestamp) -> Simulator {
    let mut gateway = Simulator::new(options(roll, now));
    let (keep, past) = opened(&folder.join("journal"), GATEWAY, || START);
    gateway.durable(Box::new(keep), past);
    gateway
}

impl Trial {
    fn new() -> Self {
        let people: Vec<Person> = PEOPLE.iter().map(|(name, _)| Person::new(name)).collect();
        let mut site_of = Simulator::new(SimulatorOptions {
            sites: 4,
            ..SimulatorOptions::at(START)
        })
        .snapshot(Topic::Fleet)
        .into_iter()
        .filter_map(|item| match item {
            Item::Site(site) => Some(site.id),
            _ => None,
        });
        let sites: Vec<SiteId> = site_of.by_ref().take(2).collect();
        let entries: String = people
            .iter()
            .zip(PEOPLE)
            .filter_map(|(person, (_, rank))| {
                let own = format!("sites = [\"{}\"]", sites[0].as_str());
                let more = if person.name == PEOPLE[BORIS].0 {
                    &*own
                } else {
                    ""
                };
                rank.map(|rank| person.entry(rank.word(), more))
            })
            .collect();
        let roll = Arc::new(Roll::parse(&entries).expect("a sound roll"));
        // In memory where there is such a place: what is tried is not the disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        }
        .expect("a scratch folder");
        let gateway = started(&roll, folder.path(), START);
        let mut trial = Self {
            gateway,
            folder,
            roll,
            people,
            now: START,
            sites,
            blocks: Vec::new(),
            model: Model::default(),
            acts: 1_000,
            sent: Vec::new(),
        };
        trial.blocks = trial
            .stand()
            .1
            .into_values()
            .filter(|block| block.tags.is_empty())
            .collect();
        trial.model = trial.stands();
        trial
    }

    /// Sites and blocks as the gateway tells them.
    fn stand(&self) -> (BTreeMap<SiteId, Hands>, BTreeMap<BlockKey, Block>) {
        let (mut sites, mut blocks) = (BTreeMap::new(), BTreeMap::new());
        for item in self.gateway.snapshot(Topic::Fleet) {
            match item {
                Item::Site(site) => {
                    let hands = (site.authority.holder, site.authority.epoch, site.site_seq);
                    sites.insert(site.id, hands);
                }
                Item::Block(block) => {
                    blocks.insert(BlockKey::new(&block.site, &block.id), *block);
                }
                _ => {}
            }
        }
        (sites, blocks)
    }

    /// The same in the model's words; ids and orders are the model's own.
    fn stands(&self) -> Model {
        let (sites, blocks) = self.stand();
        let hung = |block: Block| -> Tags {
            let tags = block.tags.into_iter();
            tags.filter_map(|tag| Some((tag.id?, tag.kind, tag.owner)))
                .collect()
        };
        Model {
            hands: sites
                .into_iter()
                .map(|(id, (holder, epoch, _))| (id, (holder, epoch)))
                .collect(),
            tags: blocks
                .into_iter()
                .map(|(key, block)| (key, hung(block)))
                .filter(|(_, t)| !t.is_empty())
                .collect(),
            ..self.model.clone()
        }
    }

    fn targets(&self) -> BTreeMap<BlockKey, Power> {
        let (_, blocks) = self.stand();
        blocks
            .into_iter()
            .map(|(key, block)| (key, block.target))
            .collect()
    }

    /// Targets that changed, those of orders under way left out: a restore gives back block by block.
    fn moved(
        &self,
        before: &BTreeMap<BlockKey, Power>,
        busy: &BTreeSet<BlockKey>,
    ) -> Vec<BlockKey> {
        let after = self.targets().into_iter();
        after
            .filter(|(key, target)| before[key] != *target && !busy.contains(key))
            .map(|(key, _)| key)
            .collect()
    }

    /// Blocks of orders under way.
    fn busy(&self) -> BTreeSet<BlockKey> {
        let mut busy = BTreeSet::new();
        for item in self.gateway.snapshot(Topic::Order) {
            if let Item::Order(status) = item {
                let open = status
                    .targets
                    .iter()
                    .filter(|target| !target.phase.is_final());
                busy.extend(open.map(|target| BlockKey::new(&target.site, &target.block)));
            }
        }
        busy
    }

    /// A block of the site that bears no tag from the start.
    fn block(&self, site: usize, block: usize) -> Block {
        let of: Vec<&Block> = self
            .blocks
            .iter()
            .filter(|b| b.site == self.sites[site])
            .collect();
        of[block % of.len()].clone()
    }

    fn id(&mut self, twist: Twist) -> OrderId {
        self.acts += 1;
        match twist {
            Twist::IdOf(before) => OrderId((self.acts - 1 - before as u128).max(1_001)),
            _ => OrderId(self.acts),
        }
    }

    fn signed(&self, who: usize, twist: Twist, form: &[u8]) -> Option<Arc<str>> {
        let signer = match twist {
            Twist::Unsigned => return None,
            Twist::SignedBy(other) => other,
            _ => who,
        };
        let signature = self.people[signer].key.sign(form);
        Some(HEXLOWER.encode(&signature.to_bytes()).into())
    }

    fn deed(&mut self, who: usize, site: usize, deal: &Deal, twist: Twist) -> Deed {
        let key = |block: &Block| BlockKey::new(&block.site, &block.id);
        let act = match deal {
            Deal::Request => Act::Request,
            Deal::Release => Act::Release,
            Deal::Take => Act::Take,
            Deal::TagSet { block, kind } => Act::TagSet {
                block: self.block(site, *block).id,
                kind: KINDS[*kind].into(),
            },
            Deal::TagClear { block, kind, wrong } => {
                let block = self.block(site, *block);
                let hung = self.model.tags.get(&key(&block)).and_then(|tags| {
                    tags.iter()
                        .find(|(_, k, _)| **k == *KINDS[*kind])
                        .map(|(id, ..)| *id)
                });
                Act::TagClear {
                    block: block.id,
                    kind: KINDS[*kind].into(),
                    tag: if *wrong { Some(OrderId(77)) } else { hung },
                }
            }
        };
        let epoch = self.model.hands[&self.sites[site]].1;
        let off = if let Twist::Off(ms) = twist { ms } else { 0 };
        let mut deed = Deed {
            id: self.id(twist),
            site: self.sites[site].clone(),
            act,
            epoch: if twist == Twist::StaleEpoch {
                epoch.wrapping_sub(1)
            } else {
                epoch
            },
            by: self.people[who].name.into(),
            reason: "by chance".into(),
            at: self.now.shifted(off),
            gateway: Some(GatewayId::new(if twist == Twist::OtherGateway {
                "other"
            } else {
                GATEWAY
            })),
            desk: Some("A".into()),
            signature: None,
        };
        deed.signature = self.signed(who, twist, &deed_form(&deed));
        if twist == Twist::Altered {
            deed.reason = "altered".into();
        }
        deed
    }

    fn order(
        &mut self,
        who: usize,
        (site, block, both): (usize, usize, bool),
        id: u128,
        kind: OrderKind,
        twist: Twist,
    ) -> Order {
        let mut blocks = vec![self.block(site, block)];
        let other = self.block(site, block + 1);
        blocks.extend((both && other.id != blocks[0].id).then_some(other));
        let (sites, _) = self.stand();
        let (_, epoch, seq) = &sites[&self.sites[site]];
        let off = if let Twist::Off(ms) = twist { ms } else { 0 };
        let issued_at = self.now.shifted(off);
        let mut order = Order {
            id: OrderId(id),
            plan: PlanHash([0; 32]),
            nation: NATION.into(),
            gateway: GatewayId::new(if twist == Twist::OtherGateway {
                "other"
            } else {
                GATEWAY
            }),
            kind,
            targets: blocks
                .iter()
                .map(|block| OrderTarget {
                    site: block.site.clone(),
                    block: block.id.clone(),
                    target: if kind == OrderKind::Curtail {
                        block.floor
                    } else {
                        block.nameplate
                    },
                    epoch: if twist == Twist::StaleEpoch {
                        epoch.wrapping_sub(1)
                    } else {
                        *epoch
                    },
                    site_seq: seq + 1,
                    after: Duration::ZERO,
                })
                .collect(),
            substitutes: Vec::new(),
            extra_max: Power::ZERO,
            reason: "by chance".into(),
            issued_by: self.people[who].name.into(),
            countersigned_by: None,
            issued_at,
            expires_at: self.now + Duration::from_mins(1),
            lease: Duration::ZERO,
            emergency: false,
            signature: None,
            countersignature: None,
            desk: Some("A".into()),
            countersigned_desk: None,
            freq_seen: None,
            not_before: None,
        };
        order.signature = self.signed(who, twist, &order_form(&order));
        if twist == Twist::Altered {
            order.reason = "altered".into();
        }
        order
    }

    fn stamped(&mut self, who: usize, request: Request, twist: Twist) -> Request {
        let off = if let Twist::Off(ms) = twist { ms } else { 0 };
        let mut stamp = Stamp {
            act: self.id(twist),
            gateway: GatewayId::new(if twist == Twist::OtherGateway {
                "other"
            } else {
                GATEWAY
            }),
            by: self.people[who].name.into(),
            desk: "A".into(),
            at: self.now.shifted(off),
            raised: None,
            signature: None,
        };
        stamp.signature = self.signed(who, twist, &act_form(&request, &stamp));
        if twist == Twist::Altered {
            stamp.desk = "B".into();
        }
        Request::Stamped(Box::new(request), Box::new(stamp))
    }

    /// The rank of who signed this, where it is who it says.
    fn signer(&self, by: &str, form: &[u8], signature: Option<&Arc<str>>) -> Option<Rank> {
        let at = self.people.iter().position(|person| person.name == by)?;
        let right = self.signed(at, Twist::Nothing, form)?;
        (signature == Some(&right)).then_some(PEOPLE[at].1)?
    }

    fn covers(&self, by: &str, site: &SiteId) -> bool {
        by != PEOPLE[BORIS].0 || *site == self.sites[0]
    }

    /// May this act be done at all: whose it is, where, when, and under its own id?
    fn is_new(&self, (id, form): (OrderId, &[u8]), gateway: Option<&str>, at: Timestamp) -> bool {
        let near = (self.now.millis() - at.millis()).abs() <= NEAR_MS;
        // An id is remembered as long as its act could be taken; after that its time bars it.
        let used = self
            .model
            .used
            .get(&id.0)
            .is_some_and(|(was, of)| was == form || self.now.millis() <= of.millis() + NEAR_MS);
        gateway == Some(GATEWAY) && near && !used
    }

    /// What is signed for a time to come is refused, and not done then either: its id is kept until it could be.
    fn not_later(
        &self,
        model: &mut Model,
        (id, form): (OrderId, Vec<u8>),
        gateway: Option<&str>,
        at: Timestamp,
    ) {
        let to_come = at.millis() > self.now.millis() + NEAR_MS;
        if gateway == Some(GATEWAY) && to_come {
            model.used.entry(id.0).or_insert_with(|| {
                model.later.push((id.0, at));
                (form, at)
            });
        }
    }

    /// What a deed brings about.
    fn after(&self, deed: &Deed) -> Model {
        let mut after = self.model.clone();
        let form = deed_form(deed);
        let Some(rank) = self.signer(&deed.by, &form, deed.signature.as_ref()) else {
            return after;
        };
        let gateway = deed.gateway.as_ref().map(GatewayId::as_str);
        let tags = matches!(deed.act, Act::TagSet { .. } | Act::TagClear { .. });
        let ranked = match rank {
            Rank::Viewer => false,
            Rank::Engineer => tags,
            Rank::Operator | Rank::Dispatcher => true,
        };
        if !ranked || self.is_anothers(deed, rank) || !self.covers(&deed.by, &deed.site) {
            return after;
        }
        if !self.is_new((deed.id, &form), gateway, deed.at) {
            self.not_later(&mut after, (deed.id, form), gateway, deed.at);
            return after;
        }
        after.used.insert(deed.id.0, (form, deed.at));
        let (holder, epoch) = &self.model.hands[&deed.site];
        let own = holder.as_ref() == Some(&deed.by);
        let passes = deed.epoch == *epoch;
        let mut give = |to: Option<&Arc<str>>| {
            after
                .hands
                .insert(deed.site.clone(), (to.cloned(), epoch + 1));
        };
        match &deed.act {
            Act::Request if passes && holder.is_none() => give(Some(&deed.by)),
            Act::Release if passes && own => give(None),
            Act::Take if passes && !own && rank == Rank::Dispatcher => give(Some(&deed.by)),
            Act::TagSet { block, kind } => {
                let tags = after
                    .tags
                    .entry(BlockKey::new(&deed.site, block))
                    .or_default();
                if !tags.iter().any(|(_, k, _)| k == kind) {
                    tags.push((deed.id, Arc::clone(kind), Arc::clone(&deed.by)));
                }
            }
            Act::TagClear { block, kind, tag } => {
                let key = BlockKey::new(&deed.site, block);
                let tags = after.tags.entry(key.clone()).or_default();
                tags.retain(|(id, k, owner)| {
                    !(k == kind && Some(*id) == *tag && *owner == deed.by)
                });
                if tags.is_empty() {
                    after.tags.remove(&key);
                }
            }
            _ => {}
        }
        after
    }

    /// Is it a dispatcher's to do, or to a tag of somebody else's? Such an act is not even remembered.
    fn is_anothers(&self, deed: &Deed, rank: Rank) -> bool {
        match &deed.act {
            Act::Take => rank != Rank::Dispatcher,
            Act::TagClear { block, kind, .. } => {
                let hung = self.model.tags.get(&BlockKey::new(&deed.site, block));
                let mut hung = hung.into_iter().flatten();
                let another = hung.any(|(_, k, owner)| k == kind && *owner != deed.by);
                another && rank != Rank::Engineer
            }
            _ => false,
        }
    }

    /// May this order move its block, and is it one that is taken in?
    fn admits(&self, order: &Order) -> (bool, bool) {
        let form = order_form(order);
        let Some(rank) = self.signer(&order.issued_by, &form, order.signature.as_ref()) else {
            return (false, false);
        };
        let target = &order.targets[0];
        let near = (self.now.millis() - order.issued_at.millis()).abs() <= NEAR_MS;
        if !matches!(rank, Rank::Operator | Rank::Dispatcher)
            || !near
            || !self.covers(&order.issued_by, &target.site)
        {
            return (false, false);
        }
        let known = self.model.orders.contains_key(&order.id.0);
        let dead = self
            .model
            .dead
            .contains(&(order.id.0, Arc::clone(&order.issued_by)));
        if order.gateway.as_str() != GATEWAY {
            return (false, false);
        }
        if known || dead || order.expires_at <= self.now {
            return (false, !known);
        }
        let (holder, epoch) = &self.model.hands[&target.site];
        let locked = |target: &OrderTarget| {
            let key = BlockKey::new(&target.site, &target.block);
            let tags = self.model.tags.get(&key);
            tags.is_some_and(|tags| tags.iter().any(|(_, k, _)| &**k == "maintenance"))
        };
        let locked = order.targets.iter().all(locked);
        let held = holder
            .as_ref()
            .is_some_and(|holder| *holder != order.issued_by);
        (!locked && !held && target.epoch == *epoch, true)
    }

    fn send(&mut self, request: &Request) -> Result<Vec<Item>, Refusal> {
        let answer = self.gateway.request(request.clone(), LINK, self.now);
        // Telling the consoles makes the answers durable.
        drop(self.gateway.changes(Topic::Order));
        answer
    }

    /// Sends it and holds the gateway to the model.
    fn play(&mut self, request: Request) {
        self.gateway.advance(self.now);
        let (before, busy) = (self.targets(), self.busy());
        match &request {
            Request::Deed(deed) => {
                let after = self.after(deed);
                let again = self.model.used.contains_key(&deed.id.0);
                let answer = self.send(&request);
                // An id whose time is over may be remembered a little longer.
                let longer = again && matches!(&answer, Err(refusal) if refusal.code == "id_used");
                if !longer {
                    self.model = after;
                }
                assert_eq!(
                    self.stands(),
                    self.model,
                    "after {deed:?}, answered {answer:?}"
                );
                assert_eq!(self.moved(&before, &busy), [], "a deed moves no load");
            }
            Request::Order(order) => self.play_order(order, &request, (&before, &busy)),
            Request::OrderQuery(id) => {
                let answer = self.send(&request);
                if !self.model.heard.contains(&id.0) {
                    assert_eq!(phase(answer), Some(Phase::Unseen));
                }
            }
            Request::Stamped(inner, stamp) => {
                self.play_stamped(inner, stamp, &request, (&before, &busy));
            }
            other => panic!("not of this trial: {other:?}"),
        }
        self.sent.push(request);
    }

    fn play_order(
        &mut self,
        order: &Order,
        request: &Request,
        (before, busy): (&BTreeMap<BlockKey, Power>, &BTreeSet<BlockKey>),
    ) {
        let (may, taken) = self.admits(order);
        let known = self.model.orders.get(&order.id.0).cloned();
        let form = order_form(order);
        let signed = self.signer(&order.issued_by, &form, order.signature.as_ref());
        if signed.is_some() {
            self.model.heard.insert(order.id.0);
        }
        let answer = self.send(request);
        // The id is that of one of a time to come, and free once that could not be taken any more.
        let used = bears_a_used_id(&answer);
        let answer = phase(answer);
        if !may {
            let moved = self.moved(before, busy);
            assert_eq!(moved, [], "must not act: {order:?}, answered {answer:?}");
        }
        if let Some(was) = known.filter(|was| *was != order_form(order)) {
            assert_eq!(
                answer,
                Some(Phase::Rejected),
                "{was:?} bears that id: {order:?}"
            );
        }
        if taken && !used {
            self.model.orders.insert(order.id.0, order_form(order));
            let by = Arc::clone(&order.issued_by);
            self.model.issuers.entry(order.id.0).or_insert(by);
        }
        assert_eq!(
            self.stands(),
            self.model,
            "an order changes neither hands nor tags"
        );
    }

    fn play_stamped(
        &mut self,
        inner: &Request,
        stamp: &Stamp,
        request: &Request,
        (before, busy): (&BTreeMap<BlockKey, Power>, &BTreeSet<BlockKey>),
    ) {
        let form = act_form(inner, stamp);
        let rank = self.signer(&stamp.by, &form, stamp.signature.as_ref());
        let new = self.is_new((stamp.act, &form), Some(stamp.gateway.as_str()), stamp.at);
        let orders = matches!(rank, Some(Rank::Operator | Rank::Dispatcher));
        let stood = match inner {
            Request::OrderCancel(id) => self.look(*id),
            _ => None,
        };
        let answer = self.send(request);
        if let Request::OrderCancel(id) = inner {
            self.play_cancel(*id, (stamp, rank), stood.as_ref(), &answer);
        }
        let anothers = matches!(&answer, Err(no) if no.code == "rank" || no.code == "scope");
        if orders && !new && !anothers {
            let mut model = self.model.clone();
            let gateway = Some(stamp.gateway.as_str());
            self.not_later(&mut model, (stamp.act, form.clone()), gateway, stamp.at);
            self.model = model;
        }
        match inner {
            Request::OrderQuery(id) if orders && new => {
                let answer = phase(answer);
                let heard = self.model.heard.contains(&id.0);
                assert!(heard || answer == Some(Phase::NotSeen), "{answer:?}");
                if answer == Some(Phase::NotSeen) {
                    self.model.dead.push((id.0, Arc::clone(&stamp.by)));
                }
            }
            Request::OrderQuery(_) => assert_ne!(phase(answer), Some(Phase::NotSeen)),
            // Another's order is not theirs to call back: then nothing is kept of it.
            Request::OrderCancel(_) if orders && new && !anothers => {
                self.model.used.insert(stamp.act.0, (form, stamp.at));
            }
            _ => {}
        }
        assert_eq!(
            self.moved(before, busy),
            [],
            "neither a query nor a cancel moves a load"
        );
        assert_eq!(self.stands(), self.model, "nor changes hands or tags");
    }

    /// How an order stands, asked by nobody.
    fn look(&mut self, id: OrderId) -> Option<OrderStatus> {
        let look = self.gateway.request(Request::OrderLook(id), LINK, self.now);
        look.ok()?.into_iter().find_map(|item| match item {
            Item::Order(status) if status.phase != Phase::Unseen => Some(*status),
            _ => None,
        })
    }

    /// Nothing of it waits any more where it was theirs to call back, and nothing has changed where it was not.
    fn play_cancel(
        &mut self,
        id: OrderId,
        (stamp, rank): (&Stamp, Option<Rank>),
        stood: Option<&OrderStatus>,
        answer: &Result<Vec<Item>, Refusal>,
    ) {
        let stands = self.look(id);
        // After a restart an act of before is answered with how its order stands: with nothing where there is none.
        let Some(items) = answer.as_ref().ok().filter(|items| !items.is_empty()) else {
            assert_eq!(stands.as_ref(), stood, "{answer:?}");
            return;
        };
        let own = self.model.issuers.get(&id.0) == Some(&stamp.by);
        assert!(
            own || rank == Some(Rank::Dispatcher),
            "{stamp:?}: {items:?}"
        );
        let status = stands.expect("it is known");
        let told = items.iter().find_map(|item| match item {
            Item::Order(told) => Some(&**told),
            _ => None,
        });
        assert_eq!(told, Some(&status), "how it stands");
        let waits = |t: &TargetStatus| matches!(t.phase, Phase::Received | Phase::Accepted);
        assert!(!status.targets.iter().any(waits), "{status:?}");
        let back = self.model.back.entry(id.0).or_default();
        back.extend(called_back(&status));
    }

    /// What was called back stays so.
    fn stays_back(&mut self) {
        for (id, keys) in self.model.back.clone() {
            let status = self.look(OrderId(id)).expect("it is known");
            let back: BTreeSet<BlockKey> = called_back(&status).collect();
            assert_eq!(back, keys, "{status:?}");
        }
    }

    fn step(&mut self, step: &Step) {
        self.play_step(step);
        self.stays_back();
    }

    fn play_step(&mut self, step: &Step) {
        match step {
            Step::Wait(ms) => {
                self.now = self.now + Duration::from_millis(u64::from(*ms));
                self.gateway.advance(self.now);
            }
            Step::Restart => {
                for (id, at) in std::mem::take(&mut self.model.later) {
                    if self.model.used.get(&id).is_some_and(|(_, of)| *of == at) {
                        self.model.used.remove(&id);
                    }
                }
                self.restart();
            }
            Step::Deed {
                who,
                site,
                deal,
                twist,
            } => {
                let deed = self.deed(*who, *site, deal, *twist);
                self.play(Request::Deed(Box::new(deed)));
            }
            Step::Order {
                who,
                site,
                block,
                both,
                id,
                kind,
                twist,
            } => {
                let order = self.order(*who, (*site, *block, *both), *id, *kind, *twist);
                self.play(Request::Order(Box::new(order)));
            }
            Step::Query {
                who,
                id,
                signed: true,
            } => {
                let query = self.stamped(*who, Request::OrderQuery(OrderId(*id)), Twist::Nothing);
                self.play(query);
            }
            Step::Query {
                id, signed: false, ..
            } => self.play(Request::OrderQuery(OrderId(*id))),
            Step::Cancel { who, id, twist } => {
                let cancel = self.stamped(*who, Request::OrderCancel(OrderId(*id)), *twist);
                self.play(cancel);
            }
            Step::Replay(before) => {
                if let Some(at) = self.sent.len().checked_sub(1 + before) {
                    self.play(self.sent[at].clone());
                }
            }
        }
    }

    fn restart(&mut self) {
        // The old life ends before the new one opens the journal.
        self.gateway = Simulator::new(options(&self.roll, self.now));
        self.gateway = started(&self.roll, self.folder.path(), self.now);
        assert_eq!(
            self.stands(),
            self.model,
            "hands and tags outlive a restart"
        );
    }
}

fn called_back(status: &OrderStatus) -> impl Iterator<Item = BlockKey> {
    let back = |t: &&TargetStatus| {
        let code = |reason: &Reason| reason.code() == "called_back";
        t.phase == Phase::Cancelled && t.reasons.iter().any(code)
    };
    let back = status.targets.iter().filter(back);
    back.map(|t| BlockKey::new(&t.site, &t.block))
}

fn bears_a_used_id(answer: &Result<Vec<Item>, Refusal>) -> bool {
    let items = answer.iter().flatten();
    items
        .filter_map(|item| match item {
            Item::Order(status) => Some(status),
            _ => None,
        })
        .flat_map(|status| &status.targets)
        .flat_map(|target| &target.reasons)
        .any(|reason| reason.code() == "id_used")
}

fn phase(answer: Result<Vec<Item>, Refusal>) -> Option<Phase> {
    let of = |item| match item {
        Item::Order(status) => Some(OrderStatus::clone(&status).phase),
        _ => None,
    };
    answer.ok()?.into_iter().find_map(of)
}

#[test]
fn whatever_comes_the_gateway_stands_where_the_contract_says() {
    let cases = std::env::var("BASELOAD_SEQUENCES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(100);
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 10_000,
        ..Config::default()
    };
    let ran = TestRunner::new(config).run(&proptest::collection::vec(step(), 5..40), |steps| {
        let mut trial = Trial::new();
        for step in &steps {
            trial.step(step);
        }
        Ok(())
    });
    if let Err(error) = ran {
        panic!("{error}");
    }
    println!("{cases} sequences of 5 to 39 steps");
}
