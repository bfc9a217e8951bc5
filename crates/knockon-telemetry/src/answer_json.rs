//! Answers of queries as the HTTP API of Prometheus writes them
//! (<https://prometheus.io/docs/prometheus/latest/querying/api/>), to the byte: the
//! `query` and `query_range` of a client that knows Prometheus.
//!
//! Prometheus has two spellings of numbers and times. Samples of vectors and matrices have a fraction
//! of three digits or none, and very large and small values with an exponent
//! (<https://github.com/prometheus/prometheus/blob/main/util/jsonutil/marshal.go>). Scalars and texts
//! have the shortest fraction, and values never have an exponent.

use std::fmt::{self, Write as _};

use knockon_promql::{Answer, Labels, Value, special};

/// What the API calls the kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorType {
    /// The request is wrong: no such parameter, or an expression that is none. HTTP 400.
    BadData,
    /// The query cannot be answered. HTTP 422.
    Execution,
    /// The server fails. HTTP 500.
    Internal,
    /// There is no such thing. HTTP 404.
    NotFound,
    /// The query was stopped. HTTP 503.
    Canceled,
    /// The query took too long. HTTP 503.
    Timeout,
    /// The server is not ready. HTTP 503.
    Unavailable,
}

impl ErrorType {
    /// Its word in the answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadData => "bad_data",
            Self::Execution => "execution",
            Self::Internal => "internal",
            Self::NotFound => "not_found",
            Self::Canceled => "canceled",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
        }
    }

    /// The HTTP status of the answer.
    pub fn status(self) -> u16 {
        match self {
            Self::BadData => 400,
            Self::Execution => 422,
            Self::Internal => 500,
            Self::NotFound => 404,
            Self::Canceled | Self::Timeout | Self::Unavailable => 503,
        }
    }
}

/// The body of an answer.
pub fn success(answer: &Answer) -> String {
    let mut text = format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"{}\",\"result\":",
        answer.value.kind()
    );
    // Writing to a text cannot fail.
    let _ = match &answer.value {
        Value::Scalar { time_ms, value } => {
            write!(text, "[{},\"{}\"]", Shortest(*time_ms), special::text(*value))
        }
        Value::String { time_ms, text: it } => {
            write!(text, "[{},{}]", Shortest(*time_ms), Text(it))
        }
        Value::Vector(samples) => list(&mut text, samples, |text, sample| {
            let (metric, point) = (Metric(&sample.labels), Point(sample.time_ms, sample.value));
            write!(text, "{{\"metric\":{metric},\"value\":{point}}}")
        }),
        Value::Matrix(all) => list(&mut text, all, |text, points| {
            write!(text, "{{\"metric\":{}", Metric(&points.labels))?;
            if !points.samples.is_empty() {
                text.push_str(",\"values\":");
                list(text, &points.samples, |text, (time_ms, value)| {
                    write!(text, "{}", Point(*time_ms, *value))
                })?;
            }
            text.push('}');
            Ok(())
        }),
    };
    text.push('}');
    for (key, messages) in [("warnings", &answer.warnings), ("infos", &answer.infos)] {
        if !messages.is_empty() {
            let _ = write!(text, ",\"{key}\":");
            let _ = list(&mut text, messages, |text, message| write!(text, "{}", Text(message)));
        }
    }
    text.push('}');
    text
}

/// The body of an answer that is none.
pub fn failure(error_type: ErrorType, message: &str) -> String {
    let (kind, message) = (error_type.as_str(), Text(message));
    format!("{{\"status\":\"error\",\"errorType\":\"{kind}\",\"error\":{message}}}")
}

fn list<T>(
    text: &mut String,
    items: &[T],
    mut write: impl FnMut(&mut String, &T) -> fmt::Result,
) -> fmt::Result {
    text.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write(text, item)?;
    }
    text.push(']');
    Ok(())
}

/// A time and a value of a series.
struct Point(i64, f64);

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let ms = self.0.unsigned_abs();
        write!(f, "[{sign}{}", ms / 1000)?;
        if !ms.is_multiple_of(1000) {
            write!(f, ".{:03}", ms % 1000)?;
        }
        write!(f, ",\"{}\"]", Number(self.1))
    }
}

/// A value as samples have it: with an exponent of at least two digits where it is very large or
/// very small.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 || !size.is_finite() || (1e-6..1e21).contains(&size) {
            return f.write_str(&special::text(self.0));
        }
        let text = format!("{:e}", self.0);
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        write!(f, "{digits}e{sign}{exponent:0>2}")
    }
}

