//! When a block may have been made: work of another time is worth nothing, and who gives it is not believed.

use std::time::Duration;

use crate::domain::mining::Chain;
use crate::domain::time::Timestamp;

/// The network takes no block from further ahead; further back its clock has stood still.
const MOST: Duration = Duration::from_hours(2);

/// Is work of this time (seconds since the epoch) given by a clock that may be right? On regtest clocks are set at will.
///
/// # Errors
/// Why it is not hashed; the same words whatever the times are.
pub(super) fn check(chain: Chain, time: u32, now: Timestamp) -> Result<(), &'static str> {
    let at = Timestamp::from_millis(i64::from(time) * 1_000);
    if chain == Chain::Regtest || at.age(now).max(now.age(at)) <= MOST {
        return Ok(());
    }
    Err("its time is more than 2 h off this machine's clock; set the clock that is wrong")
}
