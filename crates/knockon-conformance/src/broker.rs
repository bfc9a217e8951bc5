//! Recorded behaviour of message brokers: what of several publishes into a queue is acknowledged,
//! refused, kept or dead-lettered, and how a queue goes through a restore.
//!
//! The cases of a file under `publish_into_queue` are played as their numbers say. Those under `other`
//! are told in words, and each is known by its name. Messages are numbered from 1.

mod other;
mod publish;
mod trace;

use knockon_sim::broker::{Config, Flavour, Policy, Queue};
use serde_json::{Map, Value};

use crate::{Disagreement, Report};

/// Plays every case of a file. `Err`: it is not such a file.
pub fn check(text: &str) -> Result<Report, String> {
    let file: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("not a file of cases: {error}"))?;
    let mut report = Report::default();
    for (key, value) in &file {
        match (key.as_str(), value) {
            ("about", _) => {}
            ("publish_into_queue", Value::Array(cases)) => {
                for case in cases {
                    note(&mut report, name_of(case, key), publish::play(case));
                }
            }
            ("other", Value::Array(cases)) => {
                for case in cases {
                    note(&mut report, name_of(case, key), other::play(case));
                }
            }
            ("restore_trace", Value::Object(_)) => {
                note(&mut report, key.clone(), trace::play(value));
            }
            _ => {
                let what = "what this part of the file means is not known".to_owned();
                report.left_out.push(Disagreement { case: key.clone(), what });
            }
        }
    }
    if report.played + report.left_out.len() == 0 {
        return Err("no case in it".to_owned());
    }
    Ok(report)
}

/// What differs in a case; `Err`: why it was not played.
type Played = Result<Vec<String>, String>;

fn note(report: &mut Report, case: String, played: Played) {
    match played {
        Ok(differs) => {
            report.played += 1;
            if !differs.is_empty() {
                report.disagreements.push(Disagreement { case, what: differs.join("; ") });
            }
        }
        Err(what) => report.left_out.push(Disagreement { case, what }),
    }
}

fn name_of(case: &Value, part: &str) -> String {
    case.get("name")
        .and_then(Value::as_str)
        .map_or_else(|| format!("{part}: no name"), str::to_owned)
}

/// Adds to `differs` if the two are not the same.
fn compare<T: PartialEq + std::fmt::Debug>(
    differs: &mut Vec<String>,
    what: &str,
    expected: &T,
    got: &T,
) {
    if expected != got {
        differs.push(format!("{what}: expected {expected:?}, got {got:?}"));
    }
}

/// A queue of RabbitMQ, classic and durable.
fn queue(policy: Policy) -> Queue {
    Queue::new(0, Config { flavour: Flavour::Classic, policy, durable: true })
}

/// The messages that are ready, the next one first.
fn left(queue: &Queue) -> Vec<u32> {
    queue.entries().map(|entry| entry.message).collect()
}
