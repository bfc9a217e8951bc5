//! `knockon run`: an incident played, and whether it went as expected.

use knockon_core::Diagnostic;
use knockon_scenario::alerts::{self, Groups};
use knockon_scenario::judge::{Judged, judge};
use knockon_scenario::load::{self, Loaded};
use knockon_scenario::play::{self, Failed, Watching};
use knockon_scenario::{Role, codes};

use crate::cli::{Format, RunArgs};
use crate::exit::{Failure, Outcome, Result};
use crate::output;

/// Plays a scenario and prints what came of it.
pub fn run(args: &RunArgs) -> Result<Outcome> {
    let format = if args.json { Format::Json } else { Format::Text };
    let fail = |diagnostics| Failure::Input { diagnostics, format };
    let loaded = load::load(&args.scenario).map_err(fail)?;
    let rules = alerts::of_system(&loaded.system, &loaded.places);
    let mut held = vec![0u64; loaded.scenario.expect.len()];
    let mut seen: Vec<Vec<String>> = vec![Vec::new(); held.len()];
    for seed in args.seed..args.seed + args.replications {
        let judged = one(&loaded, &rules, seed).map_err(|failed| fail(vec![stopped(&failed)]))?;
        for ((held, seen), judged) in held.iter_mut().zip(&mut seen).zip(judged) {
            *held += u64::from(judged.held);
            seen.push(format!("{}{}", if judged.held { "" } else { "!" }, judged.observed));
        }
    }
    let mut text = String::new();
    for ((expectation, held), mut seen) in loaded.scenario.expect.iter().zip(&held).zip(seen) {
        seen.sort();
        seen.dedup();
        let mark = if *held == args.replications { "held  " } else { "BROKEN" };
        text += &format!("{mark} {held}/{} {} [{}]\n", args.replications, expectation.text, seen.join(" | "));
    }
    output::report(&text)?;
    let all = held.iter().all(|held| *held == args.replications);
    Ok(if all { Outcome::Held } else { Outcome::Broken })
}

fn one(loaded: &Loaded, rules: &Groups, seed: u64) -> std::result::Result<Vec<Judged>, Failed> {
    let scenario = &loaded.scenario;
    let played = play::play(&loaded.system, scenario, rules, seed, |_| ())?;
    let plan = scenario.watched_plan(seed, Watching::Users, |entry| entry.role != Role::Cause);
    let healthy = play::course(&loaded.system, plan, scenario.lasts, &scenario.moments(), |_| ())?;
    Ok(judge(scenario, &played, &healthy))
}

fn stopped(failed: &Failed) -> Diagnostic {
    let help = "let it last shorter, or give what piles up a bound: a `timeout`, a `backlog`, a `max_length`";
    Diagnostic::error(codes::CANNOT_BE_PLAYED, failed.to_string()).help(help)
}
