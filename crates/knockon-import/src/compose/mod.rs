//! Compose files (<https://compose-spec.io>).
//!
//! Variables are put in before anything is read, from the files of variables that were given, or else
//! from the `.env` beside the compose file; never from the environment of this process, so that the
//! same files give the same system everywhere.

mod env_file;
mod health;
mod interpolate;
mod service;

use std::collections::BTreeSet;

use knockon_core::{Diagnostic, Severity};

use crate::document::Doc;
use crate::format::is_mapping;
use crate::gathered::Gathered;
use crate::{Input, codes};
use env_file::Variables;
use interpolate::{Interpolated, interpolate};

/// Whether a document is a compose file.
pub(crate) fn recognises(doc: Doc<'_>) -> bool {
    doc.get("services").is_some_and(is_mapping) && !doc.has("apiVersion") && !doc.has("system")
}

/// Reads all compose files.
pub(crate) fn read(docs: &[Doc<'_>], inputs: &[Input], env: &[Input], gathered: &mut Gathered) {
    for doc in docs {
        let mut project = Project::new(*doc, inputs, env);
        project.read(gathered);
    }
}

/// A compose file with the variables for it.
struct Project<'a> {
    doc: Doc<'a>,
    inputs: &'a [Input],
    variables: Variables,
    /// Variables without a value, and whether somebody was told.
    unset: BTreeSet<String>,
}

impl<'a> Project<'a> {
    fn new(doc: Doc<'a>, inputs: &'a [Input], env: &[Input]) -> Self {
        let mut variables = Variables::new();
        if env.is_empty() {
            let beside = beside(doc.path, ".env");
            let file = inputs.iter().find(|input| same_path(&input.path, &beside));
            if let Some(file) = file {
                env_file::read(&file.bytes, &mut variables);
            }
        }
        for file in env {
            env_file::read(&file.bytes, &mut variables);
        }
        Self { doc, inputs, variables, unset: BTreeSet::new() }
    }

    fn read(&mut self, gathered: &mut Gathered) {
        if let Some(name) = self.doc.get("name").and_then(|name| self.text(name, gathered)) {
            gathered.systems.push((name, None));
        }
        if let Some(include) = self.doc.get("include") {
            not_followed(include, "`include` is not followed", gathered);
        }
        let services: Vec<_> = self.doc.entries_of("services").collect();
        let ids: Vec<_> = services
            .iter()
            .filter(|(name, ..)| !name.is_empty())
            .map(|(name, span, body)| (*body, service::declare(self, name, *span, *body, gathered)))
            .collect();
        for (body, id) in ids {
            service::edges(self, body, id, gathered);
        }
    }

    /// The text of a node with its variables put in.
    fn text(&mut self, doc: Doc<'_>, gathered: &mut Gathered) -> Option<String> {
        doc.text().map(|text| self.filled(text, doc, gathered))
    }

    fn filled(&mut self, text: &str, doc: Doc<'_>, gathered: &mut Gathered) -> String {
        let Interpolated { text, unset, required, is_malformed } =
            interpolate(text, &self.variables);
        for (name, message) in required {
            let message = if message.is_empty() {
                format!("`{name}` must be set")
            } else {
                format!("`{name}` must be set: {message}")
            };
            let diagnostic = doc.file.diagnostic(
                Severity::Warning,
                codes::UNSET_VARIABLE,
                doc.node.span,
                message,
            );
            gathered.diagnostics.push(diagnostic.help(SET_IT));
        }
        if is_malformed {
            let message = "a `$` that begins no variable";
            gathered.diagnostics.push(
                Diagnostic::warning(codes::MALFORMED, message)
                    .at(doc.place())
                    .help("write `$$` for a `$`"),
            );
        }
        for name in unset {
            if self.unset.insert(name.clone()) {
                let message = format!("`{name}` is not set and counts as empty");
                gathered.diagnostics.push(
                    Diagnostic::warning(codes::UNSET_VARIABLE, message)
                        .at(doc.place())
                        .help(SET_IT),
                );
            }
        }
        text
    }

    /// A file that the compose file names by its path.
    fn file(&self, path: &str) -> Option<&'a Input> {
        let wanted = beside(self.doc.path, path);
        self.inputs.iter().find(|input| same_path(&input.path, &wanted))
    }
}

const SET_IT: &str = "put it into the `.env` beside the file, or give a file of variables";

fn not_followed(doc: Doc<'_>, message: &str, gathered: &mut Gathered) {
    let diagnostic = Diagnostic::warning(codes::NOT_FOLLOWED, message).at(doc.place());
    gathered.diagnostics.push(diagnostic.help("`docker compose config` writes one file of all"));
}

/// A path beside a file.
fn beside(file: &str, path: &str) -> String {
    match file.rsplit_once('/') {
        Some((folder, _)) if !path.starts_with('/') => format!("{folder}/{path}"),
        _ => path.to_owned(),
    }
}

/// Whether two paths are the same once `.` and `..` are worked out.
fn same_path(one: &str, other: &str) -> bool {
    fn parts(path: &str) -> Vec<&str> {
        let mut parts = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts
    }
    parts(one) == parts(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_beside_the_compose_file() {
        assert!(same_path(&beside("a/b/compose.yaml", "../x.env"), "./a/x.env"));
        assert!(same_path(&beside("compose.yaml", "./.env"), ".env"));
        assert!(!same_path("../.env", ".env"));
    }
}
