//! Any YAML as a tree with its places, for those who read files that are not in our language.

use std::rc::Rc;

use knockon_core::{Code, Diagnostic, Place, Severity};

use crate::findings::Findings;
use crate::source::{Sources, Span, decode};
use crate::yaml::{self, Node};

/// The documents of a YAML file, and what is wrong with it.
///
/// Reading keeps the [`limits`](crate::limits) and does not panic, whatever the bytes are.
#[derive(Debug)]
pub struct YamlFile {
    /// The documents, the empty ones left out.
    pub documents: Vec<Rc<Node>>,
    /// What is wrong with the file as YAML.
    pub diagnostics: Vec<Diagnostic>,
    sources: Sources,
}

impl YamlFile {
    /// Reads a file; `path_shown` is its name in diagnostics.
    pub fn read(path_shown: &str, bytes: &[u8]) -> Self {
        let mut sources = Sources::default();
        let text = match decode(path_shown, bytes) {
            Ok(text) => text,
            Err(diagnostic) => {
                return Self { documents: Vec::new(), diagnostics: vec![*diagnostic], sources };
            }
        };
        let base = sources.add(path_shown, text);
        let mut findings = Findings::default();
        let stream = yaml::read(text, base, yaml::Documents::Many, &mut findings);
        let diagnostics = findings.into_diagnostics(&sources);
        Self { documents: stream.documents, diagnostics, sources }
    }

    /// Where a span of it is.
    pub fn place(&self, span: Span) -> Place {
        self.sources.place(span)
    }

    /// A diagnostic about a part of it.
    pub fn diagnostic(
        &self,
        severity: Severity,
        code: Code,
        span: Span,
        message: impl Into<String>,
    ) -> Diagnostic {
        let message = message.into();
        let diagnostic = match severity {
            Severity::Error => Diagnostic::error(code, message),
            Severity::Warning => Diagnostic::warning(code, message),
            Severity::Note => Diagnostic::note(code, message),
        };
        diagnostic.at(self.place(span))
    }
}
