//! A plan's figures for people: by site, and in sum.

use std::sync::Arc;
use std::time::Duration;

use super::Plan;
use crate::domain::ids::SiteId;
use crate::domain::order::OrderKind;
use crate::domain::units::{Hashrate, Power};

/// What is told beside the whole.
const SOON: Duration = Duration::from_secs(30);

/// A plan's figures for one site, as the preview's table has them.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteShare {
    /// The site.
    pub site: SiteId,
    /// What its planned blocks draw now.
    pub now: Power,
    /// What they shall draw.
    pub after: Power,
    /// What is moved.
    pub moved: Power,
    /// What of it arrives in 30 s; none where nobody can say.
    pub in_30_s: Option<Power>,
    /// Blocks that are ordered.
    pub blocks: usize,
    /// Hashrate given up.
    pub hashrate: Hashrate,
}

impl Plan {
    /// The figures by site, in the order of site ids.
    pub fn by_site(&self) -> Vec<SiteShare> {
        let mut shares: Vec<SiteShare> = Vec::new();
        for part in &self.moves {
            if shares.last().is_none_or(|s| s.site != part.key.site) {
                shares.push(SiteShare {
                    site: part.key.site.clone(),
                    now: Power::ZERO,
                    after: Power::ZERO,
                    moved: Power::ZERO,
                    in_30_s: Some(Power::ZERO),
                    blocks: 0,
                    hashrate: Hashrate::ZERO,
                });
            }
            if let Some(share) = shares.last_mut() {
                let now = part.now.unwrap_or(Power::ZERO);
                share.now += now;
                share.after += match (part.now, self.ask.kind) {
                    (None, _) => Power::ZERO,
                    (Some(now), OrderKind::Curtail) => now.min(part.target),
                    (Some(now), OrderKind::Restore) => now.max(part.target),
                };
                share.moved += part.moved;
                share.in_30_s = share.in_30_s.zip(part.arrived(SOON)).map(|(a, b)| a + b);
                share.blocks += 1;
                share.hashrate += part.hashrate;
            }
        }
        shares
    }

    /// Hashrate given up.
    pub fn hashrate(&self) -> Hashrate {
        self.moves.iter().map(|m| m.hashrate).sum()
    }

    /// Until the last block has arrived; none where nobody can say.
    pub fn takes(&self) -> Option<Duration> {
        let mut ends = self.moves.iter().map(|m| Some(m.course?.to));
        ends.try_fold(Duration::ZERO, |last, end| Some(last.max(end?)))
    }

    /// The first and last two bytes of the hash, for the eye: `a41f..9c02`.
    pub fn short_hash(&self) -> Arc<str> {
        let h = self.hash.0;
        Arc::from(format!(
            "{:02x}{:02x}..{:02x}{:02x}",
            h[0], h[1], h[30], h[31]
        ))
    }
}
