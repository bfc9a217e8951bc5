//! A system as the files that describe it.

use std::collections::BTreeMap;
use std::time::Duration;

use knockon_core::{Monitor, Practice, RecordingRule, RuleGroup, RuleIndex, System};

use crate::model::SystemBody;
use crate::record::Record;
use crate::write::{Yaml, document};

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// Its path beside the system file.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A system as files that read back to the same system: the system file first, then a rule file for
/// each that its monitors and application metrics come from.
pub fn print(system: &System) -> Vec<Printed> {
    let mut body = SystemBody::of(system);
    let monitors = rule_files(system);
    let metrics = metric_files(system);
    body.monitors = monitors.iter().map(|file| file.path.clone()).collect();
    body.metrics = metrics.iter().map(|file| file.path.clone()).collect();
    let mut files =
        vec![Printed { path: "system.yaml".into(), text: document(&body.write(system)) }];
    files.extend(monitors);
    files.extend(metrics);
    files
}

/// The rule files that the monitors of a system come from.
fn rule_files(system: &System) -> Vec<Printed> {
    let mut files: Vec<(&str, Vec<Yaml>)> = Vec::new();
    for rules in &system.practice().rule_groups {
        let written = group(rules, system.practice());
        match files.iter_mut().find(|(path, _)| *path == rules.file) {
            Some((_, groups)) => groups.push(written),
            None => files.push((&rules.file, vec![written])),
        }
    }
    files.into_iter().map(|(path, groups)| file(path, groups)).collect()
}

/// The rule files that record what the applications count.
fn metric_files(system: &System) -> Vec<Printed> {
    let mut files = Vec::new();
    let of_file = |a: &RecordingRule, b: &RecordingRule| a.file == b.file;
    for rules in system.practice().application_metrics.chunk_by(of_file) {
        let groups = rules.chunk_by(|a, b| a.group == b.group).map(|rules| {
            let name = rules.first().map_or("", |rule| &rule.group);
            Yaml::Map(vec![
                ("name".into(), Yaml::text(name)),
                ("rules".into(), Yaml::List(rules.iter().map(recording).collect())),
            ])
        });
        files.extend(rules.first().map(|rule| file(&rule.file, groups.collect())));
    }
    files
}

fn file(path: &str, groups: Vec<Yaml>) -> Printed {
    let text = document(&[("groups".into(), Yaml::List(groups))]);
    Printed { path: path.to_owned(), text }
}

fn group(group: &RuleGroup, practice: &Practice) -> Yaml {
    let mut written = vec![("name".to_owned(), Yaml::text(&group.name))];
    for (key, time) in [("interval", group.interval), ("query_offset", group.query_offset)] {
        written.extend(time.map(|time| (key.to_owned(), Yaml::text(prometheus_duration(time)))));
    }
    written.extend(group.limit.map(|limit| ("limit".to_owned(), Yaml::text(limit.to_string()))));
    let rule = |rule: &RuleIndex| match *rule {
        RuleIndex::Alerting(at) => practice.monitors.get(at).map(alerting),
        RuleIndex::Recording(at) => practice.recordings.get(at).map(recording),
    };
    let rules = group.rules.iter().filter_map(rule).collect();
    written.push(("rules".to_owned(), Yaml::List(rules)));
    Yaml::Map(written)
}

fn alerting(monitor: &Monitor) -> Yaml {
    let mut rule = vec![
        ("alert".to_owned(), Yaml::text(&monitor.name)),
        ("expr".to_owned(), Yaml::text(&monitor.expr)),
    ];
    for (key, time) in [("for", monitor.hold), ("keep_firing_for", monitor.keep_firing)] {
        if time > Duration::ZERO {
            rule.push((key.to_owned(), Yaml::text(prometheus_duration(time))));
        }
    }
    rule.extend(texts("labels", &monitor.labels));
    rule.extend(texts("annotations", &monitor.annotations));
    Yaml::Map(rule)
}

fn recording(rule: &RecordingRule) -> Yaml {
    let mut written = vec![
        ("record".to_owned(), Yaml::text(&rule.name)),
        ("expr".to_owned(), Yaml::text(&rule.expr)),
    ];
    written.extend(texts("labels", &rule.labels));
    Yaml::Map(written)
}

fn texts(key: &str, texts: &BTreeMap<String, String>) -> Option<(String, Yaml)> {
    let entries = texts.iter().map(|(key, text)| (key.clone(), Yaml::text(text)));
    (!texts.is_empty()).then(|| (key.to_owned(), Yaml::Map(entries.collect())))
}

/// A length of time as Prometheus writes it: in one unit.
fn prometheus_duration(time: Duration) -> String {
    const UNITS: [(&str, u128); 5] =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
    let ms = time.as_millis();
    let fits = UNITS.iter().find(|(_, size)| ms.is_multiple_of(*size));
    let (unit, size) = fits.unwrap_or(&("ms", 1));
    format!("{}{unit}", ms / size)
}
