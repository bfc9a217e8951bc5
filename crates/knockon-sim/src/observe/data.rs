//! What was seen of a run, as plain data. Times are in milliseconds since its beginning.

use std::borrow::Cow;
use std::sync::Arc;

use super::catalogue::{METRICS, Metric, MetricKind};

/// A label of a series: its name, which may be that of a cohort, and its value.
pub type Label = (Cow<'static, str>, Arc<str>);

/// What is known of a span: its name, as OpenTelemetry's conventions have it, and its value.
pub type Attribute = (&'static str, Arc<str>);

/// Everything that can be seen of a run from outside. None of it knows why anything happened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observation {
    /// When the metrics were read.
    pub times_ms: Vec<u64>,
    /// The series, in the order in which they were first seen.
    pub series: Vec<Series>,
    /// The lines of logs that were kept, in the order in which they were written.
    pub logs: Vec<LogLine>,
    /// The spans of traced requests, in the order in which they ended.
    pub spans: Vec<Span>,
    /// How many spans were left out because there were too many.
    pub spans_left_out: u64,
    /// What the cluster told.
    pub events: Vec<ClusterEvent>,
    /// What people and machines changed.
    pub changes: Vec<ChangeEvent>,
}

/// A metric with all its series.
#[derive(Debug, Clone, PartialEq)]
pub struct Family<'a> {
    /// The metric.
    pub metric: &'static Metric,
    /// Its series, in the order in which they were first seen.
    pub series: Vec<&'a Series>,
}

/// The values of a metric under certain labels.
#[derive(Debug, Clone)]
pub struct Series {
    /// The place of its metric in [`METRICS`].
    pub(super) metric: u16,
    /// What comes after the name of a histogram: `_bucket`, `_count`, `_sum`; else nothing.
    pub suffix: &'static str,
    /// Its labels, in a fixed order.
    pub labels: Vec<Label>,
    /// The scrape of its first value, an index into [`Observation::times_ms`].
    pub first: usize,
    /// Its value at each scrape from then on; not a number where there was none. It ends where it was
    /// seen last.
    pub values: Vec<f64>,
}

impl PartialEq for Series {
    fn eq(&self, other: &Self) -> bool {
        let bits = |series: &Self| series.values.iter().map(|it| it.to_bits()).collect::<Vec<_>>();
        (self.metric, self.suffix, &self.labels, self.first)
            == (other.metric, other.suffix, &other.labels, other.first)
            && bits(self) == bits(other)
    }
}

impl Series {
    /// Its metric.
    pub fn metric(&self) -> &'static Metric {
        &METRICS[usize::from(self.metric)]
    }

    /// Its full name, as in a rule.
    pub fn name(&self) -> String {
        format!("{}{}", self.metric().name, self.suffix)
    }

    /// The value of a label, if it has it.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(of, _)| of == name).map(|(_, value)| &**value)
    }

    /// Its value at a scrape, if it was seen there.
    pub fn at(&self, scrape: usize) -> Option<f64> {
        let value = *self.values.get(scrape.checked_sub(self.first)?)?;
        (!value.is_nan()).then_some(value)
    }

    /// Its last value, if it has any.
    pub fn last(&self) -> Option<f64> {
        self.values.iter().rev().copied().find(|value| !value.is_nan())
    }
}

impl Observation {
    /// The metrics that have a value, in the order of [`METRICS`].
    pub fn families(&self) -> Vec<Family<'_>> {
        let mut families: Vec<Family<'_>> =
            METRICS.iter().map(|metric| Family { metric, series: Vec::new() }).collect();
        for series in self.series.iter().filter(|series| !series.values.is_empty()) {
            families[usize::from(series.metric)].series.push(series);
        }
        families.retain(|family| !family.series.is_empty());
        families
    }

    /// The series of a name as rules have it, that have these labels.
    pub fn find<'a>(
        &'a self,
        name: &'a str,
        labels: &'a [(&'a str, &'a str)],
    ) -> impl Iterator<Item = &'a Series> + 'a {
        self.series.iter().filter(move |series| {
            name.strip_suffix(series.suffix).is_some_and(|base| base == series.metric().name)
                && labels.iter().all(|(of, value)| series.label(of) == Some(value))
        })
    }

    /// The sum of the values that those series have at a scrape; nothing if none has one.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)], scrape: usize) -> Option<f64> {
        let values = self.find(name, labels).filter_map(|series| series.at(scrape));
        values.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
    }
}

