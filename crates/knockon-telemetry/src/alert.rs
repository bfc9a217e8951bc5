//! Alerts, as Alertmanager hands them on.

use knockon_core::{ServiceId, Timestamp};

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
