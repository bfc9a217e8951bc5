//! Operators between numbers, and between a vector and a number.

use std::ops::Range;

use super::column::{self, ABSENT, Column};
use super::{Evaluated, Evaluation, Evaluator};
use crate::syntax::ast::{Binary, BinaryOp, Type};

impl Evaluator<'_> {
    pub(super) fn binary(&self, binary: &Binary, span: &Range<usize>) -> Evaluation<Evaluated> {
        let op = binary.op;
        match (binary.lhs.result(), binary.rhs.result()) {
            (Type::Scalar, Type::Scalar) => {
                let (lhs, rhs) = (self.scalar(&binary.lhs)?, self.scalar(&binary.rhs)?);
                let values = lhs.into_iter().zip(rhs).map(|(lhs, rhs)| number(op, lhs, rhs));
                Ok(Evaluated::Scalar(values.collect()))
            }
            (Type::Vector, Type::Scalar) => {
                let (lhs, rhs) = (self.vector(&binary.lhs)?, self.scalar(&binary.rhs)?);
                let of = |step: usize, value| element(op, value, rhs[step]);
                Ok(Evaluated::Vector(with_number(lhs, binary, of)))
            }
            (Type::Scalar, _) => {
                let (lhs, rhs) = (self.scalar(&binary.lhs)?, self.vector(&binary.rhs)?);
                // A comparison keeps the value of the vector, whichever side it is on.
                let of = |step: usize, value| {
                    let (result, is_kept) = element(op, lhs[step], value);
                    (if op.is_comparison() { value } else { result }, is_kept)
                };
                Ok(Evaluated::Vector(with_number(rhs, binary, of)))
            }
            _ if op.is_set() => self.set(binary).map(Evaluated::Vector),
            _ => self.matched(binary, span).map(Evaluated::Vector),
        }
    }
}

/// A vector with a number at each of its values.
fn with_number(
    mut columns: Vec<Column>,
    binary: &Binary,
    of: impl Fn(usize, f64) -> (f64, bool),
) -> Vec<Column> {
    let is_filter = binary.op.is_comparison() && !binary.is_bool;
    for column in &mut columns {
        column.drops_name |= !is_filter;
        for (step, value) in column.values.iter_mut().enumerate() {
            if column::is_absent(*value) {
                continue;
            }
            let (result, is_kept) = of(step, *value);
            *value = if binary.is_bool {
                f64::from(u8::from(is_kept))
            } else if is_kept {
                result
            } else {
                ABSENT
            };
        }
    }
    column::with_values(columns)
}

/// An operator between two numbers; a comparison answers 0 or 1.
fn number(op: BinaryOp, lhs: f64, rhs: f64) -> f64 {
    let (value, is_kept) = element(op, lhs, rhs);
    if op.is_comparison() { f64::from(u8::from(is_kept)) } else { value }
}

/// An operator between two elements of vectors: the result, and whether it is kept. A comparison
/// results in its left side.
pub(super) fn element(op: BinaryOp, lhs: f64, rhs: f64) -> (f64, bool) {
    #[expect(clippy::float_cmp, reason = "the comparison is what the query asks for")]
    match op {
        BinaryOp::Add => (lhs + rhs, true),
        BinaryOp::Sub => (lhs - rhs, true),
        BinaryOp::Mul => (lhs * rhs, true),
        BinaryOp::Div => (lhs / rhs, true),
        BinaryOp::Mod => (lhs % rhs, true),
        BinaryOp::Pow => (lhs.powf(rhs), true),
        BinaryOp::Atan2 => (lhs.atan2(rhs), true),
        BinaryOp::Equal => (lhs, lhs == rhs),
        BinaryOp::NotEqual => (lhs, lhs != rhs),
        BinaryOp::Greater => (lhs, lhs > rhs),
        BinaryOp::Less => (lhs, lhs < rhs),
        BinaryOp::GreaterEqual => (lhs, lhs >= rhs),
        BinaryOp::LessEqual => (lhs, lhs <= rhs),
        // Between vectors only, where sets.rs has them.
        BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => (lhs, false),
    }
}
