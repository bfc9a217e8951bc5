//! Aggregations that keep some series of each group as they are: `topk`, `bottomk`, `limitk`,
//! `limit_ratio`.

use std::ops::Range;

use super::aggregate::Members;
use super::column::{self, ABSENT, Column};
use super::quantile::nan_first;
use super::{Evaluation, Evaluator, error};
use crate::labels::Labels;
use crate::syntax::ast::AggregateOp;
use twox_hash::XxHash64;

impl Evaluator<'_> {
    pub(super) fn ranked(
        &self,
        op: AggregateOp,
        columns: &[Column],
        groups: &[Members],
        counts: &[f64],
        span: &Range<usize>,
    ) -> Evaluation<Vec<Column>> {
        if counts.iter().all(|count| *count < 1.0) {
            return Ok(Vec::new());
        }
        for count in counts {
            check_count(*count, span)?;
        }
        let mut kept: Vec<Column> = columns.to_vec();
        for column in &mut kept {
            column.values.fill(ABSENT);
        }
        // The order matters where there is but one step: the best first.
        let mut order: Vec<usize> = Vec::new();
        for group in groups {
            for (step, count) in counts.iter().enumerate() {
                let mut places = best(op, columns, group, step);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "cut off at 0"
                )]
                places.truncate(count.max(0.0) as usize);
                for place in &places {
                    kept[*place].values[step] = columns[*place].values[step];
                }
                order.append(&mut places);
            }
        }
        if self.steps.count == 1 {
            return Ok(order.into_iter().map(|place| kept[place].clone()).collect());
        }
        Ok(column::with_values(kept))
    }

    /// About a share of the series, always the same ones; a negative share takes the others.
    pub(super) fn limit_ratio(
        &self,
        mut columns: Vec<Column>,
        ratios: &[f64],
        span: &Range<usize>,
    ) -> Evaluation<Vec<Column>> {
        if ratios.iter().any(|ratio| ratio.is_nan()) {
            return error(span, "Ratio value is NaN");
        }
        for ratio in ratios {
            if !(-1.0..=1.0).contains(ratio) {
                let (found, capped) =
                    (crate::go::float(*ratio), crate::go::float(ratio.clamp(-1.0, 1.0)));
                self.warn(
                    span,
                    format!(
                        "ratio value should be between -1 and 1, got {found}, capping to {capped}"
                    ),
                );
            }
        }
        for column in &mut columns {
            let offset = hash(&column.labels) as f64 / u64::MAX as f64;
            for (value, ratio) in column.values.iter_mut().zip(ratios) {
                let ratio = ratio.clamp(-1.0, 1.0);
                let is_in = if ratio >= 0.0 { offset < ratio } else { offset >= 1.0 + ratio };
                if !is_in {
                    *value = ABSENT;
                }
            }
        }
        Ok(column::with_values(columns))
    }
}

/// A number of series has to fit in 64 bits.
fn check_count(count: f64, span: &Range<usize>) -> Evaluation<()> {
    let limit = 2f64.powi(63);
    if count.is_nan() {
        return error(span, "Parameter value is NaN");
    }
    if count >= limit {
        return error(span, format!("Scalar value {} overflows int64", crate::go::float(count)));
    }
    if count <= -limit {
        return error(span, format!("Scalar value {} underflows int64", crate::go::float(count)));
    }
    Ok(())
}

/// The series of a group that are there at a step, the best first. NaN is worse than any number.
fn best(op: AggregateOp, columns: &[Column], group: &Members, step: usize) -> Vec<usize> {
    let mut places: Vec<usize> = group.columns.clone();
    places.retain(|place| columns[*place].has(step));
    let value = |place: &usize| columns[*place].values[step];
    match op {
        AggregateOp::Topk => places.sort_by(|a, b| nan_first(value(b), value(a))),
        AggregateOp::Bottomk => places.sort_by(|a, b| {
            let nan_last = value(a).is_nan().cmp(&value(b).is_nan());
            nan_last.then_with(|| nan_first(value(a), value(b)))
        }),
        _ => {}
    }
    places
}

/// The hash that Prometheus has of labels, so that the same series are in: xxHash of each name and
/// value, each after its length in one byte, or in three after a byte of ones
/// (<https://github.com/prometheus/prometheus/blob/main/model/labels/labels_stringlabels.go>).
fn hash(labels: &Labels) -> u64 {
    let mut bytes = Vec::new();
    for text in labels.iter().flat_map(|(name, value)| [name, value]) {
        let length = text.len().to_le_bytes();
        if text.len() < 255 {
            bytes.push(length[0]);
        } else {
            bytes.extend([255, length[0], length[1], length[2]]);
        }
        bytes.extend(text.bytes());
    }
    XxHash64::oneshot(0, &bytes)
}
