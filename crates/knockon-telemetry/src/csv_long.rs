//! Long CSV: a row for every sample, with columns of time, metric and value, and labels in the rest.

use std::io::BufRead;

use crate::counters::Kind;
use crate::csv_metrics::{LongColumns, TimeReader, has_length};
use crate::csv_records::CsvRecords;
use crate::intake::{Incoming, Intake};
use crate::interner::Interner;
use crate::series::Labels;
use crate::value::Cell;

/// Between the fields of a key; no field of a text file contains it on purpose.
const KEY_SEPARATOR: char = '\u{1f}';

/// Reads the rows under a header.
pub(crate) fn read_rows(
    mut records: CsvRecords<impl BufRead>,
    header: &[String],
    columns: LongColumns,
    intake: &mut Intake<'_>,
) {
    let identifying: Vec<usize> = (0..header.len())
        .filter(|index| *index != columns.time && *index != columns.value)
        .collect();
    let mut series: Vec<Incoming> = Vec::new();
    let mut interner = Interner::default();
    let mut times = TimeReader::default();
    let mut key = String::new();
    while records.advance(intake.log) {
        if !has_length(&records, header.len(), intake.log) {
            continue;
        }
        let place = |file: &str| records.place(file, columns.time);
        let Some(unix_ms) = times.read(&records.field(columns.time), intake.log, place) else {
            continue;
        };
        key.clear();
        for index in &identifying {
            key.push_str(records.raw(*index));
            key.push(KEY_SEPARATOR);
        }
        let (id, is_new) = interner.intern(&key);
        if is_new {
            series.push(open(&records, header, columns, intake));
        }
        if series[id].is_placed() {
            let cell = Cell::parse(&records.field(columns.value));
            let place = |file: &str| records.place(file, columns.value);
            series[id].take(unix_ms, cell, intake.log, place);
        }
    }
    for incoming in series {
        intake.close(incoming);
    }
}

fn open(
    records: &CsvRecords<impl BufRead>,
    header: &[String],
    columns: LongColumns,
    intake: &mut Intake<'_>,
) -> Incoming {
    let labels: Labels = header
        .iter()
        .enumerate()
        .filter(|(index, _)| ![columns.time, columns.metric, columns.value].contains(index))
        .map(|(index, name)| (name.clone(), records.field(index).into_owned()))
        .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        .collect();
    intake.open(&records.field(columns.metric), labels, Kind::Unknown)
}
