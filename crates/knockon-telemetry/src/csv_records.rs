//! CSV, a row at a time, with the text and the columns of the row at hand.
//!
//! A diagnostic shows the line it is about with a caret under the field, and the `csv` crate hands on
//! neither; so rows are split here (RFC 4180, as the `csv` crate reads it: a test holds the two
//! together). What metrics never need is refused: a line break inside a quoted field.

use std::borrow::Cow;
use std::io::BufRead;
use std::ops::Range;

use knockon_core::{Diagnostic, Place};

use crate::codes;
use crate::file_log::FileLog;
use crate::lines::Lines;

/// The rows of a CSV file; empty lines are passed over.
pub(crate) struct CsvRecords<R> {
    lines: Lines<R>,
    delimiter: u8,
    fields: Vec<Range<usize>>,
}

impl<R: BufRead> CsvRecords<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { lines: Lines::new(input), delimiter: b',', fields: Vec::new() }
    }

    /// Reads the header and takes the delimiter from it: the first of `,`, `;` and tab that stands
    /// outside quotes. False when there is no header.
    pub(crate) fn advance_to_header(&mut self, log: &mut FileLog) -> bool {
        while self.lines.advance(log) {
            let text = self.lines.text();
            if !text.trim().is_empty() {
                self.delimiter = delimiter_of(text);
                return self.split(log);
            }
        }
        false
    }

    /// Goes on to the next row. False at the end.
    pub(crate) fn advance(&mut self, log: &mut FileLog) -> bool {
        while self.lines.advance(log) {
            if !self.lines.text().is_empty() && self.split(log) {
                return true;
            }
        }
        false
    }

    fn split(&mut self, log: &mut FileLog) -> bool {
        let closed = split(self.lines.text(), self.delimiter, &mut self.fields);
        if !closed {
            let start = self.fields.last().map_or(0, |field| field.start);
            log.error(|file| {
                Diagnostic::error(codes::BAD_ROW, "a quote is not closed on its line")
                    .at(self.lines.place(file, start..start + 1))
                    .help("close the quote; a field cannot contain a line break here")
            });
        }
        closed
    }

    /// How many fields the row has.
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field as it stands in the file, quotes included; empty past the end of the row.
    pub(crate) fn raw(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", |field| &self.lines.text()[field.clone()])
    }

    /// A field without its quotes.
    pub(crate) fn field(&self, index: usize) -> Cow<'_, str> {
        unquote(self.raw(index))
    }

    /// The place of a field; of one past the end of the row, the end of the line.
    pub(crate) fn place(&self, file: &str, index: usize) -> Place {
        let end = self.lines.text().len();
        let bytes = self.fields.get(index).cloned().unwrap_or(end..end);
        self.lines.place(file, bytes)
    }
}

fn delimiter_of(header: &str) -> u8 {
    let mut quoted = false;
    let found = header.bytes().find(|byte| {
        quoted ^= *byte == b'"';
        !quoted && matches!(byte, b',' | b';' | b'\t')
    });
    found.unwrap_or(b',')
}

/// Splits a line into the ranges of its fields. False when a quote stays open.
fn split(text: &str, delimiter: u8, fields: &mut Vec<Range<usize>>) -> bool {
    fields.clear();
    let bytes = text.as_bytes();
    let mut start = 0;
    for at in memchr::memchr2_iter(delimiter, b'"', bytes) {
        if bytes[at] == b'"' {
            fields.clear();
            return split_quoted(text, delimiter, fields);
        }
        fields.push(start..at);
        start = at + 1;
    }
    fields.push(start..text.len());
    true
}

fn split_quoted(text: &str, delimiter: u8, fields: &mut Vec<Range<usize>>) -> bool {
    let bytes = text.as_bytes();
    let mut start = 0;
    loop {
        let rest = &bytes[start..];
        let (length, closed) = if rest.first() == Some(&b'"') {
            quoted_length(rest, delimiter)
        } else {
            let length = rest.iter().position(|byte| *byte == delimiter);
            (length.unwrap_or(rest.len()), true)
        };
        fields.push(start..start + length);
        start += length + 1;
        if !closed || start > bytes.len() {
            return closed;
        }
    }
}

/// The length of a field that begins with a quote, and whether the quote is closed.
fn quoted_length(bytes: &[u8], delimiter: u8) -> (usize, bool) {
    let mut inside = false;
    for (at, byte) in bytes.iter().enumerate() {
        // A doubled quote closes and opens again, which comes to the same.
        inside ^= *byte == b'"';
        if *byte == delimiter && !inside {
            return (at, true);
        }
    }
    (bytes.len(), !inside)
}

fn unquote(raw: &str) -> Cow<'_, str> {
    let Some(opened) = raw.strip_prefix('"') else {
        return Cow::Borrowed(raw);
    };
    match opened.strip_suffix('"') {
        Some(inner) if !inner.contains('"') => Cow::Borrowed(inner),
        Some(inner) => Cow::Owned(inner.replace("\"\"", "\"")),
        None => Cow::Owned(opened.replacen('"', "", 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(input: &str) -> (Vec<Vec<String>>, Vec<String>) {
        let mut log = FileLog::new("f");
        let mut records = CsvRecords::new(input.as_bytes());
        let mut rows = Vec::new();
        let mut more = records.advance_to_header(&mut log);
        while more {
            rows.push((0..records.len()).map(|i| records.field(i).into_owned()).collect());
            more = records.advance(&mut log);
        }
        (rows, log.error_lines())
    }

    #[test]
    fn rows_are_split_at_the_delimiter_of_the_header() {
        let check = |input: &str, expected: &[&[&str]]| {
            let (found, errors) = rows(input);
            assert_eq!(found, expected, "{input:?}");
            assert_eq!(errors, [""; 0]);
        };
        check("", &[]);
        check("a,b\n1,2\n\n3,\n", &[&["a", "b"], &["1", "2"], &["3", ""]]);
        check("a;b,c\r\n1;2\r\n", &[&["a", "b,c"], &["1", "2"]]);
        check("a\tb\n1\t2", &[&["a", "b"], &["1", "2"]]);
        check("\"a,x\";b\n\"1;\"\"2\"\"\";3", &[&["a,x", "b"], &["1;\"2\"", "3"]]);
        check("a,b\n\"\",\"x\"", &[&["a", "b"], &["", "x"]]);
    }

    #[test]
    fn an_open_quote_is_refused_at_its_column() {
        let (found, errors) = rows("a,b\n1,\"2\n3,4\n");
        assert_eq!(found, [["a", "b"], ["3", "4"]]);
        assert_eq!(errors, ["f:2:3: error[K0207]: a quote is not closed on its line"]);
    }

    proptest! {
        #[test]
        fn whatever_the_csv_crate_writes_is_read_as_it_was(
            table in prop::collection::vec(prop::collection::vec("[a-c\",; .é]{0,5}", 3), 1..6),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["a", "b", "c"]).unwrap();
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let (found, errors) = rows(&text);
            prop_assert!(errors.is_empty());
            prop_assert_eq!(&found[1..], &table[..]);
        }
    }
}
