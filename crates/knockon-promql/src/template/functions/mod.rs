//! The functions that templates can call: those of Go's `text/template` and those of Prometheus
//! (<https://prometheus.io/docs/prometheus/latest/configuration/template_reference/#functions>).

mod compare;
mod humanize;
mod method;
mod network;
mod text;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Scope;
use super::print;
use super::printf;
use super::time::{Duration, Time};
use super::value::{Sample, Value};
use crate::go;

pub(super) use method::{call_method, method};

/// What a function takes as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Any,
    Text,
    Sample,
    Vector,
    Duration,
    Time,
}

impl Takes {
    /// Its type in Go's words.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Text => "string",
            Self::Sample => "*template.sample",
            Self::Vector => "template.queryResult",
            Self::Duration => "time.Duration",
            Self::Time => "time.Time",
        }
    }

    /// Whether nothing will do.
    pub(super) fn takes_nothing(self) -> bool {
        matches!(self, Self::Any | Self::Sample | Self::Vector)
    }

    pub(super) fn takes(self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Text => matches!(value, Value::String(_)),
            Self::Sample => matches!(value, Value::Sample(_)),
            Self::Vector => matches!(value, Value::Vector(_)),
            Self::Duration => matches!(value, Value::Duration(_)),
            Self::Time => matches!(value, Value::Time(_)),
        }
    }
}

/// What a function takes: so much first, and then as many as there are of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature {
    pub(super) first: &'static [Takes],
    pub(super) more: Option<Takes>,
}

const fn takes(first: &'static [Takes]) -> Signature {
    Signature { first, more: None }
}

const fn takes_more(first: &'static [Takes]) -> Signature {
    Signature { first, more: Some(Takes::Any) }
}

/// What the function of a name takes; `None` if there is none.
pub(super) fn signature(name: &str) -> Option<Signature> {
    use Takes::{Any, Sample, Text, Vector};
    Some(match name {
        "and" | "or" | "eq" | "index" | "slice" => takes_more(&[Any]),
        "printf" => takes_more(&[Text]),
        "print" | "println" | "html" | "js" | "urlquery" | "args" => takes_more(&[]),
        "not" | "len" | "toTime" | "toDuration" | "humanize" | "humanize1024"
        | "humanizeDuration" | "humanizePercentage" | "humanizeTimestamp" => takes(&[Any]),
        "ne" | "lt" | "le" | "gt" | "ge" => takes(&[Any, Any]),
        "first" => takes(&[Vector]),
        "value" | "strvalue" => takes(&[Sample]),
        "label" => takes(&[Text, Sample]),
        "sortByLabel" => takes(&[Text, Vector]),
        "query" | "safeHtml" | "title" | "toUpper" | "toLower" | "graphLink" | "tableLink"
        | "parseDuration" | "stripPort" | "stripDomain" | "urlQueryEscape" => takes(&[Text]),
        "match" => takes(&[Text, Text]),
        "reReplaceAll" => takes(&[Text, Text, Text]),
        "pathPrefix" | "externalURL" | "now" => takes(&[]),
        _ => return None,
    })
}

pub(super) fn is_known(name: &str) -> bool {
    signature(name).is_some()
}

/// Calls a function with arguments that its signature allows.
pub(super) fn call(name: &str, values: &[Value], scope: &Scope<'_>) -> Result<Value, String> {
    if let Some(text) = text_of(name, values) {
        return text.map(Value::string);
    }
    match (name, values) {
        ("query", [Value::String(text)]) => query(text, scope),
        ("first", [vector]) => match samples(vector).first() {
            Some(sample) => Ok(Value::Sample(sample.clone())),
            None => Err("first() called on vector with no elements".to_owned()),
        },
        ("value", [sample]) => Ok(Value::Float(of_sample(sample)?.value)),
        ("strvalue", [sample]) => label("__value__", of_sample(sample)?),
        ("label", [Value::String(name), sample]) => label(name, of_sample(sample)?),
        ("sortByLabel", [Value::String(name), vector]) => Ok(sorted(name, vector)),
        ("args", values) => {
            let named = values.iter().enumerate();
            let named = named.map(|(index, value)| (format!("arg{index}"), value.clone()));
            Ok(Value::Map(Rc::new(named.collect())))
        }
        ("match", [Value::String(pattern), Value::String(text)]) => {
            Ok(Value::Bool(text::pattern(pattern)?.is_match(text)))
        }
        ("toTime", [value]) => Time::of_seconds(value.to_float()?).map(Value::Time),
        ("toDuration", [value]) => Ok(Value::Duration(duration(value.to_float()?))),
        ("parseDuration", [Value::String(text)]) => text::duration(text).map(Value::Float),
        ("now", []) => Ok(Value::Float(scope.time_ms as f64 / 1000.0)),
        ("externalURL", []) => Ok(Value::string(scope.external_url)),
        ("pathPrefix", []) => Ok(Value::string(network::path(scope.external_url))),
        _ => compare::call(name, values),
    }
}

