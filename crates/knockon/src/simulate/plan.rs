//! What the flags ask for, as a plan of the simulator; everything that is wrong with them, at once.

use std::time::Duration;

use knockon_core::{Code, Diagnostic, Element, System};
use knockon_format::Places;
use knockon_format::quantities;
use knockon_sim::Unplayable;
use knockon_sim::engine::Run;
use knockon_sim::plan::{Demand, Plan};
use knockon_sim::timeline::{Happening, What};

use super::fault;
use crate::cli::SimulateArgs;
use crate::codes;
use crate::variant::{Chosen, known_names};

/// So many requests in progress, users and messages are as much as a machine can keep: half a
/// gigabyte or so.
const AT_ONCE_MAX: u32 = 2_000_000;

/// What is to be played, and for how long.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) plan: Plan,
    pub(super) lasts: Duration,
    pub(super) demand_factor: f64,
}

/// Reads the flags that can be read without a model.
pub(super) fn read(args: &SimulateArgs) -> (Asked, Vec<Diagnostic>) {
    let mut wrong = Vec::new();
    let lasts = quantities::duration(&args.lasts).and_then(|lasts| {
        let is_nothing = lasts.is_zero();
        let help = "write how long, as in `10min`".to_owned();
        let nothing = quantities::Bad { message: "no time at all is played".to_owned(), help };
        if is_nothing { Err(nothing) } else { Ok(lasts) }
    });
    let lasts = lasts.unwrap_or_else(|bad| {
        wrong.push(bad_figure(&format!("--for {}", args.lasts), &bad.message, &bad.help));
        Duration::MAX
    });
    let demand_factor = quantities::factor(&args.demand).unwrap_or_else(|bad| {
        wrong.push(bad_figure(&format!("--demand {}", args.demand), &bad.message, &bad.help));
        1.0
    });
    let plan = Plan {
        seed: args.seed,
        demand_factor,
        scrape_every: super::alerts::EVERY,
        trace_one_in: 0,
        logs_per_scrape: 0,
        requests_max: AT_ONCE_MAX,
        users_max: AT_ONCE_MAX,
        ..Plan::default()
    };
    (Asked { plan, lasts, demand_factor }, wrong)
}

/// Reads the flags that name parts of the model, and whether all of it can be played together.
pub(super) fn complete(asked: &mut Asked, args: &SimulateArgs, chosen: &Chosen) -> Vec<Diagnostic> {
    let system = &chosen.system;
    let mut wrong = Vec::new();
    asked.plan.demand = vec![None; system.journeys().len()];
    for flag in &args.users {
        match users(flag, system) {
            Ok((journey, demand)) => asked.plan.demand[journey] = Some(demand),
            Err(diagnostics) => wrong.extend(diagnostics),
        }
    }
    for flag in &args.fault {
        match fault::read(flag, system, asked.demand_factor) {
            Ok(happening) => {
                wrong.extend(too_late(flag, &happening, asked.lasts));
                asked.plan.timeline.push(happening);
            }
            Err(diagnostics) => wrong.extend(diagnostics),
        }
    }
    // A fault is one of those that could be read, so that their mistakes are told as well.
    if let Err(unplayable) = Run::<knockon_sim::pending::QuadHeap>::new(system, asked.plan.clone())
    {
        let is_model = Run::<knockon_sim::pending::QuadHeap>::new(system, Plan::default()).is_err();
        let code = if is_model { codes::UNPLAYABLE } else { codes::IMPOSSIBLE_FAULT };
        wrong.extend(unplayable.into_iter().map(|it| cannot(code, it, &chosen.places)));
    }
    wrong
}

/// What the simulator cannot play, where the model says it.
pub(super) fn cannot(code: Code, unplayable: Unplayable, places: &Places) -> Diagnostic {
    let diagnostic = Diagnostic::error(code, unplayable.what).help(unplayable.help);
    let place = match unplayable.element {
        // It is about a flag, and not about the model.
        Element::System if code == codes::IMPOSSIBLE_FAULT => None,
        element => places.of(element),
    };
    match place {
        Some(place) => diagnostic.at(place),
        None => diagnostic,
    }
}

fn bad_figure(flag: &str, what: &str, help: &str) -> Diagnostic {
    Diagnostic::error(codes::BAD_FIGURE, format!("`{flag}`: {what}")).help(help)
}

fn too_late(flag: &str, happening: &Happening, lasts: Duration) -> Option<Diagnostic> {
    let is_late = happening.at >= lasts && matches!(happening.what, What::Fault(_));
    is_late.then(|| {
        let at = quantities::show_duration(happening.at);
        let what = format!("it begins at {at}, when all is over");
        let lasts = quantities::show_duration(lasts);
        bad_figure(&format!("--fault {flag}"), &what, &format!("play longer than `--for {lasts}`"))
    })
}

/// `JOURNEY=N` or `JOURNEY=N:THINK`.
fn users(flag: &str, system: &System) -> Result<(usize, Demand), Vec<Diagnostic>> {
    let shown = format!("--users {flag}");
    let bad = |what: &str, help: &str| vec![bad_figure(&shown, what, help)];
    let unread = |wrong: quantities::Bad| bad(&wrong.message, &wrong.help);
    let Some((name, figure)) = flag.rsplit_once('=') else {
        let help = "write JOURNEY=N, as in `checkout=50`";
        return Err(bad("it does not say how many", help));
    };
    let name = name.trim();
    let journeys = system.journeys();
    let names = journeys.iter().map(|journey| journey.name.as_str());
    let Some(at) = names.clone().position(|known| known == name) else {
        let message = format!("`{shown}`: there is no journey `{name}`");
        let help = known_names("journey", name, names);
        return Err(vec![Diagnostic::error(codes::NO_SUCH_JOURNEY, message).help(help)]);
    };
    let (count, think) = match figure.split_once(':') {
        Some((count, think)) => (count, Some(think)),
        None => (figure, None),
    };
    let users = count_of_users(count.trim()).map_err(unread)?;
    let think = match think {
        Some(think) => quantities::duration(think.trim()).map_err(unread)?,
        None => journeys[at].think.unwrap_or_default(),
    };
    if think.is_zero() {
        let what = format!("`{name}` does not say how long its users think");
        let help = format!("say it here, as in `{name}={users}:10s`, or give the journey `think`");
        return Err(bad(&what, &help));
    }
    Ok((at, Demand::Closed { users, think }))
}

/// So many users, if there can be as many.
pub(super) fn count_of_users(text: &str) -> Result<u32, quantities::Bad> {
    let count = quantities::count(text)?;
    let users = u32::try_from(count).ok().filter(|users| *users <= AT_ONCE_MAX);
    users.ok_or_else(|| quantities::Bad {
        message: "those are too many users".to_owned(),
        help: format!("there can be {AT_ONCE_MAX} at most"),
    })
}
