//! Functions of classic histograms: counts of values by their upper bounds, one series for each.

use std::collections::HashMap;
use std::ops::Range;

use super::column::{self, Column};
use super::{Evaluation, Evaluator};
use crate::labels::{Labels, Quoted};
use crate::syntax::ast::Expr;

/// How far apart counts may be that differ only by rounding.
const TOLERANCE: f64 = 1e-12;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    upper: f64,
    count: f64,
}

/// The series of a histogram: their upper bounds and their places.
struct Histogram {
    labels: Labels,
    buckets: Vec<(f64, usize)>,
}

/// What is asked of a histogram.
enum Question<'q> {
    Quantile(&'q [f64]),
    Fraction(&'q [f64], &'q [f64]),
}

impl Evaluator<'_> {
    pub(super) fn histogram_quantile(&self, args: &[Expr]) -> Evaluation<Vec<Column>> {
        let [share, vector] = args else { return Ok(Vec::new()) };
        let shares = self.scalar(share)?;
        let columns = self.vector(vector)?;
        self.check_shares(&shares, &share.span);
        Ok(self.histograms(&columns, &Question::Quantile(&shares), &vector.span))
    }

    /// Several quantiles at once, each under its value as a label.
    pub(super) fn histogram_quantiles(&self, args: &[Expr]) -> Evaluation<Vec<Column>> {
        let [vector, label, shares @ ..] = args else { return Ok(Vec::new()) };
        let label_span = &label.span;
        let label = super::labelled::label_name(&self.text(label)?).or_else(|name| {
            super::error(label_span, format!("invalid label name {name} in histogram_quantiles()"))
        })?;
        let columns = self.vector(vector)?;
        let mut all = Vec::new();
        for share in shares {
            let values = self.scalar(share)?;
            self.check_shares(&values, &share.span);
            let text = openmetrics_number(values.first().copied().unwrap_or(f64::NAN));
            for mut column in self.histograms(&columns, &Question::Quantile(&values), &vector.span)
            {
                column.labels = column.labels.with(label.as_str(), text.as_str());
                all.push(column);
            }
        }
        Ok(all)
    }

    pub(super) fn histogram_fraction(&self, args: &[Expr]) -> Evaluation<Vec<Column>> {
        let [lower, upper, vector] = args else { return Ok(Vec::new()) };
        let (lower, upper) = (self.scalar(lower)?, self.scalar(upper)?);
        let columns = self.vector(vector)?;
        Ok(self.histograms(&columns, &Question::Fraction(&lower, &upper), &vector.span))
    }

    fn histograms(
        &self,
        columns: &[Column],
        question: &Question<'_>,
        span: &Range<usize>,
    ) -> Vec<Column> {
        let mut results = Vec::new();
        for histogram in self.by_labels(columns, span) {
            let mut result = self.column(histogram.labels.clone());
            result.drops_name = true;
            for step in 0..self.steps.count {
                let there = histogram.buckets.iter().filter(|(_, place)| columns[*place].has(step));
                let buckets = there.map(|(upper, place)| Bucket {
                    upper: *upper,
                    count: columns[*place].values[step],
                });
                let buckets: Vec<Bucket> = buckets.collect();
                if buckets.is_empty() {
                    continue;
                }
                result.values[step] = match question {
                    Question::Quantile(shares) => {
                        let (value, was_forced) = quantile(shares[step], buckets);
                        if was_forced {
                            self.tell_forced(&histogram.labels, span);
                        }
                        value
                    }
                    Question::Fraction(lower, upper) => fraction(lower[step], upper[step], buckets),
                };
            }
            results.push(result);
        }
        column::with_values(results)
    }

    /// The series of each histogram. Series without a bound belong to none.
    fn by_labels(&self, columns: &[Column], span: &Range<usize>) -> Vec<Histogram> {
        let mut places: HashMap<Labels, usize> = HashMap::new();
        let mut histograms: Vec<Histogram> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let written = column.labels.get("le").unwrap_or_default();
            let Some(upper) = bound(written) else {
                let (bound, metric) = (Quoted(written), Quoted(column.metric()));
                self.warn(
                    span,
                    format!(
                        "bucket label \"le\" is missing or has a malformed value of {bound} for metric name {metric}"
                    ),
                );
                continue;
            };
            let labels = column.labels.filtered(|name| name != "le");
            let place = *places.entry(labels).or_insert_with_key(|labels| {
                histograms.push(Histogram { labels: labels.clone(), buckets: Vec::new() });
                histograms.len() - 1
            });
            histograms[place].buckets.push((upper, at));
        }
        histograms
    }

    fn tell_forced(&self, labels: &Labels, span: &Range<usize>) {
        let metric = labels.metric().unwrap_or_default();
        self.inform(
            span,
            format!(
                "input to histogram_quantile needed to be fixed for monotonicity (see \
                 https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) \
                 for metric name {}",
                Quoted(metric)
            ),
        );
    }
}

