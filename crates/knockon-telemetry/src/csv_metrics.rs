//! Metrics in CSV: what the header says, and which of the two layouts it is.

use std::io::BufRead;

use knockon_core::{Diagnostic, Place};

use crate::codes;
use crate::csv_records::CsvRecords;
use crate::file_log::{FileLog, Survived};
use crate::intake::Intake;
use crate::time_format;
use crate::{csv_long, csv_wide};

/// Names of the column of time, in lower case.
pub(crate) const TIME_COLUMNS: &[&str] =
    &["time", "timestamp", "unix_timestamp", "@timestamp", "datetime", "date", "ts", "_time"];
const METRIC_COLUMNS: &[&str] = &["metric", "metric_name", "__name__", "name"];
const VALUE_COLUMNS: &[&str] = &["value", "val", "_value"];

/// Which column is what, in a long CSV.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LongColumns {
    pub(crate) time: usize,
    pub(crate) metric: usize,
    pub(crate) value: usize,
}

/// Reads metrics in CSV, wide or long.
pub(crate) fn read(input: impl BufRead, intake: &mut Intake<'_>) {
    let mut records = CsvRecords::new(input);
    if !records.advance_to_header(intake.log) {
        return;
    }
    let header: Vec<String> =
        (0..records.len()).map(|index| records.field(index).trim().to_owned()).collect();
    let Some(time) = find(&header, TIME_COLUMNS) else {
        intake.log.error(|file| {
            Diagnostic::error(codes::BAD_HEADER, "the header has no column of time")
                .at(records.place(file, 0))
                .help("call the first column `time`")
        });
        return;
    };
    refuse_repeated_columns(&header, &records, intake.log);
    match (find(&header, METRIC_COLUMNS), find(&header, VALUE_COLUMNS)) {
        (Some(metric), Some(value)) => {
            let columns = LongColumns { time, metric, value };
            csv_long::read_rows(records, &header, columns, intake);
        }
        _ => csv_wide::read_rows(records, &header, time, intake),
    }
}

/// The column that has the first of these names, in any case.
fn find(header: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| header.iter().position(|column| column.eq_ignore_ascii_case(name)))
}

fn refuse_repeated_columns(
    header: &[String],
    records: &CsvRecords<impl BufRead>,
    log: &mut FileLog,
) {
    let mut seen = std::collections::HashMap::new();
    for (index, column) in header.iter().enumerate() {
        if column.is_empty() {
            continue;
        }
        if let Some(first) = seen.insert(column, index) {
            log.error(|file| {
                let message = format!("the column `{column}` is there twice");
                Diagnostic::error(codes::BAD_HEADER, message)
                    .at(records.place(file, index))
                    .related(records.place(file, first).labelled("first here"))
                    .help("rename or remove one of them")
            });
        }
    }
}

/// Whether the row has as many fields as the header; if not, that is a mistake.
pub(crate) fn has_length(
    records: &CsvRecords<impl BufRead>,
    expected: usize,
    log: &mut FileLog,
) -> bool {
    let found = records.len();
    if found != expected {
        log.error(|file| {
            let message = format!("the row has {found} fields, the header {expected}");
            Diagnostic::error(codes::BAD_ROW, message)
                .at(records.place(file, found.min(expected)))
                .help("write an empty field for a value that is missing")
        });
    }
    found == expected
}

/// Reads the time of rows; most rows have the time of the one before.
#[derive(Debug, Default)]
pub(crate) struct TimeReader {
    last: String,
    unix_ms: Option<i64>,
}

impl TimeReader {
    /// The time that a text writes; what is not a time is a mistake, reported once for all rows of
    /// the same time that follow one another.
    pub(crate) fn read(
        &mut self,
        text: &str,
        log: &mut FileLog,
        place: impl Fn(&str) -> Place,
    ) -> Option<i64> {
        if !self.last.is_empty() && self.last == text {
            return self.unix_ms;
        }
        self.last.clear();
        self.last.push_str(text);
        let parsed = time_format::parse(text);
        match parsed {
            None => log.error(|file| bad_time(text).at(place(file))),
            Some(parsed) if parsed.naive => log.survived(Survived::NaiveTime, place),
            Some(_) => {}
        }
        self.unix_ms = parsed.map(|parsed| parsed.time.unix_ms);
        self.unix_ms
    }
}

/// The mistake of a text that should be a time.
pub(crate) fn bad_time(text: &str) -> Diagnostic {
    let shown: String = text.trim().chars().take(60).collect();
    Diagnostic::error(codes::BAD_TIME, format!("`{shown}` is not a time"))
        .help("write RFC 3339 (2026-01-01T12:00:00Z) or Unix seconds (1767268800)")
}
