//! Shows what knockon found: incidents and diagnostics, as text for people and JSON for programs, and
//! incidents that were played as a page; and what it knows: maps of systems.
//!
//! Everything here turns values into strings. Text carries ANSI styles; whoever prints it strips
//! them where they are not wanted (`NO_COLOR`, a pipe).

mod diagnostics;
mod incident_explain;
mod incident_page;
mod incident_text;
mod incident_words;
mod json;
mod map;
mod number;
mod page;
pub mod paint;
mod revision;
mod state;
mod words;

pub use diagnostics::{diagnostics_text, summary_line};
pub use incident_explain::explain_text;
pub use incident_page::{
    AlertPart, AlertRow, Chart, Check, Fact, IncidentPage, Interval, Line, MapOverTime, Mark,
    MarkKind, Moment, Proof, ProofRow, Unit, incident_html, verdict_html,
};
pub use incident_text::{change_words, footer_words, incident_text, reasons};
pub use incident_words::{
    cohort_words, folded_words, hit_words, look_words, matters_words, owner_words, priority_words,
    risk_words, route_words, rule_words, scope_words, stand_down_words, verdict_words, when_words,
};
pub use json::{DiagnosticDocument, diagnostics_documents, incident_json, incident_json_line};
pub use map::{MapView, map_dot, map_mermaid, map_svg, map_tree};
pub use number::{grouped, significant};
pub use page::Page;
pub use revision::{revision_json, revision_text};
pub use state::State;
