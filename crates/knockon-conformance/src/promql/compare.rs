//! Holds a value to what must come, as closely as `test.go` does.

use std::collections::HashSet;

use knockon_promql::{Labels, Points, Sample, Value, special};

use super::eval::{Eval, ExpectedSeries, Steps};
use super::series::Item;

/// The relative error that a value may have.
const EPSILON: f64 = 0.000_001;

/// What differs.
pub(super) fn differences(eval: &Eval, value: &Value) -> Vec<String> {
    let expected = &eval.expected;
    match (value, expected.scalar) {
        (Value::Scalar { value, .. }, Some(scalar)) => {
            if is_almost_equal(*value, scalar) {
                return Vec::new();
            }
            vec![format!("expected {}, got {}", shown(scalar), shown(*value))]
        }
        (Value::Scalar { value, .. }, None) => {
            vec![format!("expected a vector or a matrix, got the scalar {}", shown(*value))]
        }
        (Value::String { text, .. }, _) => {
            let expected = expected.text.as_deref().unwrap_or_default();
            if text == expected {
                return Vec::new();
            }
            vec![format!("expected the text {expected:?}, got {text:?}")]
        }
        (Value::Vector(_) | Value::Matrix(_), Some(scalar)) => {
            vec![format!("expected the scalar {}, got a {}", shown(scalar), value.kind())]
        }
        (Value::Vector(samples), None) => vector(eval, samples),
        (Value::Matrix(_), None) if eval.demands.ordered => {
            vec!["expected an order, got a matrix, which has its own".to_owned()]
        }
        (Value::Matrix(series), None) => matrix(eval, series),
    }
}

fn vector(eval: &Eval, samples: &[Sample]) -> Vec<String> {
    let mut differences = Vec::new();
    for (place, sample) in (1..).zip(samples) {
        let labels = &sample.labels;
        let value = shown(sample.value);
        let Some(expected) = find(eval, labels) else {
            differences.push(format!("unexpected {labels} {value}"));
            continue;
        };
        if eval.demands.ordered && expected.place != place {
            let wanted = expected.place;
            differences.push(format!("expected {labels} at place {wanted}, got it at {place}"));
        }
        let wanted = match expected.items.first() {
            Some(Item::Value(wanted)) => *wanted,
            // A gap is the value 0 to `test.go`, which leaves native histograms to others here.
            Some(Item::Gap | Item::NativeHistogram) => 0.0,
            None => {
                differences.push(format!("no value is given for {labels}, got {value}"));
                continue;
            }
        };
        if !is_almost_equal(sample.value, wanted) {
            differences.push(format!("expected {labels} {}, got {value}", shown(wanted)));
        }
    }
    missing(eval, samples.iter().map(|it| &it.labels), &mut differences);
    differences
}

fn matrix(eval: &Eval, series: &[Points]) -> Vec<String> {
    let mut differences = out_of_order(series);
    for points in series {
        if let Some(expected) = find(eval, &points.labels) {
            differences.extend(points_differ(eval.steps, expected, &points.samples));
        } else {
            let got = shown_points(&points.samples);
            differences.push(format!("unexpected {} {got}", points.labels));
        }
    }
    missing(eval, series.iter().map(|it| &it.labels), &mut differences);
    differences
}

/// A matrix comes in the order of its labels.
pub(super) fn out_of_order(series: &[Points]) -> Vec<String> {
    let wrong = series.windows(2).find(|pair| pair[0].labels > pair[1].labels);
    let says = |pair: &[Points]| format!("{} comes after {}", pair[1].labels, pair[0].labels);
    wrong.map(says).into_iter().collect()
}

