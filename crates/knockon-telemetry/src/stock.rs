//! Every series of a bundle while it is being read, and what becomes of them at the end.
//!
//! Whether a series is a cumulative counter, and which buckets make one histogram, can only be told
//! when all of it is there: from every file, the healthy time included. So raw samples are kept until
//! the end, under everything that tells them apart, and derived once.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use knockon_core::{Diagnostic, ServiceId};

use crate::codes;
use crate::counters::Kind;
use crate::derive::{self, Source};
use crate::series::{Labels, Samples, Series, UserSeries};

/// Which time samples are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// The time in question.
    Incident,
    /// A time known to be healthy.
    Baseline,
}

/// What a series is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// A service.
    Service(ServiceId),
    /// The users of a journey, by its place in the system.
    Users(usize),
}

/// Everything that tells one series from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    subject: Subject,
    pub(crate) metric: String,
    /// The labels that stay.
    pub(crate) labels: Labels,
    /// The label that says nothing more than the service. Two names of one service may carry two
    /// counters, which must not be mixed.
    redundant: Option<(&'static str, String)>,
}

/// What a series is known by in the end.
pub(crate) type Key = (Subject, String, Labels);

impl Identity {
    /// A series about something, with all its labels; one of them may say nothing more than that.
    pub(crate) fn new(
        subject: Subject,
        metric: &str,
        mut labels: Labels,
        redundant_label: Option<&'static str>,
    ) -> Self {
        let redundant = redundant_label.and_then(|label| Some((label, labels.remove(label)?)));
        Self { subject, metric: metric.to_owned(), labels, redundant }
    }

    /// What it is known by in the end: everything but the redundant label.
    pub(crate) fn key(&self) -> (Subject, &str, &Labels) {
        (self.subject, &self.metric, &self.labels)
    }

    fn into_key(self) -> Key {
        (self.subject, self.metric, self.labels)
    }

    /// The identity of another metric with the same labels.
    pub(crate) fn sibling(&self, metric: String) -> Self {
        Self { metric, ..self.clone() }
    }

    fn all_labels(&self) -> Vec<(&str, &str)> {
        let redundant = self.redundant.iter().map(|(label, value)| (*label, value.as_str()));
        let mut all: Vec<(&str, &str)> = self
            .labels
            .iter()
            .map(|(label, value)| (&**label, &**value))
            .chain(redundant)
            .collect();
        all.sort_unstable();
        all
    }
}

/// By what they are known by in the end, so that series which become one lie together.
impl Ord for Identity {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_key = self.key().cmp(&other.key());
        by_key.then_with(|| self.all_labels().cmp(&other.all_labels()))
    }
}

impl PartialOrd for Identity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What one file has of a series.
#[derive(Debug)]
struct Part {
    identity: Identity,
    kind: Kind,
    stretch: Stretch,
    pairs: Vec<(i64, f64)>,
}

/// The raw series read so far.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    parts: Vec<Part>,
}

impl Part {
    /// What there is of a series, as if one file had had it.
    fn of<'s>(identity: &'s Identity, source: &'s Source) -> impl Iterator<Item = Self> + 's {
        let stretches =
            [(Stretch::Incident, &source.incident), (Stretch::Baseline, &source.baseline)];
        let told = stretches.into_iter().filter(|it| it.0 == Stretch::Incident || !it.1.is_empty());
        told.map(|(stretch, samples)| Self {
            identity: identity.clone(),
            kind: source.kind,
            stretch,
            pairs: samples.pairs().collect(),
        })
    }
}

impl Stock {
    /// Adds samples to a series.
    pub(crate) fn add(
        &mut self,
        identity: Identity,
        kind: Kind,
        stretch: Stretch,
        pairs: Vec<(i64, f64)>,
    ) {
        self.parts.push(Part { identity, kind, stretch, pairs });
    }

    /// Derives rates, means and quantiles, takes off redundant labels, and puts all in order.
    pub(crate) fn finish(self, notes: &mut Vec<Diagnostic>) -> (Vec<Series>, Vec<UserSeries>) {
        let derived = derive::derive(self.into_sources(), notes);
        into_series(derived, notes)
    }

    /// The series so far as [`finish`](Self::finish) would give them.
    ///
    /// What is raw stays: what looks like a counter today may turn out to be none, and a late sample
    /// splits a step in two. So all is derived again, which costs a pass over the samples; only the
    /// parts of each series stay put together.
    pub(crate) fn so_far(&mut self) -> (Vec<Series>, Vec<UserSeries>) {
        let sources = std::mem::take(self).into_sources();
        self.parts = sources.iter().flat_map(|(identity, it)| Part::of(identity, it)).collect();
        let derived = derive::derive(sources, &mut Vec::new());
        into_series(derived, &mut Vec::new())
    }

    /// The series in order, the parts of each put together.
    fn into_sources(mut self) -> Vec<(Identity, Source)> {
        // Stable, which is fast where most is in order already.
        self.parts.sort_by(|a, b| a.identity.cmp(&b.identity));
        let mut sources = Vec::with_capacity(self.parts.len());
        let mut parts = self.parts.into_iter().peekable();
        while let Some(first) = parts.next() {
            let (mut kind, mut incident, mut baseline) = (first.kind, Vec::new(), Vec::new());
            let mut add = |stretch: Stretch, mut pairs: Vec<(i64, f64)>| {
                let samples = match stretch {
                    Stretch::Incident => &mut incident,
                    Stretch::Baseline => &mut baseline,
                };
                if samples.is_empty() { *samples = pairs } else { samples.append(&mut pairs) }
            };
            add(first.stretch, first.pairs);
            while let Some(part) = parts.next_if(|part| part.identity == first.identity) {
                kind = kind.max(part.kind);
                add(part.stretch, part.pairs);
            }
            let (incident, baseline) =
                (Samples::from_pairs(incident), Samples::from_pairs(baseline));
            sources.push((first.identity, Source::new(kind, incident, baseline)));
        }
        sources
    }
}

/// Takes off redundant labels, merges what is then one series, and leaves out what has no samples.
fn into_series(
    derived: Vec<(Identity, Source)>,
    notes: &mut Vec<Diagnostic>,
) -> (Vec<Series>, Vec<UserSeries>) {
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
        kept.incident = kept.incident.merged(&source.incident);
        kept.baseline = kept.baseline.merged(&source.baseline);
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
    let (mut of_services, mut of_users) = (Vec::new(), Vec::new());
    for ((subject, metric, labels), source) in series {
        let (samples, baseline) = (source.incident, source.baseline);
        match subject {
            Subject::Service(service) => {
                of_services.push(Series { service, metric, labels, samples, baseline });
            }
            Subject::Users(journey) => {
                of_users.push(UserSeries { journey, metric, labels, samples, baseline });
            }
        }
    }
    (of_services, of_users)
}
