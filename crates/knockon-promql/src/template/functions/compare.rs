//! Logic, comparisons, parts of values: what Go's `text/template` brings along
//! (<https://pkg.go.dev/text/template#hdr-Functions>).

use std::cmp::Ordering;

use super::super::value::Value;
use crate::go;

type Answer = Result<Value, String>;

pub(super) fn call(name: &str, values: &[Value]) -> Answer {
    match (name, values) {
        ("not", [value]) => Ok(Value::Bool(!value.is_true())),
        ("len", [value]) => length(value),
        ("eq", [first, others @ ..]) => equal_to_any(first, others).map(Value::Bool),
        ("ne", [a, b]) => Ok(Value::Bool(!is_equal(a, b)?)),
        ("lt", [a, b]) => Ok(Value::Bool(is_less(a, b)?)),
        ("le", [a, b]) => Ok(Value::Bool(is_less(a, b)? || is_equal(a, b)?)),
        ("gt", [a, b]) => Ok(Value::Bool(!(is_less(a, b)? || is_equal(a, b)?))),
        ("ge", [a, b]) => Ok(Value::Bool(!is_less(a, b)?)),
        ("index", [value, keys @ ..]) => {
            keys.iter().try_fold(value.clone(), |it, key| index(&it, key))
        }
        ("slice", [value, bounds @ ..]) => slice(value, bounds),
        _ => Err(format!("{} cannot be called so", go::quoted(name))),
    }
}

fn equal_to_any(first: &Value, others: &[Value]) -> Result<bool, String> {
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if is_equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[expect(clippy::float_cmp, reason = "that is what the function of the template does")]
fn is_equal(a: &Value, b: &Value) -> Result<bool, String> {
    Ok(match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::None, _) | (_, Value::None) => matches!((a, b), (Value::None, Value::None)),
        _ if a.basic() != b.basic() => return Err("incompatible types for comparison".to_owned()),
        (Value::Time(a), Value::Time(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Sample(a), Value::Sample(b)) => std::rc::Rc::ptr_eq(a, b),
        _ => {
            let shown = super::super::print::plain;
            return Err(format!(
                "non-comparable types {}: {}, {}: {}",
                shown(a),
                a.type_name(),
                b.type_name(),
                shown(b)
            ));
        }
    })
}

fn is_less(a: &Value, b: &Value) -> Result<bool, String> {
    let order = match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ if a.basic().is_none() || b.basic().is_none() || a.basic() == b.basic() => {
            return Err("invalid type for comparison".to_owned());
        }
        _ => return Err("incompatible types for comparison".to_owned()),
    };
    Ok(order == Some(Ordering::Less))
}

fn length(value: &Value) -> Answer {
    let length = match value {
        Value::String(text) => text.len(),
        Value::Texts(texts) => texts.len(),
        Value::Map(values) => values.len(),
        Value::Vector(samples) => samples.len(),
        Value::None => return Err("len of nil pointer".to_owned()),
        _ => return Err(format!("len of type {}", value.type_name())),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// A place in something so long; so that a range can end there, its length too.
fn place(key: &Value, length: usize, is_bound: bool) -> Result<usize, String> {
    let Value::Int(at) = key else {
        return Err(match key {
            Value::None => "cannot index slice/array with nil".to_owned(),
            _ => format!("cannot index slice/array with type {}", key.type_name()),
        });
    };
    let most = if is_bound { length + 1 } else { length };
    match usize::try_from(*at) {
        Ok(place) if place < most => Ok(place),
        _ => Err(format!("index out of range: {at}")),
    }
}

fn index(value: &Value, key: &Value) -> Answer {
    match (value, key) {
        (Value::Texts(_) | Value::Map(_), Value::String(name)) => {
            Ok(value.field(name).unwrap_or(Value::None))
        }
        (Value::Texts(_) | Value::Map(_), Value::None) => {
            Err("value is nil; should be string".to_owned())
        }
        (Value::Texts(_) | Value::Map(_), _) => {
            Err(format!("value has type {}; should be string", key.type_name()))
        }
        (Value::Vector(samples), _) => {
            Ok(Value::Sample(samples[place(key, samples.len(), false)?].clone()))
        }
        (Value::String(text), _) => {
            Ok(Value::Int(i64::from(text.as_bytes()[place(key, text.len(), false)?])))
        }
        (Value::None, _) => Err("index of untyped nil".to_owned()),
        _ => Err(format!("can't index item of type {}", value.type_name())),
    }
}

fn slice(value: &Value, bounds: &[Value]) -> Answer {
    let length = match value {
        Value::String(text) => text.len(),
        Value::Vector(samples) => samples.len(),
        Value::None => return Err("slice of untyped nil".to_owned()),
        _ => return Err(format!("can't slice item of type {}", value.type_name())),
    };
    if bounds.len() > 3 {
        return Err(format!("too many slice indexes: {}", bounds.len()));
    }
    if bounds.len() == 3 && matches!(value, Value::String(_)) {
        return Err("cannot 3-index slice a string".to_owned());
    }
    let bound = |index: usize, otherwise: usize| match bounds.get(index) {
        Some(key) => place(key, length, true),
        None => Ok(otherwise),
    };
    let (from, to) = (bound(0, 0)?, bound(1, length)?);
    bound(2, length)?;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    Ok(match value {
        Value::Vector(samples) => Value::Vector(samples[from..to].into()),
        Value::String(text) => {
            Value::string(String::from_utf8_lossy(&text.as_bytes()[from..to]).into_owned())
        }
        _ => Value::None,
    })
}
