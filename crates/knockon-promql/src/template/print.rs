//! Values as texts, as Go's `fmt` has them (<https://pkg.go.dev/fmt#hdr-Printing>).

use super::value::Value;
use crate::go;

/// With `%v`.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::None => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => go::float(*value),
        Value::String(text) => text.to_string(),
        Value::Texts(texts) => map(texts.iter().map(|(name, text)| (name, text.clone()))),
        Value::Map(values) => map(values.iter().map(|(name, value)| (name, plain(value)))),
        Value::Sample(sample) => {
            let labels = map(sample.labels.iter().map(|(name, text)| (name, text.clone())));
            format!("{{{labels} {}}}", go::float(sample.value))
        }
        Value::Vector(samples) => {
            let all: Vec<_> = samples.iter().map(|it| plain(&Value::Sample(it.clone()))).collect();
            format!("[{}]", all.join(" "))
        }
        Value::Data(data) => format!(
            "{{{} {} {} {}}}",
            plain(&Value::Texts(data.labels.clone())),
            plain(&Value::Texts(data.external_labels.clone())),
            data.external_url,
            go::float(data.value)
        ),
        Value::Time(time) => time.text(),
        Value::Duration(duration) => duration.text(),
    }
}

fn map<'n>(entries: impl Iterator<Item = (&'n String, String)>) -> String {
    let all: Vec<_> = entries.map(|(name, text)| format!("{name}:{text}")).collect();
    format!("map[{}]", all.join(" "))
}

/// As an action writes it, and `html` and `urlquery` take it.
pub(super) fn shown(value: &Value) -> String {
    if matches!(value, Value::None) { "<no value>".to_owned() } else { plain(value) }
}

/// As `print` gets it: a sample is a pointer.
pub(super) fn printed(value: &Value) -> String {
    let mark = if matches!(value, Value::Sample(_)) { "&" } else { "" };
    format!("{mark}{}", plain(value))
}

/// Go's `Sprint`: a space between two values of which none is a text.
pub(super) fn print(values: &[Value]) -> String {
    let mut text = String::new();
    let mut was_text = true;
    for value in values {
        let is_text = matches!(value, Value::String(_));
        if !is_text && !was_text {
            text.push(' ');
        }
        was_text = is_text;
        text.push_str(&printed(value));
    }
    text
}

/// Go's `Sprintln`.
pub(super) fn print_line(values: &[Value]) -> String {
    let all: Vec<_> = values.iter().map(printed).collect();
    format!("{}\n", all.join(" "))
}
