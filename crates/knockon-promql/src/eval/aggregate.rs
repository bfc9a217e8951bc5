//! Aggregations: many series put together by labels
//! (<https://prometheus.io/docs/prometheus/latest/querying/operators/#aggregation-operators>).

use std::collections::HashMap;
use std::ops::Range;

use super::column::{self, ABSENT, Column};
use super::kahan::{Kahan, Mean};
use super::quantile::quantile;
use super::{Evaluation, Evaluator, error};
use crate::labels::{Labels, METRIC_NAME};
use crate::special;
use crate::syntax::ast::{Aggregate, AggregateOp, Grouping};

/// Series that are put together, by their places.
pub(super) struct Members {
    pub(super) labels: Labels,
    pub(super) columns: Vec<usize>,
}

impl Evaluator<'_> {
    pub(super) fn aggregate(
        &self,
        aggregate: &Aggregate,
        span: &Range<usize>,
    ) -> Evaluation<Vec<Column>> {
        let param = match (&aggregate.param, aggregate.op) {
            (Some(_), AggregateOp::CountValues) | (None, _) => None,
            (Some(param), _) => Some((self.scalar(param)?, &param.span)),
        };
        let columns = self.vector(&aggregate.expr)?;
        let groups = groups(&columns, &aggregate.grouping);
        match (aggregate.op, param) {
            (AggregateOp::CountValues, _) => self.count_values(aggregate, &columns),
            (AggregateOp::Quantile, Some((shares, at))) => {
                self.check_shares(&shares, at);
                Ok(self.each_group(&columns, &groups, |group, column| {
                    let mut values = Vec::new();
                    for (step, result) in column.values.iter_mut().enumerate() {
                        values.clear();
                        values.extend(present(&columns, group, step));
                        if !values.is_empty() {
                            *result = quantile(shares[step], &mut values);
                        }
                    }
                }))
            }
            (
                AggregateOp::Topk | AggregateOp::Bottomk | AggregateOp::Limitk,
                Some((counts, at)),
            ) => self.ranked(aggregate.op, &columns, &groups, &counts, at),
            (AggregateOp::LimitRatio, Some((ratios, at))) => self.limit_ratio(columns, &ratios, at),
            (op, _) => {
                self.count(groups.len() * self.steps.count, span)?;
                Ok(self.each_group(&columns, &groups, |group, column| {
                    simple(op, &columns, group, &mut column.values);
                }))
            }
        }
    }

    fn each_group(
        &self,
        columns: &[Column],
        groups: &[Members],
        reckon: impl Fn(&Members, &mut Column),
    ) -> Vec<Column> {
        let result = groups.iter().map(|group| {
            let mut column = self.column(group.labels.clone());
            column.drops_name = group.columns.iter().any(|place| columns[*place].drops_name);
            reckon(group, &mut column);
            column
        });
        column::with_values(result.collect())
    }

    /// A quantile is a share between 0 and 1.
    pub(super) fn check_shares(&self, shares: &[f64], span: &Range<usize>) {
        for share in shares {
            if share.is_nan() || *share < 0.0 || *share > 1.0 {
                let found = crate::go::float(*share);
                self.warn(span, format!("quantile value should be between 0 and 1, got {found}"));
            }
        }
    }

    /// How many series have each value, which becomes a label before they are put together.
    fn count_values(&self, aggregate: &Aggregate, columns: &[Column]) -> Evaluation<Vec<Column>> {
        let Some(param) = &aggregate.param else { return Ok(Vec::new()) };
        let label = super::labelled::label_name(&self.text(param)?)
            .or_else(|name| error(&param.span, format!("invalid label name {name}")))?;
        let mut grouping = aggregate.grouping.clone();
        if !grouping.without {
            grouping.labels.push(label.clone());
        }
        let mut places: HashMap<Labels, usize> = HashMap::new();
        let mut results: Vec<Column> = Vec::new();
        for step in 0..self.steps.count {
            for column in columns.iter().filter(|column| column.has(step)) {
                let value = special::text(column.values[step]);
                let labels = together(&column.labels.with(label.as_str(), value), &grouping);
                let place = *places.entry(labels).or_insert_with_key(|labels| {
                    results.push(self.column(labels.clone()));
                    results.len() - 1
                });
                let counted = &mut results[place].values[step];
                *counted = if column::is_absent(*counted) { 1.0 } else { *counted + 1.0 };
            }
        }
        Ok(results)
    }
}

