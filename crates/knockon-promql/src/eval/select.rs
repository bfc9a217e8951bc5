//! Samples from the store, and those that a subquery makes.

use std::borrow::Cow;
use std::ops::Range;

use super::column::{self, Column, is_absent};
use super::window::Window;
use super::{Evaluation, Evaluator, Steps, error};
use crate::answer::Points;
use crate::labels::Labels;
use crate::special;
use crate::store::Series;
use crate::syntax::ast::{At, Expr, Kind, Selector, Subquery, When};

/// What of the last sample is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    Value,
    /// When it was taken, in seconds.
    Time,
}

const NATIVE: &str = "unsupported: native histograms; the selector matches samples of one";

/// A series of which stretches are looked at.
pub(super) struct Stretch<'s> {
    pub(super) labels: Labels,
    pub(super) drops_name: bool,
    times_ms: Cow<'s, [i64]>,
    values: Cow<'s, [f64]>,
    has_native: bool,
}

/// Series, and which stretch of them belongs to a moment.
pub(super) struct Stretches<'s> {
    pub(super) series: Vec<Stretch<'s>>,
    pub(super) range_ms: i64,
    when: When,
}

impl<'a> Evaluator<'a> {
    /// The moment that is meant at a step.
    fn meant(&self, when: When, step: usize) -> i64 {
        let base = match when.at {
            None => self.steps.moment(step),
            Some(At::Moment(moment)) => moment,
            Some(At::Start) => self.shared.asked.steps.start_ms,
            Some(At::End) => self.shared.asked.end_ms,
        };
        base.saturating_sub(when.offset_ms)
    }

    /// The first and the last moment that are meant.
    fn meant_range(&self, when: When) -> (i64, i64) {
        (self.meant(when, 0), self.meant(when, self.steps.count.saturating_sub(1)))
    }

    /// By how much a range is longer than it says, so that the sample at its beginning is in or is not.
    fn at_beginning_ms(&self) -> i64 {
        i64::from(self.shared.settings.release.includes_beginning())
    }

    /// The last sample of each series at each step, unless it is too old or the series ended.
    pub(super) fn selector(
        &self,
        selector: &Selector,
        span: &Range<usize>,
        show: Show,
    ) -> Evaluation<Vec<Column>> {
        let ids = self.shared.store.select(&selector.matchers);
        let mut columns = Vec::with_capacity(ids.len());
        for id in ids {
            let column = self.last_samples(self.shared.store.get(id), selector.when, span, show)?;
            if !column.is_empty() {
                self.count(self.steps.count, span)?;
                columns.push(column);
            }
        }
        Ok(columns)
    }

    fn last_samples(
        &self,
        series: &Series,
        when: When,
        span: &Range<usize>,
        show: Show,
    ) -> Evaluation<Column> {
        let lookback = self.shared.settings.lookback_ms.saturating_add(self.at_beginning_ms());
        let (times, values) = (series.times_ms(), series.values());
        let mut column = self.column(series.labels().clone());
        let mut next = times.partition_point(|time| *time <= self.meant(when, 0));
        for step in 0..self.steps.count {
            let moment = self.meant(when, step);
            while times.get(next).is_some_and(|time| *time <= moment) {
                next += 1;
            }
            let Some(last) = next.checked_sub(1) else { continue };
            let value = values[last];
            if times[last] <= moment.saturating_sub(lookback) || special::is_stale(value) {
                continue;
            }
            if special::is_native_histogram(value) {
                return error(span, NATIVE);
            }
            column.values[step] = match show {
                Show::Value => value,
                Show::Time => times[last] as f64 / 1000.0,
            };
        }
        Ok(column)
    }

