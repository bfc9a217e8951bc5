//! Operators between two vectors: which series belong together, and what comes of them
//! (<https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching>).

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::arithmetic::element;
use super::column::{self, Column};
use super::sets::signature;
use super::{Evaluation, Evaluator, error};
use crate::labels::{Labels, METRIC_NAME};
use crate::syntax::ast::{Binary, Group, Matching};

/// Series of both sides that have the same signature, by their places.
#[derive(Default)]
struct Matched {
    signature: Labels,
    many: Vec<usize>,
    one: Vec<usize>,
}

/// The sides of an operator as they were written turned into the side that may have many series to
/// match and the side that has one.
struct Sides<'b> {
    binary: &'b Binary,
    many: Vec<Column>,
    one: Vec<Column>,
    /// The side with many is the right one.
    is_swapped: bool,
    fill_many: Option<f64>,
    fill_one: Option<f64>,
}

/// Results by their labels.
struct Results {
    places: HashMap<(Option<usize>, Option<usize>, usize), usize>,
    columns: Vec<Column>,
}

impl Evaluator<'_> {
    pub(super) fn matched(&self, binary: &Binary, span: &Range<usize>) -> Evaluation<Vec<Column>> {
        let (lhs, rhs) = (self.vector(&binary.lhs)?, self.vector(&binary.rhs)?);
        let matching = &binary.matching;
        let is_swapped = matching.group == Group::Right;
        let (many, one) = if is_swapped { (rhs, lhs) } else { (lhs, rhs) };
        let fills = (matching.fill_left, matching.fill_right);
        let (fill_many, fill_one) = if is_swapped { (fills.1, fills.0) } else { fills };
        let sides = Sides { binary, many, one, is_swapped, fill_many, fill_one };
        let groups = sides.groups();
        let mut results = Results { places: HashMap::new(), columns: Vec::new() };
        for step in 0..self.steps.count {
            self.match_step(&sides, &groups, step, &mut results, span)?;
        }
        Ok(column::with_values(merged_where_apart(results.columns)))
    }

    fn match_step(
        &self,
        sides: &Sides<'_>,
        groups: &[Matched],
        step: usize,
        results: &mut Results,
        span: &Range<usize>,
    ) -> Evaluation<()> {
        let has_any = |columns: &[Column]| columns.iter().any(|column| column.has(step));
        let may_match = (has_any(&sides.many) || sides.fill_many.is_some())
            && (has_any(&sides.one) || sides.fill_one.is_some());
        if !may_match {
            return Ok(());
        }
        for (at, group) in groups.iter().enumerate() {
            let mut ones = group.one.iter().copied().filter(|place| sides.one[*place].has(step));
            let one = ones.next();
            if let (Some(first), Some(second)) = (one, ones.next()) {
                return error(span, sides.not_unique(&group.signature, first, second));
            }
            let many = group.many.iter().copied().filter(|place| sides.many[*place].has(step));
            let mut many: Vec<Option<usize>> = many.map(Some).collect();
            if many.is_empty() && sides.fill_many.is_some() && one.is_some() {
                many.push(None);
            }
            if one.is_none() && sides.fill_one.is_none() {
                continue;
            }
            let mut seen = HashSet::new();
            for many in many {
                let Some(value) = sides.value(many, one, step) else { continue };
                if sides.binary.matching.group == Group::None && !seen.is_empty() {
                    let message = "multiple matches for labels: many-to-one matching must be explicit \
                                   (group_left/group_right)";
                    return error(span, message);
                }
                let column = results.column(self, sides, (many, one, at), &group.signature);
                if !seen.insert(column.labels.clone()) {
                    let message =
                        "multiple matches for labels: grouping labels must ensure unique matches";
                    return error(span, message);
                }
                column.values[step] = value;
            }
        }
        Ok(())
    }
}

