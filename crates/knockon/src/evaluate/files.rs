//! Reading the files of data sets.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use knockon_core::{Diagnostic, Place, System};
use knockon_telemetry::{Evidence, EvidenceReader};
use serde::de::DeserializeOwned;

use crate::codes;

/// A JSON file of a known shape.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Vec<Diagnostic>> {
    serde_json::from_reader(open(path)?).map_err(|error| {
        let place = Place::new(path.display().to_string(), error.line(), error.column(), 1, "");
        vec![Diagnostic::error(codes::DATA_SET_FILE, error.to_string()).at(place)]
    })
}

/// A file to read from.
pub(super) fn open(path: &Path) -> Result<BufReader<File>, Vec<Diagnostic>> {
    File::open(path).map(BufReader::new).map_err(|error| {
        let message = format!("cannot read this file: {error}");
        let place = Place::whole_file(path.display().to_string());
        vec![Diagnostic::error(codes::DATA_SET_FILE, message).at(place)]
    })
}

/// A CSV file that does not have the shape of its data set.
pub(super) fn wrong(path: &Path, error: &csv::Error) -> Vec<Diagnostic> {
    let line = error.position().map_or(1, csv::Position::line);
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    let place = Place::new(path.display().to_string(), line, 1, 1, "");
    vec![Diagnostic::error(codes::DATA_SET_FILE, error.to_string()).at(place)]
}

/// The evidence in a file of metrics, and in one of a healthy time if there is one.
pub(super) fn read_metrics(
    metrics: &Path,
    baseline: Option<&Path>,
    system: &System,
) -> Result<Evidence, Vec<Diagnostic>> {
    let mut reader = EvidenceReader::new(system);
    reader.metrics(&metrics.display().to_string(), open(metrics)?);
    if let Some(baseline) = baseline {
        reader.baseline(&baseline.display().to_string(), open(baseline)?);
    }
    let reading = reader.finish();
    if reading.diagnostics.is_empty() { Ok(reading.evidence) } else { Err(reading.diagnostics) }
}

/// The names in the `service` column of a CSV file, each once, in the order of their first row.
pub(super) fn column_of_services(path: &Path) -> Result<Vec<String>, Vec<Diagnostic>> {
    let mut reader = csv::Reader::from_reader(open(path)?);
    let header = reader.headers().map_err(|error| wrong(path, &error))?;
    let Some(column) = header.iter().position(|name| name == "service") else {
        let place = Place::new(path.display().to_string(), 1, 1, 1, "");
        let message = "there is no column `service`";
        return Err(vec![Diagnostic::error(codes::DATA_SET_FILE, message).at(place)]);
    };
    let mut names: Vec<String> = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| wrong(path, &error))?;
        let name = row.get(column).unwrap_or_default();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}
