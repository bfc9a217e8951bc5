//! Traces as Jaeger's query service answers them.
//!
//! <https://www.jaegertracing.io/docs/latest/architecture/apis/>

use std::collections::BTreeMap;

use knockon_core::Timestamp;
use serde_json::Value;

use super::{Part, Span};
use crate::json_documents::{list, text_at, text_of};
use crate::series::Labels;

/// Hands on every span of a trace; `None` for one without a start or a duration.
pub(super) fn spans(trace: &Value, mut take: impl FnMut(Option<Span>)) {
    for span in list(trace, "spans") {
        take(read(span, trace));
    }
}

fn read(span: &Value, trace: &Value) -> Option<Span> {
    let micros = |key: &str| text_at(span, key)?.parse::<i64>().ok().filter(|it| *it >= 0);
    let (start, duration) = (micros("startTime")?, micros("duration")?);
    let shared = text_at(span, "processID").and_then(|id| trace.get("processes")?.get(&id));
    let process = span.get("process").or(shared);
    let mut labels: Labels = process.map(tags).unwrap_or_default();
    if let Some(name) = process.and_then(|process| text_at(process, "serviceName")) {
        labels.insert("service.name".to_owned(), name);
    }
    let attributes = tags(span);
    let tag = |name: &str| attributes.get(name).map(String::as_str);
    let mut errors: Vec<String> =
        tag("otel.status_description").map(str::to_owned).into_iter().collect();
    for event in list(span, "logs") {
        let fields = pairs(list(event, "fields"));
        let is_error =
            fields.get("event").is_some_and(|event| event == "error" || event == "exception");
        let said = ["exception.message", "message", "error.object"];
        errors.extend(said.iter().find_map(|name| fields.get(*name)).filter(|_| is_error).cloned());
    }
    errors.sort_unstable();
    errors.dedup();
    Some(Span {
        part: tag("span.kind").and_then(Part::parse),
        labels,
        end: Timestamp::from_unix_ms((start.checked_add(duration)?) / 1000),
        seconds: duration as f64 / 1e6,
        is_error: tag("error") == Some("true") || tag("otel.status_code") == Some("ERROR"),
        errors,
        attributes,
    })
}

fn tags(of: &Value) -> BTreeMap<String, String> {
    pairs(list(of, "tags"))
}

fn pairs(list: &[Value]) -> BTreeMap<String, String> {
    list.iter().filter_map(|it| Some((text_at(it, "key")?, text_of(it.get("value")?)?))).collect()
}
