//! Series of samples, each about one service.

use std::collections::BTreeMap;

use knockon_core::{ServiceId, Timestamp};

/// The labels of a series or an alert, by name.
pub type Labels = BTreeMap<String, String>;

/// Labels as plain texts.
pub(crate) fn texts(labels: &Labels) -> impl Iterator<Item = (&str, &str)> + Clone {
    labels.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Samples in time order, one value a timestamp.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    unix_ms: Vec<i64>,
    values: Vec<f64>,
}

impl Samples {
    /// Samples from pairs in any order. Values that are not finite are gaps and left out; of several
    /// at one time the largest stays, so that it does not matter which came last.
    pub fn from_pairs(mut pairs: Vec<(i64, f64)>) -> Self {
        pairs.retain(|(_, value)| value.is_finite());
        if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
            // The largest first. Stable, since that is fast where parts are in order already.
            pairs.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.total_cmp(&a.1)));
            pairs.dedup_by_key(|(unix_ms, _)| *unix_ms);
        }
        let (unix_ms, values) = pairs.into_iter().unzip();
        Self { unix_ms, values }
    }

    /// Samples from pairs in order of time, each time once. Values that are not finite are left out.
    pub(crate) fn in_order(pairs: impl ExactSizeIterator<Item = (i64, f64)>) -> Self {
        let count = pairs.len();
        let mut samples =
            Self { unix_ms: Vec::with_capacity(count), values: Vec::with_capacity(count) };
        for (unix_ms, value) in pairs.filter(|(_, value)| value.is_finite()) {
            samples.unix_ms.push(unix_ms);
            samples.values.push(value);
        }
        samples
    }

    /// These samples and others, put together as [`from_pairs`](Self::from_pairs) does.
    pub(crate) fn merged(&self, others: &Self) -> Self {
        let mut pairs: Vec<_> = self.pairs().collect();
        pairs.extend(others.pairs());
        Self::from_pairs(pairs)
    }

    /// Each sample with its time.
    pub(crate) fn pairs(&self) -> impl ExactSizeIterator<Item = (i64, f64)> {
        self.unix_ms.iter().copied().zip(self.values.iter().copied())
    }

    /// When each sample was taken, in milliseconds since the Unix epoch, ascending.
    pub fn unix_ms(&self) -> &[i64] {
        &self.unix_ms
    }

    /// The value of each sample; all finite.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The first and the last timestamp.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let (first, last) = (self.unix_ms.first()?, self.unix_ms.last()?);
        Some((Timestamp::from_unix_ms(*first), Timestamp::from_unix_ms(*last)))
    }

    /// How many samples were taken before a moment.
    pub fn count_before(&self, moment: Timestamp) -> usize {
        self.unix_ms.partition_point(|unix_ms| *unix_ms < moment.unix_ms)
    }

    /// The values before a moment.
    pub fn before(&self, moment: Timestamp) -> &[f64] {
        &self.values[..self.count_before(moment)]
    }

    /// The values from one moment on up to and including another.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> &[f64] {
        let start = self.count_before(from);
        let end = self.unix_ms.partition_point(|unix_ms| *unix_ms <= to.unix_ms);
        &self.values[start.min(end)..end]
    }
}

/// One metric of one service over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The service it is about.
    pub service: ServiceId,
    /// The metric, as the source names it, less what named the service.
    pub metric: String,
    /// What else the source says of it; what named the service and the metric is left out.
    pub labels: Labels,
    /// The samples of the time in question. A cumulative counter arrives as its rate per second.
    pub samples: Samples,
    /// The samples of a time known to be healthy (`baseline.*`), whatever its date; mostly empty.
    pub baseline: Samples,
}

/// One metric of what the users of a journey tell: their browsers, apps or terminals.
#[derive(Debug, Clone, PartialEq)]
pub struct UserSeries {
    /// The journey, by its place in [`System::journeys`](knockon_core::System::journeys).
    pub journey: usize,
    /// The metric, as the source names it.
    pub metric: String,
    /// What else the source says of it, such as the cohorts' members that the users are.
    pub labels: Labels,
    /// The samples of the time in question. A cumulative counter arrives as its rate per second.
    pub samples: Samples,
    /// The samples of a time known to be healthy.
    pub baseline: Samples,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_put_in_order_and_the_largest_of_a_moment_stays() {
        let check = |pairs: &[(i64, f64)], expected: &[(i64, f64)]| {
            let samples = Samples::from_pairs(pairs.to_vec());
            assert_eq!(samples.pairs().collect::<Vec<_>>(), expected);
        };
        check(&[], &[]);
        check(&[(1, 1.0), (2, 2.0)], &[(1, 1.0), (2, 2.0)]);
        check(&[(2, 2.0), (1, 1.0)], &[(1, 1.0), (2, 2.0)]);
        check(&[(1, 1.0), (2, 5.0), (1, 3.0)], &[(1, 3.0), (2, 5.0)]);
        check(&[(1, 3.0), (2, 5.0), (1, 1.0)], &[(1, 3.0), (2, 5.0)]);
        check(&[(1, f64::NAN), (2, f64::INFINITY), (3, 3.0)], &[(3, 3.0)]);
    }

    #[test]
    fn a_window_includes_both_its_ends() {
        let samples = Samples::from_pairs((0..5).map(|i| (i * 10, i as f64)).collect());
        let at = Timestamp::from_unix_ms;
        assert_eq!(samples.before(at(20)), [0.0, 1.0]);
        assert_eq!(samples.between(at(10), at(30)), [1.0, 2.0, 3.0]);
        assert_eq!(samples.between(at(11), at(19)), [] as [f64; 0]);
        assert_eq!(samples.between(at(30), at(10)), [] as [f64; 0]);
    }
}
