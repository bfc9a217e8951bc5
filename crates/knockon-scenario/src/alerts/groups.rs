//! The rules of a model, or of a rule file, as they are evaluated.

use std::collections::BTreeMap;
use std::time::Duration;

use knockon_core::{Diagnostic, Element, Place, RecordingRule as Recorded, RuleIndex, System};
use knockon_format::rules::{self, RuleFile, read_rules};
use knockon_format::{Node, Places, Span, YamlFile};
use knockon_promql::rules::{
    AlertingRule, RecordingRule, Rule, RuleError, RuleGroup, RulePart, RuleText,
};

use crate::codes;

/// Groups of rules, and what is to be said of them.
#[derive(Debug, Default)]
pub struct Groups {
    /// What the applications of a model count themselves, recorded before anything else.
    pub applications: Vec<RuleGroup>,
    /// Those that can be evaluated. The source of an alerting rule is the number of its monitor.
    pub groups: Vec<RuleGroup>,
    /// What Prometheus would refuse, and what knockon cannot do yet.
    pub diagnostics: Vec<Diagnostic>,
}

impl Groups {
    /// Whether something is wrong.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// The rules of a system.
pub fn of_system(system: &System, places: &Places) -> Groups {
    let mut groups = Groups::default();
    let practice = system.practice();
    let recorded = |rule: &Recorded, at: usize| recording(&rule.name, &rule.expr, &rule.labels, at);
    let mut applications: Vec<RuleGroup> = Vec::new();
    for (at, rule) in practice.application_metrics.iter().enumerate() {
        let last = applications.last();
        if last.is_none_or(|it| (&it.name, &it.file) != (&rule.group, &rule.file)) {
            applications.push(group(&rule.group, &rule.file));
        }
        let read = groups.take(recorded(rule, at), &rule.name, || Place::whole_file(&rule.file));
        if let Some(group) = applications.last_mut() {
            group.rules.extend(read);
        }
    }
    groups.applications = applications;
    for of in &practice.rule_groups {
        let mut group = group(&of.name, &of.file);
        timed(&mut group, of.interval, of.limit, of.query_offset);
        for index in &of.rules {
            group.rules.extend(match *index {
                RuleIndex::Alerting(at) => {
                    let it = &practice.monitors[at];
                    let times = (it.hold, it.keep_firing);
                    let texts = (&it.labels, &it.annotations);
                    let place = places.of(Element::Monitor(at));
                    let place = || place.clone().unwrap_or_else(|| Place::whole_file(&it.file));
                    groups.take(alerting(&it.name, &it.expr, texts, times, at), &it.name, place)
                }
                RuleIndex::Recording(at) => {
                    let it = &practice.recordings[at];
                    groups.take(recorded(it, at), &it.name, || Place::whole_file(&it.file))
                }
            });
        }
        groups.groups.push(group);
    }
    groups
}

/// The rules of a rule file, of an operator's `PrometheusRule`, or of a `ConfigMap` that holds rule files.
pub fn of_file(path_shown: &str, bytes: &[u8]) -> Groups {
    let file = YamlFile::read(path_shown, bytes);
    let mut groups = Groups { diagnostics: file.diagnostics.clone(), ..Groups::default() };
    let mut has_rules = false;
    for document in &file.documents {
        for (key, text) in rule_files_of(document) {
            let mut inside = of_file(&format!("{path_shown} ({key})"), text.as_bytes());
            groups.groups.append(&mut inside.groups);
            groups.diagnostics.append(&mut inside.diagnostics);
            has_rules = true;
        }
        let of_operator = document.get("spec").filter(|spec| spec.get("groups").is_some());
        let root = if document.get("groups").is_some() { Some(&**document) } else { of_operator };
        let Some(root) = root else { continue };
        has_rules = true;
        groups.take_file(read_rules(root), path_shown, |span| file.place(span));
    }
    if !has_rules && groups.diagnostics.is_empty() {
        groups.diagnostics.push(
            Diagnostic::error(codes::NO_RULES, "there are no rules in it")
                .at(Place::whole_file(path_shown))
                .help("give a rule file of Prometheus, which has `groups`, a `PrometheusRule` or a `ConfigMap`"),
        );
    }
    groups
}

/// The rule files in the data of a `ConfigMap`, by their keys.
fn rule_files_of(document: &Node) -> Vec<(&str, &str)> {
    let is_config_map = document.get("kind").and_then(Node::text) == Some("ConfigMap");
    let data = document.get("data").filter(|_| is_config_map);
    let entries = data.map(Node::entries).unwrap_or_default().iter();
    let texts = entries.filter_map(|entry| Some((&*entry.key, entry.value.text()?)));
    let is_rules = |text: &str| text.lines().any(|line| line.trim_end() == "groups:");
    texts.filter(|(_, text)| is_rules(text)).collect()
}

impl Groups {
    fn take_file(&mut self, file: RuleFile, path: &str, place: impl Fn(Span) -> Place) {
        for mistake in file.mistakes {
            let mut diagnostic =
                Diagnostic::error(codes::WRONG_RULE, mistake.message).at(place(mistake.span));
            diagnostic.help.extend(mistake.help);
            self.diagnostics.push(diagnostic);
        }
        for of in file.groups {
            let mut group = group(&of.name, path);
            timed(&mut group, of.interval, of.limit, of.query_offset);
            for rule in &of.rules {
                group.rules.extend(match rule {
                    rules::Rule::Alerting(it) => {
                        let times = (it.hold, it.keep_firing);
                        let texts = (&it.labels, &it.annotations);
                        let read = alerting(&it.name, &it.expr, texts, times, 0);
                        self.take(read, &it.name, || place(it.span))
                    }
                    rules::Rule::Recording(it) => {
                        let read = recording(&it.name, &it.expr, &it.labels, 0);
                        self.take(read, &it.name, || place(it.span))
                    }
                });
            }
            self.groups.push(group);
        }
    }

