//! `knockon query`: a question in PromQL, asked of metrics in files.

use knockon_core::{Diagnostic, Place, Timestamp};
use knockon_promql::{Answer, Points, Query, QueryError, Settings, Value, special};
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
    let answer = ask(&query, &metrics, &times, args.prometheus.settings())
        .map_err(|error| fail(vec![refused(&args.query, &error)]))?;
    let noticed = answer.warnings.iter().chain(&answer.infos).map(|it| noticed(it));
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
    settings: Settings,
) -> std::result::Result<Answer, QueryError> {
    let is_range = times.from.is_some() || times.to.is_some() || times.step_ms.is_some();
    if !is_range {
        let at_ms = times.at.map_or(metrics.last_ms, |at| at.unix_ms);
        return query.at(&metrics.store, at_ms, settings);
    }
    let from_ms = times.from.map_or(metrics.first_ms, |from| from.unix_ms);
    let to_ms = times.to.map_or(metrics.last_ms, |to| to.unix_ms);
    query.over(&metrics.store, from_ms, to_ms, times.step_ms.unwrap_or(STEP_MS), settings)
}

/// A mistake in a query, with its place.
fn refused(text: &str, error: &QueryError) -> Diagnostic {
    let start = error.span.start;
    let before = &text[..start];
    let line = before.matches('\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let whole_line = text[line_start..].lines().next().unwrap_or_default();
    let column = text[line_start..start].chars().count() + 1;
    let length = text[error.span.clone()].lines().next().unwrap_or_default().chars().count();
    let place = Place::new(NAME, line, column, length, whole_line);
    Diagnostic::error(codes::BAD_QUERY, error.message.as_str()).at(place)
}

fn noticed(note: &str) -> Diagnostic {
    let is_warning = note.starts_with("PromQL warning");
    let of = if is_warning { Diagnostic::warning } else { Diagnostic::note };
    of(codes::QUERY_NOTE, note)
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
