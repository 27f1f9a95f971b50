//! `baseload bench`: the speed of each kernel that this CPU has, one thread each, then of the chosen one on all threads.
//! Every portion of work holds nonces that are known to solve it, so a wrong kernel cannot score.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::Failure;
use crate::cli::BenchArgs;
use crate::domain::cores::Threads;
use crate::domain::units::Hashrate;
use crate::engine::kernel::measure::{Measured, Measuring};
use crate::engine::kernel::{Kernel, by_name, fastest, kernels};
use crate::ui::format;

/// How long a case is run before the next has its turn: what else the machine does then falls on all of them alike.
const TURN: Duration = Duration::from_millis(50);

/// One line of the result.
#[derive(Debug, Serialize)]
struct Line {
    kernel: &'static str,
    threads: usize,
    version_rolling: bool,
    midstates: usize,
    hashes: u64,
    seconds: f64,
    cpu_seconds: f64,
    hashes_per_second: f64,
    hashes_per_cpu_second: f64,
}

impl Line {
    fn new(kernel: &dyn Kernel, midstates: usize, threads: usize, done: &Measured) -> Self {
        let (seconds, cpu_seconds) = (done.wall.as_secs_f64(), done.cpu.as_secs_f64());
        let rate = |seconds: f64| done.hashes as f64 / seconds.max(1e-9);
        Self {
            kernel: kernel.name(),
            threads,
            version_rolling: midstates > 1,
            midstates,
            hashes: done.hashes,
            seconds,
            cpu_seconds,
            hashes_per_second: rate(seconds),
            hashes_per_cpu_second: rate(cpu_seconds),
        }
    }
}

/// Stands for the fastest kernel.
const AUTO: &str = "auto";

/// Runs the bench, or lists the kernels.
pub fn run(args: &BenchArgs) -> Result<(), Failure> {
    let chosen = chosen(args.kernel.as_deref())?;
    if args.list {
        return list(args.json);
    }
    let threads = thread_count(args.threads);
    let candidates = chosen.map_or_else(|| kernels().to_vec(), |kernel| vec![kernel]);
    let limit = Duration::from_secs_f64(args.time_limit);
    let cases = cases(&candidates);
    let share = limit.div_f64(cases.len() as f64 + 1.0);
    let mut lines = alone(&cases, limit.saturating_sub(share))?;
    lines.push(together(chosen.unwrap_or_else(fastest), threads, share)?);
    if args.json {
        let json = serde_json::to_string_pretty(&lines)
            .map_err(|error| Failure::Run(format!("the result can't be written: {error}")))?;
        println!("{json}");
    } else {
        print!("{}", table(&lines));
        if let Some(sentence) = scaling(&lines, physical_cores()) {
            println!("{sentence}");
        }
    }
    Ok(())
}

/// The kernel of that name, `auto` being the fastest; or a sentence that names those there are.
pub(crate) fn chosen(name: Option<&str>) -> Result<Option<&'static dyn Kernel>, Failure> {
    let Some(name) = name else { return Ok(None) };
    if name == AUTO {
        return Ok(Some(fastest()));
    }
    by_name(name).map(Some).ok_or_else(|| {
        let names: Vec<&str> = kernels().iter().map(|kernel| kernel.name()).collect();
        let names = names.join(", ");
        Failure::Usage(format!(
            "--kernel {name}: this CPU has no such kernel; it has {names}, and {AUTO} is the fastest of them"
        ))
    })
}

/// Threads that a person asked for, or one a core.
pub(crate) fn thread_count(threads: Option<Threads>) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    threads.map_or(cores, |threads| threads.of(cores))
}

#[derive(Serialize)]
struct Listed {
    kernel: &'static str,
    lanes: usize,
    midstates: usize,
    fastest: bool,
}

