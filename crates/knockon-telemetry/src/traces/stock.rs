//! Spans while they are read: counted by interval, and never kept.

use std::collections::BTreeMap;

use knockon_core::{Resolved, ServiceId, System};

use super::{Part, Span, Taken};
use crate::file_log::FileLog;
use crate::intervals::{IntervalSpan, Intervals};
use crate::logs::{Level, LogRecord};
use crate::placement::{self, Placement};
use crate::series::{Labels, Samples, Series, texts};

/// Attributes that name whom a span asks, in the order they are tried: of what OpenTelemetry's
/// conventions and their older versions have.
const CALLEES: &[&str] = &[
    "peer.service",
    "server.address",
    "net.peer.name",
    "network.peer.address",
    "upstream_cluster.name",
    "db.name",
    "db.system.name",
    "db.system",
];

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    service: ServiceId,
    callee: Option<ServiceId>,
    failure: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    count: f64,
    seconds: f64,
}

/// Every request and call that spans tell of.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraceStock {
    counted: BTreeMap<Key, BTreeMap<i64, Counted>>,
    span: IntervalSpan,
}

impl Taken<'_> {
    /// Counts a span on its service; false if the system knows none that it names.
    pub(super) fn add(&mut self, span: &Span, log: &mut FileLog) -> bool {
        for message in &span.errors {
            let record = LogRecord {
                time: span.end,
                labels: span.labels.clone(),
                level: Level::Error,
                message: message.clone(),
                count: 1,
            };
            self.logs.add(&record, self.system, log);
        }
        let service = match placement::place(self.system, texts(&span.labels)) {
            Placement::Placed { service, .. } => service,
            Placement::UnknownService(name) => {
                log.unplaced(&name);
                return false;
            }
            Placement::Journey(_) | Placement::Nameless => {
                log.unplaced("spans that name no service");
                return false;
            }
        };
        let callees = CALLEES.iter().filter_map(|attribute| {
            let name = span.attributes.get(*attribute)?;
            self.system.names().resolve(name).map(Resolved::service)
        });
        let callee = match span.part {
            Some(Part::Server) => None,
            Some(Part::Client) => {
                let Some(callee) = callees.into_iter().find(|it| *it != service) else {
                    return true;
                };
                Some(callee)
            }
            None => return true,
        };
        let key = Key { service, callee, failure: span.failure() };
        let interval = self.stock.span.take(span.end);
        let counted = self.stock.counted.entry(key).or_default().entry(interval).or_default();
        counted.count += 1.0;
        counted.seconds += span.seconds;
        true
    }
}

impl TraceStock {
    /// The series of what was counted, where no metrics tell the same of a service: those count every
    /// request, and traces a sample.
    pub(crate) fn finish(self, system: &System, measured: &[Series]) -> Vec<Series> {
        let Some(intervals) = self.span.intervals() else { return Vec::new() };
        let is_told = |service: ServiceId, words: &[&str]| {
            let says = |series: &&Series| words.iter().any(|word| series.metric.contains(word));
            measured.iter().filter(|series| series.service == service).any(|series| says(&series))
        };
        let mut series = Vec::new();
        for (key, counted) in self.counted {
            let words: &[&str] = match key.callee {
                None => &["request", "duration", "latency", "lat_"],
                Some(_) => &["client", "upstream"],
            };
            if is_told(key.service, words) {
                continue;
            }
            series.extend(told(&key, &counted, &intervals, system));
        }
        series
    }
}

/// How many requests there were a second, and how long they took.
fn told(
    key: &Key,
    counted: &BTreeMap<i64, Counted>,
    intervals: &Intervals,
    system: &System,
) -> [Series; 2] {
    // Where nothing failed there may have been no requests at all, which is worth knowing.
    let mut merged: BTreeMap<i64, Counted> = match key.failure {
        None => intervals.all().map(|end| (end, Counted::default())).collect(),
        Some(_) => BTreeMap::new(),
    };
    for (interval, more) in counted {
        let counted = merged.entry(intervals.end(*interval).unix_ms).or_default();
        counted.count += more.count;
        counted.seconds += more.seconds;
    }
    let mut labels = Labels::new();
    if let Some(callee) = key.callee {
        labels.insert("server_address".to_owned(), system.service(callee).name.clone());
    }
    if let Some(failure) = key.failure {
        labels.insert("error_type".to_owned(), failure.to_owned());
    }
    let part = if key.callee.is_some() { "client" } else { "server" };
    let seconds = intervals.length_ms() as f64 / 1000.0;
    let series = |what: &str, value: &dyn Fn(&Counted) -> f64| Series {
        service: key.service,
        metric: format!("http_{part}_request_duration_seconds_{what}"),
        labels: labels.clone(),
        samples: Samples::from_pairs(merged.iter().map(|(end, it)| (*end, value(it))).collect()),
        baseline: Samples::default(),
    };
    // A mean of nothing is not finite, and so a gap.
    [series("count", &|it| it.count / seconds), series("mean", &|it| it.seconds / it.count)]
}
