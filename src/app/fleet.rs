//! The fleet as the feeds state it, put together: each site from one feed, its summary kept up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::feeds::Feed;
use super::meters::{self, Dispute, Meter, Terms};
use super::naming;
use super::summary::{self, Summary};
use super::trend::Trend;
use crate::control::interlock::{Candidate, Standing};
use crate::domain::fleet::{Block, Hall, Site};
use crate::domain::ids::{BlockId, BlockKey, FeedId, GatewayId, HallId, SiteId};
use crate::domain::link::{Item, Topic};
use crate::domain::quality::{Concern, Quality, is_stale, judged, stale_from};
use crate::domain::time::Timestamp;

/// What kind of site it is; figures of different realms are never added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Realm {
    /// A real site of the nation.
    Real,
    /// A simulated one.
    Simulated,
    /// This machine's own engine: real, but no part of the nation.
    ThisMachine,
}

/// The gateway id of this machine's own engine.
pub const LOCAL_GATEWAY: &str = "local";

/// A block with how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockView {
    /// As stated.
    pub block: Block,
    /// Its quality by age and by word, at the last tick.
    pub quality: Quality,
    /// Its name as stated; `block.name` bears its id where it may be taken for another's.
    pub(super) stated: Arc<str>,
    /// Its meter, where another feed reads it too.
    pub(super) meter: Option<Box<Meter>>,
}

/// Whose a site is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The feed.
    pub feed: FeedId,
    gateway: GatewayId,
    rank: u16,
}

impl Owner {
    fn of(feed: &Feed) -> Self {
        Self {
            feed: feed.id,
            gateway: standing_of(feed).1,
            rank: feed.preference.unwrap_or(u16::MAX),
        }
    }

    /// Does the site go to this feed whoever has it? It was first, or the desk prefers it.
    fn yields_to(&self, feed: &Feed) -> bool {
        feed.id == self.feed || Self::of(feed).rank < self.rank
    }
}

/// A site with all that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteView {
    /// As stated.
    pub site: Site,
    /// The feed that it is taken from.
    pub feed: FeedId,
    /// The feed that it is given back to; another one stands in only while that one has no link.
    pub owner: Owner,
    /// Other feeds that show it too.
    pub also_on: BTreeSet<FeedId>,
    /// What kind of site it is.
    pub realm: Realm,
    /// The gateway to which orders for it go.
    pub gateway: GatewayId,
    /// Halls.
    pub halls: BTreeMap<HallId, Hall>,
    /// Blocks.
    pub blocks: BTreeMap<BlockId, BlockView>,
    /// MW over the last 15 minutes.
    pub trend: Trend,
    /// Its figures, at the last tick.
    pub summary: Summary,
    /// The highest order sequence that this desk has used.
    pub used_seq: u64,
    /// Its id for screens and words, where it may be taken for another site.
    pub alike: Option<Arc<str>>,
    /// The first meter that feeds do not agree about, and how many there are.
    pub disputed: Option<(Dispute, usize)>,
    /// Its own meter, where another feed reads it too.
    pub(super) meter: Option<Box<Meter>>,
    /// Its name as stated; `site.name` bears its id where it may be taken for another's.
    pub(super) stated: Arc<str>,
    /// Names of halls as stated.
    pub(super) hall_names: BTreeMap<HallId, Arc<str>>,
    /// A hall or a block has another name, has come or is gone.
    pub(super) renamed: bool,
}

/// See [`Fleet::pending`].
pub type Pending = BTreeMap<BlockKey, BTreeSet<FeedId>>;

/// All sites.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fleet {
    /// By id.
    pub sites: BTreeMap<SiteId, SiteView>,
    /// Blocks with an order of ours that is not finished, and the feeds whose gateways let no emergency overtake it.
    pub pending: Pending,
    /// Sites of which the desk's config says whose they are; what another feed says of them is not used.
    pub pins: BTreeMap<SiteId, FeedId>,
    /// Pinned sites that other feeds state.
    pub claims: BTreeMap<FeedId, BTreeSet<SiteId>>,
    /// Whom a person believes about the meters of a site, while they are disputed.
    pub(super) chosen: BTreeMap<SiteId, FeedId>,
    /// A site has another name, has come or is gone.
    pub(super) renamed: bool,
}

