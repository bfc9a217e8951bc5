//! `knockon import`: a model of what people already have, or how a model differs from it.

mod difference;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use knockon_core::{Diagnostic, Place, System};
use knockon_format::{Printed, print};
use knockon_import::{Format as FileFormat, Imported, Input, Options, collect, import};
use knockon_report::diagnostics_documents;

use crate::check::counted;
use crate::cli::{Format, ImportArgs};
use crate::codes;
use crate::exit::{Failure, Outcome, Result};
use crate::output;

/// Reads all files and prints or writes the model of what they show, or how it differs from one.
pub fn run(args: &ImportArgs) -> Result<Outcome> {
    let spinner = spinner();
    let imported = read(args);
    spinner.finish_and_clear();
    let (imported, mut diagnostics) = imported;
    let is_wrong = diagnostics.iter().any(Diagnostic::is_error);
    let system = imported.system.filter(|_| !is_wrong || args.keep_going);
    let Some(system) = system else {
        return Err(Failure::Input { diagnostics, format: args.format });
    };
    if let Some(model) = &args.against {
        let reading = knockon_format::load_system(model);
        diagnostics.extend(reading.diagnostics);
        let Some(model) = reading.system else {
            return Err(Failure::Input { diagnostics, format: args.format });
        };
        return against(&model, &system, &diagnostics, args);
    }
    if args.format == Format::Json {
        output::report(&json(&system, &imported.formats, &diagnostics))?;
    } else {
        output::notes(&diagnostics)?;
    }
    let files = files(&system, &imported.formats);
    match &args.output {
        Some(directory) => write(&files, directory, args.force)?,
        None if args.format == Format::Json => {}
        None => {
            output::report(files.first().map_or("", |file| &file.text))?;
            if files.len() > 1 {
                output::complain("the rule files that it names are written by --output")?;
            }
        }
    }
    output::complain(&summary(&system, &imported.formats))?;
    Ok(Outcome::Held)
}

/// What the files show, and all that is wrong with any of them.
fn read(args: &ImportArgs) -> (Imported, Vec<Diagnostic>) {
    let collected = collect(&args.paths);
    let env = collect(&args.env_file);
    let named = |input: Input| Input::new(input.path, input.bytes);
    let options =
        Options { name: args.name.clone(), env: env.inputs.into_iter().map(named).collect() };
    let mut imported = import(&collected.inputs, &options);
    let mut diagnostics = collected.diagnostics;
    diagnostics.extend(env.diagnostics);
    diagnostics.append(&mut imported.diagnostics);
    (imported, diagnostics)
}

/// Something that moves while large traces are read; on a terminal only.
fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} reading").ok();
    let spinner = ProgressBar::new_spinner();
    if let Some(style) = style {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    spinner
}

/// The files of the model, the system file first, with where it comes from at its top.
fn files(system: &System, formats: &[(String, Vec<FileFormat>)]) -> Vec<Printed> {
    let mut files = print(system);
    if let Some(file) = files.first_mut() {
        let used: Vec<_> =
            formats.iter().filter(|(_, found)| !found.is_empty()).map(|(path, _)| path).collect();
        let mut head = String::from("# Imported by knockon from\n");
        for path in used {
            let path: String = path.chars().filter(|c| !c.is_control()).collect();
            let _ = writeln!(head, "#   {path}");
        }
        file.text = format!("{head}\n{}", file.text);
    }
    files
}

/// Writes a pack; nothing at all if a file of it is there already.
fn write(files: &[Printed], directory: &Path, force: bool) -> Result<()> {
    let there: Vec<Diagnostic> = files
        .iter()
        .map(|file| directory.join(&file.path))
        .filter(|path| !force && path.exists())
        .map(|path| {
            Diagnostic::error(codes::WOULD_OVERWRITE, "the file is there already")
                .at(Place::whole_file(path.display().to_string()))
                .help("name another directory, or say `--force` to overwrite it")
        })
        .collect();
    if !there.is_empty() {
        return Err(Failure::Input { diagnostics: there, format: Format::Text });
    }
    for file in files {
        let path = directory.join(&file.path);
        if let Some(parent) = path.parent() {
            output::directory(parent)?;
        }
        output::file(&path, &file.text)?;
    }
    Ok(())
}

/// What was imported, in one line.
fn summary(system: &System, formats: &[(String, Vec<FileFormat>)]) -> String {
    let mut by_format: BTreeMap<FileFormat, usize> = BTreeMap::new();
    for format in formats.iter().flat_map(|(_, found)| found) {
        *by_format.entry(*format).or_default() += 1;
    }
    let sources: Vec<_> =
        by_format.iter().map(|(format, count)| format!("{} ({count})", format.as_str())).collect();
    format!(
        "{}: {}, {}, {}, from {}",
        system.name(),
        counted(system.services().len(), "service"),
        counted(system.dependencies().len(), "dependency"),
        counted(system.practice().monitors.len(), "monitor"),
        sources.join(", ")
    )
}

fn against(
    model: &System,
    imported: &System,
    diagnostics: &[Diagnostic],
    args: &ImportArgs,
) -> Result<Outcome> {
    let difference = knockon_import::difference(model, imported);
    if args.format == Format::Json {
        let document = serde_json::json!({
            "schema": "knockon.difference/v1",
            "system": model.name(),
            "difference": difference,
            "diagnostics": diagnostics_documents(diagnostics),
        });
        output::report(&format!("{document:#}\n"))?;
    } else {
        output::notes(diagnostics)?;
        output::report(&difference::text(model.name(), &difference))?;
    }
    let is_denied = args.deny_differences && !difference.is_empty();
    Ok(if is_denied { Outcome::Broken } else { Outcome::Held })
}

fn json(
    system: &System,
    formats: &[(String, Vec<FileFormat>)],
    diagnostics: &[Diagnostic],
) -> String {
    let dependencies = system.dependencies().iter().map(|dependency| {
        let details = system.details(dependency.key());
        let sources = details.into_iter().flat_map(|details| &details.known_from).map(|source| {
            serde_json::json!({ "source": source.provenance.as_str(), "place": source.place })
        });
        serde_json::json!({
            "from": system.service(dependency.from).name,
            "to": system.service(dependency.to).name,
            "kind": dependency.kind.as_str(),
            "criticality": dependency.criticality.as_str(),
            "known_from": sources.collect::<Vec<_>>(),
        })
    });
    let services = system.services().iter().map(|service| {
        serde_json::json!({
            "name": service.name,
            "kind": service.kind.as_str(),
            "engine": service.engine,
            "aliases": service.aliases,
            "replicas": service.runs.as_ref().map(|runs| runs.replicas),
        })
    });
    let files = formats.iter().map(|(path, found)| {
        let formats: Vec<_> = found.iter().map(|format| format.as_str()).collect();
        serde_json::json!({ "file": path, "holds": formats })
    });
    let document = serde_json::json!({
        "schema": "knockon.import/v1",
        "system": system.name(),
        "services": services.collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "diagnostics": diagnostics_documents(diagnostics),
    });
    format!("{document:#}\n")
}
