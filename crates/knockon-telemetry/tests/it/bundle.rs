//! Whole directories.

use std::path::Path;

use knockon_telemetry::{BundleReading, read_bundle};

use crate::shop::{alerts, lines, series, shop};

fn read(files: &[(&str, &str)]) -> BundleReading {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let mut reading = read_bundle(dir.path(), &shop());
    // Paths differ from run to run.
    let prefix = format!("{}/", dir.path().display());
    let all = reading.diagnostics.iter_mut().chain(&mut reading.evidence.notes);
    for diagnostic in all {
        diagnostic.message = diagnostic.message.replace(prefix.trim_end_matches('/'), "DIR");
        if let Some(place) = &mut diagnostic.place {
            place.file = place.file.replace(&prefix, "");
        }
    }
    reading
}

#[test]
fn every_part_is_read_and_companions_are_passed_over() {
    let reading = read(&[
        ("metrics.csv", "time,carts_cpu\n100,1\n"),
        ("metrics.more.csv", "time,carts_cpu,orders_cpu\n101,2,3\n"),
        ("metrics.p99.json", r#"[{"metric":{"app":"carts"},"values":[[100,"7"]]}]"#),
        ("baseline.om", "cpu{service=\"carts\"} 0.5 10\nidle{service=\"orders\"} 4 10\n# EOF\n"),
        (
            "alerts.json",
            r#"[{"labels":{"alertname":"A","service":"carts"},"startsAt":"2026-01-01T12:00:00Z"}]"#,
        ),
        ("changes.json", r#"[{"time":50,"service":"carts","kind":"deploy"}]"#),
        ("README.md", "x"),
        ("LICENSE", "x"),
        ("SOURCE", "x"),
        ("truth.json", "{}"),
        ("system.yaml", "x"),
    ]);
    assert_eq!(lines(&reading.diagnostics), [""; 0]);
    assert_eq!(lines(&reading.evidence.notes), [""; 0]);
    assert_eq!(
        series(&reading.evidence),
        [
            "carts cpu: 100=1 101=2 | 10=0.5",
            "carts p99: 100=7",
            "orders cpu: 101=3",
            "orders idle: | 10=4",
        ]
    );
    assert_eq!(alerts(&reading.evidence).len(), 1);
    assert_eq!(reading.evidence.changes.len(), 1);
}

#[test]
fn what_is_not_a_bundle_is_refused() {
    let reading = read(&[("graph.csv", ""), ("normal.csv", "")]);
    assert_eq!(lines(&reading.diagnostics), ["error[K0202]: there is no evidence in `DIR`"]);
    assert_eq!(
        reading.diagnostics[0].help,
        [
            "looked for metrics.*, baseline.*, alerts.json, changes.json, logs.* and traces.*",
            "found graph.csv, normal.csv",
        ]
    );
    assert_eq!(
        lines(&reading.evidence.notes),
        [
            "graph.csv:1:1: note[K0236]: the file is not read",
            "normal.csv:1:1: note[K0236]: the file is not read",
        ]
    );
    assert_eq!(reading.evidence.notes[1].help, ["did you mean `baseline.csv`?"]);
    assert_eq!(read(&[]).diagnostics[0].help[1], "found no file at all");

    let missing = read_bundle(Path::new("no/such"), &shop());
    assert_eq!(lines(&missing.diagnostics), ["error[K0201]: there is no directory `no/such`"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let not_dir = read_bundle(file.path(), &shop());
    assert!(not_dir.diagnostics[0].message.ends_with("is a file, not a directory"));
}

#[test]
fn every_broken_file_is_told_and_the_rest_is_read() {
    let reading = read(&[
        ("metrics.a.csv", ""),
        ("metrics.b.csv.gz", "\u{1f}"),
        ("metrics.c", "what is this"),
        ("metrics.d.csv", "time,carts_cpu\n100,1\n"),
    ]);
    assert_eq!(
        lines(&reading.diagnostics),
        [
            "metrics.a.csv:1:1: error[K0204]: the file is empty",
            "metrics.b.csv.gz:1:1: error[K0204]: the file is in no known format of metrics",
            "metrics.c:1:1: error[K0204]: the file is in no known format of metrics",
        ]
    );
    assert_eq!(series(&reading.evidence), ["carts cpu: 100=1"]);
}

#[test]
fn bytes_that_are_no_text_are_told_from_text() {
    let check = |bytes: &[u8], expected: &str| {
        let reading = crate::shop::read_metrics("m.csv", bytes);
        assert_eq!(lines(&reading.diagnostics), [expected]);
    };
    check(b"\x1f\x8b\x08\x00", "m.csv:1:1: error[K0205]: the file is compressed");
    check(b"\xff\xfet\x00i\x00", "m.csv:1:1: error[K0205]: the file is not UTF-8 text");
    check(b"time,carts_cpu\n1,2\n2,\xff\n", "m.csv:3:1: error[K0205]: the line is not UTF-8 text");
}

/// An input that fails in the middle.
struct Failing<'a>(&'a [u8]);

impl std::io::Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = std::io::Read::read(&mut self.0, buffer)?;
        if count == 0 { Err(std::io::Error::other("disk on fire")) } else { Ok(count) }
    }
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_is_a_mistake() {
    let system = shop();
    let long = format!("time,carts_cpu\n{}", "1,2\n".repeat(5000));
    for start in ["", "time,carts_cpu\n1,2\n", "[", &long, &format!("[{}", " ".repeat(9000))] {
        let mut reader = knockon_telemetry::EvidenceReader::new(&system);
        reader.metrics("m.csv", std::io::BufReader::new(Failing(start.as_bytes())));
        let found = lines(&reader.finish().diagnostics);
        assert_eq!(found, ["m.csv:1:1: error[K0203]: cannot be read: disk on fire"]);
    }
}
