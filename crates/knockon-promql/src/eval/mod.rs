//! How an expression is answered: each part for all steps at once, series by series.
//!
//! Every part results in columns, one for each series, with a value for each step. What depends only on
//! labels (which series belong together, what they are called) is so decided once and not at every step.

mod aggregate;
mod arithmetic;
mod call;
mod column;
mod date;
mod elementwise;
mod histogram;
mod info;
mod kahan;
mod labelled;
mod matching;
mod notes;
mod over_time;
mod quantile;
mod rank;
mod select;
mod sets;
mod window;

use std::cell::{Cell, RefCell};
use std::ops::Range;

use crate::answer::{Answer, Points, Sample, Value};
use crate::query::{QueryError, Settings};
use crate::store::Store;
use crate::syntax::ast::{Expr, Kind, Type};
use column::{ABSENT, Column};
use notes::Notes;

type Evaluation<T> = Result<T, QueryError>;

/// What a part of an expression results in, for all steps.
#[derive(Debug, Clone)]
enum Evaluated {
    Scalar(Vec<f64>),
    Text(Vec<u8>),
    Vector(Vec<Column>),
}

/// The moments for which an expression is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    pub(crate) start_ms: i64,
    pub(crate) step_ms: i64,
    pub(crate) count: usize,
}

impl Steps {
    fn moment(&self, step: usize) -> i64 {
        // There are at most as many steps as fit between two times.
        self.start_ms + self.step_ms * i64::try_from(step).unwrap_or(0)
    }

    fn moments(self) -> impl Iterator<Item = i64> {
        (0..self.count).map(move |step| self.moment(step))
    }
}

/// The stretch of time that a query is asked for: its steps, and its end, which need not be one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) steps: Steps,
    pub(crate) end_ms: i64,
}

/// What all parts of one query share.
struct Shared<'a> {
    store: &'a Store,
    settings: Settings,
    text: &'a str,
    /// For `start()`, `end()` and the like.
    asked: Asked,
    notes: RefCell<Notes>,
    /// How many values were made so far.
    samples: Cell<usize>,
}

/// Answers parts of an expression for certain steps.
struct Evaluator<'a> {
    shared: &'a Shared<'a>,
    steps: Steps,
}

fn error<T>(span: &Range<usize>, message: impl Into<String>) -> Evaluation<T> {
    Err(QueryError { span: span.clone(), message: message.into() })
}

/// Answers at one moment.
pub(crate) fn at(
    expr: &Expr,
    text: &str,
    store: &Store,
    time_ms: i64,
    settings: Settings,
) -> Evaluation<Answer> {
    let steps = Steps { start_ms: time_ms, step_ms: 0, count: 1 };
    let asked = Asked { steps, end_ms: time_ms };
    let shared = Shared::new(store, settings, text, asked);
    let evaluator = Evaluator { shared: &shared, steps };
    if expr.result() == Type::Matrix {
        let matrix = evaluator.raw(expr)?;
        return Ok(shared.answer(Value::Matrix(matrix)));
    }
    let value = match evaluator.eval(expr)? {
        Evaluated::Scalar(values) => Value::Scalar { time_ms, value: values[0] },
        Evaluated::Text(bytes) => {
            Value::String { time_ms, text: String::from_utf8_lossy(&bytes).into_owned() }
        }
        Evaluated::Vector(columns) => {
            let columns = column::named(columns, &expr.span)?;
            let sample =
                |column: Column| Sample { labels: column.labels, time_ms, value: column.values[0] };
            Value::Vector(columns.into_iter().map(sample).collect())
        }
    };
    Ok(shared.answer(value))
}

/// Answers at every step.
pub(crate) fn over(
    expr: &Expr,
    text: &str,
    store: &Store,
    asked: Asked,
    settings: Settings,
) -> Evaluation<Answer> {
    let found = expr.result();
    if !matches!(found, Type::Scalar | Type::Vector) {
        let message = format!(
            "invalid expression type {:?} for range query, must be Scalar or instant Vector",
            found.words()
        );
        return error(&expr.span, message);
    }
    let steps = asked.steps;
    let shared = Shared::new(store, settings, text, asked);
    let evaluator = Evaluator { shared: &shared, steps };
    let columns = match evaluator.eval(expr)? {
        Evaluated::Scalar(values) => vec![Column::new(crate::Labels::default(), values)],
        Evaluated::Vector(columns) => column::named(columns, &expr.span)?,
        Evaluated::Text(_) => Vec::new(),
    };
    let points = |column: Column| {
        let samples =
            steps.moments().zip(column.values).filter(|(_, value)| !column::is_absent(*value));
        Points { labels: column.labels, samples: samples.collect() }
    };
    let mut matrix: Vec<Points> = columns.into_iter().map(points).collect();
    matrix.sort_by(|a, b| a.labels.cmp(&b.labels));
    Ok(shared.answer(Value::Matrix(matrix)))
}

