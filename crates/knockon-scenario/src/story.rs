//! The story of a run: what users felt, what happened when, which alerts were the cause's, and what a
//! responder has to know. Told from the sealed truth; what triage made of the telemetry stands beside it.

mod alerts;
mod change;
mod cohorts;
mod moments;
mod users;

use knockon_core::System;
use knockon_triage::priority::{self, Hurt};
use knockon_triage::{Incident, Urgency};

use crate::alerts::{Fired, millis as ms};
use crate::expect::Expectation;
use crate::health::fared_of;
use crate::judge::{Judged, judge};
use crate::play::{Course, Played};
use crate::scenario::{Cause, Scenario};
use crate::twins::twins;
use crate::verdict::verdict;

pub use alerts::{Part, Told};
pub use change::Changed;
pub use cohorts::{Hit, Usual};
pub use moments::{Kind, Moment};
pub use users::Felt;

/// The story of a run. Times are in milliseconds since its beginning.
#[derive(Debug, Clone)]
pub struct Story {
    /// What all luck followed from.
    pub seed: u64,
    /// The services to blame, by name.
    pub causes: Vec<String>,
    /// When the cause set in.
    pub begins_ms: Option<i64>,
    /// What went wrong, a sentence for each part of the cause.
    pub wrong: Vec<String>,
    /// What users of each journey felt.
    pub users: Vec<Felt>,
    /// Everything worth telling, in order.
    pub moments: Vec<Moment>,
    /// The alerts that fired, the cause's first.
    pub alerts: Vec<Told>,
    /// Where the harm was, along each cohort that tells users apart.
    pub hit: Vec<Hit>,
    /// What is usual when harm is that wide, as the model says it.
    pub usual: Vec<Usual>,
    /// What was changed, the culprits first.
    pub changes: Vec<Changed>,
    /// How urgent it was; nothing if nobody was hurt and nothing fired.
    pub priority: Option<Urgency>,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// What to do first.
    pub first: Vec<String>,
    /// What was lost, if the journeys are worth money.
    pub money: Option<Lost>,
    /// What became of each expectation.
    pub judged: Vec<(Expectation, Judged)>,
    /// What triage says from telemetry alone.
    pub incident: Incident,
    /// Whether that is right: the first cause it names is one, or it names none where there is none.
    pub is_right: bool,
}

impl Story {
    /// The journeys of which users were hurt.
    pub fn hurt(&self) -> impl Iterator<Item = &Felt> + Clone {
        self.users.iter().filter(|felt| felt.bad.is_some())
    }
}

/// Who owns the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The team.
    pub team: String,
    /// Where to reach it.
    pub contact: Option<String>,
    /// Where to wake it.
    pub escalation: Option<String>,
}

/// Money that is lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Lost {
    /// What failed and lost journeys were worth, less the same without the cause.
    pub amount: f64,
    /// The same for an hour, since users were hurt first.
    pub per_hour: f64,
    /// What journeys that are stuck are worth: lost if nobody finishes them.
    pub at_stake: f64,
    /// What it is counted in.
    pub currency: String,
}

/// Tells the story of a run. `healthy` is the same users with the same luck without the cause; `quiet` plays
/// that with its alerts, where they are needed.
pub fn tell(
    system: &System,
    scenario: &Scenario,
    seed: u64,
    played: &Played,
    healthy: &Course,
    quiet: impl FnOnce() -> Vec<Fired>,
) -> Story {
    let truth = played.course.run.truth();
    let twins = twins(&played.course, healthy);
    let fared = fared_of(&played.course, healthy, &twins);
    let users = users::felt(system, scenario, &played.course, &fared, &twins);
    let hit = cohorts::hit(system, &played.course, &users, &twins);
    let mut alerts = alerts::told(system, scenario, &truth, &played.watched.fired);
    if !scenario.cause.services().is_empty() {
        alerts::hold_against(&mut alerts, quiet);
    }
    let incident = verdict(system, scenario, played);
    let causes: Vec<String> = names(system, scenario);
    let is_right = is_right(scenario, &causes, &incident);
    let judged = judge(scenario, played, healthy);
    let journeys = system.journeys().iter().zip(&users);
    let hurt: Vec<Hurt> =
        journeys.map(|(journey, felt)| Hurt::of(journey, Some(felt.share))).collect();
    let priority = priority::urgency(system, &hurt, !alerts.is_empty(), None);
    Story {
        seed,
        begins_ms: scenario.begins().map(ms),
        wrong: wrong(system, scenario),
        moments: moments::told(system, scenario, played, &users),
        usual: cohorts::usual(system, &users, &hit),
        hit,
        changes: change::changes(scenario, played, &causes),
        owner: owner(system, scenario),
        first: first(system, scenario, &alerts),
        money: users::lost(system, scenario, played, healthy, &users),
        judged: scenario.expect.iter().cloned().zip(judged).collect(),
        causes,
        users,
        alerts,
        priority,
        incident,
        is_right,
    }
}

fn names(system: &System, scenario: &Scenario) -> Vec<String> {
    scenario.cause.services().iter().map(|id| system.service(*id).name.clone()).collect()
}

fn wrong(system: &System, scenario: &Scenario) -> Vec<String> {
    let causes = scenario.timeline.iter().filter(|entry| entry.role == crate::Role::Cause);
    causes.map(|entry| entry.fault(system).unwrap_or_else(|| entry.text.clone())).collect()
}

/// Whether triage is right: of nobody's fault it must not be sure.
fn is_right(scenario: &Scenario, causes: &[String], incident: &Incident) -> bool {
    use knockon_triage::Certainty;
    match (&scenario.cause, incident.causes.first()) {
        (Cause::Nobody, _) => {
            matches!(incident.certainty, Certainty::Weak | Certainty::Nothing)
        }
        (Cause::Services(_), Some(first)) => causes.contains(&first.service),
        (Cause::Services(_), None) => false,
    }
}

fn owner(system: &System, scenario: &Scenario) -> Option<Owner> {
    let owners = scenario.cause.services().iter().filter_map(|id| system.owner(*id));
    owners.take(1).next().map(|team| Owner {
        team: team.name.clone(),
        contact: team.contact.clone(),
        escalation: team.escalation.clone(),
    })
}

/// The steps of the runbook of the first cause that has one; if none has, of the first alert of which the
/// rule names one.
fn first(system: &System, scenario: &Scenario, alerts: &[Told]) -> Vec<String> {
    let of_causes = scenario.cause.services().iter().filter_map(|id| system.runbook(*id));
    let monitors = alerts.iter().filter(|told| told.part != Part::Unrelated).flat_map(|told| {
        let monitors = system.practice().monitors.iter();
        monitors.filter(|monitor| monitor.name == told.fired.name)
    });
    let of_alerts = monitors.filter_map(|it| Some(&system.runbooks()[it.runbook?.index()]));
    let all = of_causes.chain(of_alerts).map(|runbook| runbook.steps.clone());
    all.filter(|steps| !steps.is_empty()).take(1).next().unwrap_or_default()
}
