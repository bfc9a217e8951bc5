//! Proof: the same users with the same luck, once more without the cause, with nothing but the cause,
//! with each fix, and in each variant.

use std::sync::atomic::{AtomicU64, Ordering};

use knockon_core::{Diagnostic, System};
use knockon_sim::Plan;
use knockon_sim::clock::{nanos, seconds};
use knockon_sim::interval::Interval;

use crate::alerts::{Fired, Groups};
use crate::health::fared;
use crate::judge::{Judged, judge};
use crate::load::Loaded;
use crate::many::each;
use crate::play::{Course, Failed, Played, Watching, course, played};
use crate::scenario::{Entry, Role, Scenario};

/// What is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial {
    /// The incident as it was.
    AsItWas,
    /// Without its cause.
    WithoutCause,
    /// With nothing but its cause.
    OnlyCause,
    /// With a fix, by its name.
    Fix(String),
    /// In a variant, by its name.
    Variant(String),
}

/// What a trial came to, over all seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// What was tried.
    pub trial: Trial,
    /// What it is, in one sentence.
    pub summary: Option<String>,
    /// What there is to fear of it.
    pub risk: Option<String>,
    /// Whether the scenario says that it works.
    pub works: Option<bool>,
    /// In how many runs no journey was hurt, or all were healthy again before the end.
    pub healthy: u64,
    /// How long it took until all journeys were healthy, in seconds, in the runs in which they were:
    /// since the fix; of what is not a fix since the cause.
    pub healthy_after_s: Option<Interval>,
    /// More journeys completed than as it was, of those that were hurt: those that are worth money, if any
    /// is.
    pub orders_saved: Interval,
    /// What more completed journeys were worth than as it was.
    pub money_saved: Option<Interval>,
    /// Side effects: what was completed twice.
    pub doubled: Interval,
    /// What was accepted and lost.
    pub lost: Interval,
    /// What was accepted and still is somewhere, for too long.
    pub stuck: Interval,
    /// What was charged, and lost, stuck or told that it failed.
    pub charged_unfulfilled: Interval,
    /// Users who saw an error.
    pub failed: Interval,
}

impl Tried {
    /// Whether it did in most runs what the scenario says of it.
    pub fn is_as_said(&self) -> bool {
        let runs = self.orders_saved.n;
        self.works.is_none_or(|works| works == (self.healthy * 2 > runs))
    }
}

/// A trial that could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTried {
    /// What was to be tried.
    pub trial: Trial,
    /// Why it could not.
    pub why: String,
}

/// A proof.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The first seed.
    pub seed: u64,
    /// How many.
    pub replications: u64,
    /// Expectations that hold no more without the cause, of all.
    pub needed: (usize, usize),
    /// Expectations that hold with nothing but the cause.
    pub sufficed: (usize, usize),
    /// The journeys that were hurt, by name.
    pub hurt: Vec<String>,
    /// What money is counted in.
    pub currency: Option<String>,
    /// What was tried, in order.
    pub tried: Vec<Tried>,
    /// What could not be.
    pub not_tried: Vec<NotTried>,
}

/// Figures of one run of a trial.
#[derive(Debug, Clone, Copy, Default)]
struct Sample {
    healthy_after_s: Option<f64>,
    completed: f64,
    value: f64,
    doubled: f64,
    lost: f64,
    stuck: f64,
    charged_unfulfilled: f64,
    failed: f64,
}

/// A trial before it is played.
struct Prepared<'a> {
    trial: Trial,
    system: &'a System,
    scenario: Scenario,
    summary: Option<String>,
    risk: Option<String>,
    works: Option<bool>,
}

impl Prepared<'_> {
    fn plan(&self, seed: u64) -> Plan {
        let watching = Watching::Users;
        let scenario = &self.scenario;
        let plan = |wanted: fn(&Entry) -> bool| scenario.watched_plan(seed, watching, wanted);
        match &self.trial {
            Trial::AsItWas | Trial::Variant(_) => plan(|_| true),
            Trial::WithoutCause => plan(|entry| entry.role != Role::Cause),
            Trial::OnlyCause => plan(|entry| entry.role == Role::Cause),
            Trial::Fix(name) => {
                let fix = scenario.fixes.iter().find(|fix| fix.name == *name);
                let timeline = fix.map_or_else(Vec::new, |fix| scenario.with_fix(fix));
                Plan { timeline, ..plan(|_| true) }
            }
        }
    }

    /// Since when it is counted until all is healthy.
    fn since_ns(&self) -> u64 {
        let fix = match &self.trial {
            Trial::Fix(name) => self.scenario.fixes.iter().find(|fix| fix.name == *name),
            _ => None,
        };
        let since = fix.map(|fix| fix.at).or_else(|| self.scenario.begins());
        nanos(since.unwrap_or_default())
    }
}

