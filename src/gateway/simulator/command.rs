//! Authority over the stations, and the tags on their blocks.

use crate::control::authority::{hands, tags};
use crate::domain::deed::{Act, Deed};
use crate::domain::ids::BlockKey;
use crate::domain::order::Reason;
use crate::domain::time::Timestamp;

use super::nation::Fleet;
use crate::gateway::Refusal;
use crate::gateway::roll::Roll;

fn refusal(reason: &Reason) -> Refusal {
    Refusal {
        code: "refused",
        message: format!("nothing is done: {}", reason.sentence()),
    }
}

/// Does it, or says why not. Asked a second time it finds the epoch changed or the tag hung, so nothing happens twice.
pub(super) fn done(
    deed: &Deed,
    fleet: &mut Fleet,
    roll: Option<&Roll>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let rank = roll
        .map(|roll| roll.doer(deed, now))
        .transpose()
        .map_err(|reason| refusal(&reason))?;
    let Some(site) = fleet.site(&deed.site) else {
        return Err(refusal(&Reason::Unknown));
    };
    match &deed.act {
        Act::Request | Act::Release | Act::Take => {
            let station = &mut fleet.stations[site];
            station.authority =
                hands(&station.authority, deed, rank).map_err(|reason| refusal(&reason))?;
        }
        Act::TagSet { block, .. } | Act::TagClear { block, .. } => {
            let Some(index) = fleet.block(&BlockKey::new(&deed.site, block)) else {
                return Err(refusal(&Reason::Unknown));
            };
            let load = &mut fleet.loads[index];
            load.tags = tags(&load.tags, deed, rank).map_err(|reason| refusal(&reason))?;
        }
    }
    Ok(())
}
