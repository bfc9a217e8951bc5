//! `load`: samples at equal steps from time 0.

use std::collections::{BTreeMap, BTreeSet};

use knockon_promql::{Labels, METRIC_NAME, Store, special};

use super::duration::duration_ms;
use super::number::float;
use super::script::{Lines, at};
use super::series::{Item, series};

/// The label of a bucket's upper bound.
const BOUND: &str = "le";

/// Samples to be added.
pub(super) struct Load {
    line: usize,
    step_ms: i64,
    /// Whether each classic histogram is also loaded as a native one.
    with_native: bool,
    /// Whether it says when series started, which is not kept.
    pub(super) has_start_times: bool,
    /// Of labels that come twice the last values count.
    series: BTreeMap<Labels, Vec<Item>>,
}

/// Reads the command that begins with a line.
pub(super) fn read(number: usize, line: &str, lines: &mut Lines) -> Result<Load, String> {
    let (word, step) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let with_native = match word {
        "load" => false,
        "load_with_nhcb" => true,
        _ => return Err(at(number)(format!("`{word}` is not `load` or `load_with_nhcb`"))),
    };
    let step_ms = duration_ms(step.trim()).map_err(at(number))?;
    let mut load = Load {
        line: number,
        step_ms,
        with_native,
        has_start_times: false,
        series: BTreeMap::new(),
    };
    while let Some((number, line)) = lines.in_block() {
        if is_start_times(line) {
            load.has_start_times = true;
            continue;
        }
        let (labels, items) = series(line).map_err(at(number))?;
        if with_native && has_unbounded_bucket(&labels) {
            return Err(at(number)(format!("the bucket `{labels}` has no label `{BOUND}`")));
        }
        load.series.insert(labels, items);
    }
    Ok(load)
}

/// Whether a line says when the samples of a series began to count: `up{job="a"}@st 0s-1mx3`.
fn is_start_times(line: &str) -> bool {
    line.split_once([' ', '\t']).is_some_and(|(metric, _)| metric.ends_with("@st"))
}

fn has_unbounded_bucket(labels: &Labels) -> bool {
    let is_bucket = labels.metric().is_some_and(|name| name.ends_with("_bucket"));
    is_bucket && labels.get(BOUND).is_none()
}

impl Load {
    /// Adds the samples to a store.
    pub(super) fn fill(&self, store: &mut Store) -> Result<(), String> {
        for (labels, items) in &self.series {
            let samples = self.samples(items).filter_map(|(time_ms, item)| match item {
                Item::Value(value) => Some((time_ms, value)),
                Item::NativeHistogram => Some((time_ms, special::NATIVE_HISTOGRAM)),
                Item::Gap => None,
            });
            self.append(store, labels, samples)?;
        }
        let histograms = if self.with_native { self.native_histograms() } else { BTreeMap::new() };
        for (labels, times_ms) in histograms {
            let samples = times_ms.into_iter().map(|time| (time, special::NATIVE_HISTOGRAM));
            self.append(store, &labels, samples)?;
        }
        Ok(())
    }

    fn samples<'a>(&self, items: &'a [Item]) -> impl Iterator<Item = (i64, Item)> + 'a {
        let step_ms = self.step_ms;
        (0_i64..).zip(items).map(move |(index, item)| (index.saturating_mul(step_ms), *item))
    }

    fn append(
        &self,
        store: &mut Store,
        labels: &Labels,
        samples: impl Iterator<Item = (i64, f64)>,
    ) -> Result<(), String> {
        let id = store.open(labels);
        for (time_ms, value) in samples {
            let wrong = |error| at(self.line)(format!("{labels} at {time_ms} ms: {error}"));
            store.append(id, time_ms, value).map_err(wrong)?;
        }
        Ok(())
    }

    /// When each classic histogram has a sample in its buckets, its count or its sum.
    fn native_histograms(&self) -> BTreeMap<Labels, BTreeSet<i64>> {
        let mut histograms: BTreeMap<Labels, BTreeSet<i64>> = BTreeMap::new();
        for (labels, items) in &self.series {
            let Some(base) = base_of(labels) else { continue };
            let with_value = |(_, item): &(i64, Item)| matches!(item, Item::Value(_));
            let times_ms = self.samples(items).filter(with_value).map(|(time_ms, _)| time_ms);
            histograms.entry(base).or_default().extend(times_ms);
        }
        histograms
    }
}

/// The series of the histogram that a classic series is a part of.
fn base_of(labels: &Labels) -> Option<Labels> {
    let name = labels.metric()?;
    let base = match name.strip_suffix("_bucket") {
        Some(base) => {
            // A bucket whose bound is no number belongs to no histogram.
            float(labels.get(BOUND)?).filter(|bound| !bound.is_nan())?;
            base
        }
        None => name.strip_suffix("_sum").or_else(|| name.strip_suffix("_count"))?,
    };
    Some(labels.filtered(|name| name != BOUND).with(METRIC_NAME, base))
}
