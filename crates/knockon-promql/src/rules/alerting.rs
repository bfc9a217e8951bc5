//! Evaluates alerting rules
//! (<https://github.com/prometheus/prometheus/blob/main/rules/alerting.go>, `Eval`).

use std::collections::BTreeMap;

use super::alert::{Alert, AlertId, AlertState, Event, EventKind};
use super::engine::Moment;
use super::rule::AlertingRule;
use crate::answer::Sample;
use crate::labels::{Labels, METRIC_NAME};
use crate::template::Scope;

/// How long an alert that was resolved is kept, so that it is told again.
const RESOLVED_RETENTION_MS: i64 = 15 * 60_000;

/// All alerts that there are or were, by number. Those that never fired are taken out.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    pub(super) alerts: BTreeMap<AlertId, Alert>,
    next: u64,
}

/// The alerts of a rule that pend, fire, or were resolved a short while ago, by their labels.
pub(super) type Live = BTreeMap<Labels, AlertId>;

/// An alert as the expression shows it now.
struct Found {
    annotations: Vec<(String, String)>,
    value: f64,
}

/// What an evaluation needs to know besides the answer.
pub(super) struct Around<'a> {
    pub(super) rule: &'a AlertingRule,
    pub(super) moment: &'a Moment<'a>,
    pub(super) query: &'a dyn Fn(&str) -> Result<Vec<Sample>, String>,
    pub(super) limit: Option<usize>,
}

/// Moves the alerts of a rule on, and gives the series to write.
pub(super) fn evaluate(
    around: &Around<'_>,
    answer: &[Sample],
    live: &mut Live,
    book: &mut Book,
    events: &mut Vec<Event>,
) -> Result<Vec<(Labels, f64)>, String> {
    let found = found(around, answer)?;
    let now_ms = around.moment.time_ms;
    let mut step = Step { around, now_ms, live, book, events };
    step.check_limit(&found)?;
    step.begin_and_renew(found.iter());
    let known: Vec<(Labels, AlertId)> =
        step.live.iter().map(|(labels, id)| (labels.clone(), *id)).collect();
    let mut series = Vec::new();
    for (labels, id) in known {
        let is_active = if found.contains_key(&labels) {
            step.hold(id);
            true
        } else {
            step.fade(&labels, id)
        };
        if let Some(alert) = step.book.alerts.get(&id).filter(|_| is_active) {
            series.extend(series_of(around.rule, alert));
        }
    }
    Ok(series)
}

/// The alerts that the answer shows, with labels and annotations filled in.
fn found(around: &Around<'_>, answer: &[Sample]) -> Result<BTreeMap<Labels, Found>, String> {
    let rule = around.rule;
    let name = format!("__alert_{}", rule.name);
    let scope = Scope {
        name: &name,
        time_ms: around.moment.time_ms,
        external_url: &around.moment.settings.external_url,
        query: around.query,
    };
    let mut found = BTreeMap::new();
    for sample in answer {
        let expand = |template: &crate::template::Template| {
            let external = &around.moment.settings.external_labels;
            template
                .expand(&sample.labels, sample.value, external, &scope)
                .unwrap_or_else(|error| format!("<error expanding template: {error}>"))
        };
        let own = rule.labels.iter().map(|(name, it)| (name.as_str().into(), expand(it).into()));
        let own = own.chain([("alertname".into(), rule.name.as_str().into())]);
        let nameless = sample.labels.nameless();
        let labels = Labels::new(nameless.pairs().iter().cloned().chain(own));
        let annotations = rule.annotations.iter().map(|(name, it)| (name.clone(), expand(it)));
        let alert = Found { annotations: annotations.collect(), value: sample.value };
        if found.insert(labels, alert).is_some() {
            return Err(
                "vector contains metrics with the same labelset after applying alert labels".into(),
            );
        }
    }
    Ok(found)
}

struct Step<'a> {
    around: &'a Around<'a>,
    now_ms: i64,
    live: &'a mut Live,
    book: &'a mut Book,
    events: &'a mut Vec<Event>,
}