impl Sides<'_> {
    /// The series that belong together, in the order of the many.
    fn groups(&self) -> Vec<Matched> {
        let mut places: HashMap<Labels, usize> = HashMap::new();
        let mut groups: Vec<Matched> = Vec::new();
        let mut group = |labels: &Labels| {
            let signature = signature(labels, &self.binary.matching);
            let place = *places.entry(signature.clone()).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Matched { signature, ..Matched::default() });
            }
            place
        };
        let many: Vec<usize> = self.many.iter().map(|column| group(&column.labels)).collect();
        let one: Vec<usize> = self.one.iter().map(|column| group(&column.labels)).collect();
        many.into_iter().enumerate().for_each(|(at, place)| groups[place].many.push(at));
        one.into_iter().enumerate().for_each(|(at, place)| groups[place].one.push(at));
        groups
    }

    /// The result for two series; nothing if a comparison leaves it out.
    fn value(&self, many: Option<usize>, one: Option<usize>, step: usize) -> Option<f64> {
        let many = many.map(|place| self.many[place].values[step]).or(self.fill_many)?;
        let one = one.map(|place| self.one[place].values[step]).or(self.fill_one)?;
        let (lhs, rhs) = if self.is_swapped { (one, many) } else { (many, one) };
        let (value, is_kept) = element(self.binary.op, lhs, rhs);
        if self.binary.is_bool {
            return Some(f64::from(u8::from(is_kept)));
        }
        is_kept.then_some(value)
    }

    /// The labels of the result for two series.
    fn labels(&self, many: &Labels, one: &Labels) -> Labels {
        let Matching { on, labels: named, group, include, .. } = &self.binary.matching;
        let is_named = |name: &str| named.iter().any(|label| label == name);
        let mut labels =
            if self.binary.op.is_comparison() { many.clone() } else { many.nameless() };
        if *group == Group::None {
            labels = labels.filtered(|name| is_named(name) == *on);
        }
        for label in include {
            labels = labels.with(label.as_str(), one.get(label).unwrap_or_default());
        }
        labels
    }

    fn not_unique(&self, signature: &Labels, first: usize, second: usize) -> String {
        let side = if self.is_swapped { "left" } else { "right" };
        let [first, second] = [first, second].map(|place| &self.one[place].labels);
        format!(
            "found duplicate series for the match group {} on the {side} hand-side of the operation: \
             [{}, {}];many-to-many matching not allowed: matching labels must be unique on one side",
            all_in_braces(signature),
            all_in_braces(first),
            all_in_braces(second)
        )
    }
}

/// As Prometheus writes labels in this message: the metric's name is one of them.
fn all_in_braces(labels: &Labels) -> String {
    let pair = |(name, value): (&str, &str)| format!("{name}={}", crate::labels::Quoted(value));
    let pairs: Vec<String> = labels.iter().map(pair).collect();
    format!("{{{}}}", pairs.join(", "))
}

impl Results {
    /// The column of the results of two series.
    fn column(
        &mut self,
        evaluator: &Evaluator<'_>,
        sides: &Sides<'_>,
        key: (Option<usize>, Option<usize>, usize),
        signature: &Labels,
    ) -> &mut Column {
        let place = *self.places.entry(key).or_insert_with(|| {
            // What is filled in has the labels that it would have to match by.
            let filled = signature.filtered(|name| name != METRIC_NAME);
            let many = key.0.map_or(&filled, |place| &sides.many[place].labels);
            let one = key.1.map_or(&filled, |place| &sides.one[place].labels);
            let mut column = evaluator.column(sides.labels(many, one));
            column.drops_name = sides.binary.is_bool
                || key.0.is_some_and(|place| {
                    sides.many[place].drops_name && sides.binary.op.is_comparison()
                });
            self.columns.push(column);
            self.columns.len() - 1
        });
        &mut self.columns[place]
    }
}

/// Columns of the same labels become one where they are never there at the same step; the others stay,
/// and are told when it comes to names.
fn merged_where_apart(columns: Vec<Column>) -> Vec<Column> {
    let mut places: HashMap<Labels, usize> = HashMap::new();
    let mut merged: Vec<Column> = Vec::new();
    for column in columns {
        let place = places.get(&column.labels).copied();
        let apart = place.filter(|place| {
            let pairs = merged[*place].values.iter().zip(&column.values);
            pairs.into_iter().all(|(a, b)| column::is_absent(*a) || column::is_absent(*b))
        });
        let Some(place) = apart else {
            places.entry(column.labels.clone()).or_insert(merged.len());
            merged.push(column);
            continue;
        };
        for (kept, value) in merged[place].values.iter_mut().zip(column.values) {
            if !column::is_absent(value) {
                *kept = value;
            }
        }
    }
    merged
}
