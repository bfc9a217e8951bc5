//! Numbers for people. The rules are those of Prometheus
//! (<https://github.com/prometheus/common/blob/main/helpers/templates/time.go> and
//! <https://github.com/prometheus/prometheus/blob/main/template/template.go>).

use super::super::time::Time;
use super::super::value::Value;
use crate::go::{self, Form};

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

pub(super) fn call(name: &str, values: &[Value]) -> Option<Result<String, String>> {
    let write = match name {
        "humanize" => number,
        "humanize1024" => binary,
        "humanizeDuration" => duration,
        "humanizePercentage" => |value: f64| Ok(format!("{}%", four(value * 100.0))),
        "humanizeTimestamp" => timestamp,
        _ => return None,
    };
    let [value] = values else { return None };
    Some(value.to_float().and_then(write))
}

/// With four digits: `%.4g`.
fn four(value: f64) -> String {
    go::formatted(value, Form::General, Some(4))
}

/// A number with the prefix of a unit, found by dividing by `step` while it is at least that large.
fn scaled(mut value: f64, step: f64, prefixes: &[&str]) -> String {
    let mut chosen = "";
    for prefix in prefixes {
        if value.abs() < step {
            break;
        }
        chosen = prefix;
        value /= step;
    }
    format!("{}{chosen}", four(value))
}

fn scaled_down(mut value: f64) -> String {
    let mut chosen = "";
    for prefix in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        chosen = prefix;
        value *= 1000.0;
    }
    format!("{}{chosen}", four(value))
}

#[expect(clippy::unnecessary_wraps, reason = "one of several functions of this form")]
fn number(value: f64) -> Result<String, String> {
    Ok(if value == 0.0 || !value.is_finite() {
        four(value)
    } else if value.abs() >= 1.0 {
        scaled(value, 1000.0, &LARGE)
    } else {
        scaled_down(value)
    })
}

#[expect(clippy::unnecessary_wraps, reason = "one of several functions of this form")]
fn binary(value: f64) -> Result<String, String> {
    let is_plain = value.abs() <= 1.0 || !value.is_finite();
    Ok(if is_plain { four(value) } else { scaled(value, 1024.0, &BINARY) })
}

#[expect(clippy::unnecessary_wraps, reason = "one of several functions of this form")]
#[expect(clippy::cast_possible_truncation, reason = "what is too long is as long as can be")]
fn duration(value: f64) -> Result<String, String> {
    if !value.is_finite() {
        return Ok(four(value));
    }
    if value == 0.0 {
        return Ok(format!("{}s", four(value)));
    }
    if value.abs() < 1.0 {
        return Ok(format!("{}s", scaled_down(value)));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let total = value.abs() as i64;
    let (seconds, minutes, hours) = (total % 60, total / 60 % 60, total / 3600 % 24);
    Ok(match (total / 86_400, hours, minutes) {
        (0, 0, 0) => format!("{sign}{}s", four(value.abs())),
        (0, 0, _) => format!("{sign}{minutes}m {seconds}s"),
        (0, _, _) => format!("{sign}{hours}h {minutes}m {seconds}s"),
        (days, _, _) => format!("{sign}{days}d {hours}h {minutes}m {seconds}s"),
    })
}

fn timestamp(value: f64) -> Result<String, String> {
    if !value.is_finite() {
        return Ok(four(value));
    }
    Time::of_seconds(value).map(Time::text)
}
