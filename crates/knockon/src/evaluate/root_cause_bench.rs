//! RootCauseBench: incidents with metrics, an alert, deploys, flags and traces, and decoys among them.
//!
//! Source: edgedelta/root-cause-bench, Apache-2.0. Each case has `ground_truth.json` (the first
//! failing service and the commit to blame, or `none`) and `data/`: `metrics.csv` in the long form,
//! `alert.json`, `logs.ndjson`, `traces.json`, `context/deploys.json`, `context/flags.json`. The data set
//! has no dependency graph; who called whom in its traces is one. A trace or two are too few for series:
//! what their spans say of errors is read as lines of logs. `patterns.json` says the same as the logs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, ServiceId, System, Timestamp};
use knockon_telemetry::{
    Alert, Change, ChangeKind, Evidence, EvidenceReader, Level, LogRecord, parse_time,
};
use knockon_triage::Options;
use serde::Deserialize;

use super::case::{Case, Culprit, DataSet, Truth, folders, last_parts};
use super::files::{column_of_services, open as open_file, read_json};
use super::recorded::{CallGraph, alert};

struct RootCauseBench {
    dir: PathBuf,
    cases: Vec<String>,
}

/// Opens the folder that holds the cases.
#[expect(clippy::unnecessary_wraps, reason = "every layout has the signature of `Open`")]
pub(super) fn open(dir: &Path) -> Result<Option<Box<dyn DataSet>>, Vec<Diagnostic>> {
    let mut cases = folders(dir);
    cases.retain(|case| dir.join(case).join("ground_truth.json").is_file());
    if cases.is_empty() {
        return Ok(None);
    }
    Ok(Some(Box::new(RootCauseBench { dir: dir.to_owned(), cases })))
}

#[derive(Deserialize)]
struct GroundTruth {
    first_failing_service: String,
    root_cause_commit: Option<String>,
}

#[derive(Deserialize)]
struct AlertFile {
    service: String,
    metric: String,
    fired_at: String,
    severity: Option<String>,
    summary: Option<String>,
}

#[derive(Deserialize)]
struct Span {
    #[serde(rename = "span_id")]
    id: String,
    parent_id: Option<String>,
    service: String,
    start: String,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Deploy {
    timestamp: String,
    service: String,
    commit_sha: String,
    version: String,
}

#[derive(Deserialize)]
struct Flag {
    timestamp: String,
    service: String,
    #[serde(rename = "flag")]
    name: String,
    change: String,
    actor: Option<String>,
}

impl DataSet for RootCauseBench {
    fn name(&self) -> String {
        last_parts(&self.dir, 1)
    }

    fn cases(&self) -> &[String] {
        &self.cases
    }

    fn load(&self, case: &str) -> Result<Case, Vec<Diagnostic>> {
        let dir = self.dir.join(case);
        let truth: GroundTruth = read_json(&dir.join("ground_truth.json"))?;
        let alert: AlertFile = read_json(&dir.join("data/alert.json"))?;
        let spans: Vec<Span> = read_json(&dir.join("data/traces.json"))?;
        let metrics = dir.join("data/metrics.csv");
        let system = system(case, &column_of_services(&metrics)?, &alert, &spans);
        let mut evidence = evidence(&dir, &metrics, &spans, &system)?;
        evidence.changes = changes(&dir, &system)?;
        evidence.alerts.extend(to_alert(&alert, &system));
        Ok(Case {
            system,
            evidence,
            options: Options::default(),
            truth: Truth {
                services: vec![truth.first_failing_service],
                change: truth.root_cause_commit.map(Culprit::of),
                ..Truth::default()
            },
        })
    }
}

fn evidence(
    dir: &Path,
    metrics: &Path,
    spans: &[Span],
    system: &System,
) -> Result<Evidence, Vec<Diagnostic>> {
    let mut reader = EvidenceReader::new(system);
    reader.metrics(&metrics.display().to_string(), open_file(metrics)?);
    let logs = dir.join("data/logs.ndjson");
    if logs.is_file() {
        reader.logs(&logs.display().to_string(), open_file(&logs)?);
    }
    let errors = spans.iter().filter_map(|span| {
        Some(LogRecord {
            time: parse_time(&span.start)?,
            labels: [("service".to_owned(), span.service.clone())].into(),
            level: Level::Error,
            message: span.error.clone()?,
            count: 1,
        })
    });
    reader.take_logs("traces.json", errors);
    let reading = reader.finish();
    if reading.diagnostics.is_empty() { Ok(reading.evidence) } else { Err(reading.diagnostics) }
}

fn to_alert(file: &AlertFile, system: &System) -> Option<Alert> {
    let service = system.names().get(&file.service)?;
    let alert = alert(file.metric.clone(), service, parse_time(&file.fired_at)?);
    let summary = file.summary.clone().map(|text| ("summary".to_owned(), text));
    let annotations = summary.into_iter().collect();
    Some(Alert { severity: file.severity.clone(), annotations, ..alert })
}

fn changes(dir: &Path, system: &System) -> Result<Vec<Change>, Vec<Diagnostic>> {
    let deploys: Vec<Deploy> = read_json(&dir.join("data/context/deploys.json"))?;
    let flags: Vec<Flag> = read_json(&dir.join("data/context/flags.json"))?;
    let change = |time: &str, service: String, kind, version: String, by, summary| {
        let time = parse_time(time).unwrap_or(Timestamp::from_unix_ms(0));
        let id = system.names().get(&service);
        Change {
            time,
            service: id,
            service_name: service,
            kind,
            version: Some(version),
            by,
            summary,
        }
    };
    let deploys = deploys.into_iter().map(|d| {
        change(&d.timestamp, d.service, ChangeKind::Deploy, d.commit_sha, None, Some(d.version))
    });
    let flags = flags.into_iter().map(|f| {
        change(&f.timestamp, f.service, ChangeKind::Flag, f.change, f.actor, Some(f.name))
    });
    let mut changes: Vec<_> = deploys.chain(flags).collect();
    changes.sort_by_key(|change| change.time);
    Ok(changes)
}

fn system(case: &str, measured: &[String], alert: &AlertFile, spans: &[Span]) -> System {
    let mut graph = CallGraph::new(case);
    for name in measured.iter().chain([&alert.service]) {
        graph.service(name);
    }
    // Span ids repeat from trace to trace; a parent comes before its children.
    let mut service_of: BTreeMap<&str, ServiceId> = BTreeMap::new();
    for span in spans {
        let Some(to) = graph.service(&span.service) else { continue };
        let parent = span.parent_id.as_deref().and_then(|id| service_of.get(id).copied());
        if let Some(from) = parent {
            graph.call(from, to);
        }
        service_of.insert(&span.id, to);
    }
    graph.build()
}
