//! Alerts: what a rule found, and what became of it.

use crate::labels::Labels;

/// The number of an alert, in the order in which they began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(pub u64);

/// What became of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertState {
    /// Its expression holds, but not yet for long enough.
    Pending,
    /// It fires.
    Firing,
    /// It fired, and its expression no longer holds.
    Resolved,
    /// It fired until its rule had more alerts than its group allows. Prometheus forgets such alerts
    /// without ever calling them resolved.
    Dropped,
}

/// An alert: one set of labels for which a rule's expression held, from then until it was over.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// By what the caller knows its rule.
    pub source: usize,
    /// The expression of its rule, as Prometheus writes it.
    pub expr: String,
    /// Its labels, with `alertname` and those of its rule.
    pub labels: Labels,
    /// Its annotations, in the order of their names, as they were filled in last.
    pub annotations: Vec<(String, String)>,
    /// What the expression answered last.
    pub value: f64,
    /// What became of it.
    pub state: AlertState,
    /// When its expression began to hold, in milliseconds since 1970.
    pub active_at_ms: i64,
    /// When it began to fire.
    pub fired_at_ms: Option<i64>,
    /// When it was resolved.
    pub resolved_at_ms: Option<i64>,
    /// Since when it fires only because of `keep_firing_for`.
    pub keep_firing_since_ms: Option<i64>,
    /// When it was last sent to Alertmanager.
    pub sent_at_ms: Option<i64>,
    /// The end that was sent with it: until then it fires for Alertmanager if it hears nothing more.
    pub valid_until_ms: Option<i64>,
}

impl Alert {
    /// Its name: the label `alertname`.
    pub fn name(&self) -> &str {
        self.labels.get("alertname").unwrap_or_default()
    }

    /// Whether Prometheus sends it now: when it fires, when it is resolved, and again after a while
    /// (<https://github.com/prometheus/prometheus/blob/main/rules/alerting.go>, `needsSending`).
    pub(super) fn needs_sending(&self, now_ms: i64, resend_delay_ms: i64) -> bool {
        if matches!(self.state, AlertState::Pending | AlertState::Dropped) {
            return false;
        }
        let Some(sent_at_ms) = self.sent_at_ms else { return true };
        self.resolved_at_ms.is_some_and(|resolved| resolved > sent_at_ms)
            || sent_at_ms.saturating_add(resend_delay_ms) < now_ms
    }
}

/// Something that happened to an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub time_ms: i64,
    /// To which.
    pub alert: AlertId,
    /// By what the caller knows its rule.
    pub source: usize,
    /// The labels of the alert.
    pub labels: Labels,
    /// What.
    pub kind: EventKind,
}

/// What happened to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Its expression began to hold, and it has to wait.
    Pending,
    /// Its expression no longer held before it fired.
    Withdrawn,
    /// It began to fire.
    Firing,
    /// Its expression no longer holds, but it keeps firing for a while.
    KeepsFiring,
    /// It was resolved.
    Resolved,
    /// It was forgotten because its rule had too many alerts.
    Dropped,
}
