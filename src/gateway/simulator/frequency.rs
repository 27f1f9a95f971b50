//! Frequency by the swing equation, integrated in fixed small steps.
//!
//! Belarus runs in one synchronous system with its eastern neighbours, more than 100 GW of machines, in which 40 MW
//! move the frequency by 2 mHz: nothing to see and nothing to train on. What a dispatcher drills for is the weak case,
//! with few ties closed. So the model is an equivalent of 16 GW: Belarus and the part of the neighbourhood that stays
//! tied stiffly. There 40 MW make about 14 mHz, and the loss of a nuclear unit of 1,110 MW about 0.4 Hz before the
//! neighbours' secondary control has brought it back in some minutes; above the 49.2 Hz of the first automatic shedding.

/// Rated power of the equivalent system, MW.
const RATED_MW: f64 = 16_000.0;
/// Inertia constant of the equivalent system, s: steam turbines of thermal and nuclear plants, little wind.
const INERTIA_S: f64 = 5.0;
/// Nominal frequency, Hz.
const NOMINAL_HZ: f64 = 50.0;
/// Load damping: 1 % of load a percent of frequency, MW/Hz.
const DAMPING_MW_HZ: f64 = RATED_MW / NOMINAL_HZ;
/// Primary control: droop 5 % on 40 % of the machines, MW/Hz.
const DROOP_MW_HZ: f64 = 0.4 * RATED_MW / (0.05 * NOMINAL_HZ);
/// Governors and turbines follow with this time constant, s.
const GOVERNOR_S: f64 = 4.0;
/// Primary control does not stir within this deviation, Hz.
const DEADBAND_HZ: f64 = 0.002;
/// Primary reserve, MW each way.
const PRIMARY_MW: f64 = 2_000.0;
/// Secondary control brings the frequency back with this time constant, s.
const SECONDARY_S: f64 = 150.0;
/// Secondary reserve, MW each way.
const SECONDARY_MW: f64 = 4_000.0;
/// Step of the integration, s; a tenth of the shortest time constant at most.
pub(super) const STEP_S: f64 = 0.05;

/// The state of the synchronous system.
#[derive(Debug, Clone)]
pub(super) struct Swing {
    deviation_hz: f64,
    primary_mw: f64,
    secondary_mw: f64,
}

impl Swing {
    /// At rest with this much flowing out over the ties, MW.
    pub(super) fn at_rest(imbalance_mw: f64) -> Self {
        Self {
            deviation_hz: 0.0,
            primary_mw: 0.0,
            secondary_mw: (-imbalance_mw).clamp(-SECONDARY_MW, SECONDARY_MW),
        }
    }

    /// One step of [`STEP_S`] with this much more generation than load in Belarus, MW.
    pub(super) fn step(&mut self, imbalance_mw: f64) {
        let beyond = if self.deviation_hz.abs() > DEADBAND_HZ {
            self.deviation_hz - DEADBAND_HZ.copysign(self.deviation_hz)
        } else {
            0.0
        };
        let wanted = (-DROOP_MW_HZ * beyond).clamp(-PRIMARY_MW, PRIMARY_MW);
        self.primary_mw += (wanted - self.primary_mw) * STEP_S / GOVERNOR_S;
        let stiffness = DROOP_MW_HZ + DAMPING_MW_HZ;
        self.secondary_mw = (self.secondary_mw
            - self.deviation_hz * stiffness * STEP_S / SECONDARY_S)
            .clamp(-SECONDARY_MW, SECONDARY_MW);
        let accelerating =
            imbalance_mw + self.primary_mw + self.secondary_mw - DAMPING_MW_HZ * self.deviation_hz;
        let momentum = 2.0 * INERTIA_S * RATED_MW / NOMINAL_HZ;
        // Beyond 2.5 Hz every machine would long be off: the model ends there.
        self.deviation_hz = (self.deviation_hz + accelerating / momentum * STEP_S).clamp(-2.5, 2.5);
    }

    /// Deviation from 50 Hz, Hz.
    pub(super) fn deviation_hz(&self) -> f64 {
        self.deviation_hz
    }

    /// The steady imbalance that moves the frequency by so much before secondary control acts, MW.
    pub(super) fn imbalance_for(deviation_hz: f64) -> f64 {
        deviation_hz * (DROOP_MW_HZ + DAMPING_MW_HZ)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(swing: &mut Swing, imbalance_mw: f64, seconds: f64) -> f64 {
        for _ in 0..(seconds / STEP_S) as u32 {
            swing.step(imbalance_mw);
        }
        swing.deviation_hz()
    }

    #[test]
    fn forty_megawatts_lift_the_frequency_by_some_millihertz() {
        let mut swing = Swing::at_rest(100.0);
        let rise = after(&mut swing, 140.0, 15.0);
        assert!((0.008..0.025).contains(&rise), "{rise} Hz");
    }

    #[test]
    fn a_lost_unit_dips_and_secondary_control_brings_it_back() {
        let mut swing = Swing::at_rest(0.0);
        let mut lowest = 0.0_f64;
        for _ in 0..400 {
            swing.step(-1_110.0);
            lowest = lowest.min(swing.deviation_hz());
        }
        assert!((-0.75..-0.35).contains(&lowest), "{lowest} Hz");
        let later = after(&mut swing, -1_110.0, 900.0);
        assert!(later.abs() < 0.02, "{later} Hz");
    }

    #[test]
    fn at_rest_it_stays_at_rest() {
        let mut swing = Swing::at_rest(250.0);
        assert!(after(&mut swing, 250.0, 600.0).abs() < 1e-9);
    }
}
