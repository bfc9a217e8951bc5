//! Rules and the alerts that come of them: over a simulated run, or over metrics in files.

mod groups;
mod series;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{Diagnostic, Place};
use knockon_promql::Store;
use knockon_promql::rules::{RuleGroup, RuleSettings, Rules};

use crate::codes;

pub use groups::{Groups, millis, of_file, of_system};
pub use series::{families, openmetrics, store_of_run};
pub use watch::{Fired, Watched, watch, watch_and};

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
    let mut failed: BTreeMap<(usize, usize, String), u64> = BTreeMap::new();
    let mut now_ms = from_ms;
    while now_ms <= to_ms {
        for failure in rules.evaluate(store, now_ms).failures {
            *failed.entry((failure.group, failure.rule, failure.message)).or_insert(0) += 1;
        }
        done(now_ms);
        now_ms = rules.next_due_ms().unwrap_or(i64::MAX).max(now_ms.saturating_add(1));
    }
    let mut notes: Vec<Diagnostic> = Vec::new();
    for ((group, rule, message), times) in failed {
        let Some(group) = rules.groups().nth(group) else { continue };
        let rule = group.rules.get(rule).map_or("", |rule| rule.name());
        let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
        let what = format!("`{rule}` of the group `{}` failed {times}: {message}", group.name);
        let note = Diagnostic::warning(codes::RULE_FAILED, what).at(Place::whole_file(&group.file));
        notes.push(note.help(
            "its alerts and series are missing at those moments, as they would be in Prometheus",
        ));
    }
    notes.extend(unfilled(&rules));
    (rules, notes)
}

/// Annotations and labels that could not be filled in; the alerts went out all the same.
fn unfilled(rules: &Rules) -> Vec<Diagnostic> {
    let mut told = BTreeSet::new();
    for (_, alert) in rules.history() {
        let annotations = alert.annotations.iter().map(|(name, text)| (&**name, &**text));
        for (name, text) in annotations.chain(alert.labels.iter()) {
            if text.starts_with("<error expanding template: ") {
                told.insert((alert.name().to_owned(), name.to_owned(), text.to_owned()));
            }
        }
    }
    let told = told.into_iter().map(|(alert, name, text)| {
        let what = format!("`{name}` of the alert `{alert}` could not be filled in: {text}");
        Diagnostic::warning(codes::RULE_FAILED, what)
            .help("mend the template; people who are paged see this text")
    });
    told.collect()
}
