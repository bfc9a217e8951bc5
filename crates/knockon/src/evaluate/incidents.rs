//! Knockon's own layout: folders that each hold an incident and its truth.
//!
//! A folder has `system.yaml`, the evidence files beside it and `truth.json`:
//! `{"cause": "orders"}` or `{"cause": ["orders", "orders-db"], "change": "v2.4.0"}`; `{"cause": "none"}`
//! where nobody is to blame.

use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, Place};
use knockon_triage::Options;
use serde::Deserialize;

use super::case::{Case, Culprit, DataSet, Truth, folders, last_parts};
use super::files::read_json;
use crate::codes;

struct Incidents {
    dir: PathBuf,
    cases: Vec<String>,
}

/// Opens a folder of incidents, or one incident.
#[expect(clippy::unnecessary_wraps, reason = "every layout has the signature of `Open`")]
pub(super) fn open(dir: &Path) -> Result<Option<Box<dyn DataSet>>, Vec<Diagnostic>> {
    let is_incident = |dir: &Path| dir.join("truth.json").is_file();
    let mut cases = folders(dir);
    cases.retain(|case| is_incident(&dir.join(case)));
    if cases.is_empty() && is_incident(dir) {
        cases.push(".".to_owned());
    }
    if cases.is_empty() {
        return Ok(None);
    }
    Ok(Some(Box::new(Incidents { dir: dir.to_owned(), cases })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TruthFile {
    cause: OneOrMore,
    change: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl DataSet for Incidents {
    fn name(&self) -> String {
        last_parts(&self.dir, 1)
    }

    fn cases(&self) -> &[String] {
        &self.cases
    }

    fn load(&self, case: &str) -> Result<Case, Vec<Diagnostic>> {
        let dir = self.dir.join(case);
        let truth: TruthFile = read_json(&dir.join("truth.json"))?;
        let services = match truth.cause {
            OneOrMore::One(none) if none == "none" => Vec::new(),
            OneOrMore::One(service) => vec![service],
            OneOrMore::More(services) => services,
        };
        let model = knockon_format::load_system(&dir.join("system.yaml"));
        let system = model.system.ok_or(model.diagnostics)?;
        if let Some(unknown) = services.iter().find(|name| system.names().get(name).is_none()) {
            let message = format!("the cause `{unknown}` is not a service of `{}`", system.name());
            let place = Place::whole_file(dir.join("truth.json").display().to_string());
            return Err(vec![Diagnostic::error(codes::DATA_SET_FILE, message).at(place)]);
        }
        let bundle = knockon_telemetry::read_bundle(&dir, &system);
        if bundle.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(bundle.diagnostics);
        }
        Ok(Case {
            system,
            evidence: bundle.evidence,
            options: Options::default(),
            truth: Truth { services, change: truth.change.map(Culprit::of), ..Truth::default() },
        })
    }
}
