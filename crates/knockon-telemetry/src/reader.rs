//! Evidence, put together file by file, or from what is in memory.

use std::ffi::OsStr;
use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;

use knockon_core::{Diagnostic, System, Timestamp};
use knockon_promql::Store;

use crate::alert::AlertRecord;
use crate::change::{self, Change, ChangeRecord};
use crate::change_event::Ledger;
use crate::evidence::Evidence;
use crate::families::Families;
use crate::file_log::FileLog;
use crate::format::{self, Format, Unrecognised};
use crate::intake::{Destination, Intake};
use crate::logs::{self, LogRecord, LogStock};
use crate::series::{Series, UserSeries};
use crate::stock::{Stock, Stretch};
use crate::traces::{self, TraceStock};
use crate::{
    alerts_json, changes_json, codes, csv_metrics, exposition, git_log, memory, query_range,
};

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
    logs: LogStock,
    traces: TraceStock,
    reading: BundleReading,
    /// Changes as they came, before those that several sources report are one.
    changes: Vec<Change>,
    ledger: Ledger,
    /// Whether metrics, logs or traces came in since the evidence so far was asked for.
    has_news: bool,
}

impl<'a> EvidenceReader<'a> {
    /// Begins with no evidence.
    pub fn new(system: &'a System) -> Self {
        Self {
            system,
            stock: Stock::default(),
            logs: LogStock::default(),
            traces: TraceStock::default(),
            reading: BundleReading::default(),
            changes: Vec::new(),
            ledger: Ledger::default(),
            has_news: false,
        }
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

    /// Reads changes: a list of our own, events of delivery tools, or a log of commits, which is of the
    /// service in the middle of the file's name (`changes.orders.log`).
    pub fn changes(&mut self, file: &str, mut input: impl BufRead) {
        let mut log = FileLog::new(file);
        let changes = match sniff(&mut input) {
            Err(error) => {
                log.unreadable(&error);
                Vec::new()
            }
            Ok(start) => {
                let is_log = git_log::is_log(&start);
                let input = Cursor::new(start).chain(input);
                if is_log {
                    commits(input, self.system, &mut log)
                } else {
                    changes_json::read(input, self.system, &mut self.ledger, &mut log)
                }
            }
        };
        self.changes.extend(changes);
        self.close(log);
    }

    /// Reads logs, in any of the known forms. The middle of the name, `orders` in `logs.orders.txt`,
    /// also gives the service of lines that name none.
    pub fn logs(&mut self, file: &str, input: impl BufRead) {
        self.has_news = true;
        let mut log = FileLog::new(file);
        logs::read(input, self.system, &mut self.logs, &mut log);
        self.close(log);
    }

    /// Reads traces: spans in OTLP JSON or as Jaeger answers them. What they say of errors counts as
    /// lines of logs.
    pub fn traces(&mut self, file: &str, input: impl BufRead) {
        self.has_news = true;
        let mut log = FileLog::new(file);
        let mut taken =
            traces::Taken { system: self.system, stock: &mut self.traces, logs: &mut self.logs };
        traces::read(input, &mut taken, &mut log);
        self.close(log);
    }

    /// Takes lines of logs that are in memory, under the name that diagnostics show.
    pub fn take_logs(&mut self, name: &str, lines: impl IntoIterator<Item = LogRecord>) {
        self.has_news = true;
        let mut log = FileLog::new(name);
        for line in lines {
            self.logs.add(&line, self.system, &mut log);
        }
        self.close(log);
    }

    /// Says that logs were collected from one moment to another: that there are no lines then means that
    /// nothing was said.
    pub fn logs_cover(&mut self, from: Timestamp, until: Timestamp) {
        self.has_news = true;
        self.logs.cover(from, until);
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
        self.has_news = true;
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
        self.changes.append(&mut changes);
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
    /// No text is read again. Series are derived anew only if metrics, logs or traces came in since the
    /// last time, which costs a pass over all samples, whatever came in.
    pub fn evidence(&mut self) -> &Evidence {
        if std::mem::take(&mut self.has_news) {
            let measured = self.stock.so_far();
            let (traces, logs) = (self.traces.clone(), self.logs.clone());
            self.put(measured, traces, logs, &mut Vec::new());
        }
        let (reported, _) = self.ledger.clone().finish(self.system);
        self.reading.evidence.changes = self.changes.iter().cloned().chain(reported).collect();
        self.reading.evidence.put_in_order();
        change::unite(&mut self.reading.evidence.changes);
        &self.reading.evidence
    }

    /// Every mistake so far; see [`BundleReading::diagnostics`].
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.reading.diagnostics
    }

    /// Derives what can only be told from all of it, and puts everything in order.
    pub fn finish(mut self) -> BundleReading {
        let (reported, logs) = std::mem::take(&mut self.ledger).finish(self.system);
        for log in logs {
            self.close(log);
        }
        let mut notes = Vec::new();
        let measured = std::mem::take(&mut self.stock).finish(&mut notes);
        let (traces, logs) = (std::mem::take(&mut self.traces), std::mem::take(&mut self.logs));
        self.put(measured, traces, logs, &mut notes);
        let evidence = &mut self.reading.evidence;
        evidence.notes.append(&mut notes);
        evidence.changes = self.changes.into_iter().chain(reported).collect();
        evidence.put_in_order();
        change::unite(&mut evidence.changes);
        self.reading
    }

    /// Puts series of all sources together.
    fn put(
        &mut self,
        (series, users): (Vec<Series>, Vec<UserSeries>),
        traces: TraceStock,
        logs: LogStock,
        notes: &mut Vec<Diagnostic>,
    ) {
        let evidence = &mut self.reading.evidence;
        let of_spans = traces.finish(self.system, &series);
        let (logs, counted) = logs.finish(notes);
        evidence.series = series;
        evidence.series.extend(of_spans.into_iter().chain(counted));
        (evidence.users, evidence.logs) = (users, logs);
    }

    fn read_metrics(&mut self, file: &str, mut input: impl BufRead, stretch: Stretch) {
        self.has_news = true;
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

/// Reads a log of commits to the service in the middle of the file's name.
fn commits(input: impl BufRead, system: &System, log: &mut FileLog) -> Vec<Change> {
    let name = Path::new(log.file()).file_stem().and_then(OsStr::to_str);
    let service = name.and_then(|name| Some(name.split_once('.')?.1.to_owned()));
    let Some(service) = service.filter(|service| !service.is_empty()) else {
        let help = "call the file `changes.SERVICE.log`";
        log.file_error(codes::BAD_CHANGE, "a log of commits does not say of which service", help);
        return Vec::new();
    };
    let records = git_log::read(input, &service, log);
    records.into_iter().map(|record| record.placed(system, log)).collect()
}

/// Adds the commits of a log, as `git log` prints it, to evidence that has been read: changes of this
/// service. Gives what is wrong with the log.
///
/// ```
/// # use knockon_core::{Service, ServiceKind, SystemBuilder};
/// # use knockon_telemetry::{Evidence, add_commits};
/// let mut builder = SystemBuilder::new("shop");
/// builder.service(Service::new("carts", ServiceKind::Service)).unwrap();
/// let system = builder.build();
/// let log = "commit 1f0c2ab\nAuthor: Ana <ana@shop.example>\nDate: 1767268800\n\n    Round up\n";
/// let mut evidence = Evidence::default();
/// let mistakes = add_commits(&mut evidence, &system, "carts", "../carts", log.as_bytes());
/// assert_eq!(mistakes, []);
/// assert_eq!(evidence.changes[0].by.as_deref(), Some("Ana"));
/// ```
pub fn add_commits(
    evidence: &mut Evidence,
    system: &System,
    service: &str,
    name: &str,
    input: impl BufRead,
) -> Vec<Diagnostic> {
    let mut log = FileLog::new(name);
    let records = git_log::read(input, service, &mut log);
    let changes = records.into_iter().map(|record| record.placed(system, &mut log));
    evidence.changes.extend(changes.collect::<Vec<_>>());
    change::unite(&mut evidence.changes);
    let mut diagnostics = Vec::new();
    log.finish(evidence, &mut diagnostics);
    diagnostics
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

/// How a text begins that need be in no format of metrics: a service that said nothing, or that nobody
/// traced, has an empty one. `None` for that, and for what is no text, which is refused.
pub(crate) fn start_of_text(input: &mut impl BufRead, log: &mut FileLog) -> Option<Vec<u8>> {
    let start = sniff(input).map_err(|error| log.unreadable(&error)).ok()?;
    let file = log.file().to_owned();
    match format::recognise(&start, &file) {
        Err(Unrecognised::Empty) => None,
        Err(unrecognised @ (Unrecognised::Compressed | Unrecognised::NotText)) => {
            refuse_format(unrecognised, log);
            None
        }
        Err(Unrecognised::Unknown) | Ok(_) => Some(start),
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
