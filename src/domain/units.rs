//! Quantities as types, so that a megawatt can't be added to a hashrate.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident($inner:ty), $zero:expr, $make:ident, $get:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, serde::Serialize, serde::Deserialize)]
        pub struct $name(#[serde(with = "super::exact")] $inner);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self($zero);

            /// Makes the quantity from its base unit (named by the function).
            pub const fn $make(value: $inner) -> Self {
                Self(value)
            }

            /// The quantity in its base unit (named by the function).
            pub const fn $get(self) -> $inner {
                self.0
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.fold(Self::ZERO, Add::add)
            }
        }
    };
}

quantity!(
    /// Hashes per second. Floating, as a nation exceeds 2^64 H/s. Finite and never negative when it comes off the wire.
    Hashrate(f64), 0.0, from_hs, hs
);
quantity!(
    /// Electrical power in whole watts; signed, since export and storage are. Bounded to ±1 TW off the wire, so sums of
    /// a million such values can't overflow.
    #[derive(Eq, Ord, Hash)]
    Power(i64), 0, from_watts, watts
);
quantity!(
    /// Energy in watt-hours.
    Energy(f64), 0.0, from_wh, wh
);
quantity!(
    /// Bitcoin in satoshi (1 BTC = 100,000,000 sat).
    #[derive(Eq, Ord, Hash)]
    Sats(i64), 0, from_sat, sat
);
quantity!(
    /// Frequency in millihertz.
    #[derive(Eq, Ord, Hash)]
    Hertz(i64), 0, from_millihertz, millihertz
);
quantity!(
    /// Energy per work, J/TH. Lower is better.
    Efficiency(f64), 0.0, from_joules_per_terahash, joules_per_terahash
);
quantity!(
    /// Temperature in degrees Celsius.
    Celsius(f64), 0.0, from_degrees, degrees
);
quantity!(
    /// Electrical tension in whole millivolts.
    #[derive(Eq, Ord, Hash)]
    Voltage(i64), 0, from_millivolts, millivolts
);

impl Power {
    /// Whole megawatts.
    pub const fn from_megawatts(mw: i64) -> Self {
        Self(mw * 1_000_000)
    }

    /// Megawatts, for the screen only.
    pub fn megawatts(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// This power, or nothing where it is negative.
    pub fn or_zero(self) -> Self {
        Self(self.0.max(0))
    }

    /// `numerator / denominator` of this power, rounded down. `denominator` must not be 0.
    pub fn portion(self, numerator: i64, denominator: i64) -> Self {
        let wide = i128::from(self.0) * i128::from(numerator) / i128::from(denominator.max(1));
        Self(i64::try_from(wide).unwrap_or(i64::MAX))
    }
}

impl Efficiency {
    /// Power over hashrate, or none where nothing is hashed.
    pub fn of(power: Power, hashrate: Hashrate) -> Option<Self> {
        (hashrate.hs() > 0.0).then(|| Self(power.watts() as f64 / (hashrate.hs() / 1e12)))
    }
}

impl Hertz {
    /// The nominal frequency of the Belarusian (and all European) grid.
    pub const NOMINAL: Self = Self(50_000);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn efficiency_needs_work() {
        assert_eq!(
            Efficiency::of(Power::from_watts(3500), Hashrate::ZERO),
            None
        );
        let s21 = Efficiency::of(Power::from_watts(3500), Hashrate::from_hs(200e12));
        assert_eq!(s21, Some(Efficiency::from_joules_per_terahash(17.5)));
    }

    #[test]
    fn portions_do_not_overflow() {
        let big = Power::from_watts(i64::MAX / 2);
        assert_eq!(big.portion(100, 100), big);
        assert_eq!(Power::from_watts(200).portion(37, 100).watts(), 74);
    }
}
