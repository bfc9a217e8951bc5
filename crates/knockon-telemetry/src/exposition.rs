//! Metrics in text exposition: OpenMetrics, the Prometheus text format with timestamps, and what
//! `promtool tsdb dump` and `promtool tsdb dump-openmetrics` write.
//!
//! The formats differ in their unit of time: OpenMetrics writes seconds, the others milliseconds.
//! An OpenMetrics file gives itself away only at its end (`# EOF`), which a reader that streams has
//! not seen yet; so the magnitude of the timestamp decides, as it does everywhere else
//! ([`parse_time`](crate::parse_time)): above 10¹¹ it counts milliseconds.

use std::collections::HashMap;
use std::io::BufRead;
use std::ops::Range;

use knockon_core::{Diagnostic, Place, Timestamp};

use crate::codes;
use crate::counters::Kind;
use crate::csv_metrics::bad_time;
use crate::exposition_head::{self, Head, HeadError};
use crate::families::FamilyType;
use crate::intake::{Incoming, Intake};
use crate::interner::Interner;
use crate::lines::Lines;
use crate::time_format;
use crate::value::Cell;

/// Reads metrics in text exposition.
pub(crate) fn read(input: impl BufRead, intake: &mut Intake<'_>) {
    let mut reader = Reader {
        lines: Lines::new(input),
        intake,
        interner: Interner::default(),
        series: Vec::new(),
        types: HashMap::new(),
        without_time: None,
    };
    while reader.lines.advance(reader.intake.log) {
        reader.read_line();
    }
    reader.finish();
}

struct Reader<'i, 'a, R> {
    lines: Lines<R>,
    intake: &'i mut Intake<'a>,
    interner: Interner,
    /// By number of the interner; `None` is left out without a word (`_created`).
    series: Vec<Option<Incoming>>,
    /// The type of each metric family, from `# TYPE`.
    types: HashMap<String, FamilyType>,
    /// How many samples have no timestamp, and where the first is.
    without_time: Option<(usize, Place)>,
}

impl<R: BufRead> Reader<'_, '_, R> {
    fn read_line(&mut self) {
        let text = self.lines.text();
        let start = text.len() - text.trim_start().len();
        if start == text.len() {
            return;
        }
        if text[start..].starts_with('#') {
            self.read_comment(start);
            return;
        }
        match self.head_length(start) {
            Ok(length) => self.read_sample(start, start + length),
            Err(error) => self.refuse(error.at..error.at + 1, error.message),
        }
    }

    fn read_comment(&mut self, start: usize) {
        let comment = self.lines.text()[start..].trim_start_matches('#').trim_start();
        let Some((keyword, rest)) = comment.split_once([' ', '\t']) else { return };
        let rest = rest.trim_start();
        let (family, rest) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        let (family, rest) = (family.trim_matches('"'), rest.trim_start());
        match keyword {
            "TYPE" => {
                let Some(word) = rest.split_whitespace().next() else { return };
                let family_type = FamilyType::parse(word);
                self.intake.describe(family, |it| it.family_type = family_type.unwrap_or_default());
                // Of a type that is not known yet it is known that it is no counter.
                if family_type != Some(FamilyType::Unknown) {
                    self.types.insert(family.to_owned(), family_type.unwrap_or(FamilyType::Gauge));
                }
            }
            "HELP" => self.intake.describe(family, |it| it.help = unescaped(rest)),
            "UNIT" => self.intake.describe(family, |it| rest.trim_end().clone_into(&mut it.unit)),
            _ => {}
        }
    }

    /// How long the name and the labels are; mostly as long as those expected next.
    fn head_length(&self, start: usize) -> Result<usize, HeadError> {
        let text = &self.lines.text()[start..];
        if let Some(expected) = self.interner.expected()
            && let Some(rest) = text.strip_prefix(expected)
            && rest.starts_with([' ', '\t'])
            && (expected.ends_with('}') || !rest.trim_start().starts_with('{'))
        {
            return Ok(expected.len());
        }
        exposition_head::length(text).map_err(|error| error.shifted(start))
    }

