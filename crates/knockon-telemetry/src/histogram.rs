//! Cumulative histograms become a mean, a request rate and a 99th percentile.
//!
//! A classic histogram is a counter for every bound, and none of them says by itself whether requests
//! became slow. What does is the quantile over what was counted between one sample and the next.

use std::cmp::Ordering;

use crate::counters;
use crate::series::Samples;

/// The quantile that a histogram is folded into.
const QUANTILE: f64 = 0.99;

/// Relative differences between neighbouring buckets below this are rounding, as in Prometheus.
const TOLERANCE: f64 = 1e-12;

/// The upper bound that a label `le` writes.
pub(crate) fn parse_upper_bound(le: &str) -> Option<f64> {
    le.trim().parse().ok().filter(|bound: &f64| !bound.is_nan())
}

/// The 99th percentile of what was observed between each sample and the next.
///
/// A bucket is its upper bound (the label `le`) and how many observations it has counted. `None` when
/// there is no `+Inf` bucket. A step in which nothing was observed is a gap, as is one in which a bucket
/// has no sample.
pub(crate) fn p99<'s>(buckets: impl IntoIterator<Item = (f64, &'s Samples)>) -> Option<Samples> {
    let mut rates: Vec<(f64, Samples)> =
        buckets.into_iter().map(|(bound, counts)| (bound, counters::rate(counts))).collect();
    rates.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal));
    let (_, all) = rates.last().filter(|(bound, _)| *bound == f64::INFINITY)?;

    let mut pairs = Vec::with_capacity(all.len());
    let mut cursors = vec![0; rates.len()];
    let mut counts = Vec::with_capacity(rates.len());
    for &unix_ms in all.unix_ms() {
        counts.clear();
        for ((bound, rate), cursor) in rates.iter().zip(&mut cursors) {
            if let Some(value) = value_at(rate, unix_ms, cursor) {
                counts.push((*bound, value));
            }
        }
        if counts.len() == rates.len() {
            pairs.push((unix_ms, quantile(QUANTILE, &mut counts)));
        }
    }
    Some(Samples::from_pairs(pairs))
}

/// The mean observation between each sample and the next; a gap where nothing was observed.
pub(crate) fn mean(sum: &Samples, count: &Samples) -> Samples {
    let (sum, count) = (counters::rate(sum), counters::rate(count));
    let mut cursor = 0;
    let pairs = count
        .unix_ms()
        .iter()
        .zip(count.values())
        .filter(|(_, count)| **count > 0.0)
        .filter_map(|(at, count)| Some((*at, value_at(&sum, *at, &mut cursor)? / count)))
        .collect();
    Samples::from_pairs(pairs)
}

/// The value at exactly that time; times must be asked for in ascending order.
fn value_at(samples: &Samples, unix_ms: i64, cursor: &mut usize) -> Option<f64> {
    let rest = &samples.unix_ms()[*cursor..];
    *cursor += rest.iter().take_while(|at| **at < unix_ms).count();
    (samples.unix_ms().get(*cursor) == Some(&unix_ms)).then(|| samples.values()[*cursor])
}

/// A quantile of cumulative counts by upper bound, the last being `+Inf`, interpolated inside the
/// bucket it falls into: `histogram_quantile` of Prometheus (`promql/quantile.go`). NaN when nothing
/// was counted or there is no finite bucket.
fn quantile(q: f64, counts: &mut Vec<(f64, f64)>) -> f64 {
    merge_equal_bounds(counts);
    force_ascending(counts);
    let [finite @ .., (_, total)] = counts.as_slice() else {
        return f64::NAN;
    };
    let Some((largest, _)) = finite.last() else {
        return f64::NAN;
    };
    // Also catches a total that is not a number.
    if total.partial_cmp(&0.0) != Some(Ordering::Greater) {
        return f64::NAN;
    }
    let rank = q * total;
    let index = finite.partition_point(|(_, count)| *count < rank);
    let Some(&(end, count)) = finite.get(index) else {
        return *largest;
    };
    let (start, below) = match index.checked_sub(1) {
        Some(previous) => finite[previous],
        None if end <= 0.0 => return end,
        None => (0.0, 0.0),
    };
    start + (end - start) * ((rank - below) / (count - below))
}

/// Bounds written differently (`1`, `1.0`) are one bucket.
fn merge_equal_bounds(counts: &mut Vec<(f64, f64)>) {
    counts.dedup_by(|next, kept| {
        let same = next.0.total_cmp(&kept.0) == Ordering::Equal;
        if same {
            kept.1 += next.1;
        }
        same
    });
}

