//! A proof as Markdown.

use std::fmt::Write as _;

use knockon_scenario::load::Loaded;
use knockon_scenario::prove::Proof;

use super::text::{cells, conditions, name, notes};
use crate::markdown::{plain, table};

/// The proof as a document.
pub(super) fn markdown(loaded: &Loaded, proof: &Proof) -> String {
    let mut text = format!(
        "# What helps: {}\n\n{} runs of each, the same users with the same luck, in {}.\n\n",
        plain(&loaded.scenario.title),
        proof.replications,
        plain(loaded.system.name()),
    );
    for (label, line) in conditions(proof) {
        let _ = writeln!(text, "- **{label}**: {}", plain(&line));
    }
    let (head, rows) = cells(proof);
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let _ = write!(text, "\n{}", table(&head, &rows));
    let told = proof.tried.iter().map(|tried| (name(&tried.trial), notes(tried)));
    let told: Vec<_> = told.filter(|(_, notes)| !notes.is_empty()).collect();
    if !told.is_empty() {
        text.push('\n');
    }
    for (name, notes) in told {
        let _ = writeln!(text, "- **{}**: {}", plain(&name), plain(&notes.join("; ")));
    }
    if !proof.not_tried.is_empty() {
        text.push_str("\nCould not be tried:\n\n");
    }
    for it in &proof.not_tried {
        let _ = writeln!(text, "- **{}**: {}", plain(&name(&it.trial)), plain(&it.why));
    }
    text
}
