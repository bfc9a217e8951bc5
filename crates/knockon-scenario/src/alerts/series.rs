//! The metrics of a simulated run as series in a store, as a Prometheus that scraped it would have them.

use std::sync::Arc;

use knockon_promql::{Label, Labels, METRIC_NAME, Store, special};
use knockon_sim::observe::{METRICS, MetricKind, Observation};
use knockon_telemetry::text_writer::{TextFormat, write_text};
use knockon_telemetry::{Families, FamilyType};

/// The series of a run that began at that moment. A series that a scrape no longer has ends there.
pub fn store_of_run(observation: &Observation, begins_unix_ms: i64) -> Store {
    let times: Vec<i64> = observation
        .times_ms
        .iter()
        .map(|ms| begins_unix_ms.saturating_add(i64::try_from(*ms).unwrap_or(i64::MAX)))
        .collect();
    let mut store = Store::new();
    for series in &observation.series {
        let name: Label = (METRIC_NAME.into(), series.name().into());
        let labels = series.labels.iter().map(|(name, value)| (Arc::from(&**name), value.clone()));
        let id = store.open(&Labels::new(labels.chain([name])));
        // Moments are told since the beginning of the run.
        let since =
            if series.metric().is_timestamp() { begins_unix_ms as f64 / 1000.0 } else { 0.0 };
        let mut was_there = false;
        let mut samples = Vec::with_capacity(series.values.len());
        for (scrape, time) in times.iter().enumerate().skip(series.first) {
            let value = series.at(scrape);
            if let Some(value) = value {
                samples.push((*time, since + value));
            } else if was_there {
                samples.push((*time, special::STALE));
            }
            was_there = value.is_some();
        }
        store.merge(id, samples);
    }
    store
}

/// The metrics of a run as `OpenMetrics`.
pub fn openmetrics(store: &Store) -> String {
    let mut text = Vec::new();
    let mut families = families();
    for series in store.series() {
        let metric = series.labels().metric().unwrap_or_default();
        // A counter that an application invents tells by its name that it is one.
        if let (Some(base), (_, None)) = (metric.strip_suffix("_total"), families.of(metric)) {
            families.entry(base).family_type = FamilyType::Counter;
        }
    }
    // Writing to memory cannot fail.
    let _ = write_text(&mut text, store, &families, TextFormat::OpenMetrics);
    String::from_utf8(text).unwrap_or_default()
}

/// Type, unit and meaning of every metric of a run.
pub fn families() -> Families {
    let mut families = Families::new();
    for metric in METRICS {
        let family = families.entry(metric.family());
        family.family_type = match metric.kind {
            // OpenMetrics knows no counter without `_total`.
            MetricKind::Counter if !metric.name.ends_with("_total") => FamilyType::Unknown,
            MetricKind::Counter => FamilyType::Counter,
            MetricKind::Gauge => FamilyType::Gauge,
            MetricKind::Histogram => FamilyType::Histogram,
        };
        metric.help.clone_into(&mut family.help);
        if metric.family().ends_with(metric.unit) {
            metric.unit.clone_into(&mut family.unit);
        }
    }
    families
}
