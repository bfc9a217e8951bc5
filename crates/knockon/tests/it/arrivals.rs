//! Evidence in pieces, in any order, late and more than once: the incident is to the byte that of all
//! of it read at once.

use std::path::Path;

use knockon_core::{System, Timestamp};
use knockon_promql::Store;
use knockon_report::incident_json;
use knockon_scenario::load::{self, Loaded};
use knockon_scenario::play::{Played, play};
use knockon_scenario::{alerts, verdict};
use knockon_telemetry::{AlertRecord, ChangeRecord, Evidence, EvidenceReader, Families, LogRecord};
use knockon_triage::{Incident, Options, Revision, Watch, triage};
use serde_json::Value;

use crate::run::{folder, knockon, root};

const EXAMPLES: [&str; 3] =
    ["inventory-pool-exhaustion", "petshop-failing-lambda", "petshop-slow-database"];

/// xorshift64, Marsaglia 2003.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// Doubles some, and puts all into another order (Fisher and Yates).
    fn deal<T: Clone>(&mut self, mut all: Vec<T>) -> Vec<T> {
        let doubled: Vec<T> = all.iter().filter(|_| self.below(4) == 0).cloned().collect();
        all.extend(doubled);
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
        all
    }
}

/// Something that arrives.
#[derive(Clone)]
enum Arrival {
    /// A text of a part of a bundle.
    Text(&'static str, String),
    Samples(Store, Families),
    Alert(AlertRecord),
    Change(ChangeRecord),
    /// Lines of logs, and from when until when they were collected. They are in one piece only: that a
    /// line was delivered twice cannot be told from the same line written twice.
    Logs(Vec<LogRecord>, Option<(Timestamp, Timestamp)>),
}

impl Arrival {
    fn comes_once(&self) -> bool {
        matches!(self, Self::Logs(..) | Self::Text("logs.ndjson", _))
    }
}

fn take(watch: &mut Watch<'_>, arrival: Arrival) {
    let reader = watch.reader();
    match arrival {
        Arrival::Text("baseline.csv", text) => reader.baseline("baseline.csv", text.as_bytes()),
        Arrival::Text("alerts.json", text) => reader.alerts("alerts.json", text.as_bytes()),
        Arrival::Text("changes.json", text) => reader.changes("changes.json", text.as_bytes()),
        Arrival::Text("logs.ndjson", text) => reader.logs("logs.ndjson", text.as_bytes()),
        Arrival::Text(file, text) => reader.metrics(file, text.as_bytes()),
        Arrival::Samples(store, families) => {
            reader.take_metrics("metrics of the run", &store, &families);
        }
        Arrival::Alert(alert) => watch.alert(alert),
        Arrival::Change(change) => watch.change(change),
        Arrival::Logs(lines, covered) => {
            reader.take_logs("logs of the run", lines);
            if let Some((from, until)) = covered {
                reader.logs_cover(from, until);
            }
        }
    }
}

/// A bundle in pieces: some rows of a table, one alert, one change each.
fn pieces(dir: &Path) -> Vec<Arrival> {
    let mut pieces = Vec::new();
    for file in ["metrics.csv", "baseline.csv"] {
        let Ok(text) = std::fs::read_to_string(dir.join(file)) else { continue };
        let (head, rows) = text.split_once('\n').unwrap();
        let rows: Vec<_> = rows.lines().collect();
        let tables = rows.chunks(20).map(|rows| format!("{head}\n{}\n", rows.join("\n")));
        pieces.extend(tables.map(|table| Arrival::Text(file, table)));
    }
    for file in ["alerts.json", "changes.json"] {
        let Ok(text) = std::fs::read_to_string(dir.join(file)) else { continue };
        let list: Vec<Value> = serde_json::from_str(&text).unwrap();
        pieces.extend(list.into_iter().map(|it| Arrival::Text(file, format!("[{it}]"))));
    }
    if let Ok(text) = std::fs::read_to_string(dir.join("logs.ndjson")) {
        let lines: Vec<_> = text.lines().collect();
        let some = lines.chunks(50).map(|lines| lines.join("\n") + "\n");
        pieces.extend(some.map(|lines| Arrival::Text("logs.ndjson", lines)));
    }
    pieces
}

/// A run in pieces: of each series some samples, of each alert that it fires and that it ended.
fn pieces_of_run(played: &Played) -> Vec<Arrival> {
    let mut pieces = Vec::new();
    let series: Vec<_> = played.watched.store.series().collect();
    for (place, some) in series.chunks(40).enumerate() {
        let times = some.iter().flat_map(|series| series.times_ms());
        let (first, last) = (*times.clone().min().unwrap(), *times.max().unwrap());
        // Stretches of other lengths, so that no two scrapes are cut alike; each with the sample before.
        let length = 60_000 * i64::try_from(place % 7 + 2).unwrap();
        for from in (first..=last).step_by(usize::try_from(length).unwrap()) {
            let mut store = Store::new();
            for series in some {
                let (times, values) = series.between(from - 15_000, from + length);
                if !times.is_empty() {
                    let id = store.open(series.labels());
                    store.merge(id, times.iter().copied().zip(values.iter().copied()));
                }
            }
            if store.series().next().is_some() {
                pieces.push(Arrival::Samples(store, alerts::families()));
            }
        }
    }
    for alert in verdict::alerts(played) {
        if alert.ends_at.is_some() {
            pieces.push(Arrival::Alert(AlertRecord { ends_at: None, ..alert.clone() }));
        }
        pieces.push(Arrival::Alert(alert));
    }
    pieces.extend(verdict::changes(played).map(Arrival::Change));
    let lines: Vec<_> = verdict::logs(played).collect();
    let some = lines.chunks(30).map(|lines| Arrival::Logs(lines.to_vec(), None));
    pieces.extend(some);
    pieces.push(Arrival::Logs(Vec::new(), verdict::logs_cover(played)));
    pieces
}

/// Deals pieces, with a revision now and then, and holds the end against all of it at once.
fn check(system: &System, pieces: &[Arrival], options: Options, at_once: &Incident, seed: u64) {
    let dice = &mut Dice(seed);
    let mut watch = Watch::new(system, options);
    let mut last: Option<Revision> = None;
    let (once, others): (Vec<_>, Vec<_>) = pieces.iter().cloned().partition(Arrival::comes_once);
    let mut dealt = dice.deal(others);
    for piece in once {
        let place = dice.below(dealt.len() + 1);
        dealt.insert(place, piece);
    }
    for piece in dealt {
        take(&mut watch, piece);
        if dice.below(40) == 0 {
            let revision = watch.revise(at_once.at);
            let number = last.as_ref().map_or(0, |it| it.number);
            assert!(revision.as_ref().is_none_or(|it| it.number == number + 1));
            last = revision.or(last);
        }
    }
    assert_eq!(watch.reader().diagnostics(), []);
    assert_eq!(incident_json(&watch.incident(), &[]), incident_json(at_once, &[]), "seed {seed}");
    // Who read only the revisions knows the same.
    let revision = watch.revise(at_once.at).or(last).unwrap();
    let told = |incident: &Incident| incident.causes.first().map(|it| it.service.clone());
    assert_eq!(told(&revision.incident), told(at_once));
    assert_eq!(watch.revise(at_once.at), None);
}

#[test]
fn a_bundle_that_arrives_in_pieces_gives_the_verdict_of_the_whole() {
    for example in EXAMPLES {
        let dir = root().join("examples/incidents").join(example);
        let system = knockon_format::load_system(&dir.join("system.yaml")).system.unwrap();
        let reading = knockon_telemetry::read_bundle(&dir, &system);
        let at_once = triage(&system, &reading.evidence, Options::default());
        for seed in 1..=4 {
            check(&system, &pieces(&dir), Options::default(), &at_once, seed);
        }
    }
}

#[test]
fn a_played_incident_that_arrives_in_pieces_gives_the_verdict_of_the_whole() {
    for path in ["packs/sock-shop", "packs/checkout"] {
        let scenario = load::list(&root().join(path)).into_iter().next().unwrap();
        let loaded = load::load(&scenario.path).unwrap();
        let rules = alerts::of_system(&loaded.system, &loaded.places);
        let Loaded { scenario, system, .. } = loaded;
        let played = play(&system, &scenario, &rules, 1, |_| ()).unwrap();
        let (at_once, options) =
            (verdict::verdict(&system, &scenario, &played), verdict::options(&scenario));
        check(&system, &pieces_of_run(&played), options, &at_once, 7);
    }
}

/// What is known later must not have been used: a watch that was given nothing later says the same.
#[test]
fn a_verdict_of_a_moment_is_that_of_who_was_there() {
    let dir = root().join("examples/incidents/petshop-slow-database");
    let system = knockon_format::load_system(&dir.join("system.yaml")).system.unwrap();
    let all = knockon_telemetry::read_bundle(&dir, &system).evidence;
    let end = all.last_moment().unwrap();
    for minutes in [5, 9, 11, 12, 14] {
        let at = end - knockon_core::DurationMs::from_minutes(minutes);
        let mut watch = Watch::new(&system, Options { at: Some(at), since: None });
        for piece in pieces(&dir) {
            let Arrival::Text("metrics.csv", table) = piece else {
                take(&mut watch, piece);
                continue;
            };
            let (head, rows) = table.split_once('\n').unwrap();
            let is_past = |row: &&str| {
                knockon_telemetry::parse_time(row.split(',').next().unwrap()).unwrap() <= at
            };
            let rows: Vec<_> = rows.lines().filter(is_past).collect();
            take(
                &mut watch,
                Arrival::Text("metrics.csv", format!("{head}\n{}\n", rows.join("\n"))),
            );
        }
        let (mut there, mut later) =
            (watch.incident(), triage(&system, &all, Options { at: Some(at), since: None }));
        // A series that only begins later is counted, but not judged.
        for incident in [&mut there, &mut later] {
            (incident.evidence.series, incident.evidence.series_unmeasured) = (0, 0);
        }
        assert_eq!(there, later);
    }
}

/// The rows, the columns and the elements of a bundle in another order, in files of other names.
#[test]
fn a_bundle_in_another_order_gives_the_same_bytes() {
    for example in EXAMPLES {
        let dir = root().join("examples/incidents").join(example);
        let system = knockon_format::load_system(&dir.join("system.yaml")).system.unwrap();
        let evidence = knockon_telemetry::read_bundle(&dir, &system).evidence;
        let json = |evidence: &Evidence| {
            incident_json(&triage(&system, evidence, Options::default()), &[])
        };
        let expected = json(&evidence);
        for seed in 1..=3 {
            let dice = &mut Dice(seed);
            let mut reader = EvidenceReader::new(&system);
            let files =
                ["metrics.csv", "baseline.csv", "alerts.json", "changes.json", "logs.ndjson"];
            for file in files {
                let Ok(text) = std::fs::read_to_string(dir.join(file)) else { continue };
                match file {
                    "logs.ndjson" => {
                        let lines: Vec<_> = text.lines().rev().collect();
                        reader.logs(file, lines.join("\n").as_bytes());
                    }
                    "alerts.json" => reader.alerts(file, dealt_list(&text, dice).as_bytes()),
                    "changes.json" => reader.changes(file, dealt_list(&text, dice).as_bytes()),
                    _ => {
                        let tables = dealt_tables(&text, dice);
                        for (name, table) in ["b", "a"].into_iter().zip(tables) {
                            match file {
                                "metrics.csv" => reader.metrics(name, table.as_bytes()),
                                _ => reader.baseline(name, table.as_bytes()),
                            }
                        }
                    }
                }
            }
            let reading = reader.finish();
            assert_eq!(reading.diagnostics, []);
            assert_eq!(json(&reading.evidence), expected, "{example}, seed {seed}");
        }
    }
}

fn dealt_list(text: &str, dice: &mut Dice) -> String {
    let list: Vec<Value> = serde_json::from_str(text).unwrap();
    Value::from(dice.deal(list)).to_string()
}

/// Two tables that overlap, each with the columns in another order.
fn dealt_tables(text: &str, dice: &mut Dice) -> [String; 2] {
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let mut columns: Vec<usize> = (0..rows[0].len()).collect();
    for last in (1..columns.len()).rev() {
        columns.swap(last, dice.below(last + 1));
    }
    let rows: Vec<String> = rows
        .iter()
        .map(|row| columns.iter().map(|column| row[*column]).collect::<Vec<_>>().join(","))
        .collect();
    let (head, rows) = rows.split_first().unwrap();
    let rows = dice.deal(rows.to_vec());
    let table = |rows: &[String]| format!("{head}\n{}\n", rows.join("\n"));
    let middle = rows.len() / 2;
    [table(&rows[..(middle + 5).min(rows.len())]), table(&rows[middle..])]
}

#[test]
fn alerts_are_taken_from_standard_input_as_they_come() {
    let dir = folder(&[(
        "system.yaml",
        b"system: shop\nservices:\n  web:\n    calls: [orders]\n  orders:\n",
    )]);
    let system = dir.path().join("system.yaml");
    let message = |status: &str, name: &str, service: &str, second: u32, end: &str| {
        format!(
            "{{\"status\":\"{status}\",\"alerts\":[{{\"status\":\"{status}\",\"labels\":{{\"alertname\":\
             \"{name}\",\"service\":\"{service}\"}},\"startsAt\":\"2026-03-01T03:00:{second:02}Z\",\
             \"endsAt\":\"{end}\"}}]}}\n"
        )
    };
    let never = "0001-01-01T00:00:00Z";
    let lines = [
        message("firing", "Slow", "web", 10, never),
        message("firing", "Slow", "web", 10, never),
        "\n".to_owned(),
        message("firing", "CpuSaturated", "orders", 5, never),
        message("resolved", "Slow", "web", 10, "2026-03-01T03:05:00Z"),
        message("resolved", "CpuSaturated", "orders", 5, "2026-03-01T03:05:00Z"),
    ];
    let ran = crate::run::knockon_on(
        &["triage", "--system", system.to_str().unwrap(), "-"],
        &lines.concat(),
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with(
            "#1 2026-03-01T03:00:10Z
  cause: web
  certainty: clear, was nothing
  began 2026-03-01T03:00:10Z
  alert Slow on web joins, the cause

#2 2026-03-01T03:00:10Z
  cause: orders, no longer web
  began 2026-03-01T03:00:05Z, earlier than 2026-03-01T03:00:10Z
  web is a symptom now, was the cause
  alert CpuSaturated on orders joins, the cause
  alert Slow on web is a symptom now, was the cause

#3 2026-03-01T03:05:00Z
  alert Slow on web is resolved

#4 2026-03-01T03:05:00Z
  alert CpuSaturated on orders is resolved
  over: no alert of it fires any more
"
        ),
        "{}",
        ran.stdout
    );

    assert!(ran.stdout.contains("\norders is the likeliest cause\n"), "{}", ran.stdout);

    let broken = [&lines[0], "{\"alerts\": [{}]}\n", &lines[3]].concat();
    let ran =
        crate::run::knockon_on(&["triage", "--system", system.to_str().unwrap(), "-"], &broken);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("standard input:2:"), "{}", ran.stderr);
    assert!(ran.stdout.contains("cause: orders, no longer web"), "{}", ran.stdout);
}

