//! Prometheus rule files as they are: groups of alerting and recording rules, nothing resolved.
//!
//! Services, teams and runbooks stay the texts that labels and annotations hold; who reads the file
//! knows what they mean. Mistakes carry no code: it belongs to the crate that reports them.

use std::collections::BTreeMap;
use std::time::Duration;

use knockon_core::AlertSeverity;
use knockon_promql::{Query, Template, duration_ms};

use crate::closest;
use crate::source::Span;
use crate::wording::quoted;
use crate::yaml::{Content, Node};

pub use crate::watched::watched;

/// A rule file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleFile {
    /// Its groups, in order.
    pub groups: Vec<RuleGroup>,
    /// What Prometheus would refuse, in the order of the file.
    pub mistakes: Vec<RuleMistake>,
}

/// A group of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleGroup {
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// How often it is evaluated: `interval`.
    pub interval: Option<Duration>,
    /// How many series or alerts a rule of it may give: `limit`.
    pub limit: Option<u64>,
    /// How far before each moment it is evaluated: `query_offset`.
    pub query_offset: Option<Duration>,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

/// A rule of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// With `alert`.
    Alerting(AlertingRule),
    /// With `record`.
    Recording(RecordedSeries),
}

/// An alerting rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertingRule {
    /// Its name: `alert`.
    pub name: String,
    /// The PromQL expression.
    pub expr: String,
    /// How long it has to hold: `for`.
    pub hold: Duration,
    /// How long it keeps firing afterwards: `keep_firing_for`.
    pub keep_firing: Duration,
    /// All labels as written.
    pub labels: BTreeMap<String, String>,
    /// All annotations as written.
    pub annotations: BTreeMap<String, String>,
    /// Where the name is written.
    pub span: Span,
    /// Where the expression is written.
    pub expr_span: Span,
}

impl AlertingRule {
    /// How bad it says it is: label `severity`, by what people commonly write there.
    pub fn severity(&self) -> Option<AlertSeverity> {
        severity(self.labels.get("severity")?)
    }
}

/// A recording rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordedSeries {
    /// The series it writes: `record`.
    pub name: String,
    /// The PromQL expression.
    pub expr: String,
    /// Labels it adds.
    pub labels: BTreeMap<String, String>,
    /// Where the name is written.
    pub span: Span,
    /// Where the expression is written.
    pub expr_span: Span,
}

/// Something that Prometheus would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMistake {
    /// Where.
    pub span: Span,
    /// What is wrong, in one line.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

/// The severity that a word means: `P0` to `P3` are themselves, `critical` wakes somebody, `warning`
/// waits for the day. A word that is none of the common ones means nothing.
///
/// ```
/// use knockon_core::AlertSeverity;
/// use knockon_format::rules::severity;
/// assert_eq!(severity("critical"), Some(AlertSeverity::P0));
/// assert_eq!(severity("p2"), Some(AlertSeverity::P2));
/// assert_eq!(severity("email"), None);
/// ```
pub fn severity(word: &str) -> Option<AlertSeverity> {
    let word = word.trim().to_ascii_lowercase();
    match word.as_str() {
        "p0" | "critical" | "crit" | "emergency" | "fatal" => Some(AlertSeverity::P0),
        "p1" | "error" | "high" | "page" | "major" => Some(AlertSeverity::P1),
        "p2" | "warning" | "warn" | "medium" | "minor" => Some(AlertSeverity::P2),
        "p3" | "info" | "low" | "notice" | "none" => Some(AlertSeverity::P3),
        _ => None,
    }
}

/// A length of time as Prometheus writes it: `1h30m`, `45s`, `0`.
///
/// ```
/// use std::time::Duration;
/// use knockon_format::rules::duration;
/// assert_eq!(duration("1h30m"), Some(Duration::from_secs(5400)));
/// assert_eq!(duration("30m1h"), None);
/// ```
pub fn duration(text: &str) -> Option<Duration> {
    duration_ms(text).and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis)
}

const GROUP_KEYS: &[&str] =
    &["name", "rules", "interval", "query_offset", "limit", "labels", "partial_response_strategy"];
const RULE_KEYS: &[&str] =
    &["alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"];