impl Step<'_> {
    fn tell(&mut self, id: AlertId, labels: Labels, kind: EventKind) {
        let source = self.around.rule.source;
        self.events.push(Event { time_ms: self.now_ms, alert: id, source, labels, kind });
    }

    /// Whether an alert that the expression no longer shows keeps firing.
    fn keeps_firing(&self, alert: &Alert) -> bool {
        let since_ms = alert.keep_firing_since_ms.unwrap_or(self.now_ms);
        alert.state == AlertState::Firing
            && self.now_ms.saturating_sub(since_ms) < self.around.rule.keep_firing_ms
    }

    /// With more alerts than the group allows, Prometheus forgets them all.
    fn check_limit(&mut self, found: &BTreeMap<Labels, Found>) -> Result<(), String> {
        let Some(limit) = self.around.limit else { return Ok(()) };
        let kept = self.live.iter().filter(|(labels, id)| {
            let alert = self.book.alerts.get(id);
            !found.contains_key(labels) && alert.is_some_and(|alert| self.keeps_firing(alert))
        });
        let count = found.len() + kept.count();
        if count <= limit {
            return Ok(());
        }
        for (labels, id) in std::mem::take(self.live) {
            let Some(alert) = self.book.alerts.get_mut(&id) else { continue };
            match alert.state {
                AlertState::Pending => {
                    self.book.alerts.remove(&id);
                    self.tell(id, labels, EventKind::Withdrawn);
                }
                AlertState::Firing => {
                    alert.state = AlertState::Dropped;
                    self.tell(id, labels, EventKind::Dropped);
                }
                AlertState::Resolved | AlertState::Dropped => {}
            }
        }
        Err(format!("exceeded limit of {limit} with {count} alerts"))
    }

    /// New alerts begin; those that are known get the new value.
    fn begin_and_renew<'f>(&mut self, found: impl Iterator<Item = (&'f Labels, &'f Found)>) {
        for (labels, found) in found {
            let known = self.live.get(labels).and_then(|id| self.book.alerts.get_mut(id));
            if let Some(alert) = known.filter(|alert| alert.state != AlertState::Resolved) {
                alert.value = found.value;
                alert.annotations.clone_from(&found.annotations);
                continue;
            }
            let rule = self.around.rule;
            let alert = Alert {
                source: rule.source,
                expr: rule.query.printed(),
                labels: labels.clone(),
                annotations: found.annotations.clone(),
                value: found.value,
                state: AlertState::Pending,
                active_at_ms: self.now_ms,
                fired_at_ms: None,
                resolved_at_ms: None,
                keep_firing_since_ms: None,
                sent_at_ms: None,
                valid_until_ms: None,
            };
            let id = AlertId(self.book.next);
            self.book.next += 1;
            self.book.alerts.insert(id, alert);
            self.live.insert(labels.clone(), id);
            if rule.hold_ms > 0 {
                self.tell(id, labels.clone(), EventKind::Pending);
            }
        }
    }

    /// The expression still shows the alert: it fires once that was so for long enough.
    fn hold(&mut self, id: AlertId) {
        let Some(alert) = self.book.alerts.get_mut(&id) else { return };
        alert.keep_firing_since_ms = None;
        let held_ms = self.now_ms.saturating_sub(alert.active_at_ms);
        if alert.state == AlertState::Pending && held_ms >= self.around.rule.hold_ms {
            alert.state = AlertState::Firing;
            alert.fired_at_ms = Some(self.now_ms);
            let labels = alert.labels.clone();
            self.tell(id, labels, EventKind::Firing);
        }
    }

    /// The expression no longer shows the alert; whether it fires all the same.
    fn fade(&mut self, labels: &Labels, id: AlertId) -> bool {
        let Some(alert) = self.book.alerts.get(&id) else {
            self.live.remove(labels);
            return false;
        };
        let keeps_firing = self.keeps_firing(alert);
        let is_old =
            |resolved_ms: i64| self.now_ms.saturating_sub(resolved_ms) > RESOLVED_RETENTION_MS;
        let is_over = alert.resolved_at_ms.is_some_and(is_old);
        let (state, is_first) = (alert.state, alert.keep_firing_since_ms.is_none());
        match state {
            AlertState::Pending => {
                self.live.remove(labels);
                self.book.alerts.remove(&id);
                self.tell(id, labels.clone(), EventKind::Withdrawn);
            }
            AlertState::Firing if keeps_firing => {
                if is_first {
                    self.change(id, |alert, now_ms| alert.keep_firing_since_ms = Some(now_ms));
                    self.tell(id, labels.clone(), EventKind::KeepsFiring);
                }
            }
            AlertState::Firing => {
                self.change(id, |alert, now_ms| {
                    alert.state = AlertState::Resolved;
                    alert.resolved_at_ms = Some(now_ms);
                });
                self.tell(id, labels.clone(), EventKind::Resolved);
            }
            AlertState::Resolved | AlertState::Dropped => {
                if is_over {
                    self.live.remove(labels);
                }
            }
        }
        keeps_firing
    }

    fn change(&mut self, id: AlertId, change: impl FnOnce(&mut Alert, i64)) {
        if let Some(alert) = self.book.alerts.get_mut(&id) {
            change(alert, self.now_ms);
        }
    }
}

/// `ALERTS` and `ALERTS_FOR_STATE`. A label that was filled in with nothing stands there with the text
/// of its template, as in Prometheus.
fn series_of(rule: &AlertingRule, alert: &Alert) -> [(Labels, f64); 2] {
    let written = rule.labels.iter().map(|(name, it)| (name.as_str().into(), it.text().into()));
    let all = written.chain(alert.labels.pairs().iter().cloned());
    let labels = Labels::new(all.chain([("alertname".into(), rule.name.as_str().into())]));
    let state = if alert.state == AlertState::Pending { "pending" } else { "firing" };
    let seconds = alert.active_at_ms.div_euclid(1000);
    [
        (labels.with(METRIC_NAME, "ALERTS").with("alertstate", state), 1.0),
        (labels.with(METRIC_NAME, "ALERTS_FOR_STATE"), seconds as f64),
    ]
}