    /// The series of a range vector.
    pub(super) fn stretches(&self, expr: &Expr) -> Evaluation<Stretches<'a>> {
        match &expr.kind {
            Kind::Paren(inner) => self.stretches(inner),
            Kind::Matrix { selector, range_ms } => self.stored(selector, *range_ms, &expr.span),
            Kind::Subquery(subquery) => self.subquery(subquery, &expr.span),
            _ => error(&expr.span, "expected a range vector"),
        }
    }

    fn stored(
        &self,
        selector: &Selector,
        range_ms: i64,
        span: &Range<usize>,
    ) -> Evaluation<Stretches<'a>> {
        let when = selector.when;
        let (first, last) = self.meant_range(when);
        let store = self.shared.store;
        let mut all = Vec::new();
        for id in store.select(&selector.matchers) {
            let series = store.get(id);
            let after_ms = first.saturating_sub(range_ms).saturating_sub(self.at_beginning_ms());
            let (times_ms, values) = series.between(after_ms, last);
            if times_ms.is_empty() {
                continue;
            }
            self.count(times_ms.len(), span)?;
            all.push(Stretch::of(series.labels().clone(), times_ms, values));
        }
        Ok(Stretches { series: all, range_ms, when })
    }

    /// The inner expression at moments that are multiples of its step.
    fn subquery(&self, subquery: &Subquery, span: &Range<usize>) -> Evaluation<Stretches<'a>> {
        let step_ms = subquery.step_ms.unwrap_or(self.shared.settings.subquery_step_ms).max(1);
        let (first, last) = self.meant_range(subquery.when);
        let after = first.saturating_sub(subquery.range_ms).saturating_sub(self.at_beginning_ms());
        // At the end of time there may be no multiple any more.
        let start_ms = (after.div_euclid(step_ms) + 1).checked_mul(step_ms).unwrap_or(i64::MAX);
        let before = last.saturating_sub(start_ms) / step_ms;
        let is_over = start_ms > last || start_ms % step_ms != 0;
        let count = if is_over { 0 } else { before.saturating_add(1) };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.count(count, span)?;
        let steps = Steps { start_ms, step_ms, count };
        let mut series = Vec::new();
        if count > 0 {
            let inner = Evaluator { shared: self.shared, steps };
            for column in inner.vector(&subquery.expr)? {
                series.push(Stretch::of_column(column, steps));
            }
        }
        Ok(Stretches { series, range_ms: subquery.range_ms, when: subquery.when })
    }

    /// What a function makes of the samples of each series before each step.
    pub(super) fn over_windows(
        &self,
        expr: &Expr,
        keeps_name: bool,
        mut function: impl FnMut(&Window<'_>, usize) -> Option<f64>,
    ) -> Evaluation<Vec<Column>> {
        let stretches = self.stretches(expr)?;
        let mut columns = Vec::with_capacity(stretches.series.len());
        for series in &stretches.series {
            self.count(self.steps.count, &expr.span)?;
            let mut column = self.column(series.labels.clone());
            column.drops_name = series.drops_name || !keeps_name;
            self.each_window(&stretches, series, &expr.span, |step, window| {
                if let Some(value) = function(window, step) {
                    column.values[step] = value;
                }
            })?;
            if !column.is_empty() {
                columns.push(column);
            }
        }
        Ok(columns)
    }

    /// Shows the samples of a series before each step at which it has some.
    pub(super) fn each_window(
        &self,
        stretches: &Stretches<'_>,
        series: &Stretch<'_>,
        span: &Range<usize>,
        mut show: impl FnMut(usize, &Window<'_>),
    ) -> Evaluation<()> {
        let (times, values) = (&*series.times_ms, &*series.values);
        let (mut from, mut to) = (0, 0);
        for step in 0..self.steps.count {
            let end_ms = self.meant(stretches.when, step);
            let start_ms = end_ms.saturating_sub(stretches.range_ms);
            while to < times.len() && times[to] <= end_ms {
                to += 1;
            }
            while from < to && times[from] <= start_ms.saturating_sub(self.at_beginning_ms()) {
                from += 1;
            }
            if from == to {
                continue;
            }
            let values = &values[from..to];
            if series.has_native && values.iter().any(|value| special::is_native_histogram(*value))
            {
                return error(span, NATIVE);
            }
            let now_ms = self.steps.moment(step);
            show(step, &Window { times_ms: &times[from..to], values, start_ms, end_ms, now_ms });
        }
        Ok(())
    }

    /// The samples of a range vector as they are.
    pub(super) fn raw(&self, expr: &Expr) -> Evaluation<Vec<Points>> {
        let stretches = self.stretches(expr)?;
        let mut columns = Vec::new();
        let mut all = Vec::new();
        for series in &stretches.series {
            let mut samples = Vec::new();
            self.each_window(&stretches, series, &expr.span, |_, window| {
                let times = window.times_ms.iter().copied();
                samples.extend(times.zip(window.values.iter().copied()));
            })?;
            if samples.is_empty() {
                continue;
            }
            let mut column = Column::new(series.labels.clone(), vec![0.0]);
            column.drops_name = series.drops_name;
            columns.push(column);
            all.push(samples);
        }
        let columns = column::named(columns, &expr.span)?;
        let named = columns.into_iter().zip(all);
        let mut points: Vec<Points> =
            named.map(|(column, samples)| Points { labels: column.labels, samples }).collect();
        points.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(points)
    }

    /// Parentheses around a selector do not change what it is.
    pub(super) fn sample_times(&self, expr: &Expr) -> Evaluation<Option<Vec<Column>>> {
        let Kind::Selector(selector) = &expr.bare().kind else { return Ok(None) };
        self.selector(selector, &expr.span, Show::Time).map(Some)
    }
}

impl<'s> Stretch<'s> {
    /// Nothing is copied, unless markers have to be taken out.
    fn of(labels: Labels, times_ms: &'s [i64], values: &'s [f64]) -> Self {
        let has_native = values.iter().any(|value| special::is_native_histogram(*value));
        if !values.iter().any(|value| special::is_stale(*value)) {
            let (times_ms, values) = (Cow::Borrowed(times_ms), Cow::Borrowed(values));
            return Self { labels, drops_name: false, times_ms, values, has_native };
        }
        let pairs = times_ms.iter().zip(values).filter(|(_, value)| !special::is_stale(**value));
        let (times_ms, values): (Vec<i64>, Vec<f64>) = pairs.unzip();
        let (times_ms, values) = (Cow::Owned(times_ms), Cow::Owned(values));
        Self { labels, drops_name: false, times_ms, values, has_native }
    }

    fn of_column(column: Column, steps: Steps) -> Self {
        let pairs = steps.moments().zip(column.values).filter(|(_, value)| !is_absent(*value));
        let (times_ms, values): (Vec<i64>, Vec<f64>) = pairs.unzip();
        Self {
            labels: column.labels,
            drops_name: column.drops_name,
            times_ms: Cow::Owned(times_ms),
            values: Cow::Owned(values),
            has_native: false,
        }
    }
}
