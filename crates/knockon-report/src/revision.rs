//! What a revision changed about an incident, as lines for people and one line of JSON for programs.

use std::mem::discriminant;

use knockon_telemetry::format_time;
use knockon_triage::{Incident, REVISION_SCHEMA, Revised, Revision};
use serde::Serialize;

use crate::page::Page;
use crate::paint::{BAD, CARE, GOOD, HEADLINE, QUIET, paint};

/// So many lines of one sort are shown before the rest is only counted: a storm joins at once.
const ALIKE_MAX: usize = 5;

/// A revision as text with ANSI styles: its number and moment, and a line for each thing it changed.
pub fn revision_text(revision: &Revision) -> String {
    let mut page = Page::default();
    let title = format!("#{} {}", revision.number, format_time(revision.at));
    page.line(&paint(HEADLINE, title));
    for alike in revision.changes.chunk_by(|a, b| discriminant(a) == discriminant(b)) {
        let shown = if alike.len() > ALIKE_MAX + 1 { ALIKE_MAX } else { alike.len() };
        for revised in &alike[..shown] {
            page.line(&format!("  {}", painted(revised)));
        }
        if alike.len() > shown {
            let more = format!("  … and {} more like these", alike.len() - shown);
            page.line(&paint(QUIET, more));
        }
    }
    page.finish()
}

fn painted(revised: &Revised) -> String {
    match revised {
        Revised::CauseFound { .. } | Revised::CauseMoved { .. } => paint(BAD, revised),
        Revised::SuspectFound { .. } | Revised::JourneyHurt { .. } => paint(CARE, revised),
        Revised::Over | Revised::JourneyWell { .. } => paint(GOOD, revised),
        _ => revised.to_string(),
    }
}

#[derive(Serialize)]
struct RevisionDocument<'a> {
    schema: &'static str,
    number: usize,
    at: String,
    changes: Vec<RevisedDocument<'a>>,
    incident: &'a Incident,
}

#[derive(Serialize)]
struct RevisedDocument<'a> {
    #[serde(flatten)]
    revised: &'a Revised,
    text: String,
}

/// A revision as one line of JSON. Its shape is a contract: `docs/reference/incident.md`.
pub fn revision_json(revision: &Revision) -> String {
    let changes = revision.changes.iter();
    let document = RevisionDocument {
        schema: REVISION_SCHEMA,
        number: revision.number,
        at: format_time(revision.at),
        changes: changes.map(|it| RevisedDocument { revised: it, text: it.to_string() }).collect(),
        incident: &revision.incident,
    };
    // Nothing in it can fail to serialise.
    serde_json::to_string(&document).unwrap_or_default() + "\n"
}