fn list(json: bool) -> Result<(), Failure> {
    let listed: Vec<Listed> = kernels()
        .iter()
        .map(|kernel| Listed {
            kernel: kernel.name(),
            lanes: kernel.lanes(),
            midstates: kernel.midstates(),
            fastest: kernel.name() == fastest().name(),
        })
        .collect();
    if json {
        let json = serde_json::to_string_pretty(&listed)
            .map_err(|error| Failure::Run(format!("the list can't be written: {error}")))?;
        println!("{json}");
        return Ok(());
    }
    for kernel in listed {
        let Listed {
            kernel,
            lanes,
            midstates,
            fastest,
        } = kernel;
        let mark = if fastest { "  fastest here" } else { "" };
        let line = format!("{kernel:<16} {lanes:>2} nonces x {midstates:>2} versions{mark}");
        println!("{line}");
    }
    Ok(())
}

/// Each kernel with one midstate and with as many as it likes to have.
fn cases(candidates: &[&'static dyn Kernel]) -> Vec<(&'static dyn Kernel, usize)> {
    let both = candidates.iter().flat_map(|kernel| {
        let rolled = (kernel.midstates() > 1).then(|| (*kernel, kernel.midstates()));
        std::iter::once((*kernel, 1)).chain(rolled)
    });
    both.collect()
}

/// All cases on this thread, in turns until the time is up, and each at least once.
fn alone(cases: &[(&'static dyn Kernel, usize)], limit: Duration) -> Result<Vec<Line>, Failure> {
    let mut measurings: Vec<Measuring> = cases
        .iter()
        .map(|(kernel, midstates)| Measuring::new(*kernel, *midstates))
        .collect();
    let mut totals = vec![Measured::default(); cases.len()];
    let turn = TURN.min(limit.div_f64(cases.len() as f64));
    let started = Instant::now();
    loop {
        for (measuring, total) in measurings.iter_mut().zip(&mut totals) {
            let done = measuring.run(turn, Duration::MAX).map_err(wrong)?;
            *total = sum(total, &done);
        }
        if started.elapsed() + turn.mul_f64(cases.len() as f64) > limit {
            break;
        }
    }
    let lines = cases.iter().zip(&totals);
    Ok(lines
        .map(|((kernel, midstates), total)| Line::new(*kernel, *midstates, 1, total))
        .collect())
}

/// One kernel on all threads at once.
fn together(kernel: &'static dyn Kernel, threads: usize, time: Duration) -> Result<Line, Failure> {
    let midstates = kernel.midstates();
    let started = Instant::now();
    let done: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| Measuring::new(kernel, midstates).run(time, Duration::MAX)))
            .collect();
        running
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect()
    });
    let wall = started.elapsed();
    let mut total = Measured::default();
    for done in done {
        let done = done.map_err(|_| Failure::Run("a thread of the bench panicked".to_owned()))?;
        total = sum(&total, &done.map_err(wrong)?);
    }
    Ok(Line::new(
        kernel,
        midstates,
        threads,
        &Measured { wall, ..total },
    ))
}

fn sum(a: &Measured, b: &Measured) -> Measured {
    Measured {
        hashes: a.hashes + b.hashes,
        wall: a.wall + b.wall,
        cpu: a.cpu + b.cpu,
        best: a.best.max(b.best),
    }
}

fn wrong(error: crate::engine::kernel::measure::Wrong) -> Failure {
    Failure::Run(error.to_string())
}

/// Ratios are to the portable kernel's processor time, where it was run.
fn table(lines: &[Line]) -> String {
    let rate = |hs: f64| format::hashrate(Hashrate::from_hs(hs));
    let base = lines.first().filter(|line| line.kernel == "sha2");
    let mut out = format!(
        "{:<16} {:>7} {:>8} {:>13} {:>13} {:>7}\n",
        "kernel", "threads", "versions", "a second", "a CPU second", "ratio"
    );
    for line in lines {
        let ratio = base.map_or_else(String::new, |base| {
            let ratio = line.hashes_per_cpu_second / base.hashes_per_cpu_second.max(1e-9);
            format!("{ratio:.2}")
        });
        let row = format!(
            "{:<16} {:>7} {:>8} {:>13} {:>13} {ratio:>7}\n",
            line.kernel,
            line.threads,
            line.midstates,
            rate(line.hashes_per_second),
            rate(line.hashes_per_cpu_second),
        );
        out.push_str(&row);
    }
    out
}

