//! What was changed, and whether that was it.

use std::time::Duration;

use crate::play::Played;
use crate::scenario::Scenario;

/// A change that people would find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// When, in milliseconds since the beginning.
    pub at_ms: i64,
    /// The service.
    pub service: String,
    /// `deploy`, `configuration`, …
    pub kind: &'static str,
    /// What it was.
    pub text: String,
    /// The version that it brought.
    pub version: Option<String>,
    /// Whether it is part of the cause.
    pub is_culprit: bool,
}

/// Two moments so near are one.
const SAME: Duration = Duration::from_secs(1);

pub(super) fn changes(scenario: &Scenario, played: &Played, causes: &[String]) -> Vec<Changed> {
    let seen = &played.course.run.observation().changes;
    let culprits: Vec<Duration> = (scenario.timeline.iter())
        .filter(|entry| entry.role == crate::Role::Cause)
        .map(|entry| entry.happening.at)
        .collect();
    let mut changes: Vec<Changed> = seen
        .iter()
        .map(|change| {
            let at = Duration::from_millis(change.at_ms);
            let service = change.service.as_deref().unwrap_or_default().to_owned();
            let is_then = culprits.iter().any(|it| it.abs_diff(at) < SAME);
            Changed {
                at_ms: i64::try_from(change.at_ms).unwrap_or(i64::MAX),
                kind: change.kind.as_str(),
                text: change.text.clone(),
                version: change.version.clone(),
                is_culprit: is_then && causes.contains(&service),
                service,
            }
        })
        .collect();
    changes.sort_by_key(|change| (!change.is_culprit, change.at_ms));
    changes
}