/// Proves a scenario over some seeds; `progress` hears how many of the runs are done, and of how many.
pub fn prove(
    loaded: &Loaded,
    rules: &Groups,
    seed: u64,
    replications: u64,
    progress: impl Fn(u64, u64) + Sync,
) -> Result<Proof, Failed> {
    let (prepared, not_tried) = prepare(loaded);
    let seeds: Vec<u64> = (seed..seed.saturating_add(replications.max(1))).collect();
    let count = (prepared.len() * seeds.len()) as u64;
    let done = AtomicU64::new(0);
    let heard = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, count);
    let samples = each(&seeds, |seed| of_seed(&prepared, seed, heard), |_| ())?;
    let hurt: Vec<usize> = {
        let mut hurt: Vec<usize> = samples.iter().flat_map(|(_, hurt)| hurt.clone()).collect();
        hurt.sort_unstable();
        hurt.dedup();
        hurt
    };
    let currency = loaded.system.journeys().iter().filter_map(|it| it.value);
    let currency = currency.map(|value| value.currency.to_string()).next();
    let tried = prepared.iter().enumerate().map(|(at, prepared)| {
        let of = |seed: usize| samples[seed].0[at];
        let was = |seed: usize| samples[seed].0[0];
        sum_up(prepared, seeds.len(), of, was, currency.is_some())
    });
    let tried = tried.collect();
    let (needed, sufficed) = expectations(loaded, rules, seed)?;
    let name = |at: usize| loaded.system.journeys()[at].name.clone();
    Ok(Proof {
        seed,
        replications: seeds.len() as u64,
        needed,
        sufficed,
        hurt: hurt.into_iter().map(name).collect(),
        currency,
        tried,
        not_tried,
    })
}

fn prepare(loaded: &Loaded) -> (Vec<Prepared<'_>>, Vec<NotTried>) {
    let scenario = &loaded.scenario;
    let plain = |trial, summary: Option<&str>| Prepared {
        trial,
        system: &loaded.system,
        scenario: scenario.clone(),
        summary: summary.map(str::to_owned),
        risk: None,
        works: None,
    };
    let mut prepared = vec![plain(Trial::AsItWas, None)];
    prepared.push(plain(Trial::WithoutCause, Some("the cause does not set in")));
    let has = |role: Role| scenario.timeline.iter().any(|entry| entry.role == role);
    if has(Role::Cause) && has(Role::Background) {
        prepared.push(plain(Trial::OnlyCause, Some("nothing but the cause happens")));
    }
    for fix in &scenario.fixes {
        prepared.push(Prepared {
            summary: fix.summary.clone(),
            risk: fix.risk.clone(),
            works: Some(fix.works),
            ..plain(Trial::Fix(fix.name.clone()), None)
        });
    }
    let mut not_tried = Vec::new();
    for (variant, reading) in &loaded.pack.variants {
        let mut wanted = scenario.variants.iter().flatten();
        let is_wanted =
            scenario.variants.is_none() || wanted.any(|(name, _)| *name == variant.name);
        if !is_wanted || scenario.variant.as_ref() == Some(&variant.name) {
            continue;
        }
        let trial = Trial::Variant(variant.name.clone());
        let of_variant = |wrong: &[Diagnostic]| {
            let why = wrong.iter().find(|it| it.is_error()).map(|it| it.message.clone());
            NotTried { trial: trial.clone(), why: why.unwrap_or_default() }
        };
        let Some(system) = &reading.system else {
            not_tried.push(of_variant(&reading.diagnostics));
            continue;
        };
        match loaded.on(system) {
            Ok(scenario) => prepared.push(Prepared {
                system,
                scenario,
                summary: variant.summary.clone(),
                ..plain(trial, None)
            }),
            Err(wrong) => not_tried.push(of_variant(&wrong)),
        }
    }
    (prepared, not_tried)
}

/// The figures of each trial under one seed, and the journeys that were hurt.
fn of_seed(
    prepared: &[Prepared<'_>],
    seed: u64,
    done: impl Fn(),
) -> Result<(Vec<Sample>, Vec<usize>), Failed> {
    let play = |trial: &Prepared<'_>| {
        let scenario = &trial.scenario;
        let moments = [scenario.lasts];
        let played = course(trial.system, trial.plan(seed), scenario.lasts, &moments, |_| ());
        done();
        played
    };
    // As it was, and without the cause, come first.
    let (was, healthy) = (play(&prepared[0])?, play(&prepared[1])?);
    let hurt: Vec<usize> = (fared(&was, &healthy).iter().enumerate())
        .filter(|(_, fared)| fared.is_hurt())
        .map(|(at, _)| at)
        .collect();
    let mut samples = Vec::with_capacity(prepared.len());
    for (at, trial) in prepared.iter().enumerate() {
        samples.push(match at {
            0 => sample(trial, &was, &healthy, &hurt),
            1 => sample(trial, &healthy, &healthy, &hurt),
            _ => sample(trial, &play(trial)?, &healthy, &hurt),
        });
    }
    Ok((samples, hurt))
}

