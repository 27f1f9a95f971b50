//! What this machine tells of its own processor: temperature, throttling, power. Linux shows them as small files; where
//! there are none, or they may not be read, the figure is missing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::hashing::ProcessorReadings;
use crate::domain::time::Timestamp;
use crate::domain::units::Power;

/// Names that drivers of processor temperatures have.
const DRIVERS: [&str; 4] = ["k10temp", "coretemp", "zenpower", "cpu_thermal"];
/// How often the files are read, at most.
const APART_MS: i64 = 1_000;
/// No processor package draws more, watts; what says so has stepped.
const MOST_W: f64 = 10_000.0;

/// A package's counter of energy, which wraps.
#[derive(Debug)]
struct Package {
    energy: PathBuf,
    /// Microjoules at which it begins anew.
    range: u64,
    last: Option<u64>,
}

/// The files, found once.
#[derive(Debug)]
pub(super) struct Sensors {
    temperature: Option<PathBuf>,
    throttles: Option<PathBuf>,
    last_throttles: Option<u64>,
    packages: Vec<Package>,
    last: Option<Timestamp>,
    readings: ProcessorReadings,
}

impl Sensors {
    /// Below `/sys`, or what stands for it.
    pub(super) fn find(sys: &Path) -> Self {
        let temperature = folders(&sys.join("class/hwmon"))
            .into_iter()
            .find(|folder| text(&folder.join("name")).is_some_and(|n| DRIVERS.contains(&n.trim())))
            .map(|folder| folder.join("temp1_input"));
        let packages = folders(&sys.join("class/powercap"))
            .into_iter()
            // `intel-rapl:0` is a package (AMD's too); `intel-rapl:0:1` is a part of one.
            .filter(|folder| {
                let name = folder.file_name().and_then(|n| n.to_str()).unwrap_or("");
                name.starts_with("intel-rapl:") && name.matches(':').count() == 1
            })
            .filter_map(|folder| {
                Some(Package {
                    energy: folder.join("energy_uj"),
                    range: number(&folder.join("max_energy_range_uj"))?,
                    last: None,
                })
            })
            .collect();
        let throttles = sys.join("devices/system/cpu/cpu0/thermal_throttle/package_throttle_count");
        Self {
            temperature,
            throttles: throttles.exists().then_some(throttles),
            last_throttles: None,
            packages,
            last: None,
            readings: ProcessorReadings::default(),
        }
    }

    /// The readings at `now`; those of a moment ago where that is less than a second.
    pub(super) fn read(&mut self, now: Timestamp) -> ProcessorReadings {
        let passed = self.last.map(|last| now.millis() - last.millis());
        if passed.is_some_and(|ms| (0..APART_MS).contains(&ms)) {
            return self.readings;
        }
        self.last = Some(now);
        let throttles = self.throttles.as_deref().and_then(number);
        self.readings = ProcessorReadings {
            temperature_c: self
                .temperature
                .as_deref()
                .and_then(number)
                .map(|millidegrees| millidegrees as f64 / 1_000.0),
            throttled: throttles > self.last_throttles && self.last_throttles.is_some(),
            power: self.power(passed),
        };
        self.last_throttles = throttles;
        self.readings
    }

    /// Of all packages together, since the last reading; none where one of them is not told.
    fn power(&mut self, passed_ms: Option<i64>) -> Option<Power> {
        let mut used = (!self.packages.is_empty()).then_some(0);
        for package in &mut self.packages {
            let now = number(&package.energy);
            let before = std::mem::replace(&mut package.last, now);
            let spent = now.zip(before).map(|(now, before)| {
                now.checked_sub(before)
                    .unwrap_or_else(|| (package.range.saturating_sub(before)).saturating_add(now))
            });
            used = used
                .zip(spent)
                .map(|(sum, spent): (u64, u64)| sum.saturating_add(spent));
        }
        let seconds = passed_ms.filter(|ms| *ms > 0)? as f64 / 1_000.0;
        let watts = used? as f64 / 1e6 / seconds;
        (watts <= MOST_W).then(|| Power::from_watts(watts.round() as i64))
    }
}

/// In the order of their names.
fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

fn text(file: &Path) -> Option<String> {
    fs::read_to_string(file).ok()
}

fn number(file: &Path) -> Option<u64> {
    text(file)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, file: &str, content: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(path, content).expect("the folder takes a file");
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_machine_that_tells_nothing_has_no_figures() {
        let root = tempfile::tempdir().expect("a scratch folder");
        let mut sensors = Sensors::find(root.path());
        assert_eq!(sensors.read(at(0)), ProcessorReadings::default());
        assert_eq!(sensors.read(at(5_000)), ProcessorReadings::default());
    }

    #[test]
    fn temperature_throttling_and_power_are_read() {
        let root = tempfile::tempdir().expect("a scratch folder");
        let sys = root.path();
        let throttles = "devices/system/cpu/cpu0/thermal_throttle/package_throttle_count";
        put(sys, "class/hwmon/hwmon0/name", "nvme\n");
        put(sys, "class/hwmon/hwmon0/temp1_input", "99000\n");
        put(sys, "class/hwmon/hwmon1/name", "k10temp\n");
        put(sys, "class/hwmon/hwmon1/temp1_input", "61500\n");
        put(sys, throttles, "7\n");
        for package in ["intel-rapl:0", "intel-rapl:1"] {
            put(
                sys,
                &format!("class/powercap/{package}/max_energy_range_uj"),
                "1000000000\n",
            );
            put(
                sys,
                &format!("class/powercap/{package}/energy_uj"),
                "999000000\n",
            );
        }
        put(
            sys,
            "class/powercap/intel-rapl:0:0/max_energy_range_uj",
            "1000000000\n",
        );
        put(sys, "class/powercap/intel-rapl:0:0/energy_uj", "5\n");
        let mut sensors = Sensors::find(sys);
        let first = sensors.read(at(0));
        assert_eq!(
            (first.temperature_c, first.throttled, first.power),
            (Some(61.5), false, None)
        );
        // One counter goes on by 100 J, the other over its end by as much.
        put(sys, "class/powercap/intel-rapl:0/energy_uj", "1099000000\n");
        put(sys, "class/powercap/intel-rapl:1/energy_uj", "99000000\n");
        put(sys, throttles, "8\n");
        assert_eq!(sensors.read(at(900)), first, "not read again so soon");
        let second = sensors.read(at(2_000));
        assert_eq!(second.power, Some(Power::from_watts(100)));
        assert!(second.throttled);
        put(sys, "class/powercap/intel-rapl:1/energy_uj", "no number\n");
        let third = sensors.read(at(4_000));
        assert_eq!((third.power, third.throttled), (None, false));
    }
}
