//! How far each series strays from its usual, since when, and whether that is for the worse.

use std::collections::BTreeMap;

use knockon_core::{ServiceId, System, Timestamp};
use knockon_telemetry::{Evidence, Series};

use crate::flow::{Flows, Folded, callee};
use crate::robust::{Usual, mean, median};
use crate::signal::{Reading, Signal, has_word, is_moment, read};
use crate::window::{SAMPLES_BEFORE_MIN, Windows};

/// From this many spreads on a series counts as deviating.
pub(crate) const DEVIATES_Z: f64 = 4.0;

/// A single sample this far out is taken as part of the deviation when its onset is looked for.
const SAMPLE_Z: f64 = 3.0;

/// From this share on most of some calls fail.
const MOST: f64 = 0.5;

/// One series, measured against its usual.
#[derive(Debug, Clone)]
pub(crate) struct Deviation<'a> {
    /// The series.
    pub(crate) series: &'a Series,
    /// What its name says it measures.
    pub(crate) reading: Reading,
    /// The other end of the calls it is about: what a caller saw of a callee.
    pub(crate) callee: Option<ServiceId>,
    /// How many requests there were a second, of which it tells how many failed or how long they took.
    pub(crate) requests: Option<f64>,
    /// Its usual level, as the source gives it.
    pub(crate) before: f64,
    /// Its level during the incident, as the source gives it.
    pub(crate) during: f64,
    /// How many spreads it strays, positive for the worse. For traffic and signals of no known bad
    /// direction, positive for a rise.
    pub(crate) z: f64,
    /// The excess over the usual in the unit of its signal: seconds, share of requests that fail.
    pub(crate) excess: f64,
    /// When it began to stray, if it strays.
    pub(crate) onset: Option<Timestamp>,
}

impl Deviation<'_> {
    /// Whether it strays for the worse, so far that it counts.
    pub(crate) fn is_adverse(&self) -> bool {
        match self.reading.signal {
            // A drop is a symptom (nobody comes through), a surge may be a cause: both count.
            Signal::Traffic | Signal::Other => self.z.abs() >= DEVIATES_Z,
            _ => self.z >= DEVIATES_Z,
        }
    }

    /// How much of it is asked for: where it fell that much is wanted all the same.
    pub(crate) fn wanted(&self) -> f64 {
        if self.is_far() && self.z < 0.0 { self.before } else { self.during }
    }

    /// Whether it strays in either direction.
    pub(crate) fn is_far(&self) -> bool {
        self.z.abs() >= DEVIATES_Z
    }
}

/// All series that have a usual and something to hold against it. The number of those that have
/// not comes with them.
pub(crate) fn measure<'a>(
    system: &System,
    evidence: &'a Evidence,
    flows: &'a Flows,
    windows: &Windows,
) -> (Vec<Deviation<'a>>, usize) {
    // A moment is always later than the one before, and strays by nothing else. Prometheus' series
    // of its own alerts say what the alerts say.
    // And a count of chances to throttle says how busy a processor is, which others say better.
    let says_little = |metric: &str| {
        is_moment(metric) || metric.starts_with("ALERTS") || metric.ends_with("cfs_periods_total")
    };
    let plain = evidence.series.iter().enumerate().filter(|(position, series)| {
        !says_little(&series.metric) && !flows.replaced.contains(position)
    });
    // A metric is of many services.
    let mut readings: BTreeMap<&str, Reading> = BTreeMap::new();
    let measured: Vec<_> = plain
        .map(|(_, series)| {
            let reading = *readings.entry(&series.metric).or_insert_with(|| read(&series.metric));
            let deviation = measure_one(series, reading, windows)?;
            Some(Deviation { callee: callee(system, series), ..deviation })
        })
        .collect();
    let folded: Vec<_> = flows
        .folded
        .iter()
        .map(|it| {
            let measured = measure_one(&it.series, it.reading, windows);
            measured.or_else(|| measure_new(it, flows, windows))
        })
        .collect();
    let unmeasured = measured.iter().chain(&folded).filter(|it| it.is_none()).count();
    let asked = |it: &Folded| mean(it.series.samples.between(windows.before_end, windows.at));
    let requests: Vec<Option<f64>> = folded
        .iter()
        .zip(&flows.folded)
        .map(|(measured, it)| measured.as_ref().map(|it| it.during).or_else(|| asked(it)))
        .collect();
    let folded = folded.into_iter().zip(&flows.folded).filter_map(|(deviation, it)| {
        let requests = it.of.requests.and_then(|position| requests[position]);
        Some(Deviation { callee: it.of.callee, requests, ..deviation? })
    });
    (measured.into_iter().flatten().chain(folded).collect(), unmeasured)
}