/// The last line of the stream is what the command prints without the revisions.
#[test]
fn revisions_as_json_end_with_the_verdict() {
    let dir = "examples/incidents/petshop-slow-database";
    let system = format!("{dir}/system.yaml");
    let ask = |flags: &[&str]| {
        let mut arguments = vec!["triage", "--system", &system, dir, "--format", "json"];
        arguments.extend(flags);
        let ran = knockon(&arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    let stream = ask(&["--revisions", "--every", "5m"]);
    let lines: Vec<Value> =
        stream.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, revisions) = lines.split_last().unwrap();
    assert_eq!(*last, serde_json::from_str::<Value>(&ask(&[])).unwrap());
    for (revision, number) in revisions.iter().zip(1..) {
        assert_eq!(revision["schema"], "knockon.revision/v1");
        assert_eq!(revision["number"], number);
        assert_eq!(revision["at"], revision["incident"]["at"]);
    }
    let first = &revisions[0]["changes"][0];
    assert_eq!(
        (&first["type"], &first["text"]),
        (&"cause-found".into(), &"cause: pet-site".into())
    );
    let cause = |incident: &Value| incident["causes"][0]["service"].clone();
    assert_eq!(cause(&revisions.last().unwrap()["incident"]), cause(last));

    let ran = knockon(&["triage", "--system", &system, dir, "--revisions", "--every", "1ms"]);
    assert!(ran.stderr.contains("there would be more than 100000 verdicts"), "{}", ran.stderr);
    let ran = knockon(&["triage", "--system", &system, dir, "--revisions", "--every", "soon"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`--every soon` is not a length of time"), "{}", ran.stderr);
}
