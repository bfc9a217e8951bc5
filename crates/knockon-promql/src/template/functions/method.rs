//! The methods of moments and lengths of time that Go's `time` gives them.

use super::super::print;
use super::super::time::{Duration, Time};
use super::super::value::Value;
use super::{Signature, Takes, takes};

/// What a method of a moment or a length of time takes; `None` if it has none of this name.
pub(in super::super) fn method(value: &Value, name: &str) -> Option<Signature> {
    let time = matches!(value, Value::Time(_));
    let duration = matches!(value, Value::Duration(_));
    Some(match name {
        "Format" if time => takes(&[Takes::Text]),
        "Add" if time => takes(&[Takes::Duration]),
        "Sub" | "After" | "Before" if time => takes(&[Takes::Time]),
        "String" if time || duration => takes(&[]),
        "UTC" | "Month" | "Weekday" if time => takes(&[]),
        "Seconds" | "Minutes" | "Hours" | "Milliseconds" if duration => takes(&[]),
        _ => match value {
            Value::Time(time) if time.number(name).is_some() => takes(&[]),
            _ => return None,
        },
    })
}

/// Calls a method with arguments that its signature allows.
pub(in super::super) fn call_method(
    receiver: &Value,
    name: &str,
    values: &[Value],
) -> Result<Value, String> {
    Ok(match (receiver, name, values) {
        (Value::Time(time), "Format", [Value::String(layout)]) => {
            Value::string(time.format(layout))
        }
        (Value::Time(time), "Add", [Value::Duration(by)]) => {
            Value::Time(Time(time.0.saturating_add(by.0 / 1_000_000)))
        }
        (Value::Time(time), "Sub", [Value::Time(other)]) => {
            Value::Duration(Duration((time.0 - other.0).saturating_mul(1_000_000)))
        }
        (Value::Time(time), "After", [Value::Time(other)]) => Value::Bool(time.0 > other.0),
        (Value::Time(time), "Before", [Value::Time(other)]) => Value::Bool(time.0 < other.0),
        (Value::Time(time), "UTC", []) => Value::Time(*time),
        (Value::Time(time), "Month", []) => Value::string(time.format("January")),
        (Value::Time(time), "Weekday", []) => Value::string(time.format("Monday")),
        (Value::Time(_) | Value::Duration(_), "String", []) => {
            Value::string(print::plain(receiver))
        }
        (Value::Time(time), name, []) => Value::Int(time.number(name).unwrap_or_default()),
        (Value::Duration(time), "Seconds", []) => Value::Float(time.seconds()),
        (Value::Duration(time), "Minutes", []) => Value::Float(time.seconds() / 60.0),
        (Value::Duration(time), "Hours", []) => Value::Float(time.seconds() / 3600.0),
        (Value::Duration(time), "Milliseconds", []) => Value::Int(time.0 / 1_000_000),
        _ => return Err(format!("{name} cannot be called so")),
    })
}
