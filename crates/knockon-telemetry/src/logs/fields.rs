//! What a line says of itself, gathered from whatever it is written as.

use serde_json::{Map, Value};

use super::{Level, peer};
use crate::json_documents::text_of;
use crate::placement;
use crate::series::Labels;

const TIMES: &[&str] = &[
    "time",
    "timestamp",
    "@timestamp",
    "ts",
    "_time",
    "datetime",
    "date",
    "t",
    "eventTime",
    "timeUnixNano",
    "observedTimeUnixNano",
    "__REALTIME_TIMESTAMP",
];

const LEVELS: &[&str] = &[
    "level",
    "severity",
    "severity_text",
    "severityText",
    "log.level",
    "lvl",
    "loglevel",
    "levelname",
    "level_name",
    "detected_level",
];

const MESSAGES: &[&str] = &["message", "msg", "body", "log", "MESSAGE", "event", "text", "line"];

/// What loggers put beside the message when something failed.
const ERRORS: &[&str] =
    &["error", "err", "exception", "error.message", "err.message", "exception.message"];

/// How deep objects in an object are looked into.
const DEPTH_MAX: usize = 3;

/// What a line says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// When, as it is written.
    pub(super) time: Option<String>,
    /// The level, where a field says it.
    pub(super) level: Option<Level>,
    pub(super) message: String,
    /// Labels that may name a service.
    pub(super) labels: Labels,
}

impl Fields {
    /// The fields of an object as structured loggers and shippers write it. Of objects inside it (the
    /// `kubernetes` of Fluent Bit and Vector, the `service` of ECS) the names are tried with and
    /// without what is around them.
    pub(super) fn of_object(object: &Map<String, Value>) -> Self {
        let mut found = Found::default();
        found.walk("", object, 0);
        let mut fields = Self {
            time: found.time.map(|(_, text)| text),
            level: found.level.and_then(|(_, text)| Level::parse(&text)),
            message: found.message.map(|(_, text)| text).unwrap_or_default(),
            labels: found.labels,
        };
        if let Some((_, error)) = found.error
            && !fields.message.contains(&error)
        {
            let colon = if fields.message.is_empty() { "" } else { ": " };
            fields.message = format!("{}{colon}{error}", fields.message);
        }
        fields
    }

    /// Adds a field by name; false when the name says nothing.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        if tells(name) && !value.is_empty() {
            self.labels.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }

    /// Takes from another what is missing here.
    pub(super) fn or(mut self, other: Self) -> Self {
        for (name, value) in other.labels {
            self.labels.entry(name).or_insert(value);
        }
        let message = if self.message.is_empty() { other.message } else { self.message };
        let (time, level) = (self.time.or(other.time), self.level.or(other.level));
        Self { time, level, message, labels: self.labels }
    }
}

/// Whether a field may name the service or the other end.
fn tells(name: &str) -> bool {
    placement::tells(name) || peer::tells(name)
}

/// Which of the names of a field it is; smaller is better.
fn rank(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|it| *it == name)
}

/// The column of a table that is the time, the level or the message.
pub(super) fn column(header: &[String], what: Column) -> Option<usize> {
    let names = match what {
        Column::Time => TIMES,
        Column::Level => LEVELS,
        Column::Message => MESSAGES,
    };
    names.iter().find_map(|name| header.iter().position(|it| it.eq_ignore_ascii_case(name)))
}

/// What a column may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    Time,
    Level,
    Message,
}

#[derive(Default)]
struct Found {
    time: Option<(usize, String)>,
    level: Option<(usize, String)>,
    message: Option<(usize, String)>,
    error: Option<(usize, String)>,
    labels: Labels,
}

impl Found {
    fn walk(&mut self, around: &str, object: &Map<String, Value>, depth: usize) {
        // What is near the top counts before what is deep inside.
        for (name, value) in object {
            if let Some(text) = text_of(value) {
                self.take(around, name, text);
            }
        }
        if depth == DEPTH_MAX {
            return;
        }
        for (name, value) in object {
            if let Value::Object(inner) = value {
                self.walk(&format!("{around}{name}."), inner, depth + 1);
            }
        }
    }

    fn take(&mut self, around: &str, name: &str, text: String) {
        let whole = if around.is_empty() { name.to_owned() } else { format!("{around}{name}") };
        if tells(&whole) {
            self.labels.entry(whole).or_insert(text);
        } else if !around.is_empty() && name != "name" && tells(name) {
            self.labels.entry(name.to_owned()).or_insert(text);
        } else {
            let slots = [
                (TIMES, &mut self.time),
                (LEVELS, &mut self.level),
                (MESSAGES, &mut self.message),
                (ERRORS, &mut self.error),
            ];
            for (names, slot) in slots {
                if let Some(rank) = rank(names, &whole)
                    && slot.as_ref().is_none_or(|(other, _)| rank < *other)
                    && !text.trim().is_empty()
                {
                    *slot = Some((rank, text));
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loggers_and_shippers_are_understood() {
        let check = |text: &str, expected: (&str, Option<Level>, &str, &[(&str, &str)])| {
            let Value::Object(object) = serde_json::from_str(text).unwrap() else { panic!() };
            let fields = Fields::of_object(&object);
            let labels: Vec<_> =
                fields.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let time = fields.time.as_deref().unwrap_or_default();
            assert_eq!((time, fields.level, fields.message.as_str(), &*labels), expected, "{text}");
        };
        let error = Some(Level::Error);
        // zap
        check(
            r#"{"level":"error","ts":1767268800.5,"msg":"no answer","service":"a","error":"EOF"}"#,
            ("1767268800.5", error, "no answer: EOF", &[("service", "a")]),
        );
        // pino, bunyan
        check(
            r#"{"level":50,"time":1767268800500,"name":"a","msg":"x"}"#,
            ("1767268800500", error, "x", &[("name", "a")]),
        );
        // Elastic Common Schema
        check(
            r#"{"@timestamp":"T","log":{"level":"ERROR"},"service":{"name":"a"},"message":"x","error":{"message":"y"}}"#,
            ("T", error, "x: y", &[("service.name", "a")]),
        );
        // Fluent Bit and Vector with the metadata of Kubernetes
        check(
            r#"{"time":"T","log":"x","kubernetes":{"pod_name":"a-0","container_name":"a","labels":{"app":"a"}}}"#,
            ("T", None, "x", &[("app", "a"), ("container_name", "a"), ("pod_name", "a-0")]),
        );
        check(r#"{"user":{"name":"a"},"msg":null}"#, ("", None, "", &[]));
    }
}
