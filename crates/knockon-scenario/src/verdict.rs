//! What triage makes of a run, from nothing but what production would show of it.

use std::time::Duration;

use knockon_core::{System, Timestamp};
use knockon_telemetry::{
    AlertRecord, ChangeKind, ChangeRecord, Evidence, EvidenceReader, Level, LogRecord,
};
use knockon_triage::{Incident, Options, triage};

use crate::alerts::families;
use crate::play::{BEGINS_UNIX_MS, Played};
use crate::scenario::{Role, Scenario};

/// So long after the cause set in somebody has looked at it, even if it is over by then.
const LOOKS: Duration = Duration::from_secs(600);

/// The evidence that production would have of a run.
pub fn evidence(system: &System, played: &Played) -> Evidence {
    let mut reader = EvidenceReader::new(system);
    reader.take_metrics("metrics of the run", &played.watched.store, &families());
    reader.take_alerts("alerts of the run", alerts(played));
    reader.take_changes("changes of the run", changes(played));
    reader.take_logs("logs of the run", logs(played));
    if let Some((from, until)) = logs_cover(played) {
        reader.logs_cover(from, until);
    }
    reader.finish().evidence
}

/// The alerts that fired in a run, as Alertmanager would list them.
pub fn alerts(played: &Played) -> impl Iterator<Item = AlertRecord> {
    let alerts = played.watched.rules.history();
    alerts.filter_map(|(_, alert)| AlertRecord::of_rule(alert))
}

/// What was logged in a run.
pub fn logs(played: &Played) -> impl Iterator<Item = LogRecord> {
    played.course.run.observation().logs.iter().map(|line| LogRecord {
        time: moment(i64::try_from(line.at_ms).unwrap_or(i64::MAX)),
        labels: [
            ("service".to_owned(), line.service.to_string()),
            ("pod".to_owned(), line.pod.to_string()),
        ]
        .into(),
        level: Level::parse(line.level.as_str()).unwrap_or(Level::Info),
        message: line.message.clone(),
        count: 1 + line.left_out,
    })
}

/// From when until when the logs of a run were collected.
pub fn logs_cover(played: &Played) -> Option<(Timestamp, Timestamp)> {
    let last = played.watched.store.series().filter_map(|series| series.times_ms().last()).max();
    last.map(|last| (moment(0), Timestamp::from_unix_ms(last - 1)))
}

/// What was changed in a run.
pub fn changes(played: &Played) -> impl Iterator<Item = ChangeRecord> {
    played.course.run.observation().changes.iter().filter_map(|change| {
        Some(ChangeRecord {
            time: moment(i64::try_from(change.at_ms).unwrap_or(i64::MAX)),
            service: change.service.as_deref()?.to_owned(),
            kind: ChangeKind::parse(change.kind.as_str()),
            version: change.version.clone(),
            by: None,
            summary: Some(change.text.clone()),
        })
    })
}

/// The verdict on a run at the moment when somebody looks at it.
pub fn verdict(system: &System, scenario: &Scenario, played: &Played) -> Incident {
    triage(system, &evidence(system, played), options(scenario))
}

/// What triage is told beside the evidence: the moment when somebody looks at it.
pub fn options(scenario: &Scenario) -> Options {
    Options { at: Some(moment_of(looked_at(scenario))), since: None }
}

/// The moment, for whoever reads its metrics, so long after a run began.
pub fn moment_of(after: Duration) -> Timestamp {
    moment(crate::alerts::millis(after))
}

/// When somebody looks at it: the cause is there still, or has been for a while.
pub fn looked_at(scenario: &Scenario) -> Duration {
    let begins = scenario.begins().unwrap_or_default();
    let causes = scenario.timeline.iter().filter(|entry| entry.role == Role::Cause);
    let until = causes.map(|entry| entry.until().unwrap_or(scenario.lasts)).max();
    until.unwrap_or(scenario.lasts).max(begins + LOOKS).min(scenario.lasts)
}

fn moment(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(BEGINS_UNIX_MS + ms)
}