/// The functions that answer with a text made of their arguments.
fn text_of(name: &str, values: &[Value]) -> Option<Result<String, String>> {
    Some(Ok(match (name, values) {
        ("print", values) => print::print(values),
        ("println", values) => print::print_line(values),
        ("printf", [Value::String(format), values @ ..]) => {
            return Some(printf::printf(format, values));
        }
        ("html", values) => text::html(&all(values)),
        ("js", values) => text::script(&all(values)),
        ("urlquery" | "urlQueryEscape", values) => go::query_escaped(&all(values)),
        ("safeHtml", [Value::String(text)]) => text.to_string(),
        ("title", [Value::String(text)]) => text::title(text),
        ("toUpper", [Value::String(text)]) => text.to_uppercase(),
        ("toLower", [Value::String(text)]) => text.to_lowercase(),
        ("graphLink", [Value::String(text)]) => link(text, 0),
        ("tableLink", [Value::String(text)]) => link(text, 1),
        ("stripPort", [Value::String(text)]) => network::without_port(text),
        ("stripDomain", [Value::String(text)]) => network::without_domain(text),
        ("reReplaceAll", [Value::String(pattern), Value::String(with), Value::String(text)]) => {
            return Some(text::replaced(pattern, with, text));
        }
        _ => return humanize::call(name, values),
    }))
}

/// Texts of all values, as `html` and `urlquery` take them.
fn all(values: &[Value]) -> String {
    match values {
        [value] => print::shown(value),
        values => print::print(values),
    }
}

/// Where Prometheus shows an expression: as a graph (tab 0) or as a table (tab 1).
pub(crate) fn link(expr: &str, tab: u8) -> String {
    format!("/graph?g0.expr={}&g0.tab={tab}", go::query_escaped(expr))
}

fn query(text: &str, scope: &Scope<'_>) -> Result<Value, String> {
    let sample = |found: crate::answer::Sample| {
        let labels = found.labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Rc::new(Sample { labels: Rc::new(labels.collect::<BTreeMap<_, _>>()), value: found.value })
    };
    Ok(Value::Vector((scope.query)(text)?.into_iter().map(sample).collect()))
}

fn samples(vector: &Value) -> &[Rc<Sample>] {
    match vector {
        Value::Vector(samples) => samples,
        _ => &[],
    }
}

fn of_sample(value: &Value) -> Result<&Sample, String> {
    match value {
        Value::Sample(sample) => Ok(sample),
        _ => Err("runtime error: invalid memory address or nil pointer dereference".to_owned()),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an arm of a match over results")]
fn label(name: &str, sample: &Sample) -> Result<Value, String> {
    Ok(Value::string(sample.labels.get(name).map(String::as_str).unwrap_or_default()))
}

fn sorted(name: &str, vector: &Value) -> Value {
    let mut samples = samples(vector).to_vec();
    samples.sort_by(|a, b| {
        let of = |sample: &Rc<Sample>| sample.labels.get(name).cloned().unwrap_or_default();
        of(a).cmp(&of(b))
    });
    Value::Vector(samples.into())
}

#[expect(clippy::cast_possible_truncation, reason = "what is too long is as long as can be")]
fn duration(seconds: f64) -> Duration {
    Duration((seconds * 1e9) as i64)
}
