//! Requests and calls, folded from the counters and means that exporters keep of them.
//!
//! An exporter keeps a series for each replica, route and outcome, and a caller one for each callee
//! and error. One by one they say little: a counter of good answers that falls and one of bad answers
//! that rises are the same news, told once a replica. Folded they say, of the work of a service and of
//! its calls to each callee, how much there was, which share of it failed and how long it took. What
//! a caller saw of a callee is evidence about the callee, and often the only one: a partner's
//! servers export nothing to us.
//!
//! The names are those of the OpenTelemetry conventions and of Istio, Envoy and `CoreDNS`.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{Resolved, ServiceId, System};
use knockon_telemetry::{Evidence, Labels, Samples, Series};

use crate::signal::{Reading, Signal, read};

/// Labels that name the other end of a call.
const CALLEE: &[&str] = &[
    "server_address",
    "peer_service",
    "net_peer_name",
    "envoy_cluster_name",
    "destination_service_name",
    "pool",
];

/// Labels that only say which copy of a service it was.
const COPY: &[&str] = &["instance", "pod", "container", "job", "namespace", "node", "replica"];

/// Labels that say how a request ended.
const OUTCOME: &[&str] = &[
    "error_type",
    "http_response_status_code",
    "http_status_code",
    "status_code",
    "response_code",
    "code",
    "status",
    "rpc_grpc_status_code",
    "grpc_code",
    "rcode",
];

/// How a call can end without an answer of the callee: the network, the name service or a dead
/// callee is to blame, but no code of a callee that lives.
const UNANSWERED: &[&str] = &[
    "connection_refused",
    "connection_reset",
    "host_not_found",
    "host_unreachable",
    "timeout",
    "no_route",
];

/// A series that was folded.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) series: Series,
    pub(crate) reading: Reading,
    pub(crate) of: Of,
}

/// What a series is about beside its service.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Of {
    /// The other end of the calls it is about.
    pub(crate) callee: Option<ServiceId>,
    /// Where the series of how many requests there were is, from this one.
    pub(crate) requests: Option<usize>,
}

/// The folded series, and which of the evidence they replace, by position.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    pub(crate) folded: Vec<Folded>,
    pub(crate) replaced: BTreeSet<usize>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    service: ServiceId,
    callee: Option<ServiceId>,
    base: &'a str,
    labels: Vec<(&'a str, &'a str)>,
}

/// What there was between one sample and the one before, per second.
#[derive(Default, Clone, Copy)]
struct Amount {
    requests: f64,
    failed: f64,
    unanswered: f64,
    /// Those whose duration is known, and the sum of the durations.
    timed: f64,
    seconds: f64,
}

type Amounts = BTreeMap<i64, Amount>;

/// Folds what can be folded.
pub(crate) fn fold(system: &System, evidence: &Evidence) -> Flows {
    let mut flows = Flows::default();
    let mut means: BTreeMap<(ServiceId, &str, &Labels), &Series> = BTreeMap::new();
    for series in &evidence.series {
        if let Some(base) = series.metric.strip_suffix("_mean") {
            means.insert((series.service, base, &series.labels), series);
        }
    }
    let mut groups: BTreeMap<Key<'_>, [Amounts; 2]> = BTreeMap::new();
    let counters: Vec<(&Series, &str)> =
        evidence.series.iter().filter_map(|series| Some((series, counted(series)?))).collect();
    let bases: BTreeSet<(ServiceId, &str)> =
        counters.iter().map(|(series, base)| (series.service, *base)).collect();
    for (series, base) in counters {
        if is_told_twice(&bases, series.service, base) {
            continue;
        }
        let group = groups.entry(key(system, series, base)).or_default();
        let mean = means.get(&(series.service, base, &series.labels));
        let ending = Ending::of(&series.labels);
        add(&mut group[0], ending, &series.samples, mean.map(|mean| &mean.samples));
        add(&mut group[1], ending, &series.baseline, mean.map(|mean| &mean.baseline));
    }
    let timed: BTreeSet<(ServiceId, &str)> =
        means.keys().map(|(service, base, _)| (*service, *base)).collect();
    let is_replaced = |series: &Series| {
        let part = |part: &&str| Some((series.service, series.metric.strip_suffix(*part)?));
        let counted = ["_count", "_total"].iter().filter_map(part).any(|it| bases.contains(&it));
        // A tail of durations says nothing that a mean does not, but more than nothing.
        let is_timed = ["_mean", "_p99"]
            .iter()
            .filter_map(part)
            .any(|it| timed.contains(&it) && bases.contains(&it));
        counted || is_timed
    };
    let positions = evidence.series.iter().enumerate().filter(|(_, series)| is_replaced(series));
    flows.replaced = positions.map(|(position, _)| position).collect();
    for (key, amounts) in &groups {
        flows.tell(key, amounts);
    }
    flows
}

/// The name of what a series counts, if that is requests or calls.
fn counted(series: &Series) -> Option<&str> {
    let has = |labels: &[&str]| labels.iter().any(|label| series.labels.contains_key(*label));
    let (base, signal) = if let Some(base) = series.metric.strip_suffix("_count") {
        (base, Signal::Latency)
    } else {
        (series.metric.strip_suffix("_total")?, Signal::Traffic)
    };
    let is_told = signal == Signal::Latency || has(OUTCOME);
    (is_told && read(base).signal == signal).then_some(base)
}

