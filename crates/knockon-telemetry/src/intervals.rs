//! Intervals that events are counted in, so that they become series as metrics are.

use knockon_core::Timestamp;

/// The shortest interval: how often metrics are usually scraped.
const SHORTEST_MS: i64 = 15_000;

/// As many intervals as a series has at most, nearly.
const COUNT_MAX: i64 = 1_000;

/// From when to when there were events.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct IntervalSpan(Option<(i64, i64)>);

impl IntervalSpan {
    /// The number of the shortest interval that a moment lies in, which is then part of the span.
    pub(crate) fn take(&mut self, time: Timestamp) -> i64 {
        let number = time.unix_ms.div_euclid(SHORTEST_MS);
        let (first, last) = self.0.unwrap_or((number, number));
        self.0 = Some((first.min(number), last.max(number)));
        number
    }

    /// The intervals that events are told in; `None` when there were no events.
    pub(crate) fn intervals(self) -> Option<Intervals> {
        let (first, last) = self.0?;
        Some(Intervals { first, last, merged: (last - first) / COUNT_MAX + 1 })
    }
}

/// Intervals of one length, each some of the shortest put together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Intervals {
    first: i64,
    last: i64,
    merged: i64,
}

impl Intervals {
    /// The end of the interval that one of the shortest is part of: what is counted is known only then.
    pub(crate) fn end(&self, shortest: i64) -> Timestamp {
        let number = (shortest - self.first) / self.merged;
        Timestamp::from_unix_ms((self.first + (number + 1) * self.merged) * SHORTEST_MS)
    }

    /// The ends of all of them, in milliseconds since the Unix epoch.
    pub(crate) fn all(&self) -> impl Iterator<Item = i64> {
        let (first, last) = self.ends();
        let step = usize::try_from(self.length_ms()).unwrap_or(1);
        (first.unix_ms..=last.unix_ms).step_by(step)
    }

    /// The ends of the first and the last of them.
    pub(crate) fn ends(&self) -> (Timestamp, Timestamp) {
        (self.end(self.first), self.end(self.last))
    }

    /// How long each of them is, in milliseconds.
    pub(crate) fn length_ms(&self) -> i64 {
        SHORTEST_MS * self.merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_time_has_no_more_intervals_than_a_short_one() {
        let check = |last_ms: i64, count: usize, length_ms: i64| {
            let mut span = IntervalSpan::default();
            span.take(Timestamp::from_unix_ms(last_ms));
            span.take(Timestamp::from_unix_ms(0));
            let intervals = span.intervals().unwrap();
            assert_eq!((intervals.all().count(), intervals.length_ms()), (count, length_ms));
            assert!(intervals.ends().1.unix_ms > last_ms);
        };
        check(0, 1, 15_000);
        check(14_999, 1, 15_000);
        check(15_000, 2, 15_000);
        check(999 * 15_000, 1000, 15_000);
        check(1000 * 15_000, 501, 30_000);
        check(86_400_000_000, 1000, 86_415_000);
        assert!(IntervalSpan::default().intervals().is_none());
    }
}