    /// Keeps a rule, or says why it cannot be evaluated. What Prometheus would refuse was told when the
    /// file was read; here only what knockon does not have is left.
    fn take(
        &mut self,
        read: Result<Rule, Vec<RuleError>>,
        name: &str,
        place: impl Fn() -> Place,
    ) -> Option<Rule> {
        let errors = match read {
            Ok(rule) => return Some(rule),
            Err(errors) => errors,
        };
        for error in errors.iter().filter(|error| is_ours(error)) {
            let part = match &error.part {
                RulePart::Expr => "its expression".to_owned(),
                RulePart::Label(label) => format!("its label `{label}`"),
                RulePart::Annotation(annotation) => format!("its annotation `{annotation}`"),
            };
            let message = format!("the rule `{name}` is left out: {part}: {}", error.message);
            self.diagnostics.push(Diagnostic::warning(codes::RULE_LEFT_OUT, message).at(place()));
        }
        None
    }
}

/// Whether an error is of what knockon does not have, and no mistake.
fn is_ours(error: &RuleError) -> bool {
    error.message.starts_with("unsupported:")
}

type Texts = BTreeMap<String, String>;

fn alerting(
    name: &str,
    expr: &str,
    (labels, annotations): (&Texts, &Texts),
    (hold, keep_firing): (Duration, Duration),
    source: usize,
) -> Result<Rule, Vec<RuleError>> {
    let text = RuleText { name, expr, labels: &pairs(labels), annotations: &pairs(annotations) };
    AlertingRule::parse(text, millis(hold), millis(keep_firing), source).map(Rule::Alerting)
}

fn recording(
    name: &str,
    expr: &str,
    labels: &Texts,
    source: usize,
) -> Result<Rule, Vec<RuleError>> {
    let text = RuleText { name, expr, labels: &pairs(labels), annotations: &[] };
    RecordingRule::parse(text, source).map(Rule::Recording)
}

fn timed(
    group: &mut RuleGroup,
    interval: Option<Duration>,
    limit: Option<u64>,
    query_offset: Option<Duration>,
) {
    group.interval_ms = interval.map(millis);
    group.limit = limit.and_then(|limit| usize::try_from(limit).ok());
    group.query_offset_ms = query_offset.map(millis).unwrap_or_default();
}

fn group(name: &str, file: &str) -> RuleGroup {
    RuleGroup {
        name: name.to_owned(),
        file: file.to_owned(),
        interval_ms: None,
        limit: None,
        query_offset_ms: 0,
        rules: Vec::new(),
    }
}

fn pairs(texts: &Texts) -> Vec<(&str, &str)> {
    texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

/// A length of time in milliseconds; one of more than 200 million years does not matter.
pub fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
