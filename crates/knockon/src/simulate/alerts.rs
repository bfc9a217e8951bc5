//! The alerts that a run raises: what the people on call would have been told, and when.

use std::collections::BTreeMap;
use std::path::PathBuf;

use knockon_core::{AlertSeverity, Diagnostic, System};
use knockon_promql::rules::Rules;
use knockon_report::paint::{BAD, CARE, paint};
pub(super) use knockon_scenario::alerts::Fired;
use knockon_scenario::alerts::{self, Groups};
use knockon_scenario::play::BEGINS_UNIX_MS;
pub(super) use knockon_scenario::play::EVERY;
use knockon_sim::observe::Observation;

use super::Simulation;
use super::figures::{Played, span, took};
use crate::variant::Chosen;

const NS_PER_MS: f64 = 1e6;

/// What became of the rules of a run.
pub(super) struct Told {
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
) -> Told {
    let mut openmetrics = None;
    let watched = alerts::watch_and(system, seen, groups, BEGINS_UNIX_MS, EVERY, |store| {
        openmetrics = is_exported.then(|| alerts::openmetrics(store));
    });
    Told { fired: watched.fired, rules: watched.rules, openmetrics, notes: watched.notes }
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