/// How bad a line of a log says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Worth a look.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at_ms: u64,
    /// Whose.
    pub service: Arc<str>,
    /// Which replica's.
    pub pod: Arc<str>,
    /// How bad.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// The trace that it belongs to, if the request is traced.
    pub trace_id: Option<TraceId>,
    /// How many more of its sort followed before the next scrape and were left out.
    pub left_out: u64,
}

/// The id of a trace; written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TraceId(pub u128);

impl std::fmt::Display for TraceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The id of a span; written as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanId(pub u64);

impl std::fmt::Display for SpanId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What part a span has in a conversation
/// (<https://opentelemetry.io/docs/specs/otel/trace/api/#spankind>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// It answers.
    Server,
    /// It asks and waits.
    Client,
    /// It hands over a message.
    Producer,
    /// It works off a message.
    Consumer,
    /// It speaks with nobody.
    Internal,
}

/// A part of a traced request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The request.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// The span that it belongs to, unless it is the first.
    pub parent_id: Option<SpanId>,
    /// Whose.
    pub service: Arc<str>,
    /// Which replica's.
    pub pod: Arc<str>,
    /// What was done: an operation's name; for calls, that of who was asked too.
    pub operation: Arc<str>,
    /// Its part.
    pub kind: SpanKind,
    /// When it began, in nanoseconds.
    pub start_ns: u64,
    /// How long it took, in nanoseconds.
    pub duration_ns: u64,
    /// Whether it ended with an error.
    pub is_error: bool,
    /// What else is known of it, under the names of OpenTelemetry's conventions.
    pub attributes: Vec<Attribute>,
}

/// How an event of the cluster is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// As it should be.
    Normal,
    /// Worth a look.
    Warning,
}

/// Something that the cluster told of an object
/// (<https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterEvent {
    /// When it was told first.
    pub first_ms: u64,
    /// When it was told last.
    pub last_ms: u64,
    /// How often.
    pub count: u64,
    /// How it is meant.
    pub kind: Kind,
    /// Why, in one word: `BackOff`.
    pub reason: &'static str,
    /// The sort of the object: `Pod`, `Deployment`.
    pub object_kind: &'static str,
    /// The name of the object.
    pub object: Arc<str>,
    /// Where the object is.
    pub namespace: Arc<str>,
    /// The service that the object belongs to.
    pub service: Arc<str>,
    /// What it says.
    pub message: String,
}

/// Something that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeEvent {
    /// When.
    pub at_ms: u64,
    /// What sort of change.
    pub kind: crate::change::ChangeKind,
    /// Of which service, if of one.
    pub service: Option<Arc<str>>,
    /// What was done, in the words of whoever did it.
    pub text: String,
    /// The version that it brought, if it brought one.
    pub version: Option<String>,
}

impl Metric {
    /// Whether its values are moments. They are seconds since the beginning of the run, as all times in
    /// an [`Observation`] are since then; as text they are in the time of the world.
    pub fn is_timestamp(&self) -> bool {
        self.name.ends_with("_timestamp_seconds")
    }

    /// Its name in `OpenMetrics`, which leaves out what follows from its type.
    pub fn family(&self) -> &'static str {
        match self.kind {
            MetricKind::Counter => self.name.strip_suffix("_total").unwrap_or(self.name),
            _ => self.name,
        }
    }
}
