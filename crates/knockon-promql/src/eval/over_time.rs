//! Functions that sum up the samples of a stretch of time.

use super::kahan::{Kahan, Mean, Variance};
use super::quantile::quantile;
use super::window::Window;

type Function = fn(&Window<'_>) -> f64;

/// The function of that name, if it is one of these; none of them fails.
pub(super) fn function(name: &str) -> Option<Function> {
    let function: Function = match name {
        "avg_over_time" => avg,
        "changes" => changes,
        "count_over_time" => |window| window.values.len() as f64,
        "first_over_time" => |window| window.first(),
        "last_over_time" => |window| window.last(),
        "mad_over_time" => deviation,
        "max_over_time" => |window| extreme(window, |value, most| value > most).0,
        "min_over_time" => |window| extreme(window, |value, least| value < least).0,
        "present_over_time" => |_| 1.0,
        "resets" => resets,
        "stddev_over_time" => |window| variance(window).sqrt(),
        "stdvar_over_time" => variance,
        "sum_over_time" => sum,
        "ts_of_first_over_time" => |window| window.times_ms[0] as f64 / 1000.0,
        "ts_of_last_over_time" => {
            |window| window.times_ms[window.times_ms.len() - 1] as f64 / 1000.0
        }
        "ts_of_max_over_time" => |window| extreme(window, |value, most| value >= most).1,
        "ts_of_min_over_time" => |window| extreme(window, |value, least| value <= least).1,
        _ => return None,
    };
    Some(function)
}

fn avg(window: &Window<'_>) -> f64 {
    let mut mean = Mean::default();
    window.values.iter().for_each(|value| mean.add(*value));
    mean.value()
}

fn sum(window: &Window<'_>) -> f64 {
    let mut sum = Kahan::default();
    window.values.iter().for_each(|value| sum.add(*value));
    sum.total()
}

fn variance(window: &Window<'_>) -> f64 {
    let mut variance = Variance::default();
    window.values.iter().for_each(|value| variance.add(*value));
    variance.value()
}

/// The value that beats all others, and when it was, in seconds. Anything beats NaN.
fn extreme(window: &Window<'_>, beats: fn(f64, f64) -> bool) -> (f64, f64) {
    let mut best = (window.values[0], window.times_ms[0]);
    for (value, time) in window.values.iter().zip(window.times_ms).skip(1) {
        if beats(*value, best.0) || best.0.is_nan() {
            best = (*value, *time);
        }
    }
    (best.0, best.1 as f64 / 1000.0)
}

fn changes(window: &Window<'_>) -> f64 {
    let pairs = window.values.windows(2);
    #[expect(clippy::float_cmp, reason = "a change is any other value")]
    let is_change = |pair: &&[f64]| pair[0] != pair[1] && !(pair[0].is_nan() && pair[1].is_nan());
    pairs.filter(is_change).count() as f64
}

fn resets(window: &Window<'_>) -> f64 {
    window.values.windows(2).filter(|pair| pair[1] < pair[0]).count() as f64
}

/// The median of how far the values are from their median.
fn deviation(window: &Window<'_>) -> f64 {
    if window.values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let mut values = window.values.to_vec();
    let median = quantile(0.5, &mut values);
    for value in &mut values {
        *value = (*value - median).abs();
    }
    quantile(0.5, &mut values)
}
