//! All groups, stepped by a caller who knows what time it is.

use std::fmt;

use super::alert::{Alert, AlertId, AlertState, Event};
use super::alerting::Book;
use super::group::GroupState;
use super::rule::RuleGroup;
use crate::labels::Labels;
use crate::query::Settings;
use crate::store::Store;

/// How rules are evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSettings {
    /// How far apart evaluations of a group are that does not say it: `evaluation_interval`.
    pub interval_ms: i64,
    /// What templates know as `$externalLabels`, and alerts get when they are sent: `external_labels`.
    pub external_labels: Labels,
    /// Where Prometheus is reached: `--web.external-url`.
    pub external_url: String,
    /// How long an alert that was sent is not sent again: `--rules.alert.resend-delay`.
    pub resend_delay_ms: i64,
    /// How expressions are answered.
    pub query: Settings,
}

impl Default for RuleSettings {
    /// As Prometheus has them.
    fn default() -> Self {
        Self {
            interval_ms: 60_000,
            external_labels: Labels::default(),
            external_url: String::new(),
            resend_delay_ms: 60_000,
            query: Settings::default(),
        }
    }
}

impl RuleSettings {
    /// How far apart the evaluations of a group are; at least a millisecond.
    pub(super) fn interval_of(&self, group: &RuleGroup) -> i64 {
        group.interval_ms.filter(|interval| *interval > 0).unwrap_or(self.interval_ms).max(1)
    }
}

/// When and how rules are evaluated.
pub(super) struct Moment<'a> {
    pub(super) time_ms: i64,
    pub(super) settings: &'a RuleSettings,
}

/// What an evaluation did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// What happened to alerts, in order.
    pub events: Vec<Event>,
    /// The alerts that Prometheus would send to Alertmanager.
    pub sent: Vec<AlertId>,
    /// The rules that could not be evaluated.
    pub failures: Vec<RuleFailure>,
}

/// A rule that could not be evaluated, or whose series were not all taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFailure {
    /// When.
    pub time_ms: i64,
    /// The number of its group.
    pub group: usize,
    /// Its number in the group.
    pub rule: usize,
    /// By what the caller knows it.
    pub source: usize,
    /// Why.
    pub message: String,
}

impl fmt::Display for RuleFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// How a rule is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleStatus<'r> {
    /// Its group.
    pub group: &'r str,
    /// Its name.
    pub name: &'r str,
    /// By what the caller knows it.
    pub source: usize,
    /// When its group was evaluated last.
    pub evaluated_at_ms: Option<i64>,
    /// What went wrong with it then.
    pub last_error: Option<&'r str>,
}

/// Groups of rules, with all that they did so far.
#[derive(Debug, Clone)]
pub struct Rules {
    settings: RuleSettings,
    groups: Vec<GroupState>,
    book: Book,
}

impl Rules {
    /// Groups that were not evaluated yet.
    pub fn new(groups: impl IntoIterator<Item = RuleGroup>, settings: RuleSettings) -> Self {
        let groups = groups.into_iter().map(GroupState::new).collect();
        Self { settings, groups, book: Book::default() }
    }

    /// How rules are evaluated.
    pub fn settings(&self) -> &RuleSettings {
        &self.settings
    }

    /// The groups, in order.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &RuleGroup> {
        self.groups.iter().map(|state| &state.group)
    }

    /// Evaluates every group that is due. A group is due the first time, and then at every multiple of
    /// its interval after that; of moments that were missed only the last one is made up for, as in
    /// Prometheus.
    pub fn evaluate(&mut self, store: &mut Store, now_ms: i64) -> Evaluation {
        let mut evaluation = Evaluation::default();
        for (number, group) in self.groups.iter_mut().enumerate() {
            let interval_ms = self.settings.interval_of(&group.group);
            let time_ms = match group.last_ms {
                None => now_ms,
                Some(last_ms) if now_ms.saturating_sub(last_ms) >= interval_ms => {
                    now_ms - now_ms.saturating_sub(last_ms) % interval_ms
                }
                Some(_) => continue,
            };
            let moment = Moment { time_ms, settings: &self.settings };
            group.evaluate(number, store, &mut self.book, &moment, &mut evaluation);
        }
        evaluation
    }

    /// When the next group is due; `None` if there is none, or one that was not evaluated yet.
    pub fn next_due_ms(&self) -> Option<i64> {
        let due = |state: &GroupState| {
            Some(state.last_ms?.saturating_add(self.settings.interval_of(&state.group)))
        };
        self.groups.iter().map(due).min().flatten()
    }

    /// All alerts that ever fired, in the order in which they began; one that fired, was resolved and
    /// fired again is there twice.
    pub fn history(&self) -> impl Iterator<Item = (AlertId, &Alert)> {
        let fired = |(_, alert): &(&AlertId, &Alert)| alert.fired_at_ms.is_some();
        self.book.alerts.iter().filter(fired).map(|(id, alert)| (*id, alert))
    }

    /// The alerts that pend or fire now, in the order in which they began.
    pub fn active(&self) -> impl Iterator<Item = (AlertId, &Alert)> {
        let is_active = |(_, alert): &(&AlertId, &Alert)| {
            matches!(alert.state, AlertState::Pending | AlertState::Firing)
        };
        self.book.alerts.iter().filter(is_active).map(|(id, alert)| (*id, alert))
    }

    /// An alert by its number; `None` if it never fired and is over.
    pub fn alert(&self, id: AlertId) -> Option<&Alert> {
        self.book.alerts.get(&id)
    }

    /// How every rule is doing, in order.
    pub fn status(&self) -> impl Iterator<Item = RuleStatus<'_>> {
        self.groups.iter().flat_map(|state| {
            state.group.rules.iter().zip(&state.rules).map(|(rule, doing)| RuleStatus {
                group: &state.group.name,
                name: rule.name(),
                source: rule.source(),
                evaluated_at_ms: state.last_ms,
                last_error: doing.last_error.as_deref(),
            })
        })
    }
}
