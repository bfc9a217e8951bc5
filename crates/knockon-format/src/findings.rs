//! What was found wrong while a file is read, gathered with byte offsets.
//!
//! Reading goes on after a mistake, and meets them in its own order (names first, references
//! later). Findings are put into the order of the file, and into words with line and column, once
//! at the end.

use std::collections::HashSet;

use knockon_core::{Code, Diagnostic, Severity};

use crate::codes;
use crate::limits::MAX_FINDINGS;
use crate::source::{Sources, Span};

/// One thing that is wrong, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    severity: Severity,
    code: Code,
    message: String,
    span: Span,
    label: String,
    related: Vec<(Span, String)>,
    help: Vec<String>,
}

impl Finding {
    fn new(severity: Severity, code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            span,
            label: String::new(),
            related: Vec::new(),
            help: Vec::new(),
        }
    }

    pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    pub(crate) fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    pub(crate) fn note(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, span, message)
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The same finding at another place.
    pub(crate) fn moved(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// The same finding in a text that begins at `base`.
    pub(crate) fn shifted(mut self, base: usize) -> Self {
        self.span = self.span.plus(base);
        for (span, _) in &mut self.related {
            *span = span.plus(base);
        }
        self
    }

    fn into_diagnostic(self, sources: &Sources) -> Diagnostic {
        let make = match self.severity {
            Severity::Error => Diagnostic::error,
            Severity::Warning => Diagnostic::warning,
            Severity::Note => Diagnostic::note,
        };
        let place = sources.place(self.span).labelled(self.label);
        let mut diagnostic = make(self.code, self.message).at(place);
        for (span, label) in self.related {
            diagnostic = diagnostic.related(sources.place(span).labelled(label));
        }
        diagnostic.help = self.help;
        diagnostic
    }
}

/// All findings of one file, at most [`MAX_FINDINGS`] errors and as many others.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    errors: Vec<Finding>,
    others: Vec<Finding>,
    /// What an alias stands for is read for every use and tells the same each time.
    seen: HashSet<(Span, &'static str, String)>,
    left_out: usize,
}

impl Findings {
    /// Adds a finding, unless it was told before.
    pub(crate) fn push(&mut self, finding: Finding) {
        let list = match finding.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning | Severity::Note => &mut self.others,
        };
        if list.len() >= MAX_FINDINGS {
            self.left_out += 1;
            return;
        }
        let told = (finding.span, finding.code.id, finding.message.clone());
        if self.seen.insert(told) {
            list.push(finding);
        }
    }

    /// Whether anything was found.
    #[cfg(test)]
    pub(crate) fn has_any(&self) -> bool {
        !self.errors.is_empty() || !self.others.is_empty()
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether another error would still be reported; if not, no suggestion need be looked for.
    pub(crate) fn has_room(&self) -> bool {
        self.errors.len() < MAX_FINDINGS
    }

    /// Adds the findings about files of which some break off: nothing after the `cuts` (where one
    /// breaks off, where it ends), and unless all is whole nothing that takes all to be judged.
    pub(crate) fn append_unless(&mut self, other: Self, cuts: &[(usize, usize)], whole: bool) {
        self.left_out += other.left_out;
        let is_cut = |at: usize| cuts.iter().any(|(cut, end)| (*cut..*end).contains(&at));
        for finding in other.errors.into_iter().chain(other.others) {
            let is_known = whole || !codes::NEED_WHOLE_FILE.contains(&finding.code);
            if is_known && !is_cut(finding.span.start) {
                self.push(finding);
            }
        }
    }

    /// Adds all of other findings.
    pub(crate) fn append(&mut self, other: Self) {
        self.append_unless(other, &[], true);
    }

    /// The diagnostics in the order of the file.
    pub(crate) fn into_diagnostics(self, sources: &Sources) -> Vec<Diagnostic> {
        let mut all = self.errors;
        all.extend(self.others);
        all.sort_by_key(|finding| (finding.span.start, finding.code.id));
        let mut diagnostics: Vec<_> =
            all.into_iter().map(|finding| finding.into_diagnostic(sources)).collect();
        if self.left_out > 0 {
            let message = format!("{} more are not shown", self.left_out);
            diagnostics.push(Diagnostic::note(codes::MORE, message));
        }
        diagnostics
    }
}
