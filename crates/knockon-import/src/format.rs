//! What kind of file something is, told by its content.

use knockon_format::Content;

use crate::document::Doc;
use crate::gathered::Gathered;
use crate::{catalog, compose, rules};

/// A kind of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Objects for `kubectl apply`.
    Kubernetes,
    /// A compose file.
    Compose,
    /// Alerting and recording rules for Prometheus.
    PrometheusRules,
    /// The same as written before Prometheus 2.
    OldPrometheusRules,
    /// `catalog-info.yaml` of Backstage.
    Catalog,
    /// Traces as OpenTelemetry writes them.
    OtlpTraces,
    /// Traces as Jaeger writes them.
    JaegerTraces,
    /// Variables for a compose file.
    Variables,
}

impl Format {
    /// Every format, in the order of a list for people.
    pub const ALL: &'static [Self] = &[
        Self::Kubernetes,
        Self::Compose,
        Self::PrometheusRules,
        Self::OldPrometheusRules,
        Self::Catalog,
        Self::OtlpTraces,
        Self::JaegerTraces,
        Self::Variables,
    ];

    /// What people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "Kubernetes manifests",
            Self::Compose => "compose files",
            Self::PrometheusRules => "Prometheus rules",
            Self::OldPrometheusRules => "rules of Prometheus 1",
            Self::Catalog => "Backstage catalogues",
            Self::OtlpTraces => "OTLP traces in JSON",
            Self::JaegerTraces => "Jaeger traces in JSON",
            Self::Variables => ".env files",
        }
    }
}

/// One importer of YAML documents. Compose files and Kubernetes objects refer to others of their
/// kind, so that those are only gathered here and read when all are there.
pub(crate) struct Reader {
    pub(crate) format: Format,
    /// Whether a document is of its kind.
    pub(crate) recognises: fn(Doc<'_>) -> bool,
    pub(crate) read: Read,
}

/// When a document is read.
pub(crate) enum Read {
    /// By itself.
    Alone(fn(Doc<'_>, &mut Gathered)),
    /// With all others of its kind.
    Together,
}

/// Every importer of YAML; the first that recognises a document reads it.
pub(crate) const READERS: &[Reader] = &[
    Reader {
        format: Format::Catalog,
        recognises: catalog::recognises,
        read: Read::Alone(catalog::read),
    },
    Reader {
        format: Format::PrometheusRules,
        recognises: rules::recognises,
        read: Read::Alone(rules::read),
    },
    Reader {
        format: Format::Kubernetes,
        recognises: |doc| doc.get("kind").is_some() && doc.get("apiVersion").is_some(),
        read: Read::Together,
    },
    Reader { format: Format::Compose, recognises: compose::recognises, read: Read::Together },
];

/// What a file is, as far as its text tells without reading it as YAML.
pub(crate) enum Guess {
    Traces(Format),
    OldRules,
    Variables,
    Yaml,
}

/// How much of a file is looked at to guess what it is.
const LOOKED_AT_BYTES: usize = 64 * 1024;

/// What a file seems to be.
pub(crate) fn guess(bytes: &[u8]) -> Guess {
    let head = &bytes[..bytes.len().min(LOOKED_AT_BYTES)];
    let head = String::from_utf8_lossy(head);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.starts_with('{') || head.starts_with('[') {
        if head.contains("\"resourceSpans\"") || head.contains("\"resource_spans\"") {
            return Guess::Traces(Format::OtlpTraces);
        }
        if head.contains("\"traceID\"") || (head.contains("\"data\"") && head.contains("\"spans\""))
        {
            return Guess::Traces(Format::JaegerTraces);
        }
        return Guess::Yaml;
    }
    let mut lines = head.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
    match lines.clone().next() {
        Some(first) if starts_old_rule(first) => Guess::OldRules,
        Some(_) if lines.all(sets_variable) => Guess::Variables,
        _ => Guess::Yaml,
    }
}

/// `ALERT name`, which began an alerting rule before Prometheus 2.
fn starts_old_rule(line: &str) -> bool {
    let name = line.strip_prefix("ALERT ").map(str::trim);
    name.is_some_and(|it| it.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// `NAME=value`, with or without `export`.
fn sets_variable(line: &str) -> bool {
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let Some((name, _)) = line.split_once('=') else { return false };
    let name = name.trim_end();
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// Whether a document is a mapping at all.
pub(crate) fn is_mapping(doc: Doc<'_>) -> bool {
    matches!(doc.node.content, Content::Mapping(_))
}
