//! Evidence, put together file by file, or from what is in memory.

use std::io::{self, BufRead, Cursor, Read};

use knockon_core::{Diagnostic, System};
use knockon_promql::Store;

use crate::alert::AlertRecord;
use crate::change::ChangeRecord;
use crate::evidence::Evidence;
use crate::families::Families;
use crate::file_log::FileLog;
use crate::format::{self, Format, Unrecognised};
use crate::intake::{Destination, Intake};
use crate::stock::{Stock, Stretch};
use crate::{alerts_json, changes_json, codes, csv_metrics, exposition, memory, query_range};

/// What came of reading evidence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BundleReading {
    /// What could be read.
    pub evidence: Evidence,
    /// Every mistake, in the order of the files; all of them are errors. When there are none, the
    /// evidence is complete; what was survived is in [`Evidence::notes`].
    pub diagnostics: Vec<Diagnostic>,
}

/// Puts evidence together from any inputs, each under the name that diagnostics show.
///
/// [`read_bundle`](crate::read_bundle) does this for the files of a directory. Every input is read as
/// a stream; what is in memory already is taken as it is, with the same result. The name of a metrics input also gives the metric of query results that have none
/// (`metrics.p99_latency.json`).
///
/// ```
/// # use knockon_core::{Service, ServiceKind, SystemBuilder};
/// # use knockon_telemetry::EvidenceReader;
/// let mut builder = SystemBuilder::new("shop");
/// builder.service(Service::new("carts", ServiceKind::Service)).unwrap();
/// let system = builder.build();
///
/// let mut reader = EvidenceReader::new(&system);
/// reader.metrics("metrics.csv", "time,carts_cpu\n1767268800,0.25\n".as_bytes());
/// let reading = reader.finish();
/// assert_eq!(reading.diagnostics, []);
/// assert_eq!(reading.evidence.series[0].metric, "cpu");
/// assert_eq!(reading.evidence.series[0].samples.values(), [0.25]);
/// ```
#[derive(Debug)]
pub struct EvidenceReader<'a> {
    system: &'a System,
    stock: Stock,
    reading: BundleReading,
}

impl<'a> EvidenceReader<'a> {
    /// Begins with no evidence.
    pub fn new(system: &'a System) -> Self {
        Self { system, stock: Stock::default(), reading: BundleReading::default() }
    }

    /// Reads metrics of the time in question, in any of the known formats.
    pub fn metrics(&mut self, file: &str, input: impl BufRead) {
        self.read_metrics(file, input, Stretch::Incident);
    }

    /// Reads metrics of a time known to be healthy, in any of the known formats.
    pub fn baseline(&mut self, file: &str, input: impl BufRead) {
        self.read_metrics(file, input, Stretch::Baseline);
    }

    /// Reads alerts.
    pub fn alerts(&mut self, file: &str, input: impl BufRead) {
        let mut log = FileLog::new(file);
        let mut alerts = alerts_json::read(input, self.system, &mut log);
        self.reading.evidence.alerts.append(&mut alerts);
        self.close(log);
    }

    /// Reads changes.
    pub fn changes(&mut self, file: &str, input: impl BufRead) {
        let mut log = FileLog::new(file);
        let mut changes = changes_json::read(input, self.system, &mut log);
        self.reading.evidence.changes.append(&mut changes);
        self.close(log);
    }

    /// Takes metrics of the time in question that are in memory: as if read from a text of them, under
    /// the name that diagnostics show.
    ///
    /// ```
    /// # use knockon_core::{Service, ServiceKind, SystemBuilder};
    /// # use knockon_promql::{Labels, Store};
    /// # use knockon_telemetry::{EvidenceReader, Families, FamilyType};
    /// let mut builder = SystemBuilder::new("shop");
    /// builder.service(Service::new("carts", ServiceKind::Service)).unwrap();
    /// let system = builder.build();
    /// let mut store = Store::new();
    /// let id = store.open(&Labels::of([("__name__", "requests_total"), ("service", "carts")]));
    /// store.merge(id, [(0, 5.0), (10_000, 35.0)]);
    /// let mut families = Families::new();
    /// families.entry("requests").family_type = FamilyType::Counter;
    ///
    /// let mut reader = EvidenceReader::new(&system);
    /// reader.take_metrics("run", &store, &families);
    /// assert_eq!(reader.finish().evidence.series[0].samples.values(), [3.0]);
    /// ```
    pub fn take_metrics(&mut self, name: &str, store: &Store, families: &Families) {
        let mut log = FileLog::new(name);
        let (system, stock) = (self.system, &mut self.stock);
        let destination = Destination::Evidence { system, stock, stretch: Stretch::Incident };
        let mut intake = Intake::new(destination, &mut log);
        memory::metrics(store, families, self.system, &mut intake);
        intake.finish();
        self.close(log);
    }

