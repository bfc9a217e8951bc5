//! Alerts from Alertmanager and Prometheus.

use knockon_telemetry::{BundleReading, EvidenceReader};

use crate::shop::{alerts, assert_sane, lines, marked, shop, unplaced};

fn read(text: &str) -> BundleReading {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.alerts("alerts.json", text.as_bytes());
    reader.finish()
}

#[test]
fn a_list_of_alertmanager_is_read() {
    let reading = read(
        r#"[
{"annotations":{"summary":"slow","runbook_url":"https://x"},"endsAt":"2026-01-01T12:09:00.000Z",
 "fingerprint":"fbab788ec4c1018b","receivers":[{"name":"web.hook"}],"startsAt":"2026-01-01T12:00:00.5Z",
 "status":{"inhibitedBy":[],"silencedBy":[],"state":"active"},"updatedAt":"2026-01-01T12:05:00Z",
 "generatorURL":"http://prometheus:9090/graph","labels":{"alertname":"Slow","severity":"page","service":"front-end","destination_service":"orders"}},
{"annotations":{},"endsAt":"2026-01-01T12:04:00Z","startsAt":"2026-01-01T11:58:00+00:00","updatedAt":"2026-01-01T12:04:00.1Z",
 "status":{"state":"active"},"labels":{"alertname":"QueueFull","job":"rabbitmq"}}]"#,
    );
    assert_eq!(lines(&reading.diagnostics), [""; 0]);
    assert_eq!(
        alerts(&reading.evidence),
        [
            "QueueFull rabbitmq - 2026-01-01T11:58:00Z..2026-01-01T12:04:00Z",
            "Slow front-end->orders page 2026-01-01T12:00:00.500Z..",
        ]
    );
    assert_eq!(reading.evidence.alerts[1].annotations["summary"], "slow");
    assert_eq!(reading.evidence.alerts[1].labels.len(), 4);
    assert_eq!(lines(&reading.evidence.notes), [""; 0]);
}

