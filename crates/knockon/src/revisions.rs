//! `knockon triage --revisions` and `knockon triage -`: how a verdict came about, bit by bit.

use std::collections::BTreeSet;
use std::io;

use knockon_core::{Diagnostic, System, Timestamp};
use knockon_report::{revision_json, revision_text};
use knockon_telemetry::{BundleReading, Evidence};
use knockon_triage::{Options, Revision, Revisions, Watch, triage};

use crate::cli::{Format, TriageArgs};
use crate::codes;
use crate::exit::{Failure, Result};
use crate::output;

/// More verdicts than anybody waits for.
const MOMENTS_MAX: usize = 100_000;

/// Whether the evidence is what comes in on standard input.
pub fn follows(args: &TriageArgs) -> bool {
    args.evidence.as_os_str() == "-"
}

/// Judges evidence as of each moment, and prints what that changed.
pub fn play(
    system: &System,
    evidence: &Evidence,
    options: Options,
    moments: &BTreeSet<Timestamp>,
    format: Format,
) -> Result<()> {
    let mut revisions = Revisions::new();
    for at in moments {
        let options = Options { at: Some(*at), ..options };
        if let Some(revision) = revisions.next(triage(system, evidence, options)) {
            print(&revision, format)?;
        }
    }
    Ok(())
}

/// When something of the evidence comes, up to a moment: at alerts and changes, and while there are
/// samples every so often.
pub fn moments(
    evidence: &Evidence,
    at: Option<Timestamp>,
    every_ms: i64,
) -> std::result::Result<BTreeSet<Timestamp>, Vec<Diagnostic>> {
    let Some(last) = at.or_else(|| evidence.last_moment()) else { return Ok(BTreeSet::new()) };
    let alerts = evidence.alerts.iter().flat_map(|it| [Some(it.starts_at), it.ends_at]);
    let changes = evidence.changes.iter().map(|it| Some(it.time));
    let mut moments: BTreeSet<Timestamp> = alerts.chain(changes).flatten().collect();
    let spans = || evidence.series.iter().filter_map(|series| series.samples.span());
    let first_ms = spans().map(|(first, _)| first.unix_ms).min();
    let last_ms = spans().map(|(_, last)| last.unix_ms).max().map(|it| it.min(last.unix_ms));
    if let (Some(first_ms), Some(last_ms)) = (first_ms, last_ms) {
        let step = usize::try_from(every_ms).unwrap_or(usize::MAX);
        let ticks = (first_ms..last_ms).step_by(step).take(MOMENTS_MAX);
        moments.extend(ticks.map(Timestamp::from_unix_ms));
    }
    moments.retain(|moment| *moment < last);
    moments.insert(last);
    if moments.len() > MOMENTS_MAX {
        let message = format!("there would be more than {MOMENTS_MAX} verdicts");
        let help = "judge less often (`--every`) or without `--revisions`";
        return Err(vec![Diagnostic::error(codes::BAD_TIME, message).help(help)]);
    }
    Ok(moments)
}

/// Takes alerts from standard input as they come, a message of Alertmanager a line, and prints what each
/// line changed. The moment is that of the last alert so far: no clock is read. Mistakes are told as they
/// come, and the rest is taken.
pub fn follow(args: &TriageArgs, system: &System, options: Options) -> Result<BundleReading> {
    const INPUT: &str = "standard input";
    let mut watch = Watch::new(system, options);
    let mut told = 0;
    for (index, line) in io::stdin().lines().enumerate() {
        let line = line.unwrap_or_else(|error| format!("unreadable: {error}"));
        if line.trim().is_empty() {
            continue;
        }
        let reader = watch.reader();
        reader.alerts(INPUT, line.as_bytes());
        let mut wrong = reader.diagnostics()[told..].to_vec();
        told += wrong.len();
        for place in wrong.iter_mut().filter_map(|it| it.place.as_mut()) {
            place.line += index;
        }
        if args.format == Format::Text {
            output::notes(&wrong)?;
        }
        let at = options.at.or_else(|| watch.reader().evidence().last_moment());
        if let Some(revision) = at.and_then(|at| watch.revise(at)) {
            print(&revision, args.format)?;
        }
    }
    let reading = watch.into_reader().finish();
    if reading.diagnostics.is_empty() {
        return Ok(reading);
    }
    // As text they have been told.
    let is_told = args.format == Format::Text;
    let diagnostics = if is_told { Vec::new() } else { reading.diagnostics };
    Err(Failure::Input { diagnostics, format: args.format })
}

fn print(revision: &Revision, format: Format) -> Result<()> {
    output::report(&match format {
        Format::Text => revision_text(revision) + "\n",
        Format::Json => revision_json(revision),
    })?;
    Ok(())
}
