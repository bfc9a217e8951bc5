//! A system as the files that describe it.

use knockon_core::System;

use crate::model::SystemBody;
use crate::record::Record;
use crate::write::document;

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// Its path beside the system file.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A system as files that read back to the same system: the system file first, then a rule file for
/// each that its monitors come from.
pub fn print(system: &System) -> Vec<Printed> {
    let mut body = SystemBody::of(system);
    let rules = crate::rules::print(system);
    body.monitors = rules.iter().map(|file| file.path.clone()).collect();
    let mut files =
        vec![Printed { path: "system.yaml".into(), text: document(&body.write(system)) }];
    files.extend(rules);
    files
}
