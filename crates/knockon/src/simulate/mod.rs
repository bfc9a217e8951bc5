//! `knockon simulate`: a system played in virtual time, and what its users felt.

mod alerts;
mod fault;
mod figures;
mod json;
mod plan;
mod promises;
mod text;
mod trouble;

use knockon_core::{Diagnostic, Place, System};
use knockon_scenario::alerts::Groups;
use knockon_sim::clock::nanos;
use knockon_sim::engine::{Run, Stop};
use knockon_sim::replicate::{NotReplicated, Replications};

use crate::cli::{Format, SimulateArgs};
use crate::codes;
use crate::exit::{Failure, Outcome, Result};
use crate::output;
use crate::progress;
use crate::variant::{self, Chosen};
pub use fault::{KINDS, Known};
use figures::Played;
use plan::Asked;

/// Into so many parts the time of a single run is cut, for the progress bar.
const PARTS: u64 = 100;

/// Everything that was played.
struct Simulation<'a> {
    system: &'a System,
    args: &'a SimulateArgs,
    asked: &'a Asked,
    /// One for each replication.
    runs: Vec<Played>,
}

/// What is written to files, of the first replication.
#[derive(Default)]
struct Files {
    openmetrics: Option<String>,
    alerts: Option<String>,
}

/// Plays a system and prints what became of its users.
pub fn run(args: &SimulateArgs) -> Result<Outcome> {
    let fail = |diagnostics| Failure::Input { diagnostics, format: args.format };
    let (mut asked, mut wrong) = plan::read(args);
    let chosen = match variant::choose(&args.system, args.variant.as_deref()) {
        Ok(chosen) => chosen,
        Err(mut diagnostics) => {
            diagnostics.append(&mut wrong);
            return Err(fail(diagnostics));
        }
    };
    let rules = alerts::groups(&chosen, &args.rules);
    if let (Some(metrics), Some(alerts)) = (&args.openmetrics, &args.alerts)
        && metrics == alerts
    {
        let what = "`--openmetrics` and `--alerts` would be written to the same file";
        let place = Place::whole_file(metrics.display().to_string());
        wrong.push(Diagnostic::error(codes::CANNOT_WRITE, what).at(place).help("name two files"));
    }
    wrong.extend(plan::complete(&mut asked, args, &chosen));
    let mut notes = [chosen.notes.clone(), rules.diagnostics.clone()].concat();
    if !wrong.is_empty() || notes.iter().any(Diagnostic::is_error) {
        notes.append(&mut wrong);
        return Err(fail(notes));
    }
    let (runs, files, failed) = play(&chosen, &asked, args, &rules).map_err(fail)?;
    notes.extend(failed);
    for (path, text) in [(&args.openmetrics, files.openmetrics), (&args.alerts, files.alerts)] {
        if let (Some(path), Some(text)) = (path, text) {
            output::file(path, &text)?;
        }
    }
    let simulation = Simulation { system: &chosen.system, args, asked: &asked, runs };
    match args.format {
        Format::Json => output::report(&json::json(&simulation, &notes))?,
        Format::Text => {
            output::notes(&notes)?;
            output::report(&text::text(&simulation))?;
        }
    }
    Ok(Outcome::Held)
}

/// All replications; what goes to files; rules that failed in the first.
type Runs = (Vec<Played>, Files, Vec<Diagnostic>);

fn play(
    chosen: &Chosen,
    asked: &Asked,
    args: &SimulateArgs,
    rules: &Groups,
) -> std::result::Result<Runs, Vec<Diagnostic>> {
    let measure = |run: &Run| {
        let is_first = run.replication() == 0;
        let is_exported = is_first && args.openmetrics.is_some();
        let watched = alerts::watch(&chosen.system, run.observation(), rules, is_exported);
        let is_listed = is_first && args.alerts.is_some();
        let files = Files {
            openmetrics: watched.openmetrics,
            alerts: is_listed.then(|| crate::rules::listed(&watched.rules)),
        };
        (Played::of(run, watched.fired), (files, watched.notes))
    };
    let runs = if args.replications == 1 {
        vec![measure(&play_one(chosen, asked)?)]
    } else {
        let bar = progress::bar(args.replications);
        let replications = Replications {
            system: &chosen.system,
            plan: asked.plan.clone(),
            count: args.replications,
            until_ns: nanos(asked.lasts),
            threads: None,
        };
        let runs = replications.play(measure, |done| bar.set_position(done));
        bar.finish_and_clear();
        runs.map_err(|error| not_played(error, chosen))?
    };
    let (runs, first): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
    let (files, notes) = first.into_iter().next().unwrap_or_default();
    Ok((runs, files, notes))
}

fn play_one(chosen: &Chosen, asked: &Asked) -> std::result::Result<Run, Vec<Diagnostic>> {
    let bar = progress::bar(PARTS);
    let until = nanos(asked.lasts);
    let run = Run::new(&chosen.system, asked.plan.clone());
    let mut run = run.map_err(|all| not_played(NotReplicated::Unplayable(all), chosen))?;
    for part in 1..=PARTS {
        let until = until / PARTS * part + until % PARTS * u64::from(part == PARTS);
        run.step_until(until).map_err(|stop| stopped(&stop))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(run)
}

fn not_played(error: NotReplicated, chosen: &Chosen) -> Vec<Diagnostic> {
    match error {
        NotReplicated::Stopped { stop, .. } => stopped(&stop),
        // Looked at before, with the flags.
        NotReplicated::Unplayable(all) => {
            let all = all.into_iter();
            all.map(|it| plan::cannot(codes::UNPLAYABLE, it, &chosen.places)).collect()
        }
    }
}

fn stopped(stop: &Stop) -> Vec<Diagnostic> {
    let help = "play a shorter time (`--for`) or less demand (`--demand`), or give what piles up a \
                bound: a `timeout`, a `backlog`, a `max_length`";
    vec![Diagnostic::error(codes::STOPPED, stop.to_string()).help(help)]
}
