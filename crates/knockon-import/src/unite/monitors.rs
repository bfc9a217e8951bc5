//! Alerting rules with the services, teams and runbooks that they mean.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{Monitor, Runbook, RunbookId, SystemBuilder, TeamId};
use knockon_format::rules::watched;

use super::is_plain;
use crate::gathered::{Gathered, MonitorSeen};

/// Gives each rule file the path that it has in a pack: `monitors/` and its own name, whatever
/// directory it came from; and each group a name.
pub(super) fn name_files(gathered: &mut Gathered) {
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let of_alerts = gathered.monitors.iter_mut().map(|seen| (&mut seen.file, &mut seen.group));
    let of_recordings =
        gathered.recordings.iter_mut().map(|rule| (&mut rule.file, &mut rule.group));
    let of_groups = gathered.rule_groups.iter_mut().map(|it| (&mut it.file, &mut it.name));
    for (file, group) in of_alerts.chain(of_recordings).chain(of_groups) {
        let path = paths.entry(file.clone()).or_insert_with(|| {
            let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
            let stem = name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("rules");
            let mut path = format!("monitors/{stem}.yaml");
            let mut number = 2;
            while !taken.insert(path.clone()) {
                path = format!("monitors/{stem}-{number}.yaml");
                number += 1;
            }
            path
        });
        file.clone_from(path);
        if group.is_empty() {
            // Prometheus 1 had no groups, and now each has a name.
            let stem = path.strip_prefix("monitors/").unwrap_or(path);
            stem.strip_suffix(".yaml").unwrap_or(stem).clone_into(group);
        }
    }
}

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
            .or_else(|| watched(&rule.expr, builder.names()));
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