/// What all threads do against one of the same kernel, by the time that passed; none where that one was not run.
fn scaling(lines: &[Line], cores: Option<usize>) -> Option<String> {
    let (all, alone) = lines.split_last()?;
    let same = |line: &&Line| line.kernel == all.kernel && line.midstates == all.midstates;
    let one = alone.iter().find(same)?;
    let ratio = all.hashes_per_second / one.hashes_per_second.max(1e-9);
    let (kernel, threads) = (all.kernel, all.threads);
    let busy = cores.map_or_else(String::new, |cores| {
        let busy = cores.min(threads).max(1);
        let words = if busy == 1 { "core" } else { "cores" };
        format!(
            "; {:.2} a physical core ({busy} {words})",
            ratio / busy as f64
        )
    });
    Some(format!(
        "{kernel}: {threads} threads do {ratio:.2} x what one does{busy}"
    ))
}

/// Cores that are not a second thread of another; none where the system does not tell.
fn physical_cores() -> Option<usize> {
    let processors = fs::read_dir("/sys/devices/system/cpu").ok()?;
    let siblings: BTreeSet<String> = processors
        .flatten()
        .filter_map(|cpu| fs::read_to_string(cpu.path().join("topology/thread_siblings_list")).ok())
        .collect();
    (!siblings.is_empty()).then_some(siblings.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::kernel::Portable;

    #[test]
    fn scaling_is_told_by_thread_and_by_core() {
        let line = |threads, seconds| {
            let done = Measured {
                hashes: 8_000,
                wall: Duration::from_secs(seconds),
                ..Measured::default()
            };
            Line::new(&Portable, 1, threads, &done)
        };
        let lines = [line(1, 8), line(4, 2)];
        assert_eq!(
            scaling(&lines, Some(2)).as_deref(),
            Some("sha2: 4 threads do 4.00 x what one does; 2.00 a physical core (2 cores)")
        );
        assert_eq!(
            scaling(&lines, None).as_deref(),
            Some("sha2: 4 threads do 4.00 x what one does")
        );
        assert_eq!(scaling(&lines[1..], Some(2)), None);
    }

    #[test]
    fn an_unknown_kernel_is_named_with_those_there_are() {
        assert!(matches!(chosen(None), Ok(None)));
        let error = chosen(Some("abacus")).expect_err("no such kernel");
        assert!(matches!(error, Failure::Usage(_)));
        assert!(error.to_string().ends_with("sha2") || error.to_string().contains("sha2, "));
    }

    #[test]
    fn every_case_is_run_and_told_with_its_keys() {
        let cases = cases(kernels());
        let lines = alone(&cases, Duration::from_millis(10)).expect("kernels are right");
        let more = together(fastest(), 2, Duration::from_millis(2)).expect("kernels are right");
        assert_eq!(lines.len(), cases.len());
        assert!(
            lines
                .iter()
                .all(|line| line.hashes > 0 && line.threads == 1)
        );
        assert_eq!(more.threads, 2);
        let json = serde_json::to_value(&more).expect("plain figures");
        let keys: Vec<&String> = json.as_object().expect("an object").keys().collect();
        for key in [
            "kernel",
            "threads",
            "version_rolling",
            "midstates",
            "hashes",
            "seconds",
            "cpu_seconds",
            "hashes_per_second",
            "hashes_per_cpu_second",
        ] {
            assert!(keys.iter().any(|k| *k == key), "{key}");
        }
        assert_eq!(keys.len(), 9);
        let shown = table(&lines);
        assert_eq!(shown.lines().count(), 1 + lines.len());
        assert!(shown.contains("1.00"), "{shown}");
    }
}
