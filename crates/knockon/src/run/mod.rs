//! `knockon run`: an incident played, its story, and whether it went as expected.

mod answers;
mod json;
mod markdown;
pub(crate) mod page;
mod text;

use knockon_core::{Diagnostic, Place};
use knockon_scenario::alerts::{self, Groups};
use knockon_scenario::codes;
use knockon_scenario::judge::{Judged, judge};
use knockon_scenario::load::{self, Loaded};
use knockon_scenario::many::each;
use knockon_scenario::play::{Failed, Played, play};
use knockon_scenario::prove::{healthy, quiet};
use knockon_scenario::story::{Story, tell};

use crate::cli::{Format, RunArgs};
use crate::exit::{Failure, Outcome, Result};
use crate::{output, progress};

pub(crate) use answers::{clock, sentence};

/// Into so many parts the time of a run is cut, for the progress bar.
const PARTS: u64 = 100;

/// A scenario with the rules of its system.
pub(crate) struct Ready {
    pub(crate) loaded: Loaded,
    pub(crate) rules: Groups,
}

/// A run, its story, and what became of the expectations in other runs.
struct Ran {
    ready: Ready,
    played: Played,
    story: Story,
    /// For each seed what became of each expectation.
    judged: Vec<Vec<Judged>>,
}

/// Plays a scenario and prints what came of it.
pub fn run(args: &RunArgs) -> Result<Outcome> {
    let format = if args.json { Format::Json } else { Format::Text };
    let ready = ready(&args.scenario, format)?;
    let fail = |failed: Failed| stopped(&failed, format);
    let (played, story) = play_and_tell(&ready, args.seed).map_err(fail)?;
    let mut judged = vec![story.judged.iter().map(|(_, judged)| judged.clone()).collect()];
    judged.extend(others(&ready, args).map_err(fail)?);
    let ran = Ran { ready, played, story, judged };
    if let Some(path) = &args.openmetrics {
        output::file(path, &alerts::openmetrics(&ran.played.watched.store))?;
    }
    if let Some(path) = &args.html {
        output::file(path, &page::html(&ran.ready, &ran.played, &ran.story, None))?;
    }
    if args.json {
        output::report(&json::json(&ran))?;
    } else {
        output::notes(&warnings(&ran.ready.loaded))?;
        output::report(&if args.md { markdown::markdown(&ran) } else { text::text(&ran) })?;
    }
    let holds = ran.judged.iter().flatten().all(|judged| judged.held);
    Ok(if holds { Outcome::Held } else { Outcome::Broken })
}

/// Loads a scenario; all that is wrong with it is told.
pub(crate) fn ready(path: &std::path::Path, format: Format) -> Result<Ready> {
    let fail = |diagnostics| Failure::Input { diagnostics, format };
    let loaded = load::load(path).map_err(fail)?;
    let rules = alerts::of_system(&loaded.system, &loaded.places);
    if rules.has_errors() {
        return Err(fail(rules.diagnostics));
    }
    Ok(Ready { loaded, rules })
}

/// Plays it once, and tells what came of it.
pub(crate) fn play_and_tell(
    ready: &Ready,
    seed: u64,
) -> std::result::Result<(Played, Story), Failed> {
    let Ready { loaded, rules } = ready;
    let bar = progress::bar(PARTS);
    let heard = |part: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
        bar.set_position((part * PARTS as f64) as u64);
    };
    let played = play(&loaded.system, &loaded.scenario, rules, seed, heard)?;
    let healthy = healthy(loaded, seed)?;
    let quiet = || quiet(loaded, rules, seed);
    let story = tell(&loaded.system, &loaded.scenario, seed, &played, &healthy, quiet);
    bar.finish_and_clear();
    Ok((played, story))
}

/// What became of the expectations under the seeds after the first.
fn others(ready: &Ready, args: &RunArgs) -> std::result::Result<Vec<Vec<Judged>>, Failed> {
    let Ready { loaded, rules } = ready;
    let seeds: Vec<u64> = (1..args.replications).map(|it| args.seed.wrapping_add(it)).collect();
    let bar = progress::bar(seeds.len() as u64);
    let judged = each(
        &seeds,
        |seed| {
            let played = play(&loaded.system, &loaded.scenario, rules, seed, |_| ())?;
            Ok(judge(&loaded.scenario, &played, &healthy(loaded, seed)?))
        },
        |done| bar.set_position(done),
    );
    bar.finish_and_clear();
    judged
}

/// A run that has no end.
pub(crate) fn stopped(failed: &Failed, format: Format) -> Failure {
    let help = "let it last shorter, or give what piles up a bound: a `timeout`, a `backlog`, a \
                `max_length`";
    let diagnostic = Diagnostic::error(codes::CANNOT_BE_PLAYED, failed.to_string()).help(help);
    Failure::Input { diagnostics: vec![diagnostic], format }
}

/// What is odd about the scenario itself; what is weak about its system, `check` tells.
pub(crate) fn warnings(loaded: &Loaded) -> Vec<Diagnostic> {
    let of_scenario = |place: &Place| place.file.contains("/scenarios/");
    let notes = loaded.notes.iter().filter(|note| note.place.as_ref().is_some_and(of_scenario));
    notes.cloned().collect()
}
