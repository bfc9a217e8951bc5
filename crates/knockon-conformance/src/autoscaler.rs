//! Holds the autoscaler to decisions of the real one: the format of
//! `tests/data/autoscaler.json`, whose `how_to_read`, `kinds` and `fields` say what each name means.
//!
//! A case is one decision at one instant. What it must answer is a set of keys; each part of the
//! autoscaler answers with all keys it can, and those that the case names are compared. A case that
//! asks for a part or a key unknown here is left out, with the reason.

mod input;
mod metrics;
mod parts;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Disagreement, Report};

/// A file of cases; what only explains them is not read.
#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    input: Value,
    expect: Map<String, Value>,
}

/// What a part of the autoscaler answers.
enum Answer {
    /// Keys as in `expect`.
    Gives(Value),
    /// No answer, in the words of the source.
    Fails(String),
}

/// What a case shows.
enum Verdict {
    Agrees,
    Disagrees(String),
    LeftOut(String),
}

/// Plays every case of a file; the error says where the file cannot be read.
pub fn check(text: &str) -> Result<Report, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut report = Report::default();
    for case in file.cases {
        let verdict = match parts::play(&case.kind, case.input) {
            Ok(answer) => compare(&case.expect, &answer),
            Err(reason) => Verdict::LeftOut(reason),
        };
        let name = case.name;
        match verdict {
            Verdict::Agrees => report.played += 1,
            Verdict::Disagrees(what) => {
                report.played += 1;
                report.disagreements.push(Disagreement { case: name, what });
            }
            Verdict::LeftOut(what) => {
                report.left_out.push(Disagreement { case: name, what });
            }
        }
    }
    Ok(report)
}

fn compare(expect: &Map<String, Value>, answer: &Answer) -> Verdict {
    if expect.is_empty() {
        return Verdict::LeftOut("expects nothing".to_owned());
    }
    let got = match (expect.get("error"), answer) {
        (Some(error), Answer::Fails(message)) => return compare_errors(error, message),
        (Some(error), Answer::Gives(got)) => {
            return Verdict::Disagrees(format!("expected the error {error}, got {got}"));
        }
        (None, Answer::Fails(message)) => {
            let expected = Value::Object(expect.clone());
            return Verdict::Disagrees(format!("expected {expected}, got the error “{message}”"));
        }
        (None, Answer::Gives(got)) => got,
    };
    let mut differences = Vec::new();
    for (key, expected) in expect {
        let Some(got) = got.get(key) else {
            return Verdict::LeftOut(format!("expects `{key}`, which nothing here answers"));
        };
        if !is_same(expected, got) {
            differences.push(format!("`{key}`: expected {expected}, got {got}"));
        }
    }
    if differences.is_empty() {
        return Verdict::Agrees;
    }
    Verdict::Disagrees(differences.join("; "))
}

/// Errors are held to the words of the source. The file's `kind` is a label of its author that says
/// the same once more.
fn compare_errors(expected: &Value, message: &str) -> Verdict {
    let part = expected.get("message_contains").and_then(Value::as_str).unwrap_or_default();
    if message.contains(part) {
        return Verdict::Agrees;
    }
    Verdict::Disagrees(format!("expected the error {expected}, got the error “{message}”"))
}

/// Whether two values are the same, however a number is written.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same = |(key, a): (&String, &Value)| b.get(key).is_some_and(|b| is_same(a, b));
            a.len() == b.len() && a.iter().all(same)
        }
        _ => a == b,
    }
}
