//! What logs add to a verdict.

use knockon_telemetry::{EvidenceReader, Level, LogRecord};
use knockon_triage::{Finding, Incident, Options, triage};

use crate::shop::{MINUTES, ONSET, Story, minute};

/// Lines of services, each from a minute on and every minute after it.
fn with_logs(mut story: Story, lines: &[(&str, i64, Level, &str)]) -> Story {
    let mut reader = EvidenceReader::new(&story.system);
    let record = |service: &str, at: i64, level: Level, message: &str| LogRecord {
        time: minute(at),
        labels: [("service".to_owned(), service.to_owned())].into(),
        level,
        message: message.to_owned(),
        count: 1,
    };
    for (service, from, level, message) in lines {
        reader.take_logs("l", (*from..MINUTES).map(|at| record(service, at, *level, message)));
    }
    reader.logs_cover(minute(0), minute(MINUTES - 1));
    let evidence = reader.finish().evidence;
    story.evidence.logs = evidence.logs;
    story.evidence.series.extend(evidence.series);
    story
}

fn judge(story: &Story) -> Incident {
    triage(&story.system, &story.evidence, Options { at: None, since: Some(minute(ONSET)) })
}

/// The likeliest cause by logs beside an alert that says nothing.
fn check(lines: &[(&str, i64, Level, &str)], cause: &str) {
    let story = Story::new().metric("front-end", "latency_seconds_mean", 0.2, 0.2);
    let incident = judge(&with_logs(story, lines));
    let first = incident.causes.first().map(|cause| cause.service.as_str());
    assert_eq!(first.unwrap_or_default(), cause, "{lines:?} {:#?}", incident.causes);
}

const ERROR: Level = Level::Error;

#[test]
fn a_text_names_a_service_or_the_other_end() {
    check(&[("orders", 82, ERROR, "write /var: no space left on device")], "orders");
    check(&[("orders", 82, ERROR, "connection refused calling payment / pay")], "payment");
    check(
        &[("orders", 82, ERROR, "orders-db: could not extend file: No space left on device")],
        "orders-db",
    );
    check(
        &[("payment", 82, Level::Info, "Memory cgroup out of memory: Killed process 5")],
        "payment",
    );
}

#[test]
fn what_was_always_said_is_no_evidence() {
    check(&[("orders", 0, ERROR, "connection refused calling payment / pay")], "");
    check(&[("orders", 0, ERROR, "could not place order 5")], "");
    let other_words = ("orders", MINUTES - 1, ERROR, "gave up: connection refused by payment");
    check(&[("orders", 0, ERROR, "connection refused calling payment / pay"), other_words], "");
}

#[test]
fn a_late_answer_is_handed_on_and_a_missing_one_is_not() {
    let slow = ("front-end", 82, ERROR, "upstream request timeout calling orders / place");
    check(&[slow, ("orders", 82, ERROR, "query timed out calling payment / pay")], "payment");
    let gone = ("front-end", 82, ERROR, "connection refused calling orders / place");
    check(&[gone, ("orders", 82, Level::Warn, "timeout calling payment / pay")], "orders");
}

#[test]
fn callers_of_what_is_broken_do_not_have_its_errors() {
    check(
        &[
            ("front-end", 82, ERROR, "GET /orders 500"),
            ("front-end", 82, ERROR, "connection reset by peer calling orders / list"),
            ("orders", 82, ERROR, "panic: nil map"),
        ],
        "orders",
    );
}

#[test]
fn an_empty_pool_is_its_owners_unless_what_it_leads_to_is_slow() {
    let empty = ("orders", 82, ERROR, "pool exhausted: no connection to orders-db after 500ms");
    check(&[empty], "orders");
    check(&[empty, ("orders", 82, ERROR, "i/o timeout: orders-db")], "orders-db");
}

#[test]
fn a_finding_tells_the_lines() {
    let story = Story::new().metric("orders", "latency_seconds_mean", 0.2, 2.0);
    let lines = [("orders", 81, ERROR, "order 17: connection refused calling payment / pay")];
    let incident = judge(&with_logs(story, &lines));
    let findings = incident.causes.iter().flat_map(|cause| &cause.findings);
    let logs: Vec<&Finding> = findings.filter(|it| matches!(it, Finding::Log { .. })).collect();
    let expected = Finding::Log {
        service: "orders".to_owned(),
        peer: Some("payment".to_owned()),
        template: "order <*>: connection refused calling payment / pay".to_owned(),
        level: "error",
        count: 19,
        before: Some(0.0),
        since: minute(81),
        says: Some("connection-refused"),
    };
    // Under who wrote them and under whom they name.
    assert_eq!(logs, [&expected, &expected]);
}

#[test]
fn nothing_changes_where_there_are_no_logs() {
    let story = || Story::new().metric("orders", "latency_seconds_mean", 0.1, 3.1);
    assert_eq!(judge(&with_logs(story(), &[])), judge(&story()));
}
