//! What raw series become: rates, means and quantiles.
//!
//! Which series is a counter, and which make one histogram, is told from names, labels and the shape
//! of all samples together; `counters` and `histogram` do the arithmetic.

use std::collections::BTreeMap;

use knockon_core::Diagnostic;

use crate::codes;
use crate::counters::{self, Kind};
use crate::file_log::counted;
use crate::histogram::{self, Bucket};
use crate::series::Samples;
use crate::stock::{Identity, Key};

/// A series with its samples in order.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    kind: Kind,
    is_counter: bool,
    pub(crate) incident: Samples,
    pub(crate) baseline: Samples,
}

impl Source {
    pub(crate) fn new(kind: Kind, incident: Samples, baseline: Samples) -> Self {
        Self { kind, is_counter: false, incident, baseline }
    }

    fn derived(incident: Samples, baseline: Samples) -> Self {
        Self::new(Kind::Gauge, incident, baseline)
    }

    fn map(&self, derive: impl Fn(&Samples) -> Samples) -> Self {
        Self::derived(derive(&self.incident), derive(&self.baseline))
    }
}

type Sources = BTreeMap<Identity, Source>;
type Derived = Vec<(Identity, Source)>;
/// Decides which series are cumulative counters: those declared so; of the undeclared, those that
/// look so. What will be one series in the end is judged as one.
fn mark_counters(sources: &mut Sources) {
    let mut groups: BTreeMap<Key, Vec<&mut Source>> = BTreeMap::new();
    for (identity, source) in sources {
        let key = identity.clone().into_key();
        groups.entry(key).or_default().push(source);
    }
    for ((_, metric, _), group) in groups {
        let declared = group.iter().map(|source| source.kind);
        let is_counter = match declared.max().unwrap_or(Kind::Unknown) {
            Kind::Counter => true,
            Kind::Gauge => false,
            Kind::Unknown => {
                let stretches = group.iter().flat_map(|s| [&s.incident, &s.baseline]);
                counters::looks_cumulative(&metric, stretches)
            }
        };
        for source in group {
            source.is_counter = is_counter;
        }
    }
}

/// Derives rates from counters, and means and quantiles from histograms; everything else stays.
pub(crate) fn derive(mut sources: Sources, notes: &mut Vec<Diagnostic>) -> Derived {
    mark_counters(&mut sources);
    let mut derived = Vec::new();
    fold_histograms(&mut sources, &mut derived, notes);
    fold_means(&mut sources, &mut derived);
    derived.extend(sources.into_iter().map(|(identity, source)| {
        if source.is_counter { (identity, source.map(counters::rate)) } else { (identity, source) }
    }));
    derived
}

/// The identity of another metric with the same labels.
fn sibling(identity: &Identity, metric: String) -> Identity {
    Identity { metric, ..identity.clone() }
}

/// Takes every `X_bucket` with a label `le` and gives `X_p99` instead. `X_sum` and `X_count` beside
/// them are then counters whatever their shape.
fn fold_histograms(sources: &mut Sources, derived: &mut Derived, notes: &mut Vec<Diagnostic>) {
    let mut histograms: BTreeMap<Identity, Vec<(f64, Source)>> = BTreeMap::new();
    let mut rest = Sources::new();
    for (mut identity, source) in std::mem::take(sources) {
        let base = identity.metric.strip_suffix("_bucket").map(str::to_owned);
        let bound = identity.labels.get("le").and_then(|le| histogram::parse_upper_bound(le));
        match (base, bound) {
            (Some(base), Some(bound)) if source.kind != Kind::Gauge => {
                identity.metric = base;
                identity.labels.remove("le");
                histograms.entry(identity).or_default().push((bound, source));
            }
            _ => {
                rest.insert(identity, source);
            }
        }
    }
    *sources = rest;

    let mut without_inf = 0;
    for (base, buckets) in histograms {
        for part in ["_sum", "_count"] {
            if let Some(part) = sources.get_mut(&sibling(&base, format!("{}{part}", base.metric))) {
                part.is_counter = part.kind != Kind::Gauge;
            }
        }
        let fold = |stretch: fn(&Source) -> &Samples| {
            let of_stretch = buckets.iter().map(|(upper_bound, source)| Bucket {
                upper_bound: *upper_bound,
                counts: stretch(source).clone(),
            });
            histogram::p99(of_stretch.collect())
        };
        let p99 = sibling(&base, format!("{}_p99", base.metric));
        match (fold(|source| &source.incident), fold(|source| &source.baseline)) {
            (Some(incident), Some(baseline)) => {
                derived.push((p99, Source::derived(incident, baseline)));
            }
            _ => without_inf += 1,
        }
    }
    if without_inf > 0 {
        notes.push(Diagnostic::warning(
            codes::HISTOGRAM_WITHOUT_INF,
            format!("{} without a `+Inf` bucket left out", counted(without_inf, "histogram")),
        ));
    }
}

/// Where `X_sum` and `X_count` are both counters, gives `X_mean` and takes `X_sum`; and takes
/// `X_created`, the time the counter began.
fn fold_means(sources: &mut Sources, derived: &mut Derived) {
    let counters: Vec<Identity> = sources
        .iter()
        .filter(|(_, source)| source.is_counter)
        .map(|(identity, _)| identity.clone())
        .collect();
    for counter in counters {
        if let Some(base) = counter.metric.strip_suffix("_total") {
            sources.remove(&sibling(&counter, format!("{base}_created")));
        }
        let Some(base) = counter.metric.strip_suffix("_count") else {
            continue;
        };
        sources.remove(&sibling(&counter, format!("{base}_created")));
        let sum = sibling(&counter, format!("{base}_sum"));
        if !sources.get(&sum).is_some_and(|sum| sum.is_counter) {
            continue;
        }
        if let (Some(sum), Some(count)) = (sources.remove(&sum), sources.get(&counter)) {
            let mean = Source::derived(
                histogram::mean(&sum.incident, &count.incident),
                histogram::mean(&sum.baseline, &count.baseline),
            );
            derived.push((sibling(&counter, format!("{base}_mean")), mean));
        }
    }
}