/// A trend of a site: 15 minutes in steps of 5 s.
fn site_trend() -> Trend {
    Trend::new(Duration::from_secs(5), 180)
}

/// Sites of one feed; what a hostile feed sends beyond is left out.
pub const MAX_SITES: usize = 5_000;
/// Sites in all: more than one feed may fill, so that none leaves another's out.
pub const MAX_ALL_SITES: usize = 20_000;
/// Blocks of one site.
pub const MAX_BLOCKS: usize = 5_000;
/// Halls of one site.
pub const MAX_HALLS: usize = 500;
/// Blocks in all: bounds memory, and keeps every sum of them far from overflow.
pub const MAX_ALL_BLOCKS: usize = 250_000;
/// Thereof of one feed: the most sites with thirty blocks each.
pub const MAX_FEED_BLOCKS: usize = 150_000;

/// How many more sites and blocks there is room for.
struct Spare {
    sites: usize,
    blocks: usize,
}

impl Fleet {
    /// Takes a complete snapshot of a feed's fleet: what is not in it is gone. Gives how many items there was no room for.
    pub fn snapshot(&mut self, feed: &Feed, items: Vec<Item>) -> usize {
        let mut sites = BTreeSet::new();
        let mut halls = BTreeSet::new();
        let mut blocks = BTreeSet::new();
        for item in &items {
            match item {
                Item::Site(site) => {
                    sites.insert(site.id.clone());
                }
                Item::Hall(hall) => {
                    halls.insert((hall.site.clone(), hall.id.clone()));
                }
                Item::Block(block) => {
                    blocks.insert(block.key());
                }
                Item::BadBlock(key) => {
                    blocks.insert(key.clone());
                }
                Item::BadSite(id) => {
                    sites.insert(id.clone());
                }
                _ => {}
            }
        }
        for view in self.sites.values_mut() {
            if !sites.contains(&view.site.id) {
                view.let_go(feed.id);
            }
        }
        let before = self.sites.len();
        self.sites
            .retain(|id, view| view.feed != feed.id || sites.contains(id));
        self.renamed |= self.sites.len() != before;
        if let Some(claims) = self.claims.get_mut(&feed.id) {
            claims.retain(|id| sites.contains(id));
        }
        for view in self.sites.values_mut() {
            if view.feed == feed.id {
                let site = view.site.id.clone();
                view.renamed = true;
                view.halls
                    .retain(|id, _| halls.contains(&(site.clone(), id.clone())));
                view.blocks
                    .retain(|id, _| blocks.contains(&BlockKey::new(&site, id)));
            } else if !sites.contains(&view.site.id) {
                view.also_on.remove(&feed.id);
            }
        }
        // Sites first, so that halls and blocks find theirs whatever the order on the wire was.
        let (first, rest): (Vec<Item>, Vec<Item>) =
            items.into_iter().partition(|i| matches!(i, Item::Site(_)));
        let left = self.update(feed, first, &|_| true);
        left.saturating_add(self.update(feed, rest, &|_| true))
    }

    /// Takes items with absolute values. A site that another feed shows already stays with that feed while
    /// `live(other)`, and is flagged. Gives how many sites and blocks there was no room for.
    pub fn update(
        &mut self,
        feed: &Feed,
        items: Vec<Item>,
        live: &dyn Fn(FeedId) -> bool,
    ) -> usize {
        let mut spare = self.spare(feed.id);
        let mut left = 0;
        for item in items {
            match item {
                Item::Site(site) => left += usize::from(!self.site(feed, *site, live, &mut spare)),
                Item::Hall(hall) => {
                    if let Some(view) = self.owned(feed, &hall.site)
                        && (view.halls.len() < MAX_HALLS || view.halls.contains_key(&hall.id))
                    {
                        view.put_hall(*hall);
                    }
                }
                Item::Block(block) => {
                    if let Some(view) = self.owned(feed, &block.site) {
                        if !view.blocks.contains_key(&block.id) {
                            if spare.blocks == 0 || view.blocks.len() >= MAX_BLOCKS {
                                left += 1;
                                continue;
                            }
                            spare.blocks -= 1;
                        }
                        view.put_block(*block);
                    } else {
                        self.overheard(feed, &block);
                    }
                }
                Item::BadBlock(key) => {
                    if let Some(view) = self.owned(feed, &key.site)
                        && let Some(block) = view.blocks.get_mut(&key.block)
                    {
                        block.block.quality = Quality::Bad;
                        block.quality = Quality::Bad;
                    }
                }
                Item::BadSite(id) => {
                    if let Some(view) = self.owned(feed, &id) {
                        view.site.quality = Quality::Bad;
                    }
                }
                _ => {}
            }
        }
        left
    }

