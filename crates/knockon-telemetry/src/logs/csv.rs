//! Logs in CSV: columns of time, level and message, and labels in the rest.

use std::io::BufRead;

use super::Level;
use super::fields::{Column, Fields, column};
use super::sink::Sink;
use crate::csv_metrics::has_length;
use crate::csv_records::CsvRecords;

/// Whether a line is the header of such a table.
pub(super) fn is_header(line: &str) -> bool {
    let columns = line.split([',', ';', '\t']);
    let header: Vec<String> = columns.map(|it| it.trim().trim_matches('"').to_owned()).collect();
    header.len() > 1
        && column(&header, Column::Time).is_some()
        && column(&header, Column::Message).is_some()
}

/// Reads the rows.
pub(super) fn read(mut records: CsvRecords<impl BufRead>, sink: &mut Sink<'_>) {
    if !records.advance_to_header(sink.log) {
        return;
    }
    let header: Vec<String> =
        (0..records.len()).map(|index| records.field(index).trim().to_owned()).collect();
    let time = column(&header, Column::Time);
    let level = column(&header, Column::Level);
    let message = column(&header, Column::Message);
    while records.advance(sink.log) {
        if !has_length(&records, header.len(), sink.log) {
            continue;
        }
        let field = |column: Option<usize>| column.map(|index| records.field(index));
        let mut fields = Fields {
            time: field(time).map(Into::into),
            level: field(level).and_then(|word| Level::parse(&word)),
            message: field(message).unwrap_or_default().into_owned(),
            ..Fields::default()
        };
        for (index, name) in header.iter().enumerate() {
            fields.add(name, &records.field(index));
        }
        sink.take(fields, |file| records.place(file, time.unwrap_or(0)));
    }
}
