//! How long to wait after a failure.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);

/// After so many failures in a row (from 1): doubling from a quarter of a second to 10 s, of which `chance` (0 to 1) takes
/// off up to half, so that many miners do not come back to a node all at once.
pub(super) fn after(failures: u32, chance: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(10));
    doubled
        .min(LONGEST)
        .mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_its_bound_and_no_further() {
        assert_eq!(after(1, 0.0), FIRST);
        assert_eq!(after(1, 1.0), FIRST / 2);
        assert_eq!(after(3, 0.0), FIRST * 4);
        for failures in [7, 40, u32::MAX] {
            assert_eq!(after(failures, 0.0), LONGEST);
        }
    }
}
