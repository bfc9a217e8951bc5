//! Holds knockon's PromQL to the tests that Prometheus holds its own to: files in the language of
//! [promqltest](https://github.com/prometheus/prometheus/tree/main/promql/promqltest).
//!
//! A file is a series of commands: `load` adds samples, `clear` takes all away, `eval` asks a query
//! and says what must come. Each `eval` is a case. What is compared, and how closely, is what
//! `test.go` there compares: an instant query is also asked as a range query around its moment, and at
//! other moments with what it selects pinned to its own.
//!
//! A case is left out for one of two reasons: it needs native histograms, which knockon does not
//! keep, or a feature that the query language here refuses by name.

mod compare;
mod duration;
mod eval;
mod expect;
mod load;
mod number;
mod pinned;
mod play;
mod quoted;
mod script;
mod series;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use knockon_promql::{Answer, Query, QueryError, Release, Settings, Store};

use crate::{Disagreement, Report};
use play::Verdict;
use script::Command;

/// When a query is asked; times in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// At one moment.
    At {
        /// When.
        time_ms: i64,
    },
    /// At every step from one moment to another.
    Over {
        /// The first moment.
        from_ms: i64,
        /// The last moment.
        to_ms: i64,
        /// From each to the next.
        step_ms: i64,
    },
}

/// Prometheus' tests run with its defaults, but for the samples that a query may hold.
const SETTINGS: Settings = Settings {
    lookback_ms: 300_000,
    subquery_step_ms: 60_000,
    samples_max: 10_000,
    release: Release::V3,
};

/// Plays every `eval` of a file. `Err`: the file has a mistake, with its line.
pub fn check(text: &str) -> Result<Report, String> {
    check_with(text, |store, query, ask| {
        let query = Query::parse(query)?;
        match ask {
            Ask::At { time_ms } => query.at(store, time_ms, SETTINGS),
            Ask::Over { from_ms, to_ms, step_ms } => {
                query.over(store, from_ms, to_ms, step_ms, SETTINGS)
            }
        }
    })
}

/// Plays every `eval` of a file against whatever answers queries.
pub fn check_with(
    text: &str,
    mut ask: impl FnMut(&Store, &str, Ask) -> Result<Answer, QueryError>,
) -> Result<Report, String> {
    let mut report = Report::default();
    let mut store = Store::new();
    let mut has_start_times = false;
    for command in script::read(text)? {
        let eval = match command {
            Command::Clear => {
                store = Store::new();
                has_start_times = false;
                continue;
            }
            Command::Load(load) => {
                load.fill(&mut store)?;
                has_start_times |= load.has_start_times;
                continue;
            }
            Command::Eval(eval) => eval,
        };
        let verdict = if has_start_times {
            Verdict::LeftOut("unsupported: start timestamps (@st)".to_owned())
        } else {
            play::play(&eval, &mut |query, moment| ask(&store, query, moment))
        };
        let case = format!("line {}: {}", eval.line, eval.query);
        match verdict {
            Verdict::Agrees => report.played += 1,
            Verdict::Disagrees(differences) => {
                report.played += 1;
                let what = differences.join("; ");
                report.disagreements.push(Disagreement { case, what });
            }
            Verdict::LeftOut(what) => report.left_out.push(Disagreement { case, what }),
        }
    }
    Ok(report)
}

/// A report in one line: how many agree, and how many were left out for which reason.
pub fn headline(report: &Report) -> String {
    let agreed = report.played - report.disagreements.len();
    let left_out = report.left_out.len();
    let mut text = format!("{agreed} of {} evals agree", report.played + left_out);
    if left_out > 0 {
        let reasons: Vec<String> =
            reasons(report).iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        // Writing to a string does not fail.
        let _ = write!(text, ", {left_out} left out: {}", reasons.join(", "));
    }
    text
}

/// How many cases were left out for each reason.
pub fn reasons(report: &Report) -> BTreeMap<&str, usize> {
    let mut reasons = BTreeMap::new();
    for case in &report.left_out {
        *reasons.entry(case.what.as_str()).or_default() += 1;
    }
    reasons
}
