//! Evaluates recording rules
//! (<https://github.com/prometheus/prometheus/blob/main/rules/recording.go>).

use std::collections::BTreeSet;

use super::rule::RecordingRule;
use crate::answer::Sample;
use crate::labels::{Labels, METRIC_NAME};

/// The series to write; an error if two would be the same or there are too many.
pub(super) fn series(
    rule: &RecordingRule,
    answer: Vec<Sample>,
    limit: Option<usize>,
) -> Result<Vec<(Labels, f64)>, String> {
    let mut seen = BTreeSet::new();
    let mut series = Vec::with_capacity(answer.len());
    for sample in answer {
        let own = rule.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let added = [(METRIC_NAME, rule.name.as_str())].into_iter().chain(own);
        let added = added.map(|(name, value)| (name.into(), value.into()));
        let labels = Labels::new(sample.labels.pairs().iter().cloned().chain(added));
        if !seen.insert(labels.clone()) {
            return Err(
                "vector contains metrics with the same labelset after applying rule labels".into(),
            );
        }
        series.push((labels, sample.value));
    }
    match limit {
        Some(limit) if series.len() > limit => {
            Err(format!("exceeded limit of {limit} with {} series", series.len()))
        }
        _ => Ok(series),
    }
}
