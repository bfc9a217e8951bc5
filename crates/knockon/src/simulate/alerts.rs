//! The alerts that a run raises: what the people on call would have been told, and when.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use knockon_core::{AlertSeverity, Diagnostic, Resolved, System};
use knockon_format::rules::severity;
use knockon_promql::Store;
use knockon_promql::rules::{Alert, RuleGroup, Rules};
use knockon_report::paint::{BAD, CARE, paint};
use knockon_sim::observe::Observation;

use super::figures::{Played, span, took};
use super::{BEGINS_UNIX_MS, Simulation};
use crate::alerts::{self, Groups, store_of_run};
use crate::variant::Chosen;

/// How far apart scrapes and evaluations are.
pub(super) const EVERY: Duration = Duration::from_secs(15);

const NS_PER_MS: f64 = 1e6;

/// An alert that fired. Times are in milliseconds since the beginning of the run.
#[derive(Debug, Clone)]
pub(super) struct Fired {
    pub(super) name: String,
    pub(super) severity: Option<AlertSeverity>,
    /// The service that it is about, by its name in the model.
    pub(super) service: Option<String>,
    /// Who is told.
    pub(super) team: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) value: f64,
    pub(super) active_ms: i64,
    pub(super) firing_ms: i64,
    /// When it was resolved; nothing if it fires at the end.
    pub(super) resolved_ms: Option<i64>,
}

/// What became of the rules of a run.
pub(super) struct Watched {
    pub(super) fired: Vec<Fired>,
    pub(super) rules: Rules,
    /// What was exported, if that is asked for.
    pub(super) openmetrics: Option<String>,
    pub(super) notes: Vec<Diagnostic>,
}

/// The rules of the model, and of files beside it.
pub(super) fn groups(chosen: &Chosen, files: &[PathBuf]) -> Groups {
    let mut groups = alerts::of_system(&chosen.system, &chosen.places);
    let mut more = crate::rules::read(files);
    groups.groups.append(&mut more.groups);
    groups.diagnostics.append(&mut more.diagnostics);
    groups
}

/// Evaluates rules over what was seen of a run, whenever it was scraped.
pub(super) fn watch(
    system: &System,
    seen: &Observation,
    groups: &Groups,
    is_exported: bool,
) -> Watched {
    let begins_ms = i64::try_from(BEGINS_UNIX_MS).unwrap_or(i64::MAX);
    let last_ms = seen.times_ms.last().map_or(0, |ms| i64::try_from(*ms).unwrap_or(i64::MAX));
    let to_ms = begins_ms.saturating_add(last_ms);
    let mut store = store_of_run(seen, begins_ms);
    let evaluate = |store: &mut Store, groups: &[RuleGroup]| {
        let settings = alerts::settings(alerts::millis(EVERY));
        alerts::evaluate(store, groups.to_vec(), settings, begins_ms, to_ms, |_| {})
    };
    let (_, mut notes) = evaluate(&mut store, &groups.applications);
    let openmetrics = is_exported.then(|| alerts::openmetrics(&store));
    let (rules, failed) = evaluate(&mut store, &groups.groups);
    notes.extend(failed);
    let fired = rules.history().filter_map(|(_, alert)| fired(system, alert, begins_ms)).collect();
    Watched { fired, rules, openmetrics, notes }
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

impl Simulation<'_> {
    /// A line for each alert that fired, the gravest first, then the earliest.
    pub(super) fn alerts(&self) -> Vec<String> {
        let mut names: BTreeMap<&str, (Option<AlertSeverity>, i64)> = BTreeMap::new();
        for fired in self.runs.iter().flat_map(|run| &run.alerts) {
            let first = names.entry(&fired.name).or_insert((fired.severity, fired.firing_ms));
            first.1 = first.1.min(fired.firing_ms);
        }
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_by_key(|(name, (severity, first))| {
            (severity.is_none(), *severity, *first, *name)
        });
        names.into_iter().map(|(name, (severity, _))| self.alert(name, severity)).collect()
    }

    fn alert(&self, name: &str, severity: Option<AlertSeverity>) -> String {
        let of = |run: &Played| -> Vec<Fired> {
            run.alerts.iter().filter(|it| it.name == name).cloned().collect()
        };
        let all: Vec<Vec<Fired>> =
            self.runs.iter().map(of).filter(|fired| !fired.is_empty()).collect();
        let first = self.figure_if(|run| {
            let first = of(run).into_iter().map(|it| it.firing_ms).min()?;
            Some(first as f64 * NS_PER_MS)
        });
        let mut words =
            vec![first.map_or_else(String::new, |it| format!("fires after {}", took(it)))];
        match all.as_slice() {
            [only] if self.runs.len() == 1 => words.push(until(only)),
            all => words.push(format!("in {} of {} runs", all.len(), self.runs.len())),
        }
        let whose = all.first().and_then(|fired| fired.first()).map(whose).unwrap_or_default();
        let grave = severity.map_or_else(|| "--".to_owned(), |it| it.to_string());
        let style = if severity == Some(AlertSeverity::P0) { BAD } else { CARE };
        format!("{} {name}{whose}: {}", paint(style, grave), words.join(", "))
    }
}

/// What an alert is about and who is told, as in ` of orders (team-orders)`.
fn whose(fired: &Fired) -> String {
    let service = fired.service.as_ref().map(|name| format!(" of {name}"));
    let team = fired.team.as_ref().map(|name| format!(" ({name})"));
    service.unwrap_or_default() + &team.unwrap_or_default()
}

/// Until when the alerts of a name fired, and how many there were.
fn until(fired: &[Fired]) -> String {
    let count = if fired.len() == 1 { String::new() } else { format!("{} times, ", fired.len()) };
    let is_over = fired.iter().all(|it| it.resolved_ms.is_some());
    match fired.iter().filter_map(|it| it.resolved_ms).max().filter(|_| is_over) {
        Some(last) => format!("{count}resolved after {}", span(last as f64 * NS_PER_MS)),
        None => format!("{count}firing at the end"),
    }
}
