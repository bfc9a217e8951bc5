//! Health checks, with the defaults of the specification.

use std::time::Duration;

use knockon_core::{Probe, Probes};

use super::Project;
use crate::document::Doc;
use crate::gathered::Gathered;
use crate::quantity::go_duration;

/// What `healthcheck` asks. Others may wait for it, nothing is restarted by it: a readiness probe.
pub(super) fn read(project: &mut Project<'_>, body: Doc<'_>, gathered: &mut Gathered) -> Probes {
    let Some(doc) = body.get("healthcheck") else { return Probes::default() };
    if doc.text_of("disable") == Some("true") {
        return Probes::default();
    }
    let words: Vec<String> = match doc.get("test") {
        Some(test) if test.text().is_some() => project.text(test, gathered).into_iter().collect(),
        Some(test) => test.items().filter_map(|item| project.text(item, gathered)).collect(),
        None => return Probes::default(),
    };
    let command = match words.split_first() {
        Some((first, _)) if first == "NONE" => return Probes::default(),
        Some((first, rest)) if first == "CMD" || first == "CMD-SHELL" => rest.join(" "),
        Some(_) => words.join(" "),
        None => return Probes::default(),
    };
    let mut duration = |key: &str, otherwise: u64| {
        let text = doc.get(key).and_then(|value| project.text(value, gathered));
        text.and_then(|text| go_duration(&text)).unwrap_or(Duration::from_secs(otherwise))
    };
    let every = duration("interval", 30);
    let timeout = duration("timeout", 30);
    let delay = duration("start_period", 0);
    let readiness = Probe {
        get: None,
        tcp: None,
        exec: Some(command.trim().to_owned()),
        grpc: None,
        port: None,
        delay,
        every,
        timeout,
        failures: doc.number("retries", gathered).unwrap_or(3),
        successes: 1,
        checks: Vec::new(),
    };
    Probes { readiness: Some(readiness), ..Probes::default() }
}
