//! `info`: labels of metrics that only describe, put on others
//! (<https://prometheus.io/docs/prometheus/latest/querying/functions/#info>).

use std::collections::HashMap;
use std::ops::Range;

use super::column::{self, Column};
use super::select::Show;
use super::{Evaluation, Evaluator, error};
use crate::labels::{Labels, METRIC_NAME};
use crate::matcher::Matcher;
use crate::syntax::ast::{Expr, Kind, Selector, When};

/// What an info metric shares with what it describes.
const IDENTIFYING: [&str; 2] = ["instance", "job"];

fn is_identifying(name: &str) -> bool {
    IDENTIFYING.contains(&name)
}

impl Evaluator<'_> {
    pub(super) fn info(
        &self,
        vector: &Expr,
        wanted: Option<&Expr>,
        span: &Range<usize>,
    ) -> Evaluation<Vec<Column>> {
        let base = self.vector(vector)?;
        let wanted: &[Matcher] = match wanted.map(|expr| &expr.kind) {
            Some(Kind::Selector(selector)) => &selector.matchers,
            _ => &[],
        };
        let (names, labels): (Vec<Matcher>, Vec<Matcher>) =
            wanted.iter().cloned().partition(|matcher| matcher.name == METRIC_NAME);
        let names = if names.is_empty() { vec![Matcher::metric("target_info")] } else { names };
        let selector = Selector {
            is_named: false,
            matchers: [names.clone(), labels.clone()].concat(),
            when: When::default(),
        };
        let values = self.selector(&selector, span, Show::Time)?;
        let mut by_identity: HashMap<Labels, Vec<Column>> = HashMap::new();
        for column in values {
            by_identity.entry(column.labels.filtered(is_identifying)).or_default().push(column);
        }
        let is_info = |column: &Column| names.iter().all(|it| it.is_match(column.metric()));
        let mut results = Vec::new();
        for column in base {
            if is_info(&column) {
                results.push(column);
                continue;
            }
            let infos = by_identity.get(&column.labels.filtered(is_identifying));
            self.describe(&column, infos.map_or(&[], Vec::as_slice), &labels, span, &mut results)?;
        }
        column::merged(results, span)
    }

    /// A series with the labels of the info metrics that there are at each step.
    fn describe(
        &self,
        column: &Column,
        infos: &[Column],
        wanted: &[Matcher],
        span: &Range<usize>,
        results: &mut Vec<Column>,
    ) -> Evaluation<()> {
        let mut described: HashMap<Labels, usize> = HashMap::new();
        for step in 0..self.steps.count {
            if !column.has(step) {
                continue;
            }
            let added = Self::added(column, infos, wanted, step, span)?;
            // Something that was asked for and is not there leaves the series out.
            let is_missing =
                |it: &&Matcher| !it.is_match("") && !added.iter().any(|(name, _)| *name == it.name);
            if wanted.iter().find(is_missing).is_some() {
                continue;
            }
            let mut labels = column.labels.clone();
            for (name, value) in added {
                if column.labels.get(&name).is_none() {
                    labels = labels.with(name, value);
                }
            }
            let place = *described.entry(labels).or_insert_with_key(|labels| {
                let mut result = self.column(labels.clone());
                result.drops_name = column.drops_name;
                results.push(result);
                results.len() - 1
            });
            results[place].values[step] = column.values[step];
        }
        Ok(())
    }

    /// The labels that info metrics add at a step.
    fn added(
        column: &Column,
        infos: &[Column],
        wanted: &[Matcher],
        step: usize,
        span: &Range<usize>,
    ) -> Evaluation<Vec<(String, String)>> {
        let mut added: Vec<(String, String)> = Vec::new();
        for info in latest(infos, step, span)? {
            for (name, value) in info.labels.iter() {
                let is_wanted =
                    wanted.is_empty() || wanted.iter().any(|matcher| matcher.name == name);
                if name == METRIC_NAME || is_identifying(name) || !is_wanted {
                    continue;
                }
                match added.iter().find(|(other, _)| other == name) {
                    None => added.push((name.to_owned(), value.to_owned())),
                    Some((_, other)) if other == value => {}
                    Some(_) if column.labels.get(name).is_some() => {}
                    Some(_) => return error(span, format!("conflicting label: {name}")),
                }
            }
        }
        Ok(added)
    }
}

/// Of each info metric the series that was told last.
fn latest<'c>(
    infos: &'c [Column],
    step: usize,
    span: &Range<usize>,
) -> Evaluation<Vec<&'c Column>> {
    let mut latest: Vec<&Column> = Vec::new();
    for info in infos.iter().filter(|info| info.has(step)) {
        let Some(other) = latest.iter_mut().find(|it| it.metric() == info.metric()) else {
            latest.push(info);
            continue;
        };
        let (at, before) = (info.values[step], other.values[step]);
        if at > before {
            *other = info;
        } else if at >= before {
            return error(
                span,
                format!(
                    "found duplicate series for info metric: existing {} @ {before}, new {} @ {at}",
                    other.labels, info.labels
                ),
            );
        }
    }
    Ok(latest)
}
