//! Logs as Loki answers `/loki/api/v1/query_range`: streams of lines under labels.
//!
//! <https://grafana.com/docs/loki/latest/reference/loki-http-api/>: each line is a pair of a time in
//! nanoseconds and the line, and may have labels of its own.

use serde_json::Value;

use super::fields::Fields;
use super::line;
use crate::json_documents::{list, text_of};

/// Hands on every line of a stream.
pub(super) fn lines(stream: &Value, mut take: impl FnMut(Fields)) {
    let mut shared = Fields::default();
    if let Some(Value::Object(labels)) = stream.get("stream") {
        shared = Fields::of_object(labels);
    }
    for pair in list(stream, "values") {
        let part = |index: usize| pair.get(index);
        let mut fields = Fields { time: part(0).and_then(text_of), ..shared.clone() };
        if let Some(Value::Object(own)) = part(2) {
            fields = fields.or(Fields::of_object(own));
        }
        let words = line::words_of(&part(1).and_then(text_of).unwrap_or_default());
        fields.message = String::new();
        take(fields.or(words));
    }
}