/// A time as scalars and texts have it, a floating-point number of seconds.
struct Shortest(i64);

impl fmt::Display for Shortest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let ms = self.0.unsigned_abs();
        let fraction = format!("{:03}", ms % 1000);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{}", ms / 1000),
            fraction => write!(f, "{sign}{}.{fraction}", ms / 1000),
        }
    }
}

/// Labels as an object, in the order of their names.
struct Metric<'a>(&'a Labels);

impl fmt::Display for Metric<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (at, (name, value)) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{}:{}", Text(name), Text(value))?;
        }
        f.write_char('}')
    }
}

/// A text in quotes. As Go does, what would mean something in HTML is escaped as well.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for letter in self.0.chars() {
            match letter {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..'\u{20}' => {
                    write!(f, "\\u{:04x}", u32::from(letter))?;
                }
                other => f.write_char(other)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use knockon_promql::{Points, Sample};

    use super::*;

    fn body(value: Value) -> String {
        success(&Answer { value, warnings: Vec::new(), infos: Vec::new() })
    }

    fn result(value: Value) -> String {
        let body = body(value);
        let (_, result) = body.split_once("\"result\":").unwrap();
        result.strip_suffix("}}").unwrap().to_owned()
    }

    #[test]
    fn answers_are_those_of_the_documentation() {
        let points = |job: &str, values: &[f64]| Points {
            labels: Labels::of([("__name__", "up"), ("job", job)]),
            samples: values
                .iter()
                .zip(0..)
                .map(|(v, i)| (1_435_781_430_781 + i * 15_000, *v))
                .collect(),
        };
        let matrix = Value::Matrix(vec![points("a", &[1.0, 0.5]), points("b", &[])]);
        let answer = Answer {
            value: matrix,
            warnings: vec!["PromQL warning: \"x\"".into()],
            infos: vec!["PromQL info: y".into()],
        };
        assert_eq!(
            success(&answer),
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[1435781430.781,"1"],[1435781445.781,"0.5"]]},{"metric":{"__name__":"up","job":"b"}}]},"warnings":["PromQL warning: \"x\""],"infos":["PromQL info: y"]}"#
        );
        let sample = Sample { labels: Labels::default(), time_ms: 1_435_781_451_000, value: 1.0 };
        assert_eq!(
            body(Value::Vector(vec![sample])),
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1435781451,"1"]}]}}"#
        );
        assert_eq!(
            failure(ErrorType::BadData, "1:5: parse error: \"<\""),
            r#"{"status":"error","errorType":"bad_data","error":"1:5: parse error: \"\u003c\""}"#
        );
    }

    /// As Prometheus 2.42 answers.
    #[test]
    fn samples_and_scalars_have_their_own_spelling() {
        let point = |time_ms: i64, value: f64| Point(time_ms, value).to_string();
        assert_eq!(point(1_700_000_000_100, 1e-7), "[1700000000.100,\"1e-07\"]");
        assert_eq!(point(1_700_000_001_050, 1e21), "[1700000001.050,\"1e+21\"]");
        assert_eq!(point(1_700_000_002_000, f64::NAN), "[1700000002,\"NaN\"]");
        assert_eq!(point(-500, f64::NEG_INFINITY), "[-0.500,\"-Inf\"]");
        assert_eq!(point(4000, 123_456_789_012_345_680_000.0), "[4,\"123456789012345680000\"]");
        assert_eq!(point(5000, 0.000_001), "[5,\"0.000001\"]");
        assert_eq!(point(6000, -0.0), "[6,\"-0\"]");
        assert_eq!(point(7000, f64::MAX), "[7,\"1.7976931348623157e+308\"]");
        assert_eq!(point(8000, 5e-324), "[8,\"5e-324\"]");
        let scalar = |time_ms: i64, value: f64| result(Value::Scalar { time_ms, value });
        assert_eq!(scalar(1_700_000_010_050, 1e-7), "[1700000010.05,\"0.0000001\"]");
        assert_eq!(scalar(-500, 5.0), "[-0.5,\"5\"]");
        let text = Value::String { time_ms: 1_700_000_010_500, text: "<a>&\t\u{1}\u{2028}".into() };
        assert_eq!(result(text), r#"[1700000010.5,"\u003ca\u003e\u0026\t\u0001\u2028"]"#);
    }
}
