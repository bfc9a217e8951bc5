//! Metrics in files, as series in a store.

use std::path::PathBuf;

use knockon_core::{Diagnostic, Place};
use knockon_promql::Store;
use knockon_telemetry::read_series;

use crate::codes;

/// Series, and the moments of the first and the last sample.
#[derive(Debug)]
pub struct Metrics {
    /// The series.
    pub store: Store,
    /// When the first sample was taken.
    pub first_ms: i64,
    /// When the last one was.
    pub last_ms: i64,
    /// What was survived while reading.
    pub notes: Vec<Diagnostic>,
}

/// Reads metrics; at least one sample is wanted.
pub fn read(paths: &[PathBuf]) -> Result<Metrics, Vec<Diagnostic>> {
    let mut store = Store::new();
    let mut notes = read_series(paths, &mut store, None).diagnostics;
    let first = store.series().filter_map(|series| series.times_ms().first()).min().copied();
    let last = store.series().filter_map(|series| series.times_ms().last()).max().copied();
    let (Some(first_ms), Some(last_ms)) = (first, last) else {
        if !notes.iter().any(Diagnostic::is_error) {
            let files: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            let error = Diagnostic::error(codes::NO_SAMPLES, "there is no sample in the metrics")
                .at(Place::whole_file(files.join(", ")));
            notes.push(error.help("give files with metrics: docs/reference/telemetry-formats.md"));
        }
        return Err(notes);
    };
    if notes.iter().any(Diagnostic::is_error) {
        return Err(notes);
    }
    Ok(Metrics { store, first_ms, last_ms, notes })
}
