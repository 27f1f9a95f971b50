//! Figures as an operator reads them: grouped by a space, fixed decimals, the unit apart; decimal sign, space and units
//! as the language that is drawn has them.

use jiff::Timestamp as Instant;
use jiff::tz::TimeZone;

use crate::domain::time::Timestamp;
use crate::domain::units::{Efficiency, Hashrate, Hertz, Power, Sats};
use crate::ui::locales::{Language, say, spoken};

use std::time::Duration;

/// Stands where there is no figure.
pub const NONE: &str = "-";

/// A whole number in groups of three, `246 019`.
pub fn count(value: u64) -> String {
    count_in(value, spoken())
}

/// The same in a language.
pub fn count_in(value: u64, language: Language) -> String {
    grouped(&value.to_string(), language)
}

/// What stands between a whole number and its decimals.
pub fn point() -> char {
    match spoken() {
        Language::English => '.',
        Language::Russian | Language::Belarusian => ',',
    }
}

/// A plain decimal number with the decimal sign of the language.
pub fn pointed(text: &str) -> String {
    match point() {
        '.' => text.to_owned(),
        sign => text.replace('.', sign.encode_utf8(&mut [0; 4])),
    }
}

/// Digits in groups of three from the right. Where a language wants the groups held together, the space does not break.
fn grouped(digits: &str, language: Language) -> String {
    let gap = match language {
        Language::English => ' ',
        Language::Russian | Language::Belarusian => '\u{a0}',
    };
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(gap);
        }
        out.push(digit);
    }
    out
}

/// A number with fixed decimals, `1 184.3`; what is no number is `-`. Minus zero is zero.
pub fn decimal(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = format!("{:.*}", places, value.abs());
    let negative = value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let sign = if negative { "-" } else { "" };
    format!("{sign}{}{}", grouped(whole, spoken()), pointed(rest))
}

/// Megawatts with one decimal, `1 184.3`.
pub fn megawatts(power: Power) -> String {
    decimal(power.megawatts(), 1)
}

/// Whole megawatts, `1 184`.
pub fn whole_megawatts(power: Power) -> String {
    decimal(power.megawatts(), 0)
}

/// Power with the unit that fits it, `72 W`, `3.5 kW`, `411.2 MW`.
pub fn power(power: Power) -> String {
    let watts = power.watts() as f64;
    match power.watts().unsigned_abs() {
        0..=999 => format!("{} {}", decimal(watts, 0), say!("unit-w")),
        1_000..=999_999 => format!("{} {}", decimal(watts / 1e3, 1), say!("unit-kw")),
        _ => format!("{} {}", megawatts(power), say!("unit-mw")),
    }
}

/// Hashes per second with an SI prefix and three or four digits, `24.61 EH/s`.
pub fn hashrate(rate: Hashrate) -> String {
    const PREFIXES: [&str; 9] = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
    let mut value = rate.hs();
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let mut prefix = 0;
    // 999.95 would be drawn as 1000.0 of the smaller prefix.
    while value.abs() >= 999.95 && prefix + 1 < PREFIXES.len() {
        value /= 1e3;
        prefix += 1;
    }
    let places = match value.abs() {
        _ if prefix == 0 => 0,
        v if v < 99.995 => 2,
        _ => 1,
    };
    format!("{} {}H/s", decimal(value, places), PREFIXES[prefix])
}

/// Hertz with three decimals, `50.012`.
pub fn hertz(frequency: Hertz) -> String {
    decimal(frequency.millihertz() as f64 / 1e3, 3)
}

/// Bitcoin with eight decimals, `12 408.11302511`; exact.
pub fn btc(sats: Sats) -> String {
    let value = sats.sat();
    let sign = if value < 0 { "-" } else { "" };
    let (whole, rest) = (
        value.unsigned_abs() / 100_000_000,
        value.unsigned_abs() % 100_000_000,
    );
    format!("{sign}{}{}{rest:08}", count(whole), point())
}

/// Bitcoin without the decimals, `12 408`; rounded down.
pub fn whole_btc(sats: Sats) -> String {
    let text = btc(sats);
    whole(&text).to_owned()
}

/// What stands before the decimals of a figure.
pub fn whole(figure: &str) -> &str {
    figure.split(point()).next().unwrap_or_default()
}

/// An exact decimal amount as it stands, its whole part grouped.
pub fn amount(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    if !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return NONE.to_owned();
    }
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    format!("{sign}{}{}", grouped(whole, spoken()), pointed(rest))
}

/// J/TH with one decimal, `17.6`.
pub fn efficiency(value: Option<Efficiency>) -> String {
    value.map_or_else(|| NONE.to_owned(), |e| decimal(e.joules_per_terahash(), 1))
}

