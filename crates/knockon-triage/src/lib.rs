//! Evidence to incident: what began when, what is the cause, what is only a symptom, and why.
//!
//! [`triage`] is a pure function of a system, the evidence and a moment. It reads no clock and draws
//! no random number; the same input gives the same incident, byte for byte.
//!
//! How it reckons: counters of requests and calls are folded (`flow`); each series is held against
//! its usual (`window`, `deviation`); families of evidence spread blame over the services (`family`,
//! `resource`, `storm`, `logged` with `says`, `scope`, `changed`), with regard to who is hit together
//! (`platform`); the blame is weighed by how much of the trouble each candidate can explain along the
//! graph (`graph`, `rank`); what the named ones explain are symptoms (`explain`, `doubt`).
//!
//! [`Watch`] does this while evidence comes in, and [`Revisions`] says what is different each time.

mod alarm;
mod answers;
mod buildup;
mod changed;
mod cohort;
mod course;
mod deviation;
mod difference;
mod doubt;
mod drill;
mod explain;
mod family;
mod felt;
mod fired;
mod flow;
mod graph;
mod incident;
mod logged;
mod message;
mod platform;
pub mod priority;
mod rank;
mod resource;
mod revision;
mod robust;
mod route;
mod says;
mod scene;
mod scope;
mod signal;
mod steps;
mod storm;
mod suspects;
mod users;
mod watch;
mod window;

use knockon_core::{System, Timestamp};
use knockon_telemetry::Evidence;

pub use answers::{
    AlertGroup, Answers, CohortHit, Fired, FirstAction, JourneyFelt, MemberHit, MoneyPerHour,
    PartHit, Route, RouteTo, RuleOfThumb, Scope, StandDown, Trend, Urgency, When, Within,
};
pub use incident::{
    AlertRole, Before, Cause, Certainty, ChangeRelation, ChangeRole, Doubt, EvidenceCount,
    FamilyShare, Finding, Hop, Incident, JourneyHurt, Look, Owner, Role, RunbookRef, SCHEMA,
    ServiceState, Symptom,
};
pub use steps::is_command;

pub use revision::{REVISION_SCHEMA, Revised, Revision, Revisions, Suspect};
pub use watch::Watch;

/// What the caller knows beside the evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The moment of the triage: nothing later is looked at. By default the last moment of the
    /// evidence.
    pub at: Option<Timestamp>,
    /// When the incident began, if that is known; found from the evidence otherwise.
    pub since: Option<Timestamp>,
}

/// Judges the evidence about a system, in whatever order it is and however often anything is in it.
pub fn triage(system: &System, evidence: &Evidence, options: Options) -> Incident {
    let evidence = &*evidence.in_order();
    let epoch = Timestamp::from_unix_ms(0);
    let at = options.at.or_else(|| evidence.last_moment()).unwrap_or(epoch);
    let flows = flow::fold(system, evidence);
    let windows = window::split(evidence, &flows, options.since, at);
    let (deviations, series_unmeasured) = deviation::measure(system, evidence, &flows, &windows);
    let alarms = alarm::Alarms::new(evidence, &windows);
    let graph = graph::Graph::of(system);

    let users = users::Users::new(system, evidence, &windows);
    let hit = cohort::who_is_hit(system, &users, &deviations, &alarms);
    let logs = logged::LogEvidence::new(evidence, &windows);
    let changed: Vec<_> = evidence.changes.iter().filter(|change| change.time <= at).collect();
    let scene = scene::Scene::new(system, &graph, &deviations, &alarms, &hit, &logs, &changed);
    let ranking = rank::rank(&scene);
    let story = explain::Story { scene: &scene, ranking: &ranking, windows };
    let mut incident = story.tell(evidence, series_unmeasured);
    incident.answers = drill::answers(&scene, &users, &windows, &incident);
    incident
}
