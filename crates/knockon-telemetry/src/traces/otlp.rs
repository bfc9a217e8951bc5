//! Spans in OTLP JSON: what the file exporter of the OpenTelemetry collector writes, and what Tempo
//! answers.
//!
//! <https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/>

use knockon_core::Timestamp;
use serde_json::Value;

use super::{Part, Span};
use crate::json_documents::{attributes, list, text_at};
use crate::series::Labels;

/// Hands on every span of a resource; `None` for one without a start or an end.
pub(super) fn spans(resource: &Value, mut take: impl FnMut(Option<Span>)) {
    let described = resource.get("resource");
    let labels: Labels = described.into_iter().flat_map(attributes).collect();
    // Until 0.15 of the protocol scopes had another name, which Tempo still writes.
    for key in ["scopeSpans", "instrumentationLibrarySpans"] {
        for scope in list(resource, key) {
            for span in list(scope, "spans") {
                take(read(span, &labels));
            }
        }
    }
}

fn read(span: &Value, labels: &Labels) -> Option<Span> {
    let nanos = |key: &str| text_at(span, key)?.parse::<i64>().ok().filter(|nanos| *nanos > 0);
    let (start, end) = (nanos("startTimeUnixNano")?, nanos("endTimeUnixNano")?);
    let status = span.get("status");
    let code = status.and_then(|status| text_at(status, "code"));
    let mut errors: Vec<String> =
        status.and_then(|it| text_at(it, "message")).into_iter().collect();
    for event in list(span, "events") {
        errors.extend(
            attributes(event).filter(|(name, _)| name == "exception.message").map(|it| it.1),
        );
    }
    errors.sort_unstable();
    errors.dedup();
    Some(Span {
        part: text_at(span, "kind").and_then(|kind| Part::parse(&kind)),
        labels: labels.clone(),
        end: Timestamp::from_unix_ms(end / 1_000_000),
        seconds: (end - start).max(0) as f64 / 1e9,
        is_error: matches!(code.as_deref(), Some("2" | "STATUS_CODE_ERROR")),
        attributes: attributes(span).collect(),
        errors,
    })
}
