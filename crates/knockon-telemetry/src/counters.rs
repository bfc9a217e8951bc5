//! Cumulative counters become rates.
//!
//! A counter that only ever grows says nothing by its level: what breaks is how fast it grows. So a
//! counter arrives in the evidence as its increase per second between one sample and the next. A fall
//! is a restart of the process that counts, and the value after it is the increase since then
//! (the rule of Prometheus' `rate`).

use crate::families::FamilyType;
use crate::series::Samples;

/// What is known of how a series counts.
///
/// Ordered by what counts more where sources disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Not declared.
    Unknown,
    /// Declared something else than a counter.
    Gauge,
    /// Declared a cumulative counter, or a part of a histogram or a summary.
    Counter,
}

impl Kind {
    /// How a metric counts, from the types of families by their names, as far as they are known;
    /// `None` for the time a counter began (`_created`), which is no evidence.
    pub(crate) fn declared(
        metric: &str,
        type_of: impl Fn(&str) -> Option<FamilyType>,
    ) -> Option<Self> {
        use FamilyType::{Counter, Histogram, Summary};
        if let Some(own) = type_of(metric) {
            // Of a summary, the quantiles.
            return Some(if own == Counter { Self::Counter } else { Self::Gauge });
        }
        let (family, part) = metric.rsplit_once('_').unwrap_or((metric, ""));
        let Some(family_type) = type_of(family) else { return Some(Self::Unknown) };
        Some(match (family_type, part) {
            (Counter | Histogram | Summary, "created") => return None,
            (Counter, "total") | (Histogram | Summary, "bucket" | "count" | "sum") => Self::Counter,
            (Counter | Histogram | Summary, _) => Self::Unknown,
            (_, "bucket" | "gcount" | "gsum" | "info") => Self::Gauge,
            _ => Self::Unknown,
        })
    }
}

/// The endings of names that promise a cumulative counter, mostly kept.
const COUNTER_ENDINGS: [&str; 4] = ["_total", "_count", "_sum", "_bucket"];

/// The increase per second from each sample to the next, at the time of the later one.
pub(crate) fn rate(counter: &Samples) -> Samples {
    Samples::in_order(steps(counter).map(|step| {
        let increase = if step.is_fall() { step.to } else { step.to - step.from };
        (step.unix_ms, increase * 1000.0 / step.length_ms)
    }))
}

/// Whether an undeclared series counts cumulatively: its name promises it, no value is negative, it
/// rises in more than half of its steps, and where it falls it restarts (to at most half of what it
/// was), in at most one step of ten.
///
/// All stretches of a series are judged together, so that all become rates or none does: a counter
/// may well stand still during an incident.
pub(crate) fn looks_cumulative<'a>(
    metric: &str,
    stretches: impl IntoIterator<Item = &'a Samples>,
) -> bool {
    if !COUNTER_ENDINGS.iter().any(|ending| metric.ends_with(ending)) {
        return false;
    }
    let (mut total, mut rises, mut restarts) = (0_usize, 0_usize, 0_usize);
    for step in stretches.into_iter().flat_map(steps) {
        total += 1;
        rises += usize::from(step.to > step.from);
        restarts += usize::from(step.is_fall());
        if step.from < 0.0 || step.to < 0.0 || step.is_fall() && step.to > step.from / 2.0 {
            return false;
        }
    }
    rises * 2 > total && restarts * 10 <= total
}

struct Step {
    from: f64,
    to: f64,
    unix_ms: i64,
    length_ms: f64,
}

impl Step {
    fn is_fall(&self) -> bool {
        self.to < self.from
    }
}

fn steps(samples: &Samples) -> impl ExactSizeIterator<Item = Step> {
    let values = samples.values().windows(2);
    let times = samples.unix_ms().windows(2);
    values.zip(times).map(|(value, time)| Step {
        from: value[0],
        to: value[1],
        unix_ms: time[1],
        length_ms: (time[1] - time[0]) as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each_ten_seconds(values: &[f64]) -> Samples {
        let times = (0..).step_by(10_000);
        Samples::from_pairs(times.zip(values.iter().copied()).collect())
    }

    #[test]
    fn a_rate_is_the_increase_per_second_and_survives_restarts() {
        let check = |values: &[f64], expected: &[f64]| {
            let rate = rate(&each_ten_seconds(values));
            assert_eq!(rate.values(), expected, "{values:?}");
            assert!(rate.unix_ms().iter().zip(1..).all(|(at, i)| *at == i * 10_000));
        };
        check(&[], &[]);
        check(&[5.0], &[]);
        check(&[100.0, 150.0, 150.0, 250.0], &[5.0, 0.0, 10.0]);
        check(&[100.0, 150.0, 20.0, 40.0], &[5.0, 2.0, 2.0]);
    }

    #[test]
    fn a_gap_makes_one_long_step() {
        let counter = Samples::from_pairs(vec![(0, 10.0), (10_000, f64::NAN), (20_000, 50.0)]);
        assert_eq!(rate(&counter).values(), [2.0]);
    }

    #[test]
    fn an_undeclared_counter_is_known_by_its_name_and_its_shape() {
        let check = |metric: &str, values: &[f64], baseline: &[f64], expected: bool| {
            let stretches = [&each_ten_seconds(values), &each_ten_seconds(baseline)];
            assert_eq!(looks_cumulative(metric, stretches), expected, "{metric} {values:?}");
        };
        let rising: Vec<f64> = (0..30).map(|i| f64::from(i) * 3.0).collect();
        let mut restarting = rising.clone();
        restarting[20..].iter_mut().for_each(|value| *value -= 60.0);
        check("requests_total", &rising, &[], true);
        check("requests_total", &restarting, &[], true);
        check("requests_total", &[7.0; 20], &rising, true);
        check("requests", &rising, &[], false);
        check("requests_total", &[], &[], false);
        check("requests_total", &[5.0, 5.0, 5.0], &[], false);
        check("errors_total", &[0.0, 0.0, 0.0, 0.0, 9.0, 12.0, 12.0], &[], false);
        check("connections_count", &[5.0, 7.0, 6.0, 8.0, 7.0, 9.0, 8.0, 9.0, 10.0], &[], false);
        check("drift_sum", &[-3.0, -2.0, -1.0, 0.0], &[], false);
        check("sawtooth_count", &[1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0, 2.0, 3.0], &[], false);
    }
}
