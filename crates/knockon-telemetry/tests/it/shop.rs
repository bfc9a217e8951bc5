//! The system that the tests read evidence of, and readings in a form to compare.

use std::fmt::Write;

use knockon_core::{Diagnostic, Place, Service, ServiceKind, System, SystemBuilder};
use knockon_telemetry::{BundleReading, Evidence, EvidenceReader, Labels, Samples, format_time};

/// A shop of five services; `basket` is another name of `carts`.
pub(crate) fn shop() -> System {
    let mut builder = SystemBuilder::new("shop");
    let mut add = |name: &str, kind| {
        let mut service = Service::new(name, kind);
        if name == "carts" {
            service.aliases.push("basket".to_owned());
        }
        builder.service(service).unwrap();
    };
    add("carts", ServiceKind::Service);
    add("carts-db", ServiceKind::Database);
    add("orders", ServiceKind::Service);
    add("front-end", ServiceKind::Service);
    add("rabbitmq", ServiceKind::Broker);
    builder.build()
}

/// Reads one metrics file.
pub(crate) fn read_metrics(file: &str, text: impl AsRef<[u8]>) -> BundleReading {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.metrics(file, text.as_ref());
    reader.finish()
}

/// Reads one metrics file in which nothing is wrong.
pub(crate) fn evidence(file: &str, text: &str) -> Evidence {
    let reading = read_metrics(file, text);
    assert_eq!(lines(&reading.diagnostics), [""; 0], "{text}");
    reading.evidence
}

/// Series as `service metric{labels}: time=value … | baseline`, times in seconds.
pub(crate) fn series(evidence: &Evidence) -> Vec<String> {
    let system = shop();
    let show = |series: &knockon_telemetry::Series| {
        let name = &system.service(series.service).name;
        let mut line = format!("{name} {}{}:", series.metric, labels(&series.labels));
        line += &samples(&series.samples);
        if !series.baseline.is_empty() {
            line = format!("{line} |{}", samples(&series.baseline));
        }
        line
    };
    evidence.series.iter().map(show).collect()
}

fn samples(samples: &Samples) -> String {
    let mut text = String::new();
    for (unix_ms, value) in samples.unix_ms().iter().zip(samples.values()) {
        let value = (value * 1e6).round() / 1e6;
        write!(text, " {}={value}", *unix_ms as f64 / 1000.0).unwrap();
    }
    text
}

/// Labels as Prometheus writes them; nothing when there are none.
pub(crate) fn labels(labels: &Labels) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs: Vec<_> = labels.iter().map(|(k, v)| format!("{k}={v:?}")).collect();
    format!("{{{}}}", pairs.join(","))
}

/// Alerts as `name service->peer severity start..end`.
pub(crate) fn alerts(evidence: &Evidence) -> Vec<String> {
    let system = shop();
    let name = |id| &system.service(id).name;
    let show = |alert: &knockon_telemetry::Alert| {
        let peer = alert.peer.map_or(String::new(), |peer| format!("->{}", name(peer)));
        let severity = alert.severity.as_deref().unwrap_or("-");
        let end = alert.ends_at.map_or(String::new(), format_time);
        let start = format_time(alert.starts_at);
        format!("{} {}{peer} {severity} {start}..{end}", alert.name, name(alert.service))
    };
    evidence.alerts.iter().map(show).collect()
}

/// Diagnostics, one line each.
pub(crate) fn lines(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(ToString::to_string).collect()
}

/// What could not be placed, as `name×count`.
pub(crate) fn unplaced(evidence: &Evidence) -> Vec<String> {
    let show = |u: &knockon_telemetry::Unplaced| format!("{}×{}", u.name, u.count);
    evidence.unplaced.iter().map(show).collect()
}

/// The text that the caret of a diagnostic points at.
pub(crate) fn marked(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.place.as_ref().unwrap();
    place.marked()
}

/// Every place in a reading is one that can be shown.
pub(crate) fn assert_sane(reading: &BundleReading) {
    let all = reading.diagnostics.iter().chain(&reading.evidence.notes);
    let places = all.flat_map(|d| d.place.iter().chain(&d.related));
    for place in places {
        let Place { line, column, length, text, .. } = place;
        let chars = text.chars().count();
        assert!(*line >= 1 && *column >= 1 && *length >= 1, "{place:?}");
        assert!(*column > place.cut && place.start_in_text() <= chars && chars <= 162, "{place:?}");
        assert!(!text.contains('\n'), "{place:?}");
    }
    assert!(reading.diagnostics.iter().all(Diagnostic::is_error));
    assert!(!reading.evidence.notes.iter().any(Diagnostic::is_error));
    assert!(reading.diagnostics.iter().all(|d| !d.message.ends_with('.')));
}