#[test]
fn an_alert_ends_only_when_it_was_resolved() {
    let check = |fields: &str, expected: &str| {
        let reading = read(&format!(
            r#"[{{"labels":{{"alertname":"A","service":"carts"}},"startsAt":"2026-01-01T12:00:00Z",{fields}}}]"#
        ));
        assert_eq!(
            alerts(&reading.evidence),
            [format!("A carts - 2026-01-01T12:00:00Z..{expected}")],
            "{fields}"
        );
    };
    check(r#""endsAt":"0001-01-01T00:00:00Z""#, "");
    check(r#""endsAt":null"#, "");
    check(r#""x":1"#, "");
    check(r#""endsAt":"2026-01-01T12:05:00Z""#, "2026-01-01T12:05:00Z");
    check(r#""endsAt":"2026-01-01T12:05:00Z","updatedAt":"2026-01-01T12:01:00Z""#, "");
    check(
        r#""endsAt":"2026-01-01T12:05:00Z","updatedAt":"2026-01-01T12:05:00Z""#,
        "2026-01-01T12:05:00Z",
    );
    check(r#""endsAt":"2026-01-01T12:05:00Z","status":"firing""#, "");
    check(r#""endsAt":"2026-01-01T12:05:00Z","status":"resolved""#, "2026-01-01T12:05:00Z");
    check(r#""endsAt":"2026-01-01T11:00:00Z""#, "");
}

#[test]
fn webhooks_and_the_apis_of_prometheus_are_read() {
    let check = |text: &str, expected: &[&str], notes: &[&str]| {
        let reading = read(text);
        assert_eq!(lines(&reading.diagnostics), [""; 0], "{text}");
        assert_eq!(alerts(&reading.evidence), expected, "{text}");
        assert_eq!(lines(&reading.evidence.notes), notes, "{text}");
    };
    let webhook = r#"{"receiver":"hook","status":"resolved","alerts":[{"status":"resolved","labels":{"alertname":"A","deployment":"orders"},
"annotations":{},"startsAt":"2026-01-01T12:00:00Z","endsAt":"2026-01-01T12:05:00Z","fingerprint":"f"}],"version":"4"}"#;
    check(webhook, &["A orders - 2026-01-01T12:00:00Z..2026-01-01T12:05:00Z"], &[]);
    check(
        r#"{"status":"success","data":{"alerts":[
{"activeAt":"2026-01-01T12:00:00.123456789Z","annotations":{},"labels":{"alertname":"A","pod":"carts-0"},"state":"firing","value":"1e+00"},
{"activeAt":"2026-01-01T12:00:00Z","annotations":{},"labels":{"alertname":"B","pod":"carts-0"},"state":"pending","value":"1e+00"}]}}"#,
        &["A carts - 2026-01-01T12:00:00.123Z.."],
        &["alerts.json:3:1: note[K0239]: 1 alert is pending, not firing; left out"],
    );
    check("[]", &[], &[]);
}

#[test]
fn duplicates_are_merged_and_odd_ends_left_out() {
    let reading = read(
        r#"[
{"labels":{"alertname":"A","service":"carts"},"startsAt":"2026-01-01 12:00:00","status":"firing"},
{"labels":{"alertname":"A","service":"carts"},"startsAt":"2026-01-01T12:00:00Z","endsAt":"2026-01-01T12:05:00Z"},
{"labels":{"alertname":"B","service":"carts"},"startsAt":"2026-01-01T12:00:00Z","endsAt":"2026-01-01T11:00:00Z"}]"#,
    );
    assert_eq!(
        alerts(&reading.evidence),
        [
            "A carts - 2026-01-01T12:00:00Z..2026-01-01T12:05:00Z",
            "B carts - 2026-01-01T12:00:00Z..",
        ]
    );
    assert_eq!(
        lines(&reading.evidence.notes),
        [
            "alerts.json:2:58: note[K0235]: 1 time has no offset; read as UTC",
            "alerts.json:3:1: note[K0238]: 1 alert repeats another's labels and start; merged",
            "alerts.json:4:1: note[K0243]: 1 alert ends before it starts; its end is left out",
        ]
    );
}

#[test]
fn alerts_on_unknown_services_are_counted() {
    let reading = read(
        r#"[
{"labels":{"alertname":"A","service":"billing"},"startsAt":"2026-01-01T12:00:00Z"},
{"labels":{"alertname":"Watchdog"},"startsAt":"2026-01-01T12:00:00Z"}]"#,
    );
    assert_eq!(lines(&reading.diagnostics), [""; 0]);
    assert_eq!(unplaced(&reading.evidence), ["Watchdog×1", "billing×1"]);
    assert_eq!(
        lines(&reading.evidence.notes),
        [
            "alerts.json:1:1: warning[K0216]: none of 2 alerts belongs to a known service: `Watchdog`, `billing`"
        ]
    );
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let check = |text: &str, expected: &[&str], marks: &[&str]| {
        let reading = read(text);
        assert_eq!(lines(&reading.diagnostics), expected, "{text}");
        let found: Vec<_> = reading.diagnostics.iter().map(marked).collect();
        assert_eq!(found, marks, "{text}");
        assert_sane(&reading);
    };
    check(
        "[\n  {\"labels\": {\"service\": \"carts\"}, \"startsAt\": 1767268800},\n  {\"labels\": {\"alertname\": \"A\"}},\n  \
         {\"labels\": {\"alertname\": \"A\"}, \"startsAt\": \"soon\"},\n  {}\n]",
        &[
            "alerts.json:2:3: error[K0217]: the alert has no label `alertname`",
            "alerts.json:3:3: error[K0217]: the alert has no `startsAt`",
            "alerts.json:4:46: error[K0208]: `soon` is not a time",
            "alerts.json:5:3: error[K0217]: the alert has no label `alertname`",
            "alerts.json:5:3: error[K0217]: the alert has no `startsAt`",
        ],
        &["{", "{", "\"soon\"", "{", "{"],
    );
    check(
        "[{\"labels\": {\"alertname\": \"A\",}}]",
        &["alerts.json:1:31: error[K0212]: trailing comma"],
        &["}"],
    );
    check(
        "[3]",
        &["alerts.json:1:3: error[K0212]: invalid type: integer `3`, expected an alert"],
        &["]"],
    );
    check("{}", &["alerts.json:1:1: error[K0212]: there is no list of alerts in it"], &[""]);
    check(
        r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#,
        &["alerts.json:1:1: error[K0213]: the server answered with an error: query timed out"],
        &[""],
    );
}
