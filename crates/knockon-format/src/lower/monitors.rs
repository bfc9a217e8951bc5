//! Monitors: what the labels and annotations of Prometheus rules say of the system.

use knockon_core::{
    AlertSeverity, Element, Monitor, Names, RecordingRule, Resolved, RuleGroup, RuleIndex, Runbook,
    RunbookId, ServiceId, TeamId,
};

use crate::closest::closest;
use crate::codes;
use crate::context::Context;
use crate::findings::Finding;
use crate::keys::Referent;
use crate::rules::{self, AlertingRule, RecordedSeries, Rule, RuleFile, watched};
use crate::wording::quoted;

/// What the rules of a file are to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RulesAre {
    /// What watches the system.
    Monitors,
    /// What its applications count themselves.
    Metrics,
}

impl RulesAre {
    pub(crate) const ALL: [Self; 2] = [Self::Monitors, Self::Metrics];

    /// The key that lists such files, and the folder of a pack that has them.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Monitors => "monitors",
            Self::Metrics => "metrics",
        }
    }
}

/// A rule file of a model.
#[derive(Debug)]
pub(crate) struct ModelRules {
    pub(crate) are: RulesAre,
    /// Its path beside the system file.
    pub(crate) path: String,
    pub(crate) rules: RuleFile,
}

/// What rule files hold.
#[derive(Debug, Default)]
pub(crate) struct Monitors {
    pub(crate) alerts: Vec<Monitor>,
    pub(crate) recordings: Vec<RecordingRule>,
    pub(crate) groups: Vec<RuleGroup>,
    pub(crate) metrics: Vec<RecordingRule>,
}

/// The rules with the services, teams and runbooks that they name.
pub(super) fn lower(files: &[ModelRules], runbooks: &[Runbook], cx: &mut Context<'_>) -> Monitors {
    let names = cx.names.services.for_telemetry();
    let known = Known { names, runbooks };
    let mut monitors = Monitors::default();
    for file in files {
        for mistake in &file.rules.mistakes {
            let mut finding =
                Finding::error(codes::BAD_RULE, mistake.span, &*mistake.message).label("here");
            if let Some(help) = &mistake.help {
                finding = finding.help(&**help);
            }
            cx.findings.push(finding);
        }
        for group in &file.rules.groups {
            if file.are == RulesAre::Metrics {
                monitors.metrics.extend(application_metrics(group, &file.path, cx));
                continue;
            }
            let mut rules = Vec::new();
            for rule in &group.rules {
                rules.push(match rule {
                    Rule::Alerting(rule) => {
                        let at = monitors.alerts.len();
                        cx.places.insert(Element::Monitor(at), rule.span);
                        monitors.alerts.push(monitor(rule, &file.path, &group.name, &known, cx));
                        RuleIndex::Alerting(at)
                    }
                    Rule::Recording(rule) => {
                        monitors.recordings.push(recording(rule, &file.path, &group.name));
                        RuleIndex::Recording(monitors.recordings.len() - 1)
                    }
                });
            }
            monitors.groups.push(RuleGroup {
                file: file.path.clone(),
                name: group.name.clone(),
                interval: group.interval,
                limit: group.limit,
                query_offset: group.query_offset,
                rules,
            });
        }
    }
    monitors
}

/// What a group records of what the applications count. It is recorded whenever they are read, so it
/// has no time of its own, and nobody is alerted there.
fn application_metrics(
    group: &rules::RuleGroup,
    file: &str,
    cx: &mut Context<'_>,
) -> Vec<RecordingRule> {
    let keys = [
        ("interval", group.interval.is_some()),
        ("limit", group.limit.is_some()),
        ("query_offset", group.query_offset.is_some()),
    ];
    for (key, _) in keys.iter().filter(|(_, is_said)| *is_said) {
        let message = format!("a group of application metrics has no `{key}`");
        let finding = Finding::error(codes::BAD_RULE, group.span, message).label("in this group");
        cx.findings.push(finding.help("they are recorded whenever they are read: take it out"));
    }
    let mut metrics = Vec::new();
    for rule in &group.rules {
        match rule {
            Rule::Recording(rule) => metrics.push(recording(rule, file, &group.name)),
            Rule::Alerting(rule) => {
                let message = format!("the alert {} is no application metric", quoted(&rule.name));
                let finding = Finding::error(codes::BAD_RULE, rule.span, message).label("here");
                cx.findings.push(finding.help("put it into a file under `monitors`"));
            }
        }
    }
    metrics
}

fn recording(rule: &RecordedSeries, file: &str, group: &str) -> RecordingRule {
    RecordingRule {
        name: rule.name.clone(),
        file: file.to_owned(),
        group: group.to_owned(),
        expr: rule.expr.clone(),
        labels: rule.labels.clone(),
    }
}

