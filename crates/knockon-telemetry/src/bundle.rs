//! A bundle: a directory with the evidence of one incident.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use knockon_core::{Diagnostic, Place, System};

use crate::codes;
use crate::reader::{BundleReading, EvidenceReader};

/// What is looked for, in the words of a message.
const LOOKED_FOR: &str = "metrics.*, baseline.*, alerts.json, changes.json, logs.* and traces.*";

/// What files of changes end in.
const CHANGES_ENDINGS: [&str; 4] = [".json", ".jsonl", ".ndjson", ".log"];

/// How many names of other files a message lists.
const NAMES_SHOWN_MAX: usize = 10;

/// Bytes read at once; fewer calls than with the default of 8 KiB.
pub(crate) const BUFFER_BYTES: usize = 64 << 10;

/// Reads every part of a bundle: `metrics.*`, `baseline.*`, `alerts.json`, `changes.json` (or
/// `changes.*.json`, `.jsonl`, `.log`), `logs.*` and `traces.*`, each of which may be missing, but not all of
/// them.
///
/// Files are read in order of their names. Mistakes are all collected, each with its place; see
/// [`BundleReading`].
pub fn read_bundle(dir: &Path, system: &System) -> BundleReading {
    let mut reader = EvidenceReader::new(system);
    match list(dir) {
        Ok(names) => read_files(dir, &names, &mut reader),
        Err(error) => reader.refuse(not_a_bundle(dir, &error)),
    }
    reader.finish()
}

/// The names of the files in a directory, in order. Directories in it are not looked at.
fn list(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.path().is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn not_a_bundle(dir: &Path, error: &io::Error) -> Diagnostic {
    let shown = dir.display();
    let message = match error.kind() {
        io::ErrorKind::NotFound => format!("there is no directory `{shown}`"),
        io::ErrorKind::NotADirectory => format!("`{shown}` is a file, not a directory"),
        _ => format!("the directory `{shown}` cannot be read: {error}"),
    };
    Diagnostic::error(codes::NO_BUNDLE, message)
        .help(format!("give a directory with any of {LOOKED_FOR}"))
}

/// What a file of a bundle is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Metrics,
    Baseline,
    Alerts,
    Changes,
    Logs,
    Traces,
    /// Not evidence, and expected here: documents, licences, the truth of an exercise.
    Companion,
    Unknown,
}

fn part(name: &str) -> Part {
    const BACKUPS: [&str; 5] = ["~", ".bak", ".orig", ".swp", ".tmp"];
    const COMPANIONS: [&str; 5] = ["README", "LICENSE", "LICENCE", "NOTICE", "SOURCE"];
    const COMPANION_ENDINGS: [&str; 3] = [".md", ".yaml", ".yml"];
    let is_truth = name.strip_suffix(".json").is_some_and(|stem| stem.starts_with("truth"));
    if name.starts_with('.')
        || is_truth
        || COMPANIONS.iter().any(|start| name.starts_with(start))
        || COMPANION_ENDINGS.iter().any(|ending| name.ends_with(ending))
    {
        return Part::Companion;
    }
    if BACKUPS.iter().any(|ending| name.ends_with(ending)) {
        return Part::Unknown;
    }
    match name {
        "alerts.json" => Part::Alerts,
        _ if name.starts_with("metrics.") => Part::Metrics,
        _ if name.starts_with("baseline.") => Part::Baseline,
        _ if name.starts_with("changes.")
            && CHANGES_ENDINGS.iter().any(|it| name.ends_with(it)) =>
        {
            Part::Changes
        }
        _ if name.starts_with("logs.") => Part::Logs,
        _ if name.starts_with("traces.") => Part::Traces,
        _ => Part::Unknown,
    }
}

fn read_files(dir: &Path, names: &[String], reader: &mut EvidenceReader<'_>) {
    let mut found_any = false;
    for name in names {
        let path = dir.join(name);
        let shown = path.display().to_string();
        let part = part(name);
        match part {
            Part::Companion => continue,
            Part::Unknown => {
                reader.note(unread(name, &shown));
                continue;
            }
            _ => found_any = true,
        }
        let input = match File::open(&path) {
            Ok(file) => BufReader::with_capacity(BUFFER_BYTES, file),
            Err(error) => {
                let message = format!("cannot be opened: {error}");
                let error = Diagnostic::error(codes::UNREADABLE_FILE, message);
                reader.refuse(error.at(Place::whole_file(shown)));
                continue;
            }
        };
        match part {
            Part::Baseline => reader.baseline(&shown, input),
            Part::Alerts => reader.alerts(&shown, input),
            Part::Changes => reader.changes(&shown, input),
            Part::Logs => reader.logs(&shown, input),
            Part::Traces => reader.traces(&shown, input),
            Part::Metrics | Part::Companion | Part::Unknown => reader.metrics(&shown, input),
        }
    }
    if !found_any {
        reader.refuse(empty(dir, names));
    }
}

