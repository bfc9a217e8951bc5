//! `knockon triage`: one body of evidence, one verdict.

mod markdown;

use std::path::Path;

use knockon_core::{Diagnostic, System, Timestamp};
use knockon_format::closest;
use knockon_report::{
    explain_text, incident_json, incident_json_line, incident_text, verdict_html,
};
use knockon_telemetry::{Evidence, Unplaced, format_time};
use knockon_triage::{Incident, Options};

use crate::cli::{Format, TriageArgs};
use crate::codes;
use crate::exit::{Failure, Outcome, Result};
use crate::git;
use crate::moment::Moments;
use crate::{output, revisions};

/// Reads the system and the evidence, judges, prints.
pub fn run(args: &TriageArgs) -> Result<Outcome> {
    let format = if args.json { Format::Json } else { args.format };
    let fail = |diagnostics| Failure::Input { diagnostics, format };
    if format == Format::Json && args.md.as_deref() == Some(Path::new("-")) {
        let message = "JSON and Markdown cannot both be printed";
        let error = Diagnostic::error(codes::CANNOT_WRITE, message);
        return Err(fail(vec![error.help("name a file for the Markdown")]));
    }
    // The times are read with the files, so that all mistakes come at once.
    let times = times(args);
    let model = knockon_format::load_system(&args.system);
    let mut diagnostics = model.diagnostics;
    diagnostics.extend(times.as_ref().err().into_iter().flatten().cloned());
    let Some(system) = model.system else { return Err(fail(diagnostics)) };
    let is_live = revisions::follows(args);
    let bundle = match &times {
        Ok((options, _)) if is_live => revisions::follow(args, &system, *options)?,
        Err(_) if is_live => return Err(fail(diagnostics)),
        _ => knockon_telemetry::read_bundle(&args.evidence, &system),
    };
    diagnostics.extend(bundle.diagnostics);
    let Ok((options, every_ms)) = times else { return Err(fail(diagnostics)) };
    let mut evidence = bundle.evidence;
    if args.git {
        let at = options.at.or_else(|| evidence.last_moment());
        diagnostics.extend(git::add_commits(&mut evidence, &system, &args.system, at));
    }
    diagnostics.extend(evidence.notes.iter().cloned());
    diagnostics.extend(unplaced(&evidence.unplaced, &system, &args.system));
    diagnostics.extend(no_evidence_yet(&evidence, options.at));
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(fail(diagnostics));
    }
    if args.revisions && !is_live {
        let moments = revisions::moments(&evidence, options.at, every_ms).map_err(fail)?;
        revisions::play(&system, &evidence, options, &moments, args.format)?;
    }
    let incident = knockon_triage::triage(&system, &evidence, options);
    let is_stream = args.revisions || is_live;
    write(args, (format, is_stream), &system, &incident, &diagnostics)?;
    Ok(Outcome::Held)
}

/// Writes the files that were asked for, and prints the verdict in one form.
fn write(
    args: &TriageArgs,
    (format, is_stream): (Format, bool),
    system: &System,
    incident: &Incident,
    diagnostics: &[Diagnostic],
) -> Result<()> {
    if let Some(path) = &args.html {
        output::file(path, &verdict_html(incident, system))?;
    }
    let is_printed = |path: &&Path| *path == Path::new("-");
    let markdown = args.md.as_deref();
    if let Some(path) = markdown.filter(|path| !is_printed(path)) {
        output::file(path, &markdown::markdown(incident))?;
    }
    if format == Format::Json {
        let print = if is_stream { incident_json_line } else { incident_json };
        return Ok(output::report(&print(incident, diagnostics))?);
    }
    output::notes(diagnostics)?;
    let text = match markdown.filter(is_printed) {
        Some(_) => markdown::markdown(incident),
        None if args.explain => incident_text(incident) + &explain_text(incident),
        None => incident_text(incident),
    };
    Ok(output::report(&text)?)
}

/// What the flags say of times, and how often to judge, in milliseconds.
fn times(args: &TriageArgs) -> std::result::Result<(Options, i64), Vec<Diagnostic>> {
    let mut moments = Moments::default();
    let at = moments.time("--at", args.at.as_deref());
    let since = moments.time("--since", args.since.as_deref());
    moments.in_order(("--since", since), ("--at", at));
    match moments.length_ms("--every", &args.every) {
        Some(every_ms) if moments.diagnostics.is_empty() => Ok((Options { at, since }, every_ms)),
        _ => Err(moments.diagnostics),
    }
}

/// `--at` before all evidence leaves nothing to judge; almost always a slip of the date.
fn no_evidence_yet(evidence: &Evidence, at: Option<Timestamp>) -> Option<Diagnostic> {
    let first = evidence.first_moment()?;
    let at = at.filter(|at| *at < first)?;
    let message = format!("there is no evidence up to {}", format_time(at));
    let help = format!("the evidence begins at {}", format_time(first));
    Some(Diagnostic::error(codes::BAD_TIME, message).help(help))
}

/// How many unknown names of one file are spelled out.
const NAMES_MAX: usize = 6;

/// One warning a file about names that no service has.
fn unplaced(unplaced: &[Unplaced], system: &System, model: &Path) -> Vec<Diagnostic> {
    let by_file = unplaced.chunk_by(|a, b| a.file == b.file);
    by_file.map(|names| unplaced_in_file(names, system, model)).collect()
}

fn unplaced_in_file(names: &[Unplaced], system: &System, model: &Path) -> Diagnostic {
    let spelled: Vec<_> = names.iter().take(NAMES_MAX).map(|n| format!("`{}`", n.name)).collect();
    let more = match names.len().saturating_sub(NAMES_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = if names.len() == 1 { "a name" } else { "names" };
    let message = format!(
        "{}: {what} that no service of `{}` has, left out: {}{more}",
        names[0].file,
        system.name(),
        spelled.join(", "),
    );
    let mut diagnostic = Diagnostic::warning(codes::UNKNOWN_SERVICE, message);
    for name in names.iter().take(NAMES_MAX) {
        let known = system.names().iter().map(|(known, _)| known);
        if let Some(known) = closest(&name.name, known) {
            diagnostic = diagnostic.help(format!("`{}` looks like `{known}`", name.name));
        }
    }
    diagnostic.help(format!(
        "to map a name, add it to the `aliases` of its service in {}",
        model.display()
    ))
}
