//! What raw series become: rates, means and quantiles.
//!
//! Which series is a counter, and which make one histogram, is told from names, labels and the shape
//! of all samples together; `counters` and `histogram` do the arithmetic.

use std::collections::BTreeMap;

use knockon_core::Diagnostic;

use crate::codes;
use crate::counters::{self, Kind};
use crate::file_log::counted;
use crate::histogram;
use crate::series::Samples;
use crate::stock::Identity;

/// A series with its samples in order.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) kind: Kind,
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
fn mark_counters(sources: &mut [(Identity, Source)]) {
    for group in sources.chunk_by_mut(|(a, _), (b, _)| a.key() == b.key()) {
        let declared = group.iter().map(|(_, source)| source.kind);
        let is_counter = match declared.max().unwrap_or(Kind::Unknown) {
            Kind::Counter => true,
            Kind::Gauge => false,
            Kind::Unknown => {
                let metric = &group[0].0.metric;
                let stretches = group.iter().flat_map(|(_, it)| [&it.incident, &it.baseline]);
                counters::looks_cumulative(metric, stretches)
            }
        };
        for (_, source) in group {
            source.is_counter = is_counter;
        }
    }
}

/// Derives rates from counters, and means and quantiles from histograms; everything else stays. The
/// series come in order, each once.
pub(crate) fn derive(mut sources: Vec<(Identity, Source)>, notes: &mut Vec<Diagnostic>) -> Derived {
    mark_counters(&mut sources);
    let mut derived = Vec::new();
    let mut sources = fold_histograms(sources, &mut derived, notes);
    fold_means(&mut sources, &mut derived);
    derived.extend(sources.into_iter().map(|(identity, source)| {
        if source.is_counter { (identity, source.map(counters::rate)) } else { (identity, source) }
    }));
    derived
}

/// What the names of buckets end with.
const BUCKET: &str = "_bucket";

/// A bucket of a histogram that is known by its name.
struct BucketSource {
    histogram: Identity,
    upper_bound: f64,
    source: Source,
}

/// The upper bound of a series that is `X_bucket` with a label `le`.
fn bound_of_bucket(identity: &Identity, kind: Kind) -> Option<f64> {
    let is_bucket = identity.metric.ends_with(BUCKET) && kind != Kind::Gauge;
    let le = identity.labels.get("le").filter(|_| is_bucket)?;
    histogram::parse_upper_bound(le)
}

impl BucketSource {
    fn new(mut identity: Identity, upper_bound: f64, source: Source) -> Self {
        identity.metric.truncate(identity.metric.len() - BUCKET.len());
        identity.labels.remove("le");
        Self { histogram: identity, upper_bound, source }
    }
}

/// Takes every `X_bucket` with a label `le`, gives `X_p99` instead, and gives back what is left.
/// `X_sum` and `X_count` beside them are then counters whatever their shape.
fn fold_histograms(
    sources: Vec<(Identity, Source)>,
    derived: &mut Derived,
    notes: &mut Vec<Diagnostic>,
) -> Sources {
    let (mut buckets, mut rest) = (Vec::new(), Vec::new());
    for (identity, source) in sources {
        match bound_of_bucket(&identity, source.kind) {
            Some(bound) => buckets.push(BucketSource::new(identity, bound, source)),
            None => rest.push((identity, source)),
        }
    }
    let mut rest = Sources::from_iter(rest);
    buckets.sort_by(|a, b| a.histogram.cmp(&b.histogram));
    let mut without_inf = 0;
    for buckets in buckets.chunk_by(|a, b| a.histogram == b.histogram) {
        let base = &buckets[0].histogram;
        for part in ["_sum", "_count"] {
            if let Some(part) = rest.get_mut(&base.sibling(format!("{}{part}", base.metric))) {
                part.is_counter = part.kind != Kind::Gauge;
            }
        }
        let fold = |stretch: fn(&Source) -> &Samples| {
            let of_stretch = buckets.iter().map(|it| (it.upper_bound, stretch(&it.source)));
            histogram::p99(of_stretch)
        };
        let p99 = base.sibling(format!("{}_p99", base.metric));
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
    rest
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
            sources.remove(&counter.sibling(format!("{base}_created")));
        }
        let Some(base) = counter.metric.strip_suffix("_count") else {
            continue;
        };
        sources.remove(&counter.sibling(format!("{base}_created")));
        let sum = counter.sibling(format!("{base}_sum"));
        if !sources.get(&sum).is_some_and(|sum| sum.is_counter) {
            continue;
        }
        if let (Some(sum), Some(count)) = (sources.remove(&sum), sources.get(&counter)) {
            let mean = Source::derived(
                histogram::mean(&sum.incident, &count.incident),
                histogram::mean(&sum.baseline, &count.baseline),
            );
            derived.push((counter.sibling(format!("{base}_mean")), mean));
        }
    }
}
