//! Rules and the alerts that come of them: over a simulated run, or over metrics in files.

mod groups;
mod series;

use std::collections::BTreeMap;

use knockon_core::Diagnostic;
use knockon_promql::Store;
use knockon_promql::rules::{RuleGroup, RuleSettings, Rules};

use crate::codes;

pub use groups::{Groups, millis, of_file, of_system};
pub use series::{openmetrics, store_of_run};

/// How rules are evaluated: as by a Prometheus that runs where it runs if nothing is said.
pub fn settings(interval_ms: i64) -> RuleSettings {
    RuleSettings {
        interval_ms,
        external_url: "http://localhost:9090".to_owned(),
        ..RuleSettings::default()
    }
}

/// Evaluates rules at every step from one moment to another, and says which could not be.
pub fn evaluate(
    store: &mut Store,
    groups: Vec<RuleGroup>,
    settings: RuleSettings,
    from_ms: i64,
    to_ms: i64,
    mut done: impl FnMut(i64),
) -> (Rules, Vec<Diagnostic>) {
    let mut rules = Rules::new(groups, settings);
    let mut failed: BTreeMap<(String, String), (i64, u64)> = BTreeMap::new();
    let mut now_ms = from_ms;
    while now_ms <= to_ms {
        for failure in rules.evaluate(store, now_ms).failures {
            let name = rules.groups().nth(failure.group).and_then(|it| it.rules.get(failure.rule));
            let name = name.map_or("", |rule| rule.name()).to_owned();
            failed.entry((name, failure.message)).or_insert((failure.time_ms, 0)).1 += 1;
        }
        done(now_ms);
        now_ms = rules.next_due_ms().unwrap_or(i64::MAX).max(now_ms.saturating_add(1));
    }
    let notes = failed.into_iter().map(|((rule, message), (_, times))| {
        let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
        Diagnostic::warning(
            codes::RULE_FAILED,
            format!("the rule `{rule}` failed {times}: {message}"),
        )
        .help("its alerts and series are missing at those moments, as they would be in Prometheus")
    });
    (rules, notes.collect())
}
