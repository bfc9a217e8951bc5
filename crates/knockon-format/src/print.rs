//! A system as the files that describe it.

use std::collections::BTreeMap;
use std::time::Duration;

use knockon_core::{Monitor, RecordingRule, System};

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
/// each that its monitors come from.
pub fn print(system: &System) -> Vec<Printed> {
    let mut body = SystemBody::of(system);
    let rules = rule_files(system);
    body.monitors = rules.iter().map(|file| file.path.clone()).collect();
    let mut files =
        vec![Printed { path: "system.yaml".into(), text: document(&body.write(system)) }];
    files.extend(rules);
    files
}

/// The groups of a rule file with their rules.
type Groups<'n> = Vec<(&'n str, Vec<Yaml>)>;

/// The rule files that the monitors of a system come from.
fn rule_files(system: &System) -> Vec<Printed> {
    let practice = system.practice();
    let mut files: Vec<(&str, Groups<'_>)> = Vec::new();
    let mut put = |file, group, rule| {
        let at = place(&mut files, file);
        let group = place(&mut files[at].1, group);
        files[at].1[group].1.push(rule);
    };
    for rule in &practice.recordings {
        put(rule.file.as_str(), rule.group.as_str(), recording(rule));
    }
    for monitor in &practice.monitors {
        put(monitor.file.as_str(), monitor.group.as_str(), alerting(monitor));
    }
    let group = |(name, rules): (&str, Vec<Yaml>)| {
        Yaml::Map(vec![("name".into(), Yaml::text(name)), ("rules".into(), Yaml::List(rules))])
    };
    let file = |(path, groups): (&str, Groups<'_>)| {
        let groups = Yaml::List(groups.into_iter().map(group).collect());
        Printed { path: path.to_owned(), text: document(&[("groups".into(), groups)]) }
    };
    files.into_iter().map(file).collect()
}

/// Where a name is in a list, at the end if it is new.
fn place<'n, T>(list: &mut Vec<(&'n str, Vec<T>)>, name: &'n str) -> usize {
    list.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
        list.push((name, Vec::new()));
        list.len() - 1
    })
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
