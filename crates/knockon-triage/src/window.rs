//! Which part of the evidence shows the system as it usually is, and which the incident.
//!
//! The before-window ends, in this order of preference, at the time the caller gives, shortly
//! before the first alert, or at the moment that best splits all series at once into a before and
//! an after. An alert can be long in coming: if the series turn for the worse together before that,
//! the before-window ends there.

use knockon_core::{DurationMs, Timestamp};
use knockon_telemetry::{Evidence, Samples};

use crate::flow::Flows;
use crate::robust::Usual;
use crate::signal::{Reading, Signal, read};

/// Alerts wait (`for:`) and look back over a window, so that the trouble is older than its alert.
/// Evidence this close to the first alert is not held to be healthy.
const ALERT_GUARD: DurationMs = DurationMs::from_minutes(15);

/// A series with fewer samples before the incident has no "usual" to speak of.
pub(crate) const SAMPLES_BEFORE_MIN: usize = 8;

/// How the end of the before-window was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The caller said when the incident began.
    Given,
    /// Shortly before the first alert.
    FirstAlert,
    /// The metrics change together at that moment.
    CommonChange,
    /// There are only baseline metrics and the whole of the others is in question.
    Baseline,
    /// There are no samples to split.
    NoSamples,
}

impl Basis {
    /// The word for it in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::FirstAlert => "first-alert",
            Self::CommonChange => "common-change",
            Self::Baseline => "baseline",
            Self::NoSamples => "no-samples",
        }
    }
}

/// The split of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Windows {
    /// Samples before this moment (and all of the baseline) show the system as usual.
    pub(crate) before_end: Timestamp,
    /// Nothing later than this is looked at.
    pub(crate) at: Timestamp,
    /// How `before_end` was found.
    pub(crate) basis: Basis,
}

/// Splits the evidence. `since` is when the incident is known to have begun, if it is.
pub(crate) fn split(
    evidence: &Evidence,
    flows: &Flows,
    since: Option<Timestamp>,
    at: Timestamp,
) -> Windows {
    let windows = |before_end, basis| Windows { before_end, at, basis };
    if let Some(since) = since {
        return windows(since, Basis::Given);
    }
    let of_users = evidence.users.iter().map(|series| &series.samples);
    let all = || evidence.series.iter().map(|series| &series.samples).chain(of_users.clone());
    let spans = all().filter_map(Samples::span);
    let Some(first) = spans.map(|(first, _)| first).filter(|first| *first <= at).min() else {
        let alerts = evidence.alerts.iter().map(|alert| alert.starts_at);
        let first = alerts.filter(|start| *start <= at).min();
        return windows(first.unwrap_or(at), Basis::NoSamples);
    };
    let has_baseline = evidence.series.iter().any(|series| !series.baseline.is_empty());
    if let Some(end) = before_first_alert(evidence, first, at, has_baseline) {
        return match turn_for_the_worse(evidence, flows, at).filter(|turn| *turn < end) {
            Some(turn) if !has_baseline => windows(turn, Basis::CommonChange),
            _ => windows(end, Basis::FirstAlert),
        };
    }
    if has_baseline {
        return windows(first, Basis::Baseline);
    }
    let turn = turn_for_the_worse(evidence, flows, at);
    let end = turn.or_else(|| common_change(all().map(|samples| (samples, Direction::Either)), at));
    windows(end.unwrap_or(at), Basis::CommonChange)
}

/// The common change of what users and operators feel: latency, failures, restarts, lost capacity,
/// what waits. Traffic, caches and clocks change all day.
fn turn_for_the_worse(evidence: &Evidence, flows: &Flows, at: Timestamp) -> Option<Timestamp> {
    let plain = evidence.series.iter().enumerate();
    let plain = plain.filter(|(position, _)| !flows.replaced.contains(position));
    let plain = plain.map(|(_, series)| (&series.samples, read(&series.metric)));
    let folded = flows.folded.iter().map(|it| (&it.series.samples, it.reading));
    let counts = |(samples, reading)| Some((samples, worse(reading)?));
    let of_services = common_change(plain.chain(folded).filter_map(counts), at);
    // Users feel it minutes later, but sometimes they alone do.
    of_services.or_else(|| {
        let of_users = evidence.users.iter().map(|it| (&it.samples, read(&it.metric)));
        common_change(of_users.filter_map(counts), at)
    })
}

/// In which direction a signal turns for the worse; `None` if it is not felt.
fn worse(reading: Reading) -> Option<Direction> {
    let is_felt = matches!(
        reading.signal,
        Signal::Latency
            | Signal::Errors
            | Signal::Unanswered
            | Signal::Restarts
            | Signal::Capacity
            | Signal::Backlog
    );
    let worse = if reading.falls_when_bad { Direction::Fall } else { Direction::Rise };
    is_felt.then_some(worse)
}

/// Which change of a series counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Rise,
    Fall,
    Either,
}

