//! Alerts, as Alertmanager hands them on.

use knockon_core::{ServiceId, Timestamp};
use knockon_promql::rules::{self, AlertState};

use crate::series::Labels;

/// One alert: a monitor that fired, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The name of the rule, from the label `alertname`.
    pub name: String,
    /// The service it fired on.
    pub service: ServiceId,
    /// The other end, when the alert is about calls from `service` to another one (labels such as
    /// `destination_service` or `peer_service`).
    pub peer: Option<ServiceId>,
    /// From the label `severity`, as written.
    pub severity: Option<String>,
    /// When it began to fire.
    pub starts_at: Timestamp,
    /// When it was resolved; `None` while it fires.
    pub ends_at: Option<Timestamp>,
    /// All its labels.
    pub labels: Labels,
    /// Its annotations, such as `summary` and `runbook_url`.
    pub annotations: Labels,
}

/// An alert as its source lists it, not yet placed on a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRecord {
    /// All its labels: `alertname`, which it must have, `severity`, and those that name the service
    /// it fired on.
    pub labels: Labels,
    /// Its annotations, such as `summary` and `runbook_url`.
    pub annotations: Labels,
    /// When it began to fire.
    pub starts_at: Timestamp,
    /// When it was resolved; `None` while it fires.
    pub ends_at: Option<Timestamp>,
}

impl AlertRecord {
    /// An alert of a rule as Alertmanager would list it; `None` for one that never fired. One that
    /// Prometheus forgot is over when the end that it sent last is reached.
    pub fn of_rule(alert: &rules::Alert) -> Option<Self> {
        let starts_at = Timestamp::from_unix_ms(alert.fired_at_ms?);
        let ends_at_ms = match alert.state {
            AlertState::Pending | AlertState::Firing => None,
            AlertState::Resolved => alert.resolved_at_ms,
            AlertState::Dropped => alert.valid_until_ms,
        };
        let labels = alert.labels.iter().map(|(name, text)| (name.to_owned(), text.to_owned()));
        Some(Self {
            labels: labels.collect(),
            annotations: alert.annotations.iter().cloned().collect(),
            starts_at,
            ends_at: ends_at_ms.map(Timestamp::from_unix_ms),
        })
    }
}