impl<'a> Shared<'a> {
    fn new(store: &'a Store, settings: Settings, text: &'a str, asked: Asked) -> Self {
        let notes = RefCell::default();
        Self { store, settings, text, asked, notes, samples: Cell::new(0) }
    }

    fn answer(&self, value: Value) -> Answer {
        let (warnings, infos) = self.notes.borrow().texts(self.text);
        Answer { value, warnings, infos }
    }
}

impl Evaluator<'_> {
    fn eval(&self, expr: &Expr) -> Evaluation<Evaluated> {
        let is_literal = matches!(expr.kind, Kind::Number(_) | Kind::Text(_));
        if self.steps.count > 1 && !is_literal && expr.is_constant() {
            let once = Evaluator { shared: self.shared, steps: Steps { count: 1, ..self.steps } };
            let evaluated = once.eval(expr)?;
            return self.repeated(evaluated, &expr.span);
        }
        match &expr.kind {
            Kind::Number(value) => Ok(Evaluated::Scalar(vec![*value; self.steps.count])),
            Kind::Text(text) => Ok(Evaluated::Text(text.clone())),
            Kind::Paren(inner) => self.eval(inner),
            Kind::Negative(inner) => self.negative(inner),
            Kind::Binary(binary) => self.binary(binary, &expr.span),
            Kind::Aggregate(aggregate) => {
                self.aggregate(aggregate, &expr.span).map(Evaluated::Vector)
            }
            Kind::Call(call) => self.call(call, &expr.span),
            Kind::Selector(selector) => {
                self.selector(selector, &expr.span, select::Show::Value).map(Evaluated::Vector)
            }
            Kind::Matrix { .. } | Kind::Subquery(_) => {
                error(&expr.span, "a range vector is no value by itself")
            }
        }
    }

    /// What does not depend on the step, for all steps.
    fn repeated(&self, evaluated: Evaluated, span: &Range<usize>) -> Evaluation<Evaluated> {
        let count = self.steps.count;
        Ok(match evaluated {
            Evaluated::Scalar(values) => Evaluated::Scalar(vec![values[0]; count]),
            Evaluated::Vector(mut columns) => {
                self.count(columns.len() * count, span)?;
                for column in &mut columns {
                    column.values = vec![column.values[0]; count];
                }
                Evaluated::Vector(columns)
            }
            text @ Evaluated::Text(_) => text,
        })
    }

    fn negative(&self, inner: &Expr) -> Evaluation<Evaluated> {
        Ok(match self.eval(inner)? {
            Evaluated::Scalar(values) => {
                Evaluated::Scalar(values.into_iter().map(|value| -value).collect())
            }
            Evaluated::Vector(mut columns) => {
                column::change(&mut columns, |value| -value);
                Evaluated::Vector(columns)
            }
            text @ Evaluated::Text(_) => text,
        })
    }

    fn vector(&self, expr: &Expr) -> Evaluation<Vec<Column>> {
        match self.eval(expr)? {
            Evaluated::Vector(columns) => Ok(columns),
            _ => error(&expr.span, "expected an instant vector"),
        }
    }

    fn scalar(&self, expr: &Expr) -> Evaluation<Vec<f64>> {
        match self.eval(expr)? {
            Evaluated::Scalar(values) => Ok(values),
            _ => error(&expr.span, "expected a scalar"),
        }
    }

    fn text(&self, expr: &Expr) -> Evaluation<Vec<u8>> {
        match self.eval(expr)? {
            Evaluated::Text(text) => Ok(text),
            _ => error(&expr.span, "expected a string"),
        }
    }

    /// A column without values yet.
    fn column(&self, labels: crate::Labels) -> Column {
        Column::new(labels, vec![ABSENT; self.steps.count])
    }

    /// Counts values that are made, and stops when there are too many.
    fn count(&self, samples: usize, span: &Range<usize>) -> Evaluation<()> {
        let total = self.shared.samples.get().saturating_add(samples);
        self.shared.samples.set(total);
        if total > self.shared.settings.samples_max {
            return error(
                span,
                "query processing would load too many samples into memory in query execution",
            );
        }
        Ok(())
    }

    fn warn(&self, span: &Range<usize>, message: impl Into<String>) {
        self.shared.notes.borrow_mut().warn(span.start, message.into());
    }

    fn inform(&self, span: &Range<usize>, message: impl Into<String>) {
        self.shared.notes.borrow_mut().inform(span.start, message.into());
    }
}