    /// What there is room for of a feed: of its own share, and of what all have together.
    fn spare(&self, feed: FeedId) -> Spare {
        let (mut sites, mut blocks) = (0, 0);
        for view in self.sites.values().filter(|view| view.feed == feed) {
            sites += 1;
            blocks += view.blocks.len();
        }
        let sites_of_all = MAX_ALL_SITES.saturating_sub(self.sites.len());
        let blocks_of_all = MAX_ALL_BLOCKS.saturating_sub(self.block_count());
        Spare {
            sites: MAX_SITES.saturating_sub(sites).min(sites_of_all),
            blocks: MAX_FEED_BLOCKS.saturating_sub(blocks).min(blocks_of_all),
        }
    }

    /// Blocks of all sites.
    pub fn block_count(&self) -> usize {
        self.sites.values().map(|v| v.blocks.len()).sum()
    }

    /// A feed states a block of a site that is another's: of its meter two feeds are better than one.
    fn overheard(&mut self, feed: &Feed, block: &Block) {
        let realm = standing_of(feed).0;
        let view = self.sites.get_mut(&block.site);
        let Some(view) = view.filter(|v| v.realm == realm && v.also_on.contains(&feed.id)) else {
            return;
        };
        if let Some(known) = view.blocks.get_mut(&block.id) {
            meters::hear_block(known, feed.id, block);
        }
    }

    fn owned(&mut self, feed: &Feed, site: &SiteId) -> Option<&mut SiteView> {
        self.sites.get_mut(site).filter(|view| view.feed == feed.id)
    }

    /// Takes a site; false where there is no room for it.
    fn site(
        &mut self,
        feed: &Feed,
        site: Site,
        live: &dyn Fn(FeedId) -> bool,
        spare: &mut Spare,
    ) -> bool {
        let (realm, gateway) = standing_of(feed);
        if self
            .pins
            .get(&site.id)
            .is_some_and(|owner| *owner != feed.id)
        {
            self.claims.entry(feed.id).or_default().insert(site.id);
            return true;
        }
        if let Some(view) = self.sites.get_mut(&site.id) {
            self.renamed |= view.stated != site.name;
            if view.feed == feed.id {
                view.put(site);
                (view.realm, view.gateway) = (realm, gateway);
            } else if !stands_in(
                realm,
                view.realm,
                live(view.feed) && !view.owner.yields_to(feed),
            ) {
                view.also_on.insert(feed.id);
                if realm == view.realm {
                    let reading = site.meter.map(|power| (power, site.measured_at));
                    meters::hear_site(view, feed.id, reading);
                }
            } else {
                view.hand_over(feed);
                view.put(site);
            }
            return true;
        }
        if spare.sites == 0 {
            return false;
        }
        spare.sites -= 1;
        let id = site.id.clone();
        self.renamed = true;
        let view = SiteView {
            stated: site.name.clone(),
            site: Site {
                name: naming::at_first(id.as_str(), &site.name),
                ..site
            },
            feed: feed.id,
            owner: Owner::of(feed),
            also_on: BTreeSet::new(),
            realm,
            gateway,
            halls: BTreeMap::new(),
            blocks: BTreeMap::new(),
            trend: site_trend(),
            summary: Summary::default(),
            used_seq: 0,
            alike: None,
            disputed: None,
            meter: None,
            hall_names: BTreeMap::new(),
            renamed: false,
        };
        self.sites.insert(id, view);
        true
    }

