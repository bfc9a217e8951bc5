//! Since when something has been filling up: memory that leaks, a disk, a pool, a backlog.
//!
//! Such a thing strays from its usual only when it is far along, or not at all where its rise is all
//! there is to see. What started it lies where the rise begins: where a level line gives way to a
//! slope (two-phase regression; Hinkley, "Inference about the intersection in two-phase regression",
//! Biometrika 56, 1969).

use knockon_core::{ServiceId, Timestamp};

use crate::scene::Scene;
use crate::signal::Signal;

/// Samples on either side of the break, at least: fewer show no line.
const SAMPLES_MIN: usize = 8;

/// How much of what varies the two lines must explain for it to be a rise from a level, and not a
/// tide or a noise.
const EXPLAINED_MIN: f64 = 0.9;

/// By how much of its level it must have risen: a fifth.
const RISE_MIN: f64 = 0.2;

/// A break is looked for among so many samples, evenly spread: more would not place it better than
/// a person looks.
const SAMPLES_MAX: usize = 240;

/// Since when something of a service has been filling up, as seen at `until`; the earliest if it is
/// several things.
pub(crate) fn began(scene: &Scene<'_>, service: ServiceId, until: Timestamp) -> Option<Timestamp> {
    let fills = |signal| matches!(signal, Signal::Saturation | Signal::Backlog);
    let resources = scene
        .deviations_of(service)
        .filter(|it| fills(it.reading.signal) && !it.reading.falls_when_bad && it.callee.is_none());
    let risen = resources.filter_map(|it| {
        let times = it.series.samples.unix_ms();
        let count = times.partition_point(|time| *time <= until.unix_ms);
        let step = count.div_ceil(SAMPLES_MAX).max(1);
        let times: Vec<i64> = times[..count].iter().copied().step_by(step).collect();
        let values = &it.series.samples.values()[..count];
        let values: Vec<f64> = values.iter().copied().step_by(step).collect();
        Some(Timestamp::from_unix_ms(times[break_of(&times, &values)?]))
    });
    risen.min()
}

/// The first sample of a rise that follows a level; `None` if there is none.
fn break_of(times: &[i64], values: &[f64]) -> Option<usize> {
    // What fell after its peak was emptied (a restart): the rise ends there.
    let peak = (0..values.len()).rev().max_by(|a, b| values[*a].total_cmp(&values[*b]))?;
    let (times, values) = (&times[..=peak], &values[..=peak]);
    let count = values.len();
    if count < 2 * SAMPLES_MIN {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let total: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let breaks = SAMPLES_MIN..=count - SAMPLES_MIN;
    let fits = breaks.map(|at| (at, Hinge::fit(times, values, at)));
    let (at, best) = fits.min_by(|a, b| a.1.residual.total_cmp(&b.1.residual))?;
    let risen = best.slope * (times[peak] - times[at]) as f64;
    let is_rise = best.slope > 0.0 && risen >= RISE_MIN * best.level.abs();
    // What rises from the first sample on began before them.
    (is_rise && at > SAMPLES_MIN && total > 0.0 && 1.0 - best.residual / total >= EXPLAINED_MIN)
        .then_some(at + 1)
}

/// A level line up to a moment and a sloping one from there, joined.
struct Hinge {
    level: f64,
    /// Per millisecond.
    slope: f64,
    /// The sum of squares that is left.
    residual: f64,
}

impl Hinge {
    /// The least-squares fit for a break at one moment: a line over `max(0, t - break)`.
    fn fit(times: &[i64], values: &[f64], at: usize) -> Self {
        let x = |index: usize| (times[index] - times[at]).max(0) as f64;
        let count = values.len() as f64;
        let mean_x = (at..values.len()).map(x).sum::<f64>() / count;
        let mean_y = values.iter().sum::<f64>() / count;
        let (mut xx, mut xy) = (0.0, 0.0);
        for (index, value) in values.iter().enumerate() {
            let dx = x(index) - mean_x;
            xx += dx * dx;
            xy += dx * (value - mean_y);
        }
        let slope = if xx > 0.0 { xy / xx } else { 0.0 };
        let level = mean_y - slope * mean_x;
        let left = |(index, value): (usize, &f64)| (value - level - slope * x(index)).powi(2);
        Self { level, slope, residual: values.iter().enumerate().map(left).sum() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minutes in milliseconds, and a value for each.
    fn check(value: impl Fn(i64) -> f64, expected: Option<usize>) {
        let times: Vec<i64> = (0..100).map(|minute| minute * 60_000).collect();
        let values: Vec<f64> = (0..100).map(value).collect();
        assert_eq!(break_of(&times, &values), expected, "{values:?}");
    }

    #[test]
    fn a_leak_began_where_the_level_ends() {
        let noise = |minute: i64| (minute * 7919 % 11) as f64 * 0.5;
        check(|minute| 200.0 + noise(minute), None);
        check(|minute| 200.0 + 3.0 * (minute - 40).max(0) as f64, Some(41));
        // It was killed at 90, and began again from little.
        let killed = |minute: i64| match minute {
            90.. => 30.0,
            _ => 200.0 + 3.0 * (minute - 40).max(0) as f64,
        };
        check(killed, Some(41));
        // A step is no rise.
        check(|minute| if minute < 50 { 10.0 } else { 90.0 }, None);
        // Nor is what rises all along: when it began is not to be seen.
        check(|minute| 200.0 + 3.0 * minute as f64, None);
        // Nor is a tide.
        check(|minute| if minute % 20 < 10 { 10.0 } else { 20.0 }, None);
        check(|minute| 200.0 - 3.0 * (minute - 40).max(0) as f64, None);
        check(|_| 5.0, None);
    }
}
