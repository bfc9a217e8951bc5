//! `knockon check`: whether system files are right, before they are needed at night.

use knockon_core::{Diagnostic, System};
use knockon_report::diagnostics_documents;

use crate::cli::{CheckArgs, Format};
use crate::exit::{Failure, Outcome, Result};
use crate::output;

/// Reads every file and prints what is wrong with any of them, and what is in the others.
pub fn run(args: &CheckArgs) -> Result<Outcome> {
    let mut systems = Vec::new();
    let mut diagnostics = Vec::new();
    for path in &args.systems {
        let reading = knockon_format::load_system(path);
        diagnostics.extend(reading.diagnostics);
        systems.extend(reading.system.map(|system| (path.display().to_string(), system)));
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Failure::Input { diagnostics, format: args.format });
    }
    match args.format {
        Format::Text => {
            output::notes(&diagnostics)?;
            let lines: String = systems.iter().map(|(_, system)| line(system) + "\n").collect();
            output::report(&lines)?;
        }
        Format::Json => output::report(&json(&systems, &diagnostics))?,
    }
    Ok(Outcome::Held)
}

/// What can be counted in a system, by its word.
fn counts(system: &System) -> [(&'static str, usize); 5] {
    [
        ("service", system.services().len()),
        ("dependency", system.dependencies().len()),
        ("journey", system.journeys().len()),
        ("team", system.teams().len()),
        ("runbook", system.runbooks().len()),
    ]
}

fn plural(word: &str) -> String {
    match word.strip_suffix('y').filter(|stem| stem.ends_with('c')) {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    }
}

fn line(system: &System) -> String {
    let counted = counts(system).map(|(word, count)| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {}", plural(word)),
    });
    format!("{}: {}", system.name(), counted.join(", "))
}

fn json(systems: &[(String, System)], diagnostics: &[Diagnostic]) -> String {
    let systems: Vec<_> = systems
        .iter()
        .map(|(file, system)| {
            let mut document = serde_json::json!({ "file": file, "system": system.name() });
            for (word, count) in counts(system) {
                document[plural(word)] = count.into();
            }
            document
        })
        .collect();
    let document = serde_json::json!({
        "schema": "knockon.check/v1",
        "systems": systems,
        "diagnostics": diagnostics_documents(diagnostics),
    });
    format!("{document:#}\n")
}