    /// Takes alerts that are in memory, under the name that diagnostics show.
    pub fn take_alerts(&mut self, name: &str, alerts: impl IntoIterator<Item = AlertRecord>) {
        let mut log = FileLog::new(name);
        let mut alerts = memory::alerts(alerts, self.system, &mut log);
        self.reading.evidence.alerts.append(&mut alerts);
        self.close(log);
    }

    /// Takes changes that are in memory, under the name that diagnostics show.
    pub fn take_changes(&mut self, name: &str, changes: impl IntoIterator<Item = ChangeRecord>) {
        let mut log = FileLog::new(name);
        let mut changes = memory::changes(changes, self.system, &mut log);
        self.reading.evidence.changes.append(&mut changes);
        self.close(log);
    }

    /// Records a mistake that is in no file's content.
    pub(crate) fn refuse(&mut self, diagnostic: Diagnostic) {
        self.reading.diagnostics.push(diagnostic);
    }

    /// Records something worth knowing that is in no file's content.
    pub(crate) fn note(&mut self, note: Diagnostic) {
        self.reading.evidence.notes.push(note);
    }

    /// The evidence so far, as it would be if this were all of it; but what can only be noted of all of
    /// it is not yet in the notes.
    ///
    /// No text is read again. Series are derived anew only if metrics came in since the last time, which
    /// costs a pass over all samples, whatever came in.
    pub fn evidence(&mut self) -> &Evidence {
        let evidence = &mut self.reading.evidence;
        if let Some(series) = self.stock.so_far() {
            evidence.series = series;
        }
        evidence.put_in_order();
        evidence
    }

    /// Every mistake so far; see [`BundleReading::diagnostics`].
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.reading.diagnostics
    }

    /// Derives what can only be told from all of it, and puts everything in order.
    pub fn finish(mut self) -> BundleReading {
        let evidence = &mut self.reading.evidence;
        evidence.series = self.stock.finish(&mut evidence.notes);
        evidence.put_in_order();
        self.reading
    }

    fn read_metrics(&mut self, file: &str, mut input: impl BufRead, stretch: Stretch) {
        let mut log = FileLog::new(file);
        match sniff(&mut input) {
            Err(error) => log.unreadable(&error),
            Ok(start) => match format::recognise(&start, file) {
                Err(unrecognised) => refuse_format(unrecognised, &mut log),
                Ok(format) => {
                    let (system, stock) = (self.system, &mut self.stock);
                    let destination = Destination::Evidence { system, stock, stretch };
                    let mut intake = Intake::new(destination, &mut log);
                    read_format(format, Cursor::new(start).chain(input), &mut intake);
                    intake.finish();
                }
            },
        }
        self.close(log);
    }

    fn close(&mut self, log: FileLog) {
        log.finish(&mut self.reading.evidence, &mut self.reading.diagnostics);
    }
}

/// The bytes at the start of an input, by which its format is known.
pub(crate) fn sniff(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    input.take(format::SNIFFED_BYTES).read_to_end(&mut start)?;
    Ok(start)
}

/// Reads metrics in a format.
pub(crate) fn read_format(format: Format, input: impl BufRead, intake: &mut Intake<'_>) {
    match format {
        Format::Csv => csv_metrics::read(input, intake),
        Format::Exposition => exposition::read(input, intake),
        Format::Json => query_range::read(input, intake),
    }
}

/// Says why a file is in no format.
pub(crate) fn refuse_format(unrecognised: Unrecognised, log: &mut FileLog) {
    let (code, message, help) = match unrecognised {
        Unrecognised::Empty => {
            (codes::UNKNOWN_FORMAT, "the file is empty", "save it again, or remove it")
        }
        Unrecognised::Compressed => {
            (codes::NOT_TEXT, "the file is compressed", "unpack it, with gunzip for one")
        }
        Unrecognised::NotText => {
            (codes::NOT_TEXT, "the file is not UTF-8 text", "save it as UTF-8")
        }
        Unrecognised::Unknown => (
            codes::UNKNOWN_FORMAT,
            "the file is in no known format of metrics",
            "known are CSV with a header (time,…), OpenMetrics or Prometheus text with timestamps, and the JSON of query_range",
        ),
    };
    log.file_error(code, message, help);
}
