//! `knockon review`: the review of an incident, as Markdown.

mod actions;
mod text;

use knockon_audit::Weakness;
use knockon_core::Diagnostic;
use knockon_scenario::codes;
use knockon_scenario::health::fared;
use knockon_scenario::play::{Course, Failed, Watching, course};
use knockon_scenario::prove::{Proof, Trial, Tried};
use knockon_scenario::recovery::{self, Item};
use knockon_scenario::story::Story;
use knockon_scenario::{Fix, Role};

use crate::cli::{Format, ReviewArgs};
use crate::exit::{Failure, Outcome, Result};
use crate::output;
use crate::prove::proof;
use crate::run::{Ready, play_and_tell, ready, stopped};
use crate::variant::known_names;

/// Everything that a review tells.
struct Review {
    ready: Ready,
    story: Story,
    proof: Proof,
    /// The fix that was carried out, if one was.
    fix: Option<Fix>,
    /// When all journeys were healthy again, in nanoseconds; nothing if they were not.
    recovered_ns: Option<u64>,
    /// What is to be checked, held against the run with the fix.
    checklist: Vec<Item>,
    /// Weaknesses of the services that were involved.
    weak: Vec<Weakness>,
}

/// Writes the review of an incident.
pub fn run(args: &ReviewArgs) -> Result<Outcome> {
    let format = Format::Text;
    let ready = ready(&args.scenario, format)?;
    if let Some(name) = &args.fix
        && ready.loaded.scenario.fixes.iter().all(|fix| fix.name != *name)
    {
        return Err(no_fix(&ready, name));
    }
    let (_, story) = play_and_tell(&ready, args.seed).map_err(|it| stopped(&it, format))?;
    let proof = proof(&ready, args.seed, args.replications, format)?;
    let fix = carried_out(&ready, &proof, args.fix.as_deref());
    let courses =
        recovery_of(&ready, args.seed, fix.as_ref()).map_err(|it| stopped(&it, format))?;
    let text = text::text(&reviewed(ready, story, proof, fix, &courses));
    match &args.output {
        Some(path) => output::file(path, &text)?,
        None => output::report(&text)?,
    }
    Ok(Outcome::Held)
}

fn no_fix(ready: &Ready, name: &str) -> Failure {
    let names = ready.loaded.scenario.fixes.iter().map(|fix| fix.name.as_str());
    let help = known_names("fix", name, names);
    let message = format!("`--fix {name}`: the scenario has no such fix");
    let diagnostic = Diagnostic::error(codes::NOT_IN_PACK, message).help(help);
    Failure::Input { diagnostics: vec![diagnostic], format: Format::Text }
}

/// The fix that is named, or else the best of those that work.
fn carried_out(ready: &Ready, proof: &Proof, named: Option<&str>) -> Option<Fix> {
    let best = best(proof).map(|(name, _)| name);
    let name = named.or(best)?;
    ready.loaded.scenario.fixes.iter().find(|fix| fix.name == name).cloned()
}

/// The fix after which most runs were healthy; of those the one that saved most, then the fastest.
fn best(proof: &Proof) -> Option<(&str, &Tried)> {
    let fixes = proof.tried.iter().filter_map(|tried| match &tried.trial {
        Trial::Fix(name) if tried.healthy > 0 => Some((name.as_str(), tried)),
        _ => None,
    });
    fixes.max_by(|(_, one), (_, other)| {
        let fast = |tried: &Tried| -tried.healthy_after_s.map_or(f64::INFINITY, |it| it.mean);
        let orders = |tried: &Tried| tried.orders_saved.mean;
        (one.healthy.cmp(&other.healthy))
            .then(orders(one).total_cmp(&orders(other)))
            .then(fast(one).total_cmp(&fast(other)))
    })
}

/// The run with the fix, and the same users without the cause.
fn recovery_of(
    ready: &Ready,
    seed: u64,
    fix: Option<&Fix>,
) -> std::result::Result<(Course, Course), Failed> {
    let (system, scenario) = (&ready.loaded.system, &ready.loaded.scenario);
    let moments = recovery::moments(scenario);
    let mut plan = scenario.watched_plan(seed, Watching::Users, |_| true);
    if let Some(fix) = fix {
        plan.timeline = scenario.with_fix(fix);
    }
    let fixed = course(system, plan, scenario.lasts, &moments, |_| ())?;
    let plan = scenario.watched_plan(seed, Watching::Users, |entry| entry.role != Role::Cause);
    Ok((fixed, course(system, plan, scenario.lasts, &moments, |_| ())?))
}

fn reviewed(
    ready: Ready,
    story: Story,
    proof: Proof,
    fix: Option<Fix>,
    (fixed, healthy): &(Course, Course),
) -> Review {
    let (system, scenario) = (&ready.loaded.system, &ready.loaded.scenario);
    let fared = fared(fixed, healthy);
    let is_over = fared.iter().all(|it| !it.is_hurt() || it.is_over());
    let until = fared.iter().filter_map(knockon_scenario::health::Fared::bad_until).max();
    let checklist = recovery::checklist(system, scenario, fixed, healthy);
    let reached = story.alerts.iter().flat_map(|told| &told.why);
    let services: Vec<String> =
        story.causes.iter().chain(reached).map(|service| format!("`{service}`")).collect();
    let involved =
        |weakness: &Weakness| services.iter().any(|service| weakness.message.contains(service));
    let weak = knockon_audit::judge(system).open.into_iter().filter(involved).collect();
    let recovered_ns = until.filter(|_| is_over);
    Review { ready, story, proof, fix, recovered_ns, checklist, weak }
}
