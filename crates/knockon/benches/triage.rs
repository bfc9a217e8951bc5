//! How long a verdict takes, beside the least that any program would need: splitting the same bytes
//! at commas and parsing the same numbers. `cargo bench -p knockon`; nothing is asserted.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and may fail")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use knockon_core::{
    Criticality, Dependency, DependencyKind, Provenance, Service, ServiceId, ServiceKind, System,
    SystemBuilder,
};
use knockon_telemetry::{Alert, Evidence, EvidenceReader, Labels};
use knockon_triage::{Options, triage};

const ROUNDS: usize = 7;

/// A chain of services, each calling the next and one further on.
fn chain(services: usize) -> System {
    let mut builder = SystemBuilder::new("chain");
    for index in 0..services {
        builder.service(Service::new(format!("service-{index}x"), ServiceKind::Service)).unwrap();
    }
    for from in 0..services {
        for to in [from + 1, from + 7] {
            if to < services {
                builder.dependency(Dependency {
                    from: ServiceId::from_index(from),
                    to: ServiceId::from_index(to),
                    kind: DependencyKind::Call,
                    criticality: Criticality::Critical,
                    provenance: Provenance::Declared,
                });
            }
        }
    }
    builder.build()
}

/// Wide CSV of `series` columns and `samples` rows; the last fifth is slow.
fn wide_csv(series: usize, samples: usize) -> String {
    let metrics = [
        "latency_seconds_mean",
        "http_5xx_ratio",
        "cpu_utilization",
        "requests_per_second",
        "memory_bytes",
    ];
    let mut text = String::from("time");
    for column in 0..series {
        write!(text, ",service-{}x_{}", column / metrics.len(), metrics[column % metrics.len()])
            .unwrap();
    }
    text.push('\n');
    let mut state = 88_172_645_463_325_252_u64;
    for row in 0..samples {
        write!(text, "{}", 1_772_323_200 + row * 15).unwrap();
        for column in 0..series {
            // xorshift64, Marsaglia 2003.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let noise = (state >> 11) as f64 / (1_u64 << 53) as f64;
            let slow = if row > samples * 4 / 5 && column < 50 { 5.0 } else { 1.0 };
            write!(text, ",{}", slow * (1.0 + 0.1 * noise)).unwrap();
        }
        text.push('\n');
    }
    text
}

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
    println!("{what:52} {:9.2} ms   {ratio:6.2} × bare", time.as_secs_f64() * 1000.0);
}

/// A bundle of 500 series × 1,000 samples.
fn bundle() {
    let system = chain(100);
    let csv = wide_csv(500, 1000);
    let bare = best_of(|| {
        let cells = csv.lines().skip(1).flat_map(|line| line.split(','));
        cells.filter_map(|cell| cell.parse::<f64>().ok()).sum::<f64>()
    });
    let read = || {
        let mut reader = EvidenceReader::new(&system);
        reader.metrics("metrics.csv", csv.as_bytes());
        reader.finish().evidence
    };
    let evidence = read();
    println!("500 series × 1,000 samples, wide CSV, {:.1} MB", csv.len() as f64 / 1e6);
    row("bare: split at commas, parse floats", bare, bare);
    row("read", best_of(read), bare);
    row("judge", best_of(|| triage(&system, &evidence, Options::default())), bare);
    row("read and judge", best_of(|| triage(&system, &read(), Options::default())), bare);
}

/// A storm: 10,000 alerts over 1,000 services.
fn storm() {
    let system = chain(1000);
    let alerts: Vec<Alert> = (0..10_000_u32)
        .map(|index| Alert {
            name: format!("Alert{}", index % 40),
            service: ServiceId::from_index(index as usize * 7 % 1000),
            peer: (index % 3 == 0).then(|| ServiceId::from_index((index as usize * 7 + 1) % 1000)),
            severity: None,
            starts_at: knockon_core::Timestamp::from_unix_ms(i64::from(index) * 10),
            ends_at: None,
            labels: Labels::new(),
            annotations: Labels::new(),
        })
        .collect();
    let evidence = Evidence { alerts, ..Evidence::default() };
    let bare = best_of(|| {
        let mut names: Vec<_> =
            evidence.alerts.iter().map(|a| (a.name.clone(), a.service)).collect();
        names.sort();
        names.len()
    });
    println!("\n10,000 alerts over 1,000 services");
    row("bare: copy and sort the alerts", bare, bare);
    row("judge", best_of(|| triage(&system, &evidence, Options::default())), bare);
}

fn main() {
    bundle();
    storm();
}