/// A share as whole percent, rounded down so that 100 % means all.
pub fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{:.0} %", (share * 100.0).clamp(0.0, 100.0).floor())
    } else {
        NONE.to_owned()
    }
}

/// A span as an operator says it: seconds below two minutes, minutes below two hours, then hours.
pub fn span(span: Duration) -> String {
    match span.as_secs() {
        s @ 0..=119 => format!("{s} {}", say!("unit-second")),
        s @ 120..=7_199 => format!("{} {}", s / 60, say!("unit-minute")),
        s => format!("{} {}", s / 3_600, say!("unit-hour")),
    }
}

/// How old something is, `40 s`, `3 min`.
pub fn age(at: Timestamp, now: Timestamp) -> String {
    span(at.age(now))
}

/// The time of day in a zone, `16:45:03`; `--:--:--` for what no calendar holds.
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    match Instant::from_millisecond(at.millis()) {
        Ok(instant) => {
            let zoned = instant.to_zoned(zone.clone());
            format!(
                "{:02}:{:02}:{:02}",
                zoned.hour(),
                zoned.minute(),
                zoned.second()
            )
        }
        Err(_) => "--:--:--".to_owned(),
    }
}

/// Hour and minute in a zone, `16:45`.
pub fn hour_minute(at: Timestamp, zone: &TimeZone) -> String {
    let text = clock(at, zone);
    text.rsplit_once(':')
        .map_or_else(|| text.clone(), |(minutes, _)| minutes.to_owned())
}

/// The day in a zone without its year, `11-14`, `14.11`; `-` for what no calendar holds.
pub fn day_month(at: Timestamp, zone: &TimeZone) -> String {
    let text = day(at, zone);
    match spoken() {
        Language::English => text.split_once('-').map(|(_, rest)| rest.to_owned()),
        Language::Russian | Language::Belarusian => {
            text.rsplit_once('.').map(|(front, _)| front.to_owned())
        }
    }
    .filter(|rest| !rest.is_empty())
    .unwrap_or(text)
}

/// The time of day in a zone without its seconds, `16:45`.
pub fn minute(at: Timestamp, zone: &TimeZone) -> String {
    clock(at, zone).chars().take(5).collect()
}

/// The day in a zone without its year, `11-14`, `14.11`; `-` for what no calendar holds.
pub fn short_day(at: Timestamp, zone: &TimeZone) -> String {
    let Ok(instant) = Instant::from_millisecond(at.millis()) else {
        return NONE.to_owned();
    };
    let date = instant.to_zoned(zone.clone()).date();
    match spoken() {
        Language::English => format!("{:02}-{:02}", date.month(), date.day()),
        Language::Russian | Language::Belarusian => {
            format!("{:02}.{:02}", date.day(), date.month())
        }
    }
}