/// A number as a label of OpenMetrics has it: `1.0`, not `1`.
fn openmetrics_number(value: f64) -> String {
    let text = crate::go::float(value);
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_whole { format!("{text}.0") } else { text }
}

/// An upper bound as exporters write it.
fn bound(written: &str) -> Option<f64> {
    written.parse().ok()
}

/// Buckets in order, each bound once; nothing unless the last has no upper bound.
fn in_order(mut buckets: Vec<Bucket>) -> Option<Vec<Bucket>> {
    buckets.sort_by(|a, b| a.upper.total_cmp(&b.upper));
    if buckets.last()?.upper != f64::INFINITY {
        return None;
    }
    #[expect(clippy::float_cmp, reason = "bounds are the same or not")]
    buckets.dedup_by(|later, earlier| {
        let is_same = later.upper == earlier.upper;
        if is_same {
            earlier.count += later.count;
        }
        is_same
    });
    Some(buckets)
}

/// Makes counts never fall: a bucket has at least what the one below it has. Answers whether a count
/// fell by more than rounding explains.
fn force_growth(buckets: &mut [Bucket]) -> bool {
    let mut was_forced = false;
    let mut before = buckets[0].count;
    for bucket in &mut buckets[1..] {
        let is_near = is_nearly(before, bucket.count);
        if is_near || bucket.count < before {
            was_forced |= !is_near;
            bucket.count = before;
        } else {
            before = bucket.count;
        }
    }
    was_forced
}

fn is_nearly(a: f64, b: f64) -> bool {
    #[expect(clippy::float_cmp, reason = "equal numbers are near")]
    let is_same = a == b || (a.is_nan() && b.is_nan());
    if is_same {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < TOLERANCE
}

/// The value below which a share of the observations lies, evenly spread within a bucket, and whether
/// counts had to be mended
/// (<https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile>).
fn quantile(share: f64, buckets: Vec<Bucket>) -> (f64, bool) {
    if share.is_nan() {
        return (f64::NAN, false);
    }
    if share < 0.0 {
        return (f64::NEG_INFINITY, false);
    }
    if share > 1.0 {
        return (f64::INFINITY, false);
    }
    let Some(mut buckets) = in_order(buckets) else { return (f64::NAN, false) };
    let was_forced = force_growth(&mut buckets);
    let last = buckets.len() - 1;
    if last == 0 || buckets[last].count == 0.0 {
        return (f64::NAN, false);
    }
    let mut rank = share * buckets[last].count;
    let at = buckets[..last].partition_point(|bucket| bucket.count < rank);
    if at == last {
        return (buckets[last - 1].upper, was_forced);
    }
    let upper = buckets[at].upper;
    if at == 0 && upper <= 0.0 {
        return (upper, was_forced);
    }
    let (mut lower, mut count) = (0.0, buckets[at].count);
    if at > 0 {
        lower = buckets[at - 1].upper;
        count -= buckets[at - 1].count;
        rank -= buckets[at - 1].count;
    }
    (lower + (upper - lower) * (rank / count), was_forced)
}

/// The share of the observations between two values, evenly spread within a bucket.
fn fraction(lower: f64, upper: f64, buckets: Vec<Bucket>) -> f64 {
    let Some(buckets) = in_order(buckets) else { return f64::NAN };
    let total = buckets[buckets.len() - 1].count;
    if total == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    // Of the values below the first bound nothing can be told, so those of the bucket that a limit lies in
    // are left out: below the lower limit, not below the upper one.
    let below = |limit: f64, is_lower: bool| {
        let mut rank = 0.0;
        let mut from = if buckets[0].upper > 0.0 { 0.0 } else { f64::NEG_INFINITY };
        for bucket in &buckets {
            if from >= limit {
                return rank;
            }
            if bucket.upper > limit && from.is_infinite() {
                return if is_lower { bucket.count } else { rank };
            }
            if bucket.upper > limit {
                return rank + (bucket.count - rank) * (limit - from) / (bucket.upper - from);
            }
            rank = bucket.count;
            from = bucket.upper;
        }
        total
    };
    ((below(upper, false).min(total) - below(lower, true).min(total)) / total).max(0.0)
}
