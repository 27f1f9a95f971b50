//! Sites, halls, blocks and machines on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::{Degrees, Hours, IdText, Load, LongText, NameText, Rate, Seconds, Time, few};
use super::machine::{DetailWire, HeldWire, Lenient, PlaceWire};
use super::reserve::MoneyWire;
use super::words::{BlockWord, MachineWord, QualityWord, SourceWord};
use crate::domain::fleet::{
    Authority, Block, BlockLimits, Hall, Machine, MachineCounts, MachinePage, Search, Site, Tag,
};
use crate::domain::ids::{BlockId, HallId, MachineId, SiteId};
use crate::domain::units::{Celsius, Hashrate};

/// Who commands a site.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "authority")]
pub(super) struct AuthorityWire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holder: Option<NameText>,
    epoch: u64,
}

/// One place with one grid connection.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "site")]
pub(super) struct SiteWire {
    id: IdText,
    name: NameText,
    region: NameText,
    grid_node: NameText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node_limit_w: Option<Load>,
    /// Price of energy, per MWh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tariff: Option<MoneyWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contract: Option<NameText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    meter_w: Option<Load>,
    authority: AuthorityWire,
    site_seq: u64,
    quality: QualityWord,
    measured_at: Time,
}

/// A building or container of a site.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "hall")]
pub(super) struct HallWire {
    site: IdText,
    id: IdText,
    name: NameText,
}

/// How many machines a block has, by state.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "machine_counts")]
pub(super) struct CountsWire {
    total: u32,
    hashing: u32,
    curtailed: u32,
    faulted: u32,
    offline: u32,
}

/// A note on a block; `maintenance` locks orders out.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "tag")]
pub(super) struct TagWire {
    /// The id of the act that hung it (`acts` 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<super::field::Ulid>,
    kind: IdText,
    owner: NameText,
    reason: LongText,
}

/// The smallest group of machines switched together.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "block")]
pub(super) struct BlockWire {
    site: IdText,
    id: IdText,
    hall: IdText,
    name: NameText,
    hashrate_hs: Rate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    power_w: Option<Load>,
    power_source: SourceWord,
    target_w: Load,
    floor_w: Load,
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "few::<_, _, 256>"
    )]
    #[schemars(length(max = 256))]
    steps_w: Vec<Load>,
    nameplate_w: Load,
    state: BlockWord,
    state_since: Time,
    machines: CountsWire,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inlet_c: Option<Degrees>,
    #[serde(default)]
    accepted: u64,
    #[serde(default)]
    rejected: u64,
    #[serde(default)]
    stale: u64,
    quality: QualityWord,
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "few::<_, _, 256>"
    )]
    #[schemars(length(max = 256))]
    tags: Vec<TagWire>,
    /// W/s.
    #[serde(default)]
    ramp_down_w_s: Load,
    /// W/s.
    #[serde(default)]
    ramp_up_w_s: Load,
    #[serde(default)]
    min_off_s: Seconds,
    #[serde(default)]
    min_on_s: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    starts_per_hour: Option<u32>,
    #[serde(default)]
    starts_last_hour: u32,
    #[serde(default)]
    must_run_w: Load,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    must_run_until: Option<Time>,
    #[serde(default)]
    notice_s: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calls_left: Option<u32>,
    #[serde(default = "no_hours")]
    shed_hours_30d: Hours,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<HeldWire>,
    measured_at: Time,
}

fn no_hours() -> Hours {
    Hours(0.0)
}

/// One ASIC.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "machine")]
pub(super) struct MachineWire {
    id: IdText,
    block: IdText,
    model: NameText,
    state: MachineWord,
    hashrate_hs: Rate,
    power_w: Load,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    board_c: Option<Degrees>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<LongText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Lenient<PlaceWire>>,
    /// By its data sheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nameplate_hs: Option<Lenient<Rate>>,
    /// Only of the machine that the `watch` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Lenient<DetailWire>>,
}

/// A page of a hall's machines.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "machines")]
pub(super) struct PageWire {
    pub(super) site: IdText,
    pub(super) hall: IdText,
    pub(super) page: u32,
    pub(super) pages: u32,
    pub(super) total: u32,
    #[schemars(length(max = 500))]
    pub(super) rows: Vec<MachineWire>,
    pub(super) measured_at: Time,
    /// The filter of the `watch`, where the whole hall was looked through for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filter: Option<LongText>,
    /// With `filter`: how many it lets through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    matches: Option<MatchesWire>,
}

/// How many machines a filter lets through.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "matches")]
pub(super) struct MatchesWire {
    n: u32,
    /// Machines that were looked at.
    of: u32,
}

