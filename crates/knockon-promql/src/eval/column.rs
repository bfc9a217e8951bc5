//! A series of a result: its labels, and a value for each step.

use std::collections::HashMap;
use std::ops::Range;

use super::{Evaluation, error};
use crate::labels::Labels;
use crate::special;

/// What stands where a series has no value at a step. No arithmetic results in it.
pub(super) const ABSENT: f64 = special::STALE;

pub(super) fn is_absent(value: f64) -> bool {
    special::is_stale(value)
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) labels: Labels,
    /// The value is no longer that of the metric, whose name goes at the end. Until then it is there
    /// for those who ask for it by name.
    pub(super) drops_name: bool,
    pub(super) values: Vec<f64>,
}

impl Column {
    pub(super) fn new(labels: Labels, values: Vec<f64>) -> Self {
        Self { labels, drops_name: false, values }
    }

    pub(super) fn has(&self, step: usize) -> bool {
        !is_absent(self.values[step])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.iter().all(|value| is_absent(*value))
    }

    /// The name of its metric, or nothing.
    pub(super) fn metric(&self) -> &str {
        self.labels.metric().unwrap_or_default()
    }
}

/// Changes every value there is; they are no longer those of their metrics.
pub(super) fn change(columns: &mut [Column], change: impl Fn(f64) -> f64) {
    change_by_step(columns, |_, value| change(value));
}

pub(super) fn change_by_step(columns: &mut [Column], mut change: impl FnMut(usize, f64) -> f64) {
    for column in columns {
        column.drops_name = true;
        for (step, value) in column.values.iter_mut().enumerate() {
            if !is_absent(*value) {
                *value = change(step, *value);
            }
        }
    }
}

/// Those with a value at some step.
pub(super) fn with_values(mut columns: Vec<Column>) -> Vec<Column> {
    columns.retain(|column| !column.is_empty());
    columns
}

/// The columns under the names that they have in the end. Two that then have the same become one, if
/// they are never there at the same step.
pub(super) fn named(columns: Vec<Column>, span: &Range<usize>) -> Evaluation<Vec<Column>> {
    let mut named = with_values(columns);
    for column in &mut named {
        if column.drops_name {
            column.labels = column.labels.nameless();
        }
    }
    merged(named, span)
}

/// Columns of the same labels put together.
pub(super) fn merged(columns: Vec<Column>, span: &Range<usize>) -> Evaluation<Vec<Column>> {
    let mut places: HashMap<Labels, usize> = HashMap::with_capacity(columns.len());
    let mut merged: Vec<Column> = Vec::with_capacity(columns.len());
    for column in columns {
        let Some(place) = places.get(&column.labels) else {
            places.insert(column.labels.clone(), merged.len());
            merged.push(column);
            continue;
        };
        for (kept, value) in merged[*place].values.iter_mut().zip(column.values) {
            if is_absent(value) {
                continue;
            }
            if !is_absent(*kept) {
                return error(span, "vector cannot contain metrics with the same labelset");
            }
            *kept = value;
        }
    }
    Ok(merged)
}