/// The day in a zone, `2023-11-14`, `14.11.2023`; `-` for what no calendar holds.
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    let Ok(instant) = Instant::from_millisecond(at.millis()) else {
        return NONE.to_owned();
    };
    let date = instant.to_zoned(zone.clone()).date();
    let (year, month, day) = (date.year(), date.month(), date.day());
    match spoken() {
        Language::English => format!("{year:04}-{month:02}-{day:02}"),
        Language::Russian | Language::Belarusian => format!("{day:02}.{month:02}.{year:04}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::locales::speak;

    #[test]
    fn figures_read_as_the_language_has_them() {
        for language in [Language::Russian, Language::Belarusian] {
            let _speaking = speak(language);
            assert_eq!(count(246_019), "246\u{a0}019");
            assert_eq!(megawatts(Power::from_watts(1_184_300_000)), "1\u{a0}184,3");
            assert_eq!(power(Power::from_watts(-1_500)), "-1,5 кВт");
            assert_eq!(hertz(Hertz::from_millihertz(50_012)), "50,012");
            assert_eq!(
                btc(Sats::from_sat(1_240_811_302_511)),
                "12\u{a0}408,11302511"
            );
            assert_eq!(whole_btc(Sats::from_sat(1_240_899_999_999)), "12\u{a0}408");
            assert_eq!(amount("1234567.050"), "1\u{a0}234\u{a0}567,050");
            assert_eq!(hashrate(Hashrate::from_hs(24.61e18)), "24,61 EH/s");
            let at = Timestamp::from_millis(1_700_000_701_000);
            assert_eq!(day(at, &TimeZone::UTC), "14.11.2023");
            assert_eq!(day_month(at, &TimeZone::UTC), "14.11");
        }
        assert_eq!(count(246_019), "246 019", "English once it is over");
        let at = Timestamp::from_millis(1_700_000_701_000);
        assert_eq!(day(at, &TimeZone::UTC), "2023-11-14");
        assert_eq!(day_month(at, &TimeZone::UTC), "11-14");
        assert_eq!(hour_minute(at, &TimeZone::UTC), "22:25");
        let never = Timestamp::from_millis(i64::MAX);
        assert_eq!(day_month(never, &TimeZone::UTC), "-");
        assert_eq!(hour_minute(never, &TimeZone::UTC), "--:--");
    }

    #[test]
    fn spans_are_the_domain_s_in_english() {
        for seconds in [0, 1, 119, 120, 7_199, 7_200, 900_000] {
            let of = Duration::from_secs(seconds);
            assert_eq!(span(of), crate::domain::order::span(of));
        }
        let _speaking = speak(Language::Belarusian);
        assert_eq!(span(Duration::from_mins(5)), "5 хв");
    }
    use proptest::prelude::*;

    #[test]
    fn figures_read_as_sketched() {
        assert_eq!(count(246_019), "246 019");
        assert_eq!(count(7), "7");
        assert_eq!(megawatts(Power::from_watts(1_184_300_000)), "1 184.3");
        assert_eq!(megawatts(Power::from_watts(-32_400_000)), "-32.4");
        assert_eq!(whole_megawatts(Power::from_watts(1_184_500_000)), "1 184");
        assert_eq!(hertz(Hertz::from_millihertz(50_012)), "50.012");
        assert_eq!(hertz(Hertz::from_millihertz(49_900)), "49.900");
        assert_eq!(btc(Sats::from_sat(1_240_811_302_511)), "12 408.11302511");
        assert_eq!(btc(Sats::from_sat(-5)), "-0.00000005");
        assert_eq!(whole_btc(Sats::from_sat(1_240_899_999_999)), "12 408");
        assert_eq!(amount("1234567.050"), "1 234 567.050");
        assert_eq!(amount("-12"), "-12");
        assert_eq!(amount("1e5"), "-");
        assert_eq!(percent(0.999), "99 %");
        assert_eq!(percent(1.0), "100 %");
    }

    #[test]
    fn hashrates_change_their_prefix_without_a_jump() {
        let shown = |hs| hashrate(Hashrate::from_hs(hs));
        assert_eq!(shown(0.0), "0 H/s");
        assert_eq!(shown(72.9e6), "72.90 MH/s");
        assert_eq!(shown(24.61e18), "24.61 EH/s");
        assert_eq!(shown(241.7e18), "241.7 EH/s");
        assert_eq!(shown(999.94e12), "999.9 TH/s");
        assert_eq!(shown(999.96e12), "1.00 PH/s");
        assert_eq!(shown(f64::NAN), "-");
    }

    #[test]
    fn power_takes_the_unit_that_fits() {
        assert_eq!(power(Power::from_watts(72)), "72 W");
        assert_eq!(power(Power::from_watts(3_500)), "3.5 kW");
        assert_eq!(power(Power::from_watts(411_200_000)), "411.2 MW");
        assert_eq!(power(Power::from_watts(-1_500)), "-1.5 kW");
    }

    #[test]
    fn zero_has_no_minus() {
        assert_eq!(decimal(-0.04, 1), "0.0");
        assert_eq!(decimal(-0.06, 1), "-0.1");
        assert_eq!(decimal(f64::INFINITY, 1), "-");
    }

    #[test]
    fn clocks_show_the_zone() {
        let at = Timestamp::from_millis(1_700_000_701_000);
        assert_eq!(clock(at, &TimeZone::UTC), "22:25:01");
        let east = TimeZone::fixed(jiff::tz::offset(3));
        assert_eq!(clock(at, &east), "01:25:01");
        assert_eq!(clock(Timestamp::from_millis(i64::MAX), &east), "--:--:--");
    }

    proptest! {
        #[test]
        fn nothing_panics_and_all_is_ascii(value: f64, whole: i64, places in 0usize..9) {
            let now = Timestamp::from_millis(whole);
            for text in [
                decimal(value, places),
                hashrate(Hashrate::from_hs(value)),
                megawatts(Power::from_watts(whole)),
                power(Power::from_watts(whole)),
                hertz(Hertz::from_millihertz(whole)),
                btc(Sats::from_sat(whole)),
                percent(value),
                age(Timestamp::from_millis(0), now),
                clock(now, &TimeZone::UTC),
            ] {
                prop_assert!(text.is_ascii() && !text.is_empty());
            }
        }

        #[test]
        fn bitcoin_is_exact(sat: i64) {
            let digits: String = btc(Sats::from_sat(sat)).chars().filter(|c| !" .".contains(*c)).collect();
            prop_assert_eq!(digits.parse::<i128>().ok(), Some(i128::from(sat)));
        }
    }
}