/// What says that more are found than were looked at was not looked through.
fn searched(filter: Option<LongText>, matches: Option<MatchesWire>) -> Option<Search> {
    let (filter, matches) = (filter?, matches?);
    (matches.n <= matches.of).then_some(Search {
        filter: filter.0,
        found: matches.n,
        of: matches.of,
    })
}

impl From<&Site> for SiteWire {
    fn from(site: &Site) -> Self {
        Self {
            id: IdText::of(site.id.as_str()),
            name: NameText::share(&site.name),
            region: NameText::share(&site.region),
            grid_node: NameText::share(&site.grid_node),
            node_limit_w: site.node_limit.map(Load),
            tariff: site.tariff.as_ref().map(MoneyWire::from),
            contract: site.contract.as_ref().map(NameText::share),
            meter_w: site.meter.map(Load),
            authority: AuthorityWire {
                holder: site.authority.holder.as_ref().map(NameText::share),
                epoch: site.authority.epoch,
            },
            site_seq: site.site_seq,
            quality: site.quality.into(),
            measured_at: Time(site.measured_at),
        }
    }
}

impl From<SiteWire> for Site {
    fn from(wire: SiteWire) -> Self {
        Self {
            id: SiteId::new(wire.id.as_str()),
            name: wire.name.0,
            region: wire.region.0,
            grid_node: wire.grid_node.0,
            node_limit: wire.node_limit_w.map(|load| load.0),
            tariff: wire.tariff.map(Into::into),
            contract: wire.contract.map(|text| text.0),
            meter: wire.meter_w.map(|load| load.0),
            authority: Authority {
                holder: wire.authority.holder.map(|text| text.0),
                epoch: wire.authority.epoch,
            },
            site_seq: wire.site_seq,
            quality: wire.quality.into(),
            measured_at: wire.measured_at.0,
        }
    }
}

impl From<&Hall> for HallWire {
    fn from(hall: &Hall) -> Self {
        Self {
            site: IdText::of(hall.site.as_str()),
            id: IdText::of(hall.id.as_str()),
            name: NameText::share(&hall.name),
        }
    }
}

impl From<HallWire> for Hall {
    fn from(wire: HallWire) -> Self {
        Self {
            site: SiteId::new(wire.site.as_str()),
            id: HallId::new(wire.id.as_str()),
            name: wire.name.0,
        }
    }
}

impl From<&Block> for BlockWire {
    fn from(block: &Block) -> Self {
        let limits = &block.limits;
        Self {
            site: IdText::of(block.site.as_str()),
            id: IdText::of(block.id.as_str()),
            hall: IdText::of(block.hall.as_str()),
            name: NameText::share(&block.name),
            hashrate_hs: Rate(block.hashrate.hs()),
            power_w: block.power.map(Load),
            power_source: block.power_source.into(),
            target_w: Load(block.target),
            floor_w: Load(block.floor),
            steps_w: block.steps.iter().copied().map(Load).collect(),
            nameplate_w: Load(block.nameplate),
            state: block.state.into(),
            state_since: Time(block.state_since),
            machines: CountsWire {
                total: block.machines.total,
                hashing: block.machines.hashing,
                curtailed: block.machines.curtailed,
                faulted: block.machines.faulted,
                offline: block.machines.offline,
            },
            inlet_c: block.inlet.map(|inlet| Degrees(inlet.degrees())),
            accepted: block.accepted,
            rejected: block.rejected,
            stale: block.stale,
            quality: block.quality.into(),
            tags: block
                .tags
                .iter()
                .map(|tag| TagWire {
                    id: tag.id.map(super::field::Ulid),
                    kind: IdText::of(&tag.kind),
                    owner: NameText::share(&tag.owner),
                    reason: LongText::share(&tag.reason),
                })
                .collect(),
            ramp_down_w_s: Load(limits.ramp_down_w_s),
            ramp_up_w_s: Load(limits.ramp_up_w_s),
            min_off_s: super::field::Span(limits.min_off),
            min_on_s: super::field::Span(limits.min_on),
            starts_per_hour: limits.starts_per_hour,
            starts_last_hour: limits.starts_last_hour,
            must_run_w: Load(limits.must_run),
            must_run_until: limits.must_run_until.map(Time),
            notice_s: super::field::Span(limits.notice),
            calls_left: limits.calls_left,
            shed_hours_30d: Hours(limits.shed_hours_30d),
            held: block.held.as_ref().map(HeldWire::from),
            measured_at: Time(block.measured_at),
        }
    }
}