fn points_differ(steps: Steps, expected: &ExpectedSeries, got: &[(i64, f64)]) -> Option<String> {
    let labels = &expected.labels;
    let mut wanted = Vec::new();
    for (index, item) in (0_i64..).zip(&expected.items) {
        let time_ms = steps.from_ms.saturating_add(index.saturating_mul(steps.step_ms));
        if time_ms > steps.to_ms {
            let count = expected.items.len();
            return Some(format!(
                "{count} values are given for {labels}, more than there are steps"
            ));
        }
        if let Item::Value(value) = item {
            wanted.push((time_ms, *value));
        }
    }
    let is_same = wanted.len() == got.len()
        && wanted.iter().zip(got).all(|(a, b)| a.0 == b.0 && is_almost_equal(a.1, b.1));
    if is_same {
        return None;
    }
    Some(format!("expected {labels} {}, got {}", shown_points(&wanted), shown_points(got)))
}

fn find<'a>(eval: &'a Eval, labels: &Labels) -> Option<&'a ExpectedSeries> {
    eval.expected.series.iter().find(|it| it.labels == *labels)
}

/// Adds what must come and did not.
fn missing<'a>(eval: &Eval, got: impl Iterator<Item = &'a Labels>, differences: &mut Vec<String>) {
    let got: HashSet<&Labels> = got.collect();
    for expected in eval.expected.series.iter().filter(|it| !got.contains(&it.labels)) {
        let items: Vec<String> = expected.items.iter().map(shown_item).collect();
        differences.push(format!("expected {} {}, got nothing", expected.labels, items.join(" ")));
    }
}

/// Whether two values are the same within the error, as in
/// <https://github.com/prometheus/prometheus/blob/main/util/almost/almost.go>. A marker is only like
/// itself, any other NaN is like any other.
pub(super) fn is_almost_equal(a: f64, b: f64) -> bool {
    let is_marker = |value| special::is_stale(value) || special::is_native_histogram(value);
    if is_marker(a) || is_marker(b) {
        return a.to_bits() == b.to_bits();
    }
    if a.is_nan() && b.is_nan() {
        return true;
    }
    // Infinities are the same or not, and there is nothing between.
    #[allow(clippy::float_cmp)]
    if a == b {
        return true;
    }
    let sum = a.abs() + b.abs();
    let difference = (a - b).abs();
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < EPSILON * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < EPSILON
}

fn shown_points(points: &[(i64, f64)]) -> String {
    let points: Vec<String> =
        points.iter().map(|(time_ms, value)| format!("{}@{time_ms}ms", shown(*value))).collect();
    format!("[{}]", points.join(" "))
}

fn shown_item(item: &Item) -> String {
    match item {
        Item::Value(value) => shown(*value),
        Item::Gap => "_".to_owned(),
        Item::NativeHistogram => "{{…}}".to_owned(),
    }
}

fn shown(value: f64) -> String {
    if special::is_stale(value) {
        return "stale".to_owned();
    }
    if special::is_native_histogram(value) {
        return "{{…}}".to_owned();
    }
    special::text(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_the_same_within_a_millionth_of_their_sum() {
        let check = |a: f64, b: f64, expected: bool| {
            assert_eq!(is_almost_equal(a, b), expected, "{a} {b}");
            assert_eq!(is_almost_equal(b, a), expected, "{b} {a}");
        };
        check(1.0, 1.0, true);
        check(1.0, 1.000_001_9, true);
        check(1.0, 1.000_002_1, false);
        check(-1.0, 1.0, false);
        check(0.0, -0.0, true);
        check(0.0, 1e-300, false);
        check(0.0, 1e-313, false);
        check(0.0, 1e-315, true);
        check(f64::NAN, -f64::NAN, true);
        check(f64::NAN, 1.0, false);
        check(f64::INFINITY, f64::INFINITY, true);
        check(f64::INFINITY, f64::NEG_INFINITY, false);
        check(f64::INFINITY, f64::MAX, false);
        check(f64::MAX, f64::MAX * 0.999_999_9, true);
        check(special::STALE, special::STALE, true);
        check(special::STALE, f64::NAN, false);
        check(special::NATIVE_HISTOGRAM, f64::NAN, false);
    }
}
