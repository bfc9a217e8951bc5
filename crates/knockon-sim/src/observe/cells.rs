//! Counts of durations that a replica keeps, as an instrumented process does: for each operation by
//! what was answered, for each step that asks somebody by how that ended.
//!
//! A cell is made when it is first needed. Counting one more is a look-up and two additions.

use super::bank::NEW;
use crate::clock::SECOND;
use crate::engine::Outcome;

/// The upper bounds of buckets in nanoseconds: those that OpenTelemetry advises for the durations of
/// HTTP requests (<https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>).
pub(super) const BOUNDS_NS: [u64; 14] = [
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    75_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    750_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    7_500_000_000,
    10_000_000_000,
];

/// The same as they are written in the label `le`; the last is for everything.
pub(super) const BOUNDS: [&str; 15] = [
    "0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0",
    "7.5", "10.0", "+Inf",
];

/// The upper bounds for the age of messages, in nanoseconds: queues hold what is worked off in
/// milliseconds as well as what waits for hours.
pub(super) const AGES_NS: [u64; 14] = [
    100_000_000,
    500_000_000,
    SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    60 * SECOND,
    120 * SECOND,
    300 * SECOND,
    600 * SECOND,
    1800 * SECOND,
    3600 * SECOND,
    7200 * SECOND,
];

/// The same as they are written in the label `le`: as many as [`BOUNDS`].
pub(super) const AGES: [&str; BOUNDS.len()] = [
    "0.1", "0.5", "1.0", "5.0", "10.0", "15.0", "30.0", "60.0", "120.0", "300.0", "600.0",
    "1800.0", "3600.0", "7200.0", "+Inf",
];

/// So many ways to end there are.
pub(super) const WAYS: usize = Outcome::ALL.len();

/// The bucket to begin the search with, by how many bits a duration has.
const FIRST: [u8; 65] = {
    let mut first = [0; 65];
    let mut bits = 1;
    while bits <= 64 {
        let least = 1_u64 << (bits - 1);
        let mut at = 0;
        while at < BOUNDS_NS.len() && BOUNDS_NS[at] < least {
            at += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 14")]
        let at = at as u8;
        first[bits] = at;
        bits += 1;
    }
    first
};

/// The bounds, and two that nothing exceeds.
const PADDED_NS: [u64; 16] = {
    let mut padded = [u64::MAX; 16];
    let mut at = 0;
    while at < BOUNDS_NS.len() {
        padded[at] = BOUNDS_NS[at];
        at += 1;
    }
    padded
};

/// Durations that ended in one way.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Of which operation or step, and in which way it ended.
    pub(super) slot: u32,
    /// Its series: the first of several.
    pub(super) series: u32,
    pub(super) buckets: [u32; 15],
    pub(super) sum_ns: u64,
}

impl Cell {
    pub(super) fn count(&self) -> u64 {
        self.buckets.iter().map(|count| u64::from(*count)).sum()
    }
}

/// What one replica counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    /// The number of the cell from 1, for each slot.
    index: Vec<u8>,
    pub(super) made: Vec<Cell>,
    /// Cells beyond the 255th are found one by one.
    more: bool,
}

impl Cells {
    pub(super) fn new(slots: usize) -> Self {
        Self { index: vec![0; slots], made: Vec::new(), more: false }
    }

    /// Counts a duration.
    #[inline]
    pub(super) fn record(&mut self, slot: usize, took_ns: u64) {
        let at = match self.index[slot] {
            0 => self.make(slot),
            at => usize::from(at) - 1,
        };
        let cell = &mut self.made[at];
        // Between a power of two and the next there are at most two bounds; no branch to guess.
        let first = usize::from(FIRST[64 - took_ns.leading_zeros() as usize]);
        let beyond = |at: usize| usize::from(took_ns > PADDED_NS[at]);
        let bucket = first + beyond(first) + beyond(first + 1);
        cell.buckets[bucket] += 1;
        cell.sum_ns += took_ns;
    }

    #[cold]
    fn make(&mut self, slot: usize) -> usize {
        let number = u32::try_from(slot).unwrap_or(u32::MAX);
        if self.more
            && let Some(at) = self.made.iter().position(|cell| cell.slot == number)
        {
            return at;
        }
        self.made.push(Cell { slot: number, series: NEW, buckets: [0; 15], sum_ns: 0 });
        match u8::try_from(self.made.len()) {
            Ok(at) => self.index[slot] = at,
            Err(_) => self.more = true,
        }
        self.made.len() - 1
    }

    /// A process that begins has counted nothing.
    pub(super) fn clear(&mut self) {
        for cell in &mut self.made {
            cell.buckets = [0; 15];
            cell.sum_ns = 0;
        }
    }

    /// How often a slot was counted.
    pub(super) fn count(&self, slot: usize) -> u64 {
        let mine = self.made.iter().filter(|cell| cell.slot as usize == slot);
        mine.map(Cell::count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        let mut around: Vec<u64> =
            BOUNDS_NS.iter().flat_map(|bound| [bound - 1, *bound, bound + 1]).collect();
        around.extend([0, 1, u64::MAX]);
        for took in around {
            let mut cells = Cells::new(1);
            cells.record(0, took);
            let expected = BOUNDS_NS.iter().position(|bound| took <= *bound).unwrap_or(14);
            assert_eq!(cells.made[0].buckets[expected], 1, "{took}");
        }
    }

    #[test]
    fn bounds_are_written_as_they_are() {
        let all = BOUNDS_NS.iter().zip(BOUNDS).chain(AGES_NS.iter().zip(AGES));
        for (ns, text) in all {
            let bound: f64 = text.parse().unwrap();
            assert_eq!(bound.to_bits(), (*ns as f64 / 1e9).to_bits());
        }
    }

    #[test]
    fn more_cells_than_a_byte_can_number_are_told_apart() {
        let mut cells = Cells::new(400);
        for round in 0..3 {
            for slot in 0..400 {
                cells.record(slot, round);
            }
        }
        assert_eq!(cells.made.len(), 400);
        assert!((0..400).all(|slot| cells.count(slot) == 3));
    }
}
