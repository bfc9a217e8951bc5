//! Counts of durations, with a bounded relative error in bounded memory.
//!
//! Buckets are log-linear, as those of `HdrHistogram` (<https://hdrhistogram.github.io/HdrHistogram/>)
//! and of circllhist (<https://arxiv.org/abs/2001.06561>): each power of two is cut into 64 equal
//! parts. A value is known to within 1/64 of itself, values below 128 ns exactly, from one
//! nanosecond to 584 years.

/// How many bits of a value tell the buckets of one power of two apart.
const PART_BITS: u32 = 6;

/// Into how many buckets a power of two is cut.
const PARTS: usize = 1 << PART_BITS;

/// Values up to 2·`PARTS` have their own buckets; then come `PARTS` for each further power of two.
const BUCKETS: usize = (64 - PART_BITS as usize) * PARTS + PARTS;

/// Counts of durations in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    counts: Box<[u64; BUCKETS]>,
    count: u64,
    sum_ns: u128,
    min_ns: u64,
    max_ns: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// A histogram of nothing. This is the only time that it allocates: 30 KiB.
    #[expect(clippy::large_stack_arrays, reason = "it is made in the box where optimised")]
    pub fn new() -> Self {
        Self { counts: Box::new([0; BUCKETS]), count: 0, sum_ns: 0, min_ns: u64::MAX, max_ns: 0 }
    }

    /// Counts a duration.
    #[inline]
    pub fn record(&mut self, ns: u64) {
        self.counts[bucket(ns)] += 1;
        self.count += 1;
        self.sum_ns += u128::from(ns);
        self.min_ns = self.min_ns.min(ns);
        self.max_ns = self.max_ns.max(ns);
    }

    /// How many durations were counted.
    #[inline]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum, exact, in ns.
    #[inline]
    pub fn sum_ns(&self) -> u128 {
        self.sum_ns
    }

    /// The longest, exact; 0 if there is none.
    #[inline]
    pub fn max_ns(&self) -> u64 {
        self.max_ns
    }

    /// The shortest, exact, if there is one.
    #[inline]
    pub fn min_ns(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min_ns)
    }

    /// Their mean in ns, if there is one.
    pub fn mean_ns(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_ns as f64 / self.count as f64)
    }

    /// The shortest duration in ns that a share `q` of all does not exceed (the sample quantile
    /// without interpolation), rounded up by at most 1/64; `None` if there is none.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=count just before"
    )]
    pub fn quantile(&self, q: f64) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        let rank = ((q.clamp(0.0, 1.0) * self.count as f64).ceil() as u64).clamp(1, self.count);
        let mut below = 0;
        let first = bucket(self.min_ns);
        for (at, &count) in (first..).zip(&self.counts[first..]) {
            below += count;
            if below >= rank {
                return Some(highest(at).min(self.max_ns));
            }
        }
        Some(self.max_ns)
    }

    /// How many durations are at most `bound_ns`, as a bucket of a Prometheus histogram counts them.
    ///
    /// Durations that exceed the bound by no more than 1/64 of it may be counted too; exact if
    /// `bound_ns` is the highest of its bucket, or not below the maximum.
    pub fn counts_at_or_below(&self, bound_ns: u64) -> u64 {
        let mut counts = [0];
        self.cumulative(&[bound_ns], &mut counts);
        counts[0]
    }

    /// [`Self::counts_at_or_below`] for many bounds in rising order, in one pass, into `counts`.
    pub fn cumulative(&self, bounds_ns: &[u64], counts: &mut [u64]) {
        let mut next = if self.count == 0 { 0 } else { bucket(self.min_ns) };
        let mut below = 0;
        for (&bound, count) in bounds_ns.iter().zip(counts) {
            let end = bucket(bound.min(self.max_ns)) + 1;
            if next < end {
                below += self.counts[next..end].iter().sum::<u64>();
                next = end;
            }
            *count = below;
        }
    }

    /// Adds all that another histogram counted.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts.iter()) {
            *count += more;
        }
        self.count += other.count;
        self.sum_ns += other.sum_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
    }

    /// What was counted since it was `earlier`. The shortest and the longest are known to within their
    /// buckets.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut since = Self::new();
        for (at, (now, before)) in self.counts.iter().zip(earlier.counts.iter()).enumerate() {
            let count = now.saturating_sub(*before);
            since.counts[at] = count;
            if count > 0 {
                since.min_ns = since.min_ns.min(highest(at));
                since.max_ns = highest(at).min(self.max_ns);
            }
        }
        since.count = self.count.saturating_sub(earlier.count);
        since.sum_ns = self.sum_ns.saturating_sub(earlier.sum_ns);
        since
    }

    /// Forgets everything, and keeps its memory.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.count = 0;
        self.sum_ns = 0;
        self.min_ns = u64::MAX;
        self.max_ns = 0;
    }
}