/// Reads the root of a rule file, or whatever has the key `groups`.
pub fn read_rules(root: &Node) -> RuleFile {
    let mut file = RuleFile::default();
    let Some(groups) = root.get("groups") else { return file };
    if !matches!(groups.content, Content::List(_) | Content::Nothing { .. } | Content::Broken) {
        file.mistake(
            groups.span,
            format!("`groups` is {}, and a list belongs there", groups.found()),
        );
    }
    for group in groups.items() {
        file.group(group);
    }
    file.mistakes.sort_by_key(|mistake| mistake.span);
    file
}

impl RuleFile {
    fn mistake(&mut self, span: Span, message: impl Into<String>) {
        self.mistakes.push(RuleMistake { span, message: message.into(), help: None });
    }

    fn unknown_keys(&mut self, node: &Node, known: &[&str]) {
        for entry in node.entries().iter().filter(|entry| !known.contains(&&*entry.key)) {
            let meant = closest(&entry.key, known.iter().copied());
            self.mistakes.push(RuleMistake {
                span: entry.key_span,
                message: format!("unknown key {}", quoted(&entry.key)),
                help: meant.map(|key| format!("did you mean `{key}`?")),
            });
        }
    }

    fn group(&mut self, node: &Node) {
        if !matches!(node.content, Content::Mapping(_)) {
            self.mistake(node.span, "a group is a mapping with `name` and `rules`");
            return;
        }
        self.unknown_keys(node, GROUP_KEYS);
        let Some(name) = self.required(node, "a group", "name") else { return };
        let (name, span) = name;
        if self.groups.iter().any(|group| group.name == name) {
            self.mistake(span, format!("two groups are called {}", quoted(&name)));
        }
        // No time and no limit is what a group has anyway.
        let mut group = RuleGroup {
            name,
            span,
            interval: self.time(node, "interval").filter(|it| !it.is_zero()),
            limit: self.number(node, "limit").filter(|it| *it > 0),
            query_offset: self.time(node, "query_offset"),
            rules: Vec::new(),
        };
        let common = self.map(node, "labels");
        for rule in node.get("rules").map(Node::items).unwrap_or_default() {
            group.rules.extend(self.rule(rule, &common));
        }
        self.groups.push(group);
    }

    fn rule(&mut self, node: &Node, common: &BTreeMap<String, String>) -> Option<Rule> {
        if !matches!(node.content, Content::Mapping(_)) {
            self.mistake(node.span, "a rule is a mapping with `expr` and `alert` or `record`");
            return None;
        }
        self.unknown_keys(node, RULE_KEYS);
        let mut labels = common.clone();
        labels.extend(self.map(node, "labels"));
        let is_alert = node.entry("alert").is_some();
        if is_alert == node.entry("record").is_some() {
            self.mistake(node.span, "a rule has either `alert` or `record`");
            return None;
        }
        let key = if is_alert { "alert" } else { "record" };
        let (Some((name, span)), Some((expr, expr_span))) =
            (self.required(node, "a rule", key), self.required(node, "a rule", "expr"))
        else {
            return None;
        };
        self.check_expression(&expr, expr_span);
        if is_alert {
            self.check_templates(node, "labels");
            self.check_templates(node, "annotations");
            return Some(Rule::Alerting(AlertingRule {
                name,
                expr,
                hold: self.time(node, "for").unwrap_or_default(),
                keep_firing: self.time(node, "keep_firing_for").unwrap_or_default(),
                labels,
                annotations: self.map(node, "annotations"),
                span,
                expr_span,
            }));
        }
        for key in ["for", "keep_firing_for", "annotations"] {
            if let Some(entry) = node.entry(key) {
                self.mistake(entry.key_span, format!("a recording rule has no `{key}`"));
            }
        }
        Some(Rule::Recording(RecordedSeries { name, expr, labels, span, expr_span }))
    }

    /// Whether an expression is one. What only newer versions of Prometheus have is right all the same.
    fn check_expression(&mut self, expr: &str, span: Span) {
        let Err(error) = Query::parse(expr) else { return };
        if error.message.starts_with("unsupported:") {
            return;
        }
        let part = expr[error.span.clone()].trim();
        let help = (!part.is_empty()).then(|| format!("look at {}", quoted(part)));
        let message = format!("`expr` is no PromQL: {}", error.message);
        self.mistakes.push(RuleMistake { span, message, help });
    }

