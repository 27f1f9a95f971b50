//! What the solver works on: groups of points, of which exactly one is taken from each.

/// One way to treat a group. What the axes mean is the caller's to say; the sum of `x` must reach the need, the sum of
/// `y` is what bounds are made of, `z` is carried along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) z: i64,
    /// Against the cap of the group's node.
    pub(super) load: i64,
}

/// Groups, each a run of points.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) points: Vec<Point>,
    pub(super) ends: Vec<u32>,
}

impl Groups {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn range(&self, group: usize) -> std::ops::Range<usize> {
        let first = if group == 0 {
            0
        } else {
            self.ends[group - 1] as usize
        };
        first..self.ends[group] as usize
    }

    pub(super) fn push(&mut self, points: impl IntoIterator<Item = Point>) {
        self.points.extend(points);
        self.ends.push(self.points.len() as u32);
    }
}
