//! Series read into a store, as they are: no placing on services, no rates.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, Place, Timestamp};
use knockon_promql::Store;

use crate::bundle::BUFFER_BYTES;
use crate::codes;
use crate::families::Families;
use crate::file_log::FileLog;
use crate::format::{self, Unrecognised};
use crate::intake::{Destination, Intake};
use crate::reader::{read_format, refuse_format, sniff};
use crate::remote_write;

/// Reads metrics in any of the known formats into a store.
///
/// Counters stay counters, `NaN` and the infinities stay values, and a native histogram is the value
/// [`NATIVE_HISTOGRAM`](knockon_promql::special::NATIVE_HISTOGRAM) at its time. Where two inputs give
/// a sample of one series at one time, the later input counts. The formats are those of evidence, and
/// the bodies of remote write; `docs/reference/telemetry-formats.md` describes them.
///
/// ```
/// # use knockon_promql::{Labels, Store};
/// # use knockon_telemetry::SeriesReader;
/// let mut store = Store::new();
/// let mut reader = SeriesReader::new(&mut store);
/// reader.read("node.om", "# TYPE a counter\na_total{job=\"x\"} 17 1767268800\n# EOF\n".as_bytes());
/// let reading = reader.finish();
/// assert_eq!(reading.diagnostics, []);
/// let series = store.series().next().unwrap();
/// assert_eq!(series.labels().to_string(), "a_total{job=\"x\"}");
/// assert_eq!((series.times_ms(), series.values()), (&[1_767_268_800_000][..], &[17.0][..]));
/// ```
#[derive(Debug)]
pub struct SeriesReader<'s> {
    store: &'s mut Store,
    taken_at: Option<Timestamp>,
    reading: SeriesReading,
}

/// What came of reading series; the samples are in the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeriesReading {
    /// Type, help and unit of the metrics, where the inputs say them.
    pub families: Families,
    /// Every mistake, and what was survived, in the order of the inputs. When none is an error,
    /// everything was read.
    pub diagnostics: Vec<Diagnostic>,
}

impl<'s> SeriesReader<'s> {
    /// Begins with a store, which may have series already.
    pub fn new(store: &'s mut Store) -> Self {
        Self { store, taken_at: None, reading: SeriesReading::default() }
    }

    /// Samples without a timestamp, as a scrape has them, were taken at this moment. Without it they
    /// are a mistake.
    #[must_use]
    pub fn taken_at(self, moment: Timestamp) -> Self {
        Self { taken_at: Some(moment), ..self }
    }

    /// Reads an input under the name that diagnostics show. The name also gives the metric of query
    /// results that have none (`metrics.p99_latency.json`).
    pub fn read(&mut self, file: &str, mut input: impl BufRead) {
        let mut log = FileLog::new(file);
        match sniff(&mut input) {
            Err(error) => log.unreadable(&error),
            Ok(start) => self.read_on(start, input, &mut log),
        }
        log.finish_series(&mut self.reading.diagnostics);
    }

    /// Reads an input of which the start has been read.
    fn read_on(&mut self, start: Vec<u8>, rest: impl BufRead, log: &mut FileLog) {
        let is_body = || remote_write::may_be_body(&start);
        let format = match format::recognise(&start, log.file()) {
            Ok(format) => Some(format),
            Err(Unrecognised::NotText | Unrecognised::Unknown) if is_body() => None,
            Err(unrecognised) => return refuse_format(unrecognised, log),
        };
        let (store, families) = (&mut *self.store, &mut self.reading.families);
        let destination = Destination::Store { store, families, taken_at: self.taken_at };
        let mut intake = Intake::new(destination, log);
        let input = Cursor::new(start).chain(rest);
        match format {
            Some(format) => read_format(format, input, &mut intake),
            None => remote_write::file::read(input, &mut intake),
        }
        intake.finish();
    }

    /// Reads a file.
    pub fn read_file(&mut self, path: &Path) {
        let shown = path.display().to_string();
        match File::open(path) {
            Ok(file) => self.read(&shown, BufReader::with_capacity(BUFFER_BYTES, file)),
            Err(error) => {
                let message = format!("cannot be opened: {error}");
                let error = Diagnostic::error(codes::UNREADABLE_FILE, message);
                self.reading.diagnostics.push(error.at(Place::whole_file(shown)));
            }
        }
    }

    /// What came of it.
    pub fn finish(self) -> SeriesReading {
        self.reading
    }
}

/// Reads files into a store, in the order given. Samples without a timestamp are of the moment
/// `taken_at`, or a mistake.
pub fn read_series(
    paths: &[PathBuf],
    store: &mut Store,
    taken_at: Option<Timestamp>,
) -> SeriesReading {
    let mut reader = SeriesReader { taken_at, ..SeriesReader::new(store) };
    for path in paths {
        reader.read_file(path);
    }
    reader.finish()
}
