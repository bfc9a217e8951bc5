//! Reading a file of traces.

use std::cell::RefCell;
use std::io::{BufRead, Cursor, Read};

use knockon_core::{Diagnostic, Place, Severity};
use serde_json::{Map, Value};

use super::{Span, Taken, jaeger, otlp};
use crate::codes;
use crate::file_log::{FileLog, Survived};
use crate::intake::nothing_placed;
use crate::json_documents::{Documents, read_all};
use crate::json_trail::Trail;
use crate::reader::start_of_text;

/// Reads traces in OTLP JSON or as Jaeger answers them, in one document or one after another.
pub(crate) fn read(mut input: impl BufRead, taken: &mut Taken<'_>, log: &mut FileLog) {
    let Some(start) = start_of_text(&mut input, log) else { return };
    let file = log.file().to_owned();
    let trail = Trail::new(Cursor::new(start).chain(input));
    let counts = RefCell::new(Counts::default());
    let place = |file: &str| trail.place(file, 1);
    let documents = Spans { taken, log: &mut *log, counts: &counts, place: &place };
    if let Err(broken) = read_all(&trail, &file, documents) {
        log.error(|_| *broken);
    }
    let Counts { spans, placed, others } = counts.into_inner();
    if spans == 0 && others > 0 && !log.has_errors() {
        let message = "there are no traces in it";
        let error = Diagnostic::error(codes::BAD_JSON, message).at(Place::whole_file(&file));
        log.error(|_| {
            error.help("known are OTLP JSON (resourceSpans) and answers of Jaeger (data)")
        });
    } else if spans > 0 && placed == 0 {
        let mut warning = nothing_placed("span", spans, log).at(Place::whole_file(&file));
        warning.severity = Severity::Warning;
        log.note(warning);
    }
}

#[derive(Default)]
struct Counts {
    spans: usize,
    placed: usize,
    /// Things that are no traces.
    others: usize,
}

struct Spans<'s, 'a, 'p> {
    taken: &'s mut Taken<'a>,
    log: &'s mut FileLog,
    counts: &'p RefCell<Counts>,
    place: &'p dyn Fn(&str) -> Place,
}

impl Spans<'_, '_, '_> {
    fn take(&mut self, span: Option<Span>) {
        let Some(span) = span else {
            self.log.survived(Survived::UntimedSpan, self.place);
            return;
        };
        let is_placed = self.taken.add(&span, self.log);
        let mut counts = self.counts.borrow_mut();
        counts.spans += 1;
        counts.placed += usize::from(is_placed);
    }
}

impl Documents for Spans<'_, '_, '_> {
    // Tempo says `batches` and `trace` where OTLP has `resourceSpans`.
    const KEYS: &'static [&'static str] = &["resourceSpans", "batches", "trace", "data", "traces"];

    fn element(&mut self, _key: &str, element: Value) {
        if element.get("spans").is_some() {
            jaeger::spans(&element, |span| self.take(span));
        } else if element.get("resource").is_some() || element.get("scopeSpans").is_some() {
            otlp::spans(&element, |span| self.take(span));
        } else {
            self.counts.borrow_mut().others += 1;
        }
    }

    fn object(&mut self, object: Map<String, Value>) {
        self.element("", Value::Object(object));
    }
}
