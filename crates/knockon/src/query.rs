//! `knockon query`: a question in PromQL, asked of metrics in files.

use knockon_core::{Diagnostic, Place, Timestamp};
use knockon_format::closest;
use knockon_promql::{
    Answer, METRIC_NAME, MatchOp, Points, Query, QueryError, Settings, Value, special,
};
use knockon_report::Page;
use knockon_telemetry::answer_json;

use crate::cli::{Format, QueryArgs};
use crate::codes;
use crate::exit::{Failure, Outcome, Result};
use crate::metrics::{self, Metrics};
use crate::moment::{Moments, shown};
use crate::output;

/// What a query is called in diagnostics.
const NAME: &str = "query";

/// How far apart steps are if nothing is said.
const STEP_MS: i64 = 60_000;

/// Of when a query is asked.
struct Times {
    at: Option<Timestamp>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    step_ms: Option<i64>,
}

/// Reads query and metrics, asks, prints.
pub fn run(args: &QueryArgs) -> Result<Outcome> {
    let fail = |diagnostics| Failure::Input { diagnostics, format: args.format };
    let mut moments = Moments::default();
    let times = times(args, &mut moments);
    let mut wrong = moments.diagnostics;
    let query = Query::parse(&args.query).map_err(|error| wrong.push(refused(&args.query, &error)));
    let metrics = metrics::read(&args.metrics).map_err(|diagnostics| wrong.extend(diagnostics));
    let (Ok(query), Ok(metrics), true) = (query, metrics, wrong.is_empty()) else {
        return Err(fail(wrong));
    };
    let mut moments = Moments::default();
    let stretch = moments.stretch(times.from, times.to, &metrics);
    if !moments.diagnostics.is_empty() {
        return Err(fail(moments.diagnostics));
    }
    let answer = ask(&query, &metrics, &times, stretch, args.prometheus.settings())
        .map_err(|error| fail(vec![refused(&args.query, &error)]))?;
    let noticed = answer.warnings.iter().chain(&answer.infos).map(|it| noticed(&args.query, it));
    let noticed = noticed.chain(unknown_metrics(&query, &metrics));
    match args.format {
        Format::Json => {
            output::notes(&metrics.notes)?;
            output::report(&(answer_json::success(&answer) + "\n"))?;
        }
        Format::Text => {
            output::notes(&metrics.notes.iter().cloned().chain(noticed).collect::<Vec<_>>())?;
            output::report(&text(&answer.value))?;
        }
    }
    Ok(Outcome::Held)
}

fn times(args: &QueryArgs, moments: &mut Moments) -> Times {
    let at = moments.time("--at", args.at.as_deref());
    let from = moments.time("--from", args.from.as_deref());
    let to = moments.time("--to", args.to.as_deref());
    moments.in_order(("--from", from), ("--to", to));
    let step_ms = args.step.as_deref().and_then(|step| moments.length_ms("--step", step));
    Times { at, from, to, step_ms }
}

fn ask(
    query: &Query,
    metrics: &Metrics,
    times: &Times,
    stretch: (i64, i64),
    settings: Settings,
) -> std::result::Result<Answer, QueryError> {
    let is_range = times.from.is_some() || times.to.is_some() || times.step_ms.is_some();
    if !is_range {
        let at_ms = times.at.map_or(metrics.last_ms, |at| at.unix_ms);
        return query.at(&metrics.store, at_ms, settings);
    }
    let step_ms = times.step_ms.unwrap_or(STEP_MS);
    query.over(&metrics.store, stretch.0, stretch.1, step_ms, settings)
}

/// A mistake in a query, with its place.
fn refused(text: &str, error: &QueryError) -> Diagnostic {
    let before = &text[..error.span.start];
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before[before.len() - column..].chars().count() + 1;
    let length = text[error.span.clone()].lines().next().unwrap_or_default().chars().count();
    Diagnostic::error(codes::BAD_QUERY, error.message.as_str())
        .at(place(text, line, column, length))
}

fn place(text: &str, line: usize, column: usize, length: usize) -> Place {
    Place::new(NAME, line, column, length, text.lines().nth(line - 1).unwrap_or_default())
}

/// What Prometheus would note, as in `PromQL warning: … (1:5)`.
fn noticed(text: &str, note: &str) -> Diagnostic {
    let is_warning = note.starts_with("PromQL warning");
    let of = if is_warning { Diagnostic::warning } else { Diagnostic::note };
    // Which of the two it is, the diagnostic says, and where, its place.
    let what = note.split_once(": ").map_or(note, |(_, what)| what);
    let told = what.rsplit_once(" (").and_then(|(what, at)| {
        let (line, column) = at.strip_suffix(')')?.split_once(':')?;
        Some((what, line.parse::<usize>().ok()?.max(1), column.parse().ok()?))
    });
    match told {
        Some((what, line, column)) => of(codes::QUERY_NOTE, what).at(place(text, line, column, 1)),
        None => of(codes::QUERY_NOTE, what),
    }
}

/// Metrics that a query names and the files do not have.
fn unknown_metrics(query: &Query, metrics: &Metrics) -> Vec<Diagnostic> {
    let known = metrics.store.label_values(METRIC_NAME);
    let mut unknown: Vec<&str> = Vec::new();
    for matcher in query.selectors().into_iter().flatten() {
        let is_name = matcher.name == METRIC_NAME && matcher.op == MatchOp::Equal;
        let name = matcher.value.as_str();
        if is_name && known.binary_search(&name).is_err() && !unknown.contains(&name) {
            unknown.push(name);
        }
    }
    let told = unknown.into_iter().map(|name| {
        let near = closest(name, known.iter().copied());
        let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Diagnostic::note(codes::QUERY_NOTE, format!("no series is called `{name}`{meant}"))
    });
    told.collect()
}

/// An answer for people: a line for each value.
fn text(value: &Value) -> String {
    let mut page = Page::default();
    match value {
        Value::Scalar { value, .. } => page.line(&special::text(*value)),
        Value::String { text, .. } => page.line(text),
        Value::Vector(samples) if samples.is_empty() => page.line("nothing"),
        Value::Vector(samples) => {
            let labels: Vec<String> = samples.iter().map(|it| it.labels.to_string()).collect();
            let width = labels.iter().map(|it| it.chars().count()).max().unwrap_or(0);
            for (labels, sample) in labels.iter().zip(samples) {
                page.line(&format!("{labels:width$}  {}", special::text(sample.value)));
            }
        }
        Value::Matrix(all) if all.is_empty() => page.line("nothing"),
        Value::Matrix(all) => all.iter().for_each(|points| of_series(&mut page, points)),
    }
    page.finish()
}

fn of_series(page: &mut Page, points: &Points) {
    page.line(&points.labels.to_string());
    for (time_ms, value) in &points.samples {
        page.line(&format!("  {}  {}", shown(*time_ms), special::text(*value)));
    }
}