impl From<BlockWire> for Block {
    fn from(wire: BlockWire) -> Self {
        Self {
            site: SiteId::new(wire.site.as_str()),
            id: BlockId::new(wire.id.as_str()),
            hall: HallId::new(wire.hall.as_str()),
            name: wire.name.0,
            hashrate: Hashrate::from_hs(wire.hashrate_hs.0),
            power: wire.power_w.map(|load| load.0),
            power_source: wire.power_source.into(),
            target: wire.target_w.0,
            floor: wire.floor_w.0,
            steps: wire.steps_w.into_iter().map(|load| load.0).collect(),
            nameplate: wire.nameplate_w.0,
            state: wire.state.into(),
            state_since: wire.state_since.0,
            machines: MachineCounts {
                total: wire.machines.total,
                hashing: wire.machines.hashing,
                curtailed: wire.machines.curtailed,
                faulted: wire.machines.faulted,
                offline: wire.machines.offline,
            },
            inlet: wire.inlet_c.map(|inlet| Celsius::from_degrees(inlet.0)),
            accepted: wire.accepted,
            rejected: wire.rejected,
            stale: wire.stale,
            quality: wire.quality.into(),
            tags: wire
                .tags
                .into_iter()
                .map(|tag| Tag {
                    id: tag.id.map(|id| id.0),
                    kind: tag.kind.0,
                    owner: tag.owner.0,
                    reason: tag.reason.0,
                })
                .collect(),
            limits: BlockLimits {
                ramp_down_w_s: wire.ramp_down_w_s.0,
                ramp_up_w_s: wire.ramp_up_w_s.0,
                min_off: wire.min_off_s.0,
                min_on: wire.min_on_s.0,
                starts_per_hour: wire.starts_per_hour,
                starts_last_hour: wire.starts_last_hour,
                must_run: wire.must_run_w.0,
                must_run_until: wire.must_run_until.map(|time| time.0),
                notice: wire.notice_s.0,
                calls_left: wire.calls_left,
                shed_hours_30d: wire.shed_hours_30d.0,
            },
            held: wire.held.map(Into::into),
            measured_at: wire.measured_at.0,
        }
    }
}

impl From<&MachinePage> for PageWire {
    fn from(page: &MachinePage) -> Self {
        Self {
            site: IdText::of(page.site.as_str()),
            hall: IdText::of(page.hall.as_str()),
            page: page.page,
            pages: page.pages,
            total: page.total,
            rows: page
                .rows
                .iter()
                .take(super::PAGE_ROWS)
                .map(|machine| MachineWire {
                    id: IdText::of(machine.id.as_str()),
                    block: IdText::of(machine.block.as_str()),
                    model: NameText::share(&machine.model),
                    state: machine.state.into(),
                    hashrate_hs: Rate(machine.hashrate.hs()),
                    power_w: Load(machine.power),
                    board_c: machine.board.map(|board| Degrees(board.degrees())),
                    fault: (!machine.fault.is_empty()).then(|| LongText::share(&machine.fault)),
                    place: machine
                        .place
                        .as_ref()
                        .map(|place| Lenient(Ok(place.into()))),
                    nameplate_hs: machine
                        .nameplate
                        .map(|nameplate| Lenient(Ok(Rate(nameplate.hs())))),
                    detail: machine
                        .detail
                        .as_ref()
                        .map(|detail| Lenient(Ok((&**detail).into()))),
                })
                .collect(),
            measured_at: Time(page.measured_at),
            filter: page.search.as_ref().map(|s| LongText::share(&s.filter)),
            matches: page.search.as_ref().map(|s| MatchesWire {
                n: s.found,
                of: s.of,
            }),
        }
    }
}

impl From<PageWire> for MachinePage {
    fn from(wire: PageWire) -> Self {
        Self {
            site: SiteId::new(wire.site.as_str()),
            hall: HallId::new(wire.hall.as_str()),
            page: wire.page,
            pages: wire.pages,
            total: wire.total,
            rows: wire.rows.into_iter().map(Machine::from).collect(),
            measured_at: wire.measured_at.0,
            search: searched(wire.filter, wire.matches),
        }
    }
}

impl From<MachineWire> for Machine {
    fn from(row: MachineWire) -> Self {
        let mut bad = false;
        let nameplate: Option<Rate> = Lenient::taken(row.nameplate_hs, &mut bad);
        Self {
            id: MachineId::new(row.id.as_str()),
            block: BlockId::new(row.block.as_str()),
            model: row.model.0,
            state: row.state.into(),
            hashrate: Hashrate::from_hs(row.hashrate_hs.0),
            power: row.power_w.0,
            board: row.board_c.map(|board| Celsius::from_degrees(board.0)),
            fault: row.fault.map_or_else(|| "".into(), |text| text.0),
            place: Lenient::taken(row.place, &mut bad),
            nameplate: nameplate.map(|rate| Hashrate::from_hs(rate.0)),
            detail: Lenient::taken(row.detail, &mut bad),
            bad,
        }
    }
}
