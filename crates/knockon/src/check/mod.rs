//! `knockon check`: whether models are right, and where they are weak, before they are needed at
//! night.

mod weak;

use std::fmt::Write as _;

use knockon_core::{Diagnostic, Place, Severity, System};
use knockon_format::{Pack, Reading, Variant};
use knockon_report::diagnostics_documents;
use knockon_scenario::load;

use crate::cli::{CheckArgs, Format};
use crate::exit::{Failure, Outcome, Result};
use crate::output;

/// A model that was read without an error.
struct Checked {
    path: String,
    system: System,
    /// How many weaknesses the model accepts.
    allowed: usize,
    /// How many it does not.
    open: usize,
    assumed: Vec<Place>,
    variants: Vec<(Variant, System)>,
    scenarios: usize,
}

/// Reads every model and prints what is wrong with any of them, and what is in the others.
pub fn run(args: &CheckArgs) -> Result<Outcome> {
    let mut checked = Vec::new();
    let mut diagnostics = Vec::new();
    for path in &args.systems {
        let pack = knockon_format::load_pack(path);
        let (scenarios, of_scenarios) = load::check(path, &pack);
        let found = one(path.display().to_string(), pack, &mut diagnostics);
        checked.extend(found.map(|it| Checked { scenarios, ..it }));
        diagnostics.extend(of_scenarios);
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Failure::Input { diagnostics, format: args.format });
    }
    match args.format {
        Format::Text => {
            output::notes(&diagnostics)?;
            output::report(&text(&checked, args.assumed))?;
        }
        Format::Json => output::report(&json(&checked, &diagnostics))?,
    }
    let is_warned = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Warning);
    Ok(if args.deny_warnings && is_warned { Outcome::Broken } else { Outcome::Held })
}

/// A model with its weaknesses and variants; `None` when something is wrong with it.
fn one(path: String, pack: Pack, diagnostics: &mut Vec<Diagnostic>) -> Option<Checked> {
    let Pack { base, variants } = pack;
    let Reading { system, diagnostics: mut found, places, assumed } = base;
    let judged = system.as_ref().map(knockon_audit::judge);
    if let (Some(system), Some(judged)) = (&system, &judged) {
        found
            .extend(judged.open.iter().map(|weakness| weak::diagnostic(weakness, system, &places)));
    }
    found.sort_by(|a, b| at(a).cmp(&at(b)));
    diagnostics.extend(found);
    let mut systems = Vec::new();
    for (variant, reading) in variants {
        diagnostics.extend(reading.diagnostics);
        systems.extend(reading.system.map(|system| (variant, system)));
    }
    let judged = judged?;
    Some(Checked {
        path,
        system: system?,
        allowed: judged.allowed.len(),
        open: judged.open.len(),
        assumed,
        variants: systems,
        scenarios: 0,
    })
}

/// By what diagnostics are put in order: their place in their file.
fn at(diagnostic: &Diagnostic) -> Option<(&str, usize, usize)> {
    diagnostic.place.as_ref().map(|place| (&*place.file, place.line, place.column))
}

/// What can be counted in a system, by its word.
fn counts(system: &System) -> [(&'static str, usize); 7] {
    [
        ("service", system.services().len()),
        ("operation", system.operation_ids().count()),
        ("dependency", system.dependencies().len()),
        ("journey", system.journeys().len()),
        ("monitor", system.practice().monitors.len()),
        ("team", system.teams().len()),
        ("runbook", system.runbooks().len()),
    ]
}

fn plural(word: &str) -> String {
    match word.strip_suffix('y').filter(|stem| stem.ends_with('c')) {
        Some(stem) => format!("{stem}ies"),
        None if word.ends_with('s') => format!("{word}es"),
        None => format!("{word}s"),
    }
}

/// `1 service`, `2 services`.
pub(crate) fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {}", plural(word)) }
}

fn text(checked: &[Checked], list_assumed: bool) -> String {
    let mut text = String::new();
    for model in checked {
        let counts = counts(&model.system);
        let counts = counts.iter().filter(|(_, count)| *count > 0);
        let counts: Vec<_> = counts.map(|(word, count)| counted(*count, word)).collect();
        let _ = writeln!(text, "{}: {}", model.system.name(), counts.join(", "));
        let accepted = match model.allowed {
            0 => String::new(),
            count => format!(" and {count} accepted"),
        };
        let mut facts = vec![format!("{}{accepted}", counted(model.open, "weakness"))];
        if !model.assumed.is_empty() {
            let hint = if list_assumed { "" } else { " (listed by --assumed)" };
            facts.push(format!("{}{hint}", counted(model.assumed.len(), "assumed figure")));
        }
        let _ = writeln!(text, "  {}", facts.join(", "));
        if model.scenarios > 0 {
            let _ = writeln!(text, "  {}", counted(model.scenarios, "scenario"));
        }
        for (variant, system) in &model.variants {
            let _ = writeln!(text, "  variant {}: {}", variant.name, change(model, system));
        }
        if list_assumed {
            for place in &model.assumed {
                let _ = writeln!(text, "  assumed: {place}: {}", place.text.trim());
            }
        }
    }
    text
}

/// What a variant makes of the weaknesses.
fn change(model: &Checked, system: &System) -> String {
    let open = knockon_audit::judge(system).open.len();
    let weaknesses = counted(open, "weakness");
    match open.cmp(&model.open) {
        std::cmp::Ordering::Less => format!("{weaknesses}, {} fewer", model.open - open),
        std::cmp::Ordering::Equal => format!("{weaknesses}, as many"),
        std::cmp::Ordering::Greater => format!("{weaknesses}, {} more", open - model.open),
    }
}

fn json(checked: &[Checked], diagnostics: &[Diagnostic]) -> String {
    let systems: Vec<_> = checked
        .iter()
        .map(|model| {
            let system = &model.system;
            let mut document = serde_json::json!({ "file": model.path, "system": system.name() });
            for (word, count) in counts(system) {
                document[plural(word)] = count.into();
            }
            document["weaknesses"] = model.open.into();
            document["accepted"] = model.allowed.into();
            let assumed = model.assumed.iter().map(|place| {
                serde_json::json!({
                    "file": place.file,
                    "line": place.line,
                    "column": place.column,
                    "text": place.text.trim(),
                })
            });
            document["assumed"] = assumed.collect();
            let variants = model.variants.iter().map(|(variant, system)| {
                serde_json::json!({
                    "variant": variant.name,
                    "summary": variant.summary,
                    "file": variant.path,
                    "weaknesses": knockon_audit::judge(system).open.len(),
                })
            });
            document["variants"] = variants.collect();
            document["scenarios"] = model.scenarios.into();
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
