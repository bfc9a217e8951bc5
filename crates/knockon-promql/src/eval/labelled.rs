//! Functions of labels: setting them, sorting by them, and telling that nothing has them.

use std::fmt::Write;
use std::ops::Range;

use super::column::{self, ABSENT, Column};
use super::{Evaluation, Evaluator, error};
use crate::go;
use crate::labels::{Labels, METRIC_NAME};
use crate::matcher::{MatchOp, anchored};
use crate::syntax::ast::{Expr, Kind, Type};

/// A text as the name of a label; if it cannot be one, how it is written in a message.
pub(super) fn label_name(bytes: &[u8]) -> Result<String, String> {
    match std::str::from_utf8(bytes) {
        Ok(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(quoted(bytes)),
    }
}

/// As Go writes a text whose bytes need not be letters.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            go::push_escaped(&mut text, letter, '"');
        }
        for byte in chunk.invalid() {
            // Writing to a text cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text.push('"');
    text
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Evaluator<'_> {
    pub(super) fn label_replace(
        &self,
        args: &[Expr],
        span: &Range<usize>,
    ) -> Evaluation<Vec<Column>> {
        let [vector, target, replacement, source, pattern] = args else { return Ok(Vec::new()) };
        let pattern_span = &pattern.span;
        let (replacement, source) = (lossy(&self.text(replacement)?), lossy(&self.text(source)?));
        let pattern = lossy(&self.text(pattern)?);
        let Ok(regex) = anchored(&pattern) else {
            return error(
                pattern_span,
                format!("invalid regular expression in label_replace(): {pattern}"),
            );
        };
        let text = self.text(target)?;
        let name = label_name(&text).or_else(|_| {
            let message =
                format!("invalid destination label name in label_replace(): {}", lossy(&text));
            error(&target.span, message)
        })?;
        let mut columns = self.vector(vector)?;
        for column in &mut columns {
            let value = column.labels.get(&source).unwrap_or_default();
            let Some(captures) = regex.captures(value) else { continue };
            let mut expanded = String::new();
            captures.expand(&replacement, &mut expanded);
            column.labels = column.labels.with(name.as_str(), expanded);
            if name == METRIC_NAME {
                column.drops_name = false;
            }
        }
        column::merged(columns, span)
    }

    pub(super) fn label_join(&self, args: &[Expr], span: &Range<usize>) -> Evaluation<Vec<Column>> {
        let [vector, target, separator, sources @ ..] = args else { return Ok(Vec::new()) };
        let name_of = |expr: &Expr, sort: &str| {
            let text = self.text(expr)?;
            label_name(&text).or_else(|_| {
                let message =
                    format!("invalid {sort} label name in label_join(): {}", lossy(&text));
                error(&expr.span, message)
            })
        };
        let sources: Vec<String> =
            sources.iter().map(|source| name_of(source, "source")).collect::<Result<_, _>>()?;
        let name = name_of(target, "destination")?;
        let separator = lossy(&self.text(separator)?);
        let mut columns = self.vector(vector)?;
        for column in &mut columns {
            let values: Vec<&str> =
                sources.iter().map(|it| column.labels.get(it).unwrap_or_default()).collect();
            column.labels = column.labels.with(name.as_str(), values.join(&separator));
            if name == METRIC_NAME {
                column.drops_name = false;
            }
        }
        column::merged(columns, span)
    }

    /// 1 under the labels that were asked for, when there is nothing.
    pub(super) fn absent(&self, arg: &Expr) -> Evaluation<Vec<Column>> {
        let columns = match arg.result() {
            Type::Matrix => self.over_windows(arg, true, |_, _| Some(1.0))?,
            _ => self.vector(arg)?,
        };
        let is_there = |step: usize| columns.iter().any(|column| column.has(step));
        let mut result = self.column(asked_labels(arg));
        for (step, value) in result.values.iter_mut().enumerate() {
            *value = if is_there(step) { ABSENT } else { 1.0 };
        }
        Ok(column::with_values(vec![result]))
    }

    /// In the order of the values of labels, and then of all labels.
    pub(super) fn sort_by_label(
        &self,
        args: &[Expr],
        is_descending: bool,
    ) -> Evaluation<Vec<Column>> {
        let [vector, labels @ ..] = args else { return Ok(Vec::new()) };
        let labels: Vec<String> = labels
            .iter()
            .map(|label| self.text(label).map(|text| lossy(&text)))
            .collect::<Result<_, _>>()?;
        let mut columns = self.vector(vector)?;
        columns.sort_by(|a, b| {
            let value = |column: &Column, label: &str| {
                column.labels.get(label).unwrap_or_default().to_owned()
            };
            let by_label = labels.iter().map(|label| natural(&value(a, label), &value(b, label)));
            let order = by_label.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then);
            let order = order.then_with(|| a.labels.cmp(&b.labels));
            if is_descending { order.reverse() } else { order }
        });
        Ok(columns)
    }
}

/// Labels that a selector wants to have one value each.
fn asked_labels(expr: &Expr) -> Labels {
    let (Kind::Selector(selector) | Kind::Matrix { selector, .. }) = &expr.bare().kind else {
        return Labels::default();
    };
    let matchers = selector.matchers.iter().filter(|matcher| matcher.name != METRIC_NAME);
    let is_once = |name: &str| selector.matchers.iter().filter(|it| it.name == name).count() == 1;
    let wanted = matchers.filter(|it| it.op == MatchOp::Equal && is_once(&it.name));
    Labels::of(wanted.map(|matcher| (&matcher.name, &matcher.value)))
}

/// The order of people: numbers within texts count as numbers.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (first, second) = (chunk(&mut a), chunk(&mut b));
        let order = match (first.parse::<u64>(), second.parse::<u64>()) {
            (Ok(first), Ok(second)) => first.cmp(&second),
            _ => first.cmp(second),
        };
        if order.is_ne() || (first.is_empty() && second.is_empty()) {
            return order;
        }
    }
}

/// Takes the digits, or what are none, from the beginning of a text.
fn chunk<'t>(text: &mut &'t str) -> &'t str {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let begins_with_digit = text.starts_with(is_digit);
    let end = text.find(|letter| is_digit(letter) != begins_with_digit).unwrap_or(text.len());
    let (chunk, rest) = text.split_at(end);
    *text = rest;
    chunk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_are_sorted_as_numbers() {
        let mut values = ["a10", "a9", "b", "a", "10", "9", ""];
        values.sort_by(|a, b| natural(a, b));
        assert_eq!(values, ["", "9", "10", "a", "a9", "a10", "b"]);
    }
}
