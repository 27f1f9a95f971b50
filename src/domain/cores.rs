//! How much of a machine hashes: threads and processors, as people write them.

use std::str::FromStr;

/// A number of threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// So many, 1 to 1024.
    Count(usize),
    /// Per cent of the cores, 1 to 100; at least one thread.
    Share(usize),
}

impl Threads {
    /// How many on a machine with so many cores.
    pub fn of(self, cores: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Share(percent) => (cores * percent / 100).max(1),
        }
    }
}

impl FromStr for Threads {
    type Err = String;

    /// `3`, or `50%`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (figure, share) = match text.strip_suffix('%') {
            Some(figure) => (figure, true),
            None => (text, false),
        };
        match (figure.parse(), share) {
            (Ok(percent @ 1..=100), true) => Ok(Self::Share(percent)),
            (Ok(count @ 1..=1_024), false) => Ok(Self::Count(count)),
            _ => Err("threads are a number from 1 to 1024, or 1% to 100% of the cores".to_owned()),
        }
    }
}

/// Numbers of processors, as the system counts them; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpuList(Vec<usize>);

impl CpuList {
    /// The numbers, in the order given.
    pub fn numbers(&self) -> &[usize] {
        &self.0
    }
}

impl FromStr for CpuList {
    type Err = String;

    /// `0-3,6`.
    fn from_str(text: &str) -> Result<Self, String> {
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last && last < 1_024).then_some(first..=last)
        };
        // Bounded before it is unfolded: each part may stand for a thousand.
        let ranges: Option<Vec<_>> = text.split(',').take(1_025).map(range).collect();
        let list: Vec<usize> = ranges.into_iter().flatten().flatten().take(1_025).collect();
        if list.is_empty() || list.len() > 1_024 {
            return Err(
                "processors are numbers below 1024 and ranges of them, as in 0-3,6".to_owned(),
            );
        }
        Ok(Self(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_a_number_or_a_share() {
        assert_eq!("3".parse(), Ok(Threads::Count(3)));
        assert_eq!("50%".parse(), Ok(Threads::Share(50)));
        for wrong in ["0", "101%", "1025", "", "%", "-1", "half"] {
            assert!(wrong.parse::<Threads>().is_err(), "{wrong}");
        }
        assert_eq!((Threads::Share(1).of(8), Threads::Share(50).of(8)), (1, 4));
    }

    #[test]
    fn processors_are_numbers_and_ranges() {
        let list: CpuList = "0-2,7".parse().expect("a list");
        assert_eq!(list.numbers(), [0, 1, 2, 7]);
        let many = vec!["0-1023"; 2_000].join(",");
        for wrong in [
            "",
            "3-1",
            "0,",
            "1024",
            "0-99999999999999999999",
            "-1",
            &many,
        ] {
            assert!(wrong.parse::<CpuList>().is_err(), "{wrong}");
        }
    }
}