    /// Whether labels and annotations of an alert can be filled in.
    fn check_templates(&mut self, node: &Node, key: &str) {
        for entry in node.get(key).map(Node::entries).unwrap_or_default() {
            let Some(Err(error)) = entry.value.text().map(Template::parse) else { continue };
            let message = format!("{} is no template: {}", quoted(&entry.key), error.message);
            let help = Some("write it as Prometheus does, as in `{{ $labels.job }}`".to_owned());
            self.mistakes.push(RuleMistake { span: entry.value.span, message, help });
        }
    }

    fn required(&mut self, node: &Node, what: &str, key: &str) -> Option<(String, Span)> {
        let value = node.get(key);
        let text = value.and_then(Node::text).map(str::trim).filter(|text| !text.is_empty());
        match (value, text) {
            (Some(value), Some(text)) => Some((text.to_owned(), value.span)),
            (Some(value), None) if matches!(value.content, Content::Broken) => None,
            (Some(value), None) => {
                self.mistake(value.span, format!("`{key}` is {}", empty_or(value)));
                None
            }
            (None, _) => {
                self.mistake(node.span, format!("{what} without `{key}`"));
                None
            }
        }
    }

    fn time(&mut self, node: &Node, key: &str) -> Option<Duration> {
        let value = node.get(key)?;
        let text = value.text().unwrap_or_default();
        if let Some(duration) = duration(text) {
            return Some(duration);
        }
        self.mistakes.push(RuleMistake {
            span: value.span,
            message: format!("`{key}` is {}, which is no length of time", quoted(text)),
            help: Some("write it as Prometheus does, as in `5m` or `1h30m`".into()),
        });
        None
    }

    fn number(&mut self, node: &Node, key: &str) -> Option<u64> {
        let value = node.get(key)?;
        let text = value.text().unwrap_or_default();
        let number = text.parse().ok();
        if number.is_none() && !matches!(value.content, Content::Broken) {
            self.mistake(
                value.span,
                format!("`{key}` is {}, which is no whole number", quoted(text)),
            );
        }
        number
    }

    fn map(&mut self, node: &Node, key: &str) -> BTreeMap<String, String> {
        let Some(value) = node.get(key) else { return BTreeMap::new() };
        let is_right = matches!(
            value.content,
            Content::Mapping(_) | Content::Nothing { .. } | Content::Broken
        );
        if !is_right {
            self.mistake(
                value.span,
                format!("`{key}` is {}, and a mapping belongs there", value.found()),
            );
        }
        let mut texts = BTreeMap::new();
        for entry in value.entries() {
            match (entry.value.text(), &entry.value.content) {
                (Some(text), _) => {
                    texts.insert(entry.key.to_string(), text.to_owned());
                }
                (None, Content::Nothing { .. }) => {
                    texts.insert(entry.key.to_string(), String::new());
                }
                (None, Content::Broken) => {}
                (None, _) => {
                    let found = entry.value.found();
                    self.mistake(
                        entry.value.span,
                        format!("{} is {found}, and text belongs there", quoted(&entry.key)),
                    );
                }
            }
        }
        texts
    }
}