/// Calls that were never made before: none of them failed. Where most fail now, the time that they take
/// is lost as well; how long they would take if they did not, nobody knows.
fn measure_new<'a>(flow: &'a Folded, flows: &Flows, windows: &Windows) -> Option<Deviation<'a>> {
    flow.of.callee?;
    let was_made = |series: &Series| {
        !series.baseline.is_empty() || !series.samples.before(windows.before_end).is_empty()
    };
    let failed = |series: &Series| mean(series.samples.between(windows.before_end, windows.at));
    let is_lost = match flow.reading.signal {
        Signal::Errors | Signal::Unanswered => true,
        // The share that failed is told beside the number of requests.
        Signal::Latency => {
            let ratio = flows.folded.get(flow.of.requests? + 1)?;
            ratio.reading.signal == Signal::Errors && failed(&ratio.series)? > MOST
        }
        _ => false,
    };
    if was_made(&flow.series) || !is_lost {
        return None;
    }
    let scale = Scale::of(&flow.series.metric, flow.reading, &[0.0], &[]);
    against(&flow.series, flow.reading, windows, &scale, &[0.0])
}

fn measure_one<'a>(
    series: &'a Series,
    reading: Reading,
    windows: &Windows,
) -> Option<Deviation<'a>> {
    let mut before = series.baseline.values().to_vec();
    before.extend(series.samples.before(windows.before_end));
    if before.len() < SAMPLES_BEFORE_MIN {
        return None;
    }
    let during = series.samples.between(windows.before_end, windows.at);
    let scale = Scale::of(&series.metric, reading, &before, during);
    for value in &mut before {
        *value = scale.apply(*value);
    }
    against(series, reading, windows, &scale, &before)
}

/// What a series does during the incident, held against what it did before, scaled.
fn against<'a>(
    series: &'a Series,
    reading: Reading,
    windows: &Windows,
    scale: &Scale,
    before: &[f64],
) -> Option<Deviation<'a>> {
    let before_end = windows.before_end;
    let during = series.samples.between(before_end, windows.at);
    if during.is_empty() {
        return None;
    }
    let usual = Usual::of(before)?;
    let tested: Vec<f64> = during.iter().map(|value| scale.apply(*value)).collect();

    let first = series.samples.count_before(before_end);
    let times = &series.samples.unix_ms()[first..first + during.len()];
    let strays: Vec<f64> = tested.iter().map(|value| usual.z(*value, scale.floor)).collect();
    let rise = longest_run(strays.iter().map(|z| *z >= SAMPLE_Z));
    let fall = longest_run(strays.iter().map(|z| *z <= -SAMPLE_Z));
    let run = if rise.weight >= fall.weight { rise } else { fall };
    let range = if run.lasts(tested.len()) { run.start..run.end } else { 0..tested.len() };

    // Failures and restarts are rare events: their mean tells what a median of mostly zeros hides.
    let is_rare = matches!(
        reading.signal,
        Signal::Errors | Signal::Unanswered | Signal::Restarts | Signal::Logged
    );
    let values = &tested[range.clone()];
    let level = if is_rare { mean(values)? } else { median(values.iter().copied())? };
    let usual_level = if is_rare { mean(before)? } else { usual.level };
    let z = usual.z(level, scale.floor);
    Some(Deviation {
        series,
        reading,
        callee: None,
        requests: None,
        before: scale.undo(usual.level),
        during: scale.undo(level),
        z,
        excess: level - usual_level,
        onset: (z.abs() >= DEVIATES_Z).then(|| Timestamp::from_unix_ms(times[range.start])),
    })
}

