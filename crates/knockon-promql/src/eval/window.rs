//! Functions of the samples of a stretch of time: how fast something grows, and where it goes.

use super::kahan::Kahan;
use crate::query::Release;

/// The samples of a series after one moment and until another, at least one.
pub(super) struct Window<'w> {
    pub(super) times_ms: &'w [i64],
    pub(super) values: &'w [f64],
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    /// The step, which an offset does not move.
    pub(super) now_ms: i64,
}

/// What growth is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    /// Of a gauge, over the window.
    Delta,
    /// Of a counter, over the window.
    Increase,
    /// Of a counter, in a second.
    Rate,
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

impl Window<'_> {
    pub(super) fn first(&self) -> f64 {
        self.values[0]
    }

    pub(super) fn last(&self) -> f64 {
        self.values[self.values.len() - 1]
    }

    /// How much it grew, as if the samples reached to both ends of the window, unless they begin or end
    /// far from them (<https://prometheus.io/docs/prometheus/latest/querying/functions/#rate>).
    pub(super) fn growth(&self, growth: Growth, release: Release) -> Option<f64> {
        let count = self.values.len();
        if count < 2 {
            return None;
        }
        let (first_ms, last_ms) = (self.times_ms[0], self.times_ms[count - 1]);
        let is_counter = growth != Growth::Delta;
        let mut grown = self.last() - self.first();
        if is_counter {
            // A counter that fell began anew.
            for pair in self.values.windows(2) {
                if pair[1] < pair[0] {
                    grown += pair[0];
                }
            }
        }
        let sampled = seconds(last_ms - first_ms);
        let apart = sampled / (count - 1) as f64;
        let threshold = apart * 1.1;
        let mut before = seconds(first_ms - self.start_ms);
        let mut after = seconds(self.end_ms - last_ms);
        // It cannot have been less than zero.
        let may_fall_short = is_counter && grown > 0.0 && self.first() >= 0.0;
        let to_zero = if may_fall_short { sampled * (self.first() / grown) } else { f64::INFINITY };
        if release < Release::V2_52 {
            before = before.min(to_zero);
        }
        if before >= threshold {
            before = apart / 2.0;
        }
        before = before.min(to_zero);
        if after >= threshold {
            after = apart / 2.0;
        }
        let mut factor = (sampled + before + after) / sampled;
        if growth == Growth::Rate {
            factor /= seconds(self.end_ms - self.start_ms);
        }
        Some(grown * factor)
    }

    /// How much it grew between the last two samples; in a second, if it is a counter.
    pub(super) fn last_growth(&self, is_rate: bool) -> Option<f64> {
        let [.., before, last] = *self.values else { return None };
        let [.., before_ms, last_ms] = *self.times_ms else { return None };
        let grown = if is_rate && last < before { last } else { last - before };
        Some(if is_rate { grown / seconds(last_ms - before_ms) } else { grown })
    }

    /// The slope of the line nearest to the samples, and its value at a moment.
    pub(super) fn line(&self, at_ms: i64) -> Option<(f64, f64)> {
        if self.values.len() < 2 {
            return None;
        }
        let first = self.first();
        #[expect(clippy::float_cmp, reason = "a line through equal values is level")]
        let is_level = self.values.iter().all(|value| *value == first);
        if is_level {
            return Some(if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) });
        }
        let count = self.values.len() as f64;
        let (mut x, mut y, mut xy, mut xx) =
            (Kahan::default(), Kahan::default(), Kahan::default(), Kahan::default());
        for (time, value) in self.times_ms.iter().zip(self.values) {
            let at = seconds(time.saturating_sub(at_ms));
            x.add(at);
            y.add(*value);
            xy.add(at * value);
            xx.add(at * at);
        }
        let (x, y, xy, xx) = (x.total(), y.total(), xy.total(), xx.total());
        let slope = (xy - x * y / count) / (xx - x * x / count);
        Some((slope, y / count - slope * x / count))
    }

    /// Double exponential smoothing, by factors for value and trend
    /// (<https://en.wikipedia.org/wiki/Exponential_smoothing#Double_exponential_smoothing>).
    pub(super) fn smoothed(&self, smoothing: f64, trending: f64) -> Option<f64> {
        if self.values.len() < 2 {
            return None;
        }
        let mut before = 0.0;
        let mut level = self.values[0];
        let mut trend = self.values[1] - self.values[0];
        for (index, value) in self.values.iter().enumerate().skip(1) {
            if index > 1 {
                trend = trending * (level - before) + (1.0 - trending) * trend;
            }
            before = level;
            level = smoothing * value + (1.0 - smoothing) * (level + trend);
        }
        Some(level)
    }
}