fn sample(trial: &Prepared<'_>, course: &Course, healthy: &Course, hurt: &[usize]) -> Sample {
    let fared = fared(course, healthy);
    let is_healthy = fared.iter().all(|it| !it.is_hurt() || it.is_over());
    let bad_until = fared.iter().filter_map(crate::health::Fared::bad_until).max().unwrap_or(0);
    let truth = course.run.truth().journeys;
    let figures = course.run.summary().journeys;
    let has_value = |at: usize| trial.system.journeys()[at].value.is_some();
    let is_worth_money = hurt.iter().any(|at| has_value(*at));
    let of_hurt = |of: fn(&knockon_sim::sealed::JourneyTruth) -> u64| {
        truth
            .iter()
            .enumerate()
            .filter(|(at, _)| hurt.contains(at) && (has_value(*at) || !is_worth_money))
            .map(|(_, it)| of(it))
            .sum::<u64>() as f64
    };
    let all = |of: fn(&knockon_sim::sealed::JourneyTruth) -> u64| {
        truth.iter().map(of).sum::<u64>() as f64
    };
    Sample {
        healthy_after_s: is_healthy.then(|| seconds(bad_until.saturating_sub(trial.since_ns()))),
        completed: of_hurt(|it| it.completed),
        value: figures.iter().map(|it| it.value).sum(),
        doubled: all(|it| it.doubled + it.double_charged),
        lost: all(|it| it.lost),
        stuck: all(|it| it.stuck),
        charged_unfulfilled: all(|it| it.charged_unfulfilled),
        failed: all(|it| it.failed),
    }
}

fn sum_up(
    prepared: &Prepared<'_>,
    seeds: usize,
    of: impl Fn(usize) -> Sample,
    was: impl Fn(usize) -> Sample,
    is_worth_money: bool,
) -> Tried {
    let mean = |figure: &dyn Fn(usize) -> f64| {
        let all: Vec<f64> = (0..seeds).map(figure).collect();
        Interval::of(&all).unwrap_or(Interval { mean: 0.0, half_width: 0.0, n: 0 })
    };
    let after: Vec<f64> = (0..seeds).filter_map(|seed| of(seed).healthy_after_s).collect();
    Tried {
        trial: prepared.trial.clone(),
        summary: prepared.summary.clone(),
        risk: prepared.risk.clone(),
        works: prepared.works,
        healthy: after.len() as u64,
        healthy_after_s: Interval::of(&after),
        orders_saved: mean(&|seed| of(seed).completed - was(seed).completed),
        money_saved: is_worth_money.then(|| mean(&|seed| of(seed).value - was(seed).value)),
        doubled: mean(&|seed| of(seed).doubled),
        lost: mean(&|seed| of(seed).lost),
        stuck: mean(&|seed| of(seed).stuck),
        charged_unfulfilled: mean(&|seed| of(seed).charged_unfulfilled),
        failed: mean(&|seed| of(seed).failed),
    }
}

type Share = (usize, usize);

/// How many expectations fail without the cause, and how many hold with nothing else; of all.
fn expectations(loaded: &Loaded, rules: &Groups, seed: u64) -> Result<(Share, Share), Failed> {
    let count = loaded.scenario.expect.len();
    let healthy = healthy(loaded, seed)?;
    let judged = |wanted: fn(&Entry) -> bool| {
        let played = played_with(loaded, rules, seed, wanted)?;
        Ok(judge(&loaded.scenario, &played, &healthy))
    };
    let without = judged(|entry| entry.role != Role::Cause)?;
    let broken = without.iter().filter(|judged| !judged.held).count();
    let only = judged(|entry| entry.role == Role::Cause)?;
    let held = only.iter().filter(|judged| judged.held).count();
    Ok(((broken, count), (held, count)))
}

/// What becomes of the expectations without the cause.
pub fn without_cause(loaded: &Loaded, rules: &Groups, seed: u64) -> Result<Vec<Judged>, Failed> {
    let played = played_with(loaded, rules, seed, |entry| entry.role != Role::Cause)?;
    Ok(judge(&loaded.scenario, &played, &healthy(loaded, seed)?))
}

/// The alerts that fire without the cause; none if that cannot be played.
pub fn quiet(loaded: &Loaded, rules: &Groups, seed: u64) -> Vec<Fired> {
    let played = played_with(loaded, rules, seed, |entry| entry.role != Role::Cause);
    played.map(|played| played.watched.fired).unwrap_or_default()
}

/// A run with some entries of the timeline, and what could be seen of it.
fn played_with(
    loaded: &Loaded,
    rules: &Groups,
    seed: u64,
    wanted: impl Fn(&Entry) -> bool,
) -> Result<Played, Failed> {
    let plan = loaded.scenario.watched_plan(seed, Watching::Everything, wanted);
    played(&loaded.system, &loaded.scenario, rules, plan, |_| ())
}

/// The same users with the same luck without the cause.
pub fn healthy(loaded: &Loaded, seed: u64) -> Result<Course, Failed> {
    let scenario = &loaded.scenario;
    let plan = scenario.watched_plan(seed, Watching::Users, |entry| entry.role != Role::Cause);
    course(&loaded.system, plan, scenario.lasts, &scenario.moments(), |_| ())
}
