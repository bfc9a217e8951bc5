//! `knockon simulate`: a system played in virtual time, and what its users felt.

mod fault;
mod figures;
mod json;
mod plan;
mod promises;
mod text;
mod trouble;

use knockon_core::{Diagnostic, System};
use knockon_sim::clock::nanos;
use knockon_sim::engine::{Run, Stop};
use knockon_sim::observe::openmetrics;
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

/// When a run begins, for whoever reads its metrics: 2026-01-01T00:00:00Z.
const BEGINS_UNIX_MS: u64 = 1_767_225_600_000;

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
    wrong.extend(plan::complete(&mut asked, args, &chosen));
    if !wrong.is_empty() {
        return Err(fail(chosen.notes.into_iter().chain(wrong).collect()));
    }
    let (runs, metrics) = play(&chosen, &asked, args).map_err(fail)?;
    if let (Some(path), Some(metrics)) = (&args.openmetrics, metrics) {
        output::file(path, &metrics)?;
    }
    let simulation = Simulation { system: &chosen.system, args, asked: &asked, runs };
    match args.format {
        Format::Json => output::report(&json::json(&simulation, &chosen.notes))?,
        Format::Text => {
            output::notes(&chosen.notes)?;
            output::report(&text::text(&simulation))?;
        }
    }
    Ok(Outcome::Held)
}

/// Plays all replications; beside their figures the metrics of the first, if they are asked for.
fn play(
    chosen: &Chosen,
    asked: &Asked,
    args: &SimulateArgs,
) -> std::result::Result<(Vec<Played>, Option<String>), Vec<Diagnostic>> {
    let metrics = |run: &Run| {
        let is_first = run.replication() == 0 && args.openmetrics.is_some();
        is_first.then(|| openmetrics(run.observation(), BEGINS_UNIX_MS))
    };
    let measure = |run: &Run| (Played::of(run), metrics(run));
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
    let (runs, metrics): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
    Ok((runs, metrics.into_iter().flatten().next()))
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