impl Direction {
    fn allows(self, change: f64) -> bool {
        match self {
            Self::Rise => change > 0.0,
            Self::Fall => change < 0.0,
            Self::Either => true,
        }
    }
}

/// Shortly before the first alert that leaves a before-window; an alert that has been firing since
/// before the evidence starts says nothing about when this incident began.
fn before_first_alert(
    evidence: &Evidence,
    first: Timestamp,
    at: Timestamp,
    has_baseline: bool,
) -> Option<Timestamp> {
    let starts = evidence.alerts.iter().map(|alert| alert.starts_at);
    starts
        .filter(|start| *start > first && *start <= at)
        .map(|start| before_alert(start, first))
        .find(|end| {
            has_baseline
                || evidence
                    .series
                    .iter()
                    .any(|s| s.samples.count_before(*end) >= SAMPLES_BEFORE_MIN)
        })
}

/// The guard is shortened to half of what lies before the alert, so that short evidence keeps some.
fn before_alert(start: Timestamp, first: Timestamp) -> Timestamp {
    let half = DurationMs { ms: (start - first).ms / 2_000 * 1_000 };
    start - ALERT_GUARD.min(half)
}

/// A moment that splits the series this much as well as the best one is as good.
const AS_GOOD: f64 = 0.9;

/// How many candidate moments the common change is looked for at.
const SPLITS_MAX: i64 = 240;

/// The moment at which the means of all series change most, taken together: the least-squares
/// estimate of a common break in panel data (Bai, "Common breaks in means and variances for panel
/// data", Journal of Econometrics 157, 2010), on values clipped to ±4 spreads so that one wild
/// series or sample does not decide alone.
fn common_change<'a>(
    series: impl Iterator<Item = (&'a Samples, Direction)>,
    at: Timestamp,
) -> Option<Timestamp> {
    let clipped: Vec<_> =
        series.filter_map(|(samples, counts)| Clipped::of(samples, counts, at)).collect();
    let first = clipped.iter().map(|c| c.unix_ms[0]).min()?;
    let step = ((at.unix_ms - first) / SPLITS_MAX).max(1);
    let splits: Vec<i64> = (1..SPLITS_MAX).map(|i| first + i * step).collect();
    let mut gains = vec![0.0; splits.len()];
    for series in &clipped {
        series.add_gains(&splits, &mut gains);
    }
    // Minutes of the incident in what counts as usual do more harm than the reverse: of moments that
    // split about as well the first counts.
    let best = gains.iter().copied().fold(0.0, f64::max);
    let is_as_good = |gain: f64| best > 0.0 && gain >= AS_GOOD * best;
    let (split, _) = splits.into_iter().zip(gains).find(|(_, gain)| is_as_good(*gain))?;
    // The first sample after it is a moment that a person can find in the evidence.
    let after = clipped.iter().filter_map(|c| c.unix_ms.iter().find(|t| **t >= split));
    after.min().map(|unix_ms| Timestamp::from_unix_ms(*unix_ms))
}

/// The usual of a series is estimated from this many of its samples, evenly spread: enough to clip by.
const CLIPPED_BY: usize = 200;

/// A series in spreads from its median, with running sums.
struct Clipped<'a> {
    counts: Direction,
    unix_ms: &'a [i64],
    /// `sums[i]` is the sum of the first `i` values.
    sums: Vec<f64>,
}

impl<'a> Clipped<'a> {
    fn of(samples: &'a Samples, counts: Direction, at: Timestamp) -> Option<Self> {
        let count = samples.unix_ms().partition_point(|t| *t <= at.unix_ms);
        let values = &samples.values()[..count];
        if count < 2 * SAMPLES_BEFORE_MIN {
            return None;
        }
        let some: Vec<f64> = values.iter().copied().step_by(count.div_ceil(CLIPPED_BY)).collect();
        let usual = Usual::of(&some)?;
        let mut sums = Vec::with_capacity(count + 1);
        let mut sum = 0.0;
        sums.push(sum);
        for value in values {
            sum += usual.z(*value, 0.0).clamp(-4.0, 4.0);
            sums.push(sum);
        }
        Some(Self { counts, unix_ms: &samples.unix_ms()[..count], sums })
    }

    /// Adds by how much a split at each moment (ascending) lessens the sum of squared residuals.
    fn add_gains(&self, splits: &[i64], gains: &mut [f64]) {
        let total = self.unix_ms.len();
        let mut before = 0;
        for (split, gain) in splits.iter().zip(gains) {
            before += self.unix_ms[before..].iter().take_while(|t| *t < split).count();
            let after = total - before;
            if before < SAMPLES_BEFORE_MIN || after == 0 {
                continue;
            }
            let mean_before = self.sums[before] / before as f64;
            let mean_after = (self.sums[total] - self.sums[before]) / after as f64;
            let change = mean_after - mean_before;
            if self.counts.allows(change) {
                *gain += before as f64 * after as f64 / total as f64 * change.powi(2);
            }
        }
    }
}
