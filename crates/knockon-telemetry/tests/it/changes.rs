//! Changes.

use knockon_telemetry::{BundleReading, Change, EvidenceReader, format_time};

use crate::shop::{assert_sane, lines, marked, shop, unplaced};

fn read(text: &str) -> BundleReading {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.changes("changes.json", text.as_bytes());
    reader.finish()
}

fn show(change: &Change) -> String {
    let known = if change.service.is_some() { "" } else { "?" };
    let version = change.version.as_deref().unwrap_or("-");
    let by = change.by.as_deref().unwrap_or("-");
    let time = format_time(change.time);
    format!("{time} {}{known} {} {version} {by}", change.service_name, change.kind.as_str())
}

#[test]
fn changes_are_read_in_order_of_time() {
    let reading = read(
        r#"[
{"time":1767268860,"service":"carts","kind":"flag","version":"off->on","by":"ana","summary":"fast path"},
{"time":"2026-01-01T12:00:00Z","service":"orders-5d4f8c7b9d-x2x7z","kind":"Rollout","version":2,"sha":"abc","env":{"a":[1]}},
{"time":1767268900000,"service":"billing"}]"#,
    );
    assert_eq!(lines(&reading.diagnostics), [""; 0]);
    assert_eq!(
        reading.evidence.changes.iter().map(show).collect::<Vec<_>>(),
        [
            "2026-01-01T12:00:00Z orders-5d4f8c7b9d-x2x7z deploy 2 -",
            "2026-01-01T12:01:00Z carts flag off->on ana",
            "2026-01-01T12:01:40Z billing? change - -",
        ]
    );
    assert_eq!(reading.evidence.changes[1].summary.as_deref(), Some("fast path"));
    assert_eq!(unplaced(&reading.evidence), ["billing×1"]);
    assert_eq!(
        lines(&reading.evidence.notes),
        ["changes.json:1:1: note[K0240]: keys that are not read: `env`, `sha`"]
    );
    assert_eq!(read(r#"{"changes":[]}"#).diagnostics, []);
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
        "[\n {\"timestamp\": 1, \"app\": \"carts\"},\n {\"time\": \"soon\", \"service\": \"\"},\n {\"time\": null, \"service\": [1]}\n]",
        &[
            "changes.json:2:2: error[K0218]: the change has no `time`",
            "changes.json:2:2: error[K0218]: the change has no `service`",
            "changes.json:3:11: error[K0208]: `soon` is not a time",
            "changes.json:3:30: error[K0218]: the change has no `service`",
            "changes.json:4:11: error[K0218]: the change has no `time`",
            "changes.json:4:30: error[K0218]: the change has no `service`",
        ],
        &["{", "{", "\"soon\"", "\"\"", "null", "]"],
    );
    check(
        "{\"deploys\":[]}",
        &["changes.json:1:1: error[K0212]: there is no list of changes in it"],
        &[""],
    );
    check(
        "[{\"time\":1",
        &["changes.json:1:10: error[K0212]: EOF while parsing an object"],
        &["1"],
    );
    check("[] []", &["changes.json:1:4: error[K0212]: trailing characters"], &["["]);
}

#[test]
fn a_key_of_another_name_is_recognised() {
    let reading = read(r#"[{"timestamp": 1, "app": "carts"}]"#);
    let help: Vec<_> = reading.diagnostics.iter().flat_map(|d| &d.help).collect();
    assert_eq!(help, ["rename `timestamp` to `time`", "rename `app` to `service`"]);
}

/// The parser reads on past the line of a mistake before it gives up; the place stayed behind.
#[test]
fn bytes_that_are_no_text_are_found_on_their_own_line() {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.changes("changes.json", &b"[\n {\"time\": 1, \"service\": \"\x80\"}\n]\n"[..]);
    let reading = reader.finish();
    assert_eq!(
        lines(&reading.diagnostics),
        ["changes.json:2:26: error[K0212]: invalid unicode code point"]
    );
    assert_sane(&reading);
}
