//! What a person wrote wrong: a stable code, the place, what is wrong, how to mend it.
//!
//! A diagnostic carries the text of its source line, not an offset into a file: readers that stream
//! a file of gigabytes can then report as precisely as those that hold a file of kilobytes, and
//! showing one needs no file system.

use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing was lost.
    Note,
    /// Something was left out or guessed; the rest stands.
    Warning,
    /// The input cannot be used until this is mended. Exit code 2.
    Error,
}

impl Severity {
    /// The lower-case word shown to people and used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The stable name of a kind of diagnostic, such as `K0103`, and its one-line meaning.
///
/// Codes are never reused for another meaning. Each crate that makes diagnostics lists its codes in
/// a `codes` module; `docs/reference/diagnostics.md` explains each, and a test keeps it complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    /// The code itself.
    pub id: &'static str,
    /// What this kind of diagnostic is about, in a few words.
    pub title: &'static str,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// A stretch of one line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path as the user would name it.
    pub file: String,
    /// Line number, from 1.
    pub line: usize,
    /// Column of the first character, from 1, counted in characters.
    pub column: usize,
    /// How many characters the stretch covers; at least 1, and possibly past the end of the line.
    pub length: usize,
    /// The source line, without its line break; of a very long line the part around the place. Empty
    /// when it could not be kept (binary input).
    pub text: String,
    /// How many characters of the line come before `text`: 0 unless the line was cut.
    pub cut: usize,
    /// What to write at the caret; may be empty.
    pub label: String,
}

impl Place {
    /// A stretch of `length` characters from `column` of a line.
    pub fn new(
        file: impl Into<String>,
        line: usize,
        column: usize,
        length: usize,
        text: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line: line.max(1),
            column: column.max(1),
            length: length.max(1),
            text: text.into(),
            cut: 0,
            label: String::new(),
        }
    }

    /// A whole file, when no line of it is to blame.
    pub fn whole_file(file: impl Into<String>) -> Self {
        Self::new(file, 1, 1, 1, "")
    }

    /// The same place, whose `text` begins that many characters into its line.
    #[must_use]
    pub fn cut(mut self, cut: usize) -> Self {
        self.cut = cut;
        self
    }

    /// Where in `text` it begins, in characters from 0.
    pub fn start_in_text(&self) -> usize {
        (self.column - 1).saturating_sub(self.cut)
    }

    /// The characters of `text` that it covers.
    pub fn marked(&self) -> String {
        self.text.chars().skip(self.start_in_text()).take(self.length).collect()
    }

    /// The same place with a label at its caret.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One thing that is wrong, or worth knowing, about an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Its stable code.
    pub code: Code,
    /// What is wrong, in one line, without a full stop.
    pub message: String,
    /// Where; `None` when it concerns no file (a command-line flag, say).
    pub place: Option<Place>,
    /// Other places that explain it ("first defined here").
    pub related: Vec<Place>,
    /// How to mend it, each one line.
    pub help: Vec<String>,
}

impl Diagnostic {
    fn new(severity: Severity, code: Code, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            place: None,
            related: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A diagnostic that makes the input unusable.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A diagnostic about something left out or guessed.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A diagnostic worth knowing.
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// The same diagnostic, at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same diagnostic with another place that explains it.
    #[must_use]
    pub fn related(mut self, place: Place) -> Self {
        self.related.push(place);
        self
    }

    /// The same diagnostic with a way to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Whether the input is unusable because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// One line, as a compiler prints it: `file:line:column: error[K0103]: message`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}[{}]: {}", self.severity.as_str(), self.code, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_prints_as_one_line_that_editors_can_jump_to() {
        let code = Code { id: "K0103", title: "unknown key" };
        let place = Place::new("shop.yaml", 4, 5, 4, "    teem: a");
        assert_eq!(
            Diagnostic::error(code, "unknown key `teem`").at(place).to_string(),
            "shop.yaml:4:5: error[K0103]: unknown key `teem`"
        );
        assert_eq!(Diagnostic::note(code, "fyi").to_string(), "note[K0103]: fyi");
    }

    #[test]
    fn a_place_is_never_before_the_first_line_or_column() {
        let place = Place::new("f", 0, 0, 0, "");
        assert_eq!((place.line, place.column, place.length), (1, 1, 1));
    }
}
