//! `and`, `or`, `unless`: series of one vector for which the other has some, or none.

use std::collections::HashMap;

use super::column::{self, ABSENT, Column};
use super::{Evaluation, Evaluator};
use crate::labels::{Labels, METRIC_NAME};
use crate::syntax::ast::{Binary, BinaryOp, Matching};

/// The labels by which series of two vectors belong together.
pub(super) fn signature(labels: &Labels, matching: &Matching) -> Labels {
    let is_named = |name: &str| matching.labels.iter().any(|label| label == name);
    if matching.on {
        return labels.filtered(is_named);
    }
    labels.filtered(|name| name != METRIC_NAME && !is_named(name))
}

impl Evaluator<'_> {
    pub(super) fn set(&self, binary: &Binary) -> Evaluation<Vec<Column>> {
        let mut lhs = self.vector(&binary.lhs)?;
        let mut rhs = self.vector(&binary.rhs)?;
        let matching = &binary.matching;
        match binary.op {
            BinaryOp::Or => {
                keep(&mut rhs, &self.presence(&lhs, matching), matching, false);
                lhs.append(&mut rhs);
            }
            op => keep(&mut lhs, &self.presence(&rhs, matching), matching, op == BinaryOp::And),
        }
        Ok(column::with_values(lhs))
    }

    /// At which steps there is a series with a signature.
    fn presence(&self, columns: &[Column], matching: &Matching) -> HashMap<Labels, Vec<bool>> {
        let mut presence: HashMap<Labels, Vec<bool>> = HashMap::new();
        for column in columns {
            let steps = presence.entry(signature(&column.labels, matching));
            let steps = steps.or_insert_with(|| vec![false; self.steps.count]);
            for (is_there, value) in steps.iter_mut().zip(&column.values) {
                *is_there |= !column::is_absent(*value);
            }
        }
        presence
    }
}

/// Keeps the values at those steps at which there is a counterpart, or is none.
fn keep(
    columns: &mut [Column],
    presence: &HashMap<Labels, Vec<bool>>,
    matching: &Matching,
    if_there: bool,
) {
    for column in columns {
        let steps = presence.get(&signature(&column.labels, matching));
        for (step, value) in column.values.iter_mut().enumerate() {
            let has_counterpart = steps.is_some_and(|steps| steps[step]);
            if has_counterpart != if_there {
                *value = ABSENT;
            }
        }
    }
}
