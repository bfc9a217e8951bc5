//! The rules of a model, or of a rule file, as they are evaluated.

use std::collections::BTreeMap;
use std::time::Duration;

use knockon_core::{Diagnostic, Element, Place, RuleIndex, System};
use knockon_format::rules::{RuleFile, read_rules};
use knockon_format::{Places, YamlFile};
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
    let mut applications: Vec<RuleGroup> = Vec::new();
    for rule in &practice.application_metrics {
        let is_same =
            applications.last().is_some_and(|it| it.name == rule.group && it.file == rule.file);
        if !is_same {
            applications.push(group(&rule.group, &rule.file));
        }
        let text = RuleText {
            name: &rule.name,
            expr: &rule.expr,
            labels: &pairs(&rule.labels),
            annotations: &[],
        };
        let read = RecordingRule::parse(text, 0).map(Rule::Recording);
        let place = || Place::whole_file(&rule.file);
        if let (Some(rule), Some(group)) =
            (groups.take(read, &rule.name, place), applications.last_mut())
        {
            group.rules.push(rule);
        }
    }
    groups.applications = applications;
    for of in &practice.rule_groups {
        let mut group = group(&of.name, &of.file);
        group.interval_ms = of.interval.map(millis);
        group.limit = of.limit.and_then(|limit| usize::try_from(limit).ok());
        group.query_offset_ms = of.query_offset.map(millis).unwrap_or_default();
        for index in &of.rules {
            let rule = match *index {
                RuleIndex::Alerting(at) => {
                    let monitor = &practice.monitors[at];
                    let text = RuleText {
                        name: &monitor.name,
                        expr: &monitor.expr,
                        labels: &pairs(&monitor.labels),
                        annotations: &pairs(&monitor.annotations),
                    };
                    let read = AlertingRule::parse(
                        text,
                        millis(monitor.hold),
                        millis(monitor.keep_firing),
                        at,
                    );
                    let place = || {
                        places
                            .of(Element::Monitor(at))
                            .unwrap_or_else(|| Place::whole_file(&monitor.file))
                    };
                    groups.take(read.map(Rule::Alerting), &monitor.name, place)
                }
                RuleIndex::Recording(at) => {
                    let rule = &practice.recordings[at];
                    let text = RuleText {
                        name: &rule.name,
                        expr: &rule.expr,
                        labels: &pairs(&rule.labels),
                        annotations: &[],
                    };
                    let read = RecordingRule::parse(text, at).map(Rule::Recording);
                    groups.take(read, &rule.name, || Place::whole_file(&rule.file))
                }
            };
            group.rules.extend(rule);
        }
        groups.groups.push(group);
    }
    groups
}

/// The rules of a rule file, or of an operator's `PrometheusRule`.
pub fn of_file(path_shown: &str, bytes: &[u8]) -> Groups {
    let file = YamlFile::read(path_shown, bytes);
    let mut groups = Groups { diagnostics: file.diagnostics.clone(), ..Groups::default() };
    let mut has_rules = false;
    for document in &file.documents {
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
                .help("give a rule file of Prometheus, which has `groups`, or a `PrometheusRule`"),
        );
    }
    groups
}

impl Groups {
    fn take_file(
        &mut self,
        file: RuleFile,
        path: &str,
        place: impl Fn(knockon_format::Span) -> Place,
    ) {
        for mistake in file.mistakes {
            let mut diagnostic =
                Diagnostic::error(codes::WRONG_RULE, mistake.message).at(place(mistake.span));
            diagnostic.help.extend(mistake.help);
            self.diagnostics.push(diagnostic);
        }
        for of in file.groups {
            let mut group = group(&of.name, path);
            group.interval_ms = of.interval.map(millis);
            group.limit = of.limit.and_then(|limit| usize::try_from(limit).ok());
            group.query_offset_ms = of.query_offset.map(millis).unwrap_or_default();
            for rule in of.rules {
                let rule = match rule {
                    knockon_format::rules::Rule::Alerting(rule) => {
                        let text = RuleText {
                            name: &rule.name,
                            expr: &rule.expr,
                            labels: &pairs(&rule.labels),
                            annotations: &pairs(&rule.annotations),
                        };
                        let times = (millis(rule.hold), millis(rule.keep_firing));
                        let read = AlertingRule::parse(text, times.0, times.1, 0);
                        self.take(read.map(Rule::Alerting), &rule.name, || place(rule.span))
                    }
                    knockon_format::rules::Rule::Recording(rule) => {
                        let text = RuleText {
                            name: &rule.name,
                            expr: &rule.expr,
                            labels: &pairs(&rule.labels),
                            annotations: &[],
                        };
                        let read = RecordingRule::parse(text, 0);
                        self.take(read.map(Rule::Recording), &rule.name, || place(rule.span))
                    }
                };
                group.rules.extend(rule);
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
        match read {
            Ok(rule) => Some(rule),
            Err(errors) => {
                for error in errors {
                    let part = match &error.part {
                        RulePart::Expr => "its expression".to_owned(),
                        RulePart::Label(label) => format!("its label `{label}`"),
                        RulePart::Annotation(annotation) => {
                            format!("its annotation `{annotation}`")
                        }
                    };
                    let message =
                        format!("the rule `{name}` is left out: {part}: {}", error.message);
                    self.diagnostics
                        .push(Diagnostic::warning(codes::RULE_LEFT_OUT, message).at(place()));
                }
                None
            }
        }
    }
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

fn pairs(texts: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

/// A length of time in milliseconds; one of more than 200 million years does not matter.
pub fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
