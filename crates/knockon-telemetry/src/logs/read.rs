//! Which form a file of logs has, and reading it.

use std::io::{BufRead, Cursor, Read};

use knockon_core::{Place, System};
use serde_json::{Map, Value};

use super::fields::Fields;
use super::sink::Sink;
use super::stock::LogStock;
use super::{csv, line, loki, otlp};
use crate::csv_records::CsvRecords;
use crate::file_log::FileLog;
use crate::json_documents::{Documents, read_all, read_one};
use crate::json_trail::Trail;
use crate::lines::Lines;
use crate::reader::start_of_text;

/// Reads logs in any of the known forms.
pub(crate) fn read(
    mut input: impl BufRead,
    system: &System,
    stock: &mut LogStock,
    log: &mut FileLog,
) {
    let Some(start) = start_of_text(&mut input, log) else { return };
    let file = log.file().to_owned();
    let form = Form::of(&start);
    let input = Cursor::new(start).chain(input);
    let mut sink = Sink::new(system, stock, log);
    match form {
        Form::Documents => {
            let trail = Trail::new(input);
            let taken = Taken { sink: &mut sink, place: &|file| trail.place(file, 1) };
            if let Err(broken) = read_all(&trail, &file, taken) {
                sink.log.error(|_| *broken);
            }
        }
        Form::Table => csv::read(CsvRecords::new(input), &mut sink),
        Form::Lines => read_lines(Lines::lossy(input), &mut sink),
    }
    sink.finish();
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// JSON over several lines, or on one that is long.
    Documents,
    /// CSV with a header.
    Table,
    /// A line of text or a document for each line.
    Lines,
}

impl Form {
    fn of(start: &[u8]) -> Self {
        let text = String::from_utf8_lossy(start);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let (first, is_whole) = match text.split_once('\n') {
            Some((first, _)) => (first.trim_end(), true),
            None => (text.trim_end(), false),
        };
        let is_json = |text: &str| match text.strip_prefix('[') {
            Some(inside) => inside.trim_start().starts_with(['{', ']']) || inside.trim().is_empty(),
            None => text.starts_with('{'),
        };
        if is_json(first) {
            let is_line = is_whole && serde_json::from_str::<Value>(first).is_ok();
            return if is_line { Self::Lines } else { Self::Documents };
        }
        if csv::is_header(first) { Self::Table } else { Self::Lines }
    }
}

fn read_lines(mut lines: Lines<impl BufRead>, sink: &mut Sink<'_>) {
    while lines.advance(sink.log) {
        let text = lines.text();
        if text.trim().is_empty() {
            continue;
        }
        let place = |file: &str| lines.place(file, 0..text.len().min(1));
        if text.trim_start().starts_with('{') {
            let mut taken = Taken { sink, place: &place };
            if read_one(text, &mut taken).is_ok() {
                continue;
            }
        }
        sink.take(line::fields_of(text), place);
    }
}

/// Takes the documents of a file.
struct Taken<'s, 'a, 'p> {
    sink: &'s mut Sink<'a>,
    place: &'p dyn Fn(&str) -> Place,
}

impl Taken<'_, '_, '_> {
    fn take(&mut self, fields: Fields) {
        self.sink.take(fields, self.place);
    }
}

impl Documents for Taken<'_, '_, '_> {
    const KEYS: &'static [&'static str] = &["resourceLogs", "data", "result", "streams"];

    fn element(&mut self, key: &str, element: Value) {
        match (key, element) {
            ("resourceLogs", element) => otlp::lines(&element, |fields| self.take(fields)),
            (_, element) if element.get("values").is_some() => {
                loki::lines(&element, |fields| self.take(fields));
            }
            (_, Value::Object(object)) => self.object(object),
            _ => self.take(Fields::default()),
        }
    }

    fn object(&mut self, object: Map<String, Value>) {
        let mut fields = Fields::of_object(&object);
        // Docker and Fluent Bit wrap what a program printed.
        if fields.level.is_none() {
            let words = line::words_of(&std::mem::take(&mut fields.message));
            let message = words.message.clone();
            fields = fields.or(words);
            fields.message = message;
        }
        self.take(fields);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_known_by_the_first_line() {
        let check = |start: &str, expected: Form| {
            assert_eq!(Form::of(start.as_bytes()), expected, "{start}");
        };
        check("{\"a\":1}\n{\"a\":2}", Form::Lines);
        check("{\n  \"resourceLogs\": []", Form::Documents);
        check("{\"status\":\"success\",\"data\":{", Form::Documents);
        check("[\n  {", Form::Documents);
        check("[{\"a\":1},", Form::Documents);
        check("[pod/a/b] 2026-01-01", Form::Lines);
        check("[2026-01-01 12:00:00] x\n", Form::Lines);
        check("time,service,level,message\n", Form::Table);
        check("2026-01-01T12:00:00Z time, message\n", Form::Lines);
    }
}
