//! JSON for programs. Its shape is a contract: `docs/reference/incident.md`.

use knockon_core::{Diagnostic, Place};
use knockon_triage::{Incident, SCHEMA};
use serde::Serialize;

#[derive(Serialize)]
struct IncidentDocument<'a> {
    schema: &'static str,
    generator: Generator,
    #[serde(flatten)]
    incident: &'a Incident,
    diagnostics: Vec<DiagnosticDocument<'a>>,
}

#[derive(Serialize)]
struct Generator {
    name: &'static str,
    version: &'static str,
}

/// A diagnostic in JSON.
#[derive(Debug, Serialize)]
pub struct DiagnosticDocument<'a> {
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceDocument<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<PlaceDocument<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    help: &'a [String],
}

#[derive(Debug, Serialize)]
struct PlaceDocument<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    length: usize,
}

impl<'a> From<&'a Place> for PlaceDocument<'a> {
    fn from(place: &'a Place) -> Self {
        Self { file: &place.file, line: place.line, column: place.column, length: place.length }
    }
}

impl<'a> From<&'a Diagnostic> for DiagnosticDocument<'a> {
    fn from(diagnostic: &'a Diagnostic) -> Self {
        let Diagnostic { severity, code, message, place, related, help } = diagnostic;
        Self {
            severity: severity.as_str(),
            code: code.id,
            message,
            place: place.as_ref().map(Into::into),
            related: related.iter().map(Into::into).collect(),
            help,
        }
    }
}

/// Diagnostics in the form in which every JSON output of knockon carries them.
pub fn diagnostics_documents(diagnostics: &[Diagnostic]) -> Vec<DiagnosticDocument<'_>> {
    diagnostics.iter().map(Into::into).collect()
}

/// An incident with what the readers had to say, as indented JSON with a line break at its end.
pub fn incident_json(incident: &Incident, diagnostics: &[Diagnostic]) -> String {
    // Strings, numbers and vectors cannot fail to serialise; a map with other keys could.
    let document = IncidentDocument::of(incident, diagnostics);
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// The same in one line, for a stream of lines.
pub fn incident_json_line(incident: &Incident, diagnostics: &[Diagnostic]) -> String {
    let document = IncidentDocument::of(incident, diagnostics);
    serde_json::to_string(&document).unwrap_or_default() + "\n"
}

impl<'a> IncidentDocument<'a> {
    fn of(incident: &'a Incident, diagnostics: &'a [Diagnostic]) -> Self {
        Self {
            schema: SCHEMA,
            generator: Generator { name: "knockon", version: env!("CARGO_PKG_VERSION") },
            incident,
            diagnostics: diagnostics_documents(diagnostics),
        }
    }
}
