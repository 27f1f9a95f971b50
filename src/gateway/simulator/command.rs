//! Authority over the stations, and the tags on their blocks.

use std::sync::Arc;

use crate::control::authority::{hands, tags};
use crate::domain::deed::{Act, Deed};
use crate::domain::fleet::{Authority, Tag};
use crate::domain::ids::BlockKey;
use crate::domain::operator::Rank;
use crate::domain::order::Reason;

use super::nation::Fleet;
use crate::gateway::Refusal;
use crate::gateway::acts::nothing_done;

pub(super) fn refusal(reason: &Reason) -> Refusal {
    Refusal {
        code: "refused",
        message: nothing_done(reason.told()),
    }
}

/// What a deed changes.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Authority(usize, Authority),
    Tags(usize, Vec<Tag>),
}

/// What a deed would change, or what stands against it. `rank` is its doer's, where the gateway knows it.
pub(super) fn judged(deed: &Deed, fleet: &Fleet, rank: Option<Rank>) -> Result<Change, Reason> {
    let site = fleet.site(&deed.site).ok_or(Reason::Unknown)?;
    match &deed.act {
        Act::Request | Act::Release | Act::Take => {
            let after = hands(&fleet.stations[site].authority, deed, rank)?;
            Ok(Change::Authority(site, after))
        }
        Act::TagSet { block, .. } | Act::TagClear { block, .. } => {
            let key = BlockKey::new(&deed.site, block);
            let index = fleet.block(&key).ok_or(Reason::Unknown)?;
            let after = tags(&fleet.loads[index].tags, deed, rank)?;
            Ok(Change::Tags(index, after))
        }
    }
}

/// Whose tag a deed would take off.
pub(super) fn owner(deed: &Deed, fleet: &Fleet) -> Option<Arc<str>> {
    let Act::TagClear { block, kind, .. } = &deed.act else {
        return None;
    };
    let load = &fleet.loads[fleet.block(&BlockKey::new(&deed.site, block))?];
    let tag = load.tags.iter().find(|tag| tag.kind == *kind)?;
    Some(Arc::clone(&tag.owner))
}

/// Does it.
pub(super) fn apply(change: Change, fleet: &mut Fleet) {
    match change {
        Change::Authority(site, after) => fleet.stations[site].authority = after,
        Change::Tags(block, after) => fleet.loads[block].tags = after,
    }
}
