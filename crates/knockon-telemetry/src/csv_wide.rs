//! Wide CSV: a row for every time, a column for every series, called `<service>_<metric>`.

use std::io::BufRead;

use crate::csv_metrics::{TimeReader, has_length};
use crate::csv_records::CsvRecords;
use crate::intake::{Incoming, Intake, check_order};
use crate::value::Cell;

/// Reads the rows under a header.
pub(crate) fn read_rows(
    mut records: CsvRecords<impl BufRead>,
    header: &[String],
    time: usize,
    intake: &mut Intake<'_>,
) {
    let mut columns = open_columns(header, time, intake);
    let mut times = TimeReader::default();
    let mut last_unix_ms = None;
    while records.advance(intake.log) {
        if !has_length(&records, header.len(), intake.log) {
            continue;
        }
        let place = |file: &str| records.place(file, time);
        let Some(unix_ms) = times.read(&records.field(time), intake.log, place) else {
            continue;
        };
        check_order(&mut last_unix_ms, unix_ms, intake.log, place);
        for (index, column) in &mut columns {
            let cell = Cell::parse(&records.field(*index));
            let place = |file: &str| records.place(file, *index);
            column.take_unordered(unix_ms, cell, intake.log, place);
        }
    }
    for (_, column) in columns {
        intake.close(column);
    }
}

/// The columns that belong to a service, with their index.
fn open_columns(header: &[String], time: usize, intake: &mut Intake<'_>) -> Vec<(usize, Incoming)> {
    let mut columns = Vec::new();
    for (index, column) in header.iter().enumerate() {
        if index == time {
            continue;
        }
        let incoming = if column.is_empty() {
            // The index column that data frames are saved with, for one.
            intake.open_column(&format!("(column {})", index + 1))
        } else {
            intake.open_column(column)
        };
        if incoming.is_placed() {
            columns.push((index, incoming));
        }
    }
    columns
}
