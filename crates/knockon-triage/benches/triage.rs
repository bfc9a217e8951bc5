//! How long a verdict takes at size: alert storms over a thousand services, with and without metrics,
//! beside the least that any program would need, which is to copy and sort what there is.
//! `cargo bench -p knockon-triage`; nothing is asserted.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and may fail")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use knockon_core::{
    Criticality, Dependency, DependencyKind, Provenance, Service, ServiceId, ServiceKind, System,
    SystemBuilder, Timestamp,
};
use knockon_telemetry::{Alert, AlertRecord, Evidence, Labels, Samples, Series};
use knockon_triage::{Options, Watch, triage};

const ROUNDS: usize = 5;

/// Samples of a series, and the one from which on some are bad.
const SAMPLES: usize = 120;
const ONSET: usize = 90;

/// xorshift64, Marsaglia 2003.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn unit(&mut self) -> f64 {
        self.below(1 << 20) as f64 / f64::from(1 << 20)
    }
}

/// Layers of services, each calling three of the layer below and writing to a database; every tenth
/// publishes to a broker that one of the layer below consumes from; forty to a node.
fn layered(services: usize) -> System {
    let mut builder = SystemBuilder::new("layered");
    let (layers, dice) = (10, &mut Dice(88_172_645_463_325_252));
    let width = services * 8 / 10 / layers;
    let mut ids = Vec::new();
    for index in 0..width * layers {
        let service = Service::new(format!("service-{index}x"), ServiceKind::Service);
        ids.push(builder.service(service).unwrap());
    }
    let mut others = |name: &str, kind, count: usize| -> Vec<ServiceId> {
        let service = |index| Service::new(format!("{name}-{index}x"), kind);
        (0..count).map(|index| builder.service(service(index)).unwrap()).collect()
    };
    let databases = others("database", ServiceKind::Database, services / 8);
    let brokers = others("broker", ServiceKind::Broker, services / 20);
    let nodes = others("node", ServiceKind::Platform, services / 40);
    let mut depend = |from, kind, to| {
        let (criticality, provenance) = (Criticality::Critical, Provenance::Declared);
        builder.dependency(Dependency { from, to, kind, criticality, provenance });
    };
    for (index, from) in ids.iter().enumerate() {
        let below = (index / width + 1) * width;
        for _ in 0..if below < ids.len() { 3 } else { 0 } {
            depend(*from, DependencyKind::Call, ids[below + dice.below(width)]);
        }
        depend(*from, DependencyKind::Write, databases[index % databases.len()]);
        depend(*from, DependencyKind::RunsOn, nodes[index % nodes.len()]);
        if index % 10 == 0 && below < ids.len() {
            let broker = brokers[index / 10 % brokers.len()];
            depend(*from, DependencyKind::Publish, broker);
            depend(ids[below + dice.below(width)], DependencyKind::Consume, broker);
        }
    }
    builder.build()
}

/// Alerts of forty rules, some about calls, that fire within ten minutes on every service.
fn storm(system: &System, alerts: usize) -> Vec<Alert> {
    let kinds = ["HighLatency", "HighErrorRate", "CpuSaturated", "QueueBacklog", "PodRestarts"];
    let dice = &mut Dice(2_463_534_242);
    let alert = |index: usize| {
        let service = ServiceId::from_index(dice.below(system.services().len()));
        let peer = ServiceId::from_index(dice.below(system.services().len()));
        let name = format!("{}{}", kinds[index % kinds.len()], index % 40);
        let of_service = &system.service(service).name;
        let labels = [
            ("alertname", name.clone()),
            ("service", of_service.clone()),
            ("pod", format!("{of_service}-{index}")),
            ("severity", "critical".to_owned()),
            ("cluster", format!("cluster-{}", index % 3)),
        ];
        Alert {
            name,
            service,
            peer: (index.is_multiple_of(5) && peer != service).then_some(peer),
            severity: Some("critical".to_owned()),
            starts_at: minute(ONSET + dice.below(10)),
            ends_at: None,
            labels: labels.map(|(label, value)| (label.to_owned(), value)).into(),
            annotations: Labels::new(),
        }
    };
    (0..alerts).map(alert).collect()
}

fn minute(index: usize) -> Timestamp {
    Timestamp::from_unix_ms(1_772_323_200_000 + i64::try_from(index).unwrap() * 60_000)
}

