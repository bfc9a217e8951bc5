//! Evaluates a group (<https://github.com/prometheus/prometheus/blob/main/rules/group.go>).

use super::alert::AlertState;
use super::alerting::{self, Around, Book, Live};
use super::engine::{Evaluation, Moment, RuleFailure};
use super::recording;
use super::rule::{Rule, RuleGroup};
use super::writer::Writer;
use crate::answer::{Sample, Value};
use crate::labels::Labels;
use crate::query::{Query, QueryError};
use crate::store::Store;

/// A group and what it did so far.
#[derive(Debug, Clone)]
pub(super) struct GroupState {
    pub(super) group: RuleGroup,
    pub(super) rules: Vec<RuleState>,
    /// When it was evaluated last.
    pub(super) last_ms: Option<i64>,
}

/// What a rule did so far.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleState {
    pub(super) last_error: Option<String>,
    live: Live,
    writer: Writer,
}

impl GroupState {
    pub(super) fn new(group: RuleGroup) -> Self {
        let rules = group.rules.iter().map(|_| RuleState::default()).collect();
        Self { group, rules, last_ms: None }
    }

    /// Evaluates all rules in order, so that one sees what those before it wrote.
    pub(super) fn evaluate(
        &mut self,
        number: usize,
        store: &mut Store,
        book: &mut Book,
        moment: &Moment<'_>,
        evaluation: &mut Evaluation,
    ) {
        for (index, (rule, state)) in self.group.rules.iter().zip(&mut self.rules).enumerate() {
            let mut step = RuleStep { group: &self.group, rule, state, moment };
            let result = step.evaluate(store, book, evaluation);
            state.last_error = result.err();
            if let Some(message) = &state.last_error {
                evaluation.failures.push(RuleFailure {
                    time_ms: moment.time_ms,
                    group: number,
                    rule: index,
                    source: rule.source(),
                    message: message.clone(),
                });
            }
        }
        self.last_ms = Some(moment.time_ms);
    }
}

struct RuleStep<'a> {
    group: &'a RuleGroup,
    rule: &'a Rule,
    state: &'a mut RuleState,
    moment: &'a Moment<'a>,
}

impl RuleStep<'_> {
    fn evaluate(
        &mut self,
        store: &mut Store,
        book: &mut Book,
        evaluation: &mut Evaluation,
    ) -> Result<(), String> {
        let moment = self.moment;
        let query_ms = moment.time_ms.saturating_sub(self.group.query_offset_ms);
        // A limit of zero is none.
        let limit = self.group.limit.filter(|limit| *limit > 0);
        let answer = vector(moment, self.rule.query(), store, query_ms)?;
        let series: Vec<(Labels, f64)> = match self.rule {
            Rule::Recording(rule) => recording::series(rule, answer, limit)?,
            Rule::Alerting(rule) => {
                let query = |text: &str| {
                    let query = Query::parse(text).map_err(|error| placed(text, &error))?;
                    vector(moment, &query, store, moment.time_ms)
                };
                let around = Around { rule, moment, query: &query, limit };
                let live = &mut self.state.live;
                alerting::evaluate(&around, &answer, live, book, &mut evaluation.events)?
            }
        };
        self.send(book, evaluation);
        self.state.writer.write(store, query_ms, series).map_err(|error| error.to_string())
    }

    /// Notes which alerts Prometheus would send to Alertmanager now.
    fn send(&self, book: &mut Book, evaluation: &mut Evaluation) {
        let settings = &self.moment.settings;
        let interval_ms = settings.interval_of(self.group);
        let delay_ms = settings.resend_delay_ms;
        let now_ms = self.moment.time_ms;
        for id in self.state.live.values() {
            let Some(alert) = book.alerts.get_mut(id) else { continue };
            if !alert.needs_sending(now_ms, delay_ms) {
                continue;
            }
            alert.sent_at_ms = Some(now_ms);
            // Two evaluations or sendings may fail.
            let patience_ms = interval_ms.max(delay_ms).saturating_mul(4);
            if alert.state == AlertState::Firing {
                alert.valid_until_ms = Some(now_ms.saturating_add(patience_ms));
            }
            evaluation.sent.push(*id);
        }
    }
}

/// A mistake in an expression as Prometheus tells it: `1:5: parse error: …`.
fn placed(text: &str, error: &QueryError) -> String {
    let before = text.get(..error.span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
    format!("{line}:{column}: parse error: {error}")
}

/// What an expression answers, as a vector.
fn vector(
    moment: &Moment<'_>,
    query: &Query,
    store: &Store,
    time_ms: i64,
) -> Result<Vec<Sample>, String> {
    let answer =
        query.at(store, time_ms, moment.settings.query).map_err(|error| error.to_string())?;
    match answer.value {
        Value::Vector(samples) => Ok(samples),
        Value::Scalar { time_ms, value } => {
            Ok(vec![Sample { labels: Labels::default(), time_ms, value }])
        }
        Value::String { .. } | Value::Matrix(_) => {
            Err("rule result is not a vector or scalar".to_owned())
        }
    }
}