    /// Judges every value by its age and brings summaries up to date; trends too, unless `frozen`. Gives the time at
    /// which the first value that is fresh now will be stale, where nothing more comes.
    pub fn tick(
        &mut self,
        feeds: &[Feed],
        operator: &str,
        now: Timestamp,
        frozen: bool,
    ) -> Option<Timestamp> {
        let mut soonest = None;
        self.rename();
        for view in self.sites.values_mut() {
            let terms = Terms {
                feeds,
                own: view.feed,
                chosen: self.chosen.get(&view.site.id).copied(),
                now,
            };
            view.disputed = meters::judge(view, &terms);
            if view.disputed.is_none() {
                self.chosen.remove(&view.site.id);
            }
            let feed = feeds.iter().find(|f| f.id == view.feed);
            let period = feed.map_or(super::feeds::DEFAULT_PERIOD, Feed::period);
            let gap = feed.is_some_and(|f| f.gaps.contains(&Topic::Fleet));
            for block in view.blocks.values_mut() {
                let by_age = judged(block.block.quality, block.block.measured_at, now, period);
                let concern =
                    feed.map_or(Concern::None, |f| f.concern(block.block.measured_at, now));
                let by_clock = by_age.max(concern.at_best());
                block.quality = match gap {
                    true => by_clock.max(Quality::Stale),
                    false if block.is_disputed() => by_clock.max(Quality::Uncertain),
                    false => by_clock,
                };
                if block.quality < Quality::Stale {
                    note(&mut soonest, block.block.measured_at, period);
                }
            }
            if !is_stale(view.site.measured_at, now, period) {
                note(&mut soonest, view.site.measured_at, period);
            }
            view.summary = summary::of_site(view, feed, &self.pending, operator, now);
            if view.disputed.is_some() {
                view.summary.quality = view.summary.quality.max(Quality::Uncertain);
            }
            if !frozen {
                let known = view.summary.quality < Quality::Stale;
                let value = view
                    .summary
                    .power
                    .or(Some(view.summary.target))
                    .filter(|_| known);
                let value = if view.realm == Realm::ThisMachine {
                    known.then(|| view.summary.hashrate.hs() as f32)
                } else {
                    value.map(|p| p.megawatts() as f32)
                };
                view.trend.sample(now, value);
            }
        }
        soonest
    }

    /// Every block of the scope as the planner wants it.
    pub fn candidates<'a>(
        &'a self,
        feeds: &[Feed],
        now: Timestamp,
        wanted: &dyn Fn(&SiteView, &Block) -> bool,
    ) -> Vec<Candidate<'a>> {
        let mut found = Vec::new();
        for view in self.sites.values() {
            let feed = feeds.iter().find(|f| f.id == view.feed);
            for block in view.blocks.values() {
                if wanted(view, &block.block) {
                    found.push(candidate(view, block, feed, &self.pending, now));
                }
            }
        }
        found
    }

    /// A block by its key.
    pub fn block(&self, key: &BlockKey) -> Option<&BlockView> {
        self.sites.get(&key.site)?.blocks.get(&key.block)
    }
}

impl SiteView {
    /// The keys of a hall's blocks.
    pub fn blocks_of(&self, hall: &str) -> Vec<BlockKey> {
        let all = self.blocks.values().map(|view| &view.block);
        let here = all.filter(|block| block.hall.as_str() == hall);
        here.map(Block::key).collect()
    }

    /// Goes to another feed: for good where that is its owner, as a stand-in where it is not.
    fn hand_over(&mut self, feed: &Feed) {
        let (realm, gateway) = standing_of(feed);
        let other_realm = realm != self.realm;
        if other_realm || self.owner.yields_to(feed) {
            // Nothing simulated stays behind in a real site, and nothing of a stand-in in its owner's.
            self.halls.clear();
            self.blocks.clear();
            self.owner = Owner::of(feed);
        }
        if other_realm {
            self.trend = site_trend();
        }
        self.also_on.insert(self.feed);
        self.also_on.remove(&feed.id);
        (self.feed, self.realm, self.gateway) = (feed.id, realm, gateway);
    }

    /// A feed no longer states it: an owner leaves it to who stands in, and who stands in gives it back, to grow old.
    fn let_go(&mut self, feed: FeedId) {
        if self.feed != feed && self.owner.feed == feed {
            self.owner = Owner {
                feed: self.feed,
                gateway: self.gateway.clone(),
                rank: u16::MAX,
            };
        } else if self.feed == feed && self.owner.feed != feed {
            (self.feed, self.gateway) = (self.owner.feed, self.owner.gateway.clone());
            self.also_on.remove(&self.feed);
        }
    }

