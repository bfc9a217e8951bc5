//! Every series of a bundle while it is being read, and what becomes of them at the end.
//!
//! Whether a series is a cumulative counter, and which buckets make one histogram, can only be told
//! when all of it is there: from every file, the healthy time included. So raw samples are kept until
//! the end, under everything that tells them apart, and derived once.

use std::collections::{BTreeMap, HashMap};

use knockon_core::{Diagnostic, ServiceId};

use crate::codes;
use crate::counters::Kind;
use crate::derive::{self, Source};
use crate::series::{Labels, Samples, Series};

/// Which time samples are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// The time in question.
    Incident,
    /// A time known to be healthy.
    Baseline,
}

/// Everything that tells one series from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Identity {
    pub(crate) service: ServiceId,
    pub(crate) metric: String,
    /// All labels, also the one that names the service: two names of one service may carry two
    /// counters, which must not be mixed.
    pub(crate) labels: Labels,
    /// The label that says nothing more than the service; taken off at the end.
    pub(crate) redundant_label: Option<&'static str>,
}

/// What a series is known by in the end.
pub(crate) type Key = (ServiceId, String, Labels);

impl Identity {
    /// What the series is known by in the end: without the redundant label.
    pub(crate) fn into_key(mut self) -> Key {
        if let Some(label) = self.redundant_label {
            self.labels.remove(label);
        }
        (self.service, self.metric, self.labels)
    }
}

#[derive(Debug)]
struct Raw {
    kind: Kind,
    incident: Vec<(i64, f64)>,
    baseline: Vec<(i64, f64)>,
}

/// The raw series read so far.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    raw: HashMap<Identity, Raw>,
}

impl Stock {
    /// Adds samples to a series.
    pub(crate) fn add(
        &mut self,
        identity: Identity,
        kind: Kind,
        stretch: Stretch,
        mut pairs: Vec<(i64, f64)>,
    ) {
        let raw = self.raw.entry(identity).or_insert_with(|| Raw {
            kind,
            incident: Vec::new(),
            baseline: Vec::new(),
        });
        if raw.kind == Kind::Unknown {
            raw.kind = kind;
        }
        let samples = match stretch {
            Stretch::Incident => &mut raw.incident,
            Stretch::Baseline => &mut raw.baseline,
        };
        if samples.is_empty() {
            *samples = pairs;
        } else {
            samples.append(&mut pairs);
        }
    }

    /// Derives rates, means and quantiles, takes off redundant labels, and puts all in order.
    pub(crate) fn finish(self, notes: &mut Vec<Diagnostic>) -> Vec<Series> {
        let sources = self
            .raw
            .into_iter()
            .map(|(identity, raw)| {
                let incident = Samples::from_pairs(raw.incident);
                let baseline = Samples::from_pairs(raw.baseline);
                (identity, Source::new(raw.kind, incident, baseline))
            })
            .collect();
        let derived = derive::derive(sources, notes);
        into_series(derived, notes)
    }
}

/// Takes off redundant labels, merges what is then one series, and leaves out what has no samples.
fn into_series(derived: Vec<(Identity, Source)>, notes: &mut Vec<Diagnostic>) -> Vec<Series> {
    let mut series: BTreeMap<Key, Source> = BTreeMap::new();
    let (mut merged, mut empty) = (0, 0);
    for (identity, source) in derived {
        if source.incident.is_empty() && source.baseline.is_empty() {
            empty += 1;
            continue;
        }
        let key = identity.into_key();
        let Some(kept) = series.get_mut(&key) else {
            series.insert(key, source);
            continue;
        };
        // The healthy time of a series may well come from a file in another format.
        let overlap = |a: &Samples, b: &Samples| !a.is_empty() && !b.is_empty();
        merged += usize::from(
            overlap(&kept.incident, &source.incident) || overlap(&kept.baseline, &source.baseline),
        );
        kept.incident = merge(&kept.incident, &source.incident);
        kept.baseline = merge(&kept.baseline, &source.baseline);
    }
    if merged > 0 {
        notes.push(Diagnostic::note(
            codes::MERGED_SERIES,
            format!("{merged} series merged into others of the same service, metric and labels"),
        ));
    }
    if empty > 0 {
        notes.push(
            Diagnostic::note(
                codes::EMPTY_SERIES,
                format!("{empty} series without a usable value left out"),
            )
            .help("a cumulative counter needs two samples to tell its rate"),
        );
    }
    series
        .into_iter()
        .map(|((service, metric, labels), source)| Series {
            service,
            metric,
            labels,
            samples: source.incident,
            baseline: source.baseline,
        })
        .collect()
}

fn merge(first: &Samples, second: &Samples) -> Samples {
    let pairs = |samples: &Samples| {
        let times = samples.unix_ms().iter().copied();
        times.zip(samples.values().iter().copied()).collect::<Vec<_>>()
    };
    let mut all = pairs(first);
    all.append(&mut pairs(second));
    Samples::from_pairs(all)
}
