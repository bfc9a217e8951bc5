//! A query: a PromQL expression that can be asked of a store.

use std::fmt;
use std::ops::Range;

use crate::answer::Answer;
use crate::eval::{self, Asked, Steps};
use crate::matcher::Matcher;
use crate::store::Store;
use crate::syntax::ast::Expr;
use crate::syntax::parse;

/// A PromQL expression that was read and found right.
#[derive(Debug, Clone)]
pub struct Query {
    text: String,
    expr: Expr,
}

/// How queries are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How old the last sample of a series may be to count as its value.
    pub lookback_ms: i64,
    /// How far apart the moments of a subquery are that does not say it.
    pub subquery_step_ms: i64,
    /// The most samples that a query may hold at once.
    pub samples_max: usize,
    /// Of which Prometheus the answers are.
    pub release: Release,
}

/// The releases of Prometheus from which on the same query may have another answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// 2.0 to 2.51: ranges and the lookback include their beginning; a counter that is not much more than
    /// its growth is taken to begin where it was zero, however far that is from its first sample.
    V2,
    /// 2.52 to 2.55: it is taken to begin half an interval before its first sample, or where it was zero if
    /// that is later (<https://github.com/prometheus/prometheus/pull/13725>).
    V2_52,
    /// 3.0 and after: ranges and the lookback leave out their beginning
    /// (<https://prometheus.io/docs/prometheus/latest/migration/>).
    #[default]
    V3,
}

impl Release {
    /// Whether a range has the sample at its beginning.
    pub(crate) fn includes_beginning(self) -> bool {
        self < Self::V3
    }
}

impl Default for Settings {
    /// As Prometheus has them.
    fn default() -> Self {
        Self {
            lookback_ms: 300_000,
            subquery_step_ms: 60_000,
            samples_max: 50_000_000,
            release: Release::V3,
        }
    }
}

/// Why an expression is none, or cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// The part of the expression that is wrong, in bytes.
    pub span: Range<usize>,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for QueryError {}

impl Query {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Self { text: text.to_owned(), expr: parse(text)? })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The expression as Prometheus writes it, whichever way it was written.
    ///
    /// ```
    /// # use knockon_promql::Query;
    /// let query = Query::parse("sum(rate(a{job = 'x'}[300s])) by (job)>0.50").unwrap();
    /// assert_eq!(query.printed(), "sum by (job) (rate(a{job=\"x\"}[5m])) > 0.5");
    /// ```
    pub fn printed(&self) -> String {
        self.expr.to_string()
    }

    /// The conditions of each selector in it, the name of the metric among them, in the order in which
    /// they stand.
    ///
    /// ```
    /// # use knockon_promql::Query;
    /// let query = Query::parse("rate(a{job=\"x\"}[5m]) / b").unwrap();
    /// let written = |matchers: &[knockon_promql::Matcher]| {
    ///     matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    /// };
    /// let selectors: Vec<String> = query.selectors().into_iter().map(written).collect();
    /// assert_eq!(selectors, ["job=\"x\",__name__=\"a\"", "__name__=\"b\""]);
    /// ```
    pub fn selectors(&self) -> Vec<&[Matcher]> {
        let mut selectors = Vec::new();
        self.expr.each_selector(&mut |matchers| selectors.push(matchers));
        selectors
    }

    /// Answers at one moment, in milliseconds since 1970.
    pub fn at(
        &self,
        store: &Store,
        time_ms: i64,
        settings: Settings,
    ) -> Result<Answer, QueryError> {
        eval::at(&self.expr, &self.text, store, time_ms, settings)
    }

    /// Answers at every step from one moment to another, that one included.
    pub fn over(
        &self,
        store: &Store,
        from_ms: i64,
        to_ms: i64,
        step_ms: i64,
        settings: Settings,
    ) -> Result<Answer, QueryError> {
        let wrong = |message: &str| {
            Err(QueryError { span: 0..self.text.len(), message: message.to_owned() })
        };
        if step_ms <= 0 {
            return wrong("zero or negative query resolution step widths are not accepted");
        }
        let Some(length) = to_ms.checked_sub(from_ms).filter(|length| *length >= 0) else {
            return wrong("end timestamp must not be before start time");
        };
        let most = settings.samples_max;
        let Some(more) = usize::try_from(length / step_ms).ok().filter(|more| *more < most) else {
            return wrong(
                "exceeded maximum resolution: there are more steps than samples a query may have",
            );
        };
        let steps = Steps { start_ms: from_ms, step_ms, count: more + 1 };
        let asked = Asked { steps, end_ms: to_ms };
        eval::over(&self.expr, &self.text, store, asked, settings)
    }
}