    /// States the site anew.
    fn put(&mut self, site: Site) {
        let name = std::mem::replace(&mut self.stated, site.name.clone());
        let shown = self.site.name.clone();
        let same = name == site.name;
        let name = if same {
            shown
        } else {
            naming::at_first(site.id.as_str(), &site.name)
        };
        self.site = Site { name, ..site };
        meters::restate_site(self);
    }

    fn put_hall(&mut self, hall: Hall) {
        let before = self.hall_names.insert(hall.id.clone(), hall.name.clone());
        let same = before.as_ref() == Some(&hall.name);
        let shown = self
            .halls
            .get(&hall.id)
            .filter(|_| same)
            .map(|known| known.name.clone());
        self.renamed |= shown.is_none();
        let name = shown.unwrap_or_else(|| naming::at_first(hall.id.as_str(), &hall.name));
        self.halls.insert(hall.id.clone(), Hall { name, ..hall });
    }

    fn put_block(&mut self, block: Block) {
        if let Some(known) = self.blocks.get_mut(&block.id) {
            let same = known.stated == block.name && known.block.hall == block.hall;
            let shown = known.block.name.clone();
            let name = if same {
                shown
            } else {
                naming::at_first(block.id.as_str(), &block.name)
            };
            self.renamed |= !same;
            known.quality = block.quality;
            known.stated = block.name.clone();
            known.block = Block { name, ..block };
            meters::restate_block(known);
            return;
        }
        self.renamed = true;
        let view = BlockView {
            quality: block.quality,
            stated: block.name.clone(),
            block: Block {
                name: naming::at_first(block.id.as_str(), &block.name),
                ..block
            },
            meter: None,
        };
        self.blocks.insert(view.block.id.clone(), view);
    }
}

/// Keeps the earlier of the times at which values become stale.
fn note(soonest: &mut Option<Timestamp>, measured_at: Timestamp, period: Duration) {
    let from = stale_from(measured_at, period);
    *soonest = Some(soonest.map_or(from, |other| other.min(from)));
}

/// A block as the planner wants it.
pub fn candidate<'a>(
    view: &'a SiteView,
    block: &'a BlockView,
    feed: Option<&Feed>,
    pending: &Pending,
    now: Timestamp,
) -> Candidate<'a> {
    // A key is made only where there is something to look up: there may be many thousands of blocks.
    let order = if pending.is_empty() {
        None
    } else {
        pending.get(&block.block.key())
    };
    Candidate {
        site: &view.site,
        block: &block.block,
        feed: view.feed,
        gateway: &view.gateway,
        standing: Standing {
            age: block.block.measured_at.age(now),
            quality: block.quality,
            concern: feed.map_or(Concern::None, |f| f.concern(block.block.measured_at, now)),
            link_up: feed.is_some_and(Feed::is_live),
            skew_known: feed.is_some_and(|f| f.skew.is_some()),
            order_pending: order.is_some(),
            begun: order.is_some_and(|feeds| feeds.contains(&view.feed)),
            seen_twice: !view.also_on.is_empty(),
        },
    }
}

/// Does a feed of realm `new` take a site over from one of realm `old`? Within a realm when the other is not live;
/// a real feed always takes it from a simulated one, and never the other way round: a lost link must not turn the real
/// nation into a simulated one.
fn stands_in(new: Realm, old: Realm, live: bool) -> bool {
    match (new, old) {
        (Realm::Simulated, Realm::Real | Realm::ThisMachine) => false,
        (Realm::Real | Realm::ThisMachine, Realm::Simulated) => true,
        _ => !live,
    }
}

fn standing_of(feed: &Feed) -> (Realm, GatewayId) {
    match &feed.info {
        None => (Realm::Real, GatewayId::new("")),
        Some(info) if info.gateway.as_str() == LOCAL_GATEWAY && !info.simulated => {
            (Realm::ThisMachine, info.gateway.clone())
        }
        Some(info) if info.simulated => (Realm::Simulated, info.gateway.clone()),
        Some(info) => (Realm::Real, info.gateway.clone()),
    }
}

/// The halls of a site, in order, with their blocks' figures.
pub fn hall_name(view: &SiteView, hall: &HallId) -> Arc<str> {
    view.halls
        .get(hall)
        .map_or_else(|| hall.text(), |h| h.name.clone())
}
