//! Rules as they are written.

use std::fmt;
use std::ops::Range;

use crate::query::Query;
use crate::template::Template;

/// A group of rules, which are evaluated in order and at the same moments.
#[derive(Debug, Clone)]
pub struct RuleGroup {
    /// Its name.
    pub name: String,
    /// The file it is from.
    pub file: String,
    /// How far apart its evaluations are; without it as the settings say.
    pub interval_ms: Option<i64>,
    /// How many alerts or series a rule may have; without it as many as there are.
    pub limit: Option<usize>,
    /// How far before the moment of an evaluation its queries look and its series are written.
    pub query_offset_ms: i64,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Debug, Clone)]
pub enum Rule {
    /// One that alerts.
    Alerting(AlertingRule),
    /// One that writes series.
    Recording(RecordingRule),
}

impl Rule {
    /// The name of its alerts, or of the series it writes.
    pub fn name(&self) -> &str {
        match self {
            Self::Alerting(rule) => &rule.name,
            Self::Recording(rule) => &rule.name,
        }
    }

    /// By what the caller knows it.
    pub fn source(&self) -> usize {
        match self {
            Self::Alerting(rule) => rule.source,
            Self::Recording(rule) => rule.source,
        }
    }

    /// Its expression.
    pub fn query(&self) -> &Query {
        match self {
            Self::Alerting(rule) => &rule.query,
            Self::Recording(rule) => &rule.query,
        }
    }
}

/// A rule that alerts while its expression answers something.
#[derive(Debug, Clone)]
pub struct AlertingRule {
    /// Its name: `alert`.
    pub name: String,
    /// Its expression.
    pub query: Query,
    /// How long it has to hold: `for`.
    pub hold_ms: i64,
    /// How long it keeps firing afterwards: `keep_firing_for`.
    pub keep_firing_ms: i64,
    /// Labels that its alerts get, in the order of their names.
    pub labels: Vec<(String, Template)>,
    /// Annotations that its alerts get, in the order of their names.
    pub annotations: Vec<(String, Template)>,
    /// By what the caller knows it.
    pub source: usize,
}

/// A rule that writes what its expression answers as series.
#[derive(Debug, Clone)]
pub struct RecordingRule {
    /// The name of the series: `record`.
    pub name: String,
    /// Its expression.
    pub query: Query,
    /// Labels that the series get, as they are; an empty one takes a label away.
    pub labels: Vec<(String, String)>,
    /// By what the caller knows it.
    pub source: usize,
}

/// The texts of a rule, from which it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleText<'t> {
    /// `alert` or `record`.
    pub name: &'t str,
    /// `expr`.
    pub expr: &'t str,
    /// `labels`.
    pub labels: &'t [(&'t str, &'t str)],
    /// `annotations`; those of a recording rule are not looked at.
    pub annotations: &'t [(&'t str, &'t str)],
}

/// A part of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulePart {
    /// Its expression.
    Expr,
    /// The label of this name.
    Label(String),
    /// The annotation of this name.
    Annotation(String),
}

/// Why a rule cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// In which of its texts.
    pub part: RulePart,
    /// The part of that text that is wrong, in bytes.
    pub span: Range<usize>,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            RulePart::Expr => f.write_str(&self.message),
            RulePart::Label(name) => write!(f, "label {name:?}: {}", self.message),
            RulePart::Annotation(name) => write!(f, "annotation {name:?}: {}", self.message),
        }
    }
}

impl std::error::Error for RuleError {}

impl AlertingRule {
    /// Reads a rule; all that is wrong with it if it is none.
    pub fn parse(
        text: RuleText<'_>,
        hold_ms: i64,
        keep_firing_ms: i64,
        source: usize,
    ) -> Result<Self, Vec<RuleError>> {
        let mut errors = Vec::new();
        let query = query(text.expr, &mut errors);
        let labels = templates(text.labels, RulePart::Label, &mut errors);
        let annotations = templates(text.annotations, RulePart::Annotation, &mut errors);
        match query {
            Some(query) if errors.is_empty() => Ok(Self {
                name: text.name.to_owned(),
                query,
                hold_ms,
                keep_firing_ms,
                labels,
                annotations,
                source,
            }),
            _ => Err(errors),
        }
    }
}

impl RecordingRule {
    /// Reads a rule; what is wrong with it if it is none.
    pub fn parse(text: RuleText<'_>, source: usize) -> Result<Self, Vec<RuleError>> {
        let mut errors = Vec::new();
        let Some(query) = query(text.expr, &mut errors) else { return Err(errors) };
        let labels =
            text.labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(Self { name: text.name.to_owned(), query, labels: labels.collect(), source })
    }
}

fn query(expr: &str, errors: &mut Vec<RuleError>) -> Option<Query> {
    let error = match Query::parse(expr) {
        Ok(query) => return Some(query),
        Err(error) => error,
    };
    errors.push(RuleError { part: RulePart::Expr, span: error.span, message: error.message });
    None
}

fn templates(
    texts: &[(&str, &str)],
    part: impl Fn(String) -> RulePart,
    errors: &mut Vec<RuleError>,
) -> Vec<(String, Template)> {
    let mut templates = Vec::with_capacity(texts.len());
    for (name, text) in texts {
        match Template::parse(text) {
            Ok(template) => templates.push(((*name).to_owned(), template)),
            Err(error) => errors.push(RuleError {
                part: part((*name).to_owned()),
                span: error.span,
                message: error.message,
            }),
        }
    }
    templates.sort_by(|(a, _), (b, _)| a.cmp(b));
    templates
}