/// The labels that a series has in common with those it is put together with.
fn together(labels: &Labels, grouping: &Grouping) -> Labels {
    let is_named = |name: &str| grouping.labels.iter().any(|label| label == name);
    if grouping.without {
        labels.filtered(|name| name != METRIC_NAME && !is_named(name))
    } else {
        labels.filtered(is_named)
    }
}

/// Which series are put together, in the order in which they come.
pub(super) fn groups(columns: &[Column], grouping: &Grouping) -> Vec<Members> {
    let mut places: HashMap<Labels, usize> = HashMap::new();
    let mut groups: Vec<Members> = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let labels = together(&column.labels, grouping);
        let place = *places.entry(labels).or_insert_with_key(|labels| {
            groups.push(Members { labels: labels.clone(), columns: Vec::new() });
            groups.len() - 1
        });
        groups[place].columns.push(at);
    }
    groups
}

/// The values that a group has at a step.
fn present(columns: &[Column], group: &Members, step: usize) -> impl Iterator<Item = f64> {
    let values = group.columns.iter().map(move |place| columns[*place].values[step]);
    values.filter(|value| !column::is_absent(*value))
}

/// Aggregations that go through the series one after the other.
fn simple(op: AggregateOp, columns: &[Column], group: &Members, results: &mut [f64]) {
    match op {
        AggregateOp::Sum => {
            fold(columns, group, results, Kahan::default(), Kahan::add, Kahan::total);
        }
        AggregateOp::Avg => {
            fold(columns, group, results, Mean::default(), Mean::add, Mean::value);
        }
        AggregateOp::Stddev => {
            fold(columns, group, results, Spread::default(), Spread::add, |it| it.value().sqrt());
        }
        AggregateOp::Stdvar => {
            fold(columns, group, results, Spread::default(), Spread::add, Spread::value);
        }
        AggregateOp::Count => {
            fold(columns, group, results, 0.0, |count, _| *count += 1.0, |count| count);
        }
        AggregateOp::Group => fold(columns, group, results, (), |(), _| {}, |()| 1.0),
        AggregateOp::Min => fold(columns, group, results, f64::NAN, least, |least| least),
        AggregateOp::Max => fold(columns, group, results, f64::NAN, most, |most| most),
        _ => {}
    }
}

fn fold<T: Copy>(
    columns: &[Column],
    group: &Members,
    results: &mut [f64],
    begin: T,
    add: impl Fn(&mut T, f64),
    end: impl Fn(T) -> f64,
) {
    let mut folded = vec![begin; results.len()];
    let mut is_there = vec![false; results.len()];
    for place in &group.columns {
        let steps = folded.iter_mut().zip(&mut is_there).zip(&columns[*place].values);
        for ((folded, is_there), value) in steps {
            if !column::is_absent(*value) {
                *is_there = true;
                add(folded, *value);
            }
        }
    }
    for ((result, folded), is_there) in results.iter_mut().zip(folded).zip(is_there) {
        *result = if is_there { end(folded) } else { ABSENT };
    }
}

/// Anything is less than NaN.
fn least(least: &mut f64, value: f64) {
    if least.is_nan() || value < *least {
        *least = value;
    }
}

fn most(most: &mut f64, value: f64) {
    if most.is_nan() || value > *most {
        *most = value;
    }
}

/// The variance of the values of many series (Welford's algorithm).
#[derive(Debug, Clone, Copy, Default)]
struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (value - self.mean);
    }

    fn value(self) -> f64 {
        self.squares / self.count
    }
}