/// How raw values become values that rise when things get worse, in the unit of their signal.
struct Scale {
    factor: f64,
    offset: f64,
    /// The smallest spread that means anything, in that unit.
    floor: f64,
}

impl Scale {
    fn of(metric: &str, reading: Reading, before: &[f64], during: &[f64]) -> Self {
        let full = if before.iter().any(|value| *value > 1.5) { 100.0 } else { 1.0 };
        match (reading.signal, reading.falls_when_bad) {
            // Availability: turned into the share that fails. A tenth of a percentage point is
            // below what anybody promises.
            (Signal::Errors, true) => Self { factor: -1.0 / full, offset: 1.0, floor: 0.001 },
            (Signal::Errors | Signal::Unanswered, false) => {
                Self { factor: reading.unit, offset: 0.0, floor: 0.001 }
            }
            // One line a minute is nothing.
            (Signal::Logged, _) => Self { factor: 1.0, offset: 0.0, floor: 1.0 },
            // Messages, connections and threads come in ones: one more than none is nothing.
            (Signal::Backlog | Signal::Saturation | Signal::Other, false)
                if before.iter().chain(during).all(|value| value.fract() == 0.0) =>
            {
                Self { factor: reading.unit, offset: 0.0, floor: 1.0 }
            }
            // Seconds of a processor: less than a hundredth of one is nothing.
            (Signal::Saturation, false)
                if has_word(metric, "cpu") && has_word(metric, "seconds") =>
            {
                Self { factor: reading.unit, offset: 0.0, floor: 0.01 }
            }
            (_, true) => Self { factor: -1.0, offset: 0.0, floor: 0.0 },
            (_, false) => Self { factor: reading.unit, offset: 0.0, floor: 0.0 },
        }
    }

    fn apply(&self, value: f64) -> f64 {
        self.offset + self.factor * value
    }

    fn undo(&self, value: f64) -> f64 {
        (value - self.offset) / self.factor
    }
}

/// A stretch of samples and by how many more of them are marked than not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) weight: i64,
}

impl Run {
    /// Whether it is more than a tremor in a window of `count` samples.
    fn lasts(self, count: usize) -> bool {
        let least = match count {
            0..8 => 1,
            8..40 => 2,
            _ => i64::try_from(count / 20).unwrap_or(i64::MAX),
        };
        self.weight >= least
    }
}

/// The stretch in which marked samples outnumber the others most (Kadane's maximum subarray): the
/// deviation that lasted, with its gaps, rather than the first tremor.
pub(crate) fn longest_run(marks: impl Iterator<Item = bool>) -> Run {
    let mut best = Run { start: 0, end: 0, weight: 0 };
    let mut current = best;
    for (index, marked) in marks.enumerate() {
        if current.weight <= 0 {
            current = Run { start: index, end: index, weight: 0 };
        }
        current.weight += if marked { 1 } else { -1 };
        current.end = index + 1;
        if current.weight > best.weight {
            best = current;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_that_lasts_wins_over_the_first_tremor() {
        let check = |marks: &str, start, end, weight| {
            let run = longest_run(marks.chars().map(|c| c == 'x'));
            assert_eq!(run, Run { start, end, weight }, "{marks}");
        };
        check("", 0, 0, 0);
        check("....", 0, 0, 0);
        check("xxxx", 0, 4, 4);
        check(".x...xxx.xxx", 5, 12, 5);
        check("xx......x", 0, 2, 2);
    }
}
