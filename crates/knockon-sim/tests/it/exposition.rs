//! The metrics of a run as text, read by whoever reads metrics.

use std::io::Write as _;
use std::process::Command;

use crate::model::{Played, pack_names, play, play_pack};
use crate::observe::SHOP;
use knockon_promql::Store;
use knockon_sim::observe::openmetrics;
use knockon_telemetry::text_writer::{TextFormat, write_text};
use knockon_telemetry::{BundleReading, EvidenceReader, SeriesReader};

/// 1 March 2026.
const START_MS: u64 = 1_772_323_200_000;

fn read(played: &Played) -> BundleReading {
    let text = openmetrics(played.run.observation(), START_MS);
    let mut reader = EvidenceReader::new(&played.system);
    reader.metrics("metrics.om", text.as_bytes());
    reader.finish()
}

#[test]
fn telemetry_reads_it_without_a_word() {
    for pack in pack_names() {
        let reading = read(&play_pack(&pack, 60));
        assert_eq!(reading.diagnostics, [], "{pack}");
        assert!(reading.evidence.series.len() > 50, "{pack}: {}", reading.evidence.series.len());
        // A counter that was first seen at the last scrape has no rate yet.
        let all = reading.evidence.notes.iter().map(|note| note.code.to_string());
        let notes: Vec<String> = all.filter(|code| code != "K0242").collect();
        assert_eq!(notes, [""; 0], "{pack}");
    }
}

/// The simulator writes from columns of its own and needs no store; so there are two writers, which
/// must not come apart.
#[test]
fn telemetry_writes_it_again_line_by_line() {
    for pack in pack_names() {
        let text = openmetrics(play_pack(&pack, 60).run.observation(), START_MS);
        let mut store = Store::new();
        let mut reader = SeriesReader::new(&mut store);
        reader.read("metrics.om", text.as_bytes());
        let reading = reader.finish();
        assert_eq!(reading.diagnostics, [], "{pack}");
        let mut again = Vec::new();
        write_text(&mut again, &store, &reading.families, TextFormat::OpenMetrics).unwrap();
        let again = String::from_utf8(again).unwrap();
        let (again, text) = (sorted(&again), sorted(&text));
        let first = again.iter().zip(&text).find(|(a, b)| a != b);
        assert!(first.is_none() && again.len() == text.len(), "{pack}: {first:?}");
    }
}

/// The lines in order, and in each the labels, none of which has a comma in it.
fn sorted(text: &str) -> Vec<String> {
    let sort = |line: &str| -> String {
        let Some((name, rest)) = line.split_once('{') else { return line.to_owned() };
        let (labels, rest) = rest.rsplit_once('}').unwrap();
        let mut labels: Vec<&str> = labels.split(',').collect();
        labels.sort_unstable();
        format!("{name}{{{}}}{rest}", labels.join(","))
    };
    let mut lines: Vec<String> = text.lines().map(sort).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn telemetry_reads_what_was_counted() {
    let played = play(SHOP, 120);
    let reading = read(&played);
    assert_eq!(reading.diagnostics, []);
    let of = |metric: &str, labels: &[(&str, &str)]| -> Vec<f64> {
        let mut found = reading.evidence.series.iter().filter(|series| {
            let has = |(name, value): &(&str, &str)| {
                series.labels.iter().any(|(of, it)| of == *name && it == *value)
            };
            series.metric == metric && labels.iter().all(has)
        });
        let series = found.next().unwrap_or_else(|| panic!("no {metric}"));
        assert!(found.next().is_none(), "{metric} is not one series");
        series.samples.values().to_vec()
    };
    assert_eq!(of("pg_up", &[]), [1.0; 8]);
    assert_eq!(of("rabbitmq_queue_consumers", &[]), [1.0; 8]);
}

#[test]
fn promtool_makes_blocks_of_it() {
    let Ok(version) = Command::new("promtool").arg("--version").output() else {
        let note = "left out: blocks made by the real promtool, which is not installed\n";
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        return;
    };
    assert!(version.status.success());
    let dir = tempfile::tempdir().unwrap();
    for (name, played) in pack_names().iter().map(|name| (name, play_pack(name, 60))) {
        let file = dir.path().join(format!("{name}.om"));
        std::fs::write(&file, openmetrics(played.run.observation(), START_MS)).unwrap();
        let mut promtool = Command::new("promtool");
        promtool.args(["tsdb", "create-blocks-from", "openmetrics"]).arg(&file);
        let output = promtool.arg(dir.path().join(name)).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