fn empty(dir: &Path, names: &[String]) -> Diagnostic {
    let message = format!("there is no evidence in `{}`", dir.display());
    let error =
        Diagnostic::error(codes::EMPTY_BUNDLE, message).help(format!("looked for {LOOKED_FOR}"));
    let mut shown: Vec<&str> = names.iter().take(NAMES_SHOWN_MAX).map(String::as_str).collect();
    if names.len() > NAMES_SHOWN_MAX {
        shown.push("…");
    }
    if shown.is_empty() {
        error.help("found no file at all")
    } else {
        error.help(format!("found {}", shown.join(", ")))
    }
}

fn unread(name: &str, shown: &str) -> Diagnostic {
    let note =
        Diagnostic::note(codes::UNREAD_FILE, "the file is not read").at(Place::whole_file(shown));
    match meant(name) {
        Some(meant) => note.help(format!("did you mean `{meant}`?")),
        None => note.help(format!("what is read is {LOOKED_FOR}")),
    }
}

/// The name a file should have to be read, when it looks like a near miss.
fn meant(name: &str) -> Option<String> {
    const STARTS: [(&str, &str); 15] = [
        ("metric", "metrics"),
        ("samples", "metrics"),
        ("anomal", "metrics"),
        ("prometheus", "metrics"),
        ("baseline", "baseline"),
        ("normal", "baseline"),
        ("healthy", "baseline"),
        ("noissue", "baseline"),
        ("alert", "alerts"),
        ("change", "changes"),
        ("deploy", "changes"),
        ("release", "changes"),
        ("log", "logs"),
        ("trace", "traces"),
        ("spans", "traces"),
    ];
    let lower = name.to_ascii_lowercase();
    let (_, part) = STARTS.iter().find(|(start, _)| lower.starts_with(start))?;
    let extension = match lower.rsplit_once('.') {
        _ if matches!(*part, "alerts" | "changes") => "json",
        Some((_, extension @ ("csv" | "json" | "om" | "prom" | "txt"))) => extension,
        _ if *part == "logs" => "txt",
        _ if *part == "traces" => "json",
        _ => "csv",
    };
    let meant = format!("{part}.{extension}");
    (meant != name).then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name() {
        let check = |name: &str, expected: Part| assert_eq!(part(name), expected, "{name}");
        check("metrics.csv", Part::Metrics);
        check("metrics.p99.json", Part::Metrics);
        check("baseline.om", Part::Baseline);
        check("alerts.json", Part::Alerts);
        check("changes.json", Part::Changes);
        check("changes.argocd.json", Part::Changes);
        check("changes.cdevents.jsonl", Part::Changes);
        check("changes.orders.log", Part::Changes);
        check("changes.csv", Part::Unknown);
        check("logs.orders.txt", Part::Logs);
        check("traces.json", Part::Traces);
        for companion in [
            "README",
            "LICENSE-MIT",
            "SOURCE",
            "notes.md",
            "shop.yaml",
            "truth.json",
            "truth-2.json",
            ".DS_Store",
        ] {
            check(companion, Part::Companion);
        }
        for unknown in [
            "metrics",
            "metric.csv",
            "alerts.csv",
            "metrics.csv~",
            "metrics.csv.bak",
            "Alerts.json",
        ] {
            check(unknown, Part::Unknown);
        }
    }

    #[test]
    fn near_misses_are_told_what_they_should_be_called() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(meant(name).as_deref(), expected, "{name}");
        };
        check("metric.csv", Some("metrics.csv"));
        check("Metrics.JSON", Some("metrics.json"));
        check("metrics", Some("metrics.csv"));
        check("anomalous.csv", Some("metrics.csv"));
        check("normal.csv", Some("baseline.csv"));
        check("alert.json", Some("alerts.json"));
        check("deploys.json", Some("changes.json"));
        check("log.ndjson", Some("logs.txt"));
        check("spans.json", Some("traces.json"));
        check("graph.csv", None);
    }
}