/// Counts must not fall from one bucket to the next; rounding and torn scrapes make them.
fn force_ascending(counts: &mut [(f64, f64)]) {
    let Some(&(_, mut highest)) = counts.first() else {
        return;
    };
    for (_, count) in counts {
        let is_rounding = (*count - highest).abs() <= TOLERANCE * (*count + highest).abs();
        if *count < highest || is_rounding {
            *count = highest;
        }
        highest = *count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(found: f64, expected: f64) -> bool {
        found.is_nan() && expected.is_nan() || (found - expected).abs() < 1e-9
    }

    #[test]
    fn a_quantile_is_interpolated_as_prometheus_does() {
        const INF: f64 = f64::INFINITY;
        let check = |q: f64, counts: &[(f64, f64)], expected: f64| {
            let found = quantile(q, &mut counts.to_vec());
            assert!(close(found, expected), "{q} of {counts:?}: {found}, not {expected}");
        };
        // 100 observations evenly in 0..1: rank 99 lies 0.99 into the first bucket.
        check(0.99, &[(1.0, 100.0), (INF, 100.0)], 0.99);
        // 90 below 0.1, 98 below 0.5, all below 1: rank 99 is half way through the third bucket.
        check(0.99, &[(0.1, 90.0), (0.5, 98.0), (1.0, 100.0), (INF, 100.0)], 0.75);
        check(0.5, &[(0.1, 40.0), (0.5, 60.0), (INF, 100.0)], 0.3);
        // In the +Inf bucket: the largest finite bound is all that is known.
        check(0.99, &[(0.1, 90.0), (0.5, 98.0), (INF, 100.0)], 0.5);
        // A first bucket at or below zero is not interpolated from zero.
        check(0.5, &[(-1.0, 80.0), (INF, 100.0)], -1.0);
        // Torn scrape: the second bucket seems to have lost what the first has.
        check(0.5, &[(1.0, 10.0), (2.0, 8.0), (3.0, 20.0), (INF, 20.0)], 1.0);
        check(0.5, &[(1.0, 3.0), (1.0, 7.0), (INF, 20.0)], 1.0);
        check(0.99, &[(1.0, 0.0), (INF, 0.0)], f64::NAN);
        check(0.99, &[(INF, 5.0)], f64::NAN);
        check(0.99, &[], f64::NAN);
    }

    fn samples(values: &[f64]) -> Samples {
        let times = (0..).step_by(10_000);
        Samples::from_pairs(times.zip(values.iter().copied()).collect())
    }

    #[test]
    fn the_99th_percentile_is_of_what_was_counted_since_the_sample_before() {
        let p99 = |buckets: &[(f64, &[f64])]| {
            let buckets: Vec<_> = buckets.iter().map(|(b, counts)| (*b, samples(counts))).collect();
            p99(buckets.iter().map(|(bound, counts)| (*bound, counts)))
        };
        // First step: 100 below 1. Second: nothing. Third: 100 between 1 and 2.
        let found = p99(&[
            (f64::INFINITY, &[0.0, 100.0, 100.0, 200.0]),
            (2.0, &[0.0, 100.0, 100.0, 200.0]),
            (1.0, &[0.0, 100.0, 100.0, 100.0]),
        ])
        .unwrap();
        assert_eq!(found.unix_ms(), [10_000, 30_000]);
        assert!(close(found.values()[0], 0.99) && close(found.values()[1], 1.99));
        assert!(p99(&[(1.0, &[0.0, 1.0])]).is_none());
        assert!(p99(&[]).is_none());
    }

    #[test]
    fn the_mean_is_time_spent_over_requests() {
        let mean = mean(&samples(&[0.0, 5.0, 5.0, 25.0]), &samples(&[0.0, 100.0, 100.0, 200.0]));
        assert_eq!(mean.unix_ms(), [10_000, 30_000]);
        assert!(close(mean.values()[0], 0.05) && close(mean.values()[1], 0.2));
    }

    proptest! {
        #[test]
        fn a_quantile_lies_within_the_bounds(
            q in 0.0..=1.0_f64,
            steps in prop::collection::vec((0.01..10.0_f64, 0.0..100.0_f64), 1..12),
        ) {
            let mut counts: Vec<_> = steps
                .iter()
                .scan((0.0, 0.0), |sum, (width, count)| {
                    *sum = (sum.0 + width, sum.1 + count);
                    Some(*sum)
                })
                .collect();
            let (largest, total) = counts[counts.len() - 1];
            counts.push((f64::INFINITY, total));
            let found = quantile(q, &mut counts);
            prop_assert!(total == 0.0 || (0.0..=largest * 1.000_001).contains(&found), "{}", found);
        }
    }
}
