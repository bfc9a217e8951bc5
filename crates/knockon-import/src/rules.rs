//! Prometheus rule files, the operator's `PrometheusRule` objects, and rule files in a `ConfigMap`.

use knockon_core::{Diagnostic, Place, RecordingRule, RuleIndex};
use knockon_format::YamlFile;
use knockon_format::rules::{Rule, RuleFile, read_rules};

use crate::codes;
use crate::document::Doc;
use crate::gathered::{Gathered, MonitorSeen};

/// Whether a document holds rules.
pub(crate) fn recognises(doc: Doc<'_>) -> bool {
    let is_object = doc.text_of("kind") == Some("PrometheusRule");
    is_object || (doc.has("groups") && !doc.has("kind") && !doc.has("services"))
}

/// Reads the rules of a document.
pub(crate) fn read(doc: Doc<'_>, gathered: &mut Gathered) {
    let root = if doc.has("groups") { Some(doc) } else { doc.get("spec") };
    if let Some(root) = root {
        take(read_rules(root.node), doc.path, |span| doc.place_of(span), gathered);
    }
}

/// Reads the rule files that a `ConfigMap` holds. Places are that of the whole text, since the lines
/// inside of it are not those of the file.
pub(crate) fn read_config_map(object: Doc<'_>, gathered: &mut Gathered) {
    for (key, span, value) in object.entries_of("data") {
        let Some(text) = value.text().filter(|text| is_rules(text)) else { continue };
        let inner = YamlFile::read(key, text.as_bytes());
        let place = object.place_of(span);
        for diagnostic in &inner.diagnostics {
            let message = format!("in `{key}`: {}", diagnostic.message);
            gathered.warning(codes::BAD_RULE, place.clone(), message);
        }
        let path = format!("{} ({key})", object.path);
        for root in &inner.documents {
            take(read_rules(root), &path, |_| place.clone(), gathered);
        }
    }
}

fn is_rules(text: &str) -> bool {
    text.lines().any(|line| line.trim_end() == "groups:") && text.contains("rules:")
}

fn take(
    file: RuleFile,
    path: &str,
    place: impl Fn(knockon_format::Span) -> Place,
    gathered: &mut Gathered,
) {
    for mistake in file.mistakes {
        let diagnostic = Diagnostic::warning(codes::BAD_RULE, mistake.message);
        let mut diagnostic = diagnostic.at(place(mistake.span));
        diagnostic.help.extend(mistake.help);
        gathered.diagnostics.push(diagnostic);
    }
    for group in file.groups {
        let known = gathered.rule_group(path, &group.name);
        known.interval = known.interval.or(group.interval);
        known.limit = known.limit.or(group.limit);
        known.query_offset = known.query_offset.or(group.query_offset);
        for rule in group.rules {
            let index = match rule {
                Rule::Alerting(rule) => {
                    let (file, group) = (path.to_owned(), group.name.clone());
                    gathered.monitors.push(MonitorSeen { file, group, rule });
                    RuleIndex::Alerting(gathered.monitors.len() - 1)
                }
                Rule::Recording(rule) => {
                    gathered.recordings.push(RecordingRule {
                        name: rule.name,
                        file: path.to_owned(),
                        group: group.name.clone(),
                        expr: rule.expr,
                        labels: rule.labels,
                    });
                    RuleIndex::Recording(gathered.recordings.len() - 1)
                }
            };
            gathered.rule_group(path, &group.name).rules.push(index);
        }
    }
}
