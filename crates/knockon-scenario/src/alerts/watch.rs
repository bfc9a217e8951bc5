//! The alerts that a run raises: what the people on call would have been told, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use knockon_core::{AlertSeverity, Diagnostic, Resolved, System};
use knockon_format::rules::severity;
use knockon_promql::Store;
use knockon_promql::rules::{Alert, RuleGroup, Rules};
use knockon_sim::observe::Observation;

use super::{Groups, evaluate, millis, settings, store_of_run};

/// An alert that fired. Times are in milliseconds since the beginning of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// The rule.
    pub name: String,
    /// How bad it says it is.
    pub severity: Option<AlertSeverity>,
    /// The service that it is about, by its name in the model.
    pub service: Option<String>,
    /// Who is told.
    pub team: Option<String>,
    /// All its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations, filled in.
    pub annotations: BTreeMap<String, String>,
    /// The value of its expression.
    pub value: f64,
    /// Since when its expression held.
    pub active_ms: i64,
    /// When it began to fire.
    pub firing_ms: i64,
    /// When it was resolved; nothing if it fires at the end.
    pub resolved_ms: Option<i64>,
}

/// What was seen of a run, and what became of the rules over it.
pub struct Watched {
    /// The metrics, those that applications count themselves included, and what rules made of them.
    pub store: Store,
    /// The alerts that fired, in the order in which they began.
    pub fired: Vec<Fired>,
    /// The rules at the end.
    pub rules: Rules,
    /// Which of them could not be evaluated.
    pub notes: Vec<Diagnostic>,
}

/// Evaluates rules over what was seen of a run, whenever it was scraped.
pub fn watch(
    system: &System,
    seen: &Observation,
    groups: &Groups,
    begins_ms: i64,
    every: Duration,
) -> Watched {
    watch_and(system, seen, groups, begins_ms, every, |_| ())
}

/// The same; `exported` is shown the metrics before any rule was evaluated.
pub fn watch_and(
    system: &System,
    seen: &Observation,
    groups: &Groups,
    begins_ms: i64,
    every: Duration,
    exported: impl FnOnce(&Store),
) -> Watched {
    let last_ms = seen.times_ms.last().map_or(0, |ms| i64::try_from(*ms).unwrap_or(i64::MAX));
    let to_ms = begins_ms.saturating_add(last_ms);
    let mut store = store_of_run(seen, begins_ms);
    let over = |store: &mut Store, groups: &[RuleGroup]| {
        evaluate(store, groups.to_vec(), settings(millis(every)), begins_ms, to_ms, |_| {})
    };
    let (_, mut notes) = over(&mut store, &groups.applications);
    exported(&store);
    let (rules, failed) = over(&mut store, &groups.groups);
    notes.extend(failed);
    let fired = rules.history().filter_map(|(_, alert)| fired(system, alert, begins_ms)).collect();
    Watched { store, fired, rules, notes }
}

fn fired(system: &System, alert: &Alert, begins_ms: i64) -> Option<Fired> {
    let named = |label: &str| alert.labels.get(label);
    let service = named("service").and_then(|name| system.names().resolve(name));
    let service = service.map(Resolved::service);
    let owner = service.and_then(|id| system.owner(id));
    let team = named("team").map(str::to_owned).or_else(|| owner.map(|team| team.name.clone()));
    let texts = |all: &mut dyn Iterator<Item = (&str, &str)>| {
        all.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    };
    Some(Fired {
        name: alert.name().to_owned(),
        severity: named("severity").and_then(severity),
        service: service
            .map(|id| system.service(id).name.clone())
            .or_else(|| named("service").map(str::to_owned)),
        team,
        labels: texts(&mut alert.labels.iter()),
        annotations: texts(&mut alert.annotations.iter().map(|(a, b)| (a.as_str(), b.as_str()))),
        value: alert.value,
        active_ms: alert.active_at_ms - begins_ms,
        firing_ms: alert.fired_at_ms? - begins_ms,
        resolved_ms: alert.resolved_at_ms.map(|at| at - begins_ms),
    })
}
