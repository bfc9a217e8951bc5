//! Whether the parts of an expression are of the types that they have to be, as Prometheus has them.

use super::ast::{Aggregate, Binary, BinaryOp, Call, Expr, Kind, Type};
use super::parser::{Parsed, error};

/// Checks an expression and all its parts.
pub(super) fn check(expr: &Expr) -> Parsed<()> {
    match &expr.kind {
        Kind::Number(_) | Kind::Text(_) | Kind::Matrix { .. } => Ok(()),
        Kind::Selector(selector) => {
            if selector.matchers.iter().all(|matcher| matcher.is_match("")) {
                return error(
                    expr.span.clone(),
                    "vector selector must contain at least one non-empty matcher",
                );
            }
            Ok(())
        }
        // What a sign stands before was checked when it was read.
        Kind::Paren(inner) | Kind::Negative(inner) => check(inner),
        Kind::Binary(binary) => check_binary(binary, expr),
        Kind::Aggregate(aggregate) => check_aggregate(aggregate),
        Kind::Call(call) => check_call(call, expr),
        Kind::Subquery(subquery) => {
            let found = subquery.expr.result();
            if found != Type::Vector {
                let message = format!(
                    "subquery is only allowed on instant vector, got {} instead",
                    found.words()
                );
                return error(expr.span.clone(), message);
            }
            check(&subquery.expr)
        }
    }
}

/// A sign stands before numbers and vectors.
pub(super) fn signed(operand: &Expr) -> Parsed<()> {
    let found = operand.result();
    if matches!(found, Type::Scalar | Type::Vector) {
        return Ok(());
    }
    let message = format!(
        "unary expression only allowed on expressions of type scalar or instant vector, got {:?}",
        found.words()
    );
    error(operand.span.clone(), message)
}

fn check_binary(binary: &Binary, expr: &Expr) -> Parsed<()> {
    let (op, matching) = (binary.op, &binary.matching);
    check(&binary.lhs)?;
    check(&binary.rhs)?;
    let types = [binary.lhs.result(), binary.rhs.result()];
    for (side, found) in [&binary.lhs, &binary.rhs].into_iter().zip(types) {
        if !matches!(found, Type::Scalar | Type::Vector) {
            return error(
                side.span.clone(),
                "binary expression must contain only scalar and instant vector types",
            );
        }
    }
    let span = expr.span.clone();
    if types == [Type::Scalar; 2] && op.is_comparison() && !binary.is_bool {
        return error(span, "comparisons between scalars must use BOOL modifier");
    }
    if types != [Type::Vector; 2] {
        // As in Prometheus, `on ()` says nothing here.
        if !matching.labels.is_empty() {
            return error(span, "vector matching only allowed between instant vectors");
        }
        if matching.fill_left.is_some() || matching.fill_right.is_some() {
            return error(span, "filling in missing series only allowed between instant vectors");
        }
        if op.is_set() {
            return error(span, not_between_scalars(op));
        }
    }
    Ok(())
}

fn not_between_scalars(op: BinaryOp) -> String {
    format!("set operator {:?} not allowed in binary scalar expression", op.text())
}

fn check_aggregate(aggregate: &Aggregate) -> Parsed<()> {
    if let (Some(param), Some(expected)) = (&aggregate.param, aggregate.op.param()) {
        expect(param, expected, "aggregation parameter")?;
        check(param)?;
    }
    expect(&aggregate.expr, Type::Vector, "aggregation expression")?;
    check(&aggregate.expr)
}

fn check_call(call: &Call, expr: &Expr) -> Parsed<()> {
    let (least, most) = call.function.arity();
    let (name, got) = (call.function.name, call.args.len());
    let wrong = if most == Some(least) && got != least {
        Some(format!("{least} argument(s)"))
    } else if got < least {
        Some(format!("at least {least} argument(s)"))
    } else {
        most.filter(|most| got > *most).map(|most| format!("at most {most} argument(s)"))
    };
    if let Some(expected) = wrong {
        return error(
            expr.span.clone(),
            format!("expected {expected} in call to {name:?}, got {got}"),
        );
    }
    for (index, arg) in call.args.iter().enumerate() {
        if let Some(expected) = call.function.arg(index) {
            expect(arg, expected, &format!("call to function {name:?}"))?;
        }
        if name == "info" && index == 1 {
            check_info_selector(arg)?;
        } else {
            check(arg)?;
        }
    }
    Ok(())
}

/// The second argument of `info` only says which labels are wanted: it may match the empty value.
fn check_info_selector(arg: &Expr) -> Parsed<()> {
    match &arg.kind {
        Kind::Selector(selector) if selector.when == super::ast::When::default() => Ok(()),
        _ => error(
            arg.span.clone(),
            "expected label selectors as the second argument to 'info' function",
        ),
    }
}

fn expect(expr: &Expr, expected: Type, place: &str) -> Parsed<()> {
    let found = expr.result();
    if found == expected {
        return Ok(());
    }
    error(
        expr.span.clone(),
        format!("expected type {} in {place}, got {}", expected.words(), found.words()),
    )
}
