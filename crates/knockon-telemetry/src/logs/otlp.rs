//! Logs in OTLP JSON, as the file exporter of the OpenTelemetry collector writes them.
//!
//! <https://opentelemetry.io/docs/specs/otel/logs/data-model/>

use serde_json::Value;

use super::Level;
use super::fields::Fields;
use crate::json_documents::{attributes, list, otlp_text, text_at};

/// Hands on every line of a resource.
pub(super) fn lines(resource: &Value, mut take: impl FnMut(Fields)) {
    let mut shared = Fields::default();
    if let Some(described) = resource.get("resource") {
        for (name, value) in attributes(described) {
            shared.add(&name, &value);
        }
    }
    for scope in list(resource, "scopeLogs") {
        for record in list(scope, "logRecords") {
            take(line(record, shared.clone()));
        }
    }
}

fn line(record: &Value, mut fields: Fields) -> Fields {
    let is_set = |time: &String| time != "0";
    fields.time = text_at(record, "timeUnixNano")
        .filter(is_set)
        .or_else(|| text_at(record, "observedTimeUnixNano").filter(is_set));
    fields.level = level(record);
    fields.message = record.get("body").and_then(body).unwrap_or_default();
    let mut exception = None;
    for (name, value) in attributes(record) {
        if name == "exception.message" {
            exception = Some(value);
        } else {
            fields.add(&name, &value);
        }
    }
    if let Some(exception) = exception
        && !fields.message.contains(&exception)
    {
        fields.message = format!("{}: {exception}", fields.message);
    }
    fields
}

/// A text, or an object of which one key is the message.
fn body(body: &Value) -> Option<String> {
    otlp_text(body).or_else(|| {
        let pairs = list(body.get("kvlistValue")?, "values");
        let value = |name: &str| {
            let pair = pairs.iter().find(|pair| text_at(pair, "key").as_deref() == Some(name))?;
            otlp_text(pair.get("value")?)
        };
        ["message", "msg", "log", "event"].iter().find_map(|name| value(name))
    })
}

/// The number counts before the text: 9 to 12 are INFO, 13 to 16 WARN, from 17 on ERROR and FATAL. In
/// JSON it may also be the name of the number.
fn level(record: &Value) -> Option<Level> {
    let number = text_at(record, "severityNumber").filter(|number| number != "0");
    let by_number = number.and_then(|number| match number.parse::<u32>() {
        Ok(1..=12) => Some(Level::Info),
        Ok(13..=16) => Some(Level::Warn),
        Ok(_) => Some(Level::Error),
        Err(_) => {
            let name = number.strip_prefix("SEVERITY_NUMBER_").unwrap_or(&number);
            Level::parse(name.trim_end_matches(|c: char| c.is_ascii_digit()))
        }
    });
    by_number.or_else(|| Level::parse(&text_at(record, "severityText")?))
}
