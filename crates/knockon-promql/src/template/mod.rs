//! Templates of labels and annotations: the language of Go's `text/template` with the functions that
//! Prometheus adds to it.
//!
//! What is true, how numbers are written, what an error says and where it points follow Go
//! (<https://pkg.go.dev/text/template>) and Prometheus
//! (<https://prometheus.io/docs/prometheus/latest/configuration/template_reference/>), because people
//! compare annotations with those of the real thing. A text is read once and filled in often.

mod exec;
mod functions;
mod lex_words;
mod lexer;
mod literal;
mod parse_pipe;
mod parser;
mod pipeline;
mod print;
mod printf;
mod refuse;
#[cfg(test)]
mod tests;
mod time;
mod tree;
mod value;
mod verbs;

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use crate::answer::Sample;
use crate::labels::Labels;
use value::{Data, Value};

pub(crate) use functions::link;

/// What Prometheus writes before every template of a rule. It is here because errors count it.
const VARIABLES: &str = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}\
                         {{$externalURL := .ExternalURL}}{{$value := .Value}}";

/// A template that was read and found right.
#[derive(Debug, Clone)]
pub struct Template {
    /// With what is written before it.
    all: String,
    prefix: usize,
    parsed: parser::Parsed,
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The part of the text that is wrong, in bytes.
    pub span: Range<usize>,
    /// What is wrong with it, in Go's words.
    pub message: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TemplateError {}

/// What a template can ask for besides its data.
pub struct Scope<'s> {
    /// The name that errors call it by.
    pub name: &'s str,
    /// The time, in milliseconds since 1970.
    pub time_ms: i64,
    /// Where Prometheus is reached.
    pub external_url: &'s str,
    /// Answers `query`: samples, or what is wrong.
    pub query: &'s dyn Fn(&str) -> Result<Vec<Sample>, String>,
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("name", &self.name).field("time_ms", &self.time_ms).finish()
    }
}

impl Template {
    /// Reads the text of a label or an annotation, in which `$labels`, `$value`, `$externalLabels` and
    /// `$externalURL` are known.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Self::read(VARIABLES, text)
    }

    fn read(prefix: &str, text: &str) -> Result<Self, TemplateError> {
        let all = format!("{prefix}{text}");
        let length = prefix.len();
        let parsed = parser::parse(&all).map_err(|error| {
            let place = |at: usize| at.saturating_sub(length).min(text.len());
            let span = place(error.span.start)..place(error.span.end);
            TemplateError { span, message: error.message }
        })?;
        Ok(Self { all, prefix: length, parsed })
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.all[self.prefix..]
    }

    /// Fills it in for a sample. An error is worded as in Prometheus, as in `error executing template
    /// __alert_A: template: …`.
    pub fn expand(
        &self,
        labels: &Labels,
        value: f64,
        external_labels: &Labels,
        scope: &Scope<'_>,
    ) -> Result<String, String> {
        let texts = |labels: &Labels| {
            let all = labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
            Rc::new(all.collect())
        };
        let data = Data {
            labels: texts(labels),
            external_labels: texts(external_labels),
            external_url: scope.external_url.into(),
            value,
        };
        self.execute(&Value::Data(Rc::new(data)), scope)
    }

    fn execute(&self, data: &Value, scope: &Scope<'_>) -> Result<String, String> {
        exec::execute(&self.all, &self.parsed, data, scope)
            .map_err(|error| format!("error executing template {}: {error}", scope.name))
    }
}