/// What the rules of all files may speak of.
struct Known<'k> {
    names: Names,
    /// The runbooks of the system file.
    runbooks: &'k [Runbook],
}

fn monitor(
    rule: &AlertingRule,
    file: &str,
    group: &str,
    known: &Known<'_>,
    cx: &mut Context<'_>,
) -> Monitor {
    let annotation = |key: &str| rule.annotations.get(key).cloned();
    Monitor {
        name: rule.name.clone(),
        file: file.to_owned(),
        group: group.to_owned(),
        expr: rule.expr.clone(),
        hold: rule.hold,
        keep_firing: rule.keep_firing,
        service: service(rule, known, cx),
        team: team(rule, cx),
        severity: severity(rule, cx),
        runbook: runbook(rule, known.runbooks, cx),
        id: annotation("monitor_id"),
        title: annotation("title"),
        labels: rule.labels.clone(),
        annotations: rule.annotations.clone(),
    }
}

/// A label whose value is known when the rule is written; one with a template is not.
fn label<'r>(rule: &'r AlertingRule, key: &str) -> Option<&'r str> {
    let value = rule.labels.get(key)?.trim();
    (!value.is_empty() && !value.contains("{{")).then_some(value)
}

/// The service that the rule says it watches, by any name that telemetry has for it; or else the one
/// that the selectors of its expression name.
fn service(rule: &AlertingRule, known: &Known<'_>, cx: &mut Context<'_>) -> Option<ServiceId> {
    let Some(name) = label(rule, "service") else {
        return watched(&rule.expr, &known.names);
    };
    let found = known.names.resolve(name).map(Resolved::service);
    if found.is_none() {
        told(rule, Referent::Service, name, cx);
    }
    found
}

fn team(rule: &AlertingRule, cx: &mut Context<'_>) -> Option<TeamId> {
    let name = label(rule, "team")?;
    let found = cx.names.teams.find(name);
    if found.is_none() {
        told(rule, Referent::Team, name, cx);
    }
    found.map(TeamId::from_index)
}

fn severity(rule: &AlertingRule, cx: &mut Context<'_>) -> Option<AlertSeverity> {
    let word = label(rule, "severity")?;
    let severity = rule.severity();
    if severity.is_none() {
        let message =
            format!("the severity {} of {} means nothing", quoted(word), quoted(&rule.name));
        cx.findings.push(
            Finding::warning(codes::UNKNOWN_WORD, rule.span, message)
                .label("label `severity`")
                .help(
                    "write `P0`, `P1`, `P2` or `P3`, or one of the common words such as `critical`",
                ),
        );
    }
    severity
}

/// The runbook that the rule links to: a page of the model by its path or name. A page elsewhere is
/// a URL, and stays an annotation.
fn runbook(rule: &AlertingRule, runbooks: &[Runbook], cx: &mut Context<'_>) -> Option<RunbookId> {
    let url = rule.annotations.get("runbook_url")?.trim();
    if url.is_empty() || url.contains("{{") {
        return None;
    }
    if let Some(named) = runbooks.iter().find(|runbook| runbook.page.as_deref() == Some(url)) {
        return cx.names.runbooks.find(&named.name).map(RunbookId::from_index);
    }
    let path = url.split(['#', '?']).next().unwrap_or(url);
    let file = path.rsplit('/').next().unwrap_or(path);
    let name = file.strip_suffix(".md").unwrap_or(file);
    let found = cx.names.runbooks.find(name);
    if found.is_none() && !url.contains("://") {
        told(rule, Referent::Runbook, name, cx);
    }
    found.map(RunbookId::from_index)
}

/// Tells of a name in a rule that the model does not have. Rules are often shared with systems that
/// are not in the model, so it is no error.
fn told(rule: &AlertingRule, kind: Referent, name: &str, cx: &mut Context<'_>) {
    let (declared, code, key) = match kind {
        Referent::Team => (&cx.names.teams, codes::UNKNOWN_TEAM, "label `team`"),
        Referent::Runbook => {
            (&cx.names.runbooks, codes::UNKNOWN_RUNBOOK, "annotation `runbook_url`")
        }
        _ => (&cx.names.services, codes::UNKNOWN_SERVICE, "label `service`"),
    };
    let near = closest(name, declared.listed().into_iter());
    let word = kind.word();
    let message = format!("{} names the unknown {word} {}", quoted(&rule.name), quoted(name));
    let finding = Finding::warning(code, rule.span, message).label(key);
    cx.findings.push(match near {
        Some(near) => finding.help(format!("did you mean {}?", quoted(near))),
        None => finding.help(format!("name a {word} of the system, or take it out")),
    });
}
