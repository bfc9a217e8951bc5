//! Functions by their names.

use std::ops::Range;

use super::column::{self, Column};
use super::elementwise::{larger, round, smaller};
use super::window::Growth;
use super::{Evaluated, Evaluation, Evaluator, date, elementwise, error, over_time};
use crate::labels::Quoted;
use crate::syntax::ast::{Call, Expr};

impl Evaluator<'_> {
    pub(super) fn call(&self, call: &Call, span: &Range<usize>) -> Evaluation<Evaluated> {
        let args = call.args.as_slice();
        match (call.function.name, args) {
            ("pi", _) => Ok(self.constant(std::f64::consts::PI)),
            ("start", _) => Ok(self.constant(self.shared.asked.steps.start_ms as f64 / 1000.0)),
            ("end", _) => Ok(self.constant(self.shared.asked.end_ms as f64 / 1000.0)),
            ("range", _) => {
                let range_ms = self.shared.asked.end_ms - self.shared.asked.steps.start_ms;
                Ok(self.constant(range_ms as f64 / 1000.0))
            }
            ("step", _) => Ok(self.constant(self.shared.asked.steps.step_ms as f64 / 1000.0)),
            ("time", _) => Ok(Evaluated::Scalar(self.times())),
            ("scalar", [arg]) => self.single(arg).map(Evaluated::Scalar),
            ("min_of", [a, b]) => self.pairwise(a, b, smaller),
            ("max_of", [a, b]) => self.pairwise(a, b, larger),
            (name, args) => self.vector_call(name, args, span).map(Evaluated::Vector),
        }
    }

    fn constant(&self, value: f64) -> Evaluated {
        Evaluated::Scalar(vec![value; self.steps.count])
    }

    fn pairwise(&self, a: &Expr, b: &Expr, of: fn(f64, f64) -> f64) -> Evaluation<Evaluated> {
        let pairs = self.scalar(a)?.into_iter().zip(self.scalar(b)?);
        Ok(Evaluated::Scalar(pairs.map(|(a, b)| of(a, b)).collect()))
    }

    /// The moments of the steps, in seconds.
    fn times(&self) -> Vec<f64> {
        self.steps.moments().map(|ms| ms as f64 / 1000.0).collect()
    }

    /// The value of a vector that has just one.
    fn single(&self, arg: &Expr) -> Evaluation<Vec<f64>> {
        let columns = self.vector(arg)?;
        let value = |step: usize| {
            let mut values = columns.iter().filter(|column| column.has(step));
            match (values.next(), values.next()) {
                (Some(only), None) => only.values[step],
                _ => f64::NAN,
            }
        };
        Ok((0..self.steps.count).map(value).collect())
    }

    fn vector_call(
        &self,
        name: &str,
        args: &[Expr],
        span: &Range<usize>,
    ) -> Evaluation<Vec<Column>> {
        if let Some(function) = elementwise::function(name) {
            return self.changed(&args[0], function);
        }
        if let Some(function) = date::function(name) {
            let Some(arg) = args.first() else {
                let values = self.times().into_iter().map(function).collect();
                return Ok(vec![Column::new(crate::Labels::default(), values)]);
            };
            return self.changed(arg, function);
        }
        if let Some(function) = over_time::function(name) {
            let keeps_name = matches!(name, "first_over_time" | "last_over_time");
            return self.over_windows(&args[0], keeps_name, |window, _| Some(function(window)));
        }
        match (name, args) {
            ("absent" | "absent_over_time", [arg]) => self.absent(arg),
            ("clamp", [vector, min, max]) => self.clamp(vector, Some(min), Some(max)),
            ("clamp_min", [vector, min]) => self.clamp(vector, Some(min), None),
            ("clamp_max", [vector, max]) => self.clamp(vector, None, Some(max)),
            ("round", [vector, ..]) => self.round(vector, args.get(1)),
            ("timestamp", [arg]) => self.timestamp(arg),
            ("vector", [arg]) => Ok(vec![Column::new(crate::Labels::default(), self.scalar(arg)?)]),
            ("sort" | "sort_desc" | "sort_by_label" | "sort_by_label_desc", args) => {
                self.sort(name, args, span)
            }
            ("histogram_quantile", _) => self.histogram_quantile(args),
            ("histogram_quantiles", _) => self.histogram_quantiles(args),
            ("histogram_fraction", _) => self.histogram_fraction(args),
            ("label_replace", _) => self.label_replace(args, span),
            ("label_join", _) => self.label_join(args, span),
            ("info", [vector, ..]) => self.info(vector, args.get(1), span),
            // Of native histograms only, and a selector that meets one has told so.
            (
                "histogram_avg" | "histogram_count" | "histogram_sum" | "histogram_stddev"
                | "histogram_stdvar",
                [arg],
            ) => self.vector(arg).map(|_| Vec::new()),
            _ => self.window_call(name, args, span),
        }
    }

    /// Functions of a range vector that can fail, or look at other arguments.
    fn window_call(
        &self,
        name: &str,
        args: &[Expr],
        span: &Range<usize>,
    ) -> Evaluation<Vec<Column>> {
        let release = self.shared.settings.release;
        match (name, args) {
            ("rate", [arg]) => self.counter(arg, Growth::Rate),
            ("increase", [arg]) => self.counter(arg, Growth::Increase),
            ("delta", [arg]) => {
                self.over_windows(arg, false, |it, _| it.growth(Growth::Delta, release))
            }
            ("irate", [arg]) => self.over_windows(arg, false, |it, _| it.last_growth(true)),
            ("idelta", [arg]) => self.over_windows(arg, false, |it, _| it.last_growth(false)),
            ("deriv", [arg]) => self.over_windows(arg, false, |window, _| {
                window.line(window.times_ms[0]).map(|(slope, _)| slope)
            }),
            ("predict_linear", [arg, seconds]) => {
                let seconds = self.scalar(seconds)?;
                self.over_windows(arg, false, |window, step| {
                    let (slope, now) = window.line(window.now_ms)?;
                    Some(slope * seconds[step] + now)
                })
            }
            ("quantile_over_time", [share, arg]) => {
                let shares = self.scalar(share)?;
                let columns = self.over_windows(arg, false, |window, step| {
                    Some(super::quantile::quantile(shares[step], &mut window.values.to_vec()))
                })?;
                if !columns.is_empty() {
                    self.check_shares(&shares, &share.span);
                }
                Ok(columns)
            }
            ("double_exponential_smoothing", [arg, smoothing, trend]) => {
                self.smoothed(arg, smoothing, trend)
            }
            _ => error(span, format!("unsupported: the function {name:?}")),
        }
    }

    fn changed(&self, arg: &Expr, function: fn(f64) -> f64) -> Evaluation<Vec<Column>> {
        let mut columns = self.vector(arg)?;
        column::change(&mut columns, function);
        Ok(columns)
    }

    /// A counter is told by its name; another may be none.
    fn counter(&self, arg: &Expr, growth: Growth) -> Evaluation<Vec<Column>> {
        let stretches = self.stretches(arg)?;
        let last = self.steps.count.saturating_sub(1);
        for series in &stretches.series {
            let metric = series.labels.metric().unwrap_or_default();
            let is_counter = metric.is_empty()
                || ["_total", "_sum", "_count", "_bucket"].iter().any(|end| metric.ends_with(end));
            if is_counter {
                continue;
            }
            self.each_window(&stretches, series, &arg.span, |step, _| {
                if step == last {
                    let message = format!(
                        "metric might not be a counter, name does not end in \
                         _total/_sum/_count/_bucket: {}",
                        Quoted(metric)
                    );
                    self.inform(&arg.span, message);
                }
            })?;
        }
        let release = self.shared.settings.release;
        self.over_windows(arg, false, |window, _| window.growth(growth, release))
    }

    fn smoothed(&self, arg: &Expr, smoothing: &Expr, trend: &Expr) -> Evaluation<Vec<Column>> {
        let factors = |expr: &Expr, sort: &str, letters: &str| {
            let values = self.scalar(expr)?;
            match values.iter().find(|value| !(**value > 0.0 && **value < 1.0)) {
                None => Ok(values),
                Some(wrong) => error(
                    &expr.span,
                    format!("invalid {sort} factor. Expected: 0 < {letters} < 1, got: {wrong:.6}"),
                ),
            }
        };
        let smoothing = factors(smoothing, "smoothing", "sf")?;
        let trend = factors(trend, "trend", "tf")?;
        self.over_windows(arg, false, |window, step| window.smoothed(smoothing[step], trend[step]))
    }

    fn clamp(
        &self,
        vector: &Expr,
        min: Option<&Expr>,
        max: Option<&Expr>,
    ) -> Evaluation<Vec<Column>> {
        let bound = |expr: Option<&Expr>, none: f64| match expr {
            Some(expr) => self.scalar(expr),
            None => Ok(vec![none; self.steps.count]),
        };
        let is_both = min.is_some() && max.is_some();
        let (min, max) = (bound(min, f64::NEG_INFINITY)?, bound(max, f64::INFINITY)?);
        let mut columns = self.vector(vector)?;
        column::change_by_step(&mut columns, |step, value| {
            if is_both && max[step] < min[step] {
                return column::ABSENT;
            }
            larger(min[step], smaller(max[step], value))
        });
        Ok(column::with_values(columns))
    }

    fn round(&self, vector: &Expr, to: Option<&Expr>) -> Evaluation<Vec<Column>> {
        let to = match to {
            Some(to) => self.scalar(to)?,
            None => vec![1.0; self.steps.count],
        };
        let mut columns = self.vector(vector)?;
        column::change_by_step(&mut columns, |step, value| round(value, to[step]));
        Ok(columns)
    }

    /// When a sample was taken; when a value was reckoned, if it is none.
    fn timestamp(&self, arg: &Expr) -> Evaluation<Vec<Column>> {
        if let Some(mut columns) = self.sample_times(arg)? {
            for column in &mut columns {
                column.drops_name = true;
            }
            return Ok(columns);
        }
        let times = self.times();
        let mut columns = self.vector(arg)?;
        column::change_by_step(&mut columns, |step, _| times[step]);
        Ok(columns)
    }

    fn sort(&self, name: &str, args: &[Expr], span: &Range<usize>) -> Evaluation<Vec<Column>> {
        if self.steps.count > 1 {
            self.warn(
                span,
                "sort is ineffective for range queries since results are always ordered by labels",
            );
        }
        let is_descending = name.ends_with("_desc");
        if name.starts_with("sort_by_label") {
            return self.sort_by_label(args, is_descending);
        }
        let mut columns = self.vector(&args[0])?;
        if self.steps.count == 1 {
            columns.sort_by(|a, b| {
                let (a, b) = (a.values[0], b.values[0]);
                // NaN is last in both directions.
                let order = a.partial_cmp(&b);
                let order = order.map(|order| if is_descending { order.reverse() } else { order });
                order.unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
            });
        }
        Ok(columns)
    }
}
