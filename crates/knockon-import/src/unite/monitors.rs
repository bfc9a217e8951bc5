//! Alerting rules with the services, teams and runbooks that they mean.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{Monitor, Names, Runbook, RunbookId, ServiceId, SystemBuilder, TeamId};

use super::is_plain;
use crate::gathered::{Gathered, MonitorSeen};

/// Labels of series that say which service they are of.
const NAMING: &[&str] = &[
    "service",
    "service_name",
    "job",
    "app",
    "application",
    "deployment",
    "statefulset",
    "daemonset",
    "container",
    "pod",
    "workload",
    "destination_workload",
    "destination_service_name",
    "instance",
    "exported_job",
    "exported_service",
    "name",
];

/// The monitors of all rules.
pub(super) fn add(
    gathered: &Gathered,
    teams: &BTreeMap<String, TeamId>,
    builder: &mut SystemBuilder,
) -> Vec<Monitor> {
    let mut runbooks = Runbooks::default();
    let mut monitors = Vec::new();
    for MonitorSeen { file, group, rule } in &gathered.monitors {
        let label = |key: &str| rule.labels.get(key).filter(|value| is_plain(value));
        let named = label("service").and_then(|name| builder.names().resolve(name));
        let service = named
            .map(knockon_core::Resolved::service)
            .or_else(|| in_expression(&rule.expr, builder.names()));
        let annotation = |key: &str| rule.annotations.get(key).filter(|value| is_plain(value));
        let runbook = annotation("runbook_url").map(|url| runbooks.of(url, &rule.name, builder));
        monitors.push(Monitor {
            name: rule.name.clone(),
            file: file.clone(),
            group: group.clone(),
            expr: rule.expr.clone(),
            hold: rule.hold,
            keep_firing: rule.keep_firing,
            service,
            team: label("team").and_then(|team| teams.get(team)).copied(),
            severity: rule.severity(),
            runbook,
            id: annotation("monitor_id").cloned(),
            title: annotation("title").cloned(),
            labels: rule.labels.clone(),
            annotations: rule.annotations.clone(),
        });
    }
    monitors
}

/// Runbooks by their page, with names that no other has.
#[derive(Default)]
struct Runbooks {
    by_page: BTreeMap<String, RunbookId>,
    names: BTreeSet<String>,
}

impl Runbooks {
    fn of(&mut self, url: &str, alert: &str, builder: &mut SystemBuilder) -> RunbookId {
        if let Some(id) = self.by_page.get(url) {
            return *id;
        }
        let mut name = alert.to_owned();
        let mut number = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{alert}-{number}");
            number += 1;
        }
        let page = Some(url.to_owned());
        let id = builder.runbook(Runbook { name, title: None, page, steps: Vec::new() });
        self.by_page.insert(url.to_owned(), id);
        id
    }
}

/// The service that the selectors of an expression name, if they name one only.
fn in_expression(expr: &str, names: &Names) -> Option<ServiceId> {
    let mut found = BTreeSet::new();
    for (label, is_pattern, value) in matchers(expr) {
        if !NAMING.contains(&label) {
            continue;
        }
        let values: Vec<&str> = if is_pattern { value.split('|').collect() } else { vec![value] };
        for value in values {
            let value = if is_pattern { without_pattern(value) } else { value };
            found.extend(names.resolve(value).map(knockon_core::Resolved::service));
        }
    }
    if found.len() == 1 { found.first().copied() } else { None }
}

/// The fixed beginning of a pattern: `carts` of `carts-.*`, `^carts$` and `(carts)`.
fn without_pattern(pattern: &str) -> &str {
    let pattern = pattern.trim_start_matches(['^', '(']);
    let end = pattern.find(['.', '*', '+', '?', '[', '(', ')', '$', '\\', '{', '^']);
    pattern[..end.unwrap_or(pattern.len())].trim_end_matches('-')
}

/// The matchers `label="value"` and `label=~"value"` of an expression; those that exclude are none.
fn matchers(expr: &str) -> Vec<(&str, bool, &str)> {
    let mut found = Vec::new();
    let mut rest = expr;
    while let Some(at) = rest.find('=') {
        let before = rest[..at].trim_end();
        let start = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |it| it + before[it..].chars().next().map_or(1, char::len_utf8));
        let label = &before[start..];
        let after = &rest[at + 1..];
        let is_pattern = after.starts_with('~');
        let value = after.trim_start_matches('~').trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let Some(quote) = quote else {
            rest = after;
            continue;
        };
        let Some((value, tail)) = value[1..].split_once(quote) else { break };
        if !label.is_empty() {
            found.push((label, is_pattern, value));
        }
        rest = tail;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_of_an_expression_is_the_only_one_it_names() {
        let mut names = Names::default();
        for (index, name) in ["carts", "carts-db", "orders"].iter().enumerate() {
            names.insert(name, ServiceId::from_index(index));
        }
        let check = |expr: &str, expected: Option<usize>| {
            let found = in_expression(expr, &names).map(ServiceId::index);
            assert_eq!(found, expected, "{expr}");
        };
        check("up{job=\"carts\"} == 0", Some(0));
        check("up{ job = 'carts' }", Some(0));
        check("rate(x{pod=~\"carts-.*\"}[5m])", Some(0));
        check("rate(x{pod=~\"carts-db-.+\"}[5m])", Some(1));
        check("x{job=\"carts\"} / y{service=\"orders\"}", None);
        check("x{job=~\"carts|orders\"}", None);
        check("x{job=~\"^(carts)$\"}", Some(0));
        check("x{job!=\"carts\"}", None);
        check("x{job!~\"carts\"}", None);
        check("x{path=\"carts\"}", None);
        check("x == 1", None);
        check("x{é=\"carts\",job=\"orders", None);
    }
}