    fn read_sample(&mut self, start: usize, end: usize) {
        let head = &self.lines.text()[start..end];
        let (id, is_new) = self.interner.intern(head);
        if is_new {
            let incoming = match exposition_head::parse(head) {
                Ok(head) => self.open(head),
                Err(error) => {
                    let at = start + error.at;
                    self.refuse(at..at + 1, error.message);
                    None
                }
            };
            self.series.push(incoming);
        }
        let text = self.lines.text();
        let Some(value) = native_histogram(text, end).or_else(|| word(text, end)) else {
            self.refuse(text.len()..text.len(), "the value is missing");
            return;
        };
        let time = word(text, value.end).filter(|time| !text[time.clone()].starts_with('#'));
        let Some(time) = time else {
            self.take_untimed(id, value, start);
            return;
        };
        let extra = word(text, time.end).filter(|extra| !text[extra.clone()].starts_with('#'));
        if let Some(extra) = extra {
            self.refuse(extra, "only a value and a timestamp may follow the labels");
            return;
        }
        self.take(id, value, time);
    }

    fn take(&mut self, id: usize, value: Range<usize>, time: Range<usize>) {
        let written = &self.lines.text()[time.clone()];
        let parsed = written.parse().ok().and_then(time_format::from_number);
        match parsed {
            Some(moment) => self.take_at(id, value, moment),
            None if self.series[id].is_none() => {}
            None => {
                self.intake.log.error(|file| bad_time(written).at(self.lines.place(file, time)));
            }
        }
    }

    /// Takes a sample that does not say when it was taken.
    fn take_untimed(&mut self, id: usize, value: Range<usize>, start: usize) {
        if let Some(moment) = self.intake.taken_at() {
            self.take_at(id, value, moment);
            return;
        }
        let line = start..self.lines.text().len();
        let place = self.lines.place(self.intake.log.file(), line);
        self.without_time.get_or_insert((0, place)).0 += 1;
    }

    fn take_at(&mut self, id: usize, value: Range<usize>, moment: Timestamp) {
        let Some(Some(incoming)) = self.series.get_mut(id) else {
            return;
        };
        if incoming.is_placed() {
            let text = &self.lines.text()[value.clone()];
            let is_histogram = text.starts_with('{');
            let cell = if is_histogram { Cell::NativeHistogram } else { Cell::parse(text) };
            let place = |file: &str| self.lines.place(file, value.clone());
            incoming.take(moment.unix_ms, cell, self.intake.log, place);
        }
    }

    /// Opens a series; `None` for the time a counter began, which is no evidence.
    fn open(&mut self, head: Head) -> Option<Incoming> {
        let Some(metric) = head.name.or_else(|| self.intake.default_metric.clone()) else {
            self.refuse(0..1, "the series has no name");
            return None;
        };
        let declared = Kind::declared(&metric, |family| self.types.get(family).copied());
        let kind = match declared {
            None if self.intake.is_raw() => Kind::Unknown,
            kind => kind?,
        };
        Some(self.intake.open(&metric, head.labels, kind))
    }

    fn refuse(&mut self, bytes: Range<usize>, message: &str) {
        self.intake.log.error(|file| {
            Diagnostic::error(codes::BAD_EXPOSITION, message).at(self.lines.place(file, bytes))
        });
    }

    fn finish(self) {
        if let Some((count, place)) = self.without_time {
            self.intake.log.error(|_| no_timestamp(count).at(place));
        }
        for incoming in self.series.into_iter().flatten() {
            self.intake.close(incoming);
        }
    }
}

fn no_timestamp(count: usize) -> Diagnostic {
    let subject =
        if count == 1 { "1 sample has".to_owned() } else { format!("{count} samples have") };
    Diagnostic::error(codes::NO_TIMESTAMP, format!("{subject} no timestamp"))
        .help("a scrape of /metrics is one moment and does not say which; ask Prometheus instead")
        .help("save the answer of /api/v1/query_range as `metrics.<metric>.json`")
        .help("or `promtool tsdb dump-openmetrics <data directory> > metrics.om`")
}

/// Undoes the escapes of a help text.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => plain.push('\n'),
                Some(escaped @ ('\\' | '"')) => plain.push(escaped),
                Some(other) => plain.extend(['\\', other]),
                None => plain.push('\\'),
            },
            other => plain.push(other),
        }
    }
    plain
}

/// A native histogram where a value is expected, `{count:1, sum:2, …}`.
fn native_histogram(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let start = from + (rest.len() - rest.trim_start().len());
    let inside = text[start..].strip_prefix('{')?;
    Some(start..start + inside.find('}').map_or(text.len() - start, |end| end + 2))
}

/// The next word of a line from a byte on.
fn word(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let start = from + (rest.len() - rest.trim_start().len());
    let length = text[start..].find(char::is_whitespace).unwrap_or(text.len() - start);
    (length > 0).then(|| start..start + length)
}