/// The other end of what a series is about, if its labels name a service.
pub(crate) fn callee(system: &System, series: &Series) -> Option<ServiceId> {
    let name = CALLEE.iter().find_map(|label| series.labels.get(*label))?;
    let callee = system.names().resolve(name).map(Resolved::service);
    callee.filter(|callee| *callee != series.service)
}

/// Whether another base of the service tells the same requests under a longer name, as
/// `request_duration_seconds` beside `http_server_request_duration_seconds`.
fn is_told_twice(bases: &BTreeSet<(ServiceId, &str)>, service: ServiceId, base: &str) -> bool {
    let of_service = bases.range((service, "")..).take_while(|(id, _)| *id == service);
    let longer = |other: &str| other.len() > base.len() && other.ends_with(base);
    of_service.into_iter().any(|(_, other)| longer(other) && !other.contains("client"))
}

fn key<'a>(system: &System, series: &'a Series, base: &'a str) -> Key<'a> {
    let kept = |name: &str| !COPY.contains(&name) && !OUTCOME.contains(&name);
    Key {
        service: series.service,
        callee: callee(system, series),
        base,
        labels: series
            .labels
            .iter()
            .filter(|(name, _)| kept(name))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect(),
    }
}

/// How requests of a series ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Well,
    Badly,
    Unanswered,
}

impl Ending {
    fn of(labels: &Labels) -> Self {
        let values = || OUTCOME.iter().filter_map(|label| Some((*label, labels.get(*label)?)));
        if values().any(|(_, value)| UNANSWERED.contains(&value.as_str())) {
            return Self::Unanswered;
        }
        let is_bad = |(label, value): (&str, &String)| match label {
            "error_type" => !value.is_empty(),
            "rcode" => value != "NOERROR",
            "rpc_grpc_status_code" | "grpc_code" => !matches!(value.as_str(), "0" | "OK"),
            _ => value.starts_with('5') || value == "429" || value == "error",
        };
        if values().any(is_bad) { Self::Badly } else { Self::Well }
    }
}

fn add(amounts: &mut Amounts, ending: Ending, counts: &Samples, means: Option<&Samples>) {
    let mut means =
        means.into_iter().flat_map(|means| means.unix_ms().iter().zip(means.values())).peekable();
    for (unix_ms, count) in counts.unix_ms().iter().zip(counts.values()) {
        let amount = amounts.entry(*unix_ms).or_default();
        amount.requests += count;
        amount.failed += if ending == Ending::Well { 0.0 } else { *count };
        amount.unanswered += if ending == Ending::Unanswered { *count } else { 0.0 };
        while means.next_if(|(t, _)| *t < unix_ms).is_some() {}
        if let Some((_, mean)) = means.next_if(|(t, _)| *t == unix_ms) {
            amount.timed += count;
            amount.seconds += count * mean;
        }
    }
}

impl Flows {
    /// The series of a group: how many requests, which share failed, how long they took.
    fn tell(&mut self, key: &Key<'_>, amounts: &[Amounts; 2]) {
        let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let start = self.folded.len();
        self.push(key, "requests", Signal::Traffic, amounts, None, |a| Some(a.requests));
        let to = Some(start);
        let errors = Signal::Errors;
        self.push(key, "failed_ratio", errors, amounts, to, |a| ratio(a.failed, a.requests));
        if key.callee.is_some() && amounts.iter().any(|it| it.values().any(|a| a.unanswered > 0.0))
        {
            let other = Signal::Unanswered;
            self.push(key, "unanswered_ratio", other, amounts, to, |a| {
                ratio(a.unanswered, a.requests)
            });
        }
        if amounts.iter().any(|amounts| amounts.values().any(|a| a.timed > 0.0)) {
            let latency = Signal::Latency;
            self.push(key, "mean", latency, amounts, to, |a| ratio(a.seconds, a.timed));
        }
    }

    fn push(
        &mut self,
        key: &Key<'_>,
        what: &str,
        signal: Signal,
        amounts: &[Amounts; 2],
        requests: Option<usize>,
        value: impl Fn(&Amount) -> Option<f64>,
    ) {
        let samples = |amounts: &Amounts| {
            let values = amounts.iter().filter_map(|(t, amount)| Some((*t, value(amount)?)));
            Samples::from_pairs(values.collect())
        };
        let labels =
            key.labels.iter().map(|(name, value)| (String::from(*name), String::from(*value)));
        let metric = format!("{}_{what}", key.base);
        let reading = Reading { signal, falls_when_bad: false, ..read(&metric) };
        let unit = if signal == Signal::Latency { reading.unit } else { 1.0 };
        self.folded.push(Folded {
            series: Series {
                service: key.service,
                metric,
                labels: labels.collect(),
                samples: samples(&amounts[0]),
                baseline: samples(&amounts[1]),
            },
            reading: Reading { unit, ..reading },
            of: Of { callee: key.callee, requests },
        });
    }
}
