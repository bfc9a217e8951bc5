//! Writing values: whoever is read writes the same series in the same order each time, so no name is
//! ever looked up. Labels are made when a series is first written.

use std::borrow::Cow;
use std::sync::Arc;

use super::catalogue::Id;
use super::cells::{BOUNDS, Cell};
use super::data::{Observation, Series};

/// A label whose name is always the same.
pub(super) type Known = (&'static str, Arc<str>);

/// Series that are not there yet.
pub(super) const NEW: u32 = u32::MAX;

/// The series of one thing that is read: they follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bank {
    first: u32,
}

impl Default for Bank {
    fn default() -> Self {
        Self { first: NEW }
    }
}

impl Bank {
    /// The bank that begins at a series.
    pub(super) fn at(first: u32) -> Self {
        Self { first }
    }

    /// The series that it begins at.
    pub(super) fn place(self) -> u32 {
        self.first
    }
}

/// Writes the series of one bank at one scrape.
pub(super) struct Writer<'a> {
    observation: &'a mut Observation,
    scrape: usize,
    next: usize,
}

impl<'a> Writer<'a> {
    /// A writer for a bank, whose series are made if they are not there.
    pub(super) fn new(observation: &'a mut Observation, scrape: usize, bank: &mut Bank) -> Self {
        if bank.first == NEW {
            bank.first = u32::try_from(observation.series.len()).unwrap_or(NEW - 1);
        }
        Self { observation, scrape, next: bank.first as usize }
    }

    /// The value of the next series of the bank, if it has one now.
    pub(super) fn put<N: Into<Cow<'static, str>>>(
        &mut self,
        id: Id,
        value: impl Into<Option<f64>>,
        labels: impl FnOnce() -> Vec<(N, Arc<str>)>,
    ) {
        self.put_part(id, "", value.into(), labels);
    }

    /// A count.
    pub(super) fn count<N: Into<Cow<'static, str>>>(
        &mut self,
        id: Id,
        value: u64,
        labels: impl FnOnce() -> Vec<(N, Arc<str>)>,
    ) {
        self.put_part(id, "", Some(value as f64), labels);
    }

    fn put_part<N: Into<Cow<'static, str>>>(
        &mut self,
        id: Id,
        suffix: &'static str,
        value: Option<f64>,
        labels: impl FnOnce() -> Vec<(N, Arc<str>)>,
    ) {
        let series = &mut self.observation.series;
        if self.next == series.len() {
            // A label without a value is as good as none.
            let labels = labels().into_iter().filter(|(_, value)| !value.is_empty());
            series.push(Series {
                metric: id as u16,
                suffix,
                labels: labels.map(|(name, value)| (name.into(), value)).collect(),
                first: self.scrape,
                values: Vec::new(),
            });
        }
        let series = &mut series[self.next];
        debug_assert_eq!((series.metric, series.suffix), (id as u16, suffix));
        self.next += 1;
        let Some(value) = value else { return };
        if series.values.is_empty() {
            series.first = self.scrape;
        }
        // What was not seen in between is a gap.
        series.values.resize(self.scrape - series.first, f64::NAN);
        series.values.push(value);
    }

    /// A histogram of whole counts by bucket.
    pub(super) fn histogram(
        &mut self,
        id: Id,
        cumulative: &[u64],
        bounds: &[Arc<str>],
        sum_ns: f64,
        labels: impl Fn() -> Vec<Known>,
    ) {
        for (count, bound) in cumulative.iter().zip(bounds) {
            self.put_part(id, "_bucket", Some(*count as f64), || {
                let mut labels = labels();
                labels.push(("le", Arc::clone(bound)));
                labels
            });
        }
        let count = cumulative.last().copied().unwrap_or(0);
        self.put_part(id, "_count", Some(count as f64), &labels);
        self.put_part(id, "_sum", Some(sum_ns / 1e9), &labels);
    }

    /// A cell as a histogram.
    pub(super) fn cell(
        &mut self,
        id: Id,
        cell: &Cell,
        bounds: &[Arc<str>],
        labels: impl Fn() -> Vec<Known>,
    ) {
        let mut cumulative = [0; BOUNDS.len()];
        let mut sum = 0;
        for (bucket, below) in cell.buckets.iter().zip(&mut cumulative) {
            sum += u64::from(*bucket);
            *below = sum;
        }
        self.histogram(id, &cumulative, bounds, cell.sum_ns as f64, labels);
    }
}
