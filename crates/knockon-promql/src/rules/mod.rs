//! Prometheus' rules: groups that are evaluated at intervals, series that recording rules write, and
//! alerts that are pending, firing and resolved.
//!
//! What happens when follows Prometheus
//! (<https://github.com/prometheus/prometheus/tree/main/rules>: `group.go`, `recording.go`,
//! `alerting.go`), with two differences. Prometheus begins the evaluations of every group at a moment
//! that it takes from a hash of file and name, so that not all fall on the same one; here a group is
//! evaluated first when it is first asked for. And there is no clock: a caller says what time it is.
//!
//! [`Rules`] keeps the groups and is stepped; the [`Store`](crate::Store) stays with the caller.

mod alert;
mod alerting;
mod engine;
mod group;
mod recording;
mod rule;
mod writer;

pub use alert::{Alert, AlertId, AlertState, Event, EventKind};
pub use engine::{Evaluation, RuleFailure, RuleSettings, RuleStatus, Rules};
pub use rule::{AlertingRule, RecordingRule, Rule, RuleError, RuleGroup, RulePart, RuleText};