fn empty_or(node: &Node) -> &'static str {
    match node.content {
        Content::Text { .. } | Content::Nothing { .. } => "empty",
        _ => "no text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::YamlFile;

    fn read(text: &str) -> (YamlFile, RuleFile) {
        let file = YamlFile::read("r.yaml", text.as_bytes());
        let rules = file.documents.first().map(|root| read_rules(root)).unwrap_or_default();
        (file, rules)
    }

    #[test]
    fn rules_are_read_with_what_their_group_adds() {
        let (_, file) = read(
            "groups:\n- name: g\n  labels: { team: a, x: y }\n  rules:\n  - alert: A\n    expr: |\n      \
             up == 0\n    for: 1h30m\n    keep_firing_for: 45s\n    labels: { severity: page, x: z }\n    \
             annotations: { title: T }\n  - { record: \"a:b\", expr: sum(b) }\n",
        );
        assert_eq!(file.mistakes, []);
        let [group] = file.groups.as_slice() else { panic!("{file:?}") };
        let [Rule::Alerting(alert), Rule::Recording(recording)] = group.rules.as_slice() else {
            panic!("{file:?}")
        };
        assert_eq!((alert.name.as_str(), alert.expr.as_str()), ("A", "up == 0"));
        assert_eq!((alert.hold.as_secs(), alert.keep_firing.as_secs()), (5400, 45));
        assert_eq!(alert.severity(), Some(AlertSeverity::P1));
        assert_eq!((alert.labels["team"].as_str(), alert.labels["x"].as_str()), ("a", "z"));
        assert_eq!(recording.name, "a:b");
        assert_eq!((group.interval, group.limit, group.query_offset), (None, None, None));
    }

    #[test]
    fn a_group_keeps_its_times_and_the_order_of_its_rules() {
        let (_, file) = read(
            "groups:\n- name: g\n  interval: 30s\n  limit: 7\n  query_offset: 0s\n  rules:\n  \
             - { record: a, expr: x }\n  - { alert: B, expr: a }\n  - { record: c, expr: x }\n",
        );
        assert_eq!(file.mistakes, []);
        let group = &file.groups[0];
        assert_eq!(group.interval, Some(Duration::from_secs(30)));
        assert_eq!((group.limit, group.query_offset), (Some(7), Some(Duration::ZERO)));
        let name = |rule: &Rule| match rule {
            Rule::Alerting(rule) => format!("alert {}", rule.name),
            Rule::Recording(rule) => format!("record {}", rule.name),
        };
        let names: Vec<_> = group.rules.iter().map(name).collect();
        assert_eq!(names, ["record a", "alert B", "record c"]);
    }

    #[test]
    fn what_prometheus_would_refuse_is_told_all_at_once() {
        let check = |text: &str, expected: &[&str]| {
            let (file, rules) = read(text);
            let place = |it: &RuleMistake| format!("{} {}", file.place(it.span).line, it.message);
            let found: Vec<_> = rules.mistakes.iter().map(place).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("groups: x", &["1 `groups` is text, and a list belongs there"]);
        check(
            "groups:\n- a\n- rules: []\n",
            &["2 a group is a mapping with `name` and `rules`", "3 a group without `name`"],
        );
        let rule = |body: &str| format!("groups:\n- name: g\n  rules:\n  - {{ {body} }}\n");
        check(
            &rule("alert: A, expr: x, for: soon"),
            &["4 `for` is `soon`, which is no length of time"],
        );
        check(&rule("alert: A, expr: x, four: 5m"), &["4 unknown key `four`"]);
        check(&rule("alert: A, record: b, expr: x"), &["4 a rule has either `alert` or `record`"]);
        check(&rule("alert: A"), &["4 a rule without `expr`"]);
        check(
            &rule("alert: A, expr: rate(x)"),
            &[
                "4 `expr` is no PromQL: expected type range vector in call to function \"rate\", got instant vector",
            ],
        );
        check(
            &rule(
                "alert: A, expr: x, annotations: { summary: '{{ $value' }, labels: { a: '{{ frob }}' }",
            ),
            &[
                "4 `summary` is no template: unclosed action",
                "4 `a` is no template: function \"frob\" not defined",
            ],
        );
        check(&rule("record: b, expr: x +"), &["4 `expr` is no PromQL: unexpected end of input"]);
        check(&rule("record: b, expr: 'rate(x[5m] anchored)'"), &[]);
        check(&rule("alert: '', expr: []"), &["4 `alert` is empty", "4 `expr` is no text"]);
        check(&rule("record: b, expr: x, for: 1m"), &["4 a recording rule has no `for`"]);
        check(
            &rule("alert: A, expr: x, labels: [a]"),
            &["4 `labels` is a list, and a mapping belongs there"],
        );
        check(
            "groups:\n- { name: g, rules: [] }\n- { name: g, interval: 5, limit: -1, rules: [] }\n",
            &[
                "3 two groups are called `g`",
                "3 `interval` is `5`, which is no length of time",
                "3 `limit` is `-1`, which is no whole number",
            ],
        );
        check("a: b", &[]);
    }

    #[test]
    fn durations_are_those_of_prometheus() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(duration(text).map(|it| u64::try_from(it.as_millis()).unwrap()), expected);
        };
        check("0", Some(0));
        check("250ms", Some(250));
        check("1d2h3m4s5ms", Some(93_784_005));
        check("1y", Some(31_536_000_000));
        for wrong in ["", "5", "m", "1m1h", "1m1m", "-1s", "1.5h", "999999999999y", "1é"] {
            check(wrong, None);
        }
    }
}