/// Ten series a service, of a third of which the last quarter is bad.
fn metrics(system: &System) -> Vec<Series> {
    let names = [
        "http_server_request_duration_seconds_mean",
        "http_server_request_duration_seconds_p99",
        "http_server_requests_total",
        "http_server_5xx_ratio",
        "container_cpu_usage_ratio",
        "container_cpu_limit_cores",
        "container_memory_usage_bytes",
        "container_memory_limit_bytes",
        "queue_messages_ready",
        "kube_pod_container_status_restarts",
    ];
    let dice = &mut Dice(1_234_567_891);
    let mut series = Vec::new();
    for service in system.service_ids() {
        let is_bad = dice.below(3) == 0;
        for metric in names {
            let level = |index| if is_bad && index >= ONSET { 5.0 } else { 1.0 };
            let mut value = |index: usize| level(index) * (1.0 + 0.1 * dice.unit());
            let pairs = (0..SAMPLES).map(|index| (minute(index).unix_ms, value(index)));
            series.push(Series {
                service,
                metric: metric.to_owned(),
                labels: Labels::new(),
                samples: Samples::from_pairs(pairs.collect()),
                baseline: Samples::default(),
            });
        }
    }
    series
}

/// Best of some rounds, and what came last.
fn best_of<T>(mut work: impl FnMut() -> T) -> Duration {
    let once = |work: &mut dyn FnMut() -> T| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    };
    (0..ROUNDS).map(|_| once(&mut work)).min().unwrap()
}

fn row(what: &str, time: Duration, bare: Duration) {
    let ratio = time.as_secs_f64() / bare.as_secs_f64();
    println!("  {what:40} {:9.2} ms   {ratio:6.2} × bare", time.as_secs_f64() * 1000.0);
}

/// Copies the names of all alerts and sorts them, and the samples of all series.
fn bare(evidence: &Evidence) -> usize {
    let mut names: Vec<_> =
        evidence.alerts.iter().map(|a| (a.name.clone(), a.service, a.starts_at)).collect();
    names.sort();
    let sorted = evidence.series.iter().map(|series| {
        let mut values = series.samples.values().to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values.len()
    });
    names.len() + sorted.sum::<usize>()
}

fn judge(what: &str, system: &System, alerts: &[Alert], series: &[Series]) {
    let (alerts, series) = (alerts.to_vec(), series.to_vec());
    let mut evidence = Evidence { alerts, series, ..Evidence::default() };
    let mixed = evidence.clone();
    evidence.put_in_order();
    let bare_time = best_of(|| bare(&evidence));
    let judge = |evidence| best_of(|| triage(system, evidence, Options::default()));
    println!("{what}");
    row("bare: copy and sort", bare_time, bare_time);
    row("judge", judge(&evidence), bare_time);
    row("put in order and judge", judge(&mixed), bare_time);
}

/// One alert after the other, and a revision after each hundred.
fn watch(system: &System) {
    let alerts = storm(system, 10_000);
    let record = |alert: &Alert| AlertRecord {
        labels: alert.labels.clone(),
        annotations: Labels::new(),
        starts_at: alert.starts_at,
        ends_at: None,
    };
    let evidence = Evidence { alerts: alerts.clone(), ..Evidence::default() };
    let batch = best_of(|| triage(system, &evidence, Options::default()));
    println!("10,000 alerts that arrive one by one");
    row("bare: judge all of them once", batch, batch);
    let start = Instant::now();
    let mut watch = Watch::new(system, Options::default());
    for hundred in alerts.chunks(100) {
        for alert in hundred {
            watch.alert(record(alert));
        }
        black_box(watch.revise(minute(ONSET + 10)));
    }
    row("a revision after each hundred, mean", start.elapsed() / 100, batch);
}

fn main() {
    let system = layered(1000);
    let (storm, great) = (storm(&system, 10_000), storm(&system, 100_000));
    let series = metrics(&system);
    judge("10,000 alerts", &system, &storm, &[]);
    judge("100,000 alerts", &system, &great, &[]);
    judge("10,000 series × 120 samples", &system, &[], &series);
    judge("the same and 10,000 alerts", &system, &storm, &series);
    judge("the same and 100,000 alerts", &system, &great, &series);
    watch(&system);
}
