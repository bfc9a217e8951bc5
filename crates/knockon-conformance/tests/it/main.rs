//! Parts of knockon, held to recorded behaviour of the real programs.

mod autoscaler;
mod breaker;
mod broker;
mod command;
mod promql;

use knockon_conformance::Disagreement;

/// A recording after one change to its text.
#[track_caller]
fn changed(file: &str, from: &str, to: &str) -> String {
    assert!(file.contains(from), "{from}");
    file.replacen(from, to, 1)
}

/// Each as one line.
fn texts(list: &[Disagreement]) -> Vec<String> {
    list.iter().map(|one| format!("{}: {}", one.case, one.what)).collect()
}