/// The bucket of a value: the power of two that it is beyond, then its leading bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "shifted to PART_BITS + 1 bits")]
fn bucket(ns: u64) -> usize {
    let shift = 63 - PART_BITS - (ns | PARTS as u64).leading_zeros();
    shift as usize * PARTS + (ns >> shift) as usize
}

/// The highest value of a bucket.
fn highest(bucket: usize) -> u64 {
    if bucket < 2 * PARTS {
        return bucket as u64;
    }
    let shift = bucket / PARTS - 1;
    let leading = (bucket - shift * PARTS) as u64;
    (leading << shift) | ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Vec<u64>> {
        let value = (any::<u64>(), 0..64_u32).prop_map(|(bits, shift)| bits >> shift);
        prop::collection::vec(value, 1..200)
    }

    fn histogram(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::new();
        for &value in values {
            histogram.record(value);
        }
        histogram
    }

    #[test]
    fn buckets_follow_each_other_without_gap() {
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        for at in 0..BUCKETS {
            assert_eq!(bucket(highest(at)), at);
            if at + 1 < BUCKETS {
                assert_eq!(bucket(highest(at) + 1), at + 1);
            }
        }
    }

    proptest! {
        #[test]
        fn a_bucket_is_narrow(value in values()) {
            for value in value {
                let top = highest(bucket(value));
                prop_assert!(top >= value);
                prop_assert!(top - value <= value / 64, "{value} to {top}");
            }
        }

        #[test]
        fn quantiles_are_within_a_64th(mut values in values(), q in 0.0..=1.0_f64) {
            let found = histogram(&values).quantile(q).expect("there are values");
            values.sort_unstable();
            let least_share = |rank: usize| rank as f64 >= q * values.len() as f64;
            let rank = (1..values.len()).find(|&rank| least_share(rank)).unwrap_or(values.len());
            let exact = values[rank - 1];
            prop_assert!(found >= exact && found - exact <= exact / 64, "{found} for {exact}");
        }

        #[test]
        fn totals_are_exact(values in values()) {
            let histogram = histogram(&values);
            prop_assert_eq!(histogram.quantile(1.0), Some(histogram.max_ns()));
            prop_assert_eq!(histogram.counts_at_or_below(histogram.max_ns()), histogram.count());
            prop_assert_eq!(histogram.count(), values.len() as u64);
            prop_assert_eq!(histogram.sum_ns(), values.iter().map(|&ns| u128::from(ns)).sum());
            prop_assert_eq!(Some(histogram.max_ns()), values.iter().max().copied());
            prop_assert_eq!(histogram.min_ns(), values.iter().min().copied());
        }

        #[test]
        fn bounds_count_what_is_below_them(values in values(), mut bounds in values()) {
            let histogram = histogram(&values);
            bounds.sort_unstable();
            let mut counts = vec![0; bounds.len()];
            histogram.cumulative(&bounds, &mut counts);
            for (&bound, &count) in bounds.iter().zip(&counts) {
                let at_most = |bound| values.iter().filter(|&&value| value <= bound).count() as u64;
                prop_assert!(at_most(bound) <= count);
                prop_assert!(count <= at_most(bound.saturating_add(bound / 64)));
                prop_assert_eq!(histogram.counts_at_or_below(bound), count);
            }
        }

        #[test]
        fn merging_is_counting_both(left in values(), right in values()) {
            let mut merged = histogram(&left);
            merged.merge(&histogram(&right));
            let both: Vec<u64> = left.into_iter().chain(right).collect();
            prop_assert_eq!(&merged, &histogram(&both));
            merged.clear();
            prop_assert_eq!(merged, Histogram::new());
        }
    }

    #[test]
    fn nothing_has_no_quantile() {
        let nothing = Histogram::new();
        assert_eq!((nothing.quantile(0.5), nothing.max_ns(), nothing.mean_ns()), (None, 0, None));
        assert_eq!(nothing.counts_at_or_below(u64::MAX), 0);
        assert_eq!(nothing.counts_at_or_below(0), 0);
    }
}
